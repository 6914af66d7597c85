/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/wire/yaml_scalar.h"

#include "libfedpol/base/check.h"

/* Longer digits are no number to anybody. */
#define NUMBER_MAX 128u

static const struct {
    const char *text;
    fp_value_type type;
    bool boolean;
} words[] = {
    {"", FP_VALUE_NULL, false},      {"~", FP_VALUE_NULL, false},
    {"null", FP_VALUE_NULL, false},  {"Null", FP_VALUE_NULL, false},
    {"NULL", FP_VALUE_NULL, false},  {"y", FP_VALUE_BOOL, true},
    {"Y", FP_VALUE_BOOL, true},      {"yes", FP_VALUE_BOOL, true},
    {"Yes", FP_VALUE_BOOL, true},    {"YES", FP_VALUE_BOOL, true},
    {"true", FP_VALUE_BOOL, true},   {"True", FP_VALUE_BOOL, true},
    {"TRUE", FP_VALUE_BOOL, true},   {"on", FP_VALUE_BOOL, true},
    {"On", FP_VALUE_BOOL, true},     {"ON", FP_VALUE_BOOL, true},
    {"n", FP_VALUE_BOOL, false},     {"N", FP_VALUE_BOOL, false},
    {"no", FP_VALUE_BOOL, false},    {"No", FP_VALUE_BOOL, false},
    {"NO", FP_VALUE_BOOL, false},    {"false", FP_VALUE_BOOL, false},
    {"False", FP_VALUE_BOOL, false}, {"FALSE", FP_VALUE_BOOL, false},
    {"off", FP_VALUE_BOOL, false},   {"Off", FP_VALUE_BOOL, false},
    {"OFF", FP_VALUE_BOOL, false},
};

static const char *const not_finite[] = {
    ".nan",  ".NaN",  ".NAN",  ".inf",  ".Inf",  ".INF",
    "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF",
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t skip_digits(fp_str s, size_t i)
{
    while (i < s.len && is_digit(s.ptr[i]))
        i++;
    return i;
}

static int digit_value(char c)
{
    if (is_digit(c))
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* 0x1f, 0b101, 0o17, 017, 15. */
static bool read_unsigned(fp_str s, uint64_t *ret)
{
    uint64_t base = 10;
    uint64_t value = 0;
    size_t i = 0;

    if (s.len > 1 && s.ptr[0] == '0') {
        char mark = (char)(s.ptr[1] | 0x20);

        base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
        i = mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1;
    }
    if (i == s.len)
        return false;
    for (; i < s.len; i++) {
        uint64_t digit = (uint64_t)digit_value(s.ptr[i]);

        if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *ret = value;
    return true;
}

/* Appends VALUE in decimal; TEXT has room for 20 digits. */
static size_t put_decimal(char *text, uint64_t value)
{
    char digits[20];
    size_t n = 0;
    size_t len = 0;

    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (n)
        text[len++] = digits[--n];
    return len;
}

/* True if S is empty or [eE][-+]?[0-9]+. */
static bool is_exponent(fp_str s)
{
    size_t i = 1;

    if (s.len == 0)
        return true;
    if ((s.ptr[0] | 0x20) != 'e')
        return false;
    i += i < s.len && (s.ptr[i] == '+' || s.ptr[i] == '-');
    return i < s.len && skip_digits(s, i) == s.len;
}

/* Rewrites [0-9]*(.[0-9]*)?([eE][-+]?[0-9]+)? with a digit before the exponent as JSON has it.
   TEXT has room for S.len + 1 bytes. 0 if S is no such number. */
static size_t put_float(char *text, fp_str s)
{
    size_t whole = skip_digits(s, 0);
    bool dot = whole < s.len && s.ptr[whole] == '.';
    size_t fraction = dot ? skip_digits(s, whole + 1) - whole - 1 : 0;
    size_t exponent = whole + dot + fraction;
    size_t from = 0;
    size_t len = 0;

    if (whole + fraction == 0 || !is_exponent(fp_str_sub(s, exponent, s.len)))
        return 0;
    while (from + 1 < whole && s.ptr[from] == '0')
        from++;
    if (whole == 0)
        text[len++] = '0';
    for (; from < whole; from++)
        text[len++] = s.ptr[from];
    if (fraction) {
        memcpy(text + len, s.ptr + whole, fraction + 1);
        len += fraction + 1;
    }
    memcpy(text + len, s.ptr + exponent, s.len - exponent);
    return len + s.len - exponent;
}

/* The JSON form of a number, or 0 if it isn't one. RET_TEXT has room for NUMBER_MAX + 32. */
static size_t normalise(fp_str in, char *ret_text)
{
    char bare[NUMBER_MAX];
    fp_str s = {bare, 0};
    bool negative = in.ptr[0] == '-';
    uint64_t value;
    size_t len;

    for (size_t i = negative || in.ptr[0] == '+'; i < in.len; i++)
        if (in.ptr[i] != '_')
            bare[s.len++] = in.ptr[i];
    if (negative)
        *ret_text++ = '-';
    if (read_unsigned(s, &value) && (!negative || value <= (uint64_t)INT64_MAX + 1))
        len = put_decimal(ret_text, value);
    else
        len = put_float(ret_text, s);
    return len ? len + negative : 0;
}

static bool looks_numeric(fp_str text)
{
    char c = text.ptr[0];

    return text.len <= NUMBER_MAX && (is_digit(c) || c == '-' || c == '+' || c == '.');
}

int fp_yaml_resolve(fp_str text, fp_arena *arena, fp_yaml_scalar *ret)
{
    fp_yaml_scalar scalar = {.type = FP_VALUE_STRING, .text = text};
    char number[NUMBER_MAX + 32];
    size_t len;

    for (size_t i = 0; i < FP_ARRAY_LEN(words); i++) {
        if (fp_str_is(text, words[i].text)) {
            *ret = (fp_yaml_scalar){.type = words[i].type, .boolean = words[i].boolean};
            return 0;
        }
    }
    for (size_t i = 0; i < FP_ARRAY_LEN(not_finite); i++)
        scalar.not_finite |= fp_str_is(text, not_finite[i]);
    len = looks_numeric(text) ? normalise(text, number) : 0;
    if (len) {
        scalar.type = FP_VALUE_NUMBER;
        scalar.text = fp_arena_str(arena, fp_str_n(number, len));
        if (!scalar.text.ptr)
            return FEDPOL_E_NOMEM;
    }
    *ret = scalar;
    return 0;
}
