/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_API_SOURCE_H
#define FP_API_SOURCE_H

#include <fedpol/source.h>

#include "libfedpol/client/config.h"

/* How long the start waits for a cluster where nobody says otherwise. */
#define FP_START_MS 10000u
#define FP_LABEL_FILTER_MAX 4096u

struct fedpol_source {
    fp_client_config config;
    char *label_filter;
    uint32_t start_ms;
    bool required;
};

/* Connects CLUSTER; *CONFIG is emptied on success. */
int fp_cluster_connect(fedpol_cluster *cluster, fp_client_config *config,
                       const fedpol_source *options, fedpol_error **ret_error);

#endif
