/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/wire/raw.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define REMEMBERED_KINDS 64u

bool fp_raw_begin(fp_raw *raw, char first, uint64_t max_depth)
{
    *raw = (fp_raw){
        .plain = raw->plain,
        .max_depth = max_depth,
        .shallow = max_depth < REMEMBERED_KINDS ? max_depth : REMEMBERED_KINDS,
    };
    if (first == '{' || first == '[')
        raw->kind = FP_RAW_CONTAINER;
    else if (first == '"')
        raw->kind = FP_RAW_STRING;
    else
        return fp_raw_begins_scalar(first);
    return true;
}

/* The brackets differ in few bits: 2 is set in those that open, 0x20 in those of objects. */
static inline bool is_bracket(char c)
{
    char folded = (char)(c | 0x20);

    return folded == '{' || folded == '}';
}

static void note_depth(fp_raw *raw)
{
    raw->too_deep |= raw->depth > raw->max_depth;
    raw->lost_kinds |= raw->depth > REMEMBERED_KINDS;
}

/* Takes one bracket outside of strings; false if it doesn't match its opening one. */
static inline bool step(fp_raw *raw, char c)
{
    uint64_t object = (unsigned char)c >> 5 & 1;

    if (c & 2) {
        raw->kinds = raw->kinds << 1 | object;
        if (++raw->depth > raw->shallow)
            note_depth(raw);
        return true;
    }
    if ((raw->kinds & 1) != object && !raw->lost_kinds)
        return false;
    raw->kinds >>= 1;
    raw->depth--;
    return true;
}

static const char *stop_bad(fp_raw *raw, const char *p)
{
    raw->bad = true;
    return p;
}

static const char *scan_bytes(fp_raw *raw, const char *p, const char *end)
{
    for (; p < end; p++) {
        char c = *p;

        if (raw->in_string) {
            if ((unsigned char)c < 0x20)
                return stop_bad(raw, p);
            if (raw->escape)
                raw->escape = false;
            else if (c == '\\')
                raw->escape = true;
            else if (c == '"')
                raw->in_string = false;
        } else if (c == '"') {
            raw->in_string = true;
        } else if (is_bracket(c)) {
            if (!step(raw, c))
                return stop_bad(raw, p);
            if (raw->depth == 0) {
                raw->done = true;
                return p + 1;
            }
        } else if (c == '\\') {
            return stop_bad(raw, p);
        }
    }
    return p;
}

#if defined(__SSE2__)

#define BLOCK 64

typedef struct block {
    __m128i a;
    __m128i b;
    __m128i c;
    __m128i d;
} block;

static inline __m128i load_16(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline block load(const char *p)
{
    return (block){load_16(p), load_16(p + 16), load_16(p + 32), load_16(p + 48)};
}

static inline uint64_t bits_of(__m128i v)
{
    return (uint64_t)(uint32_t)_mm_movemask_epi8(v);
}

static inline uint64_t bits_of_block(block v)
{
    return bits_of(v.a) | bits_of(v.b) << 16 | bits_of(v.c) << 32 | bits_of(v.d) << 48;
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

static inline uint64_t where_is(block v, char c)
{
    return bits_of_block(equal(v, c));
}

static inline uint64_t where_brackets_are(block v)
{
    __m128i bit = _mm_set1_epi8(0x20);
    block folded = either(v, (block){bit, bit, bit, bit});

    return bits_of_block(either(equal(folded, '{'), equal(folded, '}')));
}

static inline __m128i is_control(__m128i v)
{
    return _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
}

static inline block controls(block v)
{
    return (block){is_control(v.a), is_control(v.b), is_control(v.c), is_control(v.d)};
}

/* True if there is no backslash and no control byte. */
static inline bool is_plain(block v)
{
    block hits = either(controls(v), equal(v, '\\'));

    return bits_of(_mm_or_si128(_mm_or_si128(hits.a, hits.b), _mm_or_si128(hits.c, hits.d))) == 0;
}

/* Bit i is set if an odd number of bits 0..i is. */
static inline uint64_t prefix_xor(uint64_t bits)
{
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    return bits ^ bits << 32;
}

/* The bytes that a backslash before them takes the meaning of; *ESCAPE is carried along. */
static inline uint64_t escaped_by(uint64_t backslashes, bool *escape)
{
    const uint64_t even = UINT64_C(0x5555555555555555);
    uint64_t carry = *escape;
    uint64_t follows;
    uint64_t odd_starts;
    uint64_t runs;

    if (backslashes == 0) {
        *escape = false;
        return carry;
    }
    /* A run of backslashes that begins at an odd place is moved to its end by the addition, which
       then says for each run whether it has an odd length. */
    backslashes &= ~carry;
    follows = backslashes << 1 | carry;
    odd_starts = backslashes & ~even & ~follows;
    *escape = __builtin_add_overflow(odd_starts, backslashes, &runs);
    return (even ^ runs << 1) & follows;
}

/* Brackets without `{}`, which managedFields are full of, unless these could change anything: be
   the value itself, or be too deep. */
static inline uint64_t without_empty(const fp_raw *raw, block b, uint64_t brackets, uint64_t inside)
{
    uint64_t empty;

    if ((brackets & brackets >> 1) == 0 || raw->depth == 0 || raw->depth + BLOCK / 2 > raw->shallow)
        return brackets;
    empty = where_is(b, '{') & where_is(b, '}') >> 1 & ~inside;
    return brackets & ~(empty | empty << 1);
}

/* Which bytes are inside of strings, the opening quote included; and what is wrong there. */
static inline uint64_t find_strings(fp_raw *raw, block b, uint64_t *ret_faults)
{
    uint64_t before = 0 - (uint64_t)raw->in_string;
    uint64_t backslashes;
    uint64_t escaped;
    uint64_t inside;

    if (is_plain(b) && !raw->escape) {
        *ret_faults = 0;
        return prefix_xor(where_is(b, '"')) ^ before;
    }
    backslashes = where_is(b, '\\');
    escaped = escaped_by(backslashes, &raw->escape);
    inside = prefix_xor(where_is(b, '"') & ~escaped) ^ before;
    *ret_faults = (bits_of_block(controls(b)) & inside) | (backslashes & ~inside);
    return inside;
}

/* Whole blocks only. */
static inline const char *scan_blocks(fp_raw *raw, const char *p, const char *end)
{
    for (; end - p >= BLOCK; p += BLOCK) {
        block b = load(p);
        uint64_t faults;
        uint64_t inside = find_strings(raw, b, &faults);
        uint64_t brackets = where_brackets_are(b) & ~inside;

        brackets = without_empty(raw, b, brackets, inside);
        if (faults)
            brackets &= (faults & (0 - faults)) - 1; /* those before the first fault */
        for (; brackets; brackets &= brackets - 1) {
            int i = __builtin_ctzll(brackets);

            if (!step(raw, p[i]))
                return stop_bad(raw, p + i);
            if (raw->depth == 0) {
                raw->done = true;
                return p + i + 1;
            }
        }
        if (faults)
            return stop_bad(raw, p + __builtin_ctzll(faults));
        raw->in_string = inside >> (BLOCK - 1);
    }
    return p;
}

static const char *scan_container(fp_raw *raw, const char *p, const char *end)
{
    fp_raw local = *raw; /* stays in registers */

    if (!raw->plain && end - p >= BLOCK) {
        p = scan_blocks(&local, p, end);
        *raw = local;
    }
    return raw->done || raw->bad ? p : scan_bytes(raw, p, end);
}

static const char *string_stop_fast(const char *p, const char *end)
{
    for (; end - p >= 16; p += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
                                   _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
        uint32_t bits;

        hit = _mm_or_si128(hit, _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v));
        bits = (uint32_t)_mm_movemask_epi8(hit);
        if (bits)
            return p + __builtin_ctz(bits);
    }
    return p;
}

#else

static const char *scan_container(fp_raw *raw, const char *p, const char *end)
{
    return scan_bytes(raw, p, end);
}

static const char *string_stop_fast(const char *p, const char *end)
{
    (void)end;
    return p;
}

#endif

const char *fp_raw_string_stop(const char *p, const char *end, bool plain)
{
    if (!plain)
        p = string_stop_fast(p, end);
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
        p++;
    return p;
}

static const char *scan_string(fp_raw *raw, const char *p, const char *end)
{
    if (!raw->in_string) {
        raw->in_string = true;
        p++;
    }
    while (p < end) {
        if (raw->escape) {
            if ((unsigned char)*p < 0x20)
                return stop_bad(raw, p);
            raw->escape = false;
            p++;
            continue;
        }
        p = fp_raw_string_stop(p, end, raw->plain);
        if (p == end)
            break;
        if (*p == '"') {
            raw->done = true;
            return p + 1;
        }
        if (*p != '\\')
            return stop_bad(raw, p);
        raw->escape = true;
        p++;
    }
    return p;
}

const char *fp_raw_scan(fp_raw *raw, const char *p, const char *end)
{
    switch (raw->kind) {
    case FP_RAW_CONTAINER:
        return scan_container(raw, p, end);
    case FP_RAW_STRING:
        return scan_string(raw, p, end);
    case FP_RAW_SCALAR:
        break;
    }
    while (p < end && fp_raw_in_scalar(*p))
        p++;
    raw->done = p < end;
    return p;
}
