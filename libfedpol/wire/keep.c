/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/wire/keep.h"

#include "libfedpol/base/check.h"

const fp_keep_node fp_keep_nodes[FP_KEEP_COUNT] = {
#define FP_KEEP(node, parent, key, mode)                                                           \
    [FP_KEEP_NODE_##node] = {FP_STR_INIT("\"" key "\":"), FP_KEEP_NODE_##parent, FP_KEEP_##mode},
#include "libfedpol/wire/keep.def"
#undef FP_KEEP
};

_Static_assert(FP_KEEP_COUNT < FP_KEEP_SLOTS / 2, "the index of keep.def is too small");

static fp_str key_of(unsigned node)
{
    return fp_str_n(fp_keep_nodes[node].label.ptr + 1, fp_keep_nodes[node].label.len - 3);
}

/* A slot of 0 is free, as ROOT is nobody's child. */
void fp_keep_index_init(fp_keep_index *index)
{
    memset(index, 0, sizeof(*index));
    for (unsigned node = FP_KEEP_ROOT + 1; node < FP_KEEP_COUNT; node++) {
        unsigned slot = fp_keep_slot(fp_keep_nodes[node].parent, key_of(node));

        while (index->slots[slot])
            slot = (slot + 1) % FP_KEEP_SLOTS;
        index->slots[slot] = (uint8_t)node;
    }
}

unsigned fp_keep_find_from(const fp_keep_index *index, unsigned slot, unsigned parent, fp_str key)
{
    unsigned node;

    while ((node = index->slots[slot]) != 0) {
        if (fp_keep_nodes[node].parent == parent && fp_str_eq(key_of(node), key))
            return node;
        slot = (slot + 1) % FP_KEEP_SLOTS;
    }
    return FP_KEEP_NONE;
}
