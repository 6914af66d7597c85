/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_FEDERATION_LABEL_INDEX_INTERNAL_H
#define FP_FEDERATION_LABEL_INDEX_INTERNAL_H

/*
 * What the files of the label index share (docs/internals/label_index.md). Only they and their
 * tests include it.
 *
 *   label_atoms.c     names and pairs, interned, each with its posting list of classes
 *   label_profiles.c  profiles, and the lists of profiles that classes inherit from
 *   label_classes.c   classes: acquire, release, effective labels, reading
 *   label_program.c   a selector over atoms: one class, or all classes by set algebra
 *   label_terms.c     which selectors mention an atom, and under which one they are filed
 *   label_matches.c   registered selectors
 *   label_batch.c     set algebra over a batch of classes, before and after a change
 *   label_ops.c       the changes of one batch, applied as a whole or not at all
 *   label_flush.c     new classes and changed profiles
 *   label_uses.c      clusters that are withdrawn from some sets
 *   label_journal.c   what changed since the last forget
 */

#include "libfedpol/base/check.h"
#include "libfedpol/base/pool.h"
#include "libfedpol/base/vec.h"
#include "libfedpol/federation/label_index.h"

typedef FP_VEC(uint32_t) fp_id_vec;

/*
 * A table of pointers with stable u32 numbers. Free entries hold the number of the next free one,
 * shifted left with the lowest bit set. When the last one goes the table goes.
 */
typedef struct fp_slots {
    void **items;
    size_t len;
    size_t cap;
    size_t used;
    uint32_t free; /* number of the first free entry + 1, 0 if none */
} fp_slots;

int fp_slots_put(fp_slots *slots, void *item, uint32_t *ret);
void fp_slots_drop(fp_slots *slots, uint32_t id);
void *fp_slots_get(const fp_slots *slots, uint32_t id); /* NULL if free */

/*
 * An atom is a label name, or a pair of a name and a value. It is a record of the pool, and its
 * number is the record's. The bytes follow; if there are FP_ATOM_LONG or more, a u32 with their
 * number stands before them. Most of the memory of an endpoint with labels of its own is atoms,
 * hence the packing.
 */
typedef struct fp_atom {
    uint32_t name;    /* of a pair: the name's atom; of a name: FP_NO_ID */
    uint32_t posting; /* FP_NO_ID: no class; a class; or FP_POSTING_SET | number of the set */
    uint32_t head;    /* length (6 bits), flags, references (24 bits) */
    char bytes[];
} fp_atom;

#define FP_ATOM_REFS 0x00ffffffu /* a count that came so far stays, and the atom with it */
#define FP_ATOM_MARK 0x01000000u /* scratch of whoever walks labels; always clear between calls */
#define FP_ATOM_TERM 0x02000000u /* selectors mention it */
#define FP_ATOM_LONG 63u         /* no Kubernetes value is */
#define FP_ATOM_LEN_SHIFT 26u
#define FP_POSTING_SET 0x80000000u

/* An atom that selectors mention. */
typedef struct fp_term {
    uint32_t atom; /* of a free term: the next free one */
    uint32_t slot; /* of the current batch, if epoch is its epoch */
    uint64_t epoch;
    fp_idset mentions; /* selectors */
    fp_idset filed;    /* those of them that are tried only against classes with this atom */
} fp_term;

/* The labels of a profile: pairs in the order of their names. A record of the pool. */
typedef struct fp_profile_labels {
    uint32_t n;
    uint32_t pairs[];
} fp_profile_labels;

/*
 * A profile of a cluster. `applied` are the labels that postings and matches reflect; `next` are
 * those that the last set_profile told. They differ while the profile is in `dirty_profiles`.
 */
typedef struct fp_profile {
    uint32_t cluster;
    uint32_t refs; /* by inherits */
    uint32_t applied;
    uint32_t next;
    bool exists;
    fp_idset inherits;
    size_t name_len;
    char name[];
} fp_profile;

/* A list of profiles of one cluster that classes inherit from. */
typedef struct fp_inherit {
    uint32_t cluster;
    uint32_t refs; /* by classes */
    fp_idset classes;
    uint32_t n;
    uint32_t profiles[];
} fp_inherit;

/* Endpoints mostly have the same names in the same places; so many places are remembered. */
#define FP_NAME_HINTS 32u

/* A class. A record of the pool; `bodies` maps class ids to records. */
typedef struct fp_class {
    uint32_t refs;
    uint32_t inherit;
    uint32_t shape;    /* number of own labels * 2 + enforced */
    uint32_t labels[]; /* own pairs in the order of their names */
} fp_class;

/* One question of a selector. Jumps lead forward, to a leaf or to an end of fp_selector_node. */
typedef enum fp_leaf_kind {
    FP_LEAF_TRUE = 1,
    FP_LEAF_PAIRS, /* one of these pairs is there */
    FP_LEAF_NAME,  /* the label is there */
    FP_LEAF_TEXT,  /* the label is there and its value has the wanted part */
} fp_leaf_kind;

typedef struct fp_leaf {
    uint8_t kind;
    bool filed; /* the selector is filed under the atoms of this leaf */
    uint32_t on_true;
    uint32_t on_false;
    uint32_t n;
    const uint32_t *atoms;        /* the pairs, ascending; or the one name; FP_NO_ID if unknown */
    const fp_selector_node *node; /* of the selector */
} fp_leaf;

typedef struct fp_program {
    uint32_t n_leaves;
    uint32_t n_atoms;
    bool interned; /* it holds a reference on each atom */
    uint32_t *atoms;
    fp_leaf leaves[];
} fp_program;

/* A registered selector. */
typedef struct fp_match {
    fp_selector *selector;
    fp_program *program;
    uint32_t refs;
    uint32_t hash;
    fp_domain domain;
    uint64_t epoch; /* scratch: the walk that met it last */
    fp_idset classes;
} fp_match;

typedef struct fp_class_link {
    uint32_t id; /* an atom or a match */
    uint32_t class_id;
} fp_class_link;
typedef FP_VEC(fp_class_link) fp_class_link_vec;

/* What one batch does. */
typedef struct fp_label_ops {
    fp_class_link_vec atom_adds;
    fp_class_link_vec atom_removes;
    fp_class_link_vec match_adds;
    fp_class_link_vec match_removes;
    fp_id_vec changed; /* classes whose effective labels change */
} fp_label_ops;

/* Labels of one class, its name beside each pair. */
typedef struct fp_effective {
    fp_id_vec names;
    fp_id_vec pairs;
} fp_effective;

/* Apart from the index because readers tidy it: sorted, what cancelled out or ended left out. */
typedef struct fp_label_journal {
    FP_VEC(fp_class_transition) transitions;
    fp_id_vec changed;
    bool tidy;               /* nothing was logged or ended since the last tidying */
    size_t tidy_transitions; /* that many were left by it */
    size_t tidy_changed;
    uint64_t epoch;
    struct {
        uint32_t *ids;
        size_t n;
        uint32_t class_id;
        uint64_t generation; /* of the index, when it was filled */
    } answers[2];            /* of fp_label_index_matches() */
    size_t answer_cap;
    uint32_t last_answer;
} fp_label_journal;

/* A cluster that does not count for everything, or is about to. */
typedef struct fp_cluster_uses {
    uint32_t cluster;
    uint8_t applied; /* what domains and matches reflect */
    uint8_t next;    /* what was asked for last */
    bool moving;     /* memory ran out in the middle of moving its classes */
} fp_cluster_uses;

struct fp_label_index {
    fp_hash_key key;
    uint64_t generation; /* changes when an answer of fp_label_index_matches() may */

    fp_pool pool;
    fp_index atoms;
    uint32_t hints[FP_NAME_HINTS]; /* names that labels had last, by their position, or FP_NO_ID */
    FP_VEC(fp_idset) postings;
    size_t used_postings;
    uint32_t free_posting; /* number + 1, 0 if none; free ones keep the next in .count */
    FP_VEC(fp_term) terms;
    uint32_t free_term; /* number + 1, 0 if none */
    fp_index term_index;

    fp_slots profiles;
    fp_index profile_index;
    fp_idset dirty_profiles;
    fp_slots inherits;
    fp_index inherit_index;

    fp_id_vec bodies;    /* by class id; of a free id: next free one + 1 */
    uint32_t free_class; /* + 1, 0 if none */
    fp_index class_index;
    fp_idset domains[FP_DOMAIN_COUNT]; /* by fp_domain */
    fp_idset fresh;                    /* classes that were never posted or tried */
    fp_idset young;                    /* classes that were not there at the last forget */

    FP_VEC(fp_cluster_uses) uses; /* few */

    fp_slots matches;
    fp_index match_index;
    fp_idset unfiled; /* matches that are tried against every class */
    fp_idset young_matches;

    fp_id_vec ids;      /* scratch: pairs of a label list */
    fp_id_vec list_ids; /* scratch: profiles of a list */
    fp_effective effective;
    fp_label_ops ops;
    fp_label_journal *journal;
};

/* --- label_uses.c --- */

/* Adds a class that is new, of CLUSTER, to the domains that it counts in. */
int fp_uses_join(fp_label_index *index, uint32_t cluster, fp_class_id id);
/* Brings domains and matches up to date. */
int fp_uses_flush(fp_label_index *index);

/* --- label_atoms.c --- */

static inline fp_atom *fp_atom_at(const fp_label_index *index, uint32_t atom)
{
    return fp_pool_at(&index->pool, atom);
}

/* NAME is FP_NO_ID for names. FP_NO_ID if there is none. */
uint32_t fp_atoms_find(const fp_label_index *index, uint32_t name, fp_str bytes);
uint32_t fp_atoms_find_pair(const fp_label_index *index, fp_str name, fp_str value);
/* The same for the label at POSITION of a list, with a guess at its name. */
uint32_t fp_atoms_find_label(fp_label_index *index, size_t position, const fp_label *label);
void fp_atoms_clear_hints(fp_label_index *index);
/* With a reference for the caller. */
int fp_atoms_intern(fp_label_index *index, uint32_t name, fp_str bytes, uint32_t *ret);
int fp_atoms_intern_pair(fp_label_index *index, fp_str name, fp_str value, uint32_t *ret);
void fp_atoms_unref(fp_label_index *index, uint32_t atom);
void fp_atoms_unref_all(fp_label_index *index, const uint32_t *atoms, size_t n);
/* Labels as pairs, each with a reference, into the N entries of RET; all or none. */
int fp_atoms_intern_labels(fp_label_index *index, const fp_label *labels, size_t n, uint32_t *ret);
fp_str fp_atom_bytes(const fp_label_index *index, uint32_t atom);
/* 1 if it was added, 0 if it was there, FEDPOL_E_NOMEM. */
int fp_posting_add(fp_label_index *index, uint32_t atom, fp_class_id id);
void fp_posting_remove(fp_label_index *index, uint32_t atom, fp_class_id id);
/* The classes that have ATOM (FP_NO_ID: none); TMP is where a set of one may be put. */
const fp_idset *fp_posting_get(const fp_label_index *index, uint32_t atom, fp_idset *tmp);

/* --- label_profiles.c --- */

/* FP_NO_ID if there is no such list, or a profile of it is not known. */
int fp_inherits_find(fp_label_index *index, uint32_t cluster, const fp_str *profiles, size_t n,
                     uint32_t *ret);
/* With a reference for the caller. */
int fp_inherits_acquire(fp_label_index *index, uint32_t cluster, const fp_str *profiles, size_t n,
                        uint32_t *ret);
void fp_inherits_release(fp_label_index *index, uint32_t id);
fp_inherit *fp_inherit_at(const fp_label_index *index, uint32_t id);
fp_profile *fp_profile_at(const fp_label_index *index, uint32_t id);
/* An empty list for FP_NO_ID. */
const fp_profile_labels *fp_profile_labels_at(const fp_label_index *index, uint32_t labels);
/* After the flush of a profile: what was next is applied. */
void fp_profiles_settle(fp_label_index *index, uint32_t id);
void fp_profiles_done(fp_label_index *index);

/* --- label_classes.c --- */

static inline fp_class *fp_class_at(const fp_label_index *index, fp_class_id id)
{
    return fp_pool_at(&index->pool, index->bodies.items[id]);
}

static inline uint32_t fp_class_label_count(const fp_class *class)
{
    return class->shape / 2;
}

/* Effective labels, each name once; no allocation. */
typedef void (*fp_label_visit)(void *user, uint32_t name, uint32_t pair);
void fp_class_visit(const fp_label_index *index, fp_class_id id, fp_label_visit visit, void *user);
/* The same into RET, which is emptied first. */
int fp_class_effective(fp_label_index *index, fp_class_id id, fp_effective *ret);
/* The pair of NAME in the class, or FP_NO_ID. */
uint32_t fp_class_pair(const fp_label_index *index, fp_class_id id, uint32_t name);

/* --- label_program.c --- */

/* INTERN: makes atoms that are missing and holds them; else nothing of the index changes. */
int fp_program_new(fp_label_index *index, const fp_selector *selector, bool intern,
                   fp_program **ret);
void fp_program_free(fp_label_index *index, fp_program *program);
bool fp_program_matches(const fp_label_index *index, const fp_program *program,
                        const fp_effective *labels);
/* The classes of UNIVERSE that match, by set algebra over the postings. */
int fp_program_select(const fp_label_index *index, const fp_program *program,
                      const fp_idset *universe, fp_idset *ret);

/* --- label_terms.c --- */

fp_term *fp_terms_find(const fp_label_index *index, uint32_t atom);
/* Enters a registered selector under all that it mentions and files it; on failure part of it is
   entered, to be undone with remove. */
int fp_terms_enter(fp_label_index *index, fp_match_id id, const fp_match *match);
void fp_terms_remove(fp_label_index *index, fp_match_id id, const fp_match *match);
void fp_terms_done(fp_label_index *index);

/* --- label_matches.c --- */

static inline fp_match *fp_match_at(const fp_label_index *index, fp_match_id id)
{
    return index->matches.items[id];
}

void fp_matches_done(fp_label_index *index);

/* --- label_batch.c --- */

/* The change of one label of a class: NEW and OLD are pairs, or FP_NO_ID for absent. */
typedef struct fp_label_change {
    uint32_t name;
    uint32_t before;
    uint32_t after;
} fp_label_change;

typedef struct fp_batch_class {
    fp_class_id class_id;
    uint32_t first; /* its changes */
    uint32_t n;
} fp_batch_class;

/* Classes and selectors that are to be tried against each other. */
typedef struct fp_batch {
    FP_VEC(fp_batch_class) classes;
    FP_VEC(fp_label_change) changes;
    fp_id_vec matches;
} fp_batch;

#define FP_BATCH_CLASSES 1024u

void fp_batch_done(fp_batch *batch);
/* Adds to the ops, for every class and selector of the batch: what matches with the changes and
   did not without; and the reverse. */
int fp_batch_compare(fp_label_index *index, const fp_batch *batch);
/* For classes that are new: what matches. */
int fp_batch_match(fp_label_index *index, const fp_batch *batch);

/* --- label_ops.c --- */

void fp_ops_clear(fp_label_ops *ops);
void fp_ops_done(fp_label_ops *ops);
/* Applies and empties the ops; FEDPOL_E_NOMEM: nothing was changed. */
int fp_ops_commit(fp_label_index *index);

/* --- label_journal.c --- */

int fp_journal_reserve(fp_label_index *index, size_t transitions, size_t changed);
/* There must be room. */
void fp_journal_log(fp_label_index *index, fp_class_id class_id, fp_match_id match_id,
                    bool matches);
void fp_journal_log_change(fp_label_index *index, fp_class_id class_id);
/* Makes room for answers about N selectors. */
int fp_journal_reserve_answers(fp_label_index *index, size_t n_matches);
void fp_journal_drop_answers(fp_label_journal *journal);
void fp_journal_free(fp_label_journal *journal);
size_t fp_journal_memory(const fp_label_journal *journal);

#endif
