/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/label_index_internal.h"

/*
 * Filing: a selector is filed under atoms of which every class that matches has at least one, so
 * that a new class need only be tried against the selectors that are filed under its own atoms. Of
 * an AND the operand is taken that has the least filed already; of an OR all. What has no such
 * atoms, because it is or may be satisfied by absence, is tried against every class.
 */

#define COST_NEVER UINT32_MAX /* cannot be filed */
/* A name is on more classes than a pair is. */
#define COST_NAME 16u

static bool is_term(const void *owner, uint32_t id, const void *key)
{
    const fp_label_index *index = owner;

    return index->terms.items[id].atom == *(const uint32_t *)key;
}

static uint32_t find_id(const fp_label_index *index, uint32_t atom)
{
    return fp_index_find(&index->term_index, fp_hash_u64(&index->key, atom), is_term, index, &atom);
}

fp_term *fp_terms_find(const fp_label_index *index, uint32_t atom)
{
    uint32_t id = FP_NO_ID;

    if (atom != FP_NO_ID && (fp_atom_at(index, atom)->head & FP_ATOM_TERM))
        id = find_id(index, atom);
    return id == FP_NO_ID ? NULL : &index->terms.items[id];
}

static int obtain(fp_label_index *index, uint32_t atom, fp_term **ret)
{
    uint32_t id;

    *ret = fp_terms_find(index, atom);
    if (*ret)
        return 0;
    fp_try(fp_index_reserve(&index->term_index, 1));
    if (index->free_term) {
        id = index->free_term - 1;
        index->free_term = index->terms.items[id].atom;
    } else {
        id = (uint32_t)index->terms.len;
        fp_try(fp_vec_push(&index->terms, (fp_term){0}));
    }
    *ret = &index->terms.items[id];
    **ret = (fp_term){.atom = atom};
    fp_atom_at(index, atom)->head |= FP_ATOM_TERM;
    return fp_index_add(&index->term_index, fp_hash_u64(&index->key, atom), id);
}

static void drop(fp_label_index *index, fp_term *term)
{
    uint32_t id = (uint32_t)(term - index->terms.items);

    fp_atom_at(index, term->atom)->head &= ~FP_ATOM_TERM;
    (void)fp_index_remove(&index->term_index, fp_hash_u64(&index->key, term->atom), id);
    fp_idset_done(&term->filed);
    fp_idset_done(&term->mentions);
    term->atom = index->free_term;
    index->free_term = id + 1;
    if (index->term_index.count == 0)
        fp_terms_done(index);
}

void fp_terms_done(fp_label_index *index)
{
    for (size_t i = 0; i < index->terms.len; i++) {
        fp_idset_done(&index->terms.items[i].filed);
        fp_idset_done(&index->terms.items[i].mentions);
    }
    fp_vec_done(&index->terms);
    index->free_term = 0;
    fp_index_done(&index->term_index);
}

static int mention(fp_label_index *index, fp_match_id id, uint32_t atom)
{
    fp_term *term;
    int r;

    fp_try(obtain(index, atom, &term));
    r = fp_idset_add(&term->mentions, id);
    if (r < 0 && term->mentions.count == 0)
        drop(index, term);
    return r;
}

typedef struct plan {
    uint32_t cost;
    uint32_t best; /* of an AND: its cheapest operand */
    uint32_t leaf; /* number of a leaf */
    bool negated;  /* by the NOTs above it */
    bool chosen;
} plan;

static uint32_t add_cost(uint32_t a, uint32_t b)
{
    return a >= COST_NEVER - 1 - b || b == COST_NEVER ? COST_NEVER : a + b;
}

static bool is_negative(const fp_selector_node *node)
{
    return node->op == FP_SEL_NE || node->op == FP_SEL_NOT_IN;
}

static uint32_t leaf_cost(const fp_label_index *index, const fp_leaf *leaf, bool negated)
{
    uint32_t cost = 0;

    if (leaf->kind == FP_LEAF_TRUE)
        return negated ? 0 : COST_NEVER;
    if (negated != is_negative(leaf->node))
        return COST_NEVER;
    for (uint32_t i = 0; i < leaf->n; i++)
        cost = add_cost(cost, fp_terms_find(index, leaf->atoms[i])->filed.count + 1);
    return leaf->kind == FP_LEAF_PAIRS ? cost : add_cost(cost, COST_NAME);
}

static bool is_and(const fp_selector_node *node, const plan *p)
{
    return (node->op == FP_SEL_AND) != p->negated;
}

/* Tells the parent of node I, which comes later, what I would cost. */
static void offer(const fp_selector_node *nodes, plan *plans, uint32_t i)
{
    uint32_t parent = nodes[i].parent;

    if (parent == FP_SELECTOR_NO_NODE)
        return;
    if (nodes[parent].op == FP_SEL_NOT || !is_and(&nodes[parent], &plans[parent]))
        plans[parent].cost = add_cost(plans[parent].cost, plans[i].cost);
    else if (plans[i].cost < plans[parent].cost || plans[parent].best == FP_SELECTOR_NO_NODE) {
        plans[parent].cost = plans[i].cost;
        plans[parent].best = i;
    }
}

static void choose(const fp_selector_node *nodes, plan *plans, fp_program *program, uint32_t n)
{
    plans[n - 1].chosen = true;
    for (uint32_t i = n; i-- > 0;) {
        uint32_t parent = nodes[i].parent;

        if (parent != FP_SELECTOR_NO_NODE)
            plans[i].chosen = plans[parent].chosen && (plans[parent].best == FP_SELECTOR_NO_NODE ||
                                                       plans[parent].best == i);
        if (plans[i].chosen && fp_selector_op_is_leaf(nodes[i].op))
            program->leaves[plans[i].leaf].filed = true;
    }
}

/* Marks the leaves under whose atoms the selector is to be filed; none if it cannot. */
static int plan_filing(const fp_label_index *index, const fp_match *match, bool *ret_filed)
{
    size_t n;
    const fp_selector_node *nodes = fp_selector_nodes(match->selector, &n);
    plan *plans = fp_alloc_zero(n, sizeof(*plans));
    uint32_t leaf = 0;

    if (!plans)
        return FEDPOL_E_NOMEM;
    for (size_t i = n; i-- > 0;) {
        uint32_t parent = nodes[i].parent;

        plans[i].best = FP_SELECTOR_NO_NODE;
        if (parent != FP_SELECTOR_NO_NODE)
            plans[i].negated = plans[parent].negated != (nodes[parent].op == FP_SEL_NOT);
    }
    for (uint32_t i = 0; i < n; i++) {
        if (fp_selector_op_is_leaf(nodes[i].op)) {
            plans[i].leaf = leaf++;
            plans[i].cost =
                leaf_cost(index, &match->program->leaves[plans[i].leaf], plans[i].negated);
        }
        offer(nodes, plans, i);
    }
    *ret_filed = plans[n - 1].cost != COST_NEVER;
    if (*ret_filed)
        choose(nodes, plans, match->program, (uint32_t)n);
    fp_free(plans);
    return 0;
}

int fp_terms_enter(fp_label_index *index, fp_match_id id, const fp_match *match)
{
    const fp_program *program = match->program;
    bool filed;

    for (uint32_t i = 0; i < program->n_atoms; i++)
        fp_try(mention(index, id, program->atoms[i]));
    fp_try(plan_filing(index, match, &filed));
    if (!filed)
        fp_try(fp_idset_add(&index->unfiled, id));
    for (uint32_t i = 0; i < program->n_leaves; i++) {
        const fp_leaf *leaf = &program->leaves[i];

        for (uint32_t j = 0; leaf->filed && j < leaf->n; j++)
            fp_try(fp_idset_add(&fp_terms_find(index, leaf->atoms[j])->filed, id));
    }
    return 0;
}

void fp_terms_remove(fp_label_index *index, fp_match_id id, const fp_match *match)
{
    const fp_program *program = match->program;

    (void)fp_idset_remove(&index->unfiled, id);
    for (uint32_t i = 0; i < program->n_atoms; i++) {
        fp_term *term = fp_terms_find(index, program->atoms[i]);

        if (!term)
            continue;
        (void)fp_idset_remove(&term->filed, id);
        (void)fp_idset_remove(&term->mentions, id);
        if (term->mentions.count == 0)
            drop(index, term);
    }
}
