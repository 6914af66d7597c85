/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDPOL_ALLOC_H
#define FEDPOL_ALLOC_H

#include <stddef.h>

#include <fedpol/macros.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @file
 * Where the library gets its memory from. libc's allocator is the default; a program that wants to
 * count, limit or fail allocations installs its own, once, before anything else.
 *
 * This is the only state of the library that belongs to the whole process. A failing allocation is
 * never fatal: the call that needed it returns FEDPOL_E_NOMEM and what existed before stays as it
 * was. Memory is not limited by an allocator but by fedpol_context_set_limit(), which names what
 * was too much; an allocator that refuses is the second line.
 *
 * libyaml and libc itself take their memory from libc in any case, for the time of one call.
 *
 * @code
 * fedpol_allocator allocator;
 *
 * fedpol_allocator_init(&allocator, sizeof(allocator));
 * fedpol_set_allocator(&allocator); // all members NULL: libc's allocator again
 * @endcode
 */

/**
 * Three functions and a pointer for them. Either all three functions are set or none of them.
 * They may be called from every thread that uses the library, and must not call it back. What they
 * give is only read and written by the library, never handed to libc's free(), nor the other way.
 *
 * @since 0.1
 */
typedef struct fedpol_allocator {
    /**
     * sizeof(fedpol_allocator), set by fedpol_allocator_init()
     */
    size_t struct_size;
    /** gives SIZE bytes (at least 1), aligned for any type, or NULL if there are none */
    void *(*alloc)(size_t size, void *user_data);
    /** moves PTR (may be NULL) to SIZE bytes; on failure NULL, and PTR stays as it was */
    void *(*realloc)(void *ptr, size_t size, void *user_data);
    /** gives PTR back; never called with NULL */
    void (*free)(void *ptr, void *user_data);
    /** handed to each of the three, otherwise untouched */
    void *user_data;
} fedpol_allocator;

/**
 * Fills an allocator with its defaults: no functions, which means libc's.
 *
 * @param allocator memory of @p struct_size bytes, owned by the caller; NULL does nothing
 * @param struct_size sizeof(fedpol_allocator) as the caller was compiled
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API void fedpol_allocator_init(fedpol_allocator *allocator, size_t struct_size);

/**
 * Chooses the allocator of this process. To be called before any other object of the library
 * exists, or after all of them are gone: a block must return to the allocator that gave it.
 *
 * @param allocator copied; NULL restores libc's
 * @return 0; FEDPOL_E_INVALID if only some of the functions are set or struct_size is too small;
 *         FEDPOL_E_ABI if the struct is from a newer header and uses members unknown here
 *
 * Threads: none but the caller may be inside the library. @since 0.1
 */
FEDPOL_API int fedpol_set_allocator(const fedpol_allocator *allocator);

#ifdef __cplusplus
}
#endif
#endif
