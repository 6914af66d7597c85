/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_BASE_UTF8_H
#define FP_BASE_UTF8_H

/* Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */

#include "libfedpol/base/str.h"

/* Bytes of the character that S starts with: 1 to 4, or 0 if S is empty or not UTF-8 there. */
size_t fp_utf8_width(fp_str s);
bool fp_utf8_valid(fp_str s);

#endif
