/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/services/private.h"

typedef struct node_key {
    uint32_t space;
    const fp_cluster *cluster;
    fp_str name;
} node_key;

static bool is_space(const void *owner, uint32_t id, const void *key)
{
    return fp_str_eq(fp_space_at(owner, id)->name, *(const fp_str *)key);
}

static uint32_t find_space(const fp_services *s, fp_str name)
{
    return fp_index_find(&s->space_index, fp_hash_str(&s->key, name), is_space, s, &name);
}

static int get_space(fp_services *s, fp_str name, uint32_t *ret)
{
    char *copy;

    *ret = find_space(s, name);
    if (*ret != FP_NO_ID)
        return 0;
    fp_try(fp_index_reserve(&s->space_index, 1));
    fp_try(fp_table_reserve(&s->spaces));
    copy = fp_str_dup(name);
    if (!copy)
        return FEDPOL_E_NOMEM;
    (void)fp_table_new(&s->spaces, ret); /* both were reserved */
    fp_space_at(s, *ret)->name = fp_str_n(copy, name.len);
    (void)fp_index_add(&s->space_index, fp_hash_str(&s->key, name), *ret);
    return 0;
}

static void settle_space(fp_services *s, uint32_t id)
{
    fp_service_space *space = fp_space_at(s, id);

    if (space->nodes.count > 0)
        return;
    (void)fp_index_remove(&s->space_index, fp_hash_str(&s->key, space->name), id);
    fp_free((void *)(uintptr_t)space->name.ptr);
    fp_idset_done(&space->nodes);
    fp_idset_done(&space->loose);
    memset(space, 0, sizeof(*space));
    fp_table_drop(&s->spaces, id);
}

static uint32_t hash_of(const fp_services *s, const node_key *key)
{
    return fp_hash_str(&s->key, key->name) ^
           fp_hash_u64(&s->key, ((uint64_t)fp_cluster_number(key->cluster) << 32) | key->space);
}

static bool is_node(const void *owner, uint32_t id, const void *wanted)
{
    const fp_service_node *node = fp_node_at(owner, id);
    const node_key *key = wanted;

    return node->space == key->space && node->cluster == key->cluster &&
           fp_str_eq(node->name, key->name);
}

uint32_t fp_node_find(const fp_services *s, const fp_cluster *cluster, fp_str ns, fp_str name)
{
    const node_key key = {find_space(s, ns), cluster, name};

    if (key.space == FP_NO_ID)
        return FP_NO_ID;
    return fp_index_find(&s->node_index, hash_of(s, &key), is_node, s, &key);
}

static int add_node(fp_services *s, const node_key *key, fp_cluster *cluster, uint32_t *ret)
{
    char *copy;
    uint32_t id;

    fp_try(fp_index_reserve(&s->node_index, 1));
    fp_try(fp_table_reserve(&s->nodes));
    copy = fp_str_dup(key->name);
    if (!copy)
        return FEDPOL_E_NOMEM;
    (void)fp_table_new(&s->nodes, &id);
    if (fp_idset_add(&fp_space_at(s, key->space)->nodes, id) < 0) {
        fp_free(copy);
        fp_table_drop(&s->nodes, id);
        return FEDPOL_E_NOMEM;
    }
    *fp_node_at(s, id) = (fp_service_node){.space = key->space,
                                           .cluster = cluster,
                                           .name = fp_str_n(copy, key->name.len),
                                           .fed = FP_NO_ID};
    (void)fp_index_add(&s->node_index, hash_of(s, key), id);
    *ret = id;
    return 0;
}

int fp_node_get(fp_services *s, fp_cluster *cluster, fp_str ns, fp_str name, uint32_t *ret)
{
    node_key key = {0, cluster, name};
    int r;

    *ret = fp_node_find(s, cluster, ns, name);
    if (*ret != FP_NO_ID)
        return 0;
    fp_try(get_space(s, ns, &key.space));
    r = add_node(s, &key, cluster, ret);
    if (r < 0)
        settle_space(s, key.space);
    return r;
}

static void free_node(fp_service_node *node)
{
    fp_free((void *)(uintptr_t)node->name.ptr);
    fp_free(node->now);
    if (node->applied != node->now)
        fp_free(node->applied);
    fp_idset_done(&node->objects);
    fp_idset_done(&node->feds);
}

void fp_node_settle(fp_services *s, uint32_t id)
{
    fp_service_node *node = fp_node_at(s, id);
    const node_key key = {node->space, node->cluster, node->name};
    uint32_t space = node->space;

    if (node->now || node->applied || node->objects.count > 0 || node->fed != FP_NO_ID ||
        node->dirty.is)
        return;
    (void)fp_index_remove(&s->node_index, hash_of(s, &key), id);
    (void)fp_idset_remove(&fp_space_at(s, space)->nodes, id);
    free_node(node);
    memset(node, 0, sizeof(*node));
    fp_table_drop(&s->nodes, id);
    settle_space(s, space);
}

void fp_node_touch(fp_services *s, uint32_t id)
{
    fp_service_node *node = fp_node_at(s, id);

    if (node->dirty.is)
        return;
    node->dirty = (fp_link){s->dirty_nodes, true};
    s->dirty_nodes = id;
}

void fp_nodes_done_all(fp_services *s)
{
    for (uint32_t id = 0; id < s->nodes.used; id++)
        if (fp_node_at(s, id)->cluster)
            free_node(fp_node_at(s, id));
    for (uint32_t id = 0; id < s->spaces.used; id++) {
        fp_service_space *space = fp_space_at(s, id);

        fp_free((void *)(uintptr_t)space->name.ptr);
        fp_idset_done(&space->nodes);
        fp_idset_done(&space->loose);
    }
    fp_table_done(&s->nodes);
    fp_table_done(&s->spaces);
    fp_index_done(&s->node_index);
    fp_index_done(&s->space_index);
}
