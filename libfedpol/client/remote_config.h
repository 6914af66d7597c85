/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_REMOTE_CONFIG_H
#define FP_CLIENT_REMOTE_CONFIG_H

/*
 * RemoteClusterConfiguration, and the Secret that it may name, become an fp_client_config. Reads
 * trees of wire/, keeps what it needs; combinations are judged by federation.md §2.2-2.4.
 */

#include "libfedpol/client/config.h"
#include "libfedpol/wire/value.h"

typedef enum fp_remote_datastore {
    FP_DATASTORE_ETCDV3 = 0, /* the API's default */
    FP_DATASTORE_KUBERNETES,
} fp_remote_datastore;

typedef struct fp_remote_config {
    char *name;
    char *secret_namespace; /* NULL: no Secret is named */
    char *secret_name;
    fp_remote_datastore datastore;
    bool overlay; /* overlayRoutingMode: Enabled */
    /* The Kubernetes fields; NULL where empty. */
    char *kubeconfig_path;
    char *kubeconfig_inline;
    char *api_endpoint;
    char *key_file;
    char *cert_file;
    char *ca_file;
    char *token;
    bool insecure;
    bool has_etcd; /* an etcd field is set */
    bool etcd_has_endpoints;
    bool has_kubernetes; /* a Kubernetes field is set */
    char *note;          /* something to tell though it is accepted; NULL: nothing */
} fp_remote_config;

/* Wipes what may be a secret. */
void fp_remote_config_done(fp_remote_config *config);
/* RET is overwritten. 0, FEDPOL_E_NOMEM. */
int fp_remote_config_copy(const fp_remote_config *config, fp_remote_config *ret);
/* True if nothing that matters to a connection differs. */
bool fp_remote_config_equal(const fp_remote_config *a, const fp_remote_config *b);

/*
 * Reads an object (apiVersion of either group). 0; FEDPOL_E_INVALID: a combination that can't be,
 * with the reason; FEDPOL_E_BAD_OBJECT: a field of the wrong type; FEDPOL_E_NOMEM.
 */
int fp_remote_config_read(const fp_value *object, fp_remote_config *ret, fedpol_error **ret_error);
/* Replaces what CONFIG says of the datastore by a Secret's `data`. FEDPOL_E_NOT_FOUND: keys are
   missing (state 5); otherwise as above. */
int fp_remote_config_apply_secret(fp_remote_config *config, const fp_value *secret,
                                  fedpol_error **ret_error);
/*
 * How to connect. Reads the files that it names. FEDPOL_E_UNSUPPORTED: etcd, which is accepted and
 * not yet supported; FEDPOL_E_NOT_FOUND, _IO: a file (state 5); FEDPOL_E_INVALID, _PARSE, _NOMEM.
 */
int fp_remote_config_resolve(const fp_remote_config *config, fp_client_config *ret,
                             fedpol_error **ret_error);

#endif
