/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "libfedpol/policy/private.h"

/* The public part, and the member lists that it took over from the sets. */
typedef struct delta {
    fp_delta pub;
    FP_VEC(void *) owned;
} delta;

/* What changed, gathered before anything is told; sorted as the delta shows it. */
typedef struct taker {
    fp_calc *calc;
    delta *out;
    fp_set_delta *sets;
    fp_policy_delta *policies;
    fp_endpoint_delta *endpoints;
} taker;

fp_delta *fp_delta_ref(fp_delta *d)
{
    d->refs++;
    return d;
}

fp_delta *fp_delta_unref(fp_delta *d)
{
    delta *full = (delta *)d;

    if (!d || --d->refs > 0)
        return NULL;
    for (size_t i = 0; i < d->n_sets; i++)
        fp_set_unref((fp_set *)(uintptr_t)d->sets[i].set);
    for (size_t i = 0; i < full->owned.len; i++)
        fp_free(full->owned.items[i]);
    fp_vec_done(&full->owned);
    fp_arena_done(&d->memory);
    fp_free(full);
    return NULL;
}

bool fp_delta_is_empty(const fp_delta *d)
{
    return d->n_sets == 0 && d->n_policies == 0 && d->n_endpoints == 0 && d->n_departed == 0;
}

static fp_change_kind kind_of(bool was, bool is)
{
    if (!was)
        return FP_CHANGE_NEW;
    return is ? FP_CHANGE_CHANGED : FP_CHANGE_GONE;
}

static bool set_differs(const fp_set_entry *set)
{
    return set->told != (set->users > 0) || set->added.len > 0 || set->removed.len > 0 ||
           set->added_ports.len > 0 || set->removed_ports.len > 0;
}

static int cmp_sets(const void *a, const void *b)
{
    const fp_set_delta *x = a;
    const fp_set_delta *y = b;

    return fp_set_entry_cmp((const fp_set_entry *)x->set, (const fp_set_entry *)y->set);
}

static int gather_sets(taker *t)
{
    const fp_marks *changed = &t->calc->sets.changed;
    fp_delta *out = &t->out->pub;

    t->sets = fp_arena_array(&out->memory, changed->ids.len, sizeof(*t->sets));
    if (!t->sets)
        return FEDPOL_E_NOMEM;
    fp_try(fp_vec_reserve(&t->out->owned, 4 * changed->ids.len));
    for (size_t i = 0; i < changed->ids.len; i++) {
        const fp_set_entry *set = t->calc->sets.items.items[changed->ids.items[i]];

        if (set && set_differs(set))
            t->sets[out->n_sets++] =
                (fp_set_delta){.set = &set->pub, .is_new = !set->told, .is_gone = set->users == 0};
    }
    if (out->n_sets > 1)
        qsort(t->sets, out->n_sets, sizeof(*t->sets), cmp_sets);
    return 0;
}

static const fp_compiled *told_policy(const fp_active_entry *entry)
{
    return entry->told_valid ? entry->told : entry->now;
}

static int cmp_actives(const void *a, const void *b)
{
    return fp_active_entry_cmp(*(const fp_active_entry *const *)a,
                               *(const fp_active_entry *const *)b);
}

static int gather_policies(taker *t)
{
    const fp_marks *changed = &t->calc->actives.changed;
    fp_delta *out = &t->out->pub;
    const fp_active_entry **found;
    size_t n = 0;

    found = fp_arena_array(&out->memory, changed->ids.len, sizeof(*found));
    t->policies = fp_arena_array(&out->memory, changed->ids.len, sizeof(*t->policies));
    if (!found || !t->policies)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < changed->ids.len; i++) {
        const fp_active_entry *entry = t->calc->actives.items.items[changed->ids.items[i]];
        const fp_compiled *told = entry ? told_policy(entry) : NULL;

        if (!entry || (!told && !entry->now) ||
            (told && entry->now && fp_compiled_equal(told, entry->now)))
            continue;
        found[n++] = entry;
    }
    if (n > 1)
        qsort(found, n, sizeof(const fp_active_entry *), cmp_actives);
    for (size_t i = 0; i < n; i++) {
        const fp_compiled *told = told_policy(found[i]);
        fp_policy_delta item = {.id = told ? told->pub.id : found[i]->now->pub.id,
                                .change = kind_of(told != NULL, found[i]->now != NULL),
                                .name = fp_arena_str(&out->memory, found[i]->name)};

        if (!item.name.ptr)
            return FEDPOL_E_NOMEM;
        t->policies[out->n_policies++] = item;
    }
    return 0;
}

static const fp_end_state *told_end(const fp_end_entry *end)
{
    return end->told_valid ? &end->told : &end->now;
}

static int cmp_endpoints(const void *a, const void *b)
{
    const fp_endpoint_delta *x = a;
    const fp_endpoint_delta *y = b;
    int order = fp_str_cmp(x->ns, y->ns);

    return order ? order : fp_str_cmp(x->name, y->name);
}

static int gather_endpoints(taker *t)
{
    const fp_marks *changed = &t->calc->ends.changed;
    fp_delta *out = &t->out->pub;

    t->endpoints = fp_arena_array(&out->memory, changed->ids.len, sizeof(*t->endpoints));
    if (!t->endpoints)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < changed->ids.len; i++) {
        const fp_end_entry *end = t->calc->ends.items.items[changed->ids.items[i]];
        fp_endpoint_delta item;

        if (!end || fp_end_state_equal(told_end(end), &end->now))
            continue;
        item = (fp_endpoint_delta){.id = end->endpoint,
                                   .change = kind_of(told_end(end)->list, end->now.list),
                                   .ns = fp_arena_str(&out->memory, end->ns),
                                   .name = fp_arena_str(&out->memory, end->name)};
        if (!item.ns.ptr || !item.name.ptr)
            return FEDPOL_E_NOMEM;
        t->endpoints[out->n_endpoints++] = item;
    }
    if (out->n_endpoints > 1)
        qsort(t->endpoints, out->n_endpoints, sizeof(*t->endpoints), cmp_endpoints);
    return 0;
}

static int cmp_ips(const void *a, const void *b)
{
    return fp_ip_cmp(a, b);
}

static bool has_address(const fp_end_state *state, const fp_ip *ip)
{
    for (size_t i = 0; i < state->n_nets; i++)
        if (fp_ip_eq(&state->nets[i].ip, ip))
            return true;
    return false;
}

/* Addresses that changed endpoints were told to have and have no more; with IPS NULL their count.
 */
static size_t lost_addresses(const fp_calc *calc, fp_ip *ips)
{
    const fp_marks *changed = &calc->ends.changed;
    size_t n = 0;

    for (size_t i = 0; i < changed->ids.len; i++) {
        const fp_end_entry *end = calc->ends.items.items[changed->ids.items[i]];
        size_t n_told = end && end->told_valid ? end->told.n_nets : 0;

        for (size_t k = 0; k < n_told; k++) {
            if (has_address(&end->now, &end->told.nets[k].ip))
                continue;
            if (ips)
                ips[n] = end->told.nets[k].ip;
            n++;
        }
    }
    return n;
}

/* Marks those of the sorted IPS that some endpoint has now. */
static void mark_present(const fp_calc *calc, const fp_ip *ips, size_t n, bool *ret)
{
    for (size_t i = 0; i < calc->ends.items.len; i++) {
        const fp_end_entry *end = calc->ends.items.items[i];

        for (size_t k = 0; end && k < end->now.n_nets; k++) {
            const fp_ip *found = bsearch(&end->now.nets[k].ip, ips, n, sizeof(*ips), cmp_ips);

            if (found)
                ret[found - ips] = true;
        }
    }
}

static int gather_departed(taker *t)
{
    fp_arena *memory = &t->out->pub.memory;
    size_t n = lost_addresses(t->calc, NULL);
    size_t unique = 0;
    bool *present;
    fp_ip *ips;

    if (n == 0)
        return 0;
    ips = fp_arena_array(memory, n, sizeof(*ips));
    present = fp_arena_zero(memory, n, sizeof(*present));
    if (!ips || !present)
        return FEDPOL_E_NOMEM;
    (void)lost_addresses(t->calc, ips);
    qsort(ips, n, sizeof(*ips), cmp_ips);
    for (size_t i = 0; i < n; i++)
        if (unique == 0 || !fp_ip_eq(&ips[unique - 1], &ips[i]))
            ips[unique++] = ips[i];
    mark_present(t->calc, ips, unique, present);
    for (size_t i = 0; i < unique; i++)
        if (!present[i])
            ips[t->out->pub.n_departed++] = ips[i];
    t->out->pub.departed = ips;
    return 0;
}

/* From here on nothing fails: what was gathered becomes what was told. */
static void *keep(delta *out, void *items)
{
    if (items)
        out->owned.items[out->owned.len++] = items;
    return items;
}

static void tell_set(taker *t, fp_set_delta *item)
{
    fp_set_entry *set = (fp_set_entry *)(uintptr_t)item->set;

    set->pub.refs++;
    if (item->is_gone) {
        fp_sets_destroy(t->calc, set->pub.id);
        return;
    }
    set->told = true;
    item->n_added = set->added.len;
    item->added = keep(t->out, set->added.items);
    item->n_removed = set->removed.len;
    item->removed = keep(t->out, set->removed.items);
    item->n_added_ports = set->added_ports.len;
    item->added_ports = keep(t->out, set->added_ports.items);
    item->n_removed_ports = set->removed_ports.len;
    item->removed_ports = keep(t->out, set->removed_ports.items);
    memset(&set->added, 0, sizeof(set->added));
    memset(&set->removed, 0, sizeof(set->removed));
    memset(&set->added_ports, 0, sizeof(set->added_ports));
    memset(&set->removed_ports, 0, sizeof(set->removed_ports));
}

static void tell_sets(taker *t)
{
    t->out->pub.sets = t->sets;
    for (size_t i = 0; i < t->out->pub.n_sets; i++)
        tell_set(t, &t->sets[i]);
    fp_marks_clear(&t->calc->sets.changed);
}

static void tell_policies(taker *t)
{
    fp_marks *changed = &t->calc->actives.changed;

    t->out->pub.policies = t->policies;
    for (size_t i = 0; i < changed->ids.len; i++) {
        fp_active_entry *entry = t->calc->actives.items.items[changed->ids.items[i]];

        if (!entry || !entry->told_valid)
            continue;
        if (entry->told != entry->now)
            (void)fp_compiled_free(t->calc, entry->told, false);
        entry->told = NULL;
        entry->told_valid = false;
        fp_actives_drop_if_unused(t->calc, changed->ids.items[i]);
    }
    fp_marks_clear(changed);
}

static void tell_endpoints(taker *t)
{
    fp_marks *changed = &t->calc->ends.changed;

    t->out->pub.endpoints = t->endpoints;
    for (size_t i = 0; i < changed->ids.len; i++) {
        uint32_t id = changed->ids.items[i];
        fp_end_entry *end = t->calc->ends.items.items[id];

        if (!end)
            continue;
        fp_end_state_done(&end->told);
        end->told_valid = false;
        if (!end->now.list)
            fp_ends_drop(t->calc, id);
    }
    fp_marks_clear(changed);
}

static void release_lists(fp_calc *calc)
{
    fp_lists *lists = &calc->lists;

    for (size_t i = 0; i < lists->gone.len; i++)
        fp_ids_give(&lists->ids, lists->gone.items[i]);
    fp_vec_clear(&lists->gone);
}

static int gather(taker *t)
{
    fp_try(gather_sets(t));
    fp_try(gather_policies(t));
    fp_try(gather_endpoints(t));
    return gather_departed(t);
}

int fp_delta_take(fp_calc *calc, fp_delta **ret)
{
    taker t = {.calc = calc};
    int r;

    t.out = fp_alloc_zero(1, sizeof(*t.out));
    if (!t.out)
        return FEDPOL_E_NOMEM;
    t.out->pub.refs = 1;
    fp_arena_init(&t.out->pub.memory, 0);
    r = gather(&t);
    if (r < 0) {
        t.out->pub.n_sets = 0; /* their references were not taken yet */
        (void)fp_delta_unref(&t.out->pub);
        return r;
    }
    tell_sets(&t);
    tell_policies(&t);
    tell_endpoints(&t);
    release_lists(calc);
    *ret = &t.out->pub;
    return 0;
}
