/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/selector/draft.h"

#include <stdlib.h>

void fp_draft_done(fp_draft *draft)
{
    fp_vec_done(&draft->nodes);
    fp_vec_done(&draft->values);
}

void fp_draft_clear(fp_draft *draft)
{
    fp_vec_clear(&draft->nodes);
    fp_vec_clear(&draft->values);
}

static int compare_values(const void *a, const void *b)
{
    return fp_str_cmp(*(const fp_str *)a, *(const fp_str *)b);
}

size_t fp_selector_sort_values(fp_str *values, size_t n)
{
    size_t kept = 1;

    while (kept < n && fp_str_cmp(values[kept - 1], values[kept]) < 0)
        kept++;
    if (kept >= n)
        return n;
    qsort(values, n, sizeof(*values), compare_values);
    kept = 1;
    for (size_t i = 1; i < n; i++)
        if (!fp_str_eq(values[i], values[kept - 1]))
            values[kept++] = values[i];
    return kept;
}

int fp_draft_value(fp_draft *draft, fp_str value)
{
    return fp_vec_push(&draft->values, value);
}

static int add_node(fp_draft *draft, fp_draft_node node)
{
    /* The two highest numbers are jump targets. */
    if (draft->nodes.len >= FP_SELECTOR_REJECT || draft->values.len >= UINT32_MAX)
        return FEDPOL_E_NOMEM;
    return fp_vec_push(&draft->nodes, node);
}

int fp_draft_leaf(fp_draft *draft, fp_selector_op op, fp_str label, size_t first_value)
{
    size_t n = draft->values.len - first_value;

    if (n > 1) {
        n = fp_selector_sort_values(draft->values.items + first_value, n);
        draft->values.len = first_value + n;
    }
    return add_node(draft, (fp_draft_node){.op = (uint8_t)op,
                                           .label = label,
                                           .first_value = (uint32_t)first_value,
                                           .n = (uint32_t)n,
                                           .size = 1});
}

int fp_draft_not(fp_draft *draft)
{
    const fp_draft_node *last = &draft->nodes.items[draft->nodes.len - 1];

    if (last->op == FP_SEL_NOT) {
        draft->nodes.len--;
        return 0;
    }
    return add_node(draft, (fp_draft_node){.op = FP_SEL_NOT, .n = 1, .size = last->size + 1});
}

int fp_draft_join(fp_draft *draft, fp_selector_op op, uint32_t n)
{
    size_t start = draft->nodes.len;

    if (n == 1)
        return 0;
    for (uint32_t i = 0; i < n; i++)
        start -= draft->nodes.items[start - 1].size;
    return add_node(draft, (fp_draft_node){.op = (uint8_t)op,
                                           .n = n,
                                           .size = (uint32_t)(draft->nodes.len - start + 1)});
}

int fp_draft_append(fp_draft *draft, const fp_selector *selector)
{
    for (uint32_t i = 0; i < selector->n; i++) {
        const fp_selector_node *node = &selector->nodes[i];
        size_t first_value = draft->values.len;

        if (!fp_selector_op_is_leaf(node->op)) {
            fp_try(
                add_node(draft, (fp_draft_node){.op = node->op, .n = node->n, .size = node->size}));
            continue;
        }
        for (uint32_t k = 0; k < node->n; k++)
            fp_try(fp_draft_value(draft, node->values[k]));
        fp_try(fp_draft_leaf(draft, node->op, node->label, first_value));
    }
    return 0;
}

/* Bytes of the block, or 0 if they cannot be counted. */
static size_t block_size(const fp_draft *draft)
{
    size_t size = sizeof(fp_selector);
    size_t part;

    if (fp_mul_overflow(draft->nodes.len, sizeof(fp_selector_node), &part) ||
        fp_add_overflow(size, part, &size) ||
        fp_mul_overflow(draft->values.len, sizeof(fp_str), &part) ||
        fp_add_overflow(size, part, &size))
        return 0;
    for (size_t i = 0; i < draft->nodes.len; i++)
        if (fp_add_overflow(size, draft->nodes.items[i].label.len, &size))
            return 0;
    for (size_t i = 0; i < draft->values.len; i++)
        if (fp_add_overflow(size, draft->values.items[i].len, &size))
            return 0;
    return size;
}

static fp_str copy_text(char **next, fp_str s)
{
    fp_str copy = {*next, s.len};

    if (s.len)
        memcpy(*next, s.ptr, s.len);
    *next += s.len;
    return copy;
}

static void fill(const fp_draft *draft, fp_selector *selector)
{
    fp_str *values = (fp_str *)(void *)(selector->nodes + draft->nodes.len);
    char *text = (char *)(values + draft->values.len);

    for (size_t i = 0; i < draft->values.len; i++)
        values[i] = copy_text(&text, draft->values.items[i]);
    for (size_t i = 0; i < draft->nodes.len; i++) {
        const fp_draft_node *from = &draft->nodes.items[i];

        selector->nodes[i] = (fp_selector_node){
            .op = from->op,
            .n = from->n,
            .size = from->size,
            .label = copy_text(&text, from->label),
        };
        if (fp_selector_op_is_leaf(from->op) && from->n)
            selector->nodes[i].values = values + from->first_value;
    }
}

/* In postfix order the first leaf of the next operand stands directly behind an operand. */
static void link_operand(const fp_selector_node *node, fp_selector_node *operand, uint32_t at,
                         bool last)
{
    operand->on_true = node->on_true;
    operand->on_false = node->on_false;
    if (node->op == FP_SEL_NOT) {
        operand->on_true = node->on_false;
        operand->on_false = node->on_true;
    } else if (node->op == FP_SEL_AND && !last) {
        operand->on_true = at + 1;
    } else if (node->op == FP_SEL_OR && !last) {
        operand->on_false = at + 1;
    }
}

static void link_nodes(fp_selector_node *nodes, uint32_t n)
{
    nodes[n - 1].parent = FP_SELECTOR_NO_NODE;
    nodes[n - 1].on_true = FP_SELECTOR_ACCEPT;
    nodes[n - 1].on_false = FP_SELECTOR_REJECT;
    for (uint32_t i = n - 1; i > 0; i--) {
        uint32_t at = i - 1;

        if (fp_selector_op_is_leaf(nodes[i].op))
            continue;
        for (uint32_t k = nodes[i].n; k > 0; k--) {
            nodes[at].parent = i;
            link_operand(&nodes[i], &nodes[at], at, k == nodes[i].n);
            at -= nodes[at].size;
        }
    }
}

int fp_draft_build(const fp_draft *draft, fp_selector *recycled, fp_selector **ret)
{
    size_t size = block_size(draft);
    fp_selector *selector = recycled;

    if (size == 0)
        return FEDPOL_E_NOMEM;
    /* A block that is far too large would waste memory for as long as the result lives. */
    if (!recycled || recycled->capacity < size || recycled->capacity / 4 > size) {
        selector = fp_alloc(size);
        if (!selector)
            return FEDPOL_E_NOMEM;
        selector->capacity = size;
    }
    atomic_init(&selector->refs, 1);
    selector->n = (uint32_t)draft->nodes.len;
    fill(draft, selector);
    link_nodes(selector->nodes, selector->n);
    *ret = selector;
    return 0;
}
