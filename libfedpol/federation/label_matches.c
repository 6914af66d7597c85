/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "libfedpol/federation/label_index_internal.h"

typedef struct match_key {
    const fp_selector *selector;
    fp_domain domain;
} match_key;

static bool is_match(const void *owner, uint32_t id, const void *key)
{
    const fp_match *match = fp_match_at(owner, id);
    const match_key *wanted = key;

    return match->domain == wanted->domain && fp_selector_equal(match->selector, wanted->selector);
}

static uint32_t hash_match(const fp_label_index *index, const match_key *key)
{
    return fp_hash_u64(&index->key,
                       fp_selector_hash_keyed(key->selector, &index->key) + key->domain);
}

/* All but the number and the entry in the index of selectors. */
static int prepare(fp_label_index *index, fp_match *match, fp_match_id id)
{
    fp_try(fp_program_new(index, match->selector, true, &match->program));
    fp_try(fp_terms_enter(index, id, match));
    fp_try(
        fp_program_select(index, match->program, &index->domains[match->domain], &match->classes));
    fp_try(fp_journal_reserve_answers(index, index->matches.used));
    fp_try(fp_idset_add(&index->young_matches, id));
    return fp_index_add(&index->match_index, match->hash, id);
}

static void free_match(fp_label_index *index, fp_match_id id, fp_match *match)
{
    if (match->program)
        fp_terms_remove(index, id, match);
    (void)fp_idset_remove(&index->young_matches, id);
    fp_program_free(index, match->program);
    (void)fp_selector_unref(match->selector);
    fp_idset_done(&match->classes);
    fp_slots_drop(&index->matches, id);
    fp_free(match);
}

static int make_match(fp_label_index *index, fp_selector *selector, fp_domain domain, uint32_t hash,
                      fp_match_id *ret)
{
    fp_match *match = fp_alloc(sizeof(*match));
    fp_match_id id;
    int r;

    if (!match)
        return FEDPOL_E_NOMEM;
    *match = (fp_match){.refs = 1, .hash = hash, .domain = domain};
    if (fp_slots_put(&index->matches, match, &id) < 0) {
        fp_free(match);
        return FEDPOL_E_NOMEM;
    }
    match->selector = fp_selector_ref(selector);
    r = prepare(index, match, id);
    if (r < 0) {
        free_match(index, id, match);
        return r;
    }
    index->generation++;
    *ret = id;
    return 0;
}

int fp_label_index_add_selector(fp_label_index *index, fp_selector *selector, fp_domain domain,
                                fp_match_id *ret)
{
    const match_key key = {selector, domain};
    uint32_t hash = hash_match(index, &key);
    fp_match_id found = fp_index_find(&index->match_index, hash, is_match, index, &key);

    fp_try(fp_label_index_flush(index));
    if (found == FP_NO_ID)
        return make_match(index, selector, domain, hash, ret);
    fp_match_at(index, found)->refs++;
    *ret = found;
    return 0;
}

void fp_label_index_remove_selector(fp_label_index *index, fp_match_id id)
{
    fp_match *match = fp_match_at(index, id);

    if (--match->refs > 0)
        return;
    (void)fp_index_remove(&index->match_index, match->hash, id);
    if (index->match_index.count == 0)
        fp_index_done(&index->match_index);
    index->generation++;
    index->journal->tidy = false;
    free_match(index, id, match);
    if (index->matches.used == 0)
        fp_journal_drop_answers(index->journal);
}

void fp_matches_done(fp_label_index *index)
{
    for (uint32_t i = 0; i < index->matches.len; i++) {
        fp_match *match = fp_slots_get(&index->matches, i);

        if (!match)
            continue;
        fp_free(match->program);
        (void)fp_selector_unref(match->selector);
        fp_idset_done(&match->classes);
        fp_free(match);
    }
    fp_free(index->matches.items);
    fp_index_done(&index->match_index);
    fp_idset_done(&index->unfiled);
    fp_idset_done(&index->young_matches);
}

const fp_idset *fp_label_index_classes(const fp_label_index *index, fp_match_id id)
{
    return &fp_match_at(index, id)->classes;
}

fp_selector *fp_label_index_selector(const fp_label_index *index, fp_match_id id)
{
    return fp_match_at(index, id)->selector;
}

int fp_label_index_query(fp_label_index *index, const fp_selector *selector, fp_domain domain,
                         fp_idset *ret)
{
    fp_program *program;
    fp_idset found = {0};
    int r;

    fp_try(fp_label_index_flush(index));
    fp_try(fp_program_new(index, selector, false, &program));
    r = fp_program_select(index, program, &index->domains[domain], &found);
    fp_program_free(index, program);
    if (r < 0)
        return r;
    fp_idset_done(ret);
    *ret = found;
    return 0;
}

typedef struct collection {
    const fp_label_index *index;
    fp_class_id class_id;
    uint64_t epoch;
    uint32_t *ids;
    size_t n;
    bool sorted;
} collection;

static void collect(collection *c, const fp_idset *matches)
{
    fp_match_id id;

    for (fp_idset_iter it = fp_idset_each(matches); fp_idset_step(&it, &id);) {
        fp_match *match = fp_match_at(c->index, id);

        if (match->epoch == c->epoch || !fp_idset_has(&match->classes, c->class_id))
            continue;
        match->epoch = c->epoch;
        if (c->n > 0 && c->ids[c->n - 1] > id)
            c->sorted = false;
        c->ids[c->n++] = id;
    }
}

static void collect_label(void *user, uint32_t name, uint32_t pair)
{
    collection *c = user;
    const fp_term *of_name = fp_terms_find(c->index, name);
    const fp_term *of_pair = fp_terms_find(c->index, pair);

    if (of_name)
        collect(c, &of_name->filed);
    if (of_pair)
        collect(c, &of_pair->filed);
}

const fp_match_id *fp_label_index_matches(const fp_label_index *index, fp_class_id id,
                                          size_t *ret_n)
{
    fp_label_journal *journal = index->journal;
    collection c = {.index = index, .class_id = id, .sorted = true};
    uint32_t k;

    for (k = 0; k < FP_ARRAY_LEN(journal->answers); k++)
        if (journal->answers[k].class_id == id &&
            journal->answers[k].generation == index->generation)
            break;
    if (k == FP_ARRAY_LEN(journal->answers)) {
        k = 1 - journal->last_answer;
        c.ids = journal->answers[k].ids;
        c.epoch = ++journal->epoch;
        fp_class_visit(index, id, collect_label, &c);
        collect(&c, &index->unfiled);
        if (!c.sorted)
            qsort(c.ids, c.n, sizeof(*c.ids), fp_u32_cmp);
        journal->answers[k].n = c.n;
        journal->answers[k].class_id = id;
        journal->answers[k].generation = index->generation;
    }
    journal->last_answer = k;
    *ret_n = journal->answers[k].n;
    return journal->answers[k].ids;
}
