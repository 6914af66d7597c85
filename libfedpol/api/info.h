/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_API_INFO_H
#define FP_API_INFO_H

#include "libfedpol/api/handles.h"

/* Size of the struct in its first version. */
#define FP_CLUSTER_INFO_FIRST offsetof(fedpol_cluster_info, withdrawn)

/* What there is to say about a cluster that was not removed; strings are the handle's. */
void fp_cluster_fill_info(const fedpol_cluster *cluster, fedpol_cluster_info *ret);

#endif
