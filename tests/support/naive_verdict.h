/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAIVE_VERDICT_H
#define NAIVE_VERDICT_H

/*
 * A small random mesh as plain data, its objects, and a second opinion on its verdicts: two values,
 * everything in sync and stated, written straight from docs/policy.md with no regard for speed and
 * without one line of the library's.
 */

#include "libfedpol/policy/verdict.h"
#include "tests/support/fp_test.h"
#include "tests/support/fp_world_test.h"

#define NV_CLUSTERS 3u /* east, west, north */
#define NV_SPACES 2u   /* n1, n2 */
#define NV_ENDPOINTS 14u
#define NV_POLICIES 6u
#define NV_RULES 3u
#define NV_NETS 11u
#define NV_ADDRESSES 5u /* of each family */

typedef enum nv_op {
    NV_ALL,
    NV_EQ,
    NV_NE,
    NV_HAS,
    NV_LACKS,
    NV_IN, /* {'x', 'y'} */
    NV_NOT_IN,
    NV_OPS,
} nv_op;

/* Labels: 0 "a", 1 "b", of which value 1 is 'x' and 2 is 'y'; 2 "cluster". 0: absent. */
typedef struct nv_selector {
    bool is;
    bool either; /* terms are ORed */
    unsigned n;
    struct {
        nv_op op;
        unsigned label;
        unsigned value;
    } terms[2];
} nv_selector;

/* What a namespaceSelector may be: on the label "t" of a namespace. */
typedef enum nv_spaces {
    NV_SPACES_NONE,
    NV_SPACES_X, /* t == 'x' */
    NV_SPACES_ALL,
    NV_SPACES_GLOBAL,
    NV_SPACES_LACK, /* !has(t) */
    NV_SPACES_FORMS,
} nv_spaces;

typedef enum nv_kind {
    NV_POD,
    NV_HOST,
    NV_SET,        /* GlobalNetworkSet */
    NV_SPACED_SET, /* NetworkSet */
} nv_kind;

typedef struct nv_endpoint {
    nv_kind kind;
    unsigned cluster;
    unsigned space; /* of pods and NetworkSets */
    unsigned node;  /* 1 or 2 */
    unsigned labels[2];
    unsigned nets;  /* mask: of addresses, v4 then v6; of nets for sets */
    unsigned ports; /* mask */
} nv_endpoint;

typedef struct nv_ports {
    bool is;
    unsigned ranges; /* mask */
    unsigned names;  /* mask: "http", "dns" */
} nv_ports;

typedef struct nv_entity {
    unsigned nets; /* masks; 0: not written */
    unsigned not_nets;
    nv_selector selector;
    nv_selector not_selector;
    nv_spaces spaces;
    nv_ports ports;
    nv_ports not_ports;
} nv_entity;

typedef struct nv_icmp {
    bool is;
    unsigned type;
    int code; /* -1: not written */
} nv_icmp;

typedef struct nv_rule {
    fp_action action;
    bool void_rule; /* has a key that nobody knows */
    unsigned version;
    unsigned protocol;
    unsigned not_protocol;
    nv_icmp icmp;
    nv_icmp not_icmp;
    nv_entity source;
    nv_entity destination;
} nv_rule;

typedef struct nv_policy {
    unsigned space; /* NV_SPACES: global */
    unsigned name;
    unsigned tier;
    int order; /* -1: none */
    unsigned types;
    nv_selector subject;
    nv_rule rules[2][NV_RULES]; /* ingress, egress */
    unsigned n_rules[2];
} nv_policy;

/* "first", "second", "default", "ghost". */
typedef struct nv_tier {
    bool exists;
    int order; /* -1: none */
    bool passes;
} nv_tier;

typedef struct nv_world {
    bool on_node; /* only n1 is enforced */
    bool cluster_label;
    bool local_scope;
    bool united;
    bool ignore_void;
    struct {
        bool is;
        unsigned t;
    } spaces[NV_CLUSTERS][NV_SPACES];
    nv_endpoint endpoints[NV_ENDPOINTS];
    unsigned n_endpoints;
    nv_policy policies[NV_POLICIES];
    unsigned n_policies;
    nv_tier tiers[4];
} nv_world;

void nv_world_random(fp_rng *rng, nv_world *ret);
void nv_world_options(const nv_world *world, fp_world_options *ret);
/* Everything but the endpoints; then one endpoint. No commit. */
void nv_apply_frame(const nv_world *world, const fp_test_mesh *mesh);
void nv_apply_endpoint(const nv_world *world, const fp_test_mesh *mesh, unsigned i);
/* Everything is stated. */
fp_flow nv_flow_random(fp_rng *rng);

/* "none", or "VALUE REASON[ in TIER][ by POLICY][ #RULE]". Freed with fp_free(). */
char *nv_evaluate(const nv_world *world, const fp_flow *flow, bool ingress);

/* The pools behind the masks. */
extern const char *const nv_clusters[NV_CLUSTERS];
extern const char *const nv_space_names[NV_SPACES];
extern const char *const nv_tier_names[4];
extern const char *const nv_addresses[2 * NV_ADDRESSES];
extern const char *const nv_nets[NV_NETS];
extern const char *const nv_port_names[2];
extern const fp_port_range nv_ranges[3];
typedef struct nv_port {
    unsigned name;
    uint8_t protocol;
    uint16_t port;
} nv_port;
extern const nv_port nv_port_pool[4];
void nv_policy_name(fp_buf *buf, const nv_policy *policy);

#endif
