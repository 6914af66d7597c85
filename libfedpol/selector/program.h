/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_SELECTOR_PROGRAM_H
#define FP_SELECTOR_PROGRAM_H

/*
 * A selector bound to somebody's interned labels: names and values are compared as numbers. For
 * owners that try one selector against many label sets. Running allocates nothing; the cost is a
 * scan of a few u32 for each leaf that is asked.
 */

#include "libfedpol/selector/selector.h"

typedef struct fp_selector_program fp_selector_program;

/*
 * How the owner interns. Name ids are unique per name, pair ids per (name, value); one number may
 * serve as both a name and a pair. A binding stays right for as long as these ids keep their
 * meaning, so the owner must hold them. Both return 0 or a failure, which ends the binding.
 */
typedef struct fp_selector_resolver {
    int (*name)(void *owner, fp_str name, uint32_t *ret);
    int (*pair)(void *owner, fp_str name, fp_str value, uint32_t *ret);
    void *owner;
} fp_selector_resolver;

/* A label set: N different names, in any order, and beside each its pair. */
typedef struct fp_label_ids {
    const uint32_t *names;
    const uint32_t *pairs;
    size_t n;
} fp_label_ids;

/* The value of a pair, for `contains`, `starts with` and `ends with`. */
typedef fp_str (*fp_pair_value)(const void *owner, uint32_t pair);

/* Takes a reference on the selector. */
int fp_selector_bind(fp_selector *selector, const fp_selector_resolver *resolver,
                     fp_selector_program **ret);
fp_selector_program *fp_selector_program_free(fp_selector_program *program); /* NULL allowed */
bool fp_selector_program_matches(const fp_selector_program *program, const fp_label_ids *labels,
                                 fp_pair_value value, const void *owner);

#endif
