/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDPOL_MACROS_H
#define FEDPOL_MACROS_H

/**
 * @file
 * The one macro that the other headers need. Bindings define it as empty.
 */

/** Marks what the shared library exports. */
#ifndef FEDPOL_API
#if defined(__GNUC__)
#define FEDPOL_API __attribute__((visibility("default")))
#else
#define FEDPOL_API
#endif
#endif

#endif
