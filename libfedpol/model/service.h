/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_MODEL_SERVICE_H
#define FP_MODEL_SERVICE_H

/*
 * What federated services need to know of a Service, and of the Endpoints or EndpointSlices behind
 * it. All lists are in a canonical order, so that the order of the input never shows.
 */

#include "libfedpol/base/arena.h"
#include "libfedpol/net/ip.h"

typedef struct fp_label {
    fp_str name;
    fp_str value;
} fp_label;

#define FP_SERVICE_SELECTOR "federation.tigera.io/serviceSelector"
#define FP_REMOTE_CLUSTER_NAME "federation.tigera.io/remoteClusterName"
#define FP_SLICE_SERVICE_NAME "kubernetes.io/service-name"
#define FP_SLICE_MANAGED_BY "endpointslice.kubernetes.io/managed-by"
/* The value of that label on slices that are written for federated services. */
#define FP_SLICE_MANAGER "fedpol-controller"
#define FP_SKIP_MIRROR "endpointslice.kubernetes.io/skip-mirror"

typedef struct fp_service_port {
    fp_str name; /* may be empty */
    fp_str app_protocol;
    uint16_t port; /* 0: none (of a slice: any port) */
    uint8_t protocol;
} fp_service_port;

typedef struct fp_service_desc {
    const fp_label *labels; /* sorted, unique; without FP_REMOTE_CLUSTER_NAME */
    size_t n_labels;
    const fp_service_port *ports; /* by (name, protocol), unique */
    size_t n_ports;
    fp_str selector;    /* the annotation's text */
    fp_str uid;         /* metadata.uid; may be empty */
    bool is_annotated;  /* it has the annotation, whatever the text */
    bool has_selector;  /* spec.selector: Kubernetes itself manages its endpoints */
    bool is_headless;   /* clusterIP: None */
    bool is_other_name; /* type ExternalName */
} fp_service_desc;

enum {
    FP_BACKEND_READY = 1,
    FP_BACKEND_SERVING = 2,
    FP_BACKEND_TERMINATING = 4,
};

/* What is said of an address in words; those of targetRef last. */
typedef enum fp_backend_field {
    FP_BACKEND_HOSTNAME = 0,
    FP_BACKEND_NODE,
    FP_BACKEND_ZONE,
    FP_BACKEND_TARGET_KIND,
    FP_BACKEND_TARGET_NS,
    FP_BACKEND_TARGET_NAME,
    FP_BACKEND_TARGET_UID,
    FP_BACKEND_TARGET_VERSION, /* resourceVersion */
    FP_BACKEND_FIELDS,
} fp_backend_field;

/* One address. There may be many, so the words stand behind each other. */
typedef struct fp_backend {
    fp_ip ip;
    uint8_t conditions; /* FP_BACKEND_*, defaults filled in */
    uint16_t lens[FP_BACKEND_FIELDS];
    const char *text;
} fp_backend;

/* Empty if it is absent. */
static inline fp_str fp_backend_get(const fp_backend *backend, fp_backend_field field)
{
    const char *text = backend->text;

    if (backend->lens[field] == 0)
        return FP_STR_NULL;
    for (unsigned i = 0; i < (unsigned)field; i++)
        text += backend->lens[i];
    return (fp_str){text, backend->lens[field]};
}

/* All words together. */
static inline fp_str fp_backend_words(const fp_backend *backend)
{
    size_t len = 0;

    for (unsigned i = 0; i < FP_BACKEND_FIELDS; i++)
        len += backend->lens[i];
    return (fp_str){backend->text, len};
}

/* Copies WORDS behind each other into ARENA. 0; FEDPOL_E_NOMEM. Each is under 64 KiB. */
int fp_backend_set_words(fp_backend *backend, const fp_str words[FP_BACKEND_FIELDS],
                         fp_arena *arena);

/* A subset of Endpoints, or a slice. */
typedef struct fp_backend_group {
    const fp_service_port *ports; /* by (name, protocol), unique */
    size_t n_ports;
    const fp_backend *backends; /* by fp_backend_cmp() */
    size_t n_backends;
} fp_backend_group;

/* What only those who write need to know of Endpoints or a slice; texts may be empty. */
typedef struct fp_backends_origin {
    fp_str marker;  /* Endpoints: text of FP_SERVICE_SELECTOR, if it is ours */
    fp_str uid;     /* metadata */
    fp_str version; /* resourceVersion */
} fp_backends_origin;

typedef struct fp_backends_desc {
    fp_str service;                   /* its name; the namespace is the object's */
    const fp_backends_origin *origin; /* NULL: nothing of it is known, or needed */
    const fp_backend_group *groups;
    size_t n_groups;
    bool is_slice;
    bool is_ours;         /* it bears the mark of what is written for federated services */
    bool is_mirror;       /* a slice that Kubernetes made from Endpoints */
    bool is_not_mirrored; /* Endpoints with FP_SKIP_MIRROR */
} fp_backends_desc;

int fp_service_port_cmp(const fp_service_port *a, const fp_service_port *b);
/* By address, target, then all the rest: 0 only if nothing differs. */
int fp_backend_cmp(const fp_backend *a, const fp_backend *b);

#endif
