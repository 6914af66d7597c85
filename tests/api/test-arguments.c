/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "api_test.h"
#include "mesh.h"

START_TEST(null_is_answered_and_never_followed)
{
    fedpol_context *context = NULL;
    fedpol_flow flow;

    fedpol_flow_init(&flow, sizeof(flow));
    ck_assert_int_eq(fedpol_context_new(NULL), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_context_process(NULL), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_context_wait(NULL, 0), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_context_get_fd(NULL), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_context_commit(NULL, NULL), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_context_set_auto_commit(NULL, false), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_context_set_node(NULL, "n"), FEDPOL_E_INVALID);
    ck_assert_uint_eq(fedpol_context_get_limit(NULL, FEDPOL_LIMIT_DEPTH), 0);
    ck_assert_ptr_null(fedpol_context_next_event(NULL));
    ck_assert_ptr_null(fedpol_context_ref(NULL));
    ck_assert_ptr_null(fedpol_context_unref(NULL));
    ck_assert_int_eq(fedpol_cluster_get_role(NULL), FEDPOL_E_INVALID);
    ck_assert_ptr_null(fedpol_cluster_get_name(NULL));
    ck_assert_int_eq(fedpol_cluster_feed(NULL, "", 0, NULL), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_cluster_load_dir(NULL, ".", NULL), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_feed_write(NULL, "", 0, NULL), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_renderer_full(NULL, NULL), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_selector_parse(NULL, NULL, NULL), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_context_new(&context), 0);
    ck_assert_int_eq(fedpol_context_query_endpoints(context, NULL, NULL), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_context_query_sets(context, NULL), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_context_query_policies(context, NULL, NULL), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_context_query_diagnostics(context, NULL), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_context_query_clusters(context, NULL), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_context_get_verdict(context, &flow, NULL, NULL), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_renderer_new(context, NULL, NULL, NULL), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_cluster_new(context, NULL, FEDPOL_ROLE_LOCAL, NULL, NULL),
                     FEDPOL_E_INVALID);
    fedpol_context_unref(context);
}
END_TEST

START_TEST(getters_of_nothing_give_nothing)
{
    ck_assert_uint_eq(fedpol_endpoint_list_get_count(NULL), 0);
    ck_assert_ptr_null(fedpol_endpoint_list_get_name(NULL, 0));
    ck_assert_ptr_null(fedpol_endpoint_list_get_label_name(NULL, 0, 0));
    ck_assert_uint_eq(fedpol_set_list_get_member_count(NULL, 0), 0);
    ck_assert_ptr_null(fedpol_policy_list_get_policy(NULL, 0, 0, 1, 0));
    ck_assert_ptr_null(fedpol_diagnostic_list_get_message(NULL, 0));
    ck_assert_uint_eq(fedpol_cluster_list_get_count(NULL), 0);
    ck_assert(fedpol_delta_is_empty(NULL));
    ck_assert_ptr_null(fedpol_delta_get_added(NULL, 0, 0));
    ck_assert_int_eq(fedpol_verdict_get_value(NULL), FEDPOL_VERDICT_NONE);
    ck_assert_int_eq(fedpol_verdict_get_rule(NULL, FEDPOL_DIRECTION_EGRESS), -1);
    ck_assert_ptr_null(fedpol_ruleset_get_text(NULL, NULL));
    ck_assert_int_eq(fedpol_event_get_type(NULL), 0);
    ck_assert_int_eq(fedpol_event_get_age_ms(NULL), -1);
    ck_assert_str_eq(fedpol_event_get_cluster(NULL), "");
    ck_assert_ptr_null(fedpol_endpoint_list_unref(NULL));
    ck_assert_ptr_null(fedpol_set_list_unref(NULL));
    ck_assert_ptr_null(fedpol_policy_list_unref(NULL));
    ck_assert_ptr_null(fedpol_diagnostic_list_unref(NULL));
    ck_assert_ptr_null(fedpol_cluster_list_unref(NULL));
    ck_assert_ptr_null(fedpol_delta_unref(NULL));
    ck_assert_ptr_null(fedpol_verdict_unref(NULL));
    ck_assert_ptr_null(fedpol_ruleset_unref(NULL));
    ck_assert_ptr_null(fedpol_renderer_unref(NULL));
    ck_assert_ptr_null(fedpol_feed_free(NULL));
    ck_assert_ptr_null(fedpol_event_free(NULL));
}
END_TEST

START_TEST(names_of_numbers_are_the_documented_words)
{
    ck_assert_str_eq(fedpol_endpoint_type_name(FEDPOL_ENDPOINT_NETWORK_SET), "networkset");
    ck_assert_str_eq(fedpol_set_type_name(FEDPOL_SET_IP_PORT), "ip-port");
    ck_assert_str_eq(fedpol_set_use_name(FEDPOL_USE_DENY), "deny");
    ck_assert_str_eq(fedpol_direction_name(FEDPOL_DIRECTION_EGRESS), "egress");
    ck_assert_str_eq(fedpol_severity_name(FEDPOL_SEVERITY_ERROR), "error");
    ck_assert_str_eq(fedpol_role_name(FEDPOL_ROLE_REMOTE), "remote");
    ck_assert_str_eq(fedpol_change_name(FEDPOL_CHANGE_GONE), "gone");
    ck_assert_str_eq(fedpol_verdict_value_name(FEDPOL_VERDICT_UNDECIDABLE), "undecidable");
    ck_assert_str_eq(fedpol_reason_name(FEDPOL_REASON_END_OF_TIER), "end-of-tier");
    ck_assert_str_eq(fedpol_cluster_state_name(FEDPOL_CLUSTER_IN_SYNC), "in-sync");
    for (int i = -1; i < 100; i += 100) {
        ck_assert_str_eq(fedpol_endpoint_type_name(i), "unknown");
        ck_assert_str_eq(fedpol_severity_name(i), "unknown");
        ck_assert_str_eq(fedpol_verdict_value_name(i), "unknown");
        ck_assert_str_eq(fedpol_cluster_state_name(i), "unknown");
    }
}
END_TEST

START_TEST(options_are_fixed_by_the_first_cluster)
{
    static const uint8_t seed[16];
    fedpol_context *context = NULL;

    ck_assert_int_eq(fedpol_context_new(&context), 0);
    ck_assert_int_eq(fedpol_context_set_node(context, "n1"), 0);
    ck_assert_int_eq(fedpol_context_set_hash_seed(context, seed), 0);
    ck_assert_int_eq(fedpol_context_set_hash_seed(context, NULL), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_context_set_cluster_label(context, "cluster"), 0);
    ck_assert_int_eq(fedpol_context_set_cluster_label(context, "a b"), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_context_set_scope(context, FEDPOL_SCOPE_LOCAL), 0);
    ck_assert_int_eq(fedpol_context_set_scope(context, 7), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_context_set_unknown_rules(context, FEDPOL_UNKNOWN_RULES_IGNORE), 0);
    ck_assert_int_eq(fedpol_context_set_unknown_rules(context, -1), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_context_set_union_identity(context, true), 0);
    ck_assert_int_eq(fedpol_context_set_interface_prefix(context, "eni"), 0);
    ck_assert_int_eq(fedpol_context_set_interface_prefix(context, ""), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_context_set_interface_prefix(context, "a;b"), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_context_set_interface_prefix(context, "toolong"), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_cluster_new(context, "e", FEDPOL_ROLE_LOCAL, NULL, NULL), 0);
    ck_assert_int_eq(fedpol_context_set_node(context, "n1"), FEDPOL_E_STATE);
    ck_assert_int_eq(fedpol_context_set_cluster_label(context, ""), FEDPOL_E_STATE);
    ck_assert_int_eq(fedpol_context_set_scope(context, 0), FEDPOL_E_STATE);
    ck_assert_int_eq(fedpol_context_set_unknown_rules(context, 0), FEDPOL_E_STATE);
    ck_assert_int_eq(fedpol_context_set_union_identity(context, false), FEDPOL_E_STATE);
    ck_assert_int_eq(fedpol_context_set_interface_prefix(context, NULL), FEDPOL_E_STATE);
    ck_assert_int_eq(fedpol_context_set_limit(context, FEDPOL_LIMIT_DEPTH, 9), FEDPOL_E_STATE);
    ck_assert_int_eq(fedpol_context_set_hash_seed(context, seed), FEDPOL_E_STATE);
    fedpol_context_unref(context);
}
END_TEST

START_TEST(limits_have_defaults_that_return)
{
    static const struct {
        int limit;
        uint64_t value;
    } defaults[] = {
        {FEDPOL_LIMIT_OBJECT_BYTES, 8 << 20},
        {FEDPOL_LIMIT_KEPT_BYTES, 4 << 20},
        {FEDPOL_LIMIT_DEPTH, 64},
        {FEDPOL_LIMIT_MEMBERS, 200000},
        {FEDPOL_LIMIT_DEFERRED_BYTES, 16 << 20},
        {FEDPOL_LIMIT_OBJECTS, 2000000},
        {FEDPOL_LIMIT_DIAGNOSTICS, 10000},
        {FEDPOL_LIMIT_LABELS, 1000},
        {FEDPOL_LIMIT_LABEL_BYTES, 1024},
        {FEDPOL_LIMIT_RULES, 1024},
        {FEDPOL_LIMIT_LIST, 100000},
        {FEDPOL_LIMIT_FILE_BYTES, 256 << 20},
        {FEDPOL_LIMIT_FILES, 100000},
    };
    fedpol_context *context = NULL;

    ck_assert_int_eq(fedpol_context_new(&context), 0);
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
        int limit = defaults[i].limit;

        ck_assert_uint_eq(fedpol_context_get_limit(context, limit), defaults[i].value);
        ck_assert_int_eq(fedpol_context_set_limit(context, limit, 7), 0);
        ck_assert_uint_eq(fedpol_context_get_limit(context, limit), 7);
        ck_assert_int_eq(fedpol_context_set_limit(context, limit, UINT64_MAX), FEDPOL_E_INVALID);
        ck_assert_int_eq(fedpol_context_set_limit(context, limit, 0), 0);
        ck_assert_uint_eq(fedpol_context_get_limit(context, limit), defaults[i].value);
    }
    ck_assert_int_eq(fedpol_context_set_limit(context, 99, 1), FEDPOL_E_INVALID);
    ck_assert_uint_eq(fedpol_context_get_limit(context, 99), 0);
    fedpol_context_unref(context);
}
END_TEST

START_TEST(too_many_objects_are_refused_and_known_ones_still_change)
{
    fedpol_context *context = NULL;
    mesh m = {0};
    fedpol_error *error = NULL;

    ck_assert_int_eq(fedpol_context_new(&context), 0);
    m.context = context;
    ck_assert_int_eq(fedpol_context_set_limit(context, FEDPOL_LIMIT_OBJECTS, 2), 0);
    ck_assert_int_eq(fedpol_cluster_new(context, "east", FEDPOL_ROLE_LOCAL, &m.east, NULL), 0);
    ck_assert_int_eq(fedpol_cluster_new(context, "west", FEDPOL_ROLE_REMOTE, &m.west, NULL), 0);
    ck_assert_int_eq(fedpol_cluster_feed(m.west, mesh_west, strlen(mesh_west), &error),
                     FEDPOL_E_LIMIT);
    ck_assert_ptr_nonnull(strstr(fedpol_error_get_message(error), "west"));
    fedpol_error_free(error);
    ck_assert_int_eq(mesh_west_pod(&m, "MODIFIED", "web", "web", "10.1.0.9"), 0);
    mesh_done(&m);
}
END_TEST

START_TEST(sized_structs_of_other_versions_are_read_and_written)
{
    struct {
        fedpol_cluster_info info;
        uint64_t later;
    } newer;
    struct {
        fedpol_render_options options;
        uint64_t later;
    } options;
    mesh m;
    fedpol_renderer *renderer = NULL;
    fedpol_cluster_info info;

    ck_assert_int_eq(mesh_init(&m), 0);
    memset(&newer, 0xff, sizeof(newer));
    fedpol_cluster_info_init(&newer.info, sizeof(newer));
    ck_assert_int_eq(fedpol_cluster_get_info(m.east, &newer.info), 0);
    ck_assert_uint_eq(newer.info.struct_size, sizeof(newer));
    ck_assert_uint_eq(newer.later, 0);
    ck_assert_str_eq(newer.info.name, "east");

    fedpol_render_options_init(&options.options, sizeof(options));
    ck_assert_int_eq(fedpol_renderer_new(m.context, &options.options, &renderer, NULL), 0);
    renderer = fedpol_renderer_unref(renderer);
    options.later = 1;
    ck_assert_int_eq(fedpol_renderer_new(m.context, &options.options, &renderer, NULL),
                     FEDPOL_E_ABI);
    options.options.struct_size = 4;
    ck_assert_int_eq(fedpol_renderer_new(m.context, &options.options, &renderer, NULL),
                     FEDPOL_E_INVALID);
    memset(&info, 0, sizeof(info));
    ck_assert_int_eq(fedpol_cluster_get_info(m.east, &info), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_cluster_get_info(m.east, NULL), FEDPOL_E_INVALID);
    fedpol_cluster_info_init(NULL, sizeof(info));
    fedpol_flow_init(NULL, 4);
    mesh_done(&m);
}
END_TEST

START_TEST(render_options_out_of_range_are_refused_by_name)
{
    static const struct {
        const char *name;
        int expected;
        fedpol_render_options options;
    } cases[] = {
        {"backend", FEDPOL_E_UNSUPPORTED, {.backend = 9}},
        {"families", FEDPOL_E_INVALID, {.families = 4}},
        {"dispatch", FEDPOL_E_INVALID, {.dispatch = 2}},
        {"host_action", FEDPOL_E_INVALID, {.host_action = 3}},
        {"flags", FEDPOL_E_INVALID, {.flags = 1u << 20}},
        {"priority", FEDPOL_E_INVALID, {.priority = 1001}},
        {"pod_cidrs", FEDPOL_E_INVALID, {.pod_cidrs = "10.0.0.0/8,nonsense"}},
        {"", FEDPOL_E_INVALID, {.table = "a b; flush ruleset"}},
        {"", FEDPOL_E_INVALID, {.log_prefix = "\"; drop"}},
    };
    fedpol_context *context = NULL;

    ck_assert_int_eq(fedpol_context_new(&context), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fedpol_render_options options = cases[i].options;
        fedpol_renderer *renderer = NULL;
        fedpol_error *error = NULL;

        options.struct_size = sizeof(options);
        ck_assert_msg(fedpol_renderer_new(context, &options, &renderer, &error) ==
                          cases[i].expected,
                      "case %zu", i);
        ck_assert_ptr_nonnull(strstr(fedpol_error_get_message(error), cases[i].name));
        ck_assert_ptr_null(renderer);
        fedpol_error_free(error);
    }
    fedpol_context_unref(context);
}
END_TEST

START_TEST(a_selector_is_compared_by_canonical_form_and_id)
{
    static const char *const names[] = {"a", "a"};
    static const char *const values[] = {"x", "y"};
    fedpol_selector *selector = NULL;
    fedpol_error *error = NULL;
    char text[64];
    char id[FEDPOL_SELECTOR_ID_SIZE];
    int length;

    ck_assert_int_eq(fedpol_selector_parse("a=='x'", &selector, NULL), 0);
    length = fedpol_selector_get_canonical(selector, NULL, 0);
    ck_assert_int_eq(fedpol_selector_get_canonical(selector, text, sizeof(text)), length);
    ck_assert_str_eq(text, "a == \"x\"");
    ck_assert_int_eq(fedpol_selector_get_canonical(selector, text, 4), length);
    ck_assert_str_eq(text, "a =");
    ck_assert_int_eq(fedpol_selector_get_id(selector, id, sizeof(id)), 0);
    ck_assert_uint_eq(strlen(id), sizeof(id) - 1);
    ck_assert_int_eq(fedpol_selector_get_id(selector, id, 10), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_selector_matches(selector, names, values, 2), 1);
    ck_assert_int_eq(fedpol_selector_matches(selector, names + 1, values + 1, 1), 0);
    ck_assert_int_eq(fedpol_selector_matches(selector, NULL, NULL, 0), 0);
    ck_assert_int_eq(fedpol_selector_matches(selector, NULL, NULL, 1), FEDPOL_E_INVALID);
    ck_assert_ptr_eq(fedpol_selector_ref(selector), selector);
    fedpol_selector_unref(selector);
    selector = fedpol_selector_unref(selector);
    ck_assert_int_eq(fedpol_selector_parse("a == ", &selector, &error), FEDPOL_E_PARSE);
    ck_assert_ptr_null(selector);
    ck_assert_int_ge(fedpol_error_get_offset(error), 0);
    fedpol_error_free(error);
}
END_TEST

START_TEST(the_version_is_that_of_the_header)
{
    char text[32];
    uint32_t number = fedpol_version_number();

    ck_assert_str_eq(fedpol_version(), FEDPOL_VERSION);
    ck_assert_uint_eq(number, FEDPOL_VERSION_NUMBER);
    (void)snprintf(text, sizeof(text), "%u.%u.%u", number >> 16, number >> 8 & 255, number & 255);
    ck_assert_str_eq(text, FEDPOL_VERSION);
    ck_assert_uint_eq(number, FEDPOL_VERSION_MAJOR * 65536 + FEDPOL_VERSION_MINOR * 256 +
                                  FEDPOL_VERSION_PATCH);
    ck_assert_str_eq(text, MESON_VERSION);
}
END_TEST

static char logged[4096];

static void log_line(void *user_data, int level, const char *component, const char *message)
{
    size_t used = strlen(logged);

    ck_assert_ptr_eq(user_data, logged);
    (void)snprintf(logged + used, sizeof(logged) - used, "%d %s: %s\n", level, component, message);
}

START_TEST(the_log_sink_gets_changes_of_state)
{
    mesh m;

    ck_assert_int_eq(mesh_init(&m), 0);
    ck_assert_int_eq(fedpol_context_set_log(m.context, log_line, logged), 0);
    ck_assert_int_eq(fedpol_cluster_set_lost(m.west), 0);
    ck_assert_int_eq(fedpol_context_set_log(m.context, NULL, NULL), 0);
    ck_assert_int_eq(fedpol_cluster_set_synced(m.west), 0);
    ck_assert_str_eq(logged, "3 cluster: west: resync-in-progress\n");
    mesh_done(&m);
}
END_TEST

START_TEST(ages_follow_the_clock_of_the_caller)
{
    mesh m;
    fedpol_cluster_list *list = NULL;
    fedpol_cluster_info info;
    fedpol_event *event;

    ck_assert_int_eq(mesh_init(&m), 0);
    while ((event = fedpol_context_next_event(m.context)) != NULL)
        fedpol_event_free(event);
    ck_assert_int_eq(fedpol_context_set_time(m.context, 2000), 0);
    ck_assert_int_eq(fedpol_cluster_set_lost(m.west), 0);
    ck_assert_int_eq(fedpol_context_set_time(m.context, 2500), 0);
    event = fedpol_context_next_event(m.context);
    ck_assert_str_eq(fedpol_event_get_cluster(event), "west");
    ck_assert_int_eq(fedpol_event_get_age_ms(event), 500);
    fedpol_event_free(event);
    ck_assert_int_eq(fedpol_context_query_clusters(m.context, &list), 0);
    mesh_done(&m);
    fedpol_cluster_info_init(&info, sizeof(info));
    ck_assert_uint_eq(fedpol_cluster_list_get_count(list), 2);
    ck_assert_int_eq(fedpol_cluster_list_get_info(list, 0, &info), 0);
    ck_assert_str_eq(info.name, "east");
    ck_assert_int_eq(info.age_ms, 0);
    ck_assert_int_eq(fedpol_cluster_list_get_info(list, 1, &info), 0);
    ck_assert_str_eq(info.name, "west");
    ck_assert_uint_eq(info.state, FEDPOL_CLUSTER_RESYNC);
    ck_assert_int_eq(info.age_ms, 500);
    ck_assert_int_eq(fedpol_cluster_list_get_info(list, 2, &info), FEDPOL_E_NOT_FOUND);
    fedpol_cluster_list_unref(list);
}
END_TEST

API_TEST_MAIN("api/arguments", null_is_answered_and_never_followed, getters_of_nothing_give_nothing,
              names_of_numbers_are_the_documented_words, options_are_fixed_by_the_first_cluster,
              limits_have_defaults_that_return,
              too_many_objects_are_refused_and_known_ones_still_change,
              sized_structs_of_other_versions_are_read_and_written,
              render_options_out_of_range_are_refused_by_name,
              a_selector_is_compared_by_canonical_form_and_id, the_version_is_that_of_the_header,
              the_log_sink_gets_changes_of_state, ages_follow_the_clock_of_the_caller)
