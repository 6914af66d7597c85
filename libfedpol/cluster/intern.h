/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLUSTER_INTERN_H
#define FP_CLUSTER_INTERN_H

/* One u32 id for each distinct string, counted: namespaces of a cluster, nodes of all clusters. */

#include "libfedpol/base/hash.h"
#include "libfedpol/base/index.h"
#include "libfedpol/cluster/strings.h"
#include "libfedpol/cluster/table.h"

typedef struct fp_intern {
    fp_hash_key key;
    fp_table entries;
    fp_strings strings;
    fp_index index;
} fp_intern;

void fp_intern_init(fp_intern *intern, const fp_hash_key *key);
void fp_intern_done(fp_intern *intern);
/* Adds a reference. 0, FEDPOL_E_NOMEM, FEDPOL_E_LIMIT (strings.h). */
int fp_intern_get(fp_intern *intern, fp_str s, uint32_t *ret);
/* FP_NO_ID: not there. Adds no reference. */
uint32_t fp_intern_find(const fp_intern *intern, fp_str s);
fp_str fp_intern_str(const fp_intern *intern, uint32_t id);
void fp_intern_unref(fp_intern *intern, uint32_t id);
size_t fp_intern_memory(const fp_intern *intern);

#endif
