/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/private.h"

static bool is_of_class(const void *owner, uint32_t id, const void *key)
{
    const fp_lists *lists = owner;

    return lists->items.items[id].class_id == *(const fp_class_id *)key;
}

static uint32_t hash_of(const fp_calc *calc, fp_class_id class_id)
{
    return fp_hash_u64(&calc->world->key, class_id);
}

uint32_t fp_lists_find(const fp_calc *calc, fp_class_id class_id)
{
    return fp_index_find(&calc->lists.index, hash_of(calc, class_id), is_of_class, &calc->lists,
                         &class_id);
}

fp_list *fp_list_ref(fp_list *list)
{
    if (list)
        list->refs++;
    return list;
}

fp_list *fp_list_unref(fp_list *list)
{
    if (list && --list->refs == 0) {
        fp_arena_done(&list->memory);
        fp_free(list);
    }
    return NULL;
}

static int reserve(fp_lists *lists)
{
    size_t n = (size_t)lists->ids.used + 1;

    fp_try(fp_index_reserve(&lists->index, 1));
    fp_try(fp_marks_room(&lists->stale, n));
    fp_try(fp_marks_room(&lists->changed, n));
    fp_try(fp_vec_reserve(&lists->gone, n - lists->gone.len));
    return fp_vec_reserve(&lists->items, n - lists->items.len);
}

static void mark_class(fp_calc *calc, fp_class_id class_id)
{
    uint32_t id = fp_lists_find(calc, class_id);

    if (id != FP_NO_ID)
        fp_marks_add(&calc->lists.stale, id);
}

/* A class of an enforced endpoint: it has a slot from now on. */
static int want_class(fp_calc *calc, fp_class_id class_id)
{
    fp_lists *lists = &calc->lists;
    uint32_t id = fp_lists_find(calc, class_id);

    if (id == FP_NO_ID) {
        fp_try(reserve(lists));
        fp_try(fp_ids_take(&lists->ids, &id));
        while (lists->items.len <= id)
            lists->items.items[lists->items.len++] = (fp_list_slot){FP_NO_ID, NULL};
        lists->items.items[id] = (fp_list_slot){class_id, NULL};
        (void)fp_index_add(&lists->index, hash_of(calc, class_id), id);
        fp_marks_add(&lists->stale, id);
    }
    return 0;
}

static int mark_endpoints(fp_calc *calc)
{
    fp_endpoint_change change;
    fp_endpoint_view view;
    uint64_t cursor = 0;

    while (fp_federation_next_change(calc->federation, &cursor, &change)) {
        if (change.was && change.was_enforced)
            mark_class(calc, change.old_class);
        if (change.is && fp_federation_get(calc->federation, change.id, &view) && view.enforced)
            fp_try(want_class(calc, view.class_id));
    }
    return 0;
}

static void mark_transitions(fp_calc *calc)
{
    size_t n;
    const fp_class_transition *transitions = fp_label_index_transitions(calc->labels, &n);

    for (size_t i = 0; i < n; i++)
        if (transitions[i].match_id < calc->matches.len &&
            calc->matches.items[transitions[i].match_id].policies.count > 0)
            mark_class(calc, transitions[i].class_id);
}

static void mark_policies(fp_calc *calc)
{
    const fp_marks *stale = &calc->policies.stale;

    for (size_t i = 0; i < stale->ids.len; i++) {
        const fp_policy_entry *entry = &calc->policies.items.items[stale->ids.items[i]];
        fp_idset_iter classes;
        fp_class_id class_id;

        if (!entry->policy || entry->match == FP_NO_ID)
            continue;
        classes = fp_idset_each(fp_label_index_classes(calc->labels, entry->match));
        while (fp_idset_step(&classes, &class_id))
            mark_class(calc, class_id);
    }
}

static void mark_lists_of(fp_calc *calc, uint32_t active)
{
    const fp_active_entry *entry = calc->actives.items.items[active];
    uint32_t id;

    if (!entry)
        return;
    for (fp_idset_iter it = fp_idset_each(&entry->lists); fp_idset_step(&it, &id);)
        fp_marks_add(&calc->lists.stale, id);
}

static void mark_tiers(fp_calc *calc)
{
    const fp_marks *stale = &calc->tiers.stale;

    for (size_t i = 0; i < stale->ids.len; i++) {
        const fp_tier_entry *tier = calc->tiers.items.items[stale->ids.items[i]];
        uint32_t id;

        if (!tier)
            continue;
        for (fp_idset_iter it = fp_idset_each(&tier->policies); fp_idset_step(&it, &id);) {
            uint32_t active = calc->policies.items.items[id].active;

            if (active != FP_NO_ID)
                mark_lists_of(calc, active);
        }
    }
}

int fp_lists_mark(fp_calc *calc)
{
    fp_try(mark_endpoints(calc));
    mark_transitions(calc);
    mark_policies(calc);
    for (size_t i = 0; i < calc->actives.stale.ids.len; i++)
        mark_lists_of(calc, calc->actives.stale.ids.items[i]);
    mark_tiers(calc);
    return 0;
}

static bool has_active(const fp_list *list, uint32_t id)
{
    size_t low = 0;
    size_t high = list ? list->n_actives : 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (list->actives[middle] == id)
            return true;
        if (list->actives[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* Enters SLOT into every active entry of NEXT that OLD does not have; all or nothing. */
static int enter(fp_calc *calc, uint32_t slot, const fp_list *old, const fp_list *next)
{
    for (size_t i = 0; i < next->n_actives; i++) {
        fp_active_entry *entry = calc->actives.items.items[next->actives[i]];

        if (has_active(old, next->actives[i]))
            continue;
        if (fp_idset_add(&entry->lists, slot) >= 0) {
            fp_actives_touch(calc, next->actives[i]);
            continue;
        }
        while (i-- > 0)
            if (!has_active(old, next->actives[i]))
                (void)fp_idset_remove(&calc->actives.items.items[next->actives[i]]->lists, slot);
        return FEDPOL_E_NOMEM;
    }
    return 0;
}

static void leave(fp_calc *calc, uint32_t slot, const fp_list *old, const fp_list *next)
{
    for (size_t i = 0; old && i < old->n_actives; i++) {
        if (has_active(next, old->actives[i]))
            continue;
        (void)fp_idset_remove(&calc->actives.items.items[old->actives[i]]->lists, slot);
        fp_actives_touch(calc, old->actives[i]);
    }
}

static void drop_slot(fp_calc *calc, uint32_t id)
{
    fp_list_slot *slot = &calc->lists.items.items[id];

    leave(calc, id, slot->now, NULL);
    slot->now = fp_list_unref(slot->now);
    (void)fp_index_remove(&calc->lists.index, hash_of(calc, slot->class_id), id);
    slot->class_id = FP_NO_ID;
    calc->lists.gone.items[calc->lists.gone.len++] = id;
}

static bool same_missing(const fp_list *a, const fp_list *b)
{
    if (a->n_missing != b->n_missing)
        return false;
    for (size_t i = 0; i < a->n_missing; i++)
        if (!fp_str_eq(a->missing[i], b->missing[i]))
            return false;
    return true;
}

static int update_slot(fp_calc *calc, uint32_t id)
{
    fp_list_slot *slot = &calc->lists.items.items[id];
    fp_list *next;
    size_t n;
    int r;

    if (slot->class_id == FP_NO_ID)
        return 0;
    (void)fp_federation_class_endpoints(calc->federation, slot->class_id, &n);
    if (n == 0) {
        drop_slot(calc, id);
        return 0;
    }
    fp_try(fp_list_build(calc, id, slot->class_id, &next));
    if (slot->now && fp_list_equal(slot->now, next) && same_missing(slot->now, next)) {
        (void)fp_list_unref(next);
        return 0;
    }
    r = enter(calc, id, slot->now, next);
    if (r < 0) {
        (void)fp_list_unref(next);
        return r;
    }
    leave(calc, id, slot->now, next);
    (void)fp_list_unref(slot->now);
    slot->now = next;
    fp_marks_add(&calc->lists.changed, id);
    return 0;
}

int fp_lists_update(fp_calc *calc)
{
    const fp_marks *stale = &calc->lists.stale;

    for (size_t i = 0; i < stale->ids.len; i++)
        fp_try(update_slot(calc, stale->ids.items[i]));
    return 0;
}

void fp_lists_done(fp_calc *calc)
{
    fp_lists *lists = &calc->lists;

    for (size_t i = 0; i < lists->items.len; i++)
        (void)fp_list_unref(lists->items.items[i].now);
    fp_vec_done(&lists->items);
    fp_ids_done(&lists->ids);
    fp_index_done(&lists->index);
    fp_marks_done(&lists->stale);
    fp_marks_done(&lists->changed);
    fp_vec_done(&lists->gone);
}
