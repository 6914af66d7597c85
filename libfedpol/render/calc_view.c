/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/renderer.h"

static const fp_set *calc_set(const void *source, uint32_t id)
{
    return fp_calc_set(source, id);
}

static const fp_active_policy *calc_policy(const void *source, uint32_t id)
{
    return fp_calc_policy(source, id);
}

static int calc_sets(const void *source, fp_u32_vec *ret_ids)
{
    return fp_calc_sets(source, ret_ids);
}

static int calc_policies(const void *source, fp_u32_vec *ret_ids)
{
    return fp_calc_policies(source, ret_ids);
}

static int calc_endpoints(const void *source, fp_u32_vec *ret_ids)
{
    const fp_federation *federation = fp_calc_federation(source);
    size_t kept = ret_ids->len;

    fp_try(fp_federation_enforced(federation, ret_ids));
    for (size_t i = kept; i < ret_ids->len; i++) {
        fp_endpoint_view view;

        if (fp_federation_get(federation, ret_ids->items[i], &view) &&
            view.type == FP_ENDPOINT_WORKLOAD)
            ret_ids->items[kept++] = ret_ids->items[i];
    }
    ret_ids->len = kept;
    return 0;
}

static fp_local_endpoint calc_endpoint(const void *source, uint32_t id)
{
    fp_endpoint_view view;

    if (!fp_federation_get(fp_calc_federation(source), id, &view))
        return (fp_local_endpoint){.list = NULL};
    return (fp_local_endpoint){
        .ns = view.ns,
        .name = view.name,
        .interface_name = view.interface_name,
        .n_nets = view.n_nets,
        .list = fp_calc_list(source, id),
    };
}

static fp_cidr calc_net(const void *source, uint32_t id, size_t i)
{
    return fp_federation_net(fp_calc_federation(source), id, i);
}

static int calc_members(const void *source, const fp_set *set, fp_cidr_vec *ret_nets,
                        fp_port_member_vec *ret_ports)
{
    return fp_calc_set_members(source, set, ret_nets, ret_ports);
}

fp_view fp_view_of_calc(const fp_calc *calc)
{
    return (fp_view){
        .source = calc,
        .set = calc_set,
        .policy = calc_policy,
        .sets = calc_sets,
        .policies = calc_policies,
        .endpoints = calc_endpoints,
        .endpoint = calc_endpoint,
        .net = calc_net,
        .members = calc_members,
    };
}

int fp_renderer_full(fp_renderer *renderer, const fp_calc *calc, fp_ruleset **ret)
{
    const fp_view view = fp_view_of_calc(calc);

    return fp_renderer_full_of(renderer, &view, ret);
}

int fp_renderer_note(fp_renderer *renderer, const fp_calc *calc, fp_delta *delta)
{
    (void)calc;
    return fp_renderer_take_note(renderer, delta);
}

int fp_renderer_delta(fp_renderer *renderer, const fp_calc *calc, fp_ruleset **ret)
{
    const fp_view view = fp_view_of_calc(calc);

    return fp_renderer_delta_of(renderer, &view, ret);
}
