/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_MODEL_OBJECT_H
#define FP_MODEL_OBJECT_H

/*
 * What one object of a cluster becomes: an endpoint, a profile (labels that others inherit), a
 * policy, a tier, a node, a service, back ends of one, or nothing. Text and arrays live in the
 * caller's arena and are valid until it is reset; policies are reference-counted (the caller owns
 * one reference).
 */

#include "libfedpol/model/diag.h"
#include "libfedpol/model/policy.h"
#include "libfedpol/model/service.h"
#include "libfedpol/net/proto.h"
#include "libfedpol/wire/value.h"

typedef enum fp_endpoint_type {
    FP_ENDPOINT_WORKLOAD = 1,
    FP_ENDPOINT_HOST,
    FP_ENDPOINT_NETWORK_SET, /* a peer only, never policed */
} fp_endpoint_type;

typedef struct fp_endpoint_port {
    fp_str name;
    uint8_t protocol;
    uint16_t port;
} fp_endpoint_port;

typedef struct fp_endpoint_desc {
    fp_endpoint_type type;
    fp_str node;
    fp_str interface_name;  /* of the object; empty for a Pod (derived from its name later) */
    const fp_label *labels; /* own and automatic, sorted by name, unique, spoofs stripped */
    size_t n_labels;
    const fp_str *profiles; /* "kns.shop", "ksa.shop.web" in order; not yet scoped by cluster */
    size_t n_profiles;
    const fp_cidr *nets; /* workload and host: /32, /128; sorted, unique */
    size_t n_nets;
    const fp_endpoint_port *ports; /* named ones; sorted by name, protocol, port; unique */
    size_t n_ports;
} fp_endpoint_desc;

typedef struct fp_profile_desc {
    fp_str profile;         /* "kns.shop" */
    const fp_label *labels; /* already with pcns./pcsa.; sorted by name, unique */
    size_t n_labels;
    /* Rules, or NULL for "no rules" (service accounts). A Namespace gives allow-all both ways. */
    fp_policy *rules;
} fp_profile_desc;

typedef struct fp_tier_desc {
    fp_str name;
    double order;             /* HUGE_VAL: none */
    fp_action default_action; /* FP_ACTION_DENY or FP_ACTION_PASS */
} fp_tier_desc;

typedef struct fp_node_desc {
    fp_str name;
    const fp_ip *addresses; /* InternalIP, ExternalIP; sorted, unique */
    size_t n_addresses;
    const fp_cidr *pod_cidrs; /* spec.podCIDRs: for address dispatch */
    size_t n_pod_cidrs;
} fp_node_desc;

typedef enum fp_object_class {
    FP_OBJECT_NOTHING, /* valid, but takes no part: hostNetwork pod, unscheduled pod, admin policy
                        */
    FP_OBJECT_ENDPOINT,
    FP_OBJECT_PROFILE,
    FP_OBJECT_POLICY,
    FP_OBJECT_TIER,
    FP_OBJECT_NODE,
    FP_OBJECT_SERVICE,
    FP_OBJECT_BACKENDS,
} fp_object_class;

typedef struct fp_object {
    fp_kind kind;
    fp_str ns;
    fp_str name; /* of a WorkloadEndpoint with a pod: the pod's, so that Pod can beat it */
    fp_object_class cls;
    fp_endpoint_desc endpoint;
    fp_profile_desc profile;
    fp_tier_desc tier;
    fp_node_desc node;
    fp_service_desc service;
    fp_backends_desc backends;
    fp_policy *policy; /* one reference, the caller's */
} fp_object;

typedef struct fp_model_options {
    bool remote;              /* profile rules are dropped; special addresses refused */
    uint32_t max_labels;      /* of one object; 0: the default, 1,000 */
    uint32_t max_label_bytes; /* of one name or value; 0: the default, 1,024 */
    uint32_t max_rules;       /* of one policy and direction; 0: the default, 1,024 */
    uint32_t max_list;        /* nets, ports, names in one list; 0: the default, 100,000 */
} fp_model_options;

/*
 * Reads metadata and identity only: what DELETED events and `bad` reports need.
 * FEDPOL_E_BAD_OBJECT if there is no usable name.
 */
int fp_object_identify(fp_kind kind, const fp_value *value, fp_arena *arena, fp_object *ret);

/*
 * Decodes, validates and converts one object of a kind that is not UNKNOWN. 0: *RET is filled,
 * DIAGS says what was odd in parts of it. FEDPOL_E_BAD_OBJECT: the object as a whole is refused,
 * *RET has its identity if it was readable (name.len > 0), DIAGS says why. FEDPOL_E_NOMEM.
 * Release with fp_object_done().
 */
int fp_object_decode(fp_kind kind, const fp_value *value, const fp_model_options *options,
                     fp_arena *arena, fp_diags *diags, fp_object *ret);
void fp_object_done(fp_object *object);

/* "cali" (or PREFIX) and 11 hex digits of SHA-1 over "<ns>.<pod>", as Calico names them. */
#define FP_INTERFACE_NAME_MAX 15u
void fp_interface_name(fp_str prefix, fp_str ns, fp_str pod, char ret[FP_INTERFACE_NAME_MAX + 1]);

/* About how many bytes what is kept of an object takes, if it shared nothing with others. */
uint64_t fp_object_weight(const fp_object *object);

#endif
