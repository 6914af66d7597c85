/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/cluster/sort.h"

#include <string.h>

#include "libfedpol/base/alloc.h"

#define RUN 8u

static void insertion_sort(uint32_t *ids, size_t n, fp_sort_cmp cmp, const void *context)
{
    for (size_t i = 1; i < n; i++) {
        uint32_t id = ids[i];
        size_t j = i;

        for (; j > 0 && cmp(context, ids[j - 1], id) > 0; j--)
            ids[j] = ids[j - 1];
        ids[j] = id;
    }
}

static void merge(const uint32_t *from, size_t middle, size_t n, uint32_t *to, fp_sort_cmp cmp,
                  const void *context)
{
    size_t a = 0;
    size_t b = middle;

    for (size_t i = 0; i < n; i++) {
        if (b >= n || (a < middle && cmp(context, from[a], from[b]) <= 0))
            to[i] = from[a++];
        else
            to[i] = from[b++];
    }
}

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

int fp_sort_ids(uint32_t *ids, size_t n, fp_sort_cmp cmp, const void *context)
{
    fp_cleanup_free uint32_t *space = NULL;
    uint32_t *from = ids;
    uint32_t *to;

    for (size_t at = 0; at < n; at += RUN)
        insertion_sort(ids + at, min_size(RUN, n - at), cmp, context);
    if (n <= RUN)
        return 0;
    space = fp_alloc_array(n, sizeof(*space));
    if (!space)
        return FEDPOL_E_NOMEM;
    to = space;
    for (size_t width = RUN; width < n; width *= 2) {
        uint32_t *swap = from;

        for (size_t at = 0; at < n; at += 2 * width)
            merge(from + at, min_size(width, n - at), min_size(2 * width, n - at), to + at, cmp,
                  context);
        from = to;
        to = swap;
    }
    if (from != ids)
        memcpy(ids, from, n * sizeof(*ids));
    return 0;
}
