/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/net/proto.h"
#include "tests/support/naive_verdict.h"

#define PICK(rng, items) (items)[fp_rng_below((rng), (uint32_t)FP_ARRAY_LEN(items))]

const char *const nv_clusters[NV_CLUSTERS] = {"east", "west", "north"};
const char *const nv_space_names[NV_SPACES] = {"n1", "n2"};
const char *const nv_tier_names[4] = {"first", "second", "default", "ghost"};
const char *const nv_addresses[2 * NV_ADDRESSES] = {"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.1.0.1",
                                                    "10.1.0.2", "fd00::1",  "fd00::2",  "fd00::3",
                                                    "fd01::1",  "fd01::2"};
const char *const nv_nets[NV_NETS] = {"10.0.0.0/16", "10.0.0.1",   "10.0.0.2/31", "10.1.0.0/16",
                                      "0.0.0.0/0",   "fd00::/64",  "fd00::2",     "fd01::/16",
                                      "::/0",        "8.8.8.0/24", "10.1.0.2"};
const char *const nv_port_names[2] = {"http", "dns"};
const fp_port_range nv_ranges[3] = {{80, 80}, {81, 81}, {79, 80}};
const nv_port nv_port_pool[4] = {
    {0, FP_PROTO_TCP, 80}, {0, FP_PROTO_UDP, 81}, {1, FP_PROTO_UDP, 80}, {0, FP_PROTO_TCP, 81}};

static bool chance(fp_rng *rng, uint32_t percent)
{
    return fp_rng_below(rng, 100) < percent;
}

static nv_selector random_selector(fp_rng *rng)
{
    nv_selector s = {.is = true, .either = chance(rng, 30), .n = chance(rng, 30) ? 2 : 1};

    for (unsigned i = 0; i < s.n; i++) {
        s.terms[i].op = (nv_op)fp_rng_below(rng, NV_OPS);
        s.terms[i].label = chance(rng, 15) ? 2 : fp_rng_below(rng, 2);
        s.terms[i].value = 1 + fp_rng_below(rng, s.terms[i].label == 2 ? 3 : 2);
        /* Values of the cluster label are no members of the lists of letters. */
        if (s.terms[i].label == 2 && (s.terms[i].op == NV_IN || s.terms[i].op == NV_NOT_IN))
            s.terms[i].op = NV_EQ;
    }
    return s;
}

static unsigned random_mask(fp_rng *rng, unsigned bits, unsigned picks)
{
    unsigned mask = 0;

    for (unsigned i = 0; i < picks; i++)
        mask |= 1u << fp_rng_below(rng, bits);
    return mask;
}

static nv_endpoint random_endpoint(fp_rng *rng, unsigned i)
{
    nv_endpoint e = {.cluster = i < 4 ? 0 : fp_rng_below(rng, NV_CLUSTERS),
                     .space = fp_rng_below(rng, NV_SPACES),
                     .node = chance(rng, 70) ? 1 : 2,
                     .labels = {fp_rng_below(rng, 3), fp_rng_below(rng, 3)},
                     .ports = random_mask(rng, 4, fp_rng_below(rng, 4))};

    e.kind = i < 3 || chance(rng, 60) ? NV_POD : (nv_kind)fp_rng_below(rng, 4);
    if (e.kind == NV_SET || e.kind == NV_SPACED_SET) {
        e.nets = random_mask(rng, NV_NETS, 2);
    } else {
        e.nets = 1u << fp_rng_below(rng, NV_ADDRESSES);
        if (chance(rng, 60))
            e.nets |= 1u << (NV_ADDRESSES + fp_rng_below(rng, NV_ADDRESSES));
    }
    return e;
}

static nv_ports random_ports(fp_rng *rng, bool numbers)
{
    nv_ports ports = {.is = true};

    if (numbers && chance(rng, 60))
        ports.ranges = random_mask(rng, 3, 1 + fp_rng_below(rng, 2));
    if (!ports.ranges || chance(rng, 40))
        ports.names = random_mask(rng, 2, 1 + fp_rng_below(rng, 2));
    return ports;
}

static nv_entity random_entity(fp_rng *rng, unsigned protocol)
{
    bool numbers = fp_proto_has_ports((uint8_t)protocol);
    nv_entity entity = {0};

    if (chance(rng, 20))
        entity.nets = random_mask(rng, NV_NETS, 1 + fp_rng_below(rng, 3));
    if (chance(rng, 12))
        entity.not_nets = random_mask(rng, NV_NETS, 1 + fp_rng_below(rng, 2));
    if (chance(rng, 35))
        entity.selector = random_selector(rng);
    if (chance(rng, 15))
        entity.not_selector = random_selector(rng);
    if (chance(rng, 15))
        entity.spaces = (nv_spaces)fp_rng_below(rng, NV_SPACES_FORMS);
    if ((numbers || protocol == 0) && chance(rng, 35))
        entity.ports = random_ports(rng, numbers);
    if ((numbers || protocol == 0) && chance(rng, 15))
        entity.not_ports = random_ports(rng, numbers);
    return entity;
}

static nv_icmp random_icmp(fp_rng *rng)
{
    return (nv_icmp){true, fp_rng_below(rng, 3), chance(rng, 50) ? (int)fp_rng_below(rng, 2) : -1};
}

static nv_rule random_rule(fp_rng *rng)
{
    static const fp_action actions[] = {FP_ACTION_ALLOW, FP_ACTION_ALLOW, FP_ACTION_DENY,
                                        FP_ACTION_PASS, FP_ACTION_LOG};
    static const unsigned protocols[] = {0,  0, FP_PROTO_TCP,  FP_PROTO_TCP,   FP_PROTO_UDP,
                                         47, 0, FP_PROTO_ICMP, FP_PROTO_ICMPV6};
    nv_rule rule = {.action = PICK(rng, actions),
                    .void_rule = chance(rng, 4),
                    .protocol = PICK(rng, protocols)};
    bool icmp = rule.protocol == FP_PROTO_ICMP || rule.protocol == FP_PROTO_ICMPV6;

    if (chance(rng, 10))
        rule.not_protocol = PICK(rng, protocols);
    if (!icmp && rule.not_protocol != FP_PROTO_ICMP && rule.not_protocol != FP_PROTO_ICMPV6 &&
        chance(rng, 10))
        rule.version = chance(rng, 50) ? 4 : 6;
    if (icmp && chance(rng, 60))
        rule.icmp = random_icmp(rng);
    if (chance(rng, icmp || rule.protocol == 0 ? 20 : 3))
        rule.not_icmp = random_icmp(rng);
    rule.source = random_entity(rng, rule.protocol);
    rule.destination = random_entity(rng, rule.protocol);
    return rule;
}

static nv_policy random_policy(fp_rng *rng)
{
    nv_policy p = {.space = fp_rng_below(rng, NV_SPACES + 1),
                   .name = fp_rng_below(rng, 3),
                   .tier = chance(rng, 5) ? 3 : fp_rng_below(rng, 3),
                   .order = (int)fp_rng_below(rng, 4) - 1,
                   .types = 1 + fp_rng_below(rng, 3),
                   .subject = random_selector(rng)};

    if (chance(rng, 50))
        p.subject = (nv_selector){.is = true, .n = 1, .terms = {{NV_ALL, 0, 0}}};
    for (unsigned d = 0; d < 2; d++) {
        p.n_rules[d] = fp_rng_below(rng, NV_RULES + 1);
        for (unsigned i = 0; i < p.n_rules[d]; i++)
            p.rules[d][i] = random_rule(rng);
    }
    return p;
}

static bool is_known(const nv_world *world, const nv_policy *policy)
{
    for (unsigned i = 0; i < world->n_policies; i++)
        if (world->policies[i].name == policy->name && world->policies[i].space == policy->space)
            return true;
    return false;
}

void nv_world_random(fp_rng *rng, nv_world *ret)
{
    *ret = (nv_world){.on_node = chance(rng, 50),
                      .cluster_label = chance(rng, 50),
                      .local_scope = chance(rng, 40),
                      .united = chance(rng, 30),
                      .ignore_void = chance(rng, 30),
                      .n_endpoints = 6 + fp_rng_below(rng, NV_ENDPOINTS - 5)};

    for (unsigned c = 0; c < NV_CLUSTERS; c++) {
        for (unsigned s = 0; s < NV_SPACES; s++) {
            ret->spaces[c][s].is = chance(rng, 90);
            ret->spaces[c][s].t = fp_rng_below(rng, 3);
        }
    }
    for (unsigned i = 0; i < ret->n_endpoints; i++)
        ret->endpoints[i] = random_endpoint(rng, i);
    for (unsigned i = 0; i < 2; i++)
        ret->tiers[i] = (nv_tier){chance(rng, 85), (int)fp_rng_below(rng, 3) - 1, chance(rng, 50)};
    ret->tiers[2] = (nv_tier){true, 1000000, false};
    for (unsigned i = 1 + fp_rng_below(rng, NV_POLICIES); i > 0; i--) {
        nv_policy policy = random_policy(rng);

        if (!is_known(ret, &policy))
            ret->policies[ret->n_policies++] = policy;
    }
}

void nv_world_options(const nv_world *world, fp_world_options *ret)
{
    *ret = (fp_world_options){
        .federation = {.node = world->on_node ? FP_STR("n1") : FP_STR_NULL,
                       .cluster_label = world->cluster_label ? FP_STR("cluster") : FP_STR_NULL,
                       .union_identity = world->united},
        .scope = world->local_scope ? FP_SCOPE_LOCAL : FP_SCOPE_ALL,
        .ignore_unknown_rules = world->ignore_void};
}

static fp_cluster *cluster_at(const fp_test_mesh *mesh, unsigned i)
{
    return i == 0 ? mesh->east : i == 1 ? mesh->west : mesh->north;
}

/* Applies and empties JSON. */
static void apply(const fp_test_mesh *mesh, unsigned cluster, fp_buf *json)
{
    ck_assert_int_eq(
        fp_test_apply(mesh->world, cluster_at(mesh, cluster), FP_WATCH_ADDED, json->data), 0);
    fp_buf_done(json);
}

static const char *label_value(unsigned label, unsigned value)
{
    if (label == 2)
        return nv_clusters[value - 1];
    return value == 1 ? "x" : "y";
}

static void put_selector(fp_buf *json, const nv_selector *s)
{
    static const char *const labels[] = {"a", "b", "cluster"};

    for (unsigned i = 0; i < s->n; i++) {
        const char *label = labels[s->terms[i].label];
        const char *value = label_value(s->terms[i].label, s->terms[i].value);

        if (i > 0)
            fp_buf_puts(json, s->either ? " || " : " && ");
        switch (s->terms[i].op) {
        case NV_ALL:
        case NV_OPS:
            fp_buf_puts(json, "all()");
            break;
        case NV_EQ:
        case NV_NE:
            fp_buf_printf(json, "%s %s '%s'", label, s->terms[i].op == NV_EQ ? "==" : "!=", value);
            break;
        case NV_HAS:
        case NV_LACKS:
            fp_buf_printf(json, "%shas(%s)", s->terms[i].op == NV_HAS ? "" : "!", label);
            break;
        case NV_IN:
        case NV_NOT_IN:
            fp_buf_printf(json, "%s %s {'x','y'}", label,
                          s->terms[i].op == NV_IN ? "in" : "not in");
            break;
        }
    }
}

static void put_named_selector(fp_buf *json, const char *key, const nv_selector *s)
{
    if (!s->is)
        return;
    fp_buf_printf(json, ",\"%s\":\"", key);
    put_selector(json, s);
    fp_buf_putc(json, '"');
}

/* ,"KEY":["a","b"] of the items of MASK; nothing if it is empty. */
static void put_texts(fp_buf *json, const char *key, const char *const *pool, unsigned n,
                      unsigned mask)
{
    const char *comma = "";

    if (!mask)
        return;
    fp_buf_printf(json, ",\"%s\":[", key);
    for (unsigned i = 0; i < n; i++) {
        if (!(mask & 1u << i))
            continue;
        fp_buf_printf(json, "%s\"%s\"", comma, pool[i]);
        comma = ",";
    }
    fp_buf_putc(json, ']');
}

static void put_ports(fp_buf *json, const char *key, const nv_ports *ports)
{
    const char *comma = "";

    if (!ports->is)
        return;
    fp_buf_printf(json, ",\"%s\":[", key);
    for (unsigned i = 0; i < FP_ARRAY_LEN(nv_ranges); i++) {
        if (!(ports->ranges & 1u << i))
            continue;
        fp_buf_printf(json, "%s\"%u:%u\"", comma, nv_ranges[i].first, nv_ranges[i].last);
        comma = ",";
    }
    for (unsigned i = 0; i < FP_ARRAY_LEN(nv_port_names); i++) {
        if (!(ports->names & 1u << i))
            continue;
        fp_buf_printf(json, "%s\"%s\"", comma, nv_port_names[i]);
        comma = ",";
    }
    fp_buf_putc(json, ']');
}

static void put_entity(fp_buf *json, const char *side, const nv_entity *entity)
{
    static const char *const spaces[] = {"", "t == 'x'", "all()", "global()", "!has(t)"};

    fp_buf_printf(json, ",\"%s\":{\"selector\":\"", side);
    if (entity->selector.is)
        put_selector(json, &entity->selector);
    fp_buf_putc(json, '"');
    put_named_selector(json, "notSelector", &entity->not_selector);
    if (entity->spaces)
        fp_buf_printf(json, ",\"namespaceSelector\":\"%s\"", spaces[entity->spaces]);
    put_texts(json, "nets", nv_nets, NV_NETS, entity->nets);
    put_texts(json, "notNets", nv_nets, NV_NETS, entity->not_nets);
    put_ports(json, "ports", &entity->ports);
    put_ports(json, "notPorts", &entity->not_ports);
    fp_buf_putc(json, '}');
}

static void put_icmp(fp_buf *json, const char *key, const nv_icmp *icmp)
{
    if (!icmp->is)
        return;
    fp_buf_printf(json, ",\"%s\":{\"type\":%u", key, icmp->type);
    if (icmp->code >= 0)
        fp_buf_printf(json, ",\"code\":%d", icmp->code);
    fp_buf_putc(json, '}');
}

static void put_rule(fp_buf *json, const nv_rule *rule)
{
    static const char *const actions[] = {"", "Allow", "Deny", "Pass", "Log"};

    fp_buf_printf(json, "{\"action\":\"%s\"", actions[rule->action]);
    if (rule->void_rule)
        fp_buf_puts(json, ",\"unheard\":1");
    if (rule->version)
        fp_buf_printf(json, ",\"ipVersion\":%u", rule->version);
    if (rule->protocol)
        fp_buf_printf(json, ",\"protocol\":%u", rule->protocol);
    if (rule->not_protocol)
        fp_buf_printf(json, ",\"notProtocol\":%u", rule->not_protocol);
    put_icmp(json, "icmp", &rule->icmp);
    put_icmp(json, "notICMP", &rule->not_icmp);
    put_entity(json, "source", &rule->source);
    put_entity(json, "destination", &rule->destination);
    fp_buf_putc(json, '}');
}

static void apply_policy(const fp_test_mesh *mesh, const nv_policy *policy)
{
    static const char *const types[] = {"", "\"Ingress\"", "\"Egress\"", "\"Ingress\",\"Egress\""};
    bool global = policy->space == NV_SPACES;
    fp_buf json = {0};

    fp_buf_printf(&json,
                  "{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"%s\",\"metadata\":{"
                  "\"namespace\":\"%s\",\"name\":\"p%u\"},\"spec\":{\"tier\":\"%s\",\"types\":[%s]",
                  global ? "GlobalNetworkPolicy" : "NetworkPolicy",
                  global ? "" : nv_space_names[policy->space], policy->name,
                  nv_tier_names[policy->tier], types[policy->types]);
    if (policy->order >= 0)
        fp_buf_printf(&json, ",\"order\":%d", policy->order);
    put_named_selector(&json, "selector", &policy->subject);
    for (unsigned d = 0; d < 2; d++) {
        fp_buf_printf(&json, ",\"%s\":[", d == 0 ? "ingress" : "egress");
        for (unsigned i = 0; i < policy->n_rules[d]; i++) {
            if (i > 0)
                fp_buf_putc(&json, ',');
            put_rule(&json, &policy->rules[d][i]);
        }
        fp_buf_putc(&json, ']');
    }
    fp_buf_puts(&json, "}}");
    apply(mesh, 0, &json);
}

static void apply_tier(const fp_test_mesh *mesh, const nv_world *world, unsigned i)
{
    fp_buf json = {0};

    fp_buf_printf(&json,
                  "{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"Tier\",\"metadata\":{"
                  "\"name\":\"%s\"},\"spec\":{\"defaultAction\":\"%s\"",
                  nv_tier_names[i], world->tiers[i].passes ? "Pass" : "Deny");
    if (world->tiers[i].order >= 0)
        fp_buf_printf(&json, ",\"order\":%d", world->tiers[i].order);
    fp_buf_puts(&json, "}}");
    apply(mesh, 0, &json);
}

static void apply_space(const fp_test_mesh *mesh, unsigned cluster, unsigned space, unsigned t)
{
    fp_buf json = {0};

    fp_buf_printf(&json,
                  "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"%s\","
                  "\"labels\":{",
                  nv_space_names[space]);
    if (t > 0)
        fp_buf_printf(&json, "\"t\":\"%s\"", label_value(0, t));
    fp_buf_puts(&json, "}}}");
    apply(mesh, cluster, &json);
}

void nv_apply_frame(const nv_world *world, const fp_test_mesh *mesh)
{
    for (unsigned c = 0; c < NV_CLUSTERS; c++)
        for (unsigned s = 0; s < NV_SPACES; s++)
            if (world->spaces[c][s].is)
                apply_space(mesh, c, s, world->spaces[c][s].t);
    for (unsigned i = 0; i < 2; i++)
        if (world->tiers[i].exists)
            apply_tier(mesh, world, i);
    for (unsigned i = 0; i < world->n_policies; i++)
        apply_policy(mesh, &world->policies[i]);
}

static void put_head(fp_buf *json, const nv_endpoint *e, unsigned i)
{
    static const char *const heads[] = {"\"v1\",\"kind\":\"Pod\"",
                                        "\"projectcalico.org/v3\",\"kind\":\"HostEndpoint\"",
                                        "\"projectcalico.org/v3\",\"kind\":\"GlobalNetworkSet\"",
                                        "\"projectcalico.org/v3\",\"kind\":\"NetworkSet\""};
    bool spaced = e->kind == NV_POD || e->kind == NV_SPACED_SET;
    const char *comma = "";

    fp_buf_printf(json,
                  "{\"apiVersion\":%s,\"metadata\":{\"namespace\":\"%s\",\"name\":\"e%02u\","
                  "\"labels\":{",
                  heads[e->kind], spaced ? nv_space_names[e->space] : "", i);
    for (unsigned l = 0; l < 2; l++) {
        if (!e->labels[l])
            continue;
        fp_buf_printf(json, "%s\"%c\":\"%s\"", comma, l ? 'b' : 'a', label_value(l, e->labels[l]));
        comma = ",";
    }
    fp_buf_puts(json, "}}");
}

static void put_declared(fp_buf *json, const nv_endpoint *e, const char *key)
{
    const char *comma = "";

    fp_buf_puts(json, "\"ports\":[");
    for (unsigned i = 0; i < FP_ARRAY_LEN(nv_port_pool); i++) {
        if (!(e->ports & 1u << i))
            continue;
        fp_buf_printf(json, "%s{\"name\":\"%s\",\"protocol\":\"%s\",\"%s\":%u}", comma,
                      nv_port_names[nv_port_pool[i].name],
                      nv_port_pool[i].protocol == FP_PROTO_TCP ? "TCP" : "UDP", key,
                      nv_port_pool[i].port);
        comma = ",";
    }
    fp_buf_putc(json, ']');
}

static void put_pod(fp_buf *json, const nv_endpoint *e)
{
    const char *comma = "";

    fp_buf_printf(json, ",\"spec\":{\"nodeName\":\"n%u\",\"containers\":[{\"name\":\"c\",",
                  e->node);
    put_declared(json, e, "containerPort");
    fp_buf_puts(json, "}]},\"status\":{\"podIPs\":[");
    for (unsigned i = 0; i < 2 * NV_ADDRESSES; i++) {
        if (!(e->nets & 1u << i))
            continue;
        fp_buf_printf(json, "%s{\"ip\":\"%s\"}", comma, nv_addresses[i]);
        comma = ",";
    }
    fp_buf_puts(json, "]}}");
}

void nv_apply_endpoint(const nv_world *world, const fp_test_mesh *mesh, unsigned i)
{
    const nv_endpoint *e = &world->endpoints[i];
    fp_buf json = {0};

    put_head(&json, e, i);
    if (e->kind == NV_POD) {
        put_pod(&json, e);
    } else if (e->kind == NV_HOST) {
        fp_buf_printf(&json, ",\"spec\":{\"node\":\"n%u\",\"interfaceName\":\"eth0\",", e->node);
        put_declared(&json, e, "port");
        put_texts(&json, "expectedIPs", nv_addresses, 2 * NV_ADDRESSES, e->nets);
        fp_buf_puts(&json, "}}");
    } else {
        fp_buf_puts(&json, ",\"spec\":{\"x\":0");
        put_texts(&json, "nets", nv_nets, NV_NETS, e->nets);
        fp_buf_puts(&json, "}}");
    }
    apply(mesh, e->cluster, &json);
}

static fp_ip random_address(fp_rng *rng, bool v6)
{
    const char *text = nv_addresses[fp_rng_below(rng, NV_ADDRESSES) + (v6 ? NV_ADDRESSES : 0)];
    fp_ip ip;

    if (chance(rng, 15))
        text = v6 ? "fd09::9" : "8.8.8.8";
    ck_assert(fp_ip_parse(fp_str_of(text), &ip));
    return ip;
}

fp_flow nv_flow_random(fp_rng *rng)
{
    static const uint8_t protocols[] = {FP_PROTO_TCP,  FP_PROTO_TCP,    FP_PROTO_UDP,
                                        FP_PROTO_ICMP, FP_PROTO_ICMPV6, 47};
    bool v6 = chance(rng, 40);

    return (fp_flow){.source = random_address(rng, v6),
                     .destination = random_address(rng, v6),
                     .source_endpoint = FP_NO_ID,
                     .destination_endpoint = FP_NO_ID,
                     .protocol = PICK(rng, protocols),
                     .source_port = 79 + (int32_t)fp_rng_below(rng, 4),
                     .destination_port = 79 + (int32_t)fp_rng_below(rng, 4),
                     .icmp_type = (int32_t)fp_rng_below(rng, 3),
                     .icmp_code = (int32_t)fp_rng_below(rng, 2)};
}
