/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_SERVICES_PRIVATE_H
#define FP_SERVICES_PRIVATE_H

/*
 * The state behind services.h.
 *
 * A *node* is a service of one cluster, with its Service object and the *objects* (Endpoints,
 * slices) that name it. A *fed* is a local node with the annotation. A fed has *groups*, one for
 * each family and list of ports; a group has *slots*, one for each address; a slot has
 * *contributions*, best first, each of them a back end of an object. The first one is what is
 * wanted. The slots of a group stand in the order of a hash, and the *leaves* of a binary tree over
 * that hash are the slices.
 *
 * Objects that come leave marks only. A commit follows them: nodes → objects → feds that must be
 * built anew → groups. Where memory runs out, the feds concerned are built anew next time.
 */

#include "libfedpol/cluster/table.h"
#include "libfedpol/services/services.h"

#define FP_MAX_SLICE 100u

typedef struct fp_link {
    uint32_t next; /* of the dirty ones; FP_NO_ID at the end */
    bool is;
} fp_link;

/* A Service as it was put; one block. */
typedef struct fp_packed_service {
    fp_service_desc desc;
} fp_packed_service;

/* Endpoints or a slice as they were put; one block. */
typedef struct fp_packed_backends {
    fp_backends_desc desc;
} fp_packed_backends;

typedef struct fp_service_object {
    uint32_t free_list;
    uint32_t node;
    fp_link dirty;
    fp_str name;                 /* owned */
    fp_packed_backends *now;     /* NULL: gone */
    fp_packed_backends *applied; /* that contributions are of; NULL: none */
} fp_service_object;

typedef struct fp_service_node {
    uint32_t free_list;
    uint32_t space;
    fp_cluster *cluster;
    fp_link dirty;
    fp_str name;                /* owned */
    fp_packed_service *now;     /* NULL: there is no Service object */
    fp_packed_service *applied; /* that postings and feds are of */
    fp_idset objects;
    uint64_t revision; /* of what its objects say */
    fp_idset feds;     /* that it backs */
    uint32_t fed;      /* that it is; FP_NO_ID: none */
    bool feds_stale;   /* labels are applied, membership does not follow yet */
    bool uses_slices;
} fp_service_node;

/* A namespace by name, in all clusters. */
typedef struct fp_service_space {
    uint32_t free_list;
    fp_str name; /* owned */
    fp_idset nodes;
    fp_idset loose; /* feds whose selector names no value to look for */
} fp_service_space;

/* A label of services in a namespace. */
typedef struct fp_service_posting {
    uint32_t free_list;
    uint32_t space;
    fp_str label; /* owned, one block with value */
    fp_str value;
    fp_idset nodes;
    fp_idset feds; /* whose selector asks for it, so that no other node can match */
} fp_service_posting;

typedef struct fp_placed {
    uint64_t hash;
    uint32_t slot;
} fp_placed;

typedef struct fp_leaf {
    uint64_t prefix; /* the first bits of its hashes */
    uint64_t revision;
    uint32_t start;
    uint32_t n;
    uint8_t bits;
    uint8_t part; /* of several with one and the same hash, which only an attacker could make */
} fp_leaf;

typedef struct fp_group {
    uint32_t free_list;
    uint32_t fed;
    fp_service_port *ports; /* one block */
    uint32_t n_ports;
    uint8_t family;
    char digest[9]; /* of family and ports, in slice names */
    uint32_t n_slots;
    uint32_t touched; /* slots; FP_NO_ID at the end */
    FP_VEC(fp_placed) placed;
    FP_VEC(fp_leaf) leaves;
} fp_group;

typedef struct fp_slot {
    uint32_t free_list;
    uint32_t group;
    uint32_t first; /* contribution; FP_NO_ID: none left */
    uint32_t next_touched;
    uint64_t hash;
    fp_ip ip;
    bool is_touched;
    bool is_placed;
} fp_slot;

typedef struct fp_contribution {
    uint32_t next; /* also the free list */
    uint32_t object;
    uint32_t index; /* in all groups of the object */
    uint32_t is_used;
} fp_contribution;

typedef struct fp_fed {
    uint32_t free_list;
    uint32_t node;
    fp_link dirty;
    bool rebuild;
    bool keeps_last; /* back ends of withdrawn clusters are in it, since there are no others */
    fp_selector *selector;
    fp_federated_problem problem;
    char *problem_text;
    bool has_diags; /* diagnostics speak of it */
    fp_u32_vec groups;
    fp_u32_vec postings; /* it is in */
    fp_idset members;    /* nodes */
    size_t n_contributions;
    size_t n_live; /* of clusters that are not withdrawn */
    uint64_t revision;
} fp_fed;

typedef struct fp_cluster_use {
    const fp_cluster *cluster;
    fp_service_use use;
} fp_cluster_use;

struct fp_services {
    fp_hash_key key;
    bool keep_last;
    bool ready_only; /* in rules */
    uint64_t revision;
    fp_cluster *local; /* NULL: nothing came of it yet */
    FP_VEC(fp_cluster_use) uses;
    fp_table nodes, spaces, objects, postings, feds, groups, slots, contributions;
    fp_index node_index, space_index, posting_index, group_index, slot_index;
    uint32_t dirty_nodes, dirty_objects, dirty_feds; /* heads of lists */
    FP_VEC(fp_placed) scratch_placed;
    FP_VEC(fp_placed) scratch_in;
    FP_VEC(fp_leaf) scratch_leaves;
    FP_VEC(uint64_t) scratch_hashes;
    fp_idset scratch_ids;
};

static inline fp_service_node *fp_node_at(const fp_services *s, uint32_t id)
{
    return fp_table_at(&s->nodes, id);
}

static inline fp_service_object *fp_object_at(const fp_services *s, uint32_t id)
{
    return fp_table_at(&s->objects, id);
}

static inline fp_service_space *fp_space_at(const fp_services *s, uint32_t id)
{
    return fp_table_at(&s->spaces, id);
}

static inline fp_fed *fp_fed_at(const fp_services *s, uint32_t id)
{
    return fp_table_at(&s->feds, id);
}

static inline fp_group *fp_group_at(const fp_services *s, uint32_t id)
{
    return fp_table_at(&s->groups, id);
}

static inline fp_slot *fp_slot_at(const fp_services *s, uint32_t id)
{
    return fp_table_at(&s->slots, id);
}

static inline fp_contribution *fp_contribution_at(const fp_services *s, uint32_t id)
{
    return fp_table_at(&s->contributions, id);
}

static inline bool fp_node_is_local(const fp_service_node *node)
{
    return fp_cluster_get_role(node->cluster) == FP_ROLE_LOCAL;
}

/* pack.c: copies in one block, for fp_free(). NULL: no memory. LOCAL ones keep what only writing
   needs. */
fp_packed_service *fp_pack_service(const fp_service_desc *desc, bool local);
fp_packed_backends *fp_pack_backends(const fp_backends_desc *desc, bool local);
bool fp_service_desc_equal(const fp_service_desc *a, const fp_service_desc *b);
bool fp_backends_desc_equal(const fp_backends_desc *a, const fp_backends_desc *b);
bool fp_ports_equal(const fp_service_port *a, size_t n_a, const fp_service_port *b, size_t n_b);
fp_service_port *fp_pack_ports(const fp_service_port *ports, size_t n);
/* The back end with that number, counted over all groups. */
const fp_backend *fp_packed_backend(const fp_packed_backends *packed, uint32_t index);

/* nodes.c */
int fp_node_get(fp_services *s, fp_cluster *cluster, fp_str ns, fp_str name, uint32_t *ret);
/* Frees it if nothing speaks of it any more. */
void fp_node_settle(fp_services *s, uint32_t id);
uint32_t fp_node_find(const fp_services *s, const fp_cluster *cluster, fp_str ns, fp_str name);
void fp_node_touch(fp_services *s, uint32_t id);
void fp_nodes_done_all(fp_services *s);

/* postings.c */
int fp_service_posting_get(fp_services *s, uint32_t space, fp_str label, fp_str value,
                           uint32_t *ret);
uint32_t fp_service_posting_find(const fp_services *s, uint32_t space, fp_str label, fp_str value);
fp_service_posting *fp_service_posting_at(const fp_services *s, uint32_t id);
void fp_service_posting_settle(fp_services *s, uint32_t id);
void fp_service_postings_done(fp_services *s);
/* Adds the node under all labels of DESC, or takes it away. */
int fp_service_postings_add_node(fp_services *s, uint32_t node, const fp_service_desc *desc);
void fp_service_postings_remove_node(fp_services *s, uint32_t node, const fp_service_desc *desc);
/* Enters the fed where a node that it could match must look. */
int fp_service_postings_add_fed(fp_services *s, uint32_t fed);
void fp_service_postings_remove_fed(fp_services *s, uint32_t fed);
/* Feds that the node may back; a superset. */
int fp_service_postings_feds_of(fp_services *s, uint32_t node, fp_idset *ret);
/* Nodes that may back the fed; a superset. */
int fp_service_postings_nodes_of(fp_services *s, uint32_t fed, fp_idset *ret);
bool fp_node_backs(const fp_services *s, const fp_service_node *node, const fp_fed *fed);

/* feds.c */
/* The node's annotation as it is now becomes its fed, or there is none. */
int fp_fed_update(fp_services *s, uint32_t node);
void fp_fed_touch(fp_services *s, uint32_t fed);
void fp_fed_free(fp_services *s, uint32_t fed);
int fp_fed_rebuild(fp_services *s, uint32_t fed);
/* Membership of one node follows its labels. */
int fp_node_update_feds(fp_services *s, uint32_t node);
void fp_fed_done(fp_fed *fed);

/* contribute.c */
/* Brings in what OBJECT says now, or takes out what was applied. */
int fp_contribute_add(fp_services *s, uint32_t fed, uint32_t object,
                      const fp_packed_backends *packed);
void fp_contribute_drop(fp_services *s, uint32_t fed, uint32_t object,
                        const fp_packed_backends *packed);
int fp_contribute_change(fp_services *s, uint32_t fed, uint32_t object);
/* Whether contributions of the object belong into the fed at all. */
bool fp_object_counts(const fp_services *s, const fp_fed *fed, const fp_service_object *object,
                      const fp_packed_backends *packed);

/* slots.c */
int fp_slot_add(fp_services *s, uint32_t group, const fp_ip *ip, uint32_t object, uint32_t index);
/* True if there was one. */
bool fp_slot_drop(fp_services *s, uint32_t group, const fp_ip *ip, uint32_t object, uint32_t index);
/* Contributions of OBJECT with indexes in FROM..TO get others. */
void fp_slot_shift(fp_services *s, uint32_t group, const fp_ip *ip, uint32_t object, uint32_t from,
                   uint32_t to, int64_t by);
void fp_slot_touch(fp_services *s, uint32_t slot);
/* Whatever the slot holds goes; it is touched. */
size_t fp_slot_clear(fp_services *s, uint32_t slot);
void fp_slot_free(fp_services *s, uint32_t slot);
fp_wanted fp_slot_wanted(const fp_services *s, uint32_t slot);
uint64_t fp_slot_hash(const fp_services *s, uint32_t slot);

/* groups.c */
int fp_group_get(fp_services *s, uint32_t fed, uint8_t family, const fp_service_port *ports,
                 size_t n_ports, uint32_t *ret);
uint32_t fp_group_find(const fp_services *s, uint32_t fed, uint8_t family,
                       const fp_service_port *ports, size_t n_ports);
/* Touched slots find their places; leaves follow. */
int fp_group_settle(fp_services *s, uint32_t group);
void fp_group_clear(fp_services *s, uint32_t group);
void fp_group_free(fp_services *s, uint32_t group);

/* view.c: a subset of Endpoints: a range of the wanted back ends, by (address, target). */
typedef struct fp_subset {
    const fp_service_port *ports;
    size_t n_ports;
    size_t start;
    size_t n;
} fp_subset;
typedef FP_VEC(fp_subset) fp_subset_vec;
int fp_fed_subsets(const fp_services *s, uint32_t fed, fp_subset_vec *subsets, fp_wanted_vec *ret);

/* diags.c: what there is to say about a fed, at its Service. */
int fp_fed_tell(fp_services *s, uint32_t fed);
void fp_fed_untell(fp_services *s, uint32_t fed);
bool fp_fed_is_foreign(const fp_services *s, const fp_fed *fed);

/* uses.c */
fp_service_use fp_use_of(const fp_services *s, const fp_cluster *cluster);
/* The pending cluster that what was written before is held for, or NULL. */
const fp_cluster *fp_use_pending(const fp_services *s, const fp_backend *backend);

#endif
