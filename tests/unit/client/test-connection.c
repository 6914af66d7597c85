/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/connection.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "libfedpol/base/check.h"
#include "libfedpol/client/clock.h"
#include "tests/support/fake_server.h"
#include "tests/support/fp_test.h"

/* One cluster against a server that says what the test wants. What the client as a whole makes of
   it, faults included, stands in tests/live. */

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define WHOLE(body) HEAD "Connection: close\r\n\r\n" body
#define WATCH HEAD "Transfer-Encoding: chunked\r\n\r\n"
#define ERROR(code) "HTTP/1.1 " code " X\r\nContent-Length: 2\r\n\r\n{}"
#define LIST(items)                                                                                \
    "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"7\"},"           \
    "\"items\":[" items "]}"
#define KUBE_SYSTEM(uid)                                                                           \
    "{\"kind\":\"Namespace\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"kube-system\","        \
    "\"resourceVersion\":\"8\",\"uid\":\"" uid "\"}}"
#define UID_PATH "/api/v1/namespaces/kube-system"
#define CRD "/apis/crd.projectcalico.org/v1/hostendpoints"
#define V3 "/apis/projectcalico.org/v3/hostendpoints"

typedef struct fixture {
    fake_server server;
    fp_http *http;
    fp_connection *connection;
    fp_connection_options options;
    fp_follow *more;
    bool leave;      /* unfollows MORE from inside its hook */
    unsigned begins; /* of lists */
    unsigned ends;
    unsigned pods;
    unsigned secrets;
    unsigned changes;
} fixture;

static int on_begins(void *user, const fp_follow_view *view)
{
    fixture *f = user;

    (void)view;
    f->begins++;
    return 0;
}

static int on_ends(void *user, const fp_follow_view *view)
{
    fixture *f = user;

    (void)view;
    f->ends++;
    return 0;
}

static void on_fails(void *user, const fp_follow_view *view)
{
    (void)user;
    (void)view;
}

static int on_object(void *user, const fp_follow_view *view, const fp_wire_object *object)
{
    fixture *f = user;

    (void)object;
    f->pods += strcmp(view->kind, "Pod") == 0;
    if (view->tag != f)
        return 0;
    f->secrets++;
    if (f->leave)
        fp_connection_unfollow(f->connection, f->more);
    return 0;
}

static int on_bad(void *user, const fp_follow_view *view, const fp_wire_object *where,
                  const fedpol_error *error)
{
    (void)user;
    (void)view;
    (void)where;
    (void)error;
    return 0;
}

static void on_changed(void *user)
{
    fixture *f = user;

    f->changes++;
}

static void on_answered(void *user)
{
    (void)user;
}

static void setup(fixture *f)
{
    *f = (fixture){.options = {.start_ms = 60000, .limits = fp_wire_default_limits}};
    fake_server_open(&f->server);
    ck_assert_int_eq(fp_http_new(FP_HTTP_EVENTS, &f->http), 0);
}

static void route(fixture *f, const char *path, const char *query, const char *answer)
{
    fake_server_route(&f->server, (fake_route){.path = path,
                                               .query = query,
                                               .answer = answer,
                                               .close = strstr(answer, "close") != NULL});
}

/* Whatever no other route takes: nothing there, and nothing happens. */
static void route_rest(fixture *f)
{
    route(f, "/*", "sendInitialEvents", ERROR("422"));
    route(f, "/*", "watch=1", WATCH);
    route(f, UID_PATH, NULL, WHOLE(KUBE_SYSTEM("u")));
    route(f, "/*", NULL, WHOLE(LIST("")));
}

static void connect_to_it(fixture *f, int64_t now_ms)
{
    const fp_connection_hooks hooks = {on_begins, on_ends,    on_fails,    on_object,
                                       on_bad,    on_changed, on_answered, f};
    fp_client_config config = {0};
    char server[64];

    (void)snprintf(server, sizeof(server), "http://127.0.0.1:%d", f->server.port);
    ck_assert_int_eq(fp_secret_set(&config.server, fp_str_of(server)), 0);
    ck_assert_int_eq(
        fp_connection_new(f->http, &config, &f->options, &hooks, now_ms, &f->connection), 0);
}

static void teardown(fixture *f)
{
    f->connection = fp_connection_free(f->connection);
    f->http = fp_http_free(f->http);
    fake_server_close(&f->server);
}

static void turn(fixture *f)
{
    struct pollfd fd = {.fd = fp_http_get_fd(f->http), .events = POLLIN};
    int plugin;

    ck_assert_int_eq(fp_connection_poll(f->connection, fp_clock_ms(), fp_clock_unix_s(), &plugin),
                     0);
    (void)poll(&fd, 1, 1);
    (void)fp_http_process(f->http, 1 << 20, 0);
    fake_server_pump(&f->server);
}

static void run(fixture *f, bool (*is_done)(const fixture *f))
{
    for (int i = 0; i < 20000 && !is_done(f); i++)
        turn(f);
    ck_assert(is_done(f));
}

static bool is_in_sync(const fixture *f)
{
    return fp_connection_get_state(f->connection) == FP_CONNECTION_IN_SYNC;
}

static bool knows_uid(const fixture *f)
{
    return *fp_connection_uid(f->connection) != '\0';
}

/* Each kind was listed, or can't be. */
static bool is_answered(const fixture *f)
{
    fp_follow_view view;
    fp_reflector_status status;
    size_t i = 0;

    for (; fp_connection_get(f->connection, i, &view, &status); i++)
        if (!status.complete && status.code == 0)
            return false;
    return i >= 4;
}

static const char *path_of(const fixture *f, const char *kind)
{
    fp_follow_view view;
    fp_reflector_status status;

    for (size_t i = 0; fp_connection_get(f->connection, i, &view, &status); i++)
        if (strcmp(view.kind, kind) == 0)
            return view.path;
    return "";
}

START_TEST(it_is_in_sync_and_settled_once_every_kind_was_listed)
{
    fixture f;

    setup(&f);
    route_rest(&f);
    connect_to_it(&f, fp_clock_ms());
    ck_assert_int_eq(fp_connection_get_state(f.connection), FP_CONNECTION_NEVER);
    ck_assert(!fp_connection_is_settled(f.connection, fp_clock_ms()));
    run(&f, is_in_sync);
    run(&f, knows_uid);
    ck_assert_str_eq(fp_connection_uid(f.connection), "u");
    ck_assert_uint_eq(f.ends, 4);
    ck_assert_uint_ge(f.changes, 4);
    ck_assert(fp_connection_is_settled(f.connection, fp_clock_ms()));
    ck_assert_str_eq(fp_connection_message(f.connection), "");
    teardown(&f);
}
END_TEST

START_TEST(the_group_that_the_cluster_serves_is_followed)
{
    fixture f;

    setup(&f);
    route(&f, "/apis/crd.projectcalico.org/*", NULL, ERROR("404"));
    route_rest(&f);
    connect_to_it(&f, fp_clock_ms());
    run(&f, is_in_sync);
    ck_assert_str_eq(path_of(&f, "HostEndpoint"), V3);
    teardown(&f);
}
END_TEST

/* Of a remote only what may be refused; of a local cluster slices are needed for its rules. */
static const struct need_row {
    const char *refused;
    bool is_local;
    bool in_sync;
} needs[] = {
    {"/api/v1/services*", false, true},
    {"/apis/discovery.k8s.io/*", false, true},
    {"/api/v1/pods*", false, false},
    {"/api/v1/namespaces?*", false, false},
    {CRD "?watch*", false, false},
    {"/apis/discovery.k8s.io/*", true, false},
    {"/apis/policy.networking.k8s.io/*", true, true},
    {"/apis/networking.k8s.io/*", true, false},
};

START_TEST(without_a_kind_it_is_in_sync_only_if_the_kind_may_be_refused)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(needs); i++) {
        fixture f;

        setup(&f);
        f.options.scope.services = true;
        f.options.scope.is_local = needs[i].is_local;
        route(&f, needs[i].refused, NULL, ERROR("403"));
        if (strcmp(needs[i].refused, "/api/v1/namespaces?*") == 0)
            route(&f, "/api/v1/namespaces", NULL, ERROR("403"));
        if (strcmp(needs[i].refused, CRD "?watch*") == 0)
            route(&f, CRD, NULL, ERROR("403"));
        route_rest(&f);
        connect_to_it(&f, fp_clock_ms());
        run(&f, is_answered);
        for (int n = 0; n < 20; n++)
            turn(&f);
        ck_assert_msg(is_in_sync(&f) == needs[i].in_sync, "without %s", needs[i].refused);
        ck_assert_ptr_nonnull(strstr(fp_connection_message(f.connection), "403"));
        teardown(&f);
    }
}
END_TEST

static bool was_listed_twice(const fixture *f)
{
    return f->ends == 8 && is_in_sync(f);
}

START_TEST(a_cluster_that_is_another_one_is_listed_anew)
{
    static const char event[] = "{\"type\":\"MODIFIED\",\"object\":" KUBE_SYSTEM("another") "}\n";
    char watch[512];
    fixture f;

    setup(&f);
    (void)snprintf(watch, sizeof(watch), WATCH "%zx\r\n%s\r\n", strlen(event), event);
    route(&f, "/api/v1/namespaces?watch=1&allowWatchBookmarks=true&resourceVersion=*", NULL, watch);
    route_rest(&f);
    connect_to_it(&f, fp_clock_ms());
    run(&f, was_listed_twice);
    ck_assert_str_eq(fp_connection_uid(f.connection), "another");
    teardown(&f);
}
END_TEST

static const struct settle_row {
    bool is_local;
    bool required;
    bool settles; /* at once, with nobody there */
} settles[] = {
    {false, false, true},
    {false, true, false},
    {true, false, false},
    {true, true, false},
};

static bool has_failed(const fixture *f)
{
    fp_follow_view view;
    fp_reflector_status status;

    return fp_connection_get(f->connection, 0, &view, &status) && status.code < 0;
}

START_TEST(the_start_waits_for_what_is_required_until_its_time_is_over)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(settles); i++) {
        int64_t start = fp_clock_ms();
        fixture f;

        setup(&f);
        f.options.scope.is_local = settles[i].is_local;
        f.options.required = settles[i].required;
        connect_to_it(&f, start);
        fake_server_close(&f.server); /* connections are refused from now on */
        fake_server_open(&f.server);
        run(&f, has_failed);
        ck_assert_int_eq(fp_connection_is_settled(f.connection, start + 59999), settles[i].settles);
        ck_assert(fp_connection_is_settled(f.connection, start + 60000));
        ck_assert_int_le(fp_connection_deadline_ms(f.connection), start + 60000);
        teardown(&f);
    }
}
END_TEST

static bool has_secret(const fixture *f)
{
    return f->secrets > 0;
}

#define SECRET(name)                                                                               \
    "{\"kind\":\"Secret\",\"apiVersion\":\"v1\",\"metadata\":{\"namespace\":\"n\",\"name\":"       \
    "\"" name "\",\"resourceVersion\":\"3\"}}"

START_TEST(one_kind_more_is_followed_until_its_owner_leaves_from_inside_the_hook)
{
    fixture f;

    setup(&f);
    f.leave = true;
    route(&f, "/api/v1/namespaces/n/secrets*", "sendInitialEvents", ERROR("422"));
    route(&f, "/api/v1/namespaces/n/secrets*", NULL, WHOLE(LIST(SECRET("a") "," SECRET("b"))));
    route_rest(&f);
    connect_to_it(&f, fp_clock_ms());
    ck_assert_int_eq(fp_connection_follow(f.connection, "/api/v1/namespaces/n/secrets", "", "v1",
                                          "Secret", &f, &f.more),
                     0);
    ck_assert(!fp_follow_is_answered(f.more));
    run(&f, has_secret);
    run(&f, is_in_sync);
    for (int n = 0; n < 20; n++)
        turn(&f);
    ck_assert_uint_eq(f.secrets, 1); /* the second one of the same answer is no longer told */
    ck_assert_str_eq(path_of(&f, "Secret"), "");
    teardown(&f);
}
END_TEST

static bool wants_pods(const fp_follow_view *view, void *user)
{
    (void)user;
    return strcmp(view->kind, "Pod") == 0;
}

static bool was_relisted(const fixture *f)
{
    return f->ends == 5 && is_in_sync(f);
}

START_TEST(only_what_is_wanted_is_listed_anew)
{
    fixture f;

    setup(&f);
    route_rest(&f);
    connect_to_it(&f, fp_clock_ms());
    run(&f, is_in_sync);
    fp_connection_relist(f.connection, wants_pods, NULL);
    ck_assert(fp_connection_is_awake(f.connection));
    run(&f, was_relisted);
    ck_assert_uint_eq(f.begins, 5);
    teardown(&f);
}
END_TEST

FP_TEST_MAIN("client/connection", it_is_in_sync_and_settled_once_every_kind_was_listed,
             the_group_that_the_cluster_serves_is_followed,
             without_a_kind_it_is_in_sync_only_if_the_kind_may_be_refused,
             a_cluster_that_is_another_one_is_listed_anew,
             the_start_waits_for_what_is_required_until_its_time_is_over,
             one_kind_more_is_followed_until_its_owner_leaves_from_inside_the_hook,
             only_what_is_wanted_is_listed_anew)
