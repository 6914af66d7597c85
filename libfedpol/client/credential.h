/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_CREDENTIAL_H
#define FP_CLIENT_CREDENTIAL_H

/*
 * The credential of one connection, as it is now: a token that stands in the config, one that is
 * read from its file again and again, or what a plugin answered. A watch is authenticated when it
 * begins, so renewing never cuts one.
 */

#include "libfedpol/client/config.h"

typedef struct fp_credential fp_credential;

/* CONFIG lives as long as the credential. */
int fp_credential_new(const fp_client_config *config, fp_credential **ret);
fp_credential *fp_credential_free(fp_credential *credential);
/* Reads or runs what is due. 1: there is something to send (or nothing is needed); 0: a plugin
   runs; a failure otherwise, tried again at the deadline; what was there before goes on. Until
   then it is given again, without its text. */
int fp_credential_poll(fp_credential *credential, int64_t now_ms, int64_t now_unix_s,
                       fedpol_error **ret_error);
/* Of the plugin that runs; -1: none does. */
int fp_credential_get_fd(const fp_credential *credential);
int64_t fp_credential_deadline_ms(const fp_credential *credential);
/* "Bearer x"; NULL: no such header. */
const char *fp_credential_authorization(const fp_credential *credential);
/* Of a plugin; NULL: those of the config. */
const char *fp_credential_cert_pem(const fp_credential *credential);
const char *fp_credential_key_pem(const fp_credential *credential);
/* Other numbers whenever any of it, or the certificate, changed. */
uint64_t fp_credential_generation(const fp_credential *credential);
uint64_t fp_credential_cert_generation(const fp_credential *credential);
/* The server did not accept what was sent at GENERATION: a file is read again, a plugin run again,
   once a second at most, and not before the pause after a failure is over. */
void fp_credential_rejected(fp_credential *credential, uint64_t generation, int64_t now_ms);

#endif
