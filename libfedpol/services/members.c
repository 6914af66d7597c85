/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "libfedpol/services/private.h"

/* What a local service has, for rules that name it: every address, ready or not, with its ports. */

static const fp_service_node *find(const fp_services *s, fp_str ns, fp_str name)
{
    uint32_t id = s->local ? fp_node_find(s, s->local, ns, name) : FP_NO_ID;

    return id == FP_NO_ID ? NULL : fp_node_at(s, id);
}

uint64_t fp_services_member_revision(const fp_services *s, fp_str ns, fp_str name)
{
    const fp_service_node *node = find(s, ns, name);
    uint64_t revision = node ? node->revision : 0;

    if (node && node->fed != FP_NO_ID && fp_fed_at(s, node->fed)->revision > revision)
        revision = fp_fed_at(s, node->fed)->revision;
    return revision;
}

static int add(fp_port_member_vec *ret, const fp_ip *ip, const fp_service_port *ports, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (ports[i].port != 0)
            fp_try(fp_vec_push(ret, (fp_port_member){*ip, ports[i].protocol, ports[i].port}));
    return 0;
}

static bool counts(const fp_services *s, const fp_backend *backend)
{
    return !s->ready_only || (backend->conditions & FP_BACKEND_READY);
}

static int add_object(const fp_services *s, const fp_packed_backends *packed,
                      fp_port_member_vec *ret)
{
    for (size_t i = 0; i < packed->desc.n_groups; i++) {
        const fp_backend_group *group = &packed->desc.groups[i];

        for (size_t k = 0; k < group->n_backends; k++)
            if (counts(s, &group->backends[k]))
                fp_try(add(ret, &group->backends[k].ip, group->ports, group->n_ports));
    }
    return 0;
}

/* A federated service has what is wanted for it, written already or not. */
static int add_fed(const fp_services *s, const fp_fed *fed, fp_port_member_vec *ret)
{
    for (size_t i = 0; i < fed->groups.len; i++) {
        const fp_group *group = fp_group_at(s, fed->groups.items[i]);

        for (size_t k = 0; k < group->placed.len; k++) {
            uint32_t slot = group->placed.items[k].slot;

            if (counts(s, fp_slot_wanted(s, slot).backend))
                fp_try(add(ret, &fp_slot_at(s, slot)->ip, group->ports, group->n_ports));
        }
    }
    return 0;
}

static int by_all(const void *a, const void *b)
{
    return fp_port_member_cmp(a, b);
}

static void sort_unique(fp_port_member_vec *members)
{
    size_t kept = 0;

    if (members->len > 0)
        qsort(members->items, members->len, sizeof(*members->items), by_all);
    for (size_t i = 0; i < members->len; i++)
        if (kept == 0 || by_all(&members->items[kept - 1], &members->items[i]) != 0)
            members->items[kept++] = members->items[i];
    members->len = kept;
}

int fp_services_members(const fp_services *s, fp_str ns, fp_str name, fp_port_member_vec *ret)
{
    const fp_service_node *node = find(s, ns, name);

    for (uint32_t object_id = node ? fp_idset_next(&node->objects, 0) : FP_NO_ID;
         object_id != FP_NO_ID; object_id = fp_idset_next(&node->objects, object_id + 1)) {
        const fp_packed_backends *packed = fp_object_at(s, object_id)->applied;

        if (packed && !packed->desc.is_ours && packed->desc.is_slice == node->uses_slices)
            fp_try(add_object(s, packed, ret));
    }
    if (node && node->fed != FP_NO_ID)
        fp_try(add_fed(s, fp_fed_at(s, node->fed), ret));
    sort_unique(ret);
    return 0;
}

void fp_services_set_ready_only(fp_services *s, bool ready_only)
{
    if (s->ready_only == ready_only)
        return;
    s->ready_only = ready_only;
    for (uint32_t id = 0; id < s->nodes.used; id++)
        if (fp_node_at(s, id)->cluster)
            fp_node_at(s, id)->revision = ++s->revision;
}
