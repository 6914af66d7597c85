/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/calc.h"

#include "libfedpol/cluster/sort.h"
#include "libfedpol/policy/private.h"

fp_federation *fp_calc_federation(const fp_calc *calc)
{
    return calc->federation;
}

static const fp_set_entry *live_set(const fp_calc *calc, uint32_t id)
{
    const fp_set_entry *set = id < calc->sets.items.len ? calc->sets.items.items[id] : NULL;

    return set && set->users > 0 ? set : NULL;
}

const fp_set *fp_calc_set(const fp_calc *calc, uint32_t id)
{
    const fp_set_entry *set = live_set(calc, id);

    return set ? &set->pub : NULL;
}

static const fp_active_entry *live_policy(const fp_calc *calc, uint32_t id)
{
    const fp_active_entry *entry =
        id < calc->actives.items.len ? calc->actives.items.items[id] : NULL;

    return entry && entry->now ? entry : NULL;
}

const fp_active_policy *fp_calc_policy(const fp_calc *calc, uint32_t id)
{
    const fp_active_entry *entry = live_policy(calc, id);

    return entry ? &entry->now->pub : NULL;
}

const fp_policy_list *fp_calc_list(const fp_calc *calc, fp_endpoint_id endpoint)
{
    fp_endpoint_view view;
    uint32_t slot;

    if (!fp_federation_get(calc->federation, endpoint, &view) || !view.enforced)
        return NULL;
    slot = fp_lists_find(calc, view.class_id);
    if (slot == FP_NO_ID || !calc->lists.items.items[slot].now)
        return NULL;
    return &calc->lists.items.items[slot].now->pub;
}

static int cmp_sets(const void *context, uint32_t a, uint32_t b)
{
    const fp_calc *calc = context;

    return fp_set_entry_cmp(calc->sets.items.items[a], calc->sets.items.items[b]);
}

static int cmp_policies(const void *context, uint32_t a, uint32_t b)
{
    const fp_calc *calc = context;

    return fp_active_entry_cmp(calc->actives.items.items[a], calc->actives.items.items[b]);
}

static int sort_appended(fp_u32_vec *ids, size_t before, fp_sort_cmp cmp, const fp_calc *calc)
{
    return ids->len > before ? fp_sort_ids(ids->items + before, ids->len - before, cmp, calc) : 0;
}

int fp_calc_sets(const fp_calc *calc, fp_u32_vec *ret_ids)
{
    size_t before = ret_ids->len;

    for (uint32_t id = 0; id < calc->sets.items.len; id++)
        if (live_set(calc, id))
            fp_try(fp_vec_push(ret_ids, id));
    return sort_appended(ret_ids, before, cmp_sets, calc);
}

int fp_calc_policies(const fp_calc *calc, fp_u32_vec *ret_ids)
{
    size_t before = ret_ids->len;

    for (uint32_t id = 0; id < calc->actives.items.len; id++)
        if (live_policy(calc, id))
            fp_try(fp_vec_push(ret_ids, id));
    return sort_appended(ret_ids, before, cmp_policies, calc);
}

int fp_calc_set_members(const fp_calc *calc, const fp_set *set, fp_cidr_vec *ret_nets,
                        fp_port_member_vec *ret_ports)
{
    const fp_idset *classes = fp_label_index_classes(calc->labels, set->match_id);

    if (set->type == FP_SET_NET)
        return fp_federation_members(calc->federation, classes, ret_nets);
    return fp_federation_port_members(calc->federation, classes, set->protocol, set->port,
                                      ret_ports);
}
