/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/wire/json_text.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "libfedpol/base/utf8.h"

#if defined(__SSE2__)

#define STEP 16u

/* True if none of STEP bytes is a backslash or beyond ASCII. */
static bool all_plain(const char *bytes)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)bytes);

    return _mm_movemask_epi8(_mm_or_si128(v, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')))) == 0;
}

#else

#define STEP 8u
#define EVERY_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

static bool all_plain(const char *bytes)
{
    uint64_t word;
    uint64_t other;

    memcpy(&word, bytes, sizeof(word));
    other = word ^ EVERY_BYTE('\\');
    return ((word | ((other - EVERY_BYTE(1)) & ~other)) & EVERY_BYTE(0x80)) == 0;
}

#endif

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The code unit of the "\uXXXX" that S begins with; -1 if it doesn't. */
static int32_t code_unit(fp_str s)
{
    int32_t unit = 0;

    if (s.len < 6 || s.ptr[0] != '\\' || s.ptr[1] != 'u')
        return -1;
    for (size_t i = 2; i < 6; i++) {
        int digit = hex_digit(s.ptr[i]);

        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

static bool is_high(int32_t unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(int32_t unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* Bytes of the escape that S begins with; 0 if it is one that we refuse. Malformed ones are left
   to yajl. */
static size_t escape_width(fp_str s, const char **ret_reason)
{
    int32_t unit = code_unit(s);

    if (unit < 0)
        return 2;
    if (unit == 0) {
        *ret_reason = "a string contains NUL";
        return 0;
    }
    if (is_high(unit) && is_low(code_unit(fp_str_sub(s, 6, s.len))))
        return 12;
    if (is_high(unit) || is_low(unit)) {
        *ret_reason = "a string contains half of a surrogate pair";
        return 0;
    }
    return 6;
}

bool fp_json_check_text(fp_str text, fp_wire_fault *ret)
{
    size_t i = 0;

    while (i < text.len) {
        const char *reason = "a string is not valid UTF-8";
        size_t width;

        if (text.len - i >= STEP && all_plain(text.ptr + i)) {
            i += STEP;
            continue;
        }
        if (text.ptr[i] == '\\')
            width = escape_width(fp_str_sub(text, i, text.len), &reason);
        else
            width = fp_utf8_width(fp_str_sub(text, i, text.len));
        if (width == 0) {
            *ret = (fp_wire_fault){.code = FEDPOL_E_BAD_OBJECT, .reason = reason, .offset = i};
            return false;
        }
        i += width;
    }
    return true;
}

static size_t put_utf8(char *buf, uint32_t c)
{
    if (c < 0x80) {
        buf[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        buf[0] = (char)(0xc0 | c >> 6);
        buf[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        buf[0] = (char)(0xe0 | c >> 12);
        buf[1] = (char)(0x80 | (c >> 6 & 0x3f));
        buf[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    buf[0] = (char)(0xf0 | c >> 18);
    buf[1] = (char)(0x80 | (c >> 12 & 0x3f));
    buf[2] = (char)(0x80 | (c >> 6 & 0x3f));
    buf[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* One escape, at the start of S; returns its width in S, 0 if it is none. */
static size_t unescape_one(fp_str s, char *buf, size_t *len)
{
    static const char plain[] = "\"\\/bfnrt";
    static const char meant[] = "\"\\/\b\f\n\r\t";
    int32_t unit = code_unit(s);
    const char *found;

    if (unit >= 0) {
        int32_t low = is_high(unit) ? code_unit(fp_str_sub(s, 6, s.len)) : -1;
        bool pair = is_low(low);
        uint32_t c = (uint32_t)unit;

        if (pair)
            c = 0x10000 + (((uint32_t)unit & 0x3ff) << 10) + ((uint32_t)low & 0x3ff);
        *len += put_utf8(buf + *len, c);
        return pair ? 12 : 6;
    }
    found = s.len > 1 && s.ptr[1] ? strchr(plain, s.ptr[1]) : NULL;
    if (!found)
        return 0;
    buf[(*len)++] = meant[found - plain];
    return 2;
}

bool fp_json_unescape(fp_str raw, char *buf, size_t *ret_len)
{
    size_t len = 0;

    for (size_t i = 0; i < raw.len;) {
        size_t width = 1;

        if (raw.ptr[i] == '\\')
            width = unescape_one(fp_str_sub(raw, i, raw.len), buf, &len);
        else
            buf[len++] = raw.ptr[i];
        if (width == 0)
            return false;
        i += width;
    }
    *ret_len = len;
    return true;
}
