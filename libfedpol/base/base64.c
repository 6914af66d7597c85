/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/base64.h"

void fp_base64url_encode(const void *data, size_t len, char *ret_text)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const unsigned char *p = data;
    unsigned bits = 0;
    unsigned held = 0;

    for (size_t i = 0; i < len; i++) {
        bits = (bits << 8) | p[i];
        for (held += 8; held >= 6; held -= 6)
            *ret_text++ = alphabet[(bits >> (held - 6)) & 63];
        bits &= 0xff;
    }
    if (held)
        *ret_text++ = alphabet[(bits << (6 - held)) & 63];
    *ret_text = '\0';
}

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

/* Decodes one group of four; the number of bytes it stands for, or -1. */
static int decode_group(const char *group, bool last, unsigned char ret[3])
{
    int n = 4;
    unsigned bits = 0;

    if (last && group[3] == '=')
        n = group[2] == '=' ? 2 : 3;
    for (int i = 0; i < 4; i++) {
        int value = i < n ? value_of(group[i]) : 0;

        if (value < 0)
            return -1;
        bits = (bits << 6) | (unsigned)value;
    }
    if ((n == 2 && (bits & 0xffff)) || (n == 3 && (bits & 0xff)))
        return -1;
    ret[0] = (unsigned char)(bits >> 16);
    ret[1] = (unsigned char)(bits >> 8);
    ret[2] = (unsigned char)bits;
    return n - 1;
}

int fp_base64_decode(fp_str text, fp_buf *ret_bytes)
{
    size_t start = ret_bytes->len;

    if (text.len % 4 != 0)
        return FEDPOL_E_PARSE;
    for (size_t i = 0; i < text.len; i += 4) {
        unsigned char bytes[3];
        int n = decode_group(text.ptr + i, i + 4 == text.len, bytes);

        if (n < 0) {
            ret_bytes->len = start;
            return FEDPOL_E_PARSE;
        }
        fp_buf_add(ret_bytes, fp_str_n((const char *)bytes, (size_t)n));
    }
    return fp_buf_error(ret_bytes);
}
