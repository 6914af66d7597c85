/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/ir_simulate.h"

#include <check.h>
#include <stdlib.h>

#include "libfedpol/net/proto.h"

#define MAX_DEPTH 16

typedef struct frame {
    const fp_ir_chain *chain;
    size_t next;
} frame;

typedef struct machine {
    const fp_ir *ir;
    const fp_view *view;
    const sim_packet *packet;
    frame stack[MAX_DEPTH];
    size_t depth;
    sim_result result;
} machine;

static bool has_ports(const sim_packet *packet)
{
    return fp_proto_has_ports(packet->protocol);
}

static uint8_t icmp_of(unsigned family)
{
    return family == 6 ? FP_PROTO_ICMPV6 : FP_PROTO_ICMP;
}

/* What the term presupposes, negated or not. */
static bool premise_holds(const sim_packet *packet, unsigned key, unsigned family)
{
    switch ((fp_ir_key)key) {
    case FP_KEY_SOURCE:
    case FP_KEY_DESTINATION:
    case FP_KEY_SOURCE_SERVICE:
    case FP_KEY_DESTINATION_SERVICE:
    case FP_KEY_IN_INTERFACE_SOURCE:
        return packet->source.family == family;
    case FP_KEY_ICMP_TYPE:
    case FP_KEY_ICMP_CODE:
    case FP_KEY_ICMP:
        return packet->source.family == family && packet->protocol == icmp_of(family);
    default:
        return true;
    }
}

/* The kernel reads two bytes behind the header whatever the protocol is; a rule must not depend on
   them, so they are garbage here. */
static uint16_t port_of(const sim_packet *packet, bool source)
{
    if (!has_ports(packet))
        return (uint16_t)(packet->icmp_type * 256u + packet->icmp_code);
    return source ? packet->source_port : packet->destination_port;
}

static uint32_t number_of(const sim_packet *packet, unsigned key)
{
    switch ((fp_ir_key)key) {
    case FP_KEY_FAMILY:
        return packet->source.family;
    case FP_KEY_PROTOCOL:
        return packet->protocol;
    case FP_KEY_ICMP_TYPE:
        return packet->icmp_type;
    case FP_KEY_ICMP_CODE:
        return packet->icmp_code;
    case FP_KEY_CT_STATE:
        return packet->ct_state ? packet->ct_state : FP_CT_NEW;
    default:
        ck_abort_msg("key %u has no number", key);
        return 0;
    }
}

static const fp_ip *address_of(const sim_packet *packet, unsigned key)
{
    bool destination = key == FP_KEY_DESTINATION || key == FP_KEY_DESTINATION_SERVICE;

    return destination ? &packet->destination : &packet->source;
}

static bool is_source(unsigned key)
{
    return key == FP_KEY_SOURCE_PORT || key == FP_KEY_SOURCE_SERVICE;
}

static bool element_holds(const sim_packet *packet, unsigned key, const fp_ir_element *element)
{
    uint16_t port = port_of(packet, is_source(key));

    switch ((fp_ir_key)key) {
    case FP_KEY_IN_INTERFACE:
        return fp_str_eq(packet->in_interface, element->name);
    case FP_KEY_OUT_INTERFACE:
        return fp_str_eq(packet->out_interface, element->name);
    case FP_KEY_IN_INTERFACE_SOURCE:
        return fp_str_eq(packet->in_interface, element->name) &&
               fp_cidr_contains_ip(&element->net, &packet->source);
    case FP_KEY_SOURCE:
    case FP_KEY_DESTINATION:
        return fp_cidr_contains_ip(&element->net, address_of(packet, key));
    case FP_KEY_SOURCE_PORT:
    case FP_KEY_DESTINATION_PORT:
        return port >= element->range.first && port <= element->range.last;
    case FP_KEY_ICMP:
        return packet->icmp_type == element->number && packet->icmp_code == element->code;
    default:
        return number_of(packet, key) == element->number;
    }
}

typedef struct net_search {
    const fp_ip *ip;
    bool found;
} net_search;

static int search_net(void *user, const fp_cidr *net)
{
    net_search *search = user;

    search->found |= fp_cidr_contains_ip(net, search->ip);
    return 0;
}

static bool is_member(const machine *m, unsigned key, const fp_ir_set *set)
{
    const fp_view *view = m->view;
    const fp_set *members = view->set(view->source, set->set_id);
    net_search search = {address_of(m->packet, key), false};
    fp_cidr_vec nets = {0};
    fp_port_member_vec ports = {0};

    ck_assert_ptr_nonnull(members);
    ck_assert_int_eq(view->members(view->source, members, &nets, &ports), 0);
    if (set->part != FP_PART_PORTS)
        (void)fp_view_each_net(nets.items, nets.len, set->family, set->part == FP_PART_WIDE,
                               search_net, &search);
    for (size_t i = 0; set->part == FP_PART_PORTS && i < ports.len; i++)
        search.found |= fp_ip_eq(&ports.items[i].ip, search.ip) &&
                        ports.items[i].protocol == m->packet->protocol &&
                        ports.items[i].port == port_of(m->packet, is_source(key));
    fp_vec_done(&nets);
    fp_vec_done(&ports);
    return search.found;
}

static const fp_ir_element *find_element(const machine *m, unsigned key, const fp_ir_set *set)
{
    const fp_ir_element *found = NULL;

    for (size_t i = 0; i < set->n_elements; i++) {
        if (!element_holds(m->packet, key, &set->elements[i]))
            continue;
        ck_assert_msg(!found, "two elements of %.*s hold", FP_STR_ARG(set->name));
        found = &set->elements[i];
    }
    return found;
}

static bool compare(const machine *m, const fp_ir_term *term)
{
    const sim_packet *packet = m->packet;
    fp_ir_element element = {.range = term->u.range};
    fp_str interface =
        term->key == FP_KEY_OUT_INTERFACE ? packet->out_interface : packet->in_interface;

    switch ((fp_ir_operand)term->operand) {
    case FP_OPERAND_NUMBER:
        return number_of(packet, term->key) == term->u.number;
    case FP_OPERAND_RANGE:
        return element_holds(packet, term->key, &element);
    case FP_OPERAND_NET:
        return fp_cidr_contains_ip(&term->u.net, address_of(packet, term->key));
    case FP_OPERAND_NAME:
        return fp_str_eq(interface, term->u.name);
    case FP_OPERAND_PREFIX:
        return fp_str_starts_with(interface, term->u.name);
    case FP_OPERAND_SET:
        if (term->u.set->kind == FP_IR_MEMBERS)
            return is_member(m, term->key, term->u.set);
        return find_element(m, term->key, term->u.set) != NULL;
    }
    return false;
}

static bool rule_holds(const machine *m, const fp_ir_rule *rule)
{
    for (size_t i = 0; i < rule->n_terms; i++) {
        const fp_ir_term *term = &rule->terms[i];

        if (!premise_holds(m->packet, term->key, term->family))
            return false;
        if (compare(m, term) == term->negated)
            return false;
    }
    return true;
}

static void enter(machine *m, fp_str name, bool keep)
{
    const fp_ir_chain *chain = fp_ir_find_chain(m->ir, name);

    ck_assert_msg(chain != NULL, "no chain %.*s", FP_STR_ARG(name));
    if (!keep)
        m->depth--;
    ck_assert_uint_lt(m->depth, MAX_DEPTH);
    m->stack[m->depth++] = (frame){chain, 0};
}

static fp_ir_verdict look_up(const machine *m, const fp_ir_set *map)
{
    const fp_ir_element *element = NULL;

    if (premise_holds(m->packet, map->key, map->family))
        element = find_element(m, map->key, map);
    return element ? element->verdict : (fp_ir_verdict){.kind = FP_IR_CONTINUE};
}

/* True if the base chain has a verdict. */
static bool apply(machine *m, const fp_ir_chain *chain, const fp_ir_rule *rule)
{
    fp_ir_verdict verdict = rule->verdict;

    m->result.logged += rule->log;
    if (verdict.kind == FP_IR_MAP)
        verdict = look_up(m, verdict.map);
    switch ((fp_ir_verdict_kind)verdict.kind) {
    case FP_IR_ACCEPT:
        return true;
    case FP_IR_DROP:
    case FP_IR_REJECT:
        m->result.accepted = false;
        m->result.chain = chain->name;
        m->result.comment = rule->comment;
        return true;
    case FP_IR_RETURN:
        m->depth--;
        return false;
    case FP_IR_JUMP:
        enter(m, verdict.chain, true);
        return false;
    case FP_IR_GOTO:
        enter(m, verdict.chain, false);
        return false;
    default:
        return false;
    }
}

static void run_base_chain(machine *m, const fp_ir_chain *chain)
{
    m->depth = 0;
    m->stack[m->depth++] = (frame){chain, 0};
    while (m->depth) {
        frame *top = &m->stack[m->depth - 1];
        const fp_ir_rule *rule;

        if (top->next == top->chain->n_rules) {
            m->depth--;
            continue;
        }
        rule = &top->chain->rules[top->next++];
        if (rule_holds(m, rule) && apply(m, top->chain, rule))
            return;
    }
}

sim_result sim_run(const fp_ir *ir, const fp_view *view, const sim_packet *packet)
{
    machine m = {.ir = ir, .view = view, .packet = packet, .result = {.accepted = true}};
    int64_t after = INT64_MIN;

    for (;;) {
        const fp_ir_chain *next = NULL;

        for (size_t i = 0; i < ir->chains.len; i++) {
            const fp_ir_chain *chain = ir->chains.items[i];

            if (chain->hook == packet->hook && chain->priority > after &&
                (!next || chain->priority < next->priority))
                next = chain;
        }
        if (!next || !m.result.accepted)
            return m.result;
        after = next->priority;
        run_base_chain(&m, next);
    }
}
