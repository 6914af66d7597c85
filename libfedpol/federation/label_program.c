/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "libfedpol/federation/label_index_internal.h"

static uint8_t leaf_kind(const fp_selector_node *node)
{
    switch (node->op) {
    case FP_SEL_HAS:
        return FP_LEAF_NAME;
    case FP_SEL_EQ:
    case FP_SEL_NE:
    case FP_SEL_IN:
    case FP_SEL_NOT_IN:
        return FP_LEAF_PAIRS;
    case FP_SEL_CONTAINS:
    case FP_SEL_STARTS_WITH:
    case FP_SEL_ENDS_WITH:
        return FP_LEAF_TEXT;
    default:
        return FP_LEAF_TRUE;
    }
}

static uint32_t atoms_of(const fp_selector_node *node)
{
    switch (leaf_kind(node)) {
    case FP_LEAF_PAIRS:
        return node->n;
    case FP_LEAF_TRUE:
        return 0;
    default:
        return 1;
    }
}

static int resolve(fp_label_index *index, bool intern, const fp_selector_node *node, uint32_t value,
                   uint32_t *ret)
{
    bool pair = leaf_kind(node) == FP_LEAF_PAIRS;

    if (intern)
        return pair ? fp_atoms_intern_pair(index, node->label, node->values[value], ret)
                    : fp_atoms_intern(index, FP_NO_ID, node->label, ret);
    *ret = pair ? fp_atoms_find_pair(index, node->label, node->values[value])
                : fp_atoms_find(index, FP_NO_ID, node->label);
    return 0;
}

static int add_leaf(fp_label_index *index, fp_program *program, const fp_selector_node *node)
{
    fp_leaf *leaf = &program->leaves[program->n_leaves];
    uint32_t *atoms = program->atoms + program->n_atoms;
    bool negated = node->op == FP_SEL_NE || node->op == FP_SEL_NOT_IN;
    uint32_t n = atoms_of(node);

    for (uint32_t i = 0; i < n; i++) {
        fp_try(resolve(index, program->interned, node, i, &atoms[i]));
        program->n_atoms++;
    }
    if (n > 1)
        qsort(atoms, n, sizeof(*atoms), fp_u32_cmp);
    *leaf = (fp_leaf){
        .kind = leaf_kind(node),
        .on_true = negated ? node->on_false : node->on_true,
        .on_false = negated ? node->on_true : node->on_false,
        .n = n,
        .atoms = atoms,
        .node = node,
    };
    program->n_leaves++;
    return 0;
}

/* Jumps of the selector count nodes; those of the program count leaves. */
static void renumber(fp_program *program, const fp_selector_node *nodes)
{
    for (uint32_t i = program->n_leaves; i-- > 0;) {
        uint32_t *jumps[] = {&program->leaves[i].on_true, &program->leaves[i].on_false};

        for (size_t j = 0; j < 2; j++) {
            uint32_t low = i + 1;
            uint32_t high = program->n_leaves;
            const fp_selector_node *target = &nodes[*jumps[j]];

            if (*jumps[j] >= FP_SELECTOR_REJECT)
                continue;
            while (high - low > 1) {
                uint32_t middle = low + (high - low) / 2;

                if (program->leaves[middle].node <= target)
                    low = middle;
                else
                    high = middle;
            }
            *jumps[j] = low;
        }
    }
}

int fp_program_new(fp_label_index *index, const fp_selector *selector, bool intern,
                   fp_program **ret)
{
    size_t n_nodes;
    const fp_selector_node *nodes = fp_selector_nodes(selector, &n_nodes);
    size_t n_leaves = 0;
    size_t n_atoms = 0;
    fp_program *made;
    int r = 0;

    for (size_t i = 0; i < n_nodes; i++) {
        if (!fp_selector_op_is_leaf(nodes[i].op))
            continue;
        n_leaves++;
        n_atoms += atoms_of(&nodes[i]);
    }
    made = fp_alloc(sizeof(*made) + n_leaves * sizeof(fp_leaf) + n_atoms * sizeof(uint32_t));
    if (!made)
        return FEDPOL_E_NOMEM;
    *made = (fp_program){.interned = intern, .atoms = (uint32_t *)(void *)&made->leaves[n_leaves]};
    for (size_t i = 0; r == 0 && i < n_nodes; i++)
        if (fp_selector_op_is_leaf(nodes[i].op))
            r = add_leaf(index, made, &nodes[i]);
    if (r < 0) {
        fp_program_free(index, made);
        return r;
    }
    renumber(made, nodes);
    *ret = made;
    return 0;
}

void fp_program_free(fp_label_index *index, fp_program *program)
{
    if (program && program->interned)
        fp_atoms_unref_all(index, program->atoms, program->n_atoms);
    fp_free(program);
}

static uint32_t scan(const uint32_t *ids, size_t n, uint32_t id)
{
    for (uint32_t i = 0; i < n; i++)
        if (ids[i] == id)
            return i;
    return FP_NO_ID;
}

static bool has_one_of(const fp_leaf *leaf, const fp_id_vec *pairs)
{
    if (leaf->n <= 8) {
        for (uint32_t i = 0; i < leaf->n; i++)
            if (scan(pairs->items, pairs->len, leaf->atoms[i]) != FP_NO_ID)
                return true;
        return false;
    }
    for (size_t i = 0; i < pairs->len; i++)
        if (bsearch(&pairs->items[i], leaf->atoms, leaf->n, sizeof(*leaf->atoms), fp_u32_cmp))
            return true;
    return false;
}

static bool leaf_holds(const fp_label_index *index, const fp_leaf *leaf, const fp_effective *labels)
{
    uint32_t at;
    fp_str value;

    switch (leaf->kind) {
    case FP_LEAF_TRUE:
        return true;
    case FP_LEAF_PAIRS:
        return has_one_of(leaf, &labels->pairs);
    case FP_LEAF_NAME:
        return scan(labels->names.items, labels->names.len, leaf->atoms[0]) != FP_NO_ID;
    default:
        at = scan(labels->names.items, labels->names.len, leaf->atoms[0]);
        if (at == FP_NO_ID)
            return false;
        value = fp_atom_bytes(index, labels->pairs.items[at]);
        return fp_selector_leaf_accepts(leaf->node, &value);
    }
}

bool fp_program_matches(const fp_label_index *index, const fp_program *program,
                        const fp_effective *labels)
{
    uint32_t next = 0;

    while (next < FP_SELECTOR_REJECT) {
        const fp_leaf *leaf = &program->leaves[next];

        next = leaf_holds(index, leaf, labels) ? leaf->on_true : leaf->on_false;
    }
    return next == FP_SELECTOR_ACCEPT;
}

/* The classes of REACH whose value of the label has the wanted part. */
static int select_text(const fp_label_index *index, const fp_leaf *leaf, const fp_idset *reach,
                       fp_idset *ret)
{
    fp_idset tmp;
    const fp_idset *named = fp_posting_get(index, leaf->atoms[0], &tmp);
    fp_class_id id;

    for (fp_idset_iter it = fp_idset_each(named); fp_idset_step(&it, &id);) {
        fp_str value;

        if (!fp_idset_has(reach, id))
            continue;
        value = fp_atom_bytes(index, fp_class_pair(index, id, leaf->atoms[0]));
        if (fp_selector_leaf_accepts(leaf->node, &value))
            fp_try(fp_idset_add(ret, id));
    }
    return 0;
}

static int unite_pairs(const fp_label_index *index, const fp_leaf *leaf, fp_idset *ret)
{
    fp_idset tmp;

    for (uint32_t i = 0; i < leaf->n; i++)
        fp_try(fp_idset_or(ret, fp_posting_get(index, leaf->atoms[i], &tmp)));
    return 0;
}

/* The classes where LEAF holds, perhaps only those in REACH; MADE is where a new set may be put. */
static int select_leaf(const fp_label_index *index, const fp_leaf *leaf, const fp_idset *reach,
                       fp_idset *made, const fp_idset **ret)
{
    *ret = made;
    if (leaf->kind == FP_LEAF_TEXT)
        return select_text(index, leaf, reach, made);
    if (leaf->n == 1)
        *ret = fp_posting_get(index, leaf->atoms[0], made);
    else
        fp_try(unite_pairs(index, leaf, made));
    return 0;
}

/* *DST |= *SRC, and *SRC is empty then. */
static int unite_move(fp_idset *dst, fp_idset *src)
{
    int r = 0;

    if (dst->count == 0) {
        fp_idset_done(dst);
        *dst = *src;
        *src = (fp_idset){0};
        return 0;
    }
    r = fp_idset_or(dst, src);
    fp_idset_done(src);
    return r;
}

static int intersect(const fp_idset *a, const fp_idset *b, fp_idset *ret)
{
    const fp_idset *small = a->count < b->count ? a : b;
    int r = fp_idset_copy(ret, small);

    return r < 0 ? r : fp_idset_and(ret, small == a ? b : a);
}

typedef struct selection {
    const fp_label_index *index;
    const fp_program *program;
    fp_idset *reach; /* of each leaf: the classes that come to it; behind the last: that accept */
} selection;

static fp_idset *target(const selection *s, uint32_t jump)
{
    if (jump == FP_SELECTOR_REJECT)
        return NULL;
    return &s->reach[jump == FP_SELECTOR_ACCEPT ? s->program->n_leaves : jump];
}

/* Sends the classes that reached a leaf on to where its answers lead. */
static int pass_leaf(const selection *s, uint32_t i)
{
    const fp_leaf *leaf = &s->program->leaves[i];
    fp_idset *reach = &s->reach[i];
    fp_idset *yes = target(s, leaf->on_true);
    fp_idset *no = target(s, leaf->on_false);
    const fp_idset *holds;
    fp_idset made = {0};
    fp_idset part = {0};
    int r;

    if (leaf->kind == FP_LEAF_TRUE)
        return yes ? unite_move(yes, reach) : 0;
    r = select_leaf(s->index, leaf, reach, &made, &holds);
    if (r == 0 && yes) {
        r = intersect(reach, holds, &part);
        if (r == 0)
            r = unite_move(yes, &part);
    }
    if (r == 0 && no) {
        r = fp_idset_and_not(reach, holds);
        if (r == 0)
            r = unite_move(no, reach);
    }
    fp_idset_done(&part);
    fp_idset_done(&made);
    return r;
}

int fp_program_select(const fp_label_index *index, const fp_program *program,
                      const fp_idset *universe, fp_idset *ret)
{
    size_t n = (size_t)program->n_leaves + 1;
    const selection s = {index, program, fp_alloc_zero(n, sizeof(fp_idset))};
    int r;

    if (!s.reach)
        return FEDPOL_E_NOMEM;
    r = fp_idset_copy(&s.reach[0], universe);
    for (uint32_t i = 0; r == 0 && i < program->n_leaves; i++)
        if (s.reach[i].count > 0)
            r = pass_leaf(&s, i);
    if (r == 0) {
        *ret = s.reach[program->n_leaves];
        s.reach[program->n_leaves] = (fp_idset){0};
    }
    for (size_t i = 0; i < n; i++)
        fp_idset_done(&s.reach[i]);
    fp_free(s.reach);
    return r;
}
