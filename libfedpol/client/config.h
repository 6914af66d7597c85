/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_CONFIG_H
#define FP_CLIENT_CONFIG_H

/*
 * How to reach one cluster, fully resolved: what a kubeconfig context, the in-cluster files, a
 * RemoteClusterConfiguration or the caller's setters come down to. Strings are owned, NULL where
 * there is none. Secrets are wiped when a config is done with, and no error text quotes one.
 */

#include <fedpol/error.h>

#include "libfedpol/base/str.h"
#include "libfedpol/base/vec.h"

typedef struct fp_pair {
    char *name;
    char *value;
} fp_pair;

typedef FP_VEC(fp_pair) fp_pair_vec;
typedef FP_VEC(char *) fp_string_vec;

/* A credential plugin of client.authentication.k8s.io. */
typedef struct fp_exec_config {
    char *command; /* a bare name is looked up in PATH; else absolute or made so */
    fp_string_vec args;
    fp_pair_vec env;
    char *api_version; /* client.authentication.k8s.io/v1 or /v1beta1 */
    char *install_hint;
    char *cluster_config; /* JSON of the cluster's extension for plugins; NULL: none */
    bool provide_cluster_info;
} fp_exec_config;

typedef struct fp_client_config {
    char *server; /* http(s)://host[:port][/prefix], no slash at the end, no query */
    char *ca_pem; /* NULL: the system's */
    char *tls_server_name;
    char *proxy_url;
    char *cert_pem;
    char *key_pem;
    /* Where the PEM texts came from, to be read again when they may have changed; NULL: nowhere. */
    char *ca_file;
    char *cert_file;
    char *key_file;
    char *token;      /* start value if there is a file too */
    char *token_file; /* read again while in use */
    char *username;
    char *password;
    char *as_user;
    char *as_uid;
    fp_string_vec as_groups;
    fp_pair_vec as_extra; /* several values of one key: several pairs */
    fp_exec_config *exec; /* NULL: none */
    bool insecure;        /* the server's certificate is not checked */
    bool disable_compression;
} fp_client_config;

/* All zeros is an empty config. */
void fp_client_config_done(fp_client_config *config);
/* RET is overwritten. 0, FEDPOL_E_NOMEM. */
int fp_client_config_copy(const fp_client_config *config, fp_client_config *ret);
/* True if both reach the same server in the same way with the same credentials. */
bool fp_client_config_equal(const fp_client_config *a, const fp_client_config *b);
/*
 * What no part can see alone: a server is there and is a URL of http or https (no scheme:
 * "https://" with TLS options, else "http://" is put before), no CA together with insecure, no
 * token together with a password, certificate and key together, groups, uid or extra not without a
 * user, exec not together with another token; normalises the server. FEDPOL_E_INVALID with the
 * reason.
 */
int fp_client_config_check(fp_client_config *config, fedpol_error **ret_error);

/* Add copies; 0, FEDPOL_E_NOMEM. */
int fp_string_vec_add(fp_string_vec *strings, fp_str text);
int fp_pair_vec_add(fp_pair_vec *pairs, fp_str name, fp_str value);
void fp_exec_config_free(fp_exec_config *exec);
/* Overwrites and frees a text that may be a secret; NULL does nothing. */
void fp_secret_free(char *text);
/* Replaces *TEXT by a copy of VALUE (NULL ptr: by NULL), wiping the old one. */
int fp_secret_set(char **text, fp_str value);

#endif
