/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_MODEL_POLICY_DRAFT_H
#define FP_MODEL_POLICY_DRAFT_H

/*
 * A policy under construction: text and arrays anywhere (the decoder's arena, borrowed), selectors
 * owned by the draft. Sealing copies all of it into one block of exactly the size that is needed.
 */

#include "libfedpol/base/vec.h"
#include "libfedpol/model/policy.h"

typedef FP_VEC(fp_rule) fp_rule_vec;

typedef struct fp_policy_draft {
    fp_policy head; /* its rules and refs are not used */
    fp_rule_vec ingress;
    fp_rule_vec egress;
} fp_policy_draft;

void fp_policy_draft_done(fp_policy_draft *draft);
/* Drops what RULE matches on, selectors included. Its action, index and flag stay. */
void fp_rule_clear(fp_rule *rule);
/* Appends RULE and takes its selectors, also on failure. */
int fp_rule_vec_push(fp_rule_vec *rules, fp_rule *rule);
/* On success the draft is empty and *RET has one reference; on FEDPOL_E_NOMEM it is unchanged. */
int fp_policy_seal(fp_policy_draft *draft, fp_policy **ret);

#endif
