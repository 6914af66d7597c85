/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <string.h>
#include <time.h>

#include "tool.h"

/* Stays, and tells what changes: states of clusters, and what each commit did. */

typedef struct watch_state {
    const tool_options *options;
    commits commits;
    fedpol_diagnostic_list *shown;
    json out;
    int32_t told; /* commits */
} watch_state;

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

static void tell_state(watch_state *watch, const fedpol_event *event)
{
    const char *cluster = fedpol_event_get_cluster(event);
    const char *state = fedpol_cluster_state_name(fedpol_event_get_state(event));
    json *out = &watch->out;

    if (!watch->options->json) {
        (void)printf("cluster %s: %s\n", cluster, state);
        return;
    }
    json_open(out, NULL, '{');
    json_string(out, "cluster", cluster);
    json_string(out, "state", state);
    if (fedpol_event_get_age_ms(event) < 0)
        json_null(out, "age_ms");
    else
        json_integer(out, "age_ms", fedpol_event_get_age_ms(event));
    json_close(out, '}');
    json_end_line(out);
}

static int tell_commit(watch_state *watch)
{
    commit next = {0};
    int r = commits_next(&watch->commits, &next);

    if (r == 0 && !fedpol_delta_is_empty(next.delta)) {
        watch->told++;
        if (watch->options->json) {
            put_commit(&watch->out, &next);
        } else {
            (void)printf("commit %d: %zu bytes for the kernel\n", (int)watch->told,
                         strlen(fedpol_ruleset_get_text(next.ruleset, NULL)));
            print_commit(&watch->out, &next);
        }
    }
    commit_done(&next);
    return r;
}

/* What waits is told; false once nobody reads any more. */
static bool tell_events(watch_state *watch)
{
    fedpol_event *event;
    bool diagnostics = false;

    while ((event = fedpol_context_next_event(watch->commits.context)) != NULL) {
        int type = fedpol_event_get_type(event);
        int r = 0;

        if (type == FEDPOL_EVENT_CLUSTER_STATE)
            tell_state(watch, event);
        else if (type == FEDPOL_EVENT_CHANGED)
            r = tell_commit(watch);
        diagnostics = diagnostics || type == FEDPOL_EVENT_DIAGNOSTICS;
        if (r < 0)
            (void)complain(EXIT_SOURCE, "watch", r, NULL);
        event = fedpol_event_free(event);
    }
    if (diagnostics) /* last, as asking for them commits */
        mesh_show_diagnostics(watch->commits.context, &watch->shown);
    return fflush(stdout) == 0 && !ferror(stdout);
}

static int64_t now_s(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec;
}

static int stay(watch_state *watch)
{
    const tool_options *options = watch->options;
    int64_t end = options->for_s < 0 ? INT64_MAX : now_s() + options->for_s;
    int r = 0;

    while (!stopped && r >= 0 && now_s() < end &&
           (options->count < 0 || watch->told < options->count)) {
        r = fedpol_context_wait(watch->commits.context, 500);
        if (!tell_events(watch))
            break;
    }
    return r < 0 ? complain(EXIT_SOURCE, "watch", r, NULL) : EXIT_DONE;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
}

/* The exit status. Commits are the watch's own from the start, so that it sees each. */
static int begin(watch_state *watch)
{
    const tool_options *options = watch->options;
    commits *all = &watch->commits;
    fedpol_error *error = NULL;
    int status = mesh_context(options, &all->context);
    int r;

    if (status != EXIT_DONE)
        return status;
    catch_signals();
    r = fedpol_context_set_auto_commit(all->context, false);
    if (r == 0)
        r = fedpol_renderer_new(all->context, &options->render, &all->renderer, &error);
    status = r < 0 ? complain(EXIT_USAGE, "watch", r, error) : mesh_load(options, all->context);
    error = fedpol_error_free(error);
    return status;
}

int cmd_watch(const tool_options *options)
{
    watch_state watch = {.options = options, .out = {stdout, false}};
    int status = begin(&watch);

    if (status == EXIT_DONE)
        status = stay(&watch);
    watch.shown = fedpol_diagnostic_list_unref(watch.shown);
    commits_done(&watch.commits);
    return status;
}
