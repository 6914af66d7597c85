/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_CLIENT_H
#define FP_CLIENT_CLIENT_H

/*
 * All live connections of one context behind one descriptor: an epoll instance over curl's, one
 * timerfd for everything that is due some time, and the pipes of credential plugins. Time comes
 * from the system's clocks here and goes down as an argument.
 */

#include "libfedpol/client/connection.h"

typedef struct fp_client fp_client;

/* How long one process call takes in answers before it lets others have their turn. */
#define FP_CLIENT_BUDGET_NS 2000000

/* 0, FEDPOL_E_IO, FEDPOL_E_NOMEM. */
int fp_client_new(fp_http_mode mode, fp_client **ret);
fp_client *fp_client_free(fp_client *client);
int fp_client_get_fd(const fp_client *client);
/* Something was asked for: the descriptor is readable now. */
void fp_client_wake(fp_client *client);
/* The descriptor also becomes readable at that time; INT64_MAX: at none. */
void fp_client_set_due(fp_client *client, int64_t due_ms);

/* CONFIG is emptied on success. The connection is the client's; ended with fp_client_drop(), not
   from inside a hook. */
int fp_client_add(fp_client *client, fp_client_config *config, const fp_connection_options *options,
                  const fp_connection_hooks *hooks, fp_connection **ret);
void fp_client_drop(fp_client *client, fp_connection *connection);
/* 1: more is ready at once; 0: not; FEDPOL_E_NOMEM: something will be tried again. Waits up to
   WAIT_MS in FP_HTTP_POLL only. */
int fp_client_process(fp_client *client, int wait_ms);

#endif
