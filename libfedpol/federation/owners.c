/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/private.h"

#include <string.h>

/*
 * One index from exact prefixes to owners, of every type. Nearly every prefix has one owner, whose
 * id stands in the index itself; the index asks the endpoint whether it has the prefix. Two and
 * more owners are a list. Prefixes of network sets stand in a trie too, for they cover others.
 */

static uint32_t hash_of(const fp_federation *federation, const fp_cidr *net)
{
    uint8_t bytes[18];
    size_t len = net->ip.family == 4 ? 4 : 16;
    uint64_t h;

    memcpy(bytes, net->ip.bytes, len);
    bytes[len] = net->ip.family;
    bytes[len + 1] = net->len;
    h = fp_hash_bytes(&federation->key, bytes, len + 2);
    return (uint32_t)(h ^ (h >> 32));
}

static bool has_net(const void *owner, uint32_t id, const void *key)
{
    const fp_federation *federation = owner;
    fp_state state;

    if (id & FP_OWNER_LIST)
        return fp_cidr_eq(&fp_owner_list_at(federation, id)->net, key);
    state = fp_state_now(federation, id);
    return fp_state_has_net(&state, key);
}

uint32_t fp_owners_find(const fp_federation *federation, const fp_cidr *net)
{
    return fp_index_find(&federation->owners, hash_of(federation, net), has_net, federation, net);
}

uint32_t fp_endpoint_contested(const fp_endpoint *endpoint)
{
    if (endpoint->extra)
        return endpoint->extra->n_contested;
    return endpoint->flags & FP_EP_CONTESTED ? 1 : 0;
}

void fp_endpoint_set_contested(fp_federation *federation, fp_endpoint_id id, uint32_t n)
{
    fp_endpoint *endpoint = fp_endpoint_at(federation, id);
    uint32_t *plain = fp_table_side(&federation->endpoints, id);

    if (endpoint->extra)
        endpoint->extra->n_contested = n;
    if (n > 0)
        endpoint->flags |= FP_EP_CONTESTED;
    else
        endpoint->flags &= (uint16_t)~FP_EP_CONTESTED;
    *plain = n == 0 && (endpoint->flags & FP_EP_V4) ? endpoint->v4 : 0;
}

static void list_count(fp_owner_list *list, unsigned flags, int by)
{
    if (!fp_flags_is_claim(flags))
        return;
    if (flags & FP_EP_LOCAL)
        list->n_local += (uint32_t)by;
    else
        list->n_remote += (uint32_t)by;
}

/* Makes a list of the single owner FIRST and the new one. */
static int found_list(fp_federation *federation, const fp_cidr *net, uint32_t hash,
                      fp_endpoint_id first, fp_endpoint_id id, unsigned flags)
{
    const fp_endpoint *other = fp_endpoint_at(federation, first);
    fp_owner_list *list;
    uint32_t at;

    fp_try(fp_table_new(&federation->owner_lists, &at));
    list = fp_owner_list_at(federation, at);
    list->net = *net;
    if (fp_idset_add(&list->ids, first) < 0 || fp_idset_add(&list->ids, id) < 0) {
        fp_idset_done(&list->ids);
        fp_table_drop(&federation->owner_lists, at);
        return FEDPOL_E_NOMEM;
    }
    list_count(list, other->flags, 1);
    list_count(list, flags, 1);
    /* The slot that goes is the room for the one that comes. */
    (void)fp_index_remove(&federation->owners, hash, first);
    (void)fp_index_add(&federation->owners, hash, at | FP_OWNER_LIST);
    fp_endpoint_set_contested(federation, first, fp_endpoint_contested(other) + 1);
    fp_diags_mark_list(federation, at | FP_OWNER_LIST);
    return 0;
}

static int add_to_list(fp_federation *federation, uint32_t tagged, fp_endpoint_id id,
                       unsigned flags)
{
    fp_owner_list *list = fp_owner_list_at(federation, tagged);

    fp_try(fp_idset_add(&list->ids, id));
    list_count(list, flags, 1);
    fp_diags_mark_list(federation, tagged);
    return 0;
}

static int add_set_net(fp_federation *federation, const fp_cidr *net)
{
    uint32_t n = 0;

    (void)fp_cidr_trie_get(federation->set_nets, net, &n);
    return fp_cidr_trie_set(federation->set_nets, net, n + 1);
}

static void remove_set_net(fp_federation *federation, const fp_cidr *net)
{
    uint32_t n = 0;

    (void)fp_cidr_trie_get(federation->set_nets, net, &n);
    if (n > 1)
        (void)fp_cidr_trie_set(federation->set_nets, net, n - 1); /* it is there: no allocation */
    else
        (void)fp_cidr_trie_remove(federation->set_nets, net);
}

int fp_owners_add(fp_federation *federation, const fp_cidr *net, fp_endpoint_id id, unsigned flags,
                  bool *ret_contested)
{
    uint32_t hash = hash_of(federation, net);
    uint32_t found = fp_index_find(&federation->owners, hash, has_net, federation, net);
    int r;

    if (!fp_flags_is_claim(flags))
        fp_try(add_set_net(federation, net));
    if (found == FP_NO_ID)
        r = fp_index_add(&federation->owners, hash, id);
    else if (found & FP_OWNER_LIST)
        r = add_to_list(federation, found, id, flags);
    else
        r = found_list(federation, net, hash, found, id, flags);
    if (r < 0) {
        if (!fp_flags_is_claim(flags))
            remove_set_net(federation, net);
        return r;
    }
    *ret_contested = found != FP_NO_ID;
    return 0;
}

/* The last but one owner went: the one that is left stands in the index itself. */
static void dissolve_list(fp_federation *federation, uint32_t tagged, uint32_t hash)
{
    fp_owner_list *list = fp_owner_list_at(federation, tagged);
    fp_endpoint_id last = fp_idset_next(&list->ids, 0);

    (void)fp_index_remove(&federation->owners, hash, tagged);
    (void)fp_index_add(&federation->owners, hash, last);
    fp_endpoint_set_contested(federation, last,
                              fp_endpoint_contested(fp_endpoint_at(federation, last)) - 1);
    fp_diags_mark_endpoint(federation, last);
    fp_idset_done(&list->ids);
    fp_table_drop(&federation->owner_lists, tagged & ~FP_OWNER_LIST);
}

bool fp_owners_remove(fp_federation *federation, const fp_cidr *net, fp_endpoint_id id,
                      unsigned flags)
{
    uint32_t hash = hash_of(federation, net);
    uint32_t found = fp_index_find(&federation->owners, hash, has_net, federation, net);
    fp_owner_list *list;

    if (!fp_flags_is_claim(flags))
        remove_set_net(federation, net);
    if (found == FP_NO_ID || !(found & FP_OWNER_LIST)) {
        (void)fp_index_remove(&federation->owners, hash, id);
        return false;
    }
    list = fp_owner_list_at(federation, found);
    (void)fp_idset_remove(&list->ids, id);
    list_count(list, flags, -1);
    if (list->ids.count == 1)
        dissolve_list(federation, found, hash);
    else
        fp_diags_mark_list(federation, found);
    return true;
}

int fp_owners_list(const fp_federation *federation, const fp_cidr *net, fp_u32_vec *ret)
{
    uint32_t found = fp_owners_find(federation, net);
    const fp_idset *ids;

    if (found == FP_NO_ID)
        return 0;
    if (!(found & FP_OWNER_LIST))
        return fp_vec_push(ret, found);
    ids = &fp_owner_list_at(federation, found)->ids;
    fp_try(fp_vec_reserve(ret, ids->count));
    for (uint32_t id = fp_idset_next(ids, 0); id != FP_NO_ID; id = fp_idset_next(ids, id + 1))
        ret->items[ret->len++] = id;
    return 0;
}

bool fp_owners_hides_remotes(const fp_federation *federation, const fp_cidr *net)
{
    uint32_t found;

    if (federation->options.union_identity)
        return false;
    found = fp_owners_find(federation, net);
    return found != FP_NO_ID && (found & FP_OWNER_LIST) &&
           fp_owner_list_at(federation, found)->n_local > 0;
}

bool fp_federation_is_effective(const fp_federation *federation, fp_endpoint_id id, size_t i)
{
    fp_state state = fp_state_now(federation, id);
    fp_cidr net;

    if (!(state.flags & FP_EP_CONTESTED) || (state.flags & FP_EP_LOCAL) ||
        !fp_flags_is_claim(state.flags))
        return true;
    net = fp_state_net(&state, i);
    return !fp_owners_hides_remotes(federation, &net);
}

typedef struct owner_walk {
    const fp_federation *federation;
    fp_u32_vec *ids;
    int result;
} owner_walk;

static bool take_owners(void *user, const fp_cidr *net, uint32_t count)
{
    owner_walk *walk = user;

    (void)count;
    walk->result = fp_owners_list(walk->federation, net, walk->ids);
    return walk->result == 0;
}

/* Drops what does not count from the ids behind FROM. */
static void keep_effective(const fp_federation *federation, const fp_cidr *host, size_t from,
                           fp_u32_vec *ids)
{
    bool hides = fp_owners_hides_remotes(federation, host);
    size_t n = from;

    for (size_t i = from; i < ids->len; i++) {
        unsigned flags = fp_endpoint_at(federation, ids->items[i])->flags;

        if (!hides || (flags & FP_EP_LOCAL) || !fp_flags_is_claim(flags))
            ids->items[n++] = ids->items[i];
    }
    ids->len = n;
}

static void drop_repeated(size_t from, fp_u32_vec *ids)
{
    size_t n = from;

    for (size_t i = from; i < ids->len; i++)
        if (n == from || ids->items[i] != ids->items[n - 1])
            ids->items[n++] = ids->items[i];
    ids->len = n;
}

int fp_federation_owners(const fp_federation *federation, const fp_ip *ip, bool effective_only,
                         fp_u32_vec *ret_ids)
{
    fp_cidr host = fp_cidr_of_ip(ip);
    size_t before = ret_ids->len;
    owner_walk walk = {federation, ret_ids, 0};
    int r = fp_owners_list(federation, &host, ret_ids);

    if (r == 0) {
        fp_cidr_trie_covering(federation->set_nets, &host, take_owners, &walk);
        r = walk.result;
    }
    if (r == 0) {
        if (effective_only)
            keep_effective(federation, &host, before, ret_ids);
        r = fp_endpoints_sort(federation, ret_ids, before);
    }
    if (r < 0) {
        ret_ids->len = before;
        return r;
    }
    drop_repeated(before, ret_ids);
    return 0;
}
