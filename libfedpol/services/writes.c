/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "libfedpol/cluster/sort.h"
#include "libfedpol/services/private.h"

/* What is wanted against what is there, so that nothing is written where nothing differs. */
typedef struct comparison {
    fp_services *s;
    fp_wanted_form form;
    fp_arena *arena;
    fp_write_vec *out;
    uint32_t node;
    uint32_t fed; /* FP_NO_ID: nothing is wanted */
    fp_wanted_vec wanted;
    fp_subset_vec subsets;
    fp_wanted_slice_vec slices;
    FP_VEC(fp_backend) backends; /* as they would be written */
} comparison;

/* --- as it would be written, and read back --- */

static int written(comparison *c, const fp_wanted *wanted, bool in_endpoints, fp_backend *ret)
{
    const fp_backend *backend = wanted->backend;
    fp_cleanup_buf fp_buf name = {0};
    fp_str words[FP_BACKEND_FIELDS];

    *ret = *backend;
    for (unsigned i = 0; i < FP_BACKEND_FIELDS; i++)
        words[i] = fp_backend_get(backend, (fp_backend_field)i);
    if (in_endpoints) {
        bool ready = backend->conditions & FP_BACKEND_READY;

        ret->conditions = ready ? FP_BACKEND_READY | FP_BACKEND_SERVING : 0;
        words[FP_BACKEND_ZONE] = FP_STR_NULL;
    }
    fp_wanted_put_target(wanted, &name);
    fp_try(fp_buf_error(&name));
    words[FP_BACKEND_TARGET_NAME] = fp_buf_str(&name);
    return fp_backend_set_words(ret, words, c->arena);
}

static int by_all(const void *a, const void *b)
{
    return fp_backend_cmp(a, b);
}

/* Fills c->backends from N wanted ones. */
static int write_down(comparison *c, const fp_wanted *items, size_t n, bool in_endpoints)
{
    fp_vec_clear(&c->backends);
    fp_try(fp_vec_reserve(&c->backends, n));
    for (size_t i = 0; i < n; i++) {
        fp_backend backend;

        fp_try(written(c, &items[i], in_endpoints, &backend));
        (void)fp_vec_push(&c->backends, backend); /* there is room */
    }
    if (n > 0)
        qsort(c->backends.items, n, sizeof(*c->backends.items), by_all);
    return 0;
}

static bool same_backends(const comparison *c, const fp_backend_group *group)
{
    if (group->n_backends != c->backends.len)
        return false;
    for (size_t i = 0; i < c->backends.len; i++)
        if (fp_backend_cmp(&group->backends[i], &c->backends.items[i]) != 0)
            return false;
    return true;
}

/* --- writes --- */

static const fp_backends_origin *origin_of(const fp_packed_backends *packed)
{
    static const fp_backends_origin none = {{NULL, 0}, {NULL, 0}, {NULL, 0}};

    return packed->desc.origin ? packed->desc.origin : &none;
}

static int add(comparison *c, fp_write_verb verb, const fp_packed_backends *present, fp_str name,
               const fp_buf *body)
{
    const fp_service_node *node = fp_node_at(c->s, c->node);
    fp_write write = {.verb = verb, .kind = FP_KIND_ENDPOINTS};

    if (verb != FP_WRITE_DELETE && fp_buf_error(body) < 0)
        return FEDPOL_E_NOMEM;
    if (present ? present->desc.is_slice : !fp_str_eq(name, node->name))
        write.kind = FP_KIND_ENDPOINT_SLICE;
    write.ns = fp_arena_str(c->arena, fp_space_at(c->s, node->space)->name);
    write.name = fp_arena_str(c->arena, name);
    write.uid = fp_arena_str(c->arena, present ? origin_of(present)->uid : FP_STR_NULL);
    write.version = fp_arena_str(c->arena, present ? origin_of(present)->version : FP_STR_NULL);
    write.body = fp_arena_str(c->arena, verb == FP_WRITE_DELETE ? FP_STR_NULL : fp_buf_str(body));
    if (!write.ns.ptr || !write.name.ptr || !write.uid.ptr || !write.version.ptr || !write.body.ptr)
        return FEDPOL_E_NOMEM;
    return fp_vec_push(c->out, write);
}

static int delete_object(comparison *c, const fp_service_object *object)
{
    return add(c, FP_WRITE_DELETE, object->applied, object->name, NULL);
}

/* Endpoints that Kubernetes manages from now on: it fills them, we only take our mark away. */
static int release(comparison *c, const fp_service_object *object)
{
    const fp_service_node *node = fp_node_at(c->s, c->node);
    fp_cleanup_buf fp_buf body = {0};

    fp_buf_puts(&body, "{\"apiVersion\":\"v1\",\"kind\":\"Endpoints\",\"metadata\":{\"name\":");
    fp_buf_put_json(&body, object->name);
    fp_buf_puts(&body, ",\"namespace\":");
    fp_buf_put_json(&body, fp_space_at(c->s, node->space)->name);
    if (origin_of(object->applied)->version.len > 0) {
        fp_buf_puts(&body, ",\"resourceVersion\":");
        fp_buf_put_json(&body, origin_of(object->applied)->version);
    }
    fp_buf_puts(&body, "},\"subsets\":[]}");
    return add(c, FP_WRITE_RELEASE, object->applied, object->name, &body);
}

/* --- Endpoints --- */

static const fp_backend_group *find_group(const fp_backends_desc *desc, const fp_subset *subset)
{
    for (size_t i = 0; i < desc->n_groups; i++)
        if (fp_ports_equal(desc->groups[i].ports, desc->groups[i].n_ports, subset->ports,
                           subset->n_ports))
            return &desc->groups[i];
    return NULL;
}

/* RET_SAME: the present Endpoints say what is wanted. */
static int compare_endpoints(comparison *c, const fp_backends_desc *desc, bool *ret_same)
{
    const fp_federated_view view = fp_services_view(c->s, c->fed);

    *ret_same = desc->n_groups == c->subsets.len && desc->origin &&
                fp_str_eq(desc->origin->marker, view.selector) &&
                desc->is_not_mirrored == ((c->form & FP_WANTED_SLICES) != 0);
    for (size_t i = 0; *ret_same && i < c->subsets.len; i++) {
        const fp_subset *subset = &c->subsets.items[i];
        const fp_backend_group *group = find_group(desc, subset);

        if (!group) {
            *ret_same = false;
            break;
        }
        fp_try(write_down(c, c->wanted.items + subset->start, subset->n, true));
        *ret_same = same_backends(c, group);
    }
    return 0;
}

static int write_endpoints(comparison *c, const fp_service_object *present)
{
    const fp_packed_backends *packed = present ? present->applied : NULL;
    fp_cleanup_buf fp_buf body = {0};
    bool same = false;

    fp_vec_clear(&c->wanted);
    fp_vec_clear(&c->subsets);
    fp_try(fp_fed_subsets(c->s, c->fed, &c->subsets, &c->wanted));
    if (present)
        fp_try(compare_endpoints(c, &packed->desc, &same));
    if (same)
        return 0;
    fp_try(fp_services_put_endpoints(c->s, c->fed, c->form,
                                     present ? origin_of(packed)->version : FP_STR_NULL, &body));
    return add(c, present ? FP_WRITE_UPDATE : FP_WRITE_CREATE, packed,
               fp_node_at(c->s, c->node)->name, &body);
}

static const fp_service_object *find_endpoints(const comparison *c)
{
    const fp_service_node *node = fp_node_at(c->s, c->node);

    for (uint32_t object_id = fp_idset_next(&node->objects, 0); object_id != FP_NO_ID;
         object_id = fp_idset_next(&node->objects, object_id + 1)) {
        const fp_service_object *object = fp_object_at(c->s, object_id);

        if (object->applied && !object->applied->desc.is_slice)
            return object;
    }
    return NULL;
}

static int do_endpoints(comparison *c)
{
    const fp_service_node *node = fp_node_at(c->s, c->node);
    const fp_service_object *present = find_endpoints(c);
    bool ours = present && present->applied->desc.is_ours;
    bool wanted = c->fed != FP_NO_ID && (c->form & FP_WANTED_ENDPOINTS);

    if (present && !ours)
        return 0; /* somebody else's */
    if (ours && node->applied && node->applied->desc.has_selector)
        return release(c, present);
    if (wanted && fp_fed_at(c->s, c->fed)->problem == FP_FEDERATED_OK)
        return write_endpoints(c, present);
    if (wanted && present && fp_fed_at(c->s, c->fed)->problem == FP_FEDERATED_BAD_SELECTOR)
        return write_endpoints(c, present); /* emptied, and still ours */
    return ours ? delete_object(c, present) : 0;
}

/* --- slices --- */

typedef struct named_slice {
    fp_str name;
    const fp_service_object *object; /* NULL: it is wanted and not there */
    const fp_wanted_slice *slice;    /* NULL: it is there and not wanted */
} named_slice;

typedef FP_VEC(named_slice) named_slice_vec;

static int by_name(const void *a, const void *b)
{
    return fp_str_cmp(((const named_slice *)a)->name, ((const named_slice *)b)->name);
}

static int collect_slices(comparison *c, named_slice_vec *ret)
{
    const fp_service_node *node = fp_node_at(c->s, c->node);

    for (uint32_t object_id = fp_idset_next(&node->objects, 0); object_id != FP_NO_ID;
         object_id = fp_idset_next(&node->objects, object_id + 1)) {
        const fp_service_object *object = fp_object_at(c->s, object_id);

        if (object->applied && object->applied->desc.is_slice && object->applied->desc.is_ours)
            fp_try(fp_vec_push(ret, (named_slice){object->name, object, NULL}));
    }
    fp_vec_clear(&c->slices);
    if (c->fed != FP_NO_ID && (c->form & FP_WANTED_SLICES))
        fp_try(fp_services_slices(c->s, c->fed, &c->slices));
    for (size_t i = 0; i < c->slices.len; i++) {
        fp_cleanup_buf fp_buf text = {0};
        fp_str name;

        fp_services_put_slice_name(c->s, c->fed, &c->slices.items[i], &text);
        fp_try(fp_buf_error(&text));
        name = fp_arena_str(c->arena, fp_buf_str(&text));
        if (!name.ptr)
            return FEDPOL_E_NOMEM;
        fp_try(fp_vec_push(ret, (named_slice){name, NULL, &c->slices.items[i]}));
    }
    if (ret->len > 0)
        qsort(ret->items, ret->len, sizeof(*ret->items), by_name);
    return 0;
}

static int write_slice(comparison *c, const fp_wanted_slice *slice,
                       const fp_service_object *present, fp_str name)
{
    const fp_packed_backends *packed = present ? present->applied : NULL;
    fp_cleanup_buf fp_buf body = {0};

    if (present) {
        const fp_backend_group *group = &packed->desc.groups[0];

        fp_vec_clear(&c->wanted);
        fp_try(fp_services_slice_backends(c->s, slice, &c->wanted));
        fp_try(write_down(c, c->wanted.items, c->wanted.len, false));
        if (fp_ports_equal(group->ports, group->n_ports, slice->ports.ports,
                           slice->ports.n_ports) &&
            same_backends(c, group))
            return 0;
    }
    fp_try(fp_services_put_slice(c->s, c->fed, slice,
                                 present ? origin_of(packed)->version : FP_STR_NULL, &body));
    return add(c, present ? FP_WRITE_UPDATE : FP_WRITE_CREATE, packed, name, &body);
}

static int do_named(comparison *c, const named_slice_vec *all)
{
    for (size_t i = 0; i < all->len; i++) {
        const named_slice *item = &all->items[i];
        const named_slice *next = i + 1 < all->len ? &all->items[i + 1] : NULL;

        if (next && fp_str_eq(next->name, item->name)) { /* it is there, and wanted */
            const fp_service_object *object = item->object ? item->object : next->object;

            fp_try(write_slice(c, item->slice ? item->slice : next->slice, object, item->name));
            i++;
        } else if (item->slice) {
            fp_try(write_slice(c, item->slice, NULL, item->name));
        } else {
            fp_try(delete_object(c, item->object));
        }
    }
    return 0;
}

static int do_slices(comparison *c)
{
    named_slice_vec all = {0};
    int r = collect_slices(c, &all);

    if (r == 0)
        r = do_named(c, &all);
    fp_vec_done(&all);
    return r;
}

/* --- all of them --- */

static int cmp_nodes(const void *context, uint32_t a, uint32_t b)
{
    const fp_services *s = context;
    const fp_service_node *x = fp_node_at(s, a);
    const fp_service_node *y = fp_node_at(s, b);
    int order = fp_str_cmp(fp_space_at(s, x->space)->name, fp_space_at(s, y->space)->name);

    return order ? order : fp_str_cmp(x->name, y->name);
}

static bool has_ours(const fp_services *s, const fp_service_node *node)
{
    for (uint32_t object_id = fp_idset_next(&node->objects, 0); object_id != FP_NO_ID;
         object_id = fp_idset_next(&node->objects, object_id + 1)) {
        const fp_service_object *object = fp_object_at(s, object_id);

        if (object->applied && object->applied->desc.is_ours)
            return true;
    }
    return false;
}

static int list_nodes(const fp_services *s, fp_u32_vec *ret)
{
    for (uint32_t id = 0; id < s->nodes.used; id++) {
        const fp_service_node *node = fp_node_at(s, id);

        if (node->cluster && fp_node_is_local(node) && (node->fed != FP_NO_ID || has_ours(s, node)))
            fp_try(fp_vec_push(ret, id));
    }
    return ret->len ? fp_sort_ids(ret->items, ret->len, cmp_nodes, s) : 0;
}

int fp_services_writes(fp_services *services, fp_wanted_form form, fp_arena *arena,
                       fp_write_vec *ret)
{
    comparison c = {.s = services, .form = form, .arena = arena, .out = ret};
    fp_u32_vec nodes = {0};
    int r = list_nodes(services, &nodes);

    for (size_t i = 0; r == 0 && i < nodes.len; i++) {
        c.node = nodes.items[i];
        c.fed = fp_node_at(services, c.node)->fed;
        r = do_endpoints(&c);
        if (r == 0)
            r = do_slices(&c);
    }
    fp_vec_done(&nodes);
    fp_vec_done(&c.wanted);
    fp_vec_done(&c.subsets);
    fp_vec_done(&c.slices);
    fp_vec_done(&c.backends);
    return r;
}
