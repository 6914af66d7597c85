/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/resources.h"

#include "libfedpol/base/check.h"
#include "libfedpol/client/url.h"

/* Pods that are done have no address any more; the server leaves them out. */
#define RUNNING "status.phase!=Succeeded,status.phase!=Failed"
#define CALICO .group = NULL
#define CORE .group = "", .version = "v1"

static const fp_resource resources[] = {
    {CORE, .plural = "namespaces", .kind = "Namespace", .mandatory = true},
    {CORE, .plural = "serviceaccounts", .kind = "ServiceAccount", .mandatory = true,
     .namespaced = true},
    {CALICO, .plural = "tiers", .kind = "Tier", .local_only = true, .mandatory = true},
    {CALICO, .plural = "globalnetworkpolicies", .kind = "GlobalNetworkPolicy", .local_only = true,
     .mandatory = true},
    {CALICO, .plural = "networkpolicies", .kind = "NetworkPolicy", .local_only = true,
     .mandatory = true, .namespaced = true},
    {.group = "networking.k8s.io",
     .version = "v1",
     .plural = "networkpolicies",
     .kind = "NetworkPolicy",
     .local_only = true,
     .mandatory = true,
     .namespaced = true},
    {CALICO, .plural = "globalnetworksets", .kind = "GlobalNetworkSet", .local_only = true,
     .mandatory = true},
    {CALICO, .plural = "networksets", .kind = "NetworkSet", .local_only = true, .mandatory = true,
     .namespaced = true},
    {CALICO, .plural = "hostendpoints", .kind = "HostEndpoint", .mandatory = true,
     .takes_filter = true},
    {CORE, .plural = "pods", .kind = "Pod", .fields = RUNNING, .mandatory = true,
     .takes_filter = true, .namespaced = true},
    {CORE, .plural = "services", .kind = "Service", .services = true, .in_rules = true,
     .namespaced = true},
    {CORE, .plural = "endpoints", .kind = "Endpoints", .services = true, .namespaced = true},
    {.group = "discovery.k8s.io",
     .version = "v1",
     .plural = "endpointslices",
     .kind = "EndpointSlice",
     .services = true,
     .in_rules = true,
     .namespaced = true},
    {.group = "policy.networking.k8s.io",
     .version = "v1alpha1",
     .plural = "adminnetworkpolicies",
     .kind = "AdminNetworkPolicy",
     .local_only = true},
    {.group = "policy.networking.k8s.io",
     .version = "v1alpha1",
     .plural = "baselineadminnetworkpolicies",
     .kind = "BaselineAdminNetworkPolicy",
     .local_only = true},
    {.group = "policy.networking.k8s.io",
     .version = "v1alpha2",
     .plural = "clusternetworkpolicies",
     .kind = "ClusterNetworkPolicy",
     .local_only = true},
    {CALICO, .plural = "remoteclusterconfigurations", .kind = "RemoteClusterConfiguration",
     .local_only = true, .follows_remotes = true},
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

bool fp_resource_is_wanted(const fp_resource *resource, const fp_resource_scope *scope)
{
    if (resource->local_only && !scope->is_local)
        return false;
    if (resource->follows_remotes && !scope->follow_remotes)
        return false;
    return !resource->services || scope->services || (scope->is_local && resource->in_rules);
}

int fp_resource_put_path(const fp_resource *resource, fp_calico_group calico,
                         const fp_resource_scope *scope, fp_buf *path)
{
    fp_buf_puts(path, resource->group && !*resource->group ? "/api/" : "/apis/");
    fp_buf_puts(path, fp_resource_api_version(resource, calico));
    fp_buf_putc(path, '/');
    if (resource->namespaced && scope->n_namespaces == 1) {
        fp_buf_puts(path, "namespaces/");
        fp_buf_puts(path, scope->namespaces[0]);
        fp_buf_putc(path, '/');
    }
    fp_buf_puts(path, resource->plural);
    return fp_buf_error(path);
}

static void put_field(fp_buf *fields, const char *field, const char *operator, const char * value)
{
    if (fields->len)
        fp_buf_putc(fields, ',');
    fp_buf_puts(fields, field);
    fp_buf_puts(fields, operator);
    fp_buf_puts(fields, value);
}

/* What the resource itself does not need, and namespaces that are not wanted. */
static int put_fields(fp_buf *fields, const fp_resource *resource, const fp_resource_scope *scope)
{
    bool is_namespace = fp_str_is(fp_str_of(resource->kind), "Namespace");
    const char *field = is_namespace ? "metadata.name" : "metadata.namespace";

    fp_buf_puts(fields, resource->fields ? resource->fields : "");
    if (!is_namespace && !resource->namespaced)
        return fp_buf_error(fields);
    if (is_namespace && scope->n_namespaces == 1)
        put_field(fields, field, "=", scope->namespaces[0]);
    for (size_t i = 0; scope->n_namespaces == 0 && scope->n_excluded <= FP_RESOURCE_MAX_EXCLUDED &&
                       i < scope->n_excluded;
         i++)
        put_field(fields, field, "!=", scope->excluded[i]);
    return fp_buf_error(fields);
}

int fp_resource_put_query(const fp_resource *resource, const fp_resource_scope *scope,
                          fp_buf *query)
{
    fp_cleanup_buf fp_buf fields = {0};

    fp_try(put_fields(&fields, resource, scope));
    if (fields.len) {
        fp_buf_puts(query, "fieldSelector=");
        fp_url_put_encoded(query, fp_buf_str(&fields));
    }
    if (!resource->takes_filter || scope->is_local || !scope->label_filter)
        return fp_buf_error(query);
    if (query->len)
        fp_buf_putc(query, '&');
    fp_buf_puts(query, "labelSelector=");
    fp_url_put_encoded(query, fp_str_of(scope->label_filter));
    return fp_buf_error(query);
}
