/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/utf8.h"

#include "libfedpol/base/check.h"

/* By first byte: the width of the character, and the range of its second byte (Unicode table 3-7).
 */
static const struct {
    unsigned char first;
    unsigned char last;
    unsigned char width;
    unsigned char low;
    unsigned char high;
} forms[] = {
    {0x00, 0x7f, 1, 0x00, 0xff}, {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
    {0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
    {0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

static bool continues(fp_str s, size_t width, unsigned char low, unsigned char high)
{
    unsigned char second;

    if (width == 1)
        return true;
    if (s.len < width)
        return false;
    second = (unsigned char)s.ptr[1];
    for (size_t i = 2; i < width; i++)
        if (((unsigned char)s.ptr[i] & 0xc0) != 0x80)
            return false;
    return second >= low && second <= high;
}

size_t fp_utf8_width(fp_str s)
{
    unsigned char first;

    if (s.len == 0)
        return 0;
    first = (unsigned char)s.ptr[0];
    for (size_t i = 0; i < FP_ARRAY_LEN(forms); i++)
        if (first >= forms[i].first && first <= forms[i].last)
            return continues(s, forms[i].width, forms[i].low, forms[i].high) ? forms[i].width : 0;
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
