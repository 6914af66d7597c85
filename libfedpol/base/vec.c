/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/vec.h"

#include <string.h>

int fp_u32_cmp(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

int fp_vec_grow(void *address_of_items, size_t *cap, size_t need, size_t size)
{
    void *items;
    size_t grown_cap = *cap ? *cap : 4;

    if (need <= *cap)
        return 0;
    while (grown_cap < need)
        if (fp_mul_overflow(grown_cap, 2, &grown_cap))
            return FEDPOL_E_NOMEM;
    memcpy(&items, address_of_items, sizeof(items));
    items = fp_realloc_array(items, grown_cap, size);
    if (!items)
        return FEDPOL_E_NOMEM;
    memcpy(address_of_items, &items, sizeof(items));
    *cap = grown_cap;
    return 0;
}
