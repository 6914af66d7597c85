/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_BASE_IDSET_H
#define FP_BASE_IDSET_H

/*
 * A set of u32 ids that is small when it has few members and fast when it has many: one member
 * inline, then a sorted vector, then a bit set with a word range. Set algebra for posting lists.
 * An embedded fp_idset starts as all zeros. Reading never allocates; iteration is in id order.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FP_IDSET_BITS 0x80000000u

typedef struct fp_idset {
    uint32_t count;
    uint32_t cap; /* 0: at most one member, inline; entries of a vector; or FP_IDSET_BITS | words */
    union {
        uint32_t one;
        uint32_t *ids;
        uint64_t *words;
    } u;
} fp_idset;

void fp_idset_done(fp_idset *set);
void fp_idset_clear(fp_idset *set);
bool fp_idset_has(const fp_idset *set, uint32_t id);
/* 1 if it was added, 0 if it was there, FEDPOL_E_NOMEM. */
int fp_idset_add(fp_idset *set, uint32_t id);
/* True if it was there. Never fails; memory may shrink. */
bool fp_idset_remove(fp_idset *set, uint32_t id);
/* The smallest member >= FROM, or FP_NO_ID. */
uint32_t fp_idset_next(const fp_idset *set, uint32_t from);

/*
 * All members in order, cheaper than fp_idset_next(); the set must not change meanwhile:
 *
 *     for (fp_idset_iter it = fp_idset_each(set); fp_idset_step(&it, &id);)
 */
typedef struct fp_idset_iter {
    const fp_idset *set;
    uint64_t word; /* of a bit set: what is left of the word before POS */
    uint32_t pos;  /* next entry of a vector, next word of a bit set */
} fp_idset_iter;

static inline fp_idset_iter fp_idset_each(const fp_idset *set)
{
    return (fp_idset_iter){set, 0, 0};
}

bool fp_idset_step(fp_idset_iter *iter, uint32_t *ret_id);

/* *DST op= SRC, two different sets; 0 or FEDPOL_E_NOMEM with *DST unspecified but valid. */
int fp_idset_or(fp_idset *dst, const fp_idset *src);
int fp_idset_and(fp_idset *dst, const fp_idset *src);
int fp_idset_and_not(fp_idset *dst, const fp_idset *src);
int fp_idset_copy(fp_idset *dst, const fp_idset *src);
size_t fp_idset_memory(const fp_idset *set);

#endif
