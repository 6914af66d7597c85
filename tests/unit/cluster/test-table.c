/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/cluster/table.h"

#include "libfedpol/cluster/intern.h"
#include "libfedpol/cluster/sort.h"
#include "tests/support/fp_test.h"

typedef struct item {
    uint32_t number;
    uint32_t mark;
} item;

START_TEST(ids_are_dense_and_used_again)
{
    fp_table table;
    uint32_t id;

    fp_table_init(&table, sizeof(item), 4);
    for (uint32_t i = 0; i < 1000; i++) {
        ck_assert_int_eq(fp_table_new(&table, &id), 0);
        ck_assert_uint_eq(id, i);
        *(item *)fp_table_at(&table, id) = (item){i, 1};
        *(uint32_t *)fp_table_side(&table, id) = i * 2;
    }
    fp_table_drop(&table, 17);
    fp_table_drop(&table, 900);
    ck_assert_uint_eq(((item *)fp_table_at(&table, 17))->mark, 0);
    ck_assert_int_eq(fp_table_new(&table, &id), 0);
    ck_assert_uint_eq(id, 900);
    ck_assert_uint_eq(((item *)fp_table_at(&table, 900))->number, 0);
    ck_assert_uint_eq(*(uint32_t *)fp_table_side(&table, 900), 0);
    ck_assert_int_eq(fp_table_new(&table, &id), 0);
    ck_assert_uint_eq(id, 17);
    ck_assert_uint_eq(((item *)fp_table_at(&table, 999))->number, 999);
    ck_assert_uint_eq(*(uint32_t *)fp_table_side(&table, 999), 1998);
    fp_table_done(&table);
}
END_TEST

START_TEST(the_last_record_takes_the_pages_along)
{
    fp_table table;
    uint32_t a;
    uint32_t b;

    fp_test_count_allocs();
    fp_table_init(&table, sizeof(item), 0);
    ck_assert_int_eq(fp_table_new(&table, &a), 0);
    ck_assert_int_eq(fp_table_new(&table, &b), 0);
    fp_table_drop(&table, a);
    ck_assert_uint_gt(fp_test_live_allocs(), 0);
    fp_table_drop(&table, b);
    ck_assert_uint_eq(fp_test_live_allocs(), 0);
    ck_assert_uint_eq(fp_table_memory(&table), 0);
    fp_alloc_set(NULL);
}
END_TEST

START_TEST(strings_of_every_length_come_back)
{
    static const char text[FP_STRINGS_MAX + 1] = {'x', 'y', 'z'};
    fp_strings strings;
    uint32_t refs[FP_STRINGS_MAX + 1];

    fp_strings_init(&strings);
    for (int round = 0; round < 3; round++) {
        for (uint32_t len = 0; len <= FP_STRINGS_MAX; len++)
            ck_assert_int_eq(fp_strings_add(&strings, fp_str_n(text, len), &refs[len]), 0);
        for (uint32_t len = 0; len <= FP_STRINGS_MAX; len++)
            ck_assert(fp_str_eq(fp_strings_get(&strings, refs[len]), fp_str_n(text, len)));
        for (uint32_t len = 1; len <= FP_STRINGS_MAX; len++)
            fp_strings_drop(&strings, refs[(len * 7) % (FP_STRINGS_MAX + 1)]);
        fp_strings_drop(&strings, refs[0]);
        ck_assert_uint_eq(fp_strings_memory(&strings), 0);
    }
    ck_assert_int_eq(fp_strings_add(&strings, fp_str_n(text, FP_STRINGS_MAX + 1), &refs[0]),
                     FEDPOL_E_LIMIT);
    fp_strings_done(&strings);
}
END_TEST

START_TEST(a_freed_string_makes_room_for_one_of_its_size)
{
    fp_strings strings;
    uint32_t keep;
    uint32_t ref;

    fp_strings_init(&strings);
    ck_assert_int_eq(fp_strings_add(&strings, FP_STR("stays"), &keep), 0);
    for (int i = 0; i < 100000; i++) {
        ck_assert_int_eq(fp_strings_add(&strings, FP_STR("comes-and-goes"), &ref), 0);
        fp_strings_drop(&strings, ref);
    }
    ck_assert_uint_le(fp_strings_memory(&strings), FP_STRINGS_PAGE + 64);
    ck_assert_str(fp_strings_get(&strings, keep), "stays");
    fp_strings_done(&strings);
}
END_TEST

START_TEST(an_interned_string_lives_as_long_as_its_users)
{
    const fp_hash_key key = {1, 2};
    fp_intern intern;
    uint32_t a;
    uint32_t b;

    fp_intern_init(&intern, &key);
    ck_assert_int_eq(fp_intern_get(&intern, FP_STR("shop"), &a), 0);
    ck_assert_int_eq(fp_intern_get(&intern, FP_STR("shop"), &b), 0);
    ck_assert_uint_eq(a, b);
    ck_assert_int_eq(fp_intern_get(&intern, FP_STR(""), &b), 0);
    ck_assert_uint_ne(a, b);
    fp_intern_unref(&intern, a);
    ck_assert_uint_eq(fp_intern_find(&intern, FP_STR("shop")), a);
    fp_intern_unref(&intern, a);
    ck_assert_uint_eq(fp_intern_find(&intern, FP_STR("shop")), FP_NO_ID);
    ck_assert_str(fp_intern_str(&intern, b), "");
    fp_intern_unref(&intern, b);
    ck_assert_uint_eq(fp_intern_memory(&intern), 0);
    fp_intern_done(&intern);
}
END_TEST

static int cmp_tens(const void *context, uint32_t a, uint32_t b)
{
    uint32_t unit = *(const uint32_t *)context;

    return (a / unit > b / unit) - (a / unit < b / unit);
}

START_TEST(sorting_is_stable_at_every_length)
{
    const uint32_t unit = 10;
    uint32_t ids[300];
    fp_rng rng = {99};

    for (uint32_t n = 0; n < 300; n++) {
        /* The last digit is the place where it stood among its tens. */
        uint32_t seen[30] = {0};

        for (uint32_t i = 0; i < n; i++) {
            uint32_t tens = fp_rng_below(&rng, 30);

            ids[i] = tens * unit + (seen[tens]++ % 10);
        }
        ck_assert_int_eq(fp_sort_ids(ids, n, cmp_tens, &unit), 0);
        for (uint32_t i = 1; i < n; i++) {
            ck_assert_uint_le(ids[i - 1] / unit, ids[i] / unit);
            if (ids[i - 1] / unit == ids[i] / unit)
                ck_assert_uint_eq((ids[i - 1] + 1) % 10, ids[i] % 10);
        }
    }
}
END_TEST

static int use_everything(void *user)
{
    const fp_hash_key key = {3, 4};
    fp_intern intern;
    uint32_t ids[40] = {0};
    const uint32_t unit = 1;
    int r = 0;

    (void)user;
    fp_intern_init(&intern, &key);
    for (uint32_t i = 0; r == 0 && i < 40; i++) {
        char name[2] = {(char)('a' + (int)i), 'x'};

        r = fp_intern_get(&intern, fp_str_n(name, 2), &ids[i]);
    }
    if (r == 0)
        r = fp_sort_ids(ids, 40, cmp_tens, &unit);
    fp_intern_done(&intern);
    return r;
}

START_TEST(out_of_memory_is_reported)
{
    fp_test_oom(use_everything, NULL);
}
END_TEST

FP_TEST_MAIN("cluster/table", ids_are_dense_and_used_again, the_last_record_takes_the_pages_along,
             strings_of_every_length_come_back, a_freed_string_makes_room_for_one_of_its_size,
             an_interned_string_lives_as_long_as_its_users, sorting_is_stable_at_every_length,
             out_of_memory_is_reported)
