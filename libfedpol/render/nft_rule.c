/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/nft.h"
#include "libfedpol/render/names.h"

/* For IPv4, or for both families; and for IPv6. */
static const char *const key_words[][2] = {
    [FP_KEY_FAMILY] = {"meta nfproto", "meta nfproto"},
    [FP_KEY_PROTOCOL] = {"meta l4proto", "meta l4proto"},
    [FP_KEY_IN_INTERFACE] = {"iifname", "iifname"},
    [FP_KEY_OUT_INTERFACE] = {"oifname", "oifname"},
    [FP_KEY_SOURCE] = {"ip saddr", "ip6 saddr"},
    [FP_KEY_DESTINATION] = {"ip daddr", "ip6 daddr"},
    [FP_KEY_SOURCE_PORT] = {"th sport", "th sport"},
    [FP_KEY_DESTINATION_PORT] = {"th dport", "th dport"},
    [FP_KEY_ICMP_TYPE] = {"icmp type", "icmpv6 type"},
    [FP_KEY_ICMP_CODE] = {"icmp code", "icmpv6 code"},
    [FP_KEY_ICMP] = {"icmp type . icmp code", "icmpv6 type . icmpv6 code"},
    [FP_KEY_SOURCE_SERVICE] = {"ip saddr . meta l4proto . th sport",
                               "ip6 saddr . meta l4proto . th sport"},
    [FP_KEY_DESTINATION_SERVICE] = {"ip daddr . meta l4proto . th dport",
                                    "ip6 daddr . meta l4proto . th dport"},
    [FP_KEY_IN_INTERFACE_SOURCE] = {"iifname . ip saddr", "iifname . ip6 saddr"},
    [FP_KEY_CT_STATE] = {"ct state", "ct state"},
};

void fp_nft_put_key(fp_buf *buf, unsigned key, unsigned family)
{
    fp_buf_puts(buf, key_words[key][family == 6]);
}

static void put_ct_states(fp_buf *buf, uint32_t states)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } all[] = {
        {FP_CT_INVALID, "invalid"},
        {FP_CT_ESTABLISHED, "established"},
        {FP_CT_RELATED, "related"},
        {FP_CT_NEW, "new"},
    };
    const char *comma = "";

    for (size_t i = 0; i < FP_ARRAY_LEN(all); i++) {
        if (!(states & all[i].bit))
            continue;
        fp_buf_puts(buf, comma);
        fp_buf_puts(buf, all[i].name);
        comma = ",";
    }
}

static void put_number(fp_buf *buf, const fp_ir_term *term)
{
    if (term->key == FP_KEY_FAMILY)
        fp_buf_puts(buf, term->u.number == 6 ? "ipv6" : "ipv4");
    else if (term->key == FP_KEY_CT_STATE)
        put_ct_states(buf, term->u.number);
    else
        fp_buf_put_u64(buf, term->u.number);
}

static void put_range(fp_buf *buf, fp_port_range range)
{
    fp_buf_put_u64(buf, range.first);
    if (range.last != range.first) {
        fp_buf_putc(buf, '-');
        fp_buf_put_u64(buf, range.last);
    }
}

static void put_term(fp_buf *buf, const fp_ir_term *term)
{
    fp_nft_put_key(buf, term->key, term->family);
    fp_buf_puts(buf, term->negated ? " != " : " ");
    switch ((fp_ir_operand)term->operand) {
    case FP_OPERAND_NUMBER:
        put_number(buf, term);
        break;
    case FP_OPERAND_RANGE:
        put_range(buf, term->u.range);
        break;
    case FP_OPERAND_NET:
        fp_cidr_put(buf, &term->u.net);
        break;
    case FP_OPERAND_NAME:
    case FP_OPERAND_PREFIX:
        fp_buf_putc(buf, '"');
        fp_buf_add(buf, term->u.name);
        fp_buf_puts(buf, term->operand == FP_OPERAND_PREFIX ? "*\"" : "\"");
        break;
    case FP_OPERAND_SET:
        fp_buf_putc(buf, '@');
        fp_buf_add(buf, term->u.set->name);
        break;
    }
    fp_buf_putc(buf, ' ');
}

static void put_verdict(fp_buf *buf, const fp_ir_verdict *verdict)
{
    switch ((fp_ir_verdict_kind)verdict->kind) {
    case FP_IR_CONTINUE:
        fp_buf_puts(buf, "continue");
        break;
    case FP_IR_ACCEPT:
        fp_buf_puts(buf, "accept");
        break;
    case FP_IR_DROP:
        fp_buf_puts(buf, "drop");
        break;
    case FP_IR_REJECT:
        fp_buf_puts(buf, "reject");
        break;
    case FP_IR_RETURN:
        fp_buf_puts(buf, "return");
        break;
    case FP_IR_JUMP:
        fp_buf_puts(buf, "jump ");
        fp_buf_add(buf, verdict->chain);
        break;
    case FP_IR_GOTO:
        fp_buf_puts(buf, "goto ");
        fp_buf_add(buf, verdict->chain);
        break;
    case FP_IR_MAP:
        fp_nft_put_key(buf, verdict->map->key, verdict->map->family);
        fp_buf_puts(buf, " vmap @");
        fp_buf_add(buf, verdict->map->name);
        break;
    }
}

static void put_log(const fp_nft *nft)
{
    const fp_render_options *options = nft->options;

    fp_buf_puts(nft->buf, "limit rate ");
    fp_buf_put_u64(nft->buf, options->log_rate);
    fp_buf_puts(nft->buf, "/second burst ");
    fp_buf_put_u64(nft->buf, options->log_burst);
    fp_buf_puts(nft->buf, " packets log prefix \"");
    fp_buf_add(nft->buf, options->log_prefix);
    fp_buf_puts(nft->buf, "\" level info");
}

void fp_nft_put_rule(const fp_nft *nft, const fp_ir_rule *rule)
{
    for (size_t i = 0; i < rule->n_terms; i++)
        put_term(nft->buf, &rule->terms[i]);
    if (nft->options->counters && rule->verdict.kind != FP_IR_MAP)
        fp_buf_puts(nft->buf, "counter ");
    if (rule->log)
        put_log(nft);
    else
        put_verdict(nft->buf, &rule->verdict);
    if (rule->comment.len && !nft->options->no_comments) {
        fp_buf_puts(nft->buf, " comment \"");
        fp_comment_put(nft->buf, rule->comment);
        fp_buf_putc(nft->buf, '"');
    }
}

static void put_comment(const fp_nft *nft, fp_str what)
{
    if (!what.len || nft->options->no_comments)
        return;
    fp_buf_puts(nft->buf, "\t\tcomment \"");
    fp_comment_put(nft->buf, what);
    fp_buf_puts(nft->buf, "\"\n");
}

void fp_nft_put_chain(const fp_nft *nft, const fp_ir_chain *chain)
{
    fp_buf_puts(nft->buf, "\tchain ");
    fp_buf_add(nft->buf, chain->name);
    fp_buf_puts(nft->buf, " {\n");
    put_comment(nft, chain->what);
    if (chain->hook != FP_HOOK_NONE)
        fp_buf_printf(nft->buf, "\t\ttype filter hook %s priority %d; policy accept;\n",
                      chain->hook == FP_HOOK_INPUT ? "input" : "forward", (int)chain->priority);
    for (size_t i = 0; i < chain->n_rules; i++) {
        fp_buf_puts(nft->buf, "\t\t");
        fp_nft_put_rule(nft, &chain->rules[i]);
        fp_buf_putc(nft->buf, '\n');
    }
    fp_buf_puts(nft->buf, "\t}\n");
}
