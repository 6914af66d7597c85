/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDPOL_VERSION_H
#define FEDPOL_VERSION_H

#include <stdint.h>

#include <fedpol/macros.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @file
 * Which version a program was compiled against, and which one it runs with.
 *
 * Versions are MAJOR.MINOR.PATCH. As long as MAJOR is 0 the soname changes when the ABI does;
 * within one soname a newer library runs every program that was built with an older one. What was
 * added when is said by the `since` line of each function and in docs/symbols-in-versions.
 *
 * The macros say what a program was compiled with, the functions what it runs with. A program that
 * needs something newer than its oldest supported library compares the number, then calls.
 *
 * @code
 * if (fedpol_version_number() < FEDPOL_VERSION_NUMBER)
 *     printf("built with %s, runs with the older %s\n", FEDPOL_VERSION, fedpol_version());
 * @endcode
 */

/**
 * Of the headers: the number that changes when programs have to be adapted, which is announced a
 * release ahead.
 */
#define FEDPOL_VERSION_MAJOR 0
/**
 * Of the headers: the number that changes when something was added. While MAJOR is 0 also when
 * programs have to be adapted.
 */
#define FEDPOL_VERSION_MINOR 1
/**
 * Of the headers: the number that changes when something was repaired and nothing else.
 */
#define FEDPOL_VERSION_PATCH 0
/**
 * Of the headers, as text: for messages to people. Programs compare numbers.
 */
#define FEDPOL_VERSION "0.1.0"
/**
 * Of the headers, as one number that grows: MAJOR * 65536 + MINOR * 256 + PATCH.
 */
#define FEDPOL_VERSION_NUMBER 256

/**
 * Gives the version of the library that is loaded, such as "0.1.0".
 *
 * @return a static string, never NULL
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API const char *fedpol_version(void);

/**
 * Gives the version of the library that is loaded, as one number like FEDPOL_VERSION_NUMBER.
 *
 * @return MAJOR * 65536 + MINOR * 256 + PATCH
 *
 * Threads: any. @since 0.1
 */
FEDPOL_API uint32_t fedpol_version_number(void);

#ifdef __cplusplus
}
#endif
#endif
