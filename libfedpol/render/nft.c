/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/nft.h"

void fp_nft_put_table(const fp_nft *nft)
{
    fp_buf_puts(nft->buf, "inet ");
    fp_buf_add(nft->buf, nft->options->table);
}

/* An empty table first, so that deleting it can't fail; the three are one transaction. */
static void put_replace(const fp_nft *nft)
{
    fp_buf_puts(nft->buf, "table ");
    fp_nft_put_table(nft);
    fp_buf_puts(nft->buf, " {\n}\ndelete table ");
    fp_nft_put_table(nft);
    fp_buf_putc(nft->buf, '\n');
}

int fp_nft_put_begin(const fp_nft *nft, const fp_ir *ir)
{
    put_replace(nft);
    fp_nft_put_block(nft);
    for (size_t i = 0; i < ir->sets.len; i++)
        fp_try(fp_nft_put_set(nft, ir->sets.items[i]));
    return fp_buf_error(nft->buf);
}

void fp_nft_put_block(const fp_nft *nft)
{
    fp_buf_puts(nft->buf, "table ");
    fp_nft_put_table(nft);
    fp_buf_puts(nft->buf, " {\n");
}

void fp_nft_put_end(const fp_nft *nft)
{
    fp_buf_puts(nft->buf, "}\n");
}
