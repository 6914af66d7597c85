/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_SERVICES_SERVICES_H
#define FP_SERVICES_SERVICES_H

/*
 * Federated services: which back ends, of all clusters, a local Service has that carries the
 * annotation `federation.tigera.io/serviceSelector`, and the Endpoints and EndpointSlices that say
 * so. Objects go in, a commit brings what is wanted up to date; one changed back end touches one
 * slice. No I/O, no clock.
 *
 * Reading is by const pointers that stay valid until the next call that changes something. Ids are
 * dense and used again; the order of everything visible is defined here and never depends on them.
 */

#include "libfedpol/federation/federation.h"

typedef struct fp_services fp_services;

/* How the back ends of a cluster count. */
typedef enum fp_service_use {
    FP_SERVICE_USE_NORMAL = 0,
    FP_SERVICE_USE_PENDING,   /* not complete yet: what was written for it earlier is held */
    FP_SERVICE_USE_WITHDRAWN, /* they leave */
} fp_service_use;

int fp_services_new(const fp_hash_key *key, fp_services **ret);
fp_services *fp_services_free(fp_services *services);
/* With KEEP_LAST the back ends of withdrawn clusters stay where no others are left. */
void fp_services_set_keep_last(fp_services *services, bool keep_last);

/*
 * A Service, or Endpoints or an EndpointSlice (cls SERVICE or BACKENDS). ID is what an earlier put
 * of the same object gave, or FP_NO_ID. 0; FEDPOL_E_NOMEM: nothing changed.
 */
int fp_services_put(fp_services *services, fp_cluster *cluster, const fp_object *object,
                    uint32_t id, uint32_t *ret);
void fp_services_remove(fp_services *services, fp_object_class cls, uint32_t id);
/* 0, FEDPOL_E_NOMEM. A cluster that was never named counts as NORMAL. */
int fp_services_set_use(fp_services *services, const fp_cluster *cluster, fp_service_use use);
fp_service_use fp_services_get_use(const fp_services *services, const fp_cluster *cluster);
/* The cluster is about to be freed; all its objects were removed. */
void fp_services_forget_cluster(fp_services *services, const fp_cluster *cluster);

bool fp_services_is_dirty(const fp_services *services);
/* 0; FEDPOL_E_NOMEM leaves the rest pending, and the next commit does it. */
int fp_services_commit(fp_services *services);
/* Another number whenever anything that is wanted may be another. */
uint64_t fp_services_revision(const fp_services *services);

/* --- what is wanted --- */

typedef enum fp_federated_problem {
    FP_FEDERATED_OK = 0,
    FP_FEDERATED_BAD_SELECTOR, /* empty or not readable: its endpoints are withdrawn */
    FP_FEDERATED_HAS_SELECTOR, /* spec.selector: it is Kubernetes' own */
    FP_FEDERATED_OTHER_NAME,   /* type ExternalName: it has no endpoints */
} fp_federated_problem;

/* A local Service with the annotation. */
typedef struct fp_federated_view {
    fp_str ns;
    fp_str name;
    fp_str uid;      /* of the Service; may be empty */
    fp_str selector; /* text of the annotation */
    const fp_service_port *ports;
    size_t n_ports;
    fp_federated_problem problem;
    fp_str problem_text; /* of BAD_SELECTOR */
    bool is_headless;
    bool is_foreign; /* there are Endpoints of the name that are not ours */
    size_t n_backends;
    uint64_t revision;
} fp_federated_view;

/* Ids by (ns, name); appended. */
int fp_services_list(const fp_services *services, fp_u32_vec *ret_ids);
fp_federated_view fp_services_view(const fp_services *services, uint32_t id);
/* FP_NO_ID: there is none. */
uint32_t fp_services_find(const fp_services *services, fp_str ns, fp_str name);

/* Addresses that share ports; one family. */
typedef struct fp_wanted_ports {
    const fp_service_port *ports;
    size_t n_ports;
    uint8_t family;
} fp_wanted_ports;

/* One address that is wanted, and where it is from. */
typedef struct fp_wanted {
    const fp_backend *backend;
    const fp_cluster *cluster;
    fp_str service; /* that it stands behind there */
    bool is_held;   /* from what was written before; the target has its prefix already */
} fp_wanted;

/* "TCP", "UDP", "SCTP". */
const char *fp_service_protocol_name(uint8_t protocol);
/* The name of the target as it is written: with the cluster before it, for a remote one. */
void fp_wanted_put_target(const fp_wanted *wanted, fp_buf *buf);

typedef struct fp_wanted_slice {
    fp_wanted_ports ports;
    uint32_t group;
    uint32_t leaf;
    uint64_t revision; /* another one whenever its content may be another */
    size_t n;          /* back ends */
} fp_wanted_slice;

typedef FP_VEC(fp_wanted) fp_wanted_vec;
typedef FP_VEC(fp_wanted_slice) fp_wanted_slice_vec;

/* The slices, by (family, ports, prefix); appended. */
int fp_services_slices(const fp_services *services, uint32_t id, fp_wanted_slice_vec *ret);
/* Of a slice, by (address, target); appended. */
int fp_services_slice_backends(const fp_services *services, const fp_wanted_slice *slice,
                               fp_wanted_vec *ret);
void fp_services_put_slice_name(const fp_services *services, uint32_t id,
                                const fp_wanted_slice *slice, fp_buf *buf);
/* Names of clusters that have back ends in it; sorted, unique, appended. */
typedef FP_VEC(fp_str) fp_str_vec;
int fp_services_clusters(const fp_services *services, uint32_t id, fp_str_vec *ret);

/* --- as objects of the API: json.c --- */

/* What else is written for the service: it decides whether Kubernetes is to mirror Endpoints. */
typedef enum fp_wanted_form {
    FP_WANTED_ENDPOINTS = 1,
    FP_WANTED_SLICES = 2,
    FP_WANTED_BOTH = 3,
} fp_wanted_form;

/* VERSION: metadata.resourceVersion of the object that it replaces; empty: none. */
int fp_services_put_endpoints(const fp_services *services, uint32_t id, fp_wanted_form form,
                              fp_str version, fp_buf *buf);
int fp_services_put_slice(const fp_services *services, uint32_t id, const fp_wanted_slice *slice,
                          fp_str version, fp_buf *buf);

/* --- for rules that name a service: members.c --- */

/* Every address of the local service with its ports, ready or not; sorted, unique, appended. */
int fp_services_members(const fp_services *services, fp_str ns, fp_str name,
                        fp_port_member_vec *ret);
/* With READY_ONLY only those that are. Counts from the next commit on. */
void fp_services_set_ready_only(fp_services *services, bool ready_only);
/* Another number whenever they may be others; 0: there is no such service. */
uint64_t fp_services_member_revision(const fp_services *services, fp_str ns, fp_str name);

/* --- what is to be written: writes.c --- */

typedef enum fp_write_verb {
    FP_WRITE_CREATE = 1,
    FP_WRITE_UPDATE,
    FP_WRITE_DELETE,
    FP_WRITE_RELEASE, /* an update that takes our mark away: Kubernetes manages it from now on */
} fp_write_verb;

typedef struct fp_write {
    fp_write_verb verb;
    fp_kind kind; /* FP_KIND_ENDPOINTS or _ENDPOINT_SLICE */
    fp_str ns;
    fp_str name;
    fp_str uid;     /* of the present object; empty: none */
    fp_str version; /* the same */
    fp_str body;    /* JSON; empty for DELETE */
} fp_write;

typedef FP_VEC(fp_write) fp_write_vec;

/*
 * The difference between what is wanted and what the local cluster said it has, in the order
 * (ns, name, kind, name of the slice). Empty if nothing is to be done. Texts are in ARENA. Objects
 * of ours that FORM does not ask for are deleted, so that nobody serves them any longer; objects of
 * others are left alone.
 */
int fp_services_writes(fp_services *services, fp_wanted_form form, fp_arena *arena,
                       fp_write_vec *ret);

size_t fp_services_memory(const fp_services *services);

#endif
