/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/query.h>

#include "libfedpol/api/handles.h"
#include "libfedpol/api/result.h"

typedef struct port_item {
    const char *name;
    const char *protocol;
    int number;
} port_item;

typedef struct label_item {
    const char *name;
    const char *value;
} label_item;

/* Shared by all endpoints of one class. */
typedef struct label_set {
    const label_item *items; /* NULL: not made yet */
    size_t n;
} label_set;

typedef struct endpoint_item {
    const char *cluster;
    const char *ns;
    const char *name;
    const char *node;
    int type;
    bool enforced;
    fp_texts addresses;
    const port_item *ports;
    size_t n_ports;
    label_set labels;
} endpoint_item;

struct fedpol_endpoint_list {
    fp_result result;
    endpoint_item *items;
    size_t n;
};

_Static_assert((int)FEDPOL_ENDPOINT_WORKLOAD == (int)FP_ENDPOINT_WORKLOAD &&
                   (int)FEDPOL_ENDPOINT_HOST == (int)FP_ENDPOINT_HOST &&
                   (int)FEDPOL_ENDPOINT_NETWORK_SET == (int)FP_ENDPOINT_NETWORK_SET,
               "public and internal endpoints have the same numbers");

typedef FP_VEC(label_set) label_set_vec;

typedef struct filler {
    fedpol_endpoint_list *list;
    const fp_federation *federation;
    const fp_label_index *labels;
    fp_u32_vec ids;
    label_set_vec by_class; /* indexed by class id */
    const fp_cluster *last_cluster;
    const char *last_cluster_name;
} filler;

static int make_label_set(filler *f, fp_class_id id, label_set *ret)
{
    fp_result *result = &f->list->result;
    size_t n = fp_label_index_label_count(f->labels, id);
    label_item *items = fp_arena_array(&result->arena, n, sizeof(*items));
    fp_label *labels = fp_alloc_array(n, sizeof(*labels));
    bool complete = items && labels;

    if (complete)
        fp_label_index_labels(f->labels, id, labels);
    for (size_t i = 0; complete && i < n; i++) {
        items[i].name = fp_result_str(result, labels[i].name);
        items[i].value = fp_result_str(result, labels[i].value);
        complete = items[i].name && items[i].value;
    }
    fp_free(labels);
    if (!complete)
        return FEDPOL_E_NOMEM;
    *ret = (label_set){items, n};
    return 0;
}

static int label_set_of(filler *f, fp_class_id id, label_set *ret)
{
    label_set *set;

    while (f->by_class.len <= id)
        fp_try(fp_vec_push(&f->by_class, (label_set){NULL, 0}));
    set = &f->by_class.items[id];
    if (!set->items)
        fp_try(make_label_set(f, id, set));
    *ret = *set;
    return 0;
}

static int fill_ports(filler *f, fp_endpoint_id id, size_t n, endpoint_item *item)
{
    fp_result *result = &f->list->result;
    port_item *ports = fp_arena_array(&result->arena, n, sizeof(*ports));

    if (!ports)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        fp_endpoint_port port = fp_federation_port(f->federation, id, i);

        ports[i].name = fp_result_str(result, port.name);
        ports[i].protocol = fp_result_protocol(result, port.protocol);
        ports[i].number = port.port;
        if (!ports[i].name || !ports[i].protocol)
            return FEDPOL_E_NOMEM;
    }
    item->ports = ports;
    item->n_ports = n;
    return 0;
}

static int fill_names(filler *f, const fp_endpoint_view *view, endpoint_item *item)
{
    fp_result *result = &f->list->result;

    if (view->cluster != f->last_cluster) {
        f->last_cluster_name = fp_result_str(result, fp_cluster_name(view->cluster));
        f->last_cluster = f->last_cluster_name ? view->cluster : NULL;
    }
    item->cluster = f->last_cluster_name;
    item->ns = fp_result_str(result, view->ns);
    item->name = fp_result_str(result, view->name);
    item->node = fp_result_str(result, view->node);
    return item->cluster && item->ns && item->name && item->node ? 0 : FEDPOL_E_NOMEM;
}

static int fill_item(filler *f, fp_endpoint_id id, endpoint_item *item)
{
    fp_result *result = &f->list->result;
    fp_endpoint_view view;

    if (!fp_federation_get(f->federation, id, &view))
        return FEDPOL_E_INTERNAL;
    fp_try(fill_names(f, &view, item));
    item->type = (int)view.type;
    item->enforced = view.enforced;
    fp_try(fp_texts_init(result, &item->addresses, view.n_nets));
    for (size_t i = 0; i < view.n_nets; i++) {
        fp_cidr net = fp_federation_net(f->federation, id, i);

        fp_try(fp_texts_add(&item->addresses, fp_result_cidr(result, &net)));
    }
    fp_try(fill_ports(f, id, view.n_ports, item));
    return label_set_of(f, view.class_id, &item->labels);
}

static int fill(filler *f)
{
    f->list->items = fp_arena_zero(&f->list->result.arena, f->ids.len, sizeof(endpoint_item));
    if (!f->list->items)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < f->ids.len; i++)
        fp_try(fill_item(f, f->ids.items[i], &f->list->items[i]));
    f->list->n = f->ids.len;
    fp_result_seal(&f->list->result);
    return 0;
}

int fedpol_context_query_endpoints(fedpol_context *context, const fedpol_selector *selector,
                                   fedpol_endpoint_list **ret_endpoints)
{
    filler f = {0};
    fp_federation *federation;
    int r;

    fp_try(fp_context_check(context));
    fp_check_arg(ret_endpoints);
    fp_try(fp_context_commit(context));
    federation = fp_calc_federation(fp_world_calc(context->world));
    f.federation = federation;
    f.labels = fp_federation_labels(federation);
    f.list = fp_result_new(sizeof(*f.list));
    if (!f.list)
        return FEDPOL_E_NOMEM;
    r = selector ? fp_federation_select(federation, selector, &f.ids)
                 : fp_federation_all(federation, &f.ids);
    if (r == 0)
        r = fill(&f);
    fp_vec_done(&f.ids);
    fp_vec_done(&f.by_class);
    if (r < 0)
        fedpol_endpoint_list_unref(f.list);
    else
        *ret_endpoints = f.list;
    return r;
}

fedpol_endpoint_list *fedpol_endpoint_list_ref(fedpol_endpoint_list *endpoints)
{
    if (endpoints)
        fp_result_ref(&endpoints->result);
    return endpoints;
}

fedpol_endpoint_list *fedpol_endpoint_list_unref(fedpol_endpoint_list *endpoints)
{
    if (endpoints)
        fp_result_unref(&endpoints->result);
    return NULL;
}

size_t fedpol_endpoint_list_get_count(const fedpol_endpoint_list *endpoints)
{
    return endpoints ? endpoints->n : 0;
}

static const endpoint_item *item_at(const fedpol_endpoint_list *endpoints, size_t index)
{
    return endpoints && index < endpoints->n ? &endpoints->items[index] : NULL;
}

static const port_item *port_at(const fedpol_endpoint_list *endpoints, size_t index, size_t port)
{
    const endpoint_item *item = item_at(endpoints, index);

    return item && port < item->n_ports ? &item->ports[port] : NULL;
}

static const label_item *label_at(const fedpol_endpoint_list *endpoints, size_t index, size_t label)
{
    const endpoint_item *item = item_at(endpoints, index);

    return item && label < item->labels.n ? &item->labels.items[label] : NULL;
}

const char *fedpol_endpoint_list_get_cluster(const fedpol_endpoint_list *endpoints, size_t index)
{
    const endpoint_item *item = item_at(endpoints, index);

    return item ? item->cluster : NULL;
}

int fedpol_endpoint_list_get_type(const fedpol_endpoint_list *endpoints, size_t index)
{
    const endpoint_item *item = item_at(endpoints, index);

    return item ? item->type : 0;
}

const char *fedpol_endpoint_list_get_namespace(const fedpol_endpoint_list *endpoints, size_t index)
{
    const endpoint_item *item = item_at(endpoints, index);

    return item ? item->ns : NULL;
}

const char *fedpol_endpoint_list_get_name(const fedpol_endpoint_list *endpoints, size_t index)
{
    const endpoint_item *item = item_at(endpoints, index);

    return item ? item->name : NULL;
}

const char *fedpol_endpoint_list_get_node(const fedpol_endpoint_list *endpoints, size_t index)
{
    const endpoint_item *item = item_at(endpoints, index);

    return item ? item->node : NULL;
}

bool fedpol_endpoint_list_is_enforced(const fedpol_endpoint_list *endpoints, size_t index)
{
    const endpoint_item *item = item_at(endpoints, index);

    return item && item->enforced;
}

size_t fedpol_endpoint_list_get_address_count(const fedpol_endpoint_list *endpoints, size_t index)
{
    const endpoint_item *item = item_at(endpoints, index);

    return item ? item->addresses.n : 0;
}

const char *fedpol_endpoint_list_get_address(const fedpol_endpoint_list *endpoints, size_t index,
                                             size_t address)
{
    const endpoint_item *item = item_at(endpoints, index);

    return item ? fp_texts_get(&item->addresses, address) : NULL;
}

size_t fedpol_endpoint_list_get_port_count(const fedpol_endpoint_list *endpoints, size_t index)
{
    const endpoint_item *item = item_at(endpoints, index);

    return item ? item->n_ports : 0;
}

const char *fedpol_endpoint_list_get_port_name(const fedpol_endpoint_list *endpoints, size_t index,
                                               size_t port)
{
    const port_item *item = port_at(endpoints, index, port);

    return item ? item->name : NULL;
}

const char *fedpol_endpoint_list_get_port_protocol(const fedpol_endpoint_list *endpoints,
                                                   size_t index, size_t port)
{
    const port_item *item = port_at(endpoints, index, port);

    return item ? item->protocol : NULL;
}

int fedpol_endpoint_list_get_port_number(const fedpol_endpoint_list *endpoints, size_t index,
                                         size_t port)
{
    const port_item *item = port_at(endpoints, index, port);

    return item ? item->number : 0;
}

size_t fedpol_endpoint_list_get_label_count(const fedpol_endpoint_list *endpoints, size_t index)
{
    const endpoint_item *item = item_at(endpoints, index);

    return item ? item->labels.n : 0;
}

const char *fedpol_endpoint_list_get_label_name(const fedpol_endpoint_list *endpoints, size_t index,
                                                size_t label)
{
    const label_item *item = label_at(endpoints, index, label);

    return item ? item->name : NULL;
}

const char *fedpol_endpoint_list_get_label_value(const fedpol_endpoint_list *endpoints,
                                                 size_t index, size_t label)
{
    const label_item *item = label_at(endpoints, index, label);

    return item ? item->value : NULL;
}
