/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fp_model_dump.h"

#include <math.h>

#include "libfedpol/wire/object_stream.h"

static void put_order(fp_buf *buf, double order)
{
    if (isinf(order))
        fp_buf_puts(buf, "none");
    else if (fabs(order) > 1e15)
        fp_buf_puts(buf, order < 0 ? "first" : "huge");
    else
        fp_buf_printf(buf, "%.15g", order);
}

static void put_labels(fp_buf *buf, const fp_label *labels, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fp_buf_printf(buf, "  label %.*s = %.*s\n", FP_STR_ARG(labels[i].name),
                      FP_STR_ARG(labels[i].value));
}

static void put_cidrs(fp_buf *buf, const fp_cidr *nets, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        fp_buf_putc(buf, ' ');
        fp_cidr_put(buf, &nets[i]);
    }
}

static void put_ports(fp_buf *buf, const char *name, const fp_port_match *ports)
{
    if (!ports->present)
        return;
    fp_buf_printf(buf, " %s", name);
    for (size_t i = 0; i < ports->n_ranges; i++) {
        fp_buf_printf(buf, " %u", ports->ranges[i].first);
        if (ports->ranges[i].last != ports->ranges[i].first)
            fp_buf_printf(buf, "-%u", ports->ranges[i].last);
    }
    for (size_t i = 0; i < ports->n_names; i++)
        fp_buf_printf(buf, " '%.*s'", FP_STR_ARG(ports->names[i]));
}

static void put_selector(fp_buf *buf, const char *name, const fp_selector *selector)
{
    if (!selector)
        return;
    fp_buf_printf(buf, " %s%s", name, *name ? " " : "");
    fp_selector_put_canonical(selector, buf);
}

static void put_entity(fp_buf *buf, const char *name, const fp_entity *entity)
{
    fp_cleanup_buf fp_buf matches = {0};

    if (entity->nets.present) {
        fp_buf_puts(&matches, " nets");
        put_cidrs(&matches, entity->nets.nets, entity->nets.n);
    }
    if (entity->not_nets.present) {
        fp_buf_puts(&matches, " not-nets");
        put_cidrs(&matches, entity->not_nets.nets, entity->not_nets.n);
    }
    put_selector(&matches, entity->selector_is_scope_only ? "scope" : "selector", entity->selector);
    put_selector(&matches, "not-selector", entity->not_selector);
    put_ports(&matches, "ports", &entity->ports);
    put_ports(&matches, "not-ports", &entity->not_ports);
    if (fp_buf_error(&matches))
        buf->error = fp_buf_error(&matches);
    else if (matches.len > 0)
        fp_buf_printf(buf, "    %s:%s\n", name, matches.data);
}

static void put_icmp(fp_buf *buf, const char *name, const fp_icmp_match *icmp)
{
    if (!icmp->set)
        return;
    fp_buf_printf(buf, " %s %u", name, icmp->type);
    if (icmp->has_code)
        fp_buf_printf(buf, "/%u", icmp->code);
}

static void put_rule(fp_buf *buf, const char *direction, const fp_rule *rule)
{
    static const char *const actions[] = {
        [FP_ACTION_ALLOW] = "allow",
        [FP_ACTION_DENY] = "deny",
        [FP_ACTION_PASS] = "pass",
        [FP_ACTION_LOG] = "log",
    };

    fp_buf_printf(buf, "  %s[%u] %s", direction, rule->index, actions[rule->action]);
    if (rule->not_understood)
        fp_buf_puts(buf, " NOT UNDERSTOOD");
    if (rule->ip_version)
        fp_buf_printf(buf, " ipv%u", rule->ip_version);
    if (rule->protocol)
        fp_buf_printf(buf, " protocol %u", rule->protocol);
    if (rule->not_protocol)
        fp_buf_printf(buf, " not-protocol %u", rule->not_protocol);
    put_icmp(buf, "icmp", &rule->icmp);
    put_icmp(buf, "not-icmp", &rule->not_icmp);
    fp_buf_putc(buf, '\n');
    put_entity(buf, "from", &rule->source);
    put_entity(buf, "to", &rule->destination);
}

void fp_model_dump_policy(fp_buf *buf, const fp_policy *policy)
{
    fp_buf_puts(buf, "policy ");
    fp_policy_put_id(buf, policy);
    fp_buf_printf(buf, " tier %.*s order ", FP_STR_ARG(policy->tier));
    put_order(buf, policy->order);
    fp_buf_puts(buf, policy->types & FP_TYPE_INGRESS ? " Ingress" : "");
    fp_buf_puts(buf, policy->types & FP_TYPE_EGRESS ? " Egress" : "");
    fp_buf_puts(buf, policy->staged ? " staged" : "");
    fp_buf_puts(buf, policy->do_not_track ? " doNotTrack" : "");
    fp_buf_puts(buf, policy->pre_dnat ? " preDNAT" : "");
    fp_buf_puts(buf, policy->apply_on_forward ? " applyOnForward" : "");
    fp_buf_puts(buf, "\n  subject");
    if (policy->subject)
        put_selector(buf, "", policy->subject);
    else
        fp_buf_puts(buf, " nobody");
    fp_buf_putc(buf, '\n');
    for (size_t i = 0; i < policy->ingress.n; i++)
        put_rule(buf, "ingress", &policy->ingress.items[i]);
    for (size_t i = 0; i < policy->egress.n; i++)
        put_rule(buf, "egress", &policy->egress.items[i]);
}

static void put_endpoint(fp_buf *buf, const fp_endpoint_desc *endpoint)
{
    static const char *const types[] = {
        [FP_ENDPOINT_WORKLOAD] = "workload",
        [FP_ENDPOINT_HOST] = "host",
        [FP_ENDPOINT_NETWORK_SET] = "network-set",
    };

    fp_buf_printf(buf, "endpoint %s node '%.*s' interface '%.*s'\n", types[endpoint->type],
                  FP_STR_ARG(endpoint->node), FP_STR_ARG(endpoint->interface_name));
    put_labels(buf, endpoint->labels, endpoint->n_labels);
    for (size_t i = 0; i < endpoint->n_profiles; i++)
        fp_buf_printf(buf, "  profile %.*s\n", FP_STR_ARG(endpoint->profiles[i]));
    fp_buf_puts(buf, "  nets");
    put_cidrs(buf, endpoint->nets, endpoint->n_nets);
    fp_buf_putc(buf, '\n');
    for (size_t i = 0; i < endpoint->n_ports; i++)
        fp_buf_printf(buf, "  port %.*s %u/%u\n", FP_STR_ARG(endpoint->ports[i].name),
                      endpoint->ports[i].port, endpoint->ports[i].protocol);
}

static void put_node(fp_buf *buf, const fp_node_desc *node)
{
    fp_buf_printf(buf, "node %.*s addresses", FP_STR_ARG(node->name));
    for (size_t i = 0; i < node->n_addresses; i++) {
        fp_buf_putc(buf, ' ');
        fp_ip_put(buf, &node->addresses[i]);
    }
    fp_buf_puts(buf, " pod-cidrs");
    put_cidrs(buf, node->pod_cidrs, node->n_pod_cidrs);
    fp_buf_putc(buf, '\n');
}

static void put_tier(fp_buf *buf, const fp_tier_desc *tier)
{
    fp_buf_printf(buf, "tier %.*s order ", FP_STR_ARG(tier->name));
    put_order(buf, tier->order);
    fp_buf_puts(buf, tier->default_action == FP_ACTION_PASS ? " Pass\n" : " Deny\n");
}

static void put_service_ports(fp_buf *buf, const fp_service_port *ports, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fp_buf_printf(buf, "  port \"%.*s\" %u/%u %.*s\n", FP_STR_ARG(ports[i].name), ports[i].port,
                      ports[i].protocol, FP_STR_ARG(ports[i].app_protocol));
}

static void put_service(fp_buf *buf, const fp_service_desc *service)
{
    fp_buf_printf(buf, "service%s%s%s%s\n", service->is_annotated ? " annotated" : "",
                  service->has_selector ? " selecting" : "",
                  service->is_headless ? " headless" : "",
                  service->is_other_name ? " other-name" : "");
    if (service->is_annotated) {
        fp_buf_puts(buf, "  selector ");
        fp_buf_put_quoted(buf, service->selector, 200);
        fp_buf_putc(buf, '\n');
    }
    put_labels(buf, service->labels, service->n_labels);
    put_service_ports(buf, service->ports, service->n_ports);
}

static void put_backend(fp_buf *buf, const fp_backend *backend)
{
    fp_buf_puts(buf, "  ");
    fp_ip_put(buf, &backend->ip);
    fp_buf_printf(buf, "%s%s%s", backend->conditions & FP_BACKEND_READY ? " ready" : "",
                  backend->conditions & FP_BACKEND_SERVING ? " serving" : "",
                  backend->conditions & FP_BACKEND_TERMINATING ? " terminating" : "");
    fp_buf_printf(buf, " host=%.*s node=%.*s zone=%.*s",
                  FP_STR_ARG(fp_backend_get(backend, FP_BACKEND_HOSTNAME)),
                  FP_STR_ARG(fp_backend_get(backend, FP_BACKEND_NODE)),
                  FP_STR_ARG(fp_backend_get(backend, FP_BACKEND_ZONE)));
    fp_buf_printf(buf, " target=%.*s/%.*s/%.*s uid=%.*s rv=%.*s\n",
                  FP_STR_ARG(fp_backend_get(backend, FP_BACKEND_TARGET_KIND)),
                  FP_STR_ARG(fp_backend_get(backend, FP_BACKEND_TARGET_NS)),
                  FP_STR_ARG(fp_backend_get(backend, FP_BACKEND_TARGET_NAME)),
                  FP_STR_ARG(fp_backend_get(backend, FP_BACKEND_TARGET_UID)),
                  FP_STR_ARG(fp_backend_get(backend, FP_BACKEND_TARGET_VERSION)));
}

static void put_backends(fp_buf *buf, const fp_backends_desc *backends)
{
    fp_buf_printf(buf, "backends of %.*s%s%s%s%s\n", FP_STR_ARG(backends->service),
                  backends->is_slice ? " slice" : "", backends->is_ours ? " ours" : "",
                  backends->is_mirror ? " mirror" : "",
                  backends->is_not_mirrored ? " not-mirrored" : "");
    for (size_t i = 0; i < backends->n_groups; i++) {
        fp_buf_puts(buf, " group\n");
        put_service_ports(buf, backends->groups[i].ports, backends->groups[i].n_ports);
        for (size_t k = 0; k < backends->groups[i].n_backends; k++)
            put_backend(buf, &backends->groups[i].backends[k]);
    }
}

void fp_model_dump(fp_buf *buf, const fp_object *object)
{
    fp_buf_printf(buf, "%s %.*s/%.*s\n", fp_kind_name(object->kind), FP_STR_ARG(object->ns),
                  FP_STR_ARG(object->name));
    switch (object->cls) {
    case FP_OBJECT_NOTHING:
        fp_buf_puts(buf, "nothing\n");
        break;
    case FP_OBJECT_ENDPOINT:
        put_endpoint(buf, &object->endpoint);
        break;
    case FP_OBJECT_PROFILE:
        fp_buf_printf(buf, "profile %.*s\n", FP_STR_ARG(object->profile.profile));
        put_labels(buf, object->profile.labels, object->profile.n_labels);
        if (object->profile.rules)
            fp_model_dump_policy(buf, object->profile.rules);
        break;
    case FP_OBJECT_POLICY:
        fp_model_dump_policy(buf, object->policy);
        break;
    case FP_OBJECT_TIER:
        put_tier(buf, &object->tier);
        break;
    case FP_OBJECT_NODE:
        put_node(buf, &object->node);
        break;
    case FP_OBJECT_SERVICE:
        put_service(buf, &object->service);
        break;
    case FP_OBJECT_BACKENDS:
        put_backends(buf, &object->backends);
        break;
    }
}

void fp_model_dump_diags(fp_buf *buf, const fp_diags *diags)
{
    for (size_t i = 0; i < diags->list.len; i++) {
        const fp_diag *diag = &diags->list.items[i];

        fp_buf_printf(buf, "! %s %s", fp_severity_name(diag->severity),
                      fp_diag_code_name(diag->code));
        if (diag->path.len)
            fp_buf_printf(buf, " %.*s", FP_STR_ARG(diag->path));
        fp_buf_printf(buf, ": %.*s\n", FP_STR_ARG(diag->message));
    }
    if (diags->dropped)
        fp_buf_printf(buf, "! and %u more\n", diags->dropped);
}

typedef struct decode_context {
    fp_test_object *test;
    const fp_model_options *options;
} decode_context;

static int on_object(void *user, const fp_wire_object *object)
{
    decode_context *context = user;
    fp_test_object *test = context->test;

    fp_object_done(&test->object);
    test->result = fp_object_decode(fp_kind_of(object->api_version, object->kind), object->value,
                                    context->options, &test->arena, &test->diags, &test->object);
    return test->result == FEDPOL_E_NOMEM ? test->result : 0;
}

static int on_bad(void *user, const fp_wire_object *where, const fedpol_error *error)
{
    decode_context *context = user;

    (void)where;
    context->test->result = fedpol_error_get_code(error);
    return 0;
}

void fp_test_object_decode(fp_test_object *test, fp_str text, const fp_model_options *options)
{
    decode_context context = {test, options};
    const fp_wire_sink sink = {.object = on_object, .bad = on_bad, .user = &context};
    int r;

    *test = (fp_test_object){.result = FEDPOL_E_NOT_FOUND};
    fp_arena_init(&test->arena, 0);
    fp_diags_init(&test->diags, &test->arena);
    r = fp_yaml_read(text.ptr, text.len, &fp_wire_default_limits, &sink, NULL);
    if (r < 0)
        test->result = r;
}

void fp_test_object_done(fp_test_object *test)
{
    fp_object_done(&test->object);
    fp_diags_done(&test->diags);
    fp_arena_done(&test->arena);
}
