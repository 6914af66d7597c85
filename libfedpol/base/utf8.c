/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/utf8.h"

static bool continues(fp_str s, size_t from, size_t to)
{
    if (s.len < to)
        return false;
    for (size_t i = from; i < to; i++)
        if (((unsigned char)s.ptr[i] & 0xc0) != 0x80)
            return false;
    return true;
}

size_t fp_utf8_width(fp_str s)
{
    unsigned char a;
    unsigned char b;

    if (s.len == 0)
        return 0;
    a = (unsigned char)s.ptr[0];
    if (a < 0x80)
        return 1;
    b = s.len > 1 ? (unsigned char)s.ptr[1] : 0;
    if (a >= 0xc2 && a <= 0xdf)
        return continues(s, 1, 2) ? 2 : 0;
    if (a >= 0xe0 && a <= 0xef) {
        if ((a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f))
            return 0;
        return continues(s, 1, 3) ? 3 : 0;
    }
    if (a >= 0xf0 && a <= 0xf4) {
        if ((a == 0xf0 && b < 0x90) || (a == 0xf4 && b > 0x8f))
            return 0;
        return continues(s, 1, 4) ? 4 : 0;
    }
    return 0;
}

bool fp_utf8_valid(fp_str s)
{
    for (size_t i = 0; i < s.len;) {
        size_t width = fp_utf8_width(fp_str_sub(s, i, s.len));

        if (width == 0)
            return false;
        i += width;
    }
    return true;
}
