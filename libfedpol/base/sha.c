/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/sha.h"

#include <sys/types.h>

#include <sha1.h>
#include <sha2.h>

void fp_sha1(fp_str data, uint8_t ret_digest[FP_SHA1_LEN])
{
    SHA1_CTX state;

    SHA1Init(&state);
    SHA1Update(&state, (const uint8_t *)(data.len ? data.ptr : ""), data.len);
    SHA1Final(ret_digest, &state);
}

static void update(SHA2_CTX *state, const fp_str *pieces, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (pieces[i].len)
            SHA256Update(state, (const uint8_t *)pieces[i].ptr, pieces[i].len);
}

void fp_sha224(const fp_str *pieces, size_t n, uint8_t ret_digest[FP_SHA224_LEN])
{
    static const uint32_t initial[8] = {0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939,
                                        0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4};
    uint8_t digest[FP_SHA256_LEN];
    SHA2_CTX state;

    SHA256Init(&state);
    memcpy(state.state.st32, initial, sizeof(initial));
    update(&state, pieces, n);
    SHA256Final(digest, &state);
    memcpy(ret_digest, digest, FP_SHA224_LEN);
}

void fp_sha256(const fp_str *pieces, size_t n, uint8_t ret_digest[FP_SHA256_LEN])
{
    SHA2_CTX state;

    SHA256Init(&state);
    update(&state, pieces, n);
    SHA256Final(ret_digest, &state);
}
