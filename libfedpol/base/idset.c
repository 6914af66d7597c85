/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/idset.h"

#include <string.h>

#include "libfedpol/base/alloc.h"
#include "libfedpol/base/check.h"
#include "libfedpol/base/index.h"

/* A vector below this stays a vector, however dense. */
#define MIN_BITS_COUNT 16u

static bool is_bits(const fp_idset *set)
{
    return set->cap & FP_IDSET_BITS;
}

static uint32_t word_count(const fp_idset *set)
{
    return set->cap & ~FP_IDSET_BITS;
}

/* The sorted members of a set that is no bit set. */
static const uint32_t *members(const fp_idset *set)
{
    return set->cap ? set->u.ids : &set->u.one;
}

static uint32_t *mutable_members(fp_idset *set)
{
    return set->cap ? set->u.ids : &set->u.one;
}

static uint32_t words_for(uint32_t id)
{
    return id / 64 + 1;
}

static uint32_t lower_bound(const uint32_t *ids, uint32_t n, uint32_t id)
{
    uint32_t low = 0;

    while (n > 0) {
        uint32_t half = n / 2;

        if (ids[low + half] < id) {
            low += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return low;
}

/* The builtin is a call into a table without a popcnt instruction; this stays inline. */
static uint32_t count_bits(uint64_t x)
{
    x -= (x >> 1) & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + ((x >> 2) & 0x3333333333333333u);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (uint32_t)((x * 0x0101010101010101u) >> 56);
}

void fp_idset_done(fp_idset *set)
{
    if (set->cap)
        fp_free(is_bits(set) ? (void *)set->u.words : (void *)set->u.ids);
    *set = (fp_idset){0};
}

void fp_idset_clear(fp_idset *set)
{
    fp_idset_done(set);
}

bool fp_idset_has(const fp_idset *set, uint32_t id)
{
    const uint32_t *ids;
    uint32_t at;

    if (is_bits(set))
        return id / 64 < word_count(set) && (set->u.words[id / 64] >> (id % 64) & 1);
    ids = members(set);
    at = lower_bound(ids, set->count, id);
    return at < set->count && ids[at] == id;
}

bool fp_idset_step(fp_idset_iter *iter, uint32_t *ret_id)
{
    const fp_idset *set = iter->set;

    if (!is_bits(set)) {
        if (iter->pos == set->count)
            return false;
        *ret_id = members(set)[iter->pos++];
        return true;
    }
    while (iter->word == 0) {
        if (iter->pos == word_count(set))
            return false;
        iter->word = set->u.words[iter->pos++];
    }
    *ret_id = (iter->pos - 1) * 64 + (uint32_t)__builtin_ctzll(iter->word);
    iter->word &= iter->word - 1;
    return true;
}

uint32_t fp_idset_next(const fp_idset *set, uint32_t from)
{
    fp_idset_iter iter = fp_idset_each(set);
    uint32_t id;

    if (!is_bits(set)) {
        iter.pos = lower_bound(members(set), set->count, from);
    } else {
        if (from / 64 >= word_count(set))
            return FP_NO_ID;
        iter.pos = from / 64 + 1;
        iter.word = set->u.words[from / 64] & (UINT64_MAX << (from % 64));
    }
    return fp_idset_step(&iter, &id) ? id : FP_NO_ID;
}

/* Makes a bit set of WORDS words out of any set whose members fit. */
static int to_bits(fp_idset *set, uint32_t words)
{
    uint64_t *bits = fp_alloc_zero(words, sizeof(*bits));
    uint32_t count = set->count;
    uint32_t id;

    if (!bits)
        return FEDPOL_E_NOMEM;
    for (fp_idset_iter it = fp_idset_each(set); fp_idset_step(&it, &id);)
        bits[id / 64] |= UINT64_C(1) << (id % 64);
    fp_idset_done(set);
    *set = (fp_idset){.count = count, .cap = FP_IDSET_BITS | words, .u.words = bits};
    return 0;
}

/* Makes a vector with room for EXTRA more, or an inline member, out of any set. */
static int to_vector(fp_idset *set, uint32_t extra)
{
    fp_idset made = {.count = set->count};
    uint32_t n = 0;
    uint32_t id;

    if (set->count + extra > 1) {
        made.cap = set->count + extra;
        made.u.ids = fp_alloc_array(made.cap, sizeof(*made.u.ids));
        if (!made.u.ids)
            return FEDPOL_E_NOMEM;
    }
    for (fp_idset_iter it = fp_idset_each(set); fp_idset_step(&it, &id);)
        mutable_members(&made)[n++] = id;
    fp_idset_done(set);
    *set = made;
    return 0;
}

/*
 * Takes the smaller form after members went. Failing to get the smaller block is no failure: the
 * set is only larger than it could be.
 */
static void shrink(fp_idset *set)
{
    if (set->cap == 0)
        return;
    if (set->count == 0)
        fp_idset_done(set);
    else if (set->count == 1 || (is_bits(set) && word_count(set) > set->count) ||
             (!is_bits(set) && set->cap >= 16 && set->cap / 4 > set->count))
        (void)to_vector(set, 0);
}

/* Grows a full vector, or turns it into a bit set where that is no larger. */
static int grow_vector(fp_idset *set, uint32_t id)
{
    uint32_t cap = set->cap ? set->cap + set->cap / 16 + 3 : 4;
    uint32_t highest = id;
    uint32_t *ids;

    if (set->count && members(set)[set->count - 1] > id)
        highest = members(set)[set->count - 1];
    if (set->count >= MIN_BITS_COUNT && words_for(highest) <= set->count / 2)
        return to_bits(set, words_for(highest) + words_for(highest) / 8);
    if (set->cap == 0)
        return to_vector(set, cap - set->count);
    if (cap >= FP_IDSET_BITS)
        return FEDPOL_E_NOMEM;
    ids = fp_realloc_array(set->u.ids, cap, sizeof(*ids));
    if (!ids)
        return FEDPOL_E_NOMEM;
    set->u.ids = ids;
    set->cap = cap;
    return 0;
}

static int grow_bits(fp_idset *set, uint32_t id)
{
    uint32_t old = word_count(set);
    uint32_t words = old + old / 8;
    uint64_t *bits;

    /* A vector that is clearly smaller; the difference keeps a set from going to and fro. */
    if (words_for(id) / 5 > set->count / 8)
        return to_vector(set, set->count / 8 + 4);
    if (words < words_for(id))
        words = words_for(id);
    bits = fp_realloc_array(set->u.words, words, sizeof(*bits));
    if (!bits)
        return FEDPOL_E_NOMEM;
    memset(bits + old, 0, (words - old) * sizeof(*bits));
    set->u.words = bits;
    set->cap = FP_IDSET_BITS | words;
    return 0;
}

static int insert(fp_idset *set, uint32_t id)
{
    uint32_t at = set->count;
    uint32_t *ids = mutable_members(set);

    if (at && ids[at - 1] >= id) {
        at = lower_bound(ids, set->count, id);
        if (ids[at] == id)
            return 0;
    }
    if (set->count == (set->cap ? set->cap : 1)) {
        fp_try(grow_vector(set, id));
        if (is_bits(set))
            return fp_idset_add(set, id);
        ids = mutable_members(set);
    }
    memmove(ids + at + 1, ids + at, (set->count - at) * sizeof(*ids));
    ids[at] = id;
    set->count++;
    return 1;
}

int fp_idset_add(fp_idset *set, uint32_t id)
{
    uint64_t bit = UINT64_C(1) << (id % 64);

    if (is_bits(set) && id / 64 >= word_count(set))
        fp_try(grow_bits(set, id));
    if (!is_bits(set))
        return insert(set, id);
    if (set->u.words[id / 64] & bit)
        return 0;
    set->u.words[id / 64] |= bit;
    set->count++;
    return 1;
}

bool fp_idset_remove(fp_idset *set, uint32_t id)
{
    uint32_t at;
    uint32_t *ids;

    if (is_bits(set)) {
        if (!fp_idset_has(set, id))
            return false;
        set->u.words[id / 64] &= ~(UINT64_C(1) << (id % 64));
    } else {
        ids = mutable_members(set);
        at = lower_bound(ids, set->count, id);
        if (at == set->count || ids[at] != id)
            return false;
        memmove(ids + at, ids + at + 1, (set->count - at - 1) * sizeof(*ids));
    }
    set->count--;
    shrink(set);
    return true;
}

int fp_idset_copy(fp_idset *dst, const fp_idset *src)
{
    fp_idset made = *src;

    if (is_bits(src)) {
        made.u.words = fp_alloc_array(word_count(src), sizeof(*made.u.words));
        if (!made.u.words)
            return FEDPOL_E_NOMEM;
        memcpy(made.u.words, src->u.words, word_count(src) * sizeof(*made.u.words));
    } else if (src->cap) {
        made.cap = src->count;
        made.u.ids = fp_alloc_array(src->count, sizeof(*made.u.ids));
        if (!made.u.ids)
            return FEDPOL_E_NOMEM;
        memcpy(made.u.ids, src->u.ids, src->count * sizeof(*made.u.ids));
    }
    fp_idset_done(dst);
    *dst = made;
    return 0;
}

static void move(fp_idset *dst, fp_idset *src)
{
    fp_idset_done(dst);
    *dst = *src;
    *src = (fp_idset){0};
}

static int add_each(fp_idset *dst, const fp_idset *src)
{
    uint32_t id;

    for (fp_idset_iter it = fp_idset_each(src); fp_idset_step(&it, &id);)
        fp_try(fp_idset_add(dst, id));
    return 0;
}

static int or_vectors(fp_idset *dst, const fp_idset *src)
{
    const uint32_t *a = members(dst);
    const uint32_t *b = members(src);
    fp_idset made = {.cap = dst->count + src->count};
    uint32_t i = 0;
    uint32_t j = 0;

    made.u.ids = fp_alloc_array(made.cap, sizeof(*made.u.ids));
    if (!made.u.ids)
        return FEDPOL_E_NOMEM;
    while (i < dst->count || j < src->count) {
        uint32_t x = i < dst->count ? a[i] : FP_NO_ID;
        uint32_t y = j < src->count ? b[j] : FP_NO_ID;

        made.u.ids[made.count++] = x < y ? x : y;
        i += x <= y;
        j += y <= x;
    }
    move(dst, &made);
    if (dst->count >= MIN_BITS_COUNT && words_for(dst->u.ids[dst->count - 1]) <= dst->count / 2)
        (void)to_bits(dst, words_for(dst->u.ids[dst->count - 1]));
    else
        shrink(dst);
    return 0;
}

static int or_bits(fp_idset *dst, const fp_idset *src)
{
    uint32_t words = word_count(src);
    uint32_t count = 0;

    if (word_count(dst) < words) {
        uint64_t *bits = fp_realloc_array(dst->u.words, words, sizeof(*bits));

        if (!bits)
            return FEDPOL_E_NOMEM;
        memset(bits + word_count(dst), 0, (words - word_count(dst)) * sizeof(*bits));
        dst->u.words = bits;
        dst->cap = FP_IDSET_BITS | words;
    }
    for (uint32_t i = 0; i < words; i++) {
        dst->u.words[i] |= src->u.words[i];
        count += count_bits(dst->u.words[i]);
    }
    for (uint32_t i = words; i < word_count(dst); i++)
        count += count_bits(dst->u.words[i]);
    dst->count = count;
    return 0;
}

int fp_idset_or(fp_idset *dst, const fp_idset *src)
{
    fp_idset made = {0};
    int r;

    if (src->count == 0)
        return 0;
    if (dst->count == 0)
        return fp_idset_copy(dst, src);
    if (is_bits(dst))
        return is_bits(src) ? or_bits(dst, src) : add_each(dst, src);
    if (!is_bits(src))
        return src->count == 1 ? (fp_idset_add(dst, members(src)[0]) < 0 ? FEDPOL_E_NOMEM : 0)
                               : or_vectors(dst, src);
    fp_try(fp_idset_copy(&made, src));
    r = add_each(&made, dst);
    if (r < 0)
        fp_idset_done(&made);
    else
        move(dst, &made);
    return r;
}

/* Keeps the members of a vector that are (KEEP) or aren't in SRC. */
static void filter(fp_idset *dst, const fp_idset *src, bool keep)
{
    uint32_t *ids = mutable_members(dst);
    bool walk = !is_bits(src) && src->count / 16 <= dst->count;
    uint32_t at = 0;
    uint32_t n = 0;

    for (uint32_t i = 0; i < dst->count; i++) {
        uint32_t id = ids[i];
        bool found;

        if (walk) {
            while (at < src->count && members(src)[at] < id)
                at++;
            found = at < src->count && members(src)[at] == id;
        } else {
            found = fp_idset_has(src, id);
        }
        if (found == keep)
            ids[n++] = id;
    }
    dst->count = n;
    shrink(dst);
}

static void and_bits(fp_idset *dst, const fp_idset *src, bool negated)
{
    uint32_t words = word_count(dst) < word_count(src) ? word_count(dst) : word_count(src);
    uint64_t flip = negated ? UINT64_MAX : 0;
    uint32_t count = 0;

    for (uint32_t i = 0; i < words; i++) {
        dst->u.words[i] &= src->u.words[i] ^ flip;
        count += count_bits(dst->u.words[i]);
    }
    for (uint32_t i = words; i < word_count(dst); i++) {
        dst->u.words[i] &= flip;
        count += count_bits(dst->u.words[i]);
    }
    dst->count = count;
    shrink(dst);
}

int fp_idset_and(fp_idset *dst, const fp_idset *src)
{
    fp_idset made = {0};

    if (!is_bits(dst)) {
        filter(dst, src, true);
    } else if (is_bits(src)) {
        and_bits(dst, src, false);
    } else {
        fp_try(fp_idset_copy(&made, src));
        filter(&made, dst, true);
        move(dst, &made);
    }
    return 0;
}

int fp_idset_and_not(fp_idset *dst, const fp_idset *src)
{
    uint32_t id;

    if (!is_bits(dst)) {
        filter(dst, src, false);
    } else if (is_bits(src)) {
        and_bits(dst, src, true);
    } else {
        for (fp_idset_iter it = fp_idset_each(src); fp_idset_step(&it, &id);)
            (void)fp_idset_remove(dst, id);
    }
    return 0;
}

size_t fp_idset_memory(const fp_idset *set)
{
    return is_bits(set) ? word_count(set) * sizeof(uint64_t) : set->cap * sizeof(uint32_t);
}
