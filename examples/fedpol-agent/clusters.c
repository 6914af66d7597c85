/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent.h"

static void complain(const char *name, int code, const fedpol_error *error)
{
    const char *message = fedpol_error_get_message(error);
    const char *where = fedpol_error_get_where(error);

    say("cluster %s: %s%s%s%s", name, *message ? message : fedpol_strerror(code),
        *where ? " (" : "", where, *where ? ")" : "");
}

static bool open_source(agent_state *agent, size_t i)
{
    const cluster_source *source = &agent->options.sources.items[i];
    fedpol_error *error = NULL;
    int r = source_open(source, agent->clusters[i], agent->options.start_timeout_s, &error);

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

static int set_options(const agent_options *options, fedpol_context *context)
{
    int r = options->node ? fedpol_context_set_node(context, options->node) : 0;

    if (r == 0 && options->verbose)
        r = fedpol_context_set_log(context, take_log, NULL);
    if (r == 0)
        r = fedpol_context_set_follow_remotes(context, options->follow_remotes);
    if (r == 0)
        r = fedpol_context_set_services(context, options->services);
    return r;
}

int clusters_open(agent_state *agent)
{
    const agent_options *options = &agent->options;
    char problem[GUARD_PROBLEM];
    int r = fedpol_context_new(&agent->context);

    if (r == 0)
        r = set_options(options, agent->context);
    if (r == 0 && guards_set(&options->guards, agent->context, problem) < 0) {
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

        r = fedpol_cluster_new(agent->context, name,
                               is_local ? FEDPOL_ROLE_LOCAL : FEDPOL_ROLE_REMOTE,
                               &agent->clusters[i], &error);
        if (r < 0)
            complain(name, r, error);
        error = fedpol_error_free(error);
        if (r < 0)
            return EXIT_USAGE;
        if (!open_source(agent, i))
            return EXIT_SOURCE;
    }
    return EXIT_DONE;
}

void clusters_reload(agent_state *agent)
{
    say("reading the sources again");
    for (size_t i = 0; i < agent->options.sources.n; i++)
        (void)open_source(agent, i);
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

static void say_state(agent_state *agent, const char *name, int state)
{
    fedpol_cluster *cluster = NULL;
    char reason[600] = "";

    if (state != FEDPOL_CLUSTER_IN_SYNC &&
        fedpol_cluster_find(agent->context, name, &cluster) == 0) {
        put_reason(cluster, reason, sizeof(reason));
        cluster = fedpol_cluster_unref(cluster);
    }
    say("cluster %s: %s%s%s", name, fedpol_cluster_state_name(state), *reason ? ": " : "", reason);
}

void clusters_process(agent_state *agent)
{
    const struct timespec pause = {0, 100000000};
    fedpol_event *event;
    int r = fedpol_context_process(agent->context);

    if (r < 0) { /* nothing is lost, but it comes back at once */
        say("%s", fedpol_strerror(r));
        (void)nanosleep(&pause, NULL);
    }
    while ((event = fedpol_context_next_event(agent->context)) != NULL) {
        int type = fedpol_event_get_type(event);

        if (type == FEDPOL_EVENT_CLUSTER_STATE)
            say_state(agent, fedpol_event_get_cluster(event), fedpol_event_get_state(event));
        if (type == FEDPOL_EVENT_CHANGED)
            agent->version++;
        agent->apply.is_dirty = true; /* an empty delta costs next to nothing */
        event = fedpol_event_free(event);
    }
}

static bool was_complete(fedpol_cluster *cluster)
{
    fedpol_cluster_info info;

    fedpol_cluster_info_init(&info, sizeof(info));
    return fedpol_cluster_get_info(cluster, &info) == 0 && info.age_ms >= 0;
}

/* A remote that is missing costs what it would have said. Without all of the local policies there
   would be too few rules, which may let pass what an earlier run of the agent stopped. */
static bool is_local_known(agent_state *agent)
{
    for (size_t i = 0; i < agent->options.sources.n; i++)
        if (source_is_local(&agent->options.sources, i))
            return was_complete(agent->clusters[i]);
    return false;
}

static void say_missing(agent_state *agent)
{
    for (size_t i = 0; i < agent->options.sources.n; i++)
        if (fedpol_cluster_get_state(agent->clusters[i]) != FEDPOL_CLUSTER_IN_SYNC)
            say_state(agent, agent->options.sources.items[i].name,
                      fedpol_cluster_get_state(agent->clusters[i]));
}

bool clusters_are_ready(agent_state *agent)
{
    if (agent->is_ready || fedpol_context_is_settled(agent->context) != 1)
        return agent->is_ready;
    agent->is_ready = is_local_known(agent);
    if (!agent->is_settled) {
        say_missing(agent);
        if (!agent->is_ready)
            say("the kernel keeps what it has until cluster %s was complete once",
                agent->options.sources.local);
    }
    agent->is_settled = true;
    return agent->is_ready;
}

void clusters_close(agent_state *agent)
{
    for (size_t i = 0; i < agent->options.sources.n; i++)
        agent->clusters[i] = fedpol_cluster_unref(agent->clusters[i]);
    agent->context = fedpol_context_unref(agent->context);
}
