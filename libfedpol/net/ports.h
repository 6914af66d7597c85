/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_NET_PORTS_H
#define FP_NET_PORTS_H

/* Port numbers, ranges, and lists of ranges in canonical form (sorted, merged, disjoint). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libfedpol/base/buf.h"

typedef struct fp_port_range {
    uint16_t first;
    uint16_t last; /* inclusive, >= first */
} fp_port_range;

/* "80" or "80:90", each 1..65535, min <= max. */
bool fp_port_range_parse(fp_str text, fp_port_range *ret);
/* Sorts, merges adjacent and overlapping ranges in place; the new count. */
size_t fp_port_ranges_normalise(fp_port_range *ranges, size_t n);
bool fp_port_ranges_contain(const fp_port_range *ranges, size_t n, uint16_t port);

#endif
