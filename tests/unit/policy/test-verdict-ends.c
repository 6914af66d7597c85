/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/verdict.h"

#include "tests/support/fp_test.h"
#include "tests/support/fp_verdict_test.h"
#include "tests/support/fp_world_test.h"

/* Which ends are enforced here, who the peers are, and what is known of their clusters. */

#define NAMESPACE "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n---\n"
#define POD(name, node, ip)                                                                        \
    "apiVersion: v1\nkind: Pod\nmetadata: {namespace: shop, name: " name ", labels: {app: " name   \
    "}}\nspec: {nodeName: " node "}\nstatus: {podIPs: [{ip: " ip "}]}\n---\n"
#define GLOBAL(name, more)                                                                         \
    "{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {name: " name         \
    "},\n spec: {" more "}}\n---\n"

static fp_test_mesh mesh;

static void setup(const fp_world_options *options)
{
    ck_assert_int_eq(fp_test_mesh_new(1, options, &mesh), 0);
}

static void apply(fp_cluster *cluster, const char *yaml)
{
    fp_test_apply_yaml(mesh.world, cluster, FP_WATCH_ADDED, fp_str_of(yaml));
}

static void commit(void)
{
    ck_assert_int_eq(fp_world_commit(mesh.world), 0);
}

static void all_in_sync(void)
{
    fp_world_set_state(mesh.world, mesh.east, FP_STATE_IN_SYNC, 0);
    fp_world_set_state(mesh.world, mesh.west, FP_STATE_IN_SYNC, 0);
    fp_world_set_state(mesh.world, mesh.north, FP_STATE_IN_SYNC, 0);
    commit();
}

static void expect(const char *flow, const char *answer)
{
    fp_test_expect_verdict(mesh.world, flow, 0, answer);
}

#define OPEN "allow profile by Profile//kns.shop #0"

START_TEST(only_endpoints_of_the_node_are_enforced)
{
    static const fp_world_options options = {.federation = {.node = FP_STR_INIT("n1")}};

    setup(&options);
    apply(mesh.east, NAMESPACE POD("web", "n1", "10.0.0.1") POD("db", "n2", "10.0.0.2"));
    apply(mesh.west, NAMESPACE POD("api", "n1", "10.1.0.1"));
    all_in_sync();
    expect("10.0.0.1 10.0.0.2 tcp", "allow; egress: " OPEN " peer east+0; ingress: none");
    expect("10.0.0.2 10.0.0.1 tcp", "allow; egress: none; ingress: " OPEN " peer east+0");
    expect("10.0.0.2 10.1.0.1 tcp", "none; egress: none; ingress: none");
    expect("10.1.0.1 10.0.0.1 tcp", "allow; egress: none; ingress: " OPEN " peer west+0");
    expect("8.8.8.8 9.9.9.9 tcp", "none; egress: none; ingress: none");
    expect("10.0.0.1 8.8.8.8 tcp", "allow; egress: " OPEN "; ingress: none");
    fp_test_mesh_done(&mesh);
}
END_TEST

START_TEST(both_ends_must_allow)
{
    setup(NULL);
    apply(mesh.east, NAMESPACE POD("web", "n1", "10.0.0.1") POD("db", "n1", "10.0.0.2"));
    apply(mesh.east, GLOBAL("in", "selector: app == 'db', types: [Ingress],\n"
                                  " ingress: [{action: Allow, protocol: TCP,\n"
                                  "  destination: {ports: [80]}}, {action: Deny, protocol: UDP}]"));
    apply(mesh.east,
          GLOBAL("out", "selector: app == 'web', types: [Egress],\n"
                        " egress: [{action: Allow, protocol: TCP}, {action: Deny, protocol: ICMP},"
                        "  {action: Allow, protocol: UDP, destination: {ports: [53]}}]"));
    all_in_sync();
    expect("10.0.0.1 10.0.0.2 tcp port=80",
           "allow; egress: allow rule in default by GlobalNetworkPolicy//out #0 peer east+0; "
           "ingress: allow rule in default by GlobalNetworkPolicy//in #0 peer east+0");
    expect("10.0.0.1 10.0.0.2 tcp port=81",
           "deny; egress: allow rule in default by GlobalNetworkPolicy//out #0 peer east+0; "
           "ingress: deny end-of-tier in default peer east+0");
    expect("10.0.0.1 10.0.0.2 tcp",
           "undecidable; egress: allow rule in default by GlobalNetworkPolicy//out #0 peer east+0; "
           "ingress: undecidable rule peer east+0");
    expect("10.0.0.1 10.0.0.2 udp",
           "deny; egress: undecidable rule peer east+0; "
           "ingress: deny rule in default by GlobalNetworkPolicy//in #1 peer east+0");
    expect("10.0.0.1 10.0.0.2 icmp",
           "deny; egress: deny rule in default by GlobalNetworkPolicy//out #1 peer east+0; "
           "ingress: deny end-of-tier in default peer east+0");
    expect("10.0.0.2 10.0.0.1 icmp",
           "allow; egress: " OPEN " peer east+0; ingress: " OPEN " peer east+0");
    fp_test_mesh_done(&mesh);
}
END_TEST

static void put_one_rule(const char *criteria)
{
    fp_buf yaml = {0};

    fp_buf_printf(&yaml,
                  GLOBAL("p", "selector: app == 'web', types: [Egress],\n"
                              " egress: [{action: Allow, %s}]"),
                  criteria);
    apply(mesh.east, yaml.data);
    fp_buf_done(&yaml);
    commit();
}

START_TEST(nothing_is_decided_before_the_local_cluster_is_complete)
{
    setup(NULL);
    apply(mesh.east, NAMESPACE POD("web", "n1", "10.0.0.1"));
    apply(mesh.west, NAMESPACE POD("api", "n1", "10.1.0.1"));
    all_in_sync();
    expect("10.0.0.1 10.1.0.1 tcp", "allow; egress: " OPEN " peer west+0; ingress: none");
    fp_test_mesh_done(&mesh);

    setup(NULL);
    apply(mesh.east, NAMESPACE POD("web", "n1", "10.0.0.1"));
    fp_world_set_state(mesh.world, mesh.west, FP_STATE_IN_SYNC, 0);
    fp_world_set_state(mesh.world, mesh.north, FP_STATE_IN_SYNC, 0);
    put_one_rule("protocol: TCP");
    expect("10.0.0.1 8.8.8.8 tcp", "undecidable; egress: undecidable unsynced; ingress: none");
    expect("10.0.0.1 10.0.0.1 tcp", "undecidable; egress: undecidable unsynced peer east+-1; "
                                    "ingress: undecidable unsynced peer east+-1");
    expect("8.8.8.8 9.9.9.9 tcp", "undecidable; egress: none; ingress: none");
    fp_world_set_state(mesh.world, mesh.east, FP_STATE_IN_SYNC, 0);
    expect("10.0.0.1 8.8.8.8 tcp",
           "allow; egress: allow rule in default by GlobalNetworkPolicy//p #0; ingress: none");
    /* It stays complete, however old it gets. */
    fp_world_set_state(mesh.world, mesh.east, FP_STATE_RESYNC, 0);
    expect("10.0.0.1 8.8.8.8 tcp",
           "allow; egress: allow rule in default by GlobalNetworkPolicy//p #0; ingress: none");
    fp_test_mesh_done(&mesh);
}
END_TEST

START_TEST(without_a_local_cluster_nothing_is_decided)
{
    const fp_hash_key key = {1, 2};
    fp_cluster *west;

    mesh = (fp_test_mesh){0};
    ck_assert_int_eq(fp_world_new(&key, &mesh.world), 0);
    expect("8.8.8.8 9.9.9.9 tcp", "undecidable; egress: none; ingress: none");
    ck_assert_int_eq(fp_world_add_cluster(mesh.world, FP_STR("west"), FP_ROLE_REMOTE, &west), 0);
    fp_world_set_state(mesh.world, west, FP_STATE_IN_SYNC, 0);
    expect("8.8.8.8 9.9.9.9 tcp", "undecidable; egress: none; ingress: none");
    fp_test_mesh_done(&mesh);
}
END_TEST

#define BY_P "allow rule in default by GlobalNetworkPolicy//p #0"

START_TEST(an_incomplete_remote_leaves_open_what_depends_on_it)
{
    setup(NULL);
    apply(mesh.east, NAMESPACE POD("web", "n1", "10.0.0.1"));
    apply(mesh.west, NAMESPACE POD("api", "n1", "10.1.0.1"));
    apply(mesh.north, NAMESPACE POD("api", "n1", "10.2.0.1"));
    fp_world_set_state(mesh.world, mesh.east, FP_STATE_IN_SYNC, 0);
    fp_world_set_state(mesh.world, mesh.west, FP_STATE_IN_SYNC, 0);
    put_one_rule("destination: {selector: app == 'api'}");
    /* Another owner satisfies, also one whose own cluster is not complete. */
    expect("10.0.0.1 10.1.0.1 tcp", "allow; egress: " BY_P " peer west+0; ingress: none");
    expect("10.0.0.1 10.2.0.1 tcp", "allow; egress: " BY_P " peer north+-1; ingress: none");
    expect("10.0.0.1 10.3.0.1 tcp", "undecidable; egress: undecidable unsynced; ingress: none");
    put_one_rule("destination: {notSelector: app == 'api'}");
    expect("10.0.0.1 10.1.0.1 tcp",
           "deny; egress: deny end-of-tier in default peer west+0; ingress: none");
    expect("10.0.0.1 10.3.0.1 tcp", "undecidable; egress: undecidable unsynced; ingress: none");
    /* The reason is the cluster's also where a port that is not stated would do. */
    put_one_rule("protocol: TCP, destination: {ports: [80]}");
    expect("10.0.0.1 10.3.0.1 tcp", "undecidable; egress: undecidable unsynced; ingress: none");
    put_one_rule("destination: {nets: [10.0.0.0/8]}");
    expect("10.0.0.1 10.3.0.1 tcp", "allow; egress: " BY_P "; ingress: none");
    put_one_rule("destination: {selector: app == 'api'}");
    fp_world_set_state(mesh.world, mesh.north, FP_STATE_IN_SYNC, 0);
    expect("10.0.0.1 10.3.0.1 tcp", "deny; egress: deny end-of-tier in default; ingress: none");
    fp_test_mesh_done(&mesh);
}
END_TEST

START_TEST(a_lost_cluster_keeps_its_data_and_shows_its_age)
{
    setup(NULL);
    apply(mesh.east, NAMESPACE POD("web", "n1", "10.0.0.1"));
    apply(mesh.west, NAMESPACE POD("api", "n1", "10.1.0.1"));
    all_in_sync();
    put_one_rule("destination: {selector: app == 'api'}");
    fp_world_set_state(mesh.world, mesh.west, FP_STATE_IN_SYNC, 500);
    fp_world_set_state(mesh.world, mesh.west, FP_STATE_RESYNC, 1000);
    fp_test_expect_verdict(mesh.world, "10.0.0.1 10.1.0.1 tcp", 5000,
                           "allow; egress: " BY_P " peer west+4000; ingress: none");
    fp_test_expect_verdict(mesh.world, "10.0.0.1 10.1.0.2 tcp", 5000,
                           "deny; egress: deny end-of-tier in default; ingress: none");
    fp_world_set_state(mesh.world, mesh.west, FP_STATE_IN_SYNC, 6000);
    fp_test_expect_verdict(mesh.world, "10.0.0.1 10.1.0.1 tcp", 7000,
                           "allow; egress: " BY_P " peer west+0; ingress: none");
    fp_test_mesh_done(&mesh);
}
END_TEST

START_TEST(the_peer_is_a_workload_or_host_before_a_set)
{
    setup(NULL);
    apply(mesh.east, NAMESPACE POD("web", "n1", "10.0.0.1"));
    apply(mesh.east, "{apiVersion: projectcalico.org/v3, kind: GlobalNetworkSet,\n"
                     " metadata: {name: all}, spec: {nets: [10.0.0.0/8]}}\n");
    apply(mesh.west, NAMESPACE POD("api", "n1", "10.1.0.1"));
    all_in_sync();
    expect("10.0.0.1 10.1.0.1 tcp", "allow; egress: " OPEN " peer west+0; ingress: none");
    expect("10.0.0.1 10.1.0.2 tcp", "allow; egress: " OPEN " peer east+0; ingress: none");
    expect("10.0.0.1 11.1.0.2 tcp", "allow; egress: " OPEN "; ingress: none");
    fp_test_mesh_done(&mesh);
}
END_TEST

#define DENY_BY(policy) "deny rule in default by GlobalNetworkPolicy//" policy " #0"

START_TEST(an_endpoint_may_be_meant_though_others_own_its_address)
{
    setup(NULL);
    apply(mesh.east, NAMESPACE POD("a", "n1", "10.0.0.9") POD("b", "n1", "10.0.0.9")
                         POD("web", "n1", "10.0.0.1"));
    apply(mesh.west, NAMESPACE POD("x", "n1", "10.9.0.1") POD("z", "n1", "10.0.0.9"));
    apply(mesh.north, NAMESPACE POD("x", "n1", "10.9.0.1"));
    apply(mesh.east, GLOBAL("b", "selector: app == 'b', types: [Egress],\n"
                                 " egress: [{action: Deny}]"));
    apply(mesh.east, GLOBAL("web", "selector: app == 'web', types: [Ingress],\n"
                                   " ingress: [{action: Deny, source: {selector: app == 'b'}}]"));
    all_in_sync();
    expect("10.0.0.9 8.8.8.8 tcp", "allow; egress: " OPEN "; ingress: none");
    expect("10.0.0.9@east:shop/a 8.8.8.8 tcp", "allow; egress: " OPEN "; ingress: none");
    expect("10.0.0.9@east:shop/b 8.8.8.8 tcp", "deny; egress: " DENY_BY("b") "; ingress: none");
    /* Who the peer is, is still a matter of its address. */
    expect("10.0.0.9@east:shop/a 10.0.0.1 tcp",
           "deny; egress: " OPEN " peer east+0; ingress: " DENY_BY("web") " peer east+0");
    /* An endpoint of another cluster is not enforced here, whoever has its address. */
    expect("10.0.0.9@west:shop/z 8.8.8.8 tcp", "none; egress: none; ingress: none");
    /* The cluster of the one that is meant, if it counts at all. */
    expect("10.0.0.1 10.9.0.1 tcp", "allow; egress: " OPEN " peer north+0; ingress: none");
    expect("10.0.0.1 10.9.0.1@west:shop/x tcp",
           "allow; egress: " OPEN " peer west+0; ingress: none");
    expect("10.0.0.1 10.9.0.1@north:shop/x tcp",
           "allow; egress: " OPEN " peer north+0; ingress: none");
    expect("10.0.0.1 10.0.0.9@west:shop/z tcp",
           "allow; egress: " OPEN " peer east+0; ingress: none");
    fp_test_mesh_done(&mesh);
}
END_TEST

START_TEST(a_claimed_address_is_the_local_endpoint_s_unless_identities_are_united)
{
    static const fp_world_options united = {.federation = {.union_identity = true}};
    const fp_world_options *const options[] = {NULL, &united};
    static const char *const answers[] = {
        "deny; egress: deny end-of-tier in default peer east+0; ingress: " OPEN " peer east+0",
        "allow; egress: " BY_P " peer east+0; ingress: " OPEN " peer east+0"};

    for (size_t i = 0; i < FP_ARRAY_LEN(options); i++) {
        setup(options[i]);
        apply(mesh.east, NAMESPACE POD("web", "n1", "10.0.0.1") POD("db", "n1", "10.0.0.2"));
        apply(mesh.west, NAMESPACE POD("api", "n1", "10.0.0.2"));
        all_in_sync();
        put_one_rule("destination: {selector: app == 'api'}");
        expect("10.0.0.1 10.0.0.2 tcp", answers[i]);
        fp_test_mesh_done(&mesh);
    }
}
END_TEST

START_TEST(flows_of_two_families_or_none_are_refused)
{
    fp_verdict verdict = {.value = FP_VERDICT_DENY};
    fp_flow flow;

    setup(NULL);
    commit();
    flow = fp_test_flow(mesh.world, "10.0.0.1 fd00::1 tcp");
    ck_assert_int_eq(fp_verdict_evaluate(mesh.world, &flow, 0, &verdict), FEDPOL_E_INVALID);
    flow.source = flow.destination = (fp_ip){0};
    ck_assert_int_eq(fp_verdict_evaluate(mesh.world, &flow, 0, &verdict), FEDPOL_E_INVALID);
    ck_assert_int_eq(verdict.value, FP_VERDICT_DENY);
    fp_test_mesh_done(&mesh);
}
END_TEST

static void expect_trace(const fp_direction_verdict *direction, const char *lines)
{
    fp_buf text = {0};

    for (size_t i = 0; i < direction->n_trace; i++)
        fp_buf_printf(&text, "%s\n", direction->trace[i]);
    ck_assert_str_eq(text.data, lines);
    fp_buf_done(&text);
}

START_TEST(the_trace_tells_every_step_and_why_a_rule_did_not_match)
{
    fp_verdict verdict;
    fp_flow flow;

    setup(NULL);
    apply(mesh.east, NAMESPACE POD("web", "n1", "10.0.0.1"));
    apply(mesh.east, GLOBAL("p", "tier: kube-admin, selector: app == 'web', types: [Egress],\n"
                                 " egress: [{action: Log}, {action: Deny, protocol: UDP},\n"
                                 "  {action: Allow, destination: {selector: app == 'x'}},\n"
                                 "  {action: Allow, unheard: 1},\n"
                                 "  {action: Pass, protocol: TCP, destination: {ports: [80]}}]"));
    all_in_sync();
    flow = fp_test_flow(mesh.world, "10.0.0.1 8.8.8.8 tcp");
    ck_assert_int_eq(fp_verdict_evaluate(mesh.world, &flow, 0, &verdict), 0);
    expect_trace(&verdict.egress, "tier kube-admin\n"
                                  " GlobalNetworkPolicy//p\n"
                                  "  rule 0 log: match\n"
                                  "  rule 1 deny: no match protocol\n"
                                  "  rule 2 allow: no match destination selector\n"
                                  "  rule 3 allow: no match (not understood)\n"
                                  "  rule 4 pass: unknown destination ports\n"
                                  " end of tier: pass\n"
                                  " Profile//kns.shop\n"
                                  "  rule 0 allow: match\n");
    ck_assert_int_eq(verdict.value, FP_VERDICT_ALLOW);
    ck_assert_uint_eq(verdict.ingress.n_trace, 0);
    fp_verdict_done(&verdict);
    ck_assert_uint_eq(verdict.egress.n_trace, 0);
    fp_test_mesh_done(&mesh);
}
END_TEST

START_TEST(the_trace_is_bounded_and_the_answer_is_not)
{
    fp_verdict verdict;
    fp_buf yaml = {0};
    fp_flow flow;

    setup(NULL);
    apply(mesh.east, NAMESPACE POD("web", "n1", "10.0.0.1"));
    for (unsigned i = 0; i < 6; i++) {
        fp_buf_printf(&yaml,
                      "{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy,\n"
                      " metadata: {name: p%u}, spec: {types: [Egress], egress: [{action: Log}",
                      i);
        for (unsigned k = 1; k < 1000; k++)
            fp_buf_puts(&yaml, ", {action: Log}");
        fp_buf_puts(&yaml, i == 5 ? ", {action: Allow}]}}\n---\n" : "]}}\n---\n");
    }
    apply(mesh.east, yaml.data);
    fp_buf_done(&yaml);
    all_in_sync();
    flow = fp_test_flow(mesh.world, "10.0.0.1 8.8.8.8 tcp");
    ck_assert_int_eq(fp_verdict_evaluate(mesh.world, &flow, 0, &verdict), 0);
    ck_assert_uint_eq(verdict.egress.n_trace, 4096);
    ck_assert_str_eq(verdict.egress.trace[4094], "  rule 88 log: match");
    ck_assert_str_eq(verdict.egress.trace[4095], "(more steps are not shown)");
    ck_assert_int_eq(verdict.value, FP_VERDICT_ALLOW);
    ck_assert_int_eq(verdict.egress.rule, 1000);
    fp_verdict_done(&verdict);
    fp_test_mesh_done(&mesh);
}
END_TEST

START_TEST(values_and_reasons_have_names)
{
    static const char *const values[] = {"none", "allow", "deny", "undecidable", "unknown"};
    static const char *const reasons[] = {"none",       "rule",           "end-of-tier", "profile",
                                          "no-profile", "not-understood", "unsynced",    "unknown"};

    for (size_t i = 0; i < FP_ARRAY_LEN(values); i++)
        ck_assert_str_eq(fp_verdict_value_name((fp_verdict_value)i), values[i]);
    for (size_t i = 0; i < FP_ARRAY_LEN(reasons); i++)
        ck_assert_str_eq(fp_verdict_reason_name((fp_verdict_reason)i), reasons[i]);
}
END_TEST

typedef struct oom_case {
    fp_flow flow;
    fp_verdict_value value;
} oom_case;

static int evaluate(void *user)
{
    const oom_case *c = user;
    fp_verdict verdict;
    int r = fp_verdict_evaluate(mesh.world, &c->flow, 0, &verdict);

    if (r < 0)
        return r;
    ck_assert_int_eq(verdict.value, c->value);
    fp_verdict_done(&verdict);
    return 0;
}

START_TEST(an_evaluation_survives_running_out_of_memory)
{
    static const struct {
        const char *flow;
        fp_verdict_value value;
    } flows[] = {
        {"10.0.0.1 10.0.0.9 tcp port=80", FP_VERDICT_ALLOW},
        {"10.0.0.1 10.0.0.9 tcp", FP_VERDICT_UNDECIDABLE},
        {"10.0.0.1 8.8.8.8 udp", FP_VERDICT_DENY},
        {"8.8.8.8 10.0.0.9 tcp", FP_VERDICT_ALLOW},
    };

    setup(NULL);
    apply(mesh.east, NAMESPACE POD("web", "n1", "10.0.0.1") POD("a", "n1", "10.0.0.9")
                         POD("b", "n1", "10.0.0.9"));
    apply(mesh.west, NAMESPACE POD("api", "n1", "10.1.0.1"));
    all_in_sync();
    put_one_rule("protocol: TCP, destination: {ports: [80]}");
    for (size_t i = 0; i < FP_ARRAY_LEN(flows); i++) {
        oom_case c = {fp_test_flow(mesh.world, flows[i].flow), flows[i].value};

        fp_test_oom(evaluate, &c);
    }
    fp_test_mesh_done(&mesh);
}
END_TEST

FP_TEST_MAIN("policy/verdict-ends", only_endpoints_of_the_node_are_enforced, both_ends_must_allow,
             nothing_is_decided_before_the_local_cluster_is_complete,
             without_a_local_cluster_nothing_is_decided,
             an_incomplete_remote_leaves_open_what_depends_on_it,
             a_lost_cluster_keeps_its_data_and_shows_its_age,
             the_peer_is_a_workload_or_host_before_a_set,
             an_endpoint_may_be_meant_though_others_own_its_address,
             a_claimed_address_is_the_local_endpoint_s_unless_identities_are_united,
             flows_of_two_families_or_none_are_refused,
             the_trace_tells_every_step_and_why_a_rule_did_not_match,
             the_trace_is_bounded_and_the_answer_is_not, values_and_reasons_have_names,
             an_evaluation_survives_running_out_of_memory)
