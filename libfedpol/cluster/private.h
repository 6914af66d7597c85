/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLUSTER_PRIVATE_H
#define FP_CLUSTER_PRIVATE_H

/* What the files of this folder share. */

#include "libfedpol/cluster/cluster.h"
#include "libfedpol/cluster/intern.h"
#include "libfedpol/cluster/strings.h"
#include "libfedpol/cluster/table.h"

#define FP_CLUSTER_NAME_MAX 63u

/* 16 bytes; the name stands in `names`. */
typedef struct fp_record {
    uint32_t name;
    uint32_t ns;
    uint32_t payload;
    uint8_t kind; /* FP_KIND_UNKNOWN: free */
    uint8_t cls;
    uint8_t generation; /* of its kind when it was last put; 0: before all of them */
} fp_record;

typedef struct fp_kind_state {
    uint32_t count;
    uint8_t generation; /* 1..255 */
    bool resyncing;
} fp_kind_state;

typedef struct fp_diag_store fp_diag_store;

struct fp_cluster {
    fp_hash_key key;
    char name[FP_CLUSTER_NAME_MAX + 1];
    uint32_t number;
    fp_cluster_role role;
    fp_cluster_limits limits;
    fp_admission admission;
    uint64_t weight;       /* of all records, if there is a limit */
    uint32_t overload;     /* kinds, by bit, of which something was left out */
    uint32_t new_overload; /* the same since the last list began */
    fp_cluster_counters counters;

    fp_table records;
    fp_strings names;
    fp_intern namespaces;
    fp_index index;
    fp_kind_state kinds[FP_KIND_COUNT];

    fp_cluster_state state;
    bool was_complete;
    int64_t left_in_sync_ms;

    fp_diag_store *diags;
};

int fp_diag_store_new(const fp_hash_key *key, fp_diag_store **ret);
fp_diag_store *fp_diag_store_free(fp_diag_store *store);
size_t fp_diag_store_memory(const fp_diag_store *store);

#endif
