/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/decode.h"

#include "libfedpol/wire/object_stream.h"

#define METADATA_ANNOTATION "projectcalico.org/metadata"

static const fp_path metadata_path = {NULL, "metadata", 0};

static bool is_policy(fp_kind kind)
{
    return kind == FP_KIND_NETWORK_POLICY || kind == FP_KIND_GLOBAL_NETWORK_POLICY ||
           kind == FP_KIND_STAGED_NETWORK_POLICY || kind == FP_KIND_STAGED_GLOBAL_NETWORK_POLICY ||
           kind == FP_KIND_STAGED_K8S_NETWORK_POLICY;
}

static bool is_calico(fp_kind kind)
{
    return kind >= FP_KIND_NETWORK_POLICY && kind <= FP_KIND_STAGED_K8S_NETWORK_POLICY;
}

/*
 * crd.projectcalico.org/v1 keeps the metadata that the user wrote as JSON in an annotation. Items
 * of a List may lack an apiVersion of their own, so only a stated v3 says that there is no such
 * thing.
 *
 * If it can't be read the object's own metadata counts. That loses labels: positive selectors miss
 * the endpoint, but a negative one such as !has(quarantine) may then hold, hence severity error.
 */
static int read_overlay(fp_decoder *d, const fp_value *metadata)
{
    const fp_path annotations = {&metadata_path, "annotations", 0};
    const fp_path path = {&annotations, "\"" METADATA_ANNOTATION "\"", 0};
    fp_str version = fp_value_get_str(d->root, "apiVersion");
    const fp_value *text =
        fp_decode_get(fp_decode_get(metadata, "annotations"), METADATA_ANNOTATION);
    fp_value *tree = NULL;
    int r = FEDPOL_E_PARSE;

    if (!text || !is_calico(d->kind) || fp_str_is(version, "projectcalico.org/v3"))
        return 0;
    if (text->type == FP_VALUE_STRING)
        r = fp_json_parse(text->text, &fp_wire_default_limits, d->arena, &tree, NULL);
    if (r == FEDPOL_E_NOMEM)
        return r;
    if (r < 0 || !fp_value_is(tree, FP_VALUE_OBJECT)) {
        fp_decode_report(d, FP_SEVERITY_ERROR, FP_DIAG_UNREADABLE, &path,
                         "not a JSON object: labels that it may carry are missing");
        return 0;
    }
    d->overlay = tree;
    return 0;
}

/* The name that the user gave: in the annotation, or what the store made of it by putting the tier
   `default` in front. */
static fp_str policy_name(fp_decoder *d, fp_str stored)
{
    fp_str written = fp_value_get_str(d->overlay, "name");
    fp_str tier = fp_value_get_str(fp_decode_get(d->root, "spec"), "tier");
    bool crd = d->overlay ||
               fp_str_is(fp_value_get_str(d->root, "apiVersion"), "crd.projectcalico.org/v1");

    if (written.len > 0)
        return written;
    if (crd && (tier.len == 0 || fp_str_is(tier, "default")) &&
        fp_str_starts_with(stored, FP_STR("default.")) && stored.len > strlen("default."))
        return fp_str_sub(stored, strlen("default."), stored.len);
    return stored;
}

/* A workload endpoint of a pod goes under the pod's name, so that both are seen as one thing. */
static fp_str effective_name(fp_decoder *d, fp_str stored)
{
    fp_str pod;

    if (is_policy(d->kind))
        return policy_name(d, stored);
    if (d->kind != FP_KIND_WORKLOAD_ENDPOINT)
        return stored;
    pod = fp_value_get_str(fp_decode_get(d->root, "spec"), "pod");
    return pod.len > 0 ? pod : stored;
}

static int read_name(fp_decoder *d, const fp_value *metadata)
{
    fp_str stored = fp_value_get_str(metadata, "name");
    fp_str name;

    if (stored.len == 0)
        return fp_decode_refuse(d, FP_DIAG_INVALID_NAME, FP_PATH(&metadata_path, "name"),
                                "the object has no name");
    name = effective_name(d, stored);
    if (!fp_valid_subdomain(name))
        return fp_decode_refuse(d, FP_DIAG_INVALID_NAME, FP_PATH(&metadata_path, "name"),
                                "the name %s is not a DNS subdomain of at most %u characters",
                                fp_decode_quote(d, name), FP_NAME_MAX);
    return fp_decode_copy(d, name, &d->name);
}

static int read_namespace(fp_decoder *d, const fp_value *metadata)
{
    const fp_value *written = fp_decode_get(metadata, "namespace");
    fp_str ns = fp_decode_shown(written);

    if (!fp_kind_is_namespaced(d->kind))
        return 0;
    if (!written || (written->type == FP_VALUE_STRING && ns.len == 0))
        ns = FP_STR("default");
    else if (written->type != FP_VALUE_STRING)
        return fp_decode_refuse(d, FP_DIAG_INVALID_NAME, FP_PATH(&metadata_path, "namespace"),
                                "expected a string");
    if (!fp_valid_subdomain(ns))
        return fp_decode_refuse(d, FP_DIAG_INVALID_NAME, FP_PATH(&metadata_path, "namespace"),
                                "the namespace %s is not a DNS subdomain of at most %u characters",
                                fp_decode_quote(d, ns), FP_NAME_MAX);
    return fp_decode_copy(d, ns, &d->ns);
}

int fp_decode_identity(fp_decoder *d)
{
    const fp_value *metadata = fp_decode_get(d->root, "metadata");

    if (!fp_value_is(metadata, FP_VALUE_OBJECT))
        return fp_decode_refuse(d, FP_DIAG_INVALID_NAME, &metadata_path,
                                "the object has no metadata");
    fp_try(read_namespace(d, metadata));
    fp_try(read_overlay(d, metadata));
    return read_name(d, metadata);
}

int fp_label_list_reserve(fp_decoder *d, size_t n, fp_label_list *list)
{
    fp_label *grown;

    if (list->cap - list->n >= n)
        return 0;
    grown = fp_arena_array(d->arena, list->n + n, sizeof(*grown));
    if (!grown)
        return FEDPOL_E_NOMEM;
    if (list->n)
        memcpy(grown, list->items, list->n * sizeof(*grown));
    list->items = grown;
    list->cap = list->n + n;
    return 0;
}

void fp_label_list_set(fp_label_list *list, fp_str name, fp_str value)
{
    size_t low = 0;
    size_t high = list->n;

    /* Maps mostly come sorted: try behind the last one first. */
    if (high > 0 && fp_str_cmp(list->items[high - 1].name, name) < 0)
        low = high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = fp_str_cmp(list->items[middle].name, name);

        if (order == 0) {
            list->items[middle].value = value;
            return;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    memmove(list->items + low + 1, list->items + low, (list->n - low) * sizeof(*list->items));
    list->items[low] = (fp_label){name, value};
    list->n++;
}

static int check_label(fp_decoder *d, const fp_value *member, const fp_path *path)
{
    size_t max = d->options.max_label_bytes;

    if (member->type != FP_VALUE_STRING)
        return fp_decode_refuse(d, FP_DIAG_INVALID_LABEL, path,
                                "the value of the label %s is not a string",
                                fp_decode_quote(d, member->key));
    if (member->key.len == 0)
        return fp_decode_refuse(d, FP_DIAG_INVALID_LABEL, path, "a label has an empty name");
    if (member->key.len > max || member->text.len > max)
        return fp_decode_refuse(
            d, FP_DIAG_INVALID_LABEL, path, "the label %s has a %s of %zu bytes; the limit is %zu",
            fp_decode_quote(d, member->key), member->key.len > max ? "name" : "value",
            member->key.len > max ? member->key.len : member->text.len, max);
    if (fp_has_control_bytes(member->key) || fp_has_control_bytes(member->text))
        return fp_decode_refuse(d, FP_DIAG_INVALID_LABEL, path,
                                "the label %s has control characters",
                                fp_decode_quote(d, member->key));
    return 0;
}

int fp_decode_label_map(fp_decoder *d, const fp_value *map, const fp_path *path,
                        fp_label_list *list)
{
    if (!map)
        return 0;
    if (map->type != FP_VALUE_OBJECT)
        return fp_decode_refuse(d, FP_DIAG_INVALID_LABEL, path, "labels are not a map");
    if (map->count > d->options.max_labels)
        return fp_decode_refuse(d, FP_DIAG_LIMIT, path, "%u labels; the limit is %u", map->count,
                                d->options.max_labels);
    fp_try(fp_label_list_reserve(d, map->count, list));
    fp_decode_each (member, map) {
        fp_label copy;

        if (member->type == FP_VALUE_NULL)
            continue;
        fp_try(check_label(d, member, path));
        fp_try(fp_decode_copy(d, member->key, &copy.name));
        fp_try(fp_decode_copy(d, member->text, &copy.value));
        fp_label_list_set(list, copy.name, copy.value);
    }
    return 0;
}

int fp_decode_labels(fp_decoder *d, size_t spare, fp_label_list *ret)
{
    const fp_path path = {&metadata_path, "labels", 0};
    const fp_value *own = fp_decode_get(fp_decode_get(d->root, "metadata"), "labels");
    const fp_value *overlaid = fp_decode_get(d->overlay, "labels");
    size_t n = (own ? own->count : 0) + (overlaid ? overlaid->count : 0);

    /* Hostile counts are refused below, before anything of their size is allocated. */
    if (n <= 2 * (size_t)d->options.max_labels)
        fp_try(fp_label_list_reserve(d, n + spare, ret));
    fp_try(fp_decode_label_map(d, own, &path, ret));
    fp_try(fp_decode_label_map(d, overlaid, &path, ret));
    return fp_label_list_reserve(d, spare, ret);
}

static bool is_calico_s_own(fp_str name)
{
    static const char *const identity[] = {FP_LABEL_NAMESPACE, FP_LABEL_ORCHESTRATOR,
                                           FP_LABEL_SERVICE_ACCOUNT, NULL};

    return fp_str_starts_with(name, FP_STR(FP_PREFIX_NAMESPACE)) ||
           fp_str_starts_with(name, FP_STR(FP_PREFIX_SERVICE_ACCOUNT)) ||
           fp_decode_is_listed(name, identity);
}

void fp_decode_strip_labels(fp_decoder *d, const char *const *replaced, fp_label_list *list)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->n; i++) {
        fp_str name = list->items[i].name;

        if (!is_calico_s_own(name)) {
            list->items[kept++] = list->items[i];
            continue;
        }
        if (!fp_decode_is_listed(name, replaced))
            fp_decode_report(
                d, FP_SEVERITY_WARNING, FP_DIAG_STRIPPED_LABEL, FP_PATH(&metadata_path, "labels"),
                "the label %s may not be set here and is left out", fp_decode_quote(d, name));
    }
    list->n = kept;
}
