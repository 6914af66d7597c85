/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/cluster/cluster.h"

#include <stdlib.h>
#include <string.h>

#include "libfedpol/base/alloc.h"
#include "libfedpol/cluster/private.h"

/* The diagnostics of one (source, kind, ns, name), for nameless ones of feeds also by origin: one
 * block of memory, text behind the items. */
typedef struct diag_group {
    uint32_t hash;
    uint32_t n;
    size_t size;
    fp_kept_diag items[];
} diag_group;

typedef struct group_slot {
    uint64_t link; /* room for the free list of the table */
    diag_group *group;
} group_slot;

struct fp_diag_store {
    fp_hash_key key;
    fp_table groups;
    fp_index index;
    size_t count;
    size_t bytes;
    uint64_t dropped;
    uint64_t revision;         /* grows with every change */
    const fp_kept_diag **list; /* sorted, made when asked for; NULL: out of date */
};

typedef struct group_key {
    fp_diag_source source;
    fp_str kind;
    fp_str ns;
    fp_str name;
    fp_str origin; /* of what a feed could not read, if it has no name; else empty */
} group_key;

int fp_diag_store_new(const fp_hash_key *key, fp_diag_store **ret)
{
    fp_diag_store *store = fp_alloc_zero(1, sizeof(*store));

    if (!store)
        return FEDPOL_E_NOMEM;
    store->key = *key;
    fp_table_init(&store->groups, sizeof(group_slot), 0);
    *ret = store;
    return 0;
}

static diag_group *group_at(const fp_diag_store *store, uint32_t id)
{
    const group_slot *slot = fp_table_at(&store->groups, id);

    return slot->group;
}

fp_diag_store *fp_diag_store_free(fp_diag_store *store)
{
    if (!store)
        return NULL;
    for (uint32_t id = 0; id < store->groups.used; id++)
        fp_free(group_at(store, id));
    fp_table_done(&store->groups);
    fp_index_done(&store->index);
    fp_free(store->list);
    fp_free(store);
    return NULL;
}

size_t fp_diag_store_memory(const fp_diag_store *store)
{
    return sizeof(*store) + store->bytes + fp_table_memory(&store->groups) +
           fp_index_memory(&store->index) +
           (store->list ? store->count * sizeof(const fp_kept_diag *) : 0);
}

static uint32_t hash_of(const fp_diag_store *store, const group_key *key)
{
    uint64_t h = fp_hash_str(&store->key, key->name);

    h = h << 32 | (fp_hash_str(&store->key, key->ns) ^ (uint32_t)key->source);
    return fp_hash_u64(&store->key, h) ^ fp_hash_str(&store->key, key->kind) ^
           fp_hash_str(&store->key, key->origin);
}

/* Whether what is said of a nameless thing is told apart by where it was. */
static bool has_origin(fp_diag_source source, fp_str name)
{
    return source == FP_DIAG_SOURCE_FEED && name.len == 0;
}

static bool is_group(const void *owner, uint32_t id, const void *wanted)
{
    const fp_kept_diag *first = &group_at(owner, id)->items[0];
    const group_key *key = wanted;

    return first->source == key->source && fp_str_is(key->kind, first->kind) &&
           fp_str_eq(first->ns, key->ns) && fp_str_eq(first->name, key->name) &&
           (!has_origin(key->source, key->name) || fp_str_eq(first->origin, key->origin));
}

static void forget_list(fp_diag_store *store)
{
    store->revision++;
    fp_free(store->list);
    store->list = NULL;
}

static void remove_group(fp_diag_store *store, uint32_t id)
{
    diag_group *group = group_at(store, id);

    (void)fp_index_remove(&store->index, group->hash, id);
    if (store->index.count == 0)
        fp_index_done(&store->index);
    store->count -= group->n;
    store->bytes -= group->size;
    fp_free(group);
    fp_table_drop(&store->groups, id);
}

static fp_str copy_text(char **next, fp_str s)
{
    fp_str copy = {*next, s.len};

    if (s.len > 0)
        memcpy(*next, s.ptr, s.len);
    (*next)[s.len] = '\0';
    *next += s.len + 1;
    return copy;
}

static diag_group *build_group(const group_key *key, fp_str origin, const fp_diag *diags, size_t n)
{
    size_t text = key->kind.len + key->ns.len + key->name.len + origin.len + 4;
    diag_group *group;
    fp_kept_diag first;
    char *next;

    for (size_t i = 0; i < n; i++)
        text += diags[i].path.len + diags[i].message.len + 2;
    group = fp_alloc(sizeof(*group) + n * sizeof(group->items[0]) + text);
    if (!group)
        return NULL;
    group->n = (uint32_t)n;
    group->size = sizeof(*group) + n * sizeof(group->items[0]) + text;
    next = (char *)&group->items[n];
    first = (fp_kept_diag){.source = key->source};
    first.kind = copy_text(&next, key->kind).ptr;
    first.ns = copy_text(&next, key->ns);
    first.name = copy_text(&next, key->name);
    first.origin = copy_text(&next, origin);
    for (size_t i = 0; i < n; i++) {
        first.severity = diags[i].severity;
        first.code = diags[i].code;
        first.path = copy_text(&next, diags[i].path);
        first.message = copy_text(&next, diags[i].message);
        group->items[i] = first;
    }
    return group;
}

/* Puts GROUP, which is taken over on success only, in the place of OLD (FP_NO_ID: none). */
static int place_group(fp_diag_store *store, diag_group *group, uint32_t hash, uint32_t old)
{
    group_slot *slot;
    uint32_t id = old;

    if (old == FP_NO_ID) {
        fp_try(fp_index_reserve(&store->index, 1));
        fp_try(fp_table_new(&store->groups, &id));
        (void)fp_index_add(&store->index, hash, id);
    } else {
        store->count -= group_at(store, old)->n;
        store->bytes -= group_at(store, old)->size;
        fp_free(group_at(store, old));
    }
    group->hash = hash;
    store->count += group->n;
    store->bytes += group->size;
    slot = fp_table_at(&store->groups, id);
    *slot = (group_slot){1, group};
    return 0;
}

int fp_cluster_set_diags(fp_cluster *cluster, fp_diag_source source, const char *kind, fp_str ns,
                         fp_str name, fp_str origin, const fp_diag *diags, size_t n)
{
    fp_diag_store *store = cluster->diags;
    group_key key = {source, fp_str_of(kind), ns, name,
                     has_origin(source, name) ? origin : FP_STR_NULL};
    uint32_t hash = hash_of(store, &key);
    uint32_t old = fp_index_find(&store->index, hash, is_group, store, &key);
    size_t others = store->count - (old == FP_NO_ID ? 0 : group_at(store, old)->n);
    uint64_t room =
        cluster->limits.max_diagnostics > others ? cluster->limits.max_diagnostics - others : 0;
    size_t kept = n < room ? n : (size_t)room;
    diag_group *group;

    if (kept > 0) {
        group = build_group(&key, origin, diags, kept);
        if (!group)
            return FEDPOL_E_NOMEM;
        if (place_group(store, group, hash, old) < 0) {
            fp_free(group);
            return FEDPOL_E_NOMEM;
        }
    } else if (old != FP_NO_ID) {
        remove_group(store, old);
    }
    store->dropped += n - kept;
    if (n > 0 || old != FP_NO_ID)
        forget_list(store);
    return 0;
}

void fp_cluster_clear_diags(fp_cluster *cluster, fp_diag_source source)
{
    fp_diag_store *store = cluster->diags;

    for (uint32_t id = 0; id < store->groups.used; id++) {
        const diag_group *group = group_at(store, id);

        if (group && group->items[0].source == source) {
            remove_group(store, id);
            forget_list(store);
        }
    }
}

uint64_t fp_cluster_diag_revision(const fp_cluster *cluster)
{
    return cluster->diags->revision;
}

size_t fp_cluster_diag_count(const fp_cluster *cluster)
{
    return cluster->diags->count;
}

uint64_t fp_cluster_diags_dropped(const fp_cluster *cluster)
{
    return cluster->diags->dropped;
}

static int cmp_number(unsigned a, unsigned b)
{
    return (a > b) - (a < b);
}

static int cmp_diags(const void *left, const void *right)
{
    const fp_kept_diag *a = *(const fp_kept_diag *const *)left;
    const fp_kept_diag *b = *(const fp_kept_diag *const *)right;
    const int orders[] = {
        strcmp(a->kind, b->kind),
        fp_str_cmp(a->ns, b->ns),
        fp_str_cmp(a->name, b->name),
        fp_str_cmp(a->path, b->path),
        fp_str_cmp(a->origin, b->origin),
        cmp_number((unsigned)a->code, (unsigned)b->code),
        fp_str_cmp(a->message, b->message),
        cmp_number((unsigned)a->source, (unsigned)b->source),
        cmp_number((unsigned)a->severity, (unsigned)b->severity),
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(orders); i++)
        if (orders[i] != 0)
            return orders[i];
    return 0;
}

int fp_cluster_diag_list(const fp_cluster *cluster, const fp_kept_diag ***ret, size_t *ret_n)
{
    fp_diag_store *store = cluster->diags;

    if (!store->list) {
        const fp_kept_diag **list = fp_alloc_array(store->count, sizeof(*list));
        size_t n = 0;

        if (!list)
            return FEDPOL_E_NOMEM;
        for (uint32_t id = 0; id < store->groups.used; id++) {
            const diag_group *group = group_at(store, id);

            for (uint32_t i = 0; group && i < group->n; i++)
                list[n++] = &group->items[i];
        }
        qsort(list, n, sizeof(const fp_kept_diag *), cmp_diags);
        store->list = list;
    }
    *ret = store->list;
    *ret_n = store->count;
    return 0;
}
