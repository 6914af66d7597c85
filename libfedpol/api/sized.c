/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/api/sized.h"

#include <stdbool.h>
#include <string.h>

#include "libfedpol/base/check.h"

static size_t size_of(const void *theirs)
{
    size_t size;

    memcpy(&size, theirs, sizeof(size));
    return size;
}

static bool is_zero(const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static int check(const void *theirs, size_t size, size_t first)
{
    size_t theirs_size;

    fp_check_arg(theirs);
    theirs_size = size_of(theirs);
    fp_check_arg(theirs_size >= first && theirs_size <= FP_SIZED_MAX);
    if (theirs_size > size && !is_zero((const char *)theirs + size, theirs_size - size))
        return FEDPOL_E_ABI;
    return 0;
}

int fp_sized_read(void *ours, size_t size, size_t first, const void *theirs)
{
    size_t n;

    fp_try(check(theirs, size, first));
    n = size_of(theirs) < size ? size_of(theirs) : size;
    memcpy(ours, theirs, n);
    memcpy(ours, &size, sizeof(size));
    return 0;
}

int fp_sized_write(void *theirs, size_t size, size_t first, const void *ours)
{
    size_t n;

    fp_try(check(theirs, size, first));
    n = size_of(theirs) < size ? size_of(theirs) : size;
    memcpy((char *)theirs + sizeof(size_t), (const char *)ours + sizeof(size_t),
           n - sizeof(size_t));
    return 0;
}

void fp_sized_init(void *theirs, size_t struct_size)
{
    if (!theirs || struct_size < sizeof(struct_size) || struct_size > FP_SIZED_MAX)
        return;
    memset(theirs, 0, struct_size);
    memcpy(theirs, &struct_size, sizeof(struct_size));
}
