/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tool.h"

/* Clusters that are API servers: connecting, a bounded wait, and what is missing afterwards. */

/* "PATH#CONTEXT": where the path ends. A path may hold the sign itself; a context may not. */
static size_t path_length(const char *source)
{
    const char *sign = strrchr(source, '#');

    return sign ? (size_t)(sign - source) : strlen(source);
}

static int load_kubeconfig(fedpol_source *source, const char *text, fedpol_error **ret_error)
{
    size_t len = path_length(text);
    const char *context = text[len] ? text + len + 1 : NULL;
    char *path = malloc(len + 1);
    int r;

    if (!path)
        return FEDPOL_E_NOMEM;
    memcpy(path, text, len);
    path[len] = '\0';
    r = fedpol_source_load_kubeconfig(source, path, context, ret_error);
    free(path);
    return r;
}

int live_connect(fedpol_cluster *cluster, const char *text)
{
    fedpol_source *source = NULL;
    fedpol_error *error = NULL;
    char what[128];
    int r = fedpol_source_new(&source);

    (void)snprintf(what, sizeof(what), "cluster %s", fedpol_cluster_get_name(cluster));
    if (r == 0 && strcmp(text, "incluster") == 0)
        r = fedpol_source_load_incluster(source, &error);
    else if (r == 0)
        r = load_kubeconfig(source, text + strlen("kubeconfig:"), &error);
    if (r == 0)
        r = fedpol_cluster_connect(cluster, source, &error);
    if (r < 0)
        (void)complain(EXIT_SOURCE, what, r, error);
    error = fedpol_error_free(error);
    source = fedpol_source_free(source);
    return r < 0 ? EXIT_SOURCE : EXIT_DONE;
}

static int64_t now_ms(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* One line for each kind that is not there, and why; what stands in the way of all of them first.
 */
static void tell_missing(fedpol_cluster *cluster)
{
    const char *name = fedpol_cluster_get_name(cluster);
    fedpol_connection *connection = NULL;
    const char *whole;
    bool told = false;

    if (fedpol_cluster_query_connection(cluster, &connection) < 0)
        return;
    whole = fedpol_connection_get_message(connection);
    for (size_t i = 0; i < fedpol_connection_get_count(connection); i++) {
        int phase = fedpol_connection_get_phase(connection, i);
        const char *message = fedpol_connection_get_kind_message(connection, i);

        if (phase == FEDPOL_PHASE_WATCHING || phase == FEDPOL_PHASE_ABSENT || !*message)
            continue;
        (void)fprintf(stderr, "fedpol: warning: cluster %s is not in sync: %s (%s): %s: %s\n", name,
                      fedpol_connection_get_kind(connection, i),
                      fedpol_connection_get_path(connection, i), fedpol_phase_name(phase), message);
        told = true;
    }
    if (!told)
        (void)fprintf(stderr, "fedpol: warning: cluster %s is not in sync: %s\n", name,
                      *whole ? whole : "it has not answered in full yet");
    connection = fedpol_connection_unref(connection);
}

static int judge_clusters(const tool_options *options, fedpol_context *context)
{
    fedpol_cluster_list *list = NULL;
    int status = EXIT_DONE;

    if (fedpol_context_query_clusters(context, &list) < 0)
        return EXIT_SOURCE;
    for (size_t i = 0; i < fedpol_cluster_list_get_count(list); i++) {
        fedpol_cluster_info info;
        fedpol_cluster *cluster = NULL;

        fedpol_cluster_info_init(&info, sizeof(info));
        if (fedpol_cluster_list_get_info(list, i, &info) < 0 ||
            info.state == FEDPOL_CLUSTER_IN_SYNC ||
            fedpol_cluster_find(context, info.name, &cluster) < 0)
            continue;
        tell_missing(cluster);
        if (strcmp(info.name, options->local) == 0 && info.objects == 0)
            status = EXIT_SOURCE;
        cluster = fedpol_cluster_unref(cluster);
    }
    list = fedpol_cluster_list_unref(list);
    return status;
}

int live_wait(const tool_options *options, fedpol_context *context)
{
    int64_t end = now_ms() + (int64_t)options->timeout_s * 1000;
    int64_t left = 1;

    while (fedpol_context_is_settled(context) == 0 && (left = end - now_ms()) > 0) {
        fedpol_event *event;

        if (fedpol_context_wait(context, (int)left) < 0)
            break;
        while ((event = fedpol_context_next_event(context)) != NULL)
            event = fedpol_event_free(event);
    }
    return judge_clusters(options, context);
}
