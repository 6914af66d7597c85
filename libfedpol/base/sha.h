/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_BASE_SHA_H
#define FP_BASE_SHA_H

/*
 * Digests, by libmd. SHA-224, which libmd lacks, is SHA-256 from another initial state, cut to 28
 * bytes (FIPS 180-4 §5.3.2).
 */

#include <stdint.h>

#include "libfedpol/base/str.h"

#define FP_SHA1_LEN 20
#define FP_SHA224_LEN 28
#define FP_SHA256_LEN 32

void fp_sha1(fp_str data, uint8_t ret_digest[FP_SHA1_LEN]);
/* Both hash the concatenation of N pieces. */
void fp_sha224(const fp_str *pieces, size_t n, uint8_t ret_digest[FP_SHA224_LEN]);
void fp_sha256(const fp_str *pieces, size_t n, uint8_t ret_digest[FP_SHA256_LEN]);

#endif
