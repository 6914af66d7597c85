/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_BASE_VEC_H
#define FP_BASE_VEC_H

/*
 * A growing array of one type. Declare with `FP_VEC(type)`, start as all zeros, end with
 * fp_vec_done(). Only growing can fail; everything else is plain access to .items and .len.
 *
 *     FP_VEC(uint32_t) ids = {0};
 *     fp_try(fp_vec_push(&ids, 7));
 *     fp_vec_done(&ids);
 */

#include <stddef.h>
#include <stdint.h>

#include "libfedpol/base/alloc.h"
#include "libfedpol/base/check.h"

#define FP_VEC(type)                                                                               \
    struct {                                                                                       \
        type *items;                                                                               \
        size_t len;                                                                                \
        size_t cap;                                                                                \
    }

/* For qsort and bsearch over uint32_t. */
int fp_u32_cmp(const void *left, const void *right);

/* Grows *ITEMS to hold at least NEED elements of SIZE bytes; 0 or FEDPOL_E_NOMEM. */
int fp_vec_grow(void *address_of_items, size_t *cap, size_t need, size_t size);

/* 0, or FEDPOL_E_NOMEM and the vector is unchanged. */
#define fp_vec_reserve(vec, extra)                                                                 \
    fp_vec_grow(&(vec)->items, &(vec)->cap, (vec)->len + (extra), sizeof(*(vec)->items))

/* Evaluates to 0 or FEDPOL_E_NOMEM. VALUE is evaluated once, after room was made. */
#define fp_vec_push(vec, ...)                                                                      \
    (((vec)->len < (vec)->cap || fp_vec_reserve((vec), 1) == 0)                                    \
         ? ((vec)->items[(vec)->len++] = (__VA_ARGS__), 0)                                         \
         : (int)FEDPOL_E_NOMEM)

#define fp_vec_clear(vec) ((void)((vec)->len = 0))

#define fp_vec_done(vec)                                                                           \
    do {                                                                                           \
        fp_free((vec)->items);                                                                     \
        (vec)->items = NULL;                                                                       \
        (vec)->len = 0;                                                                            \
        (vec)->cap = 0;                                                                            \
    } while (0)

#endif
