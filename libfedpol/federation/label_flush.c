/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "libfedpol/federation/label_index_internal.h"

/* From here on the selectors that are filed nowhere are tried in one go. */
#define MIN_BATCH 16u

/* A label as (name << 32 | pair), so that lists can be sorted and compared. */
typedef FP_VEC(uint64_t) label_vec;

typedef struct flush {
    fp_label_index *index;
    fp_batch batch;
    label_vec before;
    label_vec after;
} flush;

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static void unmark(const fp_label_index *index, uint32_t name)
{
    fp_atom_at(index, name)->head &= ~FP_ATOM_MARK;
}

/* What a list of profiles gives, sorted; with what is next for the profile NEXT. */
static int list_inherited(const fp_label_index *index, const fp_inherit *inherit, uint32_t next,
                          label_vec *ret)
{
    fp_vec_clear(ret);
    for (uint32_t i = 0; i < inherit->n; i++) {
        const fp_profile *profile = fp_profile_at(index, inherit->profiles[i]);
        bool changed = inherit->profiles[i] == next;
        const fp_profile_labels *labels =
            fp_profile_labels_at(index, changed ? profile->next : profile->applied);

        fp_try(fp_vec_reserve(ret, labels->n));
        for (uint32_t j = 0; j < labels->n; j++)
            ret->items[ret->len++] =
                (uint64_t)fp_atom_at(index, labels->pairs[j])->name << 32 | labels->pairs[j];
    }
    return 0;
}

/* Of each name the first entry, then sorted. */
static void settle_names(const fp_label_index *index, label_vec *labels)
{
    size_t kept = 0;

    for (size_t i = 0; i < labels->len; i++) {
        fp_atom *name = fp_atom_at(index, (uint32_t)(labels->items[i] >> 32));

        if (name->head & FP_ATOM_MARK)
            continue;
        name->head |= FP_ATOM_MARK;
        labels->items[kept++] = labels->items[i];
    }
    labels->len = kept;
    for (size_t i = 0; i < kept; i++)
        unmark(index, (uint32_t)(labels->items[i] >> 32));
    if (kept > 1)
        qsort(labels->items, kept, sizeof(*labels->items), by_value);
}

/* Appends the changes that a class without labels of its own would see. */
static int list_changes(flush *f, const fp_inherit *inherit, uint32_t profile)
{
    const fp_label_index *index = f->index;
    size_t i = 0;
    size_t j = 0;

    fp_try(list_inherited(index, inherit, FP_NO_ID, &f->before));
    fp_try(list_inherited(index, inherit, profile, &f->after));
    settle_names(index, &f->before);
    settle_names(index, &f->after);
    while (i < f->before.len || j < f->after.len) {
        uint64_t x = i < f->before.len ? f->before.items[i] : UINT64_MAX;
        uint64_t y = j < f->after.len ? f->after.items[j] : UINT64_MAX;
        fp_label_change change = {(uint32_t)((x < y ? x : y) >> 32), FP_NO_ID, FP_NO_ID};

        if (x >> 32 == change.name) {
            change.before = (uint32_t)x;
            i++;
        }
        if (y >> 32 == change.name) {
            change.after = (uint32_t)y;
            j++;
        }
        if (change.before != change.after)
            fp_try(fp_vec_push(&f->batch.changes, change));
    }
    return 0;
}

static bool owns_name(const fp_label_index *index, const fp_class *class, uint32_t name)
{
    for (uint32_t i = 0; i < fp_class_label_count(class); i++)
        if (fp_atom_at(index, class->labels[i])->name == name)
            return true;
    return false;
}

/* Whether a label of the class's own hides a change; the names of the changes are marked. */
static bool hides_any(const fp_label_index *index, const fp_class *class)
{
    for (uint32_t i = 0; i < fp_class_label_count(class); i++)
        if (fp_atom_at(index, fp_atom_at(index, class->labels[i])->name)->head & FP_ATOM_MARK)
            return true;
    return false;
}

static int add_class(flush *f, fp_class_id id, uint32_t first, uint32_t n)
{
    const fp_class *class = fp_class_at(f->index, id);
    fp_batch_class entry = {id, first, n};

    if (hides_any(f->index, class)) {
        entry.first = (uint32_t)f->batch.changes.len;
        for (uint32_t i = first; i < first + n; i++)
            if (!owns_name(f->index, class, f->batch.changes.items[i].name))
                fp_try(fp_vec_push(&f->batch.changes, f->batch.changes.items[i]));
        entry.n = (uint32_t)f->batch.changes.len - entry.first;
    }
    return entry.n ? fp_vec_push(&f->batch.classes, entry) : 0;
}

/* The classes of a list of profiles with their changes. */
static int add_classes(flush *f, const fp_inherit *inherit, uint32_t profile)
{
    uint32_t first = (uint32_t)f->batch.changes.len;
    uint32_t n;
    fp_class_id id;
    int r = 0;

    fp_try(list_changes(f, inherit, profile));
    n = (uint32_t)f->batch.changes.len - first;
    if (n == 0)
        return 0;
    for (uint32_t i = first; i < first + n; i++)
        fp_atom_at(f->index, f->batch.changes.items[i].name)->head |= FP_ATOM_MARK;
    for (fp_idset_iter it = fp_idset_each(&inherit->classes); r == 0 && fp_idset_step(&it, &id);)
        if (!fp_idset_has(&f->index->fresh, id))
            r = add_class(f, id, first, n);
    for (uint32_t i = first; i < first + n; i++)
        unmark(f->index, f->batch.changes.items[i].name);
    return r;
}

/* Adds the selectors that mention ATOM, each once. */
static int add_mentions(flush *f, uint32_t atom, uint64_t epoch)
{
    fp_term *term = fp_terms_find(f->index, atom);
    fp_match_id id;

    if (!term || term->epoch == epoch)
        return 0;
    term->epoch = epoch;
    for (fp_idset_iter it = fp_idset_each(&term->mentions); fp_idset_step(&it, &id);) {
        fp_match *match = fp_match_at(f->index, id);

        if (match->epoch == epoch)
            continue;
        match->epoch = epoch;
        fp_try(fp_vec_push(&f->batch.matches, id));
    }
    return 0;
}

static int add_matches(flush *f)
{
    uint64_t epoch = ++f->index->journal->epoch;

    for (size_t i = 0; i < f->batch.changes.len; i++) {
        const fp_label_change *change = &f->batch.changes.items[i];

        fp_try(add_mentions(f, change->name, epoch));
        fp_try(add_mentions(f, change->before, epoch));
        fp_try(add_mentions(f, change->after, epoch));
    }
    return 0;
}

static int post_changes(fp_label_ops *ops, const fp_batch_class *class,
                        const fp_label_change *changes)
{
    fp_try(fp_vec_push(&ops->changed, class->class_id));
    fp_try(fp_vec_reserve(&ops->atom_adds, (size_t) class->n * 2));
    fp_try(fp_vec_reserve(&ops->atom_removes, (size_t) class->n * 2));
    for (uint32_t i = 0; i < class->n; i++) {
        const fp_label_change *c = &changes[class->first + i];

        if (c->before != FP_NO_ID)
            (void)fp_vec_push(&ops->atom_removes, (fp_class_link){c->before, class->class_id});
        else
            (void)fp_vec_push(&ops->atom_adds, (fp_class_link){c->name, class->class_id});
        if (c->after != FP_NO_ID)
            (void)fp_vec_push(&ops->atom_adds, (fp_class_link){c->after, class->class_id});
        else
            (void)fp_vec_push(&ops->atom_removes, (fp_class_link){c->name, class->class_id});
    }
    return 0;
}

static void clear_batch(flush *f)
{
    fp_vec_clear(&f->batch.classes);
    fp_vec_clear(&f->batch.changes);
    fp_vec_clear(&f->batch.matches);
    fp_ops_clear(&f->index->ops);
}

/* Brings the classes that inherit from one changed profile up to date. */
static int flush_profile(flush *f, uint32_t id)
{
    fp_label_index *index = f->index;
    const fp_profile *profile = fp_profile_at(index, id);
    uint32_t inherit;

    clear_batch(f);
    for (fp_idset_iter it = fp_idset_each(&profile->inherits); fp_idset_step(&it, &inherit);)
        fp_try(add_classes(f, fp_inherit_at(index, inherit), id));
    for (size_t i = 0; i < f->batch.classes.len; i++)
        fp_try(post_changes(&index->ops, &f->batch.classes.items[i], f->batch.changes.items));
    fp_try(add_matches(f));
    fp_try(fp_batch_compare(index, &f->batch));
    fp_try(fp_ops_commit(index));
    fp_profiles_settle(index, id);
    return 0;
}

/* Tries the class whose labels are in index->effective against the selectors of a set. */
static int try_all(fp_label_index *index, fp_class_id id, const fp_idset *matches, uint64_t epoch)
{
    fp_match_id m;

    for (fp_idset_iter it = fp_idset_each(matches); fp_idset_step(&it, &m);) {
        fp_match *match = fp_match_at(index, m);

        if (match->epoch == epoch)
            continue;
        match->epoch = epoch;
        if (fp_program_matches(index, match->program, &index->effective) &&
            fp_idset_has(&index->domains[match->domain], id))
            fp_try(fp_vec_push(&index->ops.match_adds, (fp_class_link){m, id}));
    }
    return 0;
}

static int try_filed(fp_label_index *index, fp_class_id id, uint32_t atom, uint64_t epoch)
{
    const fp_term *term = fp_terms_find(index, atom);

    return term ? try_all(index, id, &term->filed, epoch) : 0;
}

static int flush_class(flush *f, fp_class_id id, bool try_unfiled)
{
    fp_label_index *index = f->index;
    fp_label_ops *ops = &index->ops;
    const fp_effective *labels = &index->effective;
    uint64_t epoch = ++index->journal->epoch;

    fp_try(fp_class_effective(index, id, &index->effective));
    fp_try(fp_vec_reserve(&ops->atom_adds, labels->names.len * 2));
    for (size_t i = 0; i < labels->names.len; i++) {
        (void)fp_vec_push(&ops->atom_adds, (fp_class_link){labels->names.items[i], id});
        (void)fp_vec_push(&ops->atom_adds, (fp_class_link){labels->pairs.items[i], id});
        fp_try(try_filed(index, id, labels->names.items[i], epoch));
        fp_try(try_filed(index, id, labels->pairs.items[i], epoch));
    }
    return try_unfiled ? try_all(index, id, &index->unfiled, epoch) : 0;
}

/* Posts and tries the next new classes. */
static int flush_fresh(flush *f)
{
    fp_label_index *index = f->index;
    fp_class_id id;
    bool in_one_go = index->fresh.count >= MIN_BATCH;

    clear_batch(f);
    for (fp_idset_iter it = fp_idset_each(&index->fresh);
         f->batch.classes.len < FP_BATCH_CLASSES && fp_idset_step(&it, &id);) {
        fp_try(fp_vec_push(&f->batch.classes, (fp_batch_class){.class_id = id}));
        fp_try(flush_class(f, id, !in_one_go));
    }
    if (in_one_go) {
        for (fp_idset_iter it = fp_idset_each(&index->unfiled); fp_idset_step(&it, &id);)
            fp_try(fp_vec_push(&f->batch.matches, id));
        fp_try(fp_batch_match(index, &f->batch));
    }
    fp_try(fp_ops_commit(index));
    for (size_t i = 0; i < f->batch.classes.len; i++)
        (void)fp_idset_remove(&index->fresh, f->batch.classes.items[i].class_id);
    return 0;
}

int fp_label_index_flush(fp_label_index *index)
{
    flush f = {.index = index};
    int r = 0;

    while (r == 0 && index->dirty_profiles.count > 0)
        r = flush_profile(&f, fp_idset_next(&index->dirty_profiles, 0));
    if (r == 0)
        r = fp_uses_flush(index);
    while (r == 0 && index->fresh.count > 0)
        r = flush_fresh(&f);
    fp_batch_done(&f.batch);
    fp_vec_done(&f.before);
    fp_vec_done(&f.after);
    return r;
}
