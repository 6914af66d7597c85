/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_test.h"
#include "live_server.h"

#include <fedpol/fedpol.h>

/* Memory that runs out while clusters connect, are listed, watched, configured by others and
   removed. The number of allocations depends on how bytes arrive, so each loop goes on until a run
   needed fewer. Curl allocates by itself and is not made to fail. */

enum { STRIDE = 11 };

static struct {
    size_t calls;
    size_t live;
    size_t fail_at; /* 0: never */
    bool fail_on;   /* also all later ones */
    bool failed;
} counting;

static bool refuses(void)
{
    counting.calls++;
    if (!counting.fail_at || counting.calls < counting.fail_at)
        return false;
    if (counting.calls > counting.fail_at && !counting.fail_on)
        return false;
    counting.failed = true;
    return true;
}

static void *counting_alloc(size_t size, void *user_data)
{
    void *ptr = refuses() ? NULL : malloc(size);

    (void)user_data;
    counting.live += ptr != NULL;
    return ptr;
}

static void *counting_realloc(void *ptr, size_t size, void *user_data)
{
    void *moved = refuses() ? NULL : realloc(ptr, size);

    (void)user_data;
    counting.live += !ptr && moved;
    return moved;
}

static void counting_free(void *ptr, void *user_data)
{
    (void)user_data;
    counting.live--;
    free(ptr);
}

static void install(size_t fail_at, bool fail_on)
{
    fedpol_allocator allocator;

    fedpol_allocator_init(&allocator, sizeof(allocator));
    allocator.alloc = counting_alloc;
    allocator.realloc = counting_realloc;
    allocator.free = counting_free;
    counting.calls = counting.live = 0;
    counting.fail_at = fail_at;
    counting.fail_on = fail_on;
    counting.failed = false;
    ck_assert_int_eq(fedpol_set_allocator(&allocator), 0);
}

static int port;

typedef struct program {
    fedpol_context *context;
    fedpol_cluster *east;
    fedpol_source *source;
    fedpol_request *request;
} program;

static int begin(program *p)
{
    char url[64];
    int r = fedpol_context_new(&p->context);

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/east", port);
    if (r == 0)
        r = fedpol_context_set_follow_remotes(p->context, true);
    if (r == 0)
        r = fedpol_cluster_new(p->context, "east", FEDPOL_ROLE_LOCAL, &p->east, NULL);
    if (r == 0)
        r = fedpol_source_new(&p->source);
    if (r == 0)
        r = fedpol_source_set_server(p->source, url);
    if (r == 0)
        r = fedpol_source_set_token(p->source, "t");
    if (r == 0)
        r = fedpol_cluster_connect(p->east, p->source, NULL);
    return r;
}

static int turn(program *p, int wait_ms)
{
    fedpol_event *event;
    int r = fedpol_context_wait(p->context, wait_ms);

    while (r >= 0 && (event = fedpol_context_next_event(p->context)) != NULL)
        event = fedpol_event_free(event);
    return r;
}

static int state_of(program *p, const char *name)
{
    fedpol_cluster *cluster = NULL;
    int state = -1;

    if (fedpol_cluster_find(p->context, name, &cluster) == 0)
        state = fedpol_cluster_get_state(cluster);
    fedpol_cluster_unref(cluster);
    return state;
}

static size_t count_endpoints(program *p)
{
    fedpol_endpoint_list *list = NULL;
    size_t n = 0;

    if (fedpol_context_query_endpoints(p->context, NULL, &list) == 0)
        n = fedpol_endpoint_list_get_count(list);
    fedpol_endpoint_list_unref(list);
    return n;
}

static bool is_done(program *p)
{
    return state_of(p, "east") == FEDPOL_CLUSTER_IN_SYNC &&
           state_of(p, "west") == FEDPOL_CLUSTER_IN_SYNC && count_endpoints(p) == 6;
}

/* Turns until all is there, or TURNS are over; after a failure a few more only. */
static int run(program *p, int turns, int after)
{
    int r = 0;

    while (turns-- > 0 && !is_done(p)) {
        r = turn(p, counting.failed ? 1 : 5);
        if (r < 0 && r != FEDPOL_E_NOMEM)
            return r;
        if (counting.failed && after-- <= 0)
            return FEDPOL_E_NOMEM;
    }
    return is_done(p) ? 0 : FEDPOL_E_NOMEM;
}

static int ask(program *p, int after)
{
    int r = fedpol_cluster_request(p->east, "GET", "/api/v1/namespaces/a/configmaps/b", NULL,
                                   &p->request, NULL);

    while (r == 0 && fedpol_request_is_done(p->request) == 0) {
        r = turn(p, 5) < 0 ? FEDPOL_E_NOMEM : 0;
        if (counting.failed && after-- <= 0)
            return FEDPOL_E_NOMEM;
    }
    return r;
}

static void end(program *p)
{
    p->request = fedpol_request_free(p->request);
    p->source = fedpol_source_free(p->source);
    p->east = fedpol_cluster_unref(p->east);
    p->context = fedpol_context_unref(p->context);
}

/* Everything, with what a caller does who gives up when memory is short. */
static int live_and_let_go(void)
{
    program p = {0};
    int r = begin(&p);

    if (r == 0)
        r = run(&p, 2000, 4);
    if (r == 0)
        r = ask(&p, 4);
    if (r == 0)
        r = fedpol_cluster_disconnect(p.east);
    if (r == 0)
        r = fedpol_cluster_connect(p.east, p.source, NULL); /* what is known stays */
    if (r == 0)
        r = fedpol_cluster_remove(p.east);
    end(&p);
    return r;
}

/* Each of the first allocations, then one in STRIDE: where the bytes happen to be cut differs from
   run to run, and so do the allocations that are hit. */
START_TEST(a_caller_who_gives_up_leaks_nothing)
{
    port = live_server_start();
    for (int fail_on = 0; fail_on <= 1; fail_on++) {
        size_t n = 0;
        int r;

        do {
            n += n < 120 ? 1 : STRIDE;
            install(n, fail_on != 0);
            r = live_and_let_go();
            ck_assert_msg(r == 0 || r == FEDPOL_E_NOMEM, "allocation %zu: %d", n, r);
            ck_assert_msg(counting.live == 0, "allocation %zu: %zu blocks leak", n, counting.live);
        } while (counting.failed);
        ck_assert_uint_gt(n, 300);
        ck_assert_int_eq(r, 0);
    }
    ck_assert_int_eq(fedpol_set_allocator(NULL), 0);
    live_server_stop();
}
END_TEST

/* One failure each, at places spread over the whole: what is tried again comes to the same end. */
START_TEST(a_caller_who_goes_on_gets_everything)
{
    size_t total;

    port = live_server_start();
    install(0, false);
    ck_assert_int_eq(live_and_let_go(), 0);
    total = counting.calls;
    for (size_t n = 1; n < total; n += total / 30) {
        program p = {0};
        int r;

        install(n, false);
        r = begin(&p);
        if (r == FEDPOL_E_NOMEM) { /* told at once: the caller does it again */
            end(&p);
            r = begin(&p);
        }
        ck_assert_int_eq(r, 0);
        for (int i = 0; i < 6000 && !is_done(&p); i++)
            (void)turn(&p, 5);
        counting.fail_at = 0; /* if it has not come yet, it shall not hit the check itself */
        ck_assert_msg(is_done(&p), "allocation %zu of %zu: %zu endpoints", n, total,
                      count_endpoints(&p));
        end(&p);
        ck_assert_uint_eq(counting.live, 0);
    }
    ck_assert_int_eq(fedpol_set_allocator(NULL), 0);
    live_server_stop();
}
END_TEST

API_TEST_MAIN("api/oom-live", a_caller_who_gives_up_leaks_nothing,
              a_caller_who_goes_on_gets_everything)
