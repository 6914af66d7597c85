/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_WORLD_GEN_H
#define FP_WORLD_GEN_H

/* Random streams of objects of three clusters, from small pools of names, labels and addresses, so
   that they meet, override, select and leave each other all the time. */

#include "libfedpol/base/vec.h"
#include "tests/support/fp_test.h"

typedef struct fp_test_op {
    unsigned cluster; /* 0 east, 1 west, 2 north */
    bool is_delete;
    bool is_commit; /* no object: a commit */
    char *key;      /* cluster, kind, namespace, name */
    char *json;
} fp_test_op;

typedef FP_VEC(fp_test_op) fp_test_ops;

/* Appends N operations. */
void fp_test_generate(fp_rng *rng, size_t n, fp_test_ops *ret);
void fp_test_ops_done(fp_test_ops *ops);

#endif
