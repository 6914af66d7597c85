/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/label_index_internal.h"

/*
 * A cluster that was lost for long may be withdrawn from sets that allow, from those that deny, or
 * both. Its classes stay, and what they are; only the domains that they count in shrink. Every
 * class is moved by itself: it leaves or joins the answers of the selectors concerned, which is
 * logged as any other change is.
 */

static fp_cluster_uses *find(const fp_label_index *index, uint32_t cluster)
{
    for (size_t i = 0; i < index->uses.len; i++)
        if (index->uses.items[i].cluster == cluster)
            return &index->uses.items[i];
    return NULL;
}

static void drop_if_usual(fp_label_index *index, fp_cluster_uses *uses)
{
    if (uses->applied == FP_USES_ALL && uses->next == FP_USES_ALL && !uses->moving)
        *uses = index->uses.items[--index->uses.len];
    if (index->uses.len == 0)
        fp_vec_done(&index->uses);
}

int fp_label_index_set_uses(fp_label_index *index, uint32_t cluster, fp_label_uses uses)
{
    fp_cluster_uses *known = find(index, cluster);

    if (!known && uses == FP_USES_ALL)
        return 0;
    if (!known) {
        fp_try(
            fp_vec_push(&index->uses, (fp_cluster_uses){cluster, FP_USES_ALL, FP_USES_ALL, false}));
        known = &index->uses.items[index->uses.len - 1];
    }
    known->next = (uint8_t)uses;
    drop_if_usual(index, known);
    return 0;
}

fp_label_uses fp_label_index_uses(const fp_label_index *index, uint32_t cluster)
{
    const fp_cluster_uses *known = find(index, cluster);

    return known ? known->next : FP_USES_ALL;
}

static unsigned use_of(fp_domain domain)
{
    if (domain == FP_DOMAIN_ALLOW)
        return FP_USES_ALLOW;
    return domain == FP_DOMAIN_DENY ? FP_USES_DENY : FP_USES_NONE;
}

static int join(fp_label_index *index, fp_class_id id, unsigned uses)
{
    for (fp_domain domain = FP_DOMAIN_ALLOW; domain <= FP_DOMAIN_DENY; domain++)
        if (use_of(domain) & uses)
            fp_try(fp_idset_add(&index->domains[domain], id));
    return 0;
}

static void leave(fp_label_index *index, fp_class_id id, unsigned uses)
{
    for (fp_domain domain = FP_DOMAIN_ALLOW; domain <= FP_DOMAIN_DENY; domain++)
        if (use_of(domain) & uses)
            (void)fp_idset_remove(&index->domains[domain], id);
}

int fp_uses_join(fp_label_index *index, uint32_t cluster, fp_class_id id)
{
    const fp_cluster_uses *known = find(index, cluster);

    if (cluster == FP_SERVICES_CLUSTER)
        return fp_idset_add(&index->domains[FP_DOMAIN_SERVICES], id) < 0 ? FEDPOL_E_NOMEM : 0;
    fp_try(fp_idset_add(&index->domains[FP_DOMAIN_ALL], id));
    return join(index, id, known ? known->applied : FP_USES_ALL);
}

/* What selectors of SELECTORS answer for the class whose labels are in index->effective. */
static int move_answers(fp_label_index *index, fp_class_id id, const fp_idset *selectors,
                        unsigned uses, uint64_t epoch)
{
    fp_match_id m;

    for (fp_idset_iter it = fp_idset_each(selectors); fp_idset_step(&it, &m);) {
        fp_match *match = fp_match_at(index, m);
        const fp_class_link link = {m, id};
        bool is = fp_idset_has(&match->classes, id);
        bool will;

        if (use_of(match->domain) == FP_USES_NONE || match->epoch == epoch)
            continue;
        match->epoch = epoch;
        will = (use_of(match->domain) & uses) &&
               fp_program_matches(index, match->program, &index->effective);
        if (will && !is)
            fp_try(fp_vec_push(&index->ops.match_adds, link));
        if (is && !will)
            fp_try(fp_vec_push(&index->ops.match_removes, link));
    }
    return 0;
}

static int move_filed(fp_label_index *index, fp_class_id id, uint32_t atom, unsigned uses,
                      uint64_t epoch)
{
    const fp_term *term = fp_terms_find(index, atom);

    return term ? move_answers(index, id, &term->filed, uses, epoch) : 0;
}

static int move_all_answers(fp_label_index *index, fp_class_id id, unsigned uses)
{
    const fp_effective *labels = &index->effective;
    uint64_t epoch = ++index->journal->epoch;

    fp_ops_clear(&index->ops);
    fp_try(fp_class_effective(index, id, &index->effective));
    for (size_t i = 0; i < labels->names.len; i++) {
        fp_try(move_filed(index, id, labels->names.items[i], uses, epoch));
        fp_try(move_filed(index, id, labels->pairs.items[i], uses, epoch));
    }
    fp_try(move_answers(index, id, &index->unfiled, uses, epoch));
    return fp_ops_commit(index);
}

static unsigned uses_of(const fp_label_index *index, fp_class_id id)
{
    unsigned uses = FP_USES_NONE;

    for (fp_domain domain = FP_DOMAIN_ALLOW; domain <= FP_DOMAIN_DENY; domain++)
        if (fp_idset_has(&index->domains[domain], id))
            uses |= use_of(domain);
    return uses;
}

/* All or nothing: domains and answers of a class never disagree. */
static int move_class(fp_label_index *index, fp_class_id id, unsigned uses)
{
    unsigned had = uses_of(index, id);
    int r;

    if (had == uses)
        return 0;
    r = join(index, id, uses & ~had);
    if (r == 0 && !fp_idset_has(&index->fresh, id))
        r = move_all_answers(index, id, uses);
    leave(index, id, r < 0 ? uses & ~had : had & ~uses);
    return r;
}

static int move_cluster(fp_label_index *index, const fp_cluster_uses *uses)
{
    for (uint32_t i = 0; i < index->inherits.len; i++) {
        const fp_inherit *inherit = fp_slots_get(&index->inherits, i);
        fp_class_id id;

        if (!inherit || inherit->cluster != uses->cluster)
            continue;
        for (fp_idset_iter it = fp_idset_each(&inherit->classes); fp_idset_step(&it, &id);)
            fp_try(move_class(index, id, uses->next));
    }
    return 0;
}

int fp_uses_flush(fp_label_index *index)
{
    for (size_t i = index->uses.len; i > 0; i--) {
        fp_cluster_uses *uses = &index->uses.items[i - 1];

        if (uses->applied == uses->next && !uses->moving)
            continue;
        uses->moving = true;
        fp_try(move_cluster(index, uses));
        uses->applied = uses->next;
        uses->moving = false;
        drop_if_usual(index, uses);
    }
    return 0;
}

bool fp_label_index_in_domain(const fp_label_index *index, fp_class_id id, fp_domain domain)
{
    return fp_idset_has(&index->domains[domain], id);
}
