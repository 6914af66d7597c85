/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/private.h"

#include <stdlib.h>

void fp_shifts_done(fp_shifts *shifts)
{
    fp_vec_done(&shifts->v4);
    fp_vec_done(&shifts->other);
}

int fp_shifts_add(fp_shifts *shifts, const fp_cidr *net, fp_endpoint_id id)
{
    uint32_t v4;

    if (fp_cidr_to_v4(net, &v4))
        return fp_vec_push(&shifts->v4, (uint64_t)v4 << 32 | id);
    return fp_vec_push(&shifts->other, (fp_shift){*net, id});
}

static bool same_ports(const fp_extra *a, const fp_extra *b)
{
    uint32_t n = a ? a->n_ports : 0;

    if (n != (b ? b->n_ports : 0))
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (!fp_str_eq(a->ports[i].name, b->ports[i].name) ||
            a->ports[i].protocol != b->ports[i].protocol || a->ports[i].port != b->ports[i].port)
            return false;
    return true;
}

static int add_nets_of(fp_shifts *shifts, fp_endpoint_id id, const fp_state *state,
                       const fp_state *but_not)
{
    size_t n = fp_state_net_count(state);

    for (size_t i = 0; i < n; i++) {
        fp_cidr net = fp_state_net(state, i);

        if (!but_not || !fp_state_has_net(but_not, &net))
            fp_try(fp_shifts_add(shifts, &net, id));
    }
    return 0;
}

/* An endpoint of the same class (and ports) has shifted only what it has not at both times. */
static int add_endpoint(fp_federation *federation, fp_endpoint_id id, fp_shift_mode mode,
                        fp_shifts *shifts)
{
    fp_state then = fp_state_before(federation, id);
    fp_state now = fp_state_now(federation, id);
    bool same = then.class_id == now.class_id &&
                (mode == FP_SHIFT_NETS || same_ports(then.extra, now.extra));

    fp_try(add_nets_of(shifts, id, &then, same ? &now : NULL));
    return add_nets_of(shifts, id, &now, &then);
}

int fp_shifts_add_touched(fp_federation *federation, fp_shift_mode mode, fp_shifts *shifts)
{
    for (size_t i = 0; i < federation->touches.len; i++)
        fp_try(add_endpoint(federation, federation->touches.items[i].id, mode, shifts));
    for (fp_endpoint_id id = federation->first_removed; id != FP_NO_ID;
         id = fp_endpoint_at(federation, id)->class_pos)
        if (!(fp_endpoint_at(federation, id)->flags & FP_EP_TOUCHED))
            fp_try(add_endpoint(federation, id, mode, shifts));
    return 0;
}

static int cmp_shifts(const void *left, const void *right)
{
    const fp_shift *a = left;
    const fp_shift *b = right;

    return fp_cidr_cmp(&a->net, &b->net);
}

int fp_shifts_sort(fp_shifts *shifts)
{
    fp_cleanup_free uint64_t *space = fp_alloc_array(shifts->v4.len, sizeof(*space));

    if (!space)
        return FEDPOL_E_NOMEM;
    fp_radix_sort_u64(shifts->v4.items, space, shifts->v4.len);
    if (shifts->other.len > 1)
        qsort(shifts->other.items, shifts->other.len, sizeof(fp_shift), cmp_shifts);
    return 0;
}

static bool has_v4(const fp_shifts *shifts, uint32_t v4)
{
    size_t low = 0;
    size_t high = shifts->v4.len;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (shifts->v4.items[middle] >> 32 < v4)
            low = middle + 1;
        else
            high = middle;
    }
    return low < shifts->v4.len && shifts->v4.items[low] >> 32 == v4;
}

bool fp_shifts_has(const fp_shifts *shifts, const fp_cidr *net)
{
    const fp_shift key = {*net, FP_NO_ID};
    uint32_t v4;

    if (fp_cidr_to_v4(net, &v4))
        return has_v4(shifts, v4);
    return shifts->other.len > 0 &&
           bsearch(&key, shifts->other.items, shifts->other.len, sizeof(key), cmp_shifts) != NULL;
}

/* Memory that the nets of one walk share. */
typedef struct walk {
    fp_federation *federation;
    fp_u32_vec ids; /* who may have a part in the net */
    fp_parts then;
    fp_parts now;
    fp_shift_fn fn;
    void *user;
} walk;

/* Who has part in NET at one time: all that have it, but remotes only if no local has. */
static int take_parts(walk *w, const fp_cidr *net, bool then, fp_parts *ret)
{
    const fp_federation *federation = w->federation;
    bool hides = false;

    fp_vec_clear(ret);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < w->ids.len; i++) {
            fp_endpoint_id id = w->ids.items[i];
            fp_state state = then ? fp_state_before(federation, id) : fp_state_now(federation, id);
            bool is_local = fp_flags_is_local_claim(state.flags);

            if (!fp_state_has_net(&state, net))
                continue;
            if (pass == 0)
                hides |= is_local && !federation->options.union_identity;
            else if (!hides || is_local || !fp_flags_is_claim(state.flags))
                fp_try(fp_vec_push(ret, (fp_part){state.class_id, state.extra}));
        }
    }
    return 0;
}

/* W has the ids that shifted; those that own the net now come to them. */
static int visit(walk *w, const fp_cidr *net)
{
    size_t n = 0;

    fp_try(fp_owners_list(w->federation, net, &w->ids));
    if (w->ids.len > 1) {
        qsort(w->ids.items, w->ids.len, sizeof(uint32_t), fp_u32_cmp);
        for (size_t i = 0; i < w->ids.len; i++)
            if (n == 0 || w->ids.items[i] != w->ids.items[n - 1])
                w->ids.items[n++] = w->ids.items[i];
        w->ids.len = n;
    }
    fp_try(take_parts(w, net, true, &w->then));
    fp_try(take_parts(w, net, false, &w->now));
    return w->fn(w->user, net, &w->then, &w->now);
}

static int note_id(walk *w, fp_endpoint_id id)
{
    return id == FP_NO_ID ? 0 : fp_vec_push(&w->ids, id);
}

static int walk_v4(walk *w, const fp_shifts *shifts)
{
    size_t n = shifts->v4.len;

    for (size_t i = 0; i < n;) {
        uint32_t v4 = (uint32_t)(shifts->v4.items[i] >> 32);
        fp_cidr net = fp_cidr_of_v4(v4);

        fp_vec_clear(&w->ids);
        for (; i < n && shifts->v4.items[i] >> 32 == v4; i++)
            fp_try(note_id(w, (fp_endpoint_id)shifts->v4.items[i]));
        fp_try(visit(w, &net));
    }
    return 0;
}

static int walk_other(walk *w, const fp_shifts *shifts)
{
    size_t n = shifts->other.len;

    for (size_t i = 0; i < n;) {
        fp_cidr net = shifts->other.items[i].net;

        fp_vec_clear(&w->ids);
        for (; i < n && fp_cidr_eq(&shifts->other.items[i].net, &net); i++)
            fp_try(note_id(w, shifts->other.items[i].id));
        fp_try(visit(w, &net));
    }
    return 0;
}

int fp_shifts_each(fp_federation *federation, const fp_shifts *shifts, fp_shift_fn fn, void *user)
{
    walk w = {.federation = federation, .fn = fn, .user = user};
    int r = walk_v4(&w, shifts);

    if (r == 0)
        r = walk_other(&w, shifts);
    fp_vec_done(&w.ids);
    fp_vec_done(&w.then);
    fp_vec_done(&w.now);
    return r;
}
