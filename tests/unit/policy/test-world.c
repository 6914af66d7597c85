/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/world.h"

#include "libfedpol/base/error.h"
#include "tests/support/fp_test.h"
#include "tests/support/fp_world_test.h"

#define POD(ns, name, ip, labels)                                                                  \
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"namespace\":\"" ns                    \
    "\",\"name\":\"" name "\",\"labels\":{" labels "}},\"spec\":{\"nodeName\":\"n1\"},"            \
    "\"status\":{\"podIP\":\"" ip "\",\"podIPs\":[{\"ip\":\"" ip "\"}]}}"
#define NAMESPACE(name)                                                                            \
    "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"" name "\"}}"
#define POLICY(ns, name, rest)                                                                     \
    "{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"NetworkPolicy\",\"metadata\":{"           \
    "\"namespace\":\"" ns "\",\"name\":\"" name "\"},\"spec\":{" rest "}}"
#define TIER(name, rest)                                                                           \
    "{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"Tier\",\"metadata\":{\"name\":\"" name    \
    "\"},\"spec\":{" rest "}}"

static fp_test_mesh mesh;

static void setup(void)
{
    ck_assert_int_eq(fp_test_mesh_new(1, NULL, &mesh), 0);
}

static void put(fp_cluster *cluster, const char *json)
{
    ck_assert_int_eq(fp_test_apply(mesh.world, cluster, FP_WATCH_ADDED, json), 0);
}

static void drop(fp_cluster *cluster, const char *json)
{
    ck_assert_int_eq(fp_test_apply(mesh.world, cluster, FP_WATCH_DELETED, json), 0);
}

/* Commits, and compares the delta with its lines. */
static void expect(const char *lines)
{
    fp_delta *delta;
    char *text;

    ck_assert_int_eq(fp_world_commit(mesh.world), 0);
    ck_assert_int_eq(fp_world_take_delta(mesh.world, &delta), 0);
    text = fp_test_delta_text(delta);
    ck_assert_str_eq(text, lines);
    fp_free(text);
    (void)fp_delta_unref(delta);
}

START_TEST(a_remote_pod_enters_the_set_of_a_rule_that_selects_it)
{
    setup();
    put(mesh.east, NAMESPACE("shop"));
    put(mesh.east, POD("shop", "web", "10.0.0.1", "\"app\":\"web\""));
    put(mesh.east,
        POLICY("shop", "a",
               "\"selector\":\"app == 'web'\",\"egress\":[{\"action\":\"Allow\","
               "\"destination\":{\"selector\":\"app == 'db'\"}}],\"types\":[\"Egress\"]"));
    expect("+endpoint shop/web\n"
           "+policy NetworkPolicy/shop/a\n"
           "+policy Profile//kns.shop\n"
           "+set (projectcalico.org/namespace == \"shop\" && app == \"db\") net allow\n");
    put(mesh.west, POD("shop", "db", "10.1.0.1", "\"app\":\"db\""));
    expect("+member (projectcalico.org/namespace == \"shop\" && app == \"db\") net allow | "
           "10.1.0.1\n");
    drop(mesh.west, POD("shop", "db", "10.1.0.1", ""));
    expect("-member (projectcalico.org/namespace == \"shop\" && app == \"db\") net allow | "
           "10.1.0.1\n");
    fp_test_mesh_done(&mesh);
}
END_TEST

/* Diagnostics of a cluster by their code. */
static size_t count_diags(const fp_cluster *cluster, fp_diag_code code)
{
    const fp_kept_diag **diags;
    size_t n, found = 0;

    ck_assert_int_eq(fp_cluster_diag_list(cluster, &diags, &n), 0);
    for (size_t i = 0; i < n; i++)
        found += diags[i]->code == code;
    return found;
}

START_TEST(clusters_have_names_of_their_own_and_one_is_local)
{
    fp_cluster *cluster;
    fp_world_options options = {.scope = FP_SCOPE_LOCAL};

    setup();
    ck_assert_int_eq(fp_world_add_cluster(mesh.world, FP_STR("west"), FP_ROLE_REMOTE, &cluster),
                     FEDPOL_E_EXISTS);
    ck_assert_int_eq(fp_world_add_cluster(mesh.world, FP_STR("other"), FP_ROLE_LOCAL, &cluster),
                     FEDPOL_E_EXISTS);
    ck_assert_int_eq(fp_world_add_cluster(mesh.world, FP_STR("No!"), FP_ROLE_REMOTE, &cluster),
                     FEDPOL_E_INVALID);
    ck_assert_int_eq(fp_world_set_options(mesh.world, &options), FEDPOL_E_STATE);
    ck_assert_ptr_eq(fp_world_cluster(mesh.world, 0), mesh.east);
    ck_assert_ptr_eq(fp_world_cluster(mesh.world, 1), mesh.north);
    ck_assert_ptr_eq(fp_world_cluster(mesh.world, 2), mesh.west);
    ck_assert_ptr_null(fp_world_cluster(mesh.world, 3));
    ck_assert_ptr_eq(fp_world_find_cluster(mesh.world, FP_STR("north")), mesh.north);
    ck_assert_ptr_null(fp_world_find_cluster(mesh.world, FP_STR("nort")));
    fp_test_mesh_done(&mesh);
}
END_TEST

START_TEST(the_number_of_a_removed_cluster_lends_nothing_to_the_next)
{
    fp_cluster *next;

    setup();
    put(mesh.east, POD("shop", "web", "10.0.0.1", ""));
    put(mesh.east, POLICY("shop", "a",
                          "\"ingress\":[{\"action\":\"Allow\",\"source\":{\"namespaceSelector\":"
                          "\"has(projectcalico.org/name)\"}}]"));
    put(mesh.west, NAMESPACE("far"));
    put(mesh.west, POD("far", "a", "10.1.0.1", ""));
    ck_assert_int_eq(fp_world_commit(mesh.world), 0);
    ck_assert_int_eq(fp_world_remove_cluster(mesh.world, mesh.west), 0);
    ck_assert_int_eq(fp_world_add_cluster(mesh.world, FP_STR("south"), FP_ROLE_REMOTE, &next), 0);
    put(next, POD("far", "b", "10.2.0.1", ""));
    expect("+endpoint shop/web\n"
           "+policy NetworkPolicy/shop/a\n"
           "+policy Profile//kns.shop\n"
           "+set has(pcns.projectcalico.org/name) net allow\n");
    fp_test_mesh_done(&mesh);
}
END_TEST

START_TEST(unknown_kinds_and_what_a_remote_may_not_say_are_counted)
{
    setup();
    put(mesh.west, "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"}}");
    put(mesh.west, POLICY("shop", "a", ""));
    put(mesh.west, POLICY("shop", "b", ""));
    put(mesh.west, TIER("first", ""));
    ck_assert(!fp_world_is_dirty(mesh.world));
    ck_assert_uint_eq(fp_cluster_counters_of(mesh.west)->unknown_kinds, 1);
    ck_assert_uint_eq(fp_cluster_counters_of(mesh.west)->ignored_kinds, 3);
    ck_assert_uint_eq(count_diags(mesh.west, FP_DIAG_IGNORED_REMOTE_KIND), 2);
    fp_test_mesh_done(&mesh);
}
END_TEST

START_TEST(changes_that_cancel_are_not_told)
{
    const char *policy = POLICY("shop", "a",
                                "\"ingress\":[{\"action\":\"Allow\",\"source\":{"
                                "\"selector\":\"app == 'db'\"}}]");

    setup();
    put(mesh.east, NAMESPACE("shop"));
    put(mesh.east, POD("shop", "web", "10.0.0.1", ""));
    put(mesh.east, policy);
    put(mesh.west, POD("shop", "db", "10.1.0.1", "\"app\":\"db\""));
    expect("+endpoint shop/web\n"
           "+member (projectcalico.org/namespace == \"shop\" && app == \"db\") net allow | "
           "10.1.0.1\n"
           "+policy NetworkPolicy/shop/a\n"
           "+policy Profile//kns.shop\n"
           "+set (projectcalico.org/namespace == \"shop\" && app == \"db\") net allow\n");
    drop(mesh.east, policy);
    ck_assert_int_eq(fp_world_commit(mesh.world), 0);
    drop(mesh.west, POD("shop", "db", "10.1.0.1", ""));
    ck_assert_int_eq(fp_world_commit(mesh.world), 0);
    put(mesh.east, policy);
    ck_assert_int_eq(fp_world_commit(mesh.world), 0);
    put(mesh.west, POD("shop", "db", "10.1.0.2", "\"app\":\"db\""));
    expect("+member (projectcalico.org/namespace == \"shop\" && app == \"db\") net allow | "
           "10.1.0.2\n"
           "-member (projectcalico.org/namespace == \"shop\" && app == \"db\") net allow | "
           "10.1.0.1\n");
    put(mesh.east, policy);
    expect("");
    fp_test_mesh_done(&mesh);
}
END_TEST

START_TEST(an_address_departs_when_its_last_endpoint_does)
{
    setup();
    put(mesh.east, NAMESPACE("shop"));
    put(mesh.east, POD("shop", "a", "10.0.0.1", ""));
    put(mesh.east, POD("shop", "b", "10.0.0.1", ""));
    put(mesh.east, POD("shop", "c", "10.0.0.3", ""));
    expect("+endpoint shop/a\n+endpoint shop/b\n+endpoint shop/c\n+policy Profile//kns.shop\n");
    drop(mesh.east, POD("shop", "a", "10.0.0.1", ""));
    expect("-endpoint shop/a\n");
    drop(mesh.east, POD("shop", "b", "10.0.0.1", ""));
    put(mesh.east, POD("shop", "c", "10.0.0.4", ""));
    expect("-address 10.0.0.1\n-address 10.0.0.3\n-endpoint shop/b\n~endpoint shop/c\n");
    fp_test_mesh_done(&mesh);
}
END_TEST

START_TEST(a_delta_outlives_the_world)
{
    fp_delta *delta;

    setup();
    put(mesh.east, POD("shop", "web", "10.0.0.1", ""));
    put(mesh.east, POLICY("shop", "a",
                          "\"ingress\":[{\"action\":\"Allow\",\"source\":{\"selector\":\"a == 'b'"
                          "\"}}]"));
    ck_assert_int_eq(fp_world_commit(mesh.world), 0);
    ck_assert_int_eq(fp_world_take_delta(mesh.world, &delta), 0);
    fp_test_mesh_done(&mesh);
    ck_assert_uint_eq(delta->n_sets, 1);
    ck_assert_uint_eq(delta->sets[0].set->type, FP_SET_NET);
    (void)fp_delta_unref(fp_delta_ref(delta));
    ck_assert_ptr_null(fp_delta_unref(delta));
}
END_TEST

START_TEST(a_refused_object_says_why_until_it_goes)
{
    const char *bad = POD("shop", "web", "10.0.0.300", "");
    fp_kept_diag diag;
    const fp_kept_diag **diags;
    size_t n;

    setup();
    put(mesh.west, bad);
    ck_assert_int_eq(fp_cluster_diag_list(mesh.west, &diags, &n), 0);
    ck_assert_uint_gt(n, 0);
    diag = *diags[0];
    ck_assert_str(diag.name, "web");
    ck_assert_int_eq(diag.severity, FP_SEVERITY_ERROR);
    ck_assert_uint_eq(fp_cluster_counters_of(mesh.west)->refused_objects, 1);
    fp_world_begin_resync(mesh.world, mesh.west, FP_KIND_POD);
    ck_assert_int_eq(fp_world_end_resync(mesh.world, mesh.west, FP_KIND_POD), 0);
    ck_assert_uint_eq(fp_cluster_diag_count(mesh.west), 0);
    ck_assert_uint_eq(fp_cluster_count(mesh.west, FP_KIND_UNKNOWN), 0);
    fp_test_mesh_done(&mesh);
}
END_TEST

START_TEST(bytes_without_an_object_are_reported_and_leave_what_is_known)
{
    const fp_wire_object where = {.api_version = FP_STR("v1"), .kind = FP_STR("Pod")};
    fedpol_error *error = NULL;

    setup();
    put(mesh.west, POD("shop", "web", "10.1.0.1", ""));
    (void)fp_error_set(&error, FEDPOL_E_TOO_DEEP, FP_STR_NULL, 7, "nested too deep");
    ck_assert_int_eq(
        fp_world_report(mesh.world, mesh.west, &where, error, FP_STR("pods.json: byte 7")), 0);
    error = fedpol_error_free(error);
    ck_assert_uint_eq(fp_cluster_diag_count(mesh.west), 1);
    ck_assert_uint_eq(fp_cluster_count(mesh.west, FP_KIND_POD), 1);
    fp_test_mesh_done(&mesh);
}
END_TEST

START_TEST(a_node_of_the_local_cluster_tells_its_pod_cidrs)
{
    const fp_node_desc *node;

    setup();
    put(mesh.east, "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"n1\"},"
                   "\"spec\":{\"podCIDRs\":[\"10.0.0.0/24\",\"fd00::/64\"]}}");
    node = fp_world_node(mesh.world, FP_STR("n1"));
    ck_assert_ptr_nonnull(node);
    ck_assert_uint_eq(node->n_pod_cidrs, 2);
    ck_assert_ptr_null(fp_world_node(mesh.world, FP_STR("n2")));
    drop(mesh.east, "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"n1\"}}");
    ck_assert_ptr_null(fp_world_node(mesh.world, FP_STR("n1")));
    fp_test_mesh_done(&mesh);
}
END_TEST

START_TEST(a_host_endpoint_that_would_be_enforced_is_an_error)
{
    setup();
    put(mesh.east,
        "{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"HostEndpoint\",\"metadata\":"
        "{\"name\":\"h\"},\"spec\":{\"node\":\"n1\",\"interfaceName\":\"eth0\"}}");
    put(mesh.west,
        "{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"HostEndpoint\",\"metadata\":"
        "{\"name\":\"h\"},\"spec\":{\"node\":\"n1\",\"interfaceName\":\"eth0\"}}");
    ck_assert_uint_eq(count_diags(mesh.east, FP_DIAG_UNSUPPORTED), 1);
    ck_assert_uint_eq(count_diags(mesh.west, FP_DIAG_UNSUPPORTED), 0);
    expect("");
    fp_test_mesh_done(&mesh);
}
END_TEST

FP_TEST_MAIN("policy/world", a_remote_pod_enters_the_set_of_a_rule_that_selects_it,
             clusters_have_names_of_their_own_and_one_is_local,
             the_number_of_a_removed_cluster_lends_nothing_to_the_next,
             unknown_kinds_and_what_a_remote_may_not_say_are_counted,
             changes_that_cancel_are_not_told, an_address_departs_when_its_last_endpoint_does,
             a_delta_outlives_the_world, a_refused_object_says_why_until_it_goes,
             bytes_without_an_object_are_reported_and_leave_what_is_known,
             a_node_of_the_local_cluster_tells_its_pod_cidrs,
             a_host_endpoint_that_would_be_enforced_is_an_error)
