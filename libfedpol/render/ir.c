/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/ir.h"

#include <stdlib.h>

#include "libfedpol/base/hash.h"
#include "libfedpol/render/names.h"

/* Names of sets end in digests, so that nobody can aim at one slot: the key may be known. */
static const fp_hash_key name_key = {0x6665646570, 0x6e616d6573};

void fp_ir_init(fp_ir *ir)
{
    *ir = (fp_ir){0};
    fp_arena_init(&ir->arena, 64u * 1024u);
}

void fp_ir_done(fp_ir *ir)
{
    fp_vec_done(&ir->chains);
    fp_vec_done(&ir->sets);
    fp_vec_done(&ir->rules);
    fp_vec_done(&ir->terms);
    fp_index_done(&ir->set_index);
    fp_buf_done(&ir->scratch);
    fp_arena_done(&ir->arena);
}

static void fail(fp_ir *ir)
{
    ir->error = FEDPOL_E_NOMEM;
}

static int compare_chains(const void *a, const void *b)
{
    const fp_ir_chain *x = *(const fp_ir_chain *const *)a;
    const fp_ir_chain *y = *(const fp_ir_chain *const *)b;

    if ((x->hook == FP_HOOK_NONE) != (y->hook == FP_HOOK_NONE))
        return x->hook == FP_HOOK_NONE ? 1 : -1;
    return fp_str_cmp(x->name, y->name);
}

static int compare_sets(const void *a, const void *b)
{
    const fp_ir_set *x = *(const fp_ir_set *const *)a;
    const fp_ir_set *y = *(const fp_ir_set *const *)b;

    if (x->is_map != y->is_map)
        return x->is_map ? 1 : -1;
    return fp_str_cmp(x->name, y->name);
}

int fp_ir_finish(fp_ir *ir)
{
    if (ir->error)
        return ir->error;
    if (ir->chains.len)
        qsort(ir->chains.items, ir->chains.len, sizeof(*ir->chains.items), compare_chains);
    if (ir->sets.len)
        qsort(ir->sets.items, ir->sets.len, sizeof(*ir->sets.items), compare_sets);
    fp_index_done(&ir->set_index); /* its ids were places before the sort */
    return 0;
}

fp_str fp_ir_str(fp_ir *ir, fp_str s)
{
    fp_str copy = FP_STR_NULL;

    if (ir->error || s.len == 0)
        return copy;
    copy = fp_arena_str(&ir->arena, s);
    if (!copy.ptr)
        fail(ir);
    return copy;
}

fp_str fp_ir_take_scratch(fp_ir *ir)
{
    fp_str copy = FP_STR_NULL;

    if (fp_buf_error(&ir->scratch))
        fail(ir);
    else
        copy = fp_ir_str(ir, fp_buf_str(&ir->scratch));
    fp_buf_clear(&ir->scratch);
    return copy;
}

void fp_ir_begin_chain(fp_ir *ir, fp_str name, fp_str what)
{
    ir->open = (fp_ir_chain){.name = fp_ir_str(ir, name), .what = fp_ir_str(ir, what)};
    fp_vec_clear(&ir->rules);
    fp_vec_clear(&ir->terms);
}

void fp_ir_set_hook(fp_ir *ir, fp_ir_hook hook, int32_t priority)
{
    ir->open.hook = (uint8_t)hook;
    ir->open.priority = priority;
}

void fp_ir_add_rule(fp_ir *ir, const fp_ir_term *terms, size_t n, bool log, fp_ir_verdict verdict,
                    fp_str comment)
{
    fp_ir_rule rule = {.n_terms = n, .log = log, .verdict = verdict, .comment = comment};

    if (ir->error)
        return;
    if (fp_vec_reserve(&ir->terms, n) < 0 || fp_vec_push(&ir->rules, rule) < 0) {
        fail(ir);
        return;
    }
    if (n)
        memcpy(ir->terms.items + ir->terms.len, terms, n * sizeof(*terms));
    ir->terms.len += n;
}

/* Terms move while the chain grows, so rules learn where theirs are at the end. */
void fp_ir_end_chain(fp_ir *ir)
{
    size_t n_rules = ir->rules.len;
    size_t n_terms = ir->terms.len;
    fp_ir_chain *chain;
    fp_ir_rule *rules;
    fp_ir_term *terms;

    if (ir->error)
        return;
    chain = fp_arena_alloc(&ir->arena, sizeof(*chain));
    rules = fp_arena_array(&ir->arena, n_rules, sizeof(*rules));
    terms = fp_arena_array(&ir->arena, n_terms, sizeof(*terms));
    if (!chain || !rules || !terms || fp_vec_push(&ir->chains, chain) < 0) {
        fail(ir);
        return;
    }
    if (n_rules)
        memcpy(rules, ir->rules.items, n_rules * sizeof(*rules));
    if (n_terms)
        memcpy(terms, ir->terms.items, n_terms * sizeof(*terms));
    *chain = ir->open;
    chain->rules = rules;
    chain->n_rules = n_rules;
    for (size_t i = 0; i < n_rules; i++) {
        rules[i].terms = terms;
        terms += rules[i].n_terms;
    }
}

static bool match_set(const void *owner, uint32_t id, const void *key)
{
    const fp_ir *ir = owner;

    return fp_str_eq(ir->sets.items[id]->name, *(const fp_str *)key);
}

const fp_ir_set *fp_ir_find_set(const fp_ir *ir, fp_str name)
{
    uint32_t id;

    for (size_t i = 0; !ir->set_index.capacity && i < ir->sets.len; i++)
        if (fp_str_eq(ir->sets.items[i]->name, name))
            return ir->sets.items[i];
    id = fp_index_find(&ir->set_index, fp_hash_str(&name_key, name), match_set, ir, &name);
    return id == FP_NO_ID ? NULL : ir->sets.items[id];
}

const fp_ir_chain *fp_ir_find_chain(const fp_ir *ir, fp_str name)
{
    for (size_t i = 0; i < ir->chains.len; i++)
        if (fp_str_eq(ir->chains.items[i]->name, name))
            return ir->chains.items[i];
    return NULL;
}

const fp_ir_set *fp_ir_add_set(fp_ir *ir, const fp_ir_set *set)
{
    fp_ir_set *copy;
    fp_ir_element *elements;

    if (ir->error)
        return NULL;
    copy = fp_arena_alloc(&ir->arena, sizeof(*copy));
    elements = fp_arena_array(&ir->arena, set->n_elements, sizeof(*elements));
    if (!copy || !elements || fp_vec_reserve(&ir->sets, 1) < 0 ||
        fp_index_add(&ir->set_index, fp_hash_str(&name_key, set->name), (uint32_t)ir->sets.len) <
            0) {
        fail(ir);
        return NULL;
    }
    *copy = *set;
    if (set->n_elements)
        memcpy(elements, set->elements, set->n_elements * sizeof(*elements));
    copy->elements = elements;
    copy->name = fp_ir_str(ir, set->name);
    copy->what = fp_ir_str(ir, set->what);
    ir->sets.items[ir->sets.len++] = copy;
    return ir->error ? NULL : copy;
}

static void put_numbers(fp_buf *buf, const unsigned *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        fp_buf_putc(buf, ' ');
        fp_buf_put_u64(buf, numbers[i]);
    }
    fp_buf_putc(buf, '\n');
}

/* The digest is over every field that an element of such a set can have. */
static void put_digest_input(fp_buf *buf, const fp_ir_set *set)
{
    const unsigned kind[] = {set->key, set->family, set->interval};

    put_numbers(buf, kind, FP_ARRAY_LEN(kind));
    for (size_t i = 0; i < set->n_elements; i++) {
        const fp_ir_element *e = &set->elements[i];
        const unsigned numbers[] = {e->range.first, e->range.last, e->number, e->code};

        if (e->net.ip.family)
            fp_cidr_put(buf, &e->net);
        put_numbers(buf, numbers, FP_ARRAY_LEN(numbers));
    }
}

const fp_ir_set *fp_ir_fixed_set(fp_ir *ir, const char *prefix, const fp_ir_set *like)
{
    fp_ir_set set = *like;
    const fp_ir_set *found;
    char hash[FP_NAME_HASH_LEN];
    fp_str piece;

    if (ir->error)
        return NULL;
    put_digest_input(&ir->scratch, like);
    piece = fp_buf_str(&ir->scratch);
    fp_name_hash(&piece, 1, hash);
    if (fp_buf_error(&ir->scratch))
        fail(ir);
    fp_buf_clear(&ir->scratch);
    fp_buf_puts(&ir->scratch, prefix);
    fp_buf_add(&ir->scratch, fp_str_n(hash, sizeof(hash)));
    set.name = fp_ir_take_scratch(ir);
    set.kind = FP_IR_FIXED;
    if (ir->error)
        return NULL;
    found = fp_ir_find_set(ir, set.name);
    return found ? found : fp_ir_add_set(ir, &set);
}

fp_ir_term fp_ir_number(fp_ir_key key, unsigned family, uint32_t number, bool negated)
{
    return (fp_ir_term){.key = (uint8_t)key,
                        .family = (uint8_t)family,
                        .operand = FP_OPERAND_NUMBER,
                        .negated = negated,
                        .u.number = number};
}

fp_ir_term fp_ir_in_set(fp_ir_key key, const fp_ir_set *set, bool negated)
{
    return (fp_ir_term){.key = (uint8_t)key,
                        .family = set ? set->family : 0,
                        .operand = FP_OPERAND_SET,
                        .negated = negated,
                        .u.set = set};
}
