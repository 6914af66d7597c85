/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/services.h>

#include <stdlib.h>

#include "libfedpol/api/handles.h"
#include "libfedpol/api/result.h"

typedef struct port_item {
    const char *name;
    const char *protocol;
    int number;
} port_item;

typedef struct backend_item {
    const char *cluster;
    const char *service;
    const char *address;
    const char *node;
    const char *target;
    const char *hostname;
    const char *zone;
    int conditions;
    port_item port;
} backend_item;

typedef struct service_item {
    const char *ns;
    const char *name;
    const char *selector;
    const char *problem;
    fp_texts clusters;
    port_item *ports;
    size_t n_ports;
    backend_item *backends;
    size_t n_backends;
} service_item;

struct fedpol_service_list {
    fp_result result;
    service_item *items;
    size_t n;
};

/* One row: an address with one port. */
typedef struct row {
    fp_wanted wanted;
    const fp_service_port *port;
} row;

typedef struct filler {
    fedpol_service_list *list;
    const fp_services *services;
    fp_u32_vec ids;
    fp_str_vec clusters;
    fp_wanted_slice_vec slices;
    fp_wanted_vec wanted;
    FP_VEC(row) rows;
} filler;

static void filler_done(filler *f)
{
    fp_vec_done(&f->ids);
    fp_vec_done(&f->clusters);
    fp_vec_done(&f->slices);
    fp_vec_done(&f->wanted);
    fp_vec_done(&f->rows);
}

static int fill_port(filler *f, const fp_service_port *from, port_item *to)
{
    to->name = fp_result_str(&f->list->result, from->name);
    to->protocol = fp_service_protocol_name(from->protocol);
    to->number = from->port;
    return to->name ? 0 : FEDPOL_E_NOMEM;
}

static const char *target_of(fp_result *result, const fp_wanted *wanted)
{
    fp_cleanup_buf fp_buf text = {0};

    fp_wanted_put_target(wanted, &text);
    return fp_buf_error(&text) < 0 ? NULL : fp_result_str(result, fp_buf_str(&text));
}

static int fill_backend(filler *f, const row *from, backend_item *to)
{
    fp_result *result = &f->list->result;
    const fp_backend *backend = from->wanted.backend;

    to->cluster = fp_result_str(result, fp_cluster_name(from->wanted.cluster));
    to->service = fp_result_str(result, from->wanted.service);
    to->address = fp_result_ip(result, &backend->ip);
    to->node = fp_result_str(result, fp_backend_get(backend, FP_BACKEND_NODE));
    to->target = target_of(result, &from->wanted);
    to->hostname = fp_result_str(result, fp_backend_get(backend, FP_BACKEND_HOSTNAME));
    to->zone = fp_result_str(result, fp_backend_get(backend, FP_BACKEND_ZONE));
    to->conditions = backend->conditions;
    if (!to->cluster || !to->service || !to->address || !to->node || !to->target || !to->hostname ||
        !to->zone)
        return FEDPOL_E_NOMEM;
    return fill_port(f, from->port, &to->port);
}

static int cmp_rows(const void *left, const void *right)
{
    const row *a = left;
    const row *b = right;
    int order = fp_backend_cmp(a->wanted.backend, b->wanted.backend);

    if (order == 0)
        order = fp_str_cmp(fp_cluster_name(a->wanted.cluster), fp_cluster_name(b->wanted.cluster));
    return order ? order : fp_service_port_cmp(a->port, b->port);
}

static int add_rows(filler *f, const fp_wanted_slice *slice)
{
    fp_vec_clear(&f->wanted);
    fp_try(fp_services_slice_backends(f->services, slice, &f->wanted));
    for (size_t i = 0; i < f->wanted.len; i++)
        for (size_t k = 0; k < slice->ports.n_ports; k++)
            fp_try(fp_vec_push(&f->rows, (row){f->wanted.items[i], &slice->ports.ports[k]}));
    return 0;
}

static int fill_backends(filler *f, uint32_t id, service_item *to)
{
    fp_vec_clear(&f->slices);
    fp_vec_clear(&f->rows);
    fp_try(fp_services_slices(f->services, id, &f->slices));
    for (size_t i = 0; i < f->slices.len; i++)
        fp_try(add_rows(f, &f->slices.items[i]));
    if (f->rows.len > 0)
        qsort(f->rows.items, f->rows.len, sizeof(row), cmp_rows);
    to->backends = fp_arena_zero(&f->list->result.arena, f->rows.len, sizeof(*to->backends));
    if (!to->backends)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < f->rows.len; i++)
        fp_try(fill_backend(f, &f->rows.items[i], &to->backends[i]));
    to->n_backends = f->rows.len;
    return 0;
}

static int fill_clusters(filler *f, uint32_t id, fp_texts *ret)
{
    fp_vec_clear(&f->clusters);
    fp_try(fp_services_clusters(f->services, id, &f->clusters));
    fp_try(fp_texts_init(&f->list->result, ret, f->clusters.len));
    for (size_t i = 0; i < f->clusters.len; i++)
        fp_try(fp_texts_add(ret, fp_result_str(&f->list->result, f->clusters.items[i])));
    return 0;
}

static const char *problem_of(fp_result *result, const fp_federated_view *view)
{
    fp_cleanup_buf fp_buf text = {0};

    switch (view->problem) {
    case FP_FEDERATED_HAS_SELECTOR:
        return "it has a selector of its own";
    case FP_FEDERATED_OTHER_NAME:
        return "it is of type ExternalName";
    case FP_FEDERATED_BAD_SELECTOR:
        fp_buf_puts(&text, "the selector of the annotation can't be used: ");
        fp_buf_add(&text, view->problem_text);
        return fp_buf_error(&text) < 0 ? NULL : fp_result_str(result, fp_buf_str(&text));
    default:
        return "";
    }
}

static int fill_item(filler *f, uint32_t id, service_item *to)
{
    const fp_federated_view view = fp_services_view(f->services, id);
    fp_result *result = &f->list->result;

    to->ns = fp_result_str(result, view.ns);
    to->name = fp_result_str(result, view.name);
    to->selector = fp_result_str(result, view.selector);
    to->problem = problem_of(result, &view);
    to->ports = fp_arena_zero(&result->arena, view.n_ports, sizeof(*to->ports));
    if (!to->ns || !to->name || !to->selector || !to->problem || !to->ports)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < view.n_ports; i++)
        fp_try(fill_port(f, &view.ports[i], &to->ports[i]));
    to->n_ports = view.n_ports;
    fp_try(fill_clusters(f, id, &to->clusters));
    return fill_backends(f, id, to);
}

static int fill(filler *f)
{
    fp_try(fp_services_list(f->services, &f->ids));
    f->list->items = fp_arena_zero(&f->list->result.arena, f->ids.len, sizeof(*f->list->items));
    if (!f->list->items)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < f->ids.len; i++)
        fp_try(fill_item(f, f->ids.items[i], &f->list->items[i]));
    f->list->n = f->ids.len;
    fp_result_seal(&f->list->result);
    return 0;
}

int fedpol_context_query_services(fedpol_context *context, fedpol_service_list **ret_services)
{
    filler f = {0};
    int r;

    fp_try(fp_context_check(context));
    fp_check_arg(ret_services);
    fp_try(fp_context_commit(context));
    f.services = fp_world_services(context->world);
    f.list = fp_result_new(sizeof(*f.list));
    r = f.list ? fill(&f) : FEDPOL_E_NOMEM;
    filler_done(&f);
    if (r < 0)
        fedpol_service_list_unref(f.list);
    else
        *ret_services = f.list;
    return r;
}

fedpol_service_list *fedpol_service_list_ref(fedpol_service_list *services)
{
    if (services)
        fp_result_ref(&services->result);
    return services;
}

fedpol_service_list *fedpol_service_list_unref(fedpol_service_list *services)
{
    if (services)
        fp_result_unref(&services->result);
    return NULL;
}

size_t fedpol_service_list_get_count(const fedpol_service_list *services)
{
    return services ? services->n : 0;
}

static const service_item *item_at(const fedpol_service_list *services, size_t index)
{
    return services && index < services->n ? &services->items[index] : NULL;
}

static const port_item *port_at(const fedpol_service_list *services, size_t index, size_t port)
{
    const service_item *item = item_at(services, index);

    return item && port < item->n_ports ? &item->ports[port] : NULL;
}

static const backend_item *backend_at(const fedpol_service_list *services, size_t index,
                                      size_t backend)
{
    const service_item *item = item_at(services, index);

    return item && backend < item->n_backends ? &item->backends[backend] : NULL;
}

const char *fedpol_service_list_get_namespace(const fedpol_service_list *services, size_t index)
{
    const service_item *item = item_at(services, index);

    return item ? item->ns : NULL;
}

const char *fedpol_service_list_get_name(const fedpol_service_list *services, size_t index)
{
    const service_item *item = item_at(services, index);

    return item ? item->name : NULL;
}

const char *fedpol_service_list_get_model(const fedpol_service_list *services, size_t index)
{
    return item_at(services, index) ? "annotation" : NULL;
}

const char *fedpol_service_list_get_selector(const fedpol_service_list *services, size_t index)
{
    const service_item *item = item_at(services, index);

    return item ? item->selector : NULL;
}

const char *fedpol_service_list_get_problem(const fedpol_service_list *services, size_t index)
{
    const service_item *item = item_at(services, index);

    return item ? item->problem : NULL;
}

size_t fedpol_service_list_get_cluster_count(const fedpol_service_list *services, size_t index)
{
    const service_item *item = item_at(services, index);

    return item ? item->clusters.n : 0;
}

const char *fedpol_service_list_get_cluster(const fedpol_service_list *services, size_t index,
                                            size_t cluster)
{
    const service_item *item = item_at(services, index);

    return item ? fp_texts_get(&item->clusters, cluster) : NULL;
}

size_t fedpol_service_list_get_port_count(const fedpol_service_list *services, size_t index)
{
    const service_item *item = item_at(services, index);

    return item ? item->n_ports : 0;
}

const char *fedpol_service_list_get_port_name(const fedpol_service_list *services, size_t index,
                                              size_t port)
{
    const port_item *item = port_at(services, index, port);

    return item ? item->name : NULL;
}

const char *fedpol_service_list_get_port_protocol(const fedpol_service_list *services, size_t index,
                                                  size_t port)
{
    const port_item *item = port_at(services, index, port);

    return item ? item->protocol : NULL;
}

int fedpol_service_list_get_port_number(const fedpol_service_list *services, size_t index,
                                        size_t port)
{
    const port_item *item = port_at(services, index, port);

    return item ? item->number : -1;
}

size_t fedpol_service_list_get_backend_count(const fedpol_service_list *services, size_t index)
{
    const service_item *item = item_at(services, index);

    return item ? item->n_backends : 0;
}

const char *fedpol_service_list_get_backend_cluster(const fedpol_service_list *services,
                                                    size_t index, size_t backend)
{
    const backend_item *item = backend_at(services, index, backend);

    return item ? item->cluster : NULL;
}

const char *fedpol_service_list_get_backend_service(const fedpol_service_list *services,
                                                    size_t index, size_t backend)
{
    const backend_item *item = backend_at(services, index, backend);

    return item ? item->service : NULL;
}

const char *fedpol_service_list_get_backend_address(const fedpol_service_list *services,
                                                    size_t index, size_t backend)
{
    const backend_item *item = backend_at(services, index, backend);

    return item ? item->address : NULL;
}

const char *fedpol_service_list_get_backend_port_name(const fedpol_service_list *services,
                                                      size_t index, size_t backend)
{
    const backend_item *item = backend_at(services, index, backend);

    return item ? item->port.name : NULL;
}

const char *fedpol_service_list_get_backend_protocol(const fedpol_service_list *services,
                                                     size_t index, size_t backend)
{
    const backend_item *item = backend_at(services, index, backend);

    return item ? item->port.protocol : NULL;
}

int fedpol_service_list_get_backend_port(const fedpol_service_list *services, size_t index,
                                         size_t backend)
{
    const backend_item *item = backend_at(services, index, backend);

    return item ? item->port.number : -1;
}

int fedpol_service_list_get_backend_conditions(const fedpol_service_list *services, size_t index,
                                               size_t backend)
{
    const backend_item *item = backend_at(services, index, backend);

    return item ? item->conditions : -1;
}

const char *fedpol_service_list_get_backend_node(const fedpol_service_list *services, size_t index,
                                                 size_t backend)
{
    const backend_item *item = backend_at(services, index, backend);

    return item ? item->node : NULL;
}

const char *fedpol_service_list_get_backend_target(const fedpol_service_list *services,
                                                   size_t index, size_t backend)
{
    const backend_item *item = backend_at(services, index, backend);

    return item ? item->target : NULL;
}

const char *fedpol_service_list_get_backend_hostname(const fedpol_service_list *services,
                                                     size_t index, size_t backend)
{
    const backend_item *item = backend_at(services, index, backend);

    return item ? item->hostname : NULL;
}

const char *fedpol_service_list_get_backend_zone(const fedpol_service_list *services, size_t index,
                                                 size_t backend)
{
    const backend_item *item = backend_at(services, index, backend);

    return item ? item->zone : NULL;
}
