/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/services/private.h"

/*
 * Who may match whom, without trying all. A fed whose selector can only match services with one of
 * a few values of a label stands under these; others are loose in their namespace and tried for
 * each service of it.
 */

typedef struct posting_key {
    uint32_t space;
    fp_str label;
    fp_str value;
} posting_key;

fp_service_posting *fp_service_posting_at(const fp_services *s, uint32_t id)
{
    return fp_table_at(&s->postings, id);
}

static uint32_t hash_of(const fp_services *s, const posting_key *key)
{
    return fp_hash_str(&s->key, key->label) ^ (fp_hash_str(&s->key, key->value) * 31u) ^
           fp_hash_u64(&s->key, key->space);
}

static bool is_posting(const void *owner, uint32_t id, const void *wanted)
{
    const fp_service_posting *posting = fp_service_posting_at(owner, id);
    const posting_key *key = wanted;

    return posting->space == key->space && fp_str_eq(posting->label, key->label) &&
           fp_str_eq(posting->value, key->value);
}

uint32_t fp_service_posting_find(const fp_services *s, uint32_t space, fp_str label, fp_str value)
{
    const posting_key key = {space, label, value};

    return fp_index_find(&s->posting_index, hash_of(s, &key), is_posting, s, &key);
}

int fp_service_posting_get(fp_services *s, uint32_t space, fp_str label, fp_str value,
                           uint32_t *ret)
{
    const posting_key key = {space, label, value};
    fp_service_posting *posting;
    char *copy;

    *ret = fp_service_posting_find(s, space, label, value);
    if (*ret != FP_NO_ID)
        return 0;
    fp_try(fp_index_reserve(&s->posting_index, 1));
    fp_try(fp_table_reserve(&s->postings));
    copy = fp_alloc(label.len + value.len + 1);
    if (!copy)
        return FEDPOL_E_NOMEM;
    memcpy(copy, label.ptr, label.len);
    if (value.len > 0)
        memcpy(copy + label.len, value.ptr, value.len);
    (void)fp_table_new(&s->postings, ret); /* both were reserved */
    posting = fp_service_posting_at(s, *ret);
    posting->space = space;
    posting->label = fp_str_n(copy, label.len);
    posting->value = fp_str_n(copy + label.len, value.len);
    (void)fp_index_add(&s->posting_index, hash_of(s, &key), *ret);
    return 0;
}

static void free_posting(fp_service_posting *posting)
{
    fp_free((void *)(uintptr_t)posting->label.ptr);
    fp_idset_done(&posting->nodes);
    fp_idset_done(&posting->feds);
    memset(posting, 0, sizeof(*posting));
}

void fp_service_posting_settle(fp_services *s, uint32_t id)
{
    fp_service_posting *posting = fp_service_posting_at(s, id);
    const posting_key key = {posting->space, posting->label, posting->value};

    if (posting->nodes.count > 0 || posting->feds.count > 0)
        return;
    (void)fp_index_remove(&s->posting_index, hash_of(s, &key), id);
    free_posting(posting);
    fp_table_drop(&s->postings, id);
}

void fp_service_postings_done(fp_services *s)
{
    for (uint32_t id = 0; id < s->postings.used; id++)
        free_posting(fp_service_posting_at(s, id));
    fp_table_done(&s->postings);
    fp_index_done(&s->posting_index);
}

/* --- nodes --- */

/* The labels of a node, the one that says its cluster last. */
static bool label_of(const fp_service_node *node, const fp_service_desc *desc, size_t i,
                     fp_label *ret)
{
    if (i < desc->n_labels) {
        *ret = desc->labels[i];
        return true;
    }
    *ret = (fp_label){FP_STR(FP_REMOTE_CLUSTER_NAME), fp_cluster_name(node->cluster)};
    return i == desc->n_labels && !fp_node_is_local(node);
}

int fp_service_postings_add_node(fp_services *s, uint32_t id, const fp_service_desc *desc)
{
    const fp_service_node *node = fp_node_at(s, id);
    fp_label label;

    for (size_t i = 0; label_of(node, desc, i, &label); i++) {
        uint32_t posting;

        fp_try(fp_service_posting_get(s, node->space, label.name, label.value, &posting));
        if (fp_idset_add(&fp_service_posting_at(s, posting)->nodes, id) < 0) {
            fp_service_posting_settle(s, posting);
            return FEDPOL_E_NOMEM;
        }
    }
    return 0;
}

void fp_service_postings_remove_node(fp_services *s, uint32_t id, const fp_service_desc *desc)
{
    const fp_service_node *node = fp_node_at(s, id);
    fp_label label;

    for (size_t i = 0; label_of(node, desc, i, &label); i++) {
        uint32_t posting = fp_service_posting_find(s, node->space, label.name, label.value);

        if (posting == FP_NO_ID)
            continue;
        (void)fp_idset_remove(&fp_service_posting_at(s, posting)->nodes, id);
        fp_service_posting_settle(s, posting);
    }
}

static bool look_up(const void *labels, fp_str name, fp_str *ret_value)
{
    const fp_service_node *node = labels;
    const fp_service_desc *desc = &node->applied->desc;
    size_t low = 0;
    size_t high = desc->n_labels;

    if (fp_str_is(name, FP_REMOTE_CLUSTER_NAME)) {
        *ret_value = fp_cluster_name(node->cluster);
        return !fp_node_is_local(node);
    }
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = fp_str_cmp(desc->labels[middle].name, name);

        if (order == 0) {
            *ret_value = desc->labels[middle].value;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

bool fp_node_backs(const fp_services *s, const fp_service_node *node, const fp_fed *fed)
{
    const fp_service_node *own = fp_node_at(s, fed->node);

    return node->applied && !node->applied->desc.is_annotated && node->space == own->space &&
           fed->selector && fp_selector_matches(fed->selector, look_up, node);
}

/* --- feds --- */

/* The label to look under; the cluster's name only if there is nothing better, since many have it.
 */
static const fp_selector_restriction *choose(const fp_selector_restrictions *all)
{
    const fp_selector_restriction *best = NULL;
    const fp_selector_restriction *last = NULL;

    for (size_t i = 0; i < all->n; i++) {
        const fp_selector_restriction *item = &all->items[i];

        if (!item->has_values)
            continue;
        if (fp_str_is(item->label, FP_REMOTE_CLUSTER_NAME))
            last = item;
        else if (!best || item->n_values < best->n_values)
            best = item;
    }
    return best ? best : last;
}

static int enter(fp_services *s, uint32_t id, uint32_t space, fp_str label, fp_str value)
{
    fp_fed *fed = fp_fed_at(s, id);
    uint32_t posting;

    fp_try(fp_vec_reserve(&fed->postings, 1));
    fp_try(fp_service_posting_get(s, space, label, value, &posting));
    if (fp_idset_add(&fp_service_posting_at(s, posting)->feds, id) < 0) {
        fp_service_posting_settle(s, posting);
        return FEDPOL_E_NOMEM;
    }
    (void)fp_vec_push(&fed->postings, posting); /* there is room */
    return 0;
}

int fp_service_postings_add_fed(fp_services *s, uint32_t id)
{
    const fp_fed *fed = fp_fed_at(s, id);
    uint32_t space = fp_node_at(s, fed->node)->space;
    const fp_selector_restriction *chosen;
    fp_selector_restrictions all;
    int r = 0;

    if (!fed->selector)
        return 0;
    fp_try(fp_selector_get_restrictions(fed->selector, &all));
    chosen = choose(&all);
    if (!chosen && !all.impossible)
        r = fp_idset_add(&fp_space_at(s, space)->loose, id);
    for (size_t i = 0; chosen && r >= 0 && i < chosen->n_values; i++)
        r = enter(s, id, space, chosen->label, chosen->values[i]);
    fp_selector_restrictions_done(&all);
    return r < 0 ? r : 0;
}

void fp_service_postings_remove_fed(fp_services *s, uint32_t id)
{
    fp_fed *fed = fp_fed_at(s, id);

    (void)fp_idset_remove(&fp_space_at(s, fp_node_at(s, fed->node)->space)->loose, id);
    for (size_t i = 0; i < fed->postings.len; i++) {
        (void)fp_idset_remove(&fp_service_posting_at(s, fed->postings.items[i])->feds, id);
        fp_service_posting_settle(s, fed->postings.items[i]);
    }
    fp_vec_clear(&fed->postings);
}

int fp_service_postings_feds_of(fp_services *s, uint32_t id, fp_idset *ret)
{
    const fp_service_node *node = fp_node_at(s, id);
    fp_label label;

    fp_try(fp_idset_or(ret, &fp_space_at(s, node->space)->loose));
    for (size_t i = 0; label_of(node, &node->applied->desc, i, &label); i++) {
        uint32_t posting = fp_service_posting_find(s, node->space, label.name, label.value);

        if (posting != FP_NO_ID)
            fp_try(fp_idset_or(ret, &fp_service_posting_at(s, posting)->feds));
    }
    return 0;
}

int fp_service_postings_nodes_of(fp_services *s, uint32_t id, fp_idset *ret)
{
    const fp_fed *fed = fp_fed_at(s, id);
    const fp_service_space *space = fp_space_at(s, fp_node_at(s, fed->node)->space);

    if (fp_idset_has(&space->loose, id))
        return fp_idset_or(ret, &space->nodes);
    for (size_t i = 0; i < fed->postings.len; i++)
        fp_try(fp_idset_or(ret, &fp_service_posting_at(s, fed->postings.items[i])->nodes));
    return 0;
}
