/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/known.h"

#include <stdlib.h>

#include "libfedpol/render/nft.h"

void fp_known_done(fp_known *known)
{
    fp_arena_done(&known->arena);
    *known = (fp_known){0};
}

static int compare_chains(const void *a, const void *b)
{
    return fp_str_cmp(((const fp_known_chain *)a)->name, ((const fp_known_chain *)b)->name);
}

static int compare_sets(const void *a, const void *b)
{
    return fp_str_cmp(((const fp_known_set *)a)->name, ((const fp_known_set *)b)->name);
}

static int compare_elements(const void *a, const void *b)
{
    return fp_str_cmp(((const fp_known_element *)a)->key, ((const fp_known_element *)b)->key);
}

static int know_chains(const fp_ir *ir, fp_known *known)
{
    known->chains = fp_arena_zero(&known->arena, ir->chains.len, sizeof(*known->chains));
    if (!known->chains)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < ir->chains.len; i++) {
        fp_str name = fp_arena_str(&known->arena, ir->chains.items[i]->name);

        if (!name.ptr)
            return FEDPOL_E_NOMEM;
        known->chains[known->n_chains++].name = name;
    }
    if (known->n_chains)
        qsort(known->chains, known->n_chains, sizeof(*known->chains), compare_chains);
    return 0;
}

static int know_text(fp_known *known, fp_buf *buf, fp_str *ret)
{
    *ret = fp_arena_str(&known->arena, fp_buf_str(buf));
    if (fp_buf_error(buf) || !ret->ptr)
        return FEDPOL_E_NOMEM;
    fp_buf_clear(buf);
    return 0;
}

static int know_elements(const fp_ir_set *set, fp_known *known, fp_known_set *ret)
{
    fp_cleanup_buf fp_buf buf = {0};
    fp_known_element *elements = fp_arena_array(&known->arena, set->n_elements, sizeof(*elements));

    if (!elements)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < set->n_elements; i++) {
        fp_nft_put_element_key(&buf, set, &set->elements[i]);
        fp_try(know_text(known, &buf, &elements[i].key));
        fp_nft_put_element(&buf, set, &set->elements[i]);
        fp_try(know_text(known, &buf, &elements[i].text));
    }
    if (set->n_elements)
        qsort(elements, set->n_elements, sizeof(*elements), compare_elements);
    ret->elements = elements;
    ret->n_elements = set->n_elements;
    return 0;
}

static int know_sets(const fp_ir *ir, fp_known *known)
{
    known->sets = fp_arena_zero(&known->arena, ir->sets.len, sizeof(*known->sets));
    if (!known->sets)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < ir->sets.len; i++) {
        const fp_ir_set *set = ir->sets.items[i];
        fp_known_set *ret = &known->sets[i];

        *ret =
            (fp_known_set){.name = fp_arena_str(&known->arena, set->name), .is_map = set->is_map};
        if (!ret->name.ptr)
            return FEDPOL_E_NOMEM;
        if (set->kind == FP_IR_TABLE)
            fp_try(know_elements(set, known, ret));
    }
    known->n_sets = ir->sets.len;
    if (known->n_sets)
        qsort(known->sets, known->n_sets, sizeof(*known->sets), compare_sets);
    return 0;
}

int fp_known_of(const fp_ir *ir, fp_known *ret)
{
    fp_known known = {0};
    int r;

    fp_arena_init(&known.arena, 32u * 1024u);
    r = know_chains(ir, &known);
    if (r == 0)
        r = know_sets(ir, &known);
    if (r < 0)
        fp_known_done(&known);
    else
        *ret = known;
    return r;
}

fp_known_chain *fp_known_find_chain(const fp_known *known, fp_str name)
{
    const fp_known_chain key = {.name = name};

    if (!known->n_chains)
        return NULL;
    return bsearch(&key, known->chains, known->n_chains, sizeof(key), compare_chains);
}

fp_known_set *fp_known_find_set(const fp_known *known, fp_str name)
{
    const fp_known_set key = {.name = name};

    if (!known->n_sets)
        return NULL;
    return bsearch(&key, known->sets, known->n_sets, sizeof(key), compare_sets);
}

void fp_known_set_digest(fp_known_chain *chain, const fp_digest_keys *keys, fp_str text)
{
    for (size_t i = 0; i < 2; i++)
        chain->digest[i] = fp_hash_bytes(&keys->keys[i], text.ptr, text.len);
}

fp_digest_keys fp_known_keys_of(const char *hash)
{
    fp_digest_keys keys;

    memcpy(keys.keys, hash, sizeof(keys.keys));
    return keys;
}
