/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/pool.h"

#include <fedpol/error.h>

#include "tests/support/fp_test.h"

#define RECORDS 400u

typedef struct record {
    uint32_t id;
    uint32_t size;
    uint8_t byte;
} record;

static void check_bytes(const fp_pool *pool, const record *r)
{
    const uint8_t *at = fp_pool_at(pool, r->id);
    bool same = true;

    ck_assert_uint_eq((uintptr_t)at % sizeof(uint32_t), 0);
    for (uint32_t i = 0; i < r->size; i++)
        same = same && at[i] == r->byte;
    ck_assert(same);
}

static uint32_t random_size(fp_rng *rng)
{
    static const uint32_t bounds[] = {1, 24, 24, 100, 1030, 40000};

    return fp_rng_below(rng, bounds[fp_rng_below(rng, 6)]);
}

START_TEST(records_of_all_sizes_keep_their_bytes_apart)
{
    static record records[RECORDS];
    fp_rng rng = {3};
    fp_pool pool;

    fp_pool_init(&pool);
    for (uint32_t i = 0; i < RECORDS; i++)
        records[i] = (record){UINT32_MAX, 0, 0};
    for (int step = 0; step < 6000; step++) {
        record *r = &records[fp_rng_below(&rng, RECORDS)];

        if (r->id != UINT32_MAX) {
            check_bytes(&pool, r);
            fp_pool_free(&pool, r->id, r->size);
            r->id = UINT32_MAX;
            continue;
        }
        r->size = random_size(&rng);
        r->byte = (uint8_t)fp_rng_next(&rng);
        ck_assert_int_eq(fp_pool_alloc(&pool, r->size, &r->id), 0);
        if (r->size)
            memset(fp_pool_at(&pool, r->id), r->byte, r->size);
    }
    for (uint32_t i = 0; i < RECORDS; i++)
        if (records[i].id != UINT32_MAX)
            fp_pool_free(&pool, records[i].id, records[i].size);
    ck_assert_uint_eq(fp_pool_memory(&pool), 0);
}
END_TEST

START_TEST(freed_pieces_are_used_again)
{
    fp_pool pool;
    uint32_t keep;
    uint32_t first;
    uint32_t second;
    size_t memory;

    fp_pool_init(&pool);
    ck_assert_int_eq(fp_pool_alloc(&pool, 4, &keep), 0);
    ck_assert_int_eq(fp_pool_alloc(&pool, 30, &first), 0);
    fp_pool_free(&pool, first, 30);
    ck_assert_int_eq(fp_pool_alloc(&pool, 31, &second), 0);
    ck_assert_uint_eq(first, second);
    ck_assert_int_eq(fp_pool_alloc(&pool, 100000, &first), 0);
    memory = fp_pool_memory(&pool);
    fp_pool_free(&pool, first, 100000);
    ck_assert_uint_le(fp_pool_memory(&pool), memory - 100000);
    ck_assert_int_eq(fp_pool_alloc(&pool, 100000, &second), 0);
    ck_assert_uint_eq(first, second);
    ck_assert_uint_eq(fp_pool_memory(&pool), memory);
    fp_pool_done(&pool);
}
END_TEST

static int scenario(void *user)
{
    fp_pool pool;
    uint32_t id;
    int r = 0;

    (void)user;
    fp_pool_init(&pool);
    for (uint32_t i = 0; r == 0 && i < 60; i++)
        r = fp_pool_alloc(&pool, i * 40, &id);
    fp_pool_done(&pool);
    return r;
}

START_TEST(running_out_of_memory_leaks_nothing)
{
    fp_test_oom(scenario, NULL);
}
END_TEST

FP_TEST_MAIN("base/pool", records_of_all_sizes_keep_their_bytes_apart, freed_pieces_are_used_again,
             running_out_of_memory_leaks_nothing)
