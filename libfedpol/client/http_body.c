/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/clock.h"
#include "libfedpol/client/http_internal.h"

/* What comes in: inflated where it is packed, and shared out in turns. */

static void spend(fp_exchange *exchange, int64_t ns)
{
    exchange->peer->turn_ns += ns;
    exchange->http->used_ns += ns;
}

static bool others_wait(const fp_exchange *exchange)
{
    const fp_http *http = exchange->http;
    struct epoll_event ready[3]; /* the exchange's own socket, the timer, and one more */
    curl_socket_t own = CURL_SOCKET_BAD;
    int n;

    if (http->first_paused || http->next_resumed || http->next_event < http->n_events)
        return true;
    (void)curl_easy_getinfo(exchange->easy, CURLINFO_ACTIVESOCKET, &own);
    n = epoll_wait(http->epoll_fd, ready, 3, 0);
    for (int i = 0; i < n; i++)
        if (ready[i].data.u64 >> 32 != N_MULTIS && (int)(uint32_t)ready[i].data.u64 != own)
            return true;
    return false;
}

/* Each peer may take in something in each turn. */
static bool has_peer_share(const fp_exchange *exchange)
{
    fp_http_peer *peer = exchange->peer;

    if (peer->turn != exchange->http->turn) {
        peer->turn = exchange->http->turn;
        peer->turn_ns = 0;
        peer->turn_max_ns = FP_HTTP_TURN_NS;
    }
    if (peer->turn_ns < peer->turn_max_ns)
        return true;
    if (exchange->multi != MULTI_LISTS || peer->turn_ns >= FP_HTTP_LIST_TURN_NS ||
        others_wait(exchange))
        return false;
    peer->turn_max_ns = peer->turn_ns + FP_HTTP_TURN_NS;
    return true;
}

static bool has_share(fp_exchange *exchange)
{
    if (exchange->turn != exchange->http->turn) {
        exchange->turn = exchange->http->turn;
        exchange->turn_bytes = 0;
    }
    return exchange->is_stream ? exchange->turn_bytes < FP_HTTP_STREAM_TURN_BYTES
                               : has_peer_share(exchange);
}

static void pause(fp_exchange *exchange)
{
    fp_http *http = exchange->http;

    if (exchange->paused)
        return;
    exchange->paused = true;
    exchange->next_paused = NULL;
    if (http->first_paused)
        http->last_paused->next_paused = exchange;
    else
        http->first_paused = exchange;
    http->last_paused = exchange;
}

/* False: the answer is refused. */
static bool give(fp_exchange *exchange, fp_str text)
{
    int64_t start_ns = fp_clock_ns();

    exchange->sink_code = exchange->sink.body(exchange->sink.user, text);
    spend(exchange, fp_clock_ns() - start_ns);
    return exchange->sink_code >= 0 && !exchange->cancelled;
}

static bool fail(fp_exchange *exchange, int r)
{
    exchange->nomem = r == FEDPOL_E_NOMEM;
    exchange->message = exchange->nomem ? "no memory" : "the answer is no gzip stream";
    return false;
}

/* Inflates as much as there is a share for; what is left waits for the next turn. False: the answer
   is refused. */
static bool give_inflated(fp_exchange *exchange)
{
    fp_str text;
    int r = 0;

    while (has_share(exchange)) {
        int64_t start_ns = fp_clock_ns();

        r = fp_gunzip_next(exchange->gunzip, &text);
        spend(exchange, fp_clock_ns() - start_ns);
        if (r <= 0)
            break;
        if (!give(exchange, text))
            return false;
    }
    if (r >= 0 && fp_gunzip_has_more(exchange->gunzip)) {
        r = fp_gunzip_keep(exchange->gunzip);
        pause(exchange);
    }
    return r < 0 ? fail(exchange, r) : true;
}

size_t fp_exchange_on_body(char *data, size_t size, size_t n, void *user)
{
    fp_exchange *exchange = user;
    fp_str bytes = {data, size * n};

    exchange->heard_ms = fp_clock_ms();
    if (exchange->cancelled)
        return 0;
    if (exchange->paused || !has_share(exchange)) {
        pause(exchange);
        exchange->held = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    exchange->turn_bytes += bytes.len;
    spend(exchange, (int64_t)bytes.len * FP_HTTP_BYTE_NS);
    if (!exchange->gunzip)
        return give(exchange, bytes) ? bytes.len : 0;
    fp_gunzip_add(exchange->gunzip, bytes);
    return give_inflated(exchange) ? bytes.len : 0;
}

bool fp_exchange_has_more(const fp_exchange *exchange)
{
    return exchange->gunzip && fp_gunzip_has_more(exchange->gunzip);
}

/* What was inflated in part comes first, then what curl holds, then the end. */
static void resume(fp_exchange *exchange)
{
    CURLcode code = CURLE_OK;

    exchange->paused = false;
    if (exchange->cancelled || exchange->ended)
        return;
    if (fp_exchange_has_more(exchange)) {
        if (!give_inflated(exchange)) {
            fp_exchange_end_curl(exchange, CURLE_WRITE_ERROR);
            return;
        }
        if (exchange->paused)
            return;
    }
    if (exchange->curl_ended) {
        fp_exchange_end_curl(exchange, exchange->curl_code);
        return;
    }
    if (exchange->held) {
        exchange->held = false;
        code = curl_easy_pause(exchange->easy, CURLPAUSE_CONT);
    }
    if (code != CURLE_OK)
        fp_exchange_end_curl(exchange, code);
}

/* Those of a peer that has had its share keep their places in front of those that come to wait. */
void fp_http_go_on(fp_http *http)
{
    fp_exchange *exchange = http->first_paused;
    fp_exchange *kept = NULL;
    fp_exchange **end = &kept;
    fp_exchange *last_kept = NULL;

    http->turn++;
    http->first_paused = http->last_paused = NULL;
    while (exchange) {
        http->next_resumed = exchange->next_paused;
        if (has_share(exchange)) {
            resume(exchange);
        } else {
            *end = last_kept = exchange;
            end = &exchange->next_paused;
        }
        exchange = http->next_resumed;
    }
    if (!kept)
        return;
    *end = http->first_paused;
    http->first_paused = kept;
    if (!http->last_paused)
        http->last_paused = last_kept;
}

void fp_exchange_leave_paused(fp_exchange *exchange)
{
    fp_http *http = exchange->http;
    fp_exchange **at = &http->first_paused;
    fp_exchange *before = NULL;

    for (; *at && *at != exchange; at = &(*at)->next_paused)
        before = *at;
    if (!*at)
        return;
    *at = exchange->next_paused;
    if (http->last_paused == exchange)
        http->last_paused = before;
    exchange->paused = false;
}
