/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/private.h"

#include <string.h>

/*
 * Sorting addresses, least significant digit first. The addresses of a cluster share their upper
 * bits, so digits that are the same everywhere are common and cost nothing but their count.
 */

#define DIGIT_BITS 11u
#define DIGITS 3u
#define BUCKETS (1u << DIGIT_BITS)

typedef struct digit_counts {
    uint32_t n[DIGITS][BUCKETS];
} digit_counts;

static inline uint32_t digit(uint32_t value, unsigned d)
{
    return (value >> (d * DIGIT_BITS)) & (BUCKETS - 1);
}

static inline void count(digit_counts *counts, uint32_t value)
{
    for (unsigned d = 0; d < DIGITS; d++)
        counts->n[d][digit(value, d)]++;
}

/* Counts become places; false if all items share the digit (that of SAMPLE). */
static bool to_places(uint32_t counts[BUCKETS], uint32_t sample, size_t n)
{
    uint32_t sum = 0;

    if (counts[sample] == n)
        return false;
    for (unsigned i = 0; i < BUCKETS; i++) {
        uint32_t here = counts[i];

        counts[i] = sum;
        sum += here;
    }
    return true;
}

static void insertion_sort_u32(uint32_t *items, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint32_t item = items[i];
        size_t j = i;

        for (; j > 0 && items[j - 1] > item; j--)
            items[j] = items[j - 1];
        items[j] = item;
    }
}

#define FEW 48u

static void sort_u32(uint32_t *items, uint32_t *space, size_t n)
{
    digit_counts counts;
    uint32_t *from = items;
    uint32_t *to = space;

    if (n <= FEW) {
        insertion_sort_u32(items, n);
        return;
    }
    memset(&counts, 0, sizeof(counts));
    for (size_t i = 0; i < n; i++)
        count(&counts, items[i]);
    for (unsigned d = 0; d < DIGITS; d++) {
        uint32_t *swap = from;

        if (!to_places(counts.n[d], digit(from[0], d), n))
            continue;
        for (size_t i = 0; i < n; i++)
            to[counts.n[d][digit(from[i], d)]++] = from[i];
        from = to;
        to = swap;
    }
    if (from != items)
        memcpy(items, from, n * sizeof(*items));
}

/* Addresses of a cluster stand so close that a bit for each between the first and the last fits in
   the space of sorting: then marking and reading off is all there is to do. */
static size_t sort_dense(uint32_t *items, uint32_t *bits, size_t n, uint32_t first, size_t n_words)
{
    size_t out = 0;

    memset(bits, 0, n_words * sizeof(*bits));
    for (size_t i = 0; i < n; i++) {
        uint32_t at = items[i] - first;

        bits[at / 32] |= UINT32_C(1) << (at % 32);
    }
    for (size_t w = 0; w < n_words; w++)
        for (uint32_t word = bits[w]; word != 0; word &= word - 1)
            items[out++] = first + (uint32_t)w * 32 + (uint32_t)__builtin_ctz(word);
    return out;
}

size_t fp_sort_unique_u32(uint32_t *items, uint32_t *space, size_t n)
{
    uint32_t first = UINT32_MAX;
    uint32_t last = 0;
    size_t out = 0;

    for (size_t i = 0; i < n; i++) {
        first = items[i] < first ? items[i] : first;
        last = items[i] > last ? items[i] : last;
    }
    if (n > 0 && (last - first) / 32 < n)
        return sort_dense(items, space, n, first, (last - first) / 32 + 1);
    sort_u32(items, space, n);
    for (size_t i = 0; i < n; i++)
        if (out == 0 || items[i] != items[out - 1])
            items[out++] = items[i];
    return out;
}

static void insertion_sort_u64(uint64_t *items, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint64_t item = items[i];
        size_t j = i;

        for (; j > 0 && items[j - 1] >> 32 > item >> 32; j--)
            items[j] = items[j - 1];
        items[j] = item;
    }
}

void fp_radix_sort_u64(uint64_t *items, uint64_t *space, size_t n)
{
    digit_counts counts;
    uint64_t *from = items;
    uint64_t *to = space;

    if (n <= FEW) {
        insertion_sort_u64(items, n);
        return;
    }
    memset(&counts, 0, sizeof(counts));
    for (size_t i = 0; i < n; i++)
        count(&counts, (uint32_t)(items[i] >> 32));
    for (unsigned d = 0; d < DIGITS; d++) {
        uint64_t *swap = from;

        if (!to_places(counts.n[d], digit((uint32_t)(from[0] >> 32), d), n))
            continue;
        for (size_t i = 0; i < n; i++)
            to[counts.n[d][digit((uint32_t)(from[i] >> 32), d)]++] = from[i];
        from = to;
        to = swap;
    }
    if (from != items)
        memcpy(items, from, n * sizeof(*items));
}
