/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "libfedpol/federation/label_index_internal.h"

/* Entries beyond twice what the last tidying left make it worth another one. */
#define SLACK 1024u

static bool settled_class(const fp_label_index *index, fp_class_id id)
{
    return (fp_idset_has(&index->domains[FP_DOMAIN_ALL], id) ||
            fp_idset_has(&index->domains[FP_DOMAIN_SERVICES], id)) &&
           !fp_idset_has(&index->young, id);
}

static bool settled_match(const fp_label_index *index, fp_match_id id)
{
    return fp_slots_get(&index->matches, id) && !fp_idset_has(&index->young_matches, id);
}

static int by_class(const void *a, const void *b)
{
    const fp_class_transition *x = a;
    const fp_class_transition *y = b;

    if (x->class_id != y->class_id)
        return x->class_id < y->class_id ? -1 : 1;
    return (x->match_id > y->match_id) - (x->match_id < y->match_id);
}

/*
 * Leaves one entry for each pair that is different now. The entries of a pair alternate, so what
 * they add up to is the difference: one that came, one that went, or none.
 */
static void tidy_transitions(const fp_label_index *index)
{
    fp_label_journal *journal = index->journal;
    fp_class_transition *items = journal->transitions.items;
    size_t len = journal->transitions.len;
    size_t kept = 0;

    if (len > 1)
        qsort(items, len, sizeof(*items), by_class);
    for (size_t i = 0, next; i < len; i = next) {
        fp_class_transition entry = items[i];
        int sum = 0;

        for (next = i; next < len && by_class(&items[i], &items[next]) == 0; next++)
            sum += items[next].matches ? 1 : -1;
        if (sum == 0 || !settled_class(index, entry.class_id) ||
            !settled_match(index, entry.match_id))
            continue;
        entry.matches = sum > 0;
        items[kept++] = entry;
    }
    journal->transitions.len = kept;
    journal->tidy_transitions = kept;
}

static void tidy_changed(const fp_label_index *index)
{
    fp_label_journal *journal = index->journal;
    uint32_t *items = journal->changed.items;
    size_t len = journal->changed.len;
    size_t kept = 0;

    if (len > 1)
        qsort(items, len, sizeof(*items), fp_u32_cmp);
    for (size_t i = 0; i < len; i++)
        if ((kept == 0 || items[kept - 1] != items[i]) && settled_class(index, items[i]))
            items[kept++] = items[i];
    journal->changed.len = kept;
    journal->tidy_changed = kept;
}

static void tidy(const fp_label_index *index)
{
    if (index->journal->tidy)
        return;
    tidy_transitions(index);
    tidy_changed(index);
    index->journal->tidy = true;
}

int fp_journal_reserve(fp_label_index *index, size_t transitions, size_t changed)
{
    fp_label_journal *journal = index->journal;

    if (journal->transitions.len > 2 * journal->tidy_transitions + SLACK ||
        journal->changed.len > 2 * journal->tidy_changed + SLACK)
        tidy(index);
    journal->tidy = false;
    fp_try(fp_vec_reserve(&journal->transitions, transitions));
    return fp_vec_reserve(&journal->changed, changed);
}

void fp_journal_log(fp_label_index *index, fp_class_id class_id, fp_match_id match_id, bool matches)
{
    fp_label_journal *journal = index->journal;

    if (settled_class(index, class_id) && settled_match(index, match_id))
        journal->transitions.items[journal->transitions.len++] =
            (fp_class_transition){class_id, match_id, matches};
}

void fp_journal_log_change(fp_label_index *index, fp_class_id class_id)
{
    fp_label_journal *journal = index->journal;

    if (settled_class(index, class_id))
        journal->changed.items[journal->changed.len++] = class_id;
}

int fp_journal_reserve_answers(fp_label_index *index, size_t n_matches)
{
    fp_label_journal *journal = index->journal;
    size_t cap = journal->answer_cap ? journal->answer_cap * 2 : 8;

    if (n_matches <= journal->answer_cap)
        return 0;
    if (cap < n_matches)
        cap = n_matches;
    for (size_t i = 0; i < FP_ARRAY_LEN(journal->answers); i++) {
        uint32_t *ids = fp_realloc_array(journal->answers[i].ids, cap, sizeof(*ids));

        if (!ids)
            return FEDPOL_E_NOMEM;
        journal->answers[i].ids = ids;
    }
    journal->answer_cap = cap;
    return 0;
}

void fp_journal_drop_answers(fp_label_journal *journal)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(journal->answers); i++) {
        fp_free(journal->answers[i].ids);
        journal->answers[i].ids = NULL;
        journal->answers[i].n = 0;
        journal->answers[i].generation = 0;
    }
    journal->answer_cap = 0;
}

const fp_class_transition *fp_label_index_transitions(const fp_label_index *index, size_t *ret_n)
{
    tidy(index);
    *ret_n = index->journal->transitions.len;
    return index->journal->transitions.items;
}

const fp_class_id *fp_label_index_changed_classes(const fp_label_index *index, size_t *ret_n)
{
    tidy(index);
    *ret_n = index->journal->changed.len;
    return index->journal->changed.items;
}

void fp_label_index_forget(fp_label_index *index)
{
    fp_label_journal *journal = index->journal;

    fp_vec_done(&journal->transitions);
    fp_vec_done(&journal->changed);
    journal->tidy_transitions = 0;
    journal->tidy_changed = 0;
    fp_idset_clear(&index->young);
    fp_idset_clear(&index->young_matches);
}

void fp_journal_free(fp_label_journal *journal)
{
    if (!journal)
        return;
    fp_vec_done(&journal->transitions);
    fp_vec_done(&journal->changed);
    fp_journal_drop_answers(journal);
    fp_free(journal);
}

size_t fp_journal_memory(const fp_label_journal *journal)
{
    return sizeof(*journal) + journal->transitions.cap * sizeof(*journal->transitions.items) +
           journal->changed.cap * sizeof(*journal->changed.items) +
           FP_ARRAY_LEN(journal->answers) * journal->answer_cap * sizeof(uint32_t);
}
