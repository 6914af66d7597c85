/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "api_test.h"
#include "mesh.h"

#define FED                                                                                        \
    "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"namespace\":\"shop\",\"name\":"   \
    "\"fed\",\"annotations\":{\"federation.tigera.io/serviceSelector\":\"has(run)\"}},\"spec\":{"  \
    "\"ports\":[{\"name\":\"ui\",\"port\":80}]}}"
#define SERVICE                                                                                    \
    "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"namespace\":\"shop\",\"name\":"   \
    "\"app\","                                                                                     \
    "\"labels\":{\"run\":\"x\"}},\"spec\":{\"ports\":[{\"name\":\"ui\",\"port\":80}]}}"
#define ENDPOINTS                                                                                  \
    "{\"apiVersion\":\"v1\",\"kind\":\"Endpoints\",\"metadata\":{\"namespace\":\"shop\",\"name\":" \
    "\"app\"},\"subsets\":[{\"addresses\":[{\"ip\":\"10.1.0.9\",\"hostname\":\"h\",\"nodeName\":"  \
    "\"n\","                                                                                       \
    "\"targetRef\":{\"kind\":\"Pod\",\"namespace\":\"shop\",\"name\":\"p\"}}],\"ports\":[{"        \
    "\"name\":"                                                                                    \
    "\"ui\",\"port\":9000}]}]}"

static int feed(fedpol_cluster *cluster, const char *json)
{
    return fedpol_cluster_feed(cluster, json, strlen(json), NULL);
}

static int setup(mesh *m)
{
    int r = mesh_init(m);

    if (r < 0)
        return r;
    r = feed(m->east, FED);
    if (r == 0)
        r = feed(m->west, SERVICE);
    if (r == 0)
        r = feed(m->west, ENDPOINTS);
    if (r < 0)
        mesh_done(m);
    return r;
}

static size_t count(const mesh *m)
{
    fedpol_service_list *list = NULL;
    size_t n;

    ck_assert_int_eq(fedpol_context_query_services(m->context, &list), 0);
    ck_assert_uint_eq(fedpol_service_list_get_count(list), 1);
    n = fedpol_service_list_get_backend_count(list, 0);
    fedpol_service_list_unref(list);
    return n;
}

START_TEST(a_service_tells_all_of_its_back_ends)
{
    fedpol_service_list *list = NULL;
    mesh m;

    ck_assert_int_eq(setup(&m), 0);
    ck_assert_int_eq(fedpol_context_query_services(m.context, &list), 0);
    mesh_done(&m); /* the list stands for itself */
    ck_assert_uint_eq(fedpol_service_list_get_count(list), 1);
    ck_assert_str_eq(fedpol_service_list_get_namespace(list, 0), "shop");
    ck_assert_str_eq(fedpol_service_list_get_name(list, 0), "fed");
    ck_assert_str_eq(fedpol_service_list_get_model(list, 0), "annotation");
    ck_assert_str_eq(fedpol_service_list_get_selector(list, 0), "has(run)");
    ck_assert_str_eq(fedpol_service_list_get_problem(list, 0), "");
    ck_assert_uint_eq(fedpol_service_list_get_cluster_count(list, 0), 1);
    ck_assert_str_eq(fedpol_service_list_get_cluster(list, 0, 0), "west");
    ck_assert_uint_eq(fedpol_service_list_get_port_count(list, 0), 1);
    ck_assert_str_eq(fedpol_service_list_get_port_name(list, 0, 0), "ui");
    ck_assert_str_eq(fedpol_service_list_get_port_protocol(list, 0, 0), "TCP");
    ck_assert_int_eq(fedpol_service_list_get_port_number(list, 0, 0), 80);
    ck_assert_uint_eq(fedpol_service_list_get_backend_count(list, 0), 1);
    ck_assert_str_eq(fedpol_service_list_get_backend_cluster(list, 0, 0), "west");
    ck_assert_str_eq(fedpol_service_list_get_backend_service(list, 0, 0), "app");
    ck_assert_str_eq(fedpol_service_list_get_backend_address(list, 0, 0), "10.1.0.9");
    ck_assert_str_eq(fedpol_service_list_get_backend_port_name(list, 0, 0), "ui");
    ck_assert_str_eq(fedpol_service_list_get_backend_protocol(list, 0, 0), "TCP");
    ck_assert_int_eq(fedpol_service_list_get_backend_port(list, 0, 0), 9000);
    ck_assert_int_eq(fedpol_service_list_get_backend_conditions(list, 0, 0),
                     FEDPOL_BACKEND_READY | FEDPOL_BACKEND_SERVING);
    ck_assert_str_eq(fedpol_service_list_get_backend_node(list, 0, 0), "n");
    ck_assert_str_eq(fedpol_service_list_get_backend_target(list, 0, 0), "west/p");
    ck_assert_str_eq(fedpol_service_list_get_backend_hostname(list, 0, 0), "h");
    ck_assert_str_eq(fedpol_service_list_get_backend_zone(list, 0, 0), "");
    fedpol_service_list_unref(list);
}
END_TEST

START_TEST(past_the_end_there_is_nothing)
{
    fedpol_service_list *list = NULL;
    fedpol_service_objects *objects = NULL;
    mesh m;

    ck_assert_int_eq(setup(&m), 0);
    ck_assert_int_eq(fedpol_context_query_services(m.context, &list), 0);
    ck_assert_int_eq(fedpol_context_query_service_objects(m.context, FEDPOL_FORM_SLICES, &objects),
                     0);
    for (size_t i = 0; i < 2; i++) {
        const fedpol_service_list *which = i == 0 ? list : NULL;
        const fedpol_service_objects *what = i == 0 ? objects : NULL;

        ck_assert_ptr_null(fedpol_service_list_get_name(which, 1));
        ck_assert_ptr_null(fedpol_service_list_get_cluster(which, 0, 1));
        ck_assert_ptr_null(fedpol_service_list_get_port_name(which, 0, 1));
        ck_assert_int_eq(fedpol_service_list_get_port_number(which, 0, 1), -1);
        ck_assert_ptr_null(fedpol_service_list_get_backend_address(which, 0, 1));
        ck_assert_int_eq(fedpol_service_list_get_backend_port(which, 0, 1), -1);
        ck_assert_int_eq(fedpol_service_list_get_backend_conditions(which, 0, 1), -1);
        ck_assert_uint_eq(fedpol_service_list_get_backend_count(which, 1), 0);
        ck_assert_int_eq(fedpol_service_objects_get_verb(what, 1), 0);
        ck_assert_ptr_null(fedpol_service_objects_get_json(what, 1));
    }
    ck_assert_ptr_null(fedpol_service_list_unref(list));
    ck_assert_ptr_null(fedpol_service_objects_unref(objects));
    ck_assert_ptr_null(fedpol_service_list_ref(NULL));
    ck_assert_ptr_null(fedpol_service_objects_ref(NULL));
    mesh_done(&m);
}
END_TEST

START_TEST(wrong_arguments_are_refused)
{
    fedpol_service_objects *objects = NULL;
    fedpol_request *request = NULL;
    fedpol_error *error = NULL;
    mesh m;

    ck_assert_int_eq(setup(&m), 0);
    ck_assert_int_eq(fedpol_context_query_services(m.context, NULL), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_context_query_services(NULL, NULL), FEDPOL_E_INVALID);
    for (unsigned form = 0; form < 6; form++)
        if (form == 0 || form > 3)
            ck_assert_int_eq(fedpol_context_query_service_objects(m.context, form, &objects),
                             FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_cluster_set_backend_timeout(m.west, -2), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_cluster_set_backend_hold(m.west, -1), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_context_set_services(NULL, true), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_context_set_keep_last_backends(NULL, true), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_cluster_request(m.east, "GET", "/api/v1/pods", NULL, &request, &error),
                     FEDPOL_E_STATE);
    error = fedpol_error_free(error);
    ck_assert_int_eq(fedpol_cluster_request(NULL, "GET", "/api/v1/pods", NULL, &request, NULL),
                     FEDPOL_E_INVALID);
    ck_assert_ptr_null(request);
    ck_assert_ptr_null(fedpol_request_free(NULL));
    ck_assert_int_eq(fedpol_request_is_done(NULL), 0);
    ck_assert_int_eq(fedpol_request_get_result(NULL), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_request_get_status(NULL), 0);
    ck_assert_str_eq(fedpol_request_get_body(NULL, NULL), "");
    ck_assert_str_eq(fedpol_request_get_message(NULL), "");
    ck_assert_int_eq(fedpol_request_get_retry_after_ms(NULL), -1);
    mesh_done(&m);
}
END_TEST

START_TEST(methods_and_paths_that_are_none_are_refused)
{
    static const char *const paths[] = {"",
                                        "/",
                                        "/healthz",
                                        "api/v1/pods",
                                        "/api/v1/../../x",
                                        "/api/v1//pods",
                                        "/api/v1/a b",
                                        "/api/v1/pods#x",
                                        "/api/v1/%2e%2e/x",
                                        "/api/v1/p\xc3\xa9",
                                        "/api/v1/a\\b",
                                        "/apis/\n"};
    fedpol_request *request = NULL;
    fedpol_error *error = NULL;
    mesh m;

    ck_assert_int_eq(setup(&m), 0);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        ck_assert_msg(fedpol_cluster_request(m.east, "GET", paths[i], NULL, &request, &error) ==
                          FEDPOL_E_INVALID,
                      "%s", paths[i]);
        ck_assert_str_eq(fedpol_error_get_where(error), "path");
        error = fedpol_error_free(error);
    }
    ck_assert_int_eq(fedpol_cluster_request(m.east, "TRACE", "/api/v1/x", NULL, &request, &error),
                     FEDPOL_E_INVALID);
    ck_assert_str_eq(fedpol_error_get_where(error), "method");
    error = fedpol_error_free(error);
    mesh_done(&m);
}
END_TEST

START_TEST(back_ends_leave_after_the_time_that_was_set)
{
    mesh m;

    ck_assert_int_eq(setup(&m), 0);
    ck_assert_int_eq(fedpol_cluster_set_backend_timeout(m.west, 1000), 0);
    ck_assert_int_eq(fedpol_context_set_time(m.context, 100000), 0);
    ck_assert_int_eq(fedpol_cluster_set_lost(m.west), 0);
    ck_assert_int_eq(fedpol_context_set_time(m.context, 100999), 0);
    ck_assert_uint_eq(count(&m), 1);
    ck_assert_int_eq(fedpol_context_set_time(m.context, 101000), 0);
    ck_assert_uint_eq(count(&m), 0);
    ck_assert_int_eq(fedpol_context_set_keep_last_backends(m.context, true), 0);
    ck_assert_uint_eq(count(&m), 1);
    ck_assert_int_eq(fedpol_context_set_keep_last_backends(m.context, false), 0);
    ck_assert_int_eq(fedpol_cluster_set_synced(m.west), 0);
    ck_assert_uint_eq(count(&m), 1);
    mesh_done(&m);
}
END_TEST

/* A policy of east's db that names a service with one address that is ready and one that is not. */
START_TEST(rules_may_mean_ready_addresses_only)
{
    static const char named[] =
        "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{\"apiVersion\":\"v1\",\"kind\":"
        "\"Endpoints\",\"metadata\":{\"namespace\":\"shop\",\"name\":\"named\"},\"subsets\":[{"
        "\"addresses\":[{\"ip\":\"192.0.2.1\"}],\"notReadyAddresses\":[{\"ip\":\"192.0.2.2\"}],"
        "\"ports\":[{\"port\":9000}]}]},{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":"
        "\"NetworkPolicy\",\"metadata\":{\"namespace\":\"shop\",\"name\":\"names\"},\"spec\":{"
        "\"selector\":\"all()\",\"types\":[\"Egress\"],\"egress\":[{\"action\":\"Allow\","
        "\"destination\":{\"services\":{\"name\":\"named\"}}}]}}]}";
    mesh m;

    ck_assert_int_eq(setup(&m), 0);
    ck_assert_int_eq(feed(m.east, named), 0);
    ck_assert_int_eq(mesh_ask(&m, "shop/db", "192.0.2.1", 9000), FEDPOL_VERDICT_ALLOW);
    ck_assert_int_eq(mesh_ask(&m, "shop/db", "192.0.2.2", 9000), FEDPOL_VERDICT_ALLOW);
    ck_assert_int_eq(fedpol_context_set_ready_services(m.context, true), 0);
    ck_assert_int_eq(mesh_ask(&m, "shop/db", "192.0.2.1", 9000), FEDPOL_VERDICT_ALLOW);
    ck_assert_int_eq(mesh_ask(&m, "shop/db", "192.0.2.2", 9000), FEDPOL_VERDICT_DENY);
    ck_assert_int_eq(fedpol_context_set_ready_services(NULL, true), FEDPOL_E_INVALID);
    mesh_done(&m);
}
END_TEST

START_TEST(nothing_is_to_be_written_before_the_local_cluster_is_in_sync)
{
    fedpol_service_objects *objects = NULL;
    mesh m;

    ck_assert_int_eq(setup(&m), 0);
    ck_assert_int_eq(fedpol_cluster_set_lost(m.east), 0);
    ck_assert_int_eq(fedpol_context_query_service_writes(m.context, 1, &objects), FEDPOL_E_STATE);
    ck_assert_int_eq(fedpol_cluster_set_synced(m.east), 0);
    ck_assert_int_eq(fedpol_context_query_service_writes(m.context, 3, &objects), 0);
    ck_assert_uint_eq(fedpol_service_objects_get_count(objects), 2);
    ck_assert_int_eq(fedpol_service_objects_get_verb(objects, 0), FEDPOL_VERB_CREATE);
    ck_assert_str_eq(fedpol_service_objects_get_kind(objects, 0), "Endpoints");
    ck_assert_str_eq(fedpol_service_objects_get_kind(objects, 1), "EndpointSlice");
    ck_assert_str_eq(fedpol_service_objects_get_namespace(objects, 1), "shop");
    ck_assert_str_eq(fedpol_service_objects_get_uid(objects, 1), "");
    ck_assert_str_eq(fedpol_service_objects_get_resource_version(objects, 1), "");
    fedpol_service_objects_unref(objects);
    mesh_done(&m);
}
END_TEST

START_TEST(a_change_of_what_is_wanted_is_an_event)
{
    fedpol_event *event;
    bool told = false;
    mesh m;

    ck_assert_int_eq(setup(&m), 0);
    ck_assert_int_ge(fedpol_context_process(m.context), 0);
    while ((event = fedpol_context_next_event(m.context)) != NULL) {
        told = told || fedpol_event_get_type(event) == FEDPOL_EVENT_SERVICES;
        fedpol_event_free(event);
    }
    ck_assert(told);
    ck_assert_int_eq(feed(m.west, ENDPOINTS), 0); /* the same again */
    ck_assert_int_ge(fedpol_context_process(m.context), 0);
    ck_assert_ptr_null(fedpol_context_next_event(m.context));
    mesh_done(&m);
}
END_TEST

API_TEST_MAIN("api/services", a_service_tells_all_of_its_back_ends, past_the_end_there_is_nothing,
              wrong_arguments_are_refused, methods_and_paths_that_are_none_are_refused,
              back_ends_leave_after_the_time_that_was_set, rules_may_mean_ready_addresses_only,
              nothing_is_to_be_written_before_the_local_cluster_is_in_sync,
              a_change_of_what_is_wanted_is_an_event)
