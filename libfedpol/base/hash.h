/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_BASE_HASH_H
#define FP_BASE_HASH_H

/*
 * Keyed hashing for tables whose keys come from tenants: SipHash-1-3, so that nobody outside can
 * choose names that collide. The key is per context; results never depend on it, only speed does.
 */

#include <stdint.h>

#include "libfedpol/base/str.h"

typedef struct fp_hash_key {
    uint64_t k0;
    uint64_t k1;
} fp_hash_key;

uint64_t fp_hash_bytes(const fp_hash_key *key, const void *data, size_t len);

static inline uint32_t fp_hash_str(const fp_hash_key *key, fp_str s)
{
    uint64_t h = fp_hash_bytes(key, s.ptr, s.len);

    return (uint32_t)(h ^ (h >> 32));
}

/* Mixes ids of ours (not text of a tenant's) with the key. */
static inline uint32_t fp_hash_u64(const fp_hash_key *key, uint64_t value)
{
    uint64_t h = (value ^ key->k0) * 0x9e3779b97f4a7c15u;

    h = (h ^ (h >> 32) ^ key->k1) * 0xd6e8feb86659fd93u;
    return (uint32_t)(h ^ (h >> 32));
}

#endif
