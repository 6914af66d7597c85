/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLUSTER_SORT_H
#define FP_CLUSTER_SORT_H

/* Sorting of ids by what they stand for: stable merge sort, with a context that qsort() lacks. */

#include "libfedpol/base/check.h"

/* < 0, 0, > 0 as usual. */
typedef int (*fp_sort_cmp)(const void *context, uint32_t a, uint32_t b);

/* 0, or FEDPOL_E_NOMEM with IDS in an unspecified order. */
int fp_sort_ids(uint32_t *ids, size_t n, fp_sort_cmp cmp, const void *context);

#endif
