/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api_test.h"
#include "mesh.h"

/* Both out-of-memory loops over the public scenarios, through the public allocator: each allocation
   fails once, and each one together with all that follow. */

static struct {
    size_t calls;
    size_t live;
    size_t fail_at; /* 0: never */
    int fail_on;    /* also all later ones */
} counting;

static int refuses(void)
{
    counting.calls++;
    if (!counting.fail_at || counting.calls < counting.fail_at)
        return 0;
    return counting.calls == counting.fail_at || counting.fail_on;
}

static void *counting_alloc(size_t size, void *user_data)
{
    void *ptr;

    ck_assert_ptr_eq(user_data, &counting);
    if (refuses())
        return NULL;
    ptr = malloc(size);
    counting.live += ptr != NULL;
    return ptr;
}

static void *counting_realloc(void *ptr, size_t size, void *user_data)
{
    void *moved;

    (void)user_data;
    if (refuses())
        return NULL;
    moved = realloc(ptr, size);
    counting.live += !ptr && moved;
    return moved;
}

static void counting_free(void *ptr, void *user_data)
{
    (void)user_data;
    ck_assert_ptr_nonnull(ptr);
    counting.live--;
    free(ptr);
}

static void install(size_t fail_at, int fail_on)
{
    fedpol_allocator allocator;

    fedpol_allocator_init(&allocator, sizeof(allocator));
    allocator.alloc = counting_alloc;
    allocator.realloc = counting_realloc;
    allocator.free = counting_free;
    allocator.user_data = &counting;
    counting.calls = 0;
    counting.live = 0;
    counting.fail_at = fail_at;
    counting.fail_on = fail_on;
    ck_assert_int_eq(fedpol_set_allocator(&allocator), 0);
}

static void check_all(int (*scenario)(void))
{
    size_t total;

    install(0, 0);
    ck_assert_int_ge(scenario(), 0);
    ck_assert_uint_eq(counting.live, 0);
    total = counting.calls;
    ck_assert_uint_ge(total, 1);
    for (int fail_on = 0; fail_on <= 1; fail_on++) {
        for (size_t i = 1; i <= total; i++) {
            int r;

            install(i, fail_on);
            r = scenario();
            ck_assert_msg(r >= 0 || r == FEDPOL_E_NOMEM, "allocation %zu failed, result %d", i, r);
            ck_assert_msg(counting.live == 0, "allocation %zu failed, %zu blocks leak", i,
                          counting.live);
        }
    }
    ck_assert_int_eq(fedpol_set_allocator(NULL), 0);
}

static int ask_selector(void)
{
    fedpol_selector *selector = NULL;
    fedpol_error *error = NULL;
    char text[128];
    char id[FEDPOL_SELECTOR_ID_SIZE];
    int r = fedpol_selector_parse("a == 'x' && !(b in {'y', 'z'} || has(c))", &selector, NULL);

    if (r == 0)
        r = fedpol_selector_get_canonical(selector, text, sizeof(text));
    if (r >= 0)
        r = fedpol_selector_get_id(selector, id, sizeof(id));
    selector = fedpol_selector_unref(selector);
    if (r == 0) {
        r = fedpol_selector_parse("a == ", &selector, &error);
        r = r == FEDPOL_E_PARSE ? 0 : r;
    }
    error = fedpol_error_free(error);
    return r;
}

START_TEST(selectors_survive)
{
    check_all(ask_selector);
}
END_TEST

static int feed_and_query(void)
{
    mesh m;
    fedpol_endpoint_list *endpoints = NULL;
    fedpol_set_list *sets = NULL;
    fedpol_policy_list *policies = NULL;
    fedpol_diagnostic_list *diagnostics = NULL;
    fedpol_cluster_list *clusters = NULL;
    int r = mesh_init(&m);

    if (r < 0)
        return r;
    r = mesh_west_pod(&m, "ADDED", "bad", "web", "10.0.0.0/99");
    if (r == 0)
        r = fedpol_context_query_endpoints(m.context, NULL, &endpoints);
    if (r == 0)
        r = fedpol_context_query_sets(m.context, &sets);
    if (r == 0)
        r = fedpol_context_query_policies(m.context, NULL, &policies);
    if (r == 0)
        r = fedpol_context_query_diagnostics(m.context, &diagnostics);
    if (r == 0)
        r = fedpol_context_query_clusters(m.context, &clusters);
    if (r == 0)
        r = mesh_ask(&m, "west:shop/web", "shop/db", 5432);
    ck_assert(r < 0 || r == FEDPOL_VERDICT_ALLOW);
    fedpol_endpoint_list_unref(endpoints);
    fedpol_set_list_unref(sets);
    fedpol_policy_list_unref(policies);
    fedpol_diagnostic_list_unref(diagnostics);
    fedpol_cluster_list_unref(clusters);
    mesh_done(&m);
    return r;
}

START_TEST(feeding_and_queries_survive)
{
    check_all(feed_and_query);
}
END_TEST

static int render(void)
{
    mesh m;
    fedpol_renderer *renderer = NULL;
    fedpol_ruleset *full = NULL;
    fedpol_ruleset *delta = NULL;
    int r = mesh_init(&m);

    if (r < 0)
        return r;
    r = fedpol_renderer_new(m.context, NULL, &renderer, NULL);
    if (r == 0)
        r = fedpol_renderer_full(renderer, &full);
    if (r == 0)
        r = mesh_west_pod(&m, "ADDED", "web-2", "web", "10.1.0.3");
    if (r == 0)
        r = fedpol_renderer_delta(renderer, &delta);
    if (r == 0)
        ck_assert_ptr_nonnull(strstr(fedpol_ruleset_get_text(delta, NULL), "10.1.0.3"));
    fedpol_ruleset_unref(full);
    fedpol_ruleset_unref(delta);
    fedpol_renderer_unref(renderer);
    mesh_done(&m);
    return r;
}

START_TEST(renderings_survive)
{
    check_all(render);
}
END_TEST

static int lifecycle(void)
{
    mesh m;
    fedpol_delta *delta = NULL;
    fedpol_event *event;
    int r = mesh_init(&m);

    if (r < 0)
        return r;
    r = fedpol_context_process(m.context);
    if (r >= 0)
        while ((event = fedpol_context_next_event(m.context)) != NULL)
            fedpol_event_free(event);
    if (r >= 0)
        r = fedpol_cluster_set_origin(m.west, "somewhere");
    if (r >= 0)
        r = fedpol_cluster_begin_resync(m.west, NULL, NULL);
    if (r >= 0)
        r = mesh_west_pod(&m, "ADDED", "web-2", "web", "10.1.0.3");
    if (r >= 0)
        r = fedpol_cluster_end_resync(m.west, NULL, NULL);
    if (r >= 0)
        r = fedpol_cluster_remove(m.west);
    if (r >= 0)
        r = fedpol_context_commit(m.context, &delta);
    fedpol_delta_unref(delta);
    mesh_done(&m);
    return r;
}

/* The members of the set are told of once each, whatever runs out in between. */
static int commits_of_ones_own(void)
{
    mesh m;
    fedpol_delta *delta = NULL;
    fedpol_set_list *sets = NULL;
    int r = mesh_init(&m);

    if (r < 0)
        return r;
    r = fedpol_context_set_auto_commit(m.context, false);
    if (r >= 0)
        r = fedpol_context_query_sets(m.context, &sets);
    if (r >= 0)
        r = mesh_west_pod(&m, "ADDED", "web-2", "web", "10.1.0.3");
    if (r >= 0)
        r = fedpol_context_process(m.context);
    for (int i = 0; i < 2 && r >= 0; i++) {
        delta = fedpol_delta_unref(delta);
        r = fedpol_context_commit(m.context, &delta);
        ck_assert(r < 0 || fedpol_delta_get_added_count(delta, 0) == 1);
    }
    fedpol_delta_unref(delta);
    fedpol_set_list_unref(sets);
    mesh_done(&m);
    return r;
}

START_TEST(commits_of_ones_own_survive)
{
    check_all(commits_of_ones_own);
}
END_TEST

START_TEST(resync_removal_and_events_survive)
{
    check_all(lifecycle);
}
END_TEST

static const char service[] =
    "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":["
    "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"namespace\":\"shop\",\"name\":"
    "\"fed\","
    "\"annotations\":{\"federation.tigera.io/serviceSelector\":\"has(run)\"}},\"spec\":{\"ports\":"
    "[{\"port\":80}]}},"
    "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"namespace\":\"shop\",\"name\":"
    "\"bad\","
    "\"annotations\":{\"federation.tigera.io/serviceSelector\":\"run ==\"}}},"
    "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"namespace\":\"shop\",\"name\":"
    "\"app\","
    "\"labels\":{\"run\":\"x\"}},\"spec\":{\"ports\":[{\"port\":80}]}},"
    "{\"apiVersion\":\"v1\",\"kind\":\"Endpoints\",\"metadata\":{\"namespace\":\"shop\",\"name\":"
    "\"app\"},\"subsets\":[{\"addresses\":[{\"ip\":\"10.0.0.9\"}],\"ports\":[{\"port\":9}]}]}]}";

static int federate(void)
{
    mesh m;
    fedpol_service_list *services = NULL;
    fedpol_service_objects *objects = NULL;
    fedpol_service_objects *writes = NULL;
    int r = mesh_init(&m);

    if (r < 0)
        return r;
    r = fedpol_cluster_feed(m.east, service, sizeof(service) - 1, NULL);
    if (r == 0)
        r = fedpol_context_query_services(m.context, &services);
    if (r == 0)
        r = fedpol_context_query_service_objects(m.context, 3, &objects);
    if (r == 0)
        r = fedpol_context_query_service_writes(m.context, 3, &writes);
    if (r == 0)
        ck_assert_uint_eq(fedpol_service_objects_get_count(writes), 2);
    fedpol_service_list_unref(services);
    fedpol_service_objects_unref(objects);
    fedpol_service_objects_unref(writes);
    mesh_done(&m);
    return r;
}

START_TEST(federated_services_survive)
{
    check_all(federate);
}
END_TEST

static char folder[64];

static void put_file(const char *name, const char *text)
{
    char path[128];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static int load(void)
{
    fedpol_context *context = NULL;
    fedpol_cluster *cluster = NULL;
    int r = fedpol_context_new(&context);

    if (r == 0)
        r = fedpol_cluster_new(context, "east", FEDPOL_ROLE_LOCAL, &cluster, NULL);
    if (r == 0)
        r = fedpol_cluster_load_dir(cluster, folder, NULL);
    if (r == 0)
        r = fedpol_context_commit(context, NULL);
    fedpol_cluster_unref(cluster);
    fedpol_context_unref(context);
    return r;
}

START_TEST(manifest_folders_survive)
{
    static const char *const names[] = {"a.yaml", "b.json", "broken.yaml"};

    (void)snprintf(folder, sizeof(folder), "%s", "/tmp/fedpol-oom-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    put_file("a.yaml", mesh_east);
    put_file("b.json", mesh_west);
    put_file("broken.yaml", "a: [");
    check_all(load);
    for (size_t i = 0; i < 3; i++) {
        char path[128];

        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        ck_assert_int_eq(unlink(path), 0);
    }
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(half_an_allocator_is_refused)
{
    fedpol_allocator allocator;

    fedpol_allocator_init(&allocator, sizeof(allocator));
    ck_assert_int_eq(fedpol_set_allocator(&allocator), 0);
    allocator.alloc = counting_alloc;
    ck_assert_int_eq(fedpol_set_allocator(&allocator), FEDPOL_E_INVALID);
    allocator.struct_size = 8;
    ck_assert_int_eq(fedpol_set_allocator(&allocator), FEDPOL_E_INVALID);
    ck_assert_int_eq(fedpol_set_allocator(NULL), 0);
}
END_TEST

API_TEST_MAIN("api/oom", selectors_survive, feeding_and_queries_survive, renderings_survive,
              resync_removal_and_events_survive, commits_of_ones_own_survive,
              manifest_folders_survive, federated_services_survive, half_an_allocator_is_refused)
