/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_API_HANDLES_H
#define FP_API_HANDLES_H

/*
 * What is behind the handles of a context and its children.
 *
 * Lifetime: a context counts the references that callers hold: to itself, one for each cluster
 * that callers hold (however many references to it), one for each renderer. The context owns its
 * clusters whether anybody holds them or not, so there is no cycle, and the order in which callers
 * give things back does not matter. A removed cluster is owned by its holders alone.
 *
 * The one descriptor is an epoll instance over two eventfds. `wake` is written by
 * fedpol_context_wake() from anywhere and read only by process, so that no wake gets lost; `work`
 * is readable exactly while something is dirty or an event waits, and changes only at the end of a
 * call (fp_context_signal).
 */

#include <fedpol/fedpol.h>
#include <sys/types.h>

#include "libfedpol/base/vec.h"
#include "libfedpol/client/client.h"
#include "libfedpol/policy/world.h"
#include "libfedpol/render/render.h"
#include "libfedpol/wire/object_stream.h"

/* How long what was written for a cluster is held until it is first complete. */
#define FP_BACKEND_HOLD_MS 10000

/* How long an overloaded cluster rests before it is listed once more. */
#define FP_OVERLOAD_REST_MS 60000

struct fp_named_guard {
    char *name; /* NULL: of every remote without one of its own */
    struct fedpol_guard *guard;
};

struct fedpol_cluster {
    uint32_t refs; /* of callers */
    fedpol_context *context;
    fp_cluster *core; /* NULL once it was removed */
    char *name;
    int role;
    char *origin;              /* NULL: none */
    char *label_filter;        /* of its guard; NULL: none */
    bool state_news;           /* an event waits */
    bool diag_news;            /* an event waits */
    uint64_t diag_revision;    /* that the last such event told of */
    fp_connection *connection; /* the client's; NULL: none */
    uint32_t doubtful_lists;   /* kinds, by bit, whose list had an object that can't be named */
    bool restart_due;          /* its configuration changed, and live changes are not wanted */
    bool has_twin;             /* a diagnostic says that another name is the same cluster */
    int64_t added_ms;
    int64_t backend_hold_ms;    /* while it was never complete */
    int64_t backend_timeout_ms; /* of back ends, once it is lost; -1: they stay for ever */
    int64_t allow_timeout_ms;   /* the same for members of sets that allow */
    int64_t deny_timeout_ms;
    unsigned withdrawn;    /* FEDPOL_WITHDRAWN_*, as last told */
    bool over_limit;       /* the log was told that it brought too much */
    int64_t relist_due_ms; /* it may be listed anew, if there is room again */
};

struct fedpol_renderer {
    uint32_t refs; /* of callers */
    fedpol_context *context;
    fp_renderer *core;
    bool started;               /* a full text was given, deltas count from now on */
    bool follows_node;          /* prefixes of pods are those of the node's object */
    FP_VEC(fp_delta *) pending; /* committed, not yet noted */
};

typedef struct fp_api_limits {
    fp_wire_limits wire;
    fp_cluster_limits cluster;
    fp_model_options model;
    uint64_t file_bytes;
    uint64_t files;
} fp_api_limits;

struct fedpol_context {
    uint32_t refs;
    pid_t pid;
    int epoll_fd;
    int wake_fd;
    int work_fd;
    bool work_signalled;
    bool had_cluster;  /* options are fixed */
    bool untaken;      /* a commit succeeded, its delta was not yet taken */
    bool change_news;  /* an event waits */
    bool own_commits;  /* the caller's: fedpol_context_process() makes none */
    bool commit_told;  /* that one of those is due; none came since */
    int64_t frozen_ms; /* -1: the real clock */
    fedpol_log_fn log;
    void *log_data;
    fp_world *world;
    fp_api_limits limits;
    fp_client *client;          /* NULL: nothing was ever connected */
    struct fp_remotes *remotes; /* NULL: no configuration was ever seen */
    bool follow_remotes;
    bool frozen_remotes;            /* configurations that change are not applied live */
    bool asks_services;             /* live clusters are asked for services */
    bool request_news;              /* an event waits */
    bool service_news;              /* an event waits */
    uint64_t services_revision;     /* that the last such event told of */
    bool identities_news;           /* uids are to be compared */
    FP_VEC(fp_delta *) undelivered; /* what the caller was not told yet, oldest first */
    FP_VEC(struct fp_named_guard) guards;
    FP_VEC(fedpol_cluster *) clusters; /* those that were not removed, by name */
    FP_VEC(fedpol_renderer *) renderers;
};

/* Answers the failures that every context-bound call has in common. */
int fp_context_check(const fedpol_context *context);
/* The same for calls on a cluster; FEDPOL_E_STATE once it was removed. */
int fp_cluster_check(const fedpol_cluster *cluster);
int64_t fp_context_now(const fedpol_context *context);
void fp_context_log(const fedpol_context *context, int level, const char *component,
                    const char *format, ...) FP_PRINTF(4, 5);
/* Makes `work` say whether anything is left to do. Last act of every call that changes anything. */
void fp_context_signal(fedpol_context *context);
bool fp_context_has_news(const fedpol_context *context);
/* Whether a commit would calculate anything. */
bool fp_context_is_dirty(const fedpol_context *context);
/* Notes whether the diagnostics of a cluster are others than those last told of. */
void fp_cluster_note_diags(fedpol_cluster *cluster);
/* Commits and hands the difference to the renderers, and to the caller who commits by itself. */
int fp_context_commit(fedpol_context *context);
/* The same, for a caller who is told of it: the difference stands in `undelivered`. */
int fp_context_commit_told(fedpol_context *context);
/* What follows each processing: a commit, or word that one is due. */
int fp_context_settle(fedpol_context *context);
/* The caller was told of the oldest difference; or is to be asked to try again. */
void fp_context_delivered(fedpol_context *context);
void fp_context_undelivered(fedpol_context *context);
/* Ends a cluster: takes it off the list and out of the world's reach. */
void fp_cluster_detach(fedpol_cluster *cluster);
/* What callers see: that of the core, which age depends on, or that a restart is due. */
int fp_cluster_shown_state(const fedpol_cluster *cluster);
/* Sets the state; an event waits if it is another one. */
void fp_cluster_change_state(fedpol_cluster *cluster, fp_cluster_state state);
/* Lists an overloaded cluster anew once there is room again. *RET_DUE: when that may be; lowered.
 */
void fp_cluster_mind_overload(fedpol_cluster *cluster, int64_t now_ms, int64_t *ret_due);
/* FEDPOL_WITHDRAWN_* of now. */
unsigned fp_cluster_withdrawn(const fedpol_cluster *cluster);
/* For what endpoints and back ends of each cluster count now. 0, FEDPOL_E_NOMEM. */
int fp_context_note_uses(fedpol_context *context);
/* Compares who the live clusters are, if that may have changed. 0, FEDPOL_E_NOMEM. */
int fp_context_note_identities(fedpol_context *context);
/* The connection's state becomes the cluster's. */
void fp_cluster_note_connection(fedpol_cluster *cluster);
/* Ends the connection, if there is one; the state stays as it is. Not from inside its hooks. */
void fp_cluster_drop_connection(fedpol_cluster *cluster);
/* A cluster that nobody holds and the context no longer has. */
void fp_cluster_destroy(fedpol_cluster *cluster);
fedpol_cluster *fp_context_find(const fedpol_context *context, fp_str name);
/* Lets the renderer take note of what was committed since. */
int fp_renderer_catch_up(fedpol_renderer *renderer);

#endif
