/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/compile.h"

#include "libfedpol/policy/private.h"

fp_rule_mode fp_rule_mode_of(const fp_rule *rule, bool ignore_unknown)
{
    if (!rule->not_understood)
        return FP_RULE_NORMAL;
    if (ignore_unknown || rule->action == FP_ACTION_ALLOW || rule->action == FP_ACTION_LOG)
        return FP_RULE_NEVER;
    return FP_RULE_DENY_ALL;
}

fp_domain fp_rule_domain(const fp_world_options *options, const fp_rule *rule,
                         const fp_entity *entity)
{
    fp_str label = options->federation.cluster_label;
    const fp_selector *positive = entity->selector;

    if (entity->is_service)
        return FP_DOMAIN_SERVICES;
    if (options->scope != FP_SCOPE_LOCAL || !positive)
        return FP_DOMAIN_ALL;
    if (rule->action != FP_ACTION_ALLOW && rule->action != FP_ACTION_PASS)
        return FP_DOMAIN_ALL;
    if (label.len > 0 && fp_selector_mentions(positive, label))
        return FP_DOMAIN_ALL;
    return FP_DOMAIN_LOCAL;
}

fp_set_use fp_rule_use(const fp_rule *rule, bool positive)
{
    switch (rule->action) {
    case FP_ACTION_DENY:
        return positive ? FP_USE_DENY : FP_USE_ALLOW;
    case FP_ACTION_ALLOW:
    case FP_ACTION_PASS:
        return positive ? FP_USE_ALLOW : FP_USE_DENY;
    case FP_ACTION_LOG:
        break;
    }
    return FP_USE_ALLOW;
}

fp_domain fp_use_domain(fp_domain domain, fp_set_use use)
{
    if (domain != FP_DOMAIN_ALL)
        return domain;
    return use == FP_USE_ALLOW ? FP_DOMAIN_ALLOW : FP_DOMAIN_DENY;
}

typedef struct compiler {
    fp_calc *calc;
    fp_compiled *out;
    const fp_rule *rule;
} compiler;

static int add_set(compiler *c, const fp_set_key *key, uint32_t *ret)
{
    fp_try(fp_vec_reserve(&c->out->sets, 1));
    fp_try(fp_sets_acquire(c->calc, key, ret));
    c->out->sets.items[c->out->sets.len++] = *ret;
    return 0;
}

static int compile_names(compiler *c, const fp_entity *entity, const fp_port_match *match,
                         bool positive, const uint32_t **ret, size_t *ret_n)
{
    const fp_world_options *options = &c->calc->world->options;
    fp_set_key key = {
        .type = FP_SET_IP_PORT,
        .use = fp_rule_use(c->rule, positive),
        .domain = positive ? fp_rule_domain(options, c->rule, entity) : FP_DOMAIN_ALL,
        .protocol = c->rule->protocol,
        .selector = entity->selector ? entity->selector : c->calc->all,
    };
    uint32_t *ids;

    if (match->n_names == 0)
        return 0;
    ids = fp_arena_array(&c->out->memory, match->n_names, sizeof(*ids));
    if (!ids)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < match->n_names; i++) {
        key.port = match->names[i];
        fp_try(add_set(c, &key, &ids[i]));
    }
    *ret = ids;
    *ret_n = match->n_names;
    return 0;
}

static int compile_entity(compiler *c, const fp_entity *entity, fp_entity_sets *ret)
{
    fp_set_key key = {.type = FP_SET_NET};
    bool implied = entity->ports.n_names > 0 && entity->ports.n_ranges == 0;

    fp_try(compile_names(c, entity, &entity->ports, true, &ret->ports, &ret->n_ports));
    fp_try(compile_names(c, entity, &entity->not_ports, false, &ret->not_ports, &ret->n_not_ports));
    if (entity->selector && !implied) {
        key.selector = entity->selector;
        key.use = fp_rule_use(c->rule, true);
        key.domain = fp_rule_domain(&c->calc->world->options, c->rule, entity);
        fp_try(add_set(c, &key, &ret->selector));
    }
    if (entity->not_selector) {
        key.selector = entity->not_selector;
        key.use = fp_rule_use(c->rule, false);
        key.domain = FP_DOMAIN_ALL;
        fp_try(add_set(c, &key, &ret->not_selector));
    }
    return 0;
}

static int compile_rule(compiler *c, const fp_rule *rule, fp_active_rule *ret)
{
    const fp_entity_sets none = {.selector = FP_NO_SET, .not_selector = FP_NO_SET};

    *ret = (fp_active_rule){.rule = rule,
                            .mode =
                                fp_rule_mode_of(rule, c->calc->world->options.ignore_unknown_rules),
                            .source = none,
                            .destination = none};
    if (ret->mode != FP_RULE_NORMAL)
        return 0;
    c->rule = rule;
    fp_try(compile_entity(c, &rule->source, &ret->source));
    return compile_entity(c, &rule->destination, &ret->destination);
}

static int compile_rules(compiler *c, const fp_rules *rules, const fp_active_rule **ret,
                         size_t *ret_n)
{
    fp_active_rule *items;

    if (rules->n == 0)
        return 0;
    items = fp_arena_array(&c->out->memory, rules->n, sizeof(*items));
    if (!items)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < rules->n; i++)
        fp_try(compile_rule(c, &rules->items[i], &items[i]));
    *ret = items;
    *ret_n = rules->n;
    return 0;
}

/* Room for what is certain, so that a policy takes one block. */
static size_t size_of(const fp_policy *policy)
{
    size_t rules = policy ? policy->ingress.n + policy->egress.n : 0;

    return (rules + 1) * sizeof(fp_active_rule);
}

static int compile_policy(fp_calc *calc, fp_policy *policy, fp_compiled *out)
{
    compiler c = {.calc = calc, .out = out};
    fp_active_policy *pub = &out->pub;

    pub->policy = fp_policy_ref(policy);
    if (pub->is_profile || (policy->types & FP_TYPE_INGRESS))
        fp_try(compile_rules(&c, &policy->ingress, &pub->ingress, &pub->n_ingress));
    if (pub->is_profile || (policy->types & FP_TYPE_EGRESS))
        fp_try(compile_rules(&c, &policy->egress, &pub->egress, &pub->n_egress));
    return 0;
}

int fp_compile(fp_calc *calc, const fp_active_entry *entry, uint32_t id, fp_compiled **ret)
{
    fp_profile_state profile = {0};
    fp_policy *policy;
    fp_compiled *out;
    int r;

    if (entry->is_profile) {
        profile = fp_profile_get(calc, entry->profile);
        policy = profile.rules;
    } else {
        policy = calc->policies.items.items[entry->store].policy;
    }
    out = fp_alloc_zero(1, sizeof(*out));
    if (!out)
        return FEDPOL_E_NOMEM;
    fp_arena_init(&out->memory, size_of(policy));
    out->pub.id = id;
    out->pub.is_profile = entry->is_profile;
    out->pub.missing = entry->is_profile && !profile.exists;
    out->pub.profile = entry->profile;
    r = policy ? compile_policy(calc, policy, out) : 0;
    if (r < 0) {
        (void)fp_compiled_free(calc, out, true);
        return r;
    }
    *ret = out;
    return 0;
}

fp_compiled *fp_compiled_free(fp_calc *calc, fp_compiled *compiled, bool holds_sets)
{
    if (!compiled)
        return NULL;
    for (size_t i = 0; holds_sets && i < compiled->sets.len; i++)
        fp_sets_release(calc, compiled->sets.items[i]);
    fp_vec_done(&compiled->sets);
    fp_policy_unref(compiled->pub.policy);
    fp_arena_done(&compiled->memory);
    fp_free(compiled);
    return NULL;
}
