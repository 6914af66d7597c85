/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/selector/selector.h"

#include "libfedpol/base/alloc.h"
#include "libfedpol/selector/draft.h"

fp_selector *fp_selector_ref(fp_selector *selector)
{
    if (selector)
        (void)atomic_fetch_add_explicit(&selector->refs, 1, memory_order_relaxed);
    return selector;
}

fp_selector *fp_selector_unref(fp_selector *selector)
{
    if (selector && atomic_fetch_sub_explicit(&selector->refs, 1, memory_order_acq_rel) == 1)
        fp_free(selector);
    return NULL;
}

const fp_selector_node *fp_selector_nodes(const fp_selector *selector, size_t *ret_n)
{
    *ret_n = selector->n;
    return selector->nodes;
}

static bool nodes_equal(const fp_selector_node *a, const fp_selector_node *b)
{
    if (a->op != b->op || a->n != b->n || !fp_str_eq(a->label, b->label))
        return false;
    if (!fp_selector_op_is_leaf(a->op))
        return true;
    for (uint32_t i = 0; i < a->n; i++)
        if (!fp_str_eq(a->values[i], b->values[i]))
            return false;
    return true;
}

bool fp_selector_equal(const fp_selector *a, const fp_selector *b)
{
    if (a == b)
        return true;
    if (a->n != b->n)
        return false;
    for (uint32_t i = 0; i < a->n; i++)
        if (!nodes_equal(&a->nodes[i], &b->nodes[i]))
            return false;
    return true;
}

/* Chains through the key, so that order and borders of the pieces count. */
static uint64_t hash_piece(const fp_hash_key *key, uint64_t before, fp_str piece)
{
    fp_hash_key chained = {key->k0 ^ before, key->k1};

    return fp_hash_bytes(&chained, piece.ptr, piece.len);
}

uint64_t fp_selector_hash_keyed(const fp_selector *selector, const fp_hash_key *key)
{
    uint64_t h = selector->n;

    for (uint32_t i = 0; i < selector->n; i++) {
        const fp_selector_node *node = &selector->nodes[i];

        h = (h ^ node->op ^ (uint64_t)node->n << 8) * 0x9e3779b97f4a7c15u;
        if (!fp_selector_op_is_leaf(node->op))
            continue;
        h = hash_piece(key, h, node->label);
        for (uint32_t k = 0; k < node->n; k++)
            h = hash_piece(key, h, node->values[k]);
    }
    return h;
}

uint64_t fp_selector_hash(const fp_selector *selector)
{
    static const fp_hash_key no_key;

    return fp_selector_hash_keyed(selector, &no_key);
}

bool fp_selector_mentions(const fp_selector *selector, fp_str label)
{
    for (uint32_t i = 0; i < selector->n; i++)
        if (selector->nodes[i].op > FP_SEL_GLOBAL &&
            fp_selector_op_is_leaf(selector->nodes[i].op) &&
            fp_str_eq(selector->nodes[i].label, label))
            return true;
    return false;
}
