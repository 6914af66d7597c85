/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/str.h"

#include "libfedpol/base/alloc.h"
#include "libfedpol/base/check.h"
#include "tests/support/fp_test.h"

START_TEST(order_is_by_unsigned_bytes_and_then_by_length)
{
    static const fp_str sorted[] = {
        FP_STR_INIT(""),     FP_STR_INIT("\0"),   FP_STR_INIT("A"), FP_STR_INIT("a"),
        FP_STR_INIT("a\0"),  FP_STR_INIT("aa"),   FP_STR_INIT("b"), FP_STR_INIT("\x7f"),
        FP_STR_INIT("\x80"), FP_STR_INIT("\xff"),
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(sorted); i++) {
        for (size_t k = 0; k < FP_ARRAY_LEN(sorted); k++) {
            ck_assert_int_eq(fp_str_cmp(sorted[i], sorted[k]), (i > k) - (i < k));
            ck_assert(fp_str_eq(sorted[i], sorted[k]) == (i == k));
        }
    }
    ck_assert(fp_str_eq(FP_STR_NULL, FP_STR("")));
    ck_assert_int_eq(fp_str_cmp(FP_STR_NULL, FP_STR("")), 0);
    ck_assert(fp_str_is(FP_STR_NULL, ""));
    ck_assert(!fp_str_is(FP_STR("ab"), "a"));
    ck_assert(fp_str_eq(fp_str_of(NULL), FP_STR_NULL));
}
END_TEST

START_TEST(parts_are_found)
{
    static const struct {
        const char *whole;
        const char *part;
        bool starts;
        bool ends;
        bool contains;
    } cases[] = {
        {"", "", true, true, true},         {"abc", "", true, true, true},
        {"", "a", false, false, false},     {"abc", "a", true, false, true},
        {"abc", "abc", true, true, true},   {"abc", "bc", false, true, true},
        {"abc", "b", false, false, true},   {"abc", "abcd", false, false, false},
        {"abc", "ac", false, false, false}, {"aab", "ab", false, true, true},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        fp_str whole = fp_str_of(cases[i].whole);
        fp_str part = fp_str_of(cases[i].part);

        ck_assert(fp_str_starts_with(whole, part) == cases[i].starts);
        ck_assert(fp_str_ends_with(whole, part) == cases[i].ends);
        ck_assert(fp_str_contains(whole, part) == cases[i].contains);
    }
    ck_assert(fp_str_contains(fp_str_n("a\0b", 3), fp_str_n("\0b", 2)));
    ck_assert(fp_str_contains(FP_STR_NULL, FP_STR_NULL));
    ck_assert_int_eq(fp_str_find_byte(FP_STR("abcb"), 'b'), 1);
    ck_assert_int_eq(fp_str_find_byte(FP_STR("abc"), 'x'), -1);
    ck_assert_int_eq(fp_str_find_byte(FP_STR_NULL, 'x'), -1);
}
END_TEST

START_TEST(case_is_ignored_for_ascii_letters_only)
{
    ck_assert(fp_str_is_nocase(FP_STR("TcP"), "tCp"));
    ck_assert(!fp_str_is_nocase(FP_STR("TCP"), "TCPx"));
    ck_assert(!fp_str_is_nocase(FP_STR("@"), "`"));
    ck_assert(!fp_str_is_nocase(FP_STR("["), "{"));
    ck_assert(!fp_str_is_nocase(FP_STR("\xc3\x89"), "\xc3\xa9"));
    ck_assert(fp_str_is_nocase(FP_STR_NULL, ""));
}
END_TEST

START_TEST(sub_slices_stay_inside)
{
    ck_assert_str(fp_str_sub(FP_STR("abc"), 1, 2), "b");
    ck_assert_str(fp_str_sub(FP_STR("abc"), 1, 99), "bc");
    ck_assert_str(fp_str_sub(FP_STR("abc"), 3, 3), "");
    ck_assert_str(fp_str_sub(FP_STR("abc"), 4, 9), "");
    ck_assert_str(fp_str_sub(FP_STR("abc"), 2, 1), "");
    ck_assert_str(fp_str_sub(FP_STR_NULL, 0, 1), "");
}
END_TEST

START_TEST(trimming_takes_blanks_from_both_ends)
{
    ck_assert_str(fp_str_trim(FP_STR(" \t\r\na b\n ")), "a b");
    ck_assert_str(fp_str_trim(FP_STR(" \t ")), "");
    ck_assert_str(fp_str_trim(FP_STR("\v")), "\v");
    ck_assert_str(fp_str_trim(FP_STR_NULL), "");
}
END_TEST

START_TEST(numbers_are_plain_decimal)
{
    static const struct {
        const char *text;
        uint64_t max;
        bool ok;
        uint64_t value;
    } cases[] = {
        {"0", 10, true, 0},
        {"10", 10, true, 10},
        {"11", 10, false, 0},
        {"007", 10, true, 7},
        {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, false, 0},
        {"99999999999999999999999", UINT64_MAX, false, 0},
        {"", 10, false, 0},
        {"-1", 10, false, 0},
        {"+1", 10, false, 0},
        {" 1", 10, false, 0},
        {"1 ", 10, false, 0},
        {"0x1", 10, false, 0},
        {"1e1", 100, false, 0},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        uint64_t value = 12345;
        bool ok = fp_str_to_u64(fp_str_of(cases[i].text), cases[i].max, &value);

        ck_assert_msg(ok == cases[i].ok, "'%s'", cases[i].text);
        ck_assert_uint_eq(value, ok ? cases[i].value : 12345);
    }
}
END_TEST

static int scenario(void *user)
{
    char *copy = fp_str_dup(fp_str_n("a\0b", 3));

    (void)user;
    if (!copy)
        return FEDPOL_E_NOMEM;
    ck_assert_int_eq(memcmp(copy, "a\0b", 4), 0);
    fp_free(copy);
    return 0;
}

START_TEST(copies_end_with_nul)
{
    char *empty = fp_str_dup(FP_STR_NULL);

    ck_assert_str_eq(empty, "");
    fp_free(empty);
    fp_test_oom(scenario, NULL);
}
END_TEST

FP_TEST_MAIN("base/str", order_is_by_unsigned_bytes_and_then_by_length, parts_are_found,
             case_is_ignored_for_ascii_letters_only, sub_slices_stay_inside,
             trimming_takes_blanks_from_both_ends, numbers_are_plain_decimal, copies_end_with_nul)
