/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_KUBECONFIG_H
#define FP_CLIENT_KUBECONFIG_H

/*
 * kubeconfig files become an fp_client_config, as kubectl reads them: several files of one path
 * list, merged whole entries first file first; relative paths of the file that has them; PEM texts
 * read at once. docs: the Kubernetes documentation of kubeconfig; the limits are ours.
 */

#include "libfedpol/client/config.h"

#define FP_KUBECONFIG_MAX_BYTES (8u << 20) /* of one file, and of one file that it names */

/*
 * PATH: a file; NULL or "": $KUBECONFIG split at ':' (missing files are passed over), else
 * $HOME/.kube/config. CONTEXT: its name; NULL or "": current-context. 0; FEDPOL_E_NOT_FOUND: no
 * such file, context, cluster or user; FEDPOL_E_IO; FEDPOL_E_PARSE; FEDPOL_E_INVALID: a field or
 * combination that can't be; FEDPOL_E_UNSUPPORTED: auth-provider, exec of another version or an
 * interactive one; FEDPOL_E_TOO_LONG; FEDPOL_E_NOMEM. RET is untouched on failure.
 */
int fp_kubeconfig_load(const char *path, const char *context, fp_client_config *ret,
                       fedpol_error **ret_error);

/* The same from bytes. FROM_FOLDER: relative paths are relative to it; NULL: relative paths and, as
   the bytes come from an API object, every path and exec plugin are refused (FEDPOL_E_INVALID). */
int fp_kubeconfig_parse(fp_str bytes, const char *from_folder, const char *context,
                        fp_client_config *ret, fedpol_error **ret_error);

/* A pod's own cluster: KUBERNETES_SERVICE_HOST and _PORT, and FOLDER with ca.crt and token (NULL:
   /var/run/secrets/kubernetes.io/serviceaccount). FEDPOL_E_NOT_FOUND outside of a pod. */
int fp_incluster_load(const char *folder, fp_client_config *ret, fedpol_error **ret_error);

/* One small file as NUL-terminated text, wiped by fp_secret_free(). Opened by path each time, so a
   replaced link is followed. FEDPOL_E_NOT_FOUND, _IO, _TOO_LONG, _NOMEM. */
int fp_small_file_read(const char *path, char **ret_text, size_t *ret_len,
                       fedpol_error **ret_error);

#endif
