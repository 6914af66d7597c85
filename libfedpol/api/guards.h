/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_API_GUARDS_H
#define FP_API_GUARDS_H

#include "libfedpol/api/handles.h"

struct fedpol_guard {
    fp_admission admission;
    char *label_filter; /* NULL: none */
    int64_t allow_timeout_ms;
    int64_t deny_timeout_ms;
    int64_t backend_timeout_ms;
};

/* Gives a cluster that is new what its guard says; *RET is for its core. 0, FEDPOL_E_NOMEM. */
int fp_guards_apply(fedpol_cluster *cluster, fp_admission *ret);
void fp_guards_done(fedpol_context *context);

#endif
