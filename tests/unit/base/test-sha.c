/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/sha.h"

#include <stdio.h>

#include "libfedpol/base/check.h"
#include "tests/support/fp_test.h"

static void check_digest(const uint8_t *digest, size_t len, const char *expected)
{
    char hex[2 * FP_SHA256_LEN + 1];

    for (size_t i = 0; i < len; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    ck_assert_str_eq(hex, expected);
}

START_TEST(digests_are_the_standard_ones)
{
    char many[1000];
    const struct {
        fp_str data;
        const char *sha1;
        const char *sha224;
        const char *sha256;
    } cases[] = {
        {FP_STR_NULL, "da39a3ee5e6b4b0d3255bfef95601890afd80709",
         "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f",
         "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {FP_STR("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d",
         "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
         "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {{many, sizeof(many)},
         "291e9a6c66994949b57ba5e650361e98fc36b1ba",
         "4e8f0ce90b64661a2b5e84be6d93a7d9b76871062f1814433d04a03d",
         "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"},
    };

    memset(many, 'a', sizeof(many));
    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        uint8_t digest[FP_SHA256_LEN];

        fp_sha1(cases[i].data, digest);
        check_digest(digest, FP_SHA1_LEN, cases[i].sha1);
        fp_sha224(&cases[i].data, 1, digest);
        check_digest(digest, FP_SHA224_LEN, cases[i].sha224);
        fp_sha256(&cases[i].data, 1, digest);
        check_digest(digest, FP_SHA256_LEN, cases[i].sha256);
    }
}
END_TEST

START_TEST(pieces_count_as_one_text)
{
    const fp_str pieces[] = {FP_STR("a"), FP_STR_NULL, FP_STR(""), FP_STR("bc")};
    uint8_t digest[FP_SHA256_LEN];

    fp_sha224(pieces, 4, digest);
    check_digest(digest, FP_SHA224_LEN, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7");
    fp_sha256(pieces, 4, digest);
    check_digest(digest, FP_SHA256_LEN,
                 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    fp_sha256(NULL, 0, digest);
    check_digest(digest, FP_SHA256_LEN,
                 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
END_TEST

FP_TEST_MAIN("base/sha", digests_are_the_standard_ones, pieces_count_as_one_text)
