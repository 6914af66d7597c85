/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/net/ports.h"

#include <stdlib.h>

static bool parse_port(fp_str text, uint16_t *ret)
{
    uint64_t port;

    if (!fp_str_to_u64(text, UINT16_MAX, &port) || port == 0)
        return false;
    *ret = (uint16_t)port;
    return true;
}

bool fp_port_range_parse(fp_str text, fp_port_range *ret)
{
    ptrdiff_t colon = fp_str_find_byte(text, ':');
    fp_port_range range;

    if (colon < 0) {
        if (!parse_port(text, &range.first))
            return false;
        range.last = range.first;
    } else if (!parse_port(fp_str_sub(text, 0, (size_t)colon), &range.first) ||
               !parse_port(fp_str_sub(text, (size_t)colon + 1, text.len), &range.last) ||
               range.first > range.last) {
        return false;
    }
    *ret = range;
    return true;
}

static int compare_ranges(const void *a, const void *b)
{
    const fp_port_range *x = a;
    const fp_port_range *y = b;

    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return (x->last > y->last) - (x->last < y->last);
}

size_t fp_port_ranges_normalise(fp_port_range *ranges, size_t n)
{
    size_t kept = 0;

    if (n == 0)
        return 0;
    qsort(ranges, n, sizeof(*ranges), compare_ranges);
    for (size_t i = 1; i < n; i++) {
        if ((uint32_t)ranges[i].first <= (uint32_t)ranges[kept].last + 1) {
            if (ranges[i].last > ranges[kept].last)
                ranges[kept].last = ranges[i].last;
        } else {
            ranges[++kept] = ranges[i];
        }
    }
    return kept + 1;
}

bool fp_port_ranges_contain(const fp_port_range *ranges, size_t n, uint16_t port)
{
    size_t low = 0;
    size_t high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (port < ranges[middle].first)
            high = middle;
        else if (port > ranges[middle].last)
            low = middle + 1;
        else
            return true;
    }
    return false;
}
