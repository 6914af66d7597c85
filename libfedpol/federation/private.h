/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_FEDERATION_PRIVATE_H
#define FP_FEDERATION_PRIVATE_H

/* What the files of this folder share, the label engine apart. docs/internals/federation.md. */

#include "libfedpol/base/pool.h"
#include "libfedpol/cluster/intern.h"
#include "libfedpol/cluster/table.h"
#include "libfedpol/federation/federation.h"
#include "libfedpol/net/cidr_trie.h"

/* Whatever an endpoint has beyond one IPv4 address: one block of memory. */
typedef struct fp_extra {
    uint32_t n_nets; /* 0 if the one address is in the record */
    uint32_t n_ports;
    uint32_t n_contested; /* nets that have other owners, the one in the record included */
    uint32_t interface_len;
    fp_endpoint_port ports[]; /* then the nets, then the text */
} fp_extra;

enum {
    FP_EP_LIVE = 1,
    FP_EP_REMOVED = 2, /* waits for forget; linked through class_pos */
    FP_EP_TOUCHED = 4, /* a touch has its state at the last forget */
    FP_EP_V4 = 8,      /* its only net is the IPv4 host in the record */
    FP_EP_LOCAL = 16,  /* of the local cluster */
    FP_EP_ENFORCED = 32,
    FP_EP_CONTESTED = 64,
    FP_EP_HAS_DIAGS = 128,   /* the cluster keeps diagnostics of ours about it */
    FP_EP_STALE_DIAGS = 256, /* these may be out of date */
    FP_EP_TYPE_SHIFT = 9,
    FP_EP_TYPE_MASK = 3 << FP_EP_TYPE_SHIFT,
    FP_EP_NEW = 2048, /* touched, and was not there at the last forget */
};

/* 32 bytes. Its side value in the table is the address of an endpoint that listing members can take
   as it is (FP_EP_V4, not contested, not 0.0.0.0); 0 sends the reader to the record. */
typedef struct fp_endpoint {
    fp_record_id record;
    fp_class_id class_id;
    uint32_t class_pos; /* in the list of its class; of a removed one: the next removed */
    uint32_t node;      /* interned */
    uint32_t v4;        /* in the order of the host */
    uint16_t cluster;   /* slot */
    uint16_t flags;
    fp_extra *extra;
} fp_endpoint;

/* What an endpoint is, or was at the last forget, to members of sets. */
typedef struct fp_state {
    fp_class_id class_id;
    uint32_t v4;
    uint16_t flags; /* FP_EP_LIVE: it exists */
    fp_extra *extra;
} fp_state;

typedef struct fp_touch {
    fp_endpoint_id id;
    fp_state before; /* owns a reference to the class and the extra, if it existed */
} fp_touch;

/* Two or more owners of one prefix. */
typedef struct fp_owner_list {
    uint32_t link;     /* room for the free list */
    uint32_t n_local;  /* workloads and hosts of the local cluster */
    uint32_t n_remote; /* those of remotes; the rest are network sets */
    bool stale;        /* diagnostics of the owners are out of date */
    fp_cidr net;
    fp_idset ids;
    const char *message; /* while diagnostics are made */
} fp_owner_list;

#define FP_OWNER_LIST 0x80000000u /* marks ids of owner lists in the index of owners */

/* Endpoints of one class: one stands here, more in a block of a pool. */
typedef struct fp_class_list {
    uint32_t len; /* with FP_CLASS_BLOCK, if there is a block */
    uint32_t at;  /* the block, or the endpoint */
} fp_class_list;

#define FP_CLASS_BLOCK 0x80000000u

typedef struct fp_cluster_slot {
    fp_cluster *cluster; /* NULL: free */
    uint32_t count;
} fp_cluster_slot;

struct fp_federation {
    fp_hash_key key;
    fp_federation_options options;
    fp_label_index *labels;
    fp_intern nodes;

    fp_table endpoints;
    size_t count; /* live ones */
    FP_VEC(fp_cluster_slot) slots;
    size_t last_slot;
    fp_class_list *classes; /* by class id */
    uint32_t n_classes;
    fp_pool class_blocks;
    fp_idset enforced;

    fp_index owners; /* prefix → endpoint, or FP_OWNER_LIST | list */
    fp_table owner_lists;
    fp_cidr_trie *set_nets; /* prefixes of network sets → how many have it */

    FP_VEC(fp_touch) touches;
    fp_index touched; /* endpoint → touch, but for those that are new */
    fp_endpoint_id first_removed;
    fp_cidr change_net; /* what fp_federation_next_change() last pointed to */

    fp_u32_vec stale_endpoints;
    fp_u32_vec stale_lists;
    bool stale_all; /* a queue above could not grow: look at everything */

    FP_VEC(fp_label) labels_scratch;
};

static inline fp_endpoint *fp_endpoint_at(const fp_federation *federation, fp_endpoint_id id)
{
    return fp_table_at(&federation->endpoints, id);
}

static inline fp_owner_list *fp_owner_list_at(const fp_federation *federation, uint32_t tagged)
{
    return fp_table_at(&federation->owner_lists, tagged & ~FP_OWNER_LIST);
}

static inline fp_endpoint_type fp_flags_type(unsigned flags)
{
    return (fp_endpoint_type)((flags & FP_EP_TYPE_MASK) >> FP_EP_TYPE_SHIFT);
}

/* Workloads and hosts: their address is theirs; network sets only describe. */
static inline bool fp_flags_is_claim(unsigned flags)
{
    return fp_flags_type(flags) != FP_ENDPOINT_NETWORK_SET;
}

static inline bool fp_flags_is_local_claim(unsigned flags)
{
    return (flags & FP_EP_LOCAL) && fp_flags_is_claim(flags);
}

static inline fp_cidr fp_cidr_of_v4(uint32_t v4)
{
    fp_cidr net = {
        {.bytes = {(uint8_t)(v4 >> 24), (uint8_t)(v4 >> 16), (uint8_t)(v4 >> 8), (uint8_t)v4},
         .family = 4},
        32};

    return net;
}

/* state.c: nets and states. */
bool fp_cidr_to_v4(const fp_cidr *cidr, uint32_t *ret); /* IPv4 hosts only */
const fp_cidr *fp_extra_nets(const fp_extra *extra);
fp_str fp_extra_interface(const fp_extra *extra);
size_t fp_extra_memory(const fp_extra *extra);
fp_state fp_state_now(const fp_federation *federation, fp_endpoint_id id);
fp_state fp_state_before(const fp_federation *federation, fp_endpoint_id id);
size_t fp_state_net_count(const fp_state *state);
fp_cidr fp_state_net(const fp_state *state, size_t i);
bool fp_state_has_net(const fp_state *state, const fp_cidr *net);

/* classes.c: endpoints of each class. */
int fp_classes_reserve(fp_federation *federation, fp_class_id class_id);
/* Room was reserved. */
void fp_classes_add(fp_federation *federation, fp_class_id class_id, fp_endpoint_id id);
void fp_classes_remove(fp_federation *federation, fp_endpoint_id id);
size_t fp_classes_memory(const fp_federation *federation);
void fp_classes_done(fp_federation *federation);

/* owners.c: who has a prefix. An endpoint of FLAGS becomes or ceases to be an owner of NET, which
   it has not, or has no more, at the other times. *RET_CONTESTED, result: whether others have it.
 */
int fp_owners_add(fp_federation *federation, const fp_cidr *net, fp_endpoint_id id, unsigned flags,
                  bool *ret_contested);
bool fp_owners_remove(fp_federation *federation, const fp_cidr *net, fp_endpoint_id id,
                      unsigned flags);
/* An endpoint, a tagged list, or FP_NO_ID. */
uint32_t fp_owners_find(const fp_federation *federation, const fp_cidr *net);
/* Appends the owners of exactly NET. */
int fp_owners_list(const fp_federation *federation, const fp_cidr *net, fp_u32_vec *ret);
bool fp_owners_hides_remotes(const fp_federation *federation, const fp_cidr *net);
void fp_endpoint_set_contested(fp_federation *federation, fp_endpoint_id id, uint32_t n);
uint32_t fp_endpoint_contested(const fp_endpoint *endpoint);

/* changes.c */
int fp_changes_reserve(fp_federation *federation);
/* Room was reserved. Takes BEFORE over. */
void fp_changes_touch(fp_federation *federation, fp_endpoint_id id, const fp_state *before);

/* diags.c: marks; a queue that can't grow makes the next update slower, never wrong. */
void fp_diags_mark_endpoint(fp_federation *federation, fp_endpoint_id id);
void fp_diags_mark_list(fp_federation *federation, uint32_t tagged);

/* shifts.c: the nets whose owners, or whose owners' classes, are not what they were at the last
   forget. */
typedef struct fp_shift {
    fp_cidr net;
    fp_endpoint_id id; /* one whose part in it may have changed; FP_NO_ID: only look at the net */
} fp_shift;

typedef struct fp_shifts {
    FP_VEC(uint64_t) v4; /* IPv4 hosts: address << 32 | id */
    FP_VEC(fp_shift) other;
} fp_shifts;

typedef enum fp_shift_mode {
    FP_SHIFT_NETS,  /* what matters is which classes have an address */
    FP_SHIFT_PORTS, /* ports of the owners too */
} fp_shift_mode;

void fp_shifts_done(fp_shifts *shifts);
int fp_shifts_add(fp_shifts *shifts, const fp_cidr *net, fp_endpoint_id id);
/* Adds the shifts of all touched endpoints. */
int fp_shifts_add_touched(fp_federation *federation, fp_shift_mode mode, fp_shifts *shifts);
int fp_shifts_sort(fp_shifts *shifts);
bool fp_shifts_has(const fp_shifts *shifts, const fp_cidr *net); /* sorted */

/* One who counted or counts as owner of a net. */
typedef struct fp_part {
    fp_class_id class_id;
    const fp_extra *extra;
} fp_part;
typedef FP_VEC(fp_part) fp_parts;

/* Called once for each net, with the owners that counted then and that count now. */
typedef int (*fp_shift_fn)(void *user, const fp_cidr *net, const fp_parts *then,
                           const fp_parts *now);
int fp_shifts_each(fp_federation *federation, const fp_shifts *shifts, fp_shift_fn fn, void *user);

/* member_changes.c: the selectors that a class matches now (THEN: matched at the last forget) are
   appended. */
int fp_matches_of(const fp_federation *federation, fp_class_id class_id, bool then,
                  fp_u32_vec *ret);
/* Transitions of one class from AT on, which begins with it; their number. */
size_t fp_transitions_of(const fp_class_transition *transitions, size_t n, size_t at);

/* select.c: sorts the ids behind FROM by (cluster name, type, ns, name, kind). */
int fp_endpoints_sort(const fp_federation *federation, fp_u32_vec *ids, size_t from);

/* radix.c: sorts N items with SPACE for as many; the result is in ITEMS. */
size_t fp_sort_unique_u32(uint32_t *items, uint32_t *space, size_t n); /* what is left of N */
/* By the upper 32 bits only, stable. */
void fp_radix_sort_u64(uint64_t *items, uint64_t *space, size_t n);

#endif
