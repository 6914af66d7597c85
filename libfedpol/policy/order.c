/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/private.h"

static int cmp_double(double a, double b)
{
    return (a > b) - (a < b);
}

static int cmp_unsigned(unsigned a, unsigned b)
{
    return (a > b) - (a < b);
}

/* Those that exist first, by (order, name); the rest behind them by name. */
static int cmp_tiers(const fp_tier_entry *a, const fp_tier_entry *b)
{
    int order;

    if (a == b)
        return 0;
    order = (int)b->exists - (int)a->exists;
    if (order == 0)
        order = cmp_double(a->order, b->order);
    return order ? order : fp_str_cmp(a->name, b->name);
}

/* A reader of "name/namespace/kind", byte for byte, without building it. */
typedef struct joined {
    fp_str parts[5];
    size_t part;
    size_t at;
} joined;

static joined joined_of(const fp_policy *policy)
{
    return (joined){.parts = {policy->name, FP_STR("/"), policy->ns, FP_STR("/"),
                              fp_str_of(fp_kind_name(policy->kind))}};
}

/* The next byte, or -1. */
static int joined_next(joined *j)
{
    while (j->part < FP_ARRAY_LEN(j->parts) && j->at == j->parts[j->part].len) {
        j->part++;
        j->at = 0;
    }
    return j->part < FP_ARRAY_LEN(j->parts) ? (unsigned char)j->parts[j->part].ptr[j->at++] : -1;
}

static int cmp_joined(const fp_policy *a, const fp_policy *b)
{
    joined x = joined_of(a);
    joined y = joined_of(b);
    int c, d;

    do {
        c = joined_next(&x);
        d = joined_next(&y);
    } while (c == d && c >= 0);
    return (c > d) - (c < d);
}

int fp_ordered_cmp(const void *a, const void *b)
{
    const fp_ordered *x = a;
    const fp_ordered *y = b;
    int order = cmp_tiers(x->tier, y->tier);

    if (order == 0)
        order = cmp_double(x->policy->order, y->policy->order);
    return order ? order : cmp_joined(x->policy, y->policy);
}

int fp_set_entry_cmp(const fp_set_entry *a, const fp_set_entry *b)
{
    int order = fp_str_cmp(fp_buf_str(&a->canonical), fp_buf_str(&b->canonical));

    if (order == 0)
        order = cmp_unsigned(a->pub.type, b->pub.type);
    if (order == 0)
        order = cmp_unsigned(a->pub.use, b->pub.use);
    if (order == 0)
        order = cmp_unsigned(a->pub.domain, b->pub.domain);
    if (order == 0)
        order = cmp_unsigned(a->pub.protocol, b->pub.protocol);
    return order ? order : fp_str_cmp(a->pub.port, b->pub.port);
}

/* The N-th part of "Kind/namespace/name"; the last one takes the rest. */
static fp_str part_of(fp_str name, unsigned n)
{
    for (; n > 0; n--)
        name = fp_str_sub(name, (size_t)fp_str_find_byte(name, '/') + 1, name.len);
    return name;
}

static fp_str until_slash(fp_str name)
{
    return fp_str_sub(name, 0, (size_t)fp_str_find_byte(name, '/'));
}

int fp_active_entry_cmp(const fp_active_entry *a, const fp_active_entry *b)
{
    int order = (int)a->is_profile - (int)b->is_profile;

    for (unsigned i = 0; i < 2 && order == 0; i++)
        order = fp_str_cmp(until_slash(part_of(a->name, i)), until_slash(part_of(b->name, i)));
    return order ? order : fp_str_cmp(part_of(a->name, 2), part_of(b->name, 2));
}
