/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "libfedpol/base/sha.h"
#include "libfedpol/services/private.h"

/* More changes than that at once are merged in one pass. */
#define FEW 16u

typedef struct group_key {
    uint32_t fed;
    uint8_t family;
    const fp_service_port *ports;
    size_t n_ports;
} group_key;

static uint32_t hash_of(const fp_services *s, const group_key *key)
{
    uint32_t hash = fp_hash_u64(&s->key, ((uint64_t)key->fed << 8) | key->family);

    for (size_t i = 0; i < key->n_ports; i++) {
        const fp_service_port *port = &key->ports[i];

        hash = hash * 31 + fp_hash_str(&s->key, port->name);
        hash = hash * 31 + fp_hash_str(&s->key, port->app_protocol);
        hash ^= fp_hash_u64(&s->key, (uint64_t)port->port << 8 | port->protocol);
    }
    return hash;
}

static bool is_group(const void *owner, uint32_t id, const void *wanted)
{
    const fp_group *group = fp_group_at(owner, id);
    const group_key *key = wanted;

    return group->fed == key->fed && group->family == key->family &&
           fp_ports_equal(group->ports, group->n_ports, key->ports, key->n_ports);
}

uint32_t fp_group_find(const fp_services *s, uint32_t fed, uint8_t family,
                       const fp_service_port *ports, size_t n_ports)
{
    const group_key key = {fed, family, ports, n_ports};

    return fp_index_find(&s->group_index, hash_of(s, &key), is_group, s, &key);
}

/* A part of the names of slices: the same for the same ports, whoever calculates it. */
static int put_digest(fp_group *group)
{
    static const char hex[] = "0123456789abcdef";
    fp_cleanup_buf fp_buf text = {0};
    uint8_t digest[FP_SHA256_LEN];
    fp_str all;

    fp_buf_printf(&text, "%u", group->family);
    for (size_t i = 0; i < group->n_ports; i++) {
        const fp_service_port *port = &group->ports[i];

        fp_buf_printf(&text, "\n%u/%u/", port->protocol, port->port);
        fp_buf_put_json(&text, port->name);
        fp_buf_put_json(&text, port->app_protocol);
    }
    fp_try(fp_buf_error(&text));
    all = fp_buf_str(&text);
    fp_sha256(&all, 1, digest);
    for (size_t i = 0; i < 8; i++)
        group->digest[i] = hex[i % 2 ? digest[i / 2] & 15 : digest[i / 2] >> 4];
    return 0;
}

static int make(fp_services *s, const group_key *key, fp_group *ret)
{
    (void)s;
    *ret = (fp_group){.fed = key->fed,
                      .ports = fp_pack_ports(key->ports, key->n_ports),
                      .n_ports = (uint32_t)key->n_ports,
                      .family = key->family,
                      .touched = FP_NO_ID};
    if (!ret->ports)
        return FEDPOL_E_NOMEM;
    if (put_digest(ret) < 0) {
        fp_free(ret->ports);
        return FEDPOL_E_NOMEM;
    }
    return 0;
}

int fp_group_get(fp_services *s, uint32_t fed, uint8_t family, const fp_service_port *ports,
                 size_t n_ports, uint32_t *ret)
{
    const group_key key = {fed, family, ports, n_ports};
    fp_group group;

    *ret = fp_group_find(s, fed, family, ports, n_ports);
    if (*ret != FP_NO_ID)
        return 0;
    fp_try(fp_index_reserve(&s->group_index, 1));
    fp_try(fp_table_reserve(&s->groups));
    fp_try(fp_vec_reserve(&fp_fed_at(s, fed)->groups, 1));
    fp_try(make(s, &key, &group));
    (void)fp_table_new(&s->groups, ret); /* all of these were reserved */
    *fp_group_at(s, *ret) = group;
    (void)fp_index_add(&s->group_index, hash_of(s, &key), *ret);
    (void)fp_vec_push(&fp_fed_at(s, fed)->groups, *ret);
    return 0;
}

void fp_group_free(fp_services *s, uint32_t id)
{
    fp_group *group = fp_group_at(s, id);
    const group_key key = {group->fed, group->family, group->ports, group->n_ports};

    (void)fp_index_remove(&s->group_index, hash_of(s, &key), id);
    fp_free(group->ports);
    fp_vec_done(&group->placed);
    fp_vec_done(&group->leaves);
    memset(group, 0, sizeof(*group));
    fp_table_drop(&s->groups, id);
}

void fp_group_clear(fp_services *s, uint32_t id)
{
    const fp_group *group = fp_group_at(s, id);

    for (uint32_t slot = group->touched; slot != FP_NO_ID; slot = fp_slot_at(s, slot)->next_touched)
        (void)fp_slot_clear(s, slot);
    for (size_t i = 0; i < group->placed.len; i++)
        (void)fp_slot_clear(s, group->placed.items[i].slot);
}

/* --- places --- */

static int cmp_placed(const fp_services *s, const fp_placed *a, const fp_placed *b)
{
    if (a->hash != b->hash)
        return a->hash > b->hash ? 1 : -1;
    return fp_ip_cmp(&fp_slot_at(s, a->slot)->ip, &fp_slot_at(s, b->slot)->ip);
}

/* The first place that is not before KEY. */
static size_t place_of(const fp_services *s, const fp_group *group, const fp_placed *key)
{
    size_t low = 0;
    size_t high = group->placed.len;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (cmp_placed(s, &group->placed.items[middle], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int by_hash(const void *a, const void *b)
{
    const fp_placed *x = a;
    const fp_placed *y = b;

    return x->hash > y->hash ? 1 : x->hash < y->hash ? -1 : 0;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Equal hashes are next to each other now; among them addresses decide. */
static void order_equals(const fp_services *s, fp_placed *items, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        fp_placed item = items[i];
        size_t k = i;

        for (; k > 0 && items[k - 1].hash == item.hash && cmp_placed(s, &item, &items[k - 1]) < 0;
             k--)
            items[k] = items[k - 1];
        items[k] = item;
    }
}

/* Notes what goes in (scratch_in) and which hashes are concerned; all memory that is needed later
   is had before anything changes. */
static int collect(fp_services *s, const fp_group *group, size_t *ret_out)
{
    fp_vec_clear(&s->scratch_in);
    fp_vec_clear(&s->scratch_hashes);
    *ret_out = 0;
    for (uint32_t id = group->touched; id != FP_NO_ID; id = fp_slot_at(s, id)->next_touched) {
        const fp_slot *slot = fp_slot_at(s, id);
        bool stays = slot->first != FP_NO_ID;
        uint64_t hash = stays ? fp_slot_hash(s, id) : 0;

        if (slot->is_placed)
            fp_try(fp_vec_push(&s->scratch_hashes, slot->hash));
        if (slot->is_placed && (!stays || hash != slot->hash))
            ++*ret_out;
        if (!stays || (slot->is_placed && hash == slot->hash))
            continue;
        fp_try(fp_vec_push(&s->scratch_hashes, hash));
        fp_try(fp_vec_push(&s->scratch_in, (fp_placed){hash, id}));
    }
    if (s->scratch_in.len > 0)
        qsort(s->scratch_in.items, s->scratch_in.len, sizeof(fp_placed), by_hash);
    order_equals(s, s->scratch_in.items, s->scratch_in.len);
    if (s->scratch_hashes.len > 0)
        qsort(s->scratch_hashes.items, s->scratch_hashes.len, sizeof(uint64_t), by_number);
    return 0;
}

static bool leaves_place(const fp_services *s, uint32_t id, const fp_slot *slot)
{
    return slot->is_touched && slot->is_placed &&
           (slot->first == FP_NO_ID || fp_slot_hash(s, id) != slot->hash);
}

/* One by one, where few change. Room was made. */
static void place_few(fp_services *s, fp_group *group)
{
    fp_placed *items = group->placed.items;

    for (uint32_t id = group->touched; id != FP_NO_ID; id = fp_slot_at(s, id)->next_touched) {
        const fp_slot *slot = fp_slot_at(s, id);
        const fp_placed key = {slot->hash, id};
        size_t at;

        if (!leaves_place(s, id, slot))
            continue;
        at = place_of(s, group, &key);
        group->placed.len--;
        memmove(items + at, items + at + 1, (group->placed.len - at) * sizeof(*items));
    }
    for (size_t i = 0; i < s->scratch_in.len; i++) {
        const fp_placed *key = &s->scratch_in.items[i];
        size_t at = place_of(s, group, key);

        memmove(items + at + 1, items + at, (group->placed.len - at) * sizeof(*items));
        items[at] = *key;
        group->placed.len++;
    }
}

/* All at once, into the scratch vector, which changes places with the group's. */
static void place_many(fp_services *s, fp_group *group)
{
    fp_placed *out = s->scratch_placed.items;
    size_t n = 0;
    size_t k = 0;

    for (size_t i = 0; i < group->placed.len; i++) {
        const fp_placed *item = &group->placed.items[i];

        if (leaves_place(s, item->slot, fp_slot_at(s, item->slot)))
            continue;
        while (k < s->scratch_in.len && cmp_placed(s, &s->scratch_in.items[k], item) < 0)
            out[n++] = s->scratch_in.items[k++];
        out[n++] = *item;
    }
    while (k < s->scratch_in.len)
        out[n++] = s->scratch_in.items[k++];
    if (n > 0)
        memcpy(group->placed.items, out, n * sizeof(*out));
    group->placed.len = n;
}

/* Slots know their places, and those that nobody wants are gone. */
static void finish_slots(fp_services *s, fp_group *group)
{
    for (size_t i = 0; i < s->scratch_in.len; i++) {
        fp_slot *slot = fp_slot_at(s, s->scratch_in.items[i].slot);

        slot->hash = s->scratch_in.items[i].hash;
        slot->is_placed = true;
    }
    while (group->touched != FP_NO_ID) {
        uint32_t id = group->touched;
        fp_slot *slot = fp_slot_at(s, id);

        group->touched = slot->next_touched;
        slot->is_touched = false;
        if (slot->first == FP_NO_ID)
            fp_slot_free(s, id);
    }
}

/* --- leaves --- */

static uint64_t mask_of(unsigned bits)
{
    return bits == 0 ? 0 : UINT64_MAX << (64 - bits);
}

/* Where the hashes with a bit set begin, in START..END. */
static uint32_t find_half(const fp_group *group, uint32_t start, uint32_t end, unsigned bit)
{
    uint64_t wanted = (uint64_t)1 << (63 - bit);

    while (start < end) {
        uint32_t middle = start + (end - start) / 2;

        if (group->placed.items[middle].hash & wanted)
            end = middle;
        else
            start = middle + 1;
    }
    return start;
}

static int add_leaf(fp_services *s, const fp_group *group, uint32_t start, uint32_t end,
                    unsigned bits)
{
    uint8_t part = 0;

    for (uint32_t n; start < end; start += n, part++) {
        fp_leaf leaf = {.start = start, .bits = (uint8_t)bits, .part = part};

        n = end - start < FP_MAX_SLICE ? end - start : FP_MAX_SLICE;
        leaf.n = n;
        leaf.prefix = group->placed.items[start].hash & mask_of(bits);
        fp_try(fp_vec_push(&s->scratch_leaves, leaf));
    }
    return 0;
}

/* Depth is that of the hash, 64 at most. */
static int grow(fp_services *s, const fp_group *group, uint32_t start, uint32_t end, unsigned bits)
{
    uint32_t half;

    if (end - start <= FP_MAX_SLICE || bits == 64)
        return add_leaf(s, group, start, end, bits);
    half = find_half(group, start, end, bits);
    fp_try(grow(s, group, start, half, bits + 1));
    return grow(s, group, half, end, bits + 1);
}

static bool is_concerned(const fp_services *s, const fp_leaf *leaf)
{
    size_t low = 0;
    size_t high = s->scratch_hashes.len;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (s->scratch_hashes.items[middle] < leaf->prefix)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->scratch_hashes.len &&
           (s->scratch_hashes.items[low] & mask_of(leaf->bits)) == leaf->prefix;
}

static bool same_leaf(const fp_leaf *a, const fp_leaf *b)
{
    return a->prefix == b->prefix && a->bits == b->bits && a->part == b->part && a->n == b->n;
}

/* A leaf that nothing changed in keeps its revision. */
static void carry_revisions(fp_services *s, const fp_group *group)
{
    size_t k = 0;

    for (size_t i = 0; i < s->scratch_leaves.len; i++) {
        fp_leaf *leaf = &s->scratch_leaves.items[i];

        while (k < group->leaves.len && group->leaves.items[k].prefix < leaf->prefix)
            k++;
        while (k + 1 < group->leaves.len && group->leaves.items[k].prefix == leaf->prefix &&
               group->leaves.items[k].part < leaf->part)
            k++;
        if (k < group->leaves.len && same_leaf(&group->leaves.items[k], leaf) &&
            !is_concerned(s, leaf))
            leaf->revision = group->leaves.items[k].revision;
        else
            leaf->revision = ++s->revision;
    }
}

/* The leaves of what is placed now; scratch becomes the group's. */
static int grow_leaves(fp_services *s, fp_group *group)
{
    fp_vec_clear(&s->scratch_leaves);
    fp_try(grow(s, group, 0, (uint32_t)group->placed.len, 0));
    carry_revisions(s, group);
    fp_try(fp_vec_grow(&group->leaves.items, &group->leaves.cap, s->scratch_leaves.len,
                       sizeof(fp_leaf)));
    if (s->scratch_leaves.len > 0)
        memcpy(group->leaves.items, s->scratch_leaves.items,
               s->scratch_leaves.len * sizeof(fp_leaf));
    group->leaves.len = s->scratch_leaves.len;
    return 0;
}

static int make_room(fp_services *s, fp_group *group)
{
    size_t need = group->placed.len + s->scratch_in.len;

    fp_try(fp_vec_grow(&group->placed.items, &group->placed.cap, need, sizeof(fp_placed)));
    return fp_vec_grow(&s->scratch_placed.items, &s->scratch_placed.cap, need, sizeof(fp_placed));
}

int fp_group_settle(fp_services *s, uint32_t id)
{
    fp_group *group = fp_group_at(s, id);
    size_t n_out;

    if (group->touched == FP_NO_ID)
        return 0;
    fp_try(collect(s, group, &n_out));
    fp_try(make_room(s, group));
    if (n_out + s->scratch_in.len <= FEW)
        place_few(s, group);
    else
        place_many(s, group);
    finish_slots(s, group);
    return grow_leaves(s, group);
}
