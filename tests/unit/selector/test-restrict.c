/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/selector/selector.h"

#include "libfedpol/base/check.h"
#include "tests/support/fp_test.h"
#include "tests/unit/selector/random_selector.h"

/* "a+{x,y} b-": a is present and x or y, b is absent; "impossible". */
static void describe(const fp_selector_restrictions *r, fp_buf *text)
{
    if (r->impossible)
        fp_buf_puts(text, "impossible");
    for (size_t i = 0; i < r->n; i++) {
        const fp_selector_restriction *item = &r->items[i];

        fp_buf_puts(text, i > 0 ? " " : "");
        fp_buf_add(text, item->label);
        fp_buf_puts(text, item->present ? "+" : "");
        fp_buf_puts(text, item->absent ? "-" : "");
        for (size_t k = 0; k < item->n_values; k++) {
            fp_buf_puts(text, k > 0 ? "," : "{");
            fp_buf_add(text, item->values[k]);
        }
        fp_buf_puts(text, item->has_values ? "}" : "");
    }
}

START_TEST(restrictions_are_those_of_the_table)
{
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        {"a == 'x' || a == 'y' || a == 'z'", "a+{x,y,z}"},
        {"has(a) && !has(b)", "a+ b-"},
        {"a in {'z','a','z'}", "a+{a,z}"},
        {"!(!has(a))", "a+"},
        {"!!has(a)", "a+"},
        {"!(a == '1')", ""},
        {"a in {}", "impossible"},
        {"a not in {}", ""},
        {"!(a not in {})", "impossible"},
        {"a == '1' && a == '2'", "impossible"},
        {"has(a) && !has(a)", "impossible"},
        {"a == '1' || b == '2'", ""},
        {"a == '1' || (has(b) && has(a))", "a+"},
        {"", ""},
        {"global()", ""},
        {"!all()", "impossible"},
        {"a != '1'", ""},
        {"!(a != '1')", "a+{1}"},
        {"!(a not in {'1','2'})", "a+{1,2}"},
        {"!a in {'1'}", ""},
        {"a contains 'x'", "a+"},
        {"a starts with 'x' && b ends with 'y'", "a+ b+"},
        {"!a contains 'x'", ""},
        {"!(has(a) || has(b))", "a- b-"},
        {"!(!has(a) || b != 'x')", "a+ b+{x}"},
        {"!(has(a) && has(b))", ""},
        {"!(has(a) && a != '1')", ""},
        {"!(!has(a) && !has(a))", "a+"},
        {"has(z) && a == '1' && has(m)", "a+{1} m+ z+"},
        {"a in {'1','2','3'} && a in {'2','3','4'} && a in {'3','2','9'}", "a+{2,3}"},
        {"a == '1' && has(a)", "a+{1}"},
        {"has(a) && a == '1'", "a+{1}"},
        {"a == '1' && a contains 'x'", "a+{1}"},
        {"has(a) || !has(a)", ""},
        {"!has(a) || !has(a)", "a-"},
        {"a in {'2','1'} || has(a)", "a+"},
        {"(a == '1' && has(b)) || (a == '2' && has(c))", "a+{1,2}"},
        {"a in {} || a == '1'", "a+{1}"},
        {"!all() || (has(a) && b == '1')", "a+ b+{1}"},
        {"a in {} || !all()", "impossible"},
        {"a == '1' && !(all() && global())", "impossible"},
        {"(a == '1' || a == '2') && (a == '2' || a == '3')", "a+{2}"},
        {"(a == '1' || a == '2') && (a == '4' || a == '3')", "impossible"},
        {"a == '1' || a == '1'", "a+{1}"},
        {"((has(a) && has(b)) && has(a)) && !(!has(c) || has(d))", "a+ b+ c+ d-"},
        {"(a == '1' || (a == '2' || !(a != '3' && a != '4'))) || a == '5'", "a+{1,2,3,4,5}"},
        {"(has(a) || (has(a) && has(b)) || !(!has(a) || has(b))) && has(c)", "a+ c+"},
        {"has(a) && (has(b) && a in {})", "impossible"},
        {"(a in {} || (!all() || a == '1')) && has(b)", "a+{1} b+"},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        fp_selector_restrictions restrictions;
        fp_selector *selector = NULL;
        fp_buf text = {0};

        ck_assert_int_eq(fp_selector_parse(fp_str_of(cases[i].text), &selector, NULL), 0);
        ck_assert_int_eq(fp_selector_get_restrictions(selector, &restrictions), 0);
        describe(&restrictions, &text);
        ck_assert_msg(fp_str_is(fp_buf_str(&text), cases[i].expected), "%s: got '%s', not '%s'",
                      cases[i].text, text.data, cases[i].expected);
        fp_selector_restrictions_done(&restrictions);
        fp_selector_unref(selector);
        fp_buf_done(&text);
    }
}
END_TEST

static bool keeps(const fp_selector_restriction *item, const random_labels *labels)
{
    fp_str value = FP_STR_NULL;
    bool present = random_look_up(labels, item->label, &value);

    if ((item->present && !present) || (item->absent && present))
        return false;
    for (size_t i = 0; i < item->n_values; i++)
        if (fp_str_eq(item->values[i], value))
            return true;
    return !item->has_values;
}

START_TEST(whatever_matches_keeps_every_restriction)
{
    fp_rng rng = {23};
    size_t checked = 0;
    size_t impossible = 0;

    for (int round = 0; round < 4000; round++) {
        fp_selector *selector = random_selector(&rng);
        fp_selector_restrictions r;

        ck_assert_int_eq(fp_selector_get_restrictions(selector, &r), 0);
        impossible += r.impossible;
        for (size_t i = 1; i < r.n; i++)
            ck_assert_int_lt(fp_str_cmp(r.items[i - 1].label, r.items[i].label), 0);
        for (int k = 0; k < 40; k++) {
            random_labels labels = random_label_set(&rng);

            if (!oracle_matches(selector, &labels))
                continue;
            ck_assert(!r.impossible);
            for (size_t i = 0; i < r.n; i++, checked++)
                ck_assert(keeps(&r.items[i], &labels));
        }
        fp_selector_restrictions_done(&r);
        fp_selector_unref(selector);
    }
    ck_assert_uint_gt(checked, 10000);
    ck_assert_uint_gt(impossible, 100);
}
END_TEST

/* N alternatives of the label a, each with its own value. */
static fp_selector *alternatives(uint32_t n)
{
    fp_selector *selector = NULL;
    fp_buf text = {0};

    for (uint32_t i = 0; i < n; i++)
        fp_buf_printf(&text, "%sa=='%u'", i > 0 ? "||" : "", i);
    ck_assert_int_eq(fp_selector_parse(fp_buf_str(&text), &selector, NULL), 0);
    fp_buf_done(&text);
    return selector;
}

START_TEST(too_many_values_count_as_unknown)
{
    fp_selector *most = alternatives(FP_SELECTOR_MAX_UNION);
    fp_selector *more = alternatives(FP_SELECTOR_MAX_UNION + 1);
    fp_selector_restrictions r;

    ck_assert_int_eq(fp_selector_get_restrictions(most, &r), 0);
    ck_assert_uint_eq(r.items[0].n_values, FP_SELECTOR_MAX_UNION);
    fp_selector_restrictions_done(&r);
    ck_assert_int_eq(fp_selector_get_restrictions(more, &r), 0);
    ck_assert_uint_eq(r.n, 1);
    ck_assert(r.items[0].present && !r.items[0].has_values);
    ck_assert_uint_eq(r.items[0].n_values, 0);
    fp_selector_restrictions_done(&r);
    fp_selector_unref(most);
    fp_selector_unref(more);
}
END_TEST

static int scenario(void *user)
{
    fp_selector *selector = NULL;
    fp_selector_restrictions r = {0};
    int result = fp_selector_parse(fp_str_of(user), &selector, NULL);

    if (result == 0)
        result = fp_selector_get_restrictions(selector, &r);
    fp_selector_restrictions_done(&r);
    fp_selector_unref(selector);
    return result;
}

START_TEST(out_of_memory_is_reported_and_nothing_leaks)
{
    char possible[] = "(a == '1' || a == '2' || a in {'3','4'}) && a in {'2','3'} && "
                      "!(b != 'x' || has(c)) && has(d) && has(e) && has(f)";
    char impossible[] = "has(a) && !has(a)";

    fp_test_oom(scenario, possible);
    fp_test_oom(scenario, impossible);
}
END_TEST

FP_TEST_MAIN("selector/restrict", restrictions_are_those_of_the_table,
             whatever_matches_keeps_every_restriction, too_many_values_count_as_unknown,
             out_of_memory_is_reported_and_nothing_leaks)
