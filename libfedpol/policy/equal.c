/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/private.h"

static bool selectors_equal(const fp_selector *a, const fp_selector *b)
{
    return a == b || (a && b && fp_selector_equal(a, b));
}

static bool nets_equal(const fp_net_match *a, const fp_net_match *b)
{
    if (a->present != b->present || a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!fp_cidr_eq(&a->nets[i], &b->nets[i]))
            return false;
    return true;
}

static bool ports_equal(const fp_port_match *a, const fp_port_match *b)
{
    if (a->present != b->present || a->n_ranges != b->n_ranges || a->n_names != b->n_names)
        return false;
    for (size_t i = 0; i < a->n_ranges; i++)
        if (a->ranges[i].first != b->ranges[i].first || a->ranges[i].last != b->ranges[i].last)
            return false;
    for (size_t i = 0; i < a->n_names; i++)
        if (!fp_str_eq(a->names[i], b->names[i]))
            return false;
    return true;
}

static bool icmp_equal(const fp_icmp_match *a, const fp_icmp_match *b)
{
    return a->set == b->set && a->has_code == b->has_code && a->type == b->type &&
           a->code == b->code;
}

static bool entities_equal(const fp_entity *a, const fp_entity *b)
{
    return nets_equal(&a->nets, &b->nets) && nets_equal(&a->not_nets, &b->not_nets) &&
           selectors_equal(a->selector, b->selector) &&
           selectors_equal(a->not_selector, b->not_selector) && ports_equal(&a->ports, &b->ports) &&
           ports_equal(&a->not_ports, &b->not_ports) &&
           a->selector_is_scope_only == b->selector_is_scope_only && a->is_service == b->is_service;
}

static bool rule_equal(const fp_rule *a, const fp_rule *b)
{
    return a->action == b->action && a->ip_version == b->ip_version && a->protocol == b->protocol &&
           a->not_protocol == b->not_protocol && icmp_equal(&a->icmp, &b->icmp) &&
           icmp_equal(&a->not_icmp, &b->not_icmp) && entities_equal(&a->source, &b->source) &&
           entities_equal(&a->destination, &b->destination) && a->index == b->index &&
           a->not_understood == b->not_understood;
}

static bool rules_equal(const fp_rules *a, const fp_rules *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!rule_equal(&a->items[i], &b->items[i]))
            return false;
    return true;
}

static bool orders_equal(double a, double b)
{
    return !(a < b) && !(b < a);
}

bool fp_policy_equal(const fp_policy *a, const fp_policy *b)
{
    if (a == b)
        return true;
    return a->kind == b->kind && fp_str_eq(a->ns, b->ns) && fp_str_eq(a->name, b->name) &&
           fp_str_eq(a->tier, b->tier) && orders_equal(a->order, b->order) &&
           selectors_equal(a->subject, b->subject) && a->types == b->types &&
           a->staged == b->staged && a->do_not_track == b->do_not_track &&
           a->pre_dnat == b->pre_dnat && a->apply_on_forward == b->apply_on_forward &&
           rules_equal(&a->ingress, &b->ingress) && rules_equal(&a->egress, &b->egress);
}

static bool ids_equal(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b)
{
    return n_a == n_b && (n_a == 0 || memcmp(a, b, n_a * sizeof(*a)) == 0);
}

static bool sets_equal(const fp_entity_sets *a, const fp_entity_sets *b)
{
    return a->selector == b->selector && a->not_selector == b->not_selector &&
           ids_equal(a->ports, a->n_ports, b->ports, b->n_ports) &&
           ids_equal(a->not_ports, a->n_not_ports, b->not_ports, b->n_not_ports);
}

static bool active_rules_equal(const fp_active_rule *a, size_t n_a, const fp_active_rule *b,
                               size_t n_b)
{
    if (n_a != n_b)
        return false;
    for (size_t i = 0; i < n_a; i++)
        if (a[i].mode != b[i].mode || !sets_equal(&a[i].source, &b[i].source) ||
            !sets_equal(&a[i].destination, &b[i].destination) || !rule_equal(a[i].rule, b[i].rule))
            return false;
    return true;
}

/* Order, tier and subject are not in it: they show in the lists. */
bool fp_compiled_equal(const fp_compiled *a, const fp_compiled *b)
{
    const fp_active_policy *x = &a->pub;
    const fp_active_policy *y = &b->pub;

    return a == b || (x->missing == y->missing &&
                      active_rules_equal(x->ingress, x->n_ingress, y->ingress, y->n_ingress) &&
                      active_rules_equal(x->egress, x->n_egress, y->egress, y->n_egress));
}

static bool tier_lists_equal(const fp_tier_list *a, const fp_tier_list *b)
{
    return fp_str_eq(a->tier, b->tier) && a->default_action == b->default_action &&
           a->exists == b->exists &&
           ids_equal(a->ingress, a->n_ingress, b->ingress, b->n_ingress) &&
           ids_equal(a->egress, a->n_egress, b->egress, b->n_egress);
}

bool fp_list_equal(const fp_list *a, const fp_list *b)
{
    if (a == b)
        return true;
    if (!a || !b || a->pub.n_tiers != b->pub.n_tiers)
        return false;
    for (size_t i = 0; i < a->pub.n_tiers; i++)
        if (!tier_lists_equal(&a->pub.tiers[i], &b->pub.tiers[i]))
            return false;
    return ids_equal(a->pub.profiles, a->pub.n_profiles, b->pub.profiles, b->pub.n_profiles);
}
