/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDPOL_CLUSTER_H
#define FEDPOL_CLUSTER_H

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
 * Clusters, and how their objects come in: from a folder of manifests, or as bytes that the caller
 * has from anywhere (its own informers, a file, a test).
 *
 * Bytes are objects as the Kubernetes API gives them: one object, a List of any size, or watch
 * events one after the other. Kinds that the library does not know are counted and ignored. One
 * bad object costs that object alone: it is refused with a diagnostic (query.h), what was known
 * stays or falls as the documentation of policies says, and the rest goes on.
 *
 * What was fed takes effect with the next commit (delta.h), which fedpol_context_process(), every
 * query and every rendering bring about too.
 *
 * @code
 * const char pod[] = "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"namespace\":"
 *                    "\"shop\",\"name\":\"web\"},\"status\":{\"podIP\":\"10.0.0.1\"}}";
 * fedpol_context *context = NULL;
 * fedpol_cluster *cluster = NULL;
 *
 * if (fedpol_context_new(&context) == 0 &&
 *     fedpol_cluster_new(context, "east", FEDPOL_ROLE_LOCAL, &cluster, NULL) == 0 &&
 *     fedpol_cluster_feed(cluster, pod, sizeof(pod) - 1, NULL) == 0)
 *     fedpol_cluster_set_synced(cluster);
 * cluster = fedpol_cluster_unref(cluster);
 * context = fedpol_context_unref(context);
 * @endcode
 */

/** One cluster of a context. Opaque, reference-counted, context-bound. @since 0.1 */
typedef struct fedpol_cluster fedpol_cluster;

/** Bytes on their way into a cluster, in chunks. Opaque, single owner, context-bound. @since 0.1 */
typedef struct fedpol_feed fedpol_feed;

/** What a cluster is to this context. @since 0.1 */
enum fedpol_role {
    FEDPOL_ROLE_LOCAL = 1, /**< its policies are calculated; one at most */
    FEDPOL_ROLE_REMOTE = 2 /**< its endpoints take part as peers; its policies count for nothing */
};

/** How a cluster stands. The numbers are those of Calico's metric. @since 0.1 */
enum fedpol_cluster_state {
    FEDPOL_CLUSTER_NOT_CONNECTING = 0,   /**< nothing is done to reach it */
    FEDPOL_CLUSTER_CONNECTING = 1,       /**< never known complete yet */
    FEDPOL_CLUSTER_IN_SYNC = 2,          /**< known complete */
    FEDPOL_CLUSTER_RESYNC = 3,           /**< was complete; lost, or being listed again */
    FEDPOL_CLUSTER_RESTART_REQUIRED = 4, /**< its configuration changed beyond a live change */
    FEDPOL_CLUSTER_CONFIG_INCOMPLETE = 5 /**< its configuration lacks something */
};

/** What a cluster that is lost was withdrawn from; bits. @since 0.1 */
enum fedpol_withdrawn {
    FEDPOL_WITHDRAWN_ALLOW = 1,   /**< sets whose members allow */
    FEDPOL_WITHDRAWN_DENY = 2,    /**< sets whose members deny */
    FEDPOL_WITHDRAWN_BACKENDS = 4 /**< federated services */
};

/**
 * What there is to say about a cluster at one moment. Strings are owned by where the struct was
 * filled from, and valid as long as that.
 *
 * @since 0.1
 */
typedef struct fedpol_cluster_info {
    /** sizeof(fedpol_cluster_info), set by fedpol_cluster_info_init() */
    size_t struct_size;
    /** its name */
    const char *name;
    /** enum fedpol_role */
    uint32_t role;
    /** enum fedpol_cluster_state */
    uint32_t state;
    /** objects that are kept */
    uint64_t objects;
    /** endpoints that take part, network sets included */
    uint64_t endpoints;
    /** diagnostics that stand now */
    uint64_t diagnostics;
    /** diagnostics that were too many to keep */
    uint64_t diagnostics_dropped;
    /** milliseconds since it was last known complete; 0 while in sync, -1 if it never was */
    int64_t age_ms;
    /** objects of kinds that the library does not know, ever */
    uint64_t unknown_kinds;
    /** objects of kinds that count for nothing in this role, ever */
    uint64_t ignored_kinds;
    /** objects that were refused, ever */
    uint64_t refused_objects;
    /** bytes fed, ever */
    uint64_t fed_bytes;
    /** objects fed, ever */
    uint64_t fed_objects;
    /** FEDPOL_WITHDRAWN_*, or-ed: what nothing of it counts for any more, since it is lost */
    uint32_t withdrawn;
    /** 1 if it has more than its limits or its guard (guard.h) allow: some objects are left out */
    uint32_t overloaded;
    /** objects and addresses that its guard kept out, ever */
    uint64_t guarded;
} fedpol_cluster_info;

/**
 * Fills a struct with its defaults, to be handed to a call that fills it.
 *
 * @param info memory of @p struct_size bytes, owned by the caller; NULL does nothing
 * @param struct_size sizeof(fedpol_cluster_info) as the caller was compiled
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API void fedpol_cluster_info_init(fedpol_cluster_info *info, size_t struct_size);

/**
 * Names a state in lower case, such as "in-sync".
 *
 * @param state one of enum fedpol_cluster_state
 * @return a static string; "unknown" for a number that is none
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API const char *fedpol_cluster_state_name(int state);

/**
 * Adds a cluster to a context. It stays until fedpol_cluster_remove() or the end of the context,
 * also if the caller gives its reference back.
 *
 * @param context the context, borrowed
 * @param name lower-case letters, digits, '-', '.', at most 63; unique in the context; copied
 * @param role one of enum fedpol_role
 * @param ret_cluster NULL, or receives a reference that the caller gives back with
 *        fedpol_cluster_unref(); untouched on failure
 * @param ret_error NULL, or receives the story
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_EXISTS if the name is taken or there is a local cluster
 *         already; FEDPOL_E_FORKED; FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_cluster_new(fedpol_context *context, const char *name, int role,
                                  fedpol_cluster **ret_cluster, fedpol_error **ret_error);

/**
 * Finds a cluster by name.
 *
 * @param context the context, borrowed
 * @param name its name
 * @param ret_cluster receives a reference that the caller gives back with
 *        fedpol_cluster_unref(); untouched on failure
 * @return 0; FEDPOL_E_NOT_FOUND; FEDPOL_E_INVALID for NULL; FEDPOL_E_FORKED
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_cluster_find(fedpol_context *context, const char *name,
                                   fedpol_cluster **ret_cluster);

/**
 * Takes one more reference. A cluster that the caller holds keeps its context alive.
 *
 * @param cluster NULL gives NULL
 * @return @p cluster
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API fedpol_cluster *fedpol_cluster_ref(fedpol_cluster *cluster);

/**
 * Gives one reference back. The cluster goes on taking part in the calculation; see
 * fedpol_cluster_remove().
 *
 * @param cluster given up by the caller; NULL does nothing
 * @return NULL
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API fedpol_cluster *fedpol_cluster_unref(fedpol_cluster *cluster);

/**
 * Removes a cluster and everything it said from the calculation. References stay valid, but other
 * calls on it answer FEDPOL_E_STATE. Its name may be used again at once.
 *
 * @param cluster the cluster, borrowed
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_STATE if it was removed before; FEDPOL_E_FORKED;
 *         FEDPOL_E_NOMEM (it is still there)
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_cluster_remove(fedpol_cluster *cluster);

/**
 * Gives the name of a cluster.
 *
 * @param cluster the cluster, borrowed, removed or not
 * @return a string owned by @p cluster; NULL for NULL
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API const char *fedpol_cluster_get_name(const fedpol_cluster *cluster);

/**
 * Gives the role of a cluster.
 *
 * @param cluster the cluster, borrowed, removed or not
 * @return one of enum fedpol_role; FEDPOL_E_INVALID for NULL
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_cluster_get_role(const fedpol_cluster *cluster);

/**
 * Gives the state of a cluster.
 *
 * @param cluster the cluster, borrowed
 * @return one of enum fedpol_cluster_state; FEDPOL_E_INVALID for NULL; FEDPOL_E_STATE if it was
 *         removed; FEDPOL_E_FORKED
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_cluster_get_state(const fedpol_cluster *cluster);

/**
 * Fills in what there is to say about a cluster now.
 *
 * @param cluster the cluster, borrowed
 * @param ret_info initialised with fedpol_cluster_info_init(); its strings are owned by
 *        @p cluster; untouched on failure
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_ABI; FEDPOL_E_STATE if it was removed; FEDPOL_E_FORKED;
 *         FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_cluster_get_info(fedpol_cluster *cluster, fedpol_cluster_info *ret_info);

/**
 * Says where the bytes of the following feeds come from, for diagnostics, such as a file name.
 *
 * @param cluster the cluster, borrowed
 * @param origin one line, copied; NULL or "" for none
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_STATE if it was removed; FEDPOL_E_FORKED; FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_cluster_set_origin(fedpol_cluster *cluster, const char *origin);

/**
 * Feeds one whole payload of JSON: an object, a List, or any number of watch events
 * (`{"type":"ADDED","object":{...}}`), whose other members are ignored. Objects that
 * stand complete before an error have been taken.
 *
 * @param cluster the cluster, borrowed
 * @param data the bytes, not kept; may be NULL if @p size is 0
 * @param size how many
 * @param ret_error NULL, or receives the story, with the byte offset
 * @return 0, also if objects were refused with a diagnostic; FEDPOL_E_PARSE if the bytes are not
 *         JSON or end too early; FEDPOL_E_LIMIT if the cluster has too many objects
 *         (what fits was taken);
 *         FEDPOL_E_TOO_DEEP, FEDPOL_E_TOO_LONG if the payload as a whole is beyond a limit;
 *         FEDPOL_E_INVALID; FEDPOL_E_STATE if the cluster was removed; FEDPOL_E_FORKED;
 *         FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_cluster_feed(fedpol_cluster *cluster, const void *data, size_t size,
                                   fedpol_error **ret_error);

/**
 * Feeds one whole payload of YAML: any number of documents, each an object or a List. Anchors and
 * aliases are refused. Documents that stand complete before an error have been taken.
 *
 * @param cluster the cluster, borrowed
 * @param data the bytes, not kept; may be NULL if @p size is 0
 * @param size how many
 * @param ret_error NULL, or receives the story, with document and line
 * @return as fedpol_cluster_feed()
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_cluster_feed_yaml(fedpol_cluster *cluster, const void *data, size_t size,
                                        fedpol_error **ret_error);

/**
 * Begins a payload of JSON that comes in chunks of any size, such as the body of an HTTP response.
 * Memory is that of one object, whatever the size of the payload. Several feeds of one cluster may
 * be open at a time.
 *
 * @param cluster the cluster; the feed holds a reference to it
 * @param api_version of objects that do not name one, such as "v1"; copied; NULL for none
 * @param kind of objects that do not name one, such as "Pod"; copied; NULL for none
 * @param ret_feed receives the feed, which the caller frees with fedpol_feed_free(); untouched on
 *        failure
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_STATE if the cluster was removed; FEDPOL_E_FORKED;
 *         FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_feed_new(fedpol_cluster *cluster, const char *api_version, const char *kind,
                               fedpol_feed **ret_feed);

/**
 * Feeds the next chunk. Objects are taken as soon as they are complete.
 *
 * @param feed the feed, borrowed
 * @param data the bytes, not kept; may be NULL if @p size is 0
 * @param size how many
 * @param ret_error NULL, or receives the story, with the byte offset from the feed's begin
 * @return as fedpol_cluster_feed(), but that there are too many objects is told by the finish;
 *         FEDPOL_E_STATE also after a failure or the finish
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_feed_write(fedpol_feed *feed, const void *data, size_t size,
                                 fedpol_error **ret_error);

/**
 * Says that no more chunks come.
 *
 * @param feed the feed, borrowed; only fedpol_feed_free() may follow
 * @param ret_error NULL, or receives the story
 * @return as fedpol_cluster_feed(); FEDPOL_E_PARSE if an object or a List is incomplete;
 *         FEDPOL_E_STATE also after a failure or the finish
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_feed_finish(fedpol_feed *feed, fedpol_error **ret_error);

/**
 * Frees a feed, finished or not. Objects that it completed stay.
 *
 * @param feed given up by the caller; NULL does nothing
 * @return NULL
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API fedpol_feed *fedpol_feed_free(fedpol_feed *feed);

/**
 * Reads a folder of manifests, with its sub-folders: files whose names end in .yaml, .yml or
 * .json, in the order of their names; hidden ones are left out. Symbolic links are followed, no
 * folder is read twice. The folder is taken for all that the cluster has: what an earlier load
 * brought and this one does not is removed, and the cluster is in sync afterwards.
 *
 * A file that cannot be read, or is no manifest, gives a diagnostic that names the file, the
 * document and the line, and the rest is read; in that case nothing is removed, since the missing
 * objects may be in that file. Two definitions of one object give a diagnostic; the last counts.
 *
 * @param cluster the cluster, borrowed
 * @param path of the folder, not kept
 * @param ret_error NULL, or receives the story
 * @return 0; FEDPOL_E_NOT_FOUND if there is no such folder; FEDPOL_E_IO if it is not a folder or
 *         can't be read at all; FEDPOL_E_LIMIT if there are too many files or objects;
 *         FEDPOL_E_INVALID; FEDPOL_E_STATE if the cluster was removed; FEDPOL_E_FORKED;
 *         FEDPOL_E_NOMEM (what was read so far has been taken)
 *
 * Threads: context-bound; blocks on the file system. @since 0.1
 */
FEDPOL_API int fedpol_cluster_load_dir(fedpol_cluster *cluster, const char *path,
                                       fedpol_error **ret_error);

/**
 * Says that a full list of a kind begins. Old objects stay in force; those that are not fed again
 * go away with fedpol_cluster_end_resync(). Another begin starts the list anew.
 *
 * @param cluster the cluster, borrowed
 * @param api_version of the kind, such as "networking.k8s.io/v1"; NULL together with @p kind
 * @param kind such as "NetworkPolicy"; NULL for all kinds at once
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_UNSUPPORTED if the library does not know the kind;
 *         FEDPOL_E_STATE if the cluster was removed; FEDPOL_E_FORKED
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_cluster_begin_resync(fedpol_cluster *cluster, const char *api_version,
                                           const char *kind);

/**
 * Says that the full list of a kind is complete, and removes what was not in it.
 *
 * @param cluster the cluster, borrowed
 * @param api_version as at the begin
 * @param kind as at the begin
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_UNSUPPORTED if the library does not know the kind;
 *         FEDPOL_E_STATE without a begin, or if the cluster was removed; FEDPOL_E_FORKED;
 *         FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_cluster_end_resync(fedpol_cluster *cluster, const char *api_version,
                                         const char *kind);

/**
 * Says that all that the cluster has is known now (its initial lists are complete), and that it
 * is followed from here on. Until then verdicts that depend on it are undecidable.
 *
 * @param cluster the cluster, borrowed
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_STATE if it was removed; FEDPOL_E_FORKED
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_cluster_set_synced(fedpol_cluster *cluster);

/**
 * Says that the cluster is no longer followed. Its data stays in force and grows old.
 *
 * @param cluster the cluster, borrowed
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_STATE if it was removed; FEDPOL_E_FORKED
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_cluster_set_lost(fedpol_cluster *cluster);

/**
 * Sets how long endpoints of a remote cluster that was lost stay members of sets. Without a time
 * they stay for ever, as Calico has it. Members of sets that deny and of those that allow have each
 * a time of their own, since taking them away narrows the one and widens the other; a rule's
 * negated selector counts for the opposite of its action. Verdicts follow. They are back when the
 * cluster is in sync again. The time counts from when it was last in sync; a cluster that never was
 * has nothing to withdraw. Back ends have fedpol_cluster_set_backend_timeout(). Takes effect with
 * the next commit.
 *
 * @param cluster the cluster, borrowed; no effect on a local one
 * @param use FEDPOL_USE_ALLOW or FEDPOL_USE_DENY (sets.h)
 * @param milliseconds from 0; -1, the default: they stay
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_STATE if it was removed; FEDPOL_E_FORKED
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_cluster_set_endpoint_timeout(fedpol_cluster *cluster, int use,
                                                   int64_t milliseconds);

#ifdef __cplusplus
}
#endif
#endif
