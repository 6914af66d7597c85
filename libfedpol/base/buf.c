/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/buf.h"

#include <stdio.h>

#include "libfedpol/base/alloc.h"
#include "libfedpol/base/utf8.h"

void fp_buf_done(fp_buf *buf)
{
    fp_free(buf->data);
    *buf = (fp_buf){0};
}

void fp_buf_clear(fp_buf *buf)
{
    buf->len = 0;
    buf->error = 0;
    if (buf->data)
        buf->data[0] = '\0';
}

int fp_buf_reserve(fp_buf *buf, size_t extra)
{
    size_t need;
    size_t cap = buf->cap ? buf->cap : 64;
    char *grown;

    if (buf->error)
        return buf->error;
    if (fp_add_overflow(buf->len, extra, &need) || fp_add_overflow(need, 1, &need))
        return buf->error = FEDPOL_E_NOMEM;
    if (need <= buf->cap)
        return 0;
    while (cap < need)
        if (fp_mul_overflow(cap, 2, &cap))
            return buf->error = FEDPOL_E_NOMEM;
    grown = fp_realloc_array(buf->data, cap, 1);
    if (!grown)
        return buf->error = FEDPOL_E_NOMEM;
    buf->data = grown;
    buf->cap = cap;
    return 0;
}

void fp_buf_add(fp_buf *buf, fp_str s)
{
    if (fp_buf_reserve(buf, s.len) < 0)
        return;
    if (s.len)
        memcpy(buf->data + buf->len, s.ptr, s.len);
    buf->len += s.len;
    buf->data[buf->len] = '\0';
}

void fp_buf_puts(fp_buf *buf, const char *text)
{
    fp_buf_add(buf, fp_str_of(text));
}

void fp_buf_putc(fp_buf *buf, char c)
{
    fp_buf_add(buf, fp_str_n(&c, 1));
}

void fp_buf_put_u64(fp_buf *buf, uint64_t value)
{
    char digits[20];
    size_t n = sizeof(digits);

    do {
        digits[--n] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    fp_buf_add(buf, fp_str_n(digits + n, sizeof(digits) - n));
}

void fp_buf_put_i64(fp_buf *buf, int64_t value)
{
    uint64_t magnitude = value < 0 ? ~(uint64_t)value + 1 : (uint64_t)value;

    if (value < 0)
        fp_buf_putc(buf, '-');
    fp_buf_put_u64(buf, magnitude);
}

void fp_buf_vprintf(fp_buf *buf, const char *format, va_list args)
{
    va_list again;
    int need;

    if (buf->error)
        return;
    va_copy(again, args);
    need = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (need < 0 || fp_buf_reserve(buf, (size_t)need) < 0)
        return;
    (void)vsnprintf(buf->data + buf->len, (size_t)need + 1, format, args);
    buf->len += (size_t)need;
}

void fp_buf_printf(fp_buf *buf, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fp_buf_vprintf(buf, format, args);
    va_end(args);
}

static void put_json_ascii(fp_buf *buf, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char *const named[] = {
        ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n",  ['\f'] = "\\f",
        ['\r'] = "\\r", ['"'] = "\\\"", ['\\'] = "\\\\",
    };
    char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

    if (c < FP_ARRAY_LEN(named) && named[c])
        fp_buf_puts(buf, named[c]);
    else if (c < 0x20 || c == 0x7f)
        fp_buf_add(buf, fp_str_n(escape, sizeof(escape)));
    else
        fp_buf_putc(buf, (char)c);
}

/* Where bytes that stand for themselves end. */
static size_t end_of_plain(fp_str s, size_t from)
{
    while (from < s.len && s.ptr[from] >= ' ' && s.ptr[from] < '\x7f' && s.ptr[from] != '"' &&
           s.ptr[from] != '\\')
        from++;
    return from;
}

void fp_buf_put_json(fp_buf *buf, fp_str s)
{
    fp_buf_putc(buf, '"');
    for (size_t i = 0; i < s.len;) {
        size_t end = end_of_plain(s, i);
        size_t width;

        fp_buf_add(buf, fp_str_sub(s, i, end));
        i = end;
        if (i == s.len)
            break;
        width = fp_utf8_width(fp_str_sub(s, i, s.len));
        if (width == 1)
            put_json_ascii(buf, (unsigned char)s.ptr[i]);
        else if (width == 0)
            fp_buf_puts(buf, "\\ufffd");
        else
            fp_buf_add(buf, fp_str_sub(s, i, i + width));
        i += width ? width : 1;
    }
    fp_buf_putc(buf, '"');
}

void fp_buf_put_quoted(fp_buf *buf, fp_str s, size_t max)
{
    fp_str shown = fp_str_sub(s, 0, max);

    fp_buf_putc(buf, '"');
    for (size_t i = 0; i < shown.len; i++) {
        unsigned char c = (unsigned char)shown.ptr[i];

        if (c == '"' || c == '\\')
            fp_buf_printf(buf, "\\%c", c);
        else if (c < 0x20 || c >= 0x7f)
            fp_buf_printf(buf, "\\x%02x", c);
        else
            fp_buf_putc(buf, (char)c);
    }
    fp_buf_puts(buf, shown.len < s.len ? "...\"" : "\"");
}

char *fp_buf_steal(fp_buf *buf, size_t *ret_len)
{
    char *data;

    if (fp_buf_reserve(buf, 0) < 0) {
        fp_buf_done(buf);
        return NULL;
    }
    data = buf->data;
    data[buf->len] = '\0';
    if (ret_len)
        *ret_len = buf->len;
    *buf = (fp_buf){0};
    return data;
}
