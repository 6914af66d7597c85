/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_BASE_POOL_H
#define FP_BASE_POOL_H

/*
 * Many small records of different sizes, each named by a u32 instead of a pointer, without a
 * heap header. Freed pieces wait in a list of their size; records above FP_POOL_MAX_PIECE bytes
 * have a block of their own. When the last record goes all memory goes.
 *
 * Records never move. They are aligned for uint32_t, not for more. An embedded pool starts with
 * fp_pool_init().
 */

#include <stddef.h>
#include <stdint.h>

#define FP_POOL_UNIT 4u
#define FP_POOL_CHUNK_BITS 12u
#define FP_POOL_CHUNK_UNITS (1u << FP_POOL_CHUNK_BITS)
#define FP_POOL_MAX_PIECE 1024u

typedef struct fp_pool {
    char **chunks;
    size_t n_chunks;
    size_t cap_chunks;
    uint32_t *vacant; /* numbers of chunks that were freed; room for all of them */
    size_t n_vacant;
    size_t cap_vacant;
    uint32_t next; /* first unit of the current chunk that was never used, and behind the last */
    uint32_t end;
    size_t live;  /* records */
    size_t bytes; /* in chunks */
    uint32_t free[FP_POOL_MAX_PIECE / FP_POOL_UNIT + 1];
} fp_pool;

void fp_pool_init(fp_pool *pool);
void fp_pool_done(fp_pool *pool);
/* A record of SIZE bytes, not initialised; 0 or FEDPOL_E_NOMEM. */
int fp_pool_alloc(fp_pool *pool, size_t size, uint32_t *ret);
/* SIZE as it was allocated with. */
void fp_pool_free(fp_pool *pool, uint32_t record, size_t size);
size_t fp_pool_memory(const fp_pool *pool);

static inline void *fp_pool_at(const fp_pool *pool, uint32_t record)
{
    return pool->chunks[record >> FP_POOL_CHUNK_BITS] +
           (size_t)(record & (FP_POOL_CHUNK_UNITS - 1)) * FP_POOL_UNIT;
}

#endif
