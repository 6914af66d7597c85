/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/nft.h"
#include "libfedpol/render/names.h"

#define ELEMENTS_PER_LINE 8u

static void put_quoted_name(fp_buf *buf, fp_str name)
{
    fp_buf_putc(buf, '"');
    fp_buf_add(buf, name);
    fp_buf_putc(buf, '"');
}

static const char *ct_state_name(unsigned state)
{
    switch (state) {
    case FP_CT_INVALID:
        return "invalid";
    case FP_CT_ESTABLISHED:
        return "established";
    case FP_CT_RELATED:
        return "related";
    default:
        return "new";
    }
}

static void put_ports(fp_buf *buf, fp_port_range range)
{
    fp_buf_put_u64(buf, range.first);
    if (range.last != range.first) {
        fp_buf_putc(buf, '-');
        fp_buf_put_u64(buf, range.last);
    }
}

void fp_nft_put_element_key(fp_buf *buf, const fp_ir_set *set, const fp_ir_element *e)
{
    switch ((fp_ir_key)set->key) {
    case FP_KEY_IN_INTERFACE:
    case FP_KEY_OUT_INTERFACE:
        put_quoted_name(buf, e->name);
        break;
    case FP_KEY_IN_INTERFACE_SOURCE:
        put_quoted_name(buf, e->name);
        fp_buf_puts(buf, " . ");
        fp_cidr_put(buf, &e->net);
        break;
    case FP_KEY_SOURCE:
    case FP_KEY_DESTINATION:
        fp_cidr_put(buf, &e->net);
        break;
    case FP_KEY_SOURCE_PORT:
    case FP_KEY_DESTINATION_PORT:
        put_ports(buf, e->range);
        break;
    case FP_KEY_ICMP:
        fp_buf_put_u64(buf, e->number);
        fp_buf_puts(buf, " . ");
        fp_buf_put_u64(buf, e->code);
        break;
    case FP_KEY_CT_STATE:
        fp_buf_puts(buf, ct_state_name(e->number));
        break;
    default:
        fp_buf_put_u64(buf, e->number);
        break;
    }
}

void fp_nft_put_element(fp_buf *buf, const fp_ir_set *set, const fp_ir_element *e)
{
    fp_nft_put_element_key(buf, set, e);
    if (!set->is_map)
        return;
    switch ((fp_ir_verdict_kind)e->verdict.kind) {
    case FP_IR_ACCEPT:
        fp_buf_puts(buf, " : accept");
        break;
    case FP_IR_GOTO:
        fp_buf_puts(buf, " : goto ");
        fp_buf_add(buf, e->verdict.chain);
        break;
    default:
        fp_buf_puts(buf, " : drop");
        break;
    }
}

void fp_nft_put_port_member(fp_buf *buf, const fp_port_member *member)
{
    fp_ip_put(buf, &member->ip);
    fp_buf_puts(buf, " . ");
    fp_buf_put_u64(buf, member->protocol);
    fp_buf_puts(buf, " . ");
    fp_buf_put_u64(buf, member->port);
}

static const char *const type_words[][2] = {
    [FP_KEY_PROTOCOL] = {"inet_proto", "inet_proto"},
    [FP_KEY_IN_INTERFACE] = {"ifname", "ifname"},
    [FP_KEY_OUT_INTERFACE] = {"ifname", "ifname"},
    [FP_KEY_SOURCE] = {"ipv4_addr", "ipv6_addr"},
    [FP_KEY_DESTINATION] = {"ipv4_addr", "ipv6_addr"},
    [FP_KEY_SOURCE_PORT] = {"inet_service", "inet_service"},
    [FP_KEY_DESTINATION_PORT] = {"inet_service", "inet_service"},
    [FP_KEY_ICMP_TYPE] = {"icmp_type", "icmpv6_type"},
    [FP_KEY_ICMP] = {"icmp_type . icmp_code", "icmpv6_type . icmpv6_code"},
    [FP_KEY_SOURCE_SERVICE] = {"ipv4_addr . inet_proto . inet_service",
                               "ipv6_addr . inet_proto . inet_service"},
    [FP_KEY_DESTINATION_SERVICE] = {"ipv4_addr . inet_proto . inet_service",
                                    "ipv6_addr . inet_proto . inet_service"},
    [FP_KEY_IN_INTERFACE_SOURCE] = {"ifname . ipv4_addr", "ifname . ipv6_addr"},
    [FP_KEY_CT_STATE] = {"ct_state", "ct_state"},
};

static void put_type(fp_buf *buf, const fp_ir_set *set)
{
    fp_buf_puts(buf, "\t\ttype ");
    fp_buf_puts(buf, type_words[set->key][set->family == 6]);
    fp_buf_puts(buf, set->is_map ? " : verdict\n" : "\n");
}

/* Opens the list of elements at the first one, so that an empty set has none. */
typedef struct fp_element_list {
    fp_buf *buf;
    size_t n;
} fp_element_list;

static void next_element(fp_element_list *list)
{
    if (list->n == 0)
        fp_buf_puts(list->buf, "\t\telements = { ");
    else
        fp_buf_puts(list->buf, list->n % ELEMENTS_PER_LINE ? ", " : ",\n\t\t\t");
    list->n++;
}

static int put_net(void *user, const fp_cidr *net)
{
    fp_element_list *list = user;

    next_element(list);
    fp_cidr_put(list->buf, net);
    return 0;
}

static int put_members(const fp_nft *nft, const fp_ir_set *set, fp_element_list *list)
{
    const fp_view *view = nft->view;
    const fp_set *members = view->set(view->source, set->set_id);
    fp_cidr_vec nets = {0};
    fp_port_member_vec ports = {0};
    int r = members ? view->members(view->source, members, &nets, &ports) : 0;

    if (r == 0 && set->part != FP_PART_PORTS)
        r = fp_view_each_net(nets.items, nets.len, set->family, set->part == FP_PART_WIDE, put_net,
                             list);
    for (size_t i = 0; r == 0 && set->part == FP_PART_PORTS && i < ports.len; i++) {
        if (ports.items[i].ip.family != set->family)
            continue;
        next_element(list);
        fp_nft_put_port_member(list->buf, &ports.items[i]);
    }
    fp_vec_done(&nets);
    fp_vec_done(&ports);
    return r;
}

int fp_nft_put_set(const fp_nft *nft, const fp_ir_set *set)
{
    fp_element_list list = {nft->buf, 0};

    fp_buf_puts(nft->buf, set->is_map ? "\tmap " : "\tset ");
    fp_buf_add(nft->buf, set->name);
    fp_buf_puts(nft->buf, " {\n");
    put_type(nft->buf, set);
    if (set->interval)
        fp_buf_puts(nft->buf, "\t\tflags interval\n");
    if (set->what.len && !nft->options->no_comments) {
        fp_buf_puts(nft->buf, "\t\tcomment \"");
        fp_comment_put(nft->buf, set->what);
        fp_buf_puts(nft->buf, "\"\n");
    }
    for (size_t i = 0; i < set->n_elements; i++) {
        next_element(&list);
        fp_nft_put_element(nft->buf, set, &set->elements[i]);
    }
    if (set->kind == FP_IR_MEMBERS)
        fp_try(put_members(nft, set, &list));
    if (list.n)
        fp_buf_puts(nft->buf, " }\n");
    fp_buf_puts(nft->buf, "\t}\n");
    return fp_buf_error(nft->buf);
}
