/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLUSTER_STRINGS_H
#define FP_CLUSTER_STRINGS_H

/*
 * Many short strings under u32 references, packed with a length of 2 bytes and rounded up to 4.
 * A freed block serves the next string of its size. When the last string goes, so does all memory.
 * No string is shared; for that see intern.h.
 */

#include "libfedpol/base/check.h"
#include "libfedpol/base/str.h"

#define FP_STRINGS_MAX 1024u /* bytes of one string; Kubernetes names have at most 253 */
#define FP_STRINGS_UNIT 4u
#define FP_STRINGS_PAGE 16384u
#define FP_STRINGS_CLASSES ((FP_STRINGS_MAX + 2 + FP_STRINGS_UNIT - 1) / FP_STRINGS_UNIT + 1)

typedef struct fp_strings {
    char **pages;
    uint32_t n_pages;
    uint32_t cap_pages;
    uint32_t next; /* offset of the unused rest of the last page */
    uint32_t live;
    uint32_t free_heads[FP_STRINGS_CLASSES]; /* by size in units; FP_NO_ID: none */
} fp_strings;

void fp_strings_init(fp_strings *strings);
void fp_strings_done(fp_strings *strings);
/* 0, FEDPOL_E_NOMEM, or FEDPOL_E_LIMIT if S is longer than FP_STRINGS_MAX. */
int fp_strings_add(fp_strings *strings, fp_str s, uint32_t *ret);
void fp_strings_drop(fp_strings *strings, uint32_t ref);
fp_str fp_strings_get(const fp_strings *strings, uint32_t ref);
size_t fp_strings_memory(const fp_strings *strings);

#endif
