/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_BASE_ARENA_H
#define FP_BASE_ARENA_H

/*
 * Memory that is given out piece by piece and freed as a whole: one decoded object, one policy.
 * Pieces are aligned for any type. NULL means out of memory; what was given out stays valid.
 */

#include <stddef.h>

#include "libfedpol/base/str.h"

typedef struct fp_arena_block fp_arena_block;

typedef struct fp_arena {
    fp_arena_block *blocks; /* newest first */
    char *next;
    char *end;
    size_t block_size; /* of the next block; 0 means the default */
    size_t total;      /* bytes asked from the allocator */
} fp_arena;

#define FP_ARENA_DEFAULT_BLOCK 4096u

/* BLOCK_SIZE 0 takes the default. Nothing is allocated yet. */
void fp_arena_init(fp_arena *arena, size_t block_size);
void fp_arena_done(fp_arena *arena);
/* Frees all pieces but keeps the newest block for re-use. */
void fp_arena_reset(fp_arena *arena);
void *fp_arena_alloc_slow(fp_arena *arena, size_t size);
static inline void *fp_arena_alloc(fp_arena *arena, size_t size)
{
    const size_t mask = _Alignof(max_align_t) - 1;
    size_t left = (size_t)(arena->end - arena->next);
    void *piece = arena->next;

    if (size == 0 || size > left || ((size + mask) & ~mask) > left)
        return fp_arena_alloc_slow(arena, size);
    arena->next += (size + mask) & ~mask;
    return piece;
}
void *fp_arena_array(fp_arena *arena, size_t count, size_t size);
void *fp_arena_zero(fp_arena *arena, size_t count, size_t size);
/* A copy with a NUL behind it; .ptr is NULL only when out of memory. */
fp_str fp_arena_str(fp_arena *arena, fp_str s);

#endif
