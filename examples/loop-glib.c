/* SPDX-License-Identifier: Apache-2.0 */
#include <glib-unix.h>
#include <stdio.h>
#include <fedpol/fedpol.h>
/* The library inside GLib. Prints states until the cluster of a KUBECONFIG is in sync. */

typedef struct program {
    fedpol_context *context;
    GMainLoop *loop;
} program;

static int prepare(const char *path, fedpol_context **ret_context)
{
    fedpol_source *source = NULL;
    fedpol_cluster *cluster = NULL;
    int r = fedpol_context_new(ret_context);

    if (r == 0)
        r = fedpol_cluster_new(*ret_context, "east", FEDPOL_ROLE_LOCAL, &cluster, NULL);
    if (r == 0)
        r = fedpol_source_new(&source);
    if (r == 0)
        r = fedpol_source_load_kubeconfig(source, path, NULL, NULL);
    if (r == 0)
        r = fedpol_cluster_connect(cluster, source, NULL);
    fedpol_source_free(source);
    fedpol_cluster_unref(cluster);
    return r;
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    const program *p = data;
    fedpol_event *event;
    (void)fd, (void)condition;

    if (fedpol_context_process(p->context) < 0)
        g_main_loop_quit(p->loop);
    while ((event = fedpol_context_next_event(p->context)) != NULL) {
        if (fedpol_event_get_type(event) == FEDPOL_EVENT_CLUSTER_STATE)
            (void)printf("%s\n", fedpol_cluster_state_name(fedpol_event_get_state(event)));
        if (fedpol_event_get_state(event) == FEDPOL_CLUSTER_IN_SYNC)
            g_main_loop_quit(p->loop);
        event = fedpol_event_free(event);
    }
    return G_SOURCE_CONTINUE;
}

int main(int argc, char **argv)
{
    program p = {NULL, g_main_loop_new(NULL, FALSE)};
    int r = argc == 2 ? prepare(argv[1], &p.context) : -1;

    if (r == 0 && g_unix_fd_add(fedpol_context_get_fd(p.context), G_IO_IN, on_readable, &p))
        g_main_loop_run(p.loop);
    fedpol_context_unref(p.context);
    g_main_loop_unref(p.loop);
    return r == 0 ? 0 : 1;
}
