/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/selector/selector.h"

#include <stdlib.h>

#include "libfedpol/base/arena.h"
#include "libfedpol/base/vec.h"
#include "libfedpol/selector/draft.h"

/* What is known of one operand: its items are those from START on, up to the next operand's. */
typedef struct operand {
    size_t start;
    uint32_t first_node;
    bool impossible; /* then it has no items */
} operand;

typedef struct work {
    const fp_selector_node *nodes;
    uint32_t n;
    bool *negated; /* of each node: whether an odd number of NOT stands above it */
    FP_VEC(fp_selector_restriction) items; /* of each operand: sorted by label, labels unique */
    FP_VEC(operand) operands;
    fp_arena values; /* lists that no leaf has as they are */
} work;

static int find_negated(work *w)
{
    w->negated = fp_alloc_array(w->n, sizeof(*w->negated));
    if (!w->negated)
        return FEDPOL_E_NOMEM;
    w->negated[w->n - 1] = false;
    for (uint32_t i = w->n - 1; i-- > 0;) {
        uint32_t parent = w->nodes[i].parent;

        w->negated[i] = w->negated[parent] != (w->nodes[parent].op == FP_SEL_NOT);
    }
    return 0;
}

/* The leaf that says the opposite, where there is one: a != x for !(a == x). */
static fp_selector_op effective_op(uint8_t op, bool negated)
{
    if (!negated)
        return op;
    switch (op) {
    case FP_SEL_EQ:
        return FP_SEL_NE;
    case FP_SEL_NE:
        return FP_SEL_EQ;
    case FP_SEL_IN:
        return FP_SEL_NOT_IN;
    case FP_SEL_NOT_IN:
        return FP_SEL_IN;
    case FP_SEL_AND:
        return FP_SEL_OR;
    case FP_SEL_OR:
        return FP_SEL_AND;
    default:
        return op;
    }
}

static int add_leaf(work *w, uint32_t at)
{
    const fp_selector_node *leaf = &w->nodes[at];
    bool negated = w->negated[at];
    fp_selector_op op = effective_op(leaf->op, negated);
    fp_selector_restriction item = {.label = leaf->label};
    operand result = {.start = w->items.len, .first_node = at};

    switch (op) {
    case FP_SEL_ALL:
    case FP_SEL_GLOBAL:
        result.impossible = negated;
        break;
    case FP_SEL_HAS:
        item.present = !negated;
        item.absent = negated;
        break;
    case FP_SEL_EQ:
    case FP_SEL_IN:
        result.impossible = leaf->n == 0;
        item.present = true;
        item.has_values = true;
        item.values = leaf->values;
        item.n_values = leaf->n;
        break;
    case FP_SEL_CONTAINS:
    case FP_SEL_STARTS_WITH:
    case FP_SEL_ENDS_WITH:
        item.present = !negated;
        break;
    default:
        break;
    }
    if ((item.present || item.absent) && !result.impossible)
        fp_try(fp_vec_push(&w->items, item));
    return fp_vec_push(&w->operands, result);
}

static int compare_labels(const void *a, const void *b)
{
    const fp_selector_restriction *x = a;
    const fp_selector_restriction *y = b;

    return fp_str_cmp(x->label, y->label);
}

/* Narrows *ITEM's values to those that OTHER allows too. */
static int intersect(work *w, fp_selector_restriction *item, const fp_selector_restriction *other)
{
    size_t most = item->n_values < other->n_values ? item->n_values : other->n_values;
    fp_str *both = fp_arena_array(&w->values, most, sizeof(*both));
    size_t n = 0;

    if (!both)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0, k = 0; i < item->n_values && k < other->n_values;) {
        int order = fp_str_cmp(item->values[i], other->values[k]);

        if (order == 0)
            both[n++] = item->values[i];
        i += order <= 0;
        k += order >= 0;
    }
    item->values = both;
    item->n_values = n;
    return 0;
}

/* All N items, of one label, hold. Returns 1 if they can, 0 if they contradict each other. */
static int merge_all(work *w, const fp_selector_restriction *items, size_t n,
                     fp_selector_restriction *ret)
{
    fp_selector_restriction merged = items[0];

    for (size_t i = 1; i < n; i++) {
        merged.present |= items[i].present;
        merged.absent |= items[i].absent;
        if (!items[i].has_values)
            continue;
        if (merged.has_values) {
            fp_try(intersect(w, &merged, &items[i]));
        } else {
            merged.has_values = true;
            merged.values = items[i].values;
            merged.n_values = items[i].n_values;
        }
    }
    *ret = merged;
    return !(merged.present && merged.absent) && !(merged.has_values && merged.n_values == 0);
}

/* Sets *ITEM's values to all those of the N items, or to unknown. */
static int unite(work *w, const fp_selector_restriction *items, size_t n,
                 fp_selector_restriction *item)
{
    size_t total = 0;
    fp_str *all;

    item->values = NULL;
    item->n_values = 0;
    for (size_t i = 0; i < n; i++)
        total += items[i].n_values;
    if (!item->has_values || total > FP_SELECTOR_MAX_UNION) {
        item->has_values = false;
        return 0;
    }
    all = fp_arena_array(&w->values, total, sizeof(*all));
    if (!all)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0, at = 0; i < n; i++) {
        memcpy(all + at, items[i].values, items[i].n_values * sizeof(*all));
        at += items[i].n_values;
    }
    item->values = all;
    item->n_values = fp_selector_sort_values(all, total);
    return 0;
}

/* One of the N items, of one label, holds. Returns 1 if that says anything, 0 if not. */
static int merge_any(work *w, const fp_selector_restriction *items, size_t n,
                     fp_selector_restriction *ret)
{
    fp_selector_restriction merged = items[0];

    if (n > 1) {
        for (size_t i = 1; i < n; i++) {
            merged.present &= items[i].present;
            merged.absent &= items[i].absent;
            merged.has_values &= items[i].has_values;
        }
        fp_try(unite(w, items, n, &merged));
    }
    *ret = merged;
    return merged.present || merged.absent;
}

/*
 * Joins the items from RESULT->start on. BRANCHES is 0 if all operands hold; else one of so many
 * holds, and a label counts only if each of them restricts it.
 */
static int join_items(work *w, size_t branches, operand *result)
{
    size_t n = w->items.len - result->start;
    size_t kept = 0;
    fp_selector_restriction *items;

    if (n == 0)
        return 0;
    items = w->items.items + result->start;
    if (n > 1)
        qsort(items, n, sizeof(*items), compare_labels);
    for (size_t i = 0, next; i < n; i = next) {
        int r;

        for (next = i + 1; next < n && fp_str_eq(items[next].label, items[i].label);)
            next++;
        if (branches == 0)
            r = merge_all(w, items + i, next - i, &items[kept]);
        else
            r = next - i == branches ? merge_any(w, items + i, next - i, &items[kept]) : 0;
        fp_try(r);
        if (branches == 0 && r == 0) {
            result->impossible = true;
            break;
        }
        kept += (size_t)r;
    }
    w->items.len = result->start + (result->impossible ? 0 : kept);
    return 0;
}

/* Whether the operands of this node may as well be operands of the node that it is one of: AND in
   AND and OR in OR, also across a NOT. So nesting alone costs nothing. */
static bool joins_like_parent(const work *w, uint32_t at)
{
    fp_selector_op op = effective_op(w->nodes[at].op, w->negated[at]);
    uint32_t parent = w->nodes[at].parent;

    if (parent != FP_SELECTOR_NO_NODE && w->nodes[parent].op == FP_SEL_NOT)
        parent = w->nodes[parent].parent;
    return parent != FP_SELECTOR_NO_NODE &&
           effective_op(w->nodes[parent].op, w->negated[parent]) == op;
}

static int add_join(work *w, uint32_t at)
{
    bool all = effective_op(w->nodes[at].op, w->negated[at]) == FP_SEL_AND;
    operand result = {.first_node = at + 1 - w->nodes[at].size};
    size_t n = 0;
    size_t possible = 0;

    while (n < w->operands.len) {
        const operand *last = &w->operands.items[w->operands.len - 1 - n];

        if (last->first_node < result.first_node)
            break;
        result.start = last->start;
        possible += !last->impossible;
        n++;
    }
    result.impossible = all ? possible < n : possible == 0;
    w->operands.len -= n;
    if (result.impossible)
        w->items.len = result.start;
    else
        fp_try(join_items(w, all ? 0 : possible, &result));
    return fp_vec_push(&w->operands, result);
}

static int collect(work *w)
{
    fp_try(find_negated(w));
    for (uint32_t i = 0; i < w->n; i++) {
        if (fp_selector_op_is_leaf(w->nodes[i].op))
            fp_try(add_leaf(w, i));
        else if (w->nodes[i].op != FP_SEL_NOT && !joins_like_parent(w, i))
            fp_try(add_join(w, i));
    }
    return 0;
}

/* Copies items and value lists into one block. */
static int hand_out(const work *w, fp_selector_restrictions *ret)
{
    size_t n = w->items.len;
    size_t n_values = 0;
    fp_selector_restriction *items;
    fp_str *values;

    for (size_t i = 0; i < n; i++)
        n_values += w->items.items[i].n_values;
    items = fp_alloc(n * sizeof(*items) + n_values * sizeof(*values));
    if (!items)
        return FEDPOL_E_NOMEM;
    values = (fp_str *)(void *)(items + n);
    for (size_t i = 0; i < n; i++) {
        items[i] = w->items.items[i];
        if (items[i].n_values) {
            memcpy(values, items[i].values, items[i].n_values * sizeof(*values));
            items[i].values = values;
            values += items[i].n_values;
        }
    }
    *ret = (fp_selector_restrictions){.n = n, .items = items, .memory = items};
    return 0;
}

int fp_selector_get_restrictions(const fp_selector *selector, fp_selector_restrictions *ret)
{
    work w = {.nodes = selector->nodes, .n = selector->n};
    int r;

    fp_arena_init(&w.values, 0);
    r = collect(&w);
    if (r >= 0 && w.operands.items[0].impossible)
        *ret = (fp_selector_restrictions){.impossible = true};
    else if (r >= 0)
        r = hand_out(&w, ret);
    fp_free(w.negated);
    fp_vec_done(&w.items);
    fp_vec_done(&w.operands);
    fp_arena_done(&w.values);
    return r;
}

void fp_selector_restrictions_done(fp_selector_restrictions *restrictions)
{
    fp_free(restrictions->memory);
    *restrictions = (fp_selector_restrictions){0};
}
