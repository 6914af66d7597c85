/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/private.h"

typedef struct end_key {
    fp_str ns;
    fp_str name;
} end_key;

static bool has_name(const void *owner, uint32_t id, const void *wanted)
{
    const fp_ends *ends = owner;
    const end_key *key = wanted;

    return fp_str_eq(ends->items.items[id]->name, key->name) &&
           fp_str_eq(ends->items.items[id]->ns, key->ns);
}

static bool has_endpoint(const void *owner, uint32_t id, const void *key)
{
    const fp_ends *ends = owner;

    return ends->items.items[id]->endpoint == *(const fp_endpoint_id *)key;
}

static uint32_t name_hash(const fp_calc *calc, fp_str ns, fp_str name)
{
    return fp_hash_str(&calc->world->key, name) ^ (fp_hash_str(&calc->world->key, ns) * 31u);
}

static uint32_t endpoint_hash(const fp_calc *calc, fp_endpoint_id id)
{
    return fp_hash_u64(&calc->world->key, id);
}

static uint32_t find_endpoint(const fp_calc *calc, fp_endpoint_id id)
{
    return fp_index_find(&calc->ends.by_endpoint, endpoint_hash(calc, id), has_endpoint,
                         &calc->ends, &id);
}

void fp_end_state_done(fp_end_state *state)
{
    (void)fp_list_unref(state->list);
    fp_free(state->interface_name);
    fp_free(state->nets);
    *state = (fp_end_state){0};
}

bool fp_end_state_equal(const fp_end_state *a, const fp_end_state *b)
{
    if (!a->list || !b->list)
        return a->list == b->list;
    if (a->n_nets != b->n_nets || strcmp(a->interface_name, b->interface_name) != 0)
        return false;
    for (size_t i = 0; i < a->n_nets; i++)
        if (!fp_cidr_eq(&a->nets[i], &b->nets[i]))
            return false;
    return fp_list_equal(a->list, b->list);
}

static int reserve(fp_ends *ends)
{
    size_t n = (size_t)ends->ids.used + 1;

    fp_try(fp_index_reserve(&ends->by_name, 1));
    fp_try(fp_marks_room(&ends->changed, n));
    return fp_vec_reserve(&ends->items, n - ends->items.len);
}

static void free_entry(fp_end_entry *entry)
{
    if (!entry)
        return;
    fp_end_state_done(&entry->now);
    fp_end_state_done(&entry->told);
    fp_free((void *)(uintptr_t)entry->ns.ptr);
    fp_free((void *)(uintptr_t)entry->name.ptr);
    fp_free(entry);
}

static int new_entry(fp_str ns, fp_str name, fp_end_entry **ret)
{
    fp_end_entry *entry = fp_alloc_zero(1, sizeof(*entry));

    if (!entry)
        return FEDPOL_E_NOMEM;
    entry->ns = fp_str_n(fp_str_dup(ns), ns.len);
    entry->name = fp_str_n(fp_str_dup(name), name.len);
    entry->endpoint = FP_NO_ID;
    if (!entry->ns.ptr || !entry->name.ptr) {
        free_entry(entry);
        return FEDPOL_E_NOMEM;
    }
    *ret = entry;
    return 0;
}

static int get_entry(fp_calc *calc, fp_str ns, fp_str name, uint32_t *ret)
{
    fp_ends *ends = &calc->ends;
    uint32_t hash = name_hash(calc, ns, name);
    end_key key = {ns, name};
    uint32_t id = fp_index_find(&ends->by_name, hash, has_name, ends, &key);
    fp_end_entry *entry;

    if (id != FP_NO_ID) {
        *ret = id;
        return 0;
    }
    fp_try(reserve(ends));
    fp_try(new_entry(ns, name, &entry));
    if (fp_ids_take(&ends->ids, &id) < 0) {
        free_entry(entry);
        return FEDPOL_E_NOMEM;
    }
    while (ends->items.len <= id)
        ends->items.items[ends->items.len++] = NULL;
    ends->items.items[id] = entry;
    (void)fp_index_add(&ends->by_name, hash, id);
    *ret = id;
    return 0;
}

/* Takes STATE over. What the last delta told is kept beside it. */
static void set_state(fp_calc *calc, uint32_t id, fp_end_state *state)
{
    fp_end_entry *entry = calc->ends.items.items[id];

    if (entry->told_valid) {
        fp_end_state_done(&entry->now);
    } else {
        entry->told = entry->now;
        entry->told_valid = true;
    }
    entry->now = *state;
    *state = (fp_end_state){0};
    fp_marks_add(&calc->ends.changed, id);
}

static void detach(fp_calc *calc, uint32_t id)
{
    fp_end_entry *entry = calc->ends.items.items[id];

    (void)fp_index_remove(&calc->ends.by_endpoint, endpoint_hash(calc, entry->endpoint), id);
    entry->endpoint = FP_NO_ID;
    set_state(calc, id, &(fp_end_state){0});
}

static int attach(fp_calc *calc, uint32_t id, fp_endpoint_id endpoint)
{
    fp_end_entry *entry = calc->ends.items.items[id];

    if (entry->endpoint == endpoint)
        return 0;
    fp_try(fp_index_reserve(&calc->ends.by_endpoint, 1));
    if (entry->endpoint != FP_NO_ID)
        detach(calc, id);
    entry->endpoint = endpoint;
    (void)fp_index_add(&calc->ends.by_endpoint, endpoint_hash(calc, endpoint), id);
    return 0;
}

static char *interface_of(const fp_calc *calc, const fp_endpoint_view *view)
{
    char name[FP_INTERFACE_NAME_MAX + 1];

    if (view->interface_name.len > 0 || view->kind != FP_KIND_POD)
        return fp_str_dup(view->interface_name);
    fp_interface_name(calc->world->options.interface_prefix, view->ns, view->name, name);
    return fp_str_dup(fp_str_of(name));
}

static int make_state(const fp_calc *calc, fp_endpoint_id endpoint, const fp_endpoint_view *view,
                      fp_end_state *ret)
{
    uint32_t slot = fp_lists_find(calc, view->class_id);
    fp_end_state state = {.n_nets = view->n_nets};

    if (slot == FP_NO_ID)
        return FEDPOL_E_INTERNAL;
    state.interface_name = interface_of(calc, view);
    state.nets = fp_alloc_array(view->n_nets, sizeof(*state.nets));
    if (!state.interface_name || !state.nets) {
        fp_end_state_done(&state);
        return FEDPOL_E_NOMEM;
    }
    for (size_t i = 0; i < view->n_nets; i++)
        state.nets[i] = fp_federation_net(calc->federation, endpoint, i);
    state.list = fp_list_ref(calc->lists.items.items[slot].now);
    *ret = state;
    return 0;
}

static int update_endpoint(fp_calc *calc, fp_endpoint_id endpoint, const fp_endpoint_view *view)
{
    fp_end_state state;
    fp_end_entry *entry;
    uint32_t id;
    int r;

    fp_try(get_entry(calc, view->ns, view->name, &id));
    fp_try(make_state(calc, endpoint, view, &state));
    r = attach(calc, id, endpoint);
    entry = calc->ends.items.items[id];
    entry->kind = view->kind;
    if (r == 0 && fp_end_state_equal(&entry->now, &state)) {
        /* The same to the kernel, but it may warn of other profiles. */
        fp_list *list = entry->now.list;

        entry->now.list = state.list;
        state.list = list;
    } else if (r == 0) {
        set_state(calc, id, &state);
    }
    fp_end_state_done(&state);
    return r < 0 ? r : fp_policy_diags_end(calc, entry);
}

/* Endpoints that went, before others come under their names. */
static int detach_gone(fp_calc *calc)
{
    fp_endpoint_change change;
    fp_endpoint_view view;
    uint64_t cursor = 0;

    while (fp_federation_next_change(calc->federation, &cursor, &change)) {
        uint32_t id = find_endpoint(calc, change.id);

        if (id == FP_NO_ID)
            continue;
        if (change.is && fp_federation_get(calc->federation, change.id, &view) && view.enforced &&
            fp_str_eq(view.name, calc->ends.items.items[id]->name) &&
            fp_str_eq(view.ns, calc->ends.items.items[id]->ns))
            continue;
        detach(calc, id);
        fp_try(fp_policy_diags_end(calc, calc->ends.items.items[id]));
    }
    return 0;
}

static int update_changed(fp_calc *calc)
{
    fp_endpoint_change change;
    fp_endpoint_view view;
    uint64_t cursor = 0;

    while (fp_federation_next_change(calc->federation, &cursor, &change))
        if (change.is && fp_federation_get(calc->federation, change.id, &view) && view.enforced)
            fp_try(update_endpoint(calc, change.id, &view));
    return 0;
}

/* Endpoints that did not change themselves, but whose list did. */
static int update_list(fp_calc *calc, const fp_list_slot *slot)
{
    const fp_endpoint_id *endpoints;
    fp_endpoint_view view;
    size_t n;

    if (slot->class_id == FP_NO_ID)
        return 0;
    endpoints = fp_federation_class_endpoints(calc->federation, slot->class_id, &n);
    for (size_t i = 0; i < n; i++) {
        uint32_t id = find_endpoint(calc, endpoints[i]);

        if (id != FP_NO_ID && calc->ends.items.items[id]->now.list == slot->now)
            continue;
        if (fp_federation_get(calc->federation, endpoints[i], &view) && view.enforced)
            fp_try(update_endpoint(calc, endpoints[i], &view));
    }
    return 0;
}

int fp_ends_update(fp_calc *calc)
{
    const fp_marks *changed = &calc->lists.changed;

    fp_try(detach_gone(calc));
    fp_try(update_changed(calc));
    for (size_t i = 0; i < changed->ids.len; i++)
        fp_try(update_list(calc, &calc->lists.items.items[changed->ids.items[i]]));
    return 0;
}

void fp_ends_drop(fp_calc *calc, uint32_t id)
{
    fp_ends *ends = &calc->ends;
    fp_end_entry *entry = ends->items.items[id];

    (void)fp_index_remove(&ends->by_name, name_hash(calc, entry->ns, entry->name), id);
    free_entry(entry);
    ends->items.items[id] = NULL;
    fp_ids_give(&ends->ids, id);
}

void fp_ends_done(fp_calc *calc)
{
    fp_ends *ends = &calc->ends;

    for (size_t i = 0; i < ends->items.len; i++)
        free_entry(ends->items.items[i]);
    fp_vec_done(&ends->items);
    fp_ids_done(&ends->ids);
    fp_index_done(&ends->by_name);
    fp_index_done(&ends->by_endpoint);
    fp_marks_done(&ends->changed);
}
