/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_BACKOFF_H
#define FP_CLIENT_BACKOFF_H

/* How long to wait after a failure: 0.8 s, doubled up to 30 s, and as much again by chance, so that
   many who failed together don't come back together. Two minutes without failure forget it. */

#include <stdint.h>

#define FP_BACKOFF_MIN_MS 800
#define FP_BACKOFF_MAX_MS 30000
#define FP_BACKOFF_RESET_MS 120000

typedef struct fp_backoff {
    uint64_t random; /* state, not zero */
    int64_t delay_ms;
    int64_t failed_ms; /* the last time */
} fp_backoff;

void fp_backoff_init(fp_backoff *backoff, uint64_t seed);
/* A number in 0..BELOW-1. */
uint32_t fp_backoff_random(fp_backoff *backoff, uint32_t below);
/* Milliseconds to wait after a failure at NOW. */
int64_t fp_backoff_next(fp_backoff *backoff, int64_t now_ms);

#endif
