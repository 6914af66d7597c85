/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDPOL_CONTEXT_H
#define FEDPOL_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <fedpol/error.h>
#include <fedpol/macros.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @file
 * The context: the root that clusters, renderers and queries hang on, its options, and the one
 * file descriptor by which it fits into any event loop.
 *
 * A program makes a context, sets options, adds clusters (cluster.h), and then, whenever the file
 * descriptor is readable, calls fedpol_context_process() and pulls events (event.h) until there is
 * none. There are no callbacks but the log sink, no threads, no signals. The descriptor stays
 * readable while anything is left to do, so a program that does one thing a turn loses nothing.
 *
 * Options are set before the first cluster is added; afterwards the setters answer
 * FEDPOL_E_STATE. After a fork() the context belongs to the parent: in the child every call but
 * the unref functions answers FEDPOL_E_FORKED (or NULL).
 *
 * @code
 * fedpol_context *context = NULL;
 *
 * if (fedpol_context_new(&context) == 0 && fedpol_context_set_node(context, "node-1") == 0) {
 *     struct pollfd fd = {fedpol_context_get_fd(context), POLLIN, 0};
 *
 *     if (poll(&fd, 1, 0) > 0)
 *         fedpol_context_process(context);
 * }
 * context = fedpol_context_unref(context);
 * @endcode
 */

/** The root object. Opaque, reference-counted, context-bound. @since 0.1 */
typedef struct fedpol_context fedpol_context;

/** Which clusters the selectors of rules see. @since 0.1 */
enum fedpol_scope {
    FEDPOL_SCOPE_ALL = 0,  /**< every cluster: Calico's meaning, the default */
    FEDPOL_SCOPE_LOCAL = 1 /**< positive selectors of Allow and Pass rules see the local cluster
                                alone, unless they name the cluster label */
};

/** What becomes of a rule that is not understood. @since 0.1 */
enum fedpol_unknown_rules {
    FEDPOL_UNKNOWN_RULES_FAIL_CLOSED = 0, /**< Allow matches nothing, Deny and Pass deny all */
    FEDPOL_UNKNOWN_RULES_IGNORE = 1       /**< it matches nothing, whatever its action */
};

/** Limits on what comes from outside. Each has a default and is never 0. @since 0.1 */
enum fedpol_limit {
    FEDPOL_LIMIT_OBJECT_BYTES = 1,   /**< bytes of one object as fed: 8 MiB */
    FEDPOL_LIMIT_KEPT_BYTES = 2,     /**< bytes of one object that are looked at: 4 MiB */
    FEDPOL_LIMIT_DEPTH = 3,          /**< levels of nesting: 64 */
    FEDPOL_LIMIT_MEMBERS = 4,        /**< members of one object or array: 200,000 */
    FEDPOL_LIMIT_DEFERRED_BYTES = 5, /**< items that wait for the kind of their List: 16 MiB */
    FEDPOL_LIMIT_OBJECTS = 20,       /**< objects kept of one cluster: 2,000,000 */
    FEDPOL_LIMIT_DIAGNOSTICS = 21,   /**< diagnostics kept of one cluster: 10,000 */
    FEDPOL_LIMIT_LABELS = 40,        /**< labels of one object: 1,000 */
    FEDPOL_LIMIT_LABEL_BYTES = 41,   /**< bytes of one label name or value: 1,024 */
    FEDPOL_LIMIT_RULES = 42,         /**< rules of one policy and direction: 1,024 */
    FEDPOL_LIMIT_LIST = 43,          /**< entries of one list inside a rule: 100,000 */
    FEDPOL_LIMIT_FILE_BYTES = 60,    /**< bytes of one manifest file: 256 MiB */
    FEDPOL_LIMIT_FILES = 61          /**< files of one manifest folder: 100,000 */
};

/** How much a log line matters. @since 0.1 */
enum fedpol_log_level {
    FEDPOL_LOG_ERROR = 1,   /**< something does not work */
    FEDPOL_LOG_WARNING = 2, /**< something works, but not as it should */
    FEDPOL_LOG_INFO = 3,    /**< a change of state */
    FEDPOL_LOG_DEBUG = 4    /**< for the study of one problem */
};

/**
 * The log sink. Called only from inside calls on its context; it must not call the library, but
 * for fedpol_context_wake().
 *
 * @param user_data as given to fedpol_context_set_log()
 * @param level one of enum fedpol_log_level; expect values that you do not know
 * @param component what speaks, such as "cluster"; static
 * @param message one line without newline, harmless to print; valid during the call
 *
 * @since 0.1
 */
typedef void (*fedpol_log_fn)(void *user_data, int level, const char *component,
                              const char *message);

/**
 * Makes a context without clusters.
 *
 * @param ret_context receives a reference that the caller gives back with
 *        fedpol_context_unref(); untouched on failure
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_IO if the system gives no file descriptor;
 *         FEDPOL_E_NOMEM
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API int fedpol_context_new(fedpol_context **ret_context);

/**
 * Takes one more reference.
 *
 * @param context NULL gives NULL
 * @return @p context
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API fedpol_context *fedpol_context_ref(fedpol_context *context);

/**
 * Gives one reference back. The last one frees the context, its clusters and its descriptor.
 * Clusters and renderers that the caller still holds keep the context alive, so the order in which
 * things are given back does not matter. Results of queries do not need the context at all.
 *
 * @param context given up by the caller; NULL does nothing
 * @return NULL
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API fedpol_context *fedpol_context_unref(fedpol_context *context);

/**
 * Names the node whose endpoints are enforced. Without a name every local endpoint counts as being
 * on this node.
 *
 * @param context the context, borrowed
 * @param node name as in spec.nodeName of its pods, copied; NULL or "" for none
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_STATE after the first cluster; FEDPOL_E_FORKED;
 *         FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_set_node(fedpol_context *context, const char *node);

/**
 * Gives every endpoint a label that names its cluster. Labels of that key which come with an
 * object are replaced, so it cannot be forged.
 *
 * @param context the context, borrowed
 * @param key of the label, copied; NULL or "" for no such label, the default
 * @return 0; FEDPOL_E_INVALID if it is not a label name; FEDPOL_E_STATE after the first cluster;
 *         FEDPOL_E_FORKED; FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_set_cluster_label(fedpol_context *context, const char *key);

/**
 * Chooses which clusters the selectors of rules see.
 *
 * @param context the context, borrowed
 * @param scope one of enum fedpol_scope
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_STATE after the first cluster; FEDPOL_E_FORKED;
 *         FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_set_scope(fedpol_context *context, int scope);

/**
 * Chooses what becomes of rules that are not understood. Both ways leave a diagnostic.
 *
 * @param context the context, borrowed
 * @param choice one of enum fedpol_unknown_rules
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_STATE after the first cluster; FEDPOL_E_FORKED;
 *         FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_set_unknown_rules(fedpol_context *context, int choice);

/**
 * Chooses what an address means that a local and a remote endpoint both claim: by default the
 * local one alone; with the union every owner counts.
 *
 * @param context the context, borrowed
 * @param on true for the union
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_STATE after the first cluster; FEDPOL_E_FORKED;
 *         FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_set_union_identity(fedpol_context *context, bool on);

/**
 * Sets the prefix of the interface names that the network plugin gives to pods.
 *
 * @param context the context, borrowed
 * @param prefix 1 to 4 letters, digits, '-', '_', copied; NULL for the default, "cali"
 * @return 0; FEDPOL_E_INVALID; FEDPOL_E_STATE after the first cluster; FEDPOL_E_FORKED;
 *         FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_set_interface_prefix(fedpol_context *context, const char *prefix);

/**
 * Sets one limit.
 *
 * @param context the context, borrowed
 * @param limit one of enum fedpol_limit
 * @param value the limit; 0 restores the default
 * @return 0; FEDPOL_E_INVALID if the limit is unknown or the value beyond what can be counted;
 *         FEDPOL_E_STATE after the first cluster; FEDPOL_E_FORKED; FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_set_limit(fedpol_context *context, int limit, uint64_t value);

/**
 * Gives one limit.
 *
 * @param context the context, borrowed
 * @param limit one of enum fedpol_limit
 * @return the value in force; 0 for an unknown limit or NULL
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API uint64_t fedpol_context_get_limit(const fedpol_context *context, int limit);

/**
 * Fixes the key of the hash tables, which is random otherwise. No result depends on it; tests use
 * it to prove that.
 *
 * @param context the context, borrowed
 * @param seed 16 bytes, copied
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_STATE after the first cluster; FEDPOL_E_FORKED;
 *         FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_set_hash_seed(fedpol_context *context, const uint8_t *seed);

/**
 * Sets or removes the log sink. Allowed at any time; without one nothing is logged.
 *
 * @param context the context, borrowed
 * @param log called for each line; NULL for no log
 * @param user_data handed to @p log, otherwise untouched; the caller keeps it alive
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_FORKED
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_set_log(fedpol_context *context, fedpol_log_fn log, void *user_data);

/**
 * Stops the clock of the context at a time of the caller's, by which ages are reckoned. Allowed at
 * any time; for simulations and tests.
 *
 * @param context the context, borrowed
 * @param time_ms milliseconds from any start, 0 or more; negative: the system's monotonic clock
 *        again
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_FORKED
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_set_time(fedpol_context *context, int64_t time_ms);

/**
 * Gives the file descriptor to wait on for reading. It is the same for the life of the context,
 * close-on-exec, and fit for poll, select, epoll and every event loop that builds on these. It is
 * readable while fedpol_context_process() or fedpol_context_next_event() has anything to do.
 *
 * @param context the context, borrowed
 * @return the descriptor, owned by the context: don't read, write or close it; FEDPOL_E_INVALID
 *         for NULL; FEDPOL_E_FORKED
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_get_fd(const fedpol_context *context);

/**
 * Does what there is to do and never blocks: takes in what API servers said, a few MiB at a time,
 * and commits changes, so that what they lead to can be pulled as events. A commit is done as a
 * whole; what it costs follows from what changed.
 *
 * @param context the context, borrowed
 * @return 1 if something is left to do, such as events to pull; 0 if not; FEDPOL_E_INVALID for
 *         NULL; FEDPOL_E_FORKED; FEDPOL_E_NOMEM (nothing is lost, the next call tries again)
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_context_process(fedpol_context *context);

/**
 * Waits until the descriptor is readable, then processes: a loop for programs that have none.
 *
 * @param context the context, borrowed
 * @param timeout_ms how long at most; 0 not at all; negative without end
 * @return as fedpol_context_process(), which it calls; FEDPOL_E_INVALID for NULL;
 *         FEDPOL_E_IO; FEDPOL_E_FORKED; FEDPOL_E_NOMEM. A signal ends the wait early
 *
 * Threads: context-bound; see fedpol_context_wake(). @since 0.1
 */
FEDPOL_API int fedpol_context_wait(fedpol_context *context, int timeout_ms);

/**
 * Makes the descriptor readable until the next fedpol_context_process(), so that a wait elsewhere
 * comes back. Many wakes before one process count as one.
 *
 * @param context the context, which the caller's references keep alive; NULL does nothing
 *
 * Threads: any; async-signal-safe. The only call that may run beside another on its context.
 * @since 0.1
 */
FEDPOL_API void fedpol_context_wake(fedpol_context *context);

#ifdef __cplusplus
}
#endif
#endif
