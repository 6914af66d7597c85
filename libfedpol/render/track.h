/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_RENDER_TRACK_H
#define FP_RENDER_TRACK_H

/*
 * What is known of the members of address sets between two texts: the changes that were noted since
 * the last one, and the prefixes that are no hosts (usually none), since which of them the kernel
 * has depends on all of them. Hosts are not kept.
 */

#include "libfedpol/render/nft.h"

typedef struct fp_net_change {
    fp_cidr net;
    bool added;
} fp_net_change;

typedef struct fp_service_change {
    fp_port_member member;
    bool added;
} fp_service_change;

typedef struct fp_tracked {
    bool used;  /* the id stands for a set */
    bool fresh; /* since the last text: all members are to be written */
    bool dirty;
    bool prepared;    /* next_wide is valid */
    fp_cidr_vec wide; /* as of the last text */
    fp_cidr_vec next_wide;
    FP_VEC(fp_net_change) nets; /* since; prepare() leaves the sum of each, in order */
    FP_VEC(fp_service_change) services;
} fp_tracked;

typedef struct fp_tracker {
    FP_VEC(fp_tracked) items; /* by set id */
    fp_u32_vec dirty;
    bool structural; /* sets came or went */
} fp_tracker;

void fp_tracker_done(fp_tracker *tracker);
/* All sets of the view as they are now, nothing pending; TRACKER is empty. */
int fp_tracker_fill(fp_tracker *tracker, const fp_view *view);
/* Takes note of one set's change. After FEDPOL_E_NOMEM nothing pending is reliable. */
int fp_tracker_note(fp_tracker *tracker, const fp_set_delta *delta);
/*
 * Sums the changes up and finds the prefixes that each set will have. *RET_STRUCTURAL: sets came or
 * went, or prefixes became members of a set that had none, or the other way round. May be repeated.
 */
int fp_tracker_prepare(fp_tracker *tracker, const fp_view *view, bool *ret_structural);
/* By set id: families of which prefixes are (or after prepare(): will be) members. */
int fp_tracker_masks(const fp_tracker *tracker, uint8_t **ret, size_t *ret_n);
/* A text with everything pending was given. */
void fp_tracker_commit(fp_tracker *tracker);

/* `delete element` and `add element` for the kernel's set NAME: PART and FAMILY of TRACKED. */
int fp_tracked_put_changes(const fp_nft *nft, const fp_tracked *tracked, fp_str name,
                           fp_ir_part part, unsigned family);

#endif
