/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Scanning containers in blocks of 64 bytes, for one set of instructions: whoever includes this
 * defines before
 *
 *   BLOCK_TARGET           the attribute that functions with these instructions need
 *   block                  64 bytes
 *   load(p)                the 64 bytes from P on
 *   equal(b, c)            which bytes are C, each 0 or 0xff
 *   repeat(c)              64 times C
 *   either(b, d)           the bits of both
 *   controls(b)            which bytes are below 0x20
 *   bits_of(b)             the highest bits of the bytes, the first in bit 0
 *   any_bit(b)             true if one of these is set
 *   prefix_xor(bits)       bit i is set if an odd number of bits 0..i is
 *
 * and uses scan_blocks(). What is escaped and inside of strings is found as in simdjson.
 */

#include "libfedpol/wire/raw_step.h"

BLOCK_TARGET static inline uint64_t where_is(block b, char c)
{
    return bits_of(equal(b, c));
}

/* All four brackets, with these bits set, are 0x7f. So are 'Y', '_', 'y' and DEL, which stand
   outside of strings in what is no JSON only; fp_raw_step() knows them. */
BLOCK_TARGET static inline uint64_t where_brackets_are(block b)
{
    return bits_of(equal(either(b, repeat(0x26)), 0x7f));
}

/* True if there is no backslash and no control byte. */
BLOCK_TARGET static inline bool is_plain(block b)
{
    return !any_bit(either(controls(b), equal(b, '\\')));
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
BLOCK_TARGET static inline uint64_t without_empty(const fp_raw *raw, const fp_raw_nest *nest,
                                                  block b, uint64_t brackets)
{
    uint64_t empty;

    if ((brackets & brackets >> 1) == 0 || nest->depth == 0 ||
        nest->depth + (uint64_t)__builtin_popcountll(brackets) > raw->shallow)
        return brackets;
    empty = where_is(b, '{') & where_is(b, '}') >> 1 & brackets & brackets >> 1;
    return brackets & ~(empty | empty << 1);
}

/* Which bytes are inside of strings, the opening quote included; and what is wrong there. BEFORE
   has all bits set if the block begins inside of one. */
BLOCK_TARGET static inline uint64_t find_strings(fp_raw *raw, block b, uint64_t before,
                                                 uint64_t *ret_faults)
{
    uint64_t quotes = where_is(b, '"');
    uint64_t backslashes;
    uint64_t inside;

    if (is_plain(b) && !raw->escape) {
        *ret_faults = 0;
        return prefix_xor(quotes) ^ before;
    }
    backslashes = where_is(b, '\\');
    quotes &= ~escaped_by(backslashes, &raw->escape);
    inside = prefix_xor(quotes) ^ before;
    *ret_faults = (bits_of(controls(b)) & inside) | (backslashes & ~inside);
    return inside;
}

/* Whole blocks only. */
BLOCK_TARGET static inline const char *scan_blocks(fp_raw *raw, fp_raw_nest *nest, const char *p,
                                                   const char *end)
{
    uint64_t before = 0 - (uint64_t)raw->in_string;

    for (; end - p >= FP_RAW_BLOCK; p += FP_RAW_BLOCK) {
        block b = load(p);
        uint64_t faults;
        uint64_t inside = find_strings(raw, b, before, &faults);
        uint64_t brackets = where_brackets_are(b) & ~inside;

        brackets = without_empty(raw, nest, b, brackets);
        if (faults)
            brackets &= (faults & (0 - faults)) - 1; /* those before the first fault */
        for (; brackets; brackets &= brackets - 1) {
            const char *at = p + __builtin_ctzll(brackets);

            if (!fp_raw_step(raw, nest, *at))
                return fp_raw_stop_bad(raw, at);
            if (nest->depth == 0) {
                raw->done = true;
                return at + 1;
            }
        }
        if (faults)
            return fp_raw_stop_bad(raw, p + __builtin_ctzll(faults));
        before = 0 - (inside >> (FP_RAW_BLOCK - 1));
    }
    raw->in_string = before & 1;
    return p;
}
