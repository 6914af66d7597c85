/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/index.h"

#include <string.h>

#include "libfedpol/base/alloc.h"
#include "libfedpol/base/check.h"

void fp_index_done(fp_index *index)
{
    fp_free(index->slots);
    *index = (fp_index){0};
}

/* The slot where an entry of HASH is looked for first; of all hashes in their order. */
static uint32_t home_of(uint32_t hash, uint32_t capacity)
{
    return (uint32_t)((uint64_t)hash * capacity >> 32);
}

static uint32_t after(uint32_t i, uint32_t capacity)
{
    return i + 1 == capacity ? 0 : i + 1;
}

/* How far behind FROM a slot is, around the end. */
static uint32_t distance(uint32_t from, uint32_t to, uint32_t capacity)
{
    return to >= from ? to - from : to + capacity - from;
}

uint32_t fp_index_find(const fp_index *index, uint32_t hash, fp_index_match match,
                       const void *owner, const void *key)
{
    if (index->count == 0)
        return FP_NO_ID;
    for (uint32_t i = home_of(hash, index->capacity);; i = after(i, index->capacity)) {
        const fp_index_slot *slot = &index->slots[i];

        if (slot->id == FP_NO_ID)
            return FP_NO_ID;
        if (slot->hash == hash && match(owner, slot->id, key))
            return slot->id;
    }
}

static void place(fp_index_slot *slots, uint32_t capacity, fp_index_slot entry)
{
    uint32_t i = home_of(entry.hash, capacity);

    while (slots[i].id != FP_NO_ID)
        i = after(i, capacity);
    slots[i] = entry;
}

static int resize(fp_index *index, uint32_t capacity)
{
    fp_index_slot *slots = fp_alloc_array(capacity, sizeof(*slots));

    if (!slots)
        return FEDPOL_E_NOMEM;
    /* All bits set: every id is FP_NO_ID. */
    memset(slots, 0xff, capacity * sizeof(*slots));
    for (uint32_t i = 0; i < index->capacity; i++)
        if (index->slots[i].id != FP_NO_ID)
            place(slots, capacity, index->slots[i]);
    fp_free(index->slots);
    index->slots = slots;
    index->capacity = capacity;
    return 0;
}

int fp_index_reserve(fp_index *index, size_t extra)
{
    uint64_t need = (uint64_t)index->count + extra;
    uint64_t capacity = index->capacity ? index->capacity : 8;

    if (extra > UINT32_MAX)
        return FEDPOL_E_NOMEM;
    while (need * 4 > capacity * 3)
        capacity += capacity / 4;
    if (capacity > UINT32_MAX / 2)
        return FEDPOL_E_NOMEM;
    return capacity == index->capacity ? 0 : resize(index, (uint32_t)capacity);
}

int fp_index_add(fp_index *index, uint32_t hash, uint32_t id)
{
    fp_try(fp_index_reserve(index, 1));
    place(index->slots, index->capacity, (fp_index_slot){hash, id});
    index->count++;
    return 0;
}

/* Closes the gap at HOLE by moving back every later entry that may stand there. */
static void close_gap(fp_index *index, uint32_t hole)
{
    uint32_t capacity = index->capacity;

    for (uint32_t i = after(hole, capacity); index->slots[i].id != FP_NO_ID;
         i = after(i, capacity)) {
        uint32_t home = home_of(index->slots[i].hash, capacity);

        if (distance(home, i, capacity) < distance(hole, i, capacity))
            continue;
        index->slots[hole] = index->slots[i];
        hole = i;
    }
    index->slots[hole].id = FP_NO_ID;
}

bool fp_index_remove(fp_index *index, uint32_t hash, uint32_t id)
{
    if (index->count == 0)
        return false;
    for (uint32_t i = home_of(hash, index->capacity); index->slots[i].id != FP_NO_ID;
         i = after(i, index->capacity)) {
        if (index->slots[i].id != id || index->slots[i].hash != hash)
            continue;
        close_gap(index, i);
        index->count--;
        return true;
    }
    return false;
}

size_t fp_index_memory(const fp_index *index)
{
    return (size_t)index->capacity * sizeof(*index->slots);
}
