/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_RESOURCES_H
#define FP_CLIENT_RESOURCES_H

/*
 * What is asked of a cluster, and under which path: of a remote only what takes part as a peer, so
 * that a read-only role with four kinds is enough; of the local one its policies too. Nodes, pools
 * and blocks are never asked for.
 */

#include "libfedpol/base/str.h"

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

/* The I-th resource, in the order in which they are asked for; NULL past the end. */
const fp_resource *fp_resource_get(size_t i);
/* The group that is asked for which Calico group counts. */
const fp_resource *fp_resource_probe(void);
const char *fp_resource_api_version(const fp_resource *resource, fp_calico_group calico);

#endif
