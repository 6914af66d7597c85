/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_BASE_STR_H
#define FP_BASE_STR_H

/*
 * A slice of bytes: pointer and length, borrowed, not NUL-terminated, any byte allowed.
 * The empty slice may have a NULL pointer. Everything compares bytewise; no locale anywhere.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct fp_str {
    const char *ptr;
    size_t len;
} fp_str;

#define FP_STR(literal) ((fp_str){(literal), sizeof(literal) - 1})
/* For static initialisers, where a compound literal is not allowed. */
#define FP_STR_INIT(literal)                                                                       \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }
#define FP_STR_NULL ((fp_str){NULL, 0})
/* printf("%.*s", FP_STR_ARG(s)); only for slices that are known to be short and printable. */
#define FP_STR_ARG(s) (int)(s).len, (s).len ? (s).ptr : ""

static inline fp_str fp_str_of(const char *text)
{
    return (fp_str){text, text ? strlen(text) : 0};
}

static inline fp_str fp_str_n(const char *ptr, size_t len)
{
    return (fp_str){ptr, len};
}

static inline bool fp_str_eq(fp_str a, fp_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool fp_str_is(fp_str a, const char *text)
{
    return fp_str_eq(a, fp_str_of(text));
}

/* Bytewise order; a proper prefix comes first. */
int fp_str_cmp(fp_str a, fp_str b);
/* ASCII letters compare without case. */
bool fp_str_is_nocase(fp_str a, const char *text);
bool fp_str_starts_with(fp_str s, fp_str prefix);
bool fp_str_ends_with(fp_str s, fp_str suffix);
/* True for the empty needle. */
bool fp_str_contains(fp_str s, fp_str needle);
/* Index of the first BYTE, or -1. */
ptrdiff_t fp_str_find_byte(fp_str s, char byte);
fp_str fp_str_sub(fp_str s, size_t from, size_t to);
/* Removes spaces, tabs, CR and LF from both ends. */
fp_str fp_str_trim(fp_str s);

/* Decimal without sign, leading zeros allowed, no other byte; false if empty or above MAX. */
bool fp_str_to_u64(fp_str s, uint64_t max, uint64_t *ret);

/* A NUL-terminated copy; NULL means out of memory. The caller frees it with fp_free(). */
char *fp_str_dup(fp_str s);

#endif
