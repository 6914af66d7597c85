/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/selector/selector.h"

#include "libfedpol/base/check.h"
#include "tests/support/fp_test.h"
#include "tests/unit/selector/random_selector.h"

/* The one label `a`, or none. */
static bool look_up_a(const void *labels, fp_str name, fp_str *ret_value)
{
    if (!labels || !fp_str_is(name, "a"))
        return false;
    *ret_value = fp_str_of(labels);
    return true;
}

START_TEST(each_operator_answers_for_present_and_absent_labels)
{
    static const struct {
        const char *text;
        bool with_x; /* a is "xyz" */
        bool empty;  /* a is "" */
        bool absent;
    } cases[] = {
        {"a == 'xyz'", true, false, false},
        {"a == ''", false, true, false},
        {"a != 'xyz'", false, true, true},
        {"a != ''", true, false, true},
        {"a in {'b', 'xyz'}", true, false, false},
        {"a in {''}", false, true, false},
        {"a in {}", false, false, false},
        {"a not in {'b', 'xyz'}", false, true, true},
        {"a not in {}", true, true, true},
        {"a contains 'y'", true, false, false},
        {"a contains ''", true, true, false},
        {"a contains 'yx'", false, false, false},
        {"a starts with 'xy'", true, false, false},
        {"a starts with 'y'", false, false, false},
        {"a starts with ''", true, true, false},
        {"a ends with 'yz'", true, false, false},
        {"a ends with 'wxyz'", false, false, false},
        {"a ends with ''", true, true, false},
        {"has(a)", true, true, false},
        {"has(b)", false, false, false},
        {"all()", true, true, true},
        {"global()", true, true, true},
        {"", true, true, true},
        {"!all()", false, false, false},
        {"!a == 'xyz'", false, true, true},
        {"!a != 'xyz'", true, false, false},
        {"!a contains 'y'", false, true, true},
        {"!a in {'xyz'}", false, true, true},
        {"!a not in {'xyz'}", true, false, false},
        {"a == 'XYZ'", false, false, false},
        {"has(a) && a != 'xyz'", false, true, false},
        {"!has(a) || a == 'xyz'", true, false, true},
        {"!(has(a) && a == '')", true, false, true},
        {"!(!has(a) || a == '')", true, false, false},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        fp_selector *s = NULL;

        ck_assert_int_eq(fp_selector_parse(fp_str_of(cases[i].text), &s, NULL), 0);
        ck_assert_msg(fp_selector_matches(s, look_up_a, "xyz") == cases[i].with_x &&
                          fp_selector_matches(s, look_up_a, "") == cases[i].empty &&
                          fp_selector_matches(s, look_up_a, NULL) == cases[i].absent,
                      "%s", cases[i].text);
        fp_selector_unref(s);
    }
}
END_TEST

START_TEST(random_selectors_match_as_the_table_says)
{
    fp_rng rng = {5};
    size_t matched = 0;

    for (int round = 0; round < 2000; round++) {
        fp_selector *selector = random_selector(&rng);

        for (int k = 0; k < 20; k++) {
            random_labels labels = random_label_set(&rng);
            bool expected = oracle_matches(selector, &labels);

            ck_assert(fp_selector_matches(selector, random_look_up, &labels) == expected);
            matched += expected;
        }
        fp_selector_unref(selector);
    }
    ck_assert_uint_gt(matched, 4000);
    ck_assert_uint_lt(matched, 36000);
}
END_TEST

static int depth_scenario(void *user)
{
    fp_selector *selector = NULL;
    bool matches = false;
    int r = fp_selector_new_has(FP_STR("a"), &selector);

    for (int i = 0; r == 0 && i < *(int *)user; i++) {
        fp_selector *parts[] = {selector, selector};
        fp_selector *pair = NULL;
        fp_selector *negated = NULL;

        r = fp_selector_new_and(parts, i < 10 ? 2 : 1, &pair);
        if (r == 0)
            r = fp_selector_new_not(pair, &negated);
        fp_selector_unref(pair);
        fp_selector_unref(selector);
        selector = negated;
    }
    if (r == 0)
        matches = fp_selector_matches(selector, look_up_a, "x");
    ck_assert_int_eq(matches, r == 0);
    fp_selector_unref(selector);
    return r;
}

/* !(!(!(x && x) && !(x && x)) && …) for 10 levels, then only cancelling negations. */
START_TEST(deep_built_selectors_need_no_stack)
{
    int levels = 20;

    fp_test_oom(depth_scenario, &levels);
}
END_TEST

FP_TEST_MAIN("selector/match", each_operator_answers_for_present_and_absent_labels,
             random_selectors_match_as_the_table_says, deep_built_selectors_need_no_stack)
