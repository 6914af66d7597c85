/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/selector/selector.h"

#include "libfedpol/base/check.h"
#include "tests/support/fp_test.h"
#include "tests/unit/selector/random_selector.h"

static void check_form(fp_selector *selector, const char *expected)
{
    fp_buf canonical = {0};

    fp_selector_put_canonical(selector, &canonical);
    ck_assert_str(fp_buf_str(&canonical), expected);
    fp_buf_done(&canonical);
    fp_selector_unref(selector);
}

START_TEST(ids_are_those_of_the_reference)
{
    static const struct {
        const char *text;
        const char *uid;
    } cases[] = {
        {"", "s:5y5I3VdRZfDU01O--xXAPx2yxCQQqMf0M6IWug"},
        {"has(a)", "s:JpRGrxZ4kdS6g7WoF-uG_g7qlh2ipw2zGYBMpQ"},
        {"!(!has(a))", "s:JpRGrxZ4kdS6g7WoF-uG_g7qlh2ipw2zGYBMpQ"},
        {"a=='b'", "s:flMh0m0X_BowkAK_W3j3MgH8oQOsj3WxGDoXCQ"},
        {"has(a) && !has(b)", "s:J__Xr31OMgaC9tvg3sy1_77s-ADabEeaG_64eQ"},
        {"a in {'z','a','z'}", "s:DM70ClaqX_dfWkUrFy68O9ZR5zcGtQpx-8ramA"},
        {"a=='x'||a=='y'||a=='z'", "s:6e1J322eG1QH0Jg2wmcK9FL0qC9Z2pQjYvQYhg"},
        {"global()", "s:fiJDJdBoaP_zQxty70sMjIrxwAb5lgM6LYCAow"},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        char uid[FP_SELECTOR_UID_LEN + 1];
        fp_selector *selector = NULL;

        ck_assert_int_eq(fp_selector_parse(fp_str_of(cases[i].text), &selector, NULL), 0);
        ck_assert_int_eq(fp_selector_uid(selector, uid), 0);
        ck_assert_str_eq(uid, cases[i].uid);
        fp_selector_unref(selector);
    }
}
END_TEST

START_TEST(nested_expressions_open_and_close_where_they_should)
{
    static const char *const forms[] = {
        "(!(has(a) && has(b)) || !(!(has(c) || has(d)) && has(e)))",
        "!((has(a) && !(has(b) || has(c))) || has(d))",
        "(((has(a) && has(b)) || has(c)) && (has(d) || (has(e) && has(f))))",
        "!(((!has(a) || has(b)) && has(c)) || has(d))",
        "(a in {} && !a not in {\"\", \"x\"} && !global())",
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(forms); i++) {
        fp_selector *selector = NULL;

        ck_assert_int_eq(fp_selector_parse(fp_str_of(forms[i]), &selector, NULL), 0);
        check_form(selector, forms[i]);
    }
}
END_TEST

/* Else a builder's value could make two selectors share an id. */
START_TEST(what_the_language_cannot_write_has_a_form_of_its_own)
{
    fp_selector *selector = NULL;

    ck_assert_int_eq(fp_selector_new_eq(FP_STR("a"), FP_STR("x\"' && b == '"), &selector), 0);
    check_form(selector, "a == hex\"7822272026262062203d3d2027\"");
    ck_assert_int_eq(fp_selector_new_has(FP_STR("a) && has(b"), &selector), 0);
    check_form(selector, "has(hex\"6129202626206861732862\")");
    ck_assert_int_eq(fp_selector_new_has(FP_STR_NULL, &selector), 0);
    check_form(selector, "has(hex\"\")");
    ck_assert_int_eq(fp_selector_new_eq(FP_STR("\xc3\xa9"), FP_STR("\xc3\xa9"), &selector), 0);
    check_form(selector, "hex\"c3a9\" == \"\xc3\xa9\"");
    ck_assert_int_lt(fp_selector_parse(FP_STR("a == hex\"61\""), &selector, NULL), 0);
    ck_assert_int_lt(fp_selector_parse(FP_STR("has(hex\"61\")"), &selector, NULL), 0);
    ck_assert_int_lt(fp_selector_parse(FP_STR("hex\"61\" == '1'"), &selector, NULL), 0);
}
END_TEST

START_TEST(random_selectors_survive_their_canonical_form)
{
    fp_rng rng = {11};

    for (int round = 0; round < 3000; round++) {
        fp_selector *selector = random_selector(&rng);
        fp_selector *again = NULL;
        fp_buf first = {0};
        fp_buf second = {0};

        fp_selector_put_canonical(selector, &first);
        ck_assert_int_eq(fp_buf_error(&first), 0);
        ck_assert_msg(fp_selector_parse(fp_buf_str(&first), &again, NULL) == 0, "%s", first.data);
        fp_selector_put_canonical(again, &second);
        ck_assert_str(fp_buf_str(&second), first.data);
        ck_assert(fp_selector_equal(selector, again));
        ck_assert_uint_eq(fp_selector_hash(selector), fp_selector_hash(again));
        ck_assert_ptr_null(strstr(first.data, "!!"));
        fp_buf_done(&first);
        fp_buf_done(&second);
        fp_selector_unref(selector);
        fp_selector_unref(again);
    }
}
END_TEST

static int scenario(void *user)
{
    char uid[FP_SELECTOR_UID_LEN + 1];
    fp_selector *selector = NULL;
    int r = fp_selector_parse(fp_str_of(user), &selector, NULL);

    if (r == 0)
        r = fp_selector_uid(selector, uid);
    fp_selector_unref(selector);
    return r;
}

START_TEST(out_of_memory_is_reported_and_nothing_leaks)
{
    char text[] = "(((((((a == 'a long value that makes the buffer grow' || has(b)) && has(c)) || "
                  "has(d)) && has(e)) || has(f)) && has(g)) || has(h))";

    fp_test_oom(scenario, text);
}
END_TEST

FP_TEST_MAIN("selector/canonical", ids_are_those_of_the_reference,
             nested_expressions_open_and_close_where_they_should,
             what_the_language_cannot_write_has_a_form_of_its_own,
             random_selectors_survive_their_canonical_form,
             out_of_memory_is_reported_and_nothing_leaks)
