/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "libfedpol/client/clock.h"
#include "libfedpol/client/http_internal.h"

/* --- what the multis want --- */

static uint64_t tag_of(size_t multi, curl_socket_t fd)
{
    return (uint64_t)multi << 32 | (uint32_t)fd;
}

static int want_socket(fp_http *http, size_t multi, curl_socket_t fd, int what)
{
    struct epoll_event event = {0};

    if (what == CURL_POLL_REMOVE) {
        (void)epoll_ctl(http->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    event.data.u64 = tag_of(multi, fd);
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    if (epoll_ctl(http->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
        return 0;
    if (errno == EEXIST && epoll_ctl(http->epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0)
        return 0;
    return -1;
}

static int on_list_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *socket)
{
    (void)easy;
    (void)socket;
    return want_socket(user, MULTI_LISTS, fd, what);
}

static int on_watch_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *socket)
{
    (void)easy;
    (void)socket;
    return want_socket(user, MULTI_WATCHES, fd, what);
}

static int on_timer(CURLM *multi, long timeout_ms, void *user)
{
    fp_http *http = user;
    size_t i = multi == http->multis[MULTI_LISTS] ? MULTI_LISTS : MULTI_WATCHES;

    http->curl_due_ms[i] = timeout_ms < 0 ? INT64_MAX : fp_clock_ms() + timeout_ms;
    return 0;
}

/* When the next thing is due; INT64_MAX: nothing is. */
static int64_t next_due_ms(const fp_http *http)
{
    int64_t due = INT64_MAX;

    if (http->queued || http->ends || http->first_paused || http->next_event < http->n_events)
        return 0;
    if (http->mode == FP_HTTP_POLL && http->first)
        due = fp_clock_ms() + FP_HTTP_POLL_MS;
    for (size_t i = 0; i < N_MULTIS; i++)
        if (http->curl_due_ms[i] < due)
            due = http->curl_due_ms[i];
    if (http->let_go_ms < due)
        due = http->let_go_ms;
    return http->overdue_ms < due ? http->overdue_ms : due;
}

/* Lets the descriptor become readable then. */
static void set_timer(fp_http *http)
{
    http->armed_ms = fp_clock_set_timer(http->timer_fd, next_due_ms(http), http->armed_ms);
}

/* --- life --- */

#define PUT(multi, option, value)                                                                  \
    do {                                                                                           \
        if (curl_multi_setopt((multi), (option), (value)) != CURLM_OK)                             \
            return FEDPOL_E_IO;                                                                    \
    } while (0)

static int set_multi(fp_http *http, size_t i, CURLM *multi)
{
    PUT(multi, CURLMOPT_PIPELINING, (long)(i == MULTI_WATCHES ? CURLPIPE_MULTIPLEX : 0));
    if (http->mode == FP_HTTP_POLL)
        return 0;
    PUT(multi, CURLMOPT_SOCKETFUNCTION, i == MULTI_LISTS ? on_list_socket : on_watch_socket);
    PUT(multi, CURLMOPT_SOCKETDATA, http);
    PUT(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    PUT(multi, CURLMOPT_TIMERDATA, http);
    return 0;
}

/* In the place of the one that is there, which goes with its connections. */
static int open_multi(fp_http *http, size_t i)
{
    CURLM *multi = curl_multi_init();
    int r = multi ? set_multi(http, i, multi) : FEDPOL_E_NOMEM;

    if (r < 0) {
        if (multi)
            (void)curl_multi_cleanup(multi);
        return r;
    }
    if (http->multis[i])
        (void)curl_multi_cleanup(http->multis[i]);
    http->multis[i] = multi;
    http->curl_due_ms[i] = INT64_MAX;
    return 0;
}

static int open_http(fp_http *http)
{
    struct epoll_event event = {.events = EPOLLIN};

    http->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    http->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (http->epoll_fd < 0 || http->timer_fd < 0)
        return FEDPOL_E_IO;
    event.data.u64 = tag_of(N_MULTIS, http->timer_fd);
    if (epoll_ctl(http->epoll_fd, EPOLL_CTL_ADD, http->timer_fd, &event) < 0)
        return FEDPOL_E_IO;
    for (size_t i = 0; i < N_MULTIS; i++)
        fp_try(open_multi(http, i));
    return 0;
}

int fp_http_new(fp_http_mode mode, fp_http **ret)
{
    fp_http *http;
    int r;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return FEDPOL_E_IO;
    http = fp_alloc_zero(1, sizeof(*http));
    if (!http) {
        curl_global_cleanup();
        return FEDPOL_E_NOMEM;
    }
    http->mode = mode;
    http->overdue_ms = http->let_go_ms = http->armed_ms = INT64_MAX;
    http->linger_ms = FP_HTTP_LINGER_MS;
    http->epoll_fd = http->timer_fd = -1;
    r = open_http(http);
    if (r < 0) {
        fp_http_free(http);
        return r;
    }
    *ret = http;
    return 0;
}

/* Out of the multi and of the list. Not from inside curl. */
static void take_out(fp_exchange *exchange)
{
    fp_http *http = exchange->http;

    if (exchange->added)
        (void)curl_multi_remove_handle(http->multis[exchange->multi], exchange->easy);
    exchange->added = false;
    if (exchange->paused)
        fp_exchange_leave_paused(exchange);
    if (exchange->prev)
        exchange->prev->next = exchange->next;
    else
        http->first = exchange->next;
    if (exchange->next)
        exchange->next->prev = exchange->prev;
    if (exchange->multi == MULTI_LISTS && --http->n_lists == 0)
        http->let_go_ms = fp_clock_ms() + http->linger_ms;
}

fp_http *fp_http_free(fp_http *http)
{
    if (!http)
        return NULL;
    while (http->first) {
        fp_exchange *exchange = http->first;

        take_out(exchange);
        fp_exchange_free(exchange);
    }
    for (size_t i = 0; i < N_MULTIS; i++)
        if (http->multis[i])
            (void)curl_multi_cleanup(http->multis[i]);
    if (http->timer_fd >= 0)
        (void)close(http->timer_fd);
    if (http->epoll_fd >= 0)
        (void)close(http->epoll_fd);
    fp_free(http);
    curl_global_cleanup();
    return NULL;
}

int fp_http_get_fd(const fp_http *http)
{
    return http->epoll_fd;
}

int fp_http_start(fp_http *http, fp_http_peer *peer, const fp_request *request,
                  fp_str authorization, const fp_response_sink *sink, fp_exchange **ret)
{
    fp_exchange *exchange = fp_alloc_zero(1, sizeof(*exchange));
    int r;

    if (!exchange)
        return FEDPOL_E_NOMEM;
    exchange->http = http;
    exchange->peer = peer;
    peer->refs++;
    exchange->sink = *sink;
    exchange->multi = request->is_watch ? MULTI_WATCHES : MULTI_LISTS;
    exchange->head_ms = request->head_ms;
    exchange->idle_ms = request->idle_ms;
    exchange->total_ms = request->total_ms;
    exchange->retry_after_ms = -1;
    exchange->started_ms = exchange->heard_ms = fp_clock_ms();
    r = fp_exchange_prepare(exchange, request, authorization);
    if (r < 0) {
        fp_exchange_free(exchange);
        return r;
    }
    exchange->next = http->first;
    if (http->first)
        http->first->prev = exchange;
    http->first = exchange;
    http->queued = true;
    if (exchange->multi == MULTI_LISTS) {
        http->n_lists++;
        http->let_go_ms = INT64_MAX;
    }
    fp_exchange_mind_due(exchange);
    if (!http->busy)
        set_timer(http);
    *ret = exchange;
    return 0;
}

void fp_http_cancel(fp_http *http, fp_exchange *exchange)
{
    exchange->cancelled = true;
    if (http->busy) {
        http->ends = true;
        return;
    }
    take_out(exchange);
    fp_exchange_free(exchange);
}

/* --- processing --- */

/* Those that were not added yet stand before all others. */
static void add_queued(fp_http *http)
{
    fp_exchange *first = http->queued ? http->first : NULL;

    http->queued = false;
    for (fp_exchange *e = first; e && !e->added; e = e->next) {
        if (e->cancelled || e->ended)
            continue;
        if (curl_multi_add_handle(http->multis[e->multi], e->easy) == CURLM_OK)
            e->added = true;
        else
            fp_exchange_end(e, FP_FAILURE_NOMEM, "no memory");
    }
}

static void run_due(fp_http *http)
{
    for (size_t i = 0; i < N_MULTIS; i++) {
        int running;

        if (fp_clock_ms() < http->curl_due_ms[i])
            continue;
        http->curl_due_ms[i] = INT64_MAX;
        (void)curl_multi_socket_action(http->multis[i], CURL_SOCKET_TIMEOUT, 0, &running);
    }
}

static void run_event(fp_http *http, const struct epoll_event *event)
{
    size_t multi = (size_t)(event->data.u64 >> 32);
    int fd = (int)(uint32_t)event->data.u64;
    int running;

    if (multi == N_MULTIS) /* the timer, which only woke us */
        return;
    /* No bits: curl looks at the socket itself; telling it of some makes it overlook others. A
       socket that is closed by now means nothing to it. */
    (void)curl_multi_socket_action(http->multis[multi], fd, 0, &running);
}

/* 1: the budget is used up, or there may be more events. What is left of a round has its turn
   before the next one begins: else a few that always have something would stand in front for ever.
 */
static int run_sockets(fp_http *http, int64_t budget_ns)
{
    if (http->next_event == http->n_events) {
        int n = epoll_wait(http->epoll_fd, http->events, FP_HTTP_EVENTS_A_ROUND, 0);

        http->n_events = n > 0 ? (size_t)n : 0;
        http->next_event = 0;
    }
    while (http->next_event < http->n_events) {
        if (http->used_ns >= budget_ns)
            return 1;
        run_event(http, &http->events[http->next_event++]);
    }
    return http->n_events == FP_HTTP_EVENTS_A_ROUND;
}

static void run_poll(fp_http *http, int wait_ms)
{
    for (size_t i = 0; i < N_MULTIS; i++) {
        int running;

        (void)curl_multi_poll(http->multis[i], NULL, 0, wait_ms / N_MULTIS, NULL);
        (void)curl_multi_perform(http->multis[i], &running);
    }
}

static void note_ends(fp_http *http)
{
    for (size_t i = 0; i < N_MULTIS; i++) {
        CURLMsg *message;
        int left;

        while ((message = curl_multi_info_read(http->multis[i], &left)) != NULL) {
            char *exchange = NULL;

            if (message->msg != CURLMSG_DONE)
                continue;
            (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
            fp_exchange_end_curl((fp_exchange *)(void *)exchange, message->data.result);
        }
    }
}

static void note_overdue(fp_http *http)
{
    int64_t now_ms = fp_clock_ms();

    if (now_ms < http->overdue_ms)
        return;
    http->overdue_ms = INT64_MAX;
    for (fp_exchange *e = http->first; e; e = e->next) {
        const char *why;

        if (e->ended || e->cancelled)
            continue;
        why = fp_exchange_overdue(e, now_ms);
        if (why)
            fp_exchange_end(e, FP_FAILURE_TIMEOUT, why);
        else
            fp_exchange_mind_due(e);
    }
}

static void tell_end(fp_exchange *exchange)
{
    const fp_outcome outcome = {exchange->failure, exchange->sink_code, exchange->status,
                                fp_str_of(exchange->message)};
    fp_response_sink sink = exchange->sink;

    take_out(exchange);
    if (!exchange->cancelled)
        sink.done(sink.user, &outcome);
    fp_exchange_free(exchange);
}

/* What ended or was cancelled leaves; each done may start and cancel others. */
static void tell_ends(fp_http *http)
{
    fp_exchange *exchange = http->ends ? http->first : NULL;

    http->ends = false;
    while (exchange) {
        if (exchange->ended || exchange->cancelled) {
            tell_end(exchange);
            exchange = http->first;
        } else {
            exchange = exchange->next;
        }
    }
}

/* If there is no memory for that, they stay for another while. */
static void let_go(fp_http *http)
{
    int64_t now_ms = fp_clock_ms();

    if (now_ms < http->let_go_ms)
        return;
    http->let_go_ms = open_multi(http, MULTI_LISTS) < 0 ? now_ms + http->linger_ms : INT64_MAX;
}

int fp_http_process(fp_http *http, int64_t budget_ns, int wait_ms)
{
    int more = 0;

    http->busy = true;
    add_queued(http);
    fp_http_go_on(http);
    if (http->mode == FP_HTTP_POLL) {
        run_poll(http, wait_ms);
    } else {
        run_due(http);
        http->used_ns = 0; /* those that waited shall not keep others from being heard at all */
        more = run_sockets(http, budget_ns);
        run_due(http);
    }
    note_ends(http);
    note_overdue(http);
    http->busy = false;
    tell_ends(http);
    let_go(http);
    set_timer(http);
    return more || http->queued || http->first_paused;
}
