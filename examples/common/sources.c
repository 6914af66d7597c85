/* SPDX-License-Identifier: Apache-2.0 */
#include "sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool refuse(char problem[SOURCES_PROBLEM], const char *what, const char *value)
{
    (void)snprintf(problem, SOURCES_PROBLEM, "%s: %.100s", what, value);
    return false;
}

bool sources_add(source_list *list, const char *text, char problem[SOURCES_PROBLEM])
{
    const char *equals = strchr(text, '=');
    const char *from = equals ? equals + 1 : "";
    size_t len = equals ? (size_t)(equals - text) : 0;
    cluster_source *source = &list->items[list->n];

    if (len == 0 || len >= sizeof(source->name) || !*from)
        return refuse(problem, "--cluster: expected NAME=SOURCE, NAME of at most 63 characters",
                      text);
    if (list->n == MAX_CLUSTERS)
        return refuse(problem, "--cluster", "too many clusters");
    if (strncmp(from, "dir:", 4) != 0 && strncmp(from, "kubeconfig:", 11) != 0 &&
        strcmp(from, "incluster") != 0)
        return refuse(problem, "--cluster: the source is dir:PATH, kubeconfig:PATH or incluster",
                      text);
    memcpy(source->name, text, len);
    source->name[len] = '\0';
    source->from = from;
    list->n++;
    return true;
}

bool sources_require(source_list *list, const char *name, char problem[SOURCES_PROBLEM])
{
    if (list->n_required == MAX_CLUSTERS)
        return refuse(problem, "--require", "too many clusters");
    list->required[list->n_required++] = name;
    return true;
}

static cluster_source *find(source_list *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->items[i].name, name) == 0)
            return &list->items[i];
    return NULL;
}

bool sources_settle(source_list *list, char problem[SOURCES_PROBLEM])
{
    if (!list->local && list->n > 0)
        list->local = list->items[0].name;
    for (size_t i = 0; i < list->n_required; i++) {
        cluster_source *source = find(list, list->required[i]);

        if (!source)
            return refuse(problem, "--require: no --cluster has this name", list->required[i]);
        source->is_required = true;
    }
    if (list->n > 0 && !find(list, list->local))
        return refuse(problem, "--local: no --cluster has this name", list->local);
    return true;
}

bool source_is_local(const source_list *list, size_t i)
{
    return strcmp(list->items[i].name, list->local) == 0;
}

bool source_is_folder(const cluster_source *source)
{
    return strncmp(source->from, "dir:", 4) == 0;
}

/* "PATH#CONTEXT". A path may hold the sign itself; a context may not. */
static int load_kubeconfig(fedpol_source *source, const char *from, fedpol_error **ret_error)
{
    const char *sign = strrchr(from, '#');
    size_t len = sign ? (size_t)(sign - from) : strlen(from);
    char *path = malloc(len + 1);
    int r;

    if (!path)
        return FEDPOL_E_NOMEM;
    memcpy(path, from, len);
    path[len] = '\0';
    r = fedpol_source_load_kubeconfig(source, path, sign ? sign + 1 : NULL, ret_error);
    free(path);
    return r;
}

static int connect_live(const cluster_source *from, fedpol_cluster *cluster, int32_t wait_s,
                        fedpol_error **ret_error)
{
    fedpol_source *source = NULL;
    int r = fedpol_source_new(&source);

    if (r == 0)
        r = strcmp(from->from, "incluster") == 0
                ? fedpol_source_load_incluster(source, ret_error)
                : load_kubeconfig(source, from->from + strlen("kubeconfig:"), ret_error);
    if (r == 0)
        r = fedpol_source_set_start_deadline(source, (uint32_t)wait_s * 1000);
    if (r == 0)
        r = fedpol_source_set_required(source, from->is_required);
    if (r == 0)
        r = fedpol_cluster_connect(cluster, source, ret_error);
    source = fedpol_source_free(source);
    return r;
}

int source_open(const cluster_source *source, fedpol_cluster *cluster, int32_t wait_s,
                fedpol_error **ret_error)
{
    return source_is_folder(source)
               ? fedpol_cluster_load_dir(cluster, source->from + strlen("dir:"), ret_error)
               : connect_live(source, cluster, wait_s, ret_error);
}
