/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_WIRE_JSON_TEXT_H
#define FP_WIRE_JSON_TEXT_H

/* The rules for JSON strings that yajl does not enforce, and keys as the scanner compares them. */

#include "libfedpol/wire/tree.h"

/*
 * Checks that TEXT is UTF-8 (RFC 3629) and that its \u escapes are neither NUL nor half of a
 * surrogate pair. True, or *RET says what is wrong and where.
 */
bool fp_json_check_text(fp_str text, fp_wire_fault *ret);

/*
 * Decodes RAW, what stands between the quotes of a string, to BUF of at least RAW.len bytes.
 * False if an escape is not one.
 */
bool fp_json_unescape(fp_str raw, char *buf, size_t *ret_len);

#endif
