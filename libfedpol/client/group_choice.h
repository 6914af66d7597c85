/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_GROUP_CHOICE_H
#define FP_CLIENT_GROUP_CHOICE_H

/*
 * Which of the two Calico groups of a cluster counts: the CRDs where they can be listed, else the
 * group of the API server where that can; where neither can, the one that is there, so that what is
 * missing gets told. As long as neither can be listed the question is asked again.
 */

#include "libfedpol/client/probe.h"
#include "libfedpol/client/resources.h"

/* How often an absent or doubtful group is asked for again. */
#define FP_GROUP_REST_MS 60000

typedef enum fp_group_step {
    FP_GROUP_ASK_CRD = 0,
    FP_GROUP_ASK_V3,
    FP_GROUP_CHOSEN,
} fp_group_step;

/* All zeros is a choice that was not made. */
typedef struct fp_group_choice {
    fp_calico_group group; /* the one that counts once it is known */
    bool known;
    fp_probe probe; /* its trouble is what stands in the way */
    fp_group_step step;
    int crd_status; /* HTTP, of the question for the CRD group */
    bool asked;     /* and not yet answered */
    bool doubtful;  /* neither could be listed */
    int64_t due_ms;
} fp_group_choice;

/* Takes an answer and asks what is due. The transport outlives the choice. 0, FEDPOL_E_NOMEM. */
int fp_group_choice_poll(fp_group_choice *choice, const fp_transport *transport,
                         const fp_resource_scope *scope, const fp_wire_limits *limits,
                         int64_t now_ms);
/* When it has to be polled again, an answer aside; INT64_MAX: not at all. */
int64_t fp_group_choice_deadline_ms(const fp_group_choice *choice);
void fp_group_choice_done(fp_group_choice *choice);

#endif
