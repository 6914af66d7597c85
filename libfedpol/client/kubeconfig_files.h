/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_KUBECONFIG_FILES_H
#define FP_CLIENT_KUBECONFIG_FILES_H

/*
 * The kubeconfig files of one path list as trees, and where in them an entry stands. Files are not
 * merged but asked in their order: the first that has an entry of a name gives all of it.
 */

#include "libfedpol/base/arena.h"
#include "libfedpol/base/buf.h"
#include "libfedpol/base/vec.h"
#include "libfedpol/wire/value.h"

typedef struct fp_kubeconfig_file {
    const fp_value *root; /* NULL: an empty file */
    const char *name;     /* for messages; "" for bytes */
    const char *folder;   /* NULL: it may name no files */
} fp_kubeconfig_file;

typedef struct fp_kubeconfig_files {
    fp_arena arena;
    FP_VEC(fp_kubeconfig_file) files;
} fp_kubeconfig_files;

typedef struct fp_kubeconfig_entry {
    const fp_value *value; /* of "cluster", "user" or "context"; NULL: none */
    const fp_kubeconfig_file *file;
} fp_kubeconfig_entry;

void fp_kubeconfig_files_init(fp_kubeconfig_files *files);
void fp_kubeconfig_files_done(fp_kubeconfig_files *files);
int fp_kubeconfig_files_add(fp_kubeconfig_files *files, fp_str bytes, const char *name,
                            const char *folder, fedpol_error **ret_error);
/* LIST: "clusters", INNER: "cluster", and so on. 0 also if there is none; FEDPOL_E_INVALID. */
int fp_kubeconfig_files_find(const fp_kubeconfig_files *files, const char *list, const char *inner,
                             fp_str name, fp_kubeconfig_entry *ret, fedpol_error **ret_error);
/* The first that is not empty. */
fp_str fp_kubeconfig_files_current(const fp_kubeconfig_files *files);

#endif
