/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/label_index_internal.h"

/* Links that are kept as scratch between flushes. */
#define KEPT 1024u

void fp_ops_done(fp_label_ops *ops)
{
    fp_vec_done(&ops->atom_adds);
    fp_vec_done(&ops->atom_removes);
    fp_vec_done(&ops->match_adds);
    fp_vec_done(&ops->match_removes);
    fp_vec_done(&ops->changed);
}

void fp_ops_clear(fp_label_ops *ops)
{
    if (ops->atom_adds.cap > KEPT || ops->atom_removes.cap > KEPT || ops->match_adds.cap > KEPT ||
        ops->match_removes.cap > KEPT || ops->changed.cap > KEPT)
        fp_ops_done(ops);
    fp_vec_clear(&ops->atom_adds);
    fp_vec_clear(&ops->atom_removes);
    fp_vec_clear(&ops->match_adds);
    fp_vec_clear(&ops->match_removes);
    fp_vec_clear(&ops->changed);
}

static void remove_atoms(fp_label_index *index, const fp_class_link *links, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fp_posting_remove(index, links[i].id, links[i].class_id);
}

static void remove_matches(fp_label_index *index, const fp_class_link *links, size_t n)
{
    for (size_t i = 0; i < n; i++)
        (void)fp_idset_remove(&fp_match_at(index, links[i].id)->classes, links[i].class_id);
}

/* None of what is added was there before, so removing it again undoes it. */
static int add_all(fp_label_index *index)
{
    const fp_label_ops *ops = &index->ops;
    size_t i;
    size_t j = 0;
    int r = 0;

    for (i = 0; i < ops->atom_adds.len; i++) {
        r = fp_posting_add(index, ops->atom_adds.items[i].id, ops->atom_adds.items[i].class_id);
        if (r < 0)
            break;
    }
    for (; r >= 0 && j < ops->match_adds.len; j++) {
        const fp_class_link *link = &ops->match_adds.items[j];

        r = fp_idset_add(&fp_match_at(index, link->id)->classes, link->class_id);
        if (r < 0)
            break;
    }
    if (r >= 0)
        return 0;
    remove_atoms(index, ops->atom_adds.items, i);
    remove_matches(index, ops->match_adds.items, j);
    return r;
}

int fp_ops_commit(fp_label_index *index)
{
    fp_label_ops *ops = &index->ops;

    fp_try(
        fp_journal_reserve(index, ops->match_adds.len + ops->match_removes.len, ops->changed.len));
    fp_try(add_all(index));
    remove_atoms(index, ops->atom_removes.items, ops->atom_removes.len);
    remove_matches(index, ops->match_removes.items, ops->match_removes.len);
    for (size_t i = 0; i < ops->match_adds.len; i++)
        fp_journal_log(index, ops->match_adds.items[i].class_id, ops->match_adds.items[i].id, true);
    for (size_t i = 0; i < ops->match_removes.len; i++)
        fp_journal_log(index, ops->match_removes.items[i].class_id, ops->match_removes.items[i].id,
                       false);
    for (size_t i = 0; i < ops->changed.len; i++)
        fp_journal_log_change(index, ops->changed.items[i]);
    index->generation++;
    fp_ops_clear(ops);
    return 0;
}
