/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/pool.h"

#include <string.h>

#include "libfedpol/base/alloc.h"
#include "libfedpol/base/check.h"
#include "libfedpol/base/index.h"
#include "libfedpol/base/vec.h"

#define CHUNK_BYTES ((size_t)FP_POOL_CHUNK_UNITS * FP_POOL_UNIT)
#define MAX_CHUNKS ((size_t)1 << (32 - FP_POOL_CHUNK_BITS))

void fp_pool_init(fp_pool *pool)
{
    *pool = (fp_pool){0};
    for (size_t i = 0; i < FP_ARRAY_LEN(pool->free); i++)
        pool->free[i] = FP_NO_ID;
}

void fp_pool_done(fp_pool *pool)
{
    for (size_t i = 0; i < pool->n_chunks; i++)
        fp_free(pool->chunks[i]);
    fp_free(pool->chunks);
    fp_free(pool->vacant);
    fp_pool_init(pool);
}

static uint32_t units_of(size_t size)
{
    return size ? (uint32_t)((size + FP_POOL_UNIT - 1) / FP_POOL_UNIT) : 1;
}

static int add_chunk(fp_pool *pool, size_t bytes, uint32_t *ret)
{
    bool reuse = pool->n_vacant > 0;
    char *chunk;

    /* The last number would make FP_NO_ID a record. */
    if (!reuse && pool->n_chunks + 1 >= MAX_CHUNKS)
        return FEDPOL_E_NOMEM;
    fp_try(fp_vec_grow(&pool->chunks, &pool->cap_chunks, pool->n_chunks + 1, sizeof(char *)));
    fp_try(fp_vec_grow(&pool->vacant, &pool->cap_vacant, pool->n_chunks + 1, sizeof(uint32_t)));
    chunk = fp_alloc(bytes);
    if (!chunk)
        return FEDPOL_E_NOMEM;
    *ret = reuse ? pool->vacant[--pool->n_vacant] : (uint32_t)pool->n_chunks++;
    pool->chunks[*ret] = chunk;
    pool->bytes += bytes;
    return 0;
}

static void keep(fp_pool *pool, uint32_t record, uint32_t units)
{
    memcpy(fp_pool_at(pool, record), &pool->free[units], sizeof(uint32_t));
    pool->free[units] = record;
}

/* Starts a new chunk; what is left of the old one becomes a free piece. */
static int refill(fp_pool *pool)
{
    uint32_t chunk;

    fp_try(add_chunk(pool, CHUNK_BYTES, &chunk));
    if (pool->next < pool->end)
        keep(pool, pool->next, pool->end - pool->next);
    pool->next = chunk << FP_POOL_CHUNK_BITS;
    pool->end = pool->next + FP_POOL_CHUNK_UNITS;
    return 0;
}

int fp_pool_alloc(fp_pool *pool, size_t size, uint32_t *ret)
{
    uint32_t units;
    uint32_t chunk;

    if (size > FP_POOL_MAX_PIECE) {
        fp_try(add_chunk(pool, size, &chunk));
        *ret = chunk << FP_POOL_CHUNK_BITS;
        pool->live++;
        return 0;
    }
    units = units_of(size);
    if (pool->free[units] != FP_NO_ID) {
        *ret = pool->free[units];
        memcpy(&pool->free[units], fp_pool_at(pool, *ret), sizeof(uint32_t));
    } else {
        if (pool->end - pool->next < units)
            fp_try(refill(pool));
        *ret = pool->next;
        pool->next += units;
    }
    pool->live++;
    return 0;
}

void fp_pool_free(fp_pool *pool, uint32_t record, size_t size)
{
    uint32_t chunk = record >> FP_POOL_CHUNK_BITS;

    if (--pool->live == 0) {
        fp_pool_done(pool);
    } else if (size > FP_POOL_MAX_PIECE) {
        fp_free(pool->chunks[chunk]);
        pool->chunks[chunk] = NULL;
        pool->vacant[pool->n_vacant++] = chunk;
        pool->bytes -= size;
    } else {
        keep(pool, record, units_of(size));
    }
}

size_t fp_pool_memory(const fp_pool *pool)
{
    return pool->bytes + pool->cap_chunks * sizeof(char *) + pool->cap_vacant * sizeof(uint32_t);
}
