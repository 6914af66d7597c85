/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/names.h"

#include "libfedpol/base/check.h"
#include "libfedpol/base/sha.h"

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_one_of(char c, const char *signs)
{
    return c != '\0' && strchr(signs, c) != NULL;
}

/* 5 bits a letter: 15 bytes give 24 letters. */
static void base32(const uint8_t *digest, char ret[FP_NAME_HASH_LEN])
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint32_t bits = 0;
    unsigned have = 0;
    size_t out = 0;

    while (out < FP_NAME_HASH_LEN) {
        bits = (bits << 8) | *digest++;
        have += 8;
        while (have >= 5 && out < FP_NAME_HASH_LEN) {
            have -= 5;
            ret[out++] = alphabet[(bits >> have) & 31u];
        }
    }
}

void fp_name_hash(const fp_str *pieces, size_t n, char ret[FP_NAME_HASH_LEN])
{
    char lengths[FP_NAME_MAX_PIECES][8];
    fp_str all[2 * FP_NAME_MAX_PIECES];
    uint8_t digest[FP_SHA256_LEN];
    size_t used = n < FP_NAME_MAX_PIECES ? n : FP_NAME_MAX_PIECES;

    for (size_t i = 0; i < used; i++) {
        for (unsigned byte = 0; byte < 8; byte++)
            lengths[i][byte] = (char)(uint8_t)((uint64_t)pieces[i].len >> (8u * byte));
        all[2 * i] = fp_str_n(lengths[i], sizeof(lengths[i]));
        all[2 * i + 1] = pieces[i];
    }
    fp_sha256(all, 2 * used, digest);
    base32(digest, ret);
}

static size_t put_readable(fp_buf *buf, fp_str text, size_t room)
{
    size_t put = 0;

    for (size_t i = 0; i < text.len && put < room; i++, put++) {
        char c = text.ptr[i];

        fp_buf_putc(buf, is_alnum(c) || is_one_of(c, "_.") ? c : '-');
    }
    return put;
}

void fp_name_put(fp_buf *buf, const char *prefix, const fp_str *pieces, size_t n)
{
    char hash[FP_NAME_HASH_LEN];
    size_t room = FP_NAME_MAX_READABLE;

    fp_buf_puts(buf, prefix);
    for (size_t i = 1; i < n; i++) {
        size_t put = put_readable(buf, pieces[i], room);

        room -= put;
        if (put)
            fp_buf_putc(buf, '-');
    }
    fp_name_hash(pieces, n, hash);
    fp_buf_add(buf, fp_str_n(hash, sizeof(hash)));
}

void fp_comment_put(fp_buf *buf, fp_str text)
{
    size_t n = text.len < FP_COMMENT_MAX ? text.len : FP_COMMENT_MAX;

    for (size_t i = 0; i < n; i++) {
        char c = text.ptr[i];

        fp_buf_putc(buf, is_alnum(c) || is_one_of(c, " _.-/:,#=!()@+%") ? c : '_');
    }
}

bool fp_name_is_interface(fp_str name)
{
    if (name.len == 0 || name.len > 15)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!is_alnum(name.ptr[i]) && !is_one_of(name.ptr[i], "_.-@+=,#"))
            return false;
    return true;
}

static bool is_word_of_nft(fp_str name)
{
    static const char *const words[] = {
        "accept", "add",     "arp",      "bridge", "chain",  "chains",  "counter", "ct",
        "delete", "drop",    "flags",    "flush",  "hook",   "inet",    "ip",      "ip6",
        "list",   "log",     "map",      "meta",   "meter",  "netdev",  "policy",  "priority",
        "queue",  "reject",  "return",   "reset",  "rule",   "set",     "table",   "tables",
        "type",   "vmap",    "continue", "create", "dup",    "element", "ether",   "export",
        "fib",    "fwd",     "get",      "goto",   "handle", "icmp",    "icmpv6",  "import",
        "index",  "insert",  "jump",     "limit",  "mark",   "monitor", "nat",     "notrack",
        "quota",  "rename",  "replace",  "rt",     "size",   "snat",    "dnat",    "socket",
        "tcp",    "timeout", "to",       "tproxy", "udp",    "vlan",    "xt",      "dynamic",
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(words); i++)
        if (fp_str_is(name, words[i]))
            return true;
    return false;
}

bool fp_name_is_table(fp_str name)
{
    if (name.len == 0 || name.len > 64 || !is_alnum(name.ptr[0]) ||
        (name.ptr[0] >= '0' && name.ptr[0] <= '9'))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!is_alnum(name.ptr[i]) && !is_one_of(name.ptr[i], "_-"))
            return false;
    return !is_word_of_nft(name);
}

bool fp_name_is_log_prefix(fp_str text)
{
    if (text.len > 64)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < ' ' || text.ptr[i] > '~' || is_one_of(text.ptr[i], "\"\\$`"))
            return false;
    return true;
}
