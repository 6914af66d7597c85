/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "libfedpol/federation/label_index_internal.h"

typedef struct class_key {
    uint32_t inherit;
    uint32_t shape;
    const uint32_t *labels;
} class_key;

static uint32_t hash_class(const fp_label_index *index, const class_key *key)
{
    uint64_t hash =
        fp_hash_bytes(&index->key, key->labels, (key->shape / 2) * sizeof(*key->labels));

    return fp_hash_u64(&index->key, hash ^ ((uint64_t)key->inherit << 32 | key->shape));
}

static bool is_class(const void *owner, uint32_t id, const void *key)
{
    const fp_class *class = fp_class_at(owner, id);
    const class_key *wanted = key;
    size_t size = (wanted->shape / 2) * sizeof(*wanted->labels);

    return class->inherit == wanted->inherit && class->shape == wanted->shape &&
           (size == 0 || memcmp(class->labels, wanted->labels, size) == 0);
}

static size_t class_size(uint32_t shape)
{
    return sizeof(fp_class) + (shape / 2) * sizeof(uint32_t);
}

static void leave_sets(fp_label_index *index, fp_class_id id, fp_inherit *inherit)
{
    (void)fp_idset_remove(&inherit->classes, id);
    for (size_t i = 0; i < FP_ARRAY_LEN(index->domains); i++)
        (void)fp_idset_remove(&index->domains[i], id);
    (void)fp_idset_remove(&index->fresh, id);
    (void)fp_idset_remove(&index->young, id);
}

static int join_sets(fp_label_index *index, fp_class_id id, const class_key *key,
                     fp_inherit *inherit)
{
    fp_try(fp_idset_add(&inherit->classes, id));
    fp_try(fp_uses_join(index, inherit->cluster, id));
    if (inherit->cluster == FP_LOCAL_CLUSTER)
        fp_try(fp_idset_add(&index->domains[FP_DOMAIN_LOCAL], id));
    if (key->shape & 1)
        fp_try(fp_idset_add(&index->domains[FP_DOMAIN_ENFORCED], id));
    fp_try(fp_idset_add(&index->fresh, id));
    fp_try(fp_idset_add(&index->young, id));
    return 0;
}

static int take_id(fp_label_index *index, fp_class_id *ret)
{
    if (index->free_class) {
        *ret = index->free_class - 1;
        return 0;
    }
    if (index->bodies.len >= FP_POSTING_SET - 1)
        return FEDPOL_E_NOMEM;
    fp_try(fp_vec_reserve(&index->bodies, 1));
    *ret = (fp_class_id)index->bodies.len;
    return 0;
}

/* From here on the id that take_id() gave is in use. */
static void set_body(fp_label_index *index, fp_class_id id, uint32_t body)
{
    if (id == index->bodies.len)
        index->bodies.len++;
    else
        index->free_class = index->bodies.items[id];
    index->bodies.items[id] = body;
}

static void give_id(fp_label_index *index, fp_class_id id)
{
    index->bodies.items[id] = index->free_class;
    index->free_class = id + 1;
    if (fp_label_index_class_count(index) > 0)
        return;
    fp_vec_done(&index->bodies);
    index->free_class = 0;
    fp_index_done(&index->class_index);
}

/* A class that has the references of KEY's labels and inherits. */
static int make_class(fp_label_index *index, const class_key *key, fp_class_id *ret)
{
    fp_inherit *inherit = fp_inherit_at(index, key->inherit);
    fp_class *class;
    uint32_t body;
    fp_class_id id;
    int r;

    fp_try(take_id(index, &id));
    fp_try(fp_index_reserve(&index->class_index, 1));
    fp_try(fp_pool_alloc(&index->pool, class_size(key->shape), &body));
    r = join_sets(index, id, key, inherit);
    if (r < 0) {
        leave_sets(index, id, inherit);
        fp_pool_free(&index->pool, body, class_size(key->shape));
        return r;
    }
    class = fp_pool_at(&index->pool, body);
    *class = (fp_class){.refs = 1, .inherit = key->inherit, .shape = key->shape};
    if (key->shape / 2)
        memcpy(class->labels, key->labels, (key->shape / 2) * sizeof(*key->labels));
    set_body(index, id, body);
    *ret = id;
    return fp_index_add(&index->class_index, hash_class(index, key), id);
}

static int acquire_new(fp_label_index *index, uint32_t cluster, bool enforced,
                       const fp_label *labels, size_t n_labels, const fp_str *profiles,
                       size_t n_profiles, fp_class_id *ret)
{
    class_key key = {.labels = index->ids.items};
    int r;

    if (n_labels >= FP_POSTING_SET / sizeof(uint32_t))
        return FEDPOL_E_NOMEM;
    key.shape = (uint32_t)n_labels * 2 + enforced;
    fp_try(fp_inherits_acquire(index, cluster, profiles, n_profiles, &key.inherit));
    r = fp_atoms_intern_labels(index, labels, n_labels, index->ids.items);
    if (r == 0) {
        r = make_class(index, &key, ret);
        if (r == 0)
            return 0;
        fp_atoms_unref_all(index, index->ids.items, n_labels);
    }
    fp_inherits_release(index, key.inherit);
    return r;
}

/* An existing class, or FP_NO_ID; interns nothing. Only scratch can fail. */
static int find_class(fp_label_index *index, uint32_t cluster, bool enforced,
                      const fp_label *labels, size_t n_labels, const fp_str *profiles,
                      size_t n_profiles, fp_class_id *ret)
{
    class_key key = {.shape = (uint32_t)n_labels * 2 + enforced};

    *ret = FP_NO_ID;
    fp_vec_clear(&index->ids);
    fp_try(fp_vec_reserve(&index->ids, n_labels));
    fp_try(fp_inherits_find(index, cluster, profiles, n_profiles, &key.inherit));
    if (key.inherit == FP_NO_ID)
        return 0;
    for (size_t i = 0; i < n_labels; i++) {
        uint32_t pair = fp_atoms_find_label(index, i, &labels[i]);

        if (pair == FP_NO_ID)
            return 0;
        index->ids.items[i] = pair;
    }
    key.labels = index->ids.items;
    *ret = fp_index_find(&index->class_index, hash_class(index, &key), is_class, index, &key);
    return 0;
}

int fp_label_index_acquire(fp_label_index *index, uint32_t cluster, bool enforced,
                           const fp_label *labels, size_t n_labels, const fp_str *profiles,
                           size_t n_profiles, fp_class_id *ret)
{
    fp_class_id found;

    fp_try(find_class(index, cluster, enforced, labels, n_labels, profiles, n_profiles, &found));
    if (found == FP_NO_ID)
        return acquire_new(index, cluster, enforced, labels, n_labels, profiles, n_profiles, ret);
    fp_class_at(index, found)->refs++;
    *ret = found;
    return 0;
}

typedef struct withdrawal {
    fp_label_index *index;
    fp_class_id class_id;
} withdrawal;

static void withdraw_atom(const withdrawal *w, uint32_t atom)
{
    const fp_term *term;
    fp_match_id id;

    fp_posting_remove(w->index, atom, w->class_id);
    if (!(fp_atom_at(w->index, atom)->head & FP_ATOM_TERM))
        return;
    term = fp_terms_find(w->index, atom);
    for (fp_idset_iter it = fp_idset_each(&term->filed); fp_idset_step(&it, &id);)
        (void)fp_idset_remove(&fp_match_at(w->index, id)->classes, w->class_id);
}

static void withdraw_label(void *user, uint32_t name, uint32_t pair)
{
    withdraw_atom(user, name);
    withdraw_atom(user, pair);
}

/* Takes a class out of all postings and answers. A selector can only match a class that has an
   atom it is filed under, so nothing needs to be evaluated and nothing can fail. */
static void withdraw(fp_label_index *index, fp_class_id id)
{
    withdrawal w = {index, id};
    fp_match_id match;

    fp_class_visit(index, id, withdraw_label, &w);
    for (fp_idset_iter it = fp_idset_each(&index->unfiled); fp_idset_step(&it, &match);)
        (void)fp_idset_remove(&fp_match_at(index, match)->classes, id);
}

void fp_label_index_release(fp_label_index *index, fp_class_id id)
{
    fp_class *class = fp_class_at(index, id);
    const class_key key = {class->inherit, class->shape, class->labels};

    if (--class->refs > 0)
        return;
    if (!fp_idset_has(&index->fresh, id))
        withdraw(index, id);
    index->generation++;
    index->journal->tidy = false;
    (void)fp_index_remove(&index->class_index, hash_class(index, &key), id);
    leave_sets(index, id, fp_inherit_at(index, key.inherit));
    fp_atoms_unref_all(index, class->labels, key.shape / 2);
    fp_inherits_release(index, key.inherit);
    fp_pool_free(&index->pool, index->bodies.items[id], class_size(key.shape));
    give_id(index, id);
}

/* Sets the mark of a name; false if it had it. */
static bool mark(const fp_label_index *index, uint32_t name)
{
    fp_atom *atom = fp_atom_at(index, name);

    if (atom->head & FP_ATOM_MARK)
        return false;
    atom->head |= FP_ATOM_MARK;
    return true;
}

static void unmark_pairs(const fp_label_index *index, const uint32_t *pairs, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        fp_atom_at(index, fp_atom_at(index, pairs[i])->name)->head &= ~FP_ATOM_MARK;
}

static const fp_profile_labels *inherited(const fp_label_index *index, const fp_inherit *inherit,
                                          uint32_t i)
{
    return fp_profile_labels_at(index, fp_profile_at(index, inherit->profiles[i])->applied);
}

/*
 * The marks tell which names were already met, so the cost is linear in the number of labels. A
 * visitor may drop neither atoms nor profiles.
 */
void fp_class_visit(const fp_label_index *index, fp_class_id id, fp_label_visit visit, void *user)
{
    const fp_class *class = fp_class_at(index, id);
    const fp_inherit *inherit = fp_inherit_at(index, class->inherit);

    for (uint32_t i = 0; i < class->shape / 2; i++) {
        uint32_t name = fp_atom_at(index, class->labels[i])->name;

        if (mark(index, name))
            visit(user, name, class->labels[i]);
    }
    for (uint32_t i = 0; i < inherit->n; i++) {
        const fp_profile_labels *labels = inherited(index, inherit, i);

        for (uint32_t j = 0; j < labels->n; j++) {
            uint32_t name = fp_atom_at(index, labels->pairs[j])->name;

            if (mark(index, name))
                visit(user, name, labels->pairs[j]);
        }
    }
    unmark_pairs(index, class->labels, class->shape / 2);
    for (uint32_t i = 0; i < inherit->n; i++)
        unmark_pairs(index, inherited(index, inherit, i)->pairs, inherited(index, inherit, i)->n);
}

/* An upper bound of the number of effective labels. */
static size_t label_bound(const fp_label_index *index, fp_class_id id)
{
    const fp_class *class = fp_class_at(index, id);
    const fp_inherit *inherit = fp_inherit_at(index, class->inherit);
    size_t n = class->shape / 2;

    for (uint32_t i = 0; i < inherit->n; i++)
        n += inherited(index, inherit, i)->n;
    return n;
}

static void keep_label(void *user, uint32_t name, uint32_t pair)
{
    fp_effective *effective = user;

    effective->names.items[effective->names.len++] = name;
    effective->pairs.items[effective->pairs.len++] = pair;
}

int fp_class_effective(fp_label_index *index, fp_class_id id, fp_effective *ret)
{
    size_t bound = label_bound(index, id);

    fp_vec_clear(&ret->names);
    fp_vec_clear(&ret->pairs);
    fp_try(fp_vec_reserve(&ret->names, bound));
    fp_try(fp_vec_reserve(&ret->pairs, bound));
    fp_class_visit(index, id, keep_label, ret);
    return 0;
}

static uint32_t pair_of_name(const fp_label_index *index, const uint32_t *pairs, uint32_t n,
                             uint32_t name)
{
    for (uint32_t i = 0; i < n; i++)
        if (fp_atom_at(index, pairs[i])->name == name)
            return pairs[i];
    return FP_NO_ID;
}

uint32_t fp_class_pair(const fp_label_index *index, fp_class_id id, uint32_t name)
{
    const fp_class *class = fp_class_at(index, id);
    const fp_inherit *inherit = fp_inherit_at(index, class->inherit);
    uint32_t pair = pair_of_name(index, class->labels, class->shape / 2, name);

    for (uint32_t i = 0; pair == FP_NO_ID && i < inherit->n; i++) {
        const fp_profile_labels *labels = inherited(index, inherit, i);

        pair = pair_of_name(index, labels->pairs, labels->n, name);
    }
    return pair;
}

bool fp_label_index_get(const fp_label_index *index, fp_class_id id, fp_str name, fp_str *ret_value)
{
    uint32_t name_atom = fp_atoms_find(index, FP_NO_ID, name);
    uint32_t pair = name_atom == FP_NO_ID ? FP_NO_ID : fp_class_pair(index, id, name_atom);

    if (pair == FP_NO_ID)
        return false;
    *ret_value = fp_atom_bytes(index, pair);
    return true;
}

static void count_label(void *user, uint32_t name, uint32_t pair)
{
    size_t *count = user;

    (void)name;
    (void)pair;
    ++*count;
}

size_t fp_label_index_label_count(const fp_label_index *index, fp_class_id id)
{
    size_t count = 0;

    fp_class_visit(index, id, count_label, &count);
    return count;
}

typedef struct listing {
    const fp_label_index *index;
    fp_label *next;
} listing;

static void list_label(void *user, uint32_t name, uint32_t pair)
{
    listing *l = user;

    *l->next++ = (fp_label){fp_atom_bytes(l->index, name), fp_atom_bytes(l->index, pair)};
}

static int by_name(const void *a, const void *b)
{
    return fp_str_cmp(((const fp_label *)a)->name, ((const fp_label *)b)->name);
}

void fp_label_index_labels(const fp_label_index *index, fp_class_id id, fp_label *ret)
{
    listing l = {index, ret};

    fp_class_visit(index, id, list_label, &l);
    if (l.next != ret)
        qsort(ret, (size_t)(l.next - ret), sizeof(*ret), by_name);
}

size_t fp_label_index_profile_count(const fp_label_index *index, fp_class_id id)
{
    return fp_inherit_at(index, fp_class_at(index, id)->inherit)->n;
}

fp_str fp_label_index_profile(const fp_label_index *index, fp_class_id id, size_t i)
{
    const fp_inherit *inherit = fp_inherit_at(index, fp_class_at(index, id)->inherit);
    const fp_profile *profile = fp_profile_at(index, inherit->profiles[i]);

    return (fp_str){profile->name, profile->name_len};
}

uint32_t fp_label_index_cluster(const fp_label_index *index, fp_class_id id)
{
    return fp_inherit_at(index, fp_class_at(index, id)->inherit)->cluster;
}

bool fp_label_index_enforced(const fp_label_index *index, fp_class_id id)
{
    return fp_class_at(index, id)->shape & 1;
}

typedef struct class_labels {
    const fp_label_index *index;
    fp_class_id id;
} class_labels;

static bool look_up(const void *labels, fp_str name, fp_str *ret_value)
{
    const class_labels *l = labels;

    return fp_label_index_get(l->index, l->id, name, ret_value);
}

bool fp_label_index_try(const fp_label_index *index, const fp_selector *selector, fp_class_id id)
{
    const class_labels labels = {index, id};

    return fp_selector_matches(selector, look_up, &labels);
}

size_t fp_label_index_class_count(const fp_label_index *index)
{
    return index->domains[FP_DOMAIN_ALL].count + index->domains[FP_DOMAIN_SERVICES].count;
}
