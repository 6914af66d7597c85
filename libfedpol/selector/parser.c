/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/selector/parser.h"

#include "libfedpol/base/error.h"
#include "libfedpol/selector/draft.h"
#include "libfedpol/selector/scan.h"

#define EXPECTED_OPERAND "a label, has(, all(), global(), ! or ("

/* One open parenthesis, or the whole text: so many alternatives, the last one of so many terms. */
typedef struct frame {
    uint32_t n_or;
    uint32_t n_and;
    bool negated; /* the parenthesis as a whole */
} frame;

struct fp_selector_parser {
    fp_draft draft;
    fp_scan scan;
    fp_selector *last; /* what was handed out last, or NULL */
    uint32_t depth;    /* the innermost frame; frame 0 is the whole text */
    frame frames[FP_SELECTOR_MAX_DEPTH + 1];
};

static int too_deep(const fp_selector_parser *parser)
{
    const fp_scan *scan = &parser->scan;

    return fp_error_set(scan->ret_error, FEDPOL_E_TOO_DEEP, FP_STR_NULL, scan->at - scan->start,
                        "more than %u parentheses inside each other", FP_SELECTOR_MAX_DEPTH);
}

static int parse_set(fp_selector_parser *parser)
{
    fp_scan *scan = &parser->scan;

    (void)fp_scan_blanks(scan);
    if (!fp_scan_take(scan, FP_STR("{")))
        return fp_scan_expected(scan, "{");
    for (;;) {
        fp_str value;

        (void)fp_scan_blanks(scan);
        if (fp_scan_take(scan, FP_STR("}")))
            return 0;
        fp_try(fp_scan_string(scan, "a quoted string or }", &value));
        fp_try(fp_draft_value(&parser->draft, value));
        (void)fp_scan_blanks(scan);
        if (fp_scan_take(scan, FP_STR("}")))
            return 0;
        if (!fp_scan_take(scan, FP_STR(",")))
            return fp_scan_expected(scan, ", or }");
    }
}

static int parse_comparison(fp_selector_parser *parser)
{
    fp_scan *scan = &parser->scan;
    size_t first_value = parser->draft.values.len;
    fp_selector_op op;
    fp_str label;
    fp_str value;

    fp_try(fp_scan_label(scan, EXPECTED_OPERAND, &label));
    (void)fp_scan_blanks(scan);
    fp_try(fp_scan_operator(scan, &op));
    if (op == FP_SEL_IN || op == FP_SEL_NOT_IN) {
        fp_try(parse_set(parser));
    } else {
        (void)fp_scan_blanks(scan);
        fp_try(fp_scan_string(scan, "a quoted string", &value));
        fp_try(fp_draft_value(&parser->draft, value));
    }
    return fp_draft_leaf(&parser->draft, op, label, first_value);
}

static int parse_leaf(fp_selector_parser *parser)
{
    fp_scan *scan = &parser->scan;
    fp_selector_op op;
    fp_str label = FP_STR_NULL;

    if (fp_scan_take(scan, FP_STR("has(")))
        op = FP_SEL_HAS;
    else if (fp_scan_take(scan, FP_STR("all(")))
        op = FP_SEL_ALL;
    else if (fp_scan_take(scan, FP_STR("global(")))
        op = FP_SEL_GLOBAL;
    else
        return parse_comparison(parser);
    (void)fp_scan_blanks(scan);
    if (op == FP_SEL_HAS) {
        fp_try(fp_scan_label(scan, "a label", &label));
        (void)fp_scan_blanks(scan);
    }
    if (!fp_scan_take(scan, FP_STR(")")))
        return fp_scan_expected(scan, ")");
    return fp_draft_leaf(&parser->draft, op, label, parser->draft.values.len);
}

static void open_frame(fp_selector_parser *parser, bool negated)
{
    parser->frames[parser->depth] = (frame){.n_or = 1, .n_and = 1, .negated = negated};
}

static int close_frame(fp_selector_parser *parser)
{
    const frame *closed = &parser->frames[parser->depth];

    fp_try(fp_draft_join(&parser->draft, FP_SEL_AND, closed->n_and));
    fp_try(fp_draft_join(&parser->draft, FP_SEL_OR, closed->n_or));
    return closed->negated ? fp_draft_not(&parser->draft) : 0;
}

/* Everything up to the end of the next leaf: negations, opening parentheses, the leaf. */
static int parse_operand(fp_selector_parser *parser)
{
    fp_scan *scan = &parser->scan;

    for (;;) {
        bool negated = false;

        while (fp_scan_blanks(scan) && *scan->at == '!') {
            negated = !negated;
            scan->at++;
        }
        if (scan->at == scan->end || *scan->at != '(') {
            fp_try(parse_leaf(parser));
            return negated ? fp_draft_not(&parser->draft) : 0;
        }
        if (parser->depth == FP_SELECTOR_MAX_DEPTH)
            return too_deep(parser);
        scan->at++;
        parser->depth++;
        open_frame(parser, negated);
    }
}

/* Everything between two leaves: closing parentheses and && or ||. Returns 1 if a leaf must follow,
   0 at the end of the text. */
static int parse_connector(fp_selector_parser *parser)
{
    fp_scan *scan = &parser->scan;

    while (fp_scan_blanks(scan)) {
        frame *top = &parser->frames[parser->depth];

        if (fp_scan_take(scan, FP_STR("&&"))) {
            top->n_and++;
            return 1;
        }
        if (fp_scan_take(scan, FP_STR("||"))) {
            fp_try(fp_draft_join(&parser->draft, FP_SEL_AND, top->n_and));
            top->n_and = 1;
            top->n_or++;
            return 1;
        }
        if (parser->depth == 0)
            return fp_scan_expected(scan, "&&, || or the end");
        if (!fp_scan_take(scan, FP_STR(")")))
            return fp_scan_expected(scan, "&&, || or )");
        fp_try(close_frame(parser));
        parser->depth--;
    }
    return parser->depth == 0 ? 0 : fp_scan_expected(scan, "&&, || or )");
}

static int parse_text(fp_selector_parser *parser)
{
    int more;

    if (!fp_scan_blanks(&parser->scan))
        return fp_draft_leaf(&parser->draft, FP_SEL_ALL, FP_STR_NULL, 0);
    open_frame(parser, false);
    do {
        fp_try(parse_operand(parser));
        more = parse_connector(parser);
        fp_try(more);
    } while (more);
    return close_frame(parser);
}

static int parse(fp_selector_parser *parser, fp_str text, fedpol_error **ret_error)
{
    const char *start = text.len ? text.ptr : "";

    if (text.len > FP_SELECTOR_MAX_LENGTH)
        return fp_error_set(ret_error, FEDPOL_E_TOO_LONG, FP_STR_NULL, FP_SELECTOR_MAX_LENGTH,
                            "selector of %zu bytes, at most %u are allowed", text.len,
                            FP_SELECTOR_MAX_LENGTH);
    fp_draft_clear(&parser->draft);
    parser->depth = 0;
    parser->scan = (fp_scan){start, start, start + text.len, ret_error};
    return parse_text(parser);
}

static void init(fp_selector_parser *parser)
{
    parser->draft = (fp_draft){0};
    parser->last = NULL;
}

static void done(fp_selector_parser *parser)
{
    fp_draft_done(&parser->draft);
    parser->last = fp_selector_unref(parser->last);
}

int fp_selector_parser_new(fp_selector_parser **ret)
{
    fp_selector_parser *parser = fp_alloc(sizeof(*parser));

    if (!parser)
        return FEDPOL_E_NOMEM;
    init(parser);
    *ret = parser;
    return 0;
}

fp_selector_parser *fp_selector_parser_free(fp_selector_parser *parser)
{
    if (parser) {
        done(parser);
        fp_free(parser);
    }
    return NULL;
}

int fp_selector_parser_parse(fp_selector_parser *parser, fp_str text, fp_selector **ret,
                             fedpol_error **ret_error)
{
    fp_selector *recycled = NULL;
    fp_selector *selector;

    fp_try(parse(parser, text, ret_error));
    /* Nobody can take a new reference on what this parser alone still holds. */
    if (parser->last && atomic_load_explicit(&parser->last->refs, memory_order_acquire) == 1)
        recycled = parser->last;
    fp_try(fp_draft_build(&parser->draft, recycled, &selector));
    if (selector != parser->last) {
        parser->last = fp_selector_unref(parser->last);
        parser->last = selector;
    }
    *ret = fp_selector_ref(selector);
    return 0;
}

int fp_selector_parse(fp_str text, fp_selector **ret, fedpol_error **ret_error)
{
    fp_selector_parser parser;
    int r;

    init(&parser);
    r = parse(&parser, text, ret_error);
    if (r >= 0)
        r = fp_draft_build(&parser.draft, NULL, ret);
    done(&parser);
    return r;
}
