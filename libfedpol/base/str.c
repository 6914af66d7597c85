/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memmem */
#include "libfedpol/base/str.h"

#include "libfedpol/base/alloc.h"

int fp_str_cmp(fp_str a, fp_str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.ptr, b.ptr, common) : 0;

    if (order != 0)
        return order < 0 ? -1 : 1;
    return (a.len > b.len) - (a.len < b.len);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool fp_str_is_nocase(fp_str a, const char *text)
{
    fp_str b = fp_str_of(text);

    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

bool fp_str_starts_with(fp_str s, fp_str prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

bool fp_str_ends_with(fp_str s, fp_str suffix)
{
    return s.len >= suffix.len && fp_str_eq(fp_str_sub(s, s.len - suffix.len, s.len), suffix);
}

bool fp_str_contains(fp_str s, fp_str needle)
{
    if (needle.len == 0)
        return true;
    if (needle.len > s.len)
        return false;
    return memmem(s.ptr, s.len, needle.ptr, needle.len) != NULL;
}

ptrdiff_t fp_str_find_byte(fp_str s, char byte)
{
    const char *hit = s.len ? memchr(s.ptr, byte, s.len) : NULL;

    return hit ? hit - s.ptr : -1;
}

fp_str fp_str_sub(fp_str s, size_t from, size_t to)
{
    if (to > s.len)
        to = s.len;
    if (from >= to)
        return FP_STR_NULL;
    return (fp_str){s.ptr + from, to - from};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

fp_str fp_str_trim(fp_str s)
{
    while (s.len && is_blank(s.ptr[0]))
        s = (fp_str){s.ptr + 1, s.len - 1};
    while (s.len && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

bool fp_str_to_u64(fp_str s, uint64_t max, uint64_t *ret)
{
    uint64_t value = 0;

    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.ptr[i] - '0'), &value))
            return false;
    }
    if (value > max)
        return false;
    *ret = value;
    return true;
}

char *fp_str_dup(fp_str s)
{
    char *copy = fp_alloc(s.len + 1);

    if (!copy)
        return NULL;
    if (s.len)
        memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return copy;
}
