/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/resources.h"

#include "libfedpol/base/check.h"

/* Pods that are done have no address any more; the server leaves them out. */
#define RUNNING "fieldSelector=status.phase%21%3DSucceeded%2Cstatus.phase%21%3DFailed"

static const fp_resource resources[] = {
    {"", "v1", "namespaces", "Namespace", NULL, false, true, false, false, false, false},
    {"", "v1", "serviceaccounts", "ServiceAccount", NULL, false, true, false, false, false, false},
    {NULL, NULL, "tiers", "Tier", NULL, true, true, false, false, false, false},
    {NULL, NULL, "globalnetworkpolicies", "GlobalNetworkPolicy", NULL, true, true, false, false,
     false, false},
    {NULL, NULL, "networkpolicies", "NetworkPolicy", NULL, true, true, false, false, false, false},
    {"networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", NULL, true, true, false, false,
     false, false},
    {NULL, NULL, "globalnetworksets", "GlobalNetworkSet", NULL, true, true, false, false, false,
     false},
    {NULL, NULL, "networksets", "NetworkSet", NULL, true, true, false, false, false, false},
    {NULL, NULL, "hostendpoints", "HostEndpoint", NULL, false, true, true, false, false, false},
    {"", "v1", "pods", "Pod", RUNNING, false, true, true, false, false, false},
    {"", "v1", "services", "Service", NULL, false, false, false, false, true, true},
    {"", "v1", "endpoints", "Endpoints", NULL, false, false, false, false, true, false},
    {"discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", NULL, false, false, false, false,
     true, true},
    {"policy.networking.k8s.io", "v1alpha1", "adminnetworkpolicies", "AdminNetworkPolicy", NULL,
     true, false, false, false, false, false},
    {"policy.networking.k8s.io", "v1alpha1", "baselineadminnetworkpolicies",
     "BaselineAdminNetworkPolicy", NULL, true, false, false, false, false, false},
    {"policy.networking.k8s.io", "v1alpha2", "clusternetworkpolicies", "ClusterNetworkPolicy", NULL,
     true, false, false, false, false, false},
    {NULL, NULL, "remoteclusterconfigurations", "RemoteClusterConfiguration", NULL, true, false,
     false, true, false, false},
};

const fp_resource *fp_resource_get(size_t i)
{
    return i < FP_ARRAY_LEN(resources) ? &resources[i] : NULL;
}

const fp_resource *fp_resource_probe(void)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(resources); i++)
        if (fp_str_is(fp_str_of(resources[i].plural), "hostendpoints"))
            return &resources[i];
    return NULL;
}

const char *fp_resource_api_version(const fp_resource *resource, fp_calico_group calico)
{
    static const char *const names[] = {
        "discovery.k8s.io/v1",
        "networking.k8s.io/v1",
        "policy.networking.k8s.io/v1alpha1",
        "policy.networking.k8s.io/v1alpha2",
    };

    if (!resource->group)
        return calico == FP_CALICO_V3 ? "projectcalico.org/v3" : "crd.projectcalico.org/v1";
    for (size_t i = 0; *resource->group && i < FP_ARRAY_LEN(names); i++) {
        fp_str name = fp_str_of(names[i]);

        if (fp_str_starts_with(name, fp_str_of(resource->group)) &&
            fp_str_ends_with(name, fp_str_of(resource->version)))
            return names[i];
    }
    return resource->version;
}
