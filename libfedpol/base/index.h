/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_BASE_INDEX_H
#define FP_BASE_INDEX_H

/*
 * A hash index over somebody else's records: it stores ids with 24 bits of their hashes, 7 bytes
 * each, and asks the owner whether the record of an id is the one that is looked for. Open
 * addressing, linear probing in the order of hashes, deletion by backward shift, load at most 7/8.
 * The home of a hash is its share of the whole range, so tables grow by a quarter or less, in one
 * pass from front to back, and are never much larger than they must be. Ids are any u32 but
 * FP_NO_ID.
 *
 * Iteration order depends on the hash key and must never become visible.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FP_NO_ID UINT32_MAX

typedef struct fp_index {
    uint8_t *slots;
    uint32_t capacity;
    uint32_t count;
} fp_index;

/* True if the record ID is the one that KEY describes. */
typedef bool (*fp_index_match)(const void *owner, uint32_t id, const void *key);

void fp_index_done(fp_index *index);
/* The id whose record matches, or FP_NO_ID. */
uint32_t fp_index_find(const fp_index *index, uint32_t hash, fp_index_match match,
                       const void *owner, const void *key);
/* Makes room for one more, so that the following fp_index_add() can't fail. */
int fp_index_reserve(fp_index *index, size_t extra);
/* Adds ID, which must not be present under HASH: a record with several keys has several hashes.
   0 or FEDPOL_E_NOMEM. */
int fp_index_add(fp_index *index, uint32_t hash, uint32_t id);
/* Removes ID from under HASH; false if it was not there. Never allocates. */
bool fp_index_remove(fp_index *index, uint32_t hash, uint32_t id);
size_t fp_index_memory(const fp_index *index);

#endif
