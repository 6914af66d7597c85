/* SPDX-License-Identifier: Apache-2.0 */
/* The library's one descriptor inside a loop of one's own. Usage: loop-epoll KUBECONFIG|FOLDER */
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include <fedpol/fedpol.h>

static int open_cluster(fedpol_cluster *cluster, const char *path, fedpol_error **ret_error)
{
    fedpol_source *source = NULL;
    struct stat info;
    int r;

    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return fedpol_cluster_load_dir(cluster, path, ret_error);
    r = fedpol_source_new(&source);
    if (r == 0)
        r = fedpol_source_load_kubeconfig(source, path, NULL, ret_error);
    if (r == 0)
        r = fedpol_cluster_connect(cluster, source, ret_error);
    source = fedpol_source_free(source);
    return r;
}

int main(int argc, char **argv)
{
    fedpol_context *context = NULL;
    fedpol_cluster *cluster = NULL;
    fedpol_error *error = NULL;
    struct epoll_event ready = {.events = EPOLLIN};
    int loop = epoll_create1(EPOLL_CLOEXEC);
    int r = argc == 2 && loop >= 0 ? fedpol_context_new(&context) : FEDPOL_E_INVALID;

    if (r == 0)
        r = fedpol_cluster_new(context, "local", FEDPOL_ROLE_LOCAL, &cluster, &error);
    if (r == 0)
        r = open_cluster(cluster, argv[1], &error);
    if (r == 0)
        r = epoll_ctl(loop, EPOLL_CTL_ADD, fedpol_context_get_fd(context), &ready);
    while (r >= 0 && fedpol_cluster_get_state(cluster) != FEDPOL_CLUSTER_IN_SYNC &&
           epoll_wait(loop, &ready, 1, 30000) > 0) {
        r = fedpol_context_process(context);
        for (fedpol_event *event; (event = fedpol_context_next_event(context)) != NULL;
             event = fedpol_event_free(event))
            printf("event %d\n", fedpol_event_get_type(event));
    }
    if (r < 0)
        fprintf(stderr, "%s: %s\n", fedpol_strerror(r), fedpol_error_get_message(error));
    else
        puts(fedpol_cluster_state_name(fedpol_cluster_get_state(cluster)));
    r = r >= 0 && fedpol_cluster_get_state(cluster) == FEDPOL_CLUSTER_IN_SYNC ? 0 : 1;
    error = fedpol_error_free(error);
    cluster = fedpol_cluster_unref(cluster);
    context = fedpol_context_unref(context);
    return r;
}
