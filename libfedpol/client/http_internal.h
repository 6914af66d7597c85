/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_HTTP_INTERNAL_H
#define FP_CLIENT_HTTP_INTERNAL_H

/*
 * Life of an exchange: queued until the next process call, which hands it to a multi; there until
 * curl ends it, a time is over or it is cancelled; done is called outside of curl, never inside.
 * curl forbids taking a transfer out of a multi from inside a callback, so a cancelled one is only
 * marked there and buried afterwards.
 */

#include <curl/curl.h>
#include <sys/epoll.h>

#include "libfedpol/client/http.h"

enum { MULTI_LISTS = 0, MULTI_WATCHES, N_MULTIS };

/* Of all header lines of one answer. */
#define FP_HTTP_MAX_HEADERS (64u << 10)

struct fp_http_peer {
    uint32_t refs;
    char *base;       /* scheme://host[:port][/prefix] that curl gets */
    char *host;       /* value of the Host header if base has another name; NULL: none */
    char *connect_to; /* "name:port:host:port", NULL: none */
    struct curl_slist *impersonation;
    char *ca_pem;
    char *cert_pem;
    char *key_pem;
    char *proxy_url;
    char *username;
    char *password;
    bool is_https;
    bool is_loopback;
    bool may_send_credentials;
    bool insecure;
    bool disable_compression;
};

struct fp_exchange {
    fp_http *http;
    fp_http_peer *peer;
    fp_response_sink sink;
    CURL *easy;
    struct curl_slist *headers;
    struct curl_slist *connect_to;
    fp_exchange *prev;
    fp_exchange *next;
    uint8_t multi;
    bool added; /* to the multi */
    bool cancelled;
    bool ended; /* waits for its done */
    bool head_told;
    bool compressed; /* the answer is */
    bool paused;     /* it had its share of this turn */
    uint64_t turn;   /* that turn_bytes are of */
    size_t turn_bytes;
    int sink_code;
    int status;
    int64_t retry_after_ms;
    size_t header_bytes;
    fp_failure failure; /* once it ended */
    const char *message;
    int64_t started_ms;
    int64_t heard_ms;
    uint32_t head_ms;
    uint32_t idle_ms;
    uint32_t total_ms;
    char content_type[64];
    char error[CURL_ERROR_SIZE];
};

#define FP_HTTP_EVENTS_A_ROUND 64u
/* What one answer may bring in one turn; the others have theirs before it goes on. Curl would read
   a connection for as long as there is anything. */
#define FP_HTTP_WATCH_TURN_BYTES (128u << 10)
#define FP_HTTP_LIST_TURN_BYTES (1u << 20) /* few at a time, and much to come */

/* FP_HTTP_POLL: between looks at the sockets. */
#define FP_HTTP_POLL_MS 2

/* How long connections are kept for the next list or write: curl keeps them for ever, at 100 KiB
   each with TLS, and lists are seldom. Watches keep theirs. */
#define FP_HTTP_LINGER_MS 15000

struct fp_http {
    fp_http_mode mode;
    CURLM *multis[N_MULTIS];
    int64_t curl_due_ms[N_MULTIS]; /* INT64_MAX: curl waits for nothing */
    int epoll_fd;
    int timer_fd;
    int64_t armed_ms;   /* for when the timer is set */
    bool busy;          /* inside curl */
    bool queued;        /* an exchange waits to be added */
    bool ends;          /* one has ended or was cancelled */
    int64_t overdue_ms; /* none is overdue before */
    uint64_t turn;
    size_t used;                                       /* bytes of bodies in this process call */
    struct epoll_event events[FP_HTTP_EVENTS_A_ROUND]; /* of the present round */
    size_t n_paused;
    size_t n_lists;    /* exchanges of that multi */
    int64_t linger_ms; /* FP_HTTP_LINGER_MS; tests set less */
    int64_t let_go_ms; /* when its connections are; INT64_MAX: there may be a use for them */
    size_t n_events;
    size_t next_event;
    fp_exchange *first;
};

/* A curl handle for the exchange, with everything set; FEDPOL_E_NOMEM or _INVALID. */
int fp_exchange_prepare(fp_exchange *exchange, const fp_request *request, fp_str authorization);
/* Notes how it ended; done is called later. */
void fp_exchange_end(fp_exchange *exchange, fp_failure failure, const char *message);
void fp_exchange_end_curl(fp_exchange *exchange, CURLcode code);
/* Which of its times is over at NOW; NULL: none. */
const char *fp_exchange_overdue(const fp_exchange *exchange, int64_t now_ms);
int64_t fp_exchange_due_ms(const fp_exchange *exchange);
/* Its times are looked at when the next of them is over. They only move away by themselves, so what
   is known of all of them stays true; this is for a time that is new. */
void fp_exchange_mind_due(const fp_exchange *exchange);
void fp_exchange_free(fp_exchange *exchange);

#endif
