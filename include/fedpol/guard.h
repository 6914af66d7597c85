/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDPOL_GUARD_H
#define FEDPOL_GUARD_H

#include <stddef.h>
#include <stdint.h>

#include <fedpol/context.h>
#include <fedpol/error.h>
#include <fedpol/macros.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @file
 * Import guards: what a remote cluster may bring in, how much of it, and for how long it counts
 * once the cluster is lost.
 *
 * A guard is set for a name before the cluster of that name is there, so it also covers the
 * clusters that RemoteClusterConfigurations make; one set without a name covers every remote that
 * has none of its own. The other side is asked for no more than the guard lets in where its API can
 * leave it out, and what comes all the same is kept out here.
 *
 * A cluster that has more than its guard, or the limits of the context, allow is *overloaded*: what
 * is known of it stays and follows its changes, what is new is left out, and the diagnostic "limit"
 * and fedpol_cluster_info say so. Other clusters do not notice. When there is room again a live
 * cluster is listed anew.
 *
 * @code
 * fedpol_context *context = NULL;
 * fedpol_guard *guard = NULL;
 *
 * if (fedpol_context_new(&context) == 0 && fedpol_guard_new(&guard) == 0 &&
 *     fedpol_guard_add_cidr(guard, "10.1.0.0/16") == 0 &&
 *     fedpol_guard_set_max_endpoints(guard, 20000) == 0)
 *     fedpol_context_set_guard(context, "west", guard);
 * guard = fedpol_guard_free(guard);
 * context = fedpol_context_unref(context);
 * @endcode
 */

/** What a cluster may bring in. Opaque, single owner, context-free. @since 0.1 */
typedef struct fedpol_guard fedpol_guard;

/**
 * Makes a guard that lets everything in.
 *
 * @param ret_guard receives the guard, which the caller frees with fedpol_guard_free(); untouched
 *        on failure
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_NOMEM
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API int fedpol_guard_new(fedpol_guard **ret_guard);

/**
 * Frees a guard. Contexts that it was set for keep their copy.
 *
 * @param guard given up by the caller; NULL does nothing
 * @return NULL
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API fedpol_guard *fedpol_guard_free(fedpol_guard *guard);

/**
 * Lets in one namespace; the first call shuts out all others. Objects that stand in no namespace,
 * such as host endpoints, are not concerned. With one namespace alone the server is asked for that
 * one; of several it is asked for all, and the others are left out here.
 *
 * @param guard the guard, borrowed
 * @param name of the namespace, at most 63 bytes; copied
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_NOMEM
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API int fedpol_guard_add_namespace(fedpol_guard *guard, const char *name);

/**
 * Shuts out one namespace, also if it was let in. The server is asked to leave it out.
 *
 * @param guard the guard, borrowed
 * @param name of the namespace, at most 63 bytes; copied
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_NOMEM
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API int fedpol_guard_exclude_namespace(fedpol_guard *guard, const char *name);

/**
 * Narrows pods and host endpoints by a label selector that the server evaluates, as
 * fedpol_source_set_label_filter() does; that of a source goes before it.
 *
 * @param guard the guard, borrowed
 * @param selector as in the API's labelSelector; copied; NULL or "" for no filter
 * @return 0; FEDPOL_E_INVALID if it is over 4,096 bytes; FEDPOL_E_NOMEM
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API int fedpol_guard_set_label_filter(fedpol_guard *guard, const char *selector);

/**
 * Lets endpoints and back ends have addresses within a prefix; the first call shuts out all others.
 * An address outside is left out with the diagnostic "outside-claim"; the endpoint stays.
 *
 * @param guard the guard, borrowed
 * @param cidr such as "10.1.0.0/16" or "fd00:1::/48"; a bare address is a host
 * @return 0; FEDPOL_E_INVALID if it is none, or has bits behind its length; FEDPOL_E_NOMEM
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API int fedpol_guard_add_cidr(fedpol_guard *guard, const char *cidr);

/**
 * Limits how many objects are kept.
 *
 * @param guard the guard, borrowed
 * @param count the most; 0, the default: the limit of the context
 * @return 0; FEDPOL_E_INVALID for NULL
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API int fedpol_guard_set_max_objects(fedpol_guard *guard, uint64_t count);

/**
 * Limits how many endpoints take part.
 *
 * @param guard the guard, borrowed
 * @param count the most; 0, the default: no limit of its own
 * @return 0; FEDPOL_E_INVALID for NULL
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API int fedpol_guard_set_max_endpoints(fedpol_guard *guard, uint64_t count);

/**
 * Limits how much memory what is kept of the cluster's objects may take: names, labels, addresses
 * and ports, counted as if no two objects had any in common, so the real figure is mostly lower.
 *
 * @param guard the guard, borrowed
 * @param bytes the most; 0, the default: no limit of its own
 * @return 0; FEDPOL_E_INVALID for NULL
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API int fedpol_guard_set_max_bytes(fedpol_guard *guard, uint64_t bytes);

/**
 * Sets what fedpol_cluster_set_endpoint_timeout() is called with for each cluster of the guard.
 *
 * @param guard the guard, borrowed
 * @param use FEDPOL_USE_ALLOW or FEDPOL_USE_DENY (sets.h)
 * @param milliseconds from 0; -1, the default: they stay
 * @return 0; FEDPOL_E_INVALID
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API int fedpol_guard_set_endpoint_timeout(fedpol_guard *guard, int use,
                                                 int64_t milliseconds);

/**
 * Sets what fedpol_cluster_set_backend_timeout() is called with for each cluster of the guard.
 *
 * @param guard the guard, borrowed
 * @param milliseconds from 0; -1, the default: they stay
 * @return 0; FEDPOL_E_INVALID
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API int fedpol_guard_set_backend_timeout(fedpol_guard *guard, int64_t milliseconds);

/**
 * Sets the guard of remote clusters that are added from now on, by fedpol_cluster_new() or by a
 * RemoteClusterConfiguration. Clusters that are there already keep what they have.
 *
 * @param context the context, borrowed
 * @param name of the cluster; NULL for every remote without a guard of its own
 * @param guard copied; NULL for none
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_FORKED; FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_set_guard(fedpol_context *context, const char *name,
                                        const fedpol_guard *guard);

#ifdef __cplusplus
}
#endif
#endif
