/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/world.h"

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

FP_TEST_MAIN("policy/world", a_remote_pod_enters_the_set_of_a_rule_that_selects_it)
