/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_API_INTAKE_H
#define FP_API_INTAKE_H

/*
 * Between what reads bytes and the world: objects of one payload go into one cluster, what gave no
 * object becomes a diagnostic. Too many objects do not end the payload, since updates of known ones
 * may follow; the end tells.
 */

#include "libfedpol/api/handles.h"

typedef struct fp_intake {
    fedpol_cluster *cluster;
    fp_buf origin; /* scratch */
    bool over_limit;
    bool any_bad;
} fp_intake;

void fp_intake_init(fp_intake *intake, fedpol_cluster *cluster);
void fp_intake_done(fp_intake *intake);
int fp_intake_object(fp_intake *intake, const fp_wire_object *object, fp_str origin);
int fp_intake_bad(fp_intake *intake, const fp_wire_object *where, const fedpol_error *error,
                  fp_str origin);
/* For readers of one payload: origins are made of the cluster's and the place in the payload. */
fp_wire_sink fp_intake_sink(fp_intake *intake);
/* Last of every call that took something in. R is how reading went; returns how all of it went. */
int fp_intake_finish(fp_intake *intake, int r, fedpol_error **ret_error);

#endif
