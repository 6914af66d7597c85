/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/private.h"

#include <stdlib.h>

/*
 * The difference of memberships between the last forget and now. Where an endpoint alone has its
 * addresses and was not touched, the transitions of its class are the difference. Everything else
 * is a shift: then the owners of the net at both times are compared.
 */

typedef struct difference {
    fp_federation *federation;
    const fp_class_transition *transitions;
    size_t n_transitions;
    const fp_match_id *new_matches;
    size_t n_new;
    fp_shifts shifts;
    fp_u32_vec then; /* scratch: selectors that one net was, is in */
    fp_u32_vec now;
    fp_member_change_vec *ret;
} difference;

static int emit(difference *d, fp_match_id match_id, const fp_cidr *net, bool added)
{
    if (d->n_new > 0 &&
        bsearch(&match_id, d->new_matches, d->n_new, sizeof(match_id), fp_u32_cmp) != NULL)
        return 0;
    return fp_vec_push(d->ret, (fp_member_change){match_id, *net, added});
}

size_t fp_transitions_of(const fp_class_transition *transitions, size_t n, size_t at)
{
    size_t end = at;

    while (end < n && transitions[end].class_id == transitions[at].class_id)
        end++;
    return end - at;
}

/* Where the transitions of CLASS_ID begin; N if there are none. */
static size_t find_transitions(const fp_class_transition *transitions, size_t n,
                               fp_class_id class_id)
{
    size_t low = 0;
    size_t high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (transitions[middle].class_id < class_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && transitions[low].class_id == class_id ? low : n;
}

/* What a class matched before: what it matches, each of its transitions undone. Both are sorted. */
static int undo_transitions(const fp_match_id *matches, size_t n, const fp_class_transition *done,
                            size_t n_done, fp_u32_vec *ret)
{
    size_t m = 0;
    size_t t = 0;

    while (m < n || t < n_done) {
        if (t < n_done && (m >= n || done[t].match_id < matches[m])) {
            fp_try(fp_vec_push(ret, done[t].match_id));
            t++;
        } else if (t < n_done && done[t].match_id == matches[m]) {
            t++;
            m++;
        } else {
            fp_try(fp_vec_push(ret, matches[m]));
            m++;
        }
    }
    return 0;
}

int fp_matches_of(const fp_federation *federation, fp_class_id class_id, bool then, fp_u32_vec *ret)
{
    size_t n;
    const fp_match_id *matches = fp_label_index_matches(federation->labels, class_id, &n);
    size_t n_transitions;
    const fp_class_transition *transitions =
        fp_label_index_transitions(federation->labels, &n_transitions);
    size_t at = then ? find_transitions(transitions, n_transitions, class_id) : n_transitions;

    if (at < n_transitions)
        return undo_transitions(matches, n, &transitions[at],
                                fp_transitions_of(transitions, n_transitions, at), ret);
    fp_try(fp_vec_reserve(ret, n));
    for (size_t i = 0; i < n; i++)
        ret->items[ret->len++] = matches[i];
    return 0;
}

static void sort_unique(fp_u32_vec *ids)
{
    size_t n = 0;

    if (ids->len > 1)
        qsort(ids->items, ids->len, sizeof(uint32_t), fp_u32_cmp);
    for (size_t i = 0; i < ids->len; i++)
        if (n == 0 || ids->items[i] != ids->items[n - 1])
            ids->items[n++] = ids->items[i];
    ids->len = n;
}

/* The selectors that at least one of PARTS matches, sorted. */
static int matches_of_parts(difference *d, const fp_parts *parts, bool then, fp_u32_vec *ret)
{
    fp_vec_clear(ret);
    for (size_t i = 0; i < parts->len; i++) {
        /* Siblings often stand together; a crowd of them on one address must not cost more. */
        if (i > 0 && parts->items[i].class_id == parts->items[i - 1].class_id)
            continue;
        fp_try(fp_matches_of(d->federation, parts->items[i].class_id, then, ret));
    }
    if (parts->len > 1)
        sort_unique(ret);
    return 0;
}

static int compare_net(void *user, const fp_cidr *net, const fp_parts *then, const fp_parts *now)
{
    difference *d = user;
    size_t a = 0;
    size_t b = 0;

    fp_try(matches_of_parts(d, then, true, &d->then));
    fp_try(matches_of_parts(d, now, false, &d->now));
    while (a < d->then.len || b < d->now.len) {
        if (b >= d->now.len || (a < d->then.len && d->then.items[a] < d->now.items[b])) {
            fp_try(emit(d, d->then.items[a], net, false));
            a++;
        } else if (a >= d->then.len || d->now.items[b] < d->then.items[a]) {
            fp_try(emit(d, d->now.items[b], net, true));
            b++;
        } else {
            a++;
            b++;
        }
    }
    return 0;
}

typedef int (*endpoint_fn)(difference *d, fp_endpoint_id id, size_t first, size_t n);

/* Calls FN for every endpoint that was and is in a class with transitions (N from FIRST). */
static int each_in_transition(difference *d, endpoint_fn fn)
{
    for (size_t at = 0; at < d->n_transitions;) {
        size_t n = fp_transitions_of(d->transitions, d->n_transitions, at);
        fp_class_id class_id = d->transitions[at].class_id;
        size_t n_ids;
        const fp_endpoint_id *ids = fp_federation_class_endpoints(d->federation, class_id, &n_ids);

        for (size_t i = 0; i < n_ids; i++) {
            if ((fp_endpoint_at(d->federation, ids[i])->flags & FP_EP_TOUCHED) &&
                fp_state_before(d->federation, ids[i]).class_id != class_id)
                continue;
            fp_try(fn(d, ids[i], at, n));
        }
        at += n;
    }
    return 0;
}

/* Nets with other owners are shifts, though nobody may have been touched. */
static int add_contested(difference *d, fp_endpoint_id id, size_t first, size_t n)
{
    fp_state state = fp_state_now(d->federation, id);
    size_t n_nets = fp_state_net_count(&state);

    (void)first;
    (void)n;
    if (!(state.flags & FP_EP_CONTESTED))
        return 0;
    for (size_t i = 0; i < n_nets; i++) {
        fp_cidr net = fp_state_net(&state, i);

        fp_try(fp_shifts_add(&d->shifts, &net, FP_NO_ID));
    }
    return 0;
}

static int emit_transitions(difference *d, fp_endpoint_id id, size_t first, size_t n)
{
    fp_state state = fp_state_now(d->federation, id);
    size_t n_nets = fp_state_net_count(&state);

    for (size_t i = 0; i < n_nets; i++) {
        fp_cidr net = fp_state_net(&state, i);

        /* What a touched endpoint gained is among the shifts, too. */
        if (fp_shifts_has(&d->shifts, &net))
            continue;
        for (size_t t = first; t < first + n; t++)
            fp_try(emit(d, d->transitions[t].match_id, &net, d->transitions[t].matches));
    }
    return 0;
}

static int cmp_changes(const void *left, const void *right)
{
    const fp_member_change *a = left;
    const fp_member_change *b = right;

    if (a->match_id != b->match_id)
        return a->match_id < b->match_id ? -1 : 1;
    return fp_cidr_cmp(&a->net, &b->net);
}

static int find_differences(difference *d)
{
    fp_try(fp_shifts_add_touched(d->federation, FP_SHIFT_NETS, &d->shifts));
    fp_try(each_in_transition(d, add_contested));
    fp_try(fp_shifts_sort(&d->shifts));
    fp_try(each_in_transition(d, emit_transitions));
    return fp_shifts_each(d->federation, &d->shifts, compare_net, d);
}

int fp_federation_member_changes(fp_federation *federation, const fp_match_id *new_matches,
                                 size_t n_new, fp_member_change_vec *ret)
{
    difference d = {
        .federation = federation, .new_matches = new_matches, .n_new = n_new, .ret = ret};
    size_t before = ret->len;
    int r;

    d.transitions = fp_label_index_transitions(federation->labels, &d.n_transitions);
    r = find_differences(&d);
    fp_shifts_done(&d.shifts);
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
