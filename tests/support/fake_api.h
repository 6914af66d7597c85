/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_API_H
#define FAKE_API_H

/*
 * An API server inside the test: one kind, with a history, behind an fp_transport. It answers lists
 * (paged) and watches as real ones do, in chunks of a chosen size, and can end an answer after any
 * byte in any way. Time is the test's.
 */

#include "libfedpol/client/reflector.h"

#define FAKE_MAX_OBJECTS 64
#define FAKE_MAX_HISTORY 256

typedef struct fake_row {
    char name[32];
    unsigned rv; /* of its last change; 0: it is not there */
} fake_row;

typedef enum fake_end {
    FAKE_END_CLEAN = 0, /* as if the answer were complete */
    FAKE_END_RESET,     /* the connection is cut */
    FAKE_END_GARBAGE,   /* bytes that are no JSON, then a clean end */
    FAKE_ENDS,
} fake_end;

typedef struct fake_event {
    unsigned rv;
    char type[12];
    char name[32];
} fake_event;

typedef struct fake_api {
    fake_row rows[FAKE_MAX_OBJECTS];
    size_t n_rows;
    fake_event history[FAKE_MAX_HISTORY];
    size_t n_history;
    unsigned rv;
    unsigned oldest; /* what is not newer is compacted */
    bool streaming;
    bool tokens_expire;
    size_t chunk; /* bytes; 0: all at once */
    /* The next answers: */
    int code; /* other than 200 for CODES answers */
    unsigned codes;
    const char *body;
    int64_t retry_after_ms;
    long cut; /* byte after which an answer ends, once; -1: none */
    fake_end cut_end;
    fp_failure failure; /* for FAILURES requests there is no answer at all */
    unsigned failures;
    /* The request under way. */
    fp_response_sink sink;
    bool open;
    bool is_watch;
    bool told;     /* what there was at first */
    unsigned seen; /* by the watch */
    char path[2048];
    /* What was asked. */
    unsigned lists;
    unsigned watches;
    unsigned streams;
    char last_path[2048];
} fake_api;

void fake_api_init(fake_api *api);
fp_transport fake_api_transport(fake_api *api);
void fake_api_put(fake_api *api, const char *name);
void fake_api_delete(fake_api *api, const char *name);
void fake_api_compact(fake_api *api);
/* Answers what is asked, as far as there is an answer. True if anything happened. */
bool fake_api_pump(fake_api *api);
/* The server ends the open watch as it does when its time is over. */
void fake_api_end_watch(fake_api *api);
/* Bytes of the last whole answer, or of what a watch was told in one go. */
size_t fake_api_answer_length(const fake_api *api, bool stream);

#endif
