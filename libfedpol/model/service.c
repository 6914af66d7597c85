/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/decode.h"

static const fp_path spec_path = {NULL, "spec", 0};
static const fp_path metadata_path = {NULL, "metadata", 0};

/* Only the library says from which cluster a service is. */
static void strip_cluster_name(fp_decoder *d, fp_label_list *labels)
{
    size_t kept = 0;

    for (size_t i = 0; i < labels->n; i++) {
        if (!fp_str_is(labels->items[i].name, FP_REMOTE_CLUSTER_NAME)) {
            labels->items[kept++] = labels->items[i];
            continue;
        }
        fp_decode_report(d, FP_SEVERITY_WARNING, FP_DIAG_STRIPPED_LABEL,
                         FP_PATH(&metadata_path, "labels"),
                         "the label " FP_REMOTE_CLUSTER_NAME
                         " is given by where a service is from; the one that is written is "
                         "ignored");
    }
    labels->n = kept;
}

static int read_labels(fp_decoder *d, fp_service_desc *ret)
{
    fp_label_list labels = {0};

    fp_try(fp_decode_labels(d, 0, &labels));
    strip_cluster_name(d, &labels);
    ret->labels = labels.items;
    ret->n_labels = labels.n;
    return 0;
}

static int read_annotation(fp_decoder *d, fp_service_desc *ret)
{
    const fp_path path = {&metadata_path, "annotations", 0};
    const fp_value *annotations = fp_decode_get(fp_decode_get(d->root, "metadata"), "annotations");
    const fp_value *selector = fp_decode_get(annotations, FP_SERVICE_SELECTOR);

    if (!selector && fp_decode_get(annotations, "federation.tigera.io/selector"))
        fp_decode_report(
            d, FP_SEVERITY_WARNING, FP_DIAG_NO_EFFECT, &path,
            "federation.tigera.io/selector has no effect; did you mean " FP_SERVICE_SELECTOR "?");
    ret->is_annotated = selector != NULL;
    return fp_decode_copy(d, fp_value_is(selector, FP_VALUE_STRING) ? selector->text : FP_STR_NULL,
                          &ret->selector);
}

int fp_decode_service(fp_decoder *d, fp_object *ret)
{
    const fp_value *spec = fp_decode_get(d->root, "spec");
    const fp_value *selector = fp_decode_get(spec, "selector");
    fp_service_desc *service = &ret->service;

    if (spec && spec->type != FP_VALUE_OBJECT)
        return fp_decode_refuse(d, FP_DIAG_INVALID_OBJECT, &spec_path, "expected an object");
    fp_try(read_labels(d, service));
    fp_try(read_annotation(d, service));
    fp_try(fp_decode_word(d, fp_decode_get(d->root, "metadata"), "uid", &metadata_path,
                          &service->uid));
    fp_try(fp_decode_service_ports(d, spec, &spec_path, true, &service->ports, &service->n_ports));
    service->has_selector = selector && selector->count > 0;
    service->is_headless = fp_str_is(fp_value_get_str(spec, "clusterIP"), "None");
    service->is_other_name = fp_str_is(fp_value_get_str(spec, "type"), "ExternalName");
    ret->cls = FP_OBJECT_SERVICE;
    return 0;
}
