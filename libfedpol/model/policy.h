/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_MODEL_POLICY_H
#define FP_MODEL_POLICY_H

/*
 * A policy as libfedpol understands it, from whichever kind it came: Calico's two, the Kubernetes
 * one (converted), or the rules of a Profile. Immutable and reference-counted; it is one block
 * with everything that it points to, but for its selectors.
 *
 * Selectors are final: namespace scope, `pcns.`/`pcsa.` prefixes and folding of the negative
 * selector have been done (docs/selectors.md), so the calculation only matches them against
 * effective labels.
 */

#include "libfedpol/base/buf.h"
#include "libfedpol/model/kind.h"
#include "libfedpol/net/ip.h"
#include "libfedpol/net/ports.h"
#include "libfedpol/selector/selector.h"

typedef enum fp_action {
    FP_ACTION_ALLOW = 1,
    FP_ACTION_DENY,
    FP_ACTION_PASS,
    FP_ACTION_LOG,
} fp_action;

enum {
    FP_TYPE_INGRESS = 1,
    FP_TYPE_EGRESS = 2,
};

typedef struct fp_icmp_match {
    bool set;
    bool has_code;
    uint8_t type;
    uint8_t code;
} fp_icmp_match;

/* A list of ports: numeric ranges and names, ORed. `present` with both empty matches nothing. */
typedef struct fp_port_match {
    const fp_port_range *ranges; /* canonical */
    const fp_str *names;         /* sorted, unique */
    uint32_t n_names;
    uint16_t n_ranges; /* disjoint ones: 32,768 at most */
    bool present;
} fp_port_match;

/* A list of prefixes, both families mixed, sorted and unique. `present` with none for the packet's
   family matches nothing (positive), or excludes nothing (negative). */
typedef struct fp_net_match {
    const fp_cidr *nets;
    uint32_t n;
    bool present;
} fp_net_match;

/* One side of a rule. All that is present must hold. */
typedef struct fp_entity {
    fp_net_match nets;
    fp_net_match not_nets;
    fp_selector *selector;     /* NULL: none. The negative one is folded in: (P) && !(N) */
    fp_selector *not_selector; /* only where there is no positive one */
    fp_port_match ports;
    fp_port_match not_ports;
    /* The selector came with a user-written namespaceSelector or selector (not only from the
       namespace scope); kept for explanations. */
    bool selector_is_scope_only;
    bool is_service; /* the selector is has(FP_LABEL_SERVICE "NS/NAME"), over those alone */
} fp_entity;

/* What stands for a service that a rule names, and for all of its ports. */
#define FP_LABEL_SERVICE "service.projectcalico.org/"
#define FP_SERVICE_PORT "service"

typedef struct fp_rule {
    fp_action action;
    uint8_t ip_version;   /* 0 any, 4, 6; inferred from ICMP/ICMPv6 */
    uint8_t protocol;     /* 0 any */
    uint8_t not_protocol; /* 0 none */
    fp_icmp_match icmp;
    fp_icmp_match not_icmp;
    fp_entity source;
    fp_entity destination;
    uint32_t index; /* in the user's own list of this direction, from 0 */
    /* Not understood: matching criteria are void. Allow matches nothing; Deny and Pass match
       everything and deny; Log falls away. With the option "ignore", nothing
       matches at all. The calculation decides; the model only says so. */
    bool not_understood;
} fp_rule;

typedef struct fp_rules {
    const fp_rule *items;
    size_t n;
} fp_rules;

typedef struct fp_policy fp_policy;
struct fp_policy {
    fp_kind kind;
    fp_str ns; /* empty for cluster-wide */
    fp_str name;
    fp_str tier;  /* "default" if the object has none */
    double order; /* HUGE_VAL if it has none */
    /* Whom it applies to, among local endpoints; NULL: nobody (subject not understood). */
    fp_selector *subject;
    uint8_t types; /* FP_TYPE_*, defaulted: those that have rules, else ingress */
    bool staged;   /* never enforced, contributes nothing */
    bool do_not_track;
    bool pre_dnat;
    bool apply_on_forward;
    fp_rules ingress;
    fp_rules egress;
    uint32_t refs;
};

fp_policy *fp_policy_ref(fp_policy *policy);
fp_policy *fp_policy_unref(fp_policy *policy); /* NULL allowed; also drops its selectors */
/* The rules of a Namespace's profile and of `projectcalico-default-allow`: everything, both ways.
 */
int fp_policy_new_allow_all(fp_str profile, fp_policy **ret);
/* "NetworkPolicy/shop/a", "GlobalNetworkPolicy//a". */
void fp_policy_put_id(fp_buf *buf, const fp_policy *policy);

#endif
