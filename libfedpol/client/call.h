/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_CALL_H
#define FP_CLIENT_CALL_H

/*
 * One request that a caller made, and its answer: a read or a write of one object. It is sent once,
 * and once more after a 401 that renewed the credential; nothing else is repeated, since only the
 * caller knows whether it may be. A state machine like the reflector: times are arguments.
 */

#include "libfedpol/base/buf.h"
#include "libfedpol/client/transport.h"

typedef struct fp_call fp_call;

typedef struct fp_call_request {
    const char *method;       /* one of fp_call_method() */
    const char *path;         /* "/api/v1/…" with query; copied */
    const char *content_type; /* a literal; of the body */
    fp_str body;              /* copied */
    uint32_t limit_ms;        /* of all */
    size_t max_answer;        /* bytes */
} fp_call_request;

typedef struct fp_call_answer {
    bool done;
    int status;             /* HTTP; 0: there is no answer */
    int code;               /* 0; FEDPOL_E_IO: no answer; FEDPOL_E_LIMIT: it is too large */
    int64_t retry_after_ms; /* -1: not said */
    fp_str body;            /* NUL-terminated */
    const char *message;    /* one harmless line where it is no success; "" else */
} fp_call_answer;

/* The literal for "GET", "POST", "PUT", "PATCH", "DELETE"; NULL for anything else. */
const char *fp_call_method(const char *method);
/* A path that can only be one of the API's: /api/ or /apis/, no dots to climb with, no fragment. */
bool fp_call_path_is_valid(const char *path);

/* Calls of one connection. */
typedef struct fp_calls {
    fp_call *first;
    const fp_transport *transport;
    void (*answered)(void *user); /* one is done */
    void *user;
} fp_calls;

/* 0 or FEDPOL_E_NOMEM. The caller has one reference, the list another until it is done. */
int fp_calls_add(fp_calls *calls, const fp_call_request *request, int64_t now_ms, fp_call **ret);
void fp_calls_tell_time(fp_calls *calls, int64_t now_ms);
/* Sends what waits, ends what takes too long. RENEWED: the credential was. 0, FEDPOL_E_NOMEM. */
int fp_calls_poll(fp_calls *calls, int64_t now_ms, bool renewed);
int64_t fp_calls_deadline_ms(const fp_calls *calls);
/* The connection ends: all that are not done fail. */
void fp_calls_abort(fp_calls *calls);

/* Borrowed; valid while the caller holds its reference. */
fp_call_answer fp_call_get(const fp_call *call);
/* The caller's reference; cancels what is under way. NULL allowed. */
fp_call *fp_call_drop(fp_call *call);

#endif
