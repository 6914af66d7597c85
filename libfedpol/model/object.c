/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/object.h"

#include "libfedpol/base/sha.h"
#include "libfedpol/model/decode.h"

#define MAX_LABELS 1000u
#define MAX_LABEL_BYTES 1024u
#define MAX_RULES 1024u
#define MAX_LIST 100000u

typedef int (*decode_fn)(fp_decoder *d, fp_object *ret);

static const decode_fn decoders[FP_KIND_COUNT] = {
    [FP_KIND_POD] = fp_decode_pod,
    [FP_KIND_NAMESPACE] = fp_decode_namespace,
    [FP_KIND_SERVICE_ACCOUNT] = fp_decode_service_account,
    [FP_KIND_NODE] = fp_decode_node,
    [FP_KIND_K8S_NETWORK_POLICY] = fp_decode_k8s_network_policy,
    [FP_KIND_NETWORK_POLICY] = fp_decode_calico_policy,
    [FP_KIND_GLOBAL_NETWORK_POLICY] = fp_decode_calico_policy,
    [FP_KIND_TIER] = fp_decode_tier,
    [FP_KIND_HOST_ENDPOINT] = fp_decode_host_endpoint,
    [FP_KIND_NETWORK_SET] = fp_decode_network_set,
    [FP_KIND_GLOBAL_NETWORK_SET] = fp_decode_network_set,
    [FP_KIND_PROFILE] = fp_decode_profile,
    [FP_KIND_WORKLOAD_ENDPOINT] = fp_decode_workload_endpoint,
    [FP_KIND_STAGED_NETWORK_POLICY] = fp_decode_staged_policy,
    [FP_KIND_STAGED_GLOBAL_NETWORK_POLICY] = fp_decode_staged_policy,
    [FP_KIND_STAGED_K8S_NETWORK_POLICY] = fp_decode_staged_policy,
    [FP_KIND_CLUSTER_NETWORK_POLICY] = fp_decode_admin_policy,
    [FP_KIND_ADMIN_NETWORK_POLICY] = fp_decode_admin_policy,
    [FP_KIND_BASELINE_ADMIN_NETWORK_POLICY] = fp_decode_admin_policy,
    [FP_KIND_SERVICE] = fp_decode_service,
    [FP_KIND_ENDPOINTS] = fp_decode_endpoints,
    [FP_KIND_ENDPOINT_SLICE] = fp_decode_endpoint_slice,
};

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value ? value : fallback;
}

static fp_model_options with_defaults(const fp_model_options *options)
{
    fp_model_options filled = options ? *options : (fp_model_options){0};

    filled.max_labels = or_default(filled.max_labels, MAX_LABELS);
    filled.max_label_bytes = or_default(filled.max_label_bytes, MAX_LABEL_BYTES);
    filled.max_rules = or_default(filled.max_rules, MAX_RULES);
    filled.max_list = or_default(filled.max_list, MAX_LIST);
    return filled;
}

static bool is_known(fp_kind kind)
{
    return (size_t)kind < FP_ARRAY_LEN(decoders) && decoders[kind];
}

static int identify(fp_decoder *d, fp_object *ret)
{
    int r = fp_decode_identity(d);

    *ret = (fp_object){.kind = d->kind};
    if (d->name.len > 0) {
        ret->ns = d->ns;
        ret->name = d->name;
    }
    return r;
}

int fp_object_identify(fp_kind kind, const fp_value *value, fp_arena *arena, fp_object *ret)
{
    fp_decoder d = {.kind = kind, .root = value, .arena = arena, .options = with_defaults(NULL)};

    if (!is_known(kind))
        return FEDPOL_E_BAD_OBJECT;
    return identify(&d, ret);
}

int fp_object_decode(fp_kind kind, const fp_value *value, const fp_model_options *options,
                     fp_arena *arena, fp_diags *diags, fp_object *ret)
{
    fp_decoder d = {.kind = kind,
                    .root = value,
                    .arena = arena,
                    .diags = diags,
                    .options = with_defaults(options)};
    int r;

    *ret = (fp_object){.kind = kind};
    if (!is_known(kind))
        return fp_decode_refuse(&d, FP_DIAG_INVALID_OBJECT, NULL, "the kind is not known");
    r = identify(&d, ret);
    if (r == 0)
        r = decoders[kind](&d, ret);
    if (diags->error)
        r = diags->error;
    if (r < 0) {
        fp_object_done(ret);
        *ret = (fp_object){.kind = kind, .ns = ret->ns, .name = ret->name};
    }
    return r;
}

void fp_object_done(fp_object *object)
{
    object->policy = fp_policy_unref(object->policy);
    object->profile.rules = fp_policy_unref(object->profile.rules);
}

void fp_interface_name(fp_str prefix, fp_str ns, fp_str pod, char ret[FP_INTERFACE_NAME_MAX + 1])
{
    static const char hex[] = "0123456789abcdef";
    enum { DIGITS = 11, PREFIX_MAX = FP_INTERFACE_NAME_MAX - DIGITS };
    char joined[2 * FP_NAME_MAX + 1];
    uint8_t digest[FP_SHA1_LEN];
    fp_str shown = fp_str_sub(prefix, 0, PREFIX_MAX);
    size_t n = 0;

    ns = fp_str_sub(ns, 0, FP_NAME_MAX);
    pod = fp_str_sub(pod, 0, FP_NAME_MAX);
    memcpy(joined, ns.ptr, ns.len);
    joined[ns.len] = '.';
    memcpy(joined + ns.len + 1, pod.ptr, pod.len);
    fp_sha1(fp_str_n(joined, ns.len + 1 + pod.len), digest);
    for (; n < shown.len; n++)
        ret[n] = shown.ptr[n];
    for (size_t i = 0; i < DIGITS; i++)
        ret[n++] = hex[i % 2 ? digest[i / 2] & 15 : digest[i / 2] >> 4];
    ret[n] = '\0';
}
