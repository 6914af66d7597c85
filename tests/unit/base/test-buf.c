/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/buf.h"

#include "libfedpol/base/alloc.h"
#include "tests/support/fp_test.h"

START_TEST(pieces_follow_each_other_and_a_nul_follows_them)
{
    fp_buf buf = {0};

    fp_buf_puts(&buf, "a");
    fp_buf_add(&buf, fp_str_n("b\0c", 3));
    fp_buf_add(&buf, FP_STR_NULL);
    fp_buf_putc(&buf, 'd');
    fp_buf_printf(&buf, "%d-%s", 42, "x");
    ck_assert_uint_eq(buf.len, 9);
    ck_assert_int_eq(memcmp(buf.data, "ab\0cd42-x", 10), 0);
    fp_buf_done(&buf);
    ck_assert_ptr_null(buf.data);
}
END_TEST

START_TEST(numbers_are_decimal_to_their_ends)
{
    fp_buf buf = {0};

    fp_buf_put_u64(&buf, 0);
    fp_buf_putc(&buf, ' ');
    fp_buf_put_u64(&buf, UINT64_MAX);
    fp_buf_putc(&buf, ' ');
    fp_buf_put_i64(&buf, INT64_MIN);
    fp_buf_putc(&buf, ' ');
    fp_buf_put_i64(&buf, -1);
    fp_buf_putc(&buf, ' ');
    fp_buf_put_i64(&buf, INT64_MAX);
    ck_assert_str(fp_buf_str(&buf),
                  "0 18446744073709551615 -9223372036854775808 -1 9223372036854775807");
    fp_buf_done(&buf);
}
END_TEST

START_TEST(json_strings_are_escaped_and_always_utf8)
{
    static const struct {
        fp_str text;
        const char *json;
    } cases[] = {
        {FP_STR_INIT(""), "\"\""},
        {FP_STR_INIT("plain/ text"), "\"plain/ text\""},
        {FP_STR_INIT("\"\\"), "\"\\\"\\\\\""},
        {FP_STR_INIT("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\""},
        {FP_STR_INIT("\0\x01\x1f\x7f"), "\"\\u0000\\u0001\\u001f\\u007f\""},
        {FP_STR_INIT("\xc3\xa9\xf0\x9f\x98\x80"), "\"\xc3\xa9\xf0\x9f\x98\x80\""},
        {FP_STR_INIT("a\xffz"), "\"a\\ufffdz\""},
        {FP_STR_INIT("\xc3"), "\"\\ufffd\""},
        {FP_STR_INIT("\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\""},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        fp_buf buf = {0};

        fp_buf_put_json(&buf, cases[i].text);
        ck_assert_str(fp_buf_str(&buf), cases[i].json);
        fp_buf_done(&buf);
    }
}
END_TEST

START_TEST(quoted_names_are_harmless_and_short)
{
    fp_buf buf = {0};

    fp_buf_put_quoted(&buf, fp_str_n("a\"\\\n\0\x1b\xc3\xa9~", 9), 100);
    ck_assert_str(fp_buf_str(&buf), "\"a\\\"\\\\\\x0a\\x00\\x1b\\xc3\\xa9~\"");
    fp_buf_clear(&buf);
    fp_buf_put_quoted(&buf, FP_STR("abcdef"), 4);
    ck_assert_str(fp_buf_str(&buf), "\"abcd...\"");
    fp_buf_clear(&buf);
    fp_buf_put_quoted(&buf, FP_STR("abcd"), 4);
    ck_assert_str(fp_buf_str(&buf), "\"abcd\"");
    fp_buf_done(&buf);
}
END_TEST

START_TEST(stealing_hands_out_the_bytes_and_empties)
{
    fp_buf buf = {0};
    size_t len = 99;
    char *text;

    fp_buf_puts(&buf, "abc");
    text = fp_buf_steal(&buf, &len);
    ck_assert_str_eq(text, "abc");
    ck_assert_uint_eq(len, 3);
    ck_assert_ptr_null(buf.data);
    fp_free(text);
    text = fp_buf_steal(&buf, &len);
    ck_assert_str_eq(text, "");
    ck_assert_uint_eq(len, 0);
    fp_free(text);
}
END_TEST

START_TEST(a_failure_stays_until_it_is_cleared)
{
    fp_buf buf = {0};

    fp_buf_puts(&buf, "abc");
    ck_assert_int_eq(fp_buf_reserve(&buf, SIZE_MAX - 1), FEDPOL_E_NOMEM);
    fp_buf_puts(&buf, "def");
    fp_buf_printf(&buf, "%d", 1);
    ck_assert_int_eq(fp_buf_error(&buf), FEDPOL_E_NOMEM);
    ck_assert_str(fp_buf_str(&buf), "abc");
    fp_buf_clear(&buf);
    fp_buf_puts(&buf, "def");
    ck_assert_int_eq(fp_buf_error(&buf), 0);
    ck_assert_str(fp_buf_str(&buf), "def");
    ck_assert_int_eq(fp_buf_reserve(&buf, SIZE_MAX), FEDPOL_E_NOMEM);
    ck_assert_ptr_null(fp_buf_steal(&buf, NULL));
    ck_assert_ptr_null(buf.data);
}
END_TEST

static int scenario(void *user)
{
    fp_buf buf = {0};
    char *text;

    (void)user;
    for (int i = 0; i < 50; i++) {
        fp_buf_puts(&buf, "0123456789");
        fp_buf_put_json(&buf, FP_STR("a\nb"));
        fp_buf_put_quoted(&buf, FP_STR("a\nb"), 2);
        fp_buf_printf(&buf, "%s", "formatted");
        fp_buf_put_i64(&buf, -12);
    }
    text = fp_buf_steal(&buf, NULL);
    fp_free(text);
    return text ? 0 : FEDPOL_E_NOMEM;
}

START_TEST(out_of_memory_is_reported_at_the_end)
{
    fp_test_oom(scenario, NULL);
}
END_TEST

FP_TEST_MAIN("base/buf", pieces_follow_each_other_and_a_nul_follows_them,
             numbers_are_decimal_to_their_ends, json_strings_are_escaped_and_always_utf8,
             quoted_names_are_harmless_and_short, stealing_hands_out_the_bytes_and_empties,
             a_failure_stays_until_it_is_cleared, out_of_memory_is_reported_at_the_end)
