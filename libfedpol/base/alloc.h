/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_BASE_ALLOC_H
#define FP_BASE_ALLOC_H

/*
 * All memory of the library goes through these calls, and from here to the allocator that the
 * process chose (libc's by default). The allocator is the one piece of process-wide state; tests
 * install one that fails on purpose.
 *
 * A size of 0 gives a valid pointer. NULL means out of memory and nothing else. Counts are
 * multiplied with an overflow check.
 */

#include <stddef.h>

typedef struct fp_allocator {
    void *(*alloc)(size_t size, void *user_data);
    void *(*realloc)(void *ptr, size_t size, void *user_data);
    void (*free)(void *ptr, void *user_data);
    void *user_data;
} fp_allocator;

/* NULL restores libc's. Not to be called while anything that was allocated is still alive. */
void fp_alloc_set(const fp_allocator *allocator);

void *fp_alloc(size_t size);
void *fp_alloc_zero(size_t count, size_t size);
void *fp_alloc_array(size_t count, size_t size);
/* On failure the old block stays as it was. */
void *fp_realloc_array(void *ptr, size_t count, size_t size);
void fp_free(void *ptr);

/* For locals: `fp_cleanup_free char *text = NULL;` frees at the end of the scope. */
void fp_free_cleanup(void *address_of_pointer);
#define fp_cleanup_free __attribute__((cleanup(fp_free_cleanup)))

#endif
