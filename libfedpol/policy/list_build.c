/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "libfedpol/policy/private.h"

typedef FP_VEC(fp_ordered) ordered_vec;

static int collect_match(fp_calc *calc, const fp_idset *policies, ordered_vec *ret)
{
    for (uint32_t id = fp_idset_next(policies, 0); id != FP_NO_ID;
         id = fp_idset_next(policies, id + 1)) {
        const fp_policy_entry *entry = &calc->policies.items.items[id];
        uint32_t active;

        fp_try(fp_actives_of_policy(calc, id, &active));
        fp_try(fp_vec_push(
            ret, (fp_ordered){calc->tiers.items.items[entry->tier], entry->policy, active}));
    }
    return 0;
}

/* The policies whose subject the class matches, in the order in which they apply. */
static int collect(fp_calc *calc, fp_class_id class_id, ordered_vec *ret)
{
    size_t n;
    const fp_match_id *matches = fp_label_index_matches(calc->labels, class_id, &n);

    for (size_t i = 0; i < n; i++)
        if (matches[i] < calc->matches.len)
            fp_try(collect_match(calc, &calc->matches.items[matches[i]].policies, ret));
    if (ret->len > 1)
        qsort(ret->items, ret->len, sizeof(ret->items[0]), fp_ordered_cmp);
    return 0;
}

typedef struct builder {
    fp_calc *calc;
    fp_class_id class_id;
    fp_list *out;
    ordered_vec ordered;
    fp_u32_vec actives;
} builder;

static int put_direction(fp_arena *arena, const fp_ordered *items, size_t n, uint8_t type,
                         const uint32_t **ret, size_t *ret_n)
{
    uint32_t *ids = fp_arena_array(arena, n, sizeof(*ids));
    size_t len = 0;

    if (!ids)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        if (items[i].policy->types & type)
            ids[len++] = items[i].active;
    *ret = ids;
    *ret_n = len;
    return 0;
}

/* N policies of one tier. */
static int put_tier(builder *b, const fp_ordered *items, size_t n, fp_tier_list *ret)
{
    fp_arena *arena = &b->out->memory;

    *ret = (fp_tier_list){.tier = fp_arena_str(arena, items[0].tier->name),
                          .default_action = items[0].tier->default_action,
                          .exists = items[0].tier->exists};
    if (!ret->tier.ptr)
        return FEDPOL_E_NOMEM;
    fp_try(put_direction(arena, items, n, FP_TYPE_INGRESS, &ret->ingress, &ret->n_ingress));
    fp_try(put_direction(arena, items, n, FP_TYPE_EGRESS, &ret->egress, &ret->n_egress));
    for (size_t i = 0; i < n; i++)
        fp_try(fp_vec_push(&b->actives, items[i].active));
    return 0;
}

static int put_tiers(builder *b)
{
    const fp_ordered *items = b->ordered.items;
    size_t n_tiers = 0;
    fp_tier_list *tiers;
    size_t end;

    for (size_t i = 0; i < b->ordered.len; i++)
        n_tiers += i == 0 || items[i].tier != items[i - 1].tier;
    tiers = fp_arena_array(&b->out->memory, n_tiers, sizeof(*tiers));
    if (!tiers)
        return FEDPOL_E_NOMEM;
    b->out->pub.tiers = tiers;
    for (size_t i = 0; i < b->ordered.len; i = end) {
        for (end = i + 1; end < b->ordered.len && items[end].tier == items[i].tier;)
            end++;
        fp_try(put_tier(b, items + i, end - i, &tiers[b->out->pub.n_tiers]));
        b->out->pub.n_tiers++;
    }
    return 0;
}

/*
 * Which of the profiles are missing, for the warnings. A missing service account behind a namespace
 * that is there is left out: the namespace has allowed everything before.
 */
static int put_missing(builder *b, size_t n)
{
    fp_str *missing = fp_arena_array(&b->out->memory, n, sizeof(*missing));
    bool after_namespace = false;
    size_t len = 0;

    if (!missing)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        fp_str name = fp_label_index_profile(b->calc->labels, b->class_id, i);
        bool exists = fp_profile_get(b->calc, name).exists;

        if (exists && fp_str_starts_with(name, FP_STR("kns.")))
            after_namespace = true;
        if (exists || (after_namespace && fp_str_starts_with(name, FP_STR("ksa."))))
            continue;
        missing[len] = fp_arena_str(&b->out->memory, name);
        if (!missing[len++].ptr)
            return FEDPOL_E_NOMEM;
    }
    b->out->missing = missing;
    b->out->n_missing = len;
    return 0;
}

static int put_profiles(builder *b)
{
    size_t n = fp_label_index_profile_count(b->calc->labels, b->class_id);
    uint32_t *ids = fp_arena_array(&b->out->memory, n, sizeof(*ids));

    if (!ids)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        fp_str name = fp_label_index_profile(b->calc->labels, b->class_id, i);

        fp_try(fp_actives_of_profile(b->calc, name, &ids[i]));
        fp_try(fp_vec_push(&b->actives, ids[i]));
    }
    b->out->pub.profiles = ids;
    b->out->pub.n_profiles = n;
    return put_missing(b, n);
}

static int put_actives(builder *b)
{
    uint32_t *ids = fp_arena_array(&b->out->memory, b->actives.len, sizeof(*ids));
    size_t len = 0;

    if (!ids)
        return FEDPOL_E_NOMEM;
    if (b->actives.len > 1)
        qsort(b->actives.items, b->actives.len, sizeof(*ids), fp_u32_cmp);
    for (size_t i = 0; i < b->actives.len; i++)
        if (len == 0 || ids[len - 1] != b->actives.items[i])
            ids[len++] = b->actives.items[i];
    b->out->actives = ids;
    b->out->n_actives = len;
    return 0;
}

static int fill(builder *b)
{
    fp_try(collect(b->calc, b->class_id, &b->ordered));
    fp_try(put_tiers(b));
    fp_try(put_profiles(b));
    return put_actives(b);
}

int fp_list_build(fp_calc *calc, uint32_t slot, fp_class_id class_id, fp_list **ret)
{
    builder b = {.calc = calc, .class_id = class_id};
    int r;

    b.out = fp_alloc_zero(1, sizeof(*b.out));
    if (!b.out)
        return FEDPOL_E_NOMEM;
    b.out->refs = 1;
    b.out->pub.id = slot;
    fp_arena_init(&b.out->memory, 512);
    r = fill(&b);
    fp_vec_done(&b.ordered);
    fp_vec_done(&b.actives);
    if (r < 0) {
        (void)fp_list_unref(b.out);
        return r;
    }
    *ret = b.out;
    return 0;
}
