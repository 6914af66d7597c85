/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_EXEC_PLUGIN_H
#define FP_CLIENT_EXEC_PLUGIN_H

/*
 * A credential plugin that runs beside the loop: started with posix_spawn, its output read without
 * waiting from one descriptor, killed with its process group when its time is over. Its stderr goes
 * where the process's own goes; its stdin is /dev/null.
 */

#include "libfedpol/client/config.h"

#define FP_EXEC_MAX_BYTES (1u << 20) /* of the answer */
#define FP_EXEC_LIMIT_MS 60000

typedef struct fp_exec_run fp_exec_run;

/* What a plugin answered. Owned; wiped by fp_exec_answer_done(). */
typedef struct fp_exec_answer {
    char *token;
    char *cert_pem;
    char *key_pem;
    int64_t expires_unix_s; /* -1: not said */
} fp_exec_answer;

/* Starts it. CONFIG and its server parts are read during the call only. FEDPOL_E_NOT_FOUND: no such
   command (the message carries the install hint); FEDPOL_E_IO; FEDPOL_E_NOMEM. */
int fp_exec_start(const fp_client_config *config, int64_t now_ms, fp_exec_run **ret,
                  fedpol_error **ret_error);
/* Readable when fp_exec_poll() has something to do; close-on-exec. */
int fp_exec_get_fd(const fp_exec_run *run);
/* When it is killed. */
int64_t fp_exec_deadline_ms(const fp_exec_run *run);
/* 0: still running; 1: *RET is filled; FEDPOL_E_IO: it failed, was killed or took too long;
   FEDPOL_E_PARSE, FEDPOL_E_TOO_LONG: its answer is no ExecCredential; FEDPOL_E_NOMEM. Never waits.
   After anything but 0 only fp_exec_free() may follow. */
int fp_exec_poll(fp_exec_run *run, int64_t now_ms, fp_exec_answer *ret, fedpol_error **ret_error);
/* Kills the process group if it still runs, and reaps it. */
fp_exec_run *fp_exec_free(fp_exec_run *run);
void fp_exec_answer_done(fp_exec_answer *answer);

/* The parser alone, for tests and fuzzing: what a plugin of API_VERSION wrote. */
int fp_exec_answer_parse(fp_str text, const char *api_version, fp_exec_answer *ret,
                         fedpol_error **ret_error);
/* KUBERNETES_EXEC_INFO for a config. 0, FEDPOL_E_NOMEM. */
int fp_exec_info_write(const fp_client_config *config, char **ret_json);

#endif
