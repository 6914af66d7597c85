/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/private.h"

#include "libfedpol/cluster/sort.h"

static int cmp_numbers(unsigned a, unsigned b)
{
    return (a > b) - (a < b);
}

static int cmp_endpoints(const void *context, uint32_t a, uint32_t b)
{
    const fp_federation *federation = context;
    const fp_endpoint *x = fp_endpoint_at(federation, a);
    const fp_endpoint *y = fp_endpoint_at(federation, b);
    const fp_cluster *cluster = federation->slots.items[x->cluster].cluster;
    const fp_cluster *other = federation->slots.items[y->cluster].cluster;
    fp_record_view view;
    fp_record_view that;
    int order = 0;

    if (a == b)
        return 0;
    if (cluster != other)
        order = fp_str_cmp(fp_cluster_name(cluster), fp_cluster_name(other));
    if (order == 0)
        order = cmp_numbers(fp_flags_type(x->flags), fp_flags_type(y->flags));
    if (order != 0)
        return order;
    view = fp_cluster_record(cluster, x->record);
    that = fp_cluster_record(other, y->record);
    order = fp_str_cmp(view.ns, that.ns);
    if (order == 0)
        order = fp_str_cmp(view.name, that.name);
    return order ? order : cmp_numbers(view.kind, that.kind);
}

int fp_endpoints_sort(const fp_federation *federation, fp_u32_vec *ids, size_t from)
{
    if (ids->len - from < 2)
        return 0;
    return fp_sort_ids(ids->items + from, ids->len - from, cmp_endpoints, federation);
}

/* Sorts what was appended behind FROM; takes it back on failure. */
static int finish(const fp_federation *federation, fp_u32_vec *ids, size_t from, int r)
{
    if (r == 0)
        r = fp_endpoints_sort(federation, ids, from);
    if (r < 0)
        ids->len = from;
    return r;
}

int fp_federation_enforced(const fp_federation *federation, fp_u32_vec *ret_ids)
{
    const fp_idset *set = &federation->enforced;
    size_t from = ret_ids->len;

    fp_try(fp_vec_reserve(ret_ids, set->count));
    for (uint32_t id = fp_idset_next(set, 0); id != FP_NO_ID; id = fp_idset_next(set, id + 1))
        ret_ids->items[ret_ids->len++] = id;
    return finish(federation, ret_ids, from, 0);
}

static bool is_visible(const fp_federation *federation, uint32_t id)
{
    fp_endpoint_view view;

    return fp_federation_get(federation, id, &view) &&
           fp_cluster_number(view.cluster) != FP_SERVICES_CLUSTER;
}

int fp_federation_all(const fp_federation *federation, fp_u32_vec *ret_ids)
{
    size_t from = ret_ids->len;

    fp_try(fp_vec_reserve(ret_ids, federation->count));
    for (uint32_t id = 0; id < federation->endpoints.used; id++)
        if (is_visible(federation, id))
            ret_ids->items[ret_ids->len++] = id;
    return finish(federation, ret_ids, from, 0);
}

static int add_class(const fp_federation *federation, fp_class_id class_id, fp_u32_vec *ids)
{
    size_t n;
    const fp_endpoint_id *members = fp_federation_class_endpoints(federation, class_id, &n);

    fp_try(fp_vec_reserve(ids, n));
    for (size_t i = 0; i < n; i++)
        ids->items[ids->len++] = members[i];
    return 0;
}

int fp_federation_select(fp_federation *federation, const fp_selector *selector,
                         fp_u32_vec *ret_ids)
{
    size_t from = ret_ids->len;
    fp_idset classes = {0};
    int r = fp_label_index_query(federation->labels, selector, FP_DOMAIN_ALL, &classes);

    for (uint32_t id = fp_idset_next(&classes, 0); r == 0 && id != FP_NO_ID;
         id = fp_idset_next(&classes, id + 1))
        r = add_class(federation, id, ret_ids);
    r = finish(federation, ret_ids, from, r);
    fp_idset_done(&classes);
    return r;
}
