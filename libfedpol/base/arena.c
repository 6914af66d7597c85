/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/arena.h"

#include <stdint.h>

#include "libfedpol/base/alloc.h"
#include "libfedpol/base/check.h"

struct fp_arena_block {
    fp_arena_block *older;
    size_t size; /* of data */
    _Alignas(max_align_t) char data[];
};

#define ALIGNMENT _Alignof(max_align_t)

void fp_arena_init(fp_arena *arena, size_t block_size)
{
    *arena = (fp_arena){.block_size = block_size};
}

static void free_blocks(fp_arena_block *block)
{
    while (block) {
        fp_arena_block *older = block->older;

        fp_free(block);
        block = older;
    }
}

void fp_arena_done(fp_arena *arena)
{
    free_blocks(arena->blocks);
    *arena = (fp_arena){.block_size = arena->block_size};
}

void fp_arena_reset(fp_arena *arena)
{
    fp_arena_block *kept = arena->blocks;

    if (!kept)
        return;
    free_blocks(kept->older);
    kept->older = NULL;
    arena->next = kept->data;
    arena->end = kept->data + kept->size;
    arena->total = sizeof(*kept) + kept->size;
}

static bool add_block(fp_arena *arena, size_t need)
{
    size_t size = arena->block_size ? arena->block_size : FP_ARENA_DEFAULT_BLOCK;
    size_t bytes;
    fp_arena_block *block;

    if (size < need)
        size = need;
    if (fp_add_overflow(size, sizeof(*block), &bytes))
        return false;
    block = fp_alloc(bytes);
    if (!block)
        return false;
    block->older = arena->blocks;
    block->size = size;
    arena->blocks = block;
    arena->next = block->data;
    arena->end = block->data + size;
    arena->total += bytes;
    return true;
}

void *fp_arena_alloc_slow(fp_arena *arena, size_t size)
{
    size_t need;
    char *piece;

    if (fp_add_overflow(size ? size : 1, ALIGNMENT - 1, &need))
        return NULL;
    need &= ~(ALIGNMENT - 1);
    if ((size_t)(arena->end - arena->next) < need && !add_block(arena, need))
        return NULL;
    piece = arena->next;
    arena->next += need;
    return piece;
}

void *fp_arena_array(fp_arena *arena, size_t count, size_t size)
{
    size_t bytes;

    if (fp_mul_overflow(count, size, &bytes))
        return NULL;
    return fp_arena_alloc(arena, bytes);
}

void *fp_arena_zero(fp_arena *arena, size_t count, size_t size)
{
    void *piece = fp_arena_array(arena, count, size);

    if (piece)
        memset(piece, 0, count * size);
    return piece;
}

fp_str fp_arena_str(fp_arena *arena, fp_str s)
{
    char *copy;

    if (s.len == SIZE_MAX)
        return FP_STR_NULL;
    copy = fp_arena_alloc(arena, s.len + 1);
    if (!copy)
        return FP_STR_NULL;
    if (s.len)
        memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return (fp_str){copy, s.len};
}
