/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_WIRE_VALUE_H
#define FP_WIRE_VALUE_H

/*
 * One decoded object as a small tree that lives in an arena: what JSON and YAML both become, and
 * what model/ reads. Keys of an object are unique (a duplicate is refused when the tree is made),
 * strings are valid UTF-8 without NUL. Depth is bounded by the reader, so callers may recurse
 * only if they bound it themselves.
 */

#include "libfedpol/base/arena.h"
#include "libfedpol/base/str.h"

typedef enum fp_value_type {
    FP_VALUE_NULL,
    FP_VALUE_BOOL,
    FP_VALUE_NUMBER,
    FP_VALUE_STRING,
    FP_VALUE_ARRAY,
    FP_VALUE_OBJECT,
} fp_value_type;

typedef struct fp_value fp_value;
struct fp_value {
    fp_value_type type;
    bool boolean;
    uint32_t count;  /* of children */
    fp_str key;      /* inside an object */
    fp_str text;     /* of a STRING (decoded) or NUMBER (as written) */
    fp_value *first; /* children, in the order of the input */
    fp_value *next;
};

/* The children of PARENT (NULL: none): `for fp_value_each(child, parent) { … }`. */
#define fp_value_each(child, parent)                                                               \
    (const fp_value *child = (parent) ? (parent)->first : NULL; child; child = child->next)

/* The member KEY of an object; NULL if VALUE is NULL, no object or has no such member. */
const fp_value *fp_value_get(const fp_value *value, const char *key);
/* fp_value_get() along a path such as "spec.selector"; keys with dots can't be reached so. */
const fp_value *fp_value_path(const fp_value *value, const char *path);
bool fp_value_is(const fp_value *value, fp_value_type type); /* false for NULL */
/* The text of a STRING member, or the empty slice. */
fp_str fp_value_get_str(const fp_value *value, const char *key);
/* A NUMBER that is an integer in MIN..MAX; 8080, 8.08e3 and 8080.0 are the same. */
bool fp_value_to_i64(const fp_value *value, int64_t min, int64_t max, int64_t *ret);
/* A finite NUMBER, read without regard to the locale: exact up to 15 digits and 10^22, within a few
   last places beyond; the same value gives the same double however it is written. */
bool fp_value_to_double(const fp_value *value, double *ret);

#endif
