/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "tool.h"

enum { MAX_LINE = 64 << 20 };

typedef struct replay_state {
    const tool_options *options;
    fedpol_context *context;
    fedpol_renderer *renderer;
    fedpol_set_list *before; /* at the last commit: what a set that is gone has lost */
    fedpol_diagnostic_list *shown;
    json out;
    size_t line;
    bool rendered;
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
    int role = strcmp(name, replay->options->local) == 0 ? FEDPOL_ROLE_LOCAL : FEDPOL_ROLE_REMOTE;
    int r = fedpol_cluster_find(replay->context, name, &cluster);

    if (r == FEDPOL_E_NOT_FOUND)
        r = fedpol_cluster_new(replay->context, name, role, &cluster, &error);
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

static void put_list(json *out, const char *key, size_t n,
                     const char *(*get)(const fedpol_delta *delta, size_t index),
                     const fedpol_delta *delta)
{
    json_open(out, key, '[');
    for (size_t i = 0; i < n; i++)
        json_string(out, NULL, get(delta, i));
    json_close(out, ']');
}

static bool is_set(const fedpol_set_list *list, size_t j, const fedpol_delta *delta, size_t i)
{
    return fedpol_set_list_get_type(list, j) == fedpol_delta_get_set_type(delta, i) &&
           fedpol_set_list_get_use(list, j) == fedpol_delta_get_set_use(delta, i) &&
           fedpol_set_list_get_scope(list, j) == fedpol_delta_get_set_scope(delta, i) &&
           strcmp(fedpol_set_list_get_selector(list, j), fedpol_delta_get_set_selector(delta, i)) ==
               0 &&
           strcmp(fedpol_set_list_get_protocol(list, j), fedpol_delta_get_set_protocol(delta, i)) ==
               0 &&
           strcmp(fedpol_set_list_get_port(list, j), fedpol_delta_get_set_port(delta, i)) == 0;
}

/* The members that went; of a set that is gone, all that it had. */
static void put_removed(const replay_state *replay, json *out, const fedpol_delta *delta, size_t i)
{
    json_open(out, "removed", '[');
    for (size_t m = 0; m < fedpol_delta_get_removed_count(delta, i); m++)
        json_string(out, NULL, fedpol_delta_get_removed(delta, i, m));
    if (fedpol_delta_get_set_change(delta, i) == FEDPOL_CHANGE_GONE)
        for (size_t j = 0; j < fedpol_set_list_get_count(replay->before); j++)
            for (size_t m = 0; is_set(replay->before, j, delta, i) &&
                               m < fedpol_set_list_get_member_count(replay->before, j);
                 m++)
                json_string(out, NULL, fedpol_set_list_get_member(replay->before, j, m));
    json_close(out, ']');
}

static void put_set_delta(const replay_state *replay, json *out, const fedpol_delta *delta,
                          size_t i)
{
    int type = fedpol_delta_get_set_type(delta, i);

    json_open(out, NULL, '{');
    json_string(out, "selector", fedpol_delta_get_set_selector(delta, i));
    json_string(out, "type", fedpol_set_type_name(type));
    json_string(out, "use", fedpol_set_use_name(fedpol_delta_get_set_use(delta, i)));
    json_string(out, "protocol", set_protocol(type, fedpol_delta_get_set_protocol(delta, i)));
    json_string(out, "port",
                type == FEDPOL_SET_IP_PORT ? fedpol_delta_get_set_port(delta, i) : NULL);
    json_string(out, "change", fedpol_change_name(fedpol_delta_get_set_change(delta, i)));
    json_open(out, "added", '[');
    for (size_t m = 0; m < fedpol_delta_get_added_count(delta, i); m++)
        json_string(out, NULL, fedpol_delta_get_added(delta, i, m));
    json_close(out, ']');
    put_removed(replay, out, delta, i);
    json_close(out, '}');
}

/* The text for the kernel: everything the first time, the change afterwards. */
static int render(replay_state *replay, fedpol_ruleset **ret)
{
    int r = replay->rendered ? fedpol_renderer_delta(replay->renderer, ret)
                             : fedpol_renderer_full(replay->renderer, ret);

    if (r == 0)
        replay->rendered = true;
    return r;
}

static void commit(replay_state *replay)
{
    json *out = &replay->out;
    fedpol_delta *delta = NULL;
    fedpol_ruleset *ruleset = NULL;
    fedpol_set_list *after = NULL;
    int r = fedpol_context_commit(replay->context, &delta);

    if (r == 0)
        r = render(replay, &ruleset);
    if (r == 0)
        r = fedpol_context_query_sets(replay->context, &after);
    if (r < 0) {
        refuse_code(replay, r, NULL);
    } else {
        json_open(out, NULL, '{');
        json_open(out, "sets", '[');
        for (size_t i = 0; i < fedpol_delta_get_set_count(delta); i++)
            put_set_delta(replay, out, delta, i);
        json_close(out, ']');
        put_list(out, "policies_changed", fedpol_delta_get_policy_count(delta),
                 fedpol_delta_get_policy, delta);
        put_list(out, "endpoints_changed", fedpol_delta_get_endpoint_count(delta),
                 fedpol_delta_get_endpoint, delta);
        put_list(out, "departed", fedpol_delta_get_departed_count(delta), fedpol_delta_get_departed,
                 delta);
        json_string(out, "text", fedpol_ruleset_get_text(ruleset, NULL));
        json_close(out, '}');
        json_end_line(out);
        replay->before = fedpol_set_list_unref(replay->before);
        replay->before = after;
        after = NULL;
    }
    mesh_show_diagnostics(replay->context, &replay->shown);
    after = fedpol_set_list_unref(after);
    ruleset = fedpol_ruleset_unref(ruleset);
    delta = fedpol_delta_unref(delta);
}

static void dump(replay_state *replay)
{
    json *out = &replay->out;
    fedpol_set_list *sets = NULL;
    fedpol_policy_list *policies = NULL;
    int r = fedpol_context_query_sets(replay->context, &sets);

    if (r == 0)
        r = fedpol_context_query_policies(replay->context, NULL, &policies);
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
        commit(replay);
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

    if (options->n_operands != 1 || !options->local) {
        (void)fputs("usage: fedpol --local NAME replay FILE|-\n", stderr);
        return EXIT_USAGE;
    }
    file = open_input(options);
    if (!file)
        return EXIT_SOURCE;
    status = mesh_context(options, &replay.context);
    if (status == EXIT_DONE) {
        fedpol_error *error = NULL;
        int r = fedpol_renderer_new(replay.context, &options->render, &replay.renderer, &error);

        if (r < 0)
            status = complain(EXIT_USAGE, "replay", r, error);
        else if (each_line(file, MAX_LINE, take_line, &replay) < 0)
            status = complain(EXIT_SOURCE, options->operands[0], FEDPOL_E_IO, NULL);
        error = fedpol_error_free(error);
    }
    if (status == EXIT_DONE)
        mesh_show_diagnostics(replay.context, &replay.shown);
    if (file != stdin)
        (void)fclose(file);
    replay.shown = fedpol_diagnostic_list_unref(replay.shown);
    replay.before = fedpol_set_list_unref(replay.before);
    replay.renderer = fedpol_renderer_unref(replay.renderer);
    replay.context = fedpol_context_unref(replay.context);
    return status;
}
