/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/net/cidr_trie.h"

#include "libfedpol/base/vec.h"

#define NONE UINT32_MAX
#define MAX_DEPTH 129u /* one node for each prefix length */

/* A node without value is a fork and has two children; every child is inside its parent. */
typedef struct trie_node {
    fp_cidr cidr;
    bool has_value;
    uint32_t value;
    uint32_t child[2]; /* by the bit behind the prefix; a free node links through child[0] */
} trie_node;

struct fp_cidr_trie {
    FP_VEC(trie_node) nodes;
    uint32_t free_head;
    uint32_t n_free;
    uint32_t roots[2]; /* IPv4, IPv6 */
    size_t count;
};

fp_cidr_trie *fp_cidr_trie_new(void)
{
    fp_cidr_trie *trie = fp_alloc_zero(1, sizeof(*trie));

    if (!trie)
        return NULL;
    trie->free_head = NONE;
    trie->roots[0] = NONE;
    trie->roots[1] = NONE;
    return trie;
}

fp_cidr_trie *fp_cidr_trie_free(fp_cidr_trie *trie)
{
    if (!trie)
        return NULL;
    fp_vec_done(&trie->nodes);
    fp_free(trie);
    return NULL;
}

size_t fp_cidr_trie_count(const fp_cidr_trie *trie)
{
    return trie->count;
}

static unsigned bit_at(const fp_cidr *cidr, unsigned position)
{
    return (cidr->ip.bytes[position / 8] >> (7 - position % 8)) & 1u;
}

/* Leading bits that both prefixes have and share. */
static unsigned common_bits(const fp_cidr *a, const fp_cidr *b)
{
    unsigned max = a->len < b->len ? a->len : b->len;
    unsigned bits = 0;

    while (bits < max) {
        unsigned differ = a->ip.bytes[bits / 8] ^ b->ip.bytes[bits / 8];

        if (differ != 0) {
            bits += (unsigned)__builtin_clz(differ) - 24;
            break;
        }
        bits += 8;
    }
    return bits < max ? bits : max;
}

static fp_cidr cut(const fp_cidr *cidr, unsigned len)
{
    fp_cidr out = *cidr;

    out.len = (uint8_t)len;
    for (unsigned i = 0; i < sizeof(out.ip.bytes); i++) {
        unsigned kept = len > 8 * i ? len - 8 * i : 0;

        if (kept < 8)
            out.ip.bytes[i] &= (uint8_t)(0xff00u >> kept);
    }
    return out;
}

static uint32_t *root_of(fp_cidr_trie *trie, const fp_cidr *cidr)
{
    return &trie->roots[cidr->ip.family == 4 ? 0 : 1];
}

static int reserve_nodes(fp_cidr_trie *trie, uint32_t n)
{
    return trie->n_free >= n ? 0 : fp_vec_reserve(&trie->nodes, n);
}

/* Room was reserved. */
static uint32_t take_node(fp_cidr_trie *trie, const fp_cidr *cidr)
{
    uint32_t id = trie->free_head;
    trie_node *node;

    if (id != NONE) {
        trie->free_head = trie->nodes.items[id].child[0];
        trie->n_free--;
    } else {
        id = (uint32_t)trie->nodes.len++;
    }
    node = &trie->nodes.items[id];
    *node = (trie_node){.cidr = *cidr, .child = {NONE, NONE}};
    return id;
}

static void drop_node(fp_cidr_trie *trie, uint32_t id)
{
    trie->nodes.items[id].child[0] = trie->free_head;
    trie->free_head = id;
    trie->n_free++;
    if (trie->n_free == trie->nodes.len) {
        fp_vec_done(&trie->nodes);
        trie->free_head = NONE;
        trie->n_free = 0;
    }
}

/* The link that leads to CIDR's node, or to what stands where it belongs. */
static uint32_t *find_link(fp_cidr_trie *trie, const fp_cidr *cidr)
{
    uint32_t *link = root_of(trie, cidr);

    while (*link != NONE) {
        trie_node *node = &trie->nodes.items[*link];

        if (node->cidr.len >= cidr->len || common_bits(&node->cidr, cidr) < node->cidr.len)
            break;
        link = &node->child[bit_at(cidr, node->cidr.len)];
    }
    return link;
}

/* Puts a new node for CIDR at LINK, above or beside what stands there. */
static uint32_t insert_node(fp_cidr_trie *trie, uint32_t *link, const fp_cidr *cidr)
{
    uint32_t id = take_node(trie, cidr);
    uint32_t there = *link;
    unsigned common;

    if (there == NONE) {
        *link = id;
        return id;
    }
    common = common_bits(&trie->nodes.items[there].cidr, cidr);
    if (common == cidr->len) {
        trie->nodes.items[id].child[bit_at(&trie->nodes.items[there].cidr, common)] = there;
        *link = id;
    } else {
        fp_cidr shared = cut(cidr, common);
        uint32_t fork = take_node(trie, &shared);

        trie->nodes.items[fork].child[bit_at(cidr, common)] = id;
        trie->nodes.items[fork].child[!bit_at(cidr, common)] = there;
        *link = fork;
    }
    return id;
}

static bool is_at(const fp_cidr_trie *trie, uint32_t id, const fp_cidr *cidr)
{
    return id != NONE && fp_cidr_eq(&trie->nodes.items[id].cidr, cidr);
}

int fp_cidr_trie_set(fp_cidr_trie *trie, const fp_cidr *cidr, uint32_t value)
{
    uint32_t id = *find_link(trie, cidr);

    if (!is_at(trie, id, cidr)) {
        /* Links point into the nodes, which may move here. */
        fp_try(reserve_nodes(trie, 2));
        id = insert_node(trie, find_link(trie, cidr), cidr);
    }
    trie->count += !trie->nodes.items[id].has_value;
    trie->nodes.items[id].has_value = true;
    trie->nodes.items[id].value = value;
    return 0;
}

bool fp_cidr_trie_get(const fp_cidr_trie *trie, const fp_cidr *cidr, uint32_t *ret_value)
{
    uint32_t id = trie->roots[cidr->ip.family == 4 ? 0 : 1];

    while (id != NONE) {
        const trie_node *node = &trie->nodes.items[id];

        if (node->cidr.len > cidr->len)
            return false;
        if (node->cidr.len == cidr->len) {
            if (!node->has_value || !fp_cidr_eq(&node->cidr, cidr))
                return false;
            *ret_value = node->value;
            return true;
        }
        id = node->child[bit_at(cidr, node->cidr.len)];
    }
    return false;
}

/* Takes the node at LINK out if it has no use any more: no value and not two children. */
static void prune(fp_cidr_trie *trie, uint32_t *link)
{
    uint32_t id = *link;
    const trie_node *node = &trie->nodes.items[id];

    if (node->has_value || (node->child[0] != NONE && node->child[1] != NONE))
        return;
    *link = node->child[0] != NONE ? node->child[0] : node->child[1];
    drop_node(trie, id);
}

bool fp_cidr_trie_remove(fp_cidr_trie *trie, const fp_cidr *cidr)
{
    uint32_t *parent_link = NULL;
    uint32_t *link = root_of(trie, cidr);
    trie_node *node = NULL;

    while (*link != NONE) {
        node = &trie->nodes.items[*link];
        if (node->cidr.len >= cidr->len || common_bits(&node->cidr, cidr) < node->cidr.len)
            break;
        parent_link = link;
        link = &node->child[bit_at(cidr, node->cidr.len)];
    }
    if (*link == NONE || !node->has_value || !fp_cidr_eq(&node->cidr, cidr))
        return false;
    node->has_value = false;
    trie->count--;
    prune(trie, link);
    if (parent_link && trie->count > 0)
        prune(trie, parent_link);
    return true;
}

void fp_cidr_trie_covering(const fp_cidr_trie *trie, const fp_cidr *cidr, fp_cidr_trie_fn fn,
                           void *user)
{
    uint32_t id = trie->roots[cidr->ip.family == 4 ? 0 : 1];

    while (id != NONE) {
        const trie_node *node = &trie->nodes.items[id];

        if (!fp_cidr_contains(&node->cidr, cidr))
            return;
        if (node->has_value && !fn(user, &node->cidr, node->value))
            return;
        if (node->cidr.len == cidr->len)
            return;
        id = node->child[bit_at(cidr, node->cidr.len)];
    }
}

void fp_cidr_trie_covered(const fp_cidr_trie *trie, const fp_cidr *cidr, fp_cidr_trie_fn fn,
                          void *user)
{
    uint32_t stack[MAX_DEPTH];
    uint32_t id = trie->roots[cidr->ip.family == 4 ? 0 : 1];
    size_t depth = 0;

    while (id != NONE && trie->nodes.items[id].cidr.len < cidr->len)
        id = trie->nodes.items[id].child[bit_at(cidr, trie->nodes.items[id].cidr.len)];
    if (id == NONE || !fp_cidr_contains(cidr, &trie->nodes.items[id].cidr))
        return;
    stack[depth++] = id;
    /* A path has at most MAX_DEPTH nodes, and of each but the last only the other child waits. */
    while (depth > 0) {
        const trie_node *node = &trie->nodes.items[stack[--depth]];

        if (node->has_value && !fn(user, &node->cidr, node->value))
            return;
        if (node->child[1] != NONE)
            stack[depth++] = node->child[1];
        if (node->child[0] != NONE)
            stack[depth++] = node->child[0];
    }
}
