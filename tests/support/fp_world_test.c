/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fp_world_test.h"

#include <stdlib.h>

#include "tests/support/fp_test.h"

int fp_test_mesh_new(uint64_t seed, const fp_world_options *options, fp_test_mesh *ret)
{
    const fp_hash_key key = {seed, ~seed * 31};
    int r;

    *ret = (fp_test_mesh){0};
    r = fp_world_new(&key, &ret->world);
    if (r == 0 && options)
        r = fp_world_set_options(ret->world, options);
    if (r == 0)
        r = fp_world_add_cluster(ret->world, FP_STR("east"), FP_ROLE_LOCAL, &ret->east);
    if (r == 0)
        r = fp_world_add_cluster(ret->world, FP_STR("west"), FP_ROLE_REMOTE, &ret->west);
    if (r == 0)
        r = fp_world_add_cluster(ret->world, FP_STR("north"), FP_ROLE_REMOTE, &ret->north);
    if (r < 0)
        fp_test_mesh_done(ret);
    return r;
}

void fp_test_mesh_done(fp_test_mesh *mesh)
{
    (void)fp_world_free(mesh->world);
    *mesh = (fp_test_mesh){0};
}

int fp_test_apply(fp_world *world, fp_cluster *cluster, fp_watch_type type, const char *json)
{
    fedpol_error *error = NULL;
    fp_wire_object object = {.type = type};
    fp_value *value = NULL;
    fp_arena arena;
    int r;

    fp_arena_init(&arena, 0);
    r = fp_json_parse(fp_str_of(json), &fp_wire_default_limits, &arena, &value, &error);
    ck_assert_msg(r == 0 || r == FEDPOL_E_NOMEM, "%s: %s", fedpol_error_get_message(error), json);
    error = fedpol_error_free(error);
    if (r == 0) {
        object.api_version = fp_value_get_str(value, "apiVersion");
        object.kind = fp_value_get_str(value, "kind");
        object.value = value;
        r = fp_world_apply(world, cluster, &object, FP_STR_NULL);
    }
    fp_arena_done(&arena);
    return r;
}

typedef struct yaml_sink {
    fp_world *world;
    fp_cluster *cluster;
    fp_watch_type type;
} yaml_sink;

static int on_object(void *user, const fp_wire_object *object)
{
    yaml_sink *sink = user;
    fp_wire_object copy = *object;

    copy.type = sink->type;
    return fp_world_apply(sink->world, sink->cluster, &copy, FP_STR_NULL);
}

static int on_bad(void *user, const fp_wire_object *where, const fedpol_error *error)
{
    (void)user;
    ck_abort_msg("line %u: %s", where->line, fedpol_error_get_message(error));
    return 0;
}

void fp_test_apply_yaml(fp_world *world, fp_cluster *cluster, fp_watch_type type, fp_str yaml)
{
    yaml_sink user = {world, cluster, type};
    const fp_wire_sink sink = {on_object, on_bad, &user};
    fedpol_error *error = NULL;
    int r = fp_yaml_read(yaml.ptr, yaml.len, &fp_wire_default_limits, &sink, &error);

    ck_assert_msg(r == 0, "%d: %s", r, fedpol_error_get_message(error));
}

static int add_item(fp_test_state *state, fp_buf *key, fp_buf *text)
{
    fp_test_item item = {0};
    int r = fp_vec_reserve(state, 1);

    fp_buf_puts(key, "");
    fp_buf_puts(text, "");
    item.key = fp_buf_steal(key, NULL);
    item.text = fp_buf_steal(text, NULL);
    if (r < 0 || !item.key || !item.text) {
        fp_free(item.key);
        fp_free(item.text);
        return FEDPOL_E_NOMEM;
    }
    state->items[state->len++] = item;
    return 0;
}

static void put_set(fp_buf *buf, const fp_set *set)
{
    fp_selector_put_canonical(set->selector, buf);
    fp_buf_puts(buf, set->type == FP_SET_NET ? " net" : " ip-port");
    fp_buf_puts(buf, set->use == FP_USE_ALLOW ? " allow" : " deny");
    fp_buf_puts(buf, set->domain == FP_DOMAIN_LOCAL ? " local" : "");
    if (set->type == FP_SET_IP_PORT) {
        const char *proto = fp_proto_name(set->protocol);

        fp_buf_puts(buf, set->protocol == 0 ? " any:" : " ");
        fp_buf_puts(buf, set->protocol != 0 && proto ? proto : "");
        fp_buf_puts(buf, set->protocol != 0 ? ":" : "");
        fp_buf_add(buf, set->port);
    }
}

static void put_port_member(fp_buf *buf, const fp_port_member *member)
{
    const char *proto = fp_proto_name(member->protocol);

    fp_ip_put(buf, &member->ip);
    fp_buf_putc(buf, ',');
    fp_buf_puts(buf, proto ? proto : "?");
    fp_buf_putc(buf, ':');
    fp_buf_put_u64(buf, member->port);
}

static void begin_member(fp_buf *buf, const fp_set *set)
{
    fp_buf_puts(buf, "member ");
    put_set(buf, set);
    fp_buf_puts(buf, " | ");
}

static int add_members(fp_world *world, const fp_set *set, fp_test_state *state)
{
    fp_cleanup_buf fp_buf key = {0};
    fp_cleanup_buf fp_buf text = {0};
    fp_port_member_vec ports = {0};
    fp_cidr_vec nets = {0};
    int r = fp_calc_set_members(fp_world_calc(world), set, &nets, &ports);

    for (size_t i = 0; i < nets.len && r == 0; i++) {
        begin_member(&key, set);
        fp_cidr_put(&key, &nets.items[i]);
        r = add_item(state, &key, &text);
    }
    for (size_t i = 0; i < ports.len && r == 0; i++) {
        begin_member(&key, set);
        put_port_member(&key, &ports.items[i]);
        r = add_item(state, &key, &text);
    }
    fp_vec_done(&nets);
    fp_vec_done(&ports);
    return r;
}

static int add_sets(fp_world *world, fp_test_state *state)
{
    fp_calc *calc = fp_world_calc(world);
    fp_cleanup_buf fp_buf key = {0};
    fp_cleanup_buf fp_buf text = {0};
    fp_u32_vec ids = {0};
    int r = fp_calc_sets(calc, &ids);

    for (size_t i = 0; i < ids.len && r == 0; i++) {
        const fp_set *set = fp_calc_set(calc, ids.items[i]);

        fp_buf_puts(&key, "set ");
        put_set(&key, set);
        r = add_item(state, &key, &text);
        if (r == 0)
            r = add_members(world, set, state);
    }
    fp_vec_done(&ids);
    return r;
}

static void put_set_id(fp_buf *buf, const fp_calc *calc, const char *label, uint32_t id)
{
    if (id == FP_NO_SET)
        return;
    fp_buf_puts(buf, label);
    fp_buf_putc(buf, '{');
    put_set(buf, fp_calc_set(calc, id));
    fp_buf_putc(buf, '}');
}

static void put_ports(fp_buf *buf, const char *label, const fp_port_match *match)
{
    if (!match->present)
        return;
    fp_buf_puts(buf, label);
    for (size_t i = 0; i < match->n_ranges; i++)
        fp_buf_printf(buf, " %u-%u", match->ranges[i].first, match->ranges[i].last);
    for (size_t i = 0; i < match->n_names; i++) {
        fp_buf_putc(buf, ' ');
        fp_buf_add(buf, match->names[i]);
    }
}

static void put_nets(fp_buf *buf, const char *label, const fp_net_match *match)
{
    if (!match->present)
        return;
    fp_buf_puts(buf, label);
    for (size_t i = 0; i < match->n; i++) {
        fp_buf_putc(buf, ' ');
        fp_cidr_put(buf, &match->nets[i]);
    }
}

static void put_entity(fp_buf *buf, const fp_calc *calc, const fp_entity *entity,
                       const fp_entity_sets *sets)
{
    put_nets(buf, " nets", &entity->nets);
    put_nets(buf, " not-nets", &entity->not_nets);
    put_ports(buf, " ports", &entity->ports);
    put_ports(buf, " not-ports", &entity->not_ports);
    put_set_id(buf, calc, " in", sets->selector);
    put_set_id(buf, calc, " not-in", sets->not_selector);
    for (size_t i = 0; i < sets->n_ports; i++)
        put_set_id(buf, calc, " port-in", sets->ports[i]);
    for (size_t i = 0; i < sets->n_not_ports; i++)
        put_set_id(buf, calc, " port-not-in", sets->not_ports[i]);
}

static void put_rules(fp_buf *buf, const fp_calc *calc, const char *label,
                      const fp_active_rule *rules, size_t n)
{
    static const char *const actions[] = {"?", "allow", "deny", "pass", "log"};
    static const char *const modes[] = {"?", "", " (never)", " (deny all)"};

    for (size_t i = 0; i < n; i++) {
        const fp_rule *rule = rules[i].rule;

        fp_buf_printf(buf, "\n    %s %u: %s%s v%u proto %u not %u icmp %d/%d not %d/%d", label,
                      rule->index, actions[rule->action], modes[rules[i].mode], rule->ip_version,
                      rule->protocol, rule->not_protocol, rule->icmp.set ? rule->icmp.type : -1,
                      rule->icmp.has_code ? rule->icmp.code : -1,
                      rule->not_icmp.set ? rule->not_icmp.type : -1,
                      rule->not_icmp.has_code ? rule->not_icmp.code : -1);
        if (rules[i].mode != FP_RULE_NORMAL)
            continue;
        fp_buf_puts(buf, "; from");
        put_entity(buf, calc, &rule->source, &rules[i].source);
        fp_buf_puts(buf, "; to");
        put_entity(buf, calc, &rule->destination, &rules[i].destination);
    }
}

static void put_policy_name(fp_buf *buf, const fp_active_policy *policy)
{
    if (policy->is_profile) {
        fp_buf_puts(buf, "Profile//");
        fp_buf_add(buf, policy->profile);
    } else {
        fp_policy_put_id(buf, policy->policy);
    }
}

static int add_policies(fp_world *world, fp_test_state *state)
{
    fp_calc *calc = fp_world_calc(world);
    fp_cleanup_buf fp_buf key = {0};
    fp_cleanup_buf fp_buf text = {0};
    fp_u32_vec ids = {0};
    int r = fp_calc_policies(calc, &ids);

    for (size_t i = 0; i < ids.len && r == 0; i++) {
        const fp_active_policy *policy = fp_calc_policy(calc, ids.items[i]);

        fp_buf_puts(&key, "policy ");
        put_policy_name(&key, policy);
        fp_buf_puts(&text, policy->missing ? "missing" : "");
        put_rules(&text, calc, "in", policy->ingress, policy->n_ingress);
        put_rules(&text, calc, "out", policy->egress, policy->n_egress);
        r = add_item(state, &key, &text);
    }
    fp_vec_done(&ids);
    return r;
}

static void put_ids(fp_buf *buf, const fp_calc *calc, const char *label, const uint32_t *ids,
                    size_t n)
{
    fp_buf_puts(buf, label);
    for (size_t i = 0; i < n; i++) {
        fp_buf_putc(buf, ' ');
        put_policy_name(buf, fp_calc_policy(calc, ids[i]));
    }
}

static void put_list(fp_buf *buf, const fp_calc *calc, const fp_policy_list *list)
{
    for (size_t i = 0; i < list->n_tiers; i++) {
        const fp_tier_list *tier = &list->tiers[i];

        fp_buf_puts(buf, "\n    tier ");
        fp_buf_add(buf, tier->tier);
        fp_buf_puts(buf, tier->exists ? "" : " (unknown)");
        fp_buf_puts(buf, tier->default_action == FP_ACTION_PASS ? " pass" : " deny");
        put_ids(buf, calc, " in:", tier->ingress, tier->n_ingress);
        put_ids(buf, calc, " out:", tier->egress, tier->n_egress);
    }
    put_ids(buf, calc, "\n    profiles:", list->profiles, list->n_profiles);
}

static int add_addresses(const fp_federation *federation, fp_endpoint_id id, size_t n,
                         fp_test_state *state)
{
    fp_cleanup_buf fp_buf key = {0};
    fp_cleanup_buf fp_buf text = {0};

    for (size_t i = 0; i < n; i++) {
        fp_cidr net = fp_federation_net(federation, id, i);

        fp_buf_puts(&key, "address ");
        fp_cidr_put(&key, &net);
        fp_try(add_item(state, &key, &text));
    }
    return 0;
}

static int add_endpoint(fp_world *world, fp_endpoint_id id, fp_test_state *state)
{
    fp_calc *calc = fp_world_calc(world);
    const fp_federation *federation = fp_calc_federation(calc);
    const fp_policy_list *list = fp_calc_list(calc, id);
    fp_cleanup_buf fp_buf key = {0};
    fp_cleanup_buf fp_buf text = {0};
    fp_endpoint_view view;

    ck_assert(list != NULL);
    ck_assert(fp_federation_get(federation, id, &view));
    fp_buf_puts(&key, "endpoint ");
    fp_buf_add(&key, view.ns);
    fp_buf_putc(&key, '/');
    fp_buf_add(&key, view.name);
    fp_buf_add(&text, view.interface_name);
    for (size_t i = 0; i < view.n_nets; i++) {
        fp_cidr net = fp_federation_net(federation, id, i);

        fp_buf_putc(&text, ' ');
        fp_cidr_put(&text, &net);
    }
    put_list(&text, calc, list);
    fp_try(add_item(state, &key, &text));
    return add_addresses(federation, id, view.n_nets, state);
}

static int add_endpoints(fp_world *world, fp_test_state *state)
{
    fp_u32_vec ids = {0};
    int r = fp_federation_enforced(fp_calc_federation(fp_world_calc(world)), &ids);

    for (size_t i = 0; i < ids.len && r == 0; i++)
        r = add_endpoint(world, ids.items[i], state);
    fp_vec_done(&ids);
    return r;
}

static int cmp_items(const void *a, const void *b)
{
    const fp_test_item *x = a;
    const fp_test_item *y = b;

    return fp_str_cmp(fp_str_of(x->key), fp_str_of(y->key));
}

/* Two endpoints may have one address. */
static void drop_doubles(fp_test_state *state)
{
    size_t n = 0;

    for (size_t i = 0; i < state->len; i++) {
        if (n > 0 && cmp_items(&state->items[n - 1], &state->items[i]) == 0) {
            ck_assert_str(fp_str_n(state->items[i].key, 8), "address ");
            fp_free(state->items[i].key);
            fp_free(state->items[i].text);
        } else {
            state->items[n++] = state->items[i];
        }
    }
    state->len = n;
}

int fp_test_state_of(fp_world *world, fp_test_state *ret)
{
    int r = add_sets(world, ret);

    if (r == 0)
        r = add_policies(world, ret);
    if (r == 0)
        r = add_endpoints(world, ret);
    if (r < 0) {
        fp_test_state_done(ret);
        return r;
    }
    if (ret->len > 1)
        qsort(ret->items, ret->len, sizeof(ret->items[0]), cmp_items);
    drop_doubles(ret);
    return 0;
}

void fp_test_state_done(fp_test_state *state)
{
    for (size_t i = 0; i < state->len; i++) {
        fp_free(state->items[i].key);
        fp_free(state->items[i].text);
    }
    fp_vec_done(state);
}
