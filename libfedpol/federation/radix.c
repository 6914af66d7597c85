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

void fp_radix_sort_u32(uint32_t *items, uint32_t *space, size_t n)
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
