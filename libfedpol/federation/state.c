/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/private.h"

bool fp_cidr_to_v4(const fp_cidr *cidr, uint32_t *ret)
{
    uint32_t v4 = 0;

    if (cidr->ip.family != 4 || cidr->len != 32)
        return false;
    for (unsigned i = 0; i < 4; i++)
        v4 = v4 << 8 | cidr->ip.bytes[i];
    *ret = v4;
    return true;
}

const fp_cidr *fp_extra_nets(const fp_extra *extra)
{
    return (const fp_cidr *)(const void *)&extra->ports[extra->n_ports];
}

fp_str fp_extra_interface(const fp_extra *extra)
{
    return (fp_str){(const char *)&fp_extra_nets(extra)[extra->n_nets], extra->interface_len};
}

size_t fp_extra_memory(const fp_extra *extra)
{
    size_t size;

    if (!extra)
        return 0;
    size = sizeof(*extra) + extra->n_ports * sizeof(extra->ports[0]) +
           extra->n_nets * sizeof(fp_cidr) + extra->interface_len;
    for (uint32_t i = 0; i < extra->n_ports; i++)
        size += extra->ports[i].name.len;
    return size;
}

static fp_state state_of(const fp_endpoint *endpoint)
{
    return (fp_state){endpoint->class_id, endpoint->v4, endpoint->flags, endpoint->extra};
}

fp_state fp_state_now(const fp_federation *federation, fp_endpoint_id id)
{
    const fp_endpoint *endpoint = fp_endpoint_at(federation, id);

    return endpoint->flags & FP_EP_LIVE ? state_of(endpoint) : (fp_state){.class_id = FP_NO_ID};
}

static bool is_touch_of(const void *owner, uint32_t at, const void *key)
{
    const fp_federation *federation = owner;

    return federation->touches.items[at].id == *(const fp_endpoint_id *)key;
}

fp_state fp_state_before(const fp_federation *federation, fp_endpoint_id id)
{
    const fp_endpoint *endpoint = fp_endpoint_at(federation, id);
    fp_state state = state_of(endpoint);

    if (endpoint->flags & FP_EP_NEW)
        return (fp_state){.class_id = FP_NO_ID};
    if (endpoint->flags & FP_EP_TOUCHED) {
        uint32_t at = fp_index_find(&federation->touched, fp_hash_u64(&federation->key, id),
                                    is_touch_of, federation, &id);

        return federation->touches.items[at].before;
    }
    /* Neither put nor changed since: it is as it was, or was removed as it was. */
    state.flags |= FP_EP_LIVE;
    return state;
}

size_t fp_state_net_count(const fp_state *state)
{
    if (!(state->flags & FP_EP_LIVE))
        return 0;
    if (state->flags & FP_EP_V4)
        return 1;
    return state->extra ? state->extra->n_nets : 0;
}

fp_cidr fp_state_net(const fp_state *state, size_t i)
{
    return state->flags & FP_EP_V4 ? fp_cidr_of_v4(state->v4) : fp_extra_nets(state->extra)[i];
}

bool fp_state_has_net(const fp_state *state, const fp_cidr *net)
{
    size_t low = 0;
    size_t high = fp_state_net_count(state);
    const fp_cidr *nets;

    if (high == 0)
        return false;
    if (state->flags & FP_EP_V4) {
        uint32_t v4;

        return fp_cidr_to_v4(net, &v4) && v4 == state->v4;
    }
    nets = fp_extra_nets(state->extra);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = fp_cidr_cmp(&nets[middle], net);

        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}
