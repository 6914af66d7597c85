/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Objects and what they become, side by side in tests/data/model/KIND.cases. A case is
 *
 *     ### what it shows            (" [remote]" at the end: an object of another cluster)
 *     an object in YAML
 *     --->
 *     what was decoded, then its diagnostics
 *
 * FEDPOL_TEST_UPDATE=1 writes what was found into the files, for a reader to judge.
 */

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/fp_model_dump.h"
#include "tests/support/fp_test.h"

typedef struct test_case {
    fp_str title;
    fp_str input;
    fp_str expected;
} test_case;

static size_t find(fp_str text, size_t from, const char *needle)
{
    size_t n = strlen(needle);

    for (size_t i = from; i + n <= text.len; i++)
        if (memcmp(text.ptr + i, needle, n) == 0)
            return i;
    return text.len;
}

/* Takes the next case from the front of *TEXT; false at its end. */
static bool next_case(fp_str *text, test_case *ret)
{
    size_t start = find(*text, 0, "### ");
    size_t line = find(*text, start, "\n");
    size_t arrow = find(*text, line, "\n--->\n");
    size_t end = find(*text, line, "\n### ");

    if (start == text->len)
        return false;
    ck_assert_msg(arrow < end, "a case without an arrow: %.*s", 60, text->ptr + start);
    if (end < text->len)
        end++;
    ret->title = fp_str_sub(*text, start + 4, line);
    ret->input = fp_str_sub(*text, line + 1, arrow + 1);
    ret->expected = fp_str_sub(*text, arrow + strlen("\n--->\n"), end);
    *text = fp_str_sub(*text, end, text->len);
    return true;
}

/* FEDPOL_E_NOMEM, or 0 with all of what there is to say in BUF. */
static int dump(const test_case *c, fp_buf *buf)
{
    const fp_model_options options = {.remote = fp_str_ends_with(c->title, FP_STR("[remote]"))};
    fp_test_object test;
    int r;

    fp_test_object_decode(&test, c->input, &options);
    r = test.result;
    if (r < 0)
        fp_buf_printf(buf, "%s %s %.*s/%.*s\n", fedpol_error_name(r),
                      fp_kind_name(test.object.kind), FP_STR_ARG(test.object.ns),
                      FP_STR_ARG(test.object.name));
    else
        fp_model_dump(buf, &test.object);
    fp_model_dump_diags(buf, &test.diags);
    fp_buf_putc(buf, '\n');
    fp_test_object_done(&test);
    return r == FEDPOL_E_NOMEM ? r : fp_buf_error(buf);
}

static void update(const char *name, const fp_buf *content)
{
    fp_cleanup_buf fp_buf path = {0};
    FILE *file;

    fp_buf_printf(&path, "%s/%s", getenv("FEDPOL_TEST_DATA"), name);
    file = fopen(path.data, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(content->data, 1, content->len, file), content->len);
    ck_assert_int_eq(fclose(file), 0);
}

static void check_file(const char *name)
{
    fp_cleanup_buf fp_buf rewritten = {0};
    size_t len;
    char *data = fp_test_read(name, &len);
    fp_str rest = fp_str_n(data, len);
    bool updating = getenv("FEDPOL_TEST_UPDATE") != NULL;
    test_case c;
    size_t n = 0;

    fp_buf_add(&rewritten, fp_str_sub(rest, 0, find(rest, 0, "### ")));
    for (; next_case(&rest, &c); n++) {
        fp_cleanup_buf fp_buf got = {0};

        ck_assert_int_eq(dump(&c, &got), 0);
        ck_assert_msg(updating || fp_str_eq(fp_buf_str(&got), c.expected),
                      "%s: %.*s\n--- got\n%s--- expected\n%.*s", name, FP_STR_ARG(c.title),
                      got.data, FP_STR_ARG(c.expected));
        fp_buf_printf(&rewritten, "### %.*s\n%.*s--->\n%s", FP_STR_ARG(c.title),
                      FP_STR_ARG(c.input), got.data);
    }
    ck_assert_uint_gt(n, 0);
    if (updating)
        update(name, &rewritten);
    free(data);
}

#define CASES(name)                                                                                \
    START_TEST(name##_cases)                                                                       \
    {                                                                                              \
        check_file("model/" #name ".cases");                                                       \
    }                                                                                              \
    END_TEST

/* Success must be whole: nothing may be missing because some allocation failed on the way. */
static int decode_once(void *user)
{
    const test_case *c = user;
    fp_cleanup_buf fp_buf got = {0};
    int r = dump(c, &got);

    if (r == 0)
        ck_assert_msg(fp_str_eq(fp_buf_str(&got), c->expected), "%.*s:\n%s", FP_STR_ARG(c->title),
                      got.data);
    return r;
}

static void check_memory(const char *name)
{
    size_t len;
    char *data = fp_test_read(name, &len);
    fp_str rest = fp_str_n(data, len);
    test_case c;

    while (next_case(&rest, &c))
        fp_test_oom(decode_once, &c);
    free(data);
}

START_TEST(every_case_survives_running_out_of_memory)
{
    static const char *const files[] = {
        "model/pod.cases",  "model/endpoint.cases", "model/small.cases",      "model/scope.cases",
        "model/rule.cases", "model/policy.cases",   "model/kubernetes.cases", "model/service.cases",
    };

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        check_memory(files[i]);
}
END_TEST

CASES(pod)
CASES(endpoint)
CASES(small)
CASES(scope)
CASES(rule)
CASES(policy)
CASES(kubernetes)
CASES(service)

FP_TEST_MAIN("model/cases", pod_cases, endpoint_cases, small_cases, scope_cases, rule_cases,
             policy_cases, kubernetes_cases, service_cases,
             every_case_survives_running_out_of_memory)
