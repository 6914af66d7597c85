/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/utf8.h"

#include "libfedpol/base/check.h"
#include "tests/support/fp_test.h"

static size_t encode(uint32_t c, char ret[4])
{
    if (c < 0x80) {
        ret[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        ret[0] = (char)(0xc0 | c >> 6);
        ret[1] = (char)(0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        ret[0] = (char)(0xe0 | c >> 12);
        ret[1] = (char)(0x80 | (c >> 6 & 63));
        ret[2] = (char)(0x80 | (c & 63));
        return 3;
    }
    ret[0] = (char)(0xf0 | c >> 18);
    ret[1] = (char)(0x80 | (c >> 12 & 63));
    ret[2] = (char)(0x80 | (c >> 6 & 63));
    ret[3] = (char)(0x80 | (c & 63));
    return 4;
}

START_TEST(every_character_has_its_width_and_surrogates_have_none)
{
    for (uint32_t c = 0; c <= 0x1fffff; c++) {
        char bytes[4];
        size_t n = encode(c, bytes);
        bool valid = c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);

        if (fp_utf8_width(fp_str_n(bytes, n)) != (valid ? n : 0))
            ck_abort_msg("U+%04X", c);
    }
}
END_TEST

/* As many three-byte characters as there are: U+0800 to U+FFFF without the surrogates. */
START_TEST(no_other_bytes_are_valid)
{
    size_t valid = 0;

    for (uint32_t word = 0; word < 1u << 24; word++) {
        const char bytes[3] = {(char)(word >> 16), (char)(word >> 8), (char)word};

        valid += fp_utf8_width(fp_str_n(bytes, 3)) == 3;
    }
    ck_assert_uint_eq(valid, 0x10000 - 0x800 - 0x800);
}
END_TEST

START_TEST(nothing_is_read_behind_the_end)
{
    static const char text[] = "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";

    for (size_t cut = 1; cut < 4; cut++)
        ck_assert_uint_eq(fp_utf8_width(fp_str_n(text + 5, cut)), 0);
    ck_assert_uint_eq(fp_utf8_width(fp_str_n(text + 2, 2)), 0);
    ck_assert_uint_eq(fp_utf8_width(fp_str_n(text, 1)), 0);
    ck_assert(!fp_utf8_valid(fp_str_n(text, 8)));
    ck_assert(fp_utf8_valid(fp_str_n(text, 9)));
}
END_TEST

START_TEST(texts_are_valid_as_a_whole_or_not)
{
    static const struct {
        fp_str text;
        bool valid;
    } cases[] = {
        {FP_STR_INIT(""), true},
        {FP_STR_INIT("a\0b"), true},
        {FP_STR_INIT("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), true},
        {FP_STR_INIT("a\x80"), false},
        {FP_STR_INIT("\xc3"), false},
        {FP_STR_INIT("\xe2\x82"), false},
        {FP_STR_INIT("\xf0\x9f\x98"), false},
        {FP_STR_INIT("\xc0\x80"), false},
        {FP_STR_INIT("\xe0\x9f\xbf"), false},
        {FP_STR_INIT("\xf0\x8f\xbf\xbf"), false},
        {FP_STR_INIT("\xed\xa0\x80"), false},
        {FP_STR_INIT("\xf4\x90\x80\x80"), false},
        {FP_STR_INIT("\xf5\x80\x80\x80"), false},
        {FP_STR_INIT("\xff"), false},
        {FP_STR_INIT("\xe2\x28\xa1"), false},
        {FP_STR_INIT("\xe2\x82\x28"), false},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++)
        ck_assert_msg(fp_utf8_valid(cases[i].text) == cases[i].valid, "case %zu", i);
    ck_assert_uint_eq(fp_utf8_width(FP_STR_NULL), 0);
    ck_assert(fp_utf8_valid(FP_STR_NULL));
}
END_TEST

FP_TEST_MAIN("base/utf8", every_character_has_its_width_and_surrogates_have_none,
             no_other_bytes_are_valid, nothing_is_read_behind_the_end,
             texts_are_valid_as_a_whole_or_not)
