/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_H
#define CONTROLLER_H

/*
 * A controller for federated services, over the public API alone: clusters come in, Endpoints and
 * EndpointSlices are written to the local one.
 *
 *   main.c      options, start, end
 *   loop.c      the one event loop: epoll, signals, what is due next
 *   clusters.c  opening clusters
 *   lease.c     who may write: leader election by a Lease
 *   writer.c    what is to be written, when, and what follows from a failure
 *   events.c    Events at the Services that something is wrong with
 *   report.c    what /metrics and /status say
 *
 * With the agent it shares ../common.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <fedpol/fedpol.h>

#include "../common/guards.h"
#include "../common/loop.h"
#include "../common/serve.h"
#include "../common/sources.h"
#include "../common/text.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_SOURCE = 3 };

enum {
    MAX_WRITES = 8,  /* under way at a time */
    MAX_TOLD = 1000, /* Events that are remembered */
    MAX_EVENTS_A_MINUTE = 30,
};

typedef struct controller controller;

typedef struct controller_options {
    source_list sources;
    bool follow_remotes;
    guard_list guards;
    unsigned forms; /* enum fedpol_service_form */
    int32_t start_timeout_s;
    int32_t resync_s;
    int32_t rate;              /* writes a second */
    int32_t backend_timeout_s; /* -1: back ends of lost clusters stay */
    bool keep_last;
    bool dry_run;
    bool once;
    bool verbose;
    bool no_lease;
    char lease_namespace[64];
    char lease_name[254];
    char identity[256];
    const char *status;
    bool status_anywhere;
} controller_options;

/* clusters.c */
int clusters_open(controller *c); /* an exit status */
/* What the library has to do and to tell. */
void clusters_process(controller *c);
bool clusters_are_ready(controller *c);
void clusters_close(controller *c);

/* lease.c: times are of a monotonic clock, given by the caller. */
typedef enum lease_step {
    LEASE_REST,
    LEASE_READ,
    LEASE_CREATE,
    LEASE_TAKE,
    LEASE_RENEW,
    LEASE_RELEASE,
} lease_step;

typedef struct lease_state {
    lease_step step;
    fedpol_request *request;
    int64_t sent_ms;
    int64_t due_ms;
    bool is_held;
    int64_t renewed_ms;  /* when the request that last won or renewed it was sent */
    char version[64];    /* resourceVersion that was seen last; "": there is no lease */
    char holder[256];    /* "": nobody */
    int64_t duration_ms; /* that the holder wants */
    int64_t observed_ms; /* since when this version stands */
    int64_t transitions;
    char acquired[40];
    uint64_t n_taken;
    char error[256];
} lease_state;

/* Does what is due. Whether it is held is in is_held; it is lost before another may take it. */
void lease_step_on(controller *c, int64_t now);
/* Gives it up, so that another need not wait. True while that is under way. */
bool lease_release(controller *c, int64_t now);
void lease_done(controller *c);

/* writer.c */
typedef struct write_job {
    char *key;     /* "Endpoints shop/app" */
    char *version; /* resourceVersion that it was based on */
    char *ns;
    char *service; /* the Service that it is for */
    int verb;
    fedpol_request *request; /* NULL: done; the rest is remembered until NOT_BEFORE */
    int64_t not_before_ms;
    int failures;
    size_t index;   /* in the list */
    bool is_wanted; /* it is in the list */
    bool was_taken; /* while a new list is taken in */
} write_job;

typedef struct writer_state {
    bool is_dirty;
    int64_t pause_until_ms; /* the server wants rest */
    int64_t resync_ms;
    int64_t tokens_ms;
    int64_t filled_ms;
    write_job *jobs;
    size_t n_jobs;                /* by key */
    fedpol_service_objects *list; /* what is to be written, as of the last refresh */
    int64_t refresh_ms;           /* not before */
    size_t n_wanted;              /* in the last list */
    size_t n_running;
    uint64_t n_ok, n_failed, n_conflicts;
    char error[512];
} writer_state;

void writer_step(controller *c, int64_t now);
/* Nothing more is to be written. */
bool writer_is_idle(const controller *c);
/* Whatever is under way is given up at once: another may write now. */
void writer_stop(controller *c);
void writer_done(controller *c);

/* events.c */
typedef struct told_event {
    uint64_t hash;
    int64_t time_ms;
} told_event;

/* One Event on its way: the Service is read first, as "kubectl describe" goes by its uid. */
typedef struct event_job {
    fedpol_request *request; /* NULL: the place is free */
    bool is_posted;
    char ns[64];
    char service[64];
    const char *reason; /* static */
    char *message;
} event_job;

typedef struct events_state {
    told_event told[MAX_TOLD];
    size_t n_told;
    event_job jobs[4];
    int64_t minute_ms;
    int in_minute;
    uint64_t n_sent;
    bool is_dirty;
} events_state;

/* An Event at a Service, unless the same was told within the hour. */
void events_tell(controller *c, const char *ns, const char *service, const char *reason,
                 const char *message);
/* From the diagnostics of the local cluster. */
void events_step(controller *c, int64_t now);
void events_done(controller *c);

/* loop.c */
int open_loop(controller *c);
int run_loop(controller *c);
void close_loop(controller *c);

/* report.c */
void report_metrics(void *user, text_buf *ret);
void report_status(void *user, text_buf *ret);
const char *report_trouble(void *user);

struct controller {
    controller_options options;
    event_loop loop;
    watcher signals;
    watcher context_watch;
    fedpol_context *context;
    fedpol_cluster *clusters[MAX_CLUSTERS];
    fedpol_cluster *local; /* one of them */
    bool is_ready;
    bool is_ending;
    int64_t end_by_ms;
    int status; /* of the program */
    lease_state lease;
    writer_state writer;
    events_state events;
    status_server server;
};

#endif
