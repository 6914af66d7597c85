/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/sha.h"
#include "libfedpol/services/private.h"

typedef struct slot_key {
    uint32_t group;
    const fp_ip *ip;
} slot_key;

static uint32_t hash_of(const fp_services *s, uint32_t group, const fp_ip *ip)
{
    return fp_hash_str(&s->key, fp_str_n((const char *)ip->bytes, sizeof(ip->bytes))) ^
           fp_hash_u64(&s->key, ((uint64_t)group << 8) | ip->family);
}

static bool is_slot(const void *owner, uint32_t id, const void *wanted)
{
    const fp_slot *slot = fp_slot_at(owner, id);
    const slot_key *key = wanted;

    return slot->group == key->group && fp_ip_eq(&slot->ip, key->ip);
}

static uint32_t find(const fp_services *s, uint32_t group, const fp_ip *ip)
{
    const slot_key key = {group, ip};

    return fp_index_find(&s->slot_index, hash_of(s, group, ip), is_slot, s, &key);
}

static int get(fp_services *s, uint32_t group, const fp_ip *ip, uint32_t *ret)
{
    *ret = find(s, group, ip);
    if (*ret != FP_NO_ID)
        return 0;
    fp_try(fp_index_reserve(&s->slot_index, 1));
    fp_try(fp_table_new(&s->slots, ret));
    *fp_slot_at(s, *ret) =
        (fp_slot){.group = group, .first = FP_NO_ID, .next_touched = FP_NO_ID, .ip = *ip};
    (void)fp_index_add(&s->slot_index, hash_of(s, group, ip), *ret); /* there is room */
    fp_group_at(s, group)->n_slots++;
    return 0;
}

void fp_slot_free(fp_services *s, uint32_t id)
{
    fp_slot *slot = fp_slot_at(s, id);

    (void)fp_index_remove(&s->slot_index, hash_of(s, slot->group, &slot->ip), id);
    fp_group_at(s, slot->group)->n_slots--;
    memset(slot, 0, sizeof(*slot));
    fp_table_drop(&s->slots, id);
}

void fp_slot_touch(fp_services *s, uint32_t id)
{
    fp_slot *slot = fp_slot_at(s, id);
    fp_group *group = fp_group_at(s, slot->group);

    if (slot->is_touched)
        return;
    slot->is_touched = true;
    slot->next_touched = group->touched;
    group->touched = id;
}

/* --- which contribution is the best --- */

static const fp_backend *backend_of(const fp_services *s, const fp_contribution *c)
{
    return fp_packed_backend(fp_object_at(s, c->object)->applied, c->index);
}

/* What was written before counts least, the local cluster most; then it is the order of names. */
static int rank_of(const fp_services *s, const fp_contribution *c, const fp_fed *fed)
{
    uint32_t node = fp_object_at(s, c->object)->node;

    if (node == fed->node)
        return 2;
    return fp_node_is_local(fp_node_at(s, node)) ? 0 : 1;
}

static int compare(const fp_services *s, const fp_fed *fed, const fp_contribution *a,
                   const fp_contribution *b)
{
    const fp_service_object *x = fp_object_at(s, a->object);
    const fp_service_object *y = fp_object_at(s, b->object);
    const fp_service_node *m = fp_node_at(s, x->node);
    const fp_service_node *n = fp_node_at(s, y->node);
    int order = rank_of(s, a, fed) - rank_of(s, b, fed);

    if (order == 0)
        order = fp_str_cmp(fp_cluster_name(m->cluster), fp_cluster_name(n->cluster));
    if (order == 0)
        order = fp_backend_cmp(backend_of(s, a), backend_of(s, b));
    if (order == 0)
        order = fp_str_cmp(m->name, n->name);
    if (order == 0)
        order = fp_str_cmp(x->name, y->name);
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

int fp_slot_add(fp_services *s, uint32_t group, const fp_ip *ip, uint32_t object, uint32_t index)
{
    const fp_fed *fed = fp_fed_at(s, fp_group_at(s, group)->fed);
    uint32_t id, slot;
    uint32_t *place;

    fp_try(get(s, group, ip, &slot));
    fp_slot_touch(s, slot); /* one that stays empty goes when the group settles */
    fp_try(fp_table_new(&s->contributions, &id));
    *fp_contribution_at(s, id) = (fp_contribution){FP_NO_ID, object, index, 1};
    place = &fp_slot_at(s, slot)->first;
    while (*place != FP_NO_ID &&
           compare(s, fed, fp_contribution_at(s, *place), fp_contribution_at(s, id)) < 0)
        place = &fp_contribution_at(s, *place)->next;
    fp_contribution_at(s, id)->next = *place;
    *place = id;
    return 0;
}

bool fp_slot_drop(fp_services *s, uint32_t group, const fp_ip *ip, uint32_t object, uint32_t index)
{
    uint32_t slot = find(s, group, ip);
    uint32_t *place;

    if (slot == FP_NO_ID)
        return false;
    for (place = &fp_slot_at(s, slot)->first; *place != FP_NO_ID;
         place = &fp_contribution_at(s, *place)->next) {
        uint32_t id = *place;
        fp_contribution *c = fp_contribution_at(s, id);

        if (c->object != object || c->index != index)
            continue;
        *place = c->next;
        memset(c, 0, sizeof(*c));
        fp_table_drop(&s->contributions, id);
        fp_slot_touch(s, slot);
        return true;
    }
    return false;
}

void fp_slot_shift(fp_services *s, uint32_t group, const fp_ip *ip, uint32_t object, uint32_t from,
                   uint32_t to, int64_t by)
{
    uint32_t slot = find(s, group, ip);

    if (slot == FP_NO_ID)
        return;
    for (uint32_t id = fp_slot_at(s, slot)->first; id != FP_NO_ID;
         id = fp_contribution_at(s, id)->next) {
        fp_contribution *c = fp_contribution_at(s, id);

        if (c->object == object && c->index >= from && c->index < to)
            c->index = (uint32_t)((int64_t)c->index + by);
    }
}

size_t fp_slot_clear(fp_services *s, uint32_t id)
{
    fp_slot *slot = fp_slot_at(s, id);
    size_t n = 0;

    while (slot->first != FP_NO_ID) {
        uint32_t first = slot->first;
        fp_contribution *c = fp_contribution_at(s, first);

        slot->first = c->next;
        memset(c, 0, sizeof(*c));
        fp_table_drop(&s->contributions, first);
        n++;
    }
    fp_slot_touch(s, id);
    return n;
}

/* --- what it is --- */

fp_wanted fp_slot_wanted(const fp_services *s, uint32_t id)
{
    const fp_slot *slot = fp_slot_at(s, id);
    const fp_fed *fed = fp_fed_at(s, fp_group_at(s, slot->group)->fed);
    const fp_contribution *c = fp_contribution_at(s, slot->first);
    const fp_service_object *object = fp_object_at(s, c->object);
    const fp_service_node *node = fp_node_at(s, object->node);
    fp_wanted wanted = {fp_packed_backend(object->applied, c->index), node->cluster, node->name,
                        object->node == fed->node};

    if (wanted.is_held) {
        const fp_cluster *pending = fp_use_pending(s, wanted.backend);

        wanted.cluster = pending ? pending : wanted.cluster;
    }
    return wanted;
}

/* Not keyed, since the names of slices come from it: a function of what is wanted alone. */
uint64_t fp_slot_hash(const fp_services *s, uint32_t id)
{
    const fp_slot *slot = fp_slot_at(s, id);
    fp_wanted wanted = fp_slot_wanted(s, id);
    const fp_backend *backend = wanted.backend;
    bool is_prefixed = !wanted.is_held && fp_backend_get(backend, FP_BACKEND_TARGET_NAME).len > 0 &&
                       fp_cluster_get_role(wanted.cluster) == FP_ROLE_REMOTE;
    const fp_str pieces[] = {
        fp_str_n((const char *)&slot->ip.family, 1),
        fp_str_n((const char *)slot->ip.bytes, sizeof(slot->ip.bytes)),
        fp_backend_get(backend, FP_BACKEND_TARGET_NS),
        fp_str_n("", 1),
        is_prefixed ? fp_cluster_name(wanted.cluster) : FP_STR_NULL,
        is_prefixed ? FP_STR("/") : FP_STR_NULL,
        fp_backend_get(backend, FP_BACKEND_TARGET_NAME),
    };
    uint8_t digest[FP_SHA256_LEN];
    uint64_t hash = 0;

    fp_sha256(pieces, FP_ARRAY_LEN(pieces), digest);
    for (size_t i = 0; i < sizeof(hash); i++)
        hash = hash << 8 | digest[i];
    return hash;
}
