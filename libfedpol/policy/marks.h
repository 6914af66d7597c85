/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_POLICY_MARKS_H
#define FP_POLICY_MARKS_H

/*
 * Dense ids, and sets of them that say "look at this again". Room for a mark is made together with
 * the id, so that marking never fails: what is removed can always be noted, and a commit that runs
 * out of memory finds every mark again.
 */

#include "libfedpol/cluster/cluster.h"

typedef struct fp_ids {
    uint32_t used; /* ids below were given out at some time */
    fp_u32_vec free;
} fp_ids;

/* The id that was given back last, or a new one. 0 or FEDPOL_E_NOMEM. */
int fp_ids_take(fp_ids *ids, uint32_t *ret);
void fp_ids_give(fp_ids *ids, uint32_t id);
void fp_ids_done(fp_ids *ids);

typedef struct fp_marks {
    fp_u32_vec ids; /* marked ones, in the order of their first mark */
    FP_VEC(uint8_t) is;
} fp_marks;

/* After this, marks of all ids below N have their room. 0 or FEDPOL_E_NOMEM. */
int fp_marks_room(fp_marks *marks, size_t n);
void fp_marks_add(fp_marks *marks, uint32_t id);
void fp_marks_clear(fp_marks *marks);
void fp_marks_done(fp_marks *marks);

static inline bool fp_marks_has(const fp_marks *marks, uint32_t id)
{
    return id < marks->is.len && marks->is.items[id];
}

#endif
