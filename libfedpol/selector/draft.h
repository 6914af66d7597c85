/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_SELECTOR_DRAFT_H
#define FP_SELECTOR_DRAFT_H

/*
 * A selector in the making, and the inside of a finished one. Parser, builders and rewriting add
 * nodes here in postfix order; building copies the draft into one block. Text is borrowed until
 * then. The rules that every selector obeys are kept here: values sorted and unique, no NOT on a
 * NOT. A failed call leaves the draft fit for fp_draft_clear() and fp_draft_done() only.
 */

#include <stdatomic.h>

#include "libfedpol/base/vec.h"
#include "libfedpol/selector/selector.h"

struct fedpol_selector {
    atomic_uint refs;
    uint32_t n;
    size_t capacity; /* bytes of the block: this struct, the nodes, the values, their text */
    fp_selector_node nodes[];
};

typedef struct fp_draft_node {
    fp_str label;
    uint32_t n;
    uint32_t size;
    uint32_t first_value;
    uint8_t op;
} fp_draft_node;

/* An embedded fp_draft starts as all zeros. */
typedef struct fp_draft {
    FP_VEC(fp_draft_node) nodes;
    FP_VEC(fp_str) values;
} fp_draft;

void fp_draft_done(fp_draft *draft);
/* Empties the draft and keeps its memory. */
void fp_draft_clear(fp_draft *draft);
/* Adds a value for the leaf that comes next. */
int fp_draft_value(fp_draft *draft, fp_str value);
/* Adds a leaf with the values from FIRST_VALUE on. */
int fp_draft_leaf(fp_draft *draft, fp_selector_op op, fp_str label, size_t first_value);
/* Negates the expression that was added last. */
int fp_draft_not(fp_draft *draft);
/* Joins the last N expressions by AND or OR; one alone stays as it is. */
int fp_draft_join(fp_draft *draft, fp_selector_op op, uint32_t n);
/* Adds a whole selector, which must outlive the draft. */
int fp_draft_append(fp_draft *draft, const fp_selector *selector);
/*
 * Copies the one expression of the draft into a selector. RECYCLED, which may be NULL, is one that
 * only the caller holds: it is given up to become the result if its block fits, or left alone.
 */
int fp_draft_build(const fp_draft *draft, fp_selector *recycled, fp_selector **ret);

/* Sorts bytewise, drops duplicates, returns how many are left. */
size_t fp_selector_sort_values(fp_str *values, size_t n);

#endif
