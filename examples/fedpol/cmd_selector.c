/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tool.h"

/* Canonical forms are longer than their source at most by quotes and parentheses. */
enum { CANONICAL_ROOM = 1 << 20, MAX_LINE = 16 << 20, MAX_LABELS = 100000 };

typedef struct label_arrays {
    const char **names;
    const char **values;
    size_t n;
} label_arrays;

typedef struct selector_answer {
    char *canonical;
    char id[FEDPOL_SELECTOR_ID_SIZE];
    int match; /* 1, 0; -1: not asked */
} selector_answer;

static int evaluate(const char *text, const label_arrays *labels, selector_answer *ret,
                    fedpol_error **ret_error)
{
    fedpol_selector *selector = NULL;
    int r = fedpol_selector_parse(text, &selector, ret_error);

    if (r == 0)
        r = fedpol_selector_get_canonical(selector, ret->canonical, CANONICAL_ROOM);
    if (r >= 0)
        r = fedpol_selector_get_id(selector, ret->id, sizeof(ret->id));
    ret->match = -1;
    if (r == 0 && labels)
        ret->match = fedpol_selector_matches(selector, labels->names, labels->values, labels->n);
    selector = fedpol_selector_unref(selector);
    return r;
}

static void put_answer(json *out, const selector_answer *answer)
{
    json_string(out, "canonical", answer->canonical);
    json_string(out, "uid", answer->id);
    if (answer->match >= 0)
        json_true_false(out, "match", answer->match == 1);
}

static void put_refusal(json *out, const char *message, int64_t offset)
{
    json_open(out, NULL, '{');
    json_true_false(out, "ok", false);
    json_string(out, "error", message);
    if (offset >= 0)
        json_integer(out, "offset", offset);
    json_close(out, '}');
    json_end_line(out);
}

/* The member "labels": an object of strings. NULL, or what is wrong. */
static const char *read_labels(const line_member *member, line *ret_parsed, label_arrays *ret)
{
    const char *wrong;

    if (member->type != LINE_OBJECT)
        return "\"labels\" is not an object";
    wrong = line_parse(member->raw, member->raw_len, MAX_LABELS, ret_parsed);
    if (wrong)
        return wrong;
    ret->names = calloc(ret_parsed->n + 1, sizeof(*ret->names));
    ret->values = calloc(ret_parsed->n + 1, sizeof(*ret->values));
    if (!ret->names || !ret->values)
        return "out of memory";
    for (size_t i = 0; i < ret_parsed->n; i++) {
        if (ret_parsed->members[i].type != LINE_STRING)
            return "a label is not a string";
        ret->names[i] = ret_parsed->members[i].key;
        ret->values[i] = ret_parsed->members[i].text;
    }
    ret->n = ret_parsed->n;
    return NULL;
}

static void answer_parsed(json *out, const line *parsed, char *canonical)
{
    const char *text = line_string(parsed, "selector");
    const line_member *member = line_get(parsed, "labels");
    selector_answer answer = {.canonical = canonical};
    line inner = {0};
    label_arrays labels = {0};
    fedpol_error *error = NULL;
    const char *wrong = text ? NULL : "\"selector\" is missing or not a string";
    int r;

    if (!wrong && member && member->type != LINE_NULL)
        wrong = read_labels(member, &inner, &labels);
    if (wrong) {
        put_refusal(out, wrong, -1);
    } else {
        r = evaluate(text, labels.names ? &labels : NULL, &answer, &error);
        if (r < 0) {
            put_refusal(out, error ? fedpol_error_get_message(error) : fedpol_strerror(r),
                        fedpol_error_get_offset(error));
        } else {
            json_open(out, NULL, '{');
            json_true_false(out, "ok", true);
            put_answer(out, &answer);
            json_close(out, '}');
            json_end_line(out);
        }
    }
    error = fedpol_error_free(error);
    free(labels.names);
    free(labels.values);
    line_done(&inner);
}

typedef struct line_answers {
    json out;
    char *canonical;
} line_answers;

static void answer_line(void *user, const char *text, size_t len)
{
    line_answers *lines = user;
    line parsed;
    const char *wrong;

    if (!text) {
        put_refusal(&lines->out, "the line is too long", -1);
        return;
    }
    wrong = line_parse(text, len, LINE_MAX_MEMBERS, &parsed);
    if (wrong)
        put_refusal(&lines->out, wrong, -1);
    else
        answer_parsed(&lines->out, &parsed, lines->canonical);
    line_done(&parsed);
}

static int print_answer(const tool_options *options, const selector_answer *answer)
{
    json out = {stdout, false};

    if (options->json) {
        json_open(&out, NULL, '[');
        json_open(&out, NULL, '{');
        put_answer(&out, answer);
        json_close(&out, '}');
        json_close(&out, ']');
        json_end_line(&out);
    } else {
        (void)printf("canonical  %s\nid         %s\n", answer->canonical, answer->id);
        if (answer->match >= 0)
            (void)printf("match      %s\n", answer->match ? "yes" : "no");
    }
    return answer->match == 0 ? EXIT_NEGATIVE : EXIT_DONE;
}

/* Splits "k=v" operands in place. */
static bool split_labels(char **operands, size_t n, label_arrays *ret)
{
    ret->names = calloc(n + 1, sizeof(*ret->names));
    ret->values = calloc(n + 1, sizeof(*ret->values));
    if (!ret->names || !ret->values)
        return false;
    for (size_t i = 0; i < n; i++) {
        char *equals = strchr(operands[i], '=');

        if (!equals)
            return false;
        *equals = '\0';
        ret->names[i] = operands[i];
        ret->values[i] = equals + 1;
    }
    ret->n = n;
    return true;
}

static int answer_operands(const tool_options *options, char *canonical)
{
    selector_answer answer = {.canonical = canonical};
    label_arrays labels = {0};
    fedpol_error *error = NULL;
    size_t n = (size_t)options->n_operands - 1;
    int status = EXIT_USAGE;

    if (!split_labels(options->operands + 1, n, &labels)) {
        (void)fputs("fedpol: selector: labels are given as name=value\n", stderr);
    } else {
        int r = evaluate(options->operands[0], n ? &labels : NULL, &answer, &error);

        if (r < 0) {
            char what[64];

            (void)snprintf(what, sizeof(what), "selector, byte %lld",
                           (long long)fedpol_error_get_offset(error));
            status = complain(EXIT_NEGATIVE, what, r, error);
        } else {
            status = print_answer(options, &answer);
        }
    }
    error = fedpol_error_free(error);
    free(labels.names);
    free(labels.values);
    return status;
}

int cmd_selector(const tool_options *options)
{
    line_answers lines = {{stdout, false}, malloc(CANONICAL_ROOM)};
    int status = EXIT_DONE;

    if (!lines.canonical)
        return complain(EXIT_SOURCE, "selector", FEDPOL_E_NOMEM, NULL);
    if (options->jsonl) {
        if (options->n_operands > 0) {
            (void)fputs("fedpol: selector --jsonl takes no operands\n", stderr);
            status = EXIT_USAGE;
        } else if (each_line(stdin, MAX_LINE, answer_line, &lines) < 0) {
            status = complain(EXIT_SOURCE, "standard input", FEDPOL_E_IO, NULL);
        }
    } else if (options->n_operands < 1) {
        (void)fputs("usage: fedpol selector EXPR [name=value...]\n", stderr);
        status = EXIT_USAGE;
    } else {
        status = answer_operands(options, lines.canonical);
    }
    free(lines.canonical);
    return status;
}
