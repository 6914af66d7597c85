/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "libfedpol/policy/private.h"

static const fp_tier_desc built_in[] = {
    {FP_STR_INIT("default"), 1000000, FP_ACTION_DENY},
    {FP_STR_INIT("kube-admin"), 1000, FP_ACTION_PASS},
    {FP_STR_INIT("kube-baseline"), 10000000, FP_ACTION_PASS},
};

static bool has_name(const void *owner, uint32_t id, const void *key)
{
    const fp_tiers *tiers = owner;

    return fp_str_eq(tiers->items.items[id]->name, *(const fp_str *)key);
}

static uint32_t hash_of(const fp_calc *calc, fp_str name)
{
    return fp_hash_str(&calc->world->key, name);
}

/* What a tier is without an object. */
static void set_absent(fp_tier_entry *entry)
{
    entry->exists = false;
    entry->order = HUGE_VAL;
    entry->default_action = FP_ACTION_DENY;
    for (size_t i = 0; i < FP_ARRAY_LEN(built_in); i++) {
        if (!fp_str_eq(entry->name, built_in[i].name))
            continue;
        entry->exists = true;
        entry->order = built_in[i].order;
        entry->default_action = built_in[i].default_action;
    }
}

static int reserve(fp_tiers *tiers)
{
    size_t n = (size_t)tiers->ids.used + 1;

    fp_try(fp_index_reserve(&tiers->index, 1));
    fp_try(fp_marks_room(&tiers->stale, n));
    return fp_vec_reserve(&tiers->items, n - tiers->items.len);
}

int fp_tiers_get(fp_calc *calc, fp_str name, uint32_t *ret)
{
    fp_tiers *tiers = &calc->tiers;
    uint32_t hash = hash_of(calc, name);
    uint32_t id = fp_index_find(&tiers->index, hash, has_name, tiers, &name);
    fp_tier_entry *entry;
    char *text;

    if (id != FP_NO_ID) {
        *ret = id;
        return 0;
    }
    fp_try(reserve(tiers));
    entry = fp_alloc_zero(1, sizeof(*entry));
    text = fp_str_dup(name);
    if (!entry || !text || fp_ids_take(&tiers->ids, &id) < 0) {
        fp_free(entry);
        fp_free(text);
        return FEDPOL_E_NOMEM;
    }
    entry->name = fp_str_n(text, name.len);
    set_absent(entry);
    if (id == tiers->items.len)
        tiers->items.len++;
    tiers->items.items[id] = entry;
    (void)fp_index_add(&tiers->index, hash, id);
    *ret = id;
    return 0;
}

static void free_entry(fp_tier_entry *entry)
{
    if (!entry)
        return;
    fp_idset_done(&entry->policies);
    fp_free((void *)(uintptr_t)entry->name.ptr);
    fp_free(entry);
}

/* Built-in tiers come back the same when they are asked for. */
static void drop_if_unused(fp_calc *calc, uint32_t id)
{
    fp_tiers *tiers = &calc->tiers;
    fp_tier_entry *entry = tiers->items.items[id];

    if (entry->has_object || entry->policies.count > 0)
        return;
    (void)fp_index_remove(&tiers->index, hash_of(calc, entry->name), id);
    free_entry(entry);
    tiers->items.items[id] = NULL;
    fp_ids_give(&tiers->ids, id);
}

int fp_tiers_put(fp_calc *calc, const fp_tier_desc *desc, uint32_t *ret)
{
    fp_tier_entry *entry;
    uint32_t id;

    fp_try(fp_tiers_get(calc, desc->name, &id));
    entry = calc->tiers.items.items[id];
    entry->has_object = true;
    entry->exists = true;
    entry->order = desc->order;
    entry->default_action = desc->default_action;
    fp_marks_add(&calc->tiers.stale, id);
    *ret = id;
    return 0;
}

void fp_tiers_remove(fp_calc *calc, uint32_t id)
{
    fp_tier_entry *entry = calc->tiers.items.items[id];

    entry->has_object = false;
    set_absent(entry);
    fp_marks_add(&calc->tiers.stale, id);
    drop_if_unused(calc, id);
}

int fp_tiers_add_policy(fp_calc *calc, uint32_t id, uint32_t policy)
{
    int r = fp_idset_add(&calc->tiers.items.items[id]->policies, policy);

    if (r < 0)
        drop_if_unused(calc, id);
    return r < 0 ? r : 0;
}

void fp_tiers_remove_policy(fp_calc *calc, uint32_t id, uint32_t policy)
{
    (void)fp_idset_remove(&calc->tiers.items.items[id]->policies, policy);
    drop_if_unused(calc, id);
}

void fp_tiers_done(fp_calc *calc)
{
    fp_tiers *tiers = &calc->tiers;

    for (size_t i = 0; i < tiers->items.len; i++)
        free_entry(tiers->items.items[i]);
    fp_vec_done(&tiers->items);
    fp_ids_done(&tiers->ids);
    fp_index_done(&tiers->index);
    fp_marks_done(&tiers->stale);
}
