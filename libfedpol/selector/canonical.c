/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/selector/selector.h"

#include "libfedpol/base/base64.h"
#include "libfedpol/base/sha.h"
#include "libfedpol/selector/draft.h"
#include "libfedpol/selector/scan.h"

static const fp_str operators[] = {
    [FP_SEL_ALL] = FP_STR_INIT("all()"),
    [FP_SEL_GLOBAL] = FP_STR_INIT("global()"),
    [FP_SEL_HAS] = FP_STR_INIT("has("),
    [FP_SEL_EQ] = FP_STR_INIT(" == "),
    [FP_SEL_NE] = FP_STR_INIT(" != "),
    [FP_SEL_IN] = FP_STR_INIT(" in "),
    [FP_SEL_NOT_IN] = FP_STR_INIT(" not in "),
    [FP_SEL_CONTAINS] = FP_STR_INIT(" contains "),
    [FP_SEL_STARTS_WITH] = FP_STR_INIT(" starts with "),
    [FP_SEL_ENDS_WITH] = FP_STR_INIT(" ends with "),
    [FP_SEL_AND] = FP_STR_INIT(" && "),
    [FP_SEL_OR] = FP_STR_INIT(" || "),
};

/* For bytes that the language cannot write and that only builders can bring in. */
static void put_hex(fp_buf *buf, fp_str s)
{
    static const char digits[] = "0123456789abcdef";

    fp_buf_add(buf, FP_STR("hex\""));
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        fp_buf_putc(buf, digits[c >> 4]);
        fp_buf_putc(buf, digits[c & 15]);
    }
    fp_buf_putc(buf, '"');
}

static void put_label(fp_buf *buf, fp_str label)
{
    if (fp_scan_is_label(label))
        fp_buf_add(buf, label);
    else
        put_hex(buf, label);
}

static void put_value(fp_buf *buf, fp_str value)
{
    bool has_double = fp_str_find_byte(value, '"') >= 0;
    char quote = has_double ? '\'' : '"';

    if (has_double && fp_str_find_byte(value, '\'') >= 0) {
        put_hex(buf, value);
        return;
    }
    fp_buf_putc(buf, quote);
    fp_buf_add(buf, value);
    fp_buf_putc(buf, quote);
}

static void put_leaf(fp_buf *buf, const fp_selector_node *leaf)
{
    bool is_set = leaf->op == FP_SEL_IN || leaf->op == FP_SEL_NOT_IN;

    if (leaf->op <= FP_SEL_HAS) {
        fp_buf_add(buf, operators[leaf->op]);
        if (leaf->op == FP_SEL_HAS) {
            put_label(buf, leaf->label);
            fp_buf_putc(buf, ')');
        }
        return;
    }
    put_label(buf, leaf->label);
    fp_buf_add(buf, operators[leaf->op]);
    if (is_set)
        fp_buf_putc(buf, '{');
    for (uint32_t i = 0; i < leaf->n; i++) {
        if (i > 0)
            fp_buf_add(buf, FP_STR(", "));
        put_value(buf, leaf->values[i]);
    }
    if (is_set)
        fp_buf_putc(buf, '}');
}

static bool begins_at(const fp_selector_node *nodes, uint32_t node, uint32_t leaf)
{
    return node != FP_SELECTOR_NO_NODE && node + 1 - nodes[node].size == leaf;
}

/* The "(" and "!" of all expressions that begin with this leaf: known from the inside out, written
   from the outside in. */
static void put_openings(fp_buf *buf, const fp_selector_node *nodes, uint32_t leaf)
{
    size_t n = 0;

    for (uint32_t i = nodes[leaf].parent; begins_at(nodes, i, leaf); i = nodes[i].parent)
        n++;
    if (n == 0 || fp_buf_reserve(buf, n) < 0)
        return;
    buf->len += n;
    buf->data[buf->len] = '\0';
    n = buf->len;
    for (uint32_t i = nodes[leaf].parent; begins_at(nodes, i, leaf); i = nodes[i].parent)
        buf->data[--n] = nodes[i].op == FP_SEL_NOT ? '!' : '(';
}

void fp_selector_put_canonical(const fp_selector *selector, fp_buf *buf)
{
    const fp_selector_node *nodes = selector->nodes;

    for (uint32_t i = 0; i < selector->n; i++) {
        uint32_t parent = nodes[i].parent;

        if (fp_selector_op_is_leaf(nodes[i].op)) {
            put_openings(buf, nodes, i);
            put_leaf(buf, &nodes[i]);
        } else if (nodes[i].op != FP_SEL_NOT) {
            fp_buf_putc(buf, ')');
        }
        if (parent != FP_SELECTOR_NO_NODE && parent != i + 1)
            fp_buf_add(buf, operators[nodes[parent].op]);
    }
}

void fp_selector_uid_of(fp_str canonical, char ret_uid[FP_SELECTOR_UID_LEN + 1])
{
    const fp_str pieces[] = {FP_STR("s:"), canonical};
    uint8_t digest[FP_SHA224_LEN];

    fp_sha224(pieces, FP_ARRAY_LEN(pieces), digest);
    memcpy(ret_uid, "s:", 2);
    fp_base64url_encode(digest, sizeof(digest), ret_uid + 2);
}

int fp_selector_uid(const fp_selector *selector, char ret_uid[FP_SELECTOR_UID_LEN + 1])
{
    fp_cleanup_buf fp_buf canonical = {0};

    fp_selector_put_canonical(selector, &canonical);
    fp_try(fp_buf_error(&canonical));
    fp_selector_uid_of(fp_buf_str(&canonical), ret_uid);
    return 0;
}
