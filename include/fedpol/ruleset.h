/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDPOL_RULESET_H
#define FEDPOL_RULESET_H

#include <stdbool.h>
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
 * Rules as text for the kernel. A renderer turns what the context calculated into one atomic
 * transaction for `nft -f -`: the whole ruleset, or the smallest change since the text that it
 * gave last. It never runs anything. The same state gives the same bytes, whatever the order in
 * which the objects came.
 *
 * Full texts with the same hash are the same bytes, so a program can tell by it whether a node has
 * what another one has, or whether anything changed while it was away.
 *
 * @code
 * fedpol_context *context = NULL;
 * fedpol_renderer *renderer = NULL;
 * fedpol_ruleset *ruleset = NULL;
 * fedpol_render_options options;
 *
 * fedpol_render_options_init(&options, sizeof(options));
 * options.dispatch = FEDPOL_DISPATCH_ADDRESS;
 * options.pod_cidrs = "10.65.0.0/24,fd00:65::/64";
 * if (fedpol_context_new(&context) == 0 &&
 *     fedpol_renderer_new(context, &options, &renderer, NULL) == 0 &&
 *     fedpol_renderer_full(renderer, &ruleset) == 0)
 *     fputs(fedpol_ruleset_get_text(ruleset, NULL), stdout);
 * ruleset = fedpol_ruleset_unref(ruleset);
 * renderer = fedpol_renderer_unref(renderer);
 * context = fedpol_context_unref(context);
 * @endcode
 */

/** Turns the calculation into text. Opaque, reference-counted, context-bound. @since 0.1 */
typedef struct fedpol_renderer fedpol_renderer;

/** One rendered text. Opaque, immutable, reference-counted. @since 0.1 */
typedef struct fedpol_ruleset fedpol_ruleset;

/** For which program the text is. @since 0.1 */
enum fedpol_backend {
    FEDPOL_BACKEND_DEFAULT = 0, /**< nft */
    FEDPOL_BACKEND_NFT = 1      /**< `nft -f -` */
};

/** Families of addresses; a set of flags. @since 0.1 */
enum fedpol_family {
    FEDPOL_FAMILY_IPV4 = 1, /**< IPv4 */
    FEDPOL_FAMILY_IPV6 = 2  /**< IPv6 */
};

/** How packets find the chains of their endpoint. @since 0.1 */
enum fedpol_dispatch {
    FEDPOL_DISPATCH_INTERFACE = 0, /**< by the name of the pod's interface on the host */
    FEDPOL_DISPATCH_ADDRESS = 1    /**< by the pod's address */
};

/** What happens to packets of a workload to its host that its egress policy allows. @since 0.1 */
enum fedpol_host_action {
    FEDPOL_HOST_RETURN = 0, /**< later rules of the host decide */
    FEDPOL_HOST_ACCEPT = 1, /**< they pass */
    FEDPOL_HOST_DROP = 2    /**< they are dropped */
};

/** Switches of a rendering; a set of flags. @since 0.1 */
enum fedpol_render_flags {
    FEDPOL_RENDER_REJECT = 1,     /**< Deny answers with an error instead of silence */
    FEDPOL_RENDER_COUNTERS = 2,   /**< each rule counts packets and bytes */
    FEDPOL_RENDER_NO_COMMENTS = 4 /**< rules do not name what they come from */
};

/**
 * How to render. All zeros means the defaults.
 *
 * @since 0.1
 */
typedef struct fedpol_render_options {
    /** sizeof(fedpol_render_options), set by fedpol_render_options_init() */
    size_t struct_size;
    /** enum fedpol_backend */
    uint32_t backend;
    /** enum fedpol_family; 0 means both */
    uint32_t families;
    /** enum fedpol_dispatch */
    uint32_t dispatch;
    /** enum fedpol_host_action */
    uint32_t host_action;
    /** enum fedpol_render_flags */
    uint32_t flags;
    /** priority of our chains in the kernel's hooks, -1000 to 1000 */
    int32_t priority;
    /** lines a second that rules with Log may write; 0 means 5 */
    uint32_t log_rate;
    /** lines at once that rules with Log may write; 0 means 5 */
    uint32_t log_burst;
    /** name of our table; NULL means "fedpol" */
    const char *table;
    /** what rules with Log write before the packet; NULL means "fedpol-packet: " */
    const char *log_prefix;
    /** for dispatch by address: prefixes of this node's pods, separated by commas; NULL: those
     *  that the object of the context's node names, none without node or object. Sources and
     *  destinations inside them that no endpoint owns are dropped; without prefixes they are not */
    const char *pod_cidrs;
} fedpol_render_options;

/**
 * Fills options with their defaults.
 *
 * @param options memory of @p struct_size bytes, owned by the caller; NULL does nothing
 * @param struct_size sizeof(fedpol_render_options) as the caller was compiled
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API void fedpol_render_options_init(fedpol_render_options *options, size_t struct_size);

/**
 * Makes a renderer. A context may have several, with different options; each keeps account of
 * what it gave.
 *
 * @param context the context; a renderer that the caller holds keeps it alive
 * @param options copied; NULL for the defaults
 * @param ret_renderer receives a reference that the caller gives back with
 *        fedpol_renderer_unref(); untouched on failure
 * @param ret_error NULL, or receives the story
 * @return 0; FEDPOL_E_INVALID if an option is outside its range or a name is not safe in a rule;
 *         FEDPOL_E_UNSUPPORTED for an unknown backend; FEDPOL_E_ABI; FEDPOL_E_FORKED;
 *         FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_renderer_new(fedpol_context *context, const fedpol_render_options *options,
                                   fedpol_renderer **ret_renderer, fedpol_error **ret_error);

/**
 * Takes one more reference.
 *
 * @param renderer NULL gives NULL
 * @return @p renderer
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API fedpol_renderer *fedpol_renderer_ref(fedpol_renderer *renderer);

/**
 * Gives one reference back; the last one frees the renderer. Its texts stay valid.
 *
 * @param renderer given up by the caller; NULL does nothing
 * @return NULL
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API fedpol_renderer *fedpol_renderer_unref(fedpol_renderer *renderer);

/**
 * Renders everything, after a commit: a transaction that replaces our table as a whole.
 *
 * @param renderer the renderer, borrowed
 * @param ret_ruleset receives a reference that the caller gives back with fedpol_ruleset_unref();
 *        untouched on failure
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_FORKED; FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_renderer_full(fedpol_renderer *renderer, fedpol_ruleset **ret_ruleset);

/**
 * Renders the change since the text that this renderer gave last, after a commit: sets before the
 * rules that use them, rules before the sets that go away. If memory was too short to note a
 * change, it is everything, which is applied the same way; fedpol_ruleset_is_delta() tells.
 *
 * @param renderer the renderer, borrowed
 * @param ret_ruleset receives a reference that the caller gives back with fedpol_ruleset_unref(),
 *        also if nothing changed (its text is empty then); untouched on failure
 * @return 0; FEDPOL_E_INVALID for NULL; FEDPOL_E_STATE before the first fedpol_renderer_full(),
 *         or if the text before this one was lost to a shortage of memory: render in full then;
 *         FEDPOL_E_FORKED; FEDPOL_E_NOMEM
 *
 * Threads: context-bound. @since 0.1
 */
FEDPOL_API int fedpol_renderer_delta(fedpol_renderer *renderer, fedpol_ruleset **ret_ruleset);

/**
 * Takes one more reference.
 *
 * @param ruleset NULL gives NULL
 * @return @p ruleset
 *
 * Threads: any, the count is atomic. @since 0.1
 */
FEDPOL_API fedpol_ruleset *fedpol_ruleset_ref(fedpol_ruleset *ruleset);

/**
 * Gives one reference back; the last one frees the ruleset.
 *
 * @param ruleset given up by the caller; NULL does nothing
 * @return NULL
 *
 * Threads: any, the count is atomic. @since 0.1
 */
FEDPOL_API fedpol_ruleset *fedpol_ruleset_unref(fedpol_ruleset *ruleset);

/**
 * Gives the text of a ruleset.
 *
 * @param ruleset the ruleset, borrowed
 * @param ret_size NULL, or receives the length without the final NUL
 * @return a string owned by @p ruleset; "" if a delta changes nothing; NULL for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_ruleset_get_text(const fedpol_ruleset *ruleset, size_t *ret_size);

/**
 * Gives the hash of the text: SHA-256, in hex.
 *
 * @param ruleset the ruleset, borrowed
 * @return a string owned by @p ruleset; NULL for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_ruleset_get_hash(const fedpol_ruleset *ruleset);

/**
 * Tells whether a ruleset is a change or everything.
 *
 * @param ruleset the ruleset, borrowed
 * @return true for a change; false for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API bool fedpol_ruleset_is_delta(const fedpol_ruleset *ruleset);

/**
 * Tells how many chains a full ruleset has an account of; deltas have none.
 *
 * @param ruleset the ruleset, borrowed
 * @return the number; 0 for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_ruleset_get_provenance_count(const fedpol_ruleset *ruleset);

/**
 * Gives the name of a chain; the account is sorted by it.
 *
 * @param ruleset the ruleset, borrowed
 * @param index which one, from 0
 * @return a string owned by @p ruleset; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_ruleset_get_provenance_chain(const fedpol_ruleset *ruleset,
                                                           size_t index);

/**
 * Gives what a chain renders, such as "policy NetworkPolicy/shop/a ingress".
 *
 * @param ruleset the ruleset, borrowed
 * @param index which one, from 0
 * @return a string owned by @p ruleset; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_ruleset_get_provenance_source(const fedpol_ruleset *ruleset,
                                                            size_t index);

/**
 * Tells how many addresses have connections that are to be flushed once a delta is in force.
 *
 * @param ruleset the ruleset, borrowed
 * @return the number; 0 for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API size_t fedpol_ruleset_get_departed_count(const fedpol_ruleset *ruleset);

/**
 * Gives an address whose connections are to be flushed, so that its next owner inherits none.
 *
 * @param ruleset the ruleset, borrowed
 * @param index which one, from 0, in the order of addresses
 * @return a string owned by @p ruleset; NULL past the end or for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_ruleset_get_departed(const fedpol_ruleset *ruleset, size_t index);

#ifdef __cplusplus
}
#endif
#endif
