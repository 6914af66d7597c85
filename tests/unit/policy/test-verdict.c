/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/verdict.h"

#include "tests/support/fp_test.h"
#include "tests/support/fp_verdict_test.h"
#include "tests/support/fp_world_test.h"

/*
 * How one direction is decided: every case is about traffic that leaves shop/web. Nobody else has
 * policies, so the other end is open.
 */

#define POD(name, ip)                                                                              \
    "apiVersion: v1\nkind: Pod\nmetadata: {namespace: shop, name: " name ", labels: {app: " name   \
    "}}\nspec: {nodeName: n1}\nstatus: {podIPs: [{ip: " ip "}]}\n---\n"
#define GLOBAL(name, tier, more)                                                                   \
    "{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {name: " name         \
    "},\n spec: {tier: " tier ", selector: app == 'web', types: [Egress], " more "}}\n---\n"
#define TIER(name, more)                                                                           \
    "{apiVersion: projectcalico.org/v3, kind: Tier, metadata: {name: " name "},\n spec: {" more    \
    "}}\n---\n"
#define PROFILE(name, more)                                                                        \
    "{apiVersion: projectcalico.org/v3, kind: Profile, metadata: {name: " name                     \
    "}, spec: {egress: [" more "]}}\n---\n"
/* A workload that names its profiles itself: 10.0.0.3. */
#define WORKLOAD(profiles)                                                                         \
    "{apiVersion: projectcalico.org/v3, kind: WorkloadEndpoint,\n"                                 \
    " metadata: {namespace: vms, name: vm, labels: {app: vm}},\n"                                  \
    " spec: {node: n1, workload: vm, interfaceName: tap1, ipNetworks: [10.0.0.3],\n"               \
    "  profiles: [" profiles "]}}\n---\n"

static const char base[] =
    "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n---\n" POD("web", "10.0.0.1")
        POD("db", "10.0.0.2");

static fp_test_mesh mesh;

static void setup(const fp_world_options *options, const char *objects)
{
    fp_cluster *clusters[3];

    ck_assert_int_eq(fp_test_mesh_new(1, options, &mesh), 0);
    clusters[0] = mesh.east;
    clusters[1] = mesh.west;
    clusters[2] = mesh.north;
    fp_test_apply_yaml(mesh.world, mesh.east, FP_WATCH_ADDED, fp_str_of(base));
    fp_test_apply_yaml(mesh.world, mesh.east, FP_WATCH_ADDED, fp_str_of(objects));
    for (size_t i = 0; i < FP_ARRAY_LEN(clusters); i++)
        fp_world_set_state(mesh.world, clusters[i], FP_STATE_IN_SYNC, 0);
    ck_assert_int_eq(fp_world_commit(mesh.world), 0);
}

typedef struct row {
    const char *objects;
    const char *flow;
    const char *egress;
} row;

static void check_rows(const fp_world_options *options, const row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        fp_verdict verdict;
        fp_flow flow;
        char *text;

        setup(options, rows[i].objects);
        flow = fp_test_flow(mesh.world, rows[i].flow);
        ck_assert_int_eq(fp_verdict_evaluate(mesh.world, &flow, 0, &verdict), 0);
        text = fp_test_direction_text(&verdict.egress);
        ck_assert_msg(fp_str_is(fp_str_of(text), rows[i].egress), "%s%s\n     got %s\nexpected %s",
                      rows[i].objects, rows[i].flow, text, rows[i].egress);
        ck_assert_int_eq(verdict.value, verdict.egress.value);
        fp_free(text);
        fp_verdict_done(&verdict);
        fp_test_mesh_done(&mesh);
    }
}

#define TO_DB "10.0.0.1 10.0.0.2 tcp port=80"
#define TO_WORLD "10.0.0.1 8.8.8.8 tcp port=80"
#define NO_PORT "10.0.0.1 8.8.8.8 tcp"
#define FROM_VM "10.0.0.3 8.8.8.8 tcp port=80"
#define OPEN "allow profile by Profile//kns.shop #0"

START_TEST(rules_decide_in_their_order)
{
    static const row rows[] = {
        {"", TO_WORLD, OPEN},
        {"", TO_DB, OPEN " peer east+0"},
        {GLOBAL("a", "default", "order: 1"), TO_WORLD, "deny end-of-tier in default"},
        {GLOBAL("a", "default",
                "egress: [{action: Deny, protocol: UDP}, {action: Allow}, {action: Deny}]"),
         TO_WORLD, "allow rule in default by GlobalNetworkPolicy//a #1"},
        {GLOBAL("a", "default", "egress: [{action: Log}, {action: Deny}, {action: Allow}]"),
         TO_WORLD, "deny rule in default by GlobalNetworkPolicy//a #1"},
        {GLOBAL("a", "default", "egress: [{action: Log}]"), TO_WORLD,
         "deny end-of-tier in default"},
        {GLOBAL("a", "default", "ingress: [{action: Deny}]"), TO_WORLD,
         "deny end-of-tier in default"},
        /* Two policies of one tier are one list. */
        {GLOBAL("b", "default", "order: 2, egress: [{action: Allow}]")
             GLOBAL("a", "default", "order: 1, egress: [{action: Deny, protocol: UDP}]"),
         TO_WORLD, "allow rule in default by GlobalNetworkPolicy//b #0"},
        {GLOBAL("b", "default", "order: 1, egress: [{action: Allow}]")
             GLOBAL("a", "default", "egress: [{action: Deny}]"),
         TO_WORLD, "allow rule in default by GlobalNetworkPolicy//b #0"},
        {GLOBAL("b", "default", "order: 1, egress: [{action: Allow}]")
             GLOBAL("a", "default", "order: 1, egress: [{action: Deny}]"),
         TO_WORLD, "deny rule in default by GlobalNetworkPolicy//a #0"},
    };

    check_rows(NULL, rows, FP_ARRAY_LEN(rows));
}
END_TEST

START_TEST(a_kubernetes_policy_counts_its_own_rules)
{
    static const row rows[] = {
        {"{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy,\n"
         " metadata: {namespace: shop, name: k}, spec: {podSelector: {}, policyTypes: [Egress],\n"
         "  egress: [{to: [{ipBlock: {cidr: 9.0.0.0/8}}, {ipBlock: {cidr: 7.0.0.0/8}}]},\n"
         "   {to: [{ipBlock: {cidr: 6.0.0.0/8}}, {podSelector: {matchLabels: {app: db}}}],\n"
         "    ports: [{protocol: UDP, port: 53}, {port: 80}]}]}}\n",
         TO_DB, "allow rule in default by KubernetesNetworkPolicy/shop/k #1 peer east+0"},
        {"{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy,\n"
         " metadata: {namespace: shop, name: k}, spec: {podSelector: {}, policyTypes: [Egress]}}\n",
         TO_WORLD, "deny end-of-tier in default"},
        {"{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy,\n"
         " metadata: {namespace: shop, name: k}, spec: {podSelector: {}}}\n",
         TO_WORLD, OPEN}, /* ingress alone */
        {"{apiVersion: projectcalico.org/v3, kind: NetworkPolicy,\n"
         " metadata: {namespace: shop, name: np},\n"
         " spec: {types: [Egress], egress: [{action: Allow}]}}\n",
         TO_WORLD, "allow rule in default by NetworkPolicy/shop/np #0"},
    };

    check_rows(NULL, rows, FP_ARRAY_LEN(rows));
}
END_TEST

START_TEST(tiers_follow_each_other_until_one_decides)
{
    static const row rows[] = {
        /* Pass leaves the tier and what is left of it. */
        {TIER("t1", "order: 1") GLOBAL("a", "t1", "order: 1, egress: [{action: Pass}]")
             GLOBAL("b", "t1", "order: 2, egress: [{action: Deny}]")
                 GLOBAL("c", "default", "egress: [{action: Allow}]"),
         TO_WORLD, "allow rule in default by GlobalNetworkPolicy//c #0"},
        {GLOBAL("a", "default", "egress: [{action: Pass}, {action: Deny}]"), TO_WORLD, OPEN},
        /* The end of a tier. */
        {TIER("t1", "order: 1") GLOBAL("a", "t1", "order: 1")
             GLOBAL("c", "default", "egress: [{action: Allow}]"),
         TO_WORLD, "deny end-of-tier in t1"},
        {TIER("t1", "order: 1, defaultAction: Pass") GLOBAL("a", "t1", "order: 1")
             GLOBAL("c", "default", "egress: [{action: Allow}]"),
         TO_WORLD, "allow rule in default by GlobalNetworkPolicy//c #0"},
        {GLOBAL("a", "kube-baseline", "order: 1"), TO_WORLD, OPEN},
        {GLOBAL("a", "kube-baseline", "egress: [{action: Deny}]")
             GLOBAL("c", "default", "egress: [{action: Pass}]"),
         TO_WORLD, "deny rule in kube-baseline by GlobalNetworkPolicy//a #0"},
        {GLOBAL("a", "kube-admin", "egress: [{action: Allow}]")
             GLOBAL("c", "default", "egress: [{action: Deny}]"),
         TO_WORLD, "allow rule in kube-admin by GlobalNetworkPolicy//a #0"},
        /* By order, then by name; without an order last. */
        {TIER("u", "order: 5") TIER("t", "order: 5") GLOBAL("a", "u", "egress: [{action: Allow}]")
             GLOBAL("b", "t", "egress: [{action: Deny}]"),
         TO_WORLD, "deny rule in t by GlobalNetworkPolicy//b #0"},
        {TIER("t", "defaultAction: Deny") GLOBAL("a", "t", "egress: [{action: Allow}]")
             GLOBAL("b", "kube-baseline", "egress: [{action: Deny}]"),
         TO_WORLD, "deny rule in kube-baseline by GlobalNetworkPolicy//b #0"},
        /* A tier without a policy for this direction has no end. */
        {TIER("t1", "order: 1") "{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy,\n"
                                " metadata: {name: a}, spec: {tier: t1, types: [Ingress]}}\n",
         TO_WORLD, OPEN},
        {TIER("t1", "order: 1") "{apiVersion: projectcalico.org/v3,\n"
                                " kind: StagedGlobalNetworkPolicy, metadata: {name: a},\n"
                                " spec: {tier: t1, types: [Egress], egress: [{action: Deny}]}}\n",
         TO_WORLD, OPEN},
        /* A tier that nobody made comes last, and denies. */
        {GLOBAL("c", "default", "egress: [{action: Pass}]")
             GLOBAL("a", "ghost", "egress: [{action: Allow, protocol: UDP}]"),
         TO_WORLD, "deny end-of-tier in ghost"},
        {GLOBAL("c", "default", "egress: [{action: Deny}]")
             GLOBAL("a", "ghost", "egress: [{action: Allow}]"),
         TO_WORLD, "deny rule in default by GlobalNetworkPolicy//c #0"},
        {GLOBAL("a", "ghost", "egress: [{action: Allow}]"), TO_WORLD,
         "allow rule in ghost by GlobalNetworkPolicy//a #0"},
        {GLOBAL("a", "ghost", "egress: [{action: Pass}]"), TO_WORLD, OPEN},
    };

    check_rows(NULL, rows, FP_ARRAY_LEN(rows));
}
END_TEST

START_TEST(profiles_decide_after_all_tiers)
{
    static const row rows[] = {
        {WORKLOAD(""), FROM_VM, "deny no-profile"},
        {WORKLOAD("p") PROFILE("p", "{action: Allow}"), FROM_VM, "allow profile by Profile//p #0"},
        {WORKLOAD("p") PROFILE("p", "{action: Allow, protocol: UDP}, {action: Deny}"), FROM_VM,
         "deny profile by Profile//p #1"},
        {WORKLOAD("p, q") PROFILE("p", "{action: Allow, protocol: UDP}, {action: Log}")
             PROFILE("q", "{action: Allow}"),
         FROM_VM, "allow profile by Profile//q #0"},
        {WORKLOAD("p") PROFILE("p", "{action: Allow, protocol: UDP}"), FROM_VM, "deny no-profile"},
        /* Pass goes on to the next profile; behind the last one is deny. */
        {WORKLOAD("p, q") PROFILE("p", "{action: Pass}, {action: Deny}")
             PROFILE("q", "{action: Allow}"),
         FROM_VM, "allow profile by Profile//q #0"},
        {WORKLOAD("p") PROFILE("p", "{action: Pass}, {action: Allow}"), FROM_VM, "deny no-profile"},
        /* A missing profile denies at its place. */
        {WORKLOAD("gone"), FROM_VM, "deny profile by Profile//gone"},
        {WORKLOAD("gone, p") PROFILE("p", "{action: Allow}"), FROM_VM,
         "deny profile by Profile//gone"},
        {WORKLOAD("p, gone") PROFILE("p", "{action: Allow}"), FROM_VM,
         "allow profile by Profile//p #0"},
        {WORKLOAD("p, gone") PROFILE("p", "{action: Allow, protocol: UDP}"), FROM_VM,
         "deny profile by Profile//gone"},
        {WORKLOAD("projectcalico-default-allow"), FROM_VM,
         "allow profile by Profile//projectcalico-default-allow #0"},
        {WORKLOAD("p") PROFILE("p", "{action: Deny, unheard: 1}"), FROM_VM,
         "deny not-understood by Profile//p #0"},
        {WORKLOAD("p") PROFILE("p", "{action: Allow, unheard: 1}"), FROM_VM, "deny no-profile"},
        /* A service account that is missing behind a namespace that is there changes nothing. */
        {"apiVersion: v1\nkind: Pod\nmetadata: {namespace: shop, name: sa}\n"
         "spec: {nodeName: n1, serviceAccountName: gone}\nstatus: {podIPs: [{ip: 10.0.0.3}]}\n",
         FROM_VM, OPEN},
        {"apiVersion: v1\nkind: Pod\nmetadata: {namespace: nowhere, name: a}\n"
         "spec: {nodeName: n1}\nstatus: {podIPs: [{ip: 10.0.0.3}]}\n",
         FROM_VM, "deny profile by Profile//kns.nowhere"},
    };

    check_rows(NULL, rows, FP_ARRAY_LEN(rows));
}
END_TEST

#define VOID_RULE(action)                                                                          \
    GLOBAL("a", "default", "egress: [{action: " action ", unheard: 1}, {action: Allow}]")

START_TEST(rules_that_are_not_understood_fail_closed)
{
    static const row rows[] = {
        {VOID_RULE("Allow"), TO_WORLD, "allow rule in default by GlobalNetworkPolicy//a #1"},
        {VOID_RULE("Deny"), TO_WORLD,
         "deny not-understood in default by GlobalNetworkPolicy//a #0"},
        {VOID_RULE("Pass"), TO_WORLD,
         "deny not-understood in default by GlobalNetworkPolicy//a #0"},
        {VOID_RULE("Log"), TO_WORLD, "allow rule in default by GlobalNetworkPolicy//a #1"},
        {VOID_RULE("Jump"), TO_WORLD,
         "deny not-understood in default by GlobalNetworkPolicy//a #0"},
        /* Also where its criteria could not have matched. */
        {GLOBAL("a", "default",
                "egress: [{action: Deny, protocol: UDP, unheard: 1}, {action: Allow}]"),
         TO_WORLD, "deny not-understood in default by GlobalNetworkPolicy//a #0"},
    };

    check_rows(NULL, rows, FP_ARRAY_LEN(rows));
}
END_TEST

START_TEST(rules_that_are_not_understood_may_be_ignored)
{
    static const fp_world_options options = {.ignore_unknown_rules = true};
    static const row rows[] = {
        {VOID_RULE("Allow"), TO_WORLD, "allow rule in default by GlobalNetworkPolicy//a #1"},
        {VOID_RULE("Deny"), TO_WORLD, "allow rule in default by GlobalNetworkPolicy//a #1"},
        {VOID_RULE("Pass"), TO_WORLD, "allow rule in default by GlobalNetworkPolicy//a #1"},
        {VOID_RULE("Log"), TO_WORLD, "allow rule in default by GlobalNetworkPolicy//a #1"},
        {GLOBAL("a", "default", "egress: [{action: Allow, unheard: 1}]"), TO_WORLD,
         "deny end-of-tier in default"},
    };

    check_rows(&options, rows, FP_ARRAY_LEN(rows));
}
END_TEST

#define TCP80 "protocol: TCP, destination: {ports: [80]}"

START_TEST(an_unknown_match_matters_only_if_the_answer_depends_on_it)
{
    static const row rows[] = {
        {GLOBAL("a", "default", "egress: [{action: Allow, " TCP80 "}]"), NO_PORT,
         "undecidable rule"},
        {GLOBAL("a", "default", "egress: [{action: Deny, " TCP80 "}, {action: Allow}]"), NO_PORT,
         "undecidable rule"},
        /* Both ways lead to the same answer; the rule that is certain is named. */
        {GLOBAL("a", "default", "egress: [{action: Allow, " TCP80 "}, {action: Allow}]"), NO_PORT,
         "allow rule in default by GlobalNetworkPolicy//a #1"},
        {GLOBAL("a", "default", "egress: [{action: Deny, " TCP80 "}]"), NO_PORT,
         "deny end-of-tier in default"},
        {GLOBAL("a", "default", "egress: [{action: Log, " TCP80 "}, {action: Allow}]"), NO_PORT,
         "allow rule in default by GlobalNetworkPolicy//a #1"},
        {GLOBAL("a", "default", "egress: [{action: Allow}, {action: Deny, " TCP80 "}]"), NO_PORT,
         "allow rule in default by GlobalNetworkPolicy//a #0"},
        /* Perhaps out of the tier, perhaps not. */
        {GLOBAL("a", "kube-admin", "egress: [{action: Pass, " TCP80 "}, {action: Deny}]")
             GLOBAL("c", "default", "egress: [{action: Allow}]"),
         NO_PORT, "undecidable rule"},
        {GLOBAL("a", "kube-admin", "egress: [{action: Pass, " TCP80 "}, {action: Allow}]")
             GLOBAL("c", "default", "egress: [{action: Allow}]"),
         NO_PORT, "allow rule in default by GlobalNetworkPolicy//c #0"},
        {GLOBAL("a", "kube-admin", "egress: [{action: Pass, " TCP80 "}]")
             GLOBAL("c", "default", "egress: [{action: Deny}]"),
         NO_PORT, "deny rule in default by GlobalNetworkPolicy//c #0"},
        {GLOBAL("a", "default", "egress: [{action: Pass, " TCP80 "}]"), NO_PORT,
         "undecidable rule"},
        {GLOBAL("a", "default", "order: 1, egress: [{action: Pass, " TCP80 "}]")
             GLOBAL("b", "default", "order: 2, egress: [{action: Allow}]"),
         NO_PORT, "allow profile by Profile//kns.shop #0"},
        {WORKLOAD("p, q") PROFILE("p", "{action: Pass, " TCP80 "}, {action: Deny}")
             PROFILE("q", "{action: Allow}"),
         "10.0.0.3 8.8.8.8 tcp", "undecidable rule"},
        {WORKLOAD("p, q") PROFILE("p", "{action: Allow, " TCP80 "}")
             PROFILE("q", "{action: Allow}"),
         "10.0.0.3 8.8.8.8 tcp", "allow profile by Profile//q #0"},
        {WORKLOAD("p") PROFILE("p", "{action: Allow, " TCP80 "}"), "10.0.0.3 8.8.8.8 tcp",
         "undecidable rule"},
        {GLOBAL("a", "default", "egress: [{action: Allow, " TCP80 "}]"), "10.0.0.1 10.0.0.2 tcp",
         "undecidable rule peer east+0"},
    };

    check_rows(NULL, rows, FP_ARRAY_LEN(rows));
}
END_TEST

FP_TEST_MAIN("policy/verdict", rules_decide_in_their_order,
             a_kubernetes_policy_counts_its_own_rules, tiers_follow_each_other_until_one_decides,
             profiles_decide_after_all_tiers, rules_that_are_not_understood_fail_closed,
             rules_that_are_not_understood_may_be_ignored,
             an_unknown_match_matters_only_if_the_answer_depends_on_it)
