/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/selector/selector.h"

#include "libfedpol/base/check.h"
#include "tests/support/fp_test.h"

static fp_selector *parsed(const char *text)
{
    fp_selector *selector = NULL;

    ck_assert_msg(fp_selector_parse(fp_str_of(text), &selector, NULL) == 0, "%s", text);
    return selector;
}

/* Gives up BUILT. */
static void check_same(fp_selector *built, const char *text)
{
    fp_selector *expected = parsed(text);
    fp_buf form = {0};

    fp_selector_put_canonical(built, &form);
    ck_assert_msg(fp_selector_equal(built, expected), "got %s, expected %s", form.data, text);
    ck_assert_uint_eq(fp_selector_hash(built), fp_selector_hash(expected));
    fp_buf_done(&form);
    fp_selector_unref(expected);
    fp_selector_unref(built);
}

START_TEST(built_leaves_equal_parsed_ones)
{
    const fp_str values[] = {FP_STR("z"), FP_STR("a"), FP_STR("z"), FP_STR("")};
    fp_selector *selector;

    ck_assert_int_eq(fp_selector_new_all(&selector), 0);
    check_same(selector, "all()");
    ck_assert_int_eq(fp_selector_new_has(FP_STR("a"), &selector), 0);
    check_same(selector, "has(a)");
    ck_assert_int_eq(fp_selector_new_eq(FP_STR("a"), FP_STR("v"), &selector), 0);
    check_same(selector, "a == 'v'");
    ck_assert_int_eq(fp_selector_new_set(FP_SEL_IN, FP_STR("a"), values, 4, &selector), 0);
    check_same(selector, "a in {'', 'a', 'z'}");
    ck_assert_int_eq(fp_selector_new_set(FP_SEL_NOT_IN, FP_STR("a"), values, 1, &selector), 0);
    check_same(selector, "a not in {'z'}");
    ck_assert_int_eq(fp_selector_new_set(FP_SEL_IN, FP_STR("a"), NULL, 0, &selector), 0);
    check_same(selector, "a in {}");
}
END_TEST

START_TEST(and_keeps_order_and_nesting)
{
    fp_selector *a = parsed("has(a) || has(b)");
    fp_selector *b = parsed("has(c) && has(d)");
    fp_selector *const parts[] = {NULL, a, NULL, b, a};
    fp_selector *const none[] = {NULL, NULL};
    fp_selector *selector = a;

    ck_assert_int_eq(fp_selector_new_and(parts, 5, &selector), 0);
    check_same(selector, "(has(a) || has(b)) && (has(c) && has(d)) && (has(a) || has(b))");
    ck_assert_int_eq(fp_selector_new_and(parts, 3, &selector), 0);
    ck_assert_ptr_eq(selector, a);
    fp_selector_unref(selector);
    ck_assert_int_eq(fp_selector_new_and(none, 2, &selector), 0);
    ck_assert_ptr_null(selector);
    fp_selector_unref(a);
    fp_selector_unref(b);
}
END_TEST

START_TEST(not_cancels_a_not)
{
    fp_selector *plain = parsed("has(a) && has(b)");
    fp_selector *negated = NULL;
    fp_selector *twice = NULL;

    ck_assert_int_eq(fp_selector_new_not(plain, &negated), 0);
    ck_assert_int_eq(fp_selector_new_not(negated, &twice), 0);
    check_same(negated, "!(has(a) && has(b))");
    ck_assert(fp_selector_equal(plain, twice));
    fp_selector_unref(twice);
    fp_selector_unref(plain);
}
END_TEST

START_TEST(rewriting_prefixes_labels_and_replaces_all_and_global)
{
    static const struct {
        const char *text;
        const char *prefix;
        const char *all_label;
        const char *expected;
    } cases[] = {
        {"env == 'prod'", "pcns.", "N", "pcns.env == 'prod'"},
        {"all()", "pcns.", "N", "has(N)"},
        {"", "pcns.", "N", "has(N)"},
        {"global()", "pcns.", "N", "!has(N)"},
        {"!global()", "pcns.", "N", "has(N)"},
        {"!(!(global()))", "pcns.", "N", "!has(N)"},
        {"!all()", "pcns.", "N", "!has(N)"},
        {"a == 'all()' || b in {'global()', 'x'}", "p.", "N",
         "p.a == 'all()' || p.b in {'global()', 'x'}"},
        {"!(a == '1' && !(global() || has(b))) || c contains 'd'", "p.", "N",
         "!(p.a == '1' && !(!has(N) || has(p.b))) || p.c contains 'd'"},
        {"!(global() && has(a)) && !global()", "", "N", "!(!has(N) && has(a)) && has(N)"},
        {"all() && has(a)", "p.", "", "all() && has(p.a)"},
        {"global() && has(a)", "", "", "global() && has(a)"},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        fp_selector *selector = parsed(cases[i].text);
        fp_selector *rewritten = NULL;

        ck_assert_int_eq(fp_selector_rewrite(selector, fp_str_of(cases[i].prefix),
                                             fp_str_of(cases[i].all_label), &rewritten),
                         0);
        fp_selector_unref(selector);
        check_same(rewritten, cases[i].expected);
    }
}
END_TEST

/* The peers of rules in docs/selectors.md: what the model does with builders and rewriting. */
START_TEST(rule_peers_become_the_selectors_of_the_specification)
{
    static const struct {
        const char *ns;      /* namespaceSelector, or NULL: the policy's namespace foo */
        const char *sa;      /* serviceAccounts.selector */
        const char *names;   /* serviceAccounts.names, a letter each */
        const char *plain;   /* selector */
        const char *negated; /* notSelector */
        const char *expected;
    } cases[] = {
        {NULL, NULL, "", "a=='1'", NULL, "(projectcalico.org/namespace == 'foo') && (a=='1')"},
        {"all()", NULL, "", NULL, NULL, "has(projectcalico.org/namespace)"},
        {"global()", NULL, "", "r=='x'", NULL, "(!has(projectcalico.org/namespace)) && (r=='x')"},
        {"env=='prod'", NULL, "", NULL, NULL, "pcns.env == \"prod\""},
        {NULL, "t=='x'", "ba", NULL, NULL,
         "(projectcalico.org/namespace == 'foo') && ((pcsa.t == \"x\") && "
         "(projectcalico.org/serviceaccount in {\"a\", \"b\"}))"},
        {NULL, NULL, "a", "q=='1'", NULL,
         "(projectcalico.org/namespace == 'foo') && ((projectcalico.org/serviceaccount in "
         "{\"a\"}) && (q=='1'))"},
        {NULL, NULL, "", NULL, "z=='1'", "(projectcalico.org/namespace == 'foo') && (!(z=='1'))"},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        const fp_str ns_label = FP_STR("projectcalico.org/namespace");
        fp_str names[2];
        fp_selector *parts[4] = {NULL, NULL, NULL, NULL};
        fp_selector *inner = NULL;
        fp_selector *outer[3] = {NULL, NULL, NULL};
        fp_selector *result = NULL;
        size_t n_names = strlen(cases[i].names);

        for (size_t k = 0; k < n_names; k++)
            names[k] = fp_str_n(cases[i].names + k, 1);
        if (cases[i].sa) {
            parts[3] = parsed(cases[i].sa);
            ck_assert_int_eq(fp_selector_rewrite(parts[3], FP_STR("pcsa."), FP_STR_NULL, &parts[0]),
                             0);
            parts[3] = fp_selector_unref(parts[3]);
        }
        if (n_names)
            ck_assert_int_eq(fp_selector_new_set(FP_SEL_IN,
                                                 FP_STR("projectcalico.org/serviceaccount"), names,
                                                 n_names, &parts[1]),
                             0);
        if (cases[i].plain)
            parts[2] = parsed(cases[i].plain);
        ck_assert_int_eq(fp_selector_new_and(parts, 3, &inner), 0);
        if (cases[i].ns) {
            parts[3] = parsed(cases[i].ns);
            ck_assert_int_eq(fp_selector_rewrite(parts[3], FP_STR("pcns."), ns_label, &outer[0]),
                             0);
            parts[3] = fp_selector_unref(parts[3]);
        } else {
            ck_assert_int_eq(fp_selector_new_eq(ns_label, FP_STR("foo"), &outer[0]), 0);
        }
        outer[1] = inner;
        if (cases[i].negated) {
            parts[3] = parsed(cases[i].negated);
            ck_assert_int_eq(fp_selector_new_not(parts[3], &outer[2]), 0);
        }
        ck_assert_int_eq(fp_selector_new_and(outer, 3, &result), 0);
        check_same(result, cases[i].expected);
        for (size_t k = 0; k < 4; k++)
            fp_selector_unref(parts[k]);
        for (size_t k = 0; k < 3; k++)
            fp_selector_unref(outer[k]);
    }
}
END_TEST

START_TEST(a_prefixed_label_may_be_longer_than_a_parsed_one)
{
    char text[600];
    fp_selector *selector = NULL;
    fp_selector *rewritten = NULL;
    size_t n;

    memset(text, 'x', 512);
    memcpy(text + 512, "==''", 5);
    selector = parsed(text);
    ck_assert_int_eq(fp_selector_rewrite(selector, FP_STR("pcns."), FP_STR_NULL, &rewritten), 0);
    ck_assert_uint_eq(fp_selector_nodes(rewritten, &n)->label.len, 517);
    fp_selector_unref(rewritten);
    fp_selector_unref(selector);
}
END_TEST

static int tree_scenario(void *user)
{
    fp_selector *all = NULL;
    fp_selector *both = NULL;
    fp_selector *renamed = NULL;
    int r = fp_selector_new_all(&all);

    (void)user;
    if (r == 0) {
        fp_selector *const parts[] = {all, all};

        r = fp_selector_new_and(parts, 2, &both);
    }
    if (r == 0)
        r = fp_selector_rewrite(both, FP_STR("p."), FP_STR("x"), &renamed);
    if (r == 0) {
        fp_selector_unref(all);
        all = NULL;
        r = fp_selector_new_not(renamed, &all);
    }
    fp_selector_unref(all);
    fp_selector_unref(both);
    fp_selector_unref(renamed);
    return r;
}

static int set_scenario(void *user)
{
    const fp_str values[] = {FP_STR("b"), FP_STR("a"), FP_STR("c"), FP_STR("d"), FP_STR("e")};
    fp_selector *set = NULL;
    fp_selector *renamed = NULL;
    int r = fp_selector_new_set(FP_SEL_IN, FP_STR("a"), values, 5, &set);

    (void)user;
    if (r == 0)
        r = fp_selector_rewrite(set, FP_STR("p."), FP_STR_NULL, &renamed);
    fp_selector_unref(set);
    fp_selector_unref(renamed);
    return r;
}

START_TEST(out_of_memory_is_reported_and_nothing_leaks)
{
    fp_test_oom(tree_scenario, NULL);
    fp_test_oom(set_scenario, NULL);
}
END_TEST

FP_TEST_MAIN("selector/build", built_leaves_equal_parsed_ones, and_keeps_order_and_nesting,
             not_cancels_a_not, rewriting_prefixes_labels_and_replaces_all_and_global,
             rule_peers_become_the_selectors_of_the_specification,
             a_prefixed_label_may_be_longer_than_a_parsed_one,
             out_of_memory_is_reported_and_nothing_leaks)
