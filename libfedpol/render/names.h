/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_RENDER_NAMES_H
#define FP_RENDER_NAMES_H

/*
 * Names and comments in a ruleset. Objects are called what their owners like; none of that may
 * become syntax or collide. So a name ends in 120 bits of a SHA-256 over the exact identity, before
 * which stands a readable part of harmless letters; and a comment keeps harmless bytes only.
 */

#include "libfedpol/base/buf.h"

#define FP_NAME_HASH_LEN 24u
#define FP_NAME_MAX_PIECES 8u
#define FP_NAME_MAX_READABLE 32u
#define FP_COMMENT_MAX 120u

/* Base 32 in lower case; pieces are hashed with their lengths, so that they can't run together. */
void fp_name_hash(const fp_str *pieces, size_t n, char ret[FP_NAME_HASH_LEN]);
/* PREFIX, the readable parts of the pieces from the second on, joined by '-', and the hash. */
void fp_name_put(fp_buf *buf, const char *prefix, const fp_str *pieces, size_t n);
/* At most FP_COMMENT_MAX bytes; all but letters, digits and a few signs become '_'. */
void fp_comment_put(fp_buf *buf, fp_str text);
/* May stand for an interface in a ruleset: at most 15 bytes, no wildcard, no quote. */
bool fp_name_is_interface(fp_str name);
/* May stand for a table: a letter, then letters, digits, '_' or '-'; at most 64; no word of nft's
   own grammar that would be read as one. */
bool fp_name_is_table(fp_str name);
/* May stand in quotes as the prefix of a log line; at most 64 bytes. */
bool fp_name_is_log_prefix(fp_str text);

#endif
