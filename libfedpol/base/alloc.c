/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/alloc.h"

#include <stdlib.h>
#include <string.h>

#include "libfedpol/base/check.h"

static void *libc_alloc(size_t size, void *user_data)
{
    (void)user_data;
    return malloc(size);
}

static void *libc_realloc(void *ptr, size_t size, void *user_data)
{
    (void)user_data;
    return realloc(ptr, size);
}

static void libc_free(void *ptr, void *user_data)
{
    (void)user_data;
    free(ptr);
}

/* The only mutable global of the library; written before the first context exists. */
static fp_allocator process_allocator = {libc_alloc, libc_realloc, libc_free, NULL};

void fp_alloc_set(const fp_allocator *allocator)
{
    static const fp_allocator libc_allocator = {libc_alloc, libc_realloc, libc_free, NULL};

    process_allocator = allocator ? *allocator : libc_allocator;
}

void *fp_alloc(size_t size)
{
    return process_allocator.alloc(size ? size : 1, process_allocator.user_data);
}

void *fp_alloc_array(size_t count, size_t size)
{
    size_t bytes;

    if (fp_mul_overflow(count, size, &bytes))
        return NULL;
    return fp_alloc(bytes);
}

void *fp_alloc_zero(size_t count, size_t size)
{
    void *ptr = fp_alloc_array(count, size);

    if (ptr)
        memset(ptr, 0, count * size);
    return ptr;
}

void *fp_realloc_array(void *ptr, size_t count, size_t size)
{
    size_t bytes;

    if (fp_mul_overflow(count, size, &bytes))
        return NULL;
    if (!ptr)
        return fp_alloc(bytes);
    return process_allocator.realloc(ptr, bytes ? bytes : 1, process_allocator.user_data);
}

void fp_free(void *ptr)
{
    if (ptr)
        process_allocator.free(ptr, process_allocator.user_data);
}

void fp_free_cleanup(void *address_of_pointer)
{
    void *ptr;

    memcpy(&ptr, address_of_pointer, sizeof(ptr));
    fp_free(ptr);
}
