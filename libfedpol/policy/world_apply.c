/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/private.h"

/* One object on its way into the world. */
typedef struct arrival {
    fp_world *world;
    fp_cluster *cluster;
    const fp_wire_object *wire;
    fp_str origin;
    fp_kind kind;
    fp_object object;
    fp_diags diags;
} arrival;

static int put_diags(arrival *a, fp_diag_source source, const fp_diag *diags, size_t n)
{
    if (n == 0 && fp_cluster_diag_count(a->cluster) == 0)
        return 0;
    return fp_cluster_set_diags(a->cluster, source, fp_kind_name(a->kind), a->object.ns,
                                a->object.name, a->origin, diags, n);
}

static int put_own_diags(arrival *a)
{
    fp_try(a->diags.error);
    fp_try(put_diags(a, FP_DIAG_SOURCE_FEED, NULL, 0));
    return put_diags(a, FP_DIAG_SOURCE_DECODE, a->diags.list.items, a->diags.list.len);
}

/* What a remote cluster may not say: counted, and told once for each kind. */
static int ignore_kind(arrival *a)
{
    fp_member *member = fp_world_member(a->world, a->cluster);
    uint32_t bit = (uint32_t)1 << a->kind;
    fp_diag diag = {.severity = FP_SEVERITY_INFO,
                    .code = FP_DIAG_IGNORED_REMOTE_KIND,
                    .message = FP_STR("objects of this kind count in their own cluster only; those "
                                      "of a remote cluster are ignored")};

    fp_cluster_counters_of(a->cluster)->ignored_kinds++;
    if (member->told_kinds & bit)
        return 0;
    fp_try(put_diags(a, FP_DIAG_SOURCE_DECODE, &diag, 1));
    member->told_kinds |= bit;
    return 0;
}

static int put_endpoint(arrival *a, fp_record_id record_id, const fp_record_view *record)
{
    fp_endpoint_id id = record->cls == FP_OBJECT_ENDPOINT ? record->payload : FP_NO_ID;

    if (a->kind == FP_KIND_POD)
        fp_sources_touch(a->world, a->cluster, FP_KIND_WORKLOAD_ENDPOINT, a->object.ns,
                         a->object.name);
    return fp_federation_put_record(a->world->calc.federation, a->cluster, record_id,
                                    &a->object.endpoint, id, &id);
}

static int put_derived(arrival *a, fp_record_id id)
{
    const fp_profile_desc *desc = &a->object.profile;

    fp_try(fp_label_index_set_profile(a->world->calc.labels, fp_cluster_number(a->cluster),
                                      desc->profile, desc->labels, desc->n_labels));
    fp_cluster_set_payload(a->cluster, id, FP_OBJECT_PROFILE, FP_NO_PAYLOAD);
    fp_sources_touch(a->world, a->cluster, FP_KIND_PROFILE, FP_STR_NULL, desc->profile);
    fp_profile_touch(&a->world->calc, a->cluster, desc->profile);
    return 0;
}

static int put_source(arrival *a, fp_record_id id)
{
    uint32_t payload = fp_cluster_record(a->cluster, id).payload;

    fp_try(fp_sources_put(a->world, a->cluster, id, &a->object));
    fp_cluster_set_payload(a->cluster, id, (uint8_t)a->object.cls, payload);
    return 0;
}

/* What is stored under an id of its own. */
static int put_stored(arrival *a, fp_record_id id, const fp_record_view *record)
{
    uint32_t payload = record->cls == a->object.cls ? record->payload : FP_NO_ID;
    fp_world *world = a->world;
    int r;

    if (a->object.cls == FP_OBJECT_POLICY)
        r = fp_policies_put(&world->calc, a->object.policy, payload, &payload);
    else if (a->object.cls == FP_OBJECT_TIER)
        r = fp_tiers_put(&world->calc, &a->object.tier, &payload);
    else if (a->object.cls == FP_OBJECT_SERVICE || a->object.cls == FP_OBJECT_BACKENDS)
        r = fp_services_put(world->services, a->cluster, &a->object, payload, &payload);
    else
        r = fp_nodes_put(world, &a->object.node, payload, &payload);
    if (r == 0)
        fp_cluster_set_payload(a->cluster, id, (uint8_t)a->object.cls, payload);
    return r;
}

static int put_payload(arrival *a, fp_record_id id, const fp_record_view *record)
{
    if (a->object.cls == FP_OBJECT_NOTHING)
        return fp_record_release(a->world, a->cluster, id);
    if (a->kind == FP_KIND_WORKLOAD_ENDPOINT || a->kind == FP_KIND_PROFILE)
        return put_source(a, id);
    if (a->object.cls == FP_OBJECT_ENDPOINT)
        return put_endpoint(a, id, record);
    return a->object.cls == FP_OBJECT_PROFILE ? put_derived(a, id) : put_stored(a, id, record);
}

static void tell_host_endpoint(arrival *a)
{
    fp_str node = a->world->options.federation.node;

    if (a->kind != FP_KIND_HOST_ENDPOINT || a->cluster != a->world->local)
        return;
    if (node.len == 0 || fp_str_eq(node, a->object.endpoint.node))
        fp_diags_add(&a->diags, FP_SEVERITY_ERROR, FP_DIAG_UNSUPPORTED, FP_STR_NULL,
                     "policies of host endpoints are not enforced yet: it takes part as a peer of "
                     "others only");
}

/* What is too much for the cluster is not taken; what was known of it before stays. */
static int put_admitted(arrival *a, fp_record_id id)
{
    fp_record_view record = fp_cluster_record(a->cluster, id);

    fp_try(fp_admit_endpoint(a->world->calc.federation, a->cluster, &a->object, &record));
    if (fp_cluster_admission(a->cluster)->max_bytes)
        fp_try(fp_cluster_weigh(a->cluster, id, fp_object_weight(&a->object)));
    return put_payload(a, id, &record);
}

static int take(arrival *a)
{
    bool is_new, seen_twice;
    fp_record_id id;
    int r;

    fp_try(fp_cluster_put(a->cluster, a->kind, a->object.ns, a->object.name, &id, &is_new,
                          &seen_twice));
    r = put_admitted(a, id);
    if (r < 0) {
        if (is_new)
            fp_cluster_drop(a->cluster, id);
        return r;
    }
    a->world->dirty = true;
    if (seen_twice && a->wire && a->wire->type == FP_WATCH_NONE)
        fp_diags_add(&a->diags, FP_SEVERITY_WARNING, FP_DIAG_DUPLICATE_OBJECT, FP_STR_NULL,
                     "the source has this object twice: the last one counts");
    tell_host_endpoint(a);
    return put_own_diags(a);
}

/*
 * What the cluster said of an object before stays in force where its absence would widen what is
 * allowed, or could not be told from a rule that is gone: policies, tiers, and labels and rules of
 * profiles; and services with their back ends, which would be cut off. Endpoints and sets lose
 * their place: an address must not keep a name that nobody stands for.
 */
static bool survives_refusal(const fp_record_view *record)
{
    return record->cls == FP_OBJECT_POLICY || record->cls == FP_OBJECT_TIER ||
           record->cls == FP_OBJECT_PROFILE || record->cls == FP_OBJECT_NODE ||
           record->cls == FP_OBJECT_SERVICE || record->cls == FP_OBJECT_BACKENDS;
}

static int refuse(arrival *a)
{
    fp_record_view record;
    bool is_new, seen_twice;
    fp_record_id id;

    fp_cluster_counters_of(a->cluster)->refused_objects++;
    fp_try(a->diags.error);
    if (a->object.name.len == 0)
        return put_diags(a, FP_DIAG_SOURCE_FEED, a->diags.list.items, a->diags.list.len);
    fp_try(fp_cluster_put(a->cluster, a->kind, a->object.ns, a->object.name, &id, &is_new,
                          &seen_twice));
    record = fp_cluster_record(a->cluster, id);
    if (is_new || !survives_refusal(&record)) {
        fp_try(fp_record_release(a->world, a->cluster, id));
        fp_cluster_set_payload(a->cluster, id, FP_RECORD_REFUSED, FP_NO_PAYLOAD);
    }
    return put_own_diags(a);
}

static int withdraw(arrival *a)
{
    int r = fp_object_identify(a->kind, a->wire->value, &a->world->scratch, &a->object);
    fp_record_id id;

    if (r == FEDPOL_E_BAD_OBJECT) {
        fp_diags_add(&a->diags, FP_SEVERITY_ERROR, FP_DIAG_INVALID_NAME, FP_STR("metadata.name"),
                     "an object without a usable name can't be removed");
        return refuse(a);
    }
    fp_try(r);
    id = fp_cluster_find(a->cluster, a->kind, a->object.ns, a->object.name);
    return id == FP_NO_ID ? 0 : fp_record_remove(a->world, a->cluster, id);
}

/* One whose name can't be read goes on, to be told of. */
static bool is_wanted(arrival *a)
{
    const fp_admission *admission = fp_cluster_admission(a->cluster);

    if (admission->namespaces.len + admission->excluded.len == 0)
        return true;
    if (fp_object_identify(a->kind, a->wire->value, &a->world->scratch, &a->object) < 0)
        return true;
    return fp_admit_object(a->cluster, &a->object);
}

static int arrive(arrival *a)
{
    fp_model_options options = a->world->options.model;
    int r;

    if (a->wire->type == FP_WATCH_DELETED)
        return withdraw(a);
    if (!is_wanted(a))
        return 0;
    options.remote = fp_cluster_get_role(a->cluster) == FP_ROLE_REMOTE;
    r = fp_object_decode(a->kind, a->wire->value, &options, &a->world->scratch, &a->diags,
                         &a->object);
    if (r == FEDPOL_E_BAD_OBJECT)
        return refuse(a);
    if (r == 0)
        r = fp_admit_addresses(a->cluster, &a->world->scratch, &a->diags, &a->object);
    if (r == 0)
        r = take(a);
    fp_object_done(&a->object);
    return r;
}

/* The limit on objects is told once, not for each object that is too much. */
static int tell_limit(arrival *a)
{
    fp_diag diag = {.severity = FP_SEVERITY_ERROR,
                    .code = FP_DIAG_LIMIT,
                    .message = FP_STR("the cluster has more objects, endpoints or bytes than its "
                                      "limits allow; what comes beyond them is refused")};

    fp_cluster_counters_of(a->cluster)->refused_objects++;
    fp_cluster_note_overload(a->cluster, a->kind);
    fp_try(fp_cluster_set_diags(a->cluster, FP_DIAG_SOURCE_FEED, "", FP_STR_NULL, FP_STR_NULL,
                                FP_STR_NULL, &diag, 1));
    return FEDPOL_E_LIMIT;
}

int fp_world_apply(fp_world *world, fp_cluster *cluster, const fp_wire_object *object,
                   fp_str origin)
{
    arrival a = {.world = world, .cluster = cluster, .wire = object, .origin = origin};
    int r;

    if (object->type == FP_WATCH_BOOKMARK || object->type == FP_WATCH_ERROR)
        return 0;
    fp_cluster_counters_of(cluster)->fed_objects++;
    a.kind = fp_kind_of(object->api_version, object->kind);
    if (a.kind == FP_KIND_UNKNOWN) {
        fp_cluster_counters_of(cluster)->unknown_kinds++;
        return 0;
    }
    if (fp_cluster_get_role(cluster) == FP_ROLE_REMOTE && !fp_kind_is_federated(a.kind))
        return ignore_kind(&a);
    fp_try(fp_world_drain(world));
    fp_diags_init(&a.diags, &world->scratch);
    r = arrive(&a);
    fp_diags_done(&a.diags);
    if (r == FEDPOL_E_LIMIT)
        r = tell_limit(&a);
    fp_arena_reset(&world->scratch);
    return r;
}

int fp_world_put(fp_world *world, fp_cluster *cluster, const fp_object *object)
{
    arrival a = {.world = world, .cluster = cluster, .kind = object->kind, .object = *object};
    int r;

    fp_try(fp_world_drain(world));
    fp_diags_init(&a.diags, &world->scratch);
    r = take(&a);
    fp_diags_done(&a.diags);
    fp_arena_reset(&world->scratch);
    return r;
}

static int report_identified(arrival *a, const fedpol_error *error)
{
    fp_diag diag = {.severity = FP_SEVERITY_ERROR,
                    .code = fedpol_error_get_code(error) == FEDPOL_E_PARSE ? FP_DIAG_UNREADABLE
                                                                           : FP_DIAG_INVALID_OBJECT,
                    .message = fp_str_of(fedpol_error_get_message(error))};
    fp_str kind = a->kind == FP_KIND_UNKNOWN ? a->wire->kind : FP_STR_NULL;
    char *text;
    int r;

    if (a->kind != FP_KIND_UNKNOWN)
        return put_diags(a, FP_DIAG_SOURCE_FEED, &diag, 1);
    text = fp_str_dup(kind);
    if (!text)
        return FEDPOL_E_NOMEM;
    r = fp_cluster_set_diags(a->cluster, FP_DIAG_SOURCE_FEED, text, a->object.ns, a->object.name,
                             a->origin, &diag, 1);
    fp_free(text);
    return r;
}

int fp_world_report(fp_world *world, fp_cluster *cluster, const fp_wire_object *where,
                    const fedpol_error *error, fp_str origin)
{
    arrival a = {.world = world, .cluster = cluster, .wire = where, .origin = origin};
    int r = 0;

    fp_cluster_counters_of(cluster)->refused_objects++;
    a.kind = fp_kind_of(where->api_version, where->kind);
    if (a.kind != FP_KIND_UNKNOWN && where->value) {
        r = fp_object_identify(a.kind, where->value, &world->scratch, &a.object);
        if (r == FEDPOL_E_BAD_OBJECT)
            r = 0;
    }
    if (r == 0)
        r = report_identified(&a, error);
    fp_arena_reset(&world->scratch);
    return r;
}
