/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/wire/value.h"

#include <math.h>

#include "libfedpol/base/check.h"

bool fp_value_is(const fp_value *value, fp_value_type type)
{
    return value && value->type == type;
}

static const fp_value *member(const fp_value *value, fp_str key)
{
    if (!fp_value_is(value, FP_VALUE_OBJECT))
        return NULL;
    for
        fp_value_each(child, value)
        {
            if (fp_str_eq(child->key, key))
                return child;
        }
    return NULL;
}

const fp_value *fp_value_get(const fp_value *value, const char *key)
{
    return member(value, fp_str_of(key));
}

const fp_value *fp_value_path(const fp_value *value, const char *path)
{
    fp_str rest = fp_str_of(path);

    while (value && rest.len) {
        ptrdiff_t dot = fp_str_find_byte(rest, '.');
        size_t len = dot < 0 ? rest.len : (size_t)dot;

        value = member(value, fp_str_sub(rest, 0, len));
        rest = fp_str_sub(rest, len + 1, rest.len);
    }
    return value;
}

fp_str fp_value_get_str(const fp_value *value, const char *key)
{
    const fp_value *child = fp_value_get(value, key);

    return fp_value_is(child, FP_VALUE_STRING) ? child->text : FP_STR_NULL;
}

/* A decimal as it was written: ±whole.fraction × 10^exponent. */
typedef struct decimal {
    bool negative;
    fp_str whole;
    fp_str fraction;
    int64_t exponent;
} decimal;

static size_t digits_at(fp_str s, size_t from)
{
    size_t n = from;

    while (n < s.len && s.ptr[n] >= '0' && s.ptr[n] <= '9')
        n++;
    return n - from;
}

/* An exponent beyond this moves any digit of any text out of every range. */
#define EXPONENT_MAX INT64_C(1000000000000000)

static bool read_exponent(fp_str s, int64_t *ret)
{
    bool negative = s.len && s.ptr[0] == '-';
    size_t i = s.len && (s.ptr[0] == '-' || s.ptr[0] == '+');
    int64_t value = 0;

    if (i == s.len || digits_at(s, i) != s.len - i)
        return false;
    for (; i < s.len; i++)
        if (value < EXPONENT_MAX)
            value = value * 10 + (s.ptr[i] - '0');
    *ret = negative ? -value : value;
    return true;
}

static bool read_decimal(fp_str s, decimal *ret)
{
    decimal d = {.negative = s.len && s.ptr[0] == '-'};
    size_t i = d.negative;
    size_t n = digits_at(s, i);

    if (n == 0)
        return false;
    d.whole = fp_str_n(s.ptr + i, n);
    i += n;
    if (i < s.len && s.ptr[i] == '.') {
        n = digits_at(s, i + 1);
        if (n == 0)
            return false;
        d.fraction = fp_str_n(s.ptr + i + 1, n);
        i += 1 + n;
    }
    if (i < s.len) {
        if ((s.ptr[i] | 0x20) != 'e' || !read_exponent(fp_str_sub(s, i + 1, s.len), &d.exponent))
            return false;
    }
    *ret = d;
    return true;
}

static char digit_of(const decimal *d, size_t i)
{
    return i < d->whole.len ? d->whole.ptr[i] : d->fraction.ptr[i - d->whole.len];
}

/* The digits without zeros at the end, and the exponent of the last one. */
static size_t significant(const decimal *d, int64_t *ret_exponent)
{
    size_t n = d->whole.len + d->fraction.len;
    int64_t exponent = d->exponent - (int64_t)d->fraction.len;

    for (; n && digit_of(d, n - 1) == '0'; n--)
        exponent++;
    *ret_exponent = exponent;
    return n;
}

/* The absolute value, if it is an integer that fits. */
static bool decimal_to_u64(const decimal *d, uint64_t *ret)
{
    int64_t exponent;
    size_t n = significant(d, &exponent);
    uint64_t value = 0;

    if (n == 0) {
        *ret = 0;
        return true;
    }
    if (exponent < 0)
        return false;
    for (size_t i = 0; i < n; i++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(digit_of(d, i) - '0'), &value))
            return false;
    for (; exponent; exponent--)
        if (__builtin_mul_overflow(value, 10, &value))
            return false;
    *ret = value;
    return true;
}

bool fp_value_to_i64(const fp_value *value, int64_t min, int64_t max, int64_t *ret)
{
    decimal d;
    uint64_t magnitude;
    int64_t number;

    if (!fp_value_is(value, FP_VALUE_NUMBER) || !read_decimal(value->text, &d) ||
        !decimal_to_u64(&d, &magnitude))
        return false;
    if (!d.negative && magnitude <= INT64_MAX)
        number = (int64_t)magnitude;
    else if (d.negative && magnitude <= (uint64_t)INT64_MAX + 1)
        number = magnitude ? -(int64_t)(magnitude - 1) - 1 : 0;
    else
        return false;
    if (number < min || number > max)
        return false;
    *ret = number;
    return true;
}

/* No double needs a larger exponent, whatever its digits are. */
#define DOUBLE_EXPONENT_MAX 400

/* VALUE times ten to EXPONENT, in steps of powers that a double holds exactly. */
static double scale(double value, int64_t exponent)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    uint64_t left = (uint64_t)(exponent < 0 ? -exponent : exponent);

    while (left) {
        uint64_t step = left < FP_ARRAY_LEN(powers) ? left : FP_ARRAY_LEN(powers) - 1;

        value = exponent < 0 ? value / powers[step] : value * powers[step];
        left -= step;
    }
    return value;
}

bool fp_value_to_double(const fp_value *value, double *ret)
{
    decimal d;
    int64_t exponent;
    size_t n;
    uint64_t digits = 0;
    double number;

    if (!fp_value_is(value, FP_VALUE_NUMBER) || !read_decimal(value->text, &d))
        return false;
    n = significant(&d, &exponent);
    for (size_t i = 0; i < n; i++) {
        if (digits < UINT64_C(1000000000000000000))
            digits = digits * 10 + (uint64_t)(digit_of(&d, i) - '0');
        else
            exponent++; /* beyond what a double can tell apart */
    }
    if (digits && exponent > DOUBLE_EXPONENT_MAX)
        return false;
    if (exponent < -DOUBLE_EXPONENT_MAX)
        digits = 0;
    number = digits ? scale((double)digits, exponent) : 0;
    if (!isfinite(number))
        return false;
    *ret = d.negative ? -number : number;
    return true;
}
