/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_POLICY_CALC_H
#define FP_POLICY_CALC_H

/*
 * What the local policies say about the endpoints: which policies are active on this node, in
 * which order they apply to each enforced endpoint, which address sets their rules need, and the
 * minimal difference since the last commit. Reading is by const pointers that stay valid until the
 * next fp_world_* call that changes something.
 *
 * Identity of things is by dense ids that are re-used only after the delta that removes them was
 * taken. Order of everything visible is defined here and never depends on ids.
 */

#include "libfedpol/federation/federation.h"

typedef enum fp_set_type {
    FP_SET_NET = 1, /* addresses and prefixes */
    FP_SET_IP_PORT, /* address, protocol, port */
} fp_set_type;

typedef enum fp_set_use {
    FP_USE_ALLOW = 1,
    FP_USE_DENY, /* of Deny rules; and negative matches of Allow and Pass rules */
} fp_set_use;

/* One address set; equal (type, use, domain, protocol, port, selector) in any rule is one set. */
typedef struct fp_set {
    uint32_t id;
    uint32_t refs; /* rules that use it, and deltas that name it */
    fp_set_type type;
    fp_set_use use;
    fp_domain domain;
    uint8_t protocol; /* IP_PORT: 0 means any */
    fp_str port;      /* IP_PORT: the name */
    fp_selector *selector;
    fp_match_id match_id;
    char uid[FP_SELECTOR_UID_LEN + 1]; /* of the selector */
} fp_set;

/* How a rule takes part; docs/policy.md says what is done with one that is not understood. */
typedef enum fp_rule_mode {
    FP_RULE_NORMAL = 1,
    FP_RULE_NEVER,    /* matches nothing; stands only for its index */
    FP_RULE_DENY_ALL, /* matches everything and denies */
} fp_rule_mode;

#define FP_NO_SET UINT32_MAX

/* The sets of one side of a rule (docs/internals/policy.md). All set ids. */
typedef struct fp_entity_sets {
    uint32_t selector;     /* FP_NO_SET: no plain match (none, or implied by named ports) */
    uint32_t not_selector; /* FP_NO_SET: none */
    const uint32_t *ports; /* named ports: ORed with each other and with the numeric ranges */
    size_t n_ports;
    const uint32_t *not_ports; /* none of them may match */
    size_t n_not_ports;
} fp_entity_sets;

typedef struct fp_active_rule {
    const fp_rule *rule;
    fp_rule_mode mode;
    fp_entity_sets source;
    fp_entity_sets destination;
} fp_active_rule;

/* A policy with at least one enforced endpoint, or a profile that one uses. */
typedef struct fp_active_policy {
    uint32_t id;
    bool is_profile;
    bool missing;                  /* profile: does not exist; a deny-all stands at its place */
    fp_str profile;                /* profile: its name */
    fp_policy *policy;             /* NULL for a profile without rules or a missing one */
    const fp_active_rule *ingress; /* empty if the direction is not in the policy's types */
    size_t n_ingress;
    const fp_active_rule *egress;
    size_t n_egress;
    uint64_t revision; /* changes when anything above changes */
} fp_active_policy;

/* One tier as it applies to one list of policies: only non-staged ones, in order. */
typedef struct fp_tier_list {
    fp_str tier;
    fp_action default_action; /* FP_ACTION_DENY or FP_ACTION_PASS */
    bool exists;              /* false: no Tier object; ends in deny */
    const uint32_t *ingress;  /* active policy ids whose types include the direction */
    size_t n_ingress;
    const uint32_t *egress;
    size_t n_egress;
} fp_tier_list;

/* What applies to endpoints of one class; shared by all of them. Tiers without policy in a
   direction do nothing in that direction. */
typedef struct fp_policy_list {
    uint32_t id;
    const fp_tier_list *tiers;
    size_t n_tiers;
    const uint32_t *profiles; /* active policy ids, in order */
    size_t n_profiles;
} fp_policy_list;

typedef struct fp_calc fp_calc;

fp_federation *fp_calc_federation(const fp_calc *calc);
/* By id; NULL if there is none. */
const fp_set *fp_calc_set(const fp_calc *calc, uint32_t id);
const fp_active_policy *fp_calc_policy(const fp_calc *calc, uint32_t id);
/* The list of an enforced endpoint; NULL if it is not enforced. */
const fp_policy_list *fp_calc_list(const fp_calc *calc, fp_endpoint_id endpoint);
/* Ids in visible order: sets by (canonical selector, type, use, domain, protocol, port); policies
   by (profile last, kind name, ns, name). Appended. */
int fp_calc_sets(const fp_calc *calc, fp_u32_vec *ret_ids);
int fp_calc_policies(const fp_calc *calc, fp_u32_vec *ret_ids);

/* Members, sorted, unique, both families. NET sets fill RET_NETS, IP_PORT sets RET_PORTS. */
int fp_calc_set_members(const fp_calc *calc, const fp_set *set, fp_cidr_vec *ret_nets,
                        fp_port_member_vec *ret_ports);

/* The minimal difference between two commits. Owns references to the sets and policies it names. */
typedef struct fp_set_delta {
    const fp_set *set;
    bool is_new;  /* `added` has all members */
    bool is_gone; /* `removed` is empty */
    const fp_cidr *added;
    size_t n_added;
    const fp_cidr *removed;
    size_t n_removed;
    const fp_port_member *added_ports;
    size_t n_added_ports;
    const fp_port_member *removed_ports;
    size_t n_removed_ports;
} fp_set_delta;

typedef enum fp_change_kind {
    FP_CHANGE_NEW = 1,
    FP_CHANGE_CHANGED,
    FP_CHANGE_GONE,
} fp_change_kind;

typedef struct fp_policy_delta {
    uint32_t id;
    fp_change_kind change;
    fp_str name; /* "NetworkPolicy/shop/a" or "Profile//kns.shop" */
} fp_policy_delta;

/* An enforced endpoint whose policies, addresses or interface changed. */
typedef struct fp_endpoint_delta {
    fp_endpoint_id id;
    fp_change_kind change;
    fp_str ns;
    fp_str name;
} fp_endpoint_delta;

typedef struct fp_delta {
    uint32_t refs;
    const fp_set_delta *sets; /* in the order of fp_calc_sets() */
    size_t n_sets;
    const fp_policy_delta *policies; /* by name */
    size_t n_policies;
    const fp_endpoint_delta *endpoints; /* by (ns, name) */
    size_t n_endpoints;
    const fp_ip *departed; /* addresses that no enforced endpoint has any more: flush their
                              connections; sorted */
    size_t n_departed;
    fp_arena memory;
} fp_delta;

fp_delta *fp_delta_ref(fp_delta *delta);
fp_delta *fp_delta_unref(fp_delta *delta);
bool fp_delta_is_empty(const fp_delta *delta);

#endif
