/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/selector/selector.h"

#include "libfedpol/base/arena.h"
#include "libfedpol/selector/draft.h"

/* Ends every builder: R is how filling the draft went. */
static int finish(fp_draft *draft, int r, fp_selector **ret)
{
    if (r >= 0)
        r = fp_draft_build(draft, NULL, ret);
    fp_draft_done(draft);
    return r;
}

static int fill_leaf(fp_draft *draft, fp_selector_op op, fp_str label, const fp_str *values,
                     size_t n)
{
    for (size_t i = 0; i < n; i++)
        fp_try(fp_draft_value(draft, values[i]));
    return fp_draft_leaf(draft, op, label, 0);
}

static int new_leaf(fp_selector_op op, fp_str label, const fp_str *values, size_t n,
                    fp_selector **ret)
{
    fp_draft draft = {0};

    return finish(&draft, fill_leaf(&draft, op, label, values, n), ret);
}

int fp_selector_new_all(fp_selector **ret)
{
    return new_leaf(FP_SEL_ALL, FP_STR_NULL, NULL, 0, ret);
}

int fp_selector_new_has(fp_str label, fp_selector **ret)
{
    return new_leaf(FP_SEL_HAS, label, NULL, 0, ret);
}

int fp_selector_new_eq(fp_str label, fp_str value, fp_selector **ret)
{
    return new_leaf(FP_SEL_EQ, label, &value, 1, ret);
}

int fp_selector_new_set(fp_selector_op op, fp_str label, const fp_str *values, size_t n,
                        fp_selector **ret)
{
    return new_leaf(op, label, values, n, ret);
}

static int fill_and(fp_draft *draft, fp_selector *const *parts, size_t n, uint32_t count)
{
    for (size_t i = 0; i < n; i++)
        if (parts[i])
            fp_try(fp_draft_append(draft, parts[i]));
    return fp_draft_join(draft, FP_SEL_AND, count);
}

int fp_selector_new_and(fp_selector *const *parts, size_t n, fp_selector **ret)
{
    fp_draft draft = {0};
    fp_selector *only = NULL;
    uint32_t count = 0;

    for (size_t i = 0; i < n; i++) {
        if (parts[i]) {
            only = parts[i];
            count++;
        }
    }
    if (count <= 1) {
        *ret = fp_selector_ref(only);
        return 0;
    }
    return finish(&draft, fill_and(&draft, parts, n, count), ret);
}

int fp_selector_new_not(fp_selector *part, fp_selector **ret)
{
    fp_draft draft = {0};
    int r = fp_draft_append(&draft, part);

    if (r >= 0)
        r = fp_draft_not(&draft);
    return finish(&draft, r, ret);
}

typedef struct rewriting {
    fp_draft draft;
    fp_arena text;
    fp_str prefix;
    fp_str all_label;
} rewriting;

static int prefixed(rewriting *rw, fp_str label, fp_str *ret)
{
    size_t len;
    char *text;

    if (rw->prefix.len == 0) {
        *ret = label;
        return 0;
    }
    if (fp_add_overflow(rw->prefix.len, label.len, &len))
        return FEDPOL_E_NOMEM;
    text = fp_arena_alloc(&rw->text, len);
    if (!text)
        return FEDPOL_E_NOMEM;
    memcpy(text, rw->prefix.ptr, rw->prefix.len);
    if (label.len)
        memcpy(text + rw->prefix.len, label.ptr, label.len);
    *ret = fp_str_n(text, len);
    return 0;
}

static int rewrite_leaf(rewriting *rw, const fp_selector_node *leaf)
{
    size_t first_value = rw->draft.values.len;
    fp_str label;

    if (leaf->op == FP_SEL_ALL || leaf->op == FP_SEL_GLOBAL) {
        if (rw->all_label.len == 0)
            return fp_draft_leaf(&rw->draft, leaf->op, FP_STR_NULL, first_value);
        fp_try(fp_draft_leaf(&rw->draft, FP_SEL_HAS, rw->all_label, first_value));
        return leaf->op == FP_SEL_GLOBAL ? fp_draft_not(&rw->draft) : 0;
    }
    fp_try(prefixed(rw, leaf->label, &label));
    for (uint32_t i = 0; i < leaf->n; i++)
        fp_try(fp_draft_value(&rw->draft, leaf->values[i]));
    return fp_draft_leaf(&rw->draft, leaf->op, label, first_value);
}

static int rewrite(rewriting *rw, const fp_selector *selector)
{
    for (uint32_t i = 0; i < selector->n; i++) {
        const fp_selector_node *node = &selector->nodes[i];

        if (fp_selector_op_is_leaf(node->op))
            fp_try(rewrite_leaf(rw, node));
        else if (node->op == FP_SEL_NOT)
            fp_try(fp_draft_not(&rw->draft));
        else
            fp_try(fp_draft_join(&rw->draft, node->op, node->n));
    }
    return 0;
}

int fp_selector_rewrite(const fp_selector *selector, fp_str prefix, fp_str all_label,
                        fp_selector **ret)
{
    rewriting rw = {.prefix = prefix, .all_label = all_label};
    int r;

    fp_arena_init(&rw.text, 0);
    r = finish(&rw.draft, rewrite(&rw, selector), ret);
    fp_arena_done(&rw.text);
    return r;
}
