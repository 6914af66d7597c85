/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "api_test.h"
#include "mesh.h"

START_TEST(endpoints_of_all_clusters_come_in_order)
{
    mesh m;
    fedpol_endpoint_list *list = NULL;

    ck_assert_int_eq(mesh_init(&m), 0);
    ck_assert_int_eq(fedpol_context_query_endpoints(m.context, NULL, &list), 0);
    mesh_done(&m);
    ck_assert_uint_eq(fedpol_endpoint_list_get_count(list), 4);
    ck_assert_str_eq(fedpol_endpoint_list_get_cluster(list, 0), "east");
    ck_assert_str_eq(fedpol_endpoint_list_get_name(list, 0), "db");
    ck_assert_int_eq(fedpol_endpoint_list_get_type(list, 0), FEDPOL_ENDPOINT_WORKLOAD);
    ck_assert(fedpol_endpoint_list_is_enforced(list, 0));
    ck_assert_str_eq(fedpol_endpoint_list_get_node(list, 0), "n1");
    ck_assert_uint_eq(fedpol_endpoint_list_get_address_count(list, 0), 1);
    ck_assert_str_eq(fedpol_endpoint_list_get_address(list, 0, 0), "10.0.0.1");
    ck_assert_uint_eq(fedpol_endpoint_list_get_port_count(list, 0), 1);
    ck_assert_str_eq(fedpol_endpoint_list_get_port_name(list, 0, 0), "sql");
    ck_assert_str_eq(fedpol_endpoint_list_get_port_protocol(list, 0, 0), "tcp");
    ck_assert_int_eq(fedpol_endpoint_list_get_port_number(list, 0, 0), 5432);
    ck_assert_str_eq(fedpol_endpoint_list_get_name(list, 1), "office");
    ck_assert_int_eq(fedpol_endpoint_list_get_type(list, 1), FEDPOL_ENDPOINT_NETWORK_SET);
    ck_assert_str_eq(fedpol_endpoint_list_get_address(list, 1, 0), "192.0.2.0/24");
    ck_assert_str_eq(fedpol_endpoint_list_get_cluster(list, 2), "west");
    ck_assert_str_eq(fedpol_endpoint_list_get_name(list, 2), "cron");
    ck_assert(!fedpol_endpoint_list_is_enforced(list, 2));
    ck_assert_str_eq(fedpol_endpoint_list_get_name(list, 3), "web");
    ck_assert_ptr_null(fedpol_endpoint_list_get_name(list, 4));
    ck_assert_ptr_null(fedpol_endpoint_list_unref(list));
}
END_TEST

static const char *label_of(const fedpol_endpoint_list *list, size_t i, const char *name)
{
    for (size_t k = 0; k < fedpol_endpoint_list_get_label_count(list, i); k++)
        if (strcmp(fedpol_endpoint_list_get_label_name(list, i, k), name) == 0)
            return fedpol_endpoint_list_get_label_value(list, i, k);
    return "";
}

START_TEST(a_selector_picks_endpoints_by_inherited_labels_of_their_own_cluster)
{
    mesh m;
    fedpol_endpoint_list *list = NULL;
    fedpol_selector *selector = NULL;

    ck_assert_int_eq(mesh_init(&m), 0);
    ck_assert_int_eq(fedpol_selector_parse("pcns.team == 'blue'", &selector, NULL), 0);
    ck_assert_int_eq(fedpol_context_query_endpoints(m.context, selector, &list), 0);
    ck_assert_uint_eq(fedpol_endpoint_list_get_count(list), 2);
    ck_assert_str_eq(fedpol_endpoint_list_get_name(list, 0), "cron");
    ck_assert_str_eq(label_of(list, 0, "pcns.team"), "blue");
    ck_assert_str_eq(label_of(list, 1, "app"), "web");
    fedpol_endpoint_list_unref(list);
    fedpol_selector_unref(selector);
    mesh_done(&m);
}
END_TEST

START_TEST(sets_hold_the_addresses_of_remote_endpoints)
{
    mesh m;
    fedpol_set_list *sets = NULL;

    ck_assert_int_eq(mesh_init(&m), 0);
    ck_assert_int_eq(fedpol_context_query_sets(m.context, &sets), 0);
    mesh_done(&m);
    ck_assert_uint_eq(fedpol_set_list_get_count(sets), 1);
    ck_assert_ptr_nonnull(strstr(fedpol_set_list_get_selector(sets, 0), "app == \"web\""));
    ck_assert_uint_eq(strlen(fedpol_set_list_get_selector_id(sets, 0)),
                      FEDPOL_SELECTOR_ID_SIZE - 1);
    ck_assert_int_eq(fedpol_set_list_get_type(sets, 0), FEDPOL_SET_NET);
    ck_assert_int_eq(fedpol_set_list_get_use(sets, 0), FEDPOL_USE_ALLOW);
    ck_assert_int_eq(fedpol_set_list_get_scope(sets, 0), FEDPOL_SCOPE_ALL);
    ck_assert_str_eq(fedpol_set_list_get_protocol(sets, 0), "");
    ck_assert_str_eq(fedpol_set_list_get_port(sets, 0), "");
    ck_assert_int_eq(fedpol_set_list_get_scope(sets, 1), -1);
    fedpol_set_list_unref(sets);
}
END_TEST

START_TEST(policies_of_an_endpoint_come_by_tier_and_direction)
{
    mesh m;
    fedpol_policy_list *list = NULL;
    const int in = FEDPOL_DIRECTION_INGRESS;
    const int out = FEDPOL_DIRECTION_EGRESS;

    ck_assert_int_eq(mesh_init(&m), 0);
    ck_assert_int_eq(fedpol_context_query_policies(m.context, "shop/web", &list),
                     FEDPOL_E_NOT_FOUND);
    ck_assert_int_eq(fedpol_context_query_policies(m.context, "shop/db", &list), 0);
    mesh_done(&m);
    ck_assert_uint_eq(fedpol_policy_list_get_count(list), 1);
    ck_assert_str_eq(fedpol_policy_list_get_namespace(list, 0), "shop");
    ck_assert_str_eq(fedpol_policy_list_get_name(list, 0), "db");
    ck_assert_uint_eq(fedpol_policy_list_get_tier_count(list, 0), 1);
    ck_assert_str_eq(fedpol_policy_list_get_tier_name(list, 0, 0), "default");
    ck_assert_str_eq(fedpol_policy_list_get_tier_default_action(list, 0, 0), "Deny");
    ck_assert_uint_eq(fedpol_policy_list_get_policy_count(list, 0, 0, in), 1);
    ck_assert_uint_eq(fedpol_policy_list_get_policy_count(list, 0, 0, out), 0);
    ck_assert_uint_eq(fedpol_policy_list_get_policy_count(list, 0, 0, 7), 0);
    ck_assert_str_eq(fedpol_policy_list_get_policy(list, 0, 0, in, 0),
                     "NetworkPolicy/shop/default.db");
    ck_assert_ptr_null(fedpol_policy_list_get_policy(list, 0, 0, in, 1));
    ck_assert_uint_ge(fedpol_policy_list_get_profile_count(list, 0), 1);
    ck_assert_str_eq(fedpol_policy_list_get_profile(list, 0, 0), "kns.shop");
    fedpol_policy_list_unref(list);
}
END_TEST

START_TEST(a_verdict_names_the_rule_the_peer_and_the_steps)
{
    mesh m;
    fedpol_verdict *verdict = NULL;
    fedpol_flow flow;
    const int in = FEDPOL_DIRECTION_INGRESS;

    ck_assert_int_eq(mesh_init(&m), 0);
    fedpol_flow_init(&flow, sizeof(flow));
    flow.from = "west:shop/web";
    flow.to = "shop/db";
    flow.protocol = "TCP";
    flow.destination_port = 5432;
    ck_assert_int_eq(fedpol_context_get_verdict(m.context, &flow, &verdict, NULL), 0);
    mesh_done(&m);
    ck_assert_int_eq(fedpol_verdict_get_value(verdict), FEDPOL_VERDICT_ALLOW);
    ck_assert_str_eq(fedpol_verdict_get_from_ip(verdict), "10.1.0.1");
    ck_assert_str_eq(fedpol_verdict_get_to_ip(verdict), "10.0.0.1");
    ck_assert_int_eq(fedpol_verdict_get_direction(verdict, FEDPOL_DIRECTION_EGRESS),
                     FEDPOL_VERDICT_NONE);
    ck_assert_ptr_null(fedpol_verdict_get_policy(verdict, FEDPOL_DIRECTION_EGRESS));
    ck_assert_int_eq(fedpol_verdict_get_direction(verdict, in), FEDPOL_VERDICT_ALLOW);
    ck_assert_int_eq(fedpol_verdict_get_reason(verdict, in), FEDPOL_REASON_RULE);
    ck_assert_str_eq(fedpol_verdict_get_tier(verdict, in), "default");
    ck_assert_str_eq(fedpol_verdict_get_policy(verdict, in), "NetworkPolicy/shop/default.db");
    ck_assert_int_eq(fedpol_verdict_get_rule(verdict, in), 0);
    ck_assert_str_eq(fedpol_verdict_get_peer_cluster(verdict, in), "west");
    ck_assert_int_eq(fedpol_verdict_get_age_ms(verdict, in), 0);
    ck_assert_uint_ge(fedpol_verdict_get_trace_count(verdict, in), 1);
    ck_assert_ptr_nonnull(fedpol_verdict_get_trace(verdict, in, 0));
    fedpol_verdict_unref(verdict);
}
END_TEST

START_TEST(verdicts_follow_address_port_and_what_was_never_complete)
{
    static const struct {
        const char *from;
        const char *to;
        int port;
        int expected;
    } cases[] = {
        {"10.1.0.1", "10.0.0.1", 5432, FEDPOL_VERDICT_ALLOW},
        {"10.1.0.1", "shop/db", 80, FEDPOL_VERDICT_DENY},
        {"west:shop/cron", "east:shop/db", 5432, FEDPOL_VERDICT_DENY},
        {"192.0.2.7", "shop/db", 5432, FEDPOL_VERDICT_DENY},
        {"10.1.0.1", "shop/db", -1, FEDPOL_VERDICT_UNDECIDABLE},
        {"10.1.0.1", "10.1.0.2", 80, FEDPOL_VERDICT_NONE},
        {"west:shop/nobody", "shop/db", 80, FEDPOL_E_NOT_FOUND},
        {"north:shop/web", "shop/db", 80, FEDPOL_E_NOT_FOUND},
        {"shop", "shop/db", 80, FEDPOL_E_INVALID},
        {"fd00::1", "10.0.0.1", 80, FEDPOL_E_INVALID},
        {"fd00::1", "shop/db", 80, FEDPOL_E_INVALID},
        {"10.1.0.1", "shop/db", 70000, FEDPOL_E_INVALID},
        {NULL, "shop/db", 80, FEDPOL_E_INVALID},
    };
    mesh m;

    ck_assert_int_eq(mesh_init(&m), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_msg(mesh_ask(&m, cases[i].from, cases[i].to, cases[i].port) == cases[i].expected,
                      "case %zu", i);
    ck_assert_int_eq(fedpol_cluster_set_lost(m.west), 0);
    ck_assert_int_eq(mesh_ask(&m, "10.1.0.9", "shop/db", 5432), FEDPOL_VERDICT_DENY);
    ck_assert_int_eq(fedpol_cluster_new(m.context, "north", FEDPOL_ROLE_REMOTE, NULL, NULL), 0);
    ck_assert_int_eq(mesh_ask(&m, "10.1.0.9", "shop/db", 5432), FEDPOL_VERDICT_UNDECIDABLE);
    ck_assert_int_eq(mesh_ask(&m, "10.1.0.1", "shop/db", 5432), FEDPOL_VERDICT_ALLOW);
    mesh_done(&m);
}
END_TEST

START_TEST(a_commit_gives_the_smallest_difference)
{
    mesh m;
    fedpol_delta *delta = NULL;

    ck_assert_int_eq(mesh_init(&m), 0);
    ck_assert_int_eq(fedpol_context_commit(m.context, &delta), 0);
    ck_assert_uint_eq(fedpol_delta_get_set_count(delta), 1);
    ck_assert_int_eq(fedpol_delta_get_set_change(delta, 0), FEDPOL_CHANGE_NEW);
    ck_assert_uint_eq(fedpol_delta_get_endpoint_count(delta), 1);
    ck_assert_str_eq(fedpol_delta_get_endpoint(delta, 0), "shop/db");
    delta = fedpol_delta_unref(delta);
    ck_assert_int_eq(fedpol_context_commit(m.context, &delta), 0);
    ck_assert(fedpol_delta_is_empty(delta));
    delta = fedpol_delta_unref(delta);

    ck_assert_int_eq(mesh_west_pod(&m, "ADDED", "web-2", "web", "10.1.0.3"), 0);
    ck_assert_int_eq(mesh_west_pod(&m, "DELETED", "web", "web", "10.1.0.1"), 0);
    ck_assert_int_eq(mesh_west_pod(&m, "ADDED", "idle", "idle", "10.1.0.4"), 0);
    ck_assert_int_eq(fedpol_context_commit(m.context, &delta), 0);
    ck_assert_uint_eq(fedpol_delta_get_set_count(delta), 1);
    ck_assert_int_eq(fedpol_delta_get_set_change(delta, 0), FEDPOL_CHANGE_CHANGED);
    ck_assert_int_eq(fedpol_delta_get_set_type(delta, 0), FEDPOL_SET_NET);
    ck_assert_int_eq(fedpol_delta_get_set_use(delta, 0), FEDPOL_USE_ALLOW);
    ck_assert_uint_eq(fedpol_delta_get_added_count(delta, 0), 1);
    ck_assert_str_eq(fedpol_delta_get_added(delta, 0, 0), "10.1.0.3");
    ck_assert_uint_eq(fedpol_delta_get_removed_count(delta, 0), 1);
    ck_assert_str_eq(fedpol_delta_get_removed(delta, 0, 0), "10.1.0.1");
    ck_assert_uint_eq(fedpol_delta_get_policy_count(delta), 0);
    ck_assert_uint_eq(fedpol_delta_get_endpoint_count(delta), 0);
    mesh_done(&m);
    fedpol_delta_unref(delta);
}
END_TEST

START_TEST(removing_a_cluster_leaves_nothing_of_it)
{
    mesh m;
    fedpol_delta *delta = NULL;
    fedpol_endpoint_list *list = NULL;

    ck_assert_int_eq(mesh_init(&m), 0);
    ck_assert_int_eq(fedpol_context_commit(m.context, NULL), 0);
    ck_assert_int_eq(fedpol_cluster_remove(m.west), 0);
    ck_assert_int_eq(fedpol_cluster_remove(m.west), FEDPOL_E_STATE);
    ck_assert_int_eq(fedpol_cluster_feed(m.west, "{}", 2, NULL), FEDPOL_E_STATE);
    ck_assert_str_eq(fedpol_cluster_get_name(m.west), "west");
    ck_assert_int_eq(fedpol_context_commit(m.context, &delta), 0);
    ck_assert_str_eq(fedpol_delta_get_removed(delta, 0, 0), "10.1.0.1");
    ck_assert_int_eq(fedpol_context_query_endpoints(m.context, NULL, &list), 0);
    ck_assert_uint_eq(fedpol_endpoint_list_get_count(list), 2);
    ck_assert_int_eq(fedpol_cluster_new(m.context, "west", FEDPOL_ROLE_REMOTE, NULL, NULL), 0);
    fedpol_delta_unref(delta);
    fedpol_endpoint_list_unref(list);
    mesh_done(&m);
}
END_TEST

START_TEST(a_renderer_gives_everything_then_only_what_changed)
{
    mesh m;
    fedpol_renderer *renderer = NULL;
    fedpol_ruleset *full = NULL;
    fedpol_ruleset *again = NULL;
    fedpol_ruleset *delta = NULL;
    size_t size = 0;

    ck_assert_int_eq(mesh_init(&m), 0);
    ck_assert_int_eq(fedpol_renderer_new(m.context, NULL, &renderer, NULL), 0);
    ck_assert_int_eq(fedpol_renderer_delta(renderer, &delta), FEDPOL_E_STATE);
    ck_assert_int_eq(fedpol_renderer_full(renderer, &full), 0);
    ck_assert(!fedpol_ruleset_is_delta(full));
    ck_assert_ptr_nonnull(strstr(fedpol_ruleset_get_text(full, &size), "10.1.0.1"));
    ck_assert_uint_eq(size, strlen(fedpol_ruleset_get_text(full, NULL)));
    ck_assert_uint_eq(strlen(fedpol_ruleset_get_hash(full)), 64);
    ck_assert_uint_ge(fedpol_ruleset_get_provenance_count(full), 1);
    ck_assert_ptr_nonnull(fedpol_ruleset_get_provenance_chain(full, 0));
    ck_assert_ptr_nonnull(fedpol_ruleset_get_provenance_source(full, 0));

    /* Commits by others, with and without a delta of their own, are not missed. */
    ck_assert_int_eq(mesh_west_pod(&m, "ADDED", "web-2", "web", "10.1.0.3"), 0);
    ck_assert_int_ge(fedpol_context_process(m.context), 0);
    ck_assert_int_eq(mesh_west_pod(&m, "ADDED", "web-3", "web", "10.1.0.4"), 0);
    ck_assert_int_eq(fedpol_renderer_delta(renderer, &delta), 0);
    ck_assert(fedpol_ruleset_is_delta(delta));
    ck_assert_ptr_nonnull(strstr(fedpol_ruleset_get_text(delta, NULL), "10.1.0.3"));
    ck_assert_ptr_nonnull(strstr(fedpol_ruleset_get_text(delta, NULL), "10.1.0.4"));
    ck_assert_ptr_null(strstr(fedpol_ruleset_get_text(delta, NULL), "10.1.0.1"));
    ck_assert_int_eq(fedpol_renderer_full(renderer, &again), 0);
    ck_assert_str_ne(fedpol_ruleset_get_hash(full), fedpol_ruleset_get_hash(again));
    delta = fedpol_ruleset_unref(delta);
    ck_assert_int_eq(fedpol_renderer_delta(renderer, &delta), 0);
    ck_assert_str_eq(fedpol_ruleset_get_text(delta, NULL), "");

    mesh_done(&m);
    fedpol_renderer_unref(renderer);
    ck_assert_ptr_nonnull(strstr(fedpol_ruleset_get_text(again, NULL), "10.1.0.4"));
    fedpol_ruleset_unref(full);
    fedpol_ruleset_unref(again);
    fedpol_ruleset_unref(delta);
}
END_TEST

START_TEST(a_resync_sweeps_what_was_not_listed_again)
{
    mesh m;

    ck_assert_int_eq(mesh_init(&m), 0);
    ck_assert_int_eq(fedpol_cluster_end_resync(m.west, "v1", "Pod"), FEDPOL_E_STATE);
    ck_assert_int_eq(fedpol_cluster_begin_resync(m.west, "v1", "Widget"), FEDPOL_E_UNSUPPORTED);
    ck_assert_int_eq(fedpol_cluster_begin_resync(m.west, "v1", NULL), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_cluster_begin_resync(m.west, "v1", "Pod"), 0);
    ck_assert_int_eq(mesh_west_pod(&m, "ADDED", "cron", "web", "10.1.0.2"), 0);
    ck_assert_int_eq(mesh_ask(&m, "10.1.0.1", "shop/db", 5432), FEDPOL_VERDICT_ALLOW);
    ck_assert_int_eq(fedpol_cluster_end_resync(m.west, "v1", "Pod"), 0);
    ck_assert_int_eq(mesh_ask(&m, "10.1.0.1", "shop/db", 5432), FEDPOL_VERDICT_DENY);
    ck_assert_int_eq(mesh_ask(&m, "10.1.0.2", "shop/db", 5432), FEDPOL_VERDICT_ALLOW);
    mesh_done(&m);
}
END_TEST

START_TEST(bytes_in_any_chunks_are_the_same_objects)
{
    for (size_t chunk = 1; chunk < 40; chunk += 13) {
        mesh m;
        fedpol_feed *feed = NULL;
        size_t size = strlen(mesh_west);

        ck_assert_int_eq(mesh_init(&m), 0);
        ck_assert_int_eq(fedpol_cluster_remove(m.west), 0);
        m.west = fedpol_cluster_unref(m.west);
        ck_assert_int_eq(fedpol_cluster_new(m.context, "west", FEDPOL_ROLE_REMOTE, &m.west, NULL),
                         0);
        ck_assert_int_eq(fedpol_feed_new(m.west, NULL, NULL, &feed), 0);
        for (size_t at = 0; at < size; at += chunk)
            ck_assert_int_eq(fedpol_feed_write(feed, mesh_west + at,
                                               at + chunk < size ? chunk : size - at, NULL),
                             0);
        ck_assert_int_eq(fedpol_feed_finish(feed, NULL), 0);
        ck_assert_int_eq(fedpol_feed_finish(feed, NULL), FEDPOL_E_STATE);
        ck_assert_ptr_null(fedpol_feed_free(feed));
        ck_assert_int_eq(fedpol_cluster_set_synced(m.west), 0);
        ck_assert_int_eq(mesh_ask(&m, "10.1.0.1", "shop/db", 5432), FEDPOL_VERDICT_ALLOW);
        mesh_done(&m);
    }
}
END_TEST

START_TEST(broken_bytes_are_told_with_their_place_and_cost_nothing_else)
{
    mesh m;
    fedpol_error *error = NULL;
    fedpol_cluster_info info;
    const char broken[] = "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",";

    ck_assert_int_eq(mesh_init(&m), 0);
    ck_assert_int_eq(fedpol_cluster_feed(m.west, broken, strlen(broken), &error), FEDPOL_E_PARSE);
    ck_assert_int_eq(fedpol_error_get_code(error), FEDPOL_E_PARSE);
    ck_assert_str_ne(fedpol_error_get_message(error), "");
    error = fedpol_error_free(error);
    ck_assert_int_eq(fedpol_cluster_feed_yaml(m.west, "a: [", 4, &error), FEDPOL_E_PARSE);
    error = fedpol_error_free(error);
    ck_assert_int_eq(fedpol_cluster_set_origin(m.west, "the test"), 0);
    ck_assert_int_eq(mesh_west_pod(&m, "ADDED", "web-2", "web", "10.0.0.0/99"), 0);
    ck_assert_int_eq(mesh_ask(&m, "10.1.0.1", "shop/db", 5432), FEDPOL_VERDICT_ALLOW);
    fedpol_cluster_info_init(&info, sizeof(info));
    ck_assert_int_eq(fedpol_cluster_get_info(m.west, &info), 0);
    ck_assert_uint_ge(info.diagnostics, 1);
    ck_assert_uint_eq(info.role, FEDPOL_ROLE_REMOTE);
    ck_assert_uint_eq(info.state, FEDPOL_CLUSTER_IN_SYNC);
    ck_assert_int_eq(info.age_ms, 0);
    ck_assert_uint_ge(info.fed_bytes, strlen(mesh_west));
    mesh_done(&m);
}
END_TEST

START_TEST(diagnostics_name_cluster_object_place_and_origin)
{
    mesh m;
    fedpol_diagnostic_list *list = NULL;

    ck_assert_int_eq(mesh_init(&m), 0);
    ck_assert_int_eq(fedpol_cluster_set_origin(m.west, "the test"), 0);
    ck_assert_int_eq(mesh_west_pod(&m, "ADDED", "web-2", "web", "10.0.0.0/99"), 0);
    ck_assert_int_eq(fedpol_context_query_diagnostics(m.context, &list), 0);
    mesh_done(&m);
    ck_assert_uint_ge(fedpol_diagnostic_list_get_count(list), 1);
    ck_assert_str_eq(fedpol_diagnostic_list_get_cluster(list, 0), "west");
    ck_assert_str_eq(fedpol_diagnostic_list_get_kind(list, 0), "Pod");
    ck_assert_str_eq(fedpol_diagnostic_list_get_namespace(list, 0), "shop");
    ck_assert_str_eq(fedpol_diagnostic_list_get_name(list, 0), "web-2");
    ck_assert_str_ne(fedpol_diagnostic_list_get_path(list, 0), "");
    ck_assert_str_eq(fedpol_diagnostic_list_get_code(list, 0), "invalid-address");
    ck_assert_int_ge(fedpol_diagnostic_list_get_severity(list, 0), FEDPOL_SEVERITY_WARNING);
    ck_assert_str_ne(fedpol_diagnostic_list_get_message(list, 0), "");
    ck_assert_int_eq(strncmp(fedpol_diagnostic_list_get_origin(list, 0), "the test: byte ", 15), 0);
    fedpol_diagnostic_list_unref(list);
}
END_TEST

API_TEST_MAIN("api/scenario", endpoints_of_all_clusters_come_in_order,
              a_selector_picks_endpoints_by_inherited_labels_of_their_own_cluster,
              sets_hold_the_addresses_of_remote_endpoints,
              policies_of_an_endpoint_come_by_tier_and_direction,
              a_verdict_names_the_rule_the_peer_and_the_steps,
              verdicts_follow_address_port_and_what_was_never_complete,
              a_commit_gives_the_smallest_difference, removing_a_cluster_leaves_nothing_of_it,
              a_renderer_gives_everything_then_only_what_changed,
              a_resync_sweeps_what_was_not_listed_again, bytes_in_any_chunks_are_the_same_objects,
              broken_bytes_are_told_with_their_place_and_cost_nothing_else,
              diagnostics_name_cluster_object_place_and_origin)
