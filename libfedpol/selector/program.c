/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/selector/program.h"

#include <stdlib.h>

#include "libfedpol/base/vec.h"
#include "libfedpol/selector/draft.h"

typedef enum step_kind {
    STEP_TRUE,
    STEP_NAME,  /* the name is there */
    STEP_PAIR,  /* the pair is there */
    STEP_PAIRS, /* one of several pairs of the name is there */
    STEP_TEXT,  /* the leaf accepts the value of the name */
} step_kind;

/* Stands at the index of its leaf; those of inner nodes are never reached. */
typedef struct step {
    uint8_t kind;
    uint32_t on_true;
    uint32_t on_false;
    uint32_t id;    /* of the name, or of the one pair */
    uint32_t first; /* of the pairs, sorted */
    uint32_t n;
} step;

struct fp_selector_program {
    fp_selector *selector;
    uint32_t *pairs;
    step steps[];
};

#define LANES 4

typedef uint32_t lanes __attribute__((vector_size(LANES * sizeof(uint32_t))));

static bool any_lane(lanes equal)
{
    uint64_t halves[2];

    memcpy(halves, &equal, sizeof(halves));
    return (halves[0] | halves[1]) != 0;
}

/* The place of ID, or N. */
static size_t find_id(const uint32_t *ids, size_t n, uint32_t id)
{
    const lanes wanted = {id, id, id, id};
    size_t i = 0;

    for (; i + LANES <= n; i += LANES) {
        lanes block;

        memcpy(&block, ids + i, sizeof(block));
        if (any_lane((lanes)(block == wanted)))
            break;
    }
    while (i < n && ids[i] != id)
        i++;
    return i;
}

static bool is_one_of(const uint32_t *sorted, size_t n, uint32_t id)
{
    size_t low = 0;
    size_t high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (sorted[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && sorted[low] == id;
}

static bool run_text(const fp_selector_program *program, uint32_t at, const fp_label_ids *labels,
                     fp_pair_value value, const void *owner)
{
    size_t place = find_id(labels->names, labels->n, program->steps[at].id);
    fp_str text;

    if (place == labels->n)
        return false;
    text = value(owner, labels->pairs[place]);
    return fp_selector_leaf_accepts(&program->selector->nodes[at], &text);
}

static bool run_pairs(const fp_selector_program *program, const step *s, const fp_label_ids *labels)
{
    size_t place = find_id(labels->names, labels->n, s->id);

    return place < labels->n && is_one_of(program->pairs + s->first, s->n, labels->pairs[place]);
}

bool fp_selector_program_matches(const fp_selector_program *program, const fp_label_ids *labels,
                                 fp_pair_value value, const void *owner)
{
    uint32_t at = 0;

    while (at < FP_SELECTOR_REJECT) {
        const step *s = &program->steps[at];
        bool accepted = true;

        if (s->kind == STEP_PAIR)
            accepted = find_id(labels->pairs, labels->n, s->id) < labels->n;
        else if (s->kind == STEP_NAME)
            accepted = find_id(labels->names, labels->n, s->id) < labels->n;
        else if (s->kind == STEP_PAIRS)
            accepted = run_pairs(program, s, labels);
        else if (s->kind == STEP_TEXT)
            accepted = run_text(program, at, labels, value, owner);
        at = accepted ? s->on_true : s->on_false;
    }
    return at == FP_SELECTOR_ACCEPT;
}

static int bind_values(fp_selector_program *program, const fp_selector_node *leaf,
                       const fp_selector_resolver *resolver, size_t *used, step *s)
{
    uint32_t *pairs = program->pairs + *used;

    s->kind = leaf->n == 1 ? STEP_PAIR : STEP_PAIRS;
    for (uint32_t i = 0; i < leaf->n; i++)
        fp_try(resolver->pair(resolver->owner, leaf->label, leaf->values[i], &pairs[i]));
    if (leaf->n == 1) {
        s->id = pairs[0];
        return 0;
    }
    if (leaf->n)
        qsort(pairs, leaf->n, sizeof(*pairs), fp_u32_cmp);
    s->first = (uint32_t)*used;
    s->n = leaf->n;
    *used += leaf->n;
    return resolver->name(resolver->owner, leaf->label, &s->id);
}

static int bind_leaf(fp_selector_program *program, const fp_selector_node *leaf,
                     const fp_selector_resolver *resolver, size_t *used, step *s)
{
    bool inverted = leaf->op == FP_SEL_NE || leaf->op == FP_SEL_NOT_IN;

    s->on_true = inverted ? leaf->on_false : leaf->on_true;
    s->on_false = inverted ? leaf->on_true : leaf->on_false;
    switch (leaf->op) {
    case FP_SEL_ALL:
    case FP_SEL_GLOBAL:
        s->kind = STEP_TRUE;
        return 0;
    case FP_SEL_HAS:
        s->kind = STEP_NAME;
        break;
    case FP_SEL_CONTAINS:
    case FP_SEL_STARTS_WITH:
    case FP_SEL_ENDS_WITH:
        s->kind = STEP_TEXT;
        break;
    default:
        return bind_values(program, leaf, resolver, used, s);
    }
    return resolver->name(resolver->owner, leaf->label, &s->id);
}

static fp_selector_program *new_program(fp_selector *selector)
{
    size_t n_pairs = 0;
    size_t steps_size;
    size_t pairs_size;
    size_t size = sizeof(fp_selector_program);
    fp_selector_program *program;

    for (uint32_t i = 0; i < selector->n; i++)
        n_pairs += selector->nodes[i].values ? selector->nodes[i].n : 0;
    if (fp_mul_overflow(selector->n, sizeof(step), &steps_size) ||
        fp_mul_overflow(n_pairs, sizeof(uint32_t), &pairs_size) ||
        fp_add_overflow(size, steps_size, &size) || fp_add_overflow(size, pairs_size, &size))
        return NULL;
    program = fp_alloc_zero(1, size);
    if (!program)
        return NULL;
    program->selector = fp_selector_ref(selector);
    program->pairs = (uint32_t *)(void *)(program->steps + selector->n);
    return program;
}

int fp_selector_bind(fp_selector *selector, const fp_selector_resolver *resolver,
                     fp_selector_program **ret)
{
    fp_selector_program *program = new_program(selector);
    size_t used = 0;

    if (!program)
        return FEDPOL_E_NOMEM;
    for (uint32_t i = 0; i < selector->n; i++) {
        const fp_selector_node *node = &selector->nodes[i];
        int r = 0;

        if (fp_selector_op_is_leaf(node->op))
            r = bind_leaf(program, node, resolver, &used, &program->steps[i]);
        if (r < 0) {
            fp_selector_program_free(program);
            return r;
        }
    }
    *ret = program;
    return 0;
}

fp_selector_program *fp_selector_program_free(fp_selector_program *program)
{
    if (program) {
        fp_selector_unref(program->selector);
        fp_free(program);
    }
    return NULL;
}
