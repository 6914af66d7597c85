/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDPOL_H
#define FEDPOL_H

/**
 * @file
 * libfedpol: network policy across clusters. Objects of one local and any number of remote
 * Kubernetes clusters go in; the selectors and policies of the local cluster are calculated over
 * the endpoints of all of them; rules for the kernel, members of address sets and verdicts come
 * out. The library does no networking and applies nothing.
 *
 * This header includes all others. Read them in this order:
 *
 * - error.h: the codes that every call may answer with
 * - context.h: the root object, options, and the one file descriptor
 * - cluster.h: clusters, and how their objects come in
 * - event.h: what happened
 * - delta.h: commits, and what each changed
 * - query.h: endpoints, policies, diagnostics, clusters
 * - sets.h: address sets with their members
 * - verdict.h: may this flow pass, and why
 * - ruleset.h: rules as text
 * - selector.h: the selector language by itself
 * - alloc.h, version.h, macros.h: the small rest
 *
 * Rules that hold everywhere:
 *
 * - Results come back through the last parameters, named `ret_...`. They are set on success and
 *   untouched on failure.
 * - What a call hands out through `ret_...`, the caller gives back with the `_unref` or `_free` of
 *   its type; these accept NULL and return NULL. A `const char *` belongs to the object that it
 *   was asked of. The library never frees an argument.
 * - Context-bound calls are made by one thread at a time for each context. Results are immutable
 *   and may be read by any number of threads.
 *
 * @code
 * fedpol_context *context = NULL;
 * fedpol_cluster *east = NULL;
 * fedpol_cluster *west = NULL;
 * fedpol_renderer *renderer = NULL;
 * fedpol_ruleset *ruleset = NULL;
 *
 * if (fedpol_context_new(&context) == 0 &&
 *     fedpol_cluster_new(context, "east", FEDPOL_ROLE_LOCAL, &east, NULL) == 0 &&
 *     fedpol_cluster_new(context, "west", FEDPOL_ROLE_REMOTE, &west, NULL) == 0 &&
 *     fedpol_cluster_load_dir(east, "manifests/east", NULL) == 0 &&
 *     fedpol_cluster_load_dir(west, "manifests/west", NULL) == 0 &&
 *     fedpol_renderer_new(context, NULL, &renderer, NULL) == 0 &&
 *     fedpol_renderer_full(renderer, &ruleset) == 0)
 *     puts(fedpol_ruleset_get_text(ruleset, NULL));
 * ruleset = fedpol_ruleset_unref(ruleset);
 * renderer = fedpol_renderer_unref(renderer);
 * west = fedpol_cluster_unref(west);
 * east = fedpol_cluster_unref(east);
 * context = fedpol_context_unref(context);
 * @endcode
 */

#include <fedpol/alloc.h>
#include <fedpol/cluster.h>
#include <fedpol/context.h>
#include <fedpol/delta.h>
#include <fedpol/error.h>
#include <fedpol/event.h>
#include <fedpol/guard.h>
#include <fedpol/macros.h>
#include <fedpol/query.h>
#include <fedpol/request.h>
#include <fedpol/ruleset.h>
#include <fedpol/selector.h>
#include <fedpol/services.h>
#include <fedpol/sets.h>
#include <fedpol/source.h>
#include <fedpol/verdict.h>
#include <fedpol/version.h>

#endif
