/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/alloc.h"

#include <stdlib.h>

#include "tests/support/fp_test.h"

static struct {
    size_t calls;
    size_t last_size;
} seen;

static void *seeing_alloc(size_t size, void *user)
{
    ck_assert_ptr_eq(user, &seen);
    seen.calls++;
    seen.last_size = size;
    return malloc(size);
}

static void *seeing_realloc(void *ptr, size_t size, void *user)
{
    ck_assert_ptr_eq(user, &seen);
    ck_assert_ptr_nonnull(ptr);
    seen.calls++;
    seen.last_size = size;
    return realloc(ptr, size);
}

static void seeing_free(void *ptr, void *user)
{
    ck_assert_ptr_eq(user, &seen);
    ck_assert_ptr_nonnull(ptr);
    seen.calls++;
    free(ptr);
}

START_TEST(every_call_goes_through_the_chosen_allocator)
{
    const fp_allocator allocator = {seeing_alloc, seeing_realloc, seeing_free, &seen};
    void *ptr;

    fp_alloc_set(&allocator);
    ptr = fp_alloc(3);
    ck_assert_uint_eq(seen.last_size, 3);
    ptr = fp_realloc_array(ptr, 5, 7);
    ck_assert_uint_eq(seen.last_size, 35);
    fp_free(ptr);
    ck_assert_uint_eq(seen.calls, 3);
    fp_free(NULL);
    ck_assert_uint_eq(seen.calls, 3);
    ptr = fp_realloc_array(NULL, 2, 4);
    ck_assert_uint_eq(seen.last_size, 8);
    fp_free(ptr);
    fp_alloc_set(NULL);
    seen.calls = 0;
    fp_free(fp_alloc(1));
    ck_assert_uint_eq(seen.calls, 0);
}
END_TEST

START_TEST(a_size_of_zero_gives_a_pointer)
{
    void *ptr = fp_alloc(0);

    ck_assert_ptr_nonnull(ptr);
    ptr = fp_realloc_array(ptr, 0, 8);
    ck_assert_ptr_nonnull(ptr);
    fp_free(ptr);
    ptr = fp_alloc_zero(0, 8);
    ck_assert_ptr_nonnull(ptr);
    fp_free(ptr);
}
END_TEST

START_TEST(sizes_that_overflow_are_refused)
{
    char *ptr = fp_alloc(4);

    ck_assert_ptr_null(fp_alloc_array(SIZE_MAX / 2, 3));
    ck_assert_ptr_null(fp_alloc_zero(SIZE_MAX / 8 + 1, 8));
    memcpy(ptr, "abc", 4);
    ck_assert_ptr_null(fp_realloc_array(ptr, SIZE_MAX / 2, 3));
    ck_assert_str_eq(ptr, "abc");
    fp_free(ptr);
}
END_TEST

START_TEST(zeroed_memory_is_zero)
{
    unsigned char *dirty = fp_alloc(256);
    unsigned char *ptr;

    memset(dirty, 0xa5, 256);
    fp_free(dirty);
    ptr = fp_alloc_zero(64, 4);
    for (size_t i = 0; i < 256; i++)
        ck_assert_uint_eq(ptr[i], 0);
    fp_free(ptr);
}
END_TEST

static void leave_early(bool early)
{
    fp_cleanup_free char *text = fp_alloc(8);
    fp_cleanup_free char *none = NULL;

    ck_assert_ptr_nonnull(text);
    ck_assert_ptr_null(none);
    if (early)
        return;
    text[0] = 'x';
}

START_TEST(cleanup_frees_at_the_end_of_the_scope)
{
    fp_test_count_allocs();
    leave_early(true);
    leave_early(false);
    ck_assert_uint_eq(fp_test_live_allocs(), 0);
    fp_alloc_set(NULL);
}
END_TEST

FP_TEST_MAIN("base/alloc", every_call_goes_through_the_chosen_allocator,
             a_size_of_zero_gives_a_pointer, sizes_that_overflow_are_refused, zeroed_memory_is_zero,
             cleanup_frees_at_the_end_of_the_scope)
