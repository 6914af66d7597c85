/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_FEDERATION_LABEL_INDEX_H
#define FP_FEDERATION_LABEL_INDEX_H

/*
 * Which classes of endpoints match which selectors.
 *
 * A *class* is what selectors can see of an endpoint: its own label set, the profiles it inherits
 * from, its cluster, and whether it is enforced on this node. Endpoints with the same of these
 * share one class. Effective labels: own ones first, then each profile's in order; the first that
 * has the name wins. Label names, values, pairs and sets are interned, shared and
 * reference-counted, so nothing stays behind when the last user goes.
 *
 * Posting lists per (name, value) pair and per name over classes make every selector set algebra.
 * Selectors are filed under the terms that they need, so that a new class is tried against few.
 *
 * Changes are batched: acquire/release, profile and selector calls may leave classes *dirty*;
 * fp_label_index_flush() brings everything up to date and logs, for classes that existed before,
 * which (class, selector) pairs came and went. Readers call flush first. Nothing here knows
 * addresses.
 */

#include "libfedpol/base/hash.h"
#include "libfedpol/base/idset.h"
#include "libfedpol/base/index.h"
#include "libfedpol/model/object.h"
#include "libfedpol/selector/selector.h"

typedef struct fp_label_index fp_label_index;
typedef uint32_t fp_class_id; /* dense, re-used after release */
typedef uint32_t fp_match_id; /* a registered selector; dense, re-used */

/* Which classes a selector is tried against. */
typedef enum fp_domain {
    FP_DOMAIN_ALL = 0,  /* every cluster */
    FP_DOMAIN_LOCAL,    /* classes of cluster number 0 */
    FP_DOMAIN_ENFORCED, /* classes of endpoints that are enforced on this node */
    FP_DOMAIN_SERVICES, /* classes of cluster number FP_SERVICES_CLUSTER, which no other has */
    FP_DOMAIN_ALLOW,    /* every cluster, but those that were withdrawn from sets that allow */
    FP_DOMAIN_DENY,     /* the same for sets that deny */
    FP_DOMAIN_COUNT,
} fp_domain;

#define FP_LOCAL_CLUSTER 0u
/* Addresses of services that rules name (policy/service_refs.c): no cluster that anybody sees. */
#define FP_SERVICES_CLUSTER (UINT32_MAX - 1)

int fp_label_index_new(const fp_hash_key *key, fp_label_index **ret);
fp_label_index *fp_label_index_free(fp_label_index *index);

/*
 * The class of these labels (sorted by name, unique) and profiles (names, in order; each belongs
 * to cluster CLUSTER). Adds one reference for the caller. 0 or FEDPOL_E_NOMEM.
 */
int fp_label_index_acquire(fp_label_index *index, uint32_t cluster, bool enforced,
                           const fp_label *labels, size_t n_labels, const fp_str *profiles,
                           size_t n_profiles, fp_class_id *ret);
void fp_label_index_release(fp_label_index *index, fp_class_id id);

/* Sets or removes the labels of a profile of a cluster; classes that inherit become dirty. */
int fp_label_index_set_profile(fp_label_index *index, uint32_t cluster, fp_str profile,
                               const fp_label *labels, size_t n_labels);
int fp_label_index_remove_profile(fp_label_index *index, uint32_t cluster, fp_str profile);

/* What classes of a cluster still count for. */
typedef enum fp_label_uses {
    FP_USES_NONE = 0,
    FP_USES_ALLOW = 1,
    FP_USES_DENY = 2,
    FP_USES_ALL = 3,
} fp_label_uses;

/* Takes the classes of a cluster out of FP_DOMAIN_ALLOW and FP_DOMAIN_DENY, or puts them back: with
   the next flush, as transitions. A cluster that is gone must be given FP_USES_ALL again. 0 or
   FEDPOL_E_NOMEM. */
int fp_label_index_set_uses(fp_label_index *index, uint32_t cluster, fp_label_uses uses);
fp_label_uses fp_label_index_uses(const fp_label_index *index, uint32_t cluster);
bool fp_label_index_has_profile(const fp_label_index *index, uint32_t cluster, fp_str profile);

/*
 * Registers a selector for a domain, or adds a reference to the equal one (same canonical form and
 * domain). Its classes are known at once. FEDPOL_E_NOMEM leaves nothing behind.
 */
int fp_label_index_add_selector(fp_label_index *index, fp_selector *selector, fp_domain domain,
                                fp_match_id *ret);
void fp_label_index_remove_selector(fp_label_index *index, fp_match_id id);

typedef struct fp_class_transition {
    fp_class_id class_id;
    fp_match_id match_id;
    bool matches; /* now; before it was the opposite */
} fp_class_transition;

/* 0 or FEDPOL_E_NOMEM (then call again; nothing is lost). */
int fp_label_index_flush(fp_label_index *index);
/* Transitions of classes and selectors that both existed at the last forget, sorted by class, then
   match; a pair that went back and forth does not appear. Valid until the next change. */
const fp_class_transition *fp_label_index_transitions(const fp_label_index *index, size_t *ret_n);
/* Classes that existed at the last forget and whose effective labels changed since, sorted; one
   whose labels changed back may be among them. */
const fp_class_id *fp_label_index_changed_classes(const fp_label_index *index, size_t *ret_n);
void fp_label_index_forget(fp_label_index *index);

/* Reading, after a flush. */
const fp_idset *fp_label_index_classes(const fp_label_index *index, fp_match_id id);
/* The selectors that a class matches, ascending. Valid until the next change, and until this was
   called for two other classes. */
const fp_match_id *fp_label_index_matches(const fp_label_index *index, fp_class_id id,
                                          size_t *ret_n);
fp_selector *fp_label_index_selector(const fp_label_index *index, fp_match_id id); /* borrowed */
/* Effective labels. */
bool fp_label_index_get(const fp_label_index *index, fp_class_id id, fp_str name,
                        fp_str *ret_value);
size_t fp_label_index_label_count(const fp_label_index *index, fp_class_id id);
/* All, sorted bytewise by name, appended to a caller's array of label_count() items. */
void fp_label_index_labels(const fp_label_index *index, fp_class_id id, fp_label *ret);
/* Profile names of the class, in order. */
size_t fp_label_index_profile_count(const fp_label_index *index, fp_class_id id);
fp_str fp_label_index_profile(const fp_label_index *index, fp_class_id id, size_t i);
uint32_t fp_label_index_cluster(const fp_label_index *index, fp_class_id id);
bool fp_label_index_enforced(const fp_label_index *index, fp_class_id id);
bool fp_label_index_in_domain(const fp_label_index *index, fp_class_id id, fp_domain domain);
/* A selector that is not registered, against one class: by names, no allocation. */
bool fp_label_index_try(const fp_label_index *index, const fp_selector *selector, fp_class_id id);
/* All classes that match a selector that is not registered, by algebra: replaces the members of
 *RET, which is an initialised set. Flushes first. 0 or FEDPOL_E_NOMEM. */
int fp_label_index_query(fp_label_index *index, const fp_selector *selector, fp_domain domain,
                         fp_idset *ret);
size_t fp_label_index_class_count(const fp_label_index *index);
size_t fp_label_index_memory(const fp_label_index *index);

#endif
