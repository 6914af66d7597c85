/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/names.h"

#include "tests/support/fp_test.h"

static fp_buf named(const char *prefix, const fp_str *pieces, size_t n)
{
    fp_buf buf = {0};

    fp_name_put(&buf, prefix, pieces, n);
    return buf;
}

START_TEST(a_name_is_readable_safe_and_bounded)
{
    char hostile[4096];
    const fp_str pieces[] = {FP_STR("policy"), FP_STR("a\"; drop\n}"), {hostile, sizeof(hostile)}};
    fp_buf buf;

    memset(hostile, 0xff, sizeof(hostile));
    buf = named("in-", pieces, FP_ARRAY_LEN(pieces));
    ck_assert(fp_str_starts_with(fp_buf_str(&buf), FP_STR("in-a---drop---")));
    ck_assert_uint_le(buf.len, 3 + FP_NAME_MAX_READABLE + 2 + FP_NAME_HASH_LEN);
    for (size_t i = 0; i < buf.len; i++)
        ck_assert_ptr_nonnull(strchr("abcdefghijklmnopqrstuvwxyz0123456789-_.", buf.data[i]));
    fp_buf_done(&buf);
}
END_TEST

START_TEST(pieces_that_run_together_give_other_names)
{
    static const char *const cases[][2] = {{"ab", "c"},  {"a", "bc"},  {"abc", ""}, {"", "abc"},
                                           {"a-b", "c"}, {"a", "b-c"}, {"a/b", "c"}};
    char hashes[FP_ARRAY_LEN(cases)][FP_NAME_HASH_LEN];

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        const fp_str pieces[] = {fp_str_of(cases[i][0]), fp_str_of(cases[i][1])};

        fp_name_hash(pieces, 2, hashes[i]);
        for (size_t j = 0; j < i; j++)
            ck_assert(memcmp(hashes[i], hashes[j], FP_NAME_HASH_LEN) != 0);
    }
}
END_TEST

START_TEST(a_hash_is_the_same_everywhere)
{
    const fp_str piece = FP_STR("shop");
    char hash[FP_NAME_HASH_LEN];

    fp_name_hash(&piece, 1, hash);
    ck_assert_str(fp_str_n(hash, sizeof(hash)), "zvhvzwwl6rcqvoovrdovmmhs");
}
END_TEST

START_TEST(a_comment_keeps_harmless_bytes_only)
{
    fp_buf buf = {0};
    char longer[500];

    fp_comment_put(&buf, FP_STR("a == \"b\" \\ \n {x} $y ;`"));
    ck_assert_str(fp_buf_str(&buf), "a == _b_ _ _ _x_ _y __");
    fp_buf_clear(&buf);
    memset(longer, 'x', sizeof(longer));
    fp_comment_put(&buf, fp_str_n(longer, sizeof(longer)));
    ck_assert_uint_eq(buf.len, FP_COMMENT_MAX);
    fp_buf_done(&buf);
}
END_TEST

START_TEST(names_of_others_are_checked)
{
    static const struct {
        const char *text;
        bool interface;
        bool table;
        bool log_prefix;
    } cases[] = {
        {"cali12345678901", true, true, true},
        {"cali123456789012", false, true, true},
        {"eth0.100", true, false, true},
        {"", false, false, true},
        {"a*", false, false, true},
        {"a b", false, false, true},
        {"9a", true, false, true},
        {"ip", true, false, true},
        {"a\"", false, false, false},
        {"a$b", false, false, false},
        {"a\nb", false, false, false},
        {"a\\", false, false, false},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        fp_str text = fp_str_of(cases[i].text);

        ck_assert_msg(fp_name_is_interface(text) == cases[i].interface, "%s", cases[i].text);
        ck_assert_msg(fp_name_is_table(text) == cases[i].table, "%s", cases[i].text);
        ck_assert_msg(fp_name_is_log_prefix(text) == cases[i].log_prefix, "%s", cases[i].text);
    }
}
END_TEST

FP_TEST_MAIN("render/names", a_name_is_readable_safe_and_bounded,
             pieces_that_run_together_give_other_names, a_hash_is_the_same_everywhere,
             a_comment_keeps_harmless_bytes_only, names_of_others_are_checked)
