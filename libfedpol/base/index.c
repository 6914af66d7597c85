/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/index.h"

#include <string.h>

#include "libfedpol/base/alloc.h"
#include "libfedpol/base/check.h"

/*
 * A slot is an id and the upper bits of its hash, without padding. Entries stand in the order of
 * their hashes, so that looking for what is not there ends early in a table that is almost full,
 * and a larger table is filled in one pass from front to back.
 */
#define SLOT_BYTES 7u
#define HASH_BITS 24u
/* From so many slots on what stands free weighs more than growing more often. */
#define LARGE 65536u

typedef struct entry {
    uint32_t hash; /* HASH_BITS of it */
    uint32_t id;   /* FP_NO_ID: free */
} entry;

static uint32_t kept_bits(uint32_t hash)
{
    return hash >> (32 - HASH_BITS);
}

/* Eight bytes in one load; the last is of the next slot, or the spare one behind all. */
static inline entry entry_at(const uint8_t *slots, uint32_t i)
{
    const uint8_t *s = slots + (size_t)i * SLOT_BYTES;
    uint64_t bits = (uint64_t)s[0] | (uint64_t)s[1] << 8 | (uint64_t)s[2] << 16 |
                    (uint64_t)s[3] << 24 | (uint64_t)s[4] << 32 | (uint64_t)s[5] << 40 |
                    (uint64_t)s[6] << 48 | (uint64_t)s[7] << 56;

    return (entry){(uint32_t)(bits >> 32) & ((1u << HASH_BITS) - 1), (uint32_t)bits};
}

static inline void set_entry(uint8_t *slots, uint32_t i, entry e)
{
    uint8_t *s = slots + (size_t)i * SLOT_BYTES;

    s[0] = (uint8_t)e.id;
    s[1] = (uint8_t)(e.id >> 8);
    s[2] = (uint8_t)(e.id >> 16);
    s[3] = (uint8_t)(e.id >> 24);
    s[4] = (uint8_t)e.hash;
    s[5] = (uint8_t)(e.hash >> 8);
    s[6] = (uint8_t)(e.hash >> 16);
}

static size_t bytes_of(uint32_t capacity)
{
    return capacity ? (size_t)capacity * SLOT_BYTES + 1 : 0;
}

void fp_index_done(fp_index *index)
{
    fp_free(index->slots);
    *index = (fp_index){0};
}

/* The slot where an entry of HASH is looked for first; of all hashes in their order. */
static inline uint32_t home_of(uint32_t hash, uint32_t capacity)
{
    return (uint32_t)((uint64_t)hash * capacity >> HASH_BITS);
}

static inline uint32_t after(uint32_t i, uint32_t capacity)
{
    return i + 1 == capacity ? 0 : i + 1;
}

/* How far behind its home an entry at I stands, around the end. */
static inline uint32_t displacement(uint32_t hash, uint32_t i, uint32_t capacity)
{
    uint32_t home = home_of(hash, capacity);

    return i >= home ? i - home : i + capacity - home;
}

uint32_t fp_index_find(const fp_index *index, uint32_t hash, fp_index_match match,
                       const void *owner, const void *key)
{
    uint32_t wanted = kept_bits(hash);
    uint32_t i;

    if (index->count == 0)
        return FP_NO_ID;
    i = home_of(wanted, index->capacity);
    for (uint32_t walked = 0;; walked++, i = after(i, index->capacity)) {
        entry e = entry_at(index->slots, i);

        if (e.id == FP_NO_ID)
            return FP_NO_ID;
        if (e.hash == wanted) {
            if (match(owner, e.id, key))
                return e.id;
        } else if (displacement(e.hash, i, index->capacity) < walked) {
            return FP_NO_ID;
        }
    }
}

/* Moves the entries of slots FROM to TO - 1 up by one. */
static void move_up(uint8_t *slots, uint32_t from, uint32_t to)
{
    uint8_t *s = slots + (size_t)from * SLOT_BYTES;

    memmove(s + SLOT_BYTES, s, (size_t)(to - from) * SLOT_BYTES);
}

/* Puts an entry before the first of a higher hash, and moves the rest of the run. */
static void place(uint8_t *slots, uint32_t capacity, entry e)
{
    uint32_t i = home_of(e.hash, capacity);
    uint32_t end;

    for (uint32_t walked = 0;; walked++, i = after(i, capacity)) {
        entry there = entry_at(slots, i);
        uint32_t its;

        if (there.id == FP_NO_ID)
            break;
        its = displacement(there.hash, i, capacity);
        if (its < walked || (its == walked && there.hash > e.hash))
            break;
    }
    for (end = i; entry_at(slots, end).id != FP_NO_ID;)
        end = after(end, capacity);
    if (end < i) {
        move_up(slots, 0, end);
        set_entry(slots, 0, entry_at(slots, capacity - 1));
        end = capacity - 1;
    }
    move_up(slots, i, end);
    set_entry(slots, i, e);
}

/* Copies all entries to a table of free slots: those from FIRST on, which has none around the end
   before it, stand in the order of their hashes; the rest have the highest. */
static void move_all(const fp_index *index, uint32_t first, uint8_t *slots, uint32_t capacity)
{
    uint32_t next = 0;

    for (uint32_t i = first; i < index->capacity; i++) {
        entry e = entry_at(index->slots, i);
        uint32_t home = home_of(e.hash, capacity);

        if (e.id == FP_NO_ID)
            continue;
        next = next > home ? next : home;
        if (next < capacity)
            set_entry(slots, next++, e);
        else
            place(slots, capacity, e);
    }
    for (uint32_t i = 0; i < first; i++)
        place(slots, capacity, entry_at(index->slots, i));
}

static int resize(fp_index *index, uint32_t capacity)
{
    uint8_t *slots = fp_alloc(bytes_of(capacity));
    uint32_t first = 0;

    if (!slots)
        return FEDPOL_E_NOMEM;
    /* All bits set: every id is FP_NO_ID. */
    memset(slots, 0xff, bytes_of(capacity));
    for (; first < index->capacity; first++) {
        entry e = entry_at(index->slots, first);

        if (e.id == FP_NO_ID || home_of(e.hash, index->capacity) <= first)
            break;
    }
    move_all(index, first, slots, capacity);
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
    while (need * 8 > capacity * 7)
        capacity += capacity < LARGE ? capacity / 4 : capacity / 8;
    if (capacity > UINT32_MAX / 2)
        return FEDPOL_E_NOMEM;
    return capacity == index->capacity ? 0 : resize(index, (uint32_t)capacity);
}

int fp_index_add(fp_index *index, uint32_t hash, uint32_t id)
{
    fp_try(fp_index_reserve(index, 1));
    place(index->slots, index->capacity, (entry){kept_bits(hash), id});
    index->count++;
    return 0;
}

/* Moves back what stands behind HOLE, as far as it is not at home. */
static void close_gap(fp_index *index, uint32_t hole)
{
    uint32_t capacity = index->capacity;

    for (uint32_t i = after(hole, capacity);; i = after(i, capacity)) {
        entry e = entry_at(index->slots, i);

        if (e.id == FP_NO_ID || displacement(e.hash, i, capacity) == 0)
            break;
        set_entry(index->slots, hole, e);
        hole = i;
    }
    set_entry(index->slots, hole, (entry){0, FP_NO_ID});
}

bool fp_index_remove(fp_index *index, uint32_t hash, uint32_t id)
{
    uint32_t wanted = kept_bits(hash);
    uint32_t i;

    if (index->count == 0)
        return false;
    i = home_of(wanted, index->capacity);
    for (uint32_t walked = 0;; walked++, i = after(i, index->capacity)) {
        entry e = entry_at(index->slots, i);

        if (e.id == FP_NO_ID || displacement(e.hash, i, index->capacity) < walked)
            return false;
        if (e.id == id && e.hash == wanted)
            break;
    }
    close_gap(index, i);
    index->count--;
    return true;
}

size_t fp_index_memory(const fp_index *index)
{
    return bytes_of(index->capacity);
}
