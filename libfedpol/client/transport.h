/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_TRANSPORT_H
#define FP_CLIENT_TRANSPORT_H

/*
 * How one HTTP exchange looks to those who don't care what carries it: http.h with curl, or a fake
 * in tests. A path goes out, a head and bytes come back, then an outcome. Callbacks come only from
 * inside the carrier's process call, never from inside start or cancel.
 */

#include <fedpol/error.h>

#include "libfedpol/base/str.h"

typedef struct fp_exchange fp_exchange; /* of whatever carries it */

typedef struct fp_request {
    const char *path;         /* "/api/v1/pods?limit=500", appended to the server's URL; borrowed */
    const char *method;       /* a literal; NULL: GET */
    const char *content_type; /* a literal; of the body */
    fp_str body;              /* borrowed until the request is started; NUL-terminated */
    bool is_watch;            /* the answer is endless: never compressed, kept apart from lists */
    uint32_t head_ms;         /* until the head is there; 0: 60 s */
    uint32_t idle_ms;         /* without one byte of the body; 0: 30 s */
    uint32_t total_ms;        /* of all; 0: no limit */
} fp_request;

typedef struct fp_response_head {
    int status;             /* HTTP */
    int64_t retry_after_ms; /* -1: not said */
    fp_str content_type;    /* borrowed, may be empty */
} fp_response_head;

/* Why an exchange has no complete answer. */
typedef enum fp_failure {
    FP_FAILURE_NONE = 0,
    FP_FAILURE_CONNECT,    /* not reached: refused, no such host, unreachable, proxy */
    FP_FAILURE_TLS,        /* certificate, name, version: not trusted */
    FP_FAILURE_TIMEOUT,    /* one of the request's times is over */
    FP_FAILURE_CUT,        /* the connection ended inside the answer, or the answer was garbled */
    FP_FAILURE_CREDENTIAL, /* there is no credential to send */
    FP_FAILURE_SINK,       /* a callback of the sink returned a negative code */
    FP_FAILURE_NOMEM,
} fp_failure;

typedef struct fp_outcome {
    fp_failure failure;
    int sink_code;  /* FP_FAILURE_SINK: what it returned */
    int status;     /* HTTP; 0: no head came */
    fp_str message; /* one line about the failure, without secrets; borrowed */
} fp_outcome;

typedef struct fp_response_sink {
    /* Once, before the body. A negative return ends the exchange. */
    int (*head)(void *user, const fp_response_head *head);
    /* Bytes as they come, inflated. A negative return ends the exchange. */
    int (*body)(void *user, fp_str bytes);
    /* The last call, always, unless the exchange was cancelled. The exchange is gone then. */
    void (*done)(void *user, const fp_outcome *outcome);
    void *user;
} fp_response_sink;

typedef struct fp_transport {
    /* 0 and *RET is set before any callback; FEDPOL_E_NOMEM, FEDPOL_E_IO: nothing started. */
    int (*start)(void *self, const fp_request *request, const fp_response_sink *sink,
                 fp_exchange **ret);
    /* No callback follows. */
    void (*cancel)(void *self, fp_exchange *exchange);
    void *self;
} fp_transport;

#endif
