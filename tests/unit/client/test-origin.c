/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/origin.h"

#include "tests/support/fp_test.h"

START_TEST(a_place_is_document_and_line_or_byte)
{
    static const struct {
        fp_str source;
        fp_wire_object object;
        const char *expected;
    } cases[] = {
        {FP_STR_INIT("a.yaml"), {.document = 2, .line = 10}, "a.yaml: document 2, line 10"},
        {FP_STR_INIT("a.json"), {.offset = 77}, "a.json: byte 77"},
        {FP_STR_INIT(""), {.offset = 5000000000}, "byte 5000000000"},
        {FP_STR_INIT("a\nb"), {.offset = 0}, "\"a\\x0ab\": byte 0"},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        fp_cleanup_buf fp_buf buf = {0};

        fp_origin_put(&buf, cases[i].source, &cases[i].object);
        ck_assert_str(fp_buf_str(&buf), cases[i].expected);
    }
}
END_TEST

START_TEST(without_an_object_the_source_is_all)
{
    fp_cleanup_buf fp_buf buf = {0};

    fp_origin_put(&buf, FP_STR("a.yaml"), NULL);
    ck_assert_str(fp_buf_str(&buf), "a.yaml");
}
END_TEST

START_TEST(a_name_of_any_length_stays_bounded)
{
    static char name[5000];
    fp_cleanup_buf fp_buf buf = {0};

    memset(name, 'a', sizeof(name));
    fp_origin_put(&buf, fp_str_n(name, sizeof(name)), NULL);
    ck_assert_uint_lt(buf.len, 600);
}
END_TEST

FP_TEST_MAIN("client/origin", a_place_is_document_and_line_or_byte,
             without_an_object_the_source_is_all, a_name_of_any_length_stays_bounded)
