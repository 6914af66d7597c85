/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDPOL_REQUEST_H
#define FEDPOL_REQUEST_H

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
 * Requests to the API server of a connected cluster, for programs that write: they go with the
 * cluster's credential, over its connections, within its budget of requests, and never block. A
 * credential that is refused is renewed and the request sent once more; nothing else is repeated,
 * and no redirect is followed.
 *
 * FEDPOL_EVENT_REQUESTS tells that at least one request is done.
 *
 * @code
 * fedpol_context *context = NULL;
 * fedpol_cluster *cluster = NULL;
 * fedpol_request *request = NULL;
 *
 * if (fedpol_context_new(&context) == 0 &&
 *     fedpol_cluster_new(context, "east", FEDPOL_ROLE_LOCAL, &cluster, NULL) == 0 &&
 *     fedpol_cluster_request(cluster, "DELETE", "/api/v1/namespaces/shop/endpoints/app", NULL,
 *                            &request, NULL) == 0)
 *     while (!fedpol_request_is_done(request) && fedpol_context_wait(context, 1000) >= 0)
 *         continue;
 * request = fedpol_request_free(request);
 * cluster = fedpol_cluster_unref(cluster);
 * context = fedpol_context_unref(context);
 * @endcode
 */

/** One request and its answer. Opaque, single owner, context-bound. @since 0.1 */
typedef struct fedpol_request fedpol_request;

/**
 * Begins a request; it is sent by the next fedpol_context_process(). It has 30 seconds.
 *
 * @param cluster the cluster, connected; borrowed, not kept
 * @param method "GET", "POST", "PUT", "PATCH" or "DELETE"
 * @param path such as "/api/v1/namespaces/shop/endpoints?limit=1", beginning with /api/ or /apis/,
 *        in printable ASCII; copied
 * @param body JSON, copied; NULL or "" for none. That of a PATCH is a JSON merge patch
 * @param ret_request receives the request, which the caller frees with fedpol_request_free();
 *        untouched on failure
 * @param ret_error NULL, or receives the story
 * @return 0; FEDPOL_E_INVALID for another method or path; FEDPOL_E_TOO_LONG for a body over 3 MiB,
 *         which API servers refuse; FEDPOL_E_STATE if the cluster is not connected or was removed;
 *         FEDPOL_E_FORKED; FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_cluster_request(fedpol_cluster *cluster, const char *method, const char *path,
                                      const char *body, fedpol_request **ret_request,
                                      fedpol_error **ret_error);

/**
 * Says whether there is an answer, or there will be none.
 *
 * @param request borrowed
 * @return 1 if it is done; 0 if not, or for NULL
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_request_is_done(const fedpol_request *request);

/**
 * Tells whether an answer came.
 *
 * @param request borrowed
 * @return 0 if it did, whatever it says, or is still awaited; FEDPOL_E_IO if there is none, in time
 *         or at all; FEDPOL_E_LIMIT if it was larger than 1 MiB; FEDPOL_E_NOMEM; FEDPOL_E_INVALID
 *         for NULL
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_request_get_result(const fedpol_request *request);

/**
 * Gives the HTTP status of the answer.
 *
 * @param request borrowed
 * @return such as 200, 404, 409; 0 while there is none, or for NULL
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_request_get_status(const fedpol_request *request);

/**
 * Gives the body of the answer.
 *
 * @param request borrowed
 * @param ret_size NULL, or receives how many bytes it has
 * @return NUL-terminated bytes owned by @p request, untrusted; "" while there are none, or for NULL
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API const char *fedpol_request_get_body(const fedpol_request *request, size_t *ret_size);

/**
 * Tells in one harmless line why the request failed: what the server said, or why it said nothing.
 *
 * @param request borrowed
 * @return a string owned by @p request; "" for success, while there is no answer, or for NULL
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API const char *fedpol_request_get_message(const fedpol_request *request);

/**
 * Gives how long the server asks to wait before the next try.
 *
 * @param request borrowed
 * @return milliseconds; -1 if it does not say, or for NULL
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int64_t fedpol_request_get_retry_after_ms(const fedpol_request *request);

/**
 * Frees a request. One that is not done is cancelled; the server may have done it nevertheless. It
 * may be freed after its cluster and its context.
 *
 * @param request given up by the caller; NULL does nothing
 * @return NULL
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API fedpol_request *fedpol_request_free(fedpol_request *request);

#ifdef __cplusplus
}
#endif

#endif
