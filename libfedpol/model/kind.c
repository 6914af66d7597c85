/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/kind.h"

#include "libfedpol/base/check.h"

typedef enum api_group {
    GROUP_CORE,
    GROUP_NETWORKING,
    GROUP_CALICO,
    GROUP_POLICY,
    GROUP_DISCOVERY,
    GROUP_NONE,
} api_group;

static const struct {
    api_group group;
    const char *kind; /* on the wire */
    const char *name; /* in public output */
    bool namespaced;
    bool federated;
} kinds[FP_KIND_COUNT] = {
    [FP_KIND_UNKNOWN] = {GROUP_NONE, "", "", false, false},
    [FP_KIND_POD] = {GROUP_CORE, "Pod", "Pod", true, true},
    [FP_KIND_NAMESPACE] = {GROUP_CORE, "Namespace", "Namespace", false, true},
    [FP_KIND_SERVICE_ACCOUNT] = {GROUP_CORE, "ServiceAccount", "ServiceAccount", true, true},
    [FP_KIND_NODE] = {GROUP_CORE, "Node", "Node", false, false},
    [FP_KIND_K8S_NETWORK_POLICY] = {GROUP_NETWORKING, "NetworkPolicy", "KubernetesNetworkPolicy",
                                    true, false},
    [FP_KIND_NETWORK_POLICY] = {GROUP_CALICO, "NetworkPolicy", "NetworkPolicy", true, false},
    [FP_KIND_GLOBAL_NETWORK_POLICY] = {GROUP_CALICO, "GlobalNetworkPolicy", "GlobalNetworkPolicy",
                                       false, false},
    [FP_KIND_TIER] = {GROUP_CALICO, "Tier", "Tier", false, false},
    [FP_KIND_HOST_ENDPOINT] = {GROUP_CALICO, "HostEndpoint", "HostEndpoint", false, true},
    [FP_KIND_NETWORK_SET] = {GROUP_CALICO, "NetworkSet", "NetworkSet", true, false},
    [FP_KIND_GLOBAL_NETWORK_SET] = {GROUP_CALICO, "GlobalNetworkSet", "GlobalNetworkSet", false,
                                    false},
    [FP_KIND_PROFILE] = {GROUP_CALICO, "Profile", "Profile", false, true},
    [FP_KIND_WORKLOAD_ENDPOINT] = {GROUP_CALICO, "WorkloadEndpoint", "WorkloadEndpoint", true,
                                   true},
    [FP_KIND_STAGED_NETWORK_POLICY] = {GROUP_CALICO, "StagedNetworkPolicy", "StagedNetworkPolicy",
                                       true, false},
    [FP_KIND_STAGED_GLOBAL_NETWORK_POLICY] = {GROUP_CALICO, "StagedGlobalNetworkPolicy",
                                              "StagedGlobalNetworkPolicy", false, false},
    [FP_KIND_STAGED_K8S_NETWORK_POLICY] = {GROUP_CALICO, "StagedKubernetesNetworkPolicy",
                                           "StagedKubernetesNetworkPolicy", true, false},
    [FP_KIND_CLUSTER_NETWORK_POLICY] = {GROUP_POLICY, "ClusterNetworkPolicy",
                                        "ClusterNetworkPolicy", false, false},
    [FP_KIND_ADMIN_NETWORK_POLICY] = {GROUP_POLICY, "AdminNetworkPolicy", "AdminNetworkPolicy",
                                      false, false},
    [FP_KIND_BASELINE_ADMIN_NETWORK_POLICY] = {GROUP_POLICY, "BaselineAdminNetworkPolicy",
                                               "BaselineAdminNetworkPolicy", false, false},
    [FP_KIND_SERVICE] = {GROUP_CORE, "Service", "Service", true, true},
    [FP_KIND_ENDPOINTS] = {GROUP_CORE, "Endpoints", "Endpoints", true, true},
    [FP_KIND_ENDPOINT_SLICE] = {GROUP_DISCOVERY, "EndpointSlice", "EndpointSlice", true, true},
};

static api_group group_of(fp_str api_version)
{
    if (fp_str_is(api_version, "v1"))
        return GROUP_CORE;
    if (fp_str_is(api_version, "networking.k8s.io/v1"))
        return GROUP_NETWORKING;
    if (fp_str_is(api_version, "projectcalico.org/v3") ||
        fp_str_is(api_version, "crd.projectcalico.org/v1"))
        return GROUP_CALICO;
    if (fp_str_starts_with(api_version, FP_STR("policy.networking.k8s.io/")))
        return GROUP_POLICY;
    if (fp_str_is(api_version, "discovery.k8s.io/v1"))
        return GROUP_DISCOVERY;
    return GROUP_NONE;
}

fp_kind fp_kind_of(fp_str api_version, fp_str kind)
{
    api_group group = group_of(api_version);

    if (group == GROUP_NONE)
        return FP_KIND_UNKNOWN;
    for (size_t i = FP_KIND_UNKNOWN + 1; i < FP_ARRAY_LEN(kinds); i++)
        if (kinds[i].group == group && fp_str_is(kind, kinds[i].kind))
            return (fp_kind)i;
    return FP_KIND_UNKNOWN;
}

const char *fp_kind_name(fp_kind kind)
{
    return (size_t)kind < FP_ARRAY_LEN(kinds) ? kinds[kind].name : "";
}

bool fp_kind_is_namespaced(fp_kind kind)
{
    return (size_t)kind < FP_ARRAY_LEN(kinds) && kinds[kind].namespaced;
}

bool fp_kind_is_federated(fp_kind kind)
{
    return (size_t)kind < FP_ARRAY_LEN(kinds) && kinds[kind].federated;
}
