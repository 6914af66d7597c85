/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "tool.h"

enum { MAX_LINE = 64 << 20 };

typedef struct replay_state {
    const tool_options *options;
    commits commits;
    fedpol_diagnostic_list *shown;
    json out;
    size_t line;
} replay_state;

static void refuse(const replay_state *replay, const char *what)
{
    (void)fprintf(stderr, "fedpol: error: line %zu: %s\n", replay->line, what);
}

static void refuse_code(const replay_state *replay, int r, const fedpol_error *error)
{
    refuse(replay, error ? fedpol_error_get_message(error) : fedpol_strerror(r));
}

/* The cluster that a line is about, added when it is named for the first time. */
static fedpol_cluster *cluster_of(replay_state *replay, const char *name)
{
    fedpol_cluster *cluster = NULL;
    fedpol_error *error = NULL;
    int role =
        strcmp(name, replay->options->sources.local) == 0 ? FEDPOL_ROLE_LOCAL : FEDPOL_ROLE_REMOTE;
    int r = fedpol_cluster_find(replay->commits.context, name, &cluster);

    if (r == FEDPOL_E_NOT_FOUND)
        r = fedpol_cluster_new(replay->commits.context, name, role, &cluster, &error);
    if (r < 0)
        refuse_code(replay, r, error);
    error = fedpol_error_free(error);
    return cluster;
}

static void feed(replay_state *replay, fedpol_cluster *cluster, const char *text, size_t len)
{
    fedpol_error *error = NULL;
    char origin[32];
    int r;

    (void)snprintf(origin, sizeof(origin), "line %zu", replay->line);
    r = fedpol_cluster_set_origin(cluster, origin);
    if (r == 0)
        r = fedpol_cluster_feed(cluster, text, len, &error);
    if (r < 0)
        refuse_code(replay, r, error);
    error = fedpol_error_free(error);
}

static void tell_commit(replay_state *replay)
{
    commit next = {0};
    int r = commits_next(&replay->commits, &next);

    if (r < 0)
        refuse_code(replay, r, NULL);
    else
        put_commit(&replay->out, &next);
    commit_done(&next);
    mesh_show_diagnostics(replay->commits.context, &replay->shown);
}

static void dump(replay_state *replay)
{
    json *out = &replay->out;
    fedpol_set_list *sets = NULL;
    fedpol_policy_list *policies = NULL;
    int r = fedpol_context_query_sets(replay->commits.context, &sets);

    if (r == 0)
        r = fedpol_context_query_policies(replay->commits.context, NULL, &policies);
    if (r < 0) {
        refuse_code(replay, r, NULL);
    } else {
        json_open(out, NULL, '{');
        put_sets(out, "sets", sets);
        put_policies(out, "policies", policies);
        json_close(out, '}');
        json_end_line(out);
    }
    policies = fedpol_policy_list_unref(policies);
    sets = fedpol_set_list_unref(sets);
}

static bool is_true(const line *parsed, const char *key)
{
    const line_member *member = line_get(parsed, key);

    return member && member->type == LINE_TRUE;
}

static void take_cluster_line(replay_state *replay, const line *parsed, const char *text,
                              size_t len)
{
    const char *name = line_string(parsed, "cluster");
    fedpol_cluster *cluster = name ? cluster_of(replay, name) : NULL;
    int r = 0;

    if (!name)
        refuse(replay, "\"cluster\" is missing or not a string");
    if (!cluster)
        return;
    if (is_true(parsed, "synced"))
        r = fedpol_cluster_set_synced(cluster);
    else if (is_true(parsed, "removed"))
        r = fedpol_cluster_remove(cluster);
    else if (line_string(parsed, "type") && line_get(parsed, "object"))
        feed(replay, cluster, text, len);
    else
        refuse(replay, "neither \"object\" with \"type\", nor \"synced\", nor \"removed\"");
    if (r < 0)
        refuse_code(replay, r, NULL);
    cluster = fedpol_cluster_unref(cluster);
}

static void take_line(void *user, const char *text, size_t len)
{
    replay_state *replay = user;
    line parsed = {0};
    const char *wrong;

    replay->line++;
    if (text && len == 0)
        return;
    wrong = text ? line_parse(text, len, LINE_MAX_MEMBERS, &parsed) : "the line is too long";
    if (wrong)
        refuse(replay, wrong);
    else if (is_true(&parsed, "commit"))
        tell_commit(replay);
    else if (is_true(&parsed, "dump"))
        dump(replay);
    else
        take_cluster_line(replay, &parsed, text, len);
    line_done(&parsed);
}

static FILE *open_input(const tool_options *options)
{
    FILE *file;

    if (strcmp(options->operands[0], "-") == 0)
        return stdin;
    file = fopen(options->operands[0], "rb");
    if (!file)
        (void)fprintf(stderr, "fedpol: replay: %s: %s\n", options->operands[0], strerror(errno));
    return file;
}

int cmd_replay(const tool_options *options)
{
    replay_state replay = {.options = options, .out = {stdout, false}};
    FILE *file;
    int status;

    if (options->n_operands != 1 || !options->sources.local) {
        (void)fputs("usage: fedpol --local NAME replay FILE|-\n", stderr);
        return EXIT_USAGE;
    }
    file = open_input(options);
    if (!file)
        return EXIT_SOURCE;
    status = mesh_context(options, &replay.commits.context);
    if (status == EXIT_DONE) {
        fedpol_error *error = NULL;
        int r = fedpol_renderer_new(replay.commits.context, &options->render,
                                    &replay.commits.renderer, &error);

        if (r < 0)
            status = complain(EXIT_USAGE, "replay", r, error);
        else if (each_line(file, MAX_LINE, take_line, &replay) < 0)
            status = complain(EXIT_SOURCE, options->operands[0], FEDPOL_E_IO, NULL);
        error = fedpol_error_free(error);
    }
    if (status == EXIT_DONE)
        mesh_show_diagnostics(replay.commits.context, &replay.shown);
    if (file != stdin)
        (void)fclose(file);
    replay.shown = fedpol_diagnostic_list_unref(replay.shown);
    commits_done(&replay.commits);
    return status;
}
