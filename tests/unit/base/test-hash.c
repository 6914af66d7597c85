/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/hash.h"

#include "libfedpol/base/check.h"
#include "tests/support/fp_test.h"

#define N_INPUTS 7

/* Computed by another implementation of SipHash-1-3, that of CPython 3.11. */
START_TEST(hashes_are_siphash_1_3)
{
    static const struct {
        fp_hash_key key;
        uint64_t hashes[N_INPUTS];
    } cases[] = {
        {{0, 0},
         {0x407448d2b89b1813u, 0xc03bc3a0042630f2u, 0xa33d651594fdae81u, 0x3489982430560a87u,
          0x0fbc0f0007965fcfu, 0x6a3feead95449c03u, 0x75e05fd5bbc870c6u}},
        {{0xaed66ce184be2329u, 0xebe9bbf1f1499052u},
         {0xd6300bc9f7cc0e73u, 0xbf3a636edf177675u, 0x84a31031575efe31u, 0x06f07c60efe2bad9u,
          0xfd1ae9f33bc59a62u, 0xb4057f0feab92407u, 0x7e644b6edc375dc8u}},
        {{0xdc504fd368cd90afu, 0xb920bb9ffe99e9c1u},
         {0xfe4a47335692551eu, 0x35b382d0c5d675e9u, 0xf426c87f0d9890aeu, 0x84eb586ab30cc7f5u,
          0x2cc2cece25c33444u, 0x54e0804b8201a0bbu, 0x91639ef7de8d52cbu}},
    };
    char counted[64];
    const fp_str inputs[N_INPUTS] = {
        FP_STR("a"),
        FP_STR("abc"),
        FP_STR("1234567"),
        FP_STR("12345678"),
        FP_STR("123456789"),
        FP_STR("projectcalico.org/namespace"),
        {counted, sizeof(counted)},
    };

    for (size_t i = 0; i < sizeof(counted); i++)
        counted[i] = (char)i;
    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++)
        for (size_t k = 0; k < N_INPUTS; k++)
            ck_assert_uint_eq(fp_hash_bytes(&cases[i].key, inputs[k].ptr, inputs[k].len),
                              cases[i].hashes[k]);
}
END_TEST

START_TEST(the_empty_string_has_a_hash)
{
    const fp_hash_key key = {1, 2};

    ck_assert_uint_eq(fp_hash_bytes(&key, NULL, 0), fp_hash_bytes(&key, "", 0));
    ck_assert_uint_ne(fp_hash_bytes(&key, "", 0), fp_hash_bytes(&key, "\0", 1));
}
END_TEST

START_TEST(numbers_in_a_row_spread_over_the_buckets)
{
    const fp_hash_key key = {3, 4};
    uint32_t buckets[256] = {0};

    for (uint64_t i = 0; i < 256 * 64; i++)
        buckets[fp_hash_u64(&key, i) & 255]++;
    for (size_t i = 0; i < 256; i++) {
        ck_assert_uint_gt(buckets[i], 16);
        ck_assert_uint_lt(buckets[i], 160);
    }
}
END_TEST

START_TEST(the_key_changes_the_hash)
{
    const fp_hash_key a = {3, 4};
    const fp_hash_key b = {5, 4};
    const fp_hash_key c = {3, 5};

    ck_assert_uint_ne(fp_hash_str(&a, FP_STR("x")), fp_hash_str(&b, FP_STR("x")));
    ck_assert_uint_ne(fp_hash_str(&a, FP_STR("x")), fp_hash_str(&c, FP_STR("x")));
    ck_assert_uint_ne(fp_hash_u64(&a, 7), fp_hash_u64(&b, 7));
    ck_assert_uint_ne(fp_hash_u64(&a, 7), fp_hash_u64(&c, 7));
}
END_TEST

FP_TEST_MAIN("base/hash", hashes_are_siphash_1_3, the_empty_string_has_a_hash,
             numbers_in_a_row_spread_over_the_buckets, the_key_changes_the_hash)
