/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_HTTP_H
#define FP_CLIENT_HTTP_H

/*
 * HTTP over one curl multi in event mode: the only files that include curl are http*.c. The multi
 * hangs on one epoll descriptor of its own, with a timerfd for curl's timer in it. No threads but
 * curl's resolver, no signals, redirects are not followed, only http and https, TLS 1.2 at least,
 * proxies of the environment only where the config says nothing. PEM texts go to curl as blobs.
 *
 * A peer is one way to talk to one server: config and client certificate. Connections are shared by
 * the exchanges of one peer: watches over HTTP/2 on one connection, lists never behind watches (a
 * multi of their own), one HTTP version per host and multi.
 */

#include "libfedpol/client/config.h"
#include "libfedpol/client/transport.h"

typedef struct fp_http fp_http;
typedef struct fp_http_peer fp_http_peer;

typedef enum fp_http_mode {
    FP_HTTP_EVENTS = 0, /* curl_multi_socket_action() behind the descriptor */
    FP_HTTP_POLL,       /* curl_multi_poll(): to compare with in tests */
} fp_http_mode;

/* Set by the build's option curl_poll. */
#ifdef FP_HTTP_CURL_POLL
#define FP_HTTP_DEFAULT_MODE FP_HTTP_POLL
#else
#define FP_HTTP_DEFAULT_MODE FP_HTTP_EVENTS
#endif

/* 0; FEDPOL_E_IO: the system gives no descriptor, or curl can't start; FEDPOL_E_NOMEM. */
int fp_http_new(fp_http_mode mode, fp_http **ret);
/* Cancels every exchange without callbacks. Peers must be gone or stay unused. */
fp_http *fp_http_free(fp_http *http);
/* Readable when fp_http_process() has something to do. Constant. */
int fp_http_get_fd(const fp_http *http);
/* Does what is ready; stops after about BUDGET_NS of it. 1: more is ready; 0: not.
   Exchanges that are done get their outcome here. FP_HTTP_POLL waits up to WAIT_MS first. */
int fp_http_process(fp_http *http, int64_t budget_ns, int wait_ms);

/* CERT_PEM, KEY_PEM: NULL, or from a credential plugin, in place of the config's. */
int fp_http_peer_new(fp_http *http, const fp_client_config *config, const char *cert_pem,
                     const char *key_pem, fp_http_peer **ret);
/* Its exchanges go on with what they hold of it. */
fp_http_peer *fp_http_peer_unref(fp_http_peer *peer);

/* AUTHORIZATION: value of that header, such as "Bearer x"; empty: none. Credentials are sent to
   https servers only (and to http ones on loopback addresses). */
int fp_http_start(fp_http *http, fp_http_peer *peer, const fp_request *request,
                  fp_str authorization, const fp_response_sink *sink, fp_exchange **ret);
void fp_http_cancel(fp_http *http, fp_exchange *exchange);

#endif
