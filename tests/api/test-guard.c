/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "api_test.h"
#include "mesh.h"

/* The mesh with cluster "west" made anew under a guard, empty and in sync. */
static void setup(mesh *m, const fedpol_guard *guard)
{
    ck_assert_int_eq(mesh_init(m), 0);
    ck_assert_int_eq(fedpol_cluster_remove(m->west), 0);
    m->west = fedpol_cluster_unref(m->west);
    ck_assert_int_eq(fedpol_context_set_guard(m->context, "west", guard), 0);
    ck_assert_int_eq(fedpol_cluster_new(m->context, "west", FEDPOL_ROLE_REMOTE, &m->west, NULL), 0);
    ck_assert_int_eq(fedpol_cluster_set_synced(m->west), 0);
}

static int feed(fedpol_cluster *cluster, const char *json)
{
    return fedpol_cluster_feed(cluster, json, strlen(json), NULL);
}

static int put_pod(mesh *m, const char *ns, const char *name, const char *ip)
{
    char text[512];

    (void)snprintf(text, sizeof(text),
                   "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"%s\","
                   "\"namespace\":\"%s\",\"labels\":{\"app\":\"web\"}},\"spec\":{\"nodeName\":"
                   "\"w1\"},\"status\":{\"podIP\":\"%s\",\"podIPs\":[{\"ip\":\"%s\"}]}}",
                   name, ns, ip, ip);
    return feed(m->west, text);
}

static fedpol_cluster_info info_of(mesh *m)
{
    fedpol_cluster_info info;

    fedpol_cluster_info_init(&info, sizeof(info));
    ck_assert_int_eq(fedpol_cluster_get_info(m->west, &info), 0);
    return info;
}

/* How many diagnostics of that code west has. */
static size_t count_code(mesh *m, const char *code)
{
    fedpol_diagnostic_list *list = NULL;
    size_t n = 0;

    ck_assert_int_eq(fedpol_context_query_diagnostics(m->context, &list), 0);
    for (size_t i = 0; i < fedpol_diagnostic_list_get_count(list); i++)
        n += strcmp(fedpol_diagnostic_list_get_code(list, i), code) == 0;
    fedpol_diagnostic_list_unref(list);
    return n;
}

START_TEST(namespaces_that_are_not_let_in_bring_nothing)
{
    fedpol_guard *guard = NULL;
    mesh m;

    ck_assert_int_eq(fedpol_guard_new(&guard), 0);
    ck_assert_int_eq(fedpol_guard_add_namespace(guard, "shop"), 0);
    ck_assert_int_eq(fedpol_guard_add_namespace(guard, "test"), 0);
    ck_assert_int_eq(fedpol_guard_exclude_namespace(guard, "test"), 0);
    setup(&m, guard);
    guard = fedpol_guard_free(guard);
    ck_assert_int_eq(put_pod(&m, "shop", "a", "10.1.0.1"), 0);
    ck_assert_int_eq(put_pod(&m, "other", "b", "10.1.0.2"), 0);
    ck_assert_int_eq(put_pod(&m, "test", "c", "10.1.0.3"), 0);
    ck_assert_int_eq(feed(m.west, "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{"
                                  "\"name\":\"other\"}}"),
                     0);
    ck_assert_uint_eq(info_of(&m).objects, 1);
    ck_assert_uint_eq(info_of(&m).guarded, 3);
    ck_assert_int_eq(mesh_ask(&m, "10.1.0.1", "shop/db", 5432), FEDPOL_VERDICT_ALLOW);
    ck_assert_int_eq(mesh_ask(&m, "10.1.0.2", "shop/db", 5432), FEDPOL_VERDICT_DENY);
    mesh_done(&m);
}
END_TEST

START_TEST(addresses_that_it_may_not_claim_are_left_out)
{
    fedpol_guard *guard = NULL;
    mesh m;

    ck_assert_int_eq(fedpol_guard_new(&guard), 0);
    ck_assert_int_eq(fedpol_guard_add_cidr(guard, "10.1.0.0/16"), 0);
    ck_assert_int_eq(fedpol_guard_add_cidr(guard, "192.0.2.7"), 0);
    setup(&m, guard);
    guard = fedpol_guard_free(guard);
    ck_assert_int_eq(put_pod(&m, "shop", "a", "10.1.0.1"), 0);
    ck_assert_int_eq(put_pod(&m, "shop", "b", "10.2.0.1"), 0);
    ck_assert_int_eq(put_pod(&m, "shop", "c", "192.0.2.7"), 0);
    ck_assert_int_eq(mesh_ask(&m, "10.1.0.1", "shop/db", 5432), FEDPOL_VERDICT_ALLOW);
    ck_assert_int_eq(mesh_ask(&m, "192.0.2.7", "shop/db", 5432), FEDPOL_VERDICT_ALLOW);
    ck_assert_int_eq(mesh_ask(&m, "10.2.0.1", "shop/db", 5432), FEDPOL_VERDICT_DENY);
    ck_assert_uint_eq(info_of(&m).endpoints, 3);
    ck_assert_uint_eq(info_of(&m).guarded, 1);
    ck_assert_uint_eq(count_code(&m, "outside-claim"), 1);
    ck_assert_int_eq(put_pod(&m, "shop", "b", "10.1.0.9"), 0);
    ck_assert_uint_eq(count_code(&m, "outside-claim"), 0);
    mesh_done(&m);
}
END_TEST

START_TEST(back_ends_may_not_claim_what_endpoints_may_not)
{
    static const char objects[] =
        "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{\"apiVersion\":\"v1\",\"kind\":"
        "\"Service\",\"metadata\":{\"namespace\":\"shop\",\"name\":\"app\",\"labels\":{\"run\":"
        "\"x\"}},\"spec\":{\"ports\":[{\"name\":\"ui\",\"port\":80}]}},{\"apiVersion\":\"v1\","
        "\"kind\":\"Endpoints\",\"metadata\":{\"namespace\":\"shop\",\"name\":\"app\"},"
        "\"subsets\":[{\"addresses\":[{\"ip\":\"10.1.0.9\"},{\"ip\":\"10.0.0.1\"}],\"ports\":[{"
        "\"name\":\"ui\",\"port\":9000}]}]}]}";
    static const char federated[] =
        "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"namespace\":\"shop\","
        "\"name\":\"fed\",\"annotations\":{\"federation.tigera.io/serviceSelector\":\"has(run)\"}},"
        "\"spec\":{\"ports\":[{\"name\":\"ui\",\"port\":80}]}}";
    fedpol_service_list *list = NULL;
    fedpol_guard *guard = NULL;
    mesh m;

    ck_assert_int_eq(fedpol_guard_new(&guard), 0);
    ck_assert_int_eq(fedpol_guard_add_cidr(guard, "10.1.0.0/16"), 0);
    setup(&m, guard);
    guard = fedpol_guard_free(guard);
    ck_assert_int_eq(feed(m.east, federated), 0);
    ck_assert_int_eq(feed(m.west, objects), 0);
    ck_assert_int_eq(fedpol_context_query_services(m.context, &list), 0);
    ck_assert_uint_eq(fedpol_service_list_get_backend_count(list, 0), 1);
    ck_assert_str_eq(fedpol_service_list_get_backend_address(list, 0, 0), "10.1.0.9");
    fedpol_service_list_unref(list);
    ck_assert_uint_eq(count_code(&m, "outside-claim"), 1);
    mesh_done(&m);
}
END_TEST

/* Three pods of at most two: the third is left out until a list has no more than two. */
static void check_overload(mesh *m)
{
    ck_assert_int_eq(put_pod(m, "shop", "a", "10.1.0.1"), 0);
    ck_assert_int_eq(put_pod(m, "shop", "b", "10.1.0.2"), 0);
    ck_assert_uint_eq(info_of(m).overloaded, 0);
    ck_assert_int_eq(put_pod(m, "shop", "c", "10.1.0.3"), FEDPOL_E_LIMIT);
    ck_assert_uint_eq(info_of(m).overloaded, 1);
    ck_assert_uint_eq(info_of(m).endpoints, 2);
    ck_assert_uint_eq(count_code(m, "limit"), 1);
    ck_assert_int_eq(mesh_ask(m, "10.1.0.3", "shop/db", 5432), FEDPOL_VERDICT_DENY);
    /* What is known follows its changes. */
    ck_assert_int_eq(put_pod(m, "shop", "b", "10.1.0.4"), 0);
    ck_assert_int_eq(mesh_ask(m, "10.1.0.4", "shop/db", 5432), FEDPOL_VERDICT_ALLOW);
    /* A list that is too long again. */
    ck_assert_int_eq(fedpol_cluster_begin_resync(m->west, "v1", "Pod"), 0);
    ck_assert_int_eq(put_pod(m, "shop", "a", "10.1.0.1"), 0);
    ck_assert_int_eq(put_pod(m, "shop", "b", "10.1.0.4"), 0);
    ck_assert_int_eq(put_pod(m, "shop", "c", "10.1.0.3"), FEDPOL_E_LIMIT);
    ck_assert_int_eq(fedpol_cluster_end_resync(m->west, "v1", "Pod"), 0);
    ck_assert_uint_eq(info_of(m).overloaded, 1);
    /* And one that is not. */
    ck_assert_int_eq(fedpol_cluster_begin_resync(m->west, "v1", "Pod"), 0);
    ck_assert_int_eq(put_pod(m, "shop", "a", "10.1.0.1"), 0);
    ck_assert_int_eq(fedpol_cluster_end_resync(m->west, "v1", "Pod"), 0);
    ck_assert_uint_eq(info_of(m).overloaded, 0);
    ck_assert_uint_eq(count_code(m, "limit"), 0);
    ck_assert_int_eq(put_pod(m, "shop", "c", "10.1.0.3"), 0);
    ck_assert_int_eq(mesh_ask(m, "10.1.0.3", "shop/db", 5432), FEDPOL_VERDICT_ALLOW);
}

START_TEST(more_than_a_limit_allows_is_left_out_and_told)
{
    for (int which = 0; which < 3; which++) {
        fedpol_guard *guard = NULL;
        mesh m;

        ck_assert_int_eq(fedpol_guard_new(&guard), 0);
        if (which == 0)
            ck_assert_int_eq(fedpol_guard_set_max_objects(guard, 2), 0);
        else if (which == 1)
            ck_assert_int_eq(fedpol_guard_set_max_endpoints(guard, 2), 0);
        else
            ck_assert_int_eq(fedpol_guard_set_max_bytes(guard, 650), 0); /* some 280 each */
        setup(&m, guard);
        guard = fedpol_guard_free(guard);
        check_overload(&m);
        mesh_done(&m);
    }
}
END_TEST

START_TEST(an_object_that_grew_too_large_stays_as_it_was)
{
    char text[2000] = "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\","
                      "\"namespace\":\"shop\",\"labels\":{\"app\":\"web\"";
    fedpol_guard *guard = NULL;
    mesh m;

    for (int i = 0; i < 20; i++)
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
                       ",\"label-%02d\":\"a-rather-long-value-%02d\"", i, i);
    (void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
                   "}},\"spec\":{\"nodeName\":\"w1\"},\"status\":{\"podIP\":\"10.1.0.5\","
                   "\"podIPs\":[{\"ip\":\"10.1.0.5\"}]}}");
    ck_assert_int_eq(fedpol_guard_new(&guard), 0);
    ck_assert_int_eq(fedpol_guard_set_max_bytes(guard, 650), 0);
    setup(&m, guard);
    guard = fedpol_guard_free(guard);
    ck_assert_int_eq(put_pod(&m, "shop", "a", "10.1.0.1"), 0);
    ck_assert_int_eq(feed(m.west, text), FEDPOL_E_LIMIT);
    ck_assert_int_eq(mesh_ask(&m, "10.1.0.1", "shop/db", 5432), FEDPOL_VERDICT_ALLOW);
    ck_assert_int_eq(mesh_ask(&m, "10.1.0.5", "shop/db", 5432), FEDPOL_VERDICT_DENY);
    mesh_done(&m);
}
END_TEST

static void set_time(mesh *m, int64_t now_ms)
{
    ck_assert_int_eq(fedpol_context_set_time(m->context, now_ms), 0);
}

START_TEST(a_lost_cluster_leaves_allow_and_deny_sets_each_in_its_time)
{
    static const char denies[] =
        "{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"NetworkPolicy\",\"metadata\":{"
        "\"namespace\":\"shop\",\"name\":\"denies\"},\"spec\":{\"order\":1,\"selector\":\"app == "
        "'db'\",\"types\":[\"Ingress\"],\"ingress\":[{\"action\":\"Deny\",\"source\":{"
        "\"selector\":\"app == 'cron'\"}},{\"action\":\"Allow\",\"source\":{\"nets\":["
        "\"10.1.0.2/32\"]}}]}}";
    mesh m;

    ck_assert_int_eq(mesh_init(&m), 0);
    ck_assert_int_eq(feed(m.east, denies), 0);
    ck_assert_int_eq(fedpol_cluster_set_endpoint_timeout(m.west, FEDPOL_USE_ALLOW, 1000), 0);
    ck_assert_int_eq(fedpol_cluster_set_endpoint_timeout(m.west, FEDPOL_USE_DENY, 5000), 0);
    set_time(&m, 100000);
    ck_assert_int_eq(fedpol_cluster_set_lost(m.west), 0);
    set_time(&m, 100999);
    ck_assert_int_eq(mesh_ask(&m, "10.1.0.1", "shop/db", 5432), FEDPOL_VERDICT_ALLOW);
    ck_assert_int_eq(mesh_ask(&m, "10.1.0.2", "shop/db", 5432), FEDPOL_VERDICT_DENY);
    ck_assert_uint_eq(info_of(&m).withdrawn, 0);
    set_time(&m, 101000);
    ck_assert_int_eq(mesh_ask(&m, "10.1.0.1", "shop/db", 5432), FEDPOL_VERDICT_DENY);
    ck_assert_int_eq(mesh_ask(&m, "10.1.0.2", "shop/db", 5432), FEDPOL_VERDICT_DENY);
    ck_assert_uint_eq(info_of(&m).withdrawn, FEDPOL_WITHDRAWN_ALLOW);
    set_time(&m, 105000);
    ck_assert_int_eq(mesh_ask(&m, "10.1.0.2", "shop/db", 5432), FEDPOL_VERDICT_ALLOW);
    ck_assert_uint_eq(info_of(&m).withdrawn, FEDPOL_WITHDRAWN_ALLOW | FEDPOL_WITHDRAWN_DENY);
    ck_assert_uint_eq(info_of(&m).endpoints, 2);
    ck_assert_int_eq(fedpol_cluster_set_synced(m.west), 0);
    ck_assert_int_eq(mesh_ask(&m, "10.1.0.1", "shop/db", 5432), FEDPOL_VERDICT_ALLOW);
    ck_assert_int_eq(mesh_ask(&m, "10.1.0.2", "shop/db", 5432), FEDPOL_VERDICT_DENY);
    mesh_done(&m);
}
END_TEST

/* The members of all sets of east's policy, one a line. */
static void put_members(mesh *m, char *text, size_t size)
{
    fedpol_set_list *sets = NULL;

    text[0] = '\0';
    ck_assert_int_eq(fedpol_context_query_sets(m->context, &sets), 0);
    for (size_t i = 0; i < fedpol_set_list_get_count(sets); i++)
        for (size_t k = 0; k < fedpol_set_list_get_member_count(sets, i); k++)
            (void)snprintf(text + strlen(text), size - strlen(text), "%s %s\n",
                           fedpol_set_use_name(fedpol_set_list_get_use(sets, i)),
                           fedpol_set_list_get_member(sets, i, k));
    fedpol_set_list_unref(sets);
}

START_TEST(a_rendered_set_loses_and_gets_back_the_members_of_a_lost_cluster)
{
    fedpol_renderer *renderer = NULL;
    fedpol_ruleset *ruleset = NULL;
    char text[1000];
    mesh m;

    ck_assert_int_eq(mesh_init(&m), 0);
    ck_assert_int_eq(fedpol_renderer_new(m.context, NULL, &renderer, NULL), 0);
    ck_assert_int_eq(fedpol_renderer_full(renderer, &ruleset), 0);
    ruleset = fedpol_ruleset_unref(ruleset);
    put_members(&m, text, sizeof(text));
    ck_assert_str_eq(text, "allow 10.1.0.1\n");
    ck_assert_int_eq(fedpol_cluster_set_endpoint_timeout(m.west, FEDPOL_USE_ALLOW, 0), 0);
    ck_assert_int_eq(fedpol_cluster_set_lost(m.west), 0);
    set_time(&m, 2000);
    put_members(&m, text, sizeof(text));
    ck_assert_str_eq(text, "");
    ck_assert_int_eq(fedpol_renderer_delta(renderer, &ruleset), 0);
    ck_assert_ptr_nonnull(strstr(fedpol_ruleset_get_text(ruleset, NULL), "delete element"));
    ck_assert_ptr_nonnull(strstr(fedpol_ruleset_get_text(ruleset, NULL), "10.1.0.1"));
    ruleset = fedpol_ruleset_unref(ruleset);
    ck_assert_int_eq(fedpol_cluster_set_synced(m.west), 0);
    put_members(&m, text, sizeof(text));
    ck_assert_str_eq(text, "allow 10.1.0.1\n");
    fedpol_renderer_unref(renderer);
    mesh_done(&m);
}
END_TEST

START_TEST(a_guard_is_of_a_name_or_of_every_other_remote)
{
    fedpol_guard *guard = NULL;
    mesh m;

    ck_assert_int_eq(fedpol_guard_new(&guard), 0);
    ck_assert_int_eq(fedpol_guard_set_max_objects(guard, 1), 0);
    ck_assert_int_eq(fedpol_guard_set_endpoint_timeout(guard, FEDPOL_USE_DENY, 0), 0);
    ck_assert_int_eq(fedpol_guard_set_backend_timeout(guard, 0), 0);
    setup(&m, NULL);
    ck_assert_int_eq(put_pod(&m, "shop", "a", "10.1.0.1"), 0);
    ck_assert_int_eq(put_pod(&m, "shop", "b", "10.1.0.2"), 0);
    ck_assert_int_eq(fedpol_context_set_guard(m.context, NULL, guard), 0);
    guard = fedpol_guard_free(guard);
    ck_assert_int_eq(put_pod(&m, "shop", "c", "10.1.0.3"), 0); /* it was there before */
    m.west = fedpol_cluster_unref(m.west);
    ck_assert_int_eq(fedpol_cluster_new(m.context, "north", FEDPOL_ROLE_REMOTE, &m.west, NULL), 0);
    ck_assert_int_eq(put_pod(&m, "shop", "a", "10.2.0.1"), 0);
    ck_assert_int_eq(put_pod(&m, "shop", "b", "10.2.0.2"), FEDPOL_E_LIMIT);
    ck_assert_int_eq(fedpol_cluster_set_synced(m.west), 0);
    ck_assert_int_eq(fedpol_cluster_set_lost(m.west), 0);
    set_time(&m, 3000);
    ck_assert_uint_eq(info_of(&m).withdrawn, FEDPOL_WITHDRAWN_DENY | FEDPOL_WITHDRAWN_BACKENDS);
    m.west = fedpol_cluster_unref(m.west);
    ck_assert_int_eq(fedpol_guard_new(&guard), 0);
    ck_assert_int_eq(fedpol_context_set_guard(m.context, "south", guard), 0);
    guard = fedpol_guard_free(guard);
    ck_assert_int_eq(fedpol_cluster_new(m.context, "south", FEDPOL_ROLE_REMOTE, &m.west, NULL), 0);
    ck_assert_int_eq(put_pod(&m, "shop", "a", "10.3.0.1"), 0);
    ck_assert_int_eq(put_pod(&m, "shop", "b", "10.3.0.2"), 0);
    mesh_done(&m);
}
END_TEST

START_TEST(a_local_cluster_has_no_guard)
{
    fedpol_context *context = NULL;
    fedpol_cluster *cluster = NULL;
    fedpol_cluster_info info;
    fedpol_guard *guard = NULL;

    ck_assert_int_eq(fedpol_guard_new(&guard), 0);
    ck_assert_int_eq(fedpol_guard_set_max_objects(guard, 1), 0);
    ck_assert_int_eq(fedpol_context_new(&context), 0);
    ck_assert_int_eq(fedpol_context_set_guard(context, NULL, guard), 0);
    ck_assert_int_eq(fedpol_context_set_guard(context, "east", guard), 0);
    guard = fedpol_guard_free(guard);
    ck_assert_int_eq(fedpol_cluster_new(context, "east", FEDPOL_ROLE_LOCAL, &cluster, NULL), 0);
    ck_assert_int_eq(fedpol_cluster_feed_yaml(cluster, mesh_east, strlen(mesh_east), NULL), 0);
    fedpol_cluster_info_init(&info, sizeof(info));
    ck_assert_int_eq(fedpol_cluster_get_info(cluster, &info), 0);
    ck_assert_uint_eq(info.objects, 4);
    fedpol_cluster_unref(cluster);
    fedpol_context_unref(context);
}
END_TEST

START_TEST(what_makes_no_sense_is_refused)
{
    static const char *const names[] = {"", "Shop", "a/b", "a,b", "a b", "-\n"};
    static const char *const cidrs[] = {"", "10.0.0.1/8", "10.0.0.0/33", "x", "10.0.0.0/8 "};
    fedpol_guard *guard = NULL;
    mesh m;

    ck_assert_int_eq(mesh_init(&m), 0);
    ck_assert_int_eq(fedpol_guard_new(NULL), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_guard_new(&guard), 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        ck_assert_int_eq(fedpol_guard_add_namespace(guard, names[i]), FEDPOL_E_INVALID);
        ck_assert_int_eq(fedpol_guard_exclude_namespace(guard, names[i]), FEDPOL_E_INVALID);
    }
    for (size_t i = 0; i < sizeof(cidrs) / sizeof(cidrs[0]); i++)
        ck_assert_int_eq(fedpol_guard_add_cidr(guard, cidrs[i]), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_guard_add_cidr(guard, NULL), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_guard_set_endpoint_timeout(guard, 3, 1), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_guard_set_endpoint_timeout(guard, FEDPOL_USE_DENY, -2),
                     FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_guard_set_backend_timeout(guard, -2), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_guard_set_max_objects(NULL, 1), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_guard_set_max_endpoints(NULL, 1), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_guard_set_max_bytes(NULL, 1), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_guard_set_label_filter(guard, "a=b"), 0);
    ck_assert_int_eq(fedpol_guard_set_label_filter(guard, NULL), 0);
    ck_assert_int_eq(fedpol_context_set_guard(m.context, "", guard), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_context_set_guard(NULL, "a", guard), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_cluster_set_endpoint_timeout(m.west, 0, 1), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_cluster_set_endpoint_timeout(m.west, FEDPOL_USE_DENY, -2),
                     FEDPOL_E_INVALID);
    ck_assert_ptr_null(fedpol_guard_free(guard));
    ck_assert_ptr_null(fedpol_guard_free(NULL));
    mesh_done(&m);
}
END_TEST

API_TEST_MAIN("api/guard", namespaces_that_are_not_let_in_bring_nothing,
              addresses_that_it_may_not_claim_are_left_out,
              back_ends_may_not_claim_what_endpoints_may_not,
              more_than_a_limit_allows_is_left_out_and_told,
              an_object_that_grew_too_large_stays_as_it_was,
              a_lost_cluster_leaves_allow_and_deny_sets_each_in_its_time,
              a_rendered_set_loses_and_gets_back_the_members_of_a_lost_cluster,
              a_guard_is_of_a_name_or_of_every_other_remote, a_local_cluster_has_no_guard,
              what_makes_no_sense_is_refused)
