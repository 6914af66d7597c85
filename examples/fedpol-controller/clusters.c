/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controller.h"

static void complain(const char *name, int code, const fedpol_error *error)
{
    const char *message = fedpol_error_get_message(error);
    const char *where = fedpol_error_get_where(error);

    say("cluster %s: %s%s%s%s", name, *message ? message : fedpol_strerror(code),
        *where ? " (" : "", where, *where ? ")" : "");
}

static bool open_source(controller *c, size_t i)
{
    const cluster_source *source = &c->options.sources.items[i];
    fedpol_error *error = NULL;
    int r = source_open(source, c->clusters[i], c->options.start_timeout_s, &error);

    if (r < 0)
        complain(source->name, r, error);
    error = fedpol_error_free(error);
    return r == 0;
}

static void take_log(void *user, int level, const char *component, const char *message)
{
    static const char *const names[] = {"?", "error", "warning", "info", "debug"};

    (void)user;
    say("%s: %s: %s", level > 0 && level < 5 ? names[level] : names[0], component, message);
}

static int set_options(const controller_options *options, fedpol_context *context)
{
    int r = fedpol_context_set_services(context, true);

    if (r == 0 && options->verbose)
        r = fedpol_context_set_log(context, take_log, NULL);
    if (r == 0)
        r = fedpol_context_set_keep_last_backends(context, options->keep_last);
    if (r == 0)
        r = fedpol_context_set_follow_remotes(context, options->follow_remotes);
    return r;
}

/* Also of clusters that a RemoteClusterConfiguration made. */
static void set_times(controller *c, const char *name)
{
    int64_t seconds = c->options.backend_timeout_s;
    fedpol_cluster *cluster = NULL;

    if (fedpol_cluster_find(c->context, name, &cluster) < 0)
        return;
    if (seconds >= 0)
        (void)fedpol_cluster_set_backend_timeout(cluster, seconds * 1000);
    (void)fedpol_cluster_set_backend_hold(cluster, (int64_t)c->options.start_timeout_s * 1000);
    cluster = fedpol_cluster_unref(cluster);
}

int clusters_open(controller *c)
{
    const controller_options *options = &c->options;
    char problem[GUARD_PROBLEM];
    int r = fedpol_context_new(&c->context);

    if (r == 0)
        r = set_options(options, c->context);
    if (r == 0 && guards_set(&options->guards, c->context, problem) < 0) {
        say("--guard: %s", problem);
        return EXIT_USAGE;
    }
    if (r < 0) {
        say("options: %s", fedpol_strerror(r));
        return r == FEDPOL_E_INVALID ? EXIT_USAGE : EXIT_SOURCE;
    }
    for (size_t i = 0; i < options->sources.n; i++) {
        const char *name = options->sources.items[i].name;
        bool is_local = source_is_local(&options->sources, i);
        fedpol_error *error = NULL;

        r = fedpol_cluster_new(c->context, name, is_local ? FEDPOL_ROLE_LOCAL : FEDPOL_ROLE_REMOTE,
                               &c->clusters[i], &error);
        if (r < 0)
            complain(name, r, error);
        error = fedpol_error_free(error);
        if (r < 0)
            return EXIT_USAGE;
        if (is_local)
            c->local = c->clusters[i];
        if (!open_source(c, i))
            return EXIT_SOURCE;
        set_times(c, name);
    }
    return EXIT_DONE;
}

/* What stands in the way of a cluster, in one line; "" if it said nothing of that. */
static void put_reason(fedpol_cluster *cluster, char *ret, size_t size)
{
    fedpol_connection *connection = NULL;

    ret[0] = '\0';
    if (fedpol_cluster_query_connection(cluster, &connection) < 0)
        return;
    (void)snprintf(ret, size, "%s", fedpol_connection_get_message(connection));
    for (size_t i = 0; i < fedpol_connection_get_count(connection); i++) {
        int phase = fedpol_connection_get_phase(connection, i);
        const char *message = fedpol_connection_get_kind_message(connection, i);

        if (phase == FEDPOL_PHASE_WATCHING || phase == FEDPOL_PHASE_ABSENT || !*message)
            continue;
        (void)snprintf(ret, size, "%s (%s): %s: %s", fedpol_connection_get_kind(connection, i),
                       fedpol_connection_get_path(connection, i), fedpol_phase_name(phase),
                       message);
        break;
    }
    connection = fedpol_connection_unref(connection);
}

static void say_state(controller *c, const char *name, int state)
{
    fedpol_cluster *cluster = NULL;
    char reason[600] = "";

    if (state != FEDPOL_CLUSTER_IN_SYNC && fedpol_cluster_find(c->context, name, &cluster) == 0) {
        put_reason(cluster, reason, sizeof(reason));
        cluster = fedpol_cluster_unref(cluster);
    }
    say("cluster %s: %s%s%s", name, fedpol_cluster_state_name(state), *reason ? ": " : "", reason);
}

void clusters_process(controller *c)
{
    const struct timespec pause = {0, 100000000};
    fedpol_event *event;
    int r = fedpol_context_process(c->context);

    if (r < 0) { /* nothing is lost, but it comes back at once */
        say("%s", fedpol_strerror(r));
        (void)nanosleep(&pause, NULL);
    }
    while ((event = fedpol_context_next_event(c->context)) != NULL) {
        int type = fedpol_event_get_type(event);

        if (type == FEDPOL_EVENT_CLUSTER_STATE) {
            set_times(c, fedpol_event_get_cluster(event));
            say_state(c, fedpol_event_get_cluster(event), fedpol_event_get_state(event));
        }
        if (type == FEDPOL_EVENT_DIAGNOSTICS)
            c->events.is_dirty = true;
        if (type == FEDPOL_EVENT_SERVICES || type == FEDPOL_EVENT_CLUSTER_STATE)
            c->writer.is_dirty = true;
        event = fedpol_event_free(event);
    }
}

bool clusters_are_ready(controller *c)
{
    if (!c->is_ready && fedpol_context_is_settled(c->context) == 1)
        c->is_ready = true;
    return c->is_ready;
}

void clusters_close(controller *c)
{
    for (size_t i = 0; i < c->options.sources.n; i++)
        c->clusters[i] = fedpol_cluster_unref(c->clusters[i]);
    c->local = NULL;
    c->context = fedpol_context_unref(c->context);
}
