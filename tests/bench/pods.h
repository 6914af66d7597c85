/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_BENCH_PODS_H
#define FP_BENCH_PODS_H

/* A List of pods as an API server sends it, the same bytes in every run. */

#include "libfedpol/base/buf.h"

/* Appends a PodList of N pods of 6 to 11 KB each. */
void pods_put_list(fp_buf *buf, unsigned n);

#endif
