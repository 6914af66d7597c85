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

#include "libfedpol/client/gunzip.h"
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
    uint64_t turn; /* that the times are of */
    int64_t turn_ns;
    int64_t turn_max_ns;
};

typedef enum fp_encoding {
    FP_ENCODING_NONE = 0,
    FP_ENCODING_GZIP,
    FP_ENCODING_OTHER, /* was not asked for */
} fp_encoding;

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
    bool paused;     /* its peer had its share of the turn */
    bool held;       /* curl keeps bytes for it */
    bool curl_ended; /* with curl_code, but there is more to inflate */
    bool nomem;
    bool is_stream; /* of HTTP/2, beside others on its connection */
    uint64_t turn;  /* that turn_bytes are of */
    size_t turn_bytes;
    uint8_t encoding; /* fp_encoding */
    CURLcode curl_code;
    fp_gunzip *gunzip; /* NULL: the answer is not packed */
    fp_exchange *next_paused;
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
/* How long one peer may take in one turn, by what its bytes took before and a guess at what they
   take to receive; the others have theirs before it goes on. Curl would read a connection for as
   long as there is anything, and there are bytes that take a hundred times as long as others. */
#define FP_HTTP_TURN_NS 250000
#define FP_HTTP_LIST_TURN_NS 2000000 /* of a list, if nobody else waits */
#define FP_HTTP_BYTE_NS 1
/* Of a stream of HTTP/2, in bytes: curl goes on reading for one that is paused as long as another
   one of its connection is not, and keeps it all. So each has to go on in each turn, with more than
   curl reads in one. */
#define FP_HTTP_STREAM_TURN_BYTES (128u << 10)

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
    int64_t used_ns;                                   /* by all peers, in this process call */
    struct epoll_event events[FP_HTTP_EVENTS_A_ROUND]; /* of the present round */
    fp_exchange *first_paused;                         /* who waits longest */
    fp_exchange *last_paused;
    fp_exchange *next_resumed; /* while those that waited go on */
    size_t n_lists;            /* exchanges of that multi */
    int64_t linger_ms;         /* FP_HTTP_LINGER_MS; tests set less */
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

/* For curl, with the exchange as its user. */
size_t fp_exchange_on_body(char *data, size_t size, size_t n, void *user);
/* There is something to inflate that it had no turn for. */
bool fp_exchange_has_more(const fp_exchange *exchange);
/* It does not wait for a turn any more. Not from inside curl. */
void fp_exchange_leave_paused(fp_exchange *exchange);
/* A new turn: everybody has a share again, and who waited goes on. */
void fp_http_go_on(fp_http *http);

#endif
