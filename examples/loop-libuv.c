/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <uv.h>

#include <fedpol/fedpol.h>

/* The library inside libuv: its one descriptor is a poll handle. Connects to a kubeconfig and
   prints states until the cluster is in sync. Usage: loop-libuv KUBECONFIG */

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
    source = fedpol_source_free(source);
    cluster = fedpol_cluster_unref(cluster);
    return r;
}

static void on_readable(uv_poll_t *handle, int status, int events)
{
    fedpol_context *context = handle->data;
    fedpol_event *event;

    (void)events;
    if (status < 0 || fedpol_context_process(context) < 0)
        uv_stop(handle->loop);
    while ((event = fedpol_context_next_event(context)) != NULL) {
        if (fedpol_event_get_type(event) == FEDPOL_EVENT_CLUSTER_STATE)
            (void)printf("%s\n", fedpol_cluster_state_name(fedpol_event_get_state(event)));
        if (fedpol_event_get_state(event) == FEDPOL_CLUSTER_IN_SYNC)
            uv_stop(handle->loop);
        event = fedpol_event_free(event);
    }
}

int main(int argc, char **argv)
{
    fedpol_context *context = NULL;
    uv_poll_t handle = {.data = NULL};
    int r = argc == 2 ? prepare(argv[1], &context) : -1;

    if (r == 0 && uv_poll_init(uv_default_loop(), &handle, fedpol_context_get_fd(context)) == 0 &&
        uv_poll_start(&handle, UV_READABLE, on_readable) == 0) {
        handle.data = context;
        (void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    }
    context = fedpol_context_unref(context);
    return r == 0 ? 0 : 1;
}
