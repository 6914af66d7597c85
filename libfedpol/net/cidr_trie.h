/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_NET_CIDR_TRIE_H
#define FP_NET_CIDR_TRIE_H

/*
 * A path-compressed binary trie from prefixes (both families in one) to a u32 value each.
 * Answers: exact, all prefixes that cover an address or prefix (shortest first), the longest
 * that covers, all inside a prefix (in fp_cidr_cmp order). Depth is bounded by 128, no recursion.
 */

#include "libfedpol/net/ip.h"

typedef struct fp_cidr_trie fp_cidr_trie;

fp_cidr_trie *fp_cidr_trie_new(void); /* NULL: out of memory */
fp_cidr_trie *fp_cidr_trie_free(fp_cidr_trie *trie);
/* Sets the value of CIDR; 0 or FEDPOL_E_NOMEM, which can't happen if it is present. */
int fp_cidr_trie_set(fp_cidr_trie *trie, const fp_cidr *cidr, uint32_t value);
bool fp_cidr_trie_get(const fp_cidr_trie *trie, const fp_cidr *cidr, uint32_t *ret_value);
bool fp_cidr_trie_remove(fp_cidr_trie *trie, const fp_cidr *cidr);
size_t fp_cidr_trie_count(const fp_cidr_trie *trie);

/* Return false to stop. The trie must not change meanwhile. */
typedef bool (*fp_cidr_trie_fn)(void *user, const fp_cidr *cidr, uint32_t value);

/* Every prefix that contains CIDR, itself included, shortest first. */
void fp_cidr_trie_covering(const fp_cidr_trie *trie, const fp_cidr *cidr, fp_cidr_trie_fn fn,
                           void *user);
/* Every prefix inside CIDR, itself included, in order. */
void fp_cidr_trie_covered(const fp_cidr_trie *trie, const fp_cidr *cidr, fp_cidr_trie_fn fn,
                          void *user);

#endif
