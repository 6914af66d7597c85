/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_POLICY_VERDICT_H
#define FP_POLICY_VERDICT_H

/*
 * May this flow pass, and which rule says so: docs/policy.md evaluated in user space over the
 * policies themselves, not over sets or rendered rules, so that it is an oracle for both. Three
 * values: what depends on a cluster that is not in sync, or on a port that the flow does not state,
 * is undecidable.
 */

#include "libfedpol/policy/world.h"

typedef enum fp_verdict_value {
    FP_VERDICT_NONE = 0, /* this node does not enforce that end */
    FP_VERDICT_ALLOW,
    FP_VERDICT_DENY,
    FP_VERDICT_UNDECIDABLE,
} fp_verdict_value;

typedef enum fp_verdict_reason {
    FP_REASON_RULE = 1,
    FP_REASON_END_OF_TIER,
    FP_REASON_PROFILE,
    FP_REASON_NO_PROFILE,
    FP_REASON_NOT_UNDERSTOOD,
    FP_REASON_UNSYNCED,
} fp_verdict_reason;

typedef struct fp_flow {
    fp_ip source;
    fp_ip destination;
    /* FP_NO_ID: the address decides. Given: that endpoint is meant even if others own the address,
       for whose policies apply; identities of peers are always by address. */
    fp_endpoint_id source_endpoint;
    fp_endpoint_id destination_endpoint;
    uint8_t protocol;
    int32_t source_port; /* -1: not stated */
    int32_t destination_port;
    int32_t icmp_type;
    int32_t icmp_code;
} fp_flow;

typedef struct fp_direction_verdict {
    fp_verdict_value value;
    fp_verdict_reason reason;
    fp_str tier;         /* empty where a profile or nothing decided */
    char *policy;        /* "NetworkPolicy/shop/a", "Profile//kns.shop"; NULL: none */
    int64_t rule;        /* -1: none */
    fp_str peer_cluster; /* empty: no owner */
    int64_t age_ms;      /* -1: none */
    char **trace;        /* one line a step */
    size_t n_trace;
} fp_direction_verdict;

typedef struct fp_verdict {
    fp_verdict_value value; /* NONE if neither end is enforced here */
    fp_flow flow;
    fp_direction_verdict egress;  /* by the source's policies */
    fp_direction_verdict ingress; /* by the destination's */
} fp_verdict;

/* After a commit. 0, FEDPOL_E_INVALID (families differ), FEDPOL_E_NOMEM. */
int fp_verdict_evaluate(fp_world *world, const fp_flow *flow, int64_t now_ms, fp_verdict *ret);
void fp_verdict_done(fp_verdict *verdict);
const char *fp_verdict_value_name(fp_verdict_value value);
const char *fp_verdict_reason_name(fp_verdict_reason reason);

#endif
