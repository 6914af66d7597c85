/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_API_SIZED_H
#define FP_API_SIZED_H

/*
 * Public structs that grow at their end. Caller and library may have been compiled with different
 * versions of one, so it is read through a copy of the library's own size: what the caller's lacks
 * stays at its default, and what it has more must be zero, which means "default" too.
 *
 * Writing goes the other way: only as many bytes as both sides know.
 */

#include <stddef.h>

/* No public struct ever grows beyond this; a larger size is garbage. */
#define FP_SIZED_MAX 4096u

/*
 * Copies the caller's struct THEIRS over OURS, which is SIZE bytes and holds the defaults; FIRST is
 * the size that the struct had in its first version. 0; FEDPOL_E_INVALID if it is NULL, smaller
 * than that or absurdly large; FEDPOL_E_ABI if it sets members that this version does not know.
 */
int fp_sized_read(void *ours, size_t size, size_t first, const void *theirs);
/* Copies OURS into the caller's struct, whose struct_size stays as it is. Codes as above. */
int fp_sized_write(void *theirs, size_t size, size_t first, const void *ours);
/* Zeroes a caller's struct of STRUCT_SIZE bytes and notes its size; nothing if that is absurd. */
void fp_sized_init(void *theirs, size_t struct_size);

#endif
