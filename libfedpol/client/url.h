/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_URL_H
#define FP_CLIENT_URL_H

#include "libfedpol/base/buf.h"

/* Appends TEXT percent-encoded: what is left as it is stands for itself anywhere in a URL. */
void fp_url_put_encoded(fp_buf *url, fp_str text);

#endif
