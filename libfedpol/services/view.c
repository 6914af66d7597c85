/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "libfedpol/cluster/sort.h"
#include "libfedpol/services/private.h"

static int cmp_feds(const void *context, uint32_t a, uint32_t b)
{
    const fp_services *s = context;
    const fp_service_node *x = fp_node_at(s, fp_fed_at(s, a)->node);
    const fp_service_node *y = fp_node_at(s, fp_fed_at(s, b)->node);
    int order = fp_str_cmp(fp_space_at(s, x->space)->name, fp_space_at(s, y->space)->name);

    return order ? order : fp_str_cmp(x->name, y->name);
}

int fp_services_list(const fp_services *s, fp_u32_vec *ret_ids)
{
    size_t before = ret_ids->len;

    for (uint32_t id = 0; id < s->nodes.used; id++) {
        const fp_service_node *node = fp_node_at(s, id);

        if (node->cluster && node->fed != FP_NO_ID)
            fp_try(fp_vec_push(ret_ids, node->fed));
    }
    if (ret_ids->len == before)
        return 0;
    return fp_sort_ids(ret_ids->items + before, ret_ids->len - before, cmp_feds, s);
}

static size_t count_backends(const fp_services *s, const fp_fed *fed)
{
    size_t n = 0;

    for (size_t i = 0; i < fed->groups.len; i++)
        n += fp_group_at(s, fed->groups.items[i])->placed.len;
    return n;
}

fp_federated_view fp_services_view(const fp_services *s, uint32_t id)
{
    const fp_fed *fed = fp_fed_at(s, id);
    const fp_service_node *node = fp_node_at(s, fed->node);
    const fp_service_desc *desc = &node->applied->desc;

    return (fp_federated_view){
        .ns = fp_space_at(s, node->space)->name,
        .name = node->name,
        .uid = desc->uid,
        .selector = desc->selector,
        .ports = desc->ports,
        .n_ports = desc->n_ports,
        .problem = fed->problem,
        .problem_text = fp_str_of(fed->problem_text),
        .is_headless = desc->is_headless,
        .is_foreign = fp_fed_is_foreign(s, fed),
        .n_backends = count_backends(s, fed),
        .revision = fed->revision,
    };
}

uint32_t fp_services_find(const fp_services *s, fp_str ns, fp_str name)
{
    uint32_t node = s->local ? fp_node_find(s, s->local, ns, name) : FP_NO_ID;

    return node == FP_NO_ID ? FP_NO_ID : fp_node_at(s, node)->fed;
}

/* --- groups and slices --- */

static int cmp_groups(const void *context, uint32_t a, uint32_t b)
{
    const fp_group *x = fp_group_at(context, a);
    const fp_group *y = fp_group_at(context, b);

    if (x->family != y->family)
        return x->family < y->family ? -1 : 1;
    for (size_t i = 0; i < x->n_ports && i < y->n_ports; i++) {
        int order = fp_service_port_cmp(&x->ports[i], &y->ports[i]);

        if (order)
            return order;
    }
    return (x->n_ports > y->n_ports) - (x->n_ports < y->n_ports);
}

/* The fed's groups in order; appended. */
static int sorted_groups(const fp_services *s, const fp_fed *fed, fp_u32_vec *ret)
{
    for (size_t i = 0; i < fed->groups.len; i++)
        fp_try(fp_vec_push(ret, fed->groups.items[i]));
    return ret->len ? fp_sort_ids(ret->items, ret->len, cmp_groups, s) : 0;
}

static int add_slices(const fp_services *s, uint32_t id, fp_wanted_slice_vec *ret)
{
    const fp_group *group = fp_group_at(s, id);

    for (size_t i = 0; i < group->leaves.len; i++)
        fp_try(fp_vec_push(ret, (fp_wanted_slice){
                                    .ports = {group->ports, group->n_ports, group->family},
                                    .group = id,
                                    .leaf = (uint32_t)i,
                                    .revision = group->leaves.items[i].revision,
                                    .n = group->leaves.items[i].n,
                                }));
    return 0;
}

int fp_services_slices(const fp_services *s, uint32_t id, fp_wanted_slice_vec *ret)
{
    fp_u32_vec groups = {0};
    int r = sorted_groups(s, fp_fed_at(s, id), &groups);

    for (size_t i = 0; r == 0 && i < groups.len; i++)
        r = add_slices(s, groups.items[i], ret);
    fp_vec_done(&groups);
    return r;
}

static int by_address(const void *a, const void *b)
{
    const fp_wanted *x = a;
    const fp_wanted *y = b;
    int order = fp_backend_cmp(x->backend, y->backend);

    if (order == 0)
        order = fp_str_cmp(fp_cluster_name(x->cluster), fp_cluster_name(y->cluster));
    return order ? order : fp_str_cmp(x->service, y->service);
}

static int add_range(const fp_services *s, const fp_group *group, size_t start, size_t n,
                     fp_wanted_vec *ret)
{
    fp_try(fp_vec_reserve(ret, n));
    for (size_t i = start; i < start + n; i++)
        (void)fp_vec_push(ret, fp_slot_wanted(s, group->placed.items[i].slot)); /* there is room */
    return 0;
}

int fp_services_slice_backends(const fp_services *s, const fp_wanted_slice *slice,
                               fp_wanted_vec *ret)
{
    const fp_group *group = fp_group_at(s, slice->group);
    const fp_leaf *leaf = &group->leaves.items[slice->leaf];
    size_t before = ret->len;

    fp_try(add_range(s, group, leaf->start, leaf->n, ret));
    qsort(ret->items + before, ret->len - before, sizeof(*ret->items), by_address);
    return 0;
}

void fp_services_put_slice_name(const fp_services *s, uint32_t id, const fp_wanted_slice *slice,
                                fp_buf *buf)
{
    const fp_group *group = fp_group_at(s, slice->group);
    const fp_leaf *leaf = &group->leaves.items[slice->leaf];

    fp_buf_add(buf, fp_node_at(s, fp_fed_at(s, id)->node)->name);
    fp_buf_printf(buf, "-fp%u-%s", group->family, group->digest);
    if (leaf->bits > 0)
        fp_buf_putc(buf, '-');
    for (unsigned bit = 0; bit < leaf->bits; bit++)
        fp_buf_putc(buf, (leaf->prefix >> (63 - bit)) & 1 ? '1' : '0');
    if (leaf->part > 0)
        fp_buf_printf(buf, "-%u", leaf->part);
}

/* --- subsets of Endpoints: both families of the same ports --- */

int fp_fed_subsets(const fp_services *s, uint32_t id, fp_subset_vec *subsets, fp_wanted_vec *ret)
{
    fp_u32_vec groups = {0};
    int r = sorted_groups(s, fp_fed_at(s, id), &groups);

    for (size_t i = 0; r == 0 && i < groups.len; i++) {
        const fp_group *group = fp_group_at(s, groups.items[i]);
        fp_subset subset = {.ports = group->ports, .n_ports = group->n_ports, .start = ret->len};

        if (group->family != 4 &&
            fp_group_find(s, group->fed, 4, group->ports, group->n_ports) != FP_NO_ID)
            continue; /* it came with the other family */
        r = add_range(s, group, 0, group->placed.len, ret);
        if (r == 0 && group->family == 4) {
            uint32_t other = fp_group_find(s, group->fed, 6, group->ports, group->n_ports);

            if (other != FP_NO_ID)
                r = add_range(s, fp_group_at(s, other), 0, fp_group_at(s, other)->placed.len, ret);
        }
        subset.n = ret->len - subset.start;
        if (r == 0 && subset.n > 0) {
            qsort(ret->items + subset.start, subset.n, sizeof(*ret->items), by_address);
            r = fp_vec_push(subsets, subset);
        }
    }
    fp_vec_done(&groups);
    return r;
}

/* --- clusters --- */

static int by_text(const void *a, const void *b)
{
    return fp_str_cmp(*(const fp_str *)a, *(const fp_str *)b);
}

static int note_cluster(fp_str_vec *names, size_t before, const fp_cluster *cluster)
{
    fp_str name = fp_cluster_name(cluster);

    for (size_t i = names->len; i > before; i--)
        if (names->items[i - 1].ptr == name.ptr)
            return 0;
    return fp_vec_push(names, name);
}

int fp_services_clusters(const fp_services *s, uint32_t id, fp_str_vec *ret)
{
    const fp_fed *fed = fp_fed_at(s, id);
    size_t before = ret->len;

    for (size_t i = 0; i < fed->groups.len; i++) {
        const fp_group *group = fp_group_at(s, fed->groups.items[i]);

        for (size_t k = 0; k < group->placed.len; k++)
            fp_try(
                note_cluster(ret, before, fp_slot_wanted(s, group->placed.items[k].slot).cluster));
    }
    if (ret->len > before)
        qsort(ret->items + before, ret->len - before, sizeof(fp_str), by_text);
    return 0;
}
