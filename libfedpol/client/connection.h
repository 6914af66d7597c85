/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_CONNECTION_H
#define FP_CLIENT_CONNECTION_H

/*
 * One cluster, followed: its reflectors, which Calico group counts, who the cluster really is, and
 * how it stands as a whole. First two small questions are asked (which group, which uid), then the
 * kinds are followed. A cluster that answers with another uid than before is listed anew.
 */

#include "libfedpol/client/config.h"
#include "libfedpol/client/http.h"
#include "libfedpol/client/reflector.h"
#include "libfedpol/client/call.h"
#include "libfedpol/client/resources.h"

typedef struct fp_connection fp_connection;
typedef struct fp_follow fp_follow; /* one kind that is followed */

/* Handed to every hook: what the owner knows a kind by. */
typedef struct fp_follow_view {
    const fp_resource *resource; /* NULL: followed by fp_connection_follow() */
    const char *api_version;
    const char *kind;
    const char *path;
    void *tag; /* as given to fp_connection_follow() */
} fp_follow_view;

/* As fp_reflector_hooks; none may free the connection. */
typedef struct fp_connection_hooks {
    int (*list_begins)(void *user, const fp_follow_view *view);
    int (*list_ends)(void *user, const fp_follow_view *view);
    void (*list_fails)(void *user, const fp_follow_view *view);
    int (*object)(void *user, const fp_follow_view *view, const fp_wire_object *object);
    int (*bad)(void *user, const fp_follow_view *view, const fp_wire_object *where,
               const fedpol_error *error);
    /* Its state, uid or a phase changed. */
    void (*changed)(void *user);
    /* A call is done. */
    void (*answered)(void *user);
    void *user;
} fp_connection_hooks;

typedef struct fp_connection_options {
    fp_resource_scope scope; /* its filter is copied, its namespaces outlive the connection */
    bool required;
    uint32_t start_ms; /* how long the start may wait */
    uint64_t seed;
    fp_wire_limits limits;
} fp_connection_options;

typedef enum fp_connection_state {
    FP_CONNECTION_NEVER = 0, /* not complete yet */
    FP_CONNECTION_IN_SYNC,
    FP_CONNECTION_LOST, /* was complete */
} fp_connection_state;

/* CONFIG is taken over on success (and emptied). */
int fp_connection_new(fp_http *http, fp_client_config *config, const fp_connection_options *options,
                      const fp_connection_hooks *hooks, int64_t now_ms, fp_connection **ret);
fp_connection *fp_connection_free(fp_connection *connection);
/* True while there is something to do before the deadline. */
bool fp_connection_is_awake(const fp_connection *connection);
/* Does what is due. 0, FEDPOL_E_NOMEM (try again). *RET_FD: of a credential plugin that runs. */
int fp_connection_poll(fp_connection *connection, int64_t now_ms, int64_t now_unix_s, int *ret_fd);
int64_t fp_connection_deadline_ms(const fp_connection *connection);
fp_connection_state fp_connection_get_state(const fp_connection *connection);
/* True once the start need not wait for it. */
bool fp_connection_is_settled(const fp_connection *connection, int64_t now_ms);
const fp_client_config *fp_connection_config(const fp_connection *connection);
/* "" if not known. */
const char *fp_connection_uid(const fp_connection *connection);
const char *fp_connection_message(const fp_connection *connection);

/* Sends one request with the cluster's credential and within its budget. The caller's reference is
   given back with fp_call_drop(), which may be after the connection. 0, FEDPOL_E_NOMEM. */
int fp_connection_call(fp_connection *connection, const fp_call_request *request, int64_t now_ms,
                       fp_call **ret);

/* Follows one kind more, not counted for the state: PATH and QUERY are copied. */
int fp_connection_follow(fp_connection *connection, const char *path, const char *query,
                         const char *api_version, const char *kind, void *tag, fp_follow **ret);
/* No hook is called for it any more; may be called from inside a hook. */
void fp_connection_unfollow(fp_connection *connection, fp_follow *follow);
/* Whether it was listed in full once, or failed. */
bool fp_follow_is_answered(const fp_follow *follow);

/* Lists anew the kinds for which WANTED answers true. */
void fp_connection_relist(fp_connection *connection,
                          bool (*wanted)(const fp_follow_view *view, void *user), void *user);

/* The I-th kind that is followed; false past the end. */
bool fp_connection_get(const fp_connection *connection, size_t i, fp_follow_view *ret_view,
                       fp_reflector_status *ret_status);

#endif
