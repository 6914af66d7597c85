/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDPOL_EVENT_H
#define FEDPOL_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include <fedpol/context.h>
#include <fedpol/macros.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @file
 * Events: pulled by the caller, never pushed. Each says that something is different from what it
 * was when the same event was pulled last; the news itself is read with queries and renderings.
 *
 * Events are coalesced: at most one FEDPOL_EVENT_CHANGED, one FEDPOL_EVENT_SERVICES and one
 * FEDPOL_EVENT_REQUESTS wait per context, and one of each other type per cluster, so what waits is
 * bounded and a slow reader sees the newest state. Those of clusters come first, in the order of
 * their names.
 *
 * @code
 * fedpol_context *context = NULL;
 * fedpol_event *event;
 *
 * if (fedpol_context_new(&context) == 0 && fedpol_context_wait(context, 0) >= 0)
 *     while ((event = fedpol_context_next_event(context)) != NULL) {
 *         if (fedpol_event_get_type(event) == FEDPOL_EVENT_CLUSTER_STATE)
 *             puts(fedpol_event_get_cluster(event));
 *         event = fedpol_event_free(event);
 *     }
 * context = fedpol_context_unref(context);
 * @endcode
 */

/** One event. Opaque, immutable, self-contained, single owner. @since 0.1 */
typedef struct fedpol_event fedpol_event;

/** What happened. Expect values that you do not know. @since 0.1 */
enum fedpol_event_type {
    FEDPOL_EVENT_CHANGED = 100, /**< sets, policies, endpoints; or a commit is due (delta.h) */
    FEDPOL_EVENT_CLUSTER_STATE = 200, /**< a cluster has another state */
    FEDPOL_EVENT_DIAGNOSTICS = 300,   /**< the diagnostics of a cluster are different */
    FEDPOL_EVENT_SERVICES = 400,      /**< a commit changed what federated services want */
    FEDPOL_EVENT_REQUESTS = 500       /**< one or more requests are done (request.h) */
};

/**
 * All of an event at once, for bindings that pay for each call.
 *
 * @since 0.1
 */
typedef struct fedpol_event_info {
    /** sizeof(fedpol_event_info), set by fedpol_event_info_init() */
    size_t struct_size;
    /** enum fedpol_event_type */
    uint32_t type;
    /** enum fedpol_cluster_state when the event was pulled; 0 if it is about no cluster */
    uint32_t state;
    /** the cluster it is about, owned by the event; "" if none */
    const char *cluster;
    /** fedpol_event_get_age_ms() */
    int64_t age_ms;
} fedpol_event_info;

/**
 * Fills a struct with its defaults, to be handed to fedpol_event_get_info().
 *
 * @param info memory of @p struct_size bytes, owned by the caller; NULL does nothing
 * @param struct_size sizeof(fedpol_event_info) as the caller was compiled
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API void fedpol_event_info_init(fedpol_event_info *info, size_t struct_size);

/**
 * Takes the next event.
 *
 * @param context the context, borrowed
 * @return an event that the caller frees with fedpol_event_free(); NULL if there is none, for
 *         NULL, after a fork, or if memory is short (the event is not lost and the descriptor of
 *         the context stays readable)
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API fedpol_event *fedpol_context_next_event(fedpol_context *context);

/**
 * Gives the type of an event.
 *
 * @param event the event, borrowed
 * @return one of enum fedpol_event_type; 0 for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_event_get_type(const fedpol_event *event);

/**
 * Gives the name of the cluster that an event is about.
 *
 * @param event the event, borrowed
 * @return a string owned by @p event; "" if it is about none, or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_event_get_cluster(const fedpol_event *event);

/**
 * Gives the state of the cluster that an event is about, as of when it was pulled.
 *
 * @param event the event, borrowed
 * @return one of enum fedpol_cluster_state; 0 if it is about none, or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_event_get_state(const fedpol_event *event);

/**
 * Gives the age of what is known of the cluster that an event is about, as of when it was pulled.
 *
 * @param event the event, borrowed
 * @return milliseconds since the cluster was last known complete, 0 while it is; -1 if it never
 * was, if the event is about none, or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int64_t fedpol_event_get_age_ms(const fedpol_event *event);

/**
 * Fills in all of an event.
 *
 * @param event the event, borrowed
 * @param ret_info initialised with fedpol_event_info_init(); its strings are owned by @p event;
 *        untouched on failure
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_ABI
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_event_get_info(const fedpol_event *event, fedpol_event_info *ret_info);

/**
 * Frees an event.
 *
 * @param event given up by the caller; NULL does nothing
 * @return NULL
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API fedpol_event *fedpol_event_free(fedpol_event *event);

#ifdef __cplusplus
}
#endif
#endif
