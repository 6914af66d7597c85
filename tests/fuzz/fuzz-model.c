/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Whatever YAML or JSON says, what is decoded keeps the invariants that the calculation and the
 * renderer rely on (docs/internals/model.md).
 */

#include "libfedpol/model/decode.h"
#include "libfedpol/wire/object_stream.h"
#include "tests/fuzz/fuzz.h"

static void check_labels(const fp_label *labels, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        fuzz_require(labels[i].name.len > 0 && !fp_has_control_bytes(labels[i].name));
        fuzz_require(!fp_has_control_bytes(labels[i].value));
        fuzz_require(i == 0 || fp_str_cmp(labels[i - 1].name, labels[i].name) < 0);
    }
}

static void check_endpoint(const fp_endpoint_desc *endpoint, bool remote)
{
    bool set = endpoint->type == FP_ENDPOINT_NETWORK_SET;

    check_labels(endpoint->labels, endpoint->n_labels);
    for (size_t i = 0; i < endpoint->n_labels; i++)
        fuzz_require(!fp_str_starts_with(endpoint->labels[i].name, FP_STR("pcns.")) &&
                     !fp_str_starts_with(endpoint->labels[i].name, FP_STR("pcsa.")));
    fuzz_require(set == (endpoint->node.len == 0));
    fuzz_require(set || fp_valid_subdomain(endpoint->node));
    for (size_t i = 0; i < endpoint->n_nets; i++) {
        fuzz_require(i == 0 || fp_cidr_cmp(&endpoint->nets[i - 1], &endpoint->nets[i]) < 0);
        fuzz_require(set || fp_cidr_is_host(&endpoint->nets[i]));
        fuzz_require(set || !remote || !fp_ip_is_special(&endpoint->nets[i].ip));
    }
    for (size_t i = 0; i < endpoint->n_ports; i++)
        fuzz_require(endpoint->ports[i].port > 0 &&
                     fp_proto_has_ports(endpoint->ports[i].protocol) &&
                     fp_valid_port_name(endpoint->ports[i].name));
    for (size_t i = 0; i < endpoint->n_profiles; i++)
        fuzz_require(endpoint->profiles[i].len > 0);
}

static void check_ports(const fp_rule *rule, const fp_port_match *ports)
{
    fuzz_require(ports->present == (ports->n_ranges + ports->n_names > 0));
    fuzz_require(ports->n_ranges == 0 || fp_proto_has_ports(rule->protocol));
    for (size_t i = 0; i < ports->n_ranges; i++) {
        fuzz_require(ports->ranges[i].first > 0);
        fuzz_require(ports->ranges[i].first <= ports->ranges[i].last);
        fuzz_require(i == 0 || ports->ranges[i - 1].last + 1 < ports->ranges[i].first);
    }
    for (size_t i = 0; i < ports->n_names; i++) {
        fuzz_require(fp_valid_port_name(ports->names[i]));
        fuzz_require(i == 0 || fp_str_cmp(ports->names[i - 1], ports->names[i]) < 0);
    }
}

static void check_nets(const fp_net_match *nets)
{
    fuzz_require(nets->present == (nets->n > 0));
    for (size_t i = 0; i < nets->n; i++) {
        fuzz_require(nets->nets[i].ip.family == 4 || nets->nets[i].ip.family == 6);
        fuzz_require(i == 0 || fp_cidr_cmp(&nets->nets[i - 1], &nets->nets[i]) < 0);
    }
}

static void check_entity(const fp_rule *rule, const fp_entity *entity)
{
    check_nets(&entity->nets);
    check_nets(&entity->not_nets);
    check_ports(rule, &entity->ports);
    check_ports(rule, &entity->not_ports);
    fuzz_require(!entity->selector || !entity->not_selector);
    if (rule->not_understood)
        fuzz_require(!entity->nets.present && !entity->not_nets.present && !entity->selector &&
                     !entity->not_selector && !entity->ports.present && !entity->not_ports.present);
}

static void check_rules(const fp_rules *rules)
{
    for (size_t i = 0; i < rules->n; i++) {
        const fp_rule *rule = &rules->items[i];

        fuzz_require(rule->action >= FP_ACTION_ALLOW && rule->action <= FP_ACTION_LOG);
        fuzz_require(rule->ip_version == 0 || rule->ip_version == 4 || rule->ip_version == 6);
        fuzz_require(rule->protocol != FP_PROTO_ICMP || rule->ip_version == 4);
        fuzz_require(rule->protocol != FP_PROTO_ICMPV6 || rule->ip_version == 6);
        fuzz_require(!rule->icmp.set || rule->ip_version != 0);
        fuzz_require(i == 0 || rules->items[i - 1].index <= rule->index);
        check_entity(rule, &rule->source);
        check_entity(rule, &rule->destination);
    }
}

static void check_object(const fp_object *object, bool remote)
{
    const fp_policy *policy = object->policy ? object->policy : object->profile.rules;

    fuzz_require(fp_valid_subdomain(object->name));
    fuzz_require(fp_kind_is_namespaced(object->kind) == (object->ns.len > 0));
    if (object->cls == FP_OBJECT_ENDPOINT)
        check_endpoint(&object->endpoint, remote);
    if (object->cls == FP_OBJECT_PROFILE)
        check_labels(object->profile.labels, object->profile.n_labels);
    fuzz_require((object->cls == FP_OBJECT_POLICY) == (object->policy != NULL));
    fuzz_require(!remote || !object->profile.rules);
    if (!policy)
        return;
    fuzz_require(policy->types != 0);
    check_rules(&policy->ingress);
    check_rules(&policy->egress);
}

static void decode(fp_kind kind, const fp_value *value, bool remote)
{
    const fp_model_options options = {.remote = remote};
    fp_object object;
    fp_arena arena;
    fp_diags diags;
    int r;

    fp_arena_init(&arena, 0);
    fp_diags_init(&diags, &arena);
    r = fp_object_decode(kind, value, &options, &arena, &diags, &object);
    fuzz_require(r == 0 || r == FEDPOL_E_BAD_OBJECT);
    if (r == 0)
        check_object(&object, remote);
    else
        fuzz_require(diags.list.len > 0);
    fp_object_done(&object);
    fp_diags_done(&diags);
    fp_arena_done(&arena);
}

static int on_object(void *user, const fp_wire_object *object)
{
    fp_kind kind = fp_kind_of(object->api_version, object->kind);

    (void)user;
    if (kind == FP_KIND_UNKNOWN)
        return 0;
    decode(kind, object->value, false);
    decode(kind, object->value, true);
    return 0;
}

static int on_bad(void *user, const fp_wire_object *where, const fedpol_error *error)
{
    (void)user;
    (void)where;
    (void)error;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const fp_wire_sink sink = {.object = on_object, .bad = on_bad};

    (void)fp_yaml_read(data, size, &fp_wire_default_limits, &sink, NULL);
    return 0;
}
