/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/label_index.h"

#include "libfedpol/federation/label_index_internal.h"

int fp_slots_put(fp_slots *slots, void *item, uint32_t *ret)
{
    if (slots->free) {
        *ret = slots->free - 1;
        slots->free = (uint32_t)((uintptr_t)slots->items[*ret] >> 1);
    } else {
        if (slots->len >= FP_POSTING_SET - 1)
            return FEDPOL_E_NOMEM;
        fp_try(fp_vec_grow(&slots->items, &slots->cap, slots->len + 1, sizeof(void *)));
        *ret = (uint32_t)slots->len++;
    }
    slots->items[*ret] = item;
    slots->used++;
    return 0;
}

void fp_slots_drop(fp_slots *slots, uint32_t id)
{
    slots->items[id] = (void *)((uintptr_t)slots->free << 1 | 1);
    slots->free = id + 1;
    if (--slots->used > 0)
        return;
    fp_free(slots->items);
    *slots = (fp_slots){0};
}

void *fp_slots_get(const fp_slots *slots, uint32_t id)
{
    if (id >= slots->len || ((uintptr_t)slots->items[id] & 1))
        return NULL;
    return slots->items[id];
}

int fp_label_index_new(const fp_hash_key *key, fp_label_index **ret)
{
    fp_label_index *index = fp_alloc_zero(1, sizeof(*index));

    if (!index)
        return FEDPOL_E_NOMEM;
    index->journal = fp_alloc_zero(1, sizeof(*index->journal));
    if (!index->journal) {
        fp_free(index);
        return FEDPOL_E_NOMEM;
    }
    index->key = *key;
    index->generation = 1;
    fp_pool_init(&index->pool);
    fp_atoms_clear_hints(index);
    *ret = index;
    return 0;
}

fp_label_index *fp_label_index_free(fp_label_index *index)
{
    if (!index)
        return NULL;
    fp_matches_done(index);
    fp_profiles_done(index);
    fp_terms_done(index);
    for (size_t i = 0; i < index->postings.len; i++)
        fp_idset_done(&index->postings.items[i]);
    fp_vec_done(&index->postings);
    fp_index_done(&index->atoms);
    fp_pool_done(&index->pool);
    fp_vec_done(&index->bodies);
    fp_index_done(&index->class_index);
    for (size_t i = 0; i < FP_ARRAY_LEN(index->domains); i++)
        fp_idset_done(&index->domains[i]);
    fp_vec_done(&index->uses);
    fp_idset_done(&index->fresh);
    fp_idset_done(&index->young);
    fp_vec_done(&index->ids);
    fp_vec_done(&index->list_ids);
    fp_vec_done(&index->effective.names);
    fp_vec_done(&index->effective.pairs);
    fp_ops_done(&index->ops);
    fp_journal_free(index->journal);
    fp_free(index);
    return NULL;
}

static size_t profile_memory(const fp_label_index *index)
{
    size_t total = fp_index_memory(&index->profile_index) + fp_index_memory(&index->inherit_index) +
                   (index->profiles.cap + index->inherits.cap) * sizeof(void *) +
                   fp_idset_memory(&index->dirty_profiles);

    for (uint32_t i = 0; i < index->profiles.len; i++) {
        const fp_profile *profile = fp_slots_get(&index->profiles, i);

        if (profile)
            total += sizeof(*profile) + profile->name_len + fp_idset_memory(&profile->inherits);
    }
    for (uint32_t i = 0; i < index->inherits.len; i++) {
        const fp_inherit *inherit = fp_slots_get(&index->inherits, i);

        if (inherit)
            total += sizeof(*inherit) + inherit->n * sizeof(*inherit->profiles) +
                     fp_idset_memory(&inherit->classes);
    }
    return total;
}

static size_t match_memory(const fp_label_index *index)
{
    size_t total = fp_index_memory(&index->match_index) + index->matches.cap * sizeof(void *) +
                   fp_idset_memory(&index->unfiled) + fp_idset_memory(&index->young_matches) +
                   fp_index_memory(&index->term_index) +
                   index->terms.cap * sizeof(*index->terms.items);

    for (uint32_t i = 0; i < index->matches.len; i++) {
        const fp_match *match = fp_slots_get(&index->matches, i);

        if (match)
            total += sizeof(*match) + sizeof(*match->program) +
                     match->program->n_leaves * sizeof(fp_leaf) +
                     match->program->n_atoms * sizeof(uint32_t) + fp_idset_memory(&match->classes);
    }
    for (size_t i = 0; i < index->terms.len; i++)
        total += fp_idset_memory(&index->terms.items[i].mentions) +
                 fp_idset_memory(&index->terms.items[i].filed);
    return total;
}

static size_t scratch_memory(const fp_label_index *index)
{
    const fp_label_ops *ops = &index->ops;

    return (ops->atom_adds.cap + ops->atom_removes.cap + ops->match_adds.cap +
            ops->match_removes.cap) *
               sizeof(fp_class_link) +
           (ops->changed.cap + index->ids.cap + index->list_ids.cap + index->effective.names.cap +
            index->effective.pairs.cap) *
               sizeof(uint32_t);
}

size_t fp_label_index_memory(const fp_label_index *index)
{
    size_t total = sizeof(*index) + fp_pool_memory(&index->pool) + fp_index_memory(&index->atoms) +
                   fp_index_memory(&index->class_index) + index->bodies.cap * sizeof(uint32_t) +
                   index->postings.cap * sizeof(fp_idset) + fp_idset_memory(&index->fresh) +
                   fp_idset_memory(&index->young);

    for (size_t i = 0; i < index->postings.len; i++)
        total += fp_idset_memory(&index->postings.items[i]);
    for (size_t i = 0; i < FP_ARRAY_LEN(index->domains); i++)
        total += fp_idset_memory(&index->domains[i]);
    return total + profile_memory(index) + match_memory(index) + scratch_memory(index) +
           fp_journal_memory(index->journal);
}
