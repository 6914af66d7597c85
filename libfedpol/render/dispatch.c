/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/locals.h"

/*
 * The base chains. Traffic of others passes through them untouched. From a workload: an element of
 * the dispatch map is (interface, address), so a packet with another source than the workload's own
 * finds none and is dropped before it could pass as part of a known connection.
 */

typedef struct dispatch {
    fp_build *build;
    const fp_ir_set *from[2]; /* by family; NULL: not rendered */
    const fp_ir_set *to[2];   /* interface dispatch: to[0] alone */
    const fp_ir_set *interfaces;
    const fp_ir_set *addresses[2]; /* address dispatch with a host action */
    const fp_ir_set *pods[2];
    const fp_ir_set *neighbours; /* ICMPv6 types */
} dispatch;

static bool by_interface(const dispatch *d)
{
    return d->build->options->dispatch == FP_DISPATCH_INTERFACE;
}

static void add_rule(const dispatch *d, const fp_ir_term *terms, size_t n, fp_ir_verdict_kind kind,
                     fp_str comment)
{
    fp_ir_add_rule(d->build->ir, terms, n, false, (fp_ir_verdict){.kind = (uint8_t)kind}, comment);
}

static void add_map(const dispatch *d, const fp_ir_set *map)
{
    if (map)
        fp_ir_add_rule(d->build->ir, NULL, 0, false, (fp_ir_verdict){.kind = FP_IR_MAP, .map = map},
                       FP_STR_NULL);
}

static const fp_ir_set *add_table(dispatch *d, const fp_local_vec *locals, fp_str name, fp_str what,
                                  fp_ir_key key, uint8_t family, fp_direction direction,
                                  bool is_map)
{
    fp_element_vec elements = {0};
    fp_ir_set table = {.name = name,
                       .what = what,
                       .kind = FP_IR_TABLE,
                       .key = (uint8_t)key,
                       .family = family,
                       .is_map = is_map};
    const fp_ir_set *added;

    fp_locals_elements(d->build, locals, key, family, direction, &elements);
    table.elements = elements.items;
    table.n_elements = elements.len;
    added = fp_ir_add_set(d->build->ir, &table);
    fp_vec_done(&elements);
    return added;
}

static void add_interface_tables(dispatch *d, const fp_local_vec *locals)
{
    const fp_str what = FP_STR("workloads by interface and address");

    if (d->build->families & FP_FAMILY_4)
        d->from[0] = add_table(d, locals, FP_STR("from-workload4"), what,
                               FP_KEY_IN_INTERFACE_SOURCE, 4, FP_DIRECTION_OUT, true);
    if (d->build->families & FP_FAMILY_6)
        d->from[1] = add_table(d, locals, FP_STR("from-workload6"), what,
                               FP_KEY_IN_INTERFACE_SOURCE, 6, FP_DIRECTION_OUT, true);
    d->to[0] = add_table(d, locals, FP_STR("to-workload"), FP_STR("workloads by interface"),
                         FP_KEY_OUT_INTERFACE, 0, FP_DIRECTION_IN, true);
    d->interfaces = add_table(d, locals, FP_STR("interfaces"), FP_STR("interfaces of workloads"),
                              FP_KEY_IN_INTERFACE, 0, FP_DIRECTION_IN, false);
}

static void add_address_tables(dispatch *d, const fp_local_vec *locals)
{
    const fp_str what = FP_STR("workloads by address");
    bool host_set = d->build->options->host_action == FP_HOST_DROP;

    if (d->build->families & FP_FAMILY_4) {
        d->from[0] = add_table(d, locals, FP_STR("from-workload4"), what, FP_KEY_SOURCE, 4,
                               FP_DIRECTION_OUT, true);
        d->to[0] = add_table(d, locals, FP_STR("to-workload4"), what, FP_KEY_DESTINATION, 4,
                             FP_DIRECTION_IN, true);
        if (host_set)
            d->addresses[0] = add_table(d, locals, FP_STR("addresses4"), what, FP_KEY_SOURCE, 4,
                                        FP_DIRECTION_OUT, false);
    }
    if (d->build->families & FP_FAMILY_6) {
        d->from[1] = add_table(d, locals, FP_STR("from-workload6"), what, FP_KEY_SOURCE, 6,
                               FP_DIRECTION_OUT, true);
        d->to[1] = add_table(d, locals, FP_STR("to-workload6"), what, FP_KEY_DESTINATION, 6,
                             FP_DIRECTION_IN, true);
        if (host_set)
            d->addresses[1] = add_table(d, locals, FP_STR("addresses6"), what, FP_KEY_SOURCE, 6,
                                        FP_DIRECTION_OUT, false);
    }
}

static const fp_ir_set *add_pods(dispatch *d, uint8_t family)
{
    const fp_render_options *options = d->build->options;
    fp_cleanup_free fp_ir_element *elements =
        fp_alloc_array(options->n_pod_cidrs, sizeof(*elements));
    const fp_ir_set like = {.what = FP_STR_INIT("addresses of this node's pods"),
                            .key = FP_KEY_SOURCE,
                            .family = family,
                            .interval = true,
                            .elements = elements};
    fp_ir_set set = like;

    if (!elements) {
        fp_build_fail(d->build, FEDPOL_E_NOMEM);
        return NULL;
    }
    for (size_t i = 0; i < options->n_pod_cidrs; i++) {
        const fp_cidr *net = &options->pod_cidrs[i];

        if (net->ip.family != family ||
            (set.n_elements && fp_cidr_contains(&elements[set.n_elements - 1].net, net)))
            continue;
        elements[set.n_elements++] = (fp_ir_element){.net = *net};
    }
    if (!set.n_elements)
        return NULL;
    return fp_ir_fixed_set(d->build->ir, family == 6 ? "pods6-" : "pods4-", &set);
}

static unsigned option_families(const dispatch *d)
{
    return d->build->options->families;
}

/* A family that was not asked for is none of our business. */
static void begin_base_chain(const dispatch *d, const char *name, const char *what, fp_ir_hook hook,
                             int32_t priority)
{
    fp_ir_term other = fp_ir_number(FP_KEY_FAMILY, 0, 4, false);

    fp_ir_begin_chain(d->build->ir, fp_str_of(name), fp_str_of(what));
    fp_ir_set_hook(d->build->ir, hook, priority);
    if (option_families(d) == FP_FAMILY_4)
        other.u.number = 6;
    if (option_families(d) == FP_FAMILY_4 || option_families(d) == FP_FAMILY_6)
        add_rule(d, &other, 1, FP_IR_ACCEPT, FP_STR("not rendered"));
}

static fp_ir_term prefix_term(const dispatch *d, fp_ir_key key)
{
    return (fp_ir_term){.key = (uint8_t)key,
                        .operand = FP_OPERAND_PREFIX,
                        .u.name = d->build->options->interface_prefix};
}

static void add_from(const dispatch *d)
{
    fp_ir_term known = fp_ir_in_set(FP_KEY_IN_INTERFACE, d->interfaces, false);
    fp_ir_term unknown = prefix_term(d, FP_KEY_IN_INTERFACE);

    add_map(d, d->from[0]);
    add_map(d, d->from[1]);
    if (by_interface(d)) {
        add_rule(d, &known, 1, FP_IR_DROP, FP_STR("not the workload's address"));
        add_rule(d, &unknown, 1, FP_IR_DROP, FP_STR("unknown workload"));
    }
    for (size_t i = 0; i < 2; i++) {
        fp_ir_term pods = fp_ir_in_set(FP_KEY_SOURCE, d->pods[i], false);

        if (d->pods[i])
            add_rule(d, &pods, 1, FP_IR_DROP, FP_STR("no workload has this address"));
    }
}

/* No workload has an address of such a family, so nothing of it is meant for one. */
static void drop_absent_families(const dispatch *d)
{
    unsigned absent = option_families(d) & ~d->build->families;

    for (uint8_t family = 4; family <= 6; family = (uint8_t)(family + 2)) {
        const fp_ir_term terms[] = {
            fp_ir_number(FP_KEY_FAMILY, 0, family, false),
            fp_ir_in_set(FP_KEY_OUT_INTERFACE, d->interfaces, false),
        };

        if (absent & fp_family_bit(family))
            add_rule(d, terms, FP_ARRAY_LEN(terms), FP_IR_DROP,
                     FP_STR("no workload has an address of this family"));
    }
}

static void add_to(const dispatch *d)
{
    fp_ir_term unknown = prefix_term(d, FP_KEY_OUT_INTERFACE);

    if (by_interface(d))
        drop_absent_families(d);
    add_map(d, d->to[0]);
    add_map(d, d->to[1]);
    if (by_interface(d))
        add_rule(d, &unknown, 1, FP_IR_DROP, FP_STR("unknown workload"));
    for (size_t i = 0; i < 2; i++) {
        fp_ir_term pods = fp_ir_in_set(FP_KEY_DESTINATION, d->pods[i], false);

        if (d->pods[i])
            add_rule(d, &pods, 1, FP_IR_DROP, FP_STR("no workload has this address"));
    }
}

/* What hosts and neighbours need from each other comes first, whatever the policy. */
static void begin_input_chain(const dispatch *d, const char *name, const char *what,
                              int32_t priority)
{
    const fp_ir_term loopback = {
        .key = FP_KEY_IN_INTERFACE, .operand = FP_OPERAND_NAME, .u.name = FP_STR_INIT("lo")};
    fp_ir_term neighbours = fp_ir_in_set(FP_KEY_ICMP_TYPE, d->neighbours, false);

    begin_base_chain(d, name, what, FP_HOOK_INPUT, priority);
    if (!by_interface(d))
        add_rule(d, &loopback, 1, FP_IR_ACCEPT, FP_STR("the host to itself"));
    if (d->neighbours)
        add_rule(d, &neighbours, 1, FP_IR_ACCEPT, FP_STR("neighbour discovery"));
}

/* A base chain of its own, as accepting in the first one doesn't end the hook. */
static void add_host_action(const dispatch *d)
{
    const fp_ir_verdict leave = {.kind = FP_IR_GOTO, .chain = FP_STR_INIT("host-drop")};
    fp_ir *ir = d->build->ir;

    if (d->build->options->host_action != FP_HOST_DROP)
        return;
    fp_ir_begin_chain(ir, leave.chain, FP_STR("workload to host"));
    add_map(d, d->build->ct_states);
    add_rule(d, NULL, 0, FP_IR_DROP, FP_STR("workload to host"));
    fp_ir_end_chain(ir);
    begin_input_chain(d, "input-host-action", "workload to host, after its egress policy",
                      d->build->options->priority + 1);
    for (size_t i = 0; i < 2; i++) {
        fp_ir_term from = by_interface(d) ? fp_ir_in_set(FP_KEY_IN_INTERFACE, d->interfaces, false)
                                          : fp_ir_in_set(FP_KEY_SOURCE, d->addresses[i], false);

        if (from.u.set && (i == 0 || !by_interface(d)))
            fp_ir_add_rule(ir, &from, 1, false, leave, FP_STR_NULL);
    }
    fp_ir_end_chain(ir);
}

static const fp_ir_set *add_neighbours(dispatch *d)
{
    static const fp_ir_element elements[] = {{.number = 130}, {.number = 131}, {.number = 132},
                                             {.number = 133}, {.number = 135}, {.number = 136}};
    const fp_ir_set like = {.what = FP_STR_INIT("neighbour discovery and multicast listeners"),
                            .key = FP_KEY_ICMP_TYPE,
                            .family = 6,
                            .elements = elements,
                            .n_elements = FP_ARRAY_LEN(elements)};

    if (!(option_families(d) & FP_FAMILY_6))
        return NULL;
    return fp_ir_fixed_set(d->build->ir, "neighbours-", &like);
}

static void add_tables(dispatch *d, const fp_local_vec *locals)
{
    d->neighbours = add_neighbours(d);
    if (by_interface(d)) {
        add_interface_tables(d, locals);
        return;
    }
    add_address_tables(d, locals);
    if (option_families(d) & FP_FAMILY_4)
        d->pods[0] = add_pods(d, 4);
    if (option_families(d) & FP_FAMILY_6)
        d->pods[1] = add_pods(d, 6);
}

void fp_build_dispatch(fp_build *build, const fp_u32_vec *endpoints)
{
    int32_t priority = build->options->priority;
    dispatch d = {.build = build};
    fp_local_vec locals = {0};

    fp_locals_build(build, endpoints, &locals);
    add_tables(&d, &locals);
    fp_vec_done(&locals);
    if (build->ir->error)
        return;
    begin_base_chain(&d, "forward-from-workload", "forwarded: egress of workloads", FP_HOOK_FORWARD,
                     priority);
    add_from(&d);
    fp_ir_end_chain(build->ir);
    begin_base_chain(&d, "forward-to-workload", "forwarded: ingress of workloads", FP_HOOK_FORWARD,
                     priority + 1);
    add_to(&d);
    fp_ir_end_chain(build->ir);
    begin_input_chain(&d, "input-from-workload", "workload to host: egress of workloads", priority);
    add_from(&d);
    fp_ir_end_chain(build->ir);
    add_host_action(&d);
}
