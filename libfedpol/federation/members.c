/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/private.h"

#include <stdlib.h>
#include <string.h>

/*
 * Listing members. The usual endpoint, one IPv4 address that nobody else has, costs one read of the
 * dense array of addresses; only what is not usual opens its record.
 */

typedef struct listing {
    const fp_federation *federation;
    const fp_idset *classes;
    fp_u32_vec v4; /* hosts */
    fp_cidr_vec other;
} listing;

/* All nets of an unusual endpoint that count. */
static int take_nets(listing *l, fp_endpoint_id id)
{
    fp_state state = fp_state_now(l->federation, id);
    size_t n = fp_state_net_count(&state);

    for (size_t i = 0; i < n; i++) {
        fp_cidr net = fp_state_net(&state, i);
        uint32_t v4;

        if (!fp_federation_is_effective(l->federation, id, i))
            continue;
        if (fp_cidr_to_v4(&net, &v4))
            fp_try(fp_vec_push(&l->v4, v4));
        else
            fp_try(fp_vec_push(&l->other, net));
    }
    return 0;
}

static int take_class(listing *l, fp_class_id class_id)
{
    size_t n;
    const fp_endpoint_id *ids = fp_federation_class_endpoints(l->federation, class_id, &n);

    if (l->v4.cap - l->v4.len < n)
        fp_try(fp_vec_reserve(&l->v4, n));
    for (size_t i = 0; i < n; i++) {
        uint32_t v4 = *(const uint32_t *)fp_table_side(&l->federation->endpoints, ids[i]);

        if (v4 != 0) {
            l->v4.items[l->v4.len++] = v4;
        } else {
            fp_try(take_nets(l, ids[i]));
            fp_try(fp_vec_reserve(&l->v4, n - i));
        }
    }
    return 0;
}

/* The classes are visited once: reaching their lists costs as much as copying them. */
static int take_classes(listing *l)
{
    fp_class_id class_id;

    for (fp_idset_iter it = fp_idset_each(l->classes); fp_idset_step(&it, &class_id);)
        fp_try(take_class(l, class_id));
    /* Room for sorting. */
    return fp_vec_reserve(&l->v4, l->v4.len);
}

static int cmp_nets(const void *left, const void *right)
{
    return fp_cidr_cmp(left, right);
}

static void sort_listing(listing *l)
{
    size_t n = 0;

    if (l->v4.len > 1)
        l->v4.len = fp_sort_unique_u32(l->v4.items, l->v4.items + l->v4.len, l->v4.len);
    if (l->other.len > 1)
        qsort(l->other.items, l->other.len, sizeof(fp_cidr), cmp_nets);
    for (size_t i = 0; i < l->other.len; i++)
        if (n == 0 || !fp_cidr_eq(&l->other.items[i], &l->other.items[n - 1]))
            l->other.items[n++] = l->other.items[i];
    l->other.len = n;
}

/* Straight into its place: a copy through the stack would cost more than all the rest. */
static inline void put_host(fp_cidr *out, uint32_t v4)
{
    memset(out, 0, sizeof(*out));
    out->ip.bytes[0] = (uint8_t)(v4 >> 24);
    out->ip.bytes[1] = (uint8_t)(v4 >> 16);
    out->ip.bytes[2] = (uint8_t)(v4 >> 8);
    out->ip.bytes[3] = (uint8_t)v4;
    out->ip.family = 4;
    out->len = 32;
}

static int merge_listing(const listing *l, fp_cidr_vec *ret)
{
    fp_cidr *out;
    size_t b = 0;

    if (l->v4.len + l->other.len == 0)
        return 0;
    fp_try(fp_vec_reserve(ret, l->v4.len + l->other.len));
    out = ret->items + ret->len;
    ret->len += l->v4.len + l->other.len;
    for (size_t a = 0; a < l->v4.len; a++) {
        put_host(out, l->v4.items[a]);
        while (b < l->other.len && fp_cidr_cmp(&l->other.items[b], out) < 0) {
            *out++ = l->other.items[b++];
            put_host(out, l->v4.items[a]);
        }
        out++;
    }
    while (b < l->other.len)
        *out++ = l->other.items[b++];
    return 0;
}

int fp_federation_members(const fp_federation *federation, const fp_idset *classes,
                          fp_cidr_vec *ret)
{
    listing l = {.federation = federation, .classes = classes};
    int r = take_classes(&l);

    if (r == 0) {
        sort_listing(&l);
        r = merge_listing(&l, ret);
    }
    fp_vec_done(&l.v4);
    fp_vec_done(&l.other);
    return r;
}

int fp_port_member_cmp(const fp_port_member *a, const fp_port_member *b)
{
    int order = fp_ip_cmp(&a->ip, &b->ip);

    if (order == 0)
        order = (a->protocol > b->protocol) - (a->protocol < b->protocol);
    return order ? order : (a->port > b->port) - (a->port < b->port);
}

static int cmp_port_members(const void *left, const void *right)
{
    return fp_port_member_cmp(left, right);
}

/* PORT on every host address of ID that counts. */
static int take_port(const fp_federation *federation, fp_endpoint_id id, const fp_state *state,
                     const fp_endpoint_port *port, fp_port_member_vec *ret)
{
    size_t n = fp_state_net_count(state);

    for (size_t i = 0; i < n; i++) {
        fp_cidr net = fp_state_net(state, i);

        if (fp_cidr_is_host(&net) && fp_federation_is_effective(federation, id, i))
            fp_try(fp_vec_push(ret, (fp_port_member){net.ip, port->protocol, port->port}));
    }
    return 0;
}

static int take_ports(const fp_federation *federation, fp_class_id class_id, uint8_t protocol,
                      fp_str port, fp_port_member_vec *ret)
{
    size_t n;
    const fp_endpoint_id *ids = fp_federation_class_endpoints(federation, class_id, &n);

    for (size_t i = 0; i < n; i++) {
        fp_state state = fp_state_now(federation, ids[i]);

        for (uint32_t p = 0; state.extra && p < state.extra->n_ports; p++) {
            const fp_endpoint_port *mine = &state.extra->ports[p];

            if (fp_str_eq(mine->name, port) && (protocol == 0 || mine->protocol == protocol))
                fp_try(take_port(federation, ids[i], &state, mine, ret));
        }
    }
    return 0;
}

int fp_federation_port_members(const fp_federation *federation, const fp_idset *classes,
                               uint8_t protocol, fp_str port, fp_port_member_vec *ret)
{
    size_t before = ret->len;
    size_t n = before;
    fp_class_id class_id;
    int r = 0;

    for (fp_idset_iter it = fp_idset_each(classes); r == 0 && fp_idset_step(&it, &class_id);)
        r = take_ports(federation, class_id, protocol, port, ret);
    if (r < 0) {
        ret->len = before;
        return r;
    }
    if (ret->len - before > 1)
        qsort(ret->items + before, ret->len - before, sizeof(*ret->items), cmp_port_members);
    for (size_t i = before; i < ret->len; i++)
        if (n == before || fp_port_member_cmp(&ret->items[i], &ret->items[n - 1]) != 0)
            ret->items[n++] = ret->items[i];
    ret->len = n;
    return 0;
}
