/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_REFLECTOR_H
#define FP_CLIENT_REFLECTOR_H

/*
 * One kind of one cluster, followed: list, then watch from there, for ever. A state machine without
 * a clock and without a socket: times are arguments, bytes come through an fp_transport. It knows
 * paging, streaming lists and their fall-back, bookmarks, resuming, the three forms of 410, and
 * backing off. What it reads goes to hooks; old data stays until a list is complete.
 */

#include "libfedpol/client/transport.h"
#include "libfedpol/wire/object_stream.h"

typedef struct fp_reflector fp_reflector;

typedef enum fp_reflector_phase {
    FP_REFLECTOR_IDLE = 0,     /* not started */
    FP_REFLECTOR_LISTING,      /* a list, or the first part of a streaming list, is under way */
    FP_REFLECTOR_WATCHING,     /* complete and current */
    FP_REFLECTOR_WAITING,      /* for its time after a failure */
    FP_REFLECTOR_ABSENT,       /* 404: there is no such API; in sync and empty; asked again later */
    FP_REFLECTOR_FORBIDDEN,    /* 403; asked again later */
    FP_REFLECTOR_UNAUTHORIZED, /* 401: until fp_reflector_renewed(), or its time */
} fp_reflector_phase;

typedef struct fp_reflector_hooks {
    /* A full list begins: mark. Another begin starts the list anew. */
    int (*list_begins)(void *user);
    /* The full list is complete: sweep. */
    int (*list_ends)(void *user);
    /* The list that began will not be completed: nothing goes. */
    void (*list_fails)(void *user);
    /* Listed objects and watch events but bookmarks and errors. */
    int (*object)(void *user, const fp_wire_object *object);
    int (*bad)(void *user, const fp_wire_object *where, const fedpol_error *error);
    /* Phase, completeness or last error are others than before. Must not free the reflector. */
    void (*changed)(void *user);
    void *user;
} fp_reflector_hooks;

typedef struct fp_reflector_options {
    const char *path;        /* "/api/v1/pods"; copied, as all of this */
    const char *query;       /* more of the query, encoded: "labelSelector=a%3Db"; NULL: none */
    const char *api_version; /* of the objects */
    const char *kind;
    uint32_t page_size;         /* 500 */
    bool may_be_absent;         /* 404 says that the kind is not served; false: it is a failure */
    bool streaming_lists;       /* try sendInitialEvents first */
    uint64_t max_list_bytes;    /* of one whole list or stream before its end; 0: 4 GiB */
    uint64_t seed;              /* of jitter */
    uint32_t absent_retry_ms;   /* 60,000 */
    uint32_t forbidden_wait_ms; /* 60,000 */
    fp_wire_limits limits;
} fp_reflector_options;

typedef struct fp_reflector_status {
    fp_reflector_phase phase;
    bool complete;       /* a list was completed (or the API is absent) */
    bool current;        /* complete, and watching or absent */
    int http_status;     /* of the last failure; 0: none */
    int code;            /* FEDPOL_E_* of the last failure; 0: none since the last success */
    const char *message; /* of the last failure; "" if none; borrowed until the next call */
    fp_str resource_version;
    int64_t phase_since_ms;
    int64_t heard_ms; /* when the last byte came; -1: never */
    uint64_t lists, watches, events, bookmarks, relists, failures, bytes;
} fp_reflector_status;

/* Sets the defaults of what is not said. */
void fp_reflector_options_init(fp_reflector_options *options);
int fp_reflector_new(const fp_reflector_options *options, const fp_transport *transport,
                     const fp_reflector_hooks *hooks, fp_reflector **ret);
/* Cancels what is under way; no hook is called. */
fp_reflector *fp_reflector_free(fp_reflector *reflector);
/* What callbacks of the transport take for the present time, until the next call of either. */
void fp_reflector_tell_time(fp_reflector *reflector, int64_t now_ms);
/* Does what is due at NOW: starts, retries. 0, FEDPOL_E_NOMEM (try again). */
int fp_reflector_poll(fp_reflector *reflector, int64_t now_ms);
/* When fp_reflector_poll() is due; INT64_MAX: only after something happened. */
int64_t fp_reflector_deadline_ms(const fp_reflector *reflector);
/* Credentials were renewed, or the network is back: waiting ends now. Goes on where it was. */
void fp_reflector_renewed(fp_reflector *reflector);
/* The objects are in doubt (another cluster answers): the next request is a full list. */
void fp_reflector_relist(fp_reflector *reflector);
void fp_reflector_get_status(const fp_reflector *reflector, fp_reflector_status *ret);

#endif
