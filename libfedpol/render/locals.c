/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/locals.h"

#include <stdlib.h>

#include "libfedpol/render/names.h"

static fp_str interface_of(fp_build *build, const fp_local_endpoint *endpoint)
{
    char derived[FP_INTERFACE_NAME_MAX + 1];

    if (fp_name_is_interface(endpoint->interface_name))
        return fp_ir_str(build->ir, endpoint->interface_name);
    fp_interface_name(build->options->interface_prefix, endpoint->ns, endpoint->name, derived);
    return fp_ir_str(build->ir, fp_str_of(derived));
}

static fp_str build_chain(fp_build *build, const fp_local_endpoint *endpoint,
                          fp_direction direction)
{
    static const char *const prefixes[] = {"in-endpoint-", "out-endpoint-"};
    static const char *const words[] = {"ingress", "egress"};
    const fp_str pieces[] = {FP_STR("endpoint"), endpoint->ns, endpoint->name};
    fp_buf *scratch = &build->ir->scratch;
    fp_ir_verdict established = {.kind = FP_IR_MAP, .map = build->ct_states};
    fp_ir_verdict decide = fp_build_deny(build);
    fp_str name;

    if (endpoint->list)
        decide = (fp_ir_verdict){.kind = FP_IR_GOTO,
                                 .chain = fp_build_list(build, endpoint->list, direction)};
    fp_name_put(scratch, prefixes[direction], pieces, FP_ARRAY_LEN(pieces));
    name = fp_ir_take_scratch(build->ir);
    fp_buf_puts(scratch, "endpoint ");
    fp_buf_add(scratch, endpoint->ns);
    fp_buf_putc(scratch, '/');
    fp_buf_add(scratch, endpoint->name);
    fp_buf_printf(scratch, " %s", words[direction]);
    fp_ir_begin_chain(build->ir, name, fp_ir_take_scratch(build->ir));
    fp_ir_add_rule(build->ir, NULL, 0, false, established, FP_STR_NULL);
    fp_ir_add_rule(build->ir, NULL, 0, false, decide, FP_STR_NULL);
    fp_ir_end_chain(build->ir);
    return name;
}

typedef struct ordered_local {
    fp_local_endpoint endpoint;
    uint32_t id;
    fp_str interface_name;
    size_t place;
} ordered_local;

static int compare_interfaces(const void *a, const void *b)
{
    const ordered_local *x = a;
    const ordered_local *y = b;
    int r = fp_str_cmp(x->interface_name, y->interface_name);

    if (r)
        return r;
    return x->place < y->place ? -1 : x->place > y->place;
}

static void add_local(fp_build *build, const ordered_local *from, fp_local_vec *ret)
{
    fp_local local = {
        .id = from->id, .n_nets = from->endpoint.n_nets, .interface_name = from->interface_name};

    for (int d = FP_DIRECTION_IN; d <= FP_DIRECTION_OUT; d++)
        local.chains[d] = build_chain(build, &from->endpoint, (fp_direction)d);
    if (fp_vec_push(ret, local) < 0)
        fp_build_fail(build, FEDPOL_E_NOMEM);
}

void fp_locals_build(fp_build *build, const fp_u32_vec *endpoints, fp_local_vec *ret)
{
    bool by_interface = build->options->dispatch == FP_DISPATCH_INTERFACE;
    fp_cleanup_free ordered_local *all = fp_alloc_array(endpoints->len, sizeof(*all));

    if (!all) {
        fp_build_fail(build, FEDPOL_E_NOMEM);
        return;
    }
    for (size_t i = 0; i < endpoints->len; i++) {
        uint32_t id = endpoints->items[i];

        all[i] = (ordered_local){
            .endpoint = build->view->endpoint(build->view->source, id), .id = id, .place = i};
        if (by_interface)
            all[i].interface_name = interface_of(build, &all[i].endpoint);
    }
    if (by_interface && endpoints->len)
        qsort(all, endpoints->len, sizeof(*all), compare_interfaces);
    for (size_t i = 0; i < endpoints->len && !build->ir->error; i++)
        if (!by_interface || i == 0 || !fp_str_eq(all[i].interface_name, all[i - 1].interface_name))
            add_local(build, &all[i], ret);
}

typedef struct ordered_element {
    fp_ir_element element;
    size_t place;
} ordered_element;

static int compare_keys(const fp_ir_element *x, const fp_ir_element *y)
{
    int r = fp_str_cmp(x->name, y->name);

    return r ? r : fp_cidr_cmp(&x->net, &y->net);
}

static int compare_elements(const void *a, const void *b)
{
    const ordered_element *x = a;
    const ordered_element *y = b;
    int r = compare_keys(&x->element, &y->element);

    if (r)
        return r;
    return x->place < y->place ? -1 : x->place > y->place;
}

typedef FP_VEC(ordered_element) ordered_vec;

static int add_element(ordered_vec *all, const fp_ir_element *element)
{
    return fp_vec_push(all, (ordered_element){*element, all->len});
}

static int collect(fp_build *build, const fp_local *local, fp_ir_key key, unsigned family,
                   fp_direction direction, ordered_vec *all)
{
    fp_ir_element element = {.verdict = {.kind = FP_IR_GOTO, .chain = local->chains[direction]}};

    if (key == FP_KEY_IN_INTERFACE || key == FP_KEY_OUT_INTERFACE ||
        key == FP_KEY_IN_INTERFACE_SOURCE)
        element.name = local->interface_name;
    if (key == FP_KEY_IN_INTERFACE || key == FP_KEY_OUT_INTERFACE)
        return add_element(all, &element);
    for (size_t i = 0; i < local->n_nets; i++) {
        element.net = build->view->net(build->view->source, local->id, i);
        if (element.net.ip.family == family && fp_cidr_is_host(&element.net))
            fp_try(add_element(all, &element));
    }
    return 0;
}

void fp_locals_elements(fp_build *build, const fp_local_vec *locals, fp_ir_key key, unsigned family,
                        fp_direction direction, fp_element_vec *ret)
{
    ordered_vec all = {0};
    int r = 0;

    for (size_t i = 0; r == 0 && i < locals->len; i++)
        r = collect(build, &locals->items[i], key, family, direction, &all);
    if (r == 0 && all.len)
        qsort(all.items, all.len, sizeof(*all.items), compare_elements);
    for (size_t i = 0; r == 0 && i < all.len; i++)
        if (i == 0 || compare_keys(&all.items[i - 1].element, &all.items[i].element) != 0)
            r = fp_vec_push(ret, all.items[i].element);
    fp_vec_done(&all);
    if (r < 0)
        fp_build_fail(build, r);
}
