/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/policy_draft.h"

static void clear_entity(fp_entity *entity)
{
    fp_selector_unref(entity->selector);
    fp_selector_unref(entity->not_selector);
    *entity = (fp_entity){0};
}

void fp_rule_clear(fp_rule *rule)
{
    clear_entity(&rule->source);
    clear_entity(&rule->destination);
    *rule = (fp_rule){
        .action = rule->action, .index = rule->index, .not_understood = rule->not_understood};
}

static void rule_vec_done(fp_rule_vec *rules)
{
    for (size_t i = 0; i < rules->len; i++)
        fp_rule_clear(&rules->items[i]);
    fp_vec_done(rules);
}

void fp_policy_draft_done(fp_policy_draft *draft)
{
    rule_vec_done(&draft->ingress);
    rule_vec_done(&draft->egress);
    fp_selector_unref(draft->head.subject);
    *draft = (fp_policy_draft){0};
}

int fp_rule_vec_push(fp_rule_vec *rules, fp_rule *rule)
{
    int r = fp_vec_push(rules, *rule);

    if (r < 0)
        fp_rule_clear(rule);
    return r;
}

/*
 * Lays pieces out one behind the other. It runs twice over the same draft: first without a base,
 * to measure, then to copy. Rules that came from one of the user's share its port lists and
 * prefixes: a piece that equals the last one of its kind by address is not copied again, so that
 * the cross product of many peers and many ports stays small.
 */
typedef struct packer {
    char *base; /* of the block, which begins with the policy itself; NULL while measuring */
    size_t used;
} packer;

typedef struct shared_piece {
    const void *from;
    const void *to;
} shared_piece;

static void *pack(packer *p, const void *from, size_t count, size_t size, size_t align)
{
    size_t at = (p->used + align - 1) / align * align;

    p->used = at + count * size;
    if (!p->base)
        return NULL;
    if (count)
        memcpy(p->base + at, from, count * size);
    return p->base + at;
}

static fp_str pack_str(packer *p, fp_str s)
{
    char *copy;

    if (s.len == 0)
        return FP_STR_NULL;
    copy = pack(p, s.ptr, s.len, 1, 1);
    return fp_str_n(copy, s.len);
}

static const void *pack_shared(packer *p, const void *from, size_t count, size_t size, size_t align,
                               shared_piece *last)
{
    if (count == 0)
        return NULL;
    if (last->from != from)
        *last = (shared_piece){from, pack(p, from, count, size, align)};
    return last->to;
}

static const fp_str *pack_names(packer *p, const fp_str *names, size_t n, shared_piece *last)
{
    fp_str *copies;

    if (n == 0)
        return NULL;
    if (last->from == names)
        return last->to;
    copies = pack(p, names, n, sizeof(*names), _Alignof(fp_str));
    *last = (shared_piece){names, copies};
    for (size_t i = 0; i < n; i++) {
        fp_str name = pack_str(p, names[i]);

        if (copies)
            copies[i] = name;
    }
    return copies;
}

typedef struct shared_side {
    shared_piece nets;
    shared_piece not_nets;
    shared_piece ranges;
    shared_piece names;
    shared_piece not_ranges;
    shared_piece not_names;
} shared_side;

static void pack_entity(packer *p, fp_entity *entity, shared_side *last)
{
    fp_port_match *ports = &entity->ports;
    fp_port_match *not_ports = &entity->not_ports;

    entity->nets.nets = pack_shared(p, entity->nets.nets, entity->nets.n, sizeof(fp_cidr),
                                    _Alignof(fp_cidr), &last->nets);
    entity->not_nets.nets = pack_shared(p, entity->not_nets.nets, entity->not_nets.n,
                                        sizeof(fp_cidr), _Alignof(fp_cidr), &last->not_nets);
    ports->ranges = pack_shared(p, ports->ranges, ports->n_ranges, sizeof(fp_port_range),
                                _Alignof(fp_port_range), &last->ranges);
    not_ports->ranges =
        pack_shared(p, not_ports->ranges, not_ports->n_ranges, sizeof(fp_port_range),
                    _Alignof(fp_port_range), &last->not_ranges);
    ports->names = pack_names(p, ports->names, ports->n_names, &last->names);
    not_ports->names = pack_names(p, not_ports->names, not_ports->n_names, &last->not_names);
}

static fp_rules pack_rules(packer *p, const fp_rule_vec *rules)
{
    shared_side source = {0};
    shared_side destination = {0};
    fp_rule *copies = pack(p, rules->items, rules->len, sizeof(fp_rule), _Alignof(fp_rule));

    for (size_t i = 0; i < rules->len; i++) {
        fp_rule rule = rules->items[i];

        pack_entity(p, &rule.source, &source);
        pack_entity(p, &rule.destination, &destination);
        if (copies)
            copies[i] = rule;
    }
    return (fp_rules){copies, rules->len};
}

/* The same calls in the same order for measuring and for copying. */
static void pack_policy(packer *p, const fp_policy_draft *draft, fp_policy *ret)
{
    ret->ingress = pack_rules(p, &draft->ingress);
    ret->egress = pack_rules(p, &draft->egress);
    ret->ns = pack_str(p, draft->head.ns);
    ret->name = pack_str(p, draft->head.name);
    ret->tier = pack_str(p, draft->head.tier);
}

int fp_policy_seal(fp_policy_draft *draft, fp_policy **ret)
{
    packer p = {.used = sizeof(fp_policy)};
    fp_policy head = draft->head;
    fp_policy *policy;

    pack_policy(&p, draft, &head);
    policy = fp_alloc(p.used);
    if (!policy)
        return FEDPOL_E_NOMEM;
    p = (packer){.base = (char *)policy, .used = sizeof(*policy)};
    pack_policy(&p, draft, &head);
    head.refs = 1;
    *policy = head;
    fp_vec_done(&draft->ingress);
    fp_vec_done(&draft->egress);
    *draft = (fp_policy_draft){0};
    *ret = policy;
    return 0;
}
