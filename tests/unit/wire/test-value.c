/* SPDX-License-Identifier: Apache-2.0 */
#include <locale.h>

#include "libfedpol/wire/value.h"
#include "tests/support/fp_test.h"

static fp_value number(const char *text)
{
    return (fp_value){.type = FP_VALUE_NUMBER, .text = fp_str_of(text)};
}

START_TEST(integers_are_read_in_every_form_of_json)
{
    static const struct {
        const char *text;
        int64_t expected;
    } table[] = {
        {"0", 0},
        {"-0", 0},
        {"0.000", 0},
        {"0e999999999999999999999", 0},
        {"8080", 8080},
        {"8.08e3", 8080},
        {"8080.0", 8080},
        {"8080e0", 8080},
        {"8080000E-3", 8080},
        {"0.8080e+4", 8080},
        {"-17", -17},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
        {"92233720368547758070e-1", INT64_MAX},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        fp_value v = number(table[i].text);
        int64_t got = 99;

        ck_assert_msg(fp_value_to_i64(&v, INT64_MIN, INT64_MAX, &got), "%s", table[i].text);
        ck_assert_msg(got == table[i].expected, "%s gives %lld", table[i].text, (long long)got);
    }
}
END_TEST

START_TEST(what_is_no_integer_in_range_leaves_the_result_alone)
{
    static const char *const table[] = {
        "8080.5",
        "1e-1",
        "9223372036854775808",
        "-9223372036854775809",
        "1e400",
        "1e99999999999999999",
        "",
        "-",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x10",
        "1 ",
        "nan",
        "12a",
    };
    fp_value text = {.type = FP_VALUE_STRING, .text = FP_STR("5")};
    fp_value high = number("65536");
    int64_t got = 99;

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        fp_value v = number(table[i]);

        ck_assert_msg(!fp_value_to_i64(&v, INT64_MIN, INT64_MAX, &got), "%s", table[i]);
    }
    ck_assert(!fp_value_to_i64(&text, 0, 10, &got));
    ck_assert(!fp_value_to_i64(NULL, 0, 10, &got));
    ck_assert(!fp_value_to_i64(&high, 0, 65535, &got));
    ck_assert(!fp_value_to_i64(&high, 65537, 70000, &got));
    ck_assert_int_eq(got, 99);
}
END_TEST

START_TEST(doubles_are_read_without_the_locale)
{
    fp_value v = number("10.5");
    static const char *const same[] = {"1e25", "10000000000000000000000000", "0.01e27",
                                       "10000000000000000000000000.000"};
    fp_value big = number("1e309");
    fp_value tiny = number("-2.5e-3");
    double got = 99;

    (void)setlocale(LC_ALL, "de_DE.UTF-8");
    ck_assert(fp_value_to_double(&v, &got));
    ck_assert(got == 10.5);
    ck_assert(fp_value_to_double(&tiny, &got));
    ck_assert(got == -0.0025);
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        v = number(same[i]);
        ck_assert_msg(fp_value_to_double(&v, &got) && got == 1e25, "%s", same[i]);
    }
    v = number("1.7976931348623157e308");
    ck_assert(fp_value_to_double(&v, &got));
    ck_assert(got > 1.79769e308);
    v = number("1e-999999999999999999999");
    ck_assert(fp_value_to_double(&v, &got));
    ck_assert(got == 0);
    v = number("0e999");
    ck_assert(fp_value_to_double(&v, &got));
    ck_assert(got == 0);
    ck_assert(fp_value_to_double(&tiny, &got));
    ck_assert(!fp_value_to_double(&big, &got));
    ck_assert(!fp_value_to_double(NULL, &got));
    ck_assert(got == -0.0025);
}
END_TEST

START_TEST(members_are_found_by_key_and_path)
{
    fp_value name = {.type = FP_VALUE_STRING, .key = FP_STR("name"), .text = FP_STR("db")};
    fp_value count = {.type = FP_VALUE_NUMBER, .key = FP_STR("n"), .text = FP_STR("1")};
    fp_value meta = {.type = FP_VALUE_OBJECT, .key = FP_STR("metadata"), .count = 2};
    fp_value root = {.type = FP_VALUE_OBJECT, .count = 1, .first = &meta};

    meta.first = &name;
    name.next = &count;
    ck_assert_ptr_eq(fp_value_get(&root, "metadata"), &meta);
    ck_assert_ptr_null(fp_value_get(&root, "metadat"));
    ck_assert_ptr_null(fp_value_get(&name, "metadata"));
    ck_assert_ptr_null(fp_value_get(NULL, "metadata"));
    ck_assert_ptr_eq(fp_value_path(&root, "metadata.name"), &name);
    ck_assert_ptr_null(fp_value_path(&root, "metadata.name.x"));
    ck_assert_ptr_null(fp_value_path(&root, "metadata.x.name"));
    ck_assert_str(fp_value_get_str(&meta, "name"), "db");
    ck_assert_uint_eq(fp_value_get_str(&meta, "n").len, 0);
}
END_TEST

FP_TEST_MAIN("wire/value", integers_are_read_in_every_form_of_json,
             what_is_no_integer_in_range_leaves_the_result_alone,
             doubles_are_read_without_the_locale, members_are_found_by_key_and_path)
