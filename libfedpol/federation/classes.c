/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/private.h"

static int grow_classes(fp_federation *federation, fp_class_id class_id)
{
    uint32_t n = class_id + class_id / 4 + 8;
    fp_class_list *classes = fp_realloc_array(federation->classes, n, sizeof(*classes));

    if (!classes)
        return FEDPOL_E_NOMEM;
    for (uint32_t i = federation->n_classes; i < n; i++)
        classes[i] = (fp_class_list){0};
    federation->classes = classes;
    federation->n_classes = n;
    return 0;
}

int fp_classes_reserve(fp_federation *federation, fp_class_id class_id)
{
    fp_class_list *list;
    fp_endpoint_id *ids;
    uint32_t cap;

    if (class_id >= federation->n_classes)
        fp_try(grow_classes(federation, class_id));
    list = &federation->classes[class_id];
    if (list->len == 0 || list->len < list->cap)
        return 0;
    cap = list->len + list->len / 2 + 2;
    ids = fp_realloc_array(list->cap ? list->u.ids : NULL, cap, sizeof(*ids));
    if (!ids)
        return FEDPOL_E_NOMEM;
    if (list->cap == 0)
        ids[0] = list->u.one;
    list->u.ids = ids;
    list->cap = cap;
    return 0;
}

void fp_classes_add(fp_federation *federation, fp_class_id class_id, fp_endpoint_id id)
{
    fp_class_list *list = &federation->classes[class_id];
    fp_endpoint *endpoint = fp_endpoint_at(federation, id);

    if (list->cap == 0)
        list->u.one = id;
    else
        list->u.ids[list->len] = id;
    endpoint->class_pos = list->len++;
}

/* Gives memory back when little of it is used; failing to is harmless. */
static void shrink(fp_class_list *list)
{
    if (list->cap == 0 || list->len > list->cap / 4)
        return;
    if (list->len <= 1) {
        fp_endpoint_id one = list->u.ids[0];

        fp_free(list->u.ids);
        list->u.one = one;
        list->cap = 0;
    } else {
        uint32_t cap = list->len + list->len / 2;
        fp_endpoint_id *ids = fp_realloc_array(list->u.ids, cap, sizeof(*ids));

        if (ids) {
            list->u.ids = ids;
            list->cap = cap;
        }
    }
}

void fp_classes_remove(fp_federation *federation, fp_endpoint_id id)
{
    const fp_endpoint *endpoint = fp_endpoint_at(federation, id);
    fp_class_list *list = &federation->classes[endpoint->class_id];

    list->len--;
    if (list->cap > 0) {
        fp_endpoint_id last = list->u.ids[list->len];

        list->u.ids[endpoint->class_pos] = last;
        fp_endpoint_at(federation, last)->class_pos = endpoint->class_pos;
    }
    shrink(list);
}

const fp_endpoint_id *fp_federation_class_endpoints(const fp_federation *federation,
                                                    fp_class_id class_id, size_t *ret_n)
{
    const fp_class_list *list;

    *ret_n = 0;
    if (class_id >= federation->n_classes)
        return NULL;
    list = &federation->classes[class_id];
    *ret_n = list->len;
    return list->cap ? list->u.ids : &list->u.one;
}

size_t fp_classes_memory(const fp_federation *federation)
{
    size_t size = federation->n_classes * sizeof(*federation->classes);

    for (uint32_t i = 0; i < federation->n_classes; i++)
        size += federation->classes[i].cap * sizeof(fp_endpoint_id);
    return size;
}

void fp_classes_done(fp_federation *federation)
{
    for (uint32_t i = 0; i < federation->n_classes; i++)
        if (federation->classes[i].cap > 0)
            fp_free(federation->classes[i].u.ids);
    fp_free(federation->classes);
    federation->classes = NULL;
    federation->n_classes = 0;
}
