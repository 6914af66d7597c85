/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_WIRE_KEEP_H
#define FP_WIRE_KEEP_H

/* keep.def as something to walk along while keys are met. */

#include <stdint.h>

#include "libfedpol/base/str.h"

typedef enum fp_keep_mode {
    FP_KEEP_WHOLE,
    FP_KEEP_IDENTITY,
    FP_KEEP_MEMBERS,
    FP_KEEP_ELEMENTS,
    FP_KEEP_ITEMS,
    FP_KEEP_EVENT,
} fp_keep_mode;

/* Nodes of keep.def; those of the table begin at 1. */
enum {
    FP_KEEP_ROOT,
#define FP_KEEP(node, parent, key, mode) FP_KEEP_NODE_##node,
#include "libfedpol/wire/keep.def"
#undef FP_KEEP
    FP_KEEP_COUNT,
    FP_KEEP_NONE = FP_KEEP_COUNT, /* a key that is not in the table */
};

#define FP_KEEP_NODE_ROOT FP_KEEP_ROOT

/* Nested nodes of keep.def at most, ROOT included; a test compares it with the table. */
#define FP_KEEP_DEPTH 4u
/* Slots of the index; a test checks that it is at most half full. */
#define FP_KEEP_SLOTS 256u

typedef struct fp_keep_node {
    fp_str label; /* the key as it is written into the reduced text, with quotes and colon */
    uint8_t parent;
    uint8_t mode; /* fp_keep_mode */
} fp_keep_node;

extern const fp_keep_node fp_keep_nodes[FP_KEEP_COUNT];

static inline fp_keep_mode fp_keep_mode_of(unsigned node)
{
    return (fp_keep_mode)fp_keep_nodes[node].mode;
}

static inline unsigned fp_keep_parent_of(unsigned node)
{
    return fp_keep_nodes[node].parent;
}

static inline fp_str fp_keep_label_of(unsigned node)
{
    return fp_keep_nodes[node].label;
}

/* From (node, key) to node; small enough to live in its owner. */
typedef struct fp_keep_index {
    uint8_t slots[FP_KEEP_SLOTS];
} fp_keep_index;

void fp_keep_index_init(fp_keep_index *index);
unsigned fp_keep_find_from(const fp_keep_index *index, unsigned slot, unsigned parent, fp_str key);

/* Where the search for KEY begins, which is not empty. */
static inline unsigned fp_keep_slot(unsigned parent, fp_str key)
{
    unsigned first = (unsigned char)key.ptr[0];
    unsigned last = (unsigned char)key.ptr[key.len - 1];

    return (parent * 3 + (unsigned)key.len + first * 8 + last * 5) % FP_KEEP_SLOTS;
}

/* The child of PARENT that is called KEY, or FP_KEEP_NONE; most keys are found missing at once. */
static inline unsigned fp_keep_find(const fp_keep_index *index, unsigned parent, fp_str key)
{
    unsigned slot;

    if (key.len == 0)
        return FP_KEEP_NONE;
    slot = fp_keep_slot(parent, key);
    return index->slots[slot] ? fp_keep_find_from(index, slot, parent, key) : FP_KEEP_NONE;
}

#endif
