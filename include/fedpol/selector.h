/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDPOL_SELECTOR_H
#define FEDPOL_SELECTOR_H

#include <stddef.h>

#include <fedpol/error.h>
#include <fedpol/macros.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @file
 * Selectors: the expressions over labels by which policies pick endpoints, such as
 * `app == 'db' && tier in {'gold', 'silver'} && !has(draft)`. This header stands alone: no context
 * is needed to parse, compare or match selectors.
 *
 * A selector is immutable. Two selectors mean the same to every part of the library if and only if
 * their canonical forms are equal; the id is a digest of the canonical form.
 *
 * @code
 * const char *names[] = {"app", "tier"};
 * const char *values[] = {"db", "gold"};
 * fedpol_selector *selector = NULL;
 *
 * if (fedpol_selector_parse("app == 'db' && has(tier)", &selector, NULL) == 0)
 *     printf("matches: %d\n", fedpol_selector_matches(selector, names, values, 2));
 * selector = fedpol_selector_unref(selector);
 * @endcode
 */

/** A parsed selector. Opaque, immutable, reference-counted. @since 0.1 */
typedef struct fedpol_selector fedpol_selector;

/** Room for the id of any selector, with its final NUL. @since 0.1 */
#define FEDPOL_SELECTOR_ID_SIZE 41

/**
 * Parses a selector. The text may be up to 65,536 bytes long and 256 levels deep; a run of `!`
 * does not nest.
 *
 * @param text the expression, NUL-terminated UTF-8, not kept; the empty text means `all()`
 * @param ret_selector receives a reference that the caller gives back with
 *        fedpol_selector_unref(); untouched on failure
 * @param ret_error NULL, or receives what was expected and at which byte
 * @return 0; FEDPOL_E_PARSE; FEDPOL_E_TOO_LONG; FEDPOL_E_TOO_DEEP; FEDPOL_E_INVALID if an argument
 *         is NULL; FEDPOL_E_NOMEM
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API int fedpol_selector_parse(const char *text, fedpol_selector **ret_selector,
                                     fedpol_error **ret_error);

/**
 * Takes one more reference.
 *
 * @param selector NULL gives NULL
 * @return @p selector
 *
 * Threads: any, the count is atomic. @since 0.1
 */
FEDPOL_API fedpol_selector *fedpol_selector_ref(fedpol_selector *selector);

/**
 * Gives one reference back; the last one frees the selector.
 *
 * @param selector given up by the caller; NULL does nothing
 * @return NULL
 *
 * Threads: any, the count is atomic. @since 0.1
 */
FEDPOL_API fedpol_selector *fedpol_selector_unref(fedpol_selector *selector);

/**
 * Writes the canonical form: one spelling for all selectors that were written differently but are
 * the same expression. It parses back to an equal selector, unless its parentheses and blanks make
 * it longer or deeper than a text may be.
 *
 * @param selector the selector, borrowed
 * @param ret_text receives the form, cut to fit, always with a final NUL; owned by the caller;
 *        may be NULL if @p size is 0
 * @param size bytes of @p ret_text
 * @return the length of the whole form without NUL (if it is @p size or more, it was cut: call
 *         again with more room); FEDPOL_E_INVALID for NULL; FEDPOL_E_LIMIT if that length is beyond
 *         an int; FEDPOL_E_NOMEM
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_selector_get_canonical(const fedpol_selector *selector, char *ret_text,
                                             size_t size);

/**
 * Writes the id, "s:" and 38 characters of a digest of the canonical form. The same selector has
 * the same id in every version and on every machine.
 *
 * @param selector the selector, borrowed
 * @param ret_id receives the id and a final NUL; owned by the caller
 * @param size bytes of @p ret_id, at least FEDPOL_SELECTOR_ID_SIZE
 * @return 0; FEDPOL_E_INVALID for NULL or too little room; FEDPOL_E_NOMEM
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_selector_get_id(const fedpol_selector *selector, char *ret_id, size_t size);

/**
 * Tells whether a set of labels satisfies a selector.
 *
 * @param selector the selector, borrowed
 * @param names label names, @p count of them, borrowed; of two equal ones the first counts
 * @param values their values, in the same order, borrowed
 * @param count how many; 0 for no labels, the arrays may be NULL then
 * @return 1 if it matches; 0 if not; FEDPOL_E_INVALID for NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_selector_matches(const fedpol_selector *selector, const char *const *names,
                                       const char *const *values, size_t count);

#ifdef __cplusplus
}
#endif
#endif
