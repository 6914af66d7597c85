/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_MODEL_SERVICE_H
#define FP_MODEL_SERVICE_H

/*
 * What federated services need to know of a Service, and of the Endpoints or EndpointSlices behind
 * it. All lists are in a canonical order, so that the order of the input never shows.
 */

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

/* One address. Texts that are absent are empty. */
typedef struct fp_backend {
    fp_ip ip;
    uint8_t conditions; /* FP_BACKEND_*, defaults filled in */
    fp_str hostname;
    fp_str node;
    fp_str zone;
    /* targetRef */
    fp_str target_kind;
    fp_str target_ns;
    fp_str target_name;
    fp_str target_uid;
    fp_str target_version; /* resourceVersion */
} fp_backend;

/* A subset of Endpoints, or a slice. */
typedef struct fp_backend_group {
    const fp_service_port *ports; /* by (name, protocol), unique */
    size_t n_ports;
    const fp_backend *backends; /* by fp_backend_cmp() */
    size_t n_backends;
} fp_backend_group;

typedef struct fp_backends_desc {
    fp_str service; /* its name; the namespace is the object's */
    fp_str marker;  /* Endpoints: text of FP_SERVICE_SELECTOR, if it is ours */
    fp_str uid;     /* metadata; may be empty */
    fp_str version; /* resourceVersion, the same */
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
