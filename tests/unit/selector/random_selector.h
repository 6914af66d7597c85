/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_TEST_RANDOM_SELECTOR_H
#define FP_TEST_RANDOM_SELECTOR_H

/*
 * Random selectors and label sets over few names and values, so that they meet; and an evaluator
 * that knows the table of docs/selectors.md and nothing of the library's jumps.
 */

#include "libfedpol/selector/selector.h"
#include "tests/support/fp_test.h"

#define RANDOM_NAMES 5u
#define RANDOM_VALUES 6u
#define RANDOM_ABSENT RANDOM_VALUES

static const char *const random_names[RANDOM_NAMES] = {"a", "in", "has", "not", "x.y/z"};
static const char *const random_values[RANDOM_VALUES] = {"", "x", "xy", "y", "yx", "\"x"};

/* For each name the index of its value, or RANDOM_ABSENT. */
typedef struct random_labels {
    uint32_t value[RANDOM_NAMES];
} random_labels;

static inline random_labels random_label_set(fp_rng *rng)
{
    random_labels labels;

    for (size_t i = 0; i < RANDOM_NAMES; i++)
        labels.value[i] = fp_rng_below(rng, RANDOM_VALUES + 1);
    return labels;
}

static inline bool random_look_up(const void *user, fp_str name, fp_str *ret_value)
{
    const random_labels *labels = user;

    for (size_t i = 0; i < RANDOM_NAMES; i++) {
        if (fp_str_is(name, random_names[i]) && labels->value[i] != RANDOM_ABSENT) {
            *ret_value = fp_str_of(random_values[labels->value[i]]);
            return true;
        }
    }
    return false;
}

static inline void random_blank(fp_rng *rng, fp_buf *text)
{
    static const char *const blanks[] = {"", "", " ", "\t", "  "};

    fp_buf_puts(text, blanks[fp_rng_below(rng, 5)]);
}

static inline void random_value(fp_rng *rng, fp_buf *text)
{
    const char *value = random_values[fp_rng_below(rng, RANDOM_VALUES)];
    bool single = value[0] == '"' || fp_rng_below(rng, 2) == 0;

    fp_buf_printf(text, single ? "'%s'" : "\"%s\"", value);
}

static inline void random_comparison(fp_rng *rng, fp_buf *text)
{
    static const char *const operators[] = {
        "==", "!=", " contains", " startswith", " starts \twith", " ends with", " endswith",
    };
    uint32_t op = fp_rng_below(rng, 11);

    fp_buf_puts(text, random_names[fp_rng_below(rng, RANDOM_NAMES)]);
    random_blank(rng, text);
    if (op < 7) {
        fp_buf_puts(text, operators[op]);
        random_blank(rng, text);
        random_value(rng, text);
        return;
    }
    fp_buf_puts(text, op < 9 ? " in" : " notin");
    random_blank(rng, text);
    fp_buf_putc(text, '{');
    for (uint32_t n = fp_rng_below(rng, 5); n > 0; n--) {
        random_value(rng, text);
        random_blank(rng, text);
        if (n > 1 || fp_rng_below(rng, 2) == 0)
            fp_buf_putc(text, ',');
    }
    fp_buf_putc(text, '}');
}

/* At most DEPTH deep. */
static inline void random_text(fp_rng *rng, fp_buf *text, unsigned depth)
{
    uint32_t kind = fp_rng_below(rng, depth > 0 ? 16 : 7);

    random_blank(rng, text);
    for (uint32_t n = fp_rng_below(rng, 4); n > 2; n--)
        fp_buf_puts(text, fp_rng_below(rng, 2) ? "!" : "! !");
    if (kind == 0) {
        fp_buf_puts(text, fp_rng_below(rng, 2) ? "all()" : "global( )");
    } else if (kind < 3) {
        fp_buf_printf(text, "has( %s\t)", random_names[fp_rng_below(rng, RANDOM_NAMES)]);
    } else if (kind < 9) {
        random_comparison(rng, text);
    } else {
        uint32_t n = fp_rng_below(rng, 4);

        fp_buf_puts(text, kind < 11 ? "!(" : "(");
        random_text(rng, text, depth - 1);
        for (; n > 0; n--) {
            fp_buf_puts(text, fp_rng_below(rng, 2) ? "&&" : "||");
            random_text(rng, text, depth - 1);
        }
        fp_buf_putc(text, ')');
    }
    random_blank(rng, text);
}

static inline fp_selector *random_selector(fp_rng *rng)
{
    fp_buf text = {0};
    fp_selector *selector = NULL;

    random_text(rng, &text, 4);
    ck_assert_msg(fp_selector_parse(fp_buf_str(&text), &selector, NULL) == 0, "%s", text.data);
    fp_buf_done(&text);
    return selector;
}

static inline bool oracle_leaf(const fp_selector_node *leaf, const random_labels *labels)
{
    fp_str v = FP_STR_NULL;
    bool present = random_look_up(labels, leaf->label, &v);
    bool listed = false;

    for (uint32_t i = 0; i < leaf->n; i++)
        listed |= present && fp_str_eq(v, leaf->values[i]);
    switch (leaf->op) {
    case FP_SEL_HAS:
        return present;
    case FP_SEL_EQ:
    case FP_SEL_IN:
        return listed;
    case FP_SEL_NE:
    case FP_SEL_NOT_IN:
        return !listed;
    case FP_SEL_CONTAINS:
        return present && fp_str_contains(v, leaf->values[0]);
    case FP_SEL_STARTS_WITH:
        return present && fp_str_starts_with(v, leaf->values[0]);
    case FP_SEL_ENDS_WITH:
        return present && fp_str_ends_with(v, leaf->values[0]);
    default:
        return true;
    }
}

static inline bool oracle_matches(const fp_selector *selector, const random_labels *labels)
{
    bool stack[4096];
    size_t depth = 0;
    size_t n;
    const fp_selector_node *nodes = fp_selector_nodes(selector, &n);

    ck_assert_uint_lt(n, 4096);
    for (size_t i = 0; i < n; i++) {
        bool result = nodes[i].op == FP_SEL_AND;

        if (nodes[i].op < FP_SEL_NOT) {
            stack[depth++] = oracle_leaf(&nodes[i], labels);
            continue;
        }
        for (uint32_t k = 0; k < nodes[i].n; k++) {
            bool operand = stack[--depth];

            if (nodes[i].op == FP_SEL_NOT)
                result = !operand;
            else
                result = nodes[i].op == FP_SEL_AND ? result && operand : result || operand;
        }
        stack[depth++] = result;
    }
    ck_assert_uint_eq(depth, 1);
    return stack[0];
}

#endif
