/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_RENDER_BUILD_H
#define FP_RENDER_BUILD_H

/*
 * From policies to the intermediate form. The layout, for each direction (`in`: to a workload,
 * `out`: from it):
 *
 *     base chain ─ dispatch map ─▶ endpoint ─ goto ─▶ list ─ jump ─▶ tier ─ jump ─▶ policy
 *                                                        └── jump ─▶ profile
 *
 * A list's chain is shared by all endpoints with the same policies, a tier's by all lists in which
 * it is the same, a policy's by all tiers. Allow is `accept`, which in nft ends one base chain:
 * egress and ingress of a forwarded packet have a base chain each, so that both must accept. Pass
 * must leave the tier, and nft has no way to return twice: a policy that passes has no chain, its
 * rules stand in that of the tier, and Pass is `return`. No packet mark is used anywhere.
 */

#include "libfedpol/render/ir.h"
#include "libfedpol/render/render.h"
#include "libfedpol/render/view.h"

typedef enum fp_direction {
    FP_DIRECTION_IN = 0, /* ingress */
    FP_DIRECTION_OUT,    /* egress */
} fp_direction;

enum {
    FP_FAMILY_4 = 1,
    FP_FAMILY_6 = 2,
};

static inline unsigned fp_family_bit(unsigned family)
{
    return family == 6 ? FP_FAMILY_6 : FP_FAMILY_4;
}

typedef FP_VEC(fp_ir_term) fp_term_vec;

/* The kernel's sets of one address set; NULL where there is none. */
typedef struct fp_member_sets {
    const fp_ir_set *parts[2][3]; /* by family (4, 6) and fp_ir_part */
} fp_member_sets;

typedef enum fp_policy_form {
    FP_FORM_EMPTY = 0, /* no rule for the kernel */
    FP_FORM_CHAIN,
    FP_FORM_INLINE, /* it passes: its rules stand in the tier's chain */
} fp_policy_form;

typedef struct fp_policy_chain {
    fp_str name;
    uint8_t form;
} fp_policy_chain;

typedef struct fp_built_policy {
    fp_str id; /* "NetworkPolicy/shop/a" */
    fp_policy_chain chains[2];
} fp_built_policy;

typedef struct fp_built_list {
    fp_str chains[2]; /* empty: not built yet */
} fp_built_list;

typedef struct fp_build {
    fp_ir *ir;
    const fp_view *view;
    const fp_render_options *options;
    const uint8_t *wide; /* by set id: families of which a prefix is a member */
    size_t n_wide;
    unsigned families; /* rendered ones of which an enforced endpoint has an address */
    const fp_ir_set *ct_states;
    FP_VEC(fp_member_sets) sets;      /* by set id */
    FP_VEC(fp_built_policy) policies; /* by policy id */
    FP_VEC(fp_built_list) lists;      /* by list id */
    FP_VEC(fp_str) chain_names;       /* of tiers and lists */
    fp_index chain_index;
    fp_term_vec terms; /* of the rule that is being built */
} fp_build;

/*
 * Builds everything into IR, which is empty. WIDE says for which set ids prefixes are members
 * (bit FP_FAMILY_4, FP_FAMILY_6). 0, FEDPOL_E_NOMEM; FEDPOL_E_INTERNAL if the view contradicts
 * itself.
 */
int fp_build_all(fp_ir *ir, const fp_view *view, const fp_render_options *options,
                 const uint8_t *wide, size_t n_wide);

/* The parts, in files of their own. A failure sticks in build->ir->error. */
void fp_build_fail(fp_build *build, int code);
void fp_build_sets(fp_build *build);
void fp_build_policies(fp_build *build);
void fp_build_dispatch(fp_build *build, const fp_u32_vec *endpoints);
/* The chain that decides about endpoints of LIST, built when first asked for. Not while a chain is
   open. */
fp_str fp_build_list(fp_build *build, const fp_policy_list *list, fp_direction direction);

typedef struct fp_rule_context {
    fp_str policy; /* id, for comments */
    fp_direction direction;
} fp_rule_context;

/* Adds the kernel's rules of one policy rule to the open chain. */
void fp_build_rule(fp_build *build, const fp_active_rule *active, const fp_rule_context *context);
void fp_build_rules(fp_build *build, const fp_active_policy *policy, fp_str id,
                    fp_direction direction);
/* Deny, as the options say. */
fp_ir_verdict fp_build_deny(const fp_build *build);
/* What a set for FAMILY's address set SET_ID is called; the same at all times. */
void fp_build_set_name(fp_buf *buf, const fp_set *set, fp_ir_part part, unsigned family);

#endif
