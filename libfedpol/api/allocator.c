/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/alloc.h>

#include "libfedpol/api/sized.h"
#include "libfedpol/base/alloc.h"
#include "libfedpol/base/check.h"

void fedpol_allocator_init(fedpol_allocator *allocator, size_t struct_size)
{
    fp_sized_init(allocator, struct_size);
}

int fedpol_set_allocator(const fedpol_allocator *allocator)
{
    fedpol_allocator ours = {0};
    fp_allocator chosen;

    if (!allocator) {
        fp_alloc_set(NULL);
        return 0;
    }
    fp_try(fp_sized_read(&ours, sizeof(ours), sizeof(ours), allocator));
    if (!ours.alloc && !ours.realloc && !ours.free) {
        fp_alloc_set(NULL);
        return 0;
    }
    fp_check_arg(ours.alloc && ours.realloc && ours.free);
    chosen = (fp_allocator){ours.alloc, ours.realloc, ours.free, ours.user_data};
    fp_alloc_set(&chosen);
    return 0;
}
