/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "libfedpol/base/sha.h"
#include "libfedpol/render/renderer.h"

static int compare_provenance(const void *a, const void *b)
{
    return fp_str_cmp(((const fp_provenance *)a)->chain, ((const fp_provenance *)b)->chain);
}

static int add_provenance(fp_ruleset *ruleset, const fp_ir *ir)
{
    size_t n = ir->chains.len;
    fp_provenance *items = fp_arena_array(&ruleset->memory, n, sizeof(*items));

    if (!items)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        items[i].chain = fp_arena_str(&ruleset->memory, ir->chains.items[i]->name);
        items[i].what = fp_arena_str(&ruleset->memory, ir->chains.items[i]->what);
        if (!items[i].chain.ptr || !items[i].what.ptr)
            return FEDPOL_E_NOMEM;
    }
    if (n)
        qsort(items, n, sizeof(*items), compare_provenance);
    ruleset->provenance = items;
    ruleset->n_provenance = n;
    return 0;
}

static void put_hash(fp_ruleset *ruleset)
{
    static const char digits[] = "0123456789abcdef";
    const fp_str text = {ruleset->text, ruleset->text_len};
    uint8_t digest[FP_SHA256_LEN];

    fp_sha256(&text, 1, digest);
    for (size_t i = 0; i < FP_SHA256_LEN; i++) {
        ruleset->hash[2 * i] = digits[digest[i] >> 4];
        ruleset->hash[2 * i + 1] = digits[digest[i] & 15];
    }
    ruleset->hash[2 * FP_SHA256_LEN] = '\0';
}

int fp_ruleset_new(fp_buf *buf, bool is_delta, const fp_ir *ir, fp_ruleset **ret)
{
    fp_ruleset *ruleset = fp_alloc_zero(1, sizeof(*ruleset));

    if (!ruleset)
        return FEDPOL_E_NOMEM;
    fp_arena_init(&ruleset->memory, is_delta ? 256 : 0);
    ruleset->refs = 1;
    ruleset->is_delta = is_delta;
    ruleset->text = fp_buf_steal(buf, &ruleset->text_len);
    if (!ruleset->text || (ir && add_provenance(ruleset, ir) < 0)) {
        (void)fp_ruleset_unref(ruleset);
        return FEDPOL_E_NOMEM;
    }
    put_hash(ruleset);
    *ret = ruleset;
    return 0;
}

fp_ruleset *fp_ruleset_ref(fp_ruleset *ruleset)
{
    if (ruleset)
        (void)__atomic_fetch_add(&ruleset->refs, 1, __ATOMIC_RELAXED);
    return ruleset;
}

fp_ruleset *fp_ruleset_unref(fp_ruleset *ruleset)
{
    if (!ruleset || __atomic_sub_fetch(&ruleset->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return NULL;
    fp_free(ruleset->text);
    fp_arena_done(&ruleset->memory);
    fp_free(ruleset);
    return NULL;
}
