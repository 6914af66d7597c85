/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_COURIER_H
#define FP_CLIENT_COURIER_H

/*
 * Carries the requests of one cluster: puts the present credential on each, keeps to the cluster's
 * budget of requests and of lists at a time (others wait their turn, in order), and sees to it that
 * a 401 renews the credential, once for all who met it. To its users it is an fp_transport.
 */

#include "libfedpol/client/credential.h"
#include "libfedpol/client/http.h"

typedef struct fp_courier fp_courier;

/* Requests a second, how many may come at once, and lists under way at a time. */
#define FP_COURIER_RATE 20
#define FP_COURIER_BURST 40
#define FP_COURIER_LISTS 3

/* CONFIG stays with the caller and lives as long as the courier. */
int fp_courier_new(fp_http *http, const fp_client_config *config, int64_t now_ms, fp_courier **ret);
/* What it carries is cancelled, without callbacks. */
fp_courier *fp_courier_free(fp_courier *courier);
/* For the clients of this courier; valid as long as it is. */
fp_transport fp_courier_transport(fp_courier *courier);

typedef struct fp_courier_state {
    bool ready;   /* there is a credential to send */
    bool renewed; /* the credential was renewed since the last poll */
    int fd;       /* of a credential plugin that runs, or -1 */
    int code;     /* why there is no credential; 0: there is, or it is on its way */
} fp_courier_state;

/* WAKE is told when there is something to do before the deadline: a request was made or given up,
   or the other side was HEARD. From inside of callbacks; it only takes note. */
void fp_courier_set_wake(fp_courier *courier, void (*wake)(void *user, bool heard), void *user);
/* The present time, for what comes in before the next poll. */
void fp_courier_tell_time(fp_courier *courier, int64_t now_ms);
/* Advances the credential and starts what waits for its turn. */
int fp_courier_poll(fp_courier *courier, int64_t now_ms, int64_t now_unix_s, fp_courier_state *ret);
int64_t fp_courier_deadline_ms(const fp_courier *courier);
/* Why there is no credential; "" if there is one. */
const char *fp_courier_message(const fp_courier *courier);

#endif
