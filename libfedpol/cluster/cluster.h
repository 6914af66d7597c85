/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLUSTER_CLUSTER_H
#define FP_CLUSTER_CLUSTER_H

/*
 * What ONE cluster says: which objects it has, marked and swept at a resync, its state and age,
 * its limits and counters, and the diagnostics of its objects. A record costs little more than its
 * name: what the object means lives elsewhere (federation/, policy/) under `payload`.
 */

#include "libfedpol/base/hash.h"
#include "libfedpol/base/index.h"
#include "libfedpol/cluster/admission.h"
#include "libfedpol/model/object.h"

typedef struct fp_cluster fp_cluster;
typedef uint32_t fp_record_id; /* dense, re-used after removal */

typedef enum fp_cluster_role {
    FP_ROLE_LOCAL = 1,
    FP_ROLE_REMOTE,
} fp_cluster_role;

/* Numbers are those of Calico's metric; docs/events.md. */
typedef enum fp_cluster_state {
    FP_STATE_NOT_CONNECTING = 0,
    FP_STATE_CONNECTING = 1, /* never complete yet */
    FP_STATE_IN_SYNC = 2,
    FP_STATE_RESYNC = 3, /* was complete; relisting, or lost */
    FP_STATE_RESTART_REQUIRED = 4,
    FP_STATE_CONFIG_INCOMPLETE = 5,
} fp_cluster_state;

typedef struct fp_cluster_limits {
    uint64_t max_objects;     /* kept records; 2,000,000 */
    uint64_t max_diagnostics; /* kept ones; 10,000; more are counted */
} fp_cluster_limits;

/* NAME: lower-case letters, digits, '-', '.', at most 63; FEDPOL_E_INVALID otherwise.
   NUMBER: FP_LOCAL_CLUSTER for the local one, unique among live clusters. */
int fp_cluster_new(const fp_hash_key *key, fp_str name, uint32_t number, fp_cluster_role role,
                   fp_cluster **ret);
fp_cluster *fp_cluster_free(fp_cluster *cluster);
fp_str fp_cluster_name(const fp_cluster *cluster);
const char *fp_cluster_name_z(const fp_cluster *cluster);
uint32_t fp_cluster_number(const fp_cluster *cluster);
fp_cluster_role fp_cluster_get_role(const fp_cluster *cluster);
void fp_cluster_set_limits(fp_cluster *cluster, const fp_cluster_limits *limits);
/* Before the first record; *ADMISSION is emptied. */
void fp_cluster_set_admission(fp_cluster *cluster, fp_admission *admission);
const fp_admission *fp_cluster_admission(const fp_cluster *cluster);

/* Records: (kind, ns, name) → payload. */
#define FP_NO_PAYLOAD UINT32_MAX
typedef struct fp_record_view {
    fp_kind kind;
    uint8_t cls; /* fp_object_class */
    fp_str ns;
    fp_str name;
    uint32_t payload;
} fp_record_view;

fp_record_id fp_cluster_find(const fp_cluster *cluster, fp_kind kind, fp_str ns, fp_str name);
/* Finds or adds, and marks it as seen in the present resync. FEDPOL_E_NOMEM, FEDPOL_E_LIMIT.
 *RET_SEEN_TWICE: it was already seen since the kind's list began (a duplicate in one source). */
int fp_cluster_put(fp_cluster *cluster, fp_kind kind, fp_str ns, fp_str name, fp_record_id *ret,
                   bool *ret_is_new, bool *ret_seen_twice);
void fp_cluster_set_payload(fp_cluster *cluster, fp_record_id id, uint8_t cls, uint32_t payload);
void fp_cluster_drop(fp_cluster *cluster, fp_record_id id);
/* The record weighs BYTES from now on. FEDPOL_E_LIMIT if all records then weighed too much, unless
   it weighed as much before; nothing changed then. Without a limit nothing is counted. */
int fp_cluster_weigh(fp_cluster *cluster, fp_record_id id, uint64_t bytes);
uint64_t fp_cluster_weight(const fp_cluster *cluster);
fp_record_view fp_cluster_record(const fp_cluster *cluster, fp_record_id id);
size_t fp_cluster_count(const fp_cluster *cluster, fp_kind kind); /* UNKNOWN: all kinds */
/* Records in the order (kind, ns, name), appended to IDS. */
typedef FP_VEC(uint32_t) fp_u32_vec;
int fp_cluster_list(const fp_cluster *cluster, fp_kind kind, fp_u32_vec *ids);

/* Resync by mark and sweep: everything of KIND (UNKNOWN: all kinds) that is not put between begin
   and end is stale; the caller takes the stale ones and drops them. Old data stays until then. */
void fp_cluster_begin_resync(fp_cluster *cluster, fp_kind kind);
/* FEDPOL_E_STATE without a begin. STALE is appended to, in order. */
int fp_cluster_end_resync(fp_cluster *cluster, fp_kind kind, fp_u32_vec *stale);
/* The list could not be read to its end: nothing is stale. */
void fp_cluster_abort_resync(fp_cluster *cluster, fp_kind kind);

/* Overload: something of KIND was left out because of a limit; until a full list of the kind had no
   such thing. */
void fp_cluster_note_overload(fp_cluster *cluster, fp_kind kind);
/* A bit for each kind. */
uint32_t fp_cluster_overload(const fp_cluster *cluster);

/* State and age. Times are milliseconds of one monotonic clock, given by the caller. */
void fp_cluster_set_state(fp_cluster *cluster, fp_cluster_state state, int64_t now_ms);
fp_cluster_state fp_cluster_get_state(const fp_cluster *cluster);
const char *fp_cluster_state_name(fp_cluster_state state); /* "connecting", "in-sync", … */
/* True once it was complete; a lost cluster stays known. */
bool fp_cluster_was_complete(const fp_cluster *cluster);
/* Since it was last known complete: 0 while IN_SYNC, -1 if it never was. */
int64_t fp_cluster_age_ms(const fp_cluster *cluster, int64_t now_ms);

/* Diagnostics of objects: each replaces all earlier ones of (source, kind, ns, name), and those of
   source FEED without a name only the ones of the same origin. */
typedef enum fp_diag_source {
    FP_DIAG_SOURCE_DECODE = 1, /* the object itself; goes with the object */
    FP_DIAG_SOURCE_FEDERATION, /* its place among the others: duplicate addresses, … */
    FP_DIAG_SOURCE_POLICY,     /* its place in the calculation: unknown tier, missing profile */
    FP_DIAG_SOURCE_FEED,       /* bytes of a feed that gave no object */
    FP_DIAG_SOURCE_OVERRIDE,   /* another object speaks for the same thing */
    FP_DIAG_SOURCE_SERVICES,   /* its place among federated services */
} fp_diag_source;

typedef struct fp_kept_diag {
    fp_diag_source source;
    fp_severity severity;
    fp_diag_code code;
    const char *kind; /* "" if not known */
    fp_str ns;
    fp_str name;
    fp_str path;
    fp_str message;
    fp_str origin; /* "pods.yaml: document 2, line 10"; empty if fed without */
} fp_kept_diag;

/* FEDPOL_E_NOMEM leaves the old ones. N = 0 removes. */
int fp_cluster_set_diags(fp_cluster *cluster, fp_diag_source source, const char *kind, fp_str ns,
                         fp_str name, fp_str origin, const fp_diag *diags, size_t n);
/* Removes all that a source said. */
void fp_cluster_clear_diags(fp_cluster *cluster, fp_diag_source source);
/* Another number whenever the list may be another one. */
uint64_t fp_cluster_diag_revision(const fp_cluster *cluster);
size_t fp_cluster_diag_count(const fp_cluster *cluster);
uint64_t fp_cluster_diags_dropped(const fp_cluster *cluster);
/* Items sorted by kind, ns, name, path, origin, code, message; borrowed until the next change. */
int fp_cluster_diag_list(const fp_cluster *cluster, const fp_kept_diag ***ret, size_t *ret_n);

/* Counters, for status. */
typedef struct fp_cluster_counters {
    uint64_t unknown_kinds;
    uint64_t ignored_kinds; /* policies and the like from a remote */
    uint64_t refused_objects;
    uint64_t fed_bytes;
    uint64_t fed_objects;
    uint64_t guarded; /* objects and addresses that were not admitted */
} fp_cluster_counters;
fp_cluster_counters *fp_cluster_counters_of(fp_cluster *cluster);
size_t fp_cluster_memory(const fp_cluster *cluster);

#endif
