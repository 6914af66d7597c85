/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/services/private.h"

/* What one object brings into one fed. */

typedef FP_VEC(fp_service_port) port_vec;

/* One group of the object, as the fed sees it. */
typedef struct part {
    fp_services *s;
    uint32_t fed;
    uint32_t object;
    const fp_backend_group *group;
    uint32_t base;      /* number of its first back end in the object */
    port_vec ports;     /* those of the fed, with the numbers of the back ends */
    uint32_t groups[2]; /* of the fed, by family; FP_NO_ID: not looked for yet */
} part;

/* Ports of equal name and protocol, with the numbers of the back end. */
static int match_ports(const fp_service_desc *service, const fp_backend_group *group, port_vec *ret)
{
    size_t i = 0;
    size_t k = 0;

    fp_vec_clear(ret);
    while (i < service->n_ports && k < group->n_ports) {
        const fp_service_port *a = &service->ports[i];
        const fp_service_port *b = &group->ports[k];
        int order = fp_str_cmp(a->name, b->name);

        if (order == 0)
            order = (a->protocol > b->protocol) - (a->protocol < b->protocol);
        if (order == 0 && b->port != 0)
            fp_try(fp_vec_push(ret, *b));
        i += order <= 0;
        k += order >= 0;
    }
    return 0;
}

static const fp_service_desc *service_of(const fp_services *s, uint32_t fed)
{
    return &fp_node_at(s, fp_fed_at(s, fed)->node)->applied->desc;
}

static int find_group(part *p, uint8_t family, bool may_make, uint32_t *ret)
{
    uint32_t *known = &p->groups[family == 6];

    if (*known == FP_NO_ID && may_make)
        fp_try(fp_group_get(p->s, p->fed, family, p->ports.items, p->ports.len, known));
    else if (*known == FP_NO_ID)
        *known = fp_group_find(p->s, p->fed, family, p->ports.items, p->ports.len);
    *ret = *known;
    return 0;
}

static bool is_live(const fp_services *s, uint32_t object)
{
    const fp_service_node *node = fp_node_at(s, fp_object_at(s, object)->node);

    return fp_use_of(s, node->cluster) != FP_SERVICE_USE_WITHDRAWN;
}

/* What was written before counts for a cluster that is not complete yet, and for no other. */
static bool is_wanted(const part *p, const fp_backend *backend)
{
    const fp_fed *fed = fp_fed_at(p->s, p->fed);

    return fp_object_at(p->s, p->object)->node != fed->node || fp_use_pending(p->s, backend);
}

static int add_range(part *p, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        const fp_backend *backend = &p->group->backends[i];
        fp_fed *fed = fp_fed_at(p->s, p->fed);
        uint32_t group;

        if (!is_wanted(p, backend))
            continue;
        fp_try(find_group(p, backend->ip.family, true, &group));
        fp_try(fp_slot_add(p->s, group, &backend->ip, p->object, p->base + (uint32_t)i));
        fed->n_contributions++;
        fed->n_live += is_live(p->s, p->object);
    }
    return 0;
}

static void drop_range(part *p, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        const fp_backend *backend = &p->group->backends[i];
        fp_fed *fed = fp_fed_at(p->s, p->fed);
        uint32_t group;

        (void)find_group(p, backend->ip.family, false, &group); /* makes none, can't fail */
        if (group == FP_NO_ID ||
            !fp_slot_drop(p->s, group, &backend->ip, p->object, p->base + (uint32_t)i))
            continue;
        fed->n_contributions--;
        fed->n_live -= is_live(p->s, p->object);
    }
}

static int begin_part(part *p, const fp_packed_backends *packed, size_t i)
{
    p->base = i == 0 ? 0 : p->base + (uint32_t)p->group->n_backends;
    p->group = &packed->desc.groups[i];
    p->groups[0] = p->groups[1] = FP_NO_ID;
    return match_ports(service_of(p->s, p->fed), p->group, &p->ports);
}

int fp_contribute_add(fp_services *s, uint32_t fed, uint32_t object,
                      const fp_packed_backends *packed)
{
    part p = {.s = s, .fed = fed, .object = object};
    int r = 0;

    for (size_t i = 0; r == 0 && i < packed->desc.n_groups; i++) {
        r = begin_part(&p, packed, i);
        if (r == 0 && p.ports.len > 0)
            r = add_range(&p, 0, p.group->n_backends);
    }
    fp_vec_done(&p.ports);
    return r;
}

/* Without memory for the ports nothing can be found; then the fed is built anew. */
void fp_contribute_drop(fp_services *s, uint32_t fed, uint32_t object,
                        const fp_packed_backends *packed)
{
    part p = {.s = s, .fed = fed, .object = object};

    for (size_t i = 0; i < packed->desc.n_groups; i++) {
        if (begin_part(&p, packed, i) < 0) {
            fp_fed_at(s, fed)->rebuild = true;
            fp_fed_touch(s, fed);
            break;
        }
        if (p.ports.len > 0)
            drop_range(&p, 0, p.group->n_backends);
    }
    fp_vec_done(&p.ports);
}

/* --- a change of one object --- */

static size_t end_of_run(const fp_backend_group *group, size_t from)
{
    size_t to = from + 1;

    while (to < group->n_backends && fp_ip_eq(&group->backends[to].ip, &group->backends[from].ip))
        to++;
    return to;
}

static bool runs_equal(const fp_backend *a, size_t n_a, const fp_backend *b, size_t n_b)
{
    if (n_a != n_b)
        return false;
    for (size_t i = 0; i < n_a; i++)
        if (fp_backend_cmp(&a[i], &b[i]) != 0)
            return false;
    return true;
}

/* Back ends of one address that are the same as before, but stand elsewhere. */
static void shift_run(part *p, const part *to, size_t i, size_t n, size_t k)
{
    const fp_ip *ip = &p->group->backends[i].ip;
    uint32_t from = p->base + (uint32_t)i;
    int64_t by = (int64_t)to->base + (int64_t)k - from;
    uint32_t group;

    (void)find_group(p, ip->family, false, &group);
    if (group != FP_NO_ID && by != 0)
        fp_slot_shift(p->s, group, ip, p->object, from, from + (uint32_t)n, by);
}

/* The first of two walks along both versions: what goes, goes; what stays gets its new number. */
static void take_out(part *p, const part *to)
{
    const fp_backend_group *a = p->group;
    const fp_backend_group *b = to->group;
    size_t k = 0;

    for (size_t i = 0; i < a->n_backends;) {
        size_t i_end = end_of_run(a, i);

        while (k < b->n_backends && fp_ip_cmp(&b->backends[k].ip, &a->backends[i].ip) < 0)
            k = end_of_run(b, k);
        if (k < b->n_backends && fp_ip_eq(&b->backends[k].ip, &a->backends[i].ip) &&
            runs_equal(&a->backends[i], i_end - i, &b->backends[k], end_of_run(b, k) - k))
            shift_run(p, to, i, i_end - i, k);
        else
            drop_range(p, i, i_end);
        i = i_end;
    }
}

/* The second one: what is new comes in. */
static int bring_in(const part *p, part *to)
{
    const fp_backend_group *a = p->group;
    const fp_backend_group *b = to->group;
    size_t i = 0;

    for (size_t k = 0; k < b->n_backends;) {
        size_t k_end = end_of_run(b, k);

        while (i < a->n_backends && fp_ip_cmp(&a->backends[i].ip, &b->backends[k].ip) < 0)
            i = end_of_run(a, i);
        if (i >= a->n_backends || !fp_ip_eq(&a->backends[i].ip, &b->backends[k].ip) ||
            !runs_equal(&a->backends[i], end_of_run(a, i) - i, &b->backends[k], k_end - k))
            fp_try(add_range(to, k, k_end));
        k = k_end;
    }
    return 0;
}

/* A slice, with the ports that it had. Of several groups one address may stand in two that look
   alike to the fed; then numbers of both versions would mix. */
static bool is_alike(const fp_packed_backends *a, const fp_packed_backends *b)
{
    return a->desc.n_groups == 1 && b->desc.n_groups == 1 &&
           fp_ports_equal(a->desc.groups[0].ports, a->desc.groups[0].n_ports,
                          b->desc.groups[0].ports, b->desc.groups[0].n_ports);
}

static int change_part(part *p, part *to, fp_service_object *object)
{
    fp_packed_backends *before = object->applied;
    int r = begin_part(p, before, 0);

    if (r == 0)
        r = begin_part(to, object->now, 0);
    if (r < 0 || p->ports.len == 0)
        return r;
    take_out(p, to);
    object->applied = object->now; /* what is compared from here on */
    r = bring_in(p, to);
    object->applied = before;
    return r;
}

/* From `applied` to `now`. On failure the fed is to be built anew. */
int fp_contribute_change(fp_services *s, uint32_t fed, uint32_t id)
{
    fp_service_object *object = fp_object_at(s, id);
    part p = {.s = s, .fed = fed, .object = id};
    part to = {.s = s, .fed = fed, .object = id};
    bool before =
        object->applied && fp_object_counts(s, fp_fed_at(s, fed), object, object->applied);
    bool after = object->now && fp_object_counts(s, fp_fed_at(s, fed), object, object->now);
    fp_packed_backends *applied = object->applied;
    int r = 0;

    if (before && after && is_alike(object->applied, object->now)) {
        r = change_part(&p, &to, object);
        fp_vec_done(&p.ports);
        fp_vec_done(&to.ports);
        return r;
    }
    if (before)
        fp_contribute_drop(s, fed, id, object->applied);
    if (after && !fp_fed_at(s, fed)->rebuild) {
        object->applied = object->now; /* what is compared from here on */
        r = fp_contribute_add(s, fed, id, object->now);
        object->applied = applied;
    }
    return r;
}
