/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_RESOURCES_H
#define FP_CLIENT_RESOURCES_H

/*
 * What is asked of a cluster, and under which path: of a remote only what takes part as a peer, so
 * that a read-only role with four kinds is enough; of the local one its policies too. Nodes, pools
 * and blocks are never asked for.
 */

#include "libfedpol/base/buf.h"

/* A URL has its limits, and proxies have lower ones: a longer list of namespaces that are not
   wanted is sorted out on this side. */
#define FP_RESOURCE_MAX_EXCLUDED 20u

typedef enum fp_calico_group {
    FP_CALICO_CRD = 0, /* crd.projectcalico.org/v1 */
    FP_CALICO_V3,      /* projectcalico.org/v3 */
} fp_calico_group;

typedef struct fp_resource {
    const char *group; /* "" for core, NULL for the Calico group that the cluster serves */
    const char *version;
    const char *plural;
    const char *kind;
    const char *fields; /* field selector of every list and watch; NULL: none */
    bool local_only;
    bool mandatory;       /* without it the cluster is not in sync */
    bool takes_filter;    /* the label filter of a remote applies */
    bool follows_remotes; /* asked for only if remotes are followed */
    bool services;        /* asked for only if services are; a remote may refuse it */
    bool in_rules;        /* but of the local cluster always: rules may name services */
    bool namespaced;
} fp_resource;

/* What of a cluster is wanted. Texts are borrowed. */
typedef struct fp_resource_scope {
    bool is_local;
    bool follow_remotes;
    bool services;            /* and what stands behind them */
    const char *label_filter; /* of a remote; NULL: none */
    /* Which namespaces are wanted, if not all, and which are not. What the server can't leave out
       comes all the same. */
    const char *const *namespaces;
    size_t n_namespaces;
    const char *const *excluded;
    size_t n_excluded;
} fp_resource_scope;

/* The I-th resource, in the order in which they are asked for; NULL past the end. */
const fp_resource *fp_resource_get(size_t i);
/* The group that is asked for which Calico group counts. */
const fp_resource *fp_resource_probe(void);
const char *fp_resource_api_version(const fp_resource *resource, fp_calico_group calico);
/* Whether it is asked for, given its group. */
bool fp_resource_is_wanted(const fp_resource *resource, const fp_resource_scope *scope);
/* The path of its list, and everything that the server is to leave out, as a query without "?". */
int fp_resource_put_path(const fp_resource *resource, fp_calico_group calico,
                         const fp_resource_scope *scope, fp_buf *path);
int fp_resource_put_query(const fp_resource *resource, const fp_resource_scope *scope,
                          fp_buf *query);

#endif
