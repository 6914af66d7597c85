/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_WORLD_TEST_H
#define FP_WORLD_TEST_H

/*
 * A world as text, for tests of the calculation: objects go in as JSON or YAML, and what comes out
 * is a list of items without any id in it, so that two worlds can be compared, and a delta with the
 * difference of two states.
 */

#include "libfedpol/policy/world.h"

/* East is local and enforces NODE ("" : every endpoint); west and north are remote. */
typedef struct fp_test_mesh {
    fp_world *world;
    fp_cluster *east;
    fp_cluster *west;
    fp_cluster *north;
} fp_test_mesh;

int fp_test_mesh_new(uint64_t seed, const fp_world_options *options, fp_test_mesh *ret);
void fp_test_mesh_done(fp_test_mesh *mesh);

/* Applies one object as JSON. 0, or the failure of the world; unreadable JSON fails the test. */
int fp_test_apply(fp_world *world, fp_cluster *cluster, fp_watch_type type, const char *json);
/* Applies every document of a YAML text. */
void fp_test_apply_yaml(fp_world *world, fp_cluster *cluster, fp_watch_type type, fp_str yaml);

/* One fact: what it is about, and what holds. */
typedef struct fp_test_item {
    char *key;  /* "set …", "member …", "policy …", "endpoint …", "address …" */
    char *text; /* "" for keys that only are there */
} fp_test_item;

typedef FP_VEC(fp_test_item) fp_test_state;

/* All facts, sorted by key. 0 or FEDPOL_E_NOMEM. */
int fp_test_state_of(fp_world *world, fp_test_state *ret);
void fp_test_state_done(fp_test_state *state);
/* As lines. */
char *fp_test_state_text(const fp_test_state *state);
/* The lines of a delta, and those that it should have between two states; sorted. */
char *fp_test_delta_text(const fp_delta *delta);
char *fp_test_difference(const fp_test_state *before, const fp_test_state *after);
/* "cluster kind ns/name path severity code", but for those that tell of the past. */
char *fp_test_diags(fp_world *world);

#endif
