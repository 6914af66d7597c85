/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDPOL_DELTA_H
#define FEDPOL_DELTA_H

#include <stdbool.h>
#include <stddef.h>

#include <fedpol/context.h>
#include <fedpol/error.h>
#include <fedpol/macros.h>
#include <fedpol/sets.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @file
 * Commits and what they changed. Feeding objects marks what is dirty; a commit calculates that
 * anew, and nothing else, and gives the smallest difference: members of sets, policies, endpoints.
 * Changes that cancel each other out since the last commit do not appear.
 *
 * fedpol_context_process(), queries and renderings commit too. A program that follows by renderings
 * misses nothing by that. One that follows by differences, as it programs something of its own,
 * says so with fedpol_context_set_auto_commit(): then none is lost.
 *
 * @code
 * fedpol_context *context = NULL;
 * fedpol_delta *delta = NULL;
 *
 * if (fedpol_context_new(&context) == 0 && fedpol_context_commit(context, &delta) == 0)
 *     for (size_t i = 0; i < fedpol_delta_get_set_count(delta); i++)
 *         printf("%s: %zu more\n", fedpol_delta_get_set_selector(delta, i),
 *                fedpol_delta_get_added_count(delta, i));
 * delta = fedpol_delta_unref(delta);
 * context = fedpol_context_unref(context);
 * @endcode
 */

/** What one commit changed. Opaque, immutable, reference-counted. @since 0.1 */
typedef struct fedpol_delta fedpol_delta;

/** How a thing changed. @since 0.1 */
enum fedpol_change {
    FEDPOL_CHANGE_NEW = 1,     /**< it was not there before: "new" */
    FEDPOL_CHANGE_CHANGED = 2, /**< it is different: "changed" */
    FEDPOL_CHANGE_GONE = 3     /**< it is no longer there: "gone" */
};

/**
 * Names a change.
 *
 * @param change one of enum fedpol_change
 * @return a static string; "unknown" for a number that is none
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API const char *fedpol_change_name(int change);

/**
 * Brings sets, policies and endpoints up to date with all that was fed.
 *
 * @param context the context, borrowed
 * @param ret_delta NULL, or receives a reference to what is different since the last commit,
 *        which the caller gives back with fedpol_delta_unref(); untouched on failure
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_FORKED; FEDPOL_E_NOMEM (what was in force stays,
 *         nothing is lost, the next commit tries again)
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_commit(fedpol_context *context, fedpol_delta **ret_delta);

/**
 * Chooses whether fedpol_context_process() commits. By default it does, and what a commit of its
 * own changed is told by events and renderings alone.
 *
 * Where it does not, FEDPOL_EVENT_CHANGED says that a commit is due, and fedpol_context_commit()
 * gives all that is different since the last one, however many changes came in between; until then
 * the descriptor stays low. Queries and renderings still commit when there is need; what they
 * changed is kept and told first, so the caller commits once for each FEDPOL_EVENT_CHANGED, which
 * comes again while more is to be told. With it off a caller that never commits keeps differences
 * without end. Allowed at any time; switched on, what was not yet told is let go.
 *
 * @param context the context, borrowed
 * @param on false: the caller commits
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_FORKED
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_set_auto_commit(fedpol_context *context, bool on);

/**
 * Takes one more reference.
 *
 * @param delta NULL gives NULL
 * @return @p delta
 *
 * Threads: any, the count is atomic. @since 0.1
 */
FEDPOL_API fedpol_delta *fedpol_delta_ref(fedpol_delta *delta);

/**
 * Gives one reference back; the last one frees the delta.
 *
 * @param delta given up by the caller; NULL does nothing
 * @return NULL
 *
 * Threads: any, the count is atomic. @since 0.1
 */
FEDPOL_API fedpol_delta *fedpol_delta_unref(fedpol_delta *delta);

/**
 * Tells whether a delta has nothing in it.
 *
 * @param delta the delta, borrowed
 * @return true if it has; true for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API bool fedpol_delta_is_empty(const fedpol_delta *delta);

/**
 * Tells how many sets changed.
 *
 * @param delta the delta, borrowed
 * @return the number; 0 for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_delta_get_set_count(const fedpol_delta *delta);

/**
 * Tells how a set changed. A new one has all its members added; one that is gone names none.
 *
 * @param delta the delta, borrowed
 * @param index of the set, from 0
 * @return one of enum fedpol_change; 0 past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_delta_get_set_change(const fedpol_delta *delta, size_t index);

/**
 * Gives the selector of a set in canonical form.
 *
 * @param delta the delta, borrowed
 * @param index of the set, from 0
 * @return a string owned by @p delta; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_delta_get_set_selector(const fedpol_delta *delta, size_t index);

/**
 * Gives the id of the selector of a set.
 *
 * @param delta the delta, borrowed
 * @param index of the set, from 0
 * @return a string owned by @p delta; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_delta_get_set_selector_id(const fedpol_delta *delta, size_t index);

/**
 * Gives the type of a set.
 *
 * @param delta the delta, borrowed
 * @param index of the set, from 0
 * @return one of enum fedpol_set_type; 0 past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_delta_get_set_type(const fedpol_delta *delta, size_t index);

/**
 * Gives the use of a set.
 *
 * @param delta the delta, borrowed
 * @param index of the set, from 0
 * @return one of enum fedpol_set_use; 0 past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_delta_get_set_use(const fedpol_delta *delta, size_t index);

/**
 * Tells which clusters' endpoints can be members of a set.
 *
 * @param delta the delta, borrowed
 * @param index of the set, from 0
 * @return one of enum fedpol_scope; -1 past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_delta_get_set_scope(const fedpol_delta *delta, size_t index);

/**
 * Gives the protocol of a set of ports: a lower-case name, or a number without one.
 *
 * @param delta the delta, borrowed
 * @param index of the set, from 0
 * @return a string owned by @p delta, "" for any, and for sets of nets; NULL past the end or for
 *         NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_delta_get_set_protocol(const fedpol_delta *delta, size_t index);

/**
 * Gives the name of the port of a set of ports.
 *
 * @param delta the delta, borrowed
 * @param index of the set, from 0
 * @return a string owned by @p delta, "" for sets of nets; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_delta_get_set_port(const fedpol_delta *delta, size_t index);

/**
 * Tells how many members a set has more.
 *
 * @param delta the delta, borrowed
 * @param index of the set, from 0
 * @return the number; 0 past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_delta_get_added_count(const fedpol_delta *delta, size_t index);

/**
 * Gives a member that a set has more; written as in fedpol_set_list_get_member().
 *
 * @param delta the delta, borrowed
 * @param index of the set, from 0
 * @param member which one, from 0, in the order of addresses
 * @return a string owned by @p delta; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_delta_get_added(const fedpol_delta *delta, size_t index,
                                              size_t member);

/**
 * Tells how many members a set has no more.
 *
 * @param delta the delta, borrowed
 * @param index of the set, from 0
 * @return the number; 0 past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_delta_get_removed_count(const fedpol_delta *delta, size_t index);

/**
 * Gives a member that a set has no more; written as in fedpol_set_list_get_member().
 *
 * @param delta the delta, borrowed
 * @param index of the set, from 0
 * @param member which one, from 0, in the order of addresses
 * @return a string owned by @p delta; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_delta_get_removed(const fedpol_delta *delta, size_t index,
                                                size_t member);

/**
 * Tells how many policies and profiles changed.
 *
 * @param delta the delta, borrowed
 * @return the number; 0 for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_delta_get_policy_count(const fedpol_delta *delta);

/**
 * Gives a policy that changed, such as "NetworkPolicy/shop/a" or "Profile//kns.shop".
 *
 * @param delta the delta, borrowed
 * @param index of the policy, from 0
 * @return a string owned by @p delta; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_delta_get_policy(const fedpol_delta *delta, size_t index);

/**
 * Tells how a policy changed.
 *
 * @param delta the delta, borrowed
 * @param index of the policy, from 0
 * @return one of enum fedpol_change; 0 past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_delta_get_policy_change(const fedpol_delta *delta, size_t index);

/**
 * Tells how many enforced endpoints changed: their policies, addresses or interface.
 *
 * @param delta the delta, borrowed
 * @return the number; 0 for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_delta_get_endpoint_count(const fedpol_delta *delta);

/**
 * Gives an endpoint that changed, as "NAMESPACE/NAME".
 *
 * @param delta the delta, borrowed
 * @param index of the endpoint, from 0
 * @return a string owned by @p delta; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_delta_get_endpoint(const fedpol_delta *delta, size_t index);

/**
 * Tells how an endpoint changed.
 *
 * @param delta the delta, borrowed
 * @param index of the endpoint, from 0
 * @return one of enum fedpol_change; 0 past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_delta_get_endpoint_change(const fedpol_delta *delta, size_t index);

/**
 * Tells how many addresses no enforced endpoint has any more; their connections are to be
 * flushed.
 *
 * @param delta the delta, borrowed
 * @return the number; 0 for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_delta_get_departed_count(const fedpol_delta *delta);

/**
 * Gives an address that no enforced endpoint has any more.
 *
 * @param delta the delta, borrowed
 * @param index which one, from 0, in the order of addresses
 * @return a string owned by @p delta; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_delta_get_departed(const fedpol_delta *delta, size_t index);

#ifdef __cplusplus
}
#endif
#endif
