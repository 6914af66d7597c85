/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_IDENTITY_H
#define FP_CLIENT_IDENTITY_H

/*
 * Who a cluster really is: the uid of its kube-system namespace. It is asked for, again after
 * everything that may have put another server behind the address, and heard of in lists and events.
 */

#include "libfedpol/client/probe.h"

/* All zeros is a cluster that nothing is known of. */
typedef struct fp_identity {
    char uid[FP_PROBE_UID_MAX + 1]; /* "" if not known */
    bool known;                     /* asked and answered, or it may not be asked */
    fp_probe probe;                 /* its trouble is what stands in the way */
    bool asked;                     /* and not yet answered */
    bool doubted;                   /* since it was asked for last */
    int64_t due_ms;
    char heard[FP_PROBE_UID_MAX + 1]; /* not yet taken in; "" if nothing */
} fp_identity;

typedef enum fp_identity_news {
    FP_IDENTITY_SAME = 0,
    FP_IDENTITY_LEARNT,
    FP_IDENTITY_OTHER, /* another cluster than before answers */
} fp_identity_news;

/* Something failed: another server may answer from now on. */
void fp_identity_doubt(fp_identity *identity);
/* An object came; of the namespace kube-system the uid is noted, for the next poll. */
void fp_identity_hear(fp_identity *identity, const fp_wire_object *object);
/* Takes what came and asks what is due. *RET_NEWS is set in any case. The transport outlives the
   identity. 0, FEDPOL_E_NOMEM. */
int fp_identity_poll(fp_identity *identity, const fp_transport *transport,
                     const fp_wire_limits *limits, int64_t now_ms, fp_identity_news *ret_news);
/* When it has to be polled again, an answer aside; INT64_MAX: not at all. */
int64_t fp_identity_deadline_ms(const fp_identity *identity);
void fp_identity_done(fp_identity *identity);

#endif
