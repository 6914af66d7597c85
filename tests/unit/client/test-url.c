/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/url.h"

#include "tests/support/fp_test.h"

START_TEST(what_could_mean_something_in_a_url_is_encoded)
{
    static const struct {
        fp_str text;
        const char *encoded;
    } rows[] = {
        {FP_STR_INIT("az-AZ_09."), "az-AZ_09."},
        {FP_STR_INIT(""), ""},
        {FP_STR_INIT("a/b?c=d&e#f"), "a%2Fb%3Fc%3Dd%26e%23f"},
        {FP_STR_INIT("100% +;@:"), "100%25%20%2B%3B%40%3A"},
        {FP_STR_INIT("metadata.name!=x"), "metadata.name%21%3Dx"},
        {FP_STR_INIT("\xc3\xa9\x7f\r\n\x00z"), "%C3%A9%7F%0D%0A%00z"},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(rows); i++) {
        fp_cleanup_buf fp_buf url = {0};

        fp_buf_puts(&url, "");
        fp_url_put_encoded(&url, rows[i].text);
        ck_assert_str(fp_buf_str(&url), rows[i].encoded);
    }
}
END_TEST

FP_TEST_MAIN("client/url", what_could_mean_something_in_a_url_is_encoded)
