/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_API_MESH_H
#define TEST_API_MESH_H

/*
 * The smallest mesh that has everything: cluster "east" is local, with a policy that lets web talk
 * to db, a db of its own and a network set; cluster "west" is remote and has the web, and another
 * pod. Tests of this folder use the public headers and the shared library alone.
 */

#include <fedpol/fedpol.h>

extern const char mesh_east[]; /* YAML */
extern const char mesh_west[]; /* one List, JSON */

typedef struct mesh {
    fedpol_context *context;
    fedpol_cluster *east;
    fedpol_cluster *west;
} mesh;

/* 0, or the first failure, with nothing left behind; both clusters in sync. The seed is fixed. */
int mesh_init(mesh *ret);
void mesh_done(mesh *m);
/* Feeds one watch event about a pod of west: TYPE "ADDED"..., app label, address. */
int mesh_west_pod(mesh *m, const char *type, const char *name, const char *app, const char *ip);
/* The value of fedpol_context_get_verdict(), or its failure. */
int mesh_ask(mesh *m, const char *from, const char *to, int port);

#endif
