/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_H
#define AGENT_H

/*
 * An agent for one node, over the public API alone: clusters come in, rules go to the kernel.
 *
 *   main.c      options, start, end
 *   loop.c      what is done in each round
 *   clusters.c  opening clusters, reading them again, when they are complete enough to begin
 *   apply.c     what is to be applied, when, and what follows from a failure
 *   nft.c       the nft programs: the kept one, and one for each whole ruleset
 *   child.c     starting and reaping programs
 *   flush.c     forgetting the connections of addresses that left
 *   report.c    what the status server says; that is in ../common, as the loop is
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <fedpol/fedpol.h>

#include "../common/guards.h"
#include "../common/loop.h"
#include "../common/serve.h"
#include "../common/sources.h"
#include "../common/text.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_SOURCE = 3 };

enum {
    MAX_FLUSHES = 4,          /* conntrack programs at a time */
    MAX_FLUSH_QUEUE = 100000, /* addresses that wait for one */
    MAX_LINE = 512,           /* of what nft says; the rest of a longer line is left out */
};

typedef struct agent_state agent_state;

typedef struct agent_options {
    source_list sources;
    const char *node;
    const char *nft;
    const char *status;
    bool status_anywhere;
    bool follow_remotes;
    guard_list guards;
    bool services; /* remotes are asked for them */
    bool flush;
    bool once;
    bool verbose;
    int32_t start_timeout_s;
    fedpol_render_options render;
    char pod_cidrs[4096];
} agent_options;

/* child.c */
/* Starts ARGV with an environment of its own; stdin is IN, stderr is ERR (-1: /dev/null). 0 or
   errno's number. */
int child_start(const char *const *argv, int in, int err, pid_t *ret_pid);
/* Whether *PID (0: none) has ended; it is 0 then, and *RET_STATUS what wait says. */
bool child_reap(pid_t *pid, int *ret_status);
void child_kill(pid_t *pid); /* and reaps */

/* loop.c */
int run_loop(agent_state *agent);
int open_loop(agent_state *agent);
void close_loop(agent_state *agent);

/* clusters.c */
/* An exit status, EXIT_DONE if all are open. */
int clusters_open(agent_state *agent);
/* Reads everything again; what can't be read stays as it is, and is told. */
void clusters_reload(agent_state *agent);
/* What the library has to do and to tell. */
void clusters_process(agent_state *agent);
/* Whether there is enough to begin with: no cluster is waited for, and the local one was complete
   once. */
bool clusters_are_ready(agent_state *agent);
void clusters_close(agent_state *agent);

/* nft.c: one transaction at a time. When it is over, apply_finished() is called. */

/* What a program says on stderr, line by line. */
typedef struct nft_voice {
    watcher watch;
    char line[MAX_LINE];
    size_t len;
} nft_voice;

typedef struct nft_state {
    pid_t kept; /* `nft -i`, 0: not running */
    int kept_in;
    nft_voice kept_voice;
    size_t fed;        /* bytes that it got; it keeps them as a history, so it is renewed */
    size_t room;       /* bytes that its pipe takes at once */
    int kept_failures; /* in a row; after some of them it is done without for a while */
    int64_t kept_after_ms;
    pid_t once; /* `nft -f -` */
    nft_voice once_voice;
    bool is_busy;
    bool by_kept;
    char mark[32]; /* the line that ends a transaction of the kept one */
    uint64_t sequence;
    int64_t deadline_ms;
    int errors;             /* lines that tell one, since the transaction began */
    char message[MAX_LINE]; /* the first of them */
} nft_state;

void nft_init(nft_state *nft);
/* Takes TEXT to the kernel; false if no program could be started, MESSAGE says why. */
bool nft_begin(agent_state *agent, const char *text, size_t size, bool may_keep);
/* After SIGCHLD, and when the time of a transaction is over. */
void nft_check(agent_state *agent);
void nft_close(agent_state *agent);

/* apply.c */
typedef struct apply_state {
    fedpol_renderer *renderer;
    fedpol_ruleset *ruleset; /* on its way */
    bool is_dirty;           /* something may have changed since the last rendering */
    bool needs_full;
    bool was_applied;
    bool is_failing;
    int failures; /* in a cluster_row */
    int64_t not_before_ms;
    uint64_t n_ok[2]; /* 0: whole rulesets, 1: deltas */
    uint64_t n_failed;
    int64_t last_s; /* by the wall clock; 0: never */
    char error[MAX_LINE];
    text_buf departed; /* addresses to flush once they are out of the kernel, each ended by NUL */
} apply_state;

int apply_init(agent_state *agent, fedpol_error **ret_error);
/* Begins a transaction if there is something to apply and nft is free. */
void apply_step(agent_state *agent);
void apply_finished(agent_state *agent, bool ok);
/* Whether the kernel has what was calculated. */
bool apply_is_current(const agent_state *agent);
const char *apply_state_name(const agent_state *agent);
void apply_done(agent_state *agent);

/* flush.c */
typedef struct flush_state {
    char (*queue)[48]; /* addresses */
    size_t n;
    size_t size;
    size_t first;
    bool by_destination; /* the next one for queue[first] */
    bool is_off;
    bool told_full;
    pid_t running[MAX_FLUSHES];
    uint64_t n_flushed;
} flush_state;

void flush_add(agent_state *agent, const char *address);
/* Starts what may run, reaps what ended. */
void flush_step(agent_state *agent);
void flush_done(agent_state *agent);

/* report.c */
void report_metrics(void *user, text_buf *ret);
void report_status(void *user, text_buf *ret);
const char *report_trouble(void *user);

struct agent_state {
    agent_options options;
    event_loop loop;
    watcher signals;
    watcher context_watch;
    fedpol_context *context;
    fedpol_cluster *clusters[MAX_CLUSTERS]; /* as in the sources */
    bool is_settled;
    bool is_ready;
    bool is_ending;
    bool was_interrupted_twice;
    int64_t end_by_ms;
    int status;            /* of the program */
    uint64_t version;      /* counts changes of what was calculated */
    uint64_t hash_version; /* of HASH */
    char hash[72];
    nft_state nft;
    apply_state apply;
    flush_state flush;
    status_server server;
};

#endif
