/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_GZIP_H
#define FP_GZIP_H

#include "libfedpol/base/buf.h"

/* Adds TEXT to GZIP, packed as tightly as can be. */
void fp_gzip_pack(fp_str text, fp_buf *gzip);

#endif
