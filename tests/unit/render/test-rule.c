/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/rule.h"

#include <stdio.h>

#include "libfedpol/net/proto.h"
#include "tests/support/fp_test.h"
#include "tests/support/ir_simulate.h"
#include "tests/support/render_fixture.h"

/*
 * One rule in one policy in front of a deny: which packets to the workload does it let pass? The
 * simulator obeys the intermediate form.
 */

#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

typedef struct bench {
    fixture fx;
    fp_active_rule active;
    fp_rule *rule;
    fp_ir ir;
} bench;

static void begin(bench *b, fp_action action)
{
    fx_init(&b->fx);
    b->active = fx_rule(&b->fx, action, &b->rule);
}

/* Ends in deny for Allow; for Deny in a profile that allows. */
static void build(bench *b)
{
    const fp_render_options options = {.families = 3, .interface_prefix = FP_STR_INIT("cali")};
    bool allow = b->rule->action == FP_ACTION_ALLOW;
    const fp_view view = fx_view(&b->fx);
    fp_active_rule all = fx_rule(&b->fx, FP_ACTION_ALLOW, NULL);
    uint32_t policy = fx_policy(&b->fx, "ns", "p", &b->active, 1);
    uint32_t profile = fx_profile(&b->fx, "kns.ns", &all, 1);
    fp_tracker tracker = {0};
    uint8_t *masks;
    size_t n;

    fx_endpoint_of(
        &b->fx, "ns", "pod", "cali1", TEXTS("10.0.0.5", "fd00::5"),
        fx_list(&b->fx, "t", allow ? FP_ACTION_DENY : FP_ACTION_PASS, &policy, 1, profile));
    ck_assert_int_eq(fp_tracker_fill(&tracker, &view), 0);
    ck_assert_int_eq(fp_tracker_masks(&tracker, &masks, &n), 0);
    fp_ir_init(&b->ir);
    ck_assert_int_eq(fp_build_all(&b->ir, &view, &options, masks, n), 0);
    fp_tracker_done(&tracker);
    fp_free(masks);
}

static void end(bench *b)
{
    fp_ir_done(&b->ir);
    fx_done(&b->fx);
}

static size_t kernel_rules(const bench *b)
{
    for (size_t i = 0; i < b->ir.chains.len; i++)
        if (fp_str_is(b->ir.chains.items[i]->what, "policy NetworkPolicy/ns/p ingress"))
            return b->ir.chains.items[i]->n_rules;
    return 0;
}

typedef struct packet_case {
    const char *from;
    uint8_t protocol;
    uint16_t source_port;
    uint16_t destination_port;
    uint8_t icmp_type;
    uint8_t icmp_code;
} packet_case;

static bool passes(const bench *b, packet_case c)
{
    const fp_view view = fx_view(&b->fx);
    fp_ip from = fx_ip(c.from);
    sim_packet packet = {
        .hook = FP_HOOK_FORWARD,
        .in_interface = FP_STR("eth0"),
        .out_interface = FP_STR("cali1"),
        .source = from,
        .destination = fx_ip(from.family == 4 ? "10.0.0.5" : "fd00::5"),
        .protocol = c.protocol,
        .source_port = c.source_port,
        .destination_port = c.destination_port,
        .icmp_type = c.icmp_type,
        .icmp_code = c.icmp_code,
    };

    return sim_run(&b->ir, &view, &packet).accepted;
}

#define V4 "192.0.2.1"
#define V6 "2001:db8::1"
#define TCP(port) .protocol = FP_PROTO_TCP, .source_port = 999, .destination_port = (port)

START_TEST(a_rule_without_family_is_one_kernel_rule)
{
    static const fp_port_range ranges[] = {{80, 80}, {8000, 8100}};
    bench b;

    begin(&b, FP_ACTION_ALLOW);
    b.rule->protocol = FP_PROTO_TCP;
    b.rule->destination.ports = fx_ports(&b.fx, ranges, 2);
    build(&b);
    ck_assert_uint_eq(kernel_rules(&b), 1);
    ck_assert(passes(&b, (packet_case){V4, TCP(80)}));
    ck_assert(passes(&b, (packet_case){V6, TCP(8100)}));
    ck_assert(!passes(&b, (packet_case){V4, TCP(81)}));
    ck_assert(!passes(&b, (packet_case){V4, .protocol = FP_PROTO_UDP, .destination_port = 80}));
    end(&b);
}
END_TEST

START_TEST(a_selector_is_one_kernel_rule_a_family)
{
    bench b;

    begin(&b, FP_ACTION_ALLOW);
    b.active.source.selector = fx_set_of(&b.fx, "s", TEXTS(V4));
    build(&b);
    ck_assert_uint_eq(kernel_rules(&b), 2);
    ck_assert(passes(&b, (packet_case){V4, TCP(1)}));
    ck_assert(!passes(&b, (packet_case){V6, TCP(1)}));
    end(&b);
}
END_TEST

/* R1: with three and more lists in a rule, the third was satisfied by the second. */
START_TEST(every_list_of_a_rule_must_hold)
{
    static const fp_port_range source[] = {{1000, 1000}, {1002, 1002}, {1004, 1010}};
    static const fp_port_range destination[] = {{80, 80}, {443, 443}};
    const packet_case good = {V4, FP_PROTO_TCP, 1002, 443, 0, 0};
    packet_case bad[4] = {good, good, good, good};
    bench b;

    begin(&b, FP_ACTION_ALLOW);
    b.rule->protocol = FP_PROTO_TCP;
    b.rule->source.ports = fx_ports(&b.fx, source, 3);
    b.rule->destination.ports = fx_ports(&b.fx, destination, 2);
    b.rule->source.nets = fx_nets(&b.fx, TEXTS("192.0.2.0/25", "198.51.100.0/24"));
    b.rule->destination.nets = fx_nets(&b.fx, TEXTS("10.0.0.5/32", "10.0.1.0/24"));
    b.active.source.selector = fx_set_of(&b.fx, "s", TEXTS(V4, "192.0.2.200"));
    build(&b);
    ck_assert_uint_eq(kernel_rules(&b), 1);
    ck_assert(passes(&b, good));
    bad[0].source_port = 1001;
    bad[1].destination_port = 81;
    bad[2].from = "192.0.2.200";  /* in the selector, not in the nets */
    bad[3].from = "198.51.100.1"; /* in the nets, not in the selector */
    for (size_t i = 0; i < FP_ARRAY_LEN(bad); i++)
        ck_assert_msg(!passes(&b, bad[i]), "case %zu", i);
    end(&b);
}
END_TEST

START_TEST(hosts_and_prefixes_of_a_set_are_alternatives)
{
    bench b;

    begin(&b, FP_ACTION_ALLOW);
    b.active.source.selector =
        fx_set_of(&b.fx, "s", TEXTS("192.0.2.1", "198.51.100.0/24", "198.51.100.0/25"));
    build(&b);
    ck_assert_uint_eq(kernel_rules(&b), 3);
    ck_assert(passes(&b, (packet_case){"192.0.2.1", TCP(1)}));
    ck_assert(passes(&b, (packet_case){"198.51.100.200", TCP(1)}));
    ck_assert(!passes(&b, (packet_case){"192.0.2.2", TCP(1)}));
    end(&b);
}
END_TEST

START_TEST(a_negated_selector_excludes_hosts_and_prefixes)
{
    bench b;

    begin(&b, FP_ACTION_ALLOW);
    b.active.source.not_selector = fx_set_of(&b.fx, "s", TEXTS("192.0.2.1", "198.51.100.0/24"));
    build(&b);
    ck_assert_uint_eq(kernel_rules(&b), 2);
    ck_assert(!passes(&b, (packet_case){"192.0.2.1", TCP(1)}));
    ck_assert(!passes(&b, (packet_case){"198.51.100.200", TCP(1)}));
    ck_assert(passes(&b, (packet_case){"192.0.2.2", TCP(1)}));
    ck_assert(passes(&b, (packet_case){V6, TCP(1)}));
    end(&b);
}
END_TEST

/* R6: such a list made the whole rule vanish. */
START_TEST(a_negated_list_of_the_other_family_excludes_nothing)
{
    bench b;

    begin(&b, FP_ACTION_ALLOW);
    b.rule->source.not_nets = fx_nets(&b.fx, TEXTS("2001:db8::/32"));
    build(&b);
    ck_assert(passes(&b, (packet_case){V4, TCP(1)}));
    ck_assert(!passes(&b, (packet_case){V6, TCP(1)}));
    ck_assert(passes(&b, (packet_case){"fd00::1", TCP(1)}));
    end(&b);
}
END_TEST

START_TEST(a_positive_list_of_the_other_family_matches_nothing)
{
    bench b;

    begin(&b, FP_ACTION_ALLOW);
    b.rule->source.nets = fx_nets(&b.fx, TEXTS("2001:db8::/32"));
    build(&b);
    ck_assert(!passes(&b, (packet_case){V4, TCP(1)}));
    ck_assert(passes(&b, (packet_case){V6, TCP(1)}));
    end(&b);
}
END_TEST

START_TEST(the_whole_family_as_a_prefix)
{
    bench b;

    begin(&b, FP_ACTION_ALLOW);
    b.rule->source.nets = fx_nets(&b.fx, TEXTS("0.0.0.0/0", "10.0.0.0/8"));
    build(&b);
    ck_assert(passes(&b, (packet_case){V4, TCP(1)}));
    ck_assert(!passes(&b, (packet_case){V6, TCP(1)}));
    end(&b);

    begin(&b, FP_ACTION_ALLOW);
    b.rule->source.not_nets = fx_nets(&b.fx, TEXTS("0.0.0.0/0"));
    build(&b);
    ck_assert(!passes(&b, (packet_case){V4, TCP(1)}));
    ck_assert(passes(&b, (packet_case){V6, TCP(1)}));
    end(&b);
}
END_TEST

START_TEST(named_and_numeric_ports_are_alternatives)
{
    static const fp_port_range ranges[] = {{80, 80}, {443, 443}};
    uint32_t named[2];
    bench b;

    begin(&b, FP_ACTION_ALLOW);
    named[0] = fx_port_set(&b.fx, "http");
    named[1] = fx_port_set(&b.fx, "admin");
    fx_port_member(&b.fx, named[0], "10.0.0.5", FP_PROTO_TCP, 8080);
    fx_port_member(&b.fx, named[1], "10.0.0.6", FP_PROTO_TCP, 9090);
    b.rule->protocol = FP_PROTO_TCP;
    b.rule->destination.ports = fx_ports(&b.fx, ranges, 2);
    b.active.destination.ports = named;
    b.active.destination.n_ports = 2;
    build(&b);
    ck_assert(passes(&b, (packet_case){V4, TCP(80)}));
    ck_assert(passes(&b, (packet_case){V4, TCP(8080)}));
    ck_assert(!passes(&b, (packet_case){V4, TCP(9090)})); /* another endpoint's */
    ck_assert(!passes(&b, (packet_case){V4, TCP(81)}));
    end(&b);
}
END_TEST

START_TEST(an_empty_list_of_ports_matches_nothing)
{
    bench b;

    begin(&b, FP_ACTION_ALLOW);
    b.rule->protocol = FP_PROTO_TCP;
    b.rule->destination.ports.present = true;
    build(&b);
    ck_assert_uint_eq(kernel_rules(&b), 0);
    ck_assert(!passes(&b, (packet_case){V4, TCP(80)}));
    end(&b);
}
END_TEST

START_TEST(excluded_ports_hold_for_every_list)
{
    static const fp_port_range one[] = {{80, 80}};
    static const fp_port_range two[] = {{1000, 1000}, {1002, 1002}};
    uint32_t named;
    bench b;

    begin(&b, FP_ACTION_ALLOW);
    named = fx_port_set(&b.fx, "http");
    fx_port_member(&b.fx, named, "10.0.0.5", FP_PROTO_TCP, 8080);
    b.rule->protocol = FP_PROTO_TCP;
    b.rule->destination.not_ports = fx_ports(&b.fx, one, 1);
    b.rule->source.not_ports = fx_ports(&b.fx, two, 2);
    b.active.destination.not_ports = &named;
    b.active.destination.n_not_ports = 1;
    build(&b);
    ck_assert_uint_eq(kernel_rules(&b), 2);
    ck_assert(passes(&b, (packet_case){V4, FP_PROTO_TCP, 1, 81, 0, 0}));
    ck_assert(!passes(&b, (packet_case){V4, FP_PROTO_TCP, 1, 80, 0, 0}));
    ck_assert(!passes(&b, (packet_case){V4, FP_PROTO_TCP, 1002, 81, 0, 0}));
    ck_assert(!passes(&b, (packet_case){V4, FP_PROTO_TCP, 1, 8080, 0, 0}));
    ck_assert(!passes(&b, (packet_case){V4, FP_PROTO_UDP, 1, 81, 0, 0}));
    end(&b);
}
END_TEST

START_TEST(a_packet_without_ports_has_no_excluded_one)
{
    static const fp_port_range ranges[] = {{0x0800, 0x0800}}; /* ICMP echo, read as a port */
    uint32_t named;
    bench b;

    begin(&b, FP_ACTION_ALLOW);
    named = fx_port_set(&b.fx, "http");
    fx_port_member(&b.fx, named, "10.0.0.5", FP_PROTO_TCP, 8080);
    b.rule->destination.not_ports = fx_ports(&b.fx, ranges, 1);
    b.active.destination.not_ports = &named;
    b.active.destination.n_not_ports = 1;
    build(&b);
    ck_assert(passes(&b, (packet_case){V4, .protocol = FP_PROTO_ICMP, .icmp_type = 8}));
    ck_assert(passes(&b, (packet_case){V4, TCP(80)}));
    ck_assert(!passes(&b, (packet_case){V4, TCP(0x0800)}));
    ck_assert(!passes(&b, (packet_case){V4, TCP(8080)}));
    end(&b);
}
END_TEST

typedef struct icmp_case {
    uint8_t protocol; /* of the rule */
    uint8_t not_protocol;
    fp_icmp_match icmp;
    fp_icmp_match not_icmp;
    packet_case packet;
    bool expected;
} icmp_case;

#define ECHO                                                                                       \
    {                                                                                              \
        true, true, 8, 0                                                                           \
    }
#define PING(type, code) FP_PROTO_ICMP, 0, 0, (type), (code)

START_TEST(icmp_types_codes_and_their_negation)
{
    static const icmp_case cases[] = {
        {1, 0, ECHO, {0}, {V4, PING(8, 0)}, true},
        {1, 0, ECHO, {0}, {V4, PING(8, 1)}, false},
        {1, 0, ECHO, {0}, {V4, PING(0, 0)}, false},
        {1, 0, ECHO, {0}, {V4, FP_PROTO_TCP, 0, 0, 8, 0}, false},
        {1, 0, {true, false, 8, 0}, {0}, {V4, PING(8, 7)}, true},
        {0, 0, ECHO, {0}, {V4, PING(8, 0)}, true},
        {6, 0, ECHO, {0}, {V4, PING(8, 0)}, false},
        {0, 1, ECHO, {0}, {V4, PING(8, 0)}, false},
        {58, 0, {true, false, 128, 0}, {0}, {V6, FP_PROTO_ICMPV6, 0, 0, 128, 0}, true},
        {58, 0, {true, false, 128, 0}, {0}, {V6, FP_PROTO_ICMPV6, 0, 0, 129, 0}, false},
        /* R4: not (type and code), not two negations. */
        {1, 0, {0}, ECHO, {V4, PING(8, 0)}, false},
        {1, 0, {0}, ECHO, {V4, PING(8, 1)}, true},
        {1, 0, {0}, ECHO, {V4, PING(3, 0)}, true},
        {1, 0, {0}, ECHO, {V4, TCP(80)}, false},
        {1, 0, {0}, {true, false, 8, 0}, {V4, PING(8, 1)}, false},
        /* Without a protocol: every packet that isn't such ICMP. */
        {0, 0, {0}, ECHO, {V4, TCP(80)}, true},
        {0, 0, {0}, ECHO, {V4, PING(8, 0)}, false},
        {0, 0, {0}, ECHO, {V4, PING(8, 1)}, true},
        {0, 0, {0}, ECHO, {V6, FP_PROTO_ICMPV6, 0, 0, 8, 0}, false},
        {0, 0, {0}, ECHO, {V6, FP_PROTO_ICMPV6, 0, 0, 9, 0}, true},
        {6, 0, {0}, ECHO, {V4, TCP(80)}, true},
        {6, 0, {0}, ECHO, {V4, PING(3, 0)}, false},
        {0, 1, {0}, ECHO, {V4, TCP(80)}, true},
        {0, 1, {0}, ECHO, {V4, PING(3, 0)}, false},
        {0, 6, {0}, ECHO, {V4, TCP(80)}, false},
        {0, 6, {0}, ECHO, {V4, PING(3, 0)}, true},
        {1, 0, {true, false, 8, 0}, ECHO, {V4, PING(8, 1)}, true},
        {1, 0, {true, false, 8, 0}, ECHO, {V4, PING(8, 0)}, false},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        bench b;

        begin(&b, FP_ACTION_ALLOW);
        b.rule->protocol = cases[i].protocol;
        b.rule->not_protocol = cases[i].not_protocol;
        b.rule->icmp = cases[i].icmp;
        b.rule->not_icmp = cases[i].not_icmp;
        build(&b);
        ck_assert_msg(passes(&b, cases[i].packet) == cases[i].expected, "case %zu", i);
        end(&b);
    }
}
END_TEST

START_TEST(protocols_and_versions)
{
    static const struct {
        uint8_t version;
        uint8_t protocol;
        uint8_t not_protocol;
        packet_case packet;
        bool expected;
    } cases[] = {
        {4, 0, 0, {V4, TCP(1)}, true},         {4, 0, 0, {V6, TCP(1)}, false},
        {6, 0, 0, {V6, TCP(1)}, true},         {0, 47, 0, {V4, 47, 0, 0, 0, 0}, true},
        {0, 47, 0, {V4, TCP(1)}, false},       {0, 0, 6, {V4, TCP(1)}, false},
        {0, 0, 6, {V4, 17, 0, 0, 0, 0}, true}, {0, 6, 6, {V4, TCP(1)}, false},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        bench b;

        begin(&b, FP_ACTION_ALLOW);
        b.rule->ip_version = cases[i].version;
        b.rule->protocol = cases[i].protocol;
        b.rule->not_protocol = cases[i].not_protocol;
        build(&b);
        ck_assert_msg(passes(&b, cases[i].packet) == cases[i].expected, "case %zu", i);
        end(&b);
    }
}
END_TEST

START_TEST(rules_that_are_not_understood_fail_closed)
{
    bench b;

    begin(&b, FP_ACTION_ALLOW);
    b.active.mode = FP_RULE_NEVER;
    build(&b);
    ck_assert(!passes(&b, (packet_case){V4, TCP(1)}));
    end(&b);

    begin(&b, FP_ACTION_PASS);
    b.rule->protocol = FP_PROTO_UDP;
    b.active.mode = FP_RULE_DENY_ALL;
    build(&b);
    ck_assert(!passes(&b, (packet_case){V4, TCP(1)}));
    end(&b);
}
END_TEST

START_TEST(too_many_combinations_fail_closed)
{
    enum { NAMES = 100 };
    static const fp_action actions[] = {FP_ACTION_ALLOW, FP_ACTION_DENY};

    for (size_t a = 0; a < FP_ARRAY_LEN(actions); a++) {
        uint32_t named[NAMES];
        bench b;

        begin(&b, actions[a]);
        for (size_t i = 0; i < NAMES; i++) {
            char name[16];

            (void)snprintf(name, sizeof(name), "p%zu", i);
            named[i] = fx_port_set(&b.fx, name);
        }
        b.rule->source.ports.present = true;
        b.rule->destination.ports.present = true;
        b.active.source.ports = named;
        b.active.source.n_ports = NAMES;
        b.active.destination.ports = named;
        b.active.destination.n_ports = NAMES;
        build(&b);
        ck_assert_uint_le(kernel_rules(&b), 2);
        ck_assert(!passes(&b, (packet_case){V4, TCP(1)}));
        end(&b);
    }
}
END_TEST

FP_TEST_MAIN("render/rule", a_rule_without_family_is_one_kernel_rule,
             a_selector_is_one_kernel_rule_a_family, every_list_of_a_rule_must_hold,
             hosts_and_prefixes_of_a_set_are_alternatives,
             a_negated_selector_excludes_hosts_and_prefixes,
             a_negated_list_of_the_other_family_excludes_nothing,
             a_positive_list_of_the_other_family_matches_nothing, the_whole_family_as_a_prefix,
             named_and_numeric_ports_are_alternatives, an_empty_list_of_ports_matches_nothing,
             excluded_ports_hold_for_every_list, a_packet_without_ports_has_no_excluded_one,
             icmp_types_codes_and_their_negation, protocols_and_versions,
             rules_that_are_not_understood_fail_closed, too_many_combinations_fail_closed)
