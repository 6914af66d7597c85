/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_MODEL_KIND_H
#define FP_MODEL_KIND_H

/* The kinds that the library knows, whatever API group they come from. */

#include "libfedpol/base/str.h"

typedef enum fp_kind {
    FP_KIND_UNKNOWN = 0, /* ignored and counted */
    FP_KIND_POD,
    FP_KIND_NAMESPACE,
    FP_KIND_SERVICE_ACCOUNT,
    FP_KIND_NODE,
    FP_KIND_K8S_NETWORK_POLICY, /* networking.k8s.io/v1 NetworkPolicy */
    FP_KIND_NETWORK_POLICY,     /* Calico's */
    FP_KIND_GLOBAL_NETWORK_POLICY,
    FP_KIND_TIER,
    FP_KIND_HOST_ENDPOINT,
    FP_KIND_NETWORK_SET,
    FP_KIND_GLOBAL_NETWORK_SET,
    FP_KIND_PROFILE,
    FP_KIND_WORKLOAD_ENDPOINT,
    FP_KIND_STAGED_NETWORK_POLICY,
    FP_KIND_STAGED_GLOBAL_NETWORK_POLICY,
    FP_KIND_STAGED_K8S_NETWORK_POLICY,
    FP_KIND_CLUSTER_NETWORK_POLICY,        /* policy.networking.k8s.io */
    FP_KIND_ADMIN_NETWORK_POLICY,          /* policy.networking.k8s.io/v1alpha1 */
    FP_KIND_BASELINE_ADMIN_NETWORK_POLICY, /* policy.networking.k8s.io/v1alpha1 */
    FP_KIND_SERVICE,
    FP_KIND_ENDPOINTS,
    FP_KIND_ENDPOINT_SLICE, /* discovery.k8s.io/v1 */
    FP_KIND_COUNT,
} fp_kind;

/* Calico kinds are taken from projectcalico.org/v3 and crd.projectcalico.org/v1 alike. */
fp_kind fp_kind_of(fp_str api_version, fp_str kind);
/* The name in public output: "Pod", "KubernetesNetworkPolicy", "NetworkPolicy", … */
const char *fp_kind_name(fp_kind kind);
bool fp_kind_is_namespaced(fp_kind kind);
/* Kinds that are taken from remote clusters: Pod, Namespace, ServiceAccount, HostEndpoint,
   WorkloadEndpoint, Profile (labels only), Service, Endpoints, EndpointSlice. The rest of a remote
   is counted and dropped. */
bool fp_kind_is_federated(fp_kind kind);

#endif
