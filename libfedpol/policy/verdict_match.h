/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_POLICY_VERDICT_MATCH_H
#define FP_POLICY_VERDICT_MATCH_H

/*
 * Does one rule match one flow? In three values: what nobody can know yet (a cluster whose first
 * list is not complete may own the address; a port that the flow does not state) is UNKNOWN, and
 * only what depends on it becomes so.
 */

#include "libfedpol/policy/verdict.h"

typedef enum fp_tri {
    FP_TRI_NO = 0,
    FP_TRI_UNKNOWN = 1,
    FP_TRI_YES = 2,
} fp_tri;

static inline fp_tri fp_tri_and(fp_tri a, fp_tri b)
{
    return a < b ? a : b;
}

static inline fp_tri fp_tri_or(fp_tri a, fp_tri b)
{
    return a > b ? a : b;
}

static inline fp_tri fp_tri_not(fp_tri a)
{
    return (fp_tri)(FP_TRI_YES - a);
}

/* What one evaluation needs to know, gathered once. */
typedef struct fp_match_context {
    fp_federation *federation;
    const fp_flow *flow;
    const fp_world_options *options;
    bool local_complete;      /* the local cluster's first list is complete */
    bool all_complete;        /* every cluster's is */
    fp_u32_vec source_owners; /* effective ones */
    fp_u32_vec destination_owners;
} fp_match_context;

/* Owners are looked up; 0 or FEDPOL_E_NOMEM. Ends with fp_match_context_done() in both cases. */
int fp_match_context_init(fp_match_context *context, fp_world *world, const fp_flow *flow);
void fp_match_context_done(fp_match_context *context);

/* *RET_WHY is the first criterion that kept the rule from matching, for the trace. */
fp_tri fp_rule_match(const fp_match_context *context, const fp_rule *rule, const char **ret_why);

#endif
