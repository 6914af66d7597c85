/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_KUBECONFIG_FIELDS_H
#define FP_CLIENT_KUBECONFIG_FIELDS_H

/* The fields of one cluster and one user of a kubeconfig. */

#include "libfedpol/client/config.h"
#include "libfedpol/client/kubeconfig_files.h"

int fp_kubeconfig_read_cluster(const fp_kubeconfig_entry *entry, fp_client_config *config,
                               fedpol_error **ret_error);
/* CLUSTER: whose extension a credential plugin gets. */
int fp_kubeconfig_read_user(const fp_kubeconfig_entry *entry, const fp_kubeconfig_entry *cluster,
                            fp_client_config *config, fedpol_error **ret_error);

/* The value as JSON text. */
int fp_kubeconfig_write_json(const fp_value *value, char **ret_json);

#endif
