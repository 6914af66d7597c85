/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDPOL_SERVICES_H
#define FEDPOL_SERVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <fedpol/cluster.h>
#include <fedpol/context.h>
#include <fedpol/error.h>
#include <fedpol/macros.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @file
 * Federated services: a Service of the local cluster without `spec.selector` that carries the
 * annotation `federation.tigera.io/serviceSelector` gets the endpoints of every Service, of the
 * local and of remote clusters, that the selector matches in the namespace of the same name. Ports
 * are matched by name and protocol; numbers are those of the back ends. A remote service has the
 * label `federation.tigera.io/remoteClusterName` besides its own.
 *
 * The library calculates what is wanted and never writes: a program takes the wanted objects, or
 * the difference to what the cluster has, and writes it. The source of all rules is
 * docs/services.md.
 *
 * As with all queries (query.h), lists commit first, are immutable and ordered by bytes.
 *
 * @code
 * fedpol_context *context = NULL;
 * fedpol_service_list *services = NULL;
 *
 * if (fedpol_context_new(&context) == 0 && fedpol_context_query_services(context, &services) == 0)
 *     for (size_t i = 0; i < fedpol_service_list_get_count(services); i++)
 *         puts(fedpol_service_list_get_name(services, i));
 * services = fedpol_service_list_unref(services);
 * context = fedpol_context_unref(context);
 * @endcode
 */

/** Federated services with their back ends. Opaque. @since 0.1 */
typedef struct fedpol_service_list fedpol_service_list;

/** Objects of the Kubernetes API that are wanted, or to be written. Opaque. @since 0.1 */
typedef struct fedpol_service_objects fedpol_service_objects;

/** In which form services are written; may be combined. @since 0.1 */
enum fedpol_service_form {
    FEDPOL_FORM_ENDPOINTS = 1, /**< one core/v1 Endpoints for each service */
    FEDPOL_FORM_SLICES = 2     /**< discovery.k8s.io/v1 EndpointSlices of at most 100 endpoints */
};

/** What is to be done with an object. @since 0.1 */
enum fedpol_service_verb {
    FEDPOL_VERB_NONE = 0,   /**< nothing: it is only wanted */
    FEDPOL_VERB_CREATE = 1, /**< POST */
    FEDPOL_VERB_UPDATE = 2, /**< PUT; the body names the resourceVersion that it replaces */
    FEDPOL_VERB_DELETE = 3, /**< DELETE, with uid and resourceVersion as preconditions */
    FEDPOL_VERB_RELEASE = 4 /**< PUT that takes our mark away: Kubernetes manages it from now on */
};

/** The conditions of a back end, as bits. @since 0.1 */
enum fedpol_backend_condition {
    FEDPOL_BACKEND_READY = 1,      /**< takes new connections */
    FEDPOL_BACKEND_SERVING = 2,    /**< would, were it not about to end */
    FEDPOL_BACKEND_TERMINATING = 4 /**< about to end */
};

/**
 * Says whether clusters that are connected are asked for Services, Endpoints and EndpointSlices;
 * Services and slices of the local one always are, since rules may name services. What a caller
 * feeds, or a folder of manifests says, counts in any case. Set before the first cluster is
 * connected.
 *
 * @param context the context, borrowed
 * @param on true to ask for them; the default is false
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_STATE if a cluster is connected already;
 *         FEDPOL_E_FORKED
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_set_services(fedpol_context *context, bool on);

/**
 * Sets a floor for withdrawals: with it, the back ends of clusters that are lost stay where no
 * others are left.
 *
 * @param context the context, borrowed
 * @param on true to keep them; the default is false
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_FORKED
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_set_keep_last_backends(fedpol_context *context, bool on);

/**
 * Says whether a rule that names a service means only those of its addresses that are ready.
 * Without it all count, as in Calico.
 *
 * @param context the context, borrowed
 * @param on true for ready ones only; the default is false
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_FORKED
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_set_ready_services(fedpol_context *context, bool on);

/**
 * Sets how long the back ends of a cluster stay after it was last known complete. The time is
 * looked at whenever the context processes or commits.
 *
 * @param cluster the cluster, borrowed
 * @param milliseconds from 0; -1, the default, for ever
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_STATE if it was removed; FEDPOL_E_FORKED
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_cluster_set_backend_timeout(fedpol_cluster *cluster, int64_t milliseconds);

/**
 * Sets how long what was written earlier for the back ends of a cluster is held while that cluster
 * was not in sync yet: so a start takes nothing away that only was not seen yet. The time counts
 * from when the cluster was added.
 *
 * @param cluster the cluster, borrowed
 * @param milliseconds from 0; the default is 10,000
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_STATE if it was removed; FEDPOL_E_FORKED
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_cluster_set_backend_hold(fedpol_cluster *cluster, int64_t milliseconds);

/**
 * Lists the local services that have the annotation, by namespace and name; those that can't be
 * federated too, with the reason.
 *
 * @param context the context, borrowed
 * @param ret_services receives a reference that the caller gives back with
 *        fedpol_service_list_unref(); untouched on failure
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_FORKED; FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_query_services(fedpol_context *context,
                                             fedpol_service_list **ret_services);

/**
 * Lists the objects that are wanted, as they would be created: those of one service behind each
 * other, Endpoints first.
 *
 * @param context the context, borrowed
 * @param forms a combination of enum fedpol_service_form
 * @param ret_objects receives a reference that the caller gives back with
 *        fedpol_service_objects_unref(); untouched on failure
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_FORKED; FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_query_service_objects(fedpol_context *context, unsigned forms,
                                                    fedpol_service_objects **ret_objects);

/**
 * Lists what is to be written so that the local cluster has what is wanted; empty if it has. What
 * bears our mark and is not wanted, in these forms, is deleted; objects of others are left alone
 * and have a diagnostic. To be asked only while the local cluster is in sync: what it did not say
 * counts as not there.
 *
 * @param context the context, borrowed
 * @param forms a combination of enum fedpol_service_form
 * @param ret_objects receives a reference that the caller gives back with
 *        fedpol_service_objects_unref(); untouched on failure
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_STATE if the local cluster is not in sync;
 *         FEDPOL_E_FORKED;
 *         FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_query_service_writes(fedpol_context *context, unsigned forms,
                                                   fedpol_service_objects **ret_objects);

/**
 * Takes one more reference.
 *
 * @param services NULL gives NULL
 * @return @p services
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API fedpol_service_list *fedpol_service_list_ref(fedpol_service_list *services);

/**
 * Gives a reference back, and frees what nobody refers to any more.
 *
 * @param services the reference, given up by the caller; NULL does nothing
 * @return NULL
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API fedpol_service_list *fedpol_service_list_unref(fedpol_service_list *services);

/**
 * Counts the items.
 *
 * @param services borrowed
 * @return how many there are; 0 for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_service_list_get_count(const fedpol_service_list *services);

/**
 * Gives the namespace.
 *
 * @param services borrowed
 * @param index from 0
 * @return a string owned by @p services; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_service_list_get_namespace(const fedpol_service_list *services,
                                                         size_t index);

/**
 * Gives the name.
 *
 * @param services borrowed
 * @param index from 0
 * @return a string owned by @p services; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_service_list_get_name(const fedpol_service_list *services,
                                                    size_t index);

/**
 * Gives how the service is federated: "annotation".
 *
 * @param services borrowed
 * @param index from 0
 * @return a string owned by @p services; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_service_list_get_model(const fedpol_service_list *services,
                                                     size_t index);

/**
 * Gives the selector as it is written in the annotation.
 *
 * @param services borrowed
 * @param index from 0
 * @return a string owned by @p services; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_service_list_get_selector(const fedpol_service_list *services,
                                                        size_t index);

/**
 * Tells why the service is not federated, in words.
 *
 * @param services borrowed
 * @param index from 0
 * @return a string owned by @p services, "" if it is; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_service_list_get_problem(const fedpol_service_list *services,
                                                       size_t index);

/**
 * Counts the clusters that have back ends in it.
 *
 * @param services borrowed
 * @param index from 0
 * @return how many; 0 past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_service_list_get_cluster_count(const fedpol_service_list *services,
                                                        size_t index);

/**
 * Gives the name of a cluster that has back ends in it, by name.
 *
 * @param services borrowed
 * @param index from 0
 * @param cluster from 0
 * @return a string owned by @p services; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_service_list_get_cluster(const fedpol_service_list *services,
                                                       size_t index, size_t cluster);

/**
 * Counts the ports of the service.
 *
 * @param services borrowed
 * @param index from 0
 * @return how many; 0 past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_service_list_get_port_count(const fedpol_service_list *services,
                                                     size_t index);

/**
 * Gives the name of a port.
 *
 * @param services borrowed
 * @param index from 0
 * @param port from 0
 * @return a string owned by @p services, "" if it has none; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_service_list_get_port_name(const fedpol_service_list *services,
                                                         size_t index, size_t port);

/**
 * Gives the protocol of a port: "TCP", "UDP" or "SCTP".
 *
 * @param services borrowed
 * @param index from 0
 * @param port from 0
 * @return a string owned by @p services; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_service_list_get_port_protocol(const fedpol_service_list *services,
                                                             size_t index, size_t port);

/**
 * Gives the number that clients of the service use.
 *
 * @param services borrowed
 * @param index from 0
 * @param port from 0
 * @return 1 to 65535; -1 past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_service_list_get_port_number(const fedpol_service_list *services,
                                                   size_t index, size_t port);

/**
 * Counts the back ends: one for each address and matched port, by address, target and port.
 *
 * @param services borrowed
 * @param index from 0
 * @return how many; 0 past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_service_list_get_backend_count(const fedpol_service_list *services,
                                                        size_t index);

/**
 * Gives the cluster that a back end is from.
 *
 * @param services borrowed
 * @param index from 0
 * @param backend from 0
 * @return a string owned by @p services; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_service_list_get_backend_cluster(const fedpol_service_list *services,
                                                               size_t index, size_t backend);

/**
 * Gives the name of the service there that it stands behind.
 *
 * @param services borrowed
 * @param index from 0
 * @param backend from 0
 * @return a string owned by @p services; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_service_list_get_backend_service(const fedpol_service_list *services,
                                                               size_t index, size_t backend);

/**
 * Gives the address of a back end.
 *
 * @param services borrowed
 * @param index from 0
 * @param backend from 0
 * @return a string owned by @p services; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_service_list_get_backend_address(const fedpol_service_list *services,
                                                               size_t index, size_t backend);

/**
 * Gives the name of the port.
 *
 * @param services borrowed
 * @param index from 0
 * @param backend from 0
 * @return a string owned by @p services, "" if it has none; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *
fedpol_service_list_get_backend_port_name(const fedpol_service_list *services, size_t index,
                                          size_t backend);

/**
 * Gives the protocol of the port: "TCP", "UDP" or "SCTP".
 *
 * @param services borrowed
 * @param index from 0
 * @param backend from 0
 * @return a string owned by @p services; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_service_list_get_backend_protocol(const fedpol_service_list *services,
                                                                size_t index, size_t backend);

/**
 * Gives the number that the back end listens on.
 *
 * @param services borrowed
 * @param index from 0
 * @param backend from 0
 * @return 1 to 65535; -1 past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_service_list_get_backend_port(const fedpol_service_list *services,
                                                    size_t index, size_t backend);

/**
 * Gives the conditions of a back end.
 *
 * @param services borrowed
 * @param index from 0
 * @param backend from 0
 * @return bits of enum fedpol_backend_condition; -1 past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_service_list_get_backend_conditions(const fedpol_service_list *services,
                                                          size_t index, size_t backend);

/**
 * Gives the node of a back end, as its cluster calls it.
 *
 * @param services borrowed
 * @param index from 0
 * @param backend from 0
 * @return a string owned by @p services, "" if it is not known; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_service_list_get_backend_node(const fedpol_service_list *services,
                                                            size_t index, size_t backend);

/**
 * Gives the name of the object behind a back end, such as its pod; that of a remote cluster has
 * the cluster before it: "west/db-0".
 *
 * @param services borrowed
 * @param index from 0
 * @param backend from 0
 * @return a string owned by @p services, "" if it is not known; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_service_list_get_backend_target(const fedpol_service_list *services,
                                                              size_t index, size_t backend);

/**
 * Gives the host name of a back end.
 *
 * @param services borrowed
 * @param index from 0
 * @param backend from 0
 * @return a string owned by @p services, "" if it is not known; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_service_list_get_backend_hostname(const fedpol_service_list *services,
                                                                size_t index, size_t backend);

/**
 * Gives the zone of a back end.
 *
 * @param services borrowed
 * @param index from 0
 * @param backend from 0
 * @return a string owned by @p services, "" if it is not known; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_service_list_get_backend_zone(const fedpol_service_list *services,
                                                            size_t index, size_t backend);

/**
 * Takes one more reference.
 *
 * @param objects NULL gives NULL
 * @return @p objects
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API fedpol_service_objects *fedpol_service_objects_ref(fedpol_service_objects *objects);

/**
 * Gives a reference back, and frees what nobody refers to any more.
 *
 * @param objects the reference, given up by the caller; NULL does nothing
 * @return NULL
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API fedpol_service_objects *fedpol_service_objects_unref(fedpol_service_objects *objects);

/**
 * Counts the items.
 *
 * @param objects borrowed
 * @return how many there are; 0 for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_service_objects_get_count(const fedpol_service_objects *objects);

/**
 * Tells what is to be done with an object.
 *
 * @param objects borrowed
 * @param index from 0
 * @return one of enum fedpol_service_verb; 0 past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_service_objects_get_verb(const fedpol_service_objects *objects, size_t index);

/**
 * Gives the kind: "Endpoints" or "EndpointSlice".
 *
 * @param objects borrowed
 * @param index from 0
 * @return a string owned by @p objects; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_service_objects_get_kind(const fedpol_service_objects *objects,
                                                       size_t index);

/**
 * Gives the namespace.
 *
 * @param objects borrowed
 * @param index from 0
 * @return a string owned by @p objects; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_service_objects_get_namespace(const fedpol_service_objects *objects,
                                                            size_t index);

/**
 * Gives the name of the object.
 *
 * @param objects borrowed
 * @param index from 0
 * @return a string owned by @p objects; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_service_objects_get_name(const fedpol_service_objects *objects,
                                                       size_t index);

/**
 * Gives the uid of the object that is there.
 *
 * @param objects borrowed
 * @param index from 0
 * @return a string owned by @p objects, "" if there is none or it is not known; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_service_objects_get_uid(const fedpol_service_objects *objects,
                                                      size_t index);

/**
 * Gives the resourceVersion of the object that is there.
 *
 * @param objects borrowed
 * @param index from 0
 * @return a string owned by @p objects, "" if there is none or it is not known; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *
fedpol_service_objects_get_resource_version(const fedpol_service_objects *objects, size_t index);

/**
 * Gives the object as JSON.
 *
 * @param objects borrowed
 * @param index from 0
 * @return a string owned by @p objects, "" for one that is to be deleted; NULL past the end
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_service_objects_get_json(const fedpol_service_objects *objects,
                                                       size_t index);

#ifdef __cplusplus
}
#endif

#endif
