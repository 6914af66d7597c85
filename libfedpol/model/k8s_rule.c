/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/rule.h"
#include "libfedpol/model/scope.h"

/* Of one direction of one policy: far beyond what an API server stores, and a bound for memory. */
#define CONVERTED_RULES_MAX 65536u

/* In the order of their names. */
enum { N_PROTOCOLS = 3 };
static const uint8_t protocols[N_PROTOCOLS] = {FP_PROTO_SCTP, FP_PROTO_TCP, FP_PROTO_UDP};

typedef struct protocol_ports {
    bool used;
    bool all; /* an entry without a port absorbs the others */
    fp_port_draft draft;
    fp_port_match match;
} protocol_ports;

typedef FP_VEC(fp_entity) entity_vec;

typedef struct k8s_rule {
    fp_rule_reader reader;
    bool ingress;
    bool any_port;
    bool any_peer;
    protocol_ports ports[N_PROTOCOLS];
    entity_vec peers; /* selectors owned */
} k8s_rule;

int fp_k8s_pods(fp_selector **ret)
{
    return fp_selector_new_eq(FP_STR(FP_LABEL_ORCHESTRATOR), FP_STR("k8s"), ret);
}

static void k8s_rule_done(k8s_rule *rule)
{
    for (size_t i = 0; i < N_PROTOCOLS; i++)
        fp_port_draft_done(&rule->ports[i].draft);
    for (size_t i = 0; i < rule->peers.len; i++)
        fp_selector_unref(rule->peers.items[i].selector);
    fp_vec_done(&rule->peers);
}

static protocol_ports *find_protocol(k8s_rule *rule, const fp_value *value, const fp_path *path)
{
    uint8_t protocol = FP_PROTO_TCP;

    if (value && (value->type != FP_VALUE_STRING || !fp_proto_parse(value->text, &protocol)))
        protocol = 0;
    for (size_t i = 0; i < N_PROTOCOLS; i++)
        if (protocols[i] == protocol)
            return &rule->ports[i];
    fp_rule_reject(&rule->reader, FP_DIAG_INVALID_PORT, FP_PATH(path, "protocol"),
                   "expected TCP, UDP or SCTP");
    return NULL;
}

static int read_range(k8s_rule *rule, const fp_value *port, const fp_value *end,
                      const fp_path *path, fp_port_draft *draft)
{
    int64_t first;
    int64_t last;

    if (!fp_decode_int(port, 1, UINT16_MAX, &first) ||
        !fp_decode_int(end, first, UINT16_MAX, &last)) {
        fp_rule_reject(&rule->reader, FP_DIAG_INVALID_PORT, FP_PATH(path, "endPort"),
                       "needs a numeric port that is not above it");
        return 0;
    }
    return fp_vec_push(&draft->ranges, (fp_port_range){(uint16_t)first, (uint16_t)last});
}

static int read_port(k8s_rule *rule, const fp_value *item, const fp_path *path)
{
    static const char *const keys[] = {"protocol", "port", "endPort", NULL};
    const fp_value *port = fp_decode_get(item, "port");
    const fp_value *end = fp_decode_get(item, "endPort");
    protocol_ports *ports;

    fp_rule_check_keys(&rule->reader, item, keys, path);
    ports = find_protocol(rule, fp_decode_get(item, "protocol"), path);
    if (!ports)
        return 0;
    ports->used = true;
    if (end)
        return read_range(rule, port, end, path, &ports->draft);
    if (!port) {
        ports->all = true;
        return 0;
    }
    if (port->type == FP_VALUE_STRING && fp_str_find_byte(port->text, ':') >= 0) {
        fp_rule_reject(&rule->reader, FP_DIAG_INVALID_PORT, FP_PATH(path, "port"),
                       "a range is written with endPort");
        return 0;
    }
    return fp_rule_read_port(&rule->reader, port, FP_PATH(path, "port"), &ports->draft);
}

static int read_ports(k8s_rule *rule, const fp_value *value, const fp_path *path)
{
    const fp_path list_path = {path, "ports", 0};
    const fp_value *list = fp_rule_list(&rule->reader, value, "ports", path);
    size_t i = 0;

    rule->any_port = !list;
    fp_decode_each (item, list)
        fp_try(read_port(rule, item, FP_PATH_AT(&list_path, i++)));
    for (i = 0; i < N_PROTOCOLS; i++) {
        protocol_ports *ports = &rule->ports[i];

        if (ports->used && !ports->all)
            fp_try(fp_port_draft_finish(rule->reader.d, &ports->draft, &ports->match));
    }
    return 0;
}

/* An address block that can't be read is a peer that nobody is: it is left out, the others stay. */
static int read_block(k8s_rule *rule, const fp_value *block, const fp_path *path)
{
    static const char *const keys[] = {"cidr", "except", NULL};
    fp_rule_reader probe = {.d = rule->reader.d};
    fp_cidr *cidr = fp_arena_alloc(probe.d->arena, sizeof(*cidr));
    fp_entity entity = {0};

    if (!cidr)
        return FEDPOL_E_NOMEM;
    fp_rule_check_keys(&rule->reader, block, keys, path);
    fp_rule_read_net(&probe, fp_decode_get(block, "cidr"), FP_PATH(path, "cidr"), cidr);
    entity.nets = (fp_net_match){.present = true, .nets = cidr, .n = 1};
    fp_try(fp_rule_read_nets(&probe, fp_rule_list(&probe, block, "except", path),
                             FP_PATH(path, "except"), &entity.not_nets));
    return probe.rule.not_understood ? 0 : fp_vec_push(&rule->peers, entity);
}

/* 1: not understood. */
static int read_peer_parts(k8s_rule *rule, const fp_value *peer, const fp_path *path,
                           fp_scope_parts *parts)
{
    fp_decoder *d = rule->reader.d;
    const fp_value *namespaces = fp_decode_get(peer, "namespaceSelector");
    fp_selector *pods = NULL;
    int lost;
    int r;

    fp_try(fp_k8s_pods(&pods));
    lost = fp_decode_label_selector(d, fp_decode_get(peer, "podSelector"),
                                    FP_PATH(path, "podSelector"), pods, &parts->selector);
    fp_selector_unref(pods);
    fp_try(lost);
    if (!namespaces)
        return lost;
    fp_try(r = fp_decode_label_selector(d, namespaces, FP_PATH(path, "namespaceSelector"), NULL,
                                        &parts->ns_selector));
    if (r == 0 && !parts->ns_selector)
        fp_try(fp_selector_new_all(&parts->ns_selector));
    return lost | r;
}

static int read_selecting_peer(k8s_rule *rule, const fp_value *peer, const fp_path *path)
{
    fp_scope_parts parts = {0};
    fp_entity entity = {0};
    int r = read_peer_parts(rule, peer, path, &parts);

    if (r > 0)
        rule->reader.rule.not_understood = true;
    if (r == 0)
        r = fp_scope_entity(&parts, rule->reader.ns, &entity);
    fp_selector_unref(parts.selector);
    fp_selector_unref(parts.ns_selector);
    if (r != 0)
        return r < 0 ? r : 0;
    r = fp_vec_push(&rule->peers, entity);
    if (r < 0)
        fp_selector_unref(entity.selector);
    return r;
}

static int read_peer(k8s_rule *rule, const fp_value *peer, const fp_path *path)
{
    static const char *const keys[] = {"podSelector", "namespaceSelector", "ipBlock", NULL};
    const fp_value *block = fp_decode_get(peer, "ipBlock");
    bool selects = fp_decode_get(peer, "podSelector") || fp_decode_get(peer, "namespaceSelector");

    fp_rule_check_keys(&rule->reader, peer, keys, path);
    if (selects == (block != NULL)) {
        fp_rule_reject(&rule->reader, FP_DIAG_RULE_NOT_UNDERSTOOD, path,
                       "expected either an ipBlock or selectors");
        return 0;
    }
    if (block)
        return read_block(rule, block, FP_PATH(path, "ipBlock"));
    return read_selecting_peer(rule, peer, path);
}

static int read_peers(k8s_rule *rule, const fp_value *value, const fp_path *path)
{
    const char *key = rule->ingress ? "from" : "to";
    const fp_path list_path = {path, key, 0};
    const fp_value *list = fp_rule_list(&rule->reader, value, key, path);
    size_t i = 0;

    rule->any_peer = !list;
    fp_decode_each (item, list)
        fp_try(read_peer(rule, item, FP_PATH_AT(&list_path, i++)));
    /* No peer is left of those that were written: that is nobody, not anybody. */
    if (list && rule->peers.len == 0)
        rule->reader.rule.not_understood = true;
    return 0;
}

static int emit(const k8s_rule *source, size_t protocol, const fp_entity *peer, fp_rule_vec *rules)
{
    fp_rule rule = source->reader.rule;
    fp_entity *side = source->ingress ? &rule.source : &rule.destination;

    if (peer) {
        *side = *peer;
        fp_selector_ref(peer->selector);
    }
    if (!source->any_port) {
        rule.protocol = protocols[protocol];
        rule.destination.ports = source->ports[protocol].match;
    }
    return fp_rule_vec_push(rules, &rule);
}

static int emit_peers(const k8s_rule *rule, size_t protocol, fp_rule_vec *rules)
{
    if (rule->any_peer)
        return emit(rule, protocol, NULL, rules);
    for (size_t i = 0; i < rule->peers.len; i++)
        fp_try(emit(rule, protocol, &rule->peers.items[i], rules));
    return 0;
}

static int emit_all(k8s_rule *rule, const fp_path *path, fp_rule_vec *rules)
{
    size_t most = rules->len + N_PROTOCOLS * rule->peers.len;

    if (most > CONVERTED_RULES_MAX)
        fp_rule_reject(&rule->reader, FP_DIAG_LIMIT, path,
                       "protocols times peers make more than %u rules", CONVERTED_RULES_MAX);
    if (rule->reader.rule.not_understood)
        return fp_rule_emit(&rule->reader, path, rules);
    if (rule->any_port)
        return emit_peers(rule, 0, rules);
    for (size_t i = 0; i < N_PROTOCOLS; i++)
        if (rule->ports[i].used)
            fp_try(emit_peers(rule, i, rules));
    return 0;
}

int fp_k8s_rule_read(fp_decoder *d, const fp_value *value, const fp_path *path, bool ingress,
                     uint32_t index, fp_rule_vec *rules)
{
    static const char *const ingress_keys[] = {"from", "ports", NULL};
    static const char *const egress_keys[] = {"to", "ports", NULL};
    k8s_rule rule = {
        .reader = {.d = d, .ns = d->ns, .rule = {.action = FP_ACTION_ALLOW, .index = index}},
        .ingress = ingress,
    };
    int r;

    fp_rule_check_keys(&rule.reader, value, ingress ? ingress_keys : egress_keys, path);
    r = read_ports(&rule, value, path);
    if (r == 0)
        r = read_peers(&rule, value, path);
    if (r == 0)
        r = emit_all(&rule, path, rules);
    k8s_rule_done(&rule);
    return r;
}
