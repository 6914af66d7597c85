/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/selector/scan.h"

#include "libfedpol/base/error.h"

static bool is_label_byte(char c)
{
    /* One bit a byte below 128: - . / 0-9, A-Z _, a-z. */
    static const uint32_t set[4] = {0, 0x03ffe000u, 0x87fffffeu, 0x07fffffeu};
    unsigned char u = (unsigned char)c;

    return u < 128 && (set[u >> 5] >> (u & 31) & 1);
}

bool fp_scan_is_label(fp_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!is_label_byte(s.ptr[i]))
            return false;
    return s.len > 0;
}

static int fail_at(const fp_scan *scan, const char *place, const char *what)
{
    return fp_error_set(scan->ret_error, FEDPOL_E_PARSE, FP_STR_NULL, place - scan->start, "%s",
                        what);
}

int fp_scan_expected(const fp_scan *scan, const char *what)
{
    int64_t offset = scan->at - scan->start;
    unsigned c;

    if (scan->at == scan->end)
        return fp_error_set(scan->ret_error, FEDPOL_E_PARSE, FP_STR_NULL, offset,
                            "expected %s, found the end", what);
    c = (unsigned char)*scan->at;
    if (c < 0x20 || c > 0x7e)
        return fp_error_set(scan->ret_error, FEDPOL_E_PARSE, FP_STR_NULL, offset,
                            "expected %s, found byte 0x%02x", what, c);
    return fp_error_set(scan->ret_error, FEDPOL_E_PARSE, FP_STR_NULL, offset,
                        "expected %s, found '%c'", what, (int)c);
}

bool fp_scan_blanks(fp_scan *scan)
{
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t'))
        scan->at++;
    return scan->at < scan->end;
}

bool fp_scan_take(fp_scan *scan, fp_str text)
{
    if ((size_t)(scan->end - scan->at) < text.len || memcmp(scan->at, text.ptr, text.len) != 0)
        return false;
    scan->at += text.len;
    return true;
}

int fp_scan_label(fp_scan *scan, const char *what, fp_str *ret)
{
    const char *from = scan->at;

    while (scan->at < scan->end && is_label_byte(*scan->at))
        scan->at++;
    if (scan->at == from)
        return fp_scan_expected(scan, what);
    if (scan->at - from > (ptrdiff_t)FP_SELECTOR_MAX_LABEL)
        return fail_at(scan, from, "label is longer than 512 bytes");
    *ret = fp_str_n(from, (size_t)(scan->at - from));
    return 0;
}

/* Takes a word operator; the second word may be empty. A label byte behind it makes it no word. */
static bool take_words(fp_scan *scan, fp_str first, fp_str second)
{
    const char *from = scan->at;

    if (!fp_scan_take(scan, first))
        return false;
    if (second.len)
        (void)fp_scan_blanks(scan);
    if (fp_scan_take(scan, second) && (scan->at == scan->end || !is_label_byte(*scan->at)))
        return true;
    scan->at = from;
    return false;
}

int fp_scan_operator(fp_scan *scan, fp_selector_op *ret)
{
    static const struct {
        fp_str first;
        fp_str second;
        fp_selector_op op;
    } words[] = {
        {FP_STR_INIT("in"), FP_STR_INIT(""), FP_SEL_IN},
        {FP_STR_INIT("not"), FP_STR_INIT("in"), FP_SEL_NOT_IN},
        {FP_STR_INIT("contains"), FP_STR_INIT(""), FP_SEL_CONTAINS},
        {FP_STR_INIT("starts"), FP_STR_INIT("with"), FP_SEL_STARTS_WITH},
        {FP_STR_INIT("ends"), FP_STR_INIT("with"), FP_SEL_ENDS_WITH},
    };

    if (fp_scan_take(scan, FP_STR("=="))) {
        *ret = FP_SEL_EQ;
        return 0;
    }
    if (fp_scan_take(scan, FP_STR("!="))) {
        *ret = FP_SEL_NE;
        return 0;
    }
    for (size_t i = 0; i < FP_ARRAY_LEN(words); i++) {
        if (take_words(scan, words[i].first, words[i].second)) {
            *ret = words[i].op;
            return 0;
        }
    }
    return fp_scan_expected(
        scan, "==, !=, in, not in, contains, starts with or ends with after the label");
}

int fp_scan_string(fp_scan *scan, const char *what, fp_str *ret)
{
    const char *from = scan->at;
    const char *close;

    if (from == scan->end || (*from != '"' && *from != '\''))
        return fp_scan_expected(scan, what);
    close = memchr(from + 1, *from, (size_t)(scan->end - from - 1));
    if (!close)
        return fail_at(scan, from, "expected a closing quote for the string that begins here");
    *ret = fp_str_n(from + 1, (size_t)(close - from - 1));
    scan->at = close + 1;
    return 0;
}
