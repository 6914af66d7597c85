/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/wire/raw_step.h"

#if defined(__SSE2__)

#include <emmintrin.h>

#define BLOCK_TARGET

typedef struct block {
    __m128i a;
    __m128i b;
    __m128i c;
    __m128i d;
} block;

static inline block repeat(char c)
{
    __m128i v = _mm_set1_epi8(c);

    return (block){v, v, v, v};
}

static inline __m128i load_16(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline block load(const char *p)
{
    return (block){load_16(p), load_16(p + 16), load_16(p + 32), load_16(p + 48)};
}

static inline block equal(block v, char c)
{
    __m128i m = _mm_set1_epi8(c);

    return (block){_mm_cmpeq_epi8(v.a, m), _mm_cmpeq_epi8(v.b, m), _mm_cmpeq_epi8(v.c, m),
                   _mm_cmpeq_epi8(v.d, m)};
}

static inline block either(block v, block w)
{
    return (block){_mm_or_si128(v.a, w.a), _mm_or_si128(v.b, w.b), _mm_or_si128(v.c, w.c),
                   _mm_or_si128(v.d, w.d)};
}

static inline __m128i is_control(__m128i v)
{
    return _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
}

static inline block controls(block v)
{
    return (block){is_control(v.a), is_control(v.b), is_control(v.c), is_control(v.d)};
}

static inline uint64_t bits_of_16(__m128i v)
{
    return (uint64_t)(uint32_t)_mm_movemask_epi8(v);
}

static inline uint64_t bits_of(block v)
{
    return bits_of_16(v.a) | bits_of_16(v.b) << 16 | bits_of_16(v.c) << 32 | bits_of_16(v.d) << 48;
}

static inline bool any_bit(block v)
{
    __m128i all = _mm_or_si128(_mm_or_si128(v.a, v.b), _mm_or_si128(v.c, v.d));

    return _mm_movemask_epi8(all) != 0;
}

static inline uint64_t prefix_xor(uint64_t bits)
{
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    return bits ^ bits << 32;
}

#include "libfedpol/wire/raw_blocks.h"

const char *fp_raw_scan_sse2(fp_raw *raw, const char *p, const char *end)
{
    fp_raw_nest nest = raw->nest;

    p = scan_blocks(raw, &nest, p, end);
    raw->nest = nest;
    return p;
}

#endif
