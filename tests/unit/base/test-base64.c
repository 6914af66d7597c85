/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/base64.h"

#include "tests/support/fp_test.h"

/* RFC 4648 §10, and the two letters in which the alphabets differ. */
static const struct {
    const char *bytes;
    const char *standard;
    const char *url;
} vectors[] = {
    {"", "", ""},
    {"f", "Zg==", "Zg"},
    {"fo", "Zm8=", "Zm8"},
    {"foo", "Zm9v", "Zm9v"},
    {"foob", "Zm9vYg==", "Zm9vYg"},
    {"fooba", "Zm9vYmE=", "Zm9vYmE"},
    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
    {"\xfb\xef\xbe", "++++", "----"},
    {"\xff\xff\xff", "////", "____"},
};

START_TEST(vectors_encode_for_urls_without_padding)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(vectors); i++) {
        char text[16];
        size_t len = strlen(vectors[i].bytes);

        fp_base64url_encode(vectors[i].bytes, len, text);
        ck_assert_str_eq(text, vectors[i].url);
        ck_assert_uint_eq(strlen(text), FP_BASE64URL_LEN(len));
    }
}
END_TEST

START_TEST(vectors_decode)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(vectors); i++) {
        fp_buf bytes = {0};

        ck_assert_int_eq(fp_base64_decode(fp_str_of(vectors[i].standard), &bytes), 0);
        ck_assert_str(fp_buf_str(&bytes), vectors[i].bytes);
        fp_buf_done(&bytes);
    }
}
END_TEST

START_TEST(sloppy_text_is_refused_and_adds_nothing)
{
    static const char *const texts[] = {
        "Z",    "Zg",   "Zg=",      "Zg==\n",   "Zm9v\nZm9", "Zh==",
        "Zm9=", "====", "Z===",     "=Zg=",     "Zg=v",      "Zm 9",
        "Zm9-", "Zm9_", "Zg==Zg==", "Zm9vZh==", "Zm8=Zm9v",  "\xc3\xa9vv",
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(texts); i++) {
        fp_buf bytes = {0};

        fp_buf_puts(&bytes, "kept");
        ck_assert_msg(fp_base64_decode(fp_str_of(texts[i]), &bytes) == FEDPOL_E_PARSE, "%s",
                      texts[i]);
        ck_assert_str(fp_buf_str(&bytes), "kept");
        fp_buf_done(&bytes);
    }
}
END_TEST

START_TEST(random_bytes_survive_the_way_there_and_back)
{
    fp_rng rng = {77};

    for (int round = 0; round < 500; round++) {
        char raw[40];
        char text[64];
        fp_buf bytes = {0};
        size_t len = fp_rng_below(&rng, sizeof(raw));
        size_t n = FP_BASE64URL_LEN(len);

        for (size_t i = 0; i < len; i++)
            raw[i] = (char)fp_rng_next(&rng);
        fp_base64url_encode(raw, len, text);
        for (size_t i = 0; i < n; i++)
            text[i] = (char)(text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i]);
        while (n % 4)
            text[n++] = '=';
        ck_assert_int_eq(fp_base64_decode(fp_str_n(text, n), &bytes), 0);
        ck_assert_uint_eq(bytes.len, len);
        ck_assert(len == 0 || memcmp(bytes.data, raw, len) == 0);
        fp_buf_done(&bytes);
    }
}
END_TEST

static int scenario(void *user)
{
    fp_cleanup_buf fp_buf bytes = {0};

    return fp_base64_decode(fp_str_of(user), &bytes);
}

START_TEST(out_of_memory_is_reported)
{
    char text[] = "Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFy"
                  "Zm9vYmFyZm9vYmFyZm9vYmFy";

    fp_test_oom(scenario, text);
}
END_TEST

FP_TEST_MAIN("base/base64", vectors_encode_for_urls_without_padding, vectors_decode,
             sloppy_text_is_refused_and_adds_nothing, random_bytes_survive_the_way_there_and_back,
             out_of_memory_is_reported)
