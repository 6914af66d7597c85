/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/federation.h"

#include <string.h>

#include "libfedpol/federation/private.h"

int fp_federation_new(const fp_hash_key *key, fp_federation **ret)
{
    fp_federation *federation = fp_alloc_zero(1, sizeof(*federation));

    if (!federation)
        return FEDPOL_E_NOMEM;
    federation->key = *key;
    federation->first_removed = FP_NO_ID;
    fp_table_init(&federation->endpoints, sizeof(fp_endpoint), sizeof(uint32_t));
    fp_table_init(&federation->owner_lists, sizeof(fp_owner_list), 0);
    fp_pool_init(&federation->class_blocks);
    fp_intern_init(&federation->nodes, key);
    federation->set_nets = fp_cidr_trie_new();
    if (!federation->set_nets || fp_label_index_new(key, &federation->labels) < 0) {
        fp_federation_free(federation);
        return FEDPOL_E_NOMEM;
    }
    *ret = federation;
    return 0;
}

static void free_endpoints(fp_federation *federation)
{
    for (size_t i = 0; i < federation->touches.len; i++)
        if (federation->touches.items[i].before.flags & FP_EP_LIVE)
            fp_free(federation->touches.items[i].before.extra);
    for (uint32_t id = 0; id < federation->endpoints.used; id++)
        fp_free(fp_endpoint_at(federation, id)->extra);
    for (uint32_t id = 0; id < federation->owner_lists.used; id++)
        fp_idset_done(&fp_owner_list_at(federation, id)->ids);
}

static void free_options(fp_federation_options *options)
{
    char *node;
    char *label;

    /* Both are copies of ours. */
    memcpy(&node, &options->node.ptr, sizeof(node));
    memcpy(&label, &options->cluster_label.ptr, sizeof(label));
    fp_free(node);
    fp_free(label);
}

fp_federation *fp_federation_free(fp_federation *federation)
{
    if (!federation)
        return NULL;
    free_endpoints(federation);
    free_options(&federation->options);
    fp_label_index_free(federation->labels);
    fp_cidr_trie_free(federation->set_nets);
    fp_intern_done(&federation->nodes);
    fp_table_done(&federation->endpoints);
    fp_table_done(&federation->owner_lists);
    fp_index_done(&federation->owners);
    fp_index_done(&federation->touched);
    fp_idset_done(&federation->enforced);
    fp_classes_done(federation);
    fp_vec_done(&federation->slots);
    fp_vec_done(&federation->touches);
    fp_vec_done(&federation->stale_endpoints);
    fp_vec_done(&federation->stale_lists);
    fp_vec_done(&federation->labels_scratch);
    fp_free(federation);
    return NULL;
}

int fp_federation_set_options(fp_federation *federation, const fp_federation_options *options)
{
    fp_federation_options copy = *options;

    if (federation->count > 0 || fp_federation_has_changes(federation))
        return FEDPOL_E_STATE;
    copy.node.ptr = fp_str_dup(options->node);
    copy.cluster_label.ptr = fp_str_dup(options->cluster_label);
    if (!copy.node.ptr || !copy.cluster_label.ptr) {
        free_options(&copy);
        return FEDPOL_E_NOMEM;
    }
    free_options(&federation->options);
    federation->options = copy;
    return 0;
}

fp_label_index *fp_federation_labels(fp_federation *federation)
{
    return federation->labels;
}

bool fp_federation_get(const fp_federation *federation, fp_endpoint_id id, fp_endpoint_view *ret)
{
    const fp_endpoint *endpoint;
    fp_record_view record;
    fp_state state;

    if (id >= federation->endpoints.used)
        return false;
    endpoint = fp_endpoint_at(federation, id);
    state = fp_state_now(federation, id);
    if (!(state.flags & FP_EP_LIVE))
        return false;
    *ret = (fp_endpoint_view){.type = fp_flags_type(state.flags),
                              .cluster = federation->slots.items[endpoint->cluster].cluster,
                              .node = fp_intern_str(&federation->nodes, endpoint->node),
                              .class_id = state.class_id,
                              .enforced = state.flags & FP_EP_ENFORCED,
                              .contested = state.flags & FP_EP_CONTESTED,
                              .n_nets = fp_state_net_count(&state)};
    record = fp_cluster_record(ret->cluster, endpoint->record);
    ret->kind = record.kind;
    ret->ns = record.ns;
    ret->name = record.name;
    if (state.extra) {
        ret->interface_name = fp_extra_interface(state.extra);
        ret->n_ports = state.extra->n_ports;
    }
    return true;
}

fp_cidr fp_federation_net(const fp_federation *federation, fp_endpoint_id id, size_t i)
{
    fp_state state = fp_state_now(federation, id);

    return fp_state_net(&state, i);
}

fp_endpoint_port fp_federation_port(const fp_federation *federation, fp_endpoint_id id, size_t i)
{
    return fp_endpoint_at(federation, id)->extra->ports[i];
}

/* Kinds that give an endpoint of a type; a Pod before a WorkloadEndpoint of its name. */
static const struct {
    fp_endpoint_type type;
    fp_kind kind;
} kinds_of_type[] = {
    {FP_ENDPOINT_WORKLOAD, FP_KIND_POD},
    {FP_ENDPOINT_WORKLOAD, FP_KIND_WORKLOAD_ENDPOINT},
    {FP_ENDPOINT_HOST, FP_KIND_HOST_ENDPOINT},
    {FP_ENDPOINT_NETWORK_SET, FP_KIND_NETWORK_SET},
    {FP_ENDPOINT_NETWORK_SET, FP_KIND_GLOBAL_NETWORK_SET},
};

/* True if the endpoint ID is the one of that record. */
static bool is_of_record(const fp_federation *federation, const fp_cluster *cluster,
                         fp_record_id record, fp_endpoint_id id)
{
    const fp_endpoint *endpoint;

    if (id >= federation->endpoints.used)
        return false;
    endpoint = fp_endpoint_at(federation, id);
    return (endpoint->flags & FP_EP_LIVE) && endpoint->record == record &&
           federation->slots.items[endpoint->cluster].cluster == cluster;
}

fp_endpoint_id fp_federation_find(const fp_federation *federation, const fp_cluster *cluster,
                                  fp_endpoint_type type, fp_str ns, fp_str name)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(kinds_of_type); i++) {
        fp_record_id record;
        fp_record_view view;

        if (kinds_of_type[i].type != type)
            continue;
        record = fp_cluster_find(cluster, kinds_of_type[i].kind, ns, name);
        if (record == FP_NO_ID)
            continue;
        view = fp_cluster_record(cluster, record);
        if (view.cls == FP_OBJECT_ENDPOINT &&
            is_of_record(federation, cluster, record, view.payload))
            return view.payload;
    }
    return FP_NO_ID;
}

size_t fp_federation_count(const fp_federation *federation)
{
    return federation->count;
}

size_t fp_federation_cluster_count(const fp_federation *federation, const fp_cluster *cluster)
{
    for (size_t i = 0; i < federation->slots.len; i++)
        if (federation->slots.items[i].cluster == cluster)
            return federation->slots.items[i].count;
    return 0;
}

size_t fp_federation_memory(const fp_federation *federation)
{
    size_t size = sizeof(*federation) + fp_table_memory(&federation->endpoints) +
                  fp_table_memory(&federation->owner_lists) + fp_intern_memory(&federation->nodes) +
                  fp_index_memory(&federation->owners) + fp_idset_memory(&federation->enforced) +
                  fp_classes_memory(federation) + fp_label_index_memory(federation->labels) +
                  federation->touches.cap * sizeof(fp_touch);

    for (uint32_t id = 0; id < federation->endpoints.used; id++)
        size += fp_extra_memory(fp_endpoint_at(federation, id)->extra);
    for (uint32_t id = 0; id < federation->owner_lists.used; id++)
        size += fp_idset_memory(&fp_owner_list_at(federation, id)->ids);
    return size;
}
