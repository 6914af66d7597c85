/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_FILES_H
#define FP_CLIENT_FILES_H

/*
 * The manifest files below a folder, in the order of their paths. Names that begin with a dot are
 * left out, so that a mounted ConfigMap, which has its files once behind a hidden folder and once
 * as links to that, is seen once. Links are followed; a folder that was seen already, by whatever
 * name, is not entered again, so there are no loops.
 */

#include <fedpol/error.h>

#include "libfedpol/base/str.h"
#include "libfedpol/base/vec.h"

#define FP_FILES_MAX_DEPTH 64u /* of folders in folders */
#define FP_FILES_MAX_FOLDERS 10000u

typedef FP_VEC(char *) fp_path_vec;

typedef struct fp_file_list {
    int root;          /* descriptor of the folder; -1: none */
    fp_path_vec paths; /* relative to it, sorted bytewise */
} fp_file_list;

/* Told of each thing that looks like a manifest or a folder and can't be read. A negative return
   ends the search with that code. */
typedef int (*fp_file_problem)(void *user, fp_str path, const fedpol_error *error);

/* Opens PATH; 0, FEDPOL_E_NOT_FOUND, FEDPOL_E_IO, FEDPOL_E_NOMEM. RET is freed with
   fp_file_list_done() in any case. */
int fp_file_list_open(fp_file_list *ret, const char *path, fedpol_error **ret_error);
/* Fills `paths`. 0; FEDPOL_E_LIMIT: more than MAX files, or too many folders; FEDPOL_E_NOMEM; or
   what PROBLEM returned. */
int fp_file_list_search(fp_file_list *list, size_t max, fp_file_problem problem, void *user,
                        fedpol_error **ret_error);
void fp_file_list_done(fp_file_list *list);

/* Sets the error for errno NUMBER about the thing that TEXT is; returns the code. */
int fp_file_error(fedpol_error **ret_error, int number, fp_str path);

#endif
