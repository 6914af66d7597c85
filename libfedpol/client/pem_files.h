/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_PEM_FILES_H
#define FP_CLIENT_PEM_FILES_H

/*
 * Certificates and keys that stand in files, as they are now: those of a pod are exchanged while it
 * runs, and so is the certificate authority. Files are read every minute, and when a server was not
 * trusted or did not trust us, a second later. What can't be read, or is no PEM text, changes
 * nothing: half a rotation is a matter of the next second.
 */

#include "libfedpol/client/config.h"

typedef struct fp_pem_files {
    const fp_client_config *config; /* as it was at first; NULL: none of it stands in files */
    fp_client_config now;           /* the same with the present texts; empty while equal */
    int64_t due_ms;
    int64_t read_ms;
    bool changed;
} fp_pem_files;

/* CONFIG lives as long. */
void fp_pem_files_init(fp_pem_files *files, const fp_client_config *config, int64_t now_ms);
void fp_pem_files_done(fp_pem_files *files);
/* Reads if that is due. 1: some text is another one; 0; FEDPOL_E_NOMEM (again later). */
int fp_pem_files_poll(fp_pem_files *files, int64_t now_ms);
int64_t fp_pem_files_deadline_ms(const fp_pem_files *files);
/* One side did not trust the other: perhaps the files are others by now. */
void fp_pem_files_doubt(fp_pem_files *files, int64_t now_ms);
const fp_client_config *fp_pem_files_config(const fp_pem_files *files,
                                            const fp_client_config *config);

#endif
