/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/http_internal.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "libfedpol/base/check.h"
#include "tests/support/fake_server.h"
#include "tests/support/fp_test.h"

/* Every test runs in curl's event mode and over curl_multi_poll(): the same must come out. */
static const fp_http_mode modes[] = {FP_HTTP_EVENTS, FP_HTTP_POLL};

enum { BUDGET_NS = 1000000 };

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

typedef struct http_fixture {
    fake_server server;
    fp_http *http;
    fp_http_peer *peer;
} http_fixture;

typedef struct heard {
    http_fixture *fixture;
    fp_exchange *exchange; /* to be cancelled from inside; NULL: not */
    const char *cancel_in; /* "head", "body" */
    int refuse_head;
    int refuse_body;
    fp_response_head head;
    char type[64];
    int heads;
    size_t bytes;
    char body[256]; /* its beginning */
    int dones;
    fp_failure failure;
    int sink_code;
    int status;
    char message[256];
} heard;

static int on_head(void *user, const fp_response_head *head)
{
    heard *h = user;

    h->heads++;
    h->head = *head;
    (void)snprintf(h->type, sizeof(h->type), "%.*s", FP_STR_ARG(head->content_type));
    if (h->exchange && strcmp(h->cancel_in, "head") == 0)
        fp_http_cancel(h->fixture->http, h->exchange);
    return h->refuse_head;
}

static int on_body(void *user, fp_str bytes)
{
    heard *h = user;

    for (size_t i = 0; i < bytes.len && h->bytes + i < sizeof(h->body) - 1; i++)
        h->body[h->bytes + i] = bytes.ptr[i];
    h->bytes += bytes.len;
    if (h->exchange && strcmp(h->cancel_in, "body") == 0)
        fp_http_cancel(h->fixture->http, h->exchange);
    return h->refuse_body;
}

static void on_done(void *user, const fp_outcome *outcome)
{
    heard *h = user;

    h->dones++;
    h->failure = outcome->failure;
    h->sink_code = outcome->sink_code;
    h->status = outcome->status;
    (void)snprintf(h->message, sizeof(h->message), "%.*s", FP_STR_ARG(outcome->message));
}

static void setup(http_fixture *f, fp_http_mode mode, const fp_client_config *more)
{
    fp_client_config config = more ? *more : (fp_client_config){0};
    char server[64];

    fake_server_open(&f->server);
    (void)snprintf(server, sizeof(server), "http://127.0.0.1:%d/prefix", f->server.port);
    if (!config.server)
        config.server = server;
    ck_assert_int_eq(fp_http_new(mode, &f->http), 0);
    ck_assert_int_eq(fp_http_peer_new(f->http, &config, NULL, NULL, &f->peer), 0);
}

static void teardown(http_fixture *f)
{
    f->peer = fp_http_peer_unref(f->peer);
    f->http = fp_http_free(f->http);
    fake_server_close(&f->server);
}

static fp_exchange *start(http_fixture *f, heard *h, fp_request request, const char *authorization)
{
    const fp_response_sink sink = {on_head, on_body, on_done, h};
    fp_exchange *exchange = NULL;

    h->fixture = f;
    ck_assert_int_eq(
        fp_http_start(f->http, f->peer, &request, fp_str_of(authorization), &sink, &exchange), 0);
    return exchange;
}

static void turn(http_fixture *f)
{
    struct pollfd fd = {.fd = fp_http_get_fd(f->http), .events = POLLIN};

    (void)poll(&fd, 1, 1);
    (void)fp_http_process(f->http, BUDGET_NS, 1);
    fake_server_pump(&f->server);
}

static void finish(http_fixture *f, const heard *h)
{
    for (int i = 0; i < 20000 && !h->dones; i++)
        turn(f);
    ck_assert_int_eq(h->dones, 1);
}

START_TEST(a_request_has_what_was_asked_for_and_no_more)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(modes); i++) {
        http_fixture f;
        heard h = {0};
        const fp_request request = {.path = "/api/v1/x",
                                    .method = "PATCH",
                                    .content_type = "application/merge-patch+json",
                                    .body = FP_STR("{\"a\":1}")};
        const char *text;

        setup(&f, modes[i], NULL);
        fake_server_route(&f.server, (fake_route){.path = "/prefix/api/v1/x",
                                                  .answer = OK_HEAD "Content-Length: 2\r\n\r\n{}"});
        start(&f, &h, request, "Bearer secret");
        finish(&f, &h);
        text = f.server.last_request;
        ck_assert(strncmp(text, "PATCH /prefix/api/v1/x HTTP/1.1\r\n", 33) == 0);
        ck_assert_ptr_nonnull(strstr(text, "\r\nAuthorization: Bearer secret\r\n"));
        ck_assert_ptr_nonnull(strstr(text, "\r\nContent-Type: application/merge-patch+json\r\n"));
        ck_assert_ptr_nonnull(strstr(text, "\r\nAccept: application/json\r\n"));
        ck_assert_ptr_nonnull(strstr(text, "\r\nUser-Agent: libfedpol/"));
        ck_assert_ptr_nonnull(strstr(text, "\r\n\r\n{\"a\":1}"));
        ck_assert_ptr_null(strstr(text, "Expect:"));
        ck_assert_int_eq(h.status, 200);
        ck_assert_str_eq(h.type, "application/json");
        ck_assert_str_eq(h.body, "{}");
        teardown(&f);
    }
}
END_TEST

static const struct end_row {
    const char *name;
    const char *answer;
    fp_failure failure;
    int status;
    int heads;
    int64_t retry_after_ms;
    const char *body;
} ends[] = {
    {"whole", OK_HEAD "Content-Length: 3\r\n\r\nabc", FP_FAILURE_NONE, 200, 1, -1, "abc"},
    {"chunked", OK_HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
     FP_FAILURE_NONE, 200, 1, -1, "abc"},
    {"as long as it lasts", OK_HEAD "Connection: close\r\n\r\nabc", FP_FAILURE_NONE, 200, 1, -1,
     "abc"},
    {"refused for a while", "HTTP/1.1 429 x\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
     FP_FAILURE_NONE, 429, 1, 7000, ""},
    {"refused for years", "HTTP/1.1 429 x\r\nretry-after: 99999999\r\nContent-Length: 0\r\n\r\n",
     FP_FAILURE_NONE, 429, 1, 3600000, ""},
    {"refused until a day", "HTTP/1.1 429 x\r\nRetry-After: Wed\r\nContent-Length: 0\r\n\r\n",
     FP_FAILURE_NONE, 429, 1, -1, ""},
    {"sent elsewhere",
     "HTTP/1.1 302 x\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
     FP_FAILURE_NONE, 302, 1, -1, ""},
    {"first a hint",
     "HTTP/1.1 103 x\r\nRetry-After: 9\r\n\r\n" OK_HEAD "Content-Length: 1\r\n\r\na",
     FP_FAILURE_NONE, 200, 1, -1, "a"},
    {"cut in the body", OK_HEAD "Content-Length: 30\r\n\r\nabc", FP_FAILURE_CUT, 200, 1, -1, "abc"},
    {"cut in a chunk", OK_HEAD "Transfer-Encoding: chunked\r\n\r\n9\r\nabc", FP_FAILURE_CUT, 200, 1,
     -1, "abc"},
    {"cut in the head", "HTTP/1.1 200 OK\r\nContent-Ty", FP_FAILURE_CUT, 0, 0, -1, ""},
    {"nothing", "", FP_FAILURE_CUT, 0, 0, -1, ""},
    {"no HTTP", "hello\r\n\r\n", FP_FAILURE_CUT, 0, 0, -1, ""},
};

START_TEST(an_answer_ends_in_one_way_and_once)
{
    for (size_t m = 0; m < FP_ARRAY_LEN(modes); m++) {
        for (size_t i = 0; i < FP_ARRAY_LEN(ends); i++) {
            const struct end_row *row = &ends[i];
            http_fixture f;
            heard h = {0};

            setup(&f, modes[m], NULL);
            fake_server_route(
                &f.server,
                (fake_route){.path = "/prefix/api", .answer = row->answer, .close = true});
            start(&f, &h, (fp_request){.path = "/api"}, "");
            finish(&f, &h);
            ck_assert_msg(h.failure == row->failure, "%s: %d %s", row->name, (int)h.failure,
                          h.message);
            ck_assert_msg(h.status == row->status, "%s: %d", row->name, h.status);
            ck_assert_msg(h.heads == row->heads, "%s: %d heads", row->name, h.heads);
            ck_assert_msg(!h.heads || h.head.retry_after_ms == row->retry_after_ms, "%s: %lld",
                          row->name, (long long)h.head.retry_after_ms);
            ck_assert_msg(strcmp(h.body, row->body) == 0, "%s: \"%s\"", row->name, h.body);
            ck_assert_msg(!h.failure == !h.message[0], "%s: \"%s\"", row->name, h.message);
            teardown(&f);
        }
    }
}
END_TEST

START_TEST(what_the_sink_refuses_ends_with_its_code)
{
    for (int in_body = 0; in_body <= 1; in_body++) {
        http_fixture f;
        heard h = {.refuse_head = in_body ? 0 : FEDPOL_E_LIMIT,
                   .refuse_body = in_body ? FEDPOL_E_INVALID : 0};

        setup(&f, FP_HTTP_EVENTS, NULL);
        fake_server_route(&f.server, (fake_route){.path = "/prefix/api",
                                                  .answer = OK_HEAD "Content-Length: 2\r\n\r\n{}"});
        start(&f, &h, (fp_request){.path = "/api"}, "");
        finish(&f, &h);
        ck_assert_int_eq(h.failure, FP_FAILURE_SINK);
        ck_assert_int_eq(h.sink_code, in_body ? FEDPOL_E_INVALID : FEDPOL_E_LIMIT);
        teardown(&f);
    }
}
END_TEST

START_TEST(each_of_its_times_ends_a_request)
{
    static const struct {
        const char *answer;
        fp_request request;
        const char *message;
    } rows[] = {
        {NULL, {.path = "/api", .head_ms = 60}, "no answer came in time"},
        {OK_HEAD "Content-Length: 9\r\n\r\n{",
         {.path = "/api", .idle_ms = 60},
         "the answer stopped in the middle"},
        {OK_HEAD "Content-Length: 9\r\n\r\n{",
         {.path = "/api", .total_ms = 60},
         "the answer took too long as a whole"},
    };

    for (size_t m = 0; m < FP_ARRAY_LEN(modes); m++) {
        for (size_t i = 0; i < FP_ARRAY_LEN(rows); i++) {
            http_fixture f;
            heard h = {0};

            setup(&f, modes[m], NULL);
            fake_server_route(&f.server,
                              (fake_route){.path = "/prefix/api", .answer = rows[i].answer});
            start(&f, &h, rows[i].request, "");
            finish(&f, &h);
            ck_assert_int_eq(h.failure, FP_FAILURE_TIMEOUT);
            ck_assert_str_eq(h.message, rows[i].message);
            teardown(&f);
        }
    }
}
END_TEST

START_TEST(after_a_cancel_nothing_is_heard_wherever_it_came_from)
{
    static const char *const places[] = {"before", "outside", "head", "body"};

    for (size_t m = 0; m < FP_ARRAY_LEN(modes); m++) {
        for (size_t i = 0; i < FP_ARRAY_LEN(places); i++) {
            http_fixture f;
            heard h = {.cancel_in = places[i]};
            bool inside = i >= 2;
            fp_exchange *exchange;

            setup(&f, modes[m], NULL);
            fake_server_route(&f.server,
                              (fake_route){.path = "/prefix/api",
                                           .answer = OK_HEAD "Content-Length: 9\r\n\r\nabc"});
            exchange = start(&f, &h, (fp_request){.path = "/api"}, "");
            h.exchange = inside ? exchange : NULL;
            if (i == 0)
                fp_http_cancel(f.http, exchange);
            for (int n = 0; n < 2000 && i != 0 && !(i == 2 ? (size_t)h.heads : h.bytes); n++)
                turn(&f);
            if (i == 1)
                fp_http_cancel(f.http, exchange);
            for (int n = 0; n < 20; n++)
                turn(&f);
            ck_assert_int_eq(h.dones, 0);
            ck_assert_int_eq(h.heads, i != 0);
            ck_assert_uint_eq(h.bytes, i == 1 || i == 3 ? 3 : 0);
            ck_assert_uint_eq(fake_server_count_open(&f.server), 0);
            teardown(&f);
        }
    }
}
END_TEST

START_TEST(an_end_leaves_nothing_open)
{
    for (size_t m = 0; m < FP_ARRAY_LEN(modes); m++) {
        http_fixture f;
        heard a = {0};
        heard b = {0};

        setup(&f, modes[m], NULL);
        fake_server_route(&f.server,
                          (fake_route){.path = "/prefix/api", .answer = OK_HEAD "\r\n{"});
        start(&f, &a, (fp_request){.path = "/api", .is_watch = true}, "");
        for (int n = 0; n < 2000 && !a.bytes; n++)
            turn(&f);
        start(&f, &b, (fp_request){.path = "/api"}, ""); /* is not even sent */
        f.peer = fp_http_peer_unref(f.peer);             /* they hold it themselves */
        f.http = fp_http_free(f.http);
        for (int n = 0; n < 100 && fake_server_count_open(&f.server); n++) {
            (void)poll(NULL, 0, 1);
            fake_server_pump(&f.server);
        }
        ck_assert_uint_eq(fake_server_count_open(&f.server), 0);
        ck_assert_int_eq(a.dones + b.dones, 0);
        fake_server_close(&f.server);
    }
}
END_TEST

START_TEST(connections_are_used_again)
{
    for (size_t m = 0; m < FP_ARRAY_LEN(modes); m++) {
        http_fixture f;

        setup(&f, modes[m], NULL);
        fake_server_route(&f.server, (fake_route){.path = "/prefix/api",
                                                  .answer = OK_HEAD "Content-Length: 2\r\n\r\n{}"});
        for (int n = 0; n < 5; n++) {
            heard h = {0};

            start(&f, &h, (fp_request){.path = "/api"}, "");
            finish(&f, &h);
            ck_assert_int_eq(h.status, 200);
        }
        ck_assert_uint_eq(f.server.accepted, 1);
        teardown(&f);
    }
}
END_TEST

START_TEST(connections_of_lists_are_let_go_of_after_a_rest_and_those_of_watches_are_not)
{
    for (size_t m = 0; m < FP_ARRAY_LEN(modes); m++) {
        http_fixture f;
        heard watch = {0};

        setup(&f, modes[m], NULL);
        fake_server_route(&f.server, (fake_route){.path = "/prefix/api",
                                                  .answer = OK_HEAD "Content-Length: 2\r\n\r\n{}"});
        fake_server_route(&f.server,
                          (fake_route){.path = "/prefix/watch", .answer = OK_HEAD "\r\n{"});
        f.http->linger_ms = 50;
        start(&f, &watch, (fp_request){.path = "/watch", .is_watch = true}, "");
        for (size_t n = 1; n <= 3; n++) {
            heard lists[2] = {{0}};

            start(&f, &lists[0], (fp_request){.path = "/api"}, "");
            start(&f, &lists[1], (fp_request){.path = "/api"}, "");
            finish(&f, &lists[0]);
            finish(&f, &lists[1]);
            for (int i = 0; i < 20000 && fake_server_count_open(&f.server) > 1; i++)
                turn(&f);
            ck_assert_uint_eq(fake_server_count_open(&f.server), 1);
            ck_assert_uint_gt(f.server.accepted, n);
        }
        ck_assert_int_eq(watch.dones, 0);
        ck_assert_uint_eq(watch.bytes, 1);
        teardown(&f);
    }
}
END_TEST

START_TEST(in_plain_credentials_go_to_this_machine_only)
{
    static const char *const hosts[] = {"127.0.0.1", "example.invalid"};

    for (int i = 0; i < 2; i++) {
        bool is_elsewhere = i == 1; /* behind a proxy, which is this machine */
        http_fixture f;
        heard h = {0};
        char url[128];
        char server[64];
        char proxy[64];
        fp_client_config config = {.server = server, .proxy_url = is_elsewhere ? proxy : NULL};

        fake_server_open(&f.server);
        (void)snprintf(server, sizeof(server), "http://%s:%d", hosts[i], f.server.port);
        (void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", f.server.port);
        (void)snprintf(url, sizeof(url), "%s/api", is_elsewhere ? server : "");
        ck_assert_int_eq(fp_http_new(FP_HTTP_EVENTS, &f.http), 0);
        ck_assert_int_eq(fp_http_peer_new(f.http, &config, NULL, NULL, &f.peer), 0);
        fake_server_route(&f.server,
                          (fake_route){.path = url, .answer = OK_HEAD "Content-Length: 0\r\n\r\n"});
        start(&f, &h, (fp_request){.path = "/api"}, "Bearer secret");
        finish(&f, &h);
        ck_assert_int_eq(h.status, 200);
        ck_assert_int_eq(strstr(f.server.last_request, "secret") == NULL, is_elsewhere);
        teardown(&f);
    }
}
END_TEST

START_TEST(a_path_that_could_say_more_than_a_path_is_refused)
{
    static const char *const paths[] = {"/api v1", "/api\r\nX: y", "/api\t", "/\xc3\xa9"};
    http_fixture f;

    setup(&f, FP_HTTP_EVENTS, NULL);
    for (size_t i = 0; i < FP_ARRAY_LEN(paths); i++) {
        const fp_request request = {.path = paths[i]};
        const fp_response_sink sink = {on_head, on_body, on_done, NULL};
        fp_exchange *exchange = NULL;

        ck_assert_int_eq(fp_http_start(f.http, f.peer, &request, FP_STR_NULL, &sink, &exchange),
                         FEDPOL_E_INVALID);
    }
    teardown(&f);
}
END_TEST

static int ask_once(void *user)
{
    static const fp_response_sink nobody = {on_head, on_body, on_done, NULL};
    fp_client_config config = {.server = user, .username = NULL};
    const fp_request request = {
        .path = "/api", .method = "PUT", .body = FP_STR("{}"), .total_ms = 1000};
    fp_exchange *exchange = NULL;
    fp_http_peer *peer = NULL;
    fp_http *http = NULL;
    int r = fp_http_new(FP_HTTP_EVENTS, &http);

    if (r == 0)
        r = fp_http_peer_new(http, &config, NULL, NULL, &peer);
    if (r == 0)
        r = fp_http_start(http, peer, &request, FP_STR("Bearer x"), &nobody, &exchange);
    peer = fp_http_peer_unref(peer);
    http = fp_http_free(http);
    return r;
}

START_TEST(memory_that_runs_out_is_told)
{
    static char server[] = "http://127.0.0.1:1/prefix";

    fp_test_oom(ask_once, server);
}
END_TEST

FP_TEST_MAIN("client/http", a_request_has_what_was_asked_for_and_no_more,
             an_answer_ends_in_one_way_and_once, what_the_sink_refuses_ends_with_its_code,
             each_of_its_times_ends_a_request,
             after_a_cancel_nothing_is_heard_wherever_it_came_from, an_end_leaves_nothing_open,
             connections_are_used_again,
             connections_of_lists_are_let_go_of_after_a_rest_and_those_of_watches_are_not,
             in_plain_credentials_go_to_this_machine_only,
             a_path_that_could_say_more_than_a_path_is_refused, memory_that_runs_out_is_told)
