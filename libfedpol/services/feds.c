/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/services/private.h"

void fp_fed_touch(fp_services *s, uint32_t id)
{
    fp_fed *fed = fp_fed_at(s, id);

    if (fed->dirty.is)
        return;
    fed->dirty = (fp_link){s->dirty_feds, true};
    s->dirty_feds = id;
}

void fp_fed_done(fp_fed *fed)
{
    fp_selector_unref(fed->selector);
    fp_free(fed->problem_text);
    fp_vec_done(&fed->groups);
    fp_vec_done(&fed->postings);
    fp_idset_done(&fed->members);
}

/* --- membership --- */

bool fp_object_counts(const fp_services *s, const fp_fed *fed, const fp_service_object *object,
                      const fp_packed_backends *packed)
{
    const fp_service_node *node = fp_node_at(s, object->node);

    if (object->node == fed->node)
        return packed->desc.is_ours; /* held, as far as its cluster is pending */
    if (packed->desc.is_ours || packed->desc.is_slice != node->uses_slices)
        return false;
    return fed->keeps_last || fp_use_of(s, node->cluster) != FP_SERVICE_USE_WITHDRAWN;
}

static int add_objects(fp_services *s, uint32_t id, uint32_t node_id)
{
    const fp_service_node *node = fp_node_at(s, node_id);

    for (uint32_t object_id = fp_idset_next(&node->objects, 0); object_id != FP_NO_ID;
         object_id = fp_idset_next(&node->objects, object_id + 1)) {
        const fp_service_object *object = fp_object_at(s, object_id);

        if (object->applied && fp_object_counts(s, fp_fed_at(s, id), object, object->applied))
            fp_try(fp_contribute_add(s, id, object_id, object->applied));
    }
    return 0;
}

static int join(fp_services *s, uint32_t id, uint32_t node_id)
{
    int r = fp_idset_add(&fp_fed_at(s, id)->members, node_id);

    fp_try(r);
    r = fp_idset_add(&fp_node_at(s, node_id)->feds, id);
    if (r < 0)
        (void)fp_idset_remove(&fp_fed_at(s, id)->members, node_id);
    fp_try(r);
    return add_objects(s, id, node_id);
}

static void leave(fp_services *s, uint32_t id, uint32_t node_id)
{
    const fp_service_node *node = fp_node_at(s, node_id);

    for (uint32_t object_id = fp_idset_next(&node->objects, 0); object_id != FP_NO_ID;
         object_id = fp_idset_next(&node->objects, object_id + 1)) {
        const fp_service_object *object = fp_object_at(s, object_id);

        if (object->applied)
            fp_contribute_drop(s, id, object_id, object->applied);
    }
    (void)fp_idset_remove(&fp_fed_at(s, id)->members, node_id);
    (void)fp_idset_remove(&fp_node_at(s, node_id)->feds, id);
}

static int join_or_rebuild(fp_services *s, uint32_t id, uint32_t node_id)
{
    int r = join(s, id, node_id);

    if (r < 0)
        fp_fed_at(s, id)->rebuild = true;
    return r;
}

int fp_node_update_feds(fp_services *s, uint32_t id)
{
    fp_idset *candidates = &s->scratch_ids;
    fp_idset_iter iter;
    uint32_t fed;
    int r = 0;

    fp_idset_clear(candidates);
    if (fp_node_at(s, id)->applied)
        fp_try(fp_service_postings_feds_of(s, id, candidates));
    fp_try(fp_idset_or(candidates, &fp_node_at(s, id)->feds));
    iter = fp_idset_each(candidates);
    while (fp_idset_step(&iter, &fed)) {
        const fp_service_node *node = fp_node_at(s, id);
        bool is = fp_idset_has(&node->feds, fed);
        bool should = fp_node_backs(s, node, fp_fed_at(s, fed));

        if (fp_fed_at(s, fed)->rebuild || is == should)
            continue;
        fp_fed_touch(s, fed);
        if (is)
            leave(s, fed, id);
        else if (join_or_rebuild(s, fed, id) < 0)
            r = FEDPOL_E_NOMEM;
    }
    return r;
}

/* --- building one anew --- */

static void clear(fp_services *s, uint32_t id)
{
    fp_fed *fed = fp_fed_at(s, id);
    fp_idset_iter iter = fp_idset_each(&fed->members);
    uint32_t node;

    while (fp_idset_step(&iter, &node))
        (void)fp_idset_remove(&fp_node_at(s, node)->feds, id);
    fp_idset_clear(&fed->members);
    for (size_t i = 0; i < fed->groups.len; i++)
        fp_group_clear(s, fed->groups.items[i]);
    fed->n_contributions = fed->n_live = 0;
}

static int enlist(fp_services *s, uint32_t id)
{
    fp_idset_iter iter;
    uint32_t node;

    fp_idset_clear(&s->scratch_ids);
    fp_try(fp_service_postings_nodes_of(s, id, &s->scratch_ids));
    iter = fp_idset_each(&s->scratch_ids);
    while (fp_idset_step(&iter, &node))
        if (fp_node_backs(s, fp_node_at(s, node), fp_fed_at(s, id)))
            fp_try(join(s, id, node));
    return add_objects(s, id, fp_fed_at(s, id)->node);
}

int fp_fed_rebuild(fp_services *s, uint32_t id)
{
    clear(s, id);
    fp_service_postings_remove_fed(s, id);
    fp_try(fp_service_postings_add_fed(s, id));
    if (fp_fed_at(s, id)->selector)
        fp_try(enlist(s, id));
    fp_fed_at(s, id)->rebuild = false;
    return 0;
}

/* --- which nodes are feds --- */

static int read_selector(fp_fed *fed, const fp_service_desc *desc)
{
    fedpol_error *error = NULL;
    int r = 0;

    if (desc->has_selector || desc->is_other_name) {
        fed->problem = desc->has_selector ? FP_FEDERATED_HAS_SELECTOR : FP_FEDERATED_OTHER_NAME;
        return 0;
    }
    if (fp_str_trim(desc->selector).len == 0) {
        fed->problem_text = fp_str_dup(FP_STR("it is empty"));
    } else {
        r = fp_selector_parse(desc->selector, &fed->selector, &error);
        if (r < 0 && r != FEDPOL_E_NOMEM)
            fed->problem_text =
                fp_str_dup(fp_str_of(error ? fedpol_error_get_message(error) : fedpol_strerror(r)));
        fedpol_error_free(error);
        if (r == 0)
            return 0;
    }
    fed->problem = FP_FEDERATED_BAD_SELECTOR;
    return r == FEDPOL_E_NOMEM || !fed->problem_text ? FEDPOL_E_NOMEM : 0;
}

static int make_fed(fp_services *s, uint32_t node_id, uint32_t *ret)
{
    fp_service_node *node = fp_node_at(s, node_id);
    fp_fed fed = {.node = node_id, .rebuild = true};
    int r = read_selector(&fed, &node->applied->desc);

    if (r == 0)
        r = fp_table_new(&s->feds, ret);
    if (r < 0) {
        fp_fed_done(&fed);
        return r;
    }
    *fp_fed_at(s, *ret) = fed;
    return 0;
}

/* Groups settle to nothing, since nobody contributes any more. */
void fp_fed_free(fp_services *s, uint32_t id)
{
    fp_fed *fed = fp_fed_at(s, id);

    fp_fed_untell(s, id);
    clear(s, id);
    fp_service_postings_remove_fed(s, id);
    for (size_t i = 0; i < fed->groups.len; i++) {
        fp_group *group = fp_group_at(s, fed->groups.items[i]);

        while (group->touched != FP_NO_ID) {
            uint32_t slot = group->touched;

            group->touched = fp_slot_at(s, slot)->next_touched;
            fp_slot_free(s, slot);
        }
        fp_group_free(s, fed->groups.items[i]);
    }
    fp_fed_done(fed);
    memset(fed, 0, sizeof(*fed));
    fp_table_drop(&s->feds, id);
    s->revision++;
}

static void unlink_fed(fp_services *s, uint32_t id)
{
    uint32_t *place = &s->dirty_feds;

    if (!fp_fed_at(s, id)->dirty.is)
        return;
    while (*place != FP_NO_ID && *place != id)
        place = &fp_fed_at(s, *place)->dirty.next;
    if (*place == id)
        *place = fp_fed_at(s, id)->dirty.next;
}

int fp_fed_update(fp_services *s, uint32_t node_id)
{
    fp_service_node *node = fp_node_at(s, node_id);
    bool should = node->applied && node->applied->desc.is_annotated && fp_node_is_local(node);
    uint32_t id = FP_NO_ID;

    if (should)
        fp_try(make_fed(s, node_id, &id));
    if (node->fed != FP_NO_ID) {
        unlink_fed(s, node->fed);
        fp_fed_free(s, node->fed);
    }
    node->fed = id;
    node->revision = ++s->revision;
    if (id != FP_NO_ID)
        fp_fed_touch(s, id);
    return 0;
}
