/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/index.h"

#include <fedpol/error.h>

#include "libfedpol/base/alloc.h"
#include "tests/support/fp_test.h"

#define N_IDS 600u

/* Record I is the key that stands at keys[I]. */
typedef struct records {
    uint32_t keys[N_IDS];
    bool present[N_IDS];
} records;

static bool match(const void *owner, uint32_t id, const void *key)
{
    const records *r = owner;

    return r->keys[id] == *(const uint32_t *)key;
}

/* Few distinct hashes in a narrow range make long runs that wrap around the end. */
static uint32_t poor_hash(uint32_t key)
{
    return 0xfffff000u + key % 23 * 0x100;
}

static void check_all(const fp_index *index, const records *r)
{
    uint32_t count = 0;

    for (uint32_t id = 0; id < N_IDS; id++) {
        uint32_t found = fp_index_find(index, poor_hash(r->keys[id]), match, r, &r->keys[id]);

        ck_assert_uint_eq(found, r->present[id] ? id : FP_NO_ID);
        count += r->present[id];
    }
    ck_assert_uint_eq(index->count, count);
    ck_assert_uint_le((uint64_t)index->count * 8, (uint64_t)index->capacity * 7);
}

START_TEST(an_index_is_what_a_plain_list_is)
{
    fp_index index = {0};
    records r = {0};
    fp_rng rng = {13};

    for (uint32_t id = 0; id < N_IDS; id++)
        r.keys[id] = id * 2654435761u;
    for (int step = 0; step < 6000; step++) {
        uint32_t id = fp_rng_below(&rng, N_IDS);
        uint32_t hash = poor_hash(r.keys[id]);

        if (r.present[id]) {
            ck_assert(fp_index_remove(&index, hash, id));
            r.present[id] = false;
        } else if (fp_rng_below(&rng, 3) > 0) {
            ck_assert_int_eq(fp_index_add(&index, hash, id), 0);
            r.present[id] = true;
        } else {
            ck_assert(!fp_index_remove(&index, hash, id));
        }
        if (step % 100 == 0)
            check_all(&index, &r);
    }
    check_all(&index, &r);
    for (uint32_t id = 0; id < N_IDS; id++)
        ck_assert(fp_index_remove(&index, poor_hash(r.keys[id]), id) == r.present[id]);
    ck_assert_uint_eq(index.count, 0);
    fp_index_done(&index);
}
END_TEST

static bool is_id(const void *owner, uint32_t id, const void *key)
{
    (void)owner;
    return id == *(const uint32_t *)key;
}

START_TEST(one_id_under_two_hashes_leaves_the_one_that_is_named)
{
    fp_index index = {0};
    const uint32_t id = 3;

    /* Both begin at the same slot. */
    ck_assert_int_eq(fp_index_add(&index, 0x100, id), 0);
    ck_assert_int_eq(fp_index_add(&index, 0x200, id), 0);
    ck_assert(fp_index_remove(&index, 0x200, id));
    ck_assert_uint_eq(fp_index_find(&index, 0x100, is_id, NULL, &id), id);
    ck_assert_uint_eq(fp_index_find(&index, 0x200, is_id, NULL, &id), FP_NO_ID);
    ck_assert(!fp_index_remove(&index, 0x200, id));
    fp_index_done(&index);
}
END_TEST

START_TEST(an_empty_index_finds_and_removes_nothing)
{
    fp_index index = {0};
    uint32_t key = 1;

    ck_assert_uint_eq(fp_index_find(&index, 1, match, NULL, &key), FP_NO_ID);
    ck_assert(!fp_index_remove(&index, 1, 1));
    ck_assert_uint_eq(fp_index_memory(&index), 0);
    fp_index_done(&index);
}
END_TEST

START_TEST(a_reserved_place_needs_no_memory)
{
    fp_index index = {0};

    ck_assert_int_eq(fp_index_reserve(&index, 100), 0);
    ck_assert_uint_eq(fp_index_memory(&index), index.capacity * 7 + 1);
    fp_test_count_allocs();
    for (uint32_t id = 0; id < 100; id++)
        ck_assert_int_eq(fp_index_add(&index, id, id), 0);
    ck_assert_uint_eq(fp_test_live_allocs(), 0);
    fp_alloc_set(NULL);
    ck_assert_int_eq(fp_index_reserve(&index, (size_t)UINT32_MAX * 2), FEDPOL_E_NOMEM);
    ck_assert_int_eq(fp_index_reserve(&index, SIZE_MAX), FEDPOL_E_NOMEM);
    ck_assert_uint_eq(index.count, 100);
    fp_index_done(&index);
}
END_TEST

static int scenario(void *user)
{
    fp_index index = {0};
    int r = 0;

    (void)user;
    for (uint32_t id = 0; id < 100 && r == 0; id++) {
        uint32_t count = index.count;

        r = fp_index_add(&index, id % 7, id);
        ck_assert_uint_eq(index.count, count + (r == 0));
    }
    for (uint32_t id = index.count; id-- > 0;)
        ck_assert(fp_index_remove(&index, id % 7, id));
    ck_assert_uint_eq(index.count, 0);
    fp_index_done(&index);
    return r;
}

START_TEST(out_of_memory_leaves_the_index_as_it_was)
{
    fp_test_oom(scenario, NULL);
}
END_TEST

FP_TEST_MAIN("base/index", an_index_is_what_a_plain_list_is,
             one_id_under_two_hashes_leaves_the_one_that_is_named,
             an_empty_index_finds_and_removes_nothing, a_reserved_place_needs_no_memory,
             out_of_memory_leaves_the_index_as_it_was)
