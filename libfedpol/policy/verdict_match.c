/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/verdict_match.h"

#include "libfedpol/policy/compile.h"

int fp_match_context_init(fp_match_context *context, fp_world *world, const fp_flow *flow)
{
    *context = (fp_match_context){
        .federation = fp_calc_federation(fp_world_calc(world)),
        .flow = flow,
        .options = fp_world_get_options(world),
        .all_complete = true,
    };
    for (size_t i = 0; fp_world_cluster(world, i); i++) {
        const fp_cluster *cluster = fp_world_cluster(world, i);

        if (fp_cluster_get_role(cluster) == FP_ROLE_LOCAL)
            context->local_complete = fp_cluster_was_complete(cluster);
        context->all_complete = context->all_complete && fp_cluster_was_complete(cluster);
    }
    fp_try(fp_federation_owners(context->federation, &flow->source, true, &context->source_owners));
    return fp_federation_owners(context->federation, &flow->destination, true,
                                &context->destination_owners);
}

void fp_match_context_done(fp_match_context *context)
{
    fp_vec_done(&context->source_owners);
    fp_vec_done(&context->destination_owners);
}

/* One side of the flow as a rule's entity sees it. */
typedef struct side {
    const fp_match_context *context;
    const fp_u32_vec *owners;
    const fp_ip *ip;
    int32_t port; /* -1: not stated */
    bool is_destination;
    fp_domain domain;   /* of owners that count for what is positive */
    fp_domain negative; /* the same for what is negative */
} side;

/* Nobody known satisfies: is that final? */
static fp_tri nobody(const side *s, fp_domain domain)
{
    bool complete =
        domain == FP_DOMAIN_LOCAL ? s->context->local_complete : s->context->all_complete;

    return complete ? FP_TRI_NO : FP_TRI_UNKNOWN;
}

static fp_tri match_selector(const side *s, const fp_selector *selector, fp_domain domain)
{
    const fp_label_index *labels = fp_federation_labels(s->context->federation);

    for (size_t i = 0; i < s->owners->len; i++) {
        fp_endpoint_view owner;

        if (!fp_federation_get(s->context->federation, s->owners->items[i], &owner))
            continue;
        if (fp_label_index_in_domain(labels, owner.class_id, domain) &&
            fp_label_index_try(labels, selector, owner.class_id))
            return FP_TRI_YES;
    }
    return nobody(s, domain);
}

/* Whether OWNER declares a port of one of the names that this flow goes to. */
static fp_tri owner_has_port(const side *s, fp_endpoint_id id, const fp_endpoint_view *owner,
                             const fp_port_match *match, uint8_t rule_protocol)
{
    uint8_t protocol = s->context->flow->protocol;

    for (size_t i = 0; i < owner->n_ports; i++) {
        fp_endpoint_port port = fp_federation_port(s->context->federation, id, i);

        if (port.protocol != protocol || (rule_protocol && rule_protocol != protocol))
            continue;
        for (size_t n = 0; n < match->n_names; n++) {
            if (!fp_str_eq(port.name, match->names[n]))
                continue;
            if (s->port < 0)
                return FP_TRI_UNKNOWN;
            if (s->port == port.port)
                return FP_TRI_YES;
        }
    }
    return FP_TRI_NO;
}

/* Named ports are those of owners that also satisfy the positive selector, if there is one. */
static fp_tri match_named_ports(const side *s, const fp_entity *entity, const fp_port_match *match,
                                fp_domain domain, uint8_t rule_protocol)
{
    const fp_label_index *labels = fp_federation_labels(s->context->federation);
    fp_tri result = FP_TRI_NO;

    if (match->n_names == 0 || !fp_proto_has_ports(s->context->flow->protocol))
        return FP_TRI_NO;
    for (size_t i = 0; i < s->owners->len; i++) {
        fp_endpoint_id id = s->owners->items[i];
        fp_endpoint_view owner;

        if (!fp_federation_get(s->context->federation, id, &owner) ||
            !fp_label_index_in_domain(labels, owner.class_id, domain))
            continue;
        if (entity->selector && !fp_label_index_try(labels, entity->selector, owner.class_id))
            continue;
        result = fp_tri_or(result, owner_has_port(s, id, &owner, match, rule_protocol));
    }
    return fp_tri_or(result, nobody(s, domain));
}

static fp_tri match_numeric_ports(const side *s, const fp_port_match *match)
{
    if (match->n_ranges == 0 || !fp_proto_has_ports(s->context->flow->protocol))
        return FP_TRI_NO;
    if (s->port < 0)
        return FP_TRI_UNKNOWN;
    return fp_port_ranges_contain(match->ranges, match->n_ranges, (uint16_t)s->port) ? FP_TRI_YES
                                                                                     : FP_TRI_NO;
}

static fp_tri match_ports(const side *s, const fp_entity *entity, const fp_port_match *match,
                          fp_domain domain, uint8_t rule_protocol)
{
    return fp_tri_or(match_numeric_ports(s, match),
                     match_named_ports(s, entity, match, domain, rule_protocol));
}

static fp_tri match_nets(const side *s, const fp_net_match *match)
{
    for (size_t i = 0; i < match->n; i++)
        if (fp_cidr_contains_ip(&match->nets[i], s->ip))
            return FP_TRI_YES;
    return FP_TRI_NO;
}

typedef struct criterion {
    fp_tri value;
    const char *why;
} criterion;

/* Ands NEXT into *ALL and remembers the first criterion that was not met for certain. */
static void require(criterion *all, fp_tri next, const char *why)
{
    if (next < all->value) {
        all->value = next;
        all->why = why;
    }
}

/* Names of the criteria of an entity, for the trace: [0] of the source, [1] of the destination. */
static const char *const nets_of[] = {"source nets", "destination nets"};
static const char *const not_nets_of[] = {"source notNets", "destination notNets"};
static const char *const selector_of[] = {"source selector", "destination selector"};
static const char *const not_selector_of[] = {"source notSelector", "destination notSelector"};
static const char *const ports_of[] = {"source ports", "destination ports"};
static const char *const not_ports_of[] = {"source notPorts", "destination notPorts"};

static void match_entity(criterion *all, const side *s, const fp_entity *entity,
                         uint8_t rule_protocol)
{
    const fp_net_match *nets = &entity->nets;
    const fp_net_match *not_nets = &entity->not_nets;
    fp_tri value;

    if (nets->present)
        require(all, match_nets(s, nets), nets_of[s->is_destination]);
    if (not_nets->present)
        require(all, fp_tri_not(match_nets(s, not_nets)), not_nets_of[s->is_destination]);
    if (entity->selector) {
        value = match_selector(s, entity->selector, s->domain);
        require(all, value, selector_of[s->is_destination]);
    }
    if (entity->not_selector) {
        value = match_selector(s, entity->not_selector, s->negative);
        require(all, fp_tri_not(value), not_selector_of[s->is_destination]);
    }
    if (entity->ports.present) {
        value = match_ports(s, entity, &entity->ports, s->domain, rule_protocol);
        require(all, value, ports_of[s->is_destination]);
    }
    if (entity->not_ports.present) {
        value = match_ports(s, entity, &entity->not_ports, s->negative, rule_protocol);
        require(all, fp_tri_not(value), not_ports_of[s->is_destination]);
    }
}

/* Is the flow ICMP (of its own family) with this type and code? */
static fp_tri match_icmp(const fp_flow *flow, const fp_icmp_match *match)
{
    uint8_t protocol = flow->source.family == 4 ? FP_PROTO_ICMP : FP_PROTO_ICMPV6;

    if (flow->protocol != protocol)
        return FP_TRI_NO;
    if (flow->icmp_type < 0)
        return FP_TRI_UNKNOWN;
    if (flow->icmp_type != match->type)
        return FP_TRI_NO;
    if (!match->has_code)
        return FP_TRI_YES;
    if (flow->icmp_code < 0)
        return FP_TRI_UNKNOWN;
    return flow->icmp_code == match->code ? FP_TRI_YES : FP_TRI_NO;
}

static void match_protocol(criterion *all, const fp_flow *flow, const fp_rule *rule)
{
    if (rule->ip_version && rule->ip_version != flow->source.family)
        require(all, FP_TRI_NO, "ipVersion");
    if (rule->protocol && rule->protocol != flow->protocol)
        require(all, FP_TRI_NO, "protocol");
    if (rule->not_protocol && rule->not_protocol == flow->protocol)
        require(all, FP_TRI_NO, "notProtocol");
    if (rule->icmp.set)
        require(all, match_icmp(flow, &rule->icmp), "icmp");
    if (rule->not_icmp.set)
        require(all, fp_tri_not(match_icmp(flow, &rule->not_icmp)), "notICMP");
}

static side side_of(const fp_match_context *context, const fp_rule *rule, bool destination)
{
    const fp_entity *entity = destination ? &rule->destination : &rule->source;
    fp_domain domain = fp_rule_domain(context->options, rule, entity);

    return (side){
        .context = context,
        .owners = destination ? &context->destination_owners : &context->source_owners,
        .ip = destination ? &context->flow->destination : &context->flow->source,
        .port = destination ? context->flow->destination_port : context->flow->source_port,
        .is_destination = destination,
        .domain = fp_use_domain(domain, fp_rule_use(rule, true)),
        .negative = fp_use_domain(FP_DOMAIN_ALL, fp_rule_use(rule, false)),
    };
}

fp_tri fp_rule_match(const fp_match_context *context, const fp_rule *rule, const char **ret_why)
{
    criterion all = {FP_TRI_YES, ""};
    side source = side_of(context, rule, false);
    side destination = side_of(context, rule, true);

    match_protocol(&all, context->flow, rule);
    match_entity(&all, &source, &rule->source, rule->protocol);
    match_entity(&all, &destination, &rule->destination, rule->protocol);
    *ret_why = all.why;
    return all.value;
}
