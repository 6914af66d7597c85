/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tool.h"

/* Clusters that are API servers: connecting, a bounded wait, and what is missing afterwards. */

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
        if (strcmp(info.name, options->sources.local) == 0 && info.objects == 0)
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
