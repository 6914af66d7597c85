/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_BENCH_H
#define FP_BENCH_H

/*
 * What the benchmarks share. Each prints lines `name | target | measured`; no time is ever a
 * reason to fail.
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "libfedpol/base/alloc.h"

#define BENCH_RUNS 11

/* Calls to the allocator since bench_count_allocs(). */
static size_t bench_allocs;

static inline void *bench_alloc(size_t size, void *user)
{
    (void)user;
    bench_allocs++;
    return malloc(size);
}

static inline void *bench_realloc(void *ptr, size_t size, void *user)
{
    (void)user;
    bench_allocs++;
    return realloc(ptr, size);
}

static inline void bench_free(void *ptr, void *user)
{
    (void)user;
    free(ptr);
}

/* Before the first allocation. */
static inline void bench_count_allocs(void)
{
    const fp_allocator counting = {bench_alloc, bench_realloc, bench_free, NULL};

    fp_alloc_set(&counting);
    bench_allocs = 0;
}

static inline double bench_now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static inline int bench_compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Nanoseconds of one call: the median of several runs of ROUNDS calls each. */
static inline double bench_median_ns(void (*call)(void *user), void *user, size_t rounds)
{
    double runs[BENCH_RUNS];

    for (size_t run = 0; run < BENCH_RUNS; run++) {
        double start = bench_now_ns();

        for (size_t i = 0; i < rounds; i++)
            call(user);
        runs[run] = (bench_now_ns() - start) / (double)rounds;
    }
    qsort(runs, BENCH_RUNS, sizeof(runs[0]), bench_compare);
    return runs[BENCH_RUNS / 2];
}

#endif
