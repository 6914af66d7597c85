/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/label_index_internal.h"

/*
 * Up to FP_BATCH_CLASSES classes become the bits of short rows of words, and each atom that the
 * selectors ask for becomes such a row ("slot"). A selector is then tried against all classes of
 * the row at once. Selectors come in groups, so that the rows stay few.
 */

#define MAX_SLOTS 4096u /* of a group; one selector may need more */

typedef struct run {
    fp_label_index *index;
    const fp_batch *batch;
    bool compare;
    size_t first; /* class */
    size_t n;
    size_t words;
    uint64_t epoch;
    size_t first_match;
    size_t end_match;
    size_t n_slots;
    size_t max_leaves;
    uint64_t *memory;
    uint64_t *before; /* rows by slot */
    uint64_t *after;
    uint64_t *reach; /* rows by leaf */
    uint64_t *holds; /* one row */
    uint64_t *accept;
    uint64_t *old_accept;
    uint64_t *domains; /* rows by fp_domain */
} run;

void fp_batch_done(fp_batch *batch)
{
    fp_vec_done(&batch->classes);
    fp_vec_done(&batch->changes);
    fp_vec_done(&batch->matches);
}

/* Gives slots to the atoms of the next selectors. */
static void take_group(run *r)
{
    fp_label_index *index = r->index;

    r->epoch = ++index->journal->epoch;
    r->n_slots = 0;
    r->max_leaves = 0;
    for (r->end_match = r->first_match; r->end_match < r->batch->matches.len; r->end_match++) {
        const fp_program *program =
            fp_match_at(index, r->batch->matches.items[r->end_match])->program;

        if (r->n_slots > 0 && r->n_slots + program->n_atoms > MAX_SLOTS)
            break;
        if (program->n_leaves > r->max_leaves)
            r->max_leaves = program->n_leaves;
        for (uint32_t i = 0; i < program->n_atoms; i++) {
            fp_term *term = fp_terms_find(index, program->atoms[i]);

            if (term->epoch == r->epoch)
                continue;
            term->epoch = r->epoch;
            term->slot = (uint32_t)r->n_slots++;
        }
    }
}

/* Lays out the rows for WORDS words; all zeros. */
static int lay_out(run *r)
{
    size_t slots = r->n_slots * (r->compare ? 2 : 1);
    size_t rows = slots + r->max_leaves + 3 + FP_ARRAY_LEN(r->index->domains);

    fp_free(r->memory);
    r->memory = fp_alloc_zero(rows * r->words, sizeof(uint64_t));
    if (!r->memory)
        return FEDPOL_E_NOMEM;
    r->before = r->memory;
    r->after = r->compare ? r->before + r->n_slots * r->words : r->before;
    r->reach = r->before + slots * r->words;
    r->holds = r->reach + r->max_leaves * r->words;
    r->accept = r->holds + r->words;
    r->old_accept = r->accept + r->words;
    r->domains = r->old_accept + r->words;
    return 0;
}

static uint64_t *row_of(const run *r, uint64_t *rows, uint32_t atom)
{
    const fp_term *term = fp_terms_find(r->index, atom);

    return term && term->epoch == r->epoch ? rows + (size_t)term->slot * r->words : NULL;
}

typedef struct filling {
    const run *r;
    size_t k; /* number of the class in the row */
} filling;

static void set_bit(const run *r, uint64_t *rows, uint32_t atom, size_t k, bool value)
{
    uint64_t *row = atom == FP_NO_ID ? NULL : row_of(r, rows, atom);

    if (!row)
        return;
    if (value)
        row[k / 64] |= UINT64_C(1) << (k % 64);
    else
        row[k / 64] &= ~(UINT64_C(1) << (k % 64));
}

static void fill_label(void *user, uint32_t name, uint32_t pair)
{
    const filling *f = user;

    set_bit(f->r, f->r->before, name, f->k, true);
    set_bit(f->r, f->r->before, pair, f->k, true);
}

static void fill_changes(const run *r, size_t k)
{
    const fp_batch_class *class = &r->batch->classes.items[r->first + k];

    for (uint32_t i = 0; i < class->n; i++) {
        const fp_label_change *change = &r->batch->changes.items[class->first + i];

        set_bit(r, r->after, change->before, k, false);
        set_bit(r, r->after, change->after, k, true);
        if (change->before == FP_NO_ID || change->after == FP_NO_ID)
            set_bit(r, r->after, change->name, k, change->after != FP_NO_ID);
    }
}

static void fill(run *r)
{
    for (size_t k = 0; k < r->n; k++) {
        fp_class_id id = r->batch->classes.items[r->first + k].class_id;
        filling f = {r, k};

        fp_class_visit(r->index, id, fill_label, &f);
        for (size_t d = 0; d < FP_ARRAY_LEN(r->index->domains); d++)
            if (fp_idset_has(&r->index->domains[d], id))
                r->domains[d * r->words + k / 64] |= UINT64_C(1) << (k % 64);
    }
    if (!r->compare)
        return;
    if (r->n_slots)
        memcpy(r->after, r->before, r->n_slots * r->words * sizeof(*r->after));
    for (size_t k = 0; k < r->n; k++)
        fill_changes(r, k);
}

/* The pair of NAME in the k-th class; with its changes if ROWS are those after. */
static uint32_t pair_in(const run *r, const uint64_t *rows, size_t k, uint32_t name)
{
    const fp_batch_class *class = &r->batch->classes.items[r->first + k];

    if (r->compare && rows == r->after)
        for (uint32_t i = 0; i < class->n; i++)
            if (r->batch->changes.items[class->first + i].name == name)
                return r->batch->changes.items[class->first + i].after;
    return fp_class_pair(r->index, class->class_id, name);
}

static void hold_text(const run *r, uint64_t *rows, const fp_leaf *leaf, const uint64_t *reach)
{
    const uint64_t *named = row_of(r, rows, leaf->atoms[0]);

    for (size_t w = 0; w < r->words; w++) {
        r->holds[w] = 0;
        for (uint64_t left = named ? reach[w] & named[w] : 0; left; left &= left - 1) {
            size_t k = w * 64 + (size_t)__builtin_ctzll(left);
            fp_str value = fp_atom_bytes(r->index, pair_in(r, rows, k, leaf->atoms[0]));

            if (fp_selector_leaf_accepts(leaf->node, &value))
                r->holds[w] |= left & -left;
        }
    }
}

/* Where LEAF holds, for classes in REACH at least. */
static const uint64_t *hold(const run *r, uint64_t *rows, const fp_leaf *leaf,
                            const uint64_t *reach)
{
    const uint64_t *row;

    if (leaf->kind == FP_LEAF_TRUE)
        return reach;
    if (leaf->kind == FP_LEAF_TEXT) {
        hold_text(r, rows, leaf, reach);
        return r->holds;
    }
    if (leaf->n == 1)
        return row_of(r, rows, leaf->atoms[0]);
    memset(r->holds, 0, r->words * sizeof(*r->holds));
    for (uint32_t i = 0; i < leaf->n; i++) {
        row = row_of(r, rows, leaf->atoms[i]);
        for (size_t w = 0; w < r->words; w++)
            r->holds[w] |= row[w];
    }
    return r->holds;
}

static uint64_t *target(const run *r, uint32_t jump, uint64_t *accept)
{
    if (jump == FP_SELECTOR_REJECT)
        return NULL;
    return jump == FP_SELECTOR_ACCEPT ? accept : r->reach + jump * r->words;
}

static bool is_zero(const uint64_t *row, size_t words)
{
    uint64_t any = 0;

    for (size_t w = 0; w < words; w++)
        any |= row[w];
    return any == 0;
}

static void evaluate(const run *r, const fp_match *match, uint64_t *rows, uint64_t *accept)
{
    const fp_program *program = match->program;
    size_t words = r->words;

    memset(r->reach, 0, program->n_leaves * words * sizeof(*r->reach));
    memset(accept, 0, words * sizeof(*accept));
    memcpy(r->reach, r->domains + match->domain * words, words * sizeof(*r->reach));
    for (uint32_t i = 0; i < program->n_leaves; i++) {
        const fp_leaf *leaf = &program->leaves[i];
        const uint64_t *reach = r->reach + i * words;
        uint64_t *yes = target(r, leaf->on_true, accept);
        uint64_t *no = target(r, leaf->on_false, accept);
        const uint64_t *holds;

        if (is_zero(reach, words))
            continue;
        holds = hold(r, rows, leaf, reach);
        for (size_t w = 0; yes && w < words; w++)
            yes[w] |= reach[w] & holds[w];
        for (size_t w = 0; no && w < words; w++)
            no[w] |= reach[w] & ~holds[w];
    }
}

/* Adds a link for each class where ROW has a bit and BUT has none. */
static int link_all(const run *r, fp_match_id id, const uint64_t *row, const uint64_t *but,
                    fp_class_link_vec *ret)
{
    for (size_t w = 0; w < r->words; w++)
        for (uint64_t left = row[w] & ~but[w]; left; left &= left - 1) {
            size_t k = w * 64 + (size_t)__builtin_ctzll(left);

            fp_try(fp_vec_push(
                ret, (fp_class_link){id, r->batch->classes.items[r->first + k].class_id}));
        }
    return 0;
}

static int run_rows(run *r)
{
    fp_try(lay_out(r));
    fill(r);
    for (size_t i = r->first_match; i < r->end_match; i++) {
        fp_match_id id = r->batch->matches.items[i];
        const fp_match *match = fp_match_at(r->index, id);

        if (r->compare)
            evaluate(r, match, r->before, r->old_accept);
        evaluate(r, match, r->after, r->accept);
        fp_try(link_all(r, id, r->accept, r->old_accept, &r->index->ops.match_adds));
        fp_try(link_all(r, id, r->old_accept, r->accept, &r->index->ops.match_removes));
    }
    return 0;
}

static int run_batch(run *r)
{
    size_t n = r->batch->classes.len;

    while (r->first_match < r->batch->matches.len) {
        take_group(r);
        for (r->first = 0; r->first < n; r->first += r->n) {
            r->n = n - r->first < FP_BATCH_CLASSES ? n - r->first : FP_BATCH_CLASSES;
            r->words = (r->n + 63) / 64;
            fp_try(run_rows(r));
        }
        r->first_match = r->end_match;
    }
    return 0;
}

int fp_batch_compare(fp_label_index *index, const fp_batch *batch)
{
    run r = {.index = index, .batch = batch, .compare = true};
    int result = run_batch(&r);

    fp_free(r.memory);
    return result;
}

int fp_batch_match(fp_label_index *index, const fp_batch *batch)
{
    run r = {.index = index, .batch = batch};
    int result = run_batch(&r);

    fp_free(r.memory);
    return result;
}
