/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/wire/raw.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define REMEMBERED_KINDS 64u

bool fp_raw_begin(fp_raw *raw, char first, uint64_t max_depth)
{
    *raw = (fp_raw){.plain = raw->plain, .max_depth = max_depth};
    switch (first) {
    case '{':
    case '[':
        raw->kind = FP_RAW_CONTAINER;
        return true;
    case '"':
        raw->kind = FP_RAW_STRING;
        return true;
    case '-':
    case 't':
    case 'f':
    case 'n':
        return true;
    default:
        return first >= '0' && first <= '9';
    }
}

/* The brackets differ in few bits: 2 is set in those that open, 0x20 in those of objects. */
static inline bool is_bracket(char c)
{
    char folded = (char)(c | 0x20);

    return folded == '{' || folded == '}';
}

/* Takes one bracket outside of strings; false if it doesn't match its opening one. */
static inline bool step(fp_raw *raw, char c)
{
    uint64_t object = (unsigned char)c >> 5 & 1;

    if (c & 2) {
        raw->kinds = raw->kinds << 1 | object;
        raw->depth++;
        raw->too_deep |= raw->depth > raw->max_depth;
        raw->lost_kinds |= raw->depth > REMEMBERED_KINDS;
        return true;
    }
    if ((raw->kinds & 1) != object && !raw->lost_kinds)
        return false;
    raw->kinds >>= 1;
    raw->depth--;
    raw->done = raw->depth == 0;
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
            if (raw->done)
                return p + 1;
        } else if (c == '\\') {
            return stop_bad(raw, p);
        }
    }
    return p;
}

#if defined(__SSE2__)

#define BLOCK 64

typedef struct masks {
    uint64_t quotes;
    uint64_t backslashes;
    uint64_t controls;
    uint64_t brackets;
} masks;

static inline uint64_t bits_of(__m128i v, unsigned shift)
{
    return (uint64_t)(uint32_t)_mm_movemask_epi8(v) << shift;
}

static inline masks masks_of(const char *p)
{
    masks m = {0};

    for (unsigned i = 0; i < BLOCK; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        __m128i folded = _mm_or_si128(v, _mm_set1_epi8(0x20));
        __m128i open = _mm_cmpeq_epi8(folded, _mm_set1_epi8('{'));
        __m128i close = _mm_cmpeq_epi8(folded, _mm_set1_epi8('}'));

        m.quotes |= bits_of(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')), i);
        m.backslashes |= bits_of(_mm_cmpeq_epi8(v, _mm_set1_epi8('\\')), i);
        m.controls |= bits_of(_mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v), i);
        m.brackets |= bits_of(_mm_or_si128(open, close), i);
    }
    return m;
}

/* Bit i is set if an odd number of bits 0..i is. */
static inline uint64_t prefix_xor(uint64_t bits)
{
    for (unsigned shift = 1; shift < BLOCK; shift *= 2)
        bits ^= bits << shift;
    return bits;
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

/* One block; returns the place to go on, or where the value ended or went wrong. */
static inline const char *scan_block(fp_raw *raw, const char *p)
{
    masks m = masks_of(p);
    uint64_t escaped = escaped_by(m.backslashes, &raw->escape);
    uint64_t inside = prefix_xor(m.quotes & ~escaped) ^ (raw->in_string ? ~UINT64_C(0) : 0);
    uint64_t faults = (m.controls & inside) | (m.backslashes & ~inside);
    uint64_t brackets = m.brackets & ~inside;

    while (brackets) {
        int i = __builtin_ctzll(brackets);

        if (faults && __builtin_ctzll(faults) < i)
            break;
        if (!step(raw, p[i]))
            return stop_bad(raw, p + i);
        if (raw->done)
            return p + i + 1;
        brackets &= brackets - 1;
    }
    if (faults)
        return stop_bad(raw, p + __builtin_ctzll(faults));
    raw->in_string = inside >> (BLOCK - 1);
    return p + BLOCK;
}

static const char *scan_container(fp_raw *raw, const char *p, const char *end)
{
    while (!raw->plain && end - p >= BLOCK) {
        p = scan_block(raw, p);
        if (raw->done || raw->bad)
            return p;
    }
    return scan_bytes(raw, p, end);
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

static bool in_scalar(char c)
{
    char folded = (char)(c | 0x20);

    return (c >= '0' && c <= '9') || (folded >= 'a' && folded <= 'z') || c == '-' || c == '+' ||
           c == '.';
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
    while (p < end && in_scalar(*p))
        p++;
    raw->done = p < end;
    return p;
}
