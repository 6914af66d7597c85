/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_WIRE_RAW_H
#define FP_WIRE_RAW_H

/*
 * Finds the end of one JSON value without reading it: only strings and brackets count. All that is
 * carried from chunk to chunk is in fp_raw, so chunks may have any size.
 *
 * Containers are scanned in blocks of 64 bytes with AVX2 where the machine has it, else with SSE2
 * where the target has it, and byte by byte elsewhere and at the end of a chunk; all find the same
 * end and the same faults. Faults are:
 * control bytes in strings, backslashes outside of them, brackets that close the wrong kind (down
 * to 64 levels). Anything else that is wrong in a skipped value passes unseen.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* How containers and strings are scanned. */
typedef enum fp_raw_way {
    FP_RAW_BYTES, /* byte by byte */
    FP_RAW_SSE2,  /* in blocks */
    FP_RAW_AVX2,
} fp_raw_way;

#define FP_RAW_BLOCK 64

typedef enum fp_raw_kind {
    FP_RAW_SCALAR, /* number or literal: ends before the first byte that can't belong to it */
    FP_RAW_STRING,
    FP_RAW_CONTAINER,
} fp_raw_kind;

/* The containers that are open. */
typedef struct fp_raw_nest {
    uint64_t depth;
    uint64_t kinds; /* the innermost in bit 0; 1: an object */
} fp_raw_nest;

typedef struct fp_raw {
    fp_raw_kind kind;
    bool in_string;
    bool escape;     /* the next byte is escaped */
    bool done;       /* the value is complete */
    bool bad;        /* it has a fault, where fp_raw_scan() stopped */
    bool too_deep;   /* it has been nested deeper than max_depth */
    bool lost_kinds; /* it has been nested deeper than `kinds` remembers */
    uint8_t way;     /* fp_raw_way; stays as it was set, all else is set by fp_raw_begin() */
    fp_raw_nest nest;
    uint64_t max_depth;
    uint64_t shallow; /* up to this depth neither flag changes */
} fp_raw;

/* The fastest way of this machine. */
fp_raw_way fp_raw_best_way(void);
/* Prepares for a value whose first byte is FIRST; false if no value begins so. */
bool fp_raw_begin(fp_raw *raw, char first, uint64_t max_depth);
void fp_raw_begin_container(fp_raw *raw, uint64_t max_depth);
/* Scans on. Returns END, or the place behind the value (done), or that of the fault (bad). */
const char *fp_raw_scan(fp_raw *raw, const char *p, const char *end);
const char *fp_raw_scan_container(fp_raw *raw, const char *p, const char *end);

/* The first quote, backslash or control byte of P..END, or END. */
static inline const char *fp_raw_string_stop(const char *p, const char *end, fp_raw_way way)
{
#if defined(__SSE2__)
    for (; way != FP_RAW_BYTES && end - p >= 16; p += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
                                   _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
        uint32_t bits;

        hit = _mm_or_si128(hit, _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v));
        bits = (uint32_t)_mm_movemask_epi8(hit);
        if (bits)
            return p + __builtin_ctz(bits);
    }
#else
    (void)way;
#endif
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
        p++;
    return p;
}

/* A number or a literal, as far as the scan looks at them. */
static inline bool fp_raw_begins_scalar(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == 't' || c == 'f' || c == 'n';
}

static inline bool fp_raw_in_scalar(char c)
{
    char folded = (char)(c | 0x20);

    return (c >= '0' && c <= '9') || (folded >= 'a' && folded <= 'z') || c == '-' || c == '+' ||
           c == '.';
}

#endif
