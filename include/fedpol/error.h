/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDPOL_ERROR_H
#define FEDPOL_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <fedpol/macros.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @file
 * Errors: one closed list of negative codes, and an object with the story of one failure.
 *
 * Every call that can fail returns an `int`: 0 or more on success, one of enum fedpol_error_code
 * on failure. Calls whose failure has a story to tell (a selector that does not parse, bytes that
 * are not an object) also take a `fedpol_error **ret_error` as their last parameter. It may be
 * NULL. On failure it receives an object that the caller frees with fedpol_error_free(); on
 * success it is not touched. There is no "last error" in a thread or a context.
 *
 * @code
 * fedpol_error *error = NULL;
 * fedpol_selector *selector = NULL;
 * if (fedpol_selector_parse("app == ", &selector, &error) < 0)
 *     puts(fedpol_error_get_message(error));
 * error = fedpol_error_free(error);
 * @endcode
 */

/** What went wrong. Numbers are never reused; callers must expect codes that they do not know. */
enum fedpol_error_code {
    FEDPOL_OK = 0,          /**< success */
    FEDPOL_E_NOMEM = -1,    /**< an allocation failed; nothing was changed */
    FEDPOL_E_INVALID = -2,  /**< an argument is outside what the call documents */
    FEDPOL_E_ABI = -3,      /**< a sized struct has a size or a tail that this library can't read */
    FEDPOL_E_STATE = -4,    /**< the call is not allowed in the object's present state */
    FEDPOL_E_PARSE = -5,    /**< the input does not follow its grammar */
    FEDPOL_E_TOO_LONG = -6, /**< the input is longer than a limit allows */
    FEDPOL_E_TOO_DEEP = -7, /**< the input is nested deeper than a limit allows */
    FEDPOL_E_LIMIT = -8,    /**< a configured limit on a count or on bytes is reached */
    FEDPOL_E_NOT_FOUND = -9,    /**< the named thing does not exist */
    FEDPOL_E_EXISTS = -10,      /**< a thing of that name exists already */
    FEDPOL_E_UNSUPPORTED = -11, /**< understood, but not supported by this version */
    FEDPOL_E_IO = -12,          /**< the operating system refused a read, write or wait */
    FEDPOL_E_FORKED = -13,      /**< the context belongs to the parent of this process */
    FEDPOL_E_BAD_OBJECT = -14, /**< an object was readable but is not valid; it alone was refused */
    FEDPOL_E_INTERNAL = -15    /**< a defect in this library; please report it */
};

/** Details of one failure. Opaque; owned by whoever received it. @since 0.1 */
typedef struct fedpol_error fedpol_error;

/**
 * Says what a code means, in one short English sentence without a final dot.
 *
 * @param code any int; an unknown one gives "unknown error"
 * @return a static string, never NULL
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API const char *fedpol_strerror(int code);

/**
 * Gives the identifier of a code, such as "FEDPOL_E_NOMEM".
 *
 * @param code any int; an unknown one gives "FEDPOL_E_UNKNOWN"
 * @return a static string, never NULL
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API const char *fedpol_error_name(int code);

/**
 * Gives the code of a failure.
 *
 * @param error the failure; NULL counts as success
 * @return one of enum fedpol_error_code
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int fedpol_error_get_code(const fedpol_error *error);

/**
 * Gives the message of a failure: one line of English that says what was wrong and what was
 * expected. Names that came from outside are quoted and cut to a bounded length.
 *
 * @param error the failure; NULL gives ""
 * @return a string owned by @p error, valid until it is freed; never NULL
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_error_get_message(const fedpol_error *error);

/**
 * Gives the place of a failure, such as "cluster=west kind=Pod namespace=shop name=db-0
 * path=spec.containers[0]".
 *
 * @param error the failure; NULL gives ""
 * @return a string owned by @p error, valid until it is freed; never NULL, "" if no place is known
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API const char *fedpol_error_get_where(const fedpol_error *error);

/**
 * Gives the byte of the input at which a failure was noticed, counted from 0.
 *
 * @param error the failure
 * @return the offset, or -1 if @p error is NULL or the failure has none
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API int64_t fedpol_error_get_offset(const fedpol_error *error);

/**
 * Tells whether the same call may succeed later without a change of its arguments.
 *
 * @param error the failure; NULL gives false
 * @return true for failures such as FEDPOL_E_NOMEM and FEDPOL_E_IO
 *
 * Threads: any, the object is immutable. @since 0.1
 */
FEDPOL_API bool fedpol_error_is_retriable(const fedpol_error *error);

/**
 * Frees a failure.
 *
 * @param error the failure, given up by the caller; NULL does nothing
 * @return NULL, so that `error = fedpol_error_free(error)` leaves nothing dangling
 *
 * Threads: any, but one at a time for one object. @since 0.1
 */
FEDPOL_API fedpol_error *fedpol_error_free(fedpol_error *error);

#ifdef __cplusplus
}
#endif
#endif
