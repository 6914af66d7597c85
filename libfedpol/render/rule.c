/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/rule.h"

#include "libfedpol/net/proto.h"

/*
 * One policy rule, one family: a conjunction of terms, some of which have alternatives. nft says
 * alternatives of one kind by a set; those of different kinds (a hash set or an interval set, a
 * port number or a named port) are said by repeating the rule with the same verdict, which is the
 * same since the first match decides. Every list of the rule takes part in every repetition.
 */

static const fp_ir_set *port_protocols(fp_shape *shape)
{
    static const fp_ir_element elements[] = {
        {.number = FP_PROTO_TCP},
        {.number = FP_PROTO_UDP},
        {.number = FP_PROTO_SCTP},
    };
    const fp_ir_set like = {.what = FP_STR_INIT("protocols with ports"),
                            .key = FP_KEY_PROTOCOL,
                            .elements = elements,
                            .n_elements = FP_ARRAY_LEN(elements)};

    return fp_ir_fixed_set(shape->build->ir, "protocols-", &like);
}

static void match_protocol(fp_shape *shape, const fp_rule *rule)
{
    unsigned icmp = shape->family == 6 ? FP_PROTO_ICMPV6 : FP_PROTO_ICMP;
    bool says_icmp = rule->icmp.set || (rule->not_icmp.set && rule->protocol == icmp);

    /* A term about ICMP's fields brings the protocol with it. */
    if (rule->protocol && !says_icmp)
        fp_shape_add(shape, fp_ir_number(FP_KEY_PROTOCOL, 0, rule->protocol, false));
    if (rule->not_protocol && !rule->protocol && !says_icmp)
        fp_shape_add(shape, fp_ir_number(FP_KEY_PROTOCOL, 0, rule->not_protocol, true));
    if (rule->not_protocol &&
        (rule->not_protocol == rule->protocol || (rule->icmp.set && rule->not_protocol == icmp)))
        shape->never = true;
}

static void match_icmp(fp_shape *shape, const fp_rule *rule)
{
    unsigned icmp = shape->family == 6 ? FP_PROTO_ICMPV6 : FP_PROTO_ICMP;

    if (!rule->icmp.set)
        return;
    if (rule->protocol && rule->protocol != icmp) {
        shape->never = true;
        return;
    }
    fp_shape_add(shape, fp_ir_number(FP_KEY_ICMP_TYPE, shape->family, rule->icmp.type, false));
    if (rule->icmp.has_code)
        fp_shape_add(shape, fp_ir_number(FP_KEY_ICMP_CODE, shape->family, rule->icmp.code, false));
}

/* not (type and code): one lookup of both, since two negated terms would deny each of them. */
static fp_ir_term not_icmp_term(fp_shape *shape, const fp_icmp_match *match)
{
    const fp_ir_element element = {.number = match->type, .code = match->code};
    const fp_ir_set like = {.what = FP_STR_INIT("ICMP type and code"),
                            .key = FP_KEY_ICMP,
                            .family = shape->family,
                            .elements = &element,
                            .n_elements = 1};

    if (!match->has_code)
        return fp_ir_number(FP_KEY_ICMP_TYPE, shape->family, match->type, true);
    return fp_ir_in_set(
        FP_KEY_ICMP,
        fp_ir_fixed_set(shape->build->ir, shape->family == 6 ? "icmp6-" : "icmp4-", &like), true);
}

static void match_not_icmp(fp_shape *shape, const fp_rule *rule)
{
    unsigned icmp = shape->family == 6 ? FP_PROTO_ICMPV6 : FP_PROTO_ICMP;
    fp_block *block;

    if (!rule->not_icmp.set || rule->not_protocol == icmp)
        return;
    if (rule->icmp.set || rule->protocol == icmp) {
        fp_shape_add(shape, not_icmp_term(shape, &rule->not_icmp));
        return;
    }
    if (rule->protocol)
        return; /* another protocol: not ICMP of that type */
    block = fp_shape_block(shape);
    fp_shape_alternative(shape, block, fp_ir_number(FP_KEY_PROTOCOL, 0, icmp, true));
    fp_shape_alternative(shape, block, not_icmp_term(shape, &rule->not_icmp));
}

static fp_ir_term range_term(fp_shape *shape, fp_ir_key key, const fp_port_match *ports,
                             bool negated)
{
    fp_ir_term term = {.key = (uint8_t)key, .operand = FP_OPERAND_RANGE, .negated = negated};

    if (ports->n_ranges > 1)
        return fp_ir_in_set(key, fp_shape_port_set(shape, ports), negated);
    term.u.range = ports->ranges[0];
    return term;
}

static void match_ports(fp_shape *shape, const fp_rule *rule, const fp_side *side)
{
    const fp_port_match *ports = &side->entity->ports;
    const fp_entity_sets *sets = side->sets;
    bool numeric = ports->n_ranges && (!rule->protocol || fp_proto_has_ports(rule->protocol));
    fp_block *block;

    if (!ports->present)
        return;
    if (!numeric && sets->n_ports == 0) {
        shape->never = true;
        return;
    }
    /* Only these have ports, named ones included. */
    if (!rule->protocol && numeric)
        fp_shape_add(shape, fp_ir_in_set(FP_KEY_PROTOCOL, port_protocols(shape), false));
    block = fp_shape_block(shape);
    if (numeric)
        fp_shape_alternative(shape, block, range_term(shape, side->port_key, ports, false));
    for (size_t i = 0; i < sets->n_ports; i++)
        fp_shape_alternative(shape, block,
                             fp_ir_in_set(side->service_key,
                                          fp_shape_members(shape, sets->ports[i], FP_PART_PORTS),
                                          false));
}

/* Adds to the one alternative that holds for packets with ports. */
static void match_not_ports(fp_shape *shape, fp_block *block, const fp_side *side)
{
    const fp_port_match *ports = &side->entity->not_ports;

    if (!ports->present)
        return;
    if (ports->n_ranges)
        fp_shape_extend(shape, block, range_term(shape, side->port_key, ports, true));
    for (size_t i = 0; i < side->sets->n_not_ports; i++)
        fp_shape_extend(
            shape, block,
            fp_ir_in_set(side->service_key,
                         fp_shape_members(shape, side->sets->not_ports[i], FP_PART_PORTS), true));
}

static bool excludes_ports(const fp_side *side)
{
    return side->entity->not_ports.present &&
           (side->entity->not_ports.n_ranges || side->sets->n_not_ports);
}

/* A packet without ports has none of the excluded ones. It needs an alternative of its own where
   the rule doesn't name a protocol, since the kernel would look at other bytes. */
static void match_all_not_ports(fp_shape *shape, const fp_rule *rule, const fp_side sides[2])
{
    fp_block *block;

    if (!excludes_ports(&sides[0]) && !excludes_ports(&sides[1]))
        return;
    if (rule->protocol && !fp_proto_has_ports(rule->protocol))
        return;
    block = fp_shape_block(shape);
    if (!rule->protocol)
        fp_shape_alternative(shape, block,
                             fp_ir_in_set(FP_KEY_PROTOCOL, port_protocols(shape), true));
    fp_shape_next(shape, block);
    match_not_ports(shape, block, &sides[0]);
    match_not_ports(shape, block, &sides[1]);
}

static void match_side(fp_shape *shape, const fp_side *side)
{
    fp_shape_nets(shape, side->address_key, &side->entity->nets, false);
    fp_shape_nets(shape, side->address_key, &side->entity->not_nets, true);
    if (side->sets->selector != FP_NO_SET)
        fp_shape_selector(shape, side->address_key, side->sets->selector);
    if (side->sets->not_selector != FP_NO_SET)
        fp_shape_not_selector(shape, side->address_key, side->sets->not_selector);
}

/* Whether any criterion reads an address, or ICMP, or the version. */
static bool depends_on_family(const fp_active_rule *active)
{
    const fp_rule *rule = active->rule;
    const fp_entity *entities[] = {&rule->source, &rule->destination};
    const fp_entity_sets *sets[] = {&active->source, &active->destination};

    if (rule->ip_version || rule->icmp.set || rule->not_icmp.set)
        return true;
    for (size_t i = 0; i < 2; i++)
        if (entities[i]->nets.present || entities[i]->not_nets.present ||
            sets[i]->selector != FP_NO_SET || sets[i]->not_selector != FP_NO_SET ||
            sets[i]->n_ports || sets[i]->n_not_ports)
            return true;
    return false;
}

static fp_ir_verdict verdict_of(const fp_build *build, fp_action action)
{
    switch (action) {
    case FP_ACTION_ALLOW:
        return (fp_ir_verdict){.kind = FP_IR_ACCEPT};
    case FP_ACTION_PASS:
        return (fp_ir_verdict){.kind = FP_IR_RETURN};
    case FP_ACTION_LOG:
        return (fp_ir_verdict){.kind = FP_IR_CONTINUE};
    case FP_ACTION_DENY:
        break;
    }
    return fp_build_deny(build);
}

static void build_for_family(fp_shape *shape, const fp_active_rule *active, uint8_t family,
                             fp_str comment)
{
    const fp_rule *rule = active->rule;
    const fp_side sides[2] = {
        {&rule->source, &active->source, FP_KEY_SOURCE, FP_KEY_SOURCE_PORT, FP_KEY_SOURCE_SERVICE},
        {&rule->destination, &active->destination, FP_KEY_DESTINATION, FP_KEY_DESTINATION_PORT,
         FP_KEY_DESTINATION_SERVICE},
    };

    fp_shape_clear(shape, family);
    if (rule->ip_version && family && rule->ip_version != family)
        return;
    match_protocol(shape, rule);
    for (size_t i = 0; i < 2; i++)
        match_side(shape, &sides[i]);
    for (size_t i = 0; i < 2; i++)
        match_ports(shape, rule, &sides[i]);
    match_icmp(shape, rule);
    match_all_not_ports(shape, rule, sides);
    match_not_icmp(shape, rule);
    fp_shape_emit(shape, rule->action == FP_ACTION_LOG, verdict_of(shape->build, rule->action),
                  comment);
}

static fp_str put_comment(fp_build *build, const fp_active_rule *active,
                          const fp_rule_context *context)
{
    fp_buf *scratch = &build->ir->scratch;

    if (build->options->no_comments)
        return FP_STR_NULL;
    fp_buf_puts(scratch, "rule ");
    fp_buf_put_u64(scratch, active->rule->index);
    fp_buf_puts(scratch, " of ");
    fp_buf_add(scratch, context->policy);
    fp_buf_puts(scratch, context->direction == FP_DIRECTION_IN ? " ingress" : " egress");
    if (active->mode == FP_RULE_DENY_ALL)
        fp_buf_puts(scratch, ", not understood");
    return fp_ir_take_scratch(build->ir);
}

void fp_build_rule(fp_build *build, const fp_active_rule *active, const fp_rule_context *context)
{
    fp_shape shape;
    fp_str comment;

    if (active->mode == FP_RULE_NEVER || build->ir->error)
        return;
    comment = put_comment(build, active, context);
    if (active->mode == FP_RULE_DENY_ALL) {
        fp_ir_add_rule(build->ir, NULL, 0, false, fp_build_deny(build), comment);
        return;
    }
    fp_shape_init(&shape, build);
    if (!depends_on_family(active)) {
        build_for_family(&shape, active, 0, comment);
    } else {
        if (build->families & FP_FAMILY_4)
            build_for_family(&shape, active, 4, comment);
        if (build->families & FP_FAMILY_6)
            build_for_family(&shape, active, 6, comment);
    }
    fp_shape_done(&shape);
}

void fp_build_rules(fp_build *build, const fp_active_policy *policy, fp_str id,
                    fp_direction direction)
{
    const fp_rule_context context = {id, direction};
    const fp_active_rule *rules = direction == FP_DIRECTION_IN ? policy->ingress : policy->egress;
    size_t n = direction == FP_DIRECTION_IN ? policy->n_ingress : policy->n_egress;

    for (size_t i = 0; i < n; i++)
        fp_build_rule(build, &rules[i], &context);
}
