/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLUSTER_ADMISSION_H
#define FP_CLUSTER_ADMISSION_H

/*
 * What one cluster may bring in: of which namespaces, with which addresses, and how much of it. The
 * other side is not trusted to keep to it, also where it was asked for no more than that.
 */

#include "libfedpol/base/vec.h"
#include "libfedpol/model/object.h"
#include "libfedpol/net/cidr_trie.h"

typedef FP_VEC(char *) fp_name_vec; /* sorted, unique */

typedef struct fp_admission {
    fp_name_vec namespaces; /* these alone; empty: all */
    fp_name_vec excluded;   /* but these */
    fp_cidr_trie *claims;   /* addresses that it may have; NULL: any */
    uint64_t max_objects;   /* 0: no limit, as for the next two */
    uint64_t max_endpoints;
    uint64_t max_bytes; /* of fp_object_weight() in all */
} fp_admission;

/* All zeros admits everything. */
void fp_admission_done(fp_admission *admission);
/* RET is overwritten; empty on failure. 0, FEDPOL_E_NOMEM. */
int fp_admission_copy(const fp_admission *admission, fp_admission *ret);
int fp_name_vec_add(fp_name_vec *names, fp_str name);
int fp_admission_add_claim(fp_admission *admission, const fp_cidr *cidr);

/* Whether an object of that kind and name is wanted. Cluster-wide kinds are but Namespaces. */
bool fp_admission_takes(const fp_admission *admission, fp_kind kind, fp_str ns, fp_str name);
bool fp_admission_claims(const fp_admission *admission, const fp_cidr *cidr);

#endif
