/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/net/ip.h"

static bool parse_v4(fp_str text, uint8_t ret[4])
{
    size_t at = 0;

    for (int part = 0; part < 4; part++) {
        size_t start = at;
        uint64_t value;

        while (at < text.len && text.ptr[at] != '.')
            at++;
        if (at - start > 3 || (at - start > 1 && text.ptr[start] == '0'))
            return false;
        if (!fp_str_to_u64(fp_str_sub(text, start, at), 255, &value))
            return false;
        ret[part] = (uint8_t)value;
        if (part < 3 && at++ >= text.len)
            return false;
    }
    return at == text.len;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One to four hex digits at *AT. */
static bool parse_group(fp_str text, size_t *at, unsigned *ret)
{
    size_t start = *at;
    unsigned value = 0;

    while (*at < text.len && hex_digit(text.ptr[*at]) >= 0) {
        value = value << 4 | (unsigned)hex_digit(text.ptr[*at]);
        if (++*at - start > 4)
            return false;
    }
    *ret = value;
    return *at > start;
}

typedef struct v6_parser {
    uint8_t bytes[16];
    size_t len;    /* bytes read */
    ptrdiff_t gap; /* where "::" stands, -1: none */
} v6_parser;

/* One group, or the dotted tail of an address such as ::ffff:1.2.3.4. */
static bool parse_v6_part(v6_parser *p, fp_str text, size_t *at)
{
    size_t start = *at;
    unsigned group;

    if (!parse_group(text, at, &group))
        return false;
    if (*at < text.len && text.ptr[*at] == '.') {
        if (p->len > 12 || !parse_v4(fp_str_sub(text, start, text.len), p->bytes + p->len))
            return false;
        p->len += 4;
        *at = text.len;
        return true;
    }
    if (p->len > 14)
        return false;
    p->bytes[p->len++] = (uint8_t)(group >> 8);
    p->bytes[p->len++] = (uint8_t)group;
    return true;
}

/* A separator after a part: one colon, or two where the gap is. */
static bool parse_v6_separator(v6_parser *p, fp_str text, size_t *at)
{
    if (text.ptr[*at] != ':')
        return false;
    (*at)++;
    if (*at < text.len && text.ptr[*at] == ':') {
        if (p->gap >= 0)
            return false;
        p->gap = (ptrdiff_t)p->len;
        (*at)++;
        return true;
    }
    return *at < text.len;
}

static bool expand_gap(v6_parser *p)
{
    size_t tail;

    if (p->gap < 0)
        return p->len == 16;
    if (p->len > 14)
        return false;
    tail = p->len - (size_t)p->gap;
    memmove(p->bytes + 16 - tail, p->bytes + p->gap, tail);
    memset(p->bytes + p->gap, 0, 16 - p->len);
    return true;
}

static bool parse_v6(fp_str text, uint8_t ret[16])
{
    v6_parser p = {.gap = -1};
    size_t at = 0;

    if (text.len < 2)
        return false;
    if (text.ptr[0] == ':') {
        if (text.ptr[1] != ':')
            return false;
        p.gap = 0;
        at = 2;
    }
    while (at < text.len) {
        if (!parse_v6_part(&p, text, &at))
            return false;
        if (at < text.len && !parse_v6_separator(&p, text, &at))
            return false;
    }
    if (!expand_gap(&p))
        return false;
    memcpy(ret, p.bytes, 16);
    return true;
}

static bool is_v4_mapped(const uint8_t bytes[16])
{
    static const uint8_t prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

    return memcmp(bytes, prefix, sizeof(prefix)) == 0;
}

bool fp_ip_parse(fp_str text, fp_ip *ret)
{
    fp_ip ip = {.family = 4};
    uint8_t v6[16];

    if (fp_str_find_byte(text, ':') < 0) {
        if (!parse_v4(text, ip.bytes))
            return false;
    } else if (!parse_v6(text, v6)) {
        return false;
    } else if (is_v4_mapped(v6)) {
        memcpy(ip.bytes, v6 + 12, 4);
    } else {
        memcpy(ip.bytes, v6, 16);
        ip.family = 6;
    }
    *ret = ip;
    return true;
}

static void clear_host_bits(fp_cidr *cidr)
{
    for (unsigned bit = cidr->len; bit < fp_family_bits(cidr->ip.family);) {
        if (bit % 8 == 0) {
            cidr->ip.bytes[bit / 8] = 0;
            bit += 8;
        } else {
            cidr->ip.bytes[bit / 8] &= (uint8_t)(0xff << (8 - bit % 8));
            bit += 8 - bit % 8;
        }
    }
}

bool fp_cidr_parse(fp_str text, fp_cidr *ret, bool *ret_had_host_bits)
{
    ptrdiff_t slash = fp_str_find_byte(text, '/');
    size_t end = slash < 0 ? text.len : (size_t)slash;
    fp_cidr cidr;
    fp_ip written;
    uint64_t len;

    if (!fp_ip_parse(fp_str_sub(text, 0, end), &written))
        return false;
    len = fp_family_bits(written.family);
    if (slash >= 0) {
        fp_str digits = fp_str_sub(text, end + 1, text.len);

        if (digits.len > 3 || !fp_str_to_u64(digits, 128, &len))
            return false;
        /* ::ffff:10.0.0.0/104 is 10.0.0.0/8 */
        if (written.family == 4 && fp_str_find_byte(text, ':') >= 0) {
            if (len < 96)
                return false;
            len -= 96;
        }
        if (len > fp_family_bits(written.family))
            return false;
    }
    cidr = (fp_cidr){written, (uint8_t)len};
    clear_host_bits(&cidr);
    if (ret_had_host_bits)
        *ret_had_host_bits = !fp_ip_eq(&written, &cidr.ip);
    *ret = cidr;
    return true;
}

int fp_ip_cmp(const fp_ip *a, const fp_ip *b)
{
    int order;

    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    order = memcmp(a->bytes, b->bytes, sizeof(a->bytes));
    return (order > 0) - (order < 0);
}

int fp_cidr_cmp(const fp_cidr *a, const fp_cidr *b)
{
    int order = fp_ip_cmp(&a->ip, &b->ip);

    if (order != 0)
        return order;
    return (a->len > b->len) - (a->len < b->len);
}

bool fp_ip_eq(const fp_ip *a, const fp_ip *b)
{
    return fp_ip_cmp(a, b) == 0;
}

bool fp_cidr_eq(const fp_cidr *a, const fp_cidr *b)
{
    return fp_cidr_cmp(a, b) == 0;
}

bool fp_cidr_contains_ip(const fp_cidr *cidr, const fp_ip *ip)
{
    size_t whole = cidr->len / 8;
    unsigned rest = cidr->len % 8;

    if (cidr->ip.family != ip->family || memcmp(cidr->ip.bytes, ip->bytes, whole) != 0)
        return false;
    if (rest == 0)
        return true;
    return ((cidr->ip.bytes[whole] ^ ip->bytes[whole]) & (0xff << (8 - rest)) & 0xff) == 0;
}

bool fp_cidr_contains(const fp_cidr *outer, const fp_cidr *inner)
{
    return outer->len <= inner->len && fp_cidr_contains_ip(outer, &inner->ip);
}

bool fp_cidr_is_host(const fp_cidr *cidr)
{
    return cidr->len == fp_family_bits(cidr->ip.family);
}

fp_cidr fp_cidr_of_ip(const fp_ip *ip)
{
    return (fp_cidr){*ip, (uint8_t)fp_family_bits(ip->family)};
}

static unsigned group_at(const fp_ip *ip, int i)
{
    return (unsigned)ip->bytes[2 * i] << 8 | ip->bytes[2 * i + 1];
}

/* The longest run of two or more zero groups, the first one if several are as long. */
static int longest_zero_run(const fp_ip *ip, int *ret_len)
{
    int best = -1;
    int best_len = 1;

    for (int i = 0; i < 8;) {
        int end = i;

        while (end < 8 && group_at(ip, end) == 0)
            end++;
        if (end - i > best_len) {
            best = i;
            best_len = end - i;
        }
        i = end > i ? end : i + 1;
    }
    *ret_len = best_len;
    return best;
}

static void put_group(fp_buf *buf, unsigned group)
{
    static const char hex[] = "0123456789abcdef";
    bool started = false;

    for (int shift = 12; shift >= 0; shift -= 4) {
        unsigned digit = group >> shift & 15;

        if (digit || started || shift == 0) {
            fp_buf_putc(buf, hex[digit]);
            started = true;
        }
    }
}

static void put_v6(fp_buf *buf, const fp_ip *ip)
{
    int run_len;
    int run = longest_zero_run(ip, &run_len);
    int after_run = run < 0 ? -1 : run + run_len;

    for (int i = 0; i < 8; i++) {
        if (i == run) {
            fp_buf_puts(buf, "::");
            i += run_len - 1;
            continue;
        }
        if (i > 0 && i != after_run)
            fp_buf_putc(buf, ':');
        put_group(buf, group_at(ip, i));
    }
}

void fp_ip_put(fp_buf *buf, const fp_ip *ip)
{
    if (ip->family == 6) {
        put_v6(buf, ip);
        return;
    }
    for (int i = 0; i < 4; i++) {
        if (i)
            fp_buf_putc(buf, '.');
        fp_buf_put_u64(buf, ip->bytes[i]);
    }
}

void fp_cidr_put(fp_buf *buf, const fp_cidr *cidr)
{
    fp_ip_put(buf, &cidr->ip);
    if (!fp_cidr_is_host(cidr)) {
        fp_buf_putc(buf, '/');
        fp_buf_put_u64(buf, cidr->len);
    }
}

bool fp_ip_is_special(const fp_ip *ip)
{
    static const uint8_t zero[16];
    const uint8_t *b = ip->bytes;

    if (memcmp(b, zero, sizeof(zero)) == 0)
        return true;
    if (ip->family == 4)
        return b[0] == 0 || b[0] == 127 || b[0] >= 224 || (b[0] == 169 && b[1] == 254);
    if (memcmp(b, zero, 15) == 0 && b[15] == 1)
        return true;
    return b[0] == 0xff || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80);
}
