/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/private.h"

static uint64_t key_of(const fp_cluster *cluster, fp_record_id record)
{
    return (uint64_t)fp_cluster_number(cluster) << 32 | record;
}

static bool has_key(const void *owner, uint32_t id, const void *key)
{
    const fp_sources *sources = owner;
    const fp_source *source = sources->items.items[id];

    return key_of(source->cluster, source->record) == *(const uint64_t *)key;
}

static uint32_t find(const fp_world *world, const fp_cluster *cluster, fp_record_id record)
{
    uint64_t key = key_of(cluster, record);

    return fp_index_find(&world->sources.index, fp_hash_u64(&world->key, key), has_key,
                         &world->sources, &key);
}

fp_source *fp_sources_find(const fp_world *world, const fp_cluster *cluster, fp_kind kind,
                           fp_str ns, fp_str name)
{
    fp_record_id record = fp_cluster_find(cluster, kind, ns, name);
    uint32_t id = record == FP_NO_ID ? FP_NO_ID : find(world, cluster, record);

    return id == FP_NO_ID ? NULL : world->sources.items.items[id];
}

static int copy_str(fp_arena *arena, fp_str s, fp_str *ret)
{
    *ret = fp_arena_str(arena, s);
    return ret->ptr ? 0 : FEDPOL_E_NOMEM;
}

static int copy_labels(fp_arena *arena, const fp_label *labels, size_t n, const fp_label **ret)
{
    fp_label *copy = fp_arena_array(arena, n, sizeof(*copy));

    if (!copy)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        fp_try(copy_str(arena, labels[i].name, &copy[i].name));
        fp_try(copy_str(arena, labels[i].value, &copy[i].value));
    }
    *ret = copy;
    return 0;
}

static int copy_strs(fp_arena *arena, const fp_str *strs, size_t n, const fp_str **ret)
{
    fp_str *copy = fp_arena_array(arena, n, sizeof(*copy));

    if (!copy)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        fp_try(copy_str(arena, strs[i], &copy[i]));
    *ret = copy;
    return 0;
}

static int copy_nets(fp_arena *arena, const fp_endpoint_desc *desc, fp_endpoint_desc *ret)
{
    fp_cidr *nets = fp_arena_array(arena, desc->n_nets, sizeof(*nets));
    fp_endpoint_port *ports = fp_arena_array(arena, desc->n_ports, sizeof(*ports));

    if (!nets || !ports)
        return FEDPOL_E_NOMEM;
    if (desc->n_nets > 0)
        memcpy(nets, desc->nets, desc->n_nets * sizeof(*nets));
    for (size_t i = 0; i < desc->n_ports; i++) {
        ports[i] = desc->ports[i];
        fp_try(copy_str(arena, desc->ports[i].name, &ports[i].name));
    }
    ret->nets = nets;
    ret->ports = ports;
    return 0;
}

static int copy_endpoint(fp_arena *arena, const fp_endpoint_desc *desc, fp_endpoint_desc *ret)
{
    fp_endpoint_desc copy = *desc;

    fp_try(copy_str(arena, desc->node, &copy.node));
    fp_try(copy_str(arena, desc->interface_name, &copy.interface_name));
    fp_try(copy_labels(arena, desc->labels, desc->n_labels, &copy.labels));
    fp_try(copy_strs(arena, desc->profiles, desc->n_profiles, &copy.profiles));
    fp_try(copy_nets(arena, desc, &copy));
    *ret = copy;
    return 0;
}

static int copy_profile(fp_arena *arena, const fp_profile_desc *desc, fp_profile_desc *ret)
{
    fp_profile_desc copy = {.n_labels = desc->n_labels};

    fp_try(copy_str(arena, desc->profile, &copy.profile));
    fp_try(copy_labels(arena, desc->labels, desc->n_labels, &copy.labels));
    copy.rules = fp_policy_ref(desc->rules);
    *ret = copy;
    return 0;
}

static int copy_object(fp_arena *arena, const fp_object *object, fp_object *ret)
{
    fp_object copy = {.kind = object->kind, .cls = object->cls};

    fp_try(copy_str(arena, object->ns, &copy.ns));
    fp_try(copy_str(arena, object->name, &copy.name));
    if (object->cls == FP_OBJECT_ENDPOINT)
        fp_try(copy_endpoint(arena, &object->endpoint, &copy.endpoint));
    if (object->cls == FP_OBJECT_PROFILE)
        fp_try(copy_profile(arena, &object->profile, &copy.profile));
    *ret = copy;
    return 0;
}

static void free_source(fp_source *source)
{
    if (!source)
        return;
    fp_policy_unref(source->object.profile.rules);
    fp_arena_done(&source->memory);
    fp_free(source);
}

static int new_source(fp_cluster *cluster, fp_record_id record, const fp_object *object,
                      fp_source **ret)
{
    fp_source *source = fp_alloc_zero(1, sizeof(*source));
    int r;

    if (!source)
        return FEDPOL_E_NOMEM;
    fp_arena_init(&source->memory, 512);
    source->cluster = cluster;
    source->record = record;
    source->endpoint = FP_NO_ID;
    r = copy_object(&source->memory, object, &source->object);
    if (r < 0) {
        free_source(source);
        return r;
    }
    *ret = source;
    return 0;
}

static int reserve(fp_sources *sources)
{
    size_t n = (size_t)sources->ids.used + 1;

    fp_try(fp_index_reserve(&sources->index, 1));
    fp_try(fp_marks_room(&sources->stale, n));
    return fp_vec_reserve(&sources->items, n - sources->items.len);
}

static int add_source(fp_world *world, fp_source *source)
{
    fp_sources *sources = &world->sources;
    uint64_t key = key_of(source->cluster, source->record);
    uint32_t id;

    fp_try(reserve(sources));
    fp_try(fp_ids_take(&sources->ids, &id));
    while (sources->items.len <= id)
        sources->items.items[sources->items.len++] = NULL;
    sources->items.items[id] = source;
    (void)fp_index_add(&sources->index, fp_hash_u64(&world->key, key), id);
    fp_marks_add(&sources->stale, id);
    return 0;
}

int fp_sources_put(fp_world *world, fp_cluster *cluster, fp_record_id record,
                   const fp_object *object)
{
    uint32_t id = find(world, cluster, record);
    fp_source *source, *old;
    int r;

    fp_try(new_source(cluster, record, object, &source));
    if (id == FP_NO_ID) {
        r = add_source(world, source);
        if (r < 0)
            free_source(source);
        return r;
    }
    old = world->sources.items.items[id];
    source->endpoint = old->endpoint;
    source->overridden_told = old->overridden_told;
    free_source(old);
    world->sources.items.items[id] = source;
    fp_marks_add(&world->sources.stale, id);
    return 0;
}

/* Another Pod, Namespace or ServiceAccount speaks for the same thing. */
static bool is_overridden(const fp_source *source)
{
    fp_record_id id;

    if (source->object.kind == FP_KIND_PROFILE)
        return fp_profile_is_derived(source->cluster, source->object.profile.profile);
    id = fp_cluster_find(source->cluster, FP_KIND_POD, source->object.ns, source->object.name);
    return id != FP_NO_ID && fp_cluster_record(source->cluster, id).cls != FP_RECORD_REFUSED;
}

int fp_sources_remove(fp_world *world, fp_cluster *cluster, fp_record_id record)
{
    fp_sources *sources = &world->sources;
    uint32_t id = find(world, cluster, record);
    uint64_t key = key_of(cluster, record);
    fp_source *source = id == FP_NO_ID ? NULL : sources->items.items[id];

    if (!source)
        return 0;
    if (source->object.kind == FP_KIND_PROFILE && !is_overridden(source))
        fp_try(fp_label_index_remove_profile(world->calc.labels, fp_cluster_number(cluster),
                                             source->object.profile.profile));
    if (source->endpoint != FP_NO_ID)
        fp_federation_remove(world->calc.federation, source->endpoint);
    if (source->object.kind == FP_KIND_PROFILE)
        fp_profile_touch(&world->calc, cluster, source->object.profile.profile);
    (void)fp_index_remove(&sources->index, fp_hash_u64(&world->key, key), id);
    free_source(source);
    sources->items.items[id] = NULL;
    fp_ids_give(&sources->ids, id);
    return 0;
}

void fp_sources_touch(fp_world *world, const fp_cluster *cluster, fp_kind kind, fp_str ns,
                      fp_str name)
{
    fp_record_id record;
    uint32_t id;

    /* Most clusters have none: every pod and namespace asks. */
    if (fp_cluster_count(cluster, kind) == 0)
        return;
    record = fp_cluster_find(cluster, kind, ns, name);
    id = record == FP_NO_ID ? FP_NO_ID : find(world, cluster, record);
    if (id == FP_NO_ID)
        return;
    if (world->sources.items.items[id]->endpoint != FP_NO_ID) {
        fp_federation_remove(world->calc.federation, world->sources.items.items[id]->endpoint);
        world->sources.items.items[id]->endpoint = FP_NO_ID;
    }
    fp_marks_add(&world->sources.stale, id);
}

static int tell_overridden(fp_source *source, bool tell)
{
    bool is_profile = source->object.kind == FP_KIND_PROFILE;
    fp_diag diag = {.severity = FP_SEVERITY_WARNING, .code = FP_DIAG_OVERRIDDEN};

    if (tell == source->overridden_told)
        return 0;
    diag.message = is_profile ? FP_STR("a Namespace or ServiceAccount of the cluster stands for "
                                       "this profile: the object has no effect")
                              : FP_STR("a Pod of the cluster stands for this workload: the object "
                                       "has no effect");
    fp_try(fp_cluster_set_diags(source->cluster, FP_DIAG_SOURCE_OVERRIDE,
                                fp_kind_name(source->object.kind), source->object.ns,
                                source->object.name, FP_STR_NULL, &diag, tell ? 1 : 0));
    source->overridden_told = tell;
    return 0;
}

static int settle_profile(fp_world *world, fp_source *source, bool overridden)
{
    const fp_profile_desc *desc = &source->object.profile;

    if (!overridden)
        fp_try(fp_label_index_set_profile(world->calc.labels, fp_cluster_number(source->cluster),
                                          desc->profile, desc->labels, desc->n_labels));
    fp_profile_touch(&world->calc, source->cluster, desc->profile);
    return 0;
}

static int settle_endpoint(fp_world *world, fp_source *source, bool overridden)
{
    const fp_object *object = &source->object;

    if (!overridden)
        return fp_federation_put(world->calc.federation, source->cluster, object->kind, object->ns,
                                 object->name, &object->endpoint, source->endpoint,
                                 &source->endpoint);
    if (source->endpoint != FP_NO_ID)
        fp_federation_remove(world->calc.federation, source->endpoint);
    source->endpoint = FP_NO_ID;
    return 0;
}

int fp_sources_settle(fp_world *world)
{
    fp_marks *stale = &world->sources.stale;

    for (size_t i = 0; i < stale->ids.len; i++) {
        fp_source *source = world->sources.items.items[stale->ids.items[i]];
        bool overridden;

        if (!source)
            continue;
        overridden = is_overridden(source);
        fp_try(tell_overridden(source, overridden));
        if (source->object.kind == FP_KIND_PROFILE)
            fp_try(settle_profile(world, source, overridden));
        else
            fp_try(settle_endpoint(world, source, overridden));
    }
    fp_marks_clear(stale);
    return 0;
}

void fp_sources_done(fp_world *world)
{
    fp_sources *sources = &world->sources;

    for (size_t i = 0; i < sources->items.len; i++)
        free_source(sources->items.items[i]);
    fp_vec_done(&sources->items);
    fp_ids_done(&sources->ids);
    fp_index_done(&sources->index);
    fp_marks_done(&sources->stale);
}
