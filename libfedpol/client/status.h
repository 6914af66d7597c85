/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_STATUS_H
#define FP_CLIENT_STATUS_H

/* Why a server refused: a Status object, or whatever else a proxy or an old server writes. Code and
   reason decide; the message is for people. */

#include "libfedpol/base/buf.h"
#include "libfedpol/wire/value.h"

/* Of an error's body that is looked at. */
#define FP_STATUS_MAX_BYTES (64u << 10)
#define FP_STATUS_MAX_MESSAGE 500u

typedef struct fp_status {
    int code;               /* 0: not said */
    bool expired;           /* reason Expired or Gone */
    bool is_absent;         /* a 404 in the words of an API server: there is no such API */
    bool too_large;         /* a cause says ResourceVersionTooLarge */
    int64_t retry_after_ms; /* -1: not said */
} fp_status;

/* Reads the members of a Status; its message is appended to MESSAGE, one harmless line. */
void fp_status_read(const fp_value *object, fp_status *ret, fp_buf *message);
/* The same from a body of any type. HTTP_CODE stands if the body says none. 0, FEDPOL_E_NOMEM. */
int fp_status_parse(fp_str body, int http_code, fp_status *ret, fp_buf *message);
/* Appends TEXT as one harmless line, cut. */
void fp_status_put_line(fp_buf *message, fp_str text);

#endif
