/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/cluster/cluster.h"

#include "libfedpol/cluster/private.h"
#include "libfedpol/cluster/sort.h"

typedef struct record_key {
    fp_kind kind;
    uint32_t ns;
    fp_str name;
} record_key;

static fp_record *record_at(const fp_cluster *cluster, fp_record_id id)
{
    return fp_table_at(&cluster->records, id);
}

static fp_str record_name(const fp_cluster *cluster, const fp_record *record)
{
    return fp_strings_get(&cluster->names, record->name);
}

static uint32_t hash_of(const fp_cluster *cluster, const record_key *key)
{
    return fp_hash_str(&cluster->key, key->name) ^
           fp_hash_u64(&cluster->key, ((uint64_t)key->ns << 8) | (uint64_t)key->kind);
}

static bool is_record(const void *owner, uint32_t id, const void *wanted)
{
    const fp_cluster *cluster = owner;
    const record_key *key = wanted;
    const fp_record *record = record_at(cluster, id);

    return record->kind == (uint8_t)key->kind && record->ns == key->ns &&
           fp_str_eq(record_name(cluster, record), key->name);
}

fp_record_id fp_cluster_find(const fp_cluster *cluster, fp_kind kind, fp_str ns, fp_str name)
{
    record_key key = {kind, fp_intern_find(&cluster->namespaces, ns), name};

    if (key.ns == FP_NO_ID)
        return FP_NO_ID;
    return fp_index_find(&cluster->index, hash_of(cluster, &key), is_record, cluster, &key);
}

/* Adds a record under a namespace whose reference it takes over, on success only. */
static int add_record(fp_cluster *cluster, const record_key *key, uint32_t hash, fp_record_id *ret)
{
    fp_record *record;
    uint32_t name;
    fp_record_id id;

    fp_try(fp_index_reserve(&cluster->index, 1));
    fp_try(fp_table_reserve(&cluster->records));
    fp_try(fp_strings_add(&cluster->names, key->name, &name));
    /* Both were reserved. */
    (void)fp_table_new(&cluster->records, &id);
    (void)fp_index_add(&cluster->index, hash, id);
    record = record_at(cluster, id);
    *record = (fp_record){.name = name,
                          .ns = key->ns,
                          .payload = FP_NO_PAYLOAD,
                          .kind = (uint8_t)key->kind,
                          .cls = FP_OBJECT_NOTHING};
    cluster->kinds[key->kind].count++;
    *ret = id;
    return 0;
}

static bool has_room(const fp_cluster *cluster)
{
    uint64_t own = cluster->admission.max_objects;

    return cluster->records.live < cluster->limits.max_objects &&
           (own == 0 || cluster->records.live < own);
}

int fp_cluster_put(fp_cluster *cluster, fp_kind kind, fp_str ns, fp_str name, fp_record_id *ret,
                   bool *ret_is_new, bool *ret_seen_twice)
{
    record_key key = {kind, 0, name};
    fp_kind_state *state;
    fp_record *record;
    fp_record_id id;
    uint32_t hash;
    bool is_new;

    if (kind <= FP_KIND_UNKNOWN || kind >= FP_KIND_COUNT)
        return FEDPOL_E_INVALID;
    state = &cluster->kinds[kind];
    fp_try(fp_intern_get(&cluster->namespaces, ns, &key.ns));
    hash = hash_of(cluster, &key);
    id = fp_index_find(&cluster->index, hash, is_record, cluster, &key);
    is_new = id == FP_NO_ID;
    if (is_new) {
        int r = has_room(cluster) ? add_record(cluster, &key, hash, &id) : FEDPOL_E_LIMIT;

        if (r < 0) {
            fp_intern_unref(&cluster->namespaces, key.ns);
            return r;
        }
    } else {
        fp_intern_unref(&cluster->namespaces, key.ns);
    }
    record = record_at(cluster, id);
    *ret_seen_twice = state->resyncing && record->generation == state->generation;
    record->generation = state->generation;
    *ret_is_new = is_new;
    *ret = id;
    return 0;
}

void fp_cluster_set_payload(fp_cluster *cluster, fp_record_id id, uint8_t cls, uint32_t payload)
{
    fp_record *record = record_at(cluster, id);

    record->cls = cls;
    record->payload = payload;
}

static uint32_t *weight_of(const fp_cluster *cluster, fp_record_id id)
{
    return fp_table_side(&cluster->records, id);
}

int fp_cluster_weigh(fp_cluster *cluster, fp_record_id id, uint64_t bytes)
{
    uint64_t others;
    uint32_t *weight;

    if (cluster->admission.max_bytes == 0)
        return 0;
    weight = weight_of(cluster, id);
    others = cluster->weight - *weight;
    if (bytes > *weight && (bytes > UINT32_MAX || bytes > cluster->admission.max_bytes - others))
        return FEDPOL_E_LIMIT;
    cluster->weight = others + bytes;
    *weight = (uint32_t)bytes;
    return 0;
}

uint64_t fp_cluster_weight(const fp_cluster *cluster)
{
    return cluster->weight;
}

void fp_cluster_drop(fp_cluster *cluster, fp_record_id id)
{
    fp_record record = *record_at(cluster, id);
    record_key key = {(fp_kind)record.kind, record.ns, record_name(cluster, &record)};

    (void)fp_cluster_weigh(cluster, id, 0);
    (void)fp_index_remove(&cluster->index, hash_of(cluster, &key), id);
    if (cluster->index.count == 0)
        fp_index_done(&cluster->index);
    fp_strings_drop(&cluster->names, record.name);
    fp_intern_unref(&cluster->namespaces, record.ns);
    fp_table_drop(&cluster->records, id);
    cluster->kinds[record.kind].count--;
}

fp_record_view fp_cluster_record(const fp_cluster *cluster, fp_record_id id)
{
    const fp_record *record = record_at(cluster, id);

    return (fp_record_view){.kind = (fp_kind)record->kind,
                            .cls = record->cls,
                            .ns = fp_intern_str(&cluster->namespaces, record->ns),
                            .name = record_name(cluster, record),
                            .payload = record->payload};
}

size_t fp_cluster_count(const fp_cluster *cluster, fp_kind kind)
{
    return kind == FP_KIND_UNKNOWN ? cluster->records.live : cluster->kinds[kind].count;
}

static int cmp_records(const void *context, uint32_t a, uint32_t b)
{
    const fp_cluster *cluster = context;
    const fp_record *x = record_at(cluster, a);
    const fp_record *y = record_at(cluster, b);
    int order = (x->kind > y->kind) - (x->kind < y->kind);

    if (order == 0 && x->ns != y->ns)
        order = fp_str_cmp(fp_intern_str(&cluster->namespaces, x->ns),
                           fp_intern_str(&cluster->namespaces, y->ns));
    return order ? order : fp_str_cmp(record_name(cluster, x), record_name(cluster, y));
}

typedef bool (*record_test)(const fp_cluster *cluster, const fp_record *record, fp_kind kind);

static bool is_of_kind(const fp_cluster *cluster, const fp_record *record, fp_kind kind)
{
    (void)cluster;
    return record->kind != 0 && (kind == FP_KIND_UNKNOWN || record->kind == (uint8_t)kind);
}

static bool is_stale(const fp_cluster *cluster, const fp_record *record, fp_kind kind)
{
    const fp_kind_state *state = &cluster->kinds[record->kind];

    return is_of_kind(cluster, record, kind) && state->resyncing &&
           record->generation != state->generation;
}

/* Appends the records that pass TEST, sorted; IDS is as before on failure. */
static int collect(const fp_cluster *cluster, fp_kind kind, record_test test, fp_u32_vec *ids)
{
    size_t before = ids->len;
    int r = 0;

    for (uint32_t id = 0; r == 0 && id < cluster->records.used; id++)
        if (test(cluster, record_at(cluster, id), kind))
            r = fp_vec_push(ids, id);
    if (r == 0 && ids->len > before)
        r = fp_sort_ids(ids->items + before, ids->len - before, cmp_records, cluster);
    if (r < 0)
        ids->len = before;
    return r;
}

int fp_cluster_list(const fp_cluster *cluster, fp_kind kind, fp_u32_vec *ids)
{
    return collect(cluster, kind, is_of_kind, ids);
}

/* Generations wrap around: then every record of the kind counts as put before all of them. */
static void next_generation(fp_cluster *cluster, fp_kind kind)
{
    fp_kind_state *state = &cluster->kinds[kind];

    if (state->generation < UINT8_MAX) {
        state->generation++;
        return;
    }
    for (uint32_t id = 0; id < cluster->records.used; id++) {
        fp_record *record = record_at(cluster, id);

        if (record->kind == (uint8_t)kind)
            record->generation = 0;
    }
    state->generation = 1;
}

void fp_cluster_begin_resync(fp_cluster *cluster, fp_kind kind)
{
    for (fp_kind k = FP_KIND_UNKNOWN + 1; k < FP_KIND_COUNT; k++) {
        if (kind != FP_KIND_UNKNOWN && kind != k)
            continue;
        next_generation(cluster, k);
        cluster->kinds[k].resyncing = true;
        cluster->new_overload &= ~((uint32_t)1 << k);
    }
}

int fp_cluster_end_resync(fp_cluster *cluster, fp_kind kind, fp_u32_vec *stale)
{
    bool began = false;

    for (fp_kind k = FP_KIND_UNKNOWN + 1; k < FP_KIND_COUNT; k++)
        began |= (kind == FP_KIND_UNKNOWN || kind == k) && cluster->kinds[k].resyncing;
    if (!began)
        return FEDPOL_E_STATE;
    fp_try(collect(cluster, kind, is_stale, stale));
    for (fp_kind k = FP_KIND_UNKNOWN + 1; k < FP_KIND_COUNT; k++)
        if (cluster->kinds[k].resyncing && !(cluster->new_overload & (uint32_t)1 << k))
            cluster->overload &= ~((kind == FP_KIND_UNKNOWN || kind == k ? (uint32_t)1 : 0) << k);
    fp_cluster_abort_resync(cluster, kind);
    return 0;
}

void fp_cluster_abort_resync(fp_cluster *cluster, fp_kind kind)
{
    for (fp_kind k = FP_KIND_UNKNOWN + 1; k < FP_KIND_COUNT; k++)
        if (kind == FP_KIND_UNKNOWN || kind == k)
            cluster->kinds[k].resyncing = false;
}
