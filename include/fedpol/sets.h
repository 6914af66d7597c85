/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDPOL_SETS_H
#define FEDPOL_SETS_H

#include <stddef.h>

#include <fedpol/context.h>
#include <fedpol/error.h>
#include <fedpol/macros.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @file
 * Address sets: what the rules of active policies need to know of the endpoints of all clusters.
 * Each is a selector over them, with the addresses, or the addresses and ports, that it has now.
 * Rules that mean the same set share it.
 *
 * As with all queries (query.h), the list commits first, is immutable and ordered by bytes.
 *
 * @code
 * fedpol_context *context = NULL;
 * fedpol_set_list *sets = NULL;
 *
 * if (fedpol_context_new(&context) == 0 && fedpol_context_query_sets(context, &sets) == 0)
 *     for (size_t i = 0; i < fedpol_set_list_get_count(sets); i++)
 *         puts(fedpol_set_list_get_selector(sets, i));
 * sets = fedpol_set_list_unref(sets);
 * context = fedpol_context_unref(context);
 * @endcode
 */

/** The address sets that rules of active policies use, with members. Opaque. @since 0.1 */
typedef struct fedpol_set_list fedpol_set_list;

/** What the members of a set are. @since 0.1 */
enum fedpol_set_type {
    FEDPOL_SET_NET = 1,    /**< addresses and prefixes: "net" */
    FEDPOL_SET_IP_PORT = 2 /**< address, protocol and port: "ip-port" */
};

/** What a set is used for; sets that differ in it alone are different sets. @since 0.1 */
enum fedpol_set_use {
    FEDPOL_USE_ALLOW = 1, /**< a member more allows more: "allow" */
    FEDPOL_USE_DENY = 2   /**< a member more denies more: "deny" */
};

/**
 * Names a type of set.
 *
 * @param type one of enum fedpol_set_type
 * @return a static string; "unknown" for a number that is none
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API const char *fedpol_set_type_name(int type);

/**
 * Names a use of sets.
 *
 * @param use one of enum fedpol_set_use
 * @return a static string; "unknown" for a number that is none
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API const char *fedpol_set_use_name(int use);

/**
 * Lists the address sets that the rules of active policies use, with their members.
 *
 * The order is that of selector, type, use, scope, protocol, port.
 *
 * @param context the context, borrowed
 * @param ret_sets receives a reference that the caller gives back with fedpol_set_list_unref();
 *        untouched on failure
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_FORKED; FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_query_sets(fedpol_context *context, fedpol_set_list **ret_sets);

/**
 * Takes one more reference.
 *
 * @param sets NULL gives NULL
 * @return @p sets
 *
 * Threads: any, the count is atomic. @since 0.1
 */
FEDPOL_API fedpol_set_list *fedpol_set_list_ref(fedpol_set_list *sets);

/**
 * Gives one reference back; the last one frees the list.
 *
 * @param sets given up by the caller; NULL does nothing
 * @return NULL
 *
 * Threads: any, the count is atomic. @since 0.1
 */
FEDPOL_API fedpol_set_list *fedpol_set_list_unref(fedpol_set_list *sets);

/**
 * Tells how many sets a list has.
 *
 * @param sets the list, borrowed
 * @return the number; 0 for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_set_list_get_count(const fedpol_set_list *sets);

/**
 * Gives the selector of a set in canonical form.
 *
 * @param sets the list, borrowed
 * @param index of the set, from 0
 * @return a string owned by @p sets; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_set_list_get_selector(const fedpol_set_list *sets, size_t index);

/**
 * Gives the id of the selector of a set.
 *
 * @param sets the list, borrowed
 * @param index of the set, from 0
 * @return a string owned by @p sets; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_set_list_get_selector_id(const fedpol_set_list *sets, size_t index);

/**
 * Gives the type of a set.
 *
 * @param sets the list, borrowed
 * @param index of the set, from 0
 * @return one of enum fedpol_set_type; 0 past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_set_list_get_type(const fedpol_set_list *sets, size_t index);

/**
 * Gives the use of a set.
 *
 * @param sets the list, borrowed
 * @param index of the set, from 0
 * @return one of enum fedpol_set_use; 0 past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_set_list_get_use(const fedpol_set_list *sets, size_t index);

/**
 * Tells which clusters' endpoints can be members.
 *
 * @param sets the list, borrowed
 * @param index of the set, from 0
 * @return one of enum fedpol_scope; -1 past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_set_list_get_scope(const fedpol_set_list *sets, size_t index);

/**
 * Gives the protocol of a set of ports: a lower-case name, or a number without one.
 *
 * @param sets the list, borrowed
 * @param index of the set, from 0
 * @return a string owned by @p sets, "" for any, and for sets of nets; NULL past the end or for
 *         NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_set_list_get_protocol(const fedpol_set_list *sets, size_t index);

/**
 * Gives the name of the port of a set of ports.
 *
 * @param sets the list, borrowed
 * @param index of the set, from 0
 * @return a string owned by @p sets, "" for sets of nets; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_set_list_get_port(const fedpol_set_list *sets, size_t index);

/**
 * Tells how many members a set has, IPv4 and IPv6 together.
 *
 * @param sets the list, borrowed
 * @param index of the set, from 0
 * @return the number; 0 past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_set_list_get_member_count(const fedpol_set_list *sets, size_t index);

/**
 * Gives a member, such as "10.0.0.1", "10.1.0.0/16" or "10.0.0.1,tcp:8080".
 *
 * @param sets the list, borrowed
 * @param index of the set, from 0
 * @param member which one, from 0, in the order of addresses
 * @return a string owned by @p sets; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_set_list_get_member(const fedpol_set_list *sets, size_t index,
                                                  size_t member);

#ifdef __cplusplus
}
#endif
#endif
