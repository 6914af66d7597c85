/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/backends.h"

static int read_addresses(fp_backend_draft *draft, const fp_value *list, const fp_path *path,
                          uint8_t conditions)
{
    size_t i = 0;

    fp_decode_each (item, list) {
        const fp_path here = {path, NULL, i++};
        fp_backend backend = {.conditions = conditions};

        if (!fp_backend_read_ip(draft, fp_decode_get(item, "ip"), FP_PATH(&here, "ip"),
                                &backend.ip))
            continue;
        fp_try(fp_backend_read_texts(draft, item, &here, &backend));
        fp_backend_draft_add(draft, &backend);
    }
    return 0;
}

static int read_subset(fp_decoder *d, const fp_value *subset, const fp_path *path,
                       fp_backend_group *ret)
{
    const fp_path ready_path = {path, "addresses", 0};
    const fp_path other_path = {path, "notReadyAddresses", 0};
    fp_backend_draft draft;
    const fp_value *ready;
    const fp_value *other;

    fp_try(fp_decode_array(d, subset, "addresses", path, &ready));
    fp_try(fp_decode_array(d, subset, "notReadyAddresses", path, &other));
    fp_try(fp_decode_service_ports(d, subset, path, true, &ret->ports, &ret->n_ports));
    fp_try(
        fp_backend_draft_init(&draft, d, (ready ? ready->count : 0) + (other ? other->count : 0)));
    fp_try(read_addresses(&draft, ready, &ready_path, FP_BACKEND_READY | FP_BACKEND_SERVING));
    fp_try(read_addresses(&draft, other, &other_path, 0));
    fp_backend_draft_finish(&draft, ret);
    return 0;
}

static void note_marks(fp_decoder *d, fp_backends_desc *ret)
{
    const fp_value *metadata = fp_decode_get(d->root, "metadata");
    const fp_value *annotations = fp_decode_get(metadata, "annotations");
    const fp_value *labels = fp_decode_get(metadata, "labels");
    const fp_path path = {NULL, "metadata", 0};

    ret->is_ours = fp_decode_get(annotations, FP_SERVICE_SELECTOR) != NULL;
    ret->is_not_mirrored = fp_str_is(fp_value_get_str(labels, FP_SKIP_MIRROR), "true");
    if (fp_str_is(fp_value_get_str(annotations, "endpoints.kubernetes.io/over-capacity"),
                  "truncated"))
        fp_decode_report(d, FP_SEVERITY_WARNING, FP_DIAG_LIMIT, FP_PATH(&path, "annotations"),
                         "Kubernetes left out addresses here beyond the first 1,000; "
                         "EndpointSlices have all of them");
}

int fp_decode_endpoints(fp_decoder *d, fp_object *ret)
{
    const fp_path list_path = {NULL, "subsets", 0};
    const fp_value *list;
    fp_backend_group *groups;
    size_t n = 0;

    fp_try(fp_decode_array(d, d->root, "subsets", NULL, &list));
    groups = fp_arena_zero(d->arena, list ? list->count : 0, sizeof(*groups));
    if (!groups)
        return FEDPOL_E_NOMEM;
    fp_decode_each (item, list) {
        fp_try(read_subset(d, item, FP_PATH_AT(&list_path, n), &groups[n]));
        n++;
    }
    ret->backends.service = d->name;
    ret->backends.groups = groups;
    ret->backends.n_groups = n;
    fp_try(fp_backends_read_metadata(d, &ret->backends));
    note_marks(d, &ret->backends);
    ret->cls = FP_OBJECT_BACKENDS;
    return 0;
}
