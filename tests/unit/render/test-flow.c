/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/build.h"

#include "libfedpol/net/proto.h"
#include "tests/support/fp_test.h"
#include "tests/support/ir_simulate.h"
#include "tests/support/render_fixture.h"

/* Lists, tiers, profiles and dispatch: what happens to a packet, by the simulator. */

#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

typedef struct node {
    fixture fx;
    fp_render_options options;
    fp_ir ir;
} node;

static void begin(node *n)
{
    *n = (node){.options = {.families = 3, .interface_prefix = FP_STR_INIT("cali")}};
    fx_init(&n->fx);
}

static void build(node *n)
{
    const fp_view view = fx_view(&n->fx);

    fp_ir_init(&n->ir);
    ck_assert_int_eq(fp_build_all(&n->ir, &view, &n->options, NULL, 0), 0);
}

static void end(node *n)
{
    fp_ir_done(&n->ir);
    fx_done(&n->fx);
}

static uint32_t one_rule(node *n, const char *name, fp_action action, uint8_t protocol)
{
    fp_rule *rule;
    fp_active_rule active = fx_rule(&n->fx, action, &rule);

    rule->protocol = protocol;
    return fx_policy(&n->fx, "ns", name, &active, 1);
}

static uint32_t profile_of(node *n, const char *name, fp_action action)
{
    fp_active_rule active = fx_rule(&n->fx, action, NULL);

    return fx_profile(&n->fx, name, &active, 1);
}

static sim_packet packet_of(fp_ir_hook hook, const char *in, const char *out, const char *from,
                            const char *to)
{
    return (sim_packet){.hook = hook,
                        .in_interface = fp_str_of(in),
                        .out_interface = fp_str_of(out),
                        .source = fx_ip(from),
                        .destination = fx_ip(to),
                        .protocol = FP_PROTO_TCP,
                        .source_port = 1,
                        .destination_port = 2};
}

static sim_result run(const node *n, const sim_packet *packet)
{
    const fp_view view = fx_view(&n->fx);

    return sim_run(&n->ir, &view, packet);
}

static bool forwards(const node *n, const char *in, const char *out, const char *from,
                     const char *to)
{
    sim_packet packet = packet_of(FP_HOOK_FORWARD, in, out, from, to);

    return run(n, &packet).accepted;
}

static bool reaches_host(const node *n, const char *in, const char *from)
{
    sim_packet packet = packet_of(FP_HOOK_INPUT, in, "", from, "10.0.0.254");

    if (packet.source.family == 6)
        packet.destination = fx_ip("fd00::fe");
    return run(n, &packet).accepted;
}

/* TIERS says what each tier's one policy does with TCP: 'a', 'd', 'p', 'l', 'n' (no match), '-' (no
   policy); in upper case the tier ends in Pass. PROFILE likewise, '-' for none. */
static bool verdict_of(const char *tiers, char profile)
{
    static const char letters[] = "adpl";
    fp_policy_list *list;
    bool accepted;
    node n;

    begin(&n);
    list =
        fx_list(&n.fx, "", FP_ACTION_DENY, NULL, 0,
                profile == '-' ? UINT32_MAX
                               : profile_of(&n, "kns.ns",
                                            (fp_action)(1 + (strchr(letters, profile) - letters))));
    for (size_t i = 0; tiers[i]; i++) {
        bool ends_in_pass = tiers[i] >= 'A' && tiers[i] <= 'Z';
        char letter = (char)(tiers[i] | 0x20);
        const char name[] = {'t', (char)('0' + i), '\0'};
        uint32_t id;

        if (tiers[i] == '-')
            continue;
        id = letter == 'n'
                 ? one_rule(&n, name, FP_ACTION_ALLOW, FP_PROTO_UDP)
                 : one_rule(&n, name, (fp_action)(1 + (strchr(letters, letter) - letters)), 0);
        fx_add_tier(&n.fx, list, name, ends_in_pass ? FP_ACTION_PASS : FP_ACTION_DENY, &id, 1);
    }
    fx_endpoint_of(&n.fx, "ns", "a", "cali1", TEXTS("10.0.0.1"), list);
    build(&n);
    accepted = forwards(&n, "eth0", "cali1", "192.0.2.1", "10.0.0.1");
    ck_assert(forwards(&n, "cali1", "eth0", "10.0.0.1", "192.0.2.1") == accepted);
    end(&n);
    return accepted;
}

START_TEST(tiers_and_profiles_decide_in_order)
{
    static const struct {
        const char *tiers;
        char profile;
        bool accepted;
    } cases[] = {
        {"", 'a', true},    {"", 'd', false},   {"", '-', false},    {"", 'p', false},
        {"a", 'd', true},   {"d", 'a', false},  {"n", 'a', false},   {"N", 'a', true},
        {"N", 'd', false},  {"p", 'a', true},   {"p", 'd', false},   {"p", '-', false},
        {"pd", 'a', false}, {"pa", 'd', true},  {"pn", 'a', false},  {"pN", 'a', true},
        {"ld", 'a', false}, {"l", 'a', false},  {"L", 'a', true},    {"ppp", 'a', true},
        {"Npa", 'd', true}, {"nA", 'a', false}, {"NNd", 'a', false}, {"P", 'a', true},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++)
        ck_assert_msg(verdict_of(cases[i].tiers, cases[i].profile) == cases[i].accepted,
                      "tiers '%s', profile %c", cases[i].tiers, cases[i].profile);
}
END_TEST

START_TEST(pass_leaves_the_tier_even_past_later_policies)
{
    uint32_t policies[3];
    node n;

    begin(&n);
    policies[0] = one_rule(&n, "udp", FP_ACTION_DENY, FP_PROTO_UDP);
    policies[1] = one_rule(&n, "pass", FP_ACTION_PASS, 0);
    policies[2] = one_rule(&n, "deny", FP_ACTION_DENY, 0);
    fx_endpoint_of(
        &n.fx, "ns", "a", "cali1", TEXTS("10.0.0.1"),
        fx_list(&n.fx, "t", FP_ACTION_DENY, policies, 3, profile_of(&n, "p", FP_ACTION_ALLOW)));
    build(&n);
    ck_assert(forwards(&n, "eth0", "cali1", "192.0.2.1", "10.0.0.1"));
    end(&n);
}
END_TEST

static size_t chains_of(const node *n, const char *prefix)
{
    size_t found = 0;

    for (size_t i = 0; i < n->ir.chains.len; i++)
        found += fp_str_starts_with(n->ir.chains.items[i]->name, fp_str_of(prefix));
    return found;
}

/* Pods of many namespaces under one policy differ by their profiles alone. */
START_TEST(what_a_list_cannot_reach_does_not_make_it_another)
{
    static const fp_action ends[] = {FP_ACTION_DENY, FP_ACTION_PASS};

    for (size_t e = 0; e < FP_ARRAY_LEN(ends); e++) {
        uint32_t policy;
        node n;

        begin(&n);
        policy = one_rule(&n, "p", FP_ACTION_ALLOW, FP_PROTO_UDP);
        for (size_t i = 0; i < 2; i++)
            fx_endpoint_of(&n.fx, "ns", i ? "a" : "b", i ? "cali1" : "cali2",
                           i ? TEXTS("10.0.0.1") : TEXTS("10.0.0.2"),
                           fx_list(&n.fx, "t", ends[e], &policy, 1,
                                   profile_of(&n, i ? "one" : "other", FP_ACTION_ALLOW)));
        build(&n);
        ck_assert_uint_eq(chains_of(&n, "in-tier-"), 1);
        ck_assert_uint_eq(chains_of(&n, "in-list-"), ends[e] == FP_ACTION_DENY ? 1 : 2);
        end(&n);
    }
}
END_TEST

/* R7: with policies in the other direction only, a packet fell through undecided. */
START_TEST(a_tier_without_policies_in_this_direction_is_passed_over)
{
    uint32_t policy;
    node n;

    begin(&n);
    policy = one_rule(&n, "egress-only", FP_ACTION_DENY, 0);
    fp_policy_list *list = fx_list(&n.fx, "t", FP_ACTION_DENY, &policy, 1, UINT32_MAX);

    ((fp_tier_list *)(uintptr_t)list->tiers)->n_ingress = 0;
    fx_endpoint_of(&n.fx, "ns", "a", "cali1", TEXTS("10.0.0.1"), list);
    build(&n);
    ck_assert(!forwards(&n, "eth0", "cali1", "192.0.2.1", "10.0.0.1"));
    end(&n);
}
END_TEST

START_TEST(a_missing_profile_denies_at_its_place)
{
    uint32_t profiles[2];
    fp_policy_list *list;
    node n;

    begin(&n);
    profiles[0] = fx_profile(&n.fx, "gone", NULL, 0);
    n.fx.policies.items[profiles[0]]->missing = true;
    profiles[1] = profile_of(&n, "kns.ns", FP_ACTION_ALLOW);
    list = fx_list(&n.fx, "", FP_ACTION_DENY, NULL, 0, UINT32_MAX);
    list->profiles = profiles;
    list->n_profiles = 2;
    fx_endpoint_of(&n.fx, "ns", "a", "cali1", TEXTS("10.0.0.1"), list);
    build(&n);
    ck_assert(!forwards(&n, "eth0", "cali1", "192.0.2.1", "10.0.0.1"));
    end(&n);
}
END_TEST

START_TEST(a_missing_tier_ends_in_deny)
{
    uint32_t policy;
    fp_policy_list *list;
    node n;

    begin(&n);
    policy = one_rule(&n, "udp", FP_ACTION_ALLOW, FP_PROTO_UDP);
    list = fx_list(&n.fx, "gone", FP_ACTION_PASS, &policy, 1, profile_of(&n, "p", FP_ACTION_ALLOW));
    ((fp_tier_list *)(uintptr_t)list->tiers)->exists = false;
    fx_endpoint_of(&n.fx, "ns", "a", "cali1", TEXTS("10.0.0.1"), list);
    build(&n);
    ck_assert(!forwards(&n, "eth0", "cali1", "192.0.2.1", "10.0.0.1"));
    end(&n);
}
END_TEST

/* Endpoint a (cali1): egress allowed, ingress denied; b (cali2): the other way round. */
static void two_endpoints(node *n, fp_dispatch dispatch)
{
    fp_active_rule allow;
    fp_policy_list *lists[2];

    begin(n);
    n->options.dispatch = dispatch;
    allow = fx_rule(&n->fx, FP_ACTION_ALLOW, NULL);
    for (size_t i = 0; i < 2; i++) {
        uint32_t profile = fx_profile(&n->fx, i ? "in" : "out", &allow, 1);

        if (i)
            n->fx.policies.items[profile]->n_egress = 0;
        else
            n->fx.policies.items[profile]->n_ingress = 0;
        lists[i] = fx_list(&n->fx, "", FP_ACTION_DENY, NULL, 0, profile);
    }
    fx_endpoint_of(&n->fx, "ns", "a", "cali1", TEXTS("10.0.0.1", "fd00::1"), lists[0]);
    fx_endpoint_of(&n->fx, "ns", "b", "cali2", TEXTS("10.0.0.2", "fd00::2"), lists[1]);
}

START_TEST(both_ends_of_a_local_flow_must_accept)
{
    for (int dispatch = FP_DISPATCH_INTERFACE; dispatch <= FP_DISPATCH_ADDRESS; dispatch++) {
        node n;

        two_endpoints(&n, (fp_dispatch)dispatch);
        build(&n);
        ck_assert(forwards(&n, "cali1", "cali2", "10.0.0.1", "10.0.0.2"));
        ck_assert(forwards(&n, "cali1", "cali2", "fd00::1", "fd00::2"));
        ck_assert(!forwards(&n, "cali2", "cali1", "10.0.0.2", "10.0.0.1"));
        ck_assert(!forwards(&n, "eth0", "cali1", "192.0.2.1", "10.0.0.1"));
        ck_assert(forwards(&n, "eth0", "cali2", "192.0.2.1", "10.0.0.2"));
        ck_assert(forwards(&n, "cali1", "eth0", "10.0.0.1", "192.0.2.1"));
        ck_assert(!forwards(&n, "cali2", "eth0", "10.0.0.2", "192.0.2.1"));
        ck_assert(forwards(&n, "eth0", "eth1", "192.0.2.1", "192.0.2.2"));
        end(&n);
    }
}
END_TEST

START_TEST(interfaces_that_are_unknown_or_lie_about_their_source_are_dropped)
{
    node n;

    two_endpoints(&n, FP_DISPATCH_INTERFACE);
    build(&n);
    ck_assert(!forwards(&n, "cali9", "eth0", "10.0.0.9", "192.0.2.1"));
    ck_assert(!forwards(&n, "eth0", "cali9", "192.0.2.1", "10.0.0.9"));
    ck_assert(!forwards(&n, "cali1", "eth0", "10.0.0.2", "192.0.2.1"));
    ck_assert(!forwards(&n, "cali1", "eth0", "fd00::2", "2001:db8::1"));
    ck_assert(!reaches_host(&n, "cali9", "10.0.0.9"));
    ck_assert(!reaches_host(&n, "cali1", "10.0.0.2"));
    end(&n);
}
END_TEST

START_TEST(an_interface_needs_no_prefix_to_be_watched)
{
    node n;

    begin(&n);
    fx_endpoint_of(
        &n.fx, "ns", "a", "tap7", TEXTS("10.0.0.1"),
        fx_list(&n.fx, "", FP_ACTION_DENY, NULL, 0, profile_of(&n, "p", FP_ACTION_ALLOW)));
    build(&n);
    ck_assert(forwards(&n, "tap7", "eth0", "10.0.0.1", "192.0.2.1"));
    ck_assert(!forwards(&n, "tap7", "eth0", "10.0.0.2", "192.0.2.1"));
    ck_assert(!forwards(&n, "tap7", "eth0", "fd00::1", "2001:db8::1"));
    ck_assert(!reaches_host(&n, "tap7", "10.0.0.2"));
    ck_assert(forwards(&n, "eth0", "tap7", "192.0.2.1", "10.0.0.1"));
    end(&n);
}
END_TEST

/* A packet with another's source would match that one's connections. */
START_TEST(a_spoofed_packet_is_dropped_before_its_connection_is_looked_at)
{
    sim_packet packet;
    node n;

    two_endpoints(&n, FP_DISPATCH_INTERFACE);
    build(&n);
    packet = packet_of(FP_HOOK_FORWARD, "cali2", "eth0", "10.0.0.1", "192.0.2.1");
    packet.ct_state = FP_CT_ESTABLISHED;
    ck_assert(!run(&n, &packet).accepted);
    end(&n);
}
END_TEST

START_TEST(connections_that_are_known_pass_and_invalid_packets_do_not)
{
    sim_packet packet;
    node n;

    two_endpoints(&n, FP_DISPATCH_INTERFACE);
    build(&n);
    packet = packet_of(FP_HOOK_FORWARD, "eth0", "cali1", "192.0.2.1", "10.0.0.1");
    ck_assert(!run(&n, &packet).accepted);
    packet.ct_state = FP_CT_ESTABLISHED;
    ck_assert(run(&n, &packet).accepted);
    packet.ct_state = FP_CT_RELATED;
    ck_assert(run(&n, &packet).accepted);
    packet = packet_of(FP_HOOK_FORWARD, "cali1", "eth0", "10.0.0.1", "192.0.2.1");
    packet.ct_state = FP_CT_INVALID;
    ck_assert(!run(&n, &packet).accepted);
    packet.in_interface = FP_STR("eth1"); /* not a workload: none of our business */
    ck_assert(run(&n, &packet).accepted);
    end(&n);
}
END_TEST

START_TEST(address_dispatch_drops_addresses_of_pods_that_nobody_owns)
{
    const fp_cidr pods[] = {fx_cidr("10.0.0.0/24"), fx_cidr("fd00::/64")};
    node n;

    two_endpoints(&n, FP_DISPATCH_ADDRESS);
    n.options.pod_cidrs = pods;
    n.options.n_pod_cidrs = FP_ARRAY_LEN(pods);
    build(&n);
    ck_assert(!forwards(&n, "eth0", "eth1", "10.0.0.9", "192.0.2.1"));
    ck_assert(!forwards(&n, "eth0", "eth1", "192.0.2.1", "10.0.0.9"));
    ck_assert(!forwards(&n, "eth0", "eth1", "2001:db8::1", "fd00::9"));
    ck_assert(forwards(&n, "eth0", "eth1", "192.0.2.1", "10.0.1.9"));
    ck_assert(!reaches_host(&n, "eth0", "10.0.0.9"));
    ck_assert(reaches_host(&n, "lo", "10.0.0.9"));
    end(&n);
}
END_TEST

START_TEST(workload_to_host_needs_egress_and_then_the_host_action)
{
    static const fp_host_action actions[] = {FP_HOST_RETURN, FP_HOST_ACCEPT, FP_HOST_DROP};

    for (int dispatch = FP_DISPATCH_INTERFACE; dispatch <= FP_DISPATCH_ADDRESS; dispatch++) {
        for (size_t i = 0; i < FP_ARRAY_LEN(actions); i++) {
            sim_packet packet = packet_of(FP_HOOK_INPUT, "cali1", "", "10.0.0.1", "10.0.0.254");
            node n;

            two_endpoints(&n, (fp_dispatch)dispatch);
            n.options.host_action = actions[i];
            build(&n);
            ck_assert(reaches_host(&n, "cali1", "10.0.0.1") == (actions[i] != FP_HOST_DROP));
            ck_assert(reaches_host(&n, "cali1", "fd00::1") == (actions[i] != FP_HOST_DROP));
            ck_assert(!reaches_host(&n, "cali2", "10.0.0.2"));
            ck_assert(reaches_host(&n, "eth0", "192.0.2.1"));
            packet.ct_state = FP_CT_ESTABLISHED;
            ck_assert(run(&n, &packet).accepted);
            end(&n);
        }
    }
}
END_TEST

START_TEST(neighbour_discovery_comes_before_any_policy)
{
    static const uint8_t types[] = {130, 131, 132, 133, 135, 136};
    sim_packet packet = packet_of(FP_HOOK_INPUT, "cali2", "", "fe80::1", "ff02::1");
    node n;

    two_endpoints(&n, FP_DISPATCH_INTERFACE);
    n.options.host_action = FP_HOST_DROP;
    build(&n);
    packet.protocol = FP_PROTO_ICMPV6;
    for (size_t i = 0; i < FP_ARRAY_LEN(types); i++) {
        packet.icmp_type = types[i];
        ck_assert(run(&n, &packet).accepted);
    }
    packet.icmp_type = 134;
    ck_assert(!run(&n, &packet).accepted);
    end(&n);
}
END_TEST

START_TEST(a_family_that_was_not_asked_for_is_left_alone)
{
    node n;

    two_endpoints(&n, FP_DISPATCH_INTERFACE);
    n.options.families = FP_FAMILY_4;
    build(&n);
    ck_assert(forwards(&n, "cali2", "cali1", "fd00::2", "fd00::1"));
    ck_assert(!forwards(&n, "cali2", "cali1", "10.0.0.2", "10.0.0.1"));
    end(&n);
}
END_TEST

START_TEST(a_family_that_no_workload_has_is_dropped)
{
    uint32_t profile;
    node n;

    begin(&n);
    profile = profile_of(&n, "p", FP_ACTION_ALLOW);
    fx_endpoint_of(&n.fx, "ns", "a", "cali1", TEXTS("10.0.0.1"),
                   fx_list(&n.fx, "", FP_ACTION_DENY, NULL, 0, profile));
    build(&n);
    ck_assert(forwards(&n, "eth0", "cali1", "192.0.2.1", "10.0.0.1"));
    ck_assert(!forwards(&n, "eth0", "cali1", "2001:db8::1", "fd00::1"));
    ck_assert(!forwards(&n, "cali1", "eth0", "fd00::1", "2001:db8::1"));
    end(&n);
}
END_TEST

START_TEST(of_two_endpoints_with_one_interface_or_address_the_first_counts)
{
    for (int dispatch = FP_DISPATCH_INTERFACE; dispatch <= FP_DISPATCH_ADDRESS; dispatch++) {
        uint32_t allow;
        uint32_t deny;
        node n;

        begin(&n);
        n.options.dispatch = (fp_dispatch)dispatch;
        allow = profile_of(&n, "allow", FP_ACTION_ALLOW);
        deny = profile_of(&n, "deny", FP_ACTION_DENY);
        fx_endpoint_of(&n.fx, "ns", "a", "cali1", TEXTS("10.0.0.1"),
                       fx_list(&n.fx, "", FP_ACTION_DENY, NULL, 0, deny));
        fx_endpoint_of(&n.fx, "ns", "b", "cali1", TEXTS("10.0.0.1"),
                       fx_list(&n.fx, "", FP_ACTION_DENY, NULL, 0, allow));
        build(&n);
        ck_assert(!forwards(&n, "eth0", "cali1", "192.0.2.1", "10.0.0.1"));
        end(&n);
    }
}
END_TEST

START_TEST(an_endpoint_without_a_list_gets_nothing)
{
    node n;

    begin(&n);
    fx_endpoint_of(&n.fx, "ns", "a", "cali1", TEXTS("10.0.0.1"), NULL);
    build(&n);
    ck_assert(!forwards(&n, "eth0", "cali1", "192.0.2.1", "10.0.0.1"));
    end(&n);
}
END_TEST

FP_TEST_MAIN("render/flow", tiers_and_profiles_decide_in_order,
             pass_leaves_the_tier_even_past_later_policies,
             what_a_list_cannot_reach_does_not_make_it_another,
             a_tier_without_policies_in_this_direction_is_passed_over,
             a_missing_profile_denies_at_its_place, a_missing_tier_ends_in_deny,
             both_ends_of_a_local_flow_must_accept,
             interfaces_that_are_unknown_or_lie_about_their_source_are_dropped,
             an_interface_needs_no_prefix_to_be_watched,
             a_spoofed_packet_is_dropped_before_its_connection_is_looked_at,
             connections_that_are_known_pass_and_invalid_packets_do_not,
             address_dispatch_drops_addresses_of_pods_that_nobody_owns,
             workload_to_host_needs_egress_and_then_the_host_action,
             neighbour_discovery_comes_before_any_policy,
             a_family_that_was_not_asked_for_is_left_alone,
             a_family_that_no_workload_has_is_dropped,
             of_two_endpoints_with_one_interface_or_address_the_first_counts,
             an_endpoint_without_a_list_gets_nothing)
