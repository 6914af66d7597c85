/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_RENDER_NFT_H
#define FP_RENDER_NFT_H

/*
 * Spells the intermediate form for `nft -f`. Blocks are additive in nft's grammar, so a chain's
 * block is the same text in a full ruleset and, after `flush chain`, in a delta.
 */

#include "libfedpol/render/ir.h"
#include "libfedpol/render/render.h"
#include "libfedpol/render/view.h"

typedef struct fp_nft {
    const fp_render_options *options;
    const fp_view *view; /* for members */
    fp_buf *buf;
} fp_nft;

/* One rule without line end. */
void fp_nft_put_rule(const fp_nft *nft, const fp_ir_rule *rule);
/* "ip saddr", "iifname . ip saddr", … */
void fp_nft_put_key(fp_buf *buf, unsigned key, unsigned family);
void fp_nft_put_element(fp_buf *buf, const fp_ir_set *set, const fp_ir_element *element);
/* The key only, of a map's element: what `delete element` takes. */
void fp_nft_put_element_key(fp_buf *buf, const fp_ir_set *set, const fp_ir_element *element);
void fp_nft_put_port_member(fp_buf *buf, const fp_port_member *member);
/* `set NAME { … }` with all elements; 0 or FEDPOL_E_NOMEM. */
int fp_nft_put_set(const fp_nft *nft, const fp_ir_set *set);
void fp_nft_put_chain(const fp_nft *nft, const fp_ir_chain *chain);
void fp_nft_put_table(const fp_nft *nft); /* "inet NAME" */
/* Opens and closes the table's block, in which sets and chains stand. */
void fp_nft_put_block(const fp_nft *nft);
void fp_nft_put_end(const fp_nft *nft);
/* Removes the table, whatever it holds, and opens its block again with all sets of IR. */
int fp_nft_put_begin(const fp_nft *nft, const fp_ir *ir);

#endif
