/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/vec.h"

#include "tests/support/fp_test.h"

typedef struct pair {
    uint32_t a;
    uint64_t b;
} pair;

START_TEST(pushed_items_stay_in_order)
{
    FP_VEC(pair) pairs = {0};

    for (uint32_t i = 0; i < 1000; i++)
        ck_assert_int_eq(fp_vec_push(&pairs, (pair){i, (uint64_t)i << 32}), 0);
    ck_assert_uint_eq(pairs.len, 1000);
    ck_assert_uint_ge(pairs.cap, 1000);
    for (uint32_t i = 0; i < 1000; i++) {
        ck_assert_uint_eq(pairs.items[i].a, i);
        ck_assert_uint_eq(pairs.items[i].b, (uint64_t)i << 32);
    }
    fp_vec_clear(&pairs);
    ck_assert_uint_eq(pairs.len, 0);
    ck_assert_uint_ge(pairs.cap, 1000);
    fp_vec_done(&pairs);
    ck_assert_ptr_null(pairs.items);
    ck_assert_uint_eq(pairs.cap, 0);
}
END_TEST

START_TEST(numbers_are_compared_over_their_whole_range)
{
    const uint32_t sorted[] = {0, 1, 0x7fffffff, 0x80000000, UINT32_MAX};

    for (size_t i = 0; i < FP_ARRAY_LEN(sorted); i++)
        for (size_t j = 0; j < FP_ARRAY_LEN(sorted); j++)
            ck_assert_int_eq(fp_u32_cmp(&sorted[i], &sorted[j]), (i > j) - (i < j));
}
END_TEST

START_TEST(reserved_room_needs_no_memory_later)
{
    FP_VEC(uint32_t) ids = {0};

    ck_assert_int_eq(fp_vec_reserve(&ids, 100), 0);
    fp_test_count_allocs();
    for (uint32_t i = 0; i < 100; i++)
        ck_assert_int_eq(fp_vec_push(&ids, i), 0);
    ck_assert_uint_eq(fp_test_live_allocs(), 0);
    fp_alloc_set(NULL);
    fp_vec_done(&ids);
}
END_TEST

START_TEST(a_value_is_evaluated_once)
{
    FP_VEC(uint32_t) ids = {0};
    uint32_t next = 0;

    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(fp_vec_push(&ids, next++), 0);
    ck_assert_uint_eq(next, 20);
    ck_assert_uint_eq(ids.items[19], 19);
    fp_vec_done(&ids);
}
END_TEST

START_TEST(sizes_that_overflow_are_refused)
{
    FP_VEC(uint64_t) ids = {0};

    ck_assert_int_eq(fp_vec_push(&ids, 7), 0);
    ck_assert_int_eq(fp_vec_reserve(&ids, SIZE_MAX / 4), FEDPOL_E_NOMEM);
    ck_assert_int_eq(fp_vec_reserve(&ids, SIZE_MAX - 1), FEDPOL_E_NOMEM);
    ck_assert_uint_eq(ids.len, 1);
    ck_assert_uint_eq(ids.items[0], 7);
    fp_vec_done(&ids);
}
END_TEST

static int scenario(void *user)
{
    FP_VEC(uint32_t) ids = {0};
    int r = 0;

    (void)user;
    for (uint32_t i = 0; i < 100 && r == 0; i++) {
        r = fp_vec_push(&ids, i);
        ck_assert_uint_eq(ids.len, r == 0 ? i + 1 : i);
    }
    for (uint32_t i = 0; i < ids.len; i++)
        ck_assert_uint_eq(ids.items[i], i);
    fp_vec_done(&ids);
    return r;
}

START_TEST(out_of_memory_leaves_the_vector_as_it_was)
{
    fp_test_oom(scenario, NULL);
}
END_TEST

FP_TEST_MAIN("base/vec", pushed_items_stay_in_order, numbers_are_compared_over_their_whole_range,
             reserved_room_needs_no_memory_later, a_value_is_evaluated_once,
             sizes_that_overflow_are_refused, out_of_memory_leaves_the_vector_as_it_was)
