/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_WIRE_TREE_H
#define FP_WIRE_TREE_H

/*
 * Builds one fp_value tree from the events of a reader, JSON or YAML, and is the one place that
 * holds their common limits: depth, members of one container, values of the whole, unique keys.
 */

#include "libfedpol/base/vec.h"
#include "libfedpol/wire/object_stream.h"

/* Whatever a caller's limits say: stacks have this many levels at most. */
#define FP_WIRE_DEPTH_MAX 1000u

/* Why a text or an object was refused. Texts are borrowed from the code or from the input. */
typedef struct fp_wire_fault {
    int code;           /* 0: none */
    const char *reason; /* one sentence without final dot */
    fp_str subject;     /* what it is about, such as the key; may be empty */
    uint64_t offset;    /* in the text that was read; JSON only */
} fp_wire_fault;

/* Turns FAULT into *RET_ERROR and returns its code (or FEDPOL_E_NOMEM). */
int fp_wire_fault_report(const fp_wire_fault *fault, fp_str where, int64_t offset,
                         fedpol_error **ret_error);

typedef struct fp_tree_level {
    fp_value *container;
    fp_value *last; /* child */
} fp_tree_level;

typedef struct fp_tree {
    uint32_t max_depth;
    uint32_t max_members;
    uint32_t max_values;
    fp_arena *arena;
    fp_value *root;
    fp_str key; /* of the member that comes next */
    uint32_t n_values;
    FP_VEC(fp_tree_level) levels;
    FP_VEC(const fp_value *) sorted; /* scratch: members of one object */
    fp_wire_fault fault;             /* of the call that failed */
} fp_tree;

void fp_tree_init(fp_tree *tree, const fp_wire_limits *limits);
void fp_tree_done(fp_tree *tree);
/* Forgets what was built; the next value is a root that lives in ARENA. */
void fp_tree_begin(fp_tree *tree, fp_arena *arena);
/*
 * The events. Slices must live as long as the arena. 0, or the negative code that tree->fault
 * holds too; the tree is then of no use until the next fp_tree_begin().
 */
int fp_tree_open(fp_tree *tree, fp_value_type type);
int fp_tree_close(fp_tree *tree);
void fp_tree_key(fp_tree *tree, fp_str key);
int fp_tree_scalar(fp_tree *tree, fp_value_type type, fp_str text, bool boolean);

#endif
