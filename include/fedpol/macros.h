/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDPOL_MACROS_H
#define FEDPOL_MACROS_H

/**
 * @file
 * The one macro that the other headers need.
 *
 * Everything else in the headers is plain C: types, enums, structs and prototypes, without inline
 * bodies, bit-fields, varargs or macros that take arguments. So a program that reads headers, such
 * as the generator of a language binding, needs nothing but a preprocessor that is told to make
 * this macro empty:
 *
 *     gcc -E -P -D'FEDPOL_API=' -Iinclude include/fedpol/fedpol.h
 */

/**
 * Marks what the shared library exports: with GCC and Clang a visible symbol, whatever the
 * visibility of the rest. A definition from outside is left alone.
 */
#ifndef FEDPOL_API
#if defined(__GNUC__)
#define FEDPOL_API __attribute__((visibility("default")))
#else
#define FEDPOL_API
#endif
#endif

#endif
