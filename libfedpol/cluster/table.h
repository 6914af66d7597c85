/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLUSTER_TABLE_H
#define FP_CLUSTER_TABLE_H

/*
 * Many records of one size under dense u32 ids, in pages: no slack of a doubled array, no copy
 * when it grows, and addresses that stay. Freed ids are used again, last freed first. When the
 * last record goes, so do all pages.
 *
 * A record may have a *side* value. The sides of a page stand together behind its records, so that
 * a loop that needs only them touches few cache lines.
 *
 * A record starts as all zeros. While it is free its first 4 bytes are the free list and the rest
 * is zero: owners that walk all ids keep their mark of life behind those 4 bytes.
 */

#include "libfedpol/base/check.h"
#include "libfedpol/base/index.h"

#define FP_TABLE_PAGE 256u

typedef struct fp_table {
    char **pages;
    uint32_t n_pages;
    uint32_t cap_pages;
    uint32_t size;      /* of a record, at least 4 */
    uint32_t side;      /* of a side value, or 0 */
    uint32_t used;      /* ids below were given out at some time */
    uint32_t live;      /* ids in use */
    uint32_t free_head; /* FP_NO_ID: none */
} fp_table;

/* SIZE and SIDE keep the alignment that the caller's types need: multiples of 8, or of 4 if no
   field is wider. */
void fp_table_init(fp_table *table, uint32_t size, uint32_t side);
void fp_table_done(fp_table *table);
/* The next fp_table_new() can't fail, unless one is freed before. */
int fp_table_reserve(fp_table *table);
/* 0 or FEDPOL_E_NOMEM. */
int fp_table_new(fp_table *table, uint32_t *ret);
void fp_table_drop(fp_table *table, uint32_t id);
size_t fp_table_memory(const fp_table *table);

static inline void *fp_table_at(const fp_table *table, uint32_t id)
{
    return table->pages[id / FP_TABLE_PAGE] + (size_t)(id % FP_TABLE_PAGE) * table->size;
}

static inline void *fp_table_side(const fp_table *table, uint32_t id)
{
    return table->pages[id / FP_TABLE_PAGE] + (size_t)FP_TABLE_PAGE * table->size +
           (size_t)(id % FP_TABLE_PAGE) * table->side;
}

#endif
