/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/api/sized.h"

#include "libfedpol/base/check.h"
#include "tests/support/fp_test.h"

/* Three versions of one struct. */
typedef struct v1 {
    size_t struct_size;
    uint64_t first;
} v1;
typedef struct v2 {
    size_t struct_size;
    uint64_t first;
    uint64_t second;
} v2;
typedef struct v3 {
    size_t struct_size;
    uint64_t first;
    uint64_t second;
    uint64_t third;
} v3;

START_TEST(an_older_struct_is_completed_with_defaults)
{
    v1 theirs = {sizeof(theirs), 7};
    v2 ours = {sizeof(ours), 1, 2};

    ck_assert_int_eq(fp_sized_read(&ours, sizeof(ours), sizeof(v1), &theirs), 0);
    ck_assert_uint_eq(ours.struct_size, sizeof(ours));
    ck_assert_uint_eq(ours.first, 7);
    ck_assert_uint_eq(ours.second, 2);
}
END_TEST

START_TEST(a_newer_struct_is_read_unless_it_asks_for_more)
{
    v3 theirs = {sizeof(theirs), 7, 8, 0};
    v2 ours = {0};

    ck_assert_int_eq(fp_sized_read(&ours, sizeof(ours), sizeof(v1), &theirs), 0);
    ck_assert_uint_eq(ours.second, 8);
    theirs.third = 1;
    ck_assert_int_eq(fp_sized_read(&ours, sizeof(ours), sizeof(v1), &theirs), FEDPOL_E_ABI);
}
END_TEST

START_TEST(writing_stays_inside_both)
{
    v1 older[2] = {{sizeof(v1), 0}, {99, 99}};
    v3 newer = {sizeof(newer), 0, 0, 0};
    const v2 ours = {sizeof(ours), 1, 2};

    ck_assert_int_eq(fp_sized_write(&older[0], sizeof(ours), sizeof(v1), &ours), 0);
    ck_assert_uint_eq(older[0].struct_size, sizeof(v1));
    ck_assert_uint_eq(older[0].first, 1);
    ck_assert_uint_eq(older[1].struct_size, 99);
    ck_assert_int_eq(fp_sized_write(&newer, sizeof(ours), sizeof(v1), &ours), 0);
    ck_assert_uint_eq(newer.struct_size, sizeof(newer));
    ck_assert_uint_eq(newer.second, 2);
    ck_assert_uint_eq(newer.third, 0);
}
END_TEST

START_TEST(sizes_that_cannot_be_are_refused)
{
    static const size_t sizes[] = {0, 8, sizeof(v1) - 1, FP_SIZED_MAX + 1, SIZE_MAX};
    v2 ours = {0};

    for (size_t i = 0; i < FP_ARRAY_LEN(sizes); i++) {
        v2 theirs = {sizes[i], 0, 0};

        ck_assert_int_eq(fp_sized_read(&ours, sizeof(ours), sizeof(v1), &theirs), FEDPOL_E_INVALID);
        ck_assert_int_eq(fp_sized_write(&theirs, sizeof(ours), sizeof(v1), &ours),
                         FEDPOL_E_INVALID);
    }
    ck_assert_int_eq(fp_sized_read(&ours, sizeof(ours), sizeof(v1), NULL), FEDPOL_E_INVALID);
}
END_TEST

START_TEST(init_zeroes_what_the_caller_has)
{
    v2 theirs = {1, 2, 3};

    fp_sized_init(&theirs, sizeof(v1));
    ck_assert_uint_eq(theirs.struct_size, sizeof(v1));
    ck_assert_uint_eq(theirs.first, 0);
    ck_assert_uint_eq(theirs.second, 3);
    fp_sized_init(&theirs, 4);
    fp_sized_init(&theirs, SIZE_MAX);
    ck_assert_uint_eq(theirs.struct_size, sizeof(v1));
    fp_sized_init(NULL, 8);
}
END_TEST

FP_TEST_MAIN("api/sized", an_older_struct_is_completed_with_defaults,
             a_newer_struct_is_read_unless_it_asks_for_more, writing_stays_inside_both,
             sizes_that_cannot_be_are_refused, init_zeroes_what_the_caller_has)
