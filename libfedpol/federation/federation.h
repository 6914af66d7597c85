/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_FEDERATION_FEDERATION_H
#define FP_FEDERATION_FEDERATION_H

/*
 * Who everybody is: the endpoints of all clusters with their classes, addresses and named ports,
 * who owns an address, and what changed since the last commit.
 *
 * Address ownership: an address may have several owners. All of them count, but a remote endpoint
 * does not count where a local endpoint (workload or host) has the address, unless the option
 * `union_identity` is set. Network sets are owners of prefixes and always count. Owners that count
 * are *effective*; only they make members of sets and answers of lookups.
 *
 * Members of a set are not stored: they follow from selector → classes → endpoints → addresses.
 * That makes removal of one of several owners exact without counting.
 */

#include "libfedpol/cluster/cluster.h"
#include "libfedpol/federation/label_index.h"

typedef struct fp_federation fp_federation;
typedef uint32_t fp_endpoint_id; /* dense, re-used after removal and forget */

typedef struct fp_federation_options {
    fp_str node;          /* endpoints of this node are enforced; empty: every local one is */
    fp_str cluster_label; /* synthetic label with the cluster's name; empty: off */
    bool union_identity;
} fp_federation_options;

int fp_federation_new(const fp_hash_key *key, fp_federation **ret);
fp_federation *fp_federation_free(fp_federation *federation);
/* Before the first endpoint; copied. FEDPOL_E_STATE later. */
int fp_federation_set_options(fp_federation *federation, const fp_federation_options *options);
fp_label_index *fp_federation_labels(fp_federation *federation);

/*
 * Adds or changes an endpoint (ID: FP_NO_ID or the one to change, of the same cluster and type).
 * The desc is copied. Labels: the cluster label is set or, when the feature is on, forged ones
 * replaced. Returns 0, FEDPOL_E_NOMEM (nothing changed).
 *
 * The cluster must have a record of (kind, ns, name), else FEDPOL_E_INVALID, and must keep it until
 * the endpoint is removed: names are stored there and nowhere else. The record's class and payload
 * are set here, to FP_OBJECT_ENDPOINT and the endpoint's id.
 */
int fp_federation_put(fp_federation *federation, fp_cluster *cluster, fp_kind kind, fp_str ns,
                      fp_str name, const fp_endpoint_desc *desc, fp_endpoint_id id,
                      fp_endpoint_id *ret);
/* The same for a caller that has the record's id at hand. */
int fp_federation_put_record(fp_federation *federation, fp_cluster *cluster, fp_record_id record,
                             const fp_endpoint_desc *desc, fp_endpoint_id id, fp_endpoint_id *ret);
/* Before its record is dropped and before its cluster is freed. Cannot fail. */
void fp_federation_remove(fp_federation *federation, fp_endpoint_id id);

typedef struct fp_endpoint_view {
    fp_endpoint_type type;
    fp_kind kind;
    fp_cluster *cluster;
    fp_str ns;
    fp_str name;
    fp_str node;
    fp_str interface_name;
    fp_class_id class_id;
    bool enforced;  /* policies are rendered for it on this node */
    bool contested; /* some address of it has another owner */
    size_t n_nets;
    size_t n_ports;
} fp_endpoint_view;

/* False if no endpoint has that id. */
bool fp_federation_get(const fp_federation *federation, fp_endpoint_id id, fp_endpoint_view *ret);
fp_cidr fp_federation_net(const fp_federation *federation, fp_endpoint_id id, size_t i);
fp_endpoint_port fp_federation_port(const fp_federation *federation, fp_endpoint_id id, size_t i);
fp_endpoint_id fp_federation_find(const fp_federation *federation, const fp_cluster *cluster,
                                  fp_endpoint_type type, fp_str ns, fp_str name);
size_t fp_federation_count(const fp_federation *federation);
size_t fp_federation_cluster_count(const fp_federation *federation, const fp_cluster *cluster);
/* Endpoint ids of a class, unordered; borrowed until the next change. */
const fp_endpoint_id *fp_federation_class_endpoints(const fp_federation *federation,
                                                    fp_class_id class_id, size_t *ret_n);
/* Enforced endpoints in the order (type, ns, name). */
int fp_federation_enforced(const fp_federation *federation, fp_u32_vec *ret_ids);
/* Every endpoint in the order (cluster name, type, ns, name). */
int fp_federation_all(const fp_federation *federation, fp_u32_vec *ret_ids);

/* Whether ID counts as an owner of its i-th prefix (see above). O(1) unless contested. */
bool fp_federation_is_effective(const fp_federation *federation, fp_endpoint_id id, size_t i);
/* Owners of IP, network sets whose prefix covers it included; EFFECTIVE_ONLY as above. Sorted by
   (cluster name, type, ns, name). Appended. */
int fp_federation_owners(const fp_federation *federation, const fp_ip *ip, bool effective_only,
                         fp_u32_vec *ret_ids);

/* A registered or free selector over all endpoints: ids in the order of fp_federation_all(). */
int fp_federation_select(fp_federation *federation, const fp_selector *selector,
                         fp_u32_vec *ret_ids);

/* Appends the members that a selector's classes give: sorted by fp_cidr_cmp, unique, effective. */
typedef FP_VEC(fp_cidr) fp_cidr_vec;
int fp_federation_members(const fp_federation *federation, const fp_idset *classes,
                          fp_cidr_vec *ret);
typedef struct fp_port_member {
    fp_ip ip;
    uint8_t protocol;
    uint16_t port;
} fp_port_member;
typedef FP_VEC(fp_port_member) fp_port_member_vec;
/* The same for a named port; PROTOCOL 0: whatever protocol the endpoint declares. Sorted by ip,
   protocol, port; unique. Endpoints with prefixes that are no hosts have no ports. */
int fp_federation_port_members(const fp_federation *federation, const fp_idset *classes,
                               uint8_t protocol, fp_str port, fp_port_member_vec *ret);
int fp_port_member_cmp(const fp_port_member *a, const fp_port_member *b);

/*
 * Changes since the last forget. An endpoint that was put, changed or removed is *touched*, once,
 * with what it was before (old class kept alive until forget). Equal puts touch nothing.
 */
typedef struct fp_endpoint_change {
    fp_endpoint_id id;
    bool was; /* it existed at the last forget; the old_* below are valid */
    bool is;  /* it exists now */
    bool was_enforced;
    fp_class_id old_class;
    const fp_cidr *old_nets;
    size_t n_old_nets;
    const fp_endpoint_port *old_ports;
    size_t n_old_ports;
} fp_endpoint_change;

/*
 * Walks the touched endpoints, each once, in no particular order; nothing is allocated, so it can't
 * fail. CURSOR starts as 0. False: no more. The old_* arrays are valid until the next call.
 *
 *     uint64_t cursor = 0;
 *     fp_endpoint_change change;
 *     while (fp_federation_next_change(federation, &cursor, &change))
 */
bool fp_federation_next_change(fp_federation *federation, uint64_t *cursor,
                               fp_endpoint_change *ret);
bool fp_federation_has_changes(const fp_federation *federation);

/*
 * Membership now and at the last forget of every (selector, member) that may differ, for selectors
 * that are registered now: calls FN once for each difference, in the order (match id, member).
 * Covers touched endpoints, class transitions and ownership that shifted with them. Selectors that
 * were registered after the last forget are skipped (their set is new: list its members instead);
 * the caller passes their ids, ascending, in NEW_MATCHES. Call after fp_label_index_flush().
 */
typedef struct fp_member_change {
    fp_match_id match_id;
    fp_cidr net;
    bool added;
} fp_member_change;
typedef FP_VEC(fp_member_change) fp_member_change_vec;
int fp_federation_member_changes(fp_federation *federation, const fp_match_id *new_matches,
                                 size_t n_new, fp_member_change_vec *ret);
/* The same for named-port sets: one query says which sets exist. */
typedef struct fp_port_query {
    fp_match_id match_id;
    uint8_t protocol; /* 0: any */
    fp_str port;
    uint32_t tag; /* the caller's; returned */
} fp_port_query;
typedef struct fp_port_change {
    uint32_t tag;
    fp_port_member member;
    bool added;
} fp_port_change;
typedef FP_VEC(fp_port_change) fp_port_change_vec;
/* QUERIES without the new ones; sorted by tag in the result, then member. */
int fp_federation_port_changes(fp_federation *federation, const fp_port_query *queries, size_t n,
                               fp_port_change_vec *ret);

/* Ends the commit: old classes are let go, ids of removed endpoints may be re-used. */
void fp_federation_forget(fp_federation *federation);
/* Sets the FEDERATION diagnostics (duplicate, claimed addresses) of clusters that are concerned. */
int fp_federation_update_diags(fp_federation *federation);
size_t fp_federation_memory(const fp_federation *federation);

#endif
