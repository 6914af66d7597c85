/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_REFLECTOR_INTERNAL_H
#define FP_CLIENT_REFLECTOR_INTERNAL_H

#include "libfedpol/client/backoff.h"
#include "libfedpol/client/reflector.h"
#include "libfedpol/client/status.h"

/* A resourceVersion is opaque, but not endless. */
#define FP_RV_MAX 256u
#define FP_TOKEN_MAX 8192u

typedef enum reflector_task {
    TASK_NONE,
    TASK_LIST,
    TASK_STREAM, /* a watch that begins with the list */
    TASK_WATCH,
} reflector_task;

/* How the next list is asked for. */
typedef enum list_form {
    LIST_PAGED,     /* page by page, the newest state */
    LIST_NOT_OLDER, /* at once, at least what was seen last */
    LIST_NEWEST,    /* at once, the newest state */
} list_form;

struct fp_reflector {
    fp_reflector_options options; /* texts are owned */
    fp_transport transport;
    fp_reflector_hooks hooks;
    fp_backoff backoff;
    int64_t now_ms;
    int64_t due_ms;
    fp_reflector_status status;
    fp_buf message;
    /* what is known */
    bool need_list;
    bool relist_asked; /* fp_reflector_relist() */
    list_form form;
    bool no_streams; /* the server has no streaming lists */
    uint8_t broken_streams;
    uint8_t errors_at_rv; /* 500s in a row */
    bool is_absent;       /* the last list that was complete was a 404 */
    uint8_t absences;     /* 404s in a row */
    char rv[FP_RV_MAX + 1];
    char list_rv[FP_RV_MAX + 1]; /* of the list under way, from its first page */
    fp_buf token;                /* of its next page */
    uint32_t pages;
    uint64_t list_bytes;
    bool list_open; /* list_begins was called */
    int64_t listed_ms;
    /* the exchange under way */
    reflector_task task;
    fp_exchange *exchange;
    fp_object_stream *stream;
    int http_status;
    int64_t retry_after_ms;
    fp_buf body; /* of an error */
    bool had_event;
    uint8_t strangers; /* in a watch, what is no event */
    bool had_error;    /* an ERROR event: */
    fp_status error;
    fp_buf error_message;
    int64_t started_ms;
    bool saw_bookmark; /* of an earlier watch: the server sends them */
    uint32_t watch_s;
};

/* reflector_answer.c */
int fp_reflector_on_head(void *user, const fp_response_head *head);
int fp_reflector_on_body(void *user, fp_str bytes);
void fp_reflector_on_done(void *user, const fp_outcome *outcome);
/* reflector.c */
void fp_reflector_set_phase(fp_reflector *reflector, fp_reflector_phase phase);

#endif
