/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/verdict_match.h"

#include "tests/support/fp_test.h"
#include "tests/support/fp_verdict_test.h"
#include "tests/support/fp_world_test.h"

/* The one whose policies are evaluated is shop/web; everybody else is open. */
static const char east_objects[] =
    "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {team: a}}}\n---\n"
    "apiVersion: v1\nkind: Pod\n"
    "metadata: {namespace: shop, name: web, labels: {app: web}}\n"
    "spec: {nodeName: n1, containers: [{name: c, ports: [{name: http, containerPort: 80}]}]}\n"
    "status: {podIPs: [{ip: 10.0.0.1}, {ip: 'fd00::1'}]}\n---\n"
    "apiVersion: v1\nkind: Pod\n"
    "metadata: {namespace: shop, name: db, labels: {app: db}}\n"
    "spec: {nodeName: n1, containers: [{name: c, ports: [{name: sql, containerPort: 5432},\n"
    "  {name: both, containerPort: 7000}, {name: both, containerPort: 7001, protocol: UDP}]}]}\n"
    "status: {podIPs: [{ip: 10.0.0.2}, {ip: 'fd00::2'}]}\n---\n"
    "apiVersion: v1\nkind: Pod\n"
    "metadata: {namespace: shop, name: one, labels: {app: one, half: 'yes'}}\n"
    "spec: {nodeName: n1, containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]}\n"
    "status: {podIPs: [{ip: 10.0.0.9}]}\n---\n"
    "apiVersion: v1\nkind: Pod\n"
    "metadata: {namespace: shop, name: two, labels: {app: two, other: 'yes'}}\n"
    "spec: {nodeName: n1, containers: [{name: c, ports: [{name: http, containerPort: 9090}]}]}\n"
    "status: {podIPs: [{ip: 10.0.0.9}]}\n---\n"
    "{apiVersion: projectcalico.org/v3, kind: GlobalNetworkSet,\n"
    " metadata: {name: ext, labels: {kind: ext}},\n"
    " spec: {nets: [192.0.2.0/24, '2001:db8::/32']}}\n";

static const char west_objects[] =
    "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {team: b}}}\n---\n"
    "apiVersion: v1\nkind: Pod\n"
    "metadata: {namespace: shop, name: api, labels: {app: api}}\n"
    "spec: {nodeName: w1, containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]}\n"
    "status: {podIPs: [{ip: 10.1.0.1}, {ip: 'fd01::1'}]}\n";

static fp_test_mesh mesh;

static void setup(const fp_world_options *options)
{
    ck_assert_int_eq(fp_test_mesh_new(1, options, &mesh), 0);
    fp_test_apply_yaml(mesh.world, mesh.east, FP_WATCH_ADDED, fp_str_of(east_objects));
    fp_test_apply_yaml(mesh.world, mesh.west, FP_WATCH_ADDED, fp_str_of(west_objects));
    fp_world_set_state(mesh.world, mesh.east, FP_STATE_IN_SYNC, 0);
    fp_world_set_state(mesh.world, mesh.west, FP_STATE_IN_SYNC, 0);
    fp_world_set_state(mesh.world, mesh.north, FP_STATE_IN_SYNC, 0);
}

static void apply(fp_cluster *cluster, const char *yaml)
{
    fp_test_apply_yaml(mesh.world, cluster, FP_WATCH_ADDED, fp_str_of(yaml));
}

/* The policy of web: the same rules both ways; what no rule decides is denied. */
static void put_rules(const char *rules)
{
    fp_buf yaml = {0};

    fp_buf_printf(&yaml,
                  "{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy,\n"
                  " metadata: {name: p}, spec: {selector: app == 'web', types: [Ingress, Egress],\n"
                  "  ingress: [%s], egress: [%s]}}\n",
                  rules, rules);
    apply(mesh.east, yaml.data);
    fp_buf_done(&yaml);
    ck_assert_int_eq(fp_world_commit(mesh.world), 0);
}

static fp_verdict_value value_of(const char *text)
{
    const fp_flow flow = fp_test_flow(mesh.world, text);
    fp_verdict_value value;
    fp_verdict verdict;

    ck_assert_int_eq(fp_verdict_evaluate(mesh.world, &flow, 0, &verdict), 0);
    value = verdict.value;
    fp_verdict_done(&verdict);
    return value;
}

typedef struct row {
    const char *criteria; /* of a rule */
    const char *flow;
    fp_tri matches;
} row;

static void expect(const row *r, const char *rules, fp_verdict_value expected)
{
    fp_verdict_value value = value_of(r->flow);

    ck_assert_msg(value == expected, "%s | %s: %s instead of %s", rules, r->flow,
                  fp_verdict_value_name(value), fp_verdict_value_name(expected));
}

/* Each row by an Allow before the end of the tier, and by a Deny before an Allow of everything. */
static void check_rows(const row *rows, size_t n)
{
    static const fp_verdict_value if_allow[] = {FP_VERDICT_DENY, FP_VERDICT_UNDECIDABLE,
                                                FP_VERDICT_ALLOW};
    static const fp_verdict_value if_deny[] = {FP_VERDICT_ALLOW, FP_VERDICT_UNDECIDABLE,
                                               FP_VERDICT_DENY};

    for (size_t i = 0; i < n; i++) {
        fp_buf rules = {0};

        fp_buf_printf(&rules, "{action: Allow, %s}", rows[i].criteria);
        put_rules(rules.data);
        expect(&rows[i], rules.data, if_allow[rows[i].matches]);
        fp_buf_clear(&rules);
        fp_buf_printf(&rules, "{action: Deny, %s}, {action: Allow}", rows[i].criteria);
        put_rules(rules.data);
        expect(&rows[i], rules.data, if_deny[rows[i].matches]);
        fp_buf_done(&rules);
    }
}

static void check_synced(const row *rows, size_t n)
{
    setup(NULL);
    check_rows(rows, n);
    fp_test_mesh_done(&mesh);
}

#define Y FP_TRI_YES
#define N FP_TRI_NO
#define U FP_TRI_UNKNOWN

START_TEST(protocol_and_version_are_those_of_the_packet)
{
    static const row rows[] = {
        {"protocol: TCP", "10.0.0.1 8.8.8.8 tcp port=1", Y},
        {"protocol: TCP", "10.0.0.1 8.8.8.8 udp port=1", N},
        {"protocol: 6", "10.0.0.1 8.8.8.8 tcp", Y},
        {"protocol: 47", "fd00::1 ::8 47", Y},
        {"notProtocol: TCP", "10.0.0.1 8.8.8.8 tcp port=1", N},
        {"notProtocol: TCP", "10.0.0.1 8.8.8.8 47", Y},
        {"protocol: TCP, notProtocol: UDP", "10.0.0.1 8.8.8.8 tcp", Y},
        {"protocol: TCP, notProtocol: TCP", "10.0.0.1 8.8.8.8 tcp", N},
        {"ipVersion: 4", "10.0.0.1 8.8.8.8 tcp", Y},
        {"ipVersion: 4", "fd00::1 ::8 tcp", N},
        {"ipVersion: 6", "fd00::1 ::8 tcp", Y},
        {"ipVersion: 6", "8.8.8.8 10.0.0.1 tcp", N},
        {"protocol: ICMP", "10.0.0.1 8.8.8.8 icmp", Y},
        {"protocol: ICMP", "fd00::1 ::8 icmpv6", N},
        {"protocol: ICMP", "fd00::1 ::8 icmp", N}, /* inferred: IPv4 only */
        {"protocol: ICMPv6", "10.0.0.1 8.8.8.8 icmpv6", N},
        {"notProtocol: ICMP", "fd00::1 ::8 tcp", Y},
    };

    check_synced(rows, FP_ARRAY_LEN(rows));
}
END_TEST

START_TEST(icmp_types_and_codes_match_and_are_negated_as_one)
{
    static const row rows[] = {
        {"protocol: ICMP, icmp: {type: 8}", "10.0.0.1 8.8.8.8 icmp type=8 code=0", Y},
        {"protocol: ICMP, icmp: {type: 8}", "10.0.0.1 8.8.8.8 icmp type=8", Y},
        {"protocol: ICMP, icmp: {type: 8}", "10.0.0.1 8.8.8.8 icmp type=9", N},
        {"protocol: ICMP, icmp: {type: 8}", "10.0.0.1 8.8.8.8 icmp", U},
        {"protocol: ICMP, icmp: {type: 8}", "10.0.0.1 8.8.8.8 tcp", N},
        {"protocol: ICMP, icmp: {type: 0, code: 0}", "10.0.0.1 8.8.8.8 icmp type=0 code=0", Y},
        {"protocol: ICMP, icmp: {type: 0, code: 0}", "10.0.0.1 8.8.8.8 icmp type=0 code=1", N},
        {"protocol: ICMP, icmp: {type: 0, code: 0}", "10.0.0.1 8.8.8.8 icmp type=0", U},
        {"protocol: ICMP, icmp: {type: 0, code: 0}", "10.0.0.1 8.8.8.8 icmp type=1", N},
        {"protocol: ICMPv6, icmp: {type: 128}", "fd00::1 ::8 icmpv6 type=128", Y},
        {"protocol: ICMPv6, icmp: {type: 128}", "fd00::1 ::8 icmpv6 type=129", N},
        {"protocol: ICMPv6, icmp: {type: 128}", "10.0.0.1 8.8.8.8 icmp type=128", N},
        {"protocol: ICMP, notICMP: {type: 8}", "10.0.0.1 8.8.8.8 icmp type=8", N},
        {"protocol: ICMP, notICMP: {type: 8}", "10.0.0.1 8.8.8.8 icmp type=0", Y},
        {"protocol: ICMP, notICMP: {type: 8}", "10.0.0.1 8.8.8.8 icmp", U},
        {"protocol: ICMP, notICMP: {type: 8}", "10.0.0.1 8.8.8.8 tcp", N},
        {"protocol: ICMP, notICMP: {type: 8, code: 1}", "10.0.0.1 8.8.8.8 icmp type=8 code=0", Y},
        {"protocol: ICMP, notICMP: {type: 8, code: 1}", "10.0.0.1 8.8.8.8 icmp type=9 code=1", Y},
        {"protocol: ICMP, notICMP: {type: 8, code: 1}", "10.0.0.1 8.8.8.8 icmp type=8 code=1", N},
        {"protocol: ICMP, notICMP: {type: 8, code: 1}", "10.0.0.1 8.8.8.8 icmp type=8", U},
        {"protocol: ICMP, notICMP: {type: 8, code: 1}", "10.0.0.1 8.8.8.8 icmp type=9", Y},
        /* Without a protocol: every packet that is not ICMP of that type. */
        {"notICMP: {type: 8}", "10.0.0.1 8.8.8.8 tcp", Y},
        {"notICMP: {type: 8}", "10.0.0.1 8.8.8.8 icmp type=8", N},
        {"notICMP: {type: 8}", "10.0.0.1 8.8.8.8 icmp type=0", Y},
        {"notICMP: {type: 8}", "10.0.0.1 8.8.8.8 icmpv6 type=8", Y},
        {"notICMP: {type: 128}", "fd00::1 ::8 icmpv6 type=128", N},
        {"notICMP: {type: 128}", "fd00::1 ::8 icmpv6 type=1", Y},
        {"notICMP: {type: 128}", "fd00::1 ::8 udp", Y},
        {"notICMP: {type: 8, code: 0}", "10.0.0.1 8.8.8.8 icmp type=8 code=0", N},
        {"notICMP: {type: 8, code: 0}", "10.0.0.1 8.8.8.8 icmp type=8 code=1", Y},
        {"protocol: ICMP, icmp: {type: 3}, notICMP: {type: 3, code: 4}",
         "10.0.0.1 8.8.8.8 icmp type=3 code=4", N},
        {"protocol: ICMP, icmp: {type: 3}, notICMP: {type: 3, code: 4}",
         "10.0.0.1 8.8.8.8 icmp type=3 code=1", Y},
    };

    check_synced(rows, FP_ARRAY_LEN(rows));
}
END_TEST

START_TEST(nets_are_read_per_family)
{
    static const row rows[] = {
        {"destination: {nets: [8.8.0.0/16]}", "10.0.0.1 8.8.8.8 tcp", Y},
        {"destination: {nets: [8.8.0.0/16]}", "10.0.0.1 8.9.8.8 tcp", N},
        {"destination: {nets: [8.8.0.0/16]}", "fd00::1 ::8 tcp", N},
        {"destination: {nets: [8.8.0.0/16, '::/64']}", "fd00::1 ::8 tcp", Y},
        {"destination: {nets: [8.8.8.8]}", "10.0.0.1 8.8.8.8 tcp", Y},
        {"source: {nets: [8.8.0.0/16]}", "8.8.8.8 10.0.0.1 tcp", Y},
        {"source: {nets: [8.8.0.0/16]}", "10.0.0.1 8.8.8.8 tcp", N},
        {"destination: {notNets: [8.8.0.0/16]}", "10.0.0.1 8.8.8.8 tcp", N},
        {"destination: {notNets: [8.8.0.0/16]}", "10.0.0.1 8.9.8.8 tcp", Y},
        {"destination: {notNets: [8.8.0.0/16]}", "fd00::1 ::8 tcp", Y},
        {"destination: {notNets: [0.0.0.0/0]}", "10.0.0.1 8.8.8.8 tcp", N},
        {"destination: {notNets: [0.0.0.0/0]}", "fd00::1 ::8 tcp", Y},
        {"source: {notNets: ['::/0']}", "::8 fd00::1 tcp", N},
        {"destination: {nets: [8.0.0.0/8], notNets: [8.8.0.0/16]}", "10.0.0.1 8.9.8.8 tcp", Y},
        {"destination: {nets: [8.0.0.0/8], notNets: [8.8.0.0/16]}", "10.0.0.1 8.8.8.8 tcp", N},
        {"destination: {nets: [8.0.0.0/8]}, source: {nets: [10.0.0.0/8]}", "10.0.0.1 8.8.8.8 tcp",
         Y},
        {"destination: {nets: [8.0.0.0/8]}, source: {nets: [11.0.0.0/8]}", "10.0.0.1 8.8.8.8 tcp",
         N},
    };

    check_synced(rows, FP_ARRAY_LEN(rows));
}
END_TEST

START_TEST(selectors_see_every_owner_and_never_mix_two)
{
    static const row rows[] = {
        {"destination: {selector: app == 'db'}", "10.0.0.1 10.0.0.2 tcp", Y},
        {"destination: {selector: app == 'db'}", "fd00::1 fd00::2 tcp", Y},
        {"destination: {selector: app == 'db'}", "10.0.0.1 10.1.0.1 tcp", N},
        {"destination: {selector: app == 'api'}", "10.0.0.1 10.1.0.1 tcp", Y},
        {"destination: {selector: app == 'api'}", "fd00::1 fd01::1 tcp", Y},
        {"source: {selector: app == 'api'}", "10.1.0.1 10.0.0.1 tcp", Y},
        {"source: {selector: app == 'api'}", "10.0.0.2 10.0.0.1 tcp", N},
        {"destination: {selector: all()}", "10.0.0.1 8.8.8.8 tcp", N},
        {"destination: {selector: kind == 'ext'}", "10.0.0.1 192.0.2.7 tcp", Y},
        {"destination: {selector: kind == 'ext'}", "fd00::1 2001:db8::9 tcp", Y},
        {"destination: {selector: '!has(kind)'}", "10.0.0.1 192.0.2.7 tcp", N},
        /* Only known endpoints lack a label; everybody else is not one that has it. */
        {"destination: {selector: '!has(nothing)'}", "10.0.0.1 8.8.8.8 tcp", N},
        {"destination: {notSelector: has(app)}", "10.0.0.1 8.8.8.8 tcp", Y},
        {"destination: {notSelector: app == 'db'}", "10.0.0.1 10.0.0.2 tcp", N},
        {"destination: {notSelector: app == 'db'}", "10.0.0.1 10.1.0.1 tcp", Y},
        {"source: {notSelector: app == 'api'}", "10.1.0.1 10.0.0.1 tcp", N},
        {"destination: {selector: has(app), notSelector: app == 'db'}", "10.0.0.1 10.0.0.2 tcp", N},
        {"destination: {selector: has(app), notSelector: app == 'db'}", "10.0.0.1 10.1.0.1 tcp", Y},
        {"destination: {selector: has(app), notSelector: app == 'db'}", "10.0.0.1 8.8.8.8 tcp", N},
        /* Namespaces of different clusters have their own labels. */
        {"destination: {namespaceSelector: team == 'b'}", "10.0.0.1 10.1.0.1 tcp", Y},
        {"destination: {namespaceSelector: team == 'b'}", "10.0.0.1 10.0.0.2 tcp", N},
        {"destination: {namespaceSelector: global()}", "10.0.0.1 192.0.2.7 tcp", Y},
        {"destination: {namespaceSelector: global()}", "10.0.0.1 10.0.0.2 tcp", N},
        /* 10.0.0.9 has two owners: either will do, but one of them alone. */
        {"destination: {selector: app == 'one'}", "10.0.0.1 10.0.0.9 tcp", Y},
        {"destination: {selector: app == 'two'}", "10.0.0.1 10.0.0.9 tcp", Y},
        {"destination: {selector: has(half) && has(other)}", "10.0.0.1 10.0.0.9 tcp", N},
        {"destination: {selector: has(half), notSelector: has(other)}", "10.0.0.1 10.0.0.9 tcp", Y},
        {"destination: {notSelector: has(other)}", "10.0.0.1 10.0.0.9 tcp", N},
    };

    check_synced(rows, FP_ARRAY_LEN(rows));
}
END_TEST

START_TEST(ports_are_unknown_only_where_they_would_decide)
{
    static const row rows[] = {
        {"protocol: TCP, destination: {ports: [80, '90:99']}", "10.0.0.1 8.8.8.8 tcp port=80", Y},
        {"protocol: TCP, destination: {ports: [80, '90:99']}", "10.0.0.1 8.8.8.8 tcp port=99", Y},
        {"protocol: TCP, destination: {ports: [80, '90:99']}", "10.0.0.1 8.8.8.8 tcp port=89", N},
        {"protocol: TCP, destination: {ports: [80, '90:99']}", "10.0.0.1 8.8.8.8 tcp port=100", N},
        {"protocol: TCP, destination: {ports: [80]}", "10.0.0.1 8.8.8.8 tcp", U},
        {"protocol: TCP, destination: {ports: [80]}", "10.0.0.1 8.8.8.8 tcp sport=80", U},
        {"protocol: TCP, destination: {ports: [80]}", "10.0.0.1 8.8.8.8 udp", N},
        {"protocol: TCP, destination: {ports: [80], nets: [9.0.0.0/8]}", "10.0.0.1 8.8.8.8 tcp", N},
        {"protocol: TCP, source: {ports: [80]}", "10.0.0.1 8.8.8.8 tcp sport=80 port=1", Y},
        {"protocol: TCP, source: {ports: [80]}", "10.0.0.1 8.8.8.8 tcp sport=81", N},
        {"protocol: TCP, source: {ports: [80]}", "10.0.0.1 8.8.8.8 tcp port=80", U},
        {"protocol: TCP, destination: {notPorts: [80]}", "10.0.0.1 8.8.8.8 tcp port=80", N},
        {"protocol: TCP, destination: {notPorts: [80]}", "10.0.0.1 8.8.8.8 tcp port=81", Y},
        {"protocol: TCP, destination: {notPorts: [80]}", "10.0.0.1 8.8.8.8 tcp", U},
        {"protocol: TCP, source: {notPorts: [80]}", "10.0.0.1 8.8.8.8 tcp sport=80", N},
        {"protocol: TCP, destination: {ports: ['80:90'], notPorts: [85]}",
         "10.0.0.1 8.8.8.8 tcp port=85", N},
        {"protocol: TCP, destination: {ports: ['80:90'], notPorts: [85]}",
         "10.0.0.1 8.8.8.8 tcp port=86", Y},
        {"protocol: SCTP, destination: {ports: [80]}", "fd00::1 ::8 sctp port=80", Y},
    };

    check_synced(rows, FP_ARRAY_LEN(rows));
}
END_TEST

START_TEST(named_ports_are_those_of_the_owners_that_the_selector_takes)
{
    static const row rows[] = {
        {"destination: {ports: [sql]}", "10.0.0.1 10.0.0.2 tcp port=5432", Y},
        {"destination: {ports: [sql]}", "fd00::1 fd00::2 tcp port=5432", Y},
        {"destination: {ports: [sql]}", "10.0.0.1 10.0.0.2 tcp port=5433", N},
        {"destination: {ports: [sql]}", "10.0.0.1 10.0.0.2 udp port=5432", N},
        {"destination: {ports: [sql]}", "10.0.0.1 10.0.0.2 tcp", U},
        {"destination: {ports: [sql]}", "10.0.0.1 10.1.0.1 tcp", N}, /* has no such port */
        {"destination: {ports: [sql]}", "10.0.0.1 8.8.8.8 tcp port=5432", N},
        {"destination: {ports: [sql]}", "10.0.0.1 10.0.0.2 icmp type=8", N},
        {"destination: {ports: [http]}", "10.0.0.1 10.1.0.1 tcp port=8080", Y},
        {"source: {ports: [http]}", "10.1.0.1 10.0.0.1 tcp sport=8080 port=80", Y},
        {"source: {ports: [http]}", "10.1.0.1 10.0.0.1 tcp sport=80 port=80", N},
        /* A rule without a protocol takes each port under its own. */
        {"destination: {ports: [both]}", "10.0.0.1 10.0.0.2 tcp port=7000", Y},
        {"destination: {ports: [both]}", "10.0.0.1 10.0.0.2 udp port=7001", Y},
        {"destination: {ports: [both]}", "10.0.0.1 10.0.0.2 udp port=7000", N},
        {"protocol: UDP, destination: {ports: [both]}", "10.0.0.1 10.0.0.2 tcp port=7000", N},
        {"protocol: UDP, destination: {ports: [both]}", "10.0.0.1 10.0.0.2 udp port=7001", Y},
        /* Numbers and names are one list. */
        {"protocol: TCP, destination: {ports: [sql, 80]}", "10.0.0.1 8.8.8.8 tcp port=80", Y},
        {"protocol: TCP, destination: {ports: [sql, 80]}", "10.0.0.1 10.0.0.2 tcp port=5432", Y},
        {"protocol: TCP, destination: {ports: [sql, 80]}", "10.0.0.1 10.0.0.2 tcp port=81", N},
        /* Each owner of a shared address brings its own number. */
        {"destination: {ports: [http]}", "10.0.0.1 10.0.0.9 tcp port=8080", Y},
        {"destination: {ports: [http]}", "10.0.0.1 10.0.0.9 tcp port=9090", Y},
        {"destination: {ports: [http]}", "10.0.0.1 10.0.0.9 tcp port=80", N},
        {"destination: {selector: app == 'one', ports: [http]}", "10.0.0.1 10.0.0.9 tcp port=8080",
         Y},
        {"destination: {selector: app == 'one', ports: [http]}", "10.0.0.1 10.0.0.9 tcp port=9090",
         N},
        {"destination: {selector: app == 'db', ports: [http]}", "10.0.0.1 10.0.0.9 tcp port=8080",
         N},
        {"destination: {notPorts: [http]}", "10.0.0.1 10.0.0.9 tcp port=9090", N},
        {"destination: {notPorts: [http]}", "10.0.0.1 10.0.0.9 tcp port=9091", Y},
        {"destination: {notPorts: [http]}", "10.0.0.1 10.0.0.9 tcp", U},
        {"destination: {notPorts: [http]}", "10.0.0.1 10.0.0.2 tcp", Y},
        {"destination: {notPorts: [http]}", "10.0.0.1 8.8.8.8 tcp", Y},
        {"destination: {notPorts: [http]}", "10.0.0.1 10.0.0.9 icmp", Y},
        {"destination: {selector: app == 'one', notPorts: [http]}",
         "10.0.0.1 10.0.0.9 tcp port=9090", Y},
        {"destination: {selector: app == 'one', notPorts: [http]}",
         "10.0.0.1 10.0.0.9 tcp port=8080", N},
    };

    check_synced(rows, FP_ARRAY_LEN(rows));
}
END_TEST

START_TEST(what_an_incomplete_cluster_may_own_is_unknown)
{
    static const row rows[] = {
        {"destination: {selector: app == 'x'}", "10.0.0.1 8.8.8.8 tcp", U},
        {"destination: {selector: app == 'x'}", "10.0.0.1 10.1.0.1 tcp", U},
        {"destination: {notSelector: app == 'x'}", "10.0.0.1 8.8.8.8 tcp", U},
        {"source: {selector: app == 'x'}", "8.8.8.8 10.0.0.1 tcp", U},
        {"destination: {ports: [http]}", "10.0.0.1 8.8.8.8 tcp port=80", U},
        {"destination: {notPorts: [http]}", "10.0.0.1 8.8.8.8 tcp port=80", U},
        /* Known owners decide for good. */
        {"destination: {selector: app == 'api'}", "10.0.0.1 10.1.0.1 tcp", Y},
        {"destination: {notSelector: app == 'api'}", "10.0.0.1 10.1.0.1 tcp", N},
        {"destination: {selector: app == 'two'}", "10.0.0.1 10.0.0.9 tcp", Y},
        {"destination: {ports: [http]}", "10.0.0.1 10.1.0.1 tcp port=8080", Y},
        {"destination: {notPorts: [http]}", "10.0.0.1 10.1.0.1 tcp port=8080", N},
        {"protocol: TCP, destination: {ports: [http, 80]}", "10.0.0.1 8.8.8.8 tcp port=80", Y},
        /* So do criteria that ask nobody. */
        {"destination: {selector: app == 'x', nets: [9.0.0.0/8]}", "10.0.0.1 8.8.8.8 tcp", N},
        {"destination: {notSelector: app == 'x', notNets: [8.0.0.0/8]}", "10.0.0.1 8.8.8.8 tcp", N},
        {"protocol: UDP, destination: {ports: [http]}", "10.0.0.1 8.8.8.8 tcp port=80", N},
        {"destination: {ports: [http]}", "10.0.0.1 8.8.8.8 icmp", N},
        {"destination: {notPorts: [http]}", "10.0.0.1 8.8.8.8 icmp", Y},
        {"destination: {nets: [8.0.0.0/8]}", "10.0.0.1 8.8.8.8 tcp", Y},
    };
    fp_cluster *late;

    setup(NULL);
    ck_assert_int_eq(fp_world_add_cluster(mesh.world, FP_STR("late"), FP_ROLE_REMOTE, &late), 0);
    fp_world_set_state(mesh.world, late, FP_STATE_CONNECTING, 0);
    check_rows(rows, FP_ARRAY_LEN(rows));
    fp_test_mesh_done(&mesh);
}
END_TEST

static const fp_world_options local_scope = {
    .federation = {.cluster_label = FP_STR_INIT("cluster"), .union_identity = true},
    .scope = FP_SCOPE_LOCAL};

/* A remote that shares the address of db, and one behind an address of its own. */
static const char rival_objects[] =
    "apiVersion: v1\nkind: Pod\n"
    "metadata: {namespace: shop, name: rival, labels: {app: db, rival: 'yes'}}\n"
    "spec: {nodeName: w1, containers: [{name: c, ports: [{name: admin, containerPort: 9000}]}]}\n"
    "status: {podIPs: [{ip: 10.0.0.2}]}\n";

typedef struct scope_row {
    const char *rules;
    const char *flow;
    fp_verdict_value value;
} scope_row;

static void check_scope(const scope_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const row shown = {rows[i].rules, rows[i].flow, U};

        put_rules(rows[i].rules);
        expect(&shown, rows[i].rules, rows[i].value);
    }
}

START_TEST(scope_local_narrows_positive_selectors_of_allow_and_pass_rules_alone)
{
    static const scope_row rows[] = {
        {"{action: Allow, destination: {selector: app == 'api'}}", "10.0.0.1 10.1.0.1 tcp",
         FP_VERDICT_DENY},
        {"{action: Pass, destination: {selector: app == 'api'}}, {action: Deny}",
         "10.0.0.1 10.1.0.1 tcp", FP_VERDICT_DENY},
        {"{action: Pass, destination: {selector: app == 'db'}}, {action: Deny}",
         "10.0.0.1 10.0.0.2 tcp", FP_VERDICT_ALLOW},
        {"{action: Deny, destination: {selector: app == 'api'}}, {action: Allow}",
         "10.0.0.1 10.1.0.1 tcp", FP_VERDICT_DENY},
        {"{action: Allow, destination: {notSelector: app == 'api'}}", "10.0.0.1 10.1.0.1 tcp",
         FP_VERDICT_DENY},
        {"{action: Allow, destination: {selector: app == 'api' && cluster == 'west'}}",
         "10.0.0.1 10.1.0.1 tcp", FP_VERDICT_ALLOW},
        {"{action: Allow, destination: {selector: app == 'db'}}", "10.0.0.1 10.0.0.2 tcp",
         FP_VERDICT_ALLOW},
        {"{action: Allow, destination: {selector: has(rival)}}", "10.0.0.1 10.0.0.2 tcp",
         FP_VERDICT_DENY},
        /* A named port is narrowed by its selector; without one it is nobody's in particular. */
        {"{action: Allow, destination: {selector: app == 'api', ports: [http]}}",
         "10.0.0.1 10.1.0.1 tcp port=8080", FP_VERDICT_DENY},
        {"{action: Allow, destination: {ports: [http]}}", "10.0.0.1 10.1.0.1 tcp port=8080",
         FP_VERDICT_ALLOW},
        {"{action: Allow, destination: {selector: app == 'db', ports: [admin]}}",
         "10.0.0.1 10.0.0.2 tcp port=9000", FP_VERDICT_DENY},
        {"{action: Deny, destination: {selector: app == 'api', ports: [http]}}, {action: Allow}",
         "10.0.0.1 10.1.0.1 tcp port=8080", FP_VERDICT_DENY},
        /* What takes away is never narrowed. */
        {"{action: Allow, destination: {selector: app == 'db', notPorts: [admin]}}",
         "10.0.0.1 10.0.0.2 tcp port=9000", FP_VERDICT_DENY},
        {"{action: Allow, destination: {selector: app == 'db', notPorts: [admin]}}",
         "10.0.0.1 10.0.0.2 tcp port=9001", FP_VERDICT_ALLOW},
        {"{action: Allow, destination: {notPorts: [http]}}", "10.0.0.1 10.1.0.1 tcp port=8080",
         FP_VERDICT_DENY},
    };

    setup(&local_scope);
    apply(mesh.west, rival_objects);
    check_scope(rows, FP_ARRAY_LEN(rows));
    fp_test_mesh_done(&mesh);
}
END_TEST

START_TEST(a_narrowed_selector_does_not_wait_for_remotes)
{
    static const scope_row rows[] = {
        {"{action: Allow, destination: {selector: app == 'x'}}", "10.0.0.1 8.8.8.8 tcp",
         FP_VERDICT_DENY},
        {"{action: Allow, destination: {selector: app == 'x', ports: [http]}}",
         "10.0.0.1 8.8.8.8 tcp port=1", FP_VERDICT_DENY},
        {"{action: Allow, destination: {ports: [http]}}", "10.0.0.1 8.8.8.8 tcp port=1",
         FP_VERDICT_UNDECIDABLE},
        {"{action: Deny, destination: {selector: app == 'x'}}, {action: Allow}",
         "10.0.0.1 8.8.8.8 tcp", FP_VERDICT_UNDECIDABLE},
        {"{action: Allow, destination: {notSelector: app == 'x'}}", "10.0.0.1 8.8.8.8 tcp",
         FP_VERDICT_UNDECIDABLE},
        {"{action: Allow, destination: {selector: app == 'db', notPorts: [http]}}",
         "10.0.0.1 10.0.0.2 tcp port=1", FP_VERDICT_UNDECIDABLE},
        {"{action: Allow, destination: {selector: cluster == 'late'}}", "10.0.0.1 8.8.8.8 tcp",
         FP_VERDICT_UNDECIDABLE},
    };
    fp_cluster *late;

    setup(&local_scope);
    ck_assert_int_eq(fp_world_add_cluster(mesh.world, FP_STR("late"), FP_ROLE_REMOTE, &late), 0);
    check_scope(rows, FP_ARRAY_LEN(rows));
    fp_test_mesh_done(&mesh);
}
END_TEST

FP_TEST_MAIN("policy/verdict_match", protocol_and_version_are_those_of_the_packet,
             icmp_types_and_codes_match_and_are_negated_as_one, nets_are_read_per_family,
             selectors_see_every_owner_and_never_mix_two,
             ports_are_unknown_only_where_they_would_decide,
             named_ports_are_those_of_the_owners_that_the_selector_takes,
             what_an_incomplete_cluster_may_own_is_unknown,
             scope_local_narrows_positive_selectors_of_allow_and_pass_rules_alone,
             a_narrowed_selector_does_not_wait_for_remotes)
