/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/naive_verdict.h"

#include <limits.h>

#include "libfedpol/net/proto.h"

/* One evaluation: who owns the two addresses, by the rules of docs/policy.md. */
typedef struct view {
    const nv_world *world;
    const fp_flow *flow;
    bool owners[2][NV_ENDPOINTS]; /* of the source, of the destination */
} view;

static bool net_has(const char *text, const fp_ip *ip)
{
    bool host_bits;
    fp_cidr net;

    ck_assert(fp_cidr_parse(fp_str_of(text), &net, &host_bits));
    return fp_cidr_contains_ip(&net, ip);
}

static bool any_net_has(const char *const *pool, unsigned n, unsigned mask, const fp_ip *ip)
{
    for (unsigned i = 0; i < n; i++)
        if ((mask & 1u << i) && net_has(pool[i], ip))
            return true;
    return false;
}

static bool is_set(const nv_endpoint *e)
{
    return e->kind == NV_SET || e->kind == NV_SPACED_SET;
}

static bool has_address(const nv_endpoint *e, const fp_ip *ip)
{
    if (is_set(e))
        return e->cluster == 0 && any_net_has(nv_nets, NV_NETS, e->nets, ip);
    return any_net_has(nv_addresses, 2 * NV_ADDRESSES, e->nets, ip);
}

static void find_owners(const nv_world *world, const fp_ip *ip, bool *ret)
{
    bool claimed = false;

    for (unsigned i = 0; i < world->n_endpoints; i++) {
        const nv_endpoint *e = &world->endpoints[i];

        claimed = claimed || (e->cluster == 0 && !is_set(e) && has_address(e, ip));
    }
    for (unsigned i = 0; i < world->n_endpoints; i++) {
        const nv_endpoint *e = &world->endpoints[i];

        ret[i] = has_address(e, ip) && (e->cluster == 0 || world->united || !claimed);
    }
}

static unsigned label_of(const nv_world *world, const nv_endpoint *e, unsigned label)
{
    if (label == 2)
        return world->cluster_label ? e->cluster + 1 : 0;
    return e->labels[label];
}

static bool term_holds(nv_op op, unsigned wanted, unsigned value)
{
    switch (op) {
    case NV_ALL:
        return true;
    case NV_EQ:
        return value == wanted;
    case NV_NE:
        return value != wanted;
    case NV_HAS:
        return value != 0;
    case NV_LACKS:
        return value == 0;
    case NV_IN:
        return value == 1 || value == 2;
    case NV_NOT_IN:
        return value != 1 && value != 2;
    case NV_OPS:
        break;
    }
    return false;
}

static bool selects(const nv_world *world, const nv_selector *s, const nv_endpoint *e)
{
    bool result = !s->either;

    for (unsigned i = 0; i < s->n; i++) {
        bool holds =
            term_holds(s->terms[i].op, s->terms[i].value, label_of(world, e, s->terms[i].label));

        result = s->either ? result || holds : result && holds;
    }
    return result;
}

static bool is_spaced(const nv_endpoint *e)
{
    return e->kind == NV_POD || e->kind == NV_SPACED_SET;
}

static bool selects_space(const nv_world *world, nv_spaces form, const nv_endpoint *e)
{
    unsigned t = 0;

    if (is_spaced(e) && world->spaces[e->cluster][e->space].is)
        t = world->spaces[e->cluster][e->space].t;
    switch (form) {
    case NV_SPACES_X:
        return t == 1;
    case NV_SPACES_ALL:
        return is_spaced(e);
    case NV_SPACES_GLOBAL:
        return !is_spaced(e);
    case NV_SPACES_LACK:
        return t == 0;
    case NV_SPACES_NONE:
    case NV_SPACES_FORMS:
        break;
    }
    return true;
}

/* Whether the rule says who must be at this side, which a namespaced policy does with any selector.
 */
static bool is_positive(const nv_policy *policy, const nv_entity *entity)
{
    return entity->selector.is || entity->spaces ||
           (policy->space < NV_SPACES && entity->not_selector.is);
}

/* (P) && !(N) of one endpoint. */
static bool is_meant(const nv_world *world, const nv_policy *policy, const nv_entity *entity,
                     const nv_endpoint *e)
{
    if (entity->selector.is && !selects(world, &entity->selector, e))
        return false;
    if (entity->not_selector.is && selects(world, &entity->not_selector, e))
        return false;
    if (entity->spaces)
        return selects_space(world, entity->spaces, e);
    return policy->space == NV_SPACES || (is_spaced(e) && e->space == policy->space);
}

static bool names_cluster(const nv_selector *s)
{
    for (unsigned i = 0; s->is && i < s->n; i++)
        if (s->terms[i].op != NV_ALL && s->terms[i].label == 2)
            return true;
    return false;
}

static bool is_narrowed(const nv_world *world, const nv_rule *rule, const nv_entity *entity)
{
    if (!world->local_scope || (rule->action != FP_ACTION_ALLOW && rule->action != FP_ACTION_PASS))
        return false;
    return !world->cluster_label ||
           (!names_cluster(&entity->selector) && !names_cluster(&entity->not_selector));
}

typedef struct question {
    const view *v;
    const nv_policy *policy;
    const nv_rule *rule;
    const nv_entity *entity;
    bool at_destination;
} question;

static bool declares(const nv_endpoint *e, unsigned names, uint8_t protocol, int32_t port)
{
    for (unsigned i = 0; !is_set(e) && i < FP_ARRAY_LEN(nv_port_pool); i++)
        if ((e->ports & 1u << i) && (names & 1u << nv_port_pool[i].name) &&
            nv_port_pool[i].protocol == protocol && nv_port_pool[i].port == port)
            return true;
    return false;
}

static bool number_hit(unsigned ranges, int32_t port)
{
    for (unsigned i = 0; i < FP_ARRAY_LEN(nv_ranges); i++)
        if ((ranges & 1u << i) && port >= nv_ranges[i].first && port <= nv_ranges[i].last)
            return true;
    return false;
}

static bool ports_hit(const question *q, const nv_ports *ports, bool narrowed)
{
    const fp_flow *flow = q->v->flow;
    int32_t port = q->at_destination ? flow->destination_port : flow->source_port;
    bool positive = is_positive(q->policy, q->entity);

    if (flow->protocol != FP_PROTO_TCP && flow->protocol != FP_PROTO_UDP)
        return false;
    if (number_hit(ports->ranges, port))
        return true;
    for (unsigned i = 0; i < q->v->world->n_endpoints; i++) {
        const nv_endpoint *e = &q->v->world->endpoints[i];

        if (!q->v->owners[q->at_destination][i] || (narrowed && positive && e->cluster != 0))
            continue;
        if (positive && !is_meant(q->v->world, q->policy, q->entity, e))
            continue;
        if (declares(e, ports->names, flow->protocol, port))
            return true;
    }
    return false;
}

static bool somebody_is_meant(const question *q, bool narrowed)
{
    for (unsigned i = 0; i < q->v->world->n_endpoints; i++) {
        const nv_endpoint *e = &q->v->world->endpoints[i];

        if (q->v->owners[q->at_destination][i] && (!narrowed || e->cluster == 0) &&
            is_meant(q->v->world, q->policy, q->entity, e))
            return true;
    }
    return false;
}

static bool somebody_is_excluded(const question *q)
{
    for (unsigned i = 0; i < q->v->world->n_endpoints; i++)
        if (q->v->owners[q->at_destination][i] &&
            selects(q->v->world, &q->entity->not_selector, &q->v->world->endpoints[i]))
            return true;
    return false;
}

static bool entity_matches(const question *q)
{
    const nv_entity *entity = q->entity;
    const fp_flow *flow = q->v->flow;
    const fp_ip *ip = q->at_destination ? &flow->destination : &flow->source;
    bool narrowed = is_narrowed(q->v->world, q->rule, entity);

    if (entity->nets && !any_net_has(nv_nets, NV_NETS, entity->nets, ip))
        return false;
    if (entity->not_nets && any_net_has(nv_nets, NV_NETS, entity->not_nets, ip))
        return false;
    if (is_positive(q->policy, entity)) {
        if (!somebody_is_meant(q, narrowed))
            return false;
    } else if (entity->not_selector.is && somebody_is_excluded(q)) {
        return false;
    }
    if (entity->ports.is && !ports_hit(q, &entity->ports, narrowed))
        return false;
    return !entity->not_ports.is || !ports_hit(q, &entity->not_ports, false);
}

static bool is_icmp(const fp_flow *flow, const nv_icmp *icmp)
{
    unsigned protocol = flow->source.family == 4 ? FP_PROTO_ICMP : FP_PROTO_ICMPV6;

    return flow->protocol == protocol && flow->icmp_type == (int32_t)icmp->type &&
           (icmp->code < 0 || flow->icmp_code == icmp->code);
}

static bool protocol_matches(const fp_flow *flow, const nv_rule *rule)
{
    if (rule->version && rule->version != flow->source.family)
        return false;
    if (rule->protocol && rule->protocol != flow->protocol)
        return false;
    if ((rule->protocol == FP_PROTO_ICMP && flow->source.family != 4) ||
        (rule->protocol == FP_PROTO_ICMPV6 && flow->source.family != 6))
        return false;
    return !rule->not_protocol || rule->not_protocol != flow->protocol;
}

static bool rule_matches(const view *v, const nv_policy *policy, const nv_rule *rule)
{
    const question source = {v, policy, rule, &rule->source, false};
    const question destination = {v, policy, rule, &rule->destination, true};
    const fp_flow *flow = v->flow;

    if (!protocol_matches(flow, rule))
        return false;
    if (rule->icmp.is && !is_icmp(flow, &rule->icmp))
        return false;
    if (rule->not_icmp.is && is_icmp(flow, &rule->not_icmp))
        return false;
    return entity_matches(&source) && entity_matches(&destination);
}

typedef struct outcome {
    bool decided;
    fp_verdict_value value;
    fp_verdict_reason reason;
    unsigned tier;           /* 4: none */
    const nv_policy *policy; /* NULL: none */
    int rule;
} outcome;

/* 1: decided; 0: nothing decided; -1: Pass. */
static int walk_policy(const view *v, const nv_policy *policy, bool ingress, outcome *ret)
{
    unsigned d = ingress ? 0 : 1;

    for (unsigned i = 0; i < policy->n_rules[d]; i++) {
        const nv_rule *rule = &policy->rules[d][i];
        bool denies = rule->action == FP_ACTION_DENY || rule->action == FP_ACTION_PASS;

        *ret = (outcome){true, FP_VERDICT_DENY, FP_REASON_RULE, policy->tier, policy, (int)i};
        if (rule->void_rule) {
            ret->reason = FP_REASON_NOT_UNDERSTOOD;
            if (denies && !v->world->ignore_void)
                return 1;
            continue;
        }
        if (!rule_matches(v, policy, rule) || rule->action == FP_ACTION_LOG)
            continue;
        if (rule->action == FP_ACTION_PASS)
            return -1;
        ret->value = rule->action == FP_ACTION_ALLOW ? FP_VERDICT_ALLOW : FP_VERDICT_DENY;
        return 1;
    }
    return 0;
}

static bool applies(const nv_world *world, const nv_policy *policy, const nv_endpoint *e,
                    bool ingress)
{
    if (!(policy->types & (ingress ? FP_TYPE_INGRESS : FP_TYPE_EGRESS)))
        return false;
    if (policy->space < NV_SPACES && policy->space != e->space)
        return false;
    return selects(world, &policy->subject, e);
}

/* Of those not DONE the one that comes first in TIER; NULL: none. */
static const nv_policy *next_policy(const nv_world *world, unsigned tier, const bool *done)
{
    const nv_policy *best = NULL;
    fp_buf best_name = {0};

    for (unsigned i = 0; i < world->n_policies; i++) {
        const nv_policy *p = &world->policies[i];
        unsigned order = p->order < 0 ? UINT_MAX : (unsigned)p->order;
        unsigned best_order = best && best->order >= 0 ? (unsigned)best->order : UINT_MAX;
        fp_buf name = {0};

        if (done[i] || p->tier != tier)
            continue;
        /* name/namespace/kind */
        fp_buf_printf(&name, "p%u/%s/%s", p->name,
                      p->space < NV_SPACES ? nv_space_names[p->space] : "",
                      p->space < NV_SPACES ? "NetworkPolicy" : "GlobalNetworkPolicy");
        if (!best || order < best_order ||
            (order == best_order && strcmp(name.data, best_name.data) < 0)) {
            fp_buf_done(&best_name);
            best_name = name;
            best = p;
        } else {
            fp_buf_done(&name);
        }
    }
    fp_buf_done(&best_name);
    return best;
}

/* 1: decided; 0: on to the next tier. */
static int walk_tier(const view *v, const nv_endpoint *e, unsigned tier, bool ingress, outcome *ret)
{
    const nv_world *world = v->world;
    bool done[NV_POLICIES] = {false};
    bool any = false;

    for (;;) {
        const nv_policy *policy = next_policy(world, tier, done);
        int r;

        if (!policy)
            break;
        done[policy - world->policies] = true;
        if (!applies(world, policy, e, ingress))
            continue;
        any = true;
        r = walk_policy(v, policy, ingress, ret);
        if (r != 0)
            return r > 0;
    }
    if (!any || (world->tiers[tier].exists && world->tiers[tier].passes))
        return 0;
    *ret = (outcome){true, FP_VERDICT_DENY, FP_REASON_END_OF_TIER, tier, NULL, -1};
    return 1;
}

/* Whether tier A comes before tier B. */
static bool tier_before(const nv_world *world, unsigned a, unsigned b)
{
    const nv_tier *x = &world->tiers[a];
    const nv_tier *y = &world->tiers[b];
    unsigned x_order = x->exists && x->order >= 0 ? (unsigned)x->order : UINT_MAX;
    unsigned y_order = y->exists && y->order >= 0 ? (unsigned)y->order : UINT_MAX;

    if (x->exists != y->exists)
        return x->exists;
    if (x_order != y_order)
        return x_order < y_order;
    return strcmp(nv_tier_names[a], nv_tier_names[b]) < 0;
}

static void walk_tiers(const view *v, const nv_endpoint *e, bool ingress, outcome *ret)
{
    bool done[4] = {false};

    for (unsigned round = 0; round < 4; round++) {
        unsigned best = 4;

        for (unsigned i = 0; i < 4; i++)
            if (!done[i] && (best == 4 || tier_before(v->world, i, best)))
                best = i;
        done[best] = true;
        if (walk_tier(v, e, best, ingress, ret))
            return;
    }
    /* The profile of its namespace: allow everything, or missing. */
    *ret = (outcome){true, FP_VERDICT_DENY, FP_REASON_PROFILE, 4, NULL, -1};
    if (v->world->spaces[0][e->space].is) {
        ret->value = FP_VERDICT_ALLOW;
        ret->rule = 0;
    }
}

static const nv_endpoint *enforced(const view *v, bool ingress)
{
    const nv_endpoint *best = NULL;

    /* The first one by (namespace, name), and names are in the order of the places. */
    for (unsigned i = 0; i < v->world->n_endpoints; i++) {
        const nv_endpoint *e = &v->world->endpoints[i];

        if (!v->owners[ingress][i] || e->kind != NV_POD || e->cluster != 0 ||
            (v->world->on_node && e->node != 1))
            continue;
        if (!best || e->space < best->space)
            best = e;
    }
    return best;
}

void nv_policy_name(fp_buf *buf, const nv_policy *policy)
{
    if (policy->space < NV_SPACES)
        fp_buf_printf(buf, "NetworkPolicy/%s/p%u", nv_space_names[policy->space], policy->name);
    else
        fp_buf_printf(buf, "GlobalNetworkPolicy//p%u", policy->name);
}

char *nv_evaluate(const nv_world *world, const fp_flow *flow, bool ingress)
{
    view v = {.world = world, .flow = flow};
    const nv_endpoint *e;
    fp_buf buf = {0};
    outcome o = {0};

    find_owners(world, &flow->source, v.owners[0]);
    find_owners(world, &flow->destination, v.owners[1]);
    e = enforced(&v, ingress);
    if (!e) {
        fp_buf_puts(&buf, "none");
        return fp_buf_steal(&buf, NULL);
    }
    walk_tiers(&v, e, ingress, &o);
    fp_buf_printf(&buf, "%s %s", fp_verdict_value_name(o.value), fp_verdict_reason_name(o.reason));
    if (o.tier < 4)
        fp_buf_printf(&buf, " in %s", nv_tier_names[o.tier]);
    if (o.policy) {
        fp_buf_puts(&buf, " by ");
        nv_policy_name(&buf, o.policy);
    } else if (o.reason == FP_REASON_PROFILE) {
        fp_buf_printf(&buf, " by Profile//kns.%s", nv_space_names[e->space]);
    }
    if (o.rule >= 0)
        fp_buf_printf(&buf, " #%d", o.rule);
    return fp_buf_steal(&buf, NULL);
}
