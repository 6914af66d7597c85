/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/private.h"

#include <stdlib.h>

/* The difference of named-port sets: like member_changes.c, but an owner gives its ports. */

typedef struct port_difference {
    fp_federation *federation;
    const fp_port_query **queries; /* sorted by selector */
    size_t n_queries;
    fp_shifts shifts;
    fp_u32_vec matches; /* scratch, as are the next two */
    fp_port_change_vec then;
    fp_port_change_vec now;
    fp_port_change_vec *ret;
} port_difference;

static int cmp_queries(const void *left, const void *right)
{
    const fp_port_query *a = *(const fp_port_query *const *)left;
    const fp_port_query *b = *(const fp_port_query *const *)right;

    return (a->match_id > b->match_id) - (a->match_id < b->match_id);
}

static int cmp_changes(const void *left, const void *right)
{
    const fp_port_change *a = left;
    const fp_port_change *b = right;

    if (a->tag != b->tag)
        return a->tag < b->tag ? -1 : 1;
    return fp_port_member_cmp(&a->member, &b->member);
}

static void sort_unique(fp_port_change_vec *changes)
{
    size_t n = 0;

    if (changes->len > 1)
        qsort(changes->items, changes->len, sizeof(*changes->items), cmp_changes);
    for (size_t i = 0; i < changes->len; i++)
        if (n == 0 || cmp_changes(&changes->items[i], &changes->items[n - 1]) != 0)
            changes->items[n++] = changes->items[i];
    changes->len = n;
}

/* The first query of a selector, or the number of queries. */
static size_t first_query(const port_difference *d, fp_match_id match_id)
{
    size_t low = 0;
    size_t high = d->n_queries;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (d->queries[middle]->match_id < match_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int answer(const fp_port_query *query, const fp_ip *ip, const fp_extra *extra,
                  fp_port_change_vec *ret)
{
    for (uint32_t i = 0; i < extra->n_ports; i++) {
        const fp_endpoint_port *port = &extra->ports[i];

        if (!fp_str_eq(port->name, query->port) ||
            (query->protocol != 0 && query->protocol != port->protocol))
            continue;
        fp_try(fp_vec_push(ret,
                           (fp_port_change){query->tag, {*ip, port->protocol, port->port}, true}));
    }
    return 0;
}

static int add_part(port_difference *d, const fp_ip *ip, const fp_part *part, bool then,
                    fp_port_change_vec *ret)
{
    if (!part->extra || part->extra->n_ports == 0)
        return 0;
    fp_vec_clear(&d->matches);
    fp_try(fp_matches_of(d->federation, part->class_id, then, &d->matches));
    for (size_t i = 0; i < d->matches.len; i++) {
        fp_match_id match_id = d->matches.items[i];

        for (size_t q = first_query(d, match_id);
             q < d->n_queries && d->queries[q]->match_id == match_id; q++)
            fp_try(answer(d->queries[q], ip, part->extra, ret));
    }
    return 0;
}

static int emit(port_difference *d, const fp_port_change *change, bool added)
{
    fp_try(fp_vec_push(d->ret, *change));
    d->ret->items[d->ret->len - 1].added = added;
    return 0;
}

static int compare_net(void *user, const fp_cidr *net, const fp_parts *then, const fp_parts *now)
{
    port_difference *d = user;
    size_t a = 0;
    size_t b = 0;

    if (!fp_cidr_is_host(net))
        return 0;
    fp_vec_clear(&d->then);
    fp_vec_clear(&d->now);
    for (size_t i = 0; i < then->len; i++)
        fp_try(add_part(d, &net->ip, &then->items[i], true, &d->then));
    for (size_t i = 0; i < now->len; i++)
        fp_try(add_part(d, &net->ip, &now->items[i], false, &d->now));
    sort_unique(&d->then);
    sort_unique(&d->now);
    while (a < d->then.len || b < d->now.len) {
        int order;

        if (a >= d->then.len)
            order = 1;
        else if (b >= d->now.len)
            order = -1;
        else
            order = cmp_changes(&d->then.items[a], &d->now.items[b]);
        if (order < 0)
            fp_try(emit(d, &d->then.items[a], false));
        else if (order > 0)
            fp_try(emit(d, &d->now.items[b], true));
        a += order <= 0;
        b += order >= 0;
    }
    return 0;
}

/* Every endpoint with ports whose class has transitions. */
static int add_in_transition(port_difference *d)
{
    size_t n_transitions;
    const fp_class_transition *transitions =
        fp_label_index_transitions(d->federation->labels, &n_transitions);

    for (size_t at = 0; at < n_transitions;
         at += fp_transitions_of(transitions, n_transitions, at)) {
        size_t n_ids;
        const fp_endpoint_id *ids =
            fp_federation_class_endpoints(d->federation, transitions[at].class_id, &n_ids);

        for (size_t i = 0; i < n_ids; i++) {
            fp_state state = fp_state_now(d->federation, ids[i]);

            if (!state.extra || state.extra->n_ports == 0)
                continue;
            for (size_t j = 0; j < fp_state_net_count(&state); j++) {
                fp_cidr net = fp_state_net(&state, j);

                fp_try(fp_shifts_add(&d->shifts, &net, FP_NO_ID));
            }
        }
    }
    return 0;
}

static int find_differences(port_difference *d)
{
    fp_try(fp_shifts_add_touched(d->federation, FP_SHIFT_PORTS, &d->shifts));
    fp_try(add_in_transition(d));
    fp_try(fp_shifts_sort(&d->shifts));
    return fp_shifts_each(d->federation, &d->shifts, compare_net, d);
}

int fp_federation_port_changes(fp_federation *federation, const fp_port_query *queries, size_t n,
                               fp_port_change_vec *ret)
{
    port_difference d = {.federation = federation, .n_queries = n, .ret = ret};
    size_t before = ret->len;
    int r;

    if (n == 0)
        return 0;
    d.queries = fp_alloc_array(n, sizeof(*d.queries));
    if (!d.queries)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        d.queries[i] = &queries[i];
    qsort(d.queries, n, sizeof(*d.queries), cmp_queries);
    r = find_differences(&d);
    fp_free(d.queries);
    fp_shifts_done(&d.shifts);
    fp_vec_done(&d.matches);
    fp_vec_done(&d.then);
    fp_vec_done(&d.now);
    if (r < 0) {
        ret->len = before;
        return r;
    }
    if (ret->len - before > 1)
        qsort(ret->items + before, ret->len - before, sizeof(*ret->items), cmp_changes);
    return 0;
}
