/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "libfedpol/render/build.h"
#include "libfedpol/render/names.h"
#include "libfedpol/render/renderer.h"

/*
 * One transaction from what the kernel has to what it shall have, in an order that it accepts:
 *
 *   flush chains that change, sets whose members are not known      (their references end)
 *   one block: sets that are new, chains that are new or change     (with all they hold)
 *   elements that leave sets and tables, then those that join
 *   chains that go, sets that go
 */

typedef struct delta_text {
    fp_renderer *renderer;
    const fp_nft *nft;
    const fp_ir *ir;
    fp_known *known;
    fp_buf chains; /* texts of new and changed chains */
} delta_text;

static void put_command(const fp_nft *nft, const char *command, fp_str name)
{
    fp_buf_puts(nft->buf, command);
    fp_buf_putc(nft->buf, ' ');
    fp_nft_put_table(nft);
    fp_buf_putc(nft->buf, ' ');
    fp_buf_add(nft->buf, name);
    fp_buf_putc(nft->buf, '\n');
}

/* Writes every chain once, to know its digest, and keeps the text of those that differ. */
static int put_changed_chains(delta_text *delta)
{
    const fp_nft to_chains = {delta->nft->options, delta->nft->view, &delta->chains};

    for (size_t i = 0; i < delta->ir->chains.len; i++) {
        fp_str name = delta->ir->chains.items[i]->name;
        fp_known_chain *next = fp_known_find_chain(delta->known, name);
        const fp_known_chain *old = fp_known_find_chain(&delta->renderer->known, name);
        size_t from = delta->chains.len;

        fp_nft_put_chain(&to_chains, delta->ir->chains.items[i]);
        fp_try(fp_buf_error(&delta->chains));
        fp_known_set_digest(next, &delta->renderer->keys,
                            fp_str_sub(fp_buf_str(&delta->chains), from, delta->chains.len));
        if (old && memcmp(old->digest, next->digest, sizeof(old->digest)) == 0)
            delta->chains.len = from;
        else if (old)
            put_command(delta->nft, "flush chain", name);
    }
    return 0;
}

static const fp_tracked *tracked_of(const delta_text *delta, const fp_ir_set *set)
{
    const fp_tracker *tracker = &delta->renderer->tracker;

    return set->set_id < tracker->items.len ? &tracker->items.items[set->set_id] : NULL;
}

/* The kernel has a set of that name, but which members it has isn't known any more. */
static bool must_reload(const delta_text *delta, const fp_ir_set *set)
{
    const fp_tracked *tracked = tracked_of(delta, set);

    return set->kind == FP_IR_MEMBERS && (!tracked || tracked->fresh);
}

static void put_set_flushes(const delta_text *delta)
{
    for (size_t i = 0; i < delta->ir->sets.len; i++) {
        const fp_ir_set *set = delta->ir->sets.items[i];

        if (fp_known_find_set(&delta->renderer->known, set->name) && must_reload(delta, set))
            put_command(delta->nft, "flush set", set->name);
    }
}

static int put_new_sets(const delta_text *delta)
{
    for (size_t i = 0; i < delta->ir->sets.len; i++) {
        const fp_ir_set *set = delta->ir->sets.items[i];

        if (!fp_known_find_set(&delta->renderer->known, set->name) || must_reload(delta, set))
            fp_try(fp_nft_put_set(delta->nft, set));
    }
    return 0;
}

/* The block, unless it would be empty. */
static int put_block(const delta_text *delta)
{
    fp_buf *buf = delta->nft->buf;
    size_t before = buf->len;
    size_t opened;

    fp_nft_put_block(delta->nft);
    opened = buf->len;
    fp_try(put_new_sets(delta));
    fp_buf_add(buf, fp_buf_str(&delta->chains));
    if (!buf->error && buf->len == opened)
        buf->len = before;
    else
        fp_nft_put_end(delta->nft);
    return fp_buf_error(buf);
}

/* Elements of A that B doesn't have, or has with another verdict. */
static void put_table_difference(const fp_nft *nft, const char *verb, const fp_known_set *a,
                                 const fp_known_set *b, bool whole)
{
    size_t n = 0;
    size_t j = 0;

    for (size_t i = 0; i < a->n_elements; i++) {
        while (j < b->n_elements && fp_str_cmp(b->elements[j].key, a->elements[i].key) < 0)
            j++;
        if (j < b->n_elements && fp_str_eq(b->elements[j].text, a->elements[i].text))
            continue;
        if (n++ == 0) {
            fp_buf_puts(nft->buf, verb);
            fp_nft_put_table(nft);
            fp_buf_putc(nft->buf, ' ');
            fp_buf_add(nft->buf, a->name);
            fp_buf_puts(nft->buf, " { ");
        } else {
            fp_buf_puts(nft->buf, ", ");
        }
        fp_buf_add(nft->buf, whole ? a->elements[i].text : a->elements[i].key);
    }
    if (n)
        fp_buf_puts(nft->buf, " }\n");
}

static int put_element_changes(const delta_text *delta)
{
    for (size_t i = 0; i < delta->ir->sets.len; i++) {
        const fp_ir_set *set = delta->ir->sets.items[i];
        const fp_known_set *old = fp_known_find_set(&delta->renderer->known, set->name);
        const fp_known_set *next = fp_known_find_set(delta->known, set->name);

        if (!old)
            continue;
        if (set->kind == FP_IR_TABLE) {
            put_table_difference(delta->nft, "delete element ", old, next, false);
            put_table_difference(delta->nft, "add element ", next, old, true);
        } else if (set->kind == FP_IR_MEMBERS && !must_reload(delta, set) &&
                   tracked_of(delta, set)->dirty) {
            fp_try(fp_tracked_put_changes(delta->nft, tracked_of(delta, set), set->name,
                                          (fp_ir_part)set->part, set->family));
        }
    }
    return 0;
}

/* All are emptied before the first is deleted, as they may refer to each other. */
static void put_removals(const delta_text *delta)
{
    const fp_known *old = &delta->renderer->known;

    for (size_t i = 0; i < old->n_chains; i++)
        if (!fp_known_find_chain(delta->known, old->chains[i].name))
            put_command(delta->nft, "flush chain", old->chains[i].name);
    for (size_t i = 0; i < old->n_sets; i++)
        if (old->sets[i].is_map && !fp_known_find_set(delta->known, old->sets[i].name))
            put_command(delta->nft, "delete map", old->sets[i].name);
    for (size_t i = 0; i < old->n_chains; i++)
        if (!fp_known_find_chain(delta->known, old->chains[i].name))
            put_command(delta->nft, "delete chain", old->chains[i].name);
    for (size_t i = 0; i < old->n_sets; i++)
        if (!old->sets[i].is_map && !fp_known_find_set(delta->known, old->sets[i].name))
            put_command(delta->nft, "delete set", old->sets[i].name);
}

static int put_structural(delta_text *delta)
{
    fp_try(put_changed_chains(delta));
    put_set_flushes(delta);
    fp_try(put_block(delta));
    fp_try(put_element_changes(delta));
    put_removals(delta);
    return fp_buf_error(delta->nft->buf);
}

/* Sets with changes, in an order that doesn't depend on ids. */
typedef struct changed_set {
    char key[FP_NAME_HASH_LEN];
    uint32_t id;
} changed_set;

static int compare_changed(const void *a, const void *b)
{
    return memcmp(((const changed_set *)a)->key, ((const changed_set *)b)->key, FP_NAME_HASH_LEN);
}

static int put_one_set(fp_renderer *renderer, const fp_nft *nft, const fp_set *set, fp_buf *name)
{
    const fp_tracked *tracked = &renderer->tracker.items.items[set->id];
    fp_ir_part first = set->type == FP_SET_IP_PORT ? FP_PART_PORTS : FP_PART_HOSTS;
    fp_ir_part last = set->type == FP_SET_IP_PORT ? FP_PART_PORTS : FP_PART_WIDE;

    for (unsigned part = first; part <= (unsigned)last; part++) {
        for (unsigned family = 4; family <= 6; family += 2) {
            fp_buf_clear(name);
            fp_build_set_name(name, set, (fp_ir_part)part, family);
            fp_try(fp_buf_error(name));
            if (fp_known_find_set(&renderer->known, fp_buf_str(name)))
                fp_try(fp_tracked_put_changes(nft, tracked, fp_buf_str(name), (fp_ir_part)part,
                                              family));
        }
    }
    return fp_buf_error(nft->buf);
}

static int put_members(fp_renderer *renderer, const fp_nft *nft)
{
    const fp_u32_vec *dirty = &renderer->tracker.dirty;
    fp_cleanup_free changed_set *changed = fp_alloc_array(dirty->len, sizeof(*changed));
    fp_cleanup_buf fp_buf name = {0};

    if (!changed)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < dirty->len; i++) {
        const fp_set *set = nft->view->set(nft->view->source, dirty->items[i]);
        size_t skip;

        if (!set)
            return FEDPOL_E_INTERNAL;
        fp_buf_clear(&name);
        fp_build_set_name(&name, set, FP_PART_HOSTS, 4);
        fp_try(fp_buf_error(&name));
        skip = name.len - FP_NAME_HASH_LEN;
        memcpy(changed[i].key, name.data + skip, FP_NAME_HASH_LEN);
        changed[i].id = dirty->items[i];
    }
    if (dirty->len > 1)
        qsort(changed, dirty->len, sizeof(*changed), compare_changed);
    for (size_t i = 0; i < dirty->len; i++)
        fp_try(put_one_set(renderer, nft, nft->view->set(nft->view->source, changed[i].id), &name));
    return 0;
}

int fp_delta_put(fp_renderer *renderer, const fp_view *view, const fp_ir *ir, fp_known *known,
                 fp_buf *buf)
{
    const fp_nft nft = {&renderer->options, view, buf};
    delta_text delta = {.renderer = renderer, .nft = &nft, .ir = ir, .known = known};
    int r;

    if (!ir)
        return put_members(renderer, &nft);
    r = put_structural(&delta);
    fp_buf_done(&delta.chains);
    return r;
}
