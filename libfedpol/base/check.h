/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_BASE_CHECK_H
#define FP_BASE_CHECK_H

/*
 * Helpers for functions that return a negative FEDPOL_E_* code on failure. These two macros are
 * the only ones in the library that hide a `return`.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <fedpol/error.h>

/* Returns the code of EXPR to the caller if it is a failure. */
#define fp_try(expr)                                                                               \
    do {                                                                                           \
        int fp_try_result = (expr);                                                                \
        if (fp_try_result < 0)                                                                     \
            return fp_try_result;                                                                  \
    } while (0)

/* For public calls: a wrong argument is answered with FEDPOL_E_INVALID, never with an abort. */
#define fp_check_arg(expr)                                                                         \
    do {                                                                                           \
        if (!(expr))                                                                               \
            return FEDPOL_E_INVALID;                                                               \
    } while (0)

#define FP_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define FP_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

static inline bool fp_mul_overflow(size_t a, size_t b, size_t *ret)
{
    return __builtin_mul_overflow(a, b, ret);
}

static inline bool fp_add_overflow(size_t a, size_t b, size_t *ret)
{
    return __builtin_add_overflow(a, b, ret);
}

#endif
