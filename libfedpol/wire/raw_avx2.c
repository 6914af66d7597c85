/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/wire/raw_step.h"

#if defined(__SSE2__)

#include <immintrin.h>

#define BLOCK_TARGET __attribute__((target("avx2,bmi,pclmul,popcnt")))

typedef struct block {
    __m256i a;
    __m256i b;
} block;

BLOCK_TARGET static inline block repeat(char c)
{
    __m256i v = _mm256_set1_epi8(c);

    return (block){v, v};
}

BLOCK_TARGET static inline block load(const char *p)
{
    return (block){_mm256_loadu_si256((const __m256i *)(const void *)p),
                   _mm256_loadu_si256((const __m256i *)(const void *)(p + 32))};
}

BLOCK_TARGET static inline block equal(block v, char c)
{
    __m256i m = _mm256_set1_epi8(c);

    return (block){_mm256_cmpeq_epi8(v.a, m), _mm256_cmpeq_epi8(v.b, m)};
}

BLOCK_TARGET static inline block either(block v, block w)
{
    return (block){_mm256_or_si256(v.a, w.a), _mm256_or_si256(v.b, w.b)};
}

BLOCK_TARGET static inline __m256i is_control(__m256i v)
{
    return _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(0x1f)), v);
}

BLOCK_TARGET static inline block controls(block v)
{
    return (block){is_control(v.a), is_control(v.b)};
}

BLOCK_TARGET static inline uint64_t bits_of(block v)
{
    return (uint64_t)(uint32_t)_mm256_movemask_epi8(v.a) |
           (uint64_t)(uint32_t)_mm256_movemask_epi8(v.b) << 32;
}

BLOCK_TARGET static inline bool any_bit(block v)
{
    return _mm256_movemask_epi8(_mm256_or_si256(v.a, v.b)) != 0;
}

/* A product without carries, by a number of ones only. */
BLOCK_TARGET static inline uint64_t prefix_xor(uint64_t bits)
{
    __m128i product =
        _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)bits), _mm_set1_epi8((char)0xff), 0);

    return (uint64_t)_mm_cvtsi128_si64(product);
}

#include "libfedpol/wire/raw_blocks.h"

BLOCK_TARGET const char *fp_raw_scan_avx2(fp_raw *raw, const char *p, const char *end)
{
    fp_raw_nest nest = raw->nest;

    p = scan_blocks(raw, &nest, p, end);
    raw->nest = nest;
    return p;
}

#endif
