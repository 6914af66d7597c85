/* SPDX-License-Identifier: Apache-2.0 */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "libfedpol/base/check.h"
#include "libfedpol/client/clock.h"
#include "libfedpol/client/http_internal.h"
#include "tests/support/fake_server.h"
#include "tests/support/fp_gzip.h"
#include "tests/support/fp_test.h"

/* What comes in, packed and not, and how much of it in one turn. */

static const fp_http_mode modes[] = {FP_HTTP_EVENTS, FP_HTTP_POLL};

enum { BUDGET_NS = 1000000, PEERS = 2 };

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define PACKED HEAD "Content-Encoding: gzip\r\n"

typedef struct fixture {
    fake_server server;
    fp_http *http;
    fp_http_peer *peers[PEERS];
} fixture;

typedef struct heard {
    fixture *fixture;
    fp_exchange *exchange;
    int64_t takes_ns;   /* for each call */
    size_t cancel_from; /* at so many bytes; 0: never */
    size_t bytes;
    size_t calls;
    uint64_t sum; /* of the bytes by their places */
    int dones;
    fp_failure failure;
    char message[256];
} heard;

static uint64_t sum_of(fp_str text, size_t from)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < text.len; i++)
        sum += (from + i + 1) * (unsigned char)text.ptr[i];
    return sum;
}

static int on_head(void *user, const fp_response_head *head)
{
    (void)user;
    (void)head;
    return 0;
}

static int on_body(void *user, fp_str bytes)
{
    heard *h = user;

    for (int64_t end = fp_clock_ns() + h->takes_ns; h->takes_ns && fp_clock_ns() < end;)
        continue;
    h->sum += sum_of(bytes, h->bytes);
    h->bytes += bytes.len;
    h->calls++;
    if (h->cancel_from && h->bytes >= h->cancel_from)
        fp_http_cancel(h->fixture->http, h->exchange);
    return 0;
}

static void on_done(void *user, const fp_outcome *outcome)
{
    heard *h = user;

    h->dones++;
    h->failure = outcome->failure;
    (void)snprintf(h->message, sizeof(h->message), "%.*s", FP_STR_ARG(outcome->message));
}

static void setup(fixture *f, fp_http_mode mode)
{
    fp_client_config config = {0};
    char server[64];

    *f = (fixture){0};
    fake_server_open(&f->server);
    (void)snprintf(server, sizeof(server), "http://127.0.0.1:%d", f->server.port);
    config.server = server;
    ck_assert_int_eq(fp_http_new(mode, &f->http), 0);
    for (size_t i = 0; i < PEERS; i++)
        ck_assert_int_eq(fp_http_peer_new(f->http, &config, NULL, NULL, &f->peers[i]), 0);
}

static void teardown(fixture *f)
{
    for (size_t i = 0; i < PEERS; i++)
        f->peers[i] = fp_http_peer_unref(f->peers[i]);
    f->http = fp_http_free(f->http);
    fake_server_close(&f->server);
}

static void start(fixture *f, size_t peer, heard *h, const char *path, bool is_watch)
{
    const fp_response_sink sink = {on_head, on_body, on_done, h};
    const fp_request request = {.path = path, .is_watch = is_watch};

    h->fixture = f;
    ck_assert_int_eq(
        fp_http_start(f->http, f->peers[peer], &request, FP_STR_NULL, &sink, &h->exchange), 0);
}

static void turn(fixture *f)
{
    struct pollfd fd = {.fd = fp_http_get_fd(f->http), .events = POLLIN};

    (void)poll(&fd, 1, 1);
    (void)fp_http_process(f->http, BUDGET_NS, 1);
    fake_server_pump(&f->server);
}

static void finish(fixture *f, const heard *h)
{
    for (int i = 0; i < 20000 && !h->dones; i++)
        turn(f);
    ck_assert_int_eq(h->dones, 1);
}

/* An answer that ends with its connection. */
static void route(fixture *f, const char *path, const fp_buf *answer)
{
    ck_assert_int_eq(fp_buf_error(answer), 0);
    fake_server_route(
        &f->server,
        (fake_route){.path = path, .answer = answer->data, .len = answer->len, .close = true});
}

static void put_text(fp_buf *text, size_t lines)
{
    for (size_t i = 0; i < lines; i++)
        fp_buf_printf(text, "{\"line\":%zu}\n", i * i);
}

START_TEST(a_packed_answer_is_told_inflated)
{
    static const size_t lines[] = {0, 1, 1000, 100000};

    for (size_t i = 0; i < FP_ARRAY_LEN(modes) * FP_ARRAY_LEN(lines); i++) {
        fp_cleanup_buf fp_buf text = {0};
        fp_cleanup_buf fp_buf answer = {0};
        heard h = {0};
        fixture f;

        put_text(&text, lines[i / 2]);
        fp_buf_puts(&answer, PACKED "Connection: close\r\n\r\n");
        fp_gzip_pack(fp_buf_str(&text), &answer);
        setup(&f, modes[i % 2]);
        route(&f, "/a", &answer);
        start(&f, 0, &h, "/a", false);
        finish(&f, &h);
        ck_assert_int_eq(h.failure, FP_FAILURE_NONE);
        ck_assert_uint_eq(h.bytes, text.len);
        ck_assert_uint_eq(h.sum, sum_of(fp_buf_str(&text), 0));
        ck_assert_ptr_nonnull(strstr(f.server.last_request, "Accept-Encoding: gzip\r\n"));
        teardown(&f);
    }
}
END_TEST

START_TEST(a_watch_is_not_asked_to_be_packed)
{
    fp_cleanup_buf fp_buf answer = {0};
    heard h = {0};
    fixture f;

    fp_buf_puts(&answer, HEAD "Connection: close\r\n\r\n{}");
    setup(&f, FP_HTTP_EVENTS);
    route(&f, "/a", &answer);
    start(&f, 0, &h, "/a", true);
    finish(&f, &h);
    ck_assert_ptr_null(strstr(f.server.last_request, "Accept-Encoding"));
    teardown(&f);
}
END_TEST

static const struct bad_row {
    const char *head;
    size_t cut;  /* bytes that are missing at the end */
    size_t flip; /* a byte that is changed, from the end; 0: none */
    const char *behind;
    const char *message;
} bads[] = {
    {PACKED "Connection: close\r\n\r\n", 1, 0, "", "the answer's gzip stream is cut"},
    {PACKED "Connection: close\r\n\r\n", 2000, 0, "", "the answer's gzip stream is cut"},
    {PACKED "Content-Length: 999999\r\n\r\n", 0, 0, "", ""}, /* curl's own words */
    {PACKED "Connection: close\r\n\r\n", 0, 6, "", "the answer is no gzip stream"},
    {PACKED "Connection: close\r\n\r\n", 0, 0, "{}", "the answer is no gzip stream"},
    {HEAD "Content-Encoding: br\r\nConnection: close\r\n\r\n", 0, 0, "",
     "the answer is packed in a way that was not asked for"},
    {HEAD "Content-Encoding: gzip, gzip\r\nConnection: close\r\n\r\n", 0, 0, "",
     "the answer is packed in a way that was not asked for"},
};

START_TEST(a_stream_that_is_cut_or_broken_is_no_answer)
{
    fp_cleanup_buf fp_buf text = {0};

    put_text(&text, 3000);
    for (size_t i = 0; i < FP_ARRAY_LEN(modes) * FP_ARRAY_LEN(bads); i++) {
        const struct bad_row *row = &bads[i / 2];
        fp_cleanup_buf fp_buf answer = {0};
        heard h = {0};
        fixture f;

        fp_buf_puts(&answer, row->head);
        fp_gzip_pack(fp_buf_str(&text), &answer);
        answer.len -= row->cut;
        if (row->flip)
            answer.data[answer.len - row->flip] ^= 1;
        fp_buf_puts(&answer, row->behind);
        setup(&f, modes[i % 2]);
        route(&f, "/a", &answer);
        start(&f, 0, &h, "/a", false);
        finish(&f, &h);
        ck_assert_int_eq(h.failure, FP_FAILURE_CUT);
        if (*row->message)
            ck_assert_str_eq(h.message, row->message);
        ck_assert_str_ne(h.message, "");
        teardown(&f);
    }
}
END_TEST

/* A thousand times as much as what came: it takes many turns, in each of which others have theirs,
   and its end is told behind it all. */
START_TEST(what_is_packed_a_thousand_times_is_shared_out_in_turns)
{
    const size_t size = 24u << 20;
    fp_cleanup_buf fp_buf text = {0};
    fp_cleanup_buf fp_buf answer = {0};
    fp_cleanup_buf fp_buf small_answer = {0};
    heard bomb = {0};
    heard small = {0};
    fixture f;

    while (text.len < size)
        fp_buf_puts(&text, "{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}");
    fp_buf_puts(&answer, PACKED "Connection: close\r\n\r\n");
    fp_gzip_pack(fp_buf_str(&text), &answer);
    fp_buf_puts(&small_answer, HEAD "Connection: close\r\n\r\n{}");
    setup(&f, FP_HTTP_EVENTS);
    route(&f, "/bomb", &answer);
    route(&f, "/small", &small_answer);
    start(&f, 0, &bomb, "/bomb", false);
    while (bomb.bytes == 0)
        turn(&f);
    start(&f, 1, &small, "/small", false);
    for (int turns = 0; !bomb.dones; turns++) {
        size_t before = bomb.bytes;

        turn(&f);
        ck_assert_uint_le(bomb.bytes - before, 8u << 20);
        ck_assert(turns < 4 || bomb.bytes < text.len || small.dones);
    }
    ck_assert_int_eq(small.failure, FP_FAILURE_NONE);
    ck_assert_int_eq(bomb.failure, FP_FAILURE_NONE);
    ck_assert_uint_eq(bomb.bytes, text.len);
    ck_assert_uint_eq(bomb.sum, sum_of(fp_buf_str(&text), 0));
    teardown(&f);
}
END_TEST

START_TEST(a_cancel_between_two_turns_of_inflating_is_the_end)
{
    fp_cleanup_buf fp_buf text = {0};
    fp_cleanup_buf fp_buf answer = {0};

    put_text(&text, 400000);
    fp_buf_puts(&answer, PACKED "Connection: close\r\n\r\n");
    fp_gzip_pack(fp_buf_str(&text), &answer);
    for (size_t from = 0; from < 3; from++) {
        heard h = {.takes_ns = 100000, .cancel_from = from * 100000};
        fixture f;

        setup(&f, FP_HTTP_EVENTS);
        route(&f, "/a", &answer);
        start(&f, 0, &h, "/a", false);
        while (h.bytes < 1 + from * 100000)
            turn(&f);
        if (from == 0)
            fp_http_cancel(f.http, h.exchange);
        for (int i = 0; i < 10; i++)
            turn(&f);
        ck_assert_int_eq(h.dones, 0);
        ck_assert_uint_lt(h.bytes, text.len);
        teardown(&f);
    }
}
END_TEST

static char flood[1 << 16];

static void route_flood(fixture *f)
{
    memset(flood, 'x', sizeof(flood) - 1);
    fake_server_route(&f->server,
                      (fake_route){.path = "/flood", .answer = HEAD "\r\n", .flood = flood});
}

START_TEST(who_sends_without_end_has_a_share_of_a_turn_only)
{
    fp_cleanup_buf fp_buf answer = {0};
    heard endless = {0};
    heard small = {0};
    fixture f;

    fp_buf_puts(&answer, HEAD "Connection: close\r\n\r\n{}");
    setup(&f, FP_HTTP_EVENTS);
    route_flood(&f);
    route(&f, "/small", &answer);
    start(&f, 0, &endless, "/flood", true);
    for (int n = 0; n < 200 && endless.bytes < (4u << 20); n++) {
        size_t before = endless.bytes;

        turn(&f);
        ck_assert_uint_le(endless.bytes - before, 512 << 10);
    }
    ck_assert_uint_ge(endless.bytes, 4u << 20); /* and goes on */
    start(&f, 1, &small, "/small", false);
    for (int turns = 0; turns < 50 && !small.dones; turns++)
        turn(&f);
    ck_assert_int_eq(small.dones, 1);
    ck_assert_int_eq(endless.dones, 0);
    teardown(&f);
}
END_TEST

START_TEST(bytes_that_take_long_are_fewer_in_a_turn)
{
    heard slow = {.takes_ns = 2 * FP_HTTP_TURN_NS};
    fixture f;

    setup(&f, FP_HTTP_EVENTS);
    route_flood(&f);
    start(&f, 0, &slow, "/flood", true);
    for (int n = 0; n < 100; n++) {
        size_t before = slow.calls;

        turn(&f);
        ck_assert_uint_le(slow.calls - before, 1);
    }
    ck_assert_uint_ge(slow.calls, 20);
    teardown(&f);
}
END_TEST

START_TEST(the_streams_of_one_peer_share_and_none_starves)
{
    enum { STREAMS = 5 };
    heard streams[STREAMS] = {0};
    heard other = {.takes_ns = 2 * FP_HTTP_TURN_NS};
    size_t least = SIZE_MAX;
    size_t calls = 0;
    fixture f;

    setup(&f, FP_HTTP_EVENTS);
    route_flood(&f);
    for (size_t i = 0; i < STREAMS; i++) {
        streams[i].takes_ns = 2 * FP_HTTP_TURN_NS;
        start(&f, 0, &streams[i], "/flood", true);
    }
    start(&f, 1, &other, "/flood", true);
    for (int n = 0; n < 200; n++)
        turn(&f);
    for (size_t i = 0; i < STREAMS; i++) {
        calls += streams[i].calls;
        least = streams[i].calls < least ? streams[i].calls : least;
    }
    ck_assert_uint_le(calls, 200); /* one in a turn, all together */
    ck_assert_uint_ge(least, calls / STREAMS / 2);
    ck_assert_uint_ge(other.calls, calls / 2);
    teardown(&f);
}
END_TEST

/* The most pieces that one turn brought. */
static size_t most_in_a_turn(fixture *f, const heard *h, size_t turns)
{
    size_t most = 0;

    while (turns-- > 0 && !h->dones) {
        size_t before = h->calls;

        turn(f);
        most = h->calls - before > most ? h->calls - before : most;
    }
    return most;
}

START_TEST(a_list_has_more_of_a_turn_as_long_as_nobody_else_waits)
{
    fp_cleanup_buf fp_buf text = {0};
    fp_cleanup_buf fp_buf answer = {0};
    heard list = {.takes_ns = FP_HTTP_TURN_NS / 2};
    heard other = {0};
    fixture f;

    while (text.len < 8u << 20)
        fp_buf_puts(&text, "{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}");
    fp_buf_puts(&answer, PACKED "Connection: close\r\n\r\n");
    fp_gzip_pack(fp_buf_str(&text), &answer);
    setup(&f, FP_HTTP_EVENTS);
    route(&f, "/list", &answer);
    route_flood(&f);
    start(&f, 0, &list, "/list", false);
    ck_assert_uint_ge(most_in_a_turn(&f, &list, 10), 4);
    start(&f, 1, &other, "/flood", true);
    while (other.calls == 0)
        turn(&f);
    ck_assert_uint_le(most_in_a_turn(&f, &list, 10), 3);
    ck_assert_int_eq(list.dones, 0);
    teardown(&f);
}
END_TEST

START_TEST(packed_answers_of_one_peer_take_turns)
{
    fp_cleanup_buf fp_buf text = {0};
    fp_cleanup_buf fp_buf answer = {0};
    heard lists[3] = {0};
    size_t dones = 0;
    fixture f;

    put_text(&text, 40000);
    fp_buf_puts(&answer, PACKED "Connection: close\r\n\r\n");
    fp_gzip_pack(fp_buf_str(&text), &answer);
    setup(&f, FP_HTTP_EVENTS);
    route(&f, "/a", &answer);
    for (size_t i = 0; i < FP_ARRAY_LEN(lists); i++) {
        lists[i].takes_ns = FP_HTTP_TURN_NS;
        start(&f, 0, &lists[i], "/a", false);
    }
    for (int turns = 0; turns < 5000 && dones < FP_ARRAY_LEN(lists); turns++) {
        turn(&f);
        dones = 0;
        for (size_t i = 0; i < FP_ARRAY_LEN(lists); i++)
            dones += lists[i].dones == 1;
        for (size_t i = 0; dones == 1 && i < FP_ARRAY_LEN(lists); i++)
            ck_assert_uint_ge(lists[i].bytes, text.len / 2);
    }
    for (size_t i = 0; i < FP_ARRAY_LEN(lists); i++) {
        ck_assert_int_eq(lists[i].dones, 1);
        ck_assert_uint_eq(lists[i].sum, sum_of(fp_buf_str(&text), 0));
    }
    teardown(&f);
}
END_TEST

/* Whoever's share it is by now: what is half inflated comes first. */
START_TEST(nothing_is_taken_in_before_what_waits)
{
    static char early[] = "early";
    fp_cleanup_buf fp_buf text = {0};
    fp_cleanup_buf fp_buf answer = {0};
    heard list = {.takes_ns = FP_HTTP_TURN_NS};
    fixture f;

    put_text(&text, 40000);
    fp_buf_puts(&answer, PACKED "Connection: close\r\n\r\n");
    fp_gzip_pack(fp_buf_str(&text), &answer);
    setup(&f, FP_HTTP_EVENTS);
    route(&f, "/a", &answer);
    start(&f, 0, &list, "/a", false);
    while (!list.exchange->paused)
        turn(&f);
    f.http->turn++;
    ck_assert_uint_eq(fp_exchange_on_body(early, 1, sizeof(early) - 1, list.exchange),
                      CURL_WRITEFUNC_PAUSE);
    finish(&f, &list);
    ck_assert_uint_eq(list.sum, sum_of(fp_buf_str(&text), 0));
    teardown(&f);
}
END_TEST

typedef struct oom_case {
    fixture fixture;
    fp_buf answer;
    size_t size; /* of the text */
} oom_case;

/* The server allocates nothing. */
static int ask_packed(void *user)
{
    oom_case *c = user;
    heard h = {.fixture = &c->fixture};
    const fp_response_sink sink = {on_head, on_body, on_done, &h};
    const fp_request request = {.path = "/a"};
    char server[64];
    fp_client_config config = {.server = server};
    fp_http_peer *peer = NULL;
    fp_http *http = NULL;
    int r = fp_http_new(FP_HTTP_EVENTS, &http);

    (void)snprintf(server, sizeof(server), "http://127.0.0.1:%d", c->fixture.server.port);
    if (r == 0)
        r = fp_http_peer_new(http, &config, NULL, NULL, &peer);
    if (r == 0)
        r = fp_http_start(http, peer, &request, FP_STR_NULL, &sink, &h.exchange);
    for (int i = 0; r == 0 && i < 20000 && !h.dones; i++) {
        (void)fp_http_process(http, BUDGET_NS, 1);
        fake_server_pump(&c->fixture.server);
    }
    if (r == 0 && h.failure == FP_FAILURE_NOMEM)
        r = FEDPOL_E_NOMEM;
    else if (r == 0)
        r = h.dones == 1 && h.failure == FP_FAILURE_NONE && h.bytes == c->size ? 0 : FEDPOL_E_IO;
    peer = fp_http_peer_unref(peer);
    http = fp_http_free(http);
    return r;
}

START_TEST(memory_that_runs_out_while_inflating_is_told)
{
    fp_cleanup_buf fp_buf text = {0};
    oom_case c = {0};

    put_text(&text, 100000);
    fp_buf_puts(&c.answer, PACKED "Connection: close\r\n\r\n");
    fp_gzip_pack(fp_buf_str(&text), &c.answer);
    c.size = text.len;
    fake_server_open(&c.fixture.server);
    route(&c.fixture, "/a", &c.answer);
    fp_test_oom(ask_packed, &c);
    fake_server_close(&c.fixture.server);
    fp_buf_done(&c.answer);
}
END_TEST

FP_TEST_MAIN("client/http_body", a_packed_answer_is_told_inflated,
             a_watch_is_not_asked_to_be_packed, a_stream_that_is_cut_or_broken_is_no_answer,
             what_is_packed_a_thousand_times_is_shared_out_in_turns,
             a_cancel_between_two_turns_of_inflating_is_the_end,
             who_sends_without_end_has_a_share_of_a_turn_only,
             bytes_that_take_long_are_fewer_in_a_turn,
             the_streams_of_one_peer_share_and_none_starves,
             a_list_has_more_of_a_turn_as_long_as_nobody_else_waits,
             packed_answers_of_one_peer_take_turns, nothing_is_taken_in_before_what_waits,
             memory_that_runs_out_while_inflating_is_told)
