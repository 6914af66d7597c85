/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/services.h>

#include "libfedpol/api/handles.h"
#include "libfedpol/api/result.h"

/* Objects of the Kubernetes API: what is wanted, and what is to be written. */

typedef struct object_item {
    int verb;
    const char *kind;
    const char *ns;
    const char *name;
    const char *uid;
    const char *version;
    const char *json;
} object_item;

struct fedpol_service_objects {
    fp_result result;
    object_item *items;
    size_t n;
};

_Static_assert((int)FEDPOL_FORM_ENDPOINTS == (int)FP_WANTED_ENDPOINTS &&
                   (int)FEDPOL_FORM_SLICES == (int)FP_WANTED_SLICES &&
                   (int)FEDPOL_VERB_CREATE == (int)FP_WRITE_CREATE &&
                   (int)FEDPOL_VERB_UPDATE == (int)FP_WRITE_UPDATE &&
                   (int)FEDPOL_VERB_DELETE == (int)FP_WRITE_DELETE &&
                   (int)FEDPOL_VERB_RELEASE == (int)FP_WRITE_RELEASE,
               "public and internal forms and verbs have the same numbers");

/* --- wanted ones --- */

typedef struct filler {
    fedpol_service_objects *objects;
    const fp_services *services;
    fp_wanted_form form;
    fp_u32_vec ids;
    fp_wanted_slice_vec slices;
    FP_VEC(object_item) items;
} filler;

static int add(filler *f, const fp_federated_view *view, const char *kind, fp_str name,
               const fp_buf *json)
{
    fp_result *result = &f->objects->result;
    object_item item = {.kind = kind, .uid = "", .version = ""};

    fp_try(fp_buf_error(json));
    item.ns = fp_result_str(result, view->ns);
    item.name = fp_result_str(result, name);
    item.json = fp_result_str(result, fp_buf_str(json));
    if (!item.ns || !item.name || !item.json)
        return FEDPOL_E_NOMEM;
    return fp_vec_push(&f->items, item);
}

static int add_endpoints(filler *f, uint32_t id, const fp_federated_view *view)
{
    fp_cleanup_buf fp_buf json = {0};

    fp_try(fp_services_put_endpoints(f->services, id, f->form, FP_STR_NULL, &json));
    return add(f, view, "Endpoints", view->name, &json);
}

static int add_slice(filler *f, uint32_t id, const fp_federated_view *view,
                     const fp_wanted_slice *slice)
{
    fp_cleanup_buf fp_buf json = {0};
    fp_cleanup_buf fp_buf name = {0};

    fp_services_put_slice_name(f->services, id, slice, &name);
    fp_try(fp_buf_error(&name));
    fp_try(fp_services_put_slice(f->services, id, slice, FP_STR_NULL, &json));
    return add(f, view, "EndpointSlice", fp_buf_str(&name), &json);
}

static int add_service(filler *f, uint32_t id)
{
    const fp_federated_view view = fp_services_view(f->services, id);

    if (view.problem != FP_FEDERATED_OK)
        return 0;
    if ((f->form & FP_WANTED_ENDPOINTS) && !view.is_foreign)
        fp_try(add_endpoints(f, id, &view));
    fp_vec_clear(&f->slices);
    if (f->form & FP_WANTED_SLICES)
        fp_try(fp_services_slices(f->services, id, &f->slices));
    for (size_t i = 0; i < f->slices.len; i++)
        fp_try(add_slice(f, id, &view, &f->slices.items[i]));
    return 0;
}

/* The items move into the result's own memory. */
static int seal(filler *f)
{
    fedpol_service_objects *objects = f->objects;

    objects->items = fp_arena_array(&objects->result.arena, f->items.len, sizeof(*objects->items));
    if (!objects->items)
        return FEDPOL_E_NOMEM;
    if (f->items.len > 0)
        memcpy(objects->items, f->items.items, f->items.len * sizeof(*objects->items));
    objects->n = f->items.len;
    fp_result_seal(&objects->result);
    return 0;
}

static int fill_wanted(filler *f)
{
    fp_try(fp_services_list(f->services, &f->ids));
    for (size_t i = 0; i < f->ids.len; i++)
        fp_try(add_service(f, f->ids.items[i]));
    return seal(f);
}

/* --- writes --- */

static int add_write(filler *f, const fp_write *write)
{
    fp_result *result = &f->objects->result;
    object_item item = {
        .verb = (int)write->verb,
        .kind = fp_kind_name(write->kind),
        .ns = fp_result_str(result, write->ns),
        .name = fp_result_str(result, write->name),
        .uid = fp_result_str(result, write->uid),
        .version = fp_result_str(result, write->version),
        .json = fp_result_str(result, write->body),
    };

    if (!item.ns || !item.name || !item.uid || !item.version || !item.json)
        return FEDPOL_E_NOMEM;
    return fp_vec_push(&f->items, item);
}

static int fill_writes(filler *f, fp_services *services)
{
    fp_write_vec writes = {0};
    fp_arena arena;
    int r;

    fp_arena_init(&arena, 0);
    r = fp_services_writes(services, f->form, &arena, &writes);
    for (size_t i = 0; r == 0 && i < writes.len; i++)
        r = add_write(f, &writes.items[i]);
    fp_vec_done(&writes);
    fp_arena_done(&arena);
    return r < 0 ? r : seal(f);
}

/* --- queries --- */

static bool local_is_in_sync(const fedpol_context *context)
{
    for (size_t i = 0; i < context->clusters.len; i++)
        if (context->clusters.items[i]->role == FEDPOL_ROLE_LOCAL)
            return fp_cluster_get_state(context->clusters.items[i]->core) == FP_STATE_IN_SYNC;
    return false;
}

static int query(fedpol_context *context, unsigned forms, bool writes,
                 fedpol_service_objects **ret_objects)
{
    filler f = {.form = (fp_wanted_form)forms};
    fp_services *services;
    int r;

    fp_try(fp_context_check(context));
    fp_check_arg(ret_objects && forms >= FP_WANTED_ENDPOINTS && forms <= FP_WANTED_BOTH);
    fp_try(fp_context_commit(context));
    if (writes && !local_is_in_sync(context))
        return FEDPOL_E_STATE;
    services = fp_world_services(context->world);
    f.services = services;
    f.objects = fp_result_new(sizeof(*f.objects));
    r = !f.objects ? FEDPOL_E_NOMEM : writes ? fill_writes(&f, services) : fill_wanted(&f);
    fp_vec_done(&f.ids);
    fp_vec_done(&f.slices);
    fp_vec_done(&f.items);
    if (r < 0)
        fedpol_service_objects_unref(f.objects);
    else
        *ret_objects = f.objects;
    return r;
}

int fedpol_context_query_service_objects(fedpol_context *context, unsigned forms,
                                         fedpol_service_objects **ret_objects)
{
    return query(context, forms, false, ret_objects);
}

int fedpol_context_query_service_writes(fedpol_context *context, unsigned forms,
                                        fedpol_service_objects **ret_objects)
{
    return query(context, forms, true, ret_objects);
}

fedpol_service_objects *fedpol_service_objects_ref(fedpol_service_objects *objects)
{
    if (objects)
        fp_result_ref(&objects->result);
    return objects;
}

fedpol_service_objects *fedpol_service_objects_unref(fedpol_service_objects *objects)
{
    if (objects)
        fp_result_unref(&objects->result);
    return NULL;
}

size_t fedpol_service_objects_get_count(const fedpol_service_objects *objects)
{
    return objects ? objects->n : 0;
}

static const object_item *item_at(const fedpol_service_objects *objects, size_t index)
{
    return objects && index < objects->n ? &objects->items[index] : NULL;
}

int fedpol_service_objects_get_verb(const fedpol_service_objects *objects, size_t index)
{
    const object_item *item = item_at(objects, index);

    return item ? item->verb : 0;
}

const char *fedpol_service_objects_get_kind(const fedpol_service_objects *objects, size_t index)
{
    const object_item *item = item_at(objects, index);

    return item ? item->kind : NULL;
}

const char *fedpol_service_objects_get_namespace(const fedpol_service_objects *objects,
                                                 size_t index)
{
    const object_item *item = item_at(objects, index);

    return item ? item->ns : NULL;
}

const char *fedpol_service_objects_get_name(const fedpol_service_objects *objects, size_t index)
{
    const object_item *item = item_at(objects, index);

    return item ? item->name : NULL;
}

const char *fedpol_service_objects_get_uid(const fedpol_service_objects *objects, size_t index)
{
    const object_item *item = item_at(objects, index);

    return item ? item->uid : NULL;
}

const char *fedpol_service_objects_get_resource_version(const fedpol_service_objects *objects,
                                                        size_t index)
{
    const object_item *item = item_at(objects, index);

    return item ? item->version : NULL;
}

const char *fedpol_service_objects_get_json(const fedpol_service_objects *objects, size_t index)
{
    const object_item *item = item_at(objects, index);

    return item ? item->json : NULL;
}
