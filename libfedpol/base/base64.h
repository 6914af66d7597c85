/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_BASE_BASE64_H
#define FP_BASE_BASE64_H

/*
 * RFC 4648. Encoding in the URL alphabet without padding, for ids; decoding of the standard
 * alphabet, strict: padding required, no line breaks, unused bits zero.
 */

#include "libfedpol/base/buf.h"

/* Characters that LEN bytes need, without a final NUL. */
#define FP_BASE64URL_LEN(len) (((len)*4 + 2) / 3)

/* Writes FP_BASE64URL_LEN(len) characters and a NUL. */
void fp_base64url_encode(const void *data, size_t len, char *ret_text);
/* Appends the decoded bytes; FEDPOL_E_PARSE (nothing appended) or FEDPOL_E_NOMEM on failure. */
int fp_base64_decode(fp_str text, fp_buf *ret_bytes);

#endif
