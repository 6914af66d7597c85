/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/cluster/strings.h"

#include <string.h>

#include "libfedpol/base/alloc.h"
#include "libfedpol/base/index.h"

#define PAGE_UNITS (FP_STRINGS_PAGE / FP_STRINGS_UNIT)

static char *block_at(const fp_strings *strings, uint32_t ref)
{
    return strings->pages[ref / PAGE_UNITS] + (size_t)(ref % PAGE_UNITS) * FP_STRINGS_UNIT;
}

static uint32_t units_of(size_t len)
{
    return (uint32_t)((len + sizeof(uint16_t) + FP_STRINGS_UNIT - 1) / FP_STRINGS_UNIT);
}

void fp_strings_init(fp_strings *strings)
{
    *strings = (fp_strings){.next = FP_STRINGS_PAGE};
    for (size_t i = 0; i < FP_STRINGS_CLASSES; i++)
        strings->free_heads[i] = FP_NO_ID;
}

void fp_strings_done(fp_strings *strings)
{
    for (uint32_t i = 0; i < strings->n_pages; i++)
        fp_free(strings->pages[i]);
    fp_free(strings->pages);
    fp_strings_init(strings);
}

static void release_block(fp_strings *strings, uint32_t ref, uint32_t units)
{
    memcpy(block_at(strings, ref), &strings->free_heads[units], sizeof(ref));
    strings->free_heads[units] = ref;
}

/* Opens a new page; the rest of the last one goes to the free lists. */
static int add_page(fp_strings *strings)
{
    uint32_t rest = (FP_STRINGS_PAGE - strings->next) / FP_STRINGS_UNIT;
    char *page;

    if (strings->n_pages >= UINT32_MAX / PAGE_UNITS)
        return FEDPOL_E_NOMEM;
    if (strings->n_pages == strings->cap_pages) {
        uint32_t cap = strings->cap_pages ? strings->cap_pages * 2 : 4;
        char **pages = fp_realloc_array(strings->pages, cap, sizeof(*pages));

        if (!pages)
            return FEDPOL_E_NOMEM;
        strings->pages = pages;
        strings->cap_pages = cap;
    }
    page = fp_alloc(FP_STRINGS_PAGE);
    if (!page)
        return FEDPOL_E_NOMEM;
    if (rest > 0)
        release_block(strings,
                      (strings->n_pages - 1) * PAGE_UNITS + strings->next / FP_STRINGS_UNIT, rest);
    strings->pages[strings->n_pages++] = page;
    strings->next = 0;
    return 0;
}

int fp_strings_add(fp_strings *strings, fp_str s, uint32_t *ret)
{
    uint32_t units = units_of(s.len);
    uint16_t len = (uint16_t)s.len;
    uint32_t ref;
    char *block;

    if (s.len > FP_STRINGS_MAX)
        return FEDPOL_E_LIMIT;
    ref = strings->free_heads[units];
    if (ref != FP_NO_ID) {
        memcpy(&strings->free_heads[units], block_at(strings, ref), sizeof(ref));
    } else {
        if (units * FP_STRINGS_UNIT > FP_STRINGS_PAGE - strings->next)
            fp_try(add_page(strings));
        ref = (strings->n_pages - 1) * PAGE_UNITS + strings->next / FP_STRINGS_UNIT;
        strings->next += units * FP_STRINGS_UNIT;
    }
    block = block_at(strings, ref);
    memcpy(block, &len, sizeof(len));
    if (s.len > 0)
        memcpy(block + sizeof(len), s.ptr, s.len);
    strings->live++;
    *ret = ref;
    return 0;
}

fp_str fp_strings_get(const fp_strings *strings, uint32_t ref)
{
    const char *block = block_at(strings, ref);
    uint16_t len;

    memcpy(&len, block, sizeof(len));
    return (fp_str){block + sizeof(len), len};
}

void fp_strings_drop(fp_strings *strings, uint32_t ref)
{
    if (--strings->live == 0)
        fp_strings_done(strings);
    else
        release_block(strings, ref, units_of(fp_strings_get(strings, ref).len));
}

size_t fp_strings_memory(const fp_strings *strings)
{
    return strings->cap_pages * sizeof(*strings->pages) +
           (size_t)strings->n_pages * FP_STRINGS_PAGE;
}
