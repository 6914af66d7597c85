/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDPOL_QUERY_H
#define FEDPOL_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include <fedpol/cluster.h>
#include <fedpol/context.h>
#include <fedpol/error.h>
#include <fedpol/macros.h>
#include <fedpol/selector.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @file
 * Queries: what the context knows and what it calculated. Each commits first (delta.h), and gives
 * an immutable list that belongs to the caller and needs the context no more: it may be read by
 * several threads, and after the context is gone.
 *
 * Lists are read by index. Their order is that of bytes (cluster, kind, namespace, name, as far as
 * the items have these) and depends on nothing else.
 *
 * @code
 * fedpol_context *context = NULL;
 * fedpol_endpoint_list *endpoints = NULL;
 *
 * if (fedpol_context_new(&context) == 0 &&
 *     fedpol_context_query_endpoints(context, NULL, &endpoints) == 0)
 *     for (size_t i = 0; i < fedpol_endpoint_list_get_count(endpoints); i++)
 *         puts(fedpol_endpoint_list_get_name(endpoints, i));
 * endpoints = fedpol_endpoint_list_unref(endpoints);
 * context = fedpol_context_unref(context);
 * @endcode
 */

/** Endpoints of all clusters, with what the library knows of them. Opaque. @since 0.1 */
typedef struct fedpol_endpoint_list fedpol_endpoint_list;

/** Enforced endpoints, each with its policies in order. Opaque. @since 0.1 */
typedef struct fedpol_policy_list fedpol_policy_list;

/** What was odd or wrong with objects. Opaque. @since 0.1 */
typedef struct fedpol_diagnostic_list fedpol_diagnostic_list;

/** The clusters and how they stand. Opaque. @since 0.1 */
typedef struct fedpol_cluster_list fedpol_cluster_list;

/** What an endpoint is. @since 0.1 */
enum fedpol_endpoint_type {
    FEDPOL_ENDPOINT_WORKLOAD = 1,   /**< a pod, or a Calico workload endpoint: "workload" */
    FEDPOL_ENDPOINT_HOST = 2,       /**< an interface of a host: "host" */
    FEDPOL_ENDPOINT_NETWORK_SET = 3 /**< prefixes with labels; a peer only: "networkset" */
};

/** A direction as seen from the endpoint whose policy it is. @since 0.1 */
enum fedpol_direction {
    FEDPOL_DIRECTION_INGRESS = 1, /**< into the endpoint: "ingress" */
    FEDPOL_DIRECTION_EGRESS = 2   /**< out of it: "egress" */
};

/** How much a diagnostic matters. @since 0.1 */
enum fedpol_severity {
    FEDPOL_SEVERITY_INFO = 1,    /**< as intended, but good to know: "info" */
    FEDPOL_SEVERITY_WARNING = 2, /**< taken, but perhaps not as meant: "warning" */
    FEDPOL_SEVERITY_ERROR = 3    /**< not taken, or not in force as written: "error" */
};

/**
 * Names a type of endpoint.
 *
 * @param type one of enum fedpol_endpoint_type
 * @return a static string; "unknown" for a number that is none
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API const char *fedpol_endpoint_type_name(int type);

/**
 * Names a direction.
 *
 * @param direction one of enum fedpol_direction
 * @return a static string; "unknown" for a number that is none
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API const char *fedpol_direction_name(int direction);

/**
 * Names a severity.
 *
 * @param severity one of enum fedpol_severity
 * @return a static string; "unknown" for a number that is none
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API const char *fedpol_severity_name(int severity);

/**
 * Names a role of clusters, "local" or "remote".
 *
 * @param role one of enum fedpol_role
 * @return a static string; "unknown" for a number that is none
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API const char *fedpol_role_name(int role);

/**
 * Lists the endpoints of all clusters that a selector matches, by their effective labels.
 *
 * The order is that of cluster, type, namespace, name.
 *
 * @param context the context, borrowed
 * @param selector which ones, borrowed; NULL for all
 * @param ret_endpoints receives a reference that the caller gives back with
 *        fedpol_endpoint_list_unref(); untouched on failure
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_FORKED; FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_query_endpoints(fedpol_context *context,
                                              const fedpol_selector *selector,
                                              fedpol_endpoint_list **ret_endpoints);

/**
 * Takes one more reference.
 *
 * @param endpoints NULL gives NULL
 * @return @p endpoints
 *
 * Threads: any, the count is atomic. @since 0.1
 */
FEDPOL_API fedpol_endpoint_list *fedpol_endpoint_list_ref(fedpol_endpoint_list *endpoints);

/**
 * Gives one reference back; the last one frees the list.
 *
 * @param endpoints given up by the caller; NULL does nothing
 * @return NULL
 *
 * Threads: any, the count is atomic. @since 0.1
 */
FEDPOL_API fedpol_endpoint_list *fedpol_endpoint_list_unref(fedpol_endpoint_list *endpoints);

/**
 * Tells how many endpoints a list has.
 *
 * @param endpoints the list, borrowed
 * @return the number; 0 for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_endpoint_list_get_count(const fedpol_endpoint_list *endpoints);

/**
 * Gives the name of the cluster that an endpoint is in.
 *
 * @param endpoints the list, borrowed
 * @param index of the endpoint, from 0
 * @return a string owned by @p endpoints; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_endpoint_list_get_cluster(const fedpol_endpoint_list *endpoints,
                                                        size_t index);

/**
 * Gives the type of an endpoint.
 *
 * @param endpoints the list, borrowed
 * @param index of the endpoint, from 0
 * @return one of enum fedpol_endpoint_type; 0 past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_endpoint_list_get_type(const fedpol_endpoint_list *endpoints, size_t index);

/**
 * Gives the namespace of an endpoint.
 *
 * @param endpoints the list, borrowed
 * @param index of the endpoint, from 0
 * @return a string owned by @p endpoints, "" if it has none; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_endpoint_list_get_namespace(const fedpol_endpoint_list *endpoints,
                                                          size_t index);

/**
 * Gives the name of an endpoint; that of the pod for a workload.
 *
 * @param endpoints the list, borrowed
 * @param index of the endpoint, from 0
 * @return a string owned by @p endpoints; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_endpoint_list_get_name(const fedpol_endpoint_list *endpoints,
                                                     size_t index);

/**
 * Gives the node of an endpoint.
 *
 * @param endpoints the list, borrowed
 * @param index of the endpoint, from 0
 * @return a string owned by @p endpoints, "" if it has none; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_endpoint_list_get_node(const fedpol_endpoint_list *endpoints,
                                                     size_t index);

/**
 * Tells whether policy is enforced for an endpoint on this node.
 *
 * @param endpoints the list, borrowed
 * @param index of the endpoint, from 0
 * @return true if it is; false past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API bool fedpol_endpoint_list_is_enforced(const fedpol_endpoint_list *endpoints,
                                                 size_t index);

/**
 * Tells how many addresses an endpoint has; prefixes for a network set.
 *
 * @param endpoints the list, borrowed
 * @param index of the endpoint, from 0
 * @return the number; 0 past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_endpoint_list_get_address_count(const fedpol_endpoint_list *endpoints,
                                                         size_t index);

/**
 * Gives an address of an endpoint as text; prefixes of hosts have no length.
 *
 * @param endpoints the list, borrowed
 * @param index of the endpoint, from 0
 * @param address which one, from 0
 * @return a string owned by @p endpoints; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_endpoint_list_get_address(const fedpol_endpoint_list *endpoints,
                                                        size_t index, size_t address);

/**
 * Tells how many named ports an endpoint has.
 *
 * @param endpoints the list, borrowed
 * @param index of the endpoint, from 0
 * @return the number; 0 past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_endpoint_list_get_port_count(const fedpol_endpoint_list *endpoints,
                                                      size_t index);

/**
 * Gives the name of a port.
 *
 * @param endpoints the list, borrowed
 * @param index of the endpoint, from 0
 * @param port which one, from 0
 * @return a string owned by @p endpoints; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_endpoint_list_get_port_name(const fedpol_endpoint_list *endpoints,
                                                          size_t index, size_t port);

/**
 * Gives the protocol of a port: a lower-case name, or a number without one.
 *
 * @param endpoints the list, borrowed
 * @param index of the endpoint, from 0
 * @param port which one, from 0
 * @return a string owned by @p endpoints; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_endpoint_list_get_port_protocol(const fedpol_endpoint_list *endpoints,
                                                              size_t index, size_t port);

/**
 * Gives the number of a port.
 *
 * @param endpoints the list, borrowed
 * @param index of the endpoint, from 0
 * @param port which one, from 0
 * @return 1 to 65535; 0 past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_endpoint_list_get_port_number(const fedpol_endpoint_list *endpoints,
                                                    size_t index, size_t port);

/**
 * Tells how many effective labels an endpoint has: its own, and those that it inherits.
 *
 * @param endpoints the list, borrowed
 * @param index of the endpoint, from 0
 * @return the number; 0 past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_endpoint_list_get_label_count(const fedpol_endpoint_list *endpoints,
                                                       size_t index);

/**
 * Gives the name of a label; labels are sorted by it.
 *
 * @param endpoints the list, borrowed
 * @param index of the endpoint, from 0
 * @param label which one, from 0
 * @return a string owned by @p endpoints; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_endpoint_list_get_label_name(const fedpol_endpoint_list *endpoints,
                                                           size_t index, size_t label);

/**
 * Gives the value of a label.
 *
 * @param endpoints the list, borrowed
 * @param index of the endpoint, from 0
 * @param label which one, from 0
 * @return a string owned by @p endpoints; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_endpoint_list_get_label_value(const fedpol_endpoint_list *endpoints,
                                                            size_t index, size_t label);

/**
 * Lists the enforced endpoints with the tiers and policies that apply to each, in order.
 *
 * A tier is listed if any of its policies applies in any direction.
 *
 * @param context the context, borrowed
 * @param endpoint "NAMESPACE/POD" for that one alone; NULL for all; borrowed
 * @param ret_policies receives a reference that the caller gives back with
 *        fedpol_policy_list_unref(); untouched on failure
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_NOT_FOUND if no enforced endpoint has that name;
 *         FEDPOL_E_FORKED; FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_query_policies(fedpol_context *context, const char *endpoint,
                                             fedpol_policy_list **ret_policies);

/**
 * Takes one more reference.
 *
 * @param policies NULL gives NULL
 * @return @p policies
 *
 * Threads: any, the count is atomic. @since 0.1
 */
FEDPOL_API fedpol_policy_list *fedpol_policy_list_ref(fedpol_policy_list *policies);

/**
 * Gives one reference back; the last one frees the list.
 *
 * @param policies given up by the caller; NULL does nothing
 * @return NULL
 *
 * Threads: any, the count is atomic. @since 0.1
 */
FEDPOL_API fedpol_policy_list *fedpol_policy_list_unref(fedpol_policy_list *policies);

/**
 * Tells how many endpoints a list has.
 *
 * @param policies the list, borrowed
 * @return the number; 0 for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_policy_list_get_count(const fedpol_policy_list *policies);

/**
 * Gives the namespace of an endpoint.
 *
 * @param policies the list, borrowed
 * @param index of the endpoint, from 0
 * @return a string owned by @p policies; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_policy_list_get_namespace(const fedpol_policy_list *policies,
                                                        size_t index);

/**
 * Gives the name of an endpoint.
 *
 * @param policies the list, borrowed
 * @param index of the endpoint, from 0
 * @return a string owned by @p policies; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_policy_list_get_name(const fedpol_policy_list *policies,
                                                   size_t index);

/**
 * Tells how many tiers apply to an endpoint.
 *
 * @param policies the list, borrowed
 * @param index of the endpoint, from 0
 * @return the number; 0 past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_policy_list_get_tier_count(const fedpol_policy_list *policies,
                                                    size_t index);

/**
 * Gives the name of a tier.
 *
 * @param policies the list, borrowed
 * @param index of the endpoint, from 0
 * @param tier which one, from 0, in the order of evaluation
 * @return a string owned by @p policies; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_policy_list_get_tier_name(const fedpol_policy_list *policies,
                                                        size_t index, size_t tier);

/**
 * Gives what a tier does where its policies apply but none decides: "Deny" or "Pass".
 *
 * @param policies the list, borrowed
 * @param index of the endpoint, from 0
 * @param tier which one, from 0, in the order of evaluation
 * @return a string owned by @p policies; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *
fedpol_policy_list_get_tier_default_action(const fedpol_policy_list *policies, size_t index,
                                           size_t tier);

/**
 * Tells how many policies of a tier apply in a direction.
 *
 * @param policies the list, borrowed
 * @param index of the endpoint, from 0
 * @param tier which one, from 0, in the order of evaluation
 * @param direction one of enum fedpol_direction
 * @return the number; 0 past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_policy_list_get_policy_count(const fedpol_policy_list *policies,
                                                      size_t index, size_t tier, int direction);

/**
 * Gives a policy, such as "NetworkPolicy/shop/a", "KubernetesNetworkPolicy/shop/b" or
 * "GlobalNetworkPolicy//c".
 *
 * @param policies the list, borrowed
 * @param index of the endpoint, from 0
 * @param tier which one, from 0, in the order of evaluation
 * @param direction one of enum fedpol_direction
 * @param policy which one, from 0, in the order of evaluation
 * @return a string owned by @p policies; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_policy_list_get_policy(const fedpol_policy_list *policies,
                                                     size_t index, size_t tier, int direction,
                                                     size_t policy);

/**
 * Tells how many profiles follow after the last tier.
 *
 * @param policies the list, borrowed
 * @param index of the endpoint, from 0
 * @return the number; 0 past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_policy_list_get_profile_count(const fedpol_policy_list *policies,
                                                       size_t index);

/**
 * Gives the name of a profile, such as "kns.shop".
 *
 * @param policies the list, borrowed
 * @param index of the endpoint, from 0
 * @param profile which one, from 0, in the order of evaluation
 * @return a string owned by @p policies; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_policy_list_get_profile(const fedpol_policy_list *policies,
                                                      size_t index, size_t profile);

/**
 * Lists what was odd or wrong with the objects of all clusters, as it stands now.
 *
 * A diagnostic goes away with its cause. The order is that of cluster, kind, namespace, name,
 * path.
 *
 * @param context the context, borrowed
 * @param ret_diagnostics receives a reference that the caller gives back with
 *        fedpol_diagnostic_list_unref(); untouched on failure
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_FORKED; FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_query_diagnostics(fedpol_context *context,
                                                fedpol_diagnostic_list **ret_diagnostics);

/**
 * Takes one more reference.
 *
 * @param diagnostics NULL gives NULL
 * @return @p diagnostics
 *
 * Threads: any, the count is atomic. @since 0.1
 */
FEDPOL_API fedpol_diagnostic_list *fedpol_diagnostic_list_ref(fedpol_diagnostic_list *diagnostics);

/**
 * Gives one reference back; the last one frees the list.
 *
 * @param diagnostics given up by the caller; NULL does nothing
 * @return NULL
 *
 * Threads: any, the count is atomic. @since 0.1
 */
FEDPOL_API fedpol_diagnostic_list *
fedpol_diagnostic_list_unref(fedpol_diagnostic_list *diagnostics);

/**
 * Tells how many diagnostics a list has.
 *
 * @param diagnostics the list, borrowed
 * @return the number; 0 for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_diagnostic_list_get_count(const fedpol_diagnostic_list *diagnostics);

/**
 * Gives the severity of a diagnostic.
 *
 * @param diagnostics the list, borrowed
 * @param index of the diagnostic, from 0
 * @return one of enum fedpol_severity; 0 past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_diagnostic_list_get_severity(const fedpol_diagnostic_list *diagnostics,
                                                   size_t index);

/**
 * Gives the code of a diagnostic, such as "rule-not-understood". Codes are never renamed.
 *
 * @param diagnostics the list, borrowed
 * @param index of the diagnostic, from 0
 * @return a string owned by @p diagnostics; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_diagnostic_list_get_code(const fedpol_diagnostic_list *diagnostics,
                                                       size_t index);

/**
 * Gives the cluster of the object.
 *
 * @param diagnostics the list, borrowed
 * @param index of the diagnostic, from 0
 * @return a string owned by @p diagnostics; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_diagnostic_list_get_cluster(const fedpol_diagnostic_list *diagnostics,
                                                          size_t index);

/**
 * Gives the kind of the object.
 *
 * @param diagnostics the list, borrowed
 * @param index of the diagnostic, from 0
 * @return a string owned by @p diagnostics, "" if it is not known; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_diagnostic_list_get_kind(const fedpol_diagnostic_list *diagnostics,
                                                       size_t index);

/**
 * Gives the namespace of the object.
 *
 * @param diagnostics the list, borrowed
 * @param index of the diagnostic, from 0
 * @return a string owned by @p diagnostics, "" if it has none; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *
fedpol_diagnostic_list_get_namespace(const fedpol_diagnostic_list *diagnostics, size_t index);

/**
 * Gives the name of the object.
 *
 * @param diagnostics the list, borrowed
 * @param index of the diagnostic, from 0
 * @return a string owned by @p diagnostics, "" if it is not known; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_diagnostic_list_get_name(const fedpol_diagnostic_list *diagnostics,
                                                       size_t index);

/**
 * Gives the place inside the object, such as "spec.ingress[0].source.nets[1]".
 *
 * @param diagnostics the list, borrowed
 * @param index of the diagnostic, from 0
 * @return a string owned by @p diagnostics, "" for the object as a whole; NULL past the end or
 *         for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_diagnostic_list_get_path(const fedpol_diagnostic_list *diagnostics,
                                                       size_t index);

/**
 * Gives one line of English that says what was found. Names from outside are quoted and cut.
 *
 * @param diagnostics the list, borrowed
 * @param index of the diagnostic, from 0
 * @return a string owned by @p diagnostics; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_diagnostic_list_get_message(const fedpol_diagnostic_list *diagnostics,
                                                          size_t index);

/**
 * Gives the place that the object came from, such as "pods.yaml: document 2, line 10".
 *
 * @param diagnostics the list, borrowed
 * @param index of the diagnostic, from 0
 * @return a string owned by @p diagnostics, "" if none was told; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_diagnostic_list_get_origin(const fedpol_diagnostic_list *diagnostics,
                                                         size_t index);

/**
 * Lists the clusters of a context in the order of their names.
 *
 * @param context the context, borrowed
 * @param ret_clusters receives a reference that the caller gives back with
 *        fedpol_cluster_list_unref(); untouched on failure
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_FORKED; FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_query_clusters(fedpol_context *context,
                                             fedpol_cluster_list **ret_clusters);

/**
 * Takes one more reference.
 *
 * @param clusters NULL gives NULL
 * @return @p clusters
 *
 * Threads: any, the count is atomic. @since 0.1
 */
FEDPOL_API fedpol_cluster_list *fedpol_cluster_list_ref(fedpol_cluster_list *clusters);

/**
 * Gives one reference back; the last one frees the list.
 *
 * @param clusters given up by the caller; NULL does nothing
 * @return NULL
 *
 * Threads: any, the count is atomic. @since 0.1
 */
FEDPOL_API fedpol_cluster_list *fedpol_cluster_list_unref(fedpol_cluster_list *clusters);

/**
 * Tells how many clusters a list has.
 *
 * @param clusters the list, borrowed
 * @return the number; 0 for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_cluster_list_get_count(const fedpol_cluster_list *clusters);

/**
 * Fills in what there was to say about a cluster when the list was made.
 *
 * @param clusters the list, borrowed
 * @param index of the cluster, from 0
 * @param ret_info initialised with fedpol_cluster_info_init(); its strings are owned by @p
 *        clusters; untouched on failure
 * @return 0; FEDPOL_E_NOT_FOUND past the end; FEDPOL_E_INVALID; FEDPOL_E_ABI
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_cluster_list_get_info(const fedpol_cluster_list *clusters, size_t index,
                                            fedpol_cluster_info *ret_info);

#ifdef __cplusplus
}
#endif
#endif
