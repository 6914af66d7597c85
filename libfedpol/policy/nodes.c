/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/private.h"

static fp_node *free_node(fp_node *node)
{
    if (node) {
        fp_arena_done(&node->memory);
        fp_free(node);
    }
    return NULL;
}

static int copy_desc(fp_node *node, const fp_node_desc *desc)
{
    fp_ip *addresses = fp_arena_array(&node->memory, desc->n_addresses, sizeof(*addresses));
    fp_cidr *pod_cidrs = fp_arena_array(&node->memory, desc->n_pod_cidrs, sizeof(*pod_cidrs));

    node->desc = *desc;
    node->desc.name = fp_arena_str(&node->memory, desc->name);
    if (!addresses || !pod_cidrs || !node->desc.name.ptr)
        return FEDPOL_E_NOMEM;
    if (desc->n_addresses > 0)
        memcpy(addresses, desc->addresses, desc->n_addresses * sizeof(*addresses));
    if (desc->n_pod_cidrs > 0)
        memcpy(pod_cidrs, desc->pod_cidrs, desc->n_pod_cidrs * sizeof(*pod_cidrs));
    node->desc.addresses = addresses;
    node->desc.pod_cidrs = pod_cidrs;
    return 0;
}

int fp_nodes_put(fp_world *world, const fp_node_desc *desc, uint32_t id, uint32_t *ret)
{
    fp_node *node = fp_alloc_zero(1, sizeof(*node));
    int r;

    if (!node)
        return FEDPOL_E_NOMEM;
    fp_arena_init(&node->memory, 256);
    r = copy_desc(node, desc);
    if (r == 0)
        r = fp_vec_reserve(&world->nodes, 1);
    if (r == 0 && id == FP_NO_ID)
        r = fp_ids_take(&world->node_ids, &id);
    if (r < 0) {
        (void)free_node(node);
        return r;
    }
    if (id == world->nodes.len)
        world->nodes.items[world->nodes.len++] = NULL;
    (void)free_node(world->nodes.items[id]);
    world->nodes.items[id] = node;
    *ret = id;
    return 0;
}

void fp_nodes_remove(fp_world *world, uint32_t id)
{
    world->nodes.items[id] = free_node(world->nodes.items[id]);
    fp_ids_give(&world->node_ids, id);
}

void fp_nodes_done(fp_world *world)
{
    for (size_t i = 0; i < world->nodes.len; i++)
        (void)free_node(world->nodes.items[i]);
    fp_vec_done(&world->nodes);
    fp_ids_done(&world->node_ids);
}

const fp_node_desc *fp_world_node(const fp_world *world, fp_str name)
{
    fp_record_id id;
    fp_record_view record;

    if (!world->local)
        return NULL;
    id = fp_cluster_find(world->local, FP_KIND_NODE, FP_STR_NULL, name);
    if (id == FP_NO_ID)
        return NULL;
    record = fp_cluster_record(world->local, id);
    return record.cls == FP_OBJECT_NODE ? &world->nodes.items[record.payload]->desc : NULL;
}
