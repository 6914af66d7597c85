/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/compile.h"
#include "libfedpol/policy/private.h"

static bool has_key(const void *owner, uint32_t id, const void *wanted)
{
    const fp_sets *sets = owner;
    const fp_set *set = &sets->items.items[id]->pub;
    const fp_set_key *key = wanted;

    return set->type == key->type && set->use == key->use && set->domain == key->domain &&
           set->protocol == key->protocol && fp_str_eq(set->port, key->port) &&
           fp_selector_equal(set->selector, key->selector);
}

static uint32_t hash_of(const fp_calc *calc, const fp_set_key *key)
{
    uint64_t kind = (uint64_t)key->type | (uint64_t)key->use << 8 | (uint64_t)key->domain << 16 |
                    (uint64_t)key->protocol << 24;
    uint64_t h = fp_selector_hash(key->selector) ^ kind << 32;

    return fp_hash_u64(&calc->world->key, h) ^ fp_hash_str(&calc->world->key, key->port);
}

static fp_set_key key_of(const fp_set *set)
{
    return (fp_set_key){set->type, set->use, set->domain, set->protocol, set->port, set->selector};
}

void fp_set_unref(fp_set *set)
{
    fp_set_entry *entry = (fp_set_entry *)set;

    if (!set || --set->refs > 0)
        return;
    fp_selector_unref(set->selector);
    fp_free((void *)(uintptr_t)set->port.ptr);
    fp_buf_done(&entry->canonical);
    fp_vec_done(&entry->added);
    fp_vec_done(&entry->removed);
    fp_vec_done(&entry->added_ports);
    fp_vec_done(&entry->removed_ports);
    fp_free(entry);
}

static int new_entry(const fp_set_key *key, fp_set_entry **ret)
{
    fp_set_entry *entry = fp_alloc_zero(1, sizeof(*entry));
    char *port = fp_str_dup(key->port);

    if (!entry || !port) {
        fp_free(entry);
        fp_free(port);
        return FEDPOL_E_NOMEM;
    }
    entry->pub = (fp_set){.refs = 1,
                          .type = key->type,
                          .use = key->use,
                          .domain = key->domain,
                          .protocol = key->protocol,
                          .port = fp_str_n(port, key->port.len),
                          .selector = fp_selector_ref(key->selector)};
    entry->fresh = true;
    fp_selector_put_canonical(key->selector, &entry->canonical);
    if (fp_buf_error(&entry->canonical) < 0 || fp_selector_uid(key->selector, entry->pub.uid) < 0) {
        fp_set_unref(&entry->pub);
        return FEDPOL_E_NOMEM;
    }
    *ret = entry;
    return 0;
}

static int reserve(fp_sets *sets)
{
    size_t n = (size_t)sets->ids.used + 1;

    fp_try(fp_index_reserve(&sets->index, 1));
    fp_try(fp_marks_room(&sets->stale, n));
    fp_try(fp_marks_room(&sets->changed, n));
    return fp_vec_reserve(&sets->items, n - sets->items.len);
}

static int add_entry(fp_calc *calc, const fp_set_key *key, uint32_t hash, uint32_t *ret)
{
    fp_sets *sets = &calc->sets;
    fp_set_entry *entry;
    uint32_t id;
    int r;

    fp_try(reserve(sets));
    fp_try(new_entry(key, &entry));
    r = fp_ids_take(&sets->ids, &id);
    if (r == 0) {
        r = fp_matches_add(calc, key->selector, fp_use_domain(key->domain, key->use), false, id,
                           &entry->pub.match_id);
        if (r < 0)
            fp_ids_give(&sets->ids, id);
    }
    if (r < 0) {
        fp_set_unref(&entry->pub);
        return r;
    }
    while (sets->items.len <= id)
        sets->items.items[sets->items.len++] = NULL;
    entry->pub.id = id;
    sets->items.items[id] = entry;
    (void)fp_index_add(&sets->index, hash, id);
    *(key->type == FP_SET_NET ? &sets->nets : &sets->ports) += 1;
    *ret = id;
    return 0;
}

int fp_sets_acquire(fp_calc *calc, const fp_set_key *key, uint32_t *ret)
{
    fp_sets *sets = &calc->sets;
    uint32_t hash = hash_of(calc, key);
    uint32_t id = fp_index_find(&sets->index, hash, has_key, sets, key);
    fp_set_entry *entry;

    if (id == FP_NO_ID)
        fp_try(add_entry(calc, key, hash, &id));
    entry = sets->items.items[id];
    if (entry->users++ == 0)
        fp_marks_add(&sets->stale, id);
    *ret = id;
    return 0;
}

void fp_sets_release(fp_calc *calc, uint32_t id)
{
    fp_sets *sets = &calc->sets;
    fp_set_entry *entry = sets->items.items[id];

    if (--entry->users == 0)
        fp_marks_add(&sets->stale, id);
}

void fp_sets_destroy(fp_calc *calc, uint32_t id)
{
    fp_sets *sets = &calc->sets;
    fp_set_entry *entry = sets->items.items[id];
    fp_set_key key = key_of(&entry->pub);

    (void)fp_index_remove(&sets->index, hash_of(calc, &key), id);
    fp_matches_remove(calc, entry->pub.match_id, false, id);
    *(key.type == FP_SET_NET ? &sets->nets : &sets->ports) -= 1;
    sets->items.items[id] = NULL;
    fp_ids_give(&sets->ids, id);
    fp_set_unref(&entry->pub);
}

void fp_sets_done(fp_calc *calc)
{
    fp_sets *sets = &calc->sets;

    for (size_t i = 0; i < sets->items.len; i++)
        if (sets->items.items[i])
            fp_set_unref(&sets->items.items[i]->pub);
    fp_vec_done(&sets->items);
    fp_ids_done(&sets->ids);
    fp_index_done(&sets->index);
    fp_marks_done(&sets->stale);
    fp_marks_done(&sets->changed);
}
