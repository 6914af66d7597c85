/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/services/private.h"

/* --- nodes --- */

/* Slices win where there are any. Those that we wrote count for the fed that they were written for
   only. */
static bool has_slices(const fp_services *s, const fp_service_node *node)
{
    for (uint32_t object_id = fp_idset_next(&node->objects, 0); object_id != FP_NO_ID;
         object_id = fp_idset_next(&node->objects, object_id + 1)) {
        const fp_service_object *object = fp_object_at(s, object_id);

        if (object->now && object->now->desc.is_slice && !object->now->desc.is_ours)
            return true;
    }
    return false;
}

static void choose_source(fp_services *s, uint32_t id)
{
    fp_service_node *node = fp_node_at(s, id);
    bool slices = has_slices(s, node);
    fp_idset_iter iter = fp_idset_each(&node->feds);
    uint32_t fed;

    if (slices == node->uses_slices)
        return;
    node->uses_slices = slices;
    node->revision = ++s->revision;
    while (fp_idset_step(&iter, &fed)) {
        fp_fed_at(s, fed)->rebuild = true;
        fp_fed_touch(s, fed);
    }
}

static int move_postings(fp_services *s, uint32_t id)
{
    const fp_service_node *node = fp_node_at(s, id);

    if (node->now) {
        int r = fp_service_postings_add_node(s, id, &node->now->desc);

        if (r < 0) { /* under the old labels it stands as before, if these are not the same */
            fp_service_postings_remove_node(s, id, &node->now->desc);
            if (node->applied)
                (void)fp_service_postings_add_node(s, id, &node->applied->desc);
            return r;
        }
    }
    return 0;
}

/* Under labels that it has no more. */
static void leave_postings(fp_services *s, uint32_t id, const fp_packed_service *before)
{
    const fp_service_node *node = fp_node_at(s, id);

    if (!before)
        return;
    fp_service_postings_remove_node(s, id, &before->desc);
    if (node->applied)
        (void)fp_service_postings_add_node(s, id, &node->applied->desc);
}

static bool fed_may_differ(const fp_packed_service *a, const fp_packed_service *b)
{
    bool was = a && a->desc.is_annotated;
    bool is = b && b->desc.is_annotated;

    return was || is;
}

static int apply_service(fp_services *s, uint32_t id)
{
    fp_service_node *node = fp_node_at(s, id);
    fp_packed_service *before = node->applied;
    int r;

    fp_try(move_postings(s, id));
    node->applied = node->now;
    leave_postings(s, id, before);
    if (fed_may_differ(before, node->applied)) {
        r = fp_fed_update(s, id);
        if (r < 0) {
            node->applied = before;
            return r;
        }
    }
    fp_free(before);
    node->feds_stale = true;
    return 0;
}

static int commit_nodes(fp_services *s)
{
    while (s->dirty_nodes != FP_NO_ID) {
        uint32_t id = s->dirty_nodes;
        fp_service_node *node = fp_node_at(s, id);

        choose_source(s, id);
        if (node->now != node->applied)
            fp_try(apply_service(s, id));
        if (node->feds_stale)
            fp_try(fp_node_update_feds(s, id));
        node->feds_stale = false;
        s->dirty_nodes = node->dirty.next;
        node->dirty = (fp_link){0};
        fp_node_settle(s, id);
    }
    return 0;
}

/* --- objects --- */

static int change_in(fp_services *s, uint32_t fed, uint32_t id)
{
    int r = 0;

    fp_fed_touch(s, fed);
    if (!fp_fed_at(s, fed)->rebuild)
        r = fp_contribute_change(s, fed, id);
    if (r < 0)
        fp_fed_at(s, fed)->rebuild = true;
    return r;
}

static void forget_object(fp_services *s, uint32_t id)
{
    fp_service_object *object = fp_object_at(s, id);
    uint32_t node = object->node;

    (void)fp_idset_remove(&fp_node_at(s, node)->objects, id);
    fp_free((void *)(uintptr_t)object->name.ptr);
    memset(object, 0, sizeof(*object));
    fp_table_drop(&s->objects, id);
    fp_node_settle(s, node);
}

/* Feds that the change could not be made in are built anew, so that it is never needed again. */
static int commit_object(fp_services *s, uint32_t id)
{
    fp_service_object *object = fp_object_at(s, id);
    fp_service_node *node = fp_node_at(s, object->node);
    fp_idset_iter iter = fp_idset_each(&node->feds);
    uint32_t fed;
    int r = 0;

    if (object->now != object->applied && fp_node_is_local(node))
        node->revision = ++s->revision;
    while (object->now != object->applied && fp_idset_step(&iter, &fed))
        if (change_in(s, fed, id) < 0)
            r = FEDPOL_E_NOMEM;
    if (object->now != object->applied && node->fed != FP_NO_ID && change_in(s, node->fed, id) < 0)
        r = FEDPOL_E_NOMEM;
    if (object->applied != object->now)
        fp_free(object->applied);
    object->applied = object->now;
    object->dirty = (fp_link){0};
    if (!object->now)
        forget_object(s, id);
    return r;
}

static int commit_objects(fp_services *s)
{
    int r = 0;

    while (s->dirty_objects != FP_NO_ID) {
        uint32_t id = s->dirty_objects;

        s->dirty_objects = fp_object_at(s, id)->dirty.next;
        if (commit_object(s, id) < 0)
            r = FEDPOL_E_NOMEM;
    }
    return r;
}

/* --- feds --- */

static int settle_groups(fp_services *s, uint32_t id)
{
    fp_fed *fed = fp_fed_at(s, id);
    size_t kept = 0;
    int r = 0;

    for (size_t i = 0; i < fed->groups.len; i++) {
        uint32_t group = fed->groups.items[i];

        if (fp_group_settle(s, group) < 0)
            r = FEDPOL_E_NOMEM;
        if (fp_group_at(s, group)->n_slots == 0)
            fp_group_free(s, group);
        else
            fed->groups.items[kept++] = group;
    }
    fed->groups.len = kept;
    if (r < 0)
        fed->rebuild = true;
    return r;
}

/* Whether the last back ends must be kept is known only when all are counted. */
static int count_last(fp_services *s, uint32_t id)
{
    bool keeps = s->keep_last && fp_fed_at(s, id)->n_live == 0;

    if (keeps == fp_fed_at(s, id)->keeps_last)
        return 0;
    fp_fed_at(s, id)->keeps_last = keeps;
    return fp_fed_rebuild(s, id);
}

static int commit_fed(fp_services *s, uint32_t id)
{
    int r = 0;

    if (fp_fed_at(s, id)->rebuild)
        r = fp_fed_rebuild(s, id);
    if (r == 0)
        r = count_last(s, id);
    if (r < 0) {
        fp_fed_at(s, id)->rebuild = true;
        return r;
    }
    fp_try(settle_groups(s, id));
    fp_try(fp_fed_tell(s, id));
    fp_fed_at(s, id)->revision = ++s->revision;
    return 0;
}

static int commit_feds(fp_services *s)
{
    while (s->dirty_feds != FP_NO_ID) {
        uint32_t id = s->dirty_feds;

        fp_try(commit_fed(s, id));
        s->dirty_feds = fp_fed_at(s, id)->dirty.next;
        fp_fed_at(s, id)->dirty = (fp_link){0};
    }
    return 0;
}

int fp_services_commit(fp_services *services)
{
    int r;

    fp_try(commit_nodes(services));
    r = commit_objects(services);
    fp_try(commit_feds(services));
    return r < 0 && fp_services_is_dirty(services) ? r : 0;
}
