/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_SELECTOR_SELECTOR_H
#define FP_SELECTOR_SELECTOR_H

/*
 * The selector language (docs/internals/selector.md): an immutable, reference-counted program of
 * nodes in postfix order. One allocation holds nodes and text. Parsing keeps its own stack, so
 * depth of the input never becomes depth of the C stack.
 *
 * Postfix: the operands of a node stand before it. AND and OR have `n` operands (2 or more), NOT
 * has one, the leaves have none. No NOT ever stands directly on a NOT. `size` counts the nodes of
 * the whole sub-expression, so that operands can be found from behind.
 *
 * Canonical form and id are made when they are first asked for... by the caller, into its buffer:
 * the object itself never changes and may be shared between threads.
 */

#include <fedpol/error.h>

#include "libfedpol/base/buf.h"
#include "libfedpol/base/hash.h"
#include "libfedpol/base/str.h"

#define FP_SELECTOR_MAX_LENGTH 65536u
#define FP_SELECTOR_MAX_DEPTH 256u
#define FP_SELECTOR_MAX_LABEL 512u
#define FP_SELECTOR_UID_LEN 40u /* "s:" and 38 characters, without NUL */

typedef enum fp_selector_op {
    FP_SEL_ALL = 1,
    FP_SEL_GLOBAL,
    FP_SEL_HAS,
    FP_SEL_EQ,
    FP_SEL_NE,
    FP_SEL_IN,
    FP_SEL_NOT_IN,
    FP_SEL_CONTAINS,
    FP_SEL_STARTS_WITH,
    FP_SEL_ENDS_WITH,
    FP_SEL_NOT,
    FP_SEL_AND,
    FP_SEL_OR,
} fp_selector_op;

/* Where evaluation ends (see on_true and on_false), and the parent of the root. */
#define FP_SELECTOR_ACCEPT UINT32_MAX
#define FP_SELECTOR_REJECT (UINT32_MAX - 1)
#define FP_SELECTOR_NO_NODE UINT32_MAX

/*
 * Evaluation needs no stack: it begins at node 0, which is always a leaf, and each leaf names the
 * leaf that decides next, or the answer. Negations are folded into these jumps, and all of them go
 * forward. The jumps of inner nodes say where their sub-expression leads.
 */
typedef struct fp_selector_node {
    uint8_t op;           /* fp_selector_op */
    uint32_t n;           /* operands of AND, OR, NOT; values of IN, NOT_IN; 1 value of EQ … */
    uint32_t size;        /* nodes of this sub-expression, itself included */
    uint32_t parent;      /* the node that this one is an operand of, or FP_SELECTOR_NO_NODE */
    uint32_t on_true;     /* index of the next leaf, or FP_SELECTOR_ACCEPT or _REJECT */
    uint32_t on_false;    /* likewise */
    fp_str label;         /* of a leaf but ALL and GLOBAL */
    const fp_str *values; /* n of them, sorted and unique; all leaves with a value use this */
} fp_selector_node;

static inline bool fp_selector_op_is_leaf(uint8_t op)
{
    return op < FP_SEL_NOT;
}

typedef struct fedpol_selector fp_selector;

/*
 * Parses TEXT (borrowed, not kept). Failures: FEDPOL_E_PARSE, FEDPOL_E_TOO_LONG (over
 * FP_SELECTOR_MAX_LENGTH), FEDPOL_E_TOO_DEEP, FEDPOL_E_NOMEM; RET_ERROR tells the byte offset and
 * what was expected there.
 */
int fp_selector_parse(fp_str text, fp_selector **ret, fedpol_error **ret_error);

fp_selector *fp_selector_ref(fp_selector *selector);   /* NULL gives NULL */
fp_selector *fp_selector_unref(fp_selector *selector); /* NULL allowed; returns NULL */

/* The nodes, last one the root. */
const fp_selector_node *fp_selector_nodes(const fp_selector *selector, size_t *ret_n);

/*
 * Canonical form (docs/selectors.md), and id into a caller's array.
 * Builders take any bytes. A label or value that the language cannot write appears as hex"…",
 * which no parsed selector contains, so different selectors never share a form.
 */
void fp_selector_put_canonical(const fp_selector *selector, fp_buf *buf);
int fp_selector_uid(const fp_selector *selector, char ret_uid[FP_SELECTOR_UID_LEN + 1]);
/* The id that belongs to a canonical form which the caller has at hand; allocates nothing. */
void fp_selector_uid_of(fp_str canonical, char ret_uid[FP_SELECTOR_UID_LEN + 1]);
/* Equal canonical form, without building it. */
bool fp_selector_equal(const fp_selector *a, const fp_selector *b);
/* A structural hash: equal selectors have equal hashes. */
uint64_t fp_selector_hash(const fp_selector *selector);
/* The same with a secret key, for tables that hold selectors of tenants. */
uint64_t fp_selector_hash_keyed(const fp_selector *selector, const fp_hash_key *key);

/* A label set to match against: gives the value of NAME, or false if the label is absent. */
typedef bool (*fp_label_lookup)(const void *labels, fp_str name, fp_str *ret_value);

bool fp_selector_matches(const fp_selector *selector, fp_label_lookup lookup, const void *labels);
/* What one leaf says of the value of its label; NULL means that the label is absent. */
bool fp_selector_leaf_accepts(const fp_selector_node *leaf, const fp_str *value);
/* Whether any leaf names LABEL. */
bool fp_selector_mentions(const fp_selector *selector, fp_str label);

/* Builders; all return 0 or FEDPOL_E_NOMEM and leave their arguments alone. */
int fp_selector_new_all(fp_selector **ret);
int fp_selector_new_has(fp_str label, fp_selector **ret);
int fp_selector_new_eq(fp_str label, fp_str value, fp_selector **ret);
/* OP is FP_SEL_IN or FP_SEL_NOT_IN; values in any order, duplicates allowed. */
int fp_selector_new_set(fp_selector_op op, fp_str label, const fp_str *values, size_t n,
                        fp_selector **ret);
/* One AND node over the N (1 or more) parts in this order; NULL parts are left out; no flattening;
   if one part is left the result is that part; if none, *ret is NULL. */
int fp_selector_new_and(fp_selector *const *parts, size_t n, fp_selector **ret);
int fp_selector_new_not(fp_selector *part, fp_selector **ret);

/*
 * A copy in which every label has PREFIX before it, then all() becomes has(ALL_LABEL) and global()
 * becomes !has(ALL_LABEL). Empty PREFIX or ALL_LABEL leaves that part out. On the tree, never on
 * text, so literals are safe. Prefixed labels may be longer than FP_SELECTOR_MAX_LABEL.
 */
int fp_selector_rewrite(const fp_selector *selector, fp_str prefix, fp_str all_label,
                        fp_selector **ret);

/*
 * What must hold for any label set that matches, negations resolved by De Morgan.
 * `values` implies `present`. The slices belong to the selector, which must outlive this; if it is
 * impossible to match there are no items. Values are "not known" above FP_SELECTOR_MAX_UNION of
 * them from several leaves, so that hostile nesting stays cheap.
 */
#define FP_SELECTOR_MAX_UNION 1024u

typedef struct fp_selector_restriction {
    fp_str label;
    bool present;
    bool absent;
    bool has_values;      /* values are known: the label's value is one of them */
    const fp_str *values; /* sorted */
    size_t n_values;
} fp_selector_restriction;

typedef struct fp_selector_restrictions {
    bool impossible; /* no label set matches */
    size_t n;
    fp_selector_restriction *items; /* sorted by label */
    void *memory;
} fp_selector_restrictions;

int fp_selector_get_restrictions(const fp_selector *selector, fp_selector_restrictions *ret);
void fp_selector_restrictions_done(fp_selector_restrictions *restrictions);

#endif
