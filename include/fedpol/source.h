/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDPOL_SOURCE_H
#define FEDPOL_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <fedpol/cluster.h>
#include <fedpol/error.h>
#include <fedpol/macros.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @file
 * Live clusters: how to reach an API server, connecting a cluster to it, and how the connection
 * stands.
 *
 * A source says how to reach one cluster: read from a kubeconfig, from the files of the pod that
 * the program runs in, or set piece by piece. fedpol_cluster_connect() takes a copy and follows the
 * server from then on, by list and watch, whenever fedpol_context_process() runs: it never waits.
 * What can go wrong later (no route, no rights, an expired token) is no error of a call: it is the
 * state of the connection, told by events and fedpol_cluster_query_connection(), and tried again
 * for ever. What a lost cluster said before stays, with its age.
 *
 * Only what takes part is asked for: of a remote pods, namespaces, service accounts and host
 * endpoints; of the local cluster also its policies, tiers and network sets.
 *
 * @code
 * fedpol_context *context = NULL;
 * fedpol_cluster *cluster = NULL;
 * fedpol_source *source = NULL;
 *
 * if (fedpol_source_new(&source) == 0 &&
 *     fedpol_source_load_kubeconfig(source, NULL, NULL, NULL) == 0 &&
 *     fedpol_context_new(&context) == 0 &&
 *     fedpol_cluster_new(context, "east", FEDPOL_ROLE_LOCAL, &cluster, NULL) == 0 &&
 *     fedpol_cluster_connect(cluster, source, NULL) == 0)
 *     while (fedpol_context_is_settled(context) == 0)
 *         fedpol_context_wait(context, 1000);
 * source = fedpol_source_free(source);
 * cluster = fedpol_cluster_unref(cluster);
 * context = fedpol_context_unref(context);
 * @endcode
 */

/** How to reach one cluster. Opaque, single owner, context-free. @since 0.1 */
typedef struct fedpol_source fedpol_source;

/** How a connection stands, kind by kind. Opaque, immutable, reference-counted. @since 0.1 */
typedef struct fedpol_connection fedpol_connection;

/** How the following of one kind of one cluster stands. Expect values that you do not know.
 * @since 0.1 */
enum fedpol_phase {
    FEDPOL_PHASE_IDLE = 0,        /**< not begun: something else comes first */
    FEDPOL_PHASE_LISTING = 1,     /**< being listed */
    FEDPOL_PHASE_WATCHING = 2,    /**< complete, changes come as they happen */
    FEDPOL_PHASE_WAITING = 3,     /**< failed, waits to try again */
    FEDPOL_PHASE_ABSENT = 4,      /**< the server has no such API: complete and empty */
    FEDPOL_PHASE_FORBIDDEN = 5,   /**< the credential may not list or watch it */
    FEDPOL_PHASE_UNAUTHORIZED = 6 /**< the credential is not accepted */
};

/**
 * Makes a source that says nothing yet.
 *
 * @param ret_source receives the source, which the caller frees with fedpol_source_free();
 *        untouched on failure
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_NOMEM
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API int fedpol_source_new(fedpol_source **ret_source);

/**
 * Frees a source and wipes its secrets. Clusters that were connected with it keep their copy.
 *
 * @param source given up by the caller; NULL does nothing
 * @return NULL
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API fedpol_source *fedpol_source_free(fedpol_source *source);

/**
 * Takes everything from a context of a kubeconfig file, as kubectl reads it; what the source said
 * before is forgotten. Certificates are read at once; tokenFile and exec plugins are used while
 * connected.
 *
 * @param source the source, borrowed; unchanged on failure
 * @param path of the file; NULL or "" for kubectl's rules: the files of the environment variable
 *        KUBECONFIG merged, else .kube/config in the home folder
 * @param context name of a context; NULL or "" for the current one
 * @param ret_error NULL, or receives the story; it quotes no secret
 * @return 0; FEDPOL_E_NOT_FOUND if the file, the context, or what the context names is missing;
 *         FEDPOL_E_PARSE if it is no YAML; FEDPOL_E_INVALID if a field or a combination can't be;
 *         FEDPOL_E_UNSUPPORTED for an auth-provider or an exec plugin of another version;
 *         FEDPOL_E_TOO_LONG; FEDPOL_E_IO; FEDPOL_E_NOMEM
 *
 * Threads: any, but one at a time for one object; blocks on the file system. @since 0.1
 */
FEDPOL_API int fedpol_source_load_kubeconfig(fedpol_source *source, const char *path,
                                             const char *context, fedpol_error **ret_error);

/**
 * The same from bytes, such as those of a Secret. They may name no files and no programs.
 *
 * @param source the source, borrowed; unchanged on failure
 * @param data the bytes, not kept
 * @param size how many
 * @param context name of a context; NULL or "" for the current one
 * @param ret_error NULL, or receives the story; it quotes no secret
 * @return as fedpol_source_load_kubeconfig(); FEDPOL_E_INVALID also for a path or an exec plugin
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API int fedpol_source_parse_kubeconfig(fedpol_source *source, const void *data, size_t size,
                                              const char *context, fedpol_error **ret_error);

/**
 * Takes the cluster that the program runs in as a pod: server from the environment, certificate
 * and token of the pod's service account. The token is read again while connected.
 *
 * @param source the source, borrowed; unchanged on failure
 * @param ret_error NULL, or receives the story
 * @return 0; FEDPOL_E_NOT_FOUND if this is no pod; FEDPOL_E_IO; FEDPOL_E_INVALID; FEDPOL_E_NOMEM
 *
 * Threads: any, but one at a time for one object; blocks on the file system. @since 0.1
 */
FEDPOL_API int fedpol_source_load_incluster(fedpol_source *source, fedpol_error **ret_error);

/**
 * Sets the server.
 *
 * @param source the source, borrowed
 * @param url such as "https://10.0.0.1:6443", a path prefix allowed; copied
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_NOMEM
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API int fedpol_source_set_server(fedpol_source *source, const char *url);

/**
 * Sets the certificates that the server's own is checked against.
 *
 * @param source the source, borrowed
 * @param pem one or more certificates, copied; NULL for those of the system
 * @return 0; FEDPOL_E_INVALID if it is no PEM; FEDPOL_E_NOMEM
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API int fedpol_source_set_ca(fedpol_source *source, const char *pem);

/**
 * Sets the certificate and key that the program shows.
 *
 * @param source the source, borrowed
 * @param certificate_pem copied; NULL together with @p key_pem for none
 * @param key_pem copied
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_NOMEM
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API int fedpol_source_set_client_certificate(fedpol_source *source,
                                                    const char *certificate_pem,
                                                    const char *key_pem);

/**
 * Sets the bearer token. Connecting again with another token renews it.
 *
 * @param source the source, borrowed
 * @param token copied; NULL for none
 * @return 0; FEDPOL_E_INVALID for bytes that no header may have; FEDPOL_E_NOMEM
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API int fedpol_source_set_token(fedpol_source *source, const char *token);

/**
 * Sets the name that the server's certificate must have, in place of that in the URL.
 *
 * @param source the source, borrowed
 * @param name copied; NULL for that of the URL
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_NOMEM
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API int fedpol_source_set_tls_server_name(fedpol_source *source, const char *name);

/**
 * Says whether the server's certificate is taken unchecked. For tests.
 *
 * @param source the source, borrowed
 * @param on true to trust whoever answers
 * @return 0; FEDPOL_E_INVALID for NULL
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API int fedpol_source_set_insecure(fedpol_source *source, bool on);

/**
 * Sets how long the start may wait for this cluster: fedpol_context_is_settled() counts it as
 * pending until it is in sync, has failed once, or this time is over.
 *
 * @param source the source, borrowed
 * @param milliseconds the time; the default is 10,000
 * @return 0; FEDPOL_E_INVALID for NULL
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API int fedpol_source_set_start_deadline(fedpol_source *source, uint32_t milliseconds);

/**
 * Says whether the start needs this cluster: a required one does not settle by failing once, only
 * by being in sync or by its deadline. The local cluster is always required.
 *
 * @param source the source, borrowed
 * @param on true: required; the default is false
 * @return 0; FEDPOL_E_INVALID for NULL
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API int fedpol_source_set_required(fedpol_source *source, bool on);

/**
 * Narrows which pods and host endpoints are asked for, by a label selector that the server
 * evaluates. Namespaces and service accounts are asked for whole. No effect on a local cluster.
 *
 * @param source the source, borrowed
 * @param selector as in the API's labelSelector, such as "app in (db,web),!test"; copied; NULL or
 *        "" for no filter
 * @return 0; FEDPOL_E_INVALID if it is over 4,096 bytes; FEDPOL_E_NOMEM
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API int fedpol_source_set_label_filter(fedpol_source *source, const char *selector);

/**
 * Gives the server's URL.
 *
 * @param source the source, borrowed
 * @return a string owned by @p source, valid until it is changed; NULL if there is none
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API const char *fedpol_source_get_server(const fedpol_source *source);

/**
 * Connects a cluster to its API server, or changes how it is connected. What is known of the
 * cluster stays; if the new server turns out to be another cluster, it is listed anew. Requests
 * begin with the next fedpol_context_process().
 *
 * @param cluster the cluster, borrowed; it should have no other feeder
 * @param source how to reach it, copied
 * @param ret_error NULL, or receives the story; it quotes no secret
 * @return 0; FEDPOL_E_INVALID if the source lacks a server or contradicts itself; FEDPOL_E_IO if
 *         the system gives no descriptor; FEDPOL_E_STATE if the cluster was removed;
 *         FEDPOL_E_FORKED; FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_cluster_connect(fedpol_cluster *cluster, const fedpol_source *source,
                                      fedpol_error **ret_error);

/**
 * Ends the connection of a cluster. What it said stays, and has an age from now on.
 *
 * @param cluster the cluster, borrowed
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_STATE if it is not connected or was removed;
 *         FEDPOL_E_FORKED
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_cluster_disconnect(fedpol_cluster *cluster);

/**
 * Says whether the start is over: no connected cluster is pending any more, see
 * fedpol_source_set_start_deadline(). Until then a program should not replace what an earlier run
 * of it programmed. When a pending cluster's time is over the descriptor becomes readable.
 *
 * @param context the context, borrowed
 * @return 1 if it is over, also without connected clusters; 0 if not; FEDPOL_E_INVALID for NULL;
 *         FEDPOL_E_FORKED
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_is_settled(const fedpol_context *context);

/**
 * Lets the RemoteClusterConfiguration objects of the local cluster, once that is connected, create,
 * change and remove remote clusters. Set before the local cluster is connected.
 *
 * @param context the context, borrowed
 * @param on true to follow them; the default is false
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_STATE if the local cluster is connected already;
 *         FEDPOL_E_FORKED
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_set_follow_remotes(fedpol_context *context, bool on);

/**
 * Says whether a RemoteClusterConfiguration, or its Secret, that changed is applied to its cluster
 * at once. If not, the old connection goes on and the cluster is in state
 * FEDPOL_CLUSTER_RESTART_REQUIRED until the change is taken back, the configuration is removed (the
 * cluster is too) or live changes are allowed again. New configurations make clusters either way.
 *
 * @param context the context, borrowed
 * @param on true, the default: changes are applied
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_FORKED
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_set_live_changes(fedpol_context *context, bool on);

/**
 * Tells how the connection of a cluster stands, kind by kind, in the order in which they are asked
 * for.
 *
 * @param cluster the cluster, borrowed
 * @param ret_connection receives a reference that the caller gives back with
 *        fedpol_connection_unref(); untouched on failure
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_STATE if it is not connected or was removed;
 *         FEDPOL_E_FORKED; FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_cluster_query_connection(fedpol_cluster *cluster,
                                               fedpol_connection **ret_connection);

/**
 * Takes one more reference.
 *
 * @param connection NULL gives NULL
 * @return @p connection
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API fedpol_connection *fedpol_connection_ref(fedpol_connection *connection);

/**
 * Gives one reference back.
 *
 * @param connection given up by the caller; NULL does nothing
 * @return NULL
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API fedpol_connection *fedpol_connection_unref(fedpol_connection *connection);

/**
 * Gives the server's URL.
 *
 * @param connection the connection, borrowed
 * @return a string owned by @p connection; "" for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_connection_get_server(const fedpol_connection *connection);

/**
 * Gives what identifies the cluster whatever its name and address: the uid of its namespace
 * kube-system.
 *
 * @param connection the connection, borrowed
 * @return a string owned by @p connection; "" if it is not known yet, or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_connection_get_uid(const fedpol_connection *connection);

/**
 * Gives the last trouble of the connection as a whole or of the first kind that has one.
 *
 * @param connection the connection, borrowed
 * @return one line owned by @p connection; "" if there is none, or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_connection_get_message(const fedpol_connection *connection);

/**
 * Counts the kinds that are followed.
 *
 * @param connection the connection, borrowed
 * @return how many; 0 for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_connection_get_count(const fedpol_connection *connection);

/**
 * Gives a kind, such as "Pod".
 *
 * @param connection the connection, borrowed
 * @param index below the count
 * @return a string owned by @p connection; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_connection_get_kind(const fedpol_connection *connection,
                                                  size_t index);

/**
 * Gives the path of a kind on the server, such as "/api/v1/pods".
 *
 * @param connection the connection, borrowed
 * @param index below the count
 * @return a string owned by @p connection; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_connection_get_path(const fedpol_connection *connection,
                                                  size_t index);

/**
 * Gives the phase of a kind.
 *
 * @param connection the connection, borrowed
 * @param index below the count
 * @return one of enum fedpol_phase; 0 past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_connection_get_phase(const fedpol_connection *connection, size_t index);

/**
 * Gives how long a kind has been in its phase.
 *
 * @param connection the connection, borrowed
 * @param index below the count
 * @return milliseconds; -1 past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int64_t fedpol_connection_get_phase_ms(const fedpol_connection *connection,
                                                  size_t index);

/**
 * Gives the last trouble of a kind, such as what the server said to a request that it forbade.
 *
 * @param connection the connection, borrowed
 * @param index below the count
 * @return one line owned by @p connection; "" if there was none since the last success; NULL past
 *         the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_connection_get_kind_message(const fedpol_connection *connection,
                                                          size_t index);

/** What is counted for each kind. @since 0.1 */
enum fedpol_counter {
    FEDPOL_COUNTER_LISTS = 1,     /**< lists that were begun */
    FEDPOL_COUNTER_WATCHES = 2,   /**< watches that were begun */
    FEDPOL_COUNTER_EVENTS = 3,    /**< watch events, bookmarks left out */
    FEDPOL_COUNTER_BOOKMARKS = 4, /**< bookmarks */
    FEDPOL_COUNTER_RELISTS = 5,   /**< lists after the first complete one */
    FEDPOL_COUNTER_FAILURES = 6,  /**< requests that failed */
    FEDPOL_COUNTER_BYTES = 7      /**< bytes of answers, inflated */
};

/**
 * Gives one counter of a kind, since the cluster was connected.
 *
 * @param connection the connection, borrowed
 * @param index below the count
 * @param counter one of enum fedpol_counter
 * @return the number; 0 for what is unknown or past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API uint64_t fedpol_connection_get_counter(const fedpol_connection *connection, size_t index,
                                                  int counter);

/**
 * Names a phase in lower case, such as "watching".
 *
 * @param phase one of enum fedpol_phase
 * @return a static string; "unknown" for a number that is none
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API const char *fedpol_phase_name(int phase);

#ifdef __cplusplus
}
#endif
#endif
