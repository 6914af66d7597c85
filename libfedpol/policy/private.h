/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_POLICY_PRIVATE_H
#define FP_POLICY_PRIVATE_H

/*
 * The state behind world.h and calc.h, and what the files of this folder do to it.
 *
 * Objects change stores (policies, tiers, sources) and the federation at once, and leave marks. A
 * commit follows the marks: lists → active policies → sets → enforced endpoints; every step may be
 * repeated after it ran out of memory, and the last one, which adds to the pending delta, can only
 * succeed as a whole. What a taken delta has told is kept beside what is true now (`base`, `told`),
 * so that a delta is the comparison of the two and changes that cancel leave no trace.
 */

#include <stdlib.h>

#include "libfedpol/policy/marks.h"
#include "libfedpol/policy/world.h"

/* A tier that has an object, is built in, or is named by a policy. */
typedef struct fp_tier_entry {
    fp_str name;
    double order;
    fp_action default_action;
    bool has_object;
    bool exists;       /* has an object or is built in */
    fp_idset policies; /* in the store */
} fp_tier_entry;

typedef struct fp_tiers {
    FP_VEC(fp_tier_entry *) items; /* by id; NULL: free */
    fp_ids ids;
    fp_index index; /* by name */
    fp_marks stale;
} fp_tiers;

typedef struct fp_policy_entry {
    fp_policy *policy; /* NULL: free */
    fp_match_id match; /* of the subject; FP_NO_ID: applies to nobody */
    uint32_t tier;
    uint32_t active;        /* FP_NO_ID: none */
    bool unknown_tier_told; /* a diagnostic says so */
} fp_policy_entry;

typedef struct fp_policies {
    FP_VEC(fp_policy_entry) items; /* by store id */
    fp_ids ids;
    fp_marks stale;
} fp_policies;

/* What a registered selector is for. */
typedef struct fp_match_users {
    fp_idset policies; /* whose subject it is */
    fp_idset sets;
} fp_match_users;

/* The compiled form of an active policy or profile; immutable. */
typedef struct fp_compiled {
    fp_active_policy pub;
    FP_VEC(uint32_t) sets; /* one entry for each use */
    fp_arena memory;
} fp_compiled;

typedef struct fp_active_entry {
    fp_str name; /* "NetworkPolicy/shop/a": what it is known by over time */
    fp_str profile;
    bool is_profile;
    bool told_valid;   /* `told` is what the last delta says; else `now` is */
    uint32_t store;    /* policy: id in the store; FP_NO_ID: gone */
    fp_compiled *now;  /* NULL: not active */
    fp_compiled *told; /* NULL: not active */
    fp_idset lists;    /* slots of the lists that have it */
} fp_active_entry;

typedef struct fp_actives {
    FP_VEC(fp_active_entry *) items;
    fp_ids ids;
    fp_index index;   /* by name */
    fp_marks stale;   /* to look at in this commit */
    fp_marks changed; /* to look at when a delta is taken */
    uint64_t revision;
} fp_actives;

typedef struct fp_set_entry {
    fp_set pub;
    fp_buf canonical;
    uint32_t users; /* uses in active policies; 0: kept for the next delta only */
    bool told;      /* the last delta has it */
    bool fresh;     /* its members were not listed yet */
    /* Members now, less those that the last delta told; sorted, disjoint. */
    fp_cidr_vec added;
    fp_cidr_vec removed;
    fp_port_member_vec added_ports;
    fp_port_member_vec removed_ports;
} fp_set_entry;

typedef struct fp_sets {
    FP_VEC(fp_set_entry *) items;
    fp_ids ids;
    fp_index index;
    fp_marks stale;   /* fresh, or without users */
    fp_marks changed; /* to look at when a delta is taken */
    size_t nets;      /* entries of each type */
    size_t ports;
} fp_sets;

/* Content of a list; immutable, shared by the class's slot and by what deltas told. */
typedef struct fp_list {
    fp_policy_list pub;
    uint32_t refs;
    const uint32_t *actives; /* everything in it: sorted, unique */
    size_t n_actives;
    const fp_str *missing; /* profiles to warn of */
    size_t n_missing;
    fp_arena memory;
} fp_list;

typedef struct fp_list_slot {
    fp_class_id class_id; /* FP_NO_ID: the class is gone, the id waits for the delta */
    fp_list *now;         /* NULL: not built yet, or gone */
} fp_list_slot;

typedef struct fp_lists {
    FP_VEC(fp_list_slot) items;
    fp_ids ids;
    fp_index index; /* by class */
    fp_marks stale;
    fp_marks changed; /* content changed in this commit */
    fp_u32_vec gone;  /* ids that wait for the delta */
} fp_lists;

/* What an enforced endpoint looks like to the kernel. */
typedef struct fp_end_state {
    fp_list *list; /* counted; NULL: there is none */
    char *interface_name;
    fp_cidr *nets;
    size_t n_nets;
} fp_end_state;

typedef struct fp_end_entry {
    fp_str ns;
    fp_str name;
    fp_endpoint_id endpoint; /* FP_NO_ID: gone */
    fp_kind kind;
    bool told_valid;   /* `told` is what the last delta says; else `now` is */
    bool missing_told; /* a diagnostic speaks of missing profiles */
    fp_end_state now;
    fp_end_state told;
} fp_end_entry;

typedef struct fp_ends {
    FP_VEC(fp_end_entry *) items;
    fp_ids ids;
    fp_index by_name;
    fp_index by_endpoint;
    fp_marks changed; /* to look at when a delta is taken */
} fp_ends;

/* An object that another may override: a WorkloadEndpoint (by a Pod), or a Profile (by a Namespace
   or ServiceAccount). A copy is kept, since it takes over when the other one goes. */
typedef struct fp_source {
    fp_cluster *cluster;
    fp_record_id record;
    fp_object object;        /* deep copy */
    fp_endpoint_id endpoint; /* WorkloadEndpoint: in force; FP_NO_ID: not */
    bool overridden_told;    /* a diagnostic says so */
    fp_arena memory;
} fp_source;

typedef struct fp_sources {
    FP_VEC(fp_source *) items;
    fp_ids ids;
    fp_index index; /* by cluster number and record */
    fp_marks stale;
} fp_sources;

struct fp_calc {
    fp_world *world;
    fp_federation *federation;
    fp_label_index *labels;
    fp_selector *all; /* all() */
    fp_policy *allow_all;
    fp_tiers tiers;
    fp_policies policies;
    FP_VEC(fp_match_users) matches; /* by match id */
    fp_idset fresh_matches;         /* registered since the last forget */
    fp_actives actives;
    fp_sets sets;
    fp_lists lists;
    fp_ends ends;
    bool half_done; /* the last commit ran out of memory */
};

/* Class of the record of an object that was refused: it stands only for its diagnostics. */
#define FP_RECORD_REFUSED 255u

/* A cluster and what is remembered beside it. */
typedef struct fp_member {
    fp_cluster *cluster;
    uint32_t told_kinds; /* bits: kinds that a remote sent in vain, with a diagnostic */
    fp_u32_vec stale;    /* records that a resync left behind and that are not removed yet */
} fp_member;

typedef struct fp_node {
    fp_str name;
    fp_node_desc desc;
    fp_arena memory;
} fp_node;

/* A service that rules name, and the records of its addresses in the hidden cluster. */
typedef struct fp_service_ref {
    char *label;
    size_t refs;       /* entities of rules */
    uint64_t revision; /* of the service, that the records are of */
    fp_u32_vec records;
    size_t n_sorted; /* the first ones of them, by id */
} fp_service_ref;

struct fp_world {
    fp_hash_key key;
    fp_world_options options;
    fp_buf option_text[3];
    FP_VEC(fp_member *) members; /* sorted by name */
    fp_cluster *local;
    fp_idset numbers; /* of live clusters */
    fp_arena scratch;
    fp_sources sources;
    FP_VEC(fp_node *) nodes; /* by payload; NULL: free */
    fp_ids node_ids;
    fp_calc calc;
    fp_services *services;
    fp_cluster *services_cluster;          /* NULL: no rule named a service yet */
    FP_VEC(fp_service_ref *) service_refs; /* by label */
    bool dirty;
};

/* matches.c: selectors, and who uses them. */
int fp_matches_add(fp_calc *calc, fp_selector *selector, fp_domain domain, bool for_policy,
                   uint32_t user, fp_match_id *ret);
void fp_matches_remove(fp_calc *calc, fp_match_id id, bool for_policy, uint32_t user);

/* tiers.c */
void fp_tiers_done(fp_calc *calc);
/* The tier of that name, made if it is not known. */
int fp_tiers_get(fp_calc *calc, fp_str name, uint32_t *ret);
int fp_tiers_put(fp_calc *calc, const fp_tier_desc *desc, uint32_t *ret);
/* The object goes; the tier stays while policies name it. */
void fp_tiers_remove(fp_calc *calc, uint32_t id);
int fp_tiers_add_policy(fp_calc *calc, uint32_t id, uint32_t policy);
void fp_tiers_remove_policy(fp_calc *calc, uint32_t id, uint32_t policy);

/* policies.c: the store. */
int fp_policies_put(fp_calc *calc, fp_policy *policy, uint32_t id, uint32_t *ret);
void fp_policies_remove(fp_calc *calc, uint32_t id);
void fp_policies_done(fp_calc *calc);
/* Whether it is enforced on workloads at all. */
bool fp_policy_takes_part(const fp_policy *policy);

/* equal.c */
bool fp_policy_equal(const fp_policy *a, const fp_policy *b);
bool fp_compiled_equal(const fp_compiled *a, const fp_compiled *b);
bool fp_list_equal(const fp_list *a, const fp_list *b);

/* order.c */
typedef struct fp_ordered {
    const fp_tier_entry *tier;
    const fp_policy *policy;
    uint32_t active;
} fp_ordered;
int fp_ordered_cmp(const void *a, const void *b);
int fp_set_entry_cmp(const fp_set_entry *a, const fp_set_entry *b);
int fp_active_entry_cmp(const fp_active_entry *a, const fp_active_entry *b);

/* profiles.c: which object speaks for a profile. */
typedef struct fp_profile_state {
    bool exists;
    fp_policy *rules; /* borrowed; NULL: none */
} fp_profile_state;
/* The Namespace or ServiceAccount that a name is derived from is there. */
bool fp_profile_is_derived(const fp_cluster *cluster, fp_str profile);
fp_profile_state fp_profile_get(const fp_calc *calc, fp_str profile);
/* Another object may speak for it from now on, or with other rules. */
void fp_profile_touch(fp_calc *calc, const fp_cluster *cluster, fp_str profile);

/* sources.c */
fp_source *fp_sources_find(const fp_world *world, const fp_cluster *cluster, fp_kind kind,
                           fp_str ns, fp_str name);
int fp_sources_put(fp_world *world, fp_cluster *cluster, fp_record_id record,
                   const fp_object *object);
/* Takes the source out of force and forgets it. */
int fp_sources_remove(fp_world *world, fp_cluster *cluster, fp_record_id record);
/* What may override it came, changed or went. */
void fp_sources_touch(fp_world *world, const fp_cluster *cluster, fp_kind kind, fp_str ns,
                      fp_str name);
int fp_sources_settle(fp_world *world);
void fp_sources_done(fp_world *world);

/* actives.c, compile.c */
int fp_actives_of_policy(fp_calc *calc, uint32_t store, uint32_t *ret);
int fp_actives_of_profile(fp_calc *calc, fp_str profile, uint32_t *ret);
uint32_t fp_actives_find_profile(const fp_calc *calc, fp_str profile);
void fp_actives_touch(fp_calc *calc, uint32_t id);
int fp_actives_update(fp_calc *calc);
void fp_actives_drop_if_unused(fp_calc *calc, uint32_t id);
void fp_actives_done(fp_calc *calc);
int fp_compile(fp_calc *calc, const fp_active_entry *entry, uint32_t id, fp_compiled **ret);
fp_compiled *fp_compiled_free(fp_calc *calc, fp_compiled *compiled, bool holds_sets);

/* sets.c */
typedef struct fp_set_key {
    fp_set_type type;
    fp_set_use use;
    fp_domain domain;
    uint8_t protocol;
    fp_str port;
    fp_selector *selector;
} fp_set_key;
int fp_sets_acquire(fp_calc *calc, const fp_set_key *key, uint32_t *ret);
void fp_sets_release(fp_calc *calc, uint32_t id);
void fp_sets_destroy(fp_calc *calc, uint32_t id);
void fp_sets_done(fp_calc *calc);
void fp_set_unref(fp_set *set);

/* members.c: the last step of a commit. */
int fp_members_update(fp_calc *calc);

/* lists.c */
int fp_lists_mark(fp_calc *calc);
int fp_lists_update(fp_calc *calc);
uint32_t fp_lists_find(const fp_calc *calc, fp_class_id class_id);
void fp_lists_done(fp_calc *calc);
int fp_list_build(fp_calc *calc, uint32_t slot, fp_class_id class_id, fp_list **ret);
fp_list *fp_list_ref(fp_list *list);
fp_list *fp_list_unref(fp_list *list);

/* ends.c */
int fp_ends_update(fp_calc *calc);
void fp_end_state_done(fp_end_state *state);
bool fp_end_state_equal(const fp_end_state *a, const fp_end_state *b);
void fp_ends_drop(fp_calc *calc, uint32_t id);
void fp_ends_done(fp_calc *calc);

/* policy_diags.c */
int fp_policy_diags_update(fp_calc *calc);
int fp_policy_diags_end(fp_calc *calc, fp_end_entry *end);

/* delta.c */
int fp_delta_take(fp_calc *calc, fp_delta **ret);

/* commit.c */
int fp_calc_init(fp_world *world);
void fp_calc_done(fp_calc *calc);
int fp_calc_commit(fp_calc *calc);

/* service_refs.c: services that rules name. */
int fp_service_refs_add(fp_world *world, const fp_policy *policy);
void fp_service_refs_drop(fp_world *world, const fp_policy *policy);
/* Their addresses follow what is known of the services. 0, FEDPOL_E_NOMEM (again later). */
int fp_service_refs_settle(fp_world *world);
void fp_service_refs_done(fp_world *world);

/* nodes.c */
int fp_nodes_put(fp_world *world, const fp_node_desc *desc, uint32_t id, uint32_t *ret);
void fp_nodes_remove(fp_world *world, uint32_t id);
void fp_nodes_done(fp_world *world);

/* world_admit.c: whether the object, known by kind, namespace and name, is wanted of the cluster.
 */
bool fp_admit_object(fp_cluster *cluster, const fp_object *object);
/* Leaves out addresses that the cluster may not claim; new lists are the arena's. */
int fp_admit_addresses(fp_cluster *cluster, fp_arena *arena, fp_diags *diags, fp_object *object);
/* FEDPOL_E_LIMIT: one more endpoint would be too many. */
int fp_admit_endpoint(const fp_federation *federation, const fp_cluster *cluster,
                      const fp_object *object, const fp_record_view *known);

/* world_remove.c */
fp_member *fp_world_member(const fp_world *world, const fp_cluster *cluster);
/* Everything that the record means goes, and its diagnostics; the record stays. */
int fp_record_release(fp_world *world, fp_cluster *cluster, fp_record_id id);
int fp_record_remove(fp_world *world, fp_cluster *cluster, fp_record_id id);
int fp_world_drain(fp_world *world);

#endif
