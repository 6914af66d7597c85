/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/services/private.h"

#define MAX_DIAGS 3u

typedef struct diag_list {
    fp_diag items[MAX_DIAGS];
    size_t n;
} diag_list;

static void add(diag_list *list, fp_severity severity, fp_diag_code code, const char *path,
                fp_str message)
{
    list->items[list->n++] = (fp_diag){severity, code, fp_str_of(path), message};
}

/* Endpoints of its name that do not bear our mark are somebody else's. */
bool fp_fed_is_foreign(const fp_services *s, const fp_fed *fed)
{
    const fp_service_node *node = fp_node_at(s, fed->node);

    if (fed->problem == FP_FEDERATED_HAS_SELECTOR)
        return false;
    for (uint32_t object_id = fp_idset_next(&node->objects, 0); object_id != FP_NO_ID;
         object_id = fp_idset_next(&node->objects, object_id + 1)) {
        const fp_service_object *object = fp_object_at(s, object_id);

        if (object->applied && !object->applied->desc.is_ours && !object->applied->desc.is_mirror)
            return true;
    }
    return false;
}

static void judge(const fp_fed *fed, const fp_service_desc *desc, fp_str selector_message,
                  diag_list *ret)
{
    static const char annotations[] = "metadata.annotations";

    switch (fed->problem) {
    case FP_FEDERATED_BAD_SELECTOR:
        add(ret, FP_SEVERITY_ERROR, FP_DIAG_INVALID_SELECTOR, annotations, selector_message);
        break;
    case FP_FEDERATED_HAS_SELECTOR:
        add(ret, FP_SEVERITY_WARNING, FP_DIAG_NO_EFFECT, "spec.selector",
            FP_STR("a service with a selector of its own is not federated; Kubernetes manages its "
                   "endpoints"));
        break;
    case FP_FEDERATED_OTHER_NAME:
        add(ret, FP_SEVERITY_WARNING, FP_DIAG_NO_EFFECT, "spec.type",
            FP_STR("a service of type ExternalName has no endpoints and is not federated"));
        break;
    default:
        if (desc->n_ports == 0)
            add(ret, FP_SEVERITY_WARNING, FP_DIAG_NO_EFFECT, "spec.ports",
                FP_STR("ports are matched by name and protocol: a federated service without ports "
                       "has no back ends"));
        break;
    }
}

static int put(fp_services *s, const fp_fed *fed, const diag_list *list)
{
    const fp_service_node *node = fp_node_at(s, fed->node);

    return fp_cluster_set_diags(node->cluster, FP_DIAG_SOURCE_SERVICES,
                                fp_kind_name(FP_KIND_SERVICE), fp_space_at(s, node->space)->name,
                                node->name, FP_STR_NULL, list->items, list->n);
}

int fp_fed_tell(fp_services *s, uint32_t id)
{
    fp_fed *fed = fp_fed_at(s, id);
    const fp_service_desc *desc = &fp_node_at(s, fed->node)->applied->desc;
    fp_cleanup_buf fp_buf message = {0};
    diag_list list = {0};

    if (fed->problem == FP_FEDERATED_BAD_SELECTOR)
        fp_buf_printf(&message, "the selector can't be used, so the service has no endpoints: %s",
                      fed->problem_text);
    fp_try(fp_buf_error(&message));
    judge(fed, desc, fp_buf_str(&message), &list);
    if (fp_fed_is_foreign(s, fed))
        add(&list, FP_SEVERITY_WARNING, FP_DIAG_FOREIGN_ENDPOINTS, "",
            FP_STR("endpoints of this service were made by somebody else; they are left alone"));
    if (list.n == 0 && !fed->has_diags)
        return 0;
    fp_try(put(s, fed, &list));
    fed->has_diags = list.n > 0;
    return 0;
}

/* To take away needs no memory. */
void fp_fed_untell(fp_services *s, uint32_t id)
{
    const diag_list none = {0};
    fp_fed *fed = fp_fed_at(s, id);

    if (fed->has_diags)
        (void)put(s, fed, &none);
    fed->has_diags = false;
}
