/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/cluster/table.h"

#include <string.h>

#include "libfedpol/base/alloc.h"

void fp_table_init(fp_table *table, uint32_t size, uint32_t side)
{
    *table = (fp_table){.size = size, .side = side, .free_head = FP_NO_ID};
}

void fp_table_done(fp_table *table)
{
    for (uint32_t i = 0; i < table->n_pages; i++)
        fp_free(table->pages[i]);
    fp_free(table->pages);
    fp_table_init(table, table->size, table->side);
}

static int grow_pages(fp_table *table)
{
    uint32_t cap = table->cap_pages ? table->cap_pages * 2 : 4;
    char **pages = fp_realloc_array(table->pages, cap, sizeof(*pages));

    if (!pages)
        return FEDPOL_E_NOMEM;
    table->pages = pages;
    table->cap_pages = cap;
    return 0;
}

int fp_table_reserve(fp_table *table)
{
    char *page;

    if (table->free_head != FP_NO_ID || table->used < table->n_pages * FP_TABLE_PAGE)
        return 0;
    /* Ids stay below 2^31: owners use the top bit as a tag. */
    if (table->n_pages >= INT32_MAX / FP_TABLE_PAGE)
        return FEDPOL_E_NOMEM;
    if (table->n_pages == table->cap_pages)
        fp_try(grow_pages(table));
    page = fp_alloc_zero(FP_TABLE_PAGE, (size_t)table->size + table->side);
    if (!page)
        return FEDPOL_E_NOMEM;
    table->pages[table->n_pages++] = page;
    return 0;
}

int fp_table_new(fp_table *table, uint32_t *ret)
{
    uint32_t id = table->free_head;

    if (id != FP_NO_ID) {
        void *record = fp_table_at(table, id);

        memcpy(&table->free_head, record, sizeof(id));
        memset(record, 0, sizeof(id));
    } else {
        fp_try(fp_table_reserve(table));
        id = table->used++;
    }
    table->live++;
    *ret = id;
    return 0;
}

void fp_table_drop(fp_table *table, uint32_t id)
{
    void *record = fp_table_at(table, id);

    if (--table->live == 0) {
        fp_table_done(table);
        return;
    }
    memset(record, 0, table->size);
    memset(fp_table_side(table, id), 0, table->side);
    memcpy(record, &table->free_head, sizeof(id));
    table->free_head = id;
}

size_t fp_table_memory(const fp_table *table)
{
    return table->cap_pages * sizeof(*table->pages) +
           (size_t)table->n_pages * FP_TABLE_PAGE * ((size_t)table->size + table->side);
}
