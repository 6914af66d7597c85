/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOL_H
#define TOOL_H

/*
 * The command-line tool: thin, over the public API alone. main.c reads the options, mesh.c opens
 * the clusters, cmd_*.c hold one command each, out.c writes, line.c reads lines of JSON.
 */

#include "../common/guards.h"
#include "../common/sources.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <fedpol/fedpol.h>

enum { EXIT_DONE = 0, EXIT_NEGATIVE = 1, EXIT_USAGE = 2, EXIT_SOURCE = 3 };

typedef struct tool_options {
    source_list sources;
    const char *node;
    bool json;
    int32_t timeout_s;
    bool follow_remotes;
    guard_list guards;
    int32_t count; /* commits that watch tells of; -1: no end */
    int32_t for_s; /* seconds that it watches; -1: no end */
    int dispatch;
    const char *cluster_label;
    int scope;
    int unknown_rules;
    bool jsonl;
    const char *selector;
    const char *endpoint;
    const char *wanted; /* "endpoints", "endpointslices"; NULL: neither */
    bool services;      /* live clusters are asked for them */
    fedpol_render_options render;
    const char *log_prefix;
    char pod_cidrs[4096];
    const char *from;
    const char *to;
    const char *protocol;
    int32_t port;
    int32_t source_port;
    int32_t icmp_type;
    int32_t icmp_code;
    /* what follows the command */
    char **operands;
    int n_operands;
} tool_options;

/* Each returns the exit status. */
typedef int (*command_fn)(const tool_options *options);

int cmd_selector(const tool_options *options);
int cmd_status(const tool_options *options);
int cmd_diagnostics(const tool_options *options);
int cmd_endpoints(const tool_options *options);
int cmd_policies(const tool_options *options);
int cmd_sets(const tool_options *options);
int cmd_render(const tool_options *options);
int cmd_verdict(const tool_options *options);
int cmd_replay(const tool_options *options);
int cmd_services(const tool_options *options);
int cmd_watch(const tool_options *options);

/* Says on stderr what failed; returns STATUS. */
int complain(int status, const char *what, int code, const fedpol_error *error);

/* mesh.c */

/* A context with the options set and no cluster yet. */
int mesh_context(const tool_options *options, fedpol_context **ret_context);
/* The same with every cluster loaded; diagnostics go to stderr if SHOW_DIAGNOSTICS. The exit
   status, 0 if *RET_CONTEXT is set. */
int mesh_open(const tool_options *options, bool show_diagnostics, fedpol_context **ret_context);
/* Loads every cluster, or begins to connect it; the exit status. */
int mesh_load(const tool_options *options, fedpol_context *context);
/* Writes the diagnostics that are new since PREVIOUS (NULL: all) to stderr; keeps the present list
   in *PREVIOUS if that is not NULL. */
void mesh_show_diagnostics(fedpol_context *context, fedpol_diagnostic_list **previous);

/* live.c */

/* Waits until live clusters are in sync or their time is over, and tells what is missing. The exit
   status: a remote that is missing is a warning, a local cluster that said nothing is not there. */
int live_wait(const tool_options *options, fedpol_context *context);

/* out.c: JSON on stdout. A writer knows whether a comma is due. */
typedef struct json {
    FILE *file;
    bool comma;
} json;

void json_open(json *out, const char *key, char bracket); /* '{' or '['; KEY may be NULL */
void json_close(json *out, char bracket);
void json_string(json *out, const char *key, const char *value); /* NULL value: null */
void json_integer(json *out, const char *key, int64_t value);
void json_null(json *out, const char *key);
void json_true_false(json *out, const char *key, bool value);
void json_end_line(json *out);

/* Shared by sets, policies and replay. */
void put_sets(json *out, const char *key, const fedpol_set_list *sets);
void put_policies(json *out, const char *key, const fedpol_policy_list *policies);
/* "any", a protocol, or NULL for a set of nets. */
const char *set_protocol(int type, const char *protocol);

/* commit.c: one commit after the other, with what it means for the kernel. */
typedef struct commits {
    fedpol_context *context;
    fedpol_renderer *renderer;
    fedpol_set_list *sets; /* as of the last commit */
    bool rendered;
} commits;

typedef struct commit {
    fedpol_delta *delta;
    fedpol_ruleset *ruleset; /* everything the first time, the change afterwards */
    fedpol_set_list *before;
} commit;

/* 0, or the failure. *RET, zeros before, is given up with commit_done() in both cases. */
int commits_next(commits *all, commit *ret);
void commits_done(commits *all);
void commit_done(commit *one);
/* One line of JSON; indented lines of text. */
void put_commit(json *out, const commit *one);
void print_commit(json *out, const commit *one);

/* line.c: one line of JSON, its members at the top level; nothing is copied but strings. */
enum { LINE_MAX_MEMBERS = 16 };

typedef enum line_type {
    LINE_STRING,
    LINE_NUMBER,
    LINE_TRUE,
    LINE_FALSE,
    LINE_NULL,
    LINE_OBJECT,
    LINE_ARRAY,
} line_type;

typedef struct line_member {
    char *key;
    line_type type;
    char *text;      /* a string, decoded, NUL-terminated */
    const char *raw; /* the value as written, inside the line */
    size_t raw_len;
} line_member;

typedef struct line {
    line_member *members;
    size_t n;
} line;

/* NULL, or what is wrong. At most MAX members. Freed with line_done() in both cases. */
const char *line_parse(const char *text, size_t len, size_t max, line *ret);
void line_done(line *parsed);
const line_member *line_get(const line *parsed, const char *key);
/* A string member, or NULL. */
const char *line_string(const line *parsed, const char *key);
/* 1 and an integer in MIN..MAX, 0 if the member is absent or null, -1 if it is anything else. */
int line_integer(const line *parsed, const char *key, int64_t min, int64_t max, int32_t *ret);

/* Calls FN for each line of FILE, without its end; a line over MAX_LINE bytes is given as NULL. */
int each_line(FILE *file, size_t max_line, void (*fn)(void *user, const char *text, size_t len),
              void *user);

#endif
