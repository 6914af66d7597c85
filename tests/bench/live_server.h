/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_BENCH_LIVE_SERVER_H
#define FP_BENCH_LIVE_SERVER_H

/*
 * An API server for benchmarks, in a process of its own so that its work is not the client's.
 * Cluster number N answers below /N: lists are empty, watches of pods send what the shared memory
 * asks for, all other watches nothing but a bookmark every minute. An event is a change of a
 * real pod of 6 to 11 KB; events of one cluster change its pods in turn. Plain HTTP on loopback.
 */

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#define LIVE_CLUSTERS 64u
#define LIVE_EVENTS 262144u /* of one cluster, in all */
#define LIVE_PODS 5000u     /* in all; a burst is of all of them */
#define LIVE_OWN_PODS 100u  /* of one cluster, at a steady rate */

typedef enum live_mode {
    LIVE_QUIET = 0,
    LIVE_BURST,  /* `burst` events of cluster 0 as fast as they go, then quiet */
    LIVE_STEADY, /* `rate` events a second, spread over the clusters */
} live_mode;

typedef enum live_ill {
    LIVE_WELL = 0,
    LIVE_SILENT,  /* cluster 0 stops sending and answering */
    LIVE_GARBAGE, /* cluster 0 sends an object without end, as fast as it goes */
    LIVE_EMPTY,   /* and here objects that are no events */
} live_ill;

/* Shared with the parent. */
typedef struct live_shared {
    atomic_int port;
    atomic_int mode;
    atomic_int ill;
    atomic_uint rate;
    atomic_uint burst;
    atomic_uint n_clusters;
    atomic_uint watches; /* open now, of pods */
    atomic_uint requests;
    atomic_ullong garbage_bytes;
    atomic_uint sent[LIVE_CLUSTERS];
    double first_ns[LIVE_CLUSTERS];             /* when the first byte of a burst went out */
    double sent_ns[LIVE_CLUSTERS][LIVE_EVENTS]; /* when the last byte of each event went out */
} live_shared;

/* The child's pid. Ends with a message if it can't be started. */
pid_t live_server_start(live_shared **ret);
void live_server_stop(pid_t pid, live_shared *shared);

#endif
