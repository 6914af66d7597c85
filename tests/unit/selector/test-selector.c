/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/selector/selector.h"

#include <stdlib.h>

#include <yajl/yajl_tree.h>

#include "libfedpol/base/check.h"
#include "tests/support/fp_test.h"
#include "tests/unit/selector/random_selector.h"

static bool look_up(const void *labels, fp_str name, fp_str *ret_value)
{
    const yajl_val object = (yajl_val)(uintptr_t)labels;

    for (size_t i = 0; i < object->u.object.len; i++) {
        if (fp_str_is(name, object->u.object.keys[i])) {
            *ret_value = fp_str_of(object->u.object.values[i]->u.string);
            return true;
        }
    }
    return false;
}

static yajl_val member(yajl_val object, const char *key, yajl_type type)
{
    const char *path[] = {key, NULL};

    return yajl_tree_get(object, path, type);
}

static void check_accepted(yajl_val line, const fp_selector *selector)
{
    const char *text = member(line, "selector", yajl_t_string)->u.string;
    yajl_val labels = member(line, "labels", yajl_t_object);
    bool match = member(line, "match", yajl_t_true) != NULL;
    char uid[FP_SELECTOR_UID_LEN + 1];
    fp_buf canonical = {0};

    fp_selector_put_canonical(selector, &canonical);
    ck_assert_str(fp_buf_str(&canonical), member(line, "canonical", yajl_t_string)->u.string);
    ck_assert_int_eq(fp_selector_uid(selector, uid), 0);
    ck_assert_str_eq(uid, member(line, "uid", yajl_t_string)->u.string);
    ck_assert_msg(fp_selector_matches(selector, look_up, labels) == match, "%s", text);
    fp_buf_done(&canonical);
}

static void check_vector(const char *json)
{
    char problem[200];
    yajl_val line = yajl_tree_parse(json, problem, sizeof(problem));
    fp_selector *selector = NULL;
    fedpol_error *error = NULL;
    const char *text;
    int r;

    ck_assert_msg(line != NULL, "%s", problem);
    text = member(line, "selector", yajl_t_string)->u.string;
    r = fp_selector_parse(fp_str_of(text), &selector, &error);
    if (member(line, "error", yajl_t_true)) {
        ck_assert_msg(r == FEDPOL_E_PARSE, "accepted: %s", text);
        ck_assert_int_eq(fedpol_error_get_code(error), r);
        ck_assert_int_ge(fedpol_error_get_offset(error), 0);
        ck_assert_int_le(fedpol_error_get_offset(error), (int64_t)strlen(text));
    } else {
        ck_assert_msg(r == 0, "refused: %s: %s", text, fedpol_error_get_message(error));
        check_accepted(line, selector);
    }
    fp_selector_unref(selector);
    fedpol_error_free(error);
    yajl_tree_free(line);
}

START_TEST(every_reference_vector_holds)
{
    char *data = fp_test_read("selector-vectors.jsonl", NULL);
    size_t n = 0;

    for (char *line = data, *next; *line; line = next, n++) {
        next = strchr(line, '\n');
        ck_assert_ptr_nonnull(next);
        *next++ = '\0';
        check_vector(line);
    }
    ck_assert_uint_eq(n, 98);
    free(data);
}
END_TEST

static fp_selector *parsed(const char *text)
{
    fp_selector *selector = NULL;

    ck_assert_msg(fp_selector_parse(fp_str_of(text), &selector, NULL) == 0, "%s", text);
    return selector;
}

/* Every pair of these differs. */
START_TEST(different_selectors_are_not_equal)
{
    static const char *const texts[] = {
        "all()",
        "global()",
        "has(a)",
        "has(b)",
        "!has(a)",
        "a == 'x'",
        "a != 'x'",
        "a == 'y'",
        "a == ''",
        "b == 'x'",
        "a in {'x'}",
        "a not in {'x'}",
        "a in {'x', 'y'}",
        "a in {'xy'}",
        "a in {'', 'xy'}",
        "a in {}",
        "a contains 'x'",
        "a starts with 'x'",
        "a ends with 'x'",
        "has(a) && has(b)",
        "has(b) && has(a)",
        "has(a) || has(b)",
        "!(has(a) && has(b))",
        "!has(a) && has(b)",
        "has(a) && has(b) && has(c)",
        "(has(a) && has(b)) && has(c)",
        "has(a) && (has(b) && has(c))",
        "ab == 'c'",
        "a == 'bc'",
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(texts); i++) {
        fp_selector *a = parsed(texts[i]);

        for (size_t k = 0; k < FP_ARRAY_LEN(texts); k++) {
            fp_selector *b = parsed(texts[k]);

            ck_assert_msg(fp_selector_equal(a, b) == (i == k), "%s, %s", texts[i], texts[k]);
            ck_assert_msg((fp_selector_hash(a) == fp_selector_hash(b)) == (i == k), "%s, %s",
                          texts[i], texts[k]);
            fp_selector_unref(b);
        }
        fp_selector_unref(a);
    }
}
END_TEST

START_TEST(the_hash_depends_on_the_key)
{
    const fp_hash_key first = {1, 2};
    const fp_hash_key second = {1, 3};
    fp_selector *a = parsed("a == 'x' && has(b)");
    fp_selector *b = parsed("(a=='x')&&has( b )");

    ck_assert_uint_eq(fp_selector_hash_keyed(a, &first), fp_selector_hash_keyed(b, &first));
    ck_assert_uint_ne(fp_selector_hash_keyed(a, &first), fp_selector_hash_keyed(a, &second));
    fp_selector_unref(a);
    fp_selector_unref(b);
}
END_TEST

START_TEST(mentions_looks_at_labels_alone)
{
    fp_selector *selector = parsed("all() && (a == 'b' || !c in {'d'}) && has(e)");

    ck_assert(fp_selector_mentions(selector, FP_STR("a")));
    ck_assert(fp_selector_mentions(selector, FP_STR("c")));
    ck_assert(fp_selector_mentions(selector, FP_STR("e")));
    ck_assert(!fp_selector_mentions(selector, FP_STR("b")));
    ck_assert(!fp_selector_mentions(selector, FP_STR("d")));
    ck_assert(!fp_selector_mentions(selector, FP_STR("")));
    fp_selector_unref(selector);
}
END_TEST

START_TEST(the_last_reference_frees)
{
    fp_selector *selector;

    fp_test_count_allocs();
    selector = parsed("a == 'b'");
    ck_assert_ptr_eq(fp_selector_ref(selector), selector);
    ck_assert_ptr_null(fp_selector_unref(selector));
    ck_assert_uint_eq(fp_test_live_allocs(), 1);
    ck_assert(fp_selector_mentions(selector, FP_STR("a")));
    ck_assert_ptr_null(fp_selector_unref(selector));
    ck_assert_uint_eq(fp_test_live_allocs(), 0);
    ck_assert_ptr_null(fp_selector_ref(NULL));
    ck_assert_ptr_null(fp_selector_unref(NULL));
    fp_alloc_set(NULL);
}
END_TEST

static void check_node(const fp_selector_node *nodes, uint32_t i)
{
    const fp_selector_node *node = &nodes[i];
    uint32_t operands = 0;
    uint32_t covered = 1;

    if (fp_selector_op_is_leaf(node->op)) {
        ck_assert_uint_eq(node->size, 1);
        ck_assert(node->on_true > i && node->on_false > i);
        for (uint32_t k = 1; k < node->n; k++)
            ck_assert_int_lt(fp_str_cmp(node->values[k - 1], node->values[k]), 0);
        return;
    }
    ck_assert(node->op == FP_SEL_NOT ? node->n == 1 : node->n >= 2);
    for (uint32_t at = i; covered < node->size; operands++) {
        const fp_selector_node *operand = &nodes[at - 1];

        ck_assert_uint_eq(operand->parent, i);
        ck_assert(!(node->op == FP_SEL_NOT && operand->op == FP_SEL_NOT));
        covered += operand->size;
        at -= operand->size;
    }
    ck_assert_uint_eq(covered, node->size);
    ck_assert_uint_eq(operands, node->n);
}

START_TEST(nodes_keep_their_promises)
{
    fp_rng rng = {3};

    for (int round = 0; round < 2000; round++) {
        fp_selector *selector = random_selector(&rng);
        size_t n;
        const fp_selector_node *nodes = fp_selector_nodes(selector, &n);

        ck_assert_uint_eq(nodes[n - 1].size, n);
        ck_assert_uint_eq(nodes[n - 1].parent, FP_SELECTOR_NO_NODE);
        for (uint32_t i = 0; i < n; i++)
            check_node(nodes, i);
        fp_selector_unref(selector);
    }
}
END_TEST

FP_TEST_MAIN("selector/selector", every_reference_vector_holds, different_selectors_are_not_equal,
             the_hash_depends_on_the_key, mentions_looks_at_labels_alone, the_last_reference_frees,
             nodes_keep_their_promises)
