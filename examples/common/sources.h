/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_SOURCES_H
#define COMMON_SOURCES_H

#include <fedpol/fedpol.h>
#include <stdbool.h>

/* The clusters that a program was told of by --cluster, --local and --require. */

enum { MAX_CLUSTERS = 256 };

#define SOURCES_PROBLEM 200u

typedef struct cluster_source {
    char name[64];
    const char *from; /* "dir:PATH", "kubeconfig:PATH#CONTEXT", "incluster" */
    bool is_required;
} cluster_source;

typedef struct source_list {
    cluster_source items[MAX_CLUSTERS];
    size_t n;
    const char *local; /* NULL: the first */
    const char *required[MAX_CLUSTERS];
    size_t n_required;
} source_list;

/* Each keeps its text, which must stay. False: PROBLEM says what is wrong. */
bool sources_add(source_list *list, const char *text, char problem[SOURCES_PROBLEM]);
bool sources_require(source_list *list, const char *name, char problem[SOURCES_PROBLEM]);
/* When all are there: which one is local, and that those are there that are named. */
bool sources_settle(source_list *list, char problem[SOURCES_PROBLEM]);
bool source_is_local(const source_list *list, size_t i);
bool source_is_folder(const cluster_source *source);
/* Loads the folder, or begins to connect; the start waits that long for the latter. 0 or
   FEDPOL_E_*. */
int source_open(const cluster_source *source, fedpol_cluster *cluster, int32_t wait_s,
                fedpol_error **ret_error);

#endif
