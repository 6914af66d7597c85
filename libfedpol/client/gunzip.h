/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_GUNZIP_H
#define FP_CLIENT_GUNZIP_H

/*
 * A gzip stream, inflated a piece at a time. Curl would inflate all that it received in one go, and
 * that may be a thousand times as much: here the reader decides when it has had enough for now.
 */

#include <stdbool.h>

#include "libfedpol/base/str.h"

typedef struct fp_gunzip fp_gunzip;

/* 0, FEDPOL_E_NOMEM. */
int fp_gunzip_new(fp_gunzip **ret);
fp_gunzip *fp_gunzip_free(fp_gunzip *gunzip);
/* Bytes of the stream, borrowed until fp_gunzip_next() gave 0 or fp_gunzip_keep() was called.
   What was added before must have been inflated. */
void fp_gunzip_add(fp_gunzip *gunzip, fp_str bytes);
/* 1: *RET_TEXT is the next piece, borrowed until the next call; 0: it takes more bytes, or the
   stream is whole; FEDPOL_E_PARSE: this is no gzip stream, or something stands behind it;
   FEDPOL_E_NOMEM. */
int fp_gunzip_next(fp_gunzip *gunzip, fp_str *ret_text);
/* There may be another piece without more bytes. */
bool fp_gunzip_has_more(const fp_gunzip *gunzip);
/* Copies what is left of the bytes that were added. 0, FEDPOL_E_NOMEM. */
int fp_gunzip_keep(fp_gunzip *gunzip);
/* The stream came to its end, and its checksum fits; or nothing came at all. */
bool fp_gunzip_is_whole(const fp_gunzip *gunzip);

#endif
