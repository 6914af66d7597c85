/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/backends.h"

static const fp_path labels_path = {&(const fp_path){NULL, "metadata", 0}, "labels", 0};

/* A condition that is not said counts as FALLBACK. */
static bool read_condition(const fp_value *conditions, const char *key, bool fallback)
{
    const fp_value *value = fp_decode_get(conditions, key);

    return fp_value_is(value, FP_VALUE_BOOL) ? value->boolean : fallback;
}

static uint8_t read_conditions(const fp_value *conditions)
{
    bool ready = read_condition(conditions, "ready", true);
    bool serving = read_condition(conditions, "serving", ready);
    bool terminating = read_condition(conditions, "terminating", false);

    return (uint8_t)((ready ? FP_BACKEND_READY : 0) | (serving ? FP_BACKEND_SERVING : 0) |
                     (terminating ? FP_BACKEND_TERMINATING : 0));
}

static int read_endpoint(fp_backend_draft *draft, const fp_value *value, const fp_path *path,
                         unsigned family)
{
    const fp_path list_path = {path, "addresses", 0};
    fp_backend backend = {.conditions = read_conditions(fp_decode_get(value, "conditions"))};
    const fp_value *list = fp_decode_get(value, "addresses");
    fp_ip ip;

    /* Several addresses are one back end with several names; all but the first are for show. */
    if (!fp_value_is(list, FP_VALUE_ARRAY) || !list->first) {
        fp_decode_report(draft->d, FP_SEVERITY_WARNING, FP_DIAG_INVALID_ADDRESS, &list_path,
                         "an endpoint without an address is left out");
        return 0;
    }
    if (!fp_backend_read_ip(draft, list->first, FP_PATH_AT(&list_path, 0), &ip))
        return 0;
    if (ip.family != family) {
        fp_decode_report(draft->d, FP_SEVERITY_WARNING, FP_DIAG_INVALID_ADDRESS,
                         FP_PATH_AT(&list_path, 0), "%s is not of the slice's family",
                         fp_decode_quote(draft->d, list->first->text));
        return 0;
    }
    backend.ip = ip;
    fp_try(fp_backend_read_texts(draft, value, path, &backend));
    fp_backend_draft_add(draft, &backend);
    return 0;
}

static int read_group(fp_decoder *d, unsigned family, fp_backend_group *ret)
{
    const fp_path list_path = {NULL, "endpoints", 0};
    fp_backend_draft draft;
    const fp_value *list;
    size_t i = 0;

    fp_try(fp_decode_service_ports(d, d->root, NULL, false, &ret->ports, &ret->n_ports));
    fp_try(fp_decode_array(d, d->root, "endpoints", NULL, &list));
    fp_try(fp_backend_draft_init(&draft, d, list ? list->count : 0));
    fp_decode_each (item, list)
        fp_try(read_endpoint(&draft, item, FP_PATH_AT(&list_path, i++), family));
    fp_backend_draft_finish(&draft, ret);
    return 0;
}

static unsigned read_family(fp_decoder *d)
{
    const fp_value *type = fp_decode_get(d->root, "addressType");
    fp_str text = fp_value_get_str(d->root, "addressType");
    const fp_path path = {NULL, "addressType", 0};

    if (fp_str_is(text, "IPv4"))
        return 4;
    if (fp_str_is(text, "IPv6"))
        return 6;
    fp_decode_report(d, FP_SEVERITY_WARNING, FP_DIAG_UNSUPPORTED, &path,
                     "slices of type %s have no addresses; this one is left out",
                     type ? fp_decode_quote(d, fp_decode_shown(type)) : "\"\"");
    return 0;
}

int fp_decode_endpoint_slice(fp_decoder *d, fp_object *ret)
{
    const fp_value *labels = fp_decode_get(fp_decode_get(d->root, "metadata"), "labels");
    fp_str manager = fp_value_get_str(labels, FP_SLICE_MANAGED_BY);
    fp_str service = fp_value_get_str(labels, FP_SLICE_SERVICE_NAME);
    fp_backends_desc *backends = &ret->backends;
    fp_backend_group *group;
    unsigned family;

    if (!fp_valid_subdomain(service)) {
        fp_decode_report(d, FP_SEVERITY_WARNING, FP_DIAG_NO_EFFECT, &labels_path,
                         "without a label " FP_SLICE_SERVICE_NAME
                         " that names a service the slice belongs to none");
        return 0;
    }
    family = read_family(d);
    if (family == 0)
        return 0;
    group = fp_arena_zero(d->arena, 1, sizeof(*group));
    if (!group)
        return FEDPOL_E_NOMEM;
    fp_try(read_group(d, family, group));
    fp_try(fp_decode_copy(d, service, &backends->service));
    fp_try(fp_backends_read_metadata(d, backends));
    backends->groups = group;
    backends->n_groups = 1;
    backends->is_slice = true;
    backends->is_ours = fp_str_is(manager, FP_SLICE_MANAGER);
    backends->is_mirror = fp_str_is(manager, "endpointslicemirroring-controller.k8s.io");
    ret->cls = FP_OBJECT_BACKENDS;
    return 0;
}
