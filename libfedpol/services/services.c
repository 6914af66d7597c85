/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/services/private.h"

int fp_services_new(const fp_hash_key *key, fp_services **ret)
{
    fp_services *s = fp_alloc_zero(1, sizeof(*s));

    if (!s)
        return FEDPOL_E_NOMEM;
    s->key = *key;
    s->dirty_nodes = s->dirty_objects = s->dirty_feds = FP_NO_ID;
    fp_table_init(&s->nodes, sizeof(fp_service_node), 0);
    fp_table_init(&s->spaces, sizeof(fp_service_space), 0);
    fp_table_init(&s->objects, sizeof(fp_service_object), 0);
    fp_table_init(&s->postings, sizeof(fp_service_posting), 0);
    fp_table_init(&s->feds, sizeof(fp_fed), 0);
    fp_table_init(&s->groups, sizeof(fp_group), 0);
    fp_table_init(&s->slots, sizeof(fp_slot), 0);
    fp_table_init(&s->contributions, sizeof(fp_contribution), 0);
    *ret = s;
    return 0;
}

static void free_object(fp_service_object *object)
{
    fp_free((void *)(uintptr_t)object->name.ptr);
    fp_free(object->now);
    if (object->applied != object->now)
        fp_free(object->applied);
}

static void free_groups(fp_services *s)
{
    for (uint32_t id = 0; id < s->groups.used; id++) {
        fp_group *group = fp_group_at(s, id);

        fp_free(group->ports);
        fp_vec_done(&group->placed);
        fp_vec_done(&group->leaves);
    }
    fp_table_done(&s->groups);
    fp_table_done(&s->slots);
    fp_table_done(&s->contributions);
    fp_index_done(&s->group_index);
    fp_index_done(&s->slot_index);
}

fp_services *fp_services_free(fp_services *s)
{
    if (!s)
        return NULL;
    free_groups(s);
    for (uint32_t id = 0; id < s->feds.used; id++)
        fp_fed_done(fp_fed_at(s, id));
    for (uint32_t id = 0; id < s->objects.used; id++)
        free_object(fp_object_at(s, id));
    fp_table_done(&s->feds);
    fp_table_done(&s->objects);
    fp_service_postings_done(s);
    fp_nodes_done_all(s);
    fp_vec_done(&s->uses);
    fp_vec_done(&s->scratch_placed);
    fp_vec_done(&s->scratch_in);
    fp_vec_done(&s->scratch_leaves);
    fp_vec_done(&s->scratch_hashes);
    fp_idset_done(&s->scratch_ids);
    fp_free(s);
    return NULL;
}

void fp_services_set_keep_last(fp_services *services, bool keep_last)
{
    if (services->keep_last == keep_last)
        return;
    services->keep_last = keep_last;
    for (uint32_t id = 0; id < services->nodes.used; id++)
        if (fp_node_at(services, id)->cluster && fp_node_at(services, id)->fed != FP_NO_ID)
            fp_fed_touch(services, fp_node_at(services, id)->fed);
}

/* --- objects --- */

static void touch_object(fp_services *s, uint32_t id)
{
    fp_service_object *object = fp_object_at(s, id);

    if (object->dirty.is)
        return;
    object->dirty = (fp_link){s->dirty_objects, true};
    s->dirty_objects = id;
}

static void set_service(fp_services *s, uint32_t id, fp_packed_service *packed)
{
    fp_service_node *node = fp_node_at(s, id);

    if (node->now != node->applied)
        fp_free(node->now);
    node->now = packed;
    fp_node_touch(s, id);
}

static int put_service(fp_services *s, fp_cluster *cluster, const fp_object *object, uint32_t *ret)
{
    bool local = fp_cluster_get_role(cluster) == FP_ROLE_LOCAL;
    fp_packed_service *packed = fp_pack_service(&object->service, local);
    const fp_service_node *node;
    int r = packed ? fp_node_get(s, cluster, object->ns, object->name, ret) : FEDPOL_E_NOMEM;

    if (r < 0) {
        fp_free(packed);
        return r;
    }
    node = fp_node_at(s, *ret);
    if (node->now && fp_service_desc_equal(&node->now->desc, &packed->desc))
        fp_free(packed);
    else
        set_service(s, *ret, packed);
    return 0;
}

static void set_backends(fp_services *s, uint32_t id, fp_packed_backends *packed)
{
    fp_service_object *object = fp_object_at(s, id);

    if (object->now != object->applied)
        fp_free(object->now);
    object->now = packed;
    touch_object(s, id);
    fp_node_touch(s, object->node); /* it may go by slices from now on, or not any more */
}

static int add_object(fp_services *s, uint32_t node, fp_str name, uint32_t *ret)
{
    char *copy = fp_str_dup(name);
    int r = copy ? fp_table_new(&s->objects, ret) : FEDPOL_E_NOMEM;

    if (r == 0) {
        r = fp_idset_add(&fp_node_at(s, node)->objects, *ret);
        if (r < 0)
            fp_table_drop(&s->objects, *ret);
    }
    if (r < 0) {
        fp_free(copy);
        return r;
    }
    *fp_object_at(s, *ret) = (fp_service_object){.node = node, .name = fp_str_n(copy, name.len)};
    return 0;
}

static bool speaks_of(const fp_services *s, uint32_t id, fp_str service)
{
    return fp_str_eq(fp_node_at(s, fp_object_at(s, id)->node)->name, service);
}

/* A slice may change the service that it names: then it is another object. */
static int put_backends(fp_services *s, fp_cluster *cluster, const fp_object *object, uint32_t id,
                        uint32_t *ret)
{
    bool local = fp_cluster_get_role(cluster) == FP_ROLE_LOCAL;
    bool moves = id != FP_NO_ID && !speaks_of(s, id, object->backends.service);
    fp_packed_backends *packed = fp_pack_backends(&object->backends, local);
    uint32_t node = FP_NO_ID;
    int r = packed ? 0 : FEDPOL_E_NOMEM;

    *ret = id;
    if (r == 0 && (id == FP_NO_ID || moves)) {
        r = fp_node_get(s, cluster, object->ns, object->backends.service, &node);
        if (r == 0)
            r = add_object(s, node, object->name, ret);
        if (r < 0 && node != FP_NO_ID)
            fp_node_settle(s, node);
    }
    if (r < 0) {
        fp_free(packed);
        return r;
    }
    if (moves)
        fp_services_remove(s, FP_OBJECT_BACKENDS, id);
    if (fp_object_at(s, *ret)->now &&
        fp_backends_desc_equal(&fp_object_at(s, *ret)->now->desc, &packed->desc))
        fp_free(packed);
    else
        set_backends(s, *ret, packed);
    return 0;
}

int fp_services_put(fp_services *services, fp_cluster *cluster, const fp_object *object,
                    uint32_t id, uint32_t *ret)
{
    if (fp_cluster_get_role(cluster) == FP_ROLE_LOCAL)
        services->local = cluster;
    if (object->cls == FP_OBJECT_SERVICE)
        return put_service(services, cluster, object, ret);
    return put_backends(services, cluster, object, id, ret);
}

void fp_services_remove(fp_services *services, fp_object_class cls, uint32_t id)
{
    if (cls == FP_OBJECT_SERVICE)
        set_service(services, id, NULL);
    else
        set_backends(services, id, NULL);
}

bool fp_services_is_dirty(const fp_services *services)
{
    return services->dirty_nodes != FP_NO_ID || services->dirty_objects != FP_NO_ID ||
           services->dirty_feds != FP_NO_ID;
}

uint64_t fp_services_revision(const fp_services *services)
{
    return services->revision;
}

size_t fp_services_memory(const fp_services *s)
{
    const fp_table *const tables[] = {&s->nodes, &s->spaces, &s->objects, &s->postings,
                                      &s->feds,  &s->groups, &s->slots,   &s->contributions};
    size_t total = fp_index_memory(&s->node_index) + fp_index_memory(&s->slot_index);

    for (size_t i = 0; i < FP_ARRAY_LEN(tables); i++)
        total += fp_table_memory(tables[i]);
    return total;
}
