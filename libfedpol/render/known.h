/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_RENDER_KNOWN_H
#define FP_RENDER_KNOWN_H

/*
 * What the kernel has after the last text: the names of chains with a digest of their rules, the
 * names of sets, and the elements of dispatch tables as text. All sorted by name. It is made anew
 * from each intermediate form, so that it is right by construction; members are tracked apart.
 */

#include "libfedpol/base/hash.h"
#include "libfedpol/render/ir.h"

/* Two keyed hashes. The keys follow from a whole text, which no tenant knows or controls; SHA-256
   of every chain would cost more than the rest of a full rendering. */
typedef struct fp_digest_keys {
    fp_hash_key keys[2];
} fp_digest_keys;

typedef struct fp_known_chain {
    fp_str name;
    uint64_t digest[2];
} fp_known_chain;

typedef struct fp_known_element {
    fp_str key;
    fp_str text; /* with the verdict, of a map */
} fp_known_element;

typedef struct fp_known_set {
    fp_str name;
    bool is_map;
    const fp_known_element *elements; /* of tables, sorted by key */
    size_t n_elements;
} fp_known_set;

typedef struct fp_known {
    fp_arena arena;
    fp_known_chain *chains;
    size_t n_chains;
    fp_known_set *sets;
    size_t n_sets;
} fp_known;

void fp_known_done(fp_known *known);
/* Digests are given by the caller as chains are written; until then they are zero. */
int fp_known_of(const fp_ir *ir, fp_known *ret);
fp_known_chain *fp_known_find_chain(const fp_known *known, fp_str name);
fp_known_set *fp_known_find_set(const fp_known *known, fp_str name);
void fp_known_set_digest(fp_known_chain *chain, const fp_digest_keys *keys, fp_str text);
/* HASH: of a ruleset, 64 hex digits. */
fp_digest_keys fp_known_keys_of(const char *hash);

#endif
