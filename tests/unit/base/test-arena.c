/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/arena.h"

#include <stdalign.h>

#include <fedpol/error.h>

#include "tests/support/fp_test.h"

START_TEST(pieces_are_aligned_and_do_not_overlap)
{
    enum { N = 500 };
    unsigned char *pieces[N];
    size_t sizes[N];
    fp_rng rng = {9};
    fp_arena arena;

    fp_arena_init(&arena, 256);
    for (size_t i = 0; i < N; i++) {
        sizes[i] = fp_rng_below(&rng, i % 50 == 0 ? 1000 : 60);
        pieces[i] = fp_arena_alloc(&arena, sizes[i]);
        ck_assert_ptr_nonnull(pieces[i]);
        ck_assert_uint_eq((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        memset(pieces[i], (int)(i & 0xff), sizes[i]);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < sizes[i]; k++)
            ck_assert_uint_eq(pieces[i][k], i & 0xff);
    fp_arena_done(&arena);
}
END_TEST

START_TEST(nothing_is_allocated_before_the_first_piece)
{
    fp_arena arena;

    fp_test_count_allocs();
    fp_arena_init(&arena, 0);
    ck_assert_uint_eq(fp_test_live_allocs(), 0);
    fp_arena_done(&arena);
    fp_arena_reset(&arena);
    fp_arena_init(&arena, 0);
    ck_assert_ptr_nonnull(fp_arena_alloc(&arena, 10));
    ck_assert_ptr_nonnull(fp_arena_alloc(&arena, FP_ARENA_DEFAULT_BLOCK - 16));
    ck_assert_uint_eq(fp_test_live_allocs(), 1);
    ck_assert_ptr_nonnull(fp_arena_alloc(&arena, 1));
    ck_assert_uint_eq(fp_test_live_allocs(), 2);
    fp_arena_done(&arena);
    ck_assert_uint_eq(fp_test_live_allocs(), 0);
    fp_alloc_set(NULL);
}
END_TEST

START_TEST(a_reset_keeps_one_block_and_its_count)
{
    fp_arena arena;
    size_t total;
    void *first;

    fp_test_count_allocs();
    fp_arena_init(&arena, 128);
    first = fp_arena_alloc(&arena, 100);
    total = arena.total;
    fp_arena_reset(&arena);
    ck_assert_uint_eq(arena.total, total);
    ck_assert_ptr_eq(fp_arena_alloc(&arena, 100), first);
    ck_assert_ptr_nonnull(fp_arena_alloc(&arena, 100));
    ck_assert_ptr_nonnull(fp_arena_alloc(&arena, 100));
    ck_assert_uint_eq(fp_test_live_allocs(), 3);
    fp_arena_reset(&arena);
    ck_assert_uint_eq(fp_test_live_allocs(), 1);
    fp_arena_done(&arena);
    ck_assert_uint_eq(fp_test_live_allocs(), 0);
    fp_alloc_set(NULL);
}
END_TEST

START_TEST(strings_are_copies_that_end_with_nul)
{
    fp_arena arena;
    char text[] = "a\0b";
    fp_str copy;

    fp_arena_init(&arena, 0);
    copy = fp_arena_str(&arena, fp_str_n(text, 3));
    text[0] = '#';
    ck_assert_uint_eq(copy.len, 3);
    ck_assert_int_eq(memcmp(copy.ptr, "a\0b\0", 4), 0);
    copy = fp_arena_str(&arena, FP_STR_NULL);
    ck_assert_ptr_nonnull(copy.ptr);
    ck_assert_uint_eq(copy.len, 0);
    ck_assert_int_eq(copy.ptr[0], '\0');
    fp_arena_done(&arena);
}
END_TEST

START_TEST(sizes_that_overflow_are_refused)
{
    fp_arena arena;

    fp_arena_init(&arena, 0);
    ck_assert_ptr_null(fp_arena_alloc(&arena, SIZE_MAX));
    ck_assert_ptr_null(fp_arena_alloc(&arena, SIZE_MAX - 20));
    ck_assert_ptr_null(fp_arena_array(&arena, SIZE_MAX / 4 + 1, 4));
    ck_assert_ptr_null(fp_arena_zero(&arena, SIZE_MAX / 4 + 1, 4));
    ck_assert_ptr_null(fp_arena_str(&arena, fp_str_n("", SIZE_MAX)).ptr);
    fp_arena_done(&arena);
}
END_TEST

START_TEST(zeroed_pieces_are_zero_after_a_reset_too)
{
    fp_arena arena;
    char *piece;

    fp_arena_init(&arena, 0);
    memset(fp_arena_alloc(&arena, 64), 0x5a, 64);
    fp_arena_reset(&arena);
    piece = fp_arena_zero(&arena, 16, 4);
    for (size_t i = 0; i < 64; i++)
        ck_assert_int_eq(piece[i], 0);
    fp_arena_done(&arena);
}
END_TEST

static int scenario(void *user)
{
    fp_arena arena;
    int r = 0;

    (void)user;
    fp_arena_init(&arena, 64);
    for (int i = 0; i < 10; i++) {
        fp_str copy = fp_arena_str(&arena, FP_STR("forty bytes of text to fill a small bloc"));

        if (!copy.ptr)
            r = FEDPOL_E_NOMEM;
        else
            ck_assert_uint_eq(copy.len, 40);
    }
    fp_arena_done(&arena);
    return r;
}

START_TEST(out_of_memory_leaves_earlier_pieces)
{
    fp_test_oom(scenario, NULL);
}
END_TEST

FP_TEST_MAIN("base/arena", pieces_are_aligned_and_do_not_overlap,
             nothing_is_allocated_before_the_first_piece, a_reset_keeps_one_block_and_its_count,
             strings_are_copies_that_end_with_nul, sizes_that_overflow_are_refused,
             zeroed_pieces_are_zero_after_a_reset_too, out_of_memory_leaves_earlier_pieces)
