/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_POLICY_WORLD_H
#define FP_POLICY_WORLD_H

/*
 * The whole core in one object: clusters, federation, calculation. Objects go in, a commit brings
 * everything up to date, a delta comes out. No I/O, no clock: times are arguments.
 */

#include "libfedpol/policy/calc.h"
#include "libfedpol/services/services.h"
#include "libfedpol/wire/object_stream.h"

typedef struct fp_world fp_world;

typedef enum fp_scope {
    FP_SCOPE_ALL = 0,
    FP_SCOPE_LOCAL, /* narrows positive selectors of Allow and Pass rules */
} fp_scope;

typedef struct fp_world_options {
    fp_federation_options federation;
    fp_scope scope;
    bool ignore_unknown_rules; /* default: fail closed */
    fp_str interface_prefix;   /* "cali" */
    fp_model_options model;
} fp_world_options;

int fp_world_new(const fp_hash_key *key, fp_world **ret);
fp_world *fp_world_free(fp_world *world);
/* Before the first cluster; copied. FEDPOL_E_STATE later. */
int fp_world_set_options(fp_world *world, const fp_world_options *options);
const fp_world_options *fp_world_get_options(const fp_world *world);

/* One LOCAL cluster at most (FEDPOL_E_EXISTS), names are unique (FEDPOL_E_EXISTS). */
int fp_world_add_cluster(fp_world *world, fp_str name, fp_cluster_role role, fp_cluster **ret);
/* Removes the cluster and everything it said. */
int fp_world_remove_cluster(fp_world *world, fp_cluster *cluster);
/* Clusters sorted by name; NULL past the end. */
fp_cluster *fp_world_cluster(const fp_world *world, size_t i);
fp_cluster *fp_world_find_cluster(const fp_world *world, fp_str name);

/*
 * Applies one object as it came from the wire (any watch type but BOOKMARK and ERROR, which are
 * ignored). Objects that are refused leave diagnostics and, if the object was known before, the
 * known state of it falls as docs/internals/policy.md says: an invalid endpoint loses its place, a
 * policy whose subject is not understood applies to nobody. ORIGIN may be empty. 0 if the object
 * was taken, ignored or refused with a diagnostic; FEDPOL_E_NOMEM (nothing changed),
 * FEDPOL_E_LIMIT.
 */
int fp_world_apply(fp_world *world, fp_cluster *cluster, const fp_wire_object *object,
                   fp_str origin);
/* The same for an object that is decoded already; the caller keeps it. */
int fp_world_put(fp_world *world, fp_cluster *cluster, const fp_object *object);
/* A reason why bytes gave no object; kept as a diagnostic. */
int fp_world_report(fp_world *world, fp_cluster *cluster, const fp_wire_object *where,
                    const fedpol_error *error, fp_str origin);
void fp_world_begin_resync(fp_world *world, fp_cluster *cluster, fp_kind kind);
int fp_world_end_resync(fp_world *world, fp_cluster *cluster, fp_kind kind);
void fp_world_set_state(fp_world *world, fp_cluster *cluster, fp_cluster_state state,
                        int64_t now_ms);

/* A Node of the local cluster; NULL if there is none. Borrowed until the next change. */
const fp_node_desc *fp_world_node(const fp_world *world, fp_str name);

/* True if something was applied since the last commit. */
bool fp_world_is_dirty(const fp_world *world);
/*
 * Recomputes what is dirty and adds the difference to the pending delta. 0; FEDPOL_E_NOMEM leaves
 * everything pending, and the next commit does it again.
 */
int fp_world_commit(fp_world *world);
/* The difference since the last take, changes that cancel left out; the caller owns it. */
int fp_world_take_delta(fp_world *world, fp_delta **ret);
fp_calc *fp_world_calc(fp_world *world);
fp_services *fp_world_services(fp_world *world);
/* These take effect with the next commit. 0, FEDPOL_E_NOMEM. */
int fp_world_set_service_use(fp_world *world, fp_cluster *cluster, fp_service_use use);
/* What the endpoints of a remote still count for. */
int fp_world_set_uses(fp_world *world, const fp_cluster *cluster, fp_label_uses uses);
void fp_world_set_keep_last_backends(fp_world *world, bool on);
/* Of services that rules name, only addresses that are ready. */
void fp_world_set_ready_services(fp_world *world, bool on);

#endif
