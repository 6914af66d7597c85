/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/private.h"

static bool has_name(const void *owner, uint32_t id, const void *key)
{
    const fp_actives *actives = owner;

    return fp_str_eq(actives->items.items[id]->name, *(const fp_str *)key);
}

static bool has_profile(const void *owner, uint32_t id, const void *key)
{
    const fp_actives *actives = owner;
    const fp_active_entry *entry = actives->items.items[id];

    return entry->is_profile && fp_str_eq(entry->profile, *(const fp_str *)key);
}

/* Policies are filed under their whole name, profiles under that of the profile. */
static uint32_t hash_of(const fp_calc *calc, const fp_active_entry *entry)
{
    return fp_hash_str(&calc->world->key, entry->is_profile ? entry->profile : entry->name);
}

static uint32_t find_policy(const fp_calc *calc, fp_str name)
{
    return fp_index_find(&calc->actives.index, fp_hash_str(&calc->world->key, name), has_name,
                         &calc->actives, &name);
}

uint32_t fp_actives_find_profile(const fp_calc *calc, fp_str profile)
{
    return fp_index_find(&calc->actives.index, fp_hash_str(&calc->world->key, profile), has_profile,
                         &calc->actives, &profile);
}

void fp_actives_touch(fp_calc *calc, uint32_t id)
{
    fp_marks_add(&calc->actives.stale, id);
}

static void free_entry(fp_calc *calc, fp_active_entry *entry)
{
    if (!entry)
        return;
    if (entry->told_valid && entry->told != entry->now)
        (void)fp_compiled_free(calc, entry->told, false);
    (void)fp_compiled_free(calc, entry->now, false);
    fp_idset_done(&entry->lists);
    fp_free((void *)(uintptr_t)entry->name.ptr);
    fp_free((void *)(uintptr_t)entry->profile.ptr);
    fp_free(entry);
}

static int reserve(fp_actives *actives)
{
    size_t n = (size_t)actives->ids.used + 1;

    fp_try(fp_index_reserve(&actives->index, 1));
    fp_try(fp_marks_room(&actives->stale, n));
    fp_try(fp_marks_room(&actives->changed, n));
    return fp_vec_reserve(&actives->items, n - actives->items.len);
}

/* An entry for NAME (and PROFILE, of profiles), which are taken over on success; marked, so that
   it goes if nobody uses it. */
static int add_entry(fp_calc *calc, fp_buf *name, fp_buf *profile, uint32_t *ret)
{
    fp_actives *actives = &calc->actives;
    fp_active_entry *entry;
    uint32_t id;

    fp_try(fp_buf_error(name));
    if (profile)
        fp_try(fp_buf_error(profile));
    fp_try(reserve(actives));
    entry = fp_alloc_zero(1, sizeof(*entry));
    if (!entry)
        return FEDPOL_E_NOMEM;
    if (fp_ids_take(&actives->ids, &id) < 0) {
        fp_free(entry);
        return FEDPOL_E_NOMEM;
    }
    entry->store = FP_NO_ID;
    entry->name = fp_buf_str(name);
    *name = (fp_buf){0};
    if (profile) {
        entry->is_profile = true;
        entry->profile = fp_buf_str(profile);
        *profile = (fp_buf){0};
    }
    while (actives->items.len <= id)
        actives->items.items[actives->items.len++] = NULL;
    actives->items.items[id] = entry;
    (void)fp_index_add(&actives->index, hash_of(calc, entry), id);
    fp_marks_add(&actives->stale, id);
    *ret = id;
    return 0;
}

int fp_actives_of_policy(fp_calc *calc, uint32_t store, uint32_t *ret)
{
    fp_policy_entry *policy = &calc->policies.items.items[store];
    fp_cleanup_buf fp_buf name = {0};

    if (policy->active == FP_NO_ID) {
        uint32_t id;

        fp_policy_put_id(&name, policy->policy);
        fp_try(fp_buf_error(&name));
        id = find_policy(calc, fp_buf_str(&name));
        if (id == FP_NO_ID)
            fp_try(add_entry(calc, &name, NULL, &id));
        calc->actives.items.items[id]->store = store;
        policy->active = id;
        fp_actives_touch(calc, id);
    }
    *ret = policy->active;
    return 0;
}

int fp_actives_of_profile(fp_calc *calc, fp_str profile, uint32_t *ret)
{
    fp_cleanup_buf fp_buf name = {0};
    fp_cleanup_buf fp_buf copy = {0};
    uint32_t id = fp_actives_find_profile(calc, profile);

    if (id == FP_NO_ID) {
        fp_buf_puts(&name, "Profile//");
        fp_buf_add(&name, profile);
        fp_buf_add(&copy, profile);
        fp_try(add_entry(calc, &name, &copy, &id));
    }
    *ret = id;
    return 0;
}

/* Before `now` changes: keep what the last delta told. */
static void keep_told(fp_calc *calc, fp_active_entry *entry, uint32_t id)
{
    if (!entry->told_valid) {
        entry->told = entry->now;
        entry->told_valid = true;
    }
    fp_marks_add(&calc->actives.changed, id);
}

/* NEXT takes the place of what is active; NULL ends it. */
static void replace(fp_calc *calc, fp_active_entry *entry, uint32_t id, fp_compiled *next)
{
    fp_compiled *old = entry->now;

    keep_told(calc, entry, id);
    if (old)
        for (size_t i = 0; i < old->sets.len; i++)
            fp_sets_release(calc, old->sets.items[i]);
    entry->now = next;
    if (old && old != entry->told)
        (void)fp_compiled_free(calc, old, false);
}

static bool is_up_to_date(const fp_calc *calc, const fp_active_entry *entry)
{
    const fp_active_policy *pub = &entry->now->pub;
    fp_profile_state profile;

    if (!entry->is_profile)
        return pub->policy == calc->policies.items.items[entry->store].policy;
    profile = fp_profile_get(calc, entry->profile);
    return pub->policy == profile.rules && pub->missing == !profile.exists;
}

static int update_entry(fp_calc *calc, uint32_t id)
{
    fp_active_entry *entry = calc->actives.items.items[id];
    fp_compiled *next;

    if (entry->lists.count == 0) {
        if (entry->now)
            replace(calc, entry, id, NULL);
        return 0;
    }
    if (entry->now && is_up_to_date(calc, entry))
        return 0;
    fp_try(fp_compile(calc, entry, id, &next));
    next->pub.revision = entry->now && fp_compiled_equal(entry->now, next)
                             ? entry->now->pub.revision
                             : ++calc->actives.revision;
    replace(calc, entry, id, next);
    return 0;
}

/* Marks stay until the commit is done: to look again at what is up to date costs little. */
int fp_actives_update(fp_calc *calc)
{
    const fp_marks *stale = &calc->actives.stale;

    for (size_t i = 0; i < stale->ids.len; i++)
        if (calc->actives.items.items[stale->ids.items[i]])
            fp_try(update_entry(calc, stale->ids.items[i]));
    return 0;
}

void fp_actives_drop_if_unused(fp_calc *calc, uint32_t id)
{
    fp_active_entry *entry = calc->actives.items.items[id];

    if (!entry || entry->lists.count > 0 || entry->now || (entry->told_valid && entry->told))
        return;
    if (entry->store != FP_NO_ID)
        calc->policies.items.items[entry->store].active = FP_NO_ID;
    (void)fp_index_remove(&calc->actives.index, hash_of(calc, entry), id);
    free_entry(calc, entry);
    calc->actives.items.items[id] = NULL;
    fp_ids_give(&calc->actives.ids, id);
}

void fp_actives_done(fp_calc *calc)
{
    fp_actives *actives = &calc->actives;

    for (size_t i = 0; i < actives->items.len; i++)
        free_entry(calc, actives->items.items[i]);
    fp_vec_done(&actives->items);
    fp_ids_done(&actives->ids);
    fp_index_done(&actives->index);
    fp_marks_done(&actives->stale);
    fp_marks_done(&actives->changed);
}
