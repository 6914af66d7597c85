/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/private.h"

/*
 * What was touched since the last forget: a vector of touches with the old states of endpoints that
 * were put, and a list through the records of those that were removed as they were.
 */

int fp_changes_reserve(fp_federation *federation)
{
    fp_try(fp_vec_reserve(&federation->touches, 1));
    return fp_index_reserve(&federation->touched, 1);
}

static void release_state(fp_federation *federation, const fp_state *state)
{
    if (!(state->flags & FP_EP_LIVE))
        return;
    fp_label_index_release(federation->labels, state->class_id);
    fp_free(state->extra);
}

void fp_changes_touch(fp_federation *federation, fp_endpoint_id id, const fp_state *before)
{
    fp_endpoint *endpoint = fp_endpoint_at(federation, id);

    if (endpoint->flags & FP_EP_TOUCHED) {
        release_state(federation, before);
        return;
    }
    endpoint->flags |= FP_EP_TOUCHED;
    if (before->flags & FP_EP_LIVE)
        (void)fp_index_add(&federation->touched, fp_hash_u64(&federation->key, id),
                           (uint32_t)federation->touches.len);
    else
        endpoint->flags |= FP_EP_NEW;
    federation->touches.items[federation->touches.len++] = (fp_touch){id, *before};
}

bool fp_federation_has_changes(const fp_federation *federation)
{
    return federation->touches.len > 0 || federation->first_removed != FP_NO_ID;
}

static void describe(fp_federation *federation, fp_endpoint_id id, const fp_state *before,
                     fp_endpoint_change *ret)
{
    *ret = (fp_endpoint_change){.id = id,
                                .was = before->flags & FP_EP_LIVE,
                                .is = fp_endpoint_at(federation, id)->flags & FP_EP_LIVE,
                                .old_class = before->class_id};
    if (!ret->was)
        return;
    ret->was_enforced = before->flags & FP_EP_ENFORCED;
    ret->n_old_nets = fp_state_net_count(before);
    if (before->flags & FP_EP_V4) {
        federation->change_net = fp_cidr_of_v4(before->v4);
        ret->old_nets = &federation->change_net;
    } else if (before->extra) {
        ret->old_nets = fp_extra_nets(before->extra);
    }
    if (before->extra) {
        ret->old_ports = before->extra->ports;
        ret->n_old_ports = before->extra->n_ports;
    }
}

/* Below the number of touches the cursor is an index of them; the number itself stands for the
   first of the removed, and anything above for the one whose id is that much more, less one. */
bool fp_federation_next_change(fp_federation *federation, uint64_t *cursor, fp_endpoint_change *ret)
{
    uint64_t n = federation->touches.len;
    fp_endpoint_id id;

    while (*cursor < n) {
        const fp_touch *touch = &federation->touches.items[(*cursor)++];

        describe(federation, touch->id, &touch->before, ret);
        if (ret->was || ret->is)
            return true;
    }
    if (*cursor == n)
        id = federation->first_removed;
    else
        id = fp_endpoint_at(federation, (fp_endpoint_id)(*cursor - n - 1))->class_pos;
    for (; id != FP_NO_ID; id = fp_endpoint_at(federation, id)->class_pos) {
        fp_state before = fp_state_before(federation, id);

        if (fp_endpoint_at(federation, id)->flags & FP_EP_TOUCHED)
            continue;
        *cursor = n + 1 + id;
        describe(federation, id, &before, ret);
        return true;
    }
    return false;
}

void fp_federation_forget(fp_federation *federation)
{
    fp_endpoint_id id = federation->first_removed;

    for (size_t i = 0; i < federation->touches.len; i++) {
        const fp_touch *touch = &federation->touches.items[i];
        fp_endpoint *endpoint = fp_endpoint_at(federation, touch->id);

        release_state(federation, &touch->before);
        /* A removed one keeps the mark: it says below that nothing is left to release. */
        if (endpoint->flags & FP_EP_LIVE)
            endpoint->flags &= (uint16_t) ~(FP_EP_TOUCHED | FP_EP_NEW);
    }
    fp_vec_done(&federation->touches);
    fp_index_done(&federation->touched);
    federation->first_removed = FP_NO_ID;
    while (id != FP_NO_ID) {
        fp_endpoint *endpoint = fp_endpoint_at(federation, id);
        fp_endpoint_id next = endpoint->class_pos;

        if (!(endpoint->flags & FP_EP_TOUCHED)) {
            fp_label_index_release(federation->labels, endpoint->class_id);
            fp_free(endpoint->extra);
        }
        fp_table_drop(&federation->endpoints, id);
        id = next;
    }
}
