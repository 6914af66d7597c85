/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/selector/selector.h"

#include "libfedpol/selector/draft.h"

static bool is_one_of(const fp_selector_node *leaf, fp_str value)
{
    size_t low = 0;
    size_t high = leaf->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = fp_str_cmp(leaf->values[middle], value);

        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static bool is_part(const fp_selector_node *leaf, fp_str value)
{
    switch (leaf->op) {
    case FP_SEL_CONTAINS:
        return fp_str_contains(value, leaf->values[0]);
    case FP_SEL_STARTS_WITH:
        return fp_str_starts_with(value, leaf->values[0]);
    default:
        return leaf->op == FP_SEL_ENDS_WITH && fp_str_ends_with(value, leaf->values[0]);
    }
}

bool fp_selector_leaf_accepts(const fp_selector_node *leaf, const fp_str *value)
{
    switch (leaf->op) {
    case FP_SEL_ALL:
    case FP_SEL_GLOBAL:
        return true;
    case FP_SEL_HAS:
        return value != NULL;
    case FP_SEL_EQ:
    case FP_SEL_IN:
        return value && is_one_of(leaf, *value);
    case FP_SEL_NE:
    case FP_SEL_NOT_IN:
        return !value || !is_one_of(leaf, *value);
    default:
        return value && is_part(leaf, *value);
    }
}

bool fp_selector_matches(const fp_selector *selector, fp_label_lookup lookup, const void *labels)
{
    uint32_t at = 0;

    while (at < FP_SELECTOR_REJECT) {
        const fp_selector_node *leaf = &selector->nodes[at];
        fp_str value;
        bool present = leaf->op > FP_SEL_GLOBAL && lookup(labels, leaf->label, &value);
        bool accepted = fp_selector_leaf_accepts(leaf, present ? &value : NULL);

        at = accepted ? leaf->on_true : leaf->on_false;
    }
    return at == FP_SELECTOR_ACCEPT;
}
