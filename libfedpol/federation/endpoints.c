/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/private.h"

#include <string.h>

/*
 * Adding, changing and removing endpoints. Whatever can fail is done first, on the side; then the
 * new state takes the place of the old one, which can't fail.
 */

/* A new state with all that it refers to, before it is put in place. */
typedef struct pending {
    fp_record_id record;
    uint32_t node;
    uint16_t cluster;
    fp_state state;
    uint32_t n_contested;
} pending;

static size_t names_len(const fp_endpoint_desc *desc)
{
    size_t len = desc->interface_name.len;

    for (size_t i = 0; i < desc->n_ports; i++)
        len += desc->ports[i].name.len;
    return len;
}

static char *put_text(char *next, fp_str s)
{
    if (s.len > 0)
        memcpy(next, s.ptr, s.len);
    return next + s.len;
}

/* *RET is NULL if the address in the record is all there is. */
static int build_extra(const fp_endpoint_desc *desc, bool is_v4, fp_extra **ret)
{
    size_t n_nets = is_v4 ? 0 : desc->n_nets;
    fp_extra *extra;
    fp_cidr *nets;
    char *next;

    *ret = NULL;
    if (n_nets == 0 && desc->n_ports == 0 && desc->interface_name.len == 0)
        return 0;
    if (n_nets > UINT32_MAX || desc->n_ports > UINT32_MAX || names_len(desc) > UINT32_MAX)
        return FEDPOL_E_LIMIT;
    extra = fp_alloc(sizeof(*extra) + desc->n_ports * sizeof(extra->ports[0]) +
                     n_nets * sizeof(fp_cidr) + names_len(desc));
    if (!extra)
        return FEDPOL_E_NOMEM;
    extra->n_nets = (uint32_t)n_nets;
    extra->n_ports = (uint32_t)desc->n_ports;
    extra->n_contested = 0;
    extra->interface_len = (uint32_t)desc->interface_name.len;
    nets = (fp_cidr *)(void *)&extra->ports[desc->n_ports];
    if (n_nets > 0)
        memcpy(nets, desc->nets, n_nets * sizeof(*nets));
    next = put_text((char *)&nets[n_nets], desc->interface_name);
    for (size_t i = 0; i < desc->n_ports; i++) {
        extra->ports[i] = desc->ports[i];
        extra->ports[i].name.ptr = next;
        next = put_text(next, desc->ports[i].name);
    }
    *ret = extra;
    return 0;
}

static int find_slot(fp_federation *federation, fp_cluster *cluster, uint16_t *ret)
{
    size_t n = federation->slots.len;
    size_t at = federation->last_slot;
    size_t unused = n;

    if (at >= n || federation->slots.items[at].cluster != cluster) {
        for (at = 0; at < n && federation->slots.items[at].cluster != cluster; at++)
            if (!federation->slots.items[at].cluster)
                unused = at;
    }
    if (at == n) {
        at = unused;
        if (at > UINT16_MAX)
            return FEDPOL_E_LIMIT;
        if (at == n)
            fp_try(fp_vec_push(&federation->slots, (fp_cluster_slot){NULL, 0}));
        federation->slots.items[at].cluster = cluster;
    }
    federation->last_slot = at;
    *ret = (uint16_t)at;
    return 0;
}

/* A slot without endpoints knows no cluster, so that the cluster may be freed. */
static void release_slot(fp_federation *federation, uint16_t slot)
{
    if (federation->slots.items[slot].count == 0)
        federation->slots.items[slot].cluster = NULL;
    while (federation->slots.len > 0 && !federation->slots.items[federation->slots.len - 1].cluster)
        federation->slots.len--;
    if (federation->slots.len == 0)
        fp_vec_done(&federation->slots);
}

/* Labels of DESC with the cluster's name at its sorted place; a forged one gives way. */
static int add_cluster_label(fp_federation *federation, const fp_cluster *cluster,
                             const fp_endpoint_desc *desc)
{
    fp_label own = {federation->options.cluster_label, fp_cluster_name(cluster)};
    bool placed = false;

    fp_vec_clear(&federation->labels_scratch);
    fp_try(fp_vec_reserve(&federation->labels_scratch, desc->n_labels + 1));
    for (size_t i = 0; i < desc->n_labels; i++) {
        int order = fp_str_cmp(desc->labels[i].name, own.name);

        if (order >= 0 && !placed) {
            federation->labels_scratch.items[federation->labels_scratch.len++] = own;
            placed = true;
        }
        if (order != 0)
            federation->labels_scratch.items[federation->labels_scratch.len++] = desc->labels[i];
    }
    if (!placed)
        federation->labels_scratch.items[federation->labels_scratch.len++] = own;
    return 0;
}

static int acquire_class(fp_federation *federation, const fp_cluster *cluster,
                         const fp_endpoint_desc *desc, bool enforced, fp_class_id *ret)
{
    const fp_label *labels = desc->labels;
    size_t n_labels = desc->n_labels;

    if (federation->options.cluster_label.len > 0) {
        fp_try(add_cluster_label(federation, cluster, desc));
        labels = federation->labels_scratch.items;
        n_labels = federation->labels_scratch.len;
    }
    return fp_label_index_acquire(federation->labels, fp_cluster_number(cluster), enforced, labels,
                                  n_labels, desc->profiles, desc->n_profiles, ret);
}

static unsigned flags_of(const fp_federation *federation, const fp_cluster *cluster,
                         const fp_endpoint_desc *desc, bool is_v4)
{
    unsigned flags = FP_EP_LIVE | (unsigned)desc->type << FP_EP_TYPE_SHIFT;
    fp_str node = federation->options.node;

    if (is_v4)
        flags |= FP_EP_V4;
    if (fp_cluster_get_role(cluster) != FP_ROLE_LOCAL)
        return flags;
    flags |= FP_EP_LOCAL;
    if (desc->type == FP_ENDPOINT_WORKLOAD && (node.len == 0 || fp_str_eq(node, desc->node)))
        flags |= FP_EP_ENFORCED;
    return flags;
}

static void discard(fp_federation *federation, const pending *p)
{
    fp_label_index_release(federation->labels, p->state.class_id);
    fp_intern_unref(&federation->nodes, p->node);
    fp_free(p->state.extra);
    release_slot(federation, p->cluster);
}

static int prepare(fp_federation *federation, fp_cluster *cluster, const fp_endpoint_desc *desc,
                   pending *ret)
{
    bool is_v4 = desc->n_nets == 1 && fp_cidr_to_v4(&desc->nets[0], &ret->state.v4);
    int r;

    ret->state.flags = (uint16_t)flags_of(federation, cluster, desc, is_v4);
    fp_try(find_slot(federation, cluster, &ret->cluster));
    r = build_extra(desc, is_v4, &ret->state.extra);
    if (r < 0)
        goto fail_slot;
    r = fp_intern_get(&federation->nodes, desc->node, &ret->node);
    if (r < 0)
        goto fail_extra;
    r = acquire_class(federation, cluster, desc, ret->state.flags & FP_EP_ENFORCED,
                      &ret->state.class_id);
    if (r < 0)
        goto fail_node;
    return 0;

fail_node:
    fp_intern_unref(&federation->nodes, ret->node);
fail_extra:
    fp_free(ret->state.extra);
fail_slot:
    release_slot(federation, ret->cluster);
    return r;
}

static bool same_extra(const fp_extra *a, const fp_extra *b)
{
    if (!a || !b)
        return a == b;
    if (a->n_nets != b->n_nets || a->n_ports != b->n_ports ||
        !fp_str_eq(fp_extra_interface(a), fp_extra_interface(b)))
        return false;
    for (uint32_t i = 0; i < a->n_nets; i++)
        if (!fp_cidr_eq(&fp_extra_nets(a)[i], &fp_extra_nets(b)[i]))
            return false;
    for (uint32_t i = 0; i < a->n_ports; i++)
        if (!fp_str_eq(a->ports[i].name, b->ports[i].name) ||
            a->ports[i].protocol != b->ports[i].protocol || a->ports[i].port != b->ports[i].port)
            return false;
    return true;
}

/* Bits that say what an endpoint is, not how it stands among the others. */
#define IDENTITY_FLAGS                                                                             \
    (FP_EP_LIVE | FP_EP_V4 | FP_EP_LOCAL | FP_EP_ENFORCED | (unsigned)FP_EP_TYPE_MASK)

static bool is_equal(const fp_endpoint *endpoint, const pending *p)
{
    return endpoint->record == p->record && endpoint->class_id == p->state.class_id &&
           endpoint->node == p->node &&
           (endpoint->flags & IDENTITY_FLAGS) == (p->state.flags & IDENTITY_FLAGS) &&
           (!(endpoint->flags & FP_EP_V4) || endpoint->v4 == p->state.v4) &&
           same_extra(endpoint->extra, p->state.extra);
}

/* Makes ID an owner of all that NEXT has and BEFORE has not; all or nothing. */
static int gain_nets(fp_federation *federation, fp_endpoint_id id, const fp_state *before,
                     const fp_state *next, uint32_t *n_contested)
{
    size_t n = fp_state_net_count(next);

    for (size_t i = 0; i < n; i++) {
        fp_cidr net = fp_state_net(next, i);
        bool contested = false;
        int r;

        if (fp_state_has_net(before, &net))
            continue;
        r = fp_owners_add(federation, &net, id, next->flags, &contested);
        if (r < 0) {
            while (i-- > 0) {
                net = fp_state_net(next, i);
                if (!fp_state_has_net(before, &net))
                    (void)fp_owners_remove(federation, &net, id, next->flags);
            }
            return r;
        }
        *n_contested += contested;
    }
    return 0;
}

/* Takes from ID all that BEFORE has and NEXT has not. */
static void lose_nets(fp_federation *federation, fp_endpoint_id id, const fp_state *before,
                      const fp_state *next, uint32_t *n_contested)
{
    size_t n = fp_state_net_count(before);

    for (size_t i = 0; i < n; i++) {
        fp_cidr net = fp_state_net(before, i);

        if (!fp_state_has_net(next, &net) && fp_owners_remove(federation, &net, id, before->flags))
            (*n_contested)--;
    }
}

/* All that can fail of putting P in the place of BEFORE; nothing is left behind if it does. */
static int reserve(fp_federation *federation, fp_endpoint_id id, const fp_state *before, pending *p)
{
    bool newly_enforced =
        (p->state.flags & FP_EP_ENFORCED) && !fp_idset_has(&federation->enforced, id);
    int r;

    fp_try(fp_classes_reserve(federation, p->state.class_id));
    fp_try(fp_changes_reserve(federation));
    if (newly_enforced)
        fp_try(fp_idset_add(&federation->enforced, id));
    r = gain_nets(federation, id, before, &p->state, &p->n_contested);
    if (r < 0 && newly_enforced)
        (void)fp_idset_remove(&federation->enforced, id);
    return r;
}

static void place(fp_federation *federation, fp_cluster *cluster, fp_endpoint_id id,
                  const pending *p, unsigned kept_flags)
{
    fp_endpoint *endpoint = fp_endpoint_at(federation, id);

    endpoint->record = p->record;
    endpoint->class_id = p->state.class_id;
    endpoint->node = p->node;
    endpoint->v4 = p->state.v4;
    endpoint->cluster = p->cluster;
    endpoint->flags = (uint16_t)(p->state.flags | kept_flags);
    endpoint->extra = p->state.extra;
    fp_endpoint_set_contested(federation, id, p->n_contested);
    if (!(p->state.flags & FP_EP_ENFORCED))
        (void)fp_idset_remove(&federation->enforced, id);
    if (p->n_contested > 0 || (kept_flags & FP_EP_HAS_DIAGS))
        fp_diags_mark_endpoint(federation, id);
    fp_cluster_set_payload(cluster, p->record, FP_OBJECT_ENDPOINT, id);
}

static int insert(fp_federation *federation, fp_cluster *cluster, pending *p, fp_endpoint_id *ret)
{
    const fp_state none = {.class_id = FP_NO_ID};
    fp_endpoint_id id;
    int r;

    fp_try(fp_table_new(&federation->endpoints, &id));
    r = reserve(federation, id, &none, p);
    if (r < 0) {
        fp_table_drop(&federation->endpoints, id);
        return r;
    }
    place(federation, cluster, id, p, 0);
    fp_classes_add(federation, p->state.class_id, id);
    fp_changes_touch(federation, id, &none);
    federation->slots.items[p->cluster].count++;
    federation->count++;
    *ret = id;
    return 0;
}

static int change(fp_federation *federation, fp_cluster *cluster, pending *p, fp_endpoint_id id)
{
    fp_endpoint *endpoint = fp_endpoint_at(federation, id);
    fp_state before = fp_state_now(federation, id);
    uint32_t old_node = endpoint->node;
    unsigned kept =
        endpoint->flags & (FP_EP_TOUCHED | FP_EP_NEW | FP_EP_HAS_DIAGS | FP_EP_STALE_DIAGS);

    p->n_contested = fp_endpoint_contested(endpoint);
    fp_try(reserve(federation, id, &before, p));
    if (before.class_id != p->state.class_id) {
        fp_classes_remove(federation, id);
        fp_classes_add(federation, p->state.class_id, id);
    }
    lose_nets(federation, id, &before, &p->state, &p->n_contested);
    place(federation, cluster, id, p, kept);
    fp_intern_unref(&federation->nodes, old_node);
    fp_changes_touch(federation, id, &before);
    return 0;
}

int fp_federation_put_record(fp_federation *federation, fp_cluster *cluster, fp_record_id record,
                             const fp_endpoint_desc *desc, fp_endpoint_id id, fp_endpoint_id *ret)
{
    pending p = {.record = record};
    const fp_endpoint *endpoint = id == FP_NO_ID ? NULL : fp_endpoint_at(federation, id);
    int r;

    if (endpoint && (federation->slots.items[endpoint->cluster].cluster != cluster ||
                     fp_flags_type(endpoint->flags) != desc->type))
        return FEDPOL_E_INVALID;
    fp_try(prepare(federation, cluster, desc, &p));
    if (!endpoint) {
        r = insert(federation, cluster, &p, &id);
    } else if (is_equal(endpoint, &p)) {
        fp_cluster_set_payload(cluster, p.record, FP_OBJECT_ENDPOINT, id);
        discard(federation, &p);
        *ret = id;
        return 0;
    } else {
        r = change(federation, cluster, &p, id);
    }
    if (r < 0) {
        discard(federation, &p);
        return r;
    }
    *ret = id;
    return 0;
}

int fp_federation_put(fp_federation *federation, fp_cluster *cluster, fp_kind kind, fp_str ns,
                      fp_str name, const fp_endpoint_desc *desc, fp_endpoint_id id,
                      fp_endpoint_id *ret)
{
    fp_record_id record = fp_cluster_find(cluster, kind, ns, name);

    if (record == FP_NO_ID)
        return FEDPOL_E_INVALID;
    return fp_federation_put_record(federation, cluster, record, desc, id, ret);
}

/* The record stays until forget, for what it was: its class and its extra, unless a touch knows. */
void fp_federation_remove(fp_federation *federation, fp_endpoint_id id)
{
    const fp_state none = {.class_id = FP_NO_ID};
    fp_endpoint *endpoint = fp_endpoint_at(federation, id);
    fp_state before = fp_state_now(federation, id);
    uint32_t *plain = fp_table_side(&federation->endpoints, id);
    fp_cluster *cluster = federation->slots.items[endpoint->cluster].cluster;
    uint32_t n_contested = 0;

    if (endpoint->flags & FP_EP_HAS_DIAGS) {
        fp_record_view view = fp_cluster_record(cluster, endpoint->record);

        (void)fp_cluster_set_diags(cluster, FP_DIAG_SOURCE_FEDERATION, fp_kind_name(view.kind),
                                   view.ns, view.name, FP_STR_NULL, NULL, 0);
    }
    fp_classes_remove(federation, id);
    lose_nets(federation, id, &before, &none, &n_contested);
    (void)fp_idset_remove(&federation->enforced, id);
    fp_intern_unref(&federation->nodes, endpoint->node);
    federation->slots.items[endpoint->cluster].count--;
    release_slot(federation, endpoint->cluster);
    federation->count--;
    if (endpoint->flags & FP_EP_TOUCHED) {
        fp_label_index_release(federation->labels, endpoint->class_id);
        fp_free(endpoint->extra);
        endpoint->extra = NULL;
    }
    *plain = 0;
    endpoint->flags &= (uint16_t) ~(FP_EP_LIVE | FP_EP_HAS_DIAGS | FP_EP_CONTESTED);
    endpoint->flags |= FP_EP_REMOVED;
    endpoint->class_pos = federation->first_removed;
    federation->first_removed = id;
}
