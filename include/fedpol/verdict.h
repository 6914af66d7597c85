/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDPOL_VERDICT_H
#define FEDPOL_VERDICT_H

#include <stddef.h>
#include <stdint.h>

#include <fedpol/context.h>
#include <fedpol/error.h>
#include <fedpol/macros.h>
#include <fedpol/query.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @file
 * Verdicts: may this flow pass, and which rule says so. They are reckoned from the policies
 * themselves, not from sets or rendered rules, so they can be held against both.
 *
 * A verdict is three-valued. While a cluster is not in sync, what depends on endpoints that it may
 * yet bring is undecidable, and so is what depends on a port that the flow does not state.
 *
 * @code
 * fedpol_context *context = NULL;
 * fedpol_verdict *verdict = NULL;
 * fedpol_error *error = NULL;
 * fedpol_flow flow;
 *
 * fedpol_flow_init(&flow, sizeof(flow));
 * flow.from = "west:shop/web";
 * flow.to = "10.0.0.7";
 * flow.protocol = "tcp";
 * flow.destination_port = 5432;
 * if (fedpol_context_new(&context) == 0 &&
 *     fedpol_context_get_verdict(context, &flow, &verdict, &error) < 0)
 *     puts(fedpol_error_get_message(error));
 * error = fedpol_error_free(error);
 * verdict = fedpol_verdict_unref(verdict);
 * context = fedpol_context_unref(context);
 * @endcode
 */

/** The answer about one flow. Opaque, immutable, reference-counted. @since 0.1 */
typedef struct fedpol_verdict fedpol_verdict;

/** The answer in one word. @since 0.1 */
enum fedpol_verdict_value {
    FEDPOL_VERDICT_NONE = 0,       /**< this node does not enforce that end: "none" */
    FEDPOL_VERDICT_ALLOW = 1,      /**< it may pass: "allow" */
    FEDPOL_VERDICT_DENY = 2,       /**< it may not: "deny" */
    FEDPOL_VERDICT_UNDECIDABLE = 3 /**< that depends on something unknown: "undecidable" */
};

/** What decided in a direction. @since 0.1 */
enum fedpol_reason {
    FEDPOL_REASON_RULE = 1,        /**< a rule of a policy: "rule" */
    FEDPOL_REASON_END_OF_TIER = 2, /**< policies of a tier applied, none matched: "end-of-tier" */
    FEDPOL_REASON_PROFILE = 3,     /**< a rule of a profile: "profile" */
    FEDPOL_REASON_NO_PROFILE = 4,  /**< no profile matched or is there: "no-profile" */
    FEDPOL_REASON_NOT_UNDERSTOOD = 5, /**< a rule that fails closed: "not-understood" */
    FEDPOL_REASON_UNSYNCED = 6        /**< a cluster that is not in sync: "unsynced" */
};

/**
 * A flow to ask about. A side is an address, or "[CLUSTER:]NAMESPACE/POD" (without CLUSTER: the
 * local one). An address that an endpoint owns stands for that endpoint; an endpoint with several
 * addresses stands for the first one of the other side's family, IPv4 first.
 *
 * @since 0.1
 */
typedef struct fedpol_flow {
    /** sizeof(fedpol_flow), set by fedpol_flow_init() */
    size_t struct_size;
    /** where the first packet comes from; borrowed during the call */
    const char *from;
    /** where it goes; borrowed during the call */
    const char *to;
    /** name or number: "tcp", "17", "icmp"; borrowed during the call */
    const char *protocol;
    /** 0 to 65535; -1 if not stated, as after the init */
    int32_t source_port;
    /** 0 to 65535; -1 if not stated, as after the init */
    int32_t destination_port;
    /** 0 to 255; -1 if not stated, as after the init */
    int32_t icmp_type;
    /** 0 to 255; -1 if not stated, as after the init */
    int32_t icmp_code;
} fedpol_flow;

/**
 * Fills a flow with its defaults: nothing stated.
 *
 * @param flow memory of @p struct_size bytes, owned by the caller; NULL does nothing
 * @param struct_size sizeof(fedpol_flow) as the caller was compiled
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API void fedpol_flow_init(fedpol_flow *flow, size_t struct_size);

/**
 * Gives the verdict on a flow as its first packet meets it, after a commit.
 *
 * @param context the context, borrowed
 * @param flow the question, borrowed
 * @param ret_verdict receives a reference that the caller gives back with fedpol_verdict_unref();
 *        untouched on failure
 * @param ret_error NULL, or receives the story
 * @return 0; FEDPOL_E_INVALID if a part of the flow cannot be read, or the families of its sides
 *         differ; FEDPOL_E_NOT_FOUND if a side names a cluster or an endpoint that is not there;
 *         FEDPOL_E_ABI; FEDPOL_E_FORKED; FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_get_verdict(fedpol_context *context, const fedpol_flow *flow,
                                          fedpol_verdict **ret_verdict, fedpol_error **ret_error);

/**
 * Names a value of verdicts.
 *
 * @param value one of enum fedpol_verdict_value
 * @return a static string; "unknown" for a number that is none
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API const char *fedpol_verdict_value_name(int value);

/**
 * Names a reason.
 *
 * @param reason one of enum fedpol_reason
 * @return a static string; "unknown" for a number that is none
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API const char *fedpol_reason_name(int reason);

/**
 * Takes one more reference.
 *
 * @param verdict NULL gives NULL
 * @return @p verdict
 *
 * Threads: any, the count is atomic. @since 0.1
 */
FEDPOL_API fedpol_verdict *fedpol_verdict_ref(fedpol_verdict *verdict);

/**
 * Gives one reference back; the last one frees the verdict.
 *
 * @param verdict given up by the caller; NULL does nothing
 * @return NULL
 *
 * Threads: any, the count is atomic. @since 0.1
 */
FEDPOL_API fedpol_verdict *fedpol_verdict_unref(fedpol_verdict *verdict);

/**
 * Gives the verdict as a whole: deny if either direction is, else undecidable if either is, else
 * allow; none if neither end is enforced here.
 *
 * @param verdict the verdict, borrowed
 * @return one of enum fedpol_verdict_value; FEDPOL_VERDICT_NONE for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_verdict_get_value(const fedpol_verdict *verdict);

/**
 * Gives the address that the flow comes from.
 *
 * @param verdict the verdict, borrowed
 * @return a string owned by @p verdict; NULL for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_verdict_get_from_ip(const fedpol_verdict *verdict);

/**
 * Gives the address that the flow goes to.
 *
 * @param verdict the verdict, borrowed
 * @return a string owned by @p verdict; NULL for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_verdict_get_to_ip(const fedpol_verdict *verdict);

/**
 * Gives the verdict of one direction: egress by the policies of the source, ingress by those of
 * the destination.
 *
 * @param verdict the verdict, borrowed
 * @param direction one of enum fedpol_direction
 * @return one of enum fedpol_verdict_value; FEDPOL_VERDICT_NONE also for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_verdict_get_direction(const fedpol_verdict *verdict, int direction);

/**
 * Tells what decided in a direction.
 *
 * @param verdict the verdict, borrowed
 * @param direction one of enum fedpol_direction
 * @return one of enum fedpol_reason; 0 if that end is not enforced here, or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_verdict_get_reason(const fedpol_verdict *verdict, int direction);

/**
 * Gives the tier that decided.
 *
 * @param verdict the verdict, borrowed
 * @param direction one of enum fedpol_direction
 * @return a string owned by @p verdict; NULL if none did, or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_verdict_get_tier(const fedpol_verdict *verdict, int direction);

/**
 * Gives the policy or profile that decided, such as "NetworkPolicy/shop/a" or
 * "Profile//kns.shop".
 *
 * @param verdict the verdict, borrowed
 * @param direction one of enum fedpol_direction
 * @return a string owned by @p verdict; NULL if none did, or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_verdict_get_policy(const fedpol_verdict *verdict, int direction);

/**
 * Gives the rule that decided, by its index in the user's own list.
 *
 * @param verdict the verdict, borrowed
 * @param direction one of enum fedpol_direction
 * @return the index, from 0; -1 if none did, or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int64_t fedpol_verdict_get_rule(const fedpol_verdict *verdict, int direction);

/**
 * Gives the cluster of the endpoint at the other end.
 *
 * @param verdict the verdict, borrowed
 * @param direction one of enum fedpol_direction
 * @return a string owned by @p verdict; NULL if no endpoint owns that address, or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_verdict_get_peer_cluster(const fedpol_verdict *verdict,
                                                       int direction);

/**
 * Tells how old the data about the other end is.
 *
 * @param verdict the verdict, borrowed
 * @param direction one of enum fedpol_direction
 * @return milliseconds since its cluster was last known complete; -1 if no endpoint owns that
 *         address or the cluster never was, or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int64_t fedpol_verdict_get_age_ms(const fedpol_verdict *verdict, int direction);

/**
 * Tells how many steps the decision took.
 *
 * @param verdict the verdict, borrowed
 * @param direction one of enum fedpol_direction
 * @return the number; 0 past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_verdict_get_trace_count(const fedpol_verdict *verdict, int direction);

/**
 * Gives one step of the decision, as a line for a human reader.
 *
 * @param verdict the verdict, borrowed
 * @param direction one of enum fedpol_direction
 * @param step which one, from 0
 * @return a string owned by @p verdict; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_verdict_get_trace(const fedpol_verdict *verdict, int direction,
                                                size_t step);

#ifdef __cplusplus
}
#endif
#endif
