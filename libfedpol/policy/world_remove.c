/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/private.h"

/* "kns.<ns>" or "ksa.<ns>.<name>". */
static void put_profile_name(fp_buf *buf, const fp_record_view *record)
{
    bool is_namespace = record->kind == FP_KIND_NAMESPACE;

    fp_buf_puts(buf, is_namespace ? "kns." : "ksa.");
    fp_buf_add(buf, is_namespace ? record->name : record->ns);
    if (is_namespace)
        return;
    fp_buf_putc(buf, '.');
    fp_buf_add(buf, record->name);
}

/* A Namespace or ServiceAccount: a Profile object of the name takes over, if there is one. */
static int release_derived(fp_world *world, fp_cluster *cluster, const fp_record_view *record)
{
    fp_cleanup_buf fp_buf buf = {0};
    fp_str name;

    put_profile_name(&buf, record);
    fp_try(fp_buf_error(&buf));
    name = fp_buf_str(&buf);
    if (fp_sources_find(world, cluster, FP_KIND_PROFILE, FP_STR_NULL, name))
        fp_sources_touch(world, cluster, FP_KIND_PROFILE, FP_STR_NULL, name);
    else
        fp_try(fp_label_index_remove_profile(world->calc.labels, fp_cluster_number(cluster), name));
    fp_profile_touch(&world->calc, cluster, name);
    return 0;
}

static int release_payload(fp_world *world, fp_cluster *cluster, fp_record_id id,
                           const fp_record_view *record)
{
    if (record->kind == FP_KIND_WORKLOAD_ENDPOINT || record->kind == FP_KIND_PROFILE)
        return fp_sources_remove(world, cluster, id);
    switch (record->cls) {
    case FP_OBJECT_ENDPOINT:
        fp_federation_remove(world->calc.federation, record->payload);
        break;
    case FP_OBJECT_PROFILE:
        return release_derived(world, cluster, record);
    case FP_OBJECT_POLICY:
        fp_policies_remove(&world->calc, record->payload);
        break;
    case FP_OBJECT_TIER:
        fp_tiers_remove(&world->calc, record->payload);
        break;
    case FP_OBJECT_NODE:
        fp_nodes_remove(world, record->payload);
        break;
    case FP_OBJECT_SERVICE:
    case FP_OBJECT_BACKENDS:
        fp_services_remove(world->services, record->cls, record->payload);
        break;
    default:
        break;
    }
    return 0;
}

int fp_record_release(fp_world *world, fp_cluster *cluster, fp_record_id id)
{
    fp_record_view record = fp_cluster_record(cluster, id);

    fp_try(release_payload(world, cluster, id, &record));
    fp_cluster_set_payload(cluster, id, FP_OBJECT_NOTHING, FP_NO_PAYLOAD);
    if (record.kind == FP_KIND_POD)
        fp_sources_touch(world, cluster, FP_KIND_WORKLOAD_ENDPOINT, record.ns, record.name);
    world->dirty = true;
    return 0;
}

int fp_record_remove(fp_world *world, fp_cluster *cluster, fp_record_id id)
{
    static const fp_diag_source sources[] = {FP_DIAG_SOURCE_DECODE, FP_DIAG_SOURCE_FEDERATION,
                                             FP_DIAG_SOURCE_POLICY, FP_DIAG_SOURCE_OVERRIDE,
                                             FP_DIAG_SOURCE_SERVICES};
    fp_record_view record = fp_cluster_record(cluster, id);

    fp_try(fp_record_release(world, cluster, id));
    for (size_t i = 0; i < FP_ARRAY_LEN(sources) && fp_cluster_diag_count(cluster) > 0; i++)
        fp_try(fp_cluster_set_diags(cluster, sources[i], fp_kind_name(record.kind), record.ns,
                                    record.name, FP_STR_NULL, NULL, 0));
    fp_cluster_drop(cluster, id);
    return 0;
}

static int drain_member(fp_world *world, fp_member *member)
{
    while (member->stale.len > 0) {
        fp_try(
            fp_record_remove(world, member->cluster, member->stale.items[member->stale.len - 1]));
        member->stale.len--;
    }
    fp_vec_done(&member->stale);
    return 0;
}

int fp_world_drain(fp_world *world)
{
    for (size_t i = 0; i < world->members.len; i++)
        if (world->members.items[i]->stale.len > 0)
            fp_try(drain_member(world, world->members.items[i]));
    return 0;
}

void fp_world_begin_resync(fp_world *world, fp_cluster *cluster, fp_kind kind)
{
    (void)world;
    fp_cluster_begin_resync(cluster, kind);
}

int fp_world_end_resync(fp_world *world, fp_cluster *cluster, fp_kind kind)
{
    fp_member *member = fp_world_member(world, cluster);
    bool was_overloaded = fp_cluster_overload(cluster) != 0;

    fp_try(fp_world_drain(world));
    fp_try(fp_cluster_end_resync(cluster, kind, &member->stale));
    if (was_overloaded && fp_cluster_overload(cluster) == 0)
        (void)fp_cluster_set_diags(cluster, FP_DIAG_SOURCE_FEED, "", FP_STR_NULL, FP_STR_NULL,
                                   FP_STR_NULL, NULL, 0); /* takes no memory */
    /* From here on the stale records are known; if memory runs out now, the rest goes with the
       next object or commit. */
    if (member->stale.len > 0)
        world->dirty = true;
    return fp_world_drain(world);
}
