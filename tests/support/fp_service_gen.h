/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_SERVICE_GEN_H
#define FP_SERVICE_GEN_H

/*
 * Random services of three clusters, and what they mean worked out the long way: all services of
 * all clusters are tried for each federated one. Few names, labels and addresses, so that they
 * meet.
 */

#include "libfedpol/base/buf.h"
#include "libfedpol/services/services.h"
#include "tests/support/fp_test.h"

enum {
    GEN_CLUSTERS = 3, /* east (local), north, west */
    GEN_SPACES = 2,
    GEN_SERVICES = 6,  /* in each namespace; the first two are often federated */
    GEN_BACKENDS = 12, /* objects: Endpoints of each service, then slices */
    GEN_SUBSETS = 2,
    GEN_ADDRESSES = 5, /* of a subset at most */
    GEN_SELECTORS = 9,
    GEN_PORTS = 3,
};

typedef struct gen_service {
    bool there;
    unsigned run;      /* label: 0 none, then x, y, z */
    unsigned ports;    /* bits */
    unsigned selector; /* annotation: 0 none, then one of the selectors */
    bool selecting;    /* spec.selector */
} gen_service;

typedef struct gen_address {
    unsigned address;
    unsigned target; /* 0: none */
    bool ready;
} gen_address;

typedef struct gen_subset {
    unsigned ports;  /* bits */
    unsigned offset; /* of the numbers */
    unsigned n;
    gen_address items[GEN_ADDRESSES];
} gen_subset;

typedef struct gen_backends {
    bool there;
    unsigned service;
    bool ours;
    unsigned n_subsets;
    gen_subset subsets[GEN_SUBSETS];
} gen_backends;

typedef struct gen_world {
    gen_service services[GEN_CLUSTERS][GEN_SPACES][GEN_SERVICES];
    gen_backends backends[GEN_CLUSTERS][GEN_SPACES][GEN_BACKENDS];
    unsigned use[GEN_CLUSTERS]; /* fp_service_use */
} gen_world;

/* One object: a service, or back ends. */
typedef struct gen_place {
    unsigned cluster;
    unsigned space;
    bool is_service;
    unsigned index;
} gen_place;

/* Changes one object at random, or takes it away, and says which. */
gen_place gen_change(gen_world *world, fp_rng *rng);
gen_place gen_place_at(size_t i); /* every place once */
enum { GEN_PLACES = GEN_CLUSTERS * GEN_SPACES * (GEN_SERVICES + GEN_BACKENDS) };
bool gen_is_there(const gen_world *world, gen_place place);
void gen_put_json(const gen_world *world, gen_place place, fp_buf *buf);
/* What is wanted, one line for each federated service and each address of it, in no order. */
void gen_put_expected(const gen_world *world, fp_buf *buf);
/* The same of what was calculated. */
int gen_put_calculated(const fp_services *services, fp_buf *buf);
/* Lines in the order of their bytes; freed with free(). */
char *gen_sort_lines(const fp_buf *buf);

#endif
