/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_BASE_BUF_H
#define FP_BASE_BUF_H

/*
 * A growing byte buffer for building text. Failure is sticky: after an allocation fails, further
 * calls do nothing and fp_buf_error() tells; so writers check once, at the end.
 *
 * The bytes are always followed by a NUL that len does not count. An embedded fp_buf starts as
 * all zeros (`fp_buf buf = {0};`) and ends with fp_buf_done().
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "libfedpol/base/check.h"
#include "libfedpol/base/str.h"

typedef struct fp_buf {
    char *data;
    size_t len;
    size_t cap;
    int error; /* 0 or FEDPOL_E_NOMEM */
} fp_buf;

void fp_buf_done(fp_buf *buf);
/* Empties the buffer, keeps its memory, forgets an earlier failure. */
void fp_buf_clear(fp_buf *buf);
/* Makes room for EXTRA bytes; 0 or FEDPOL_E_NOMEM. */
int fp_buf_reserve(fp_buf *buf, size_t extra);
void fp_buf_add(fp_buf *buf, fp_str s);
void fp_buf_puts(fp_buf *buf, const char *text);
void fp_buf_putc(fp_buf *buf, char c);
void fp_buf_put_u64(fp_buf *buf, uint64_t value);
void fp_buf_put_i64(fp_buf *buf, int64_t value);
void fp_buf_printf(fp_buf *buf, const char *format, ...) FP_PRINTF(2, 3);
void fp_buf_vprintf(fp_buf *buf, const char *format, va_list args) FP_PRINTF(2, 0);
/* Adds a JSON string, quoted and escaped; bytes that are not UTF-8 become U+FFFD. */
void fp_buf_put_json(fp_buf *buf, fp_str s);
/*
 * Adds S for a human reader: quoted, control bytes, quotes, backslashes and non-ASCII bytes
 * escaped as \xNN, and cut after MAX bytes with "..." so that a hostile name stays harmless.
 */
void fp_buf_put_quoted(fp_buf *buf, fp_str s, size_t max);

static inline int fp_buf_error(const fp_buf *buf)
{
    return buf->error;
}

static inline fp_str fp_buf_str(const fp_buf *buf)
{
    return (fp_str){buf->data, buf->len};
}

/* Hands the NUL-terminated bytes to the caller (fp_free()); NULL if any call failed. */
char *fp_buf_steal(fp_buf *buf, size_t *ret_len);

#define fp_cleanup_buf __attribute__((cleanup(fp_buf_done)))

#endif
