/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "api_test.h"
#include "mesh.h"

/* Results are read by many threads while the context goes on and goes away; TSan watches when the
   build is instrumented for it. */

enum { READERS = 8, ROUNDS = 200 };

typedef struct results {
    fedpol_endpoint_list *endpoints;
    fedpol_set_list *sets;
    fedpol_verdict *verdict;
    fedpol_ruleset *ruleset;
    fedpol_selector *selector;
    fedpol_delta *delta;
} results;

static results results_ref(const results *r)
{
    return (results){fedpol_endpoint_list_ref(r->endpoints), fedpol_set_list_ref(r->sets),
                     fedpol_verdict_ref(r->verdict),         fedpol_ruleset_ref(r->ruleset),
                     fedpol_selector_ref(r->selector),       fedpol_delta_ref(r->delta)};
}

static void results_unref(results *r)
{
    fedpol_endpoint_list_unref(r->endpoints);
    fedpol_set_list_unref(r->sets);
    fedpol_verdict_unref(r->verdict);
    fedpol_ruleset_unref(r->ruleset);
    fedpol_selector_unref(r->selector);
    fedpol_delta_unref(r->delta);
}

static size_t read_once(const results *r)
{
    static const char *const name = "app";
    static const char *const value = "web";
    char text[128];
    size_t sum = 0;

    for (size_t i = 0; i < fedpol_endpoint_list_get_count(r->endpoints); i++)
        sum += strlen(fedpol_endpoint_list_get_name(r->endpoints, i));
    for (size_t i = 0; i < fedpol_set_list_get_count(r->sets); i++)
        sum += strlen(fedpol_set_list_get_selector(r->sets, i));
    sum += (size_t)fedpol_verdict_get_value(r->verdict);
    sum += strlen(fedpol_ruleset_get_text(r->ruleset, NULL));
    sum += fedpol_delta_get_set_count(r->delta);
    sum += (size_t)fedpol_selector_matches(r->selector, &name, &value, 1);
    sum += (size_t)fedpol_selector_get_canonical(r->selector, text, sizeof(text));
    return sum;
}

static void *reader(void *user_data)
{
    results mine = results_ref(user_data);
    size_t first = read_once(&mine);

    for (int i = 0; i < ROUNDS; i++) {
        results again = results_ref(&mine);

        if (read_once(&again) != first)
            first = 0;
        results_unref(&again);
    }
    results_unref(&mine);
    return first ? user_data : NULL;
}

static void make_results(mesh *m, results *r)
{
    fedpol_renderer *renderer = NULL;
    fedpol_flow flow;

    memset(r, 0, sizeof(*r));
    fedpol_flow_init(&flow, sizeof(flow));
    flow.from = "10.1.0.1";
    flow.to = "10.0.0.1";
    flow.protocol = "tcp";
    flow.destination_port = 5432;
    ck_assert_int_eq(fedpol_context_commit(m->context, &r->delta), 0);
    ck_assert_int_eq(fedpol_context_query_endpoints(m->context, NULL, &r->endpoints), 0);
    ck_assert_int_eq(fedpol_context_query_sets(m->context, &r->sets), 0);
    ck_assert_int_eq(fedpol_context_get_verdict(m->context, &flow, &r->verdict, NULL), 0);
    ck_assert_int_eq(fedpol_selector_parse("app == 'web'", &r->selector, NULL), 0);
    ck_assert_int_eq(fedpol_renderer_new(m->context, NULL, &renderer, NULL), 0);
    ck_assert_int_eq(fedpol_renderer_full(renderer, &r->ruleset), 0);
    fedpol_renderer_unref(renderer);
}

START_TEST(results_are_read_by_many_threads_while_the_context_goes_on)
{
    pthread_t threads[READERS];
    mesh m;
    results r;

    ck_assert_int_eq(mesh_init(&m), 0);
    make_results(&m, &r);
    for (size_t i = 0; i < READERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, reader, &r), 0);
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(mesh_west_pod(&m, i % 2 ? "ADDED" : "DELETED", "web", "web", "10.1.0.1"),
                         0);
        ck_assert_int_ge(fedpol_context_process(m.context), 0);
    }
    mesh_done(&m);
    for (size_t i = 0; i < READERS; i++) {
        void *seen = NULL;

        ck_assert_int_eq(pthread_join(threads[i], &seen), 0);
        ck_assert_ptr_eq(seen, &r);
    }
    results_unref(&r);
}
END_TEST

static void *waker(void *user_data)
{
    for (int i = 0; i < ROUNDS; i++)
        fedpol_context_wake(user_data);
    return NULL;
}

START_TEST(another_thread_may_wake_the_context_at_any_time)
{
    pthread_t thread;
    mesh m;

    ck_assert_int_eq(mesh_init(&m), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, waker, m.context), 0);
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(mesh_west_pod(&m, "MODIFIED", "web", i % 2 ? "web" : "x", "10.1.0.1"), 0);
        ck_assert_int_ge(fedpol_context_wait(m.context, 100), 0);
    }
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    mesh_done(&m);
}
END_TEST

static void *own_context(void *user_data)
{
    mesh m;
    int r = mesh_init(&m);

    if (r == 0)
        r = mesh_ask(&m, "10.1.0.1", "shop/db", 5432);
    if (r >= 0)
        mesh_done(&m);
    return r == FEDPOL_VERDICT_ALLOW ? user_data : NULL;
}

START_TEST(contexts_of_different_threads_share_nothing)
{
    pthread_t threads[READERS];
    char token = 0;

    for (size_t i = 0; i < READERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, own_context, &token), 0);
    for (size_t i = 0; i < READERS; i++) {
        void *seen = NULL;

        ck_assert_int_eq(pthread_join(threads[i], &seen), 0);
        ck_assert_ptr_eq(seen, &token);
    }
}
END_TEST

API_TEST_MAIN("api/threads", results_are_read_by_many_threads_while_the_context_goes_on,
              another_thread_may_wake_the_context_at_any_time,
              contexts_of_different_threads_share_nothing)
