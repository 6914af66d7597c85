/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/verdict.h"

#include "libfedpol/policy/compile.h"
#include "libfedpol/policy/verdict_match.h"

#define TRACE_MAX 4096u

typedef FP_VEC(char *) line_vec;

/* Where a verdict was, or may have been, reached. */
typedef struct place {
    fp_verdict_reason reason;
    fp_str tier;
    const fp_active_policy *policy; /* NULL: none */
    int64_t rule;                   /* -1: none */
} place;

/*
 * One walk through the policies of an endpoint in one direction. Where a match is UNKNOWN the walk
 * goes both ways, so it keeps the outcomes that are still possible instead of one position.
 */
typedef struct walk {
    const fp_match_context *context;
    const fp_calc *calc;
    bool ingress;
    bool ignore_unknown_rules;
    bool may_allow;
    bool may_deny;
    place last; /* of the outcomes so far. A walk ends where an outcome is certain */
    line_vec trace;
    bool trace_full;
    int error;
} walk;

static void trace(walk *w, const char *format, ...) FP_PRINTF(2, 3);

static void trace(walk *w, const char *format, ...)
{
    fp_buf line = {0};
    va_list args;
    char *text;

    if (w->error || w->trace_full)
        return;
    va_start(args, format);
    if (w->trace.len + 1 == TRACE_MAX) {
        w->trace_full = true;
        fp_buf_puts(&line, "(more steps are not shown)");
    } else {
        fp_buf_vprintf(&line, format, args);
    }
    va_end(args);
    text = fp_buf_steal(&line, NULL);
    if (!text || fp_vec_push(&w->trace, text) < 0) {
        fp_free(text);
        w->error = FEDPOL_E_NOMEM;
    }
}

static char *policy_text(const fp_active_policy *active)
{
    fp_buf text = {0};

    if (active->is_profile) {
        fp_buf_puts(&text, "Profile//");
        fp_buf_add(&text, active->profile);
    } else {
        fp_policy_put_id(&text, active->policy);
    }
    return fp_buf_steal(&text, NULL);
}

static void conclude(walk *w, bool allow, const place *at)
{
    w->may_allow = w->may_allow || allow;
    w->may_deny = w->may_deny || !allow;
    w->last = *at;
}

static const char *action_name(fp_action action)
{
    static const char *const names[] = {"", "allow", "deny", "pass", "log"};

    return names[action];
}

static const char *tri_name(fp_tri value)
{
    static const char *const names[] = {"no match", "unknown", "match"};

    return names[value];
}

static fp_tri match_rule(const walk *w, const fp_rule *rule, const char **ret_why)
{
    fp_rule_mode mode = fp_rule_mode_of(rule, w->ignore_unknown_rules);

    if (mode == FP_RULE_NORMAL)
        return fp_rule_match(w->context, rule, ret_why);
    return mode == FP_RULE_DENY_ALL ? FP_TRI_YES : FP_TRI_NO;
}

/* How far the flow can get behind a rule or a policy. */
typedef struct reach {
    bool next;   /* to the next rule */
    bool passed; /* out of the tier, to the next one */
} reach;

static void take_rule(walk *w, const fp_rule *rule, place *at, reach *to)
{
    const char *why = "";
    fp_action action = rule->not_understood ? FP_ACTION_DENY : rule->action;
    fp_tri match = match_rule(w, rule, &why);

    at->rule = rule->index;
    trace(w, "  rule %u %s: %s%s%s%s", rule->index, action_name(rule->action), tri_name(match),
          rule->not_understood ? " (not understood)" : "", why[0] ? " " : "", why);
    if (match == FP_TRI_NO || action == FP_ACTION_LOG)
        return;
    if (rule->not_understood)
        at->reason = FP_REASON_NOT_UNDERSTOOD;
    if (action == FP_ACTION_PASS)
        to->passed = true;
    else
        conclude(w, action == FP_ACTION_ALLOW, at);
    if (match == FP_TRI_YES)
        to->next = false;
}

static reach take_rules(walk *w, const fp_active_policy *active, fp_str tier,
                        fp_verdict_reason reason)
{
    fp_rules rules = {0};
    reach to = {.next = true};

    if (active->policy)
        rules = w->ingress ? active->policy->ingress : active->policy->egress;
    for (size_t i = 0; i < rules.n && to.next; i++) {
        place at = {reason, tier, active, -1};

        take_rule(w, &rules.items[i], &at, &to);
    }
    return to;
}

static void trace_policy(walk *w, const fp_active_policy *active)
{
    char *name;

    if (w->trace_full)
        return;
    name = policy_text(active);
    if (!name)
        w->error = FEDPOL_E_NOMEM;
    else
        trace(w, " %s", name);
    fp_free(name);
}

/* True if the flow can get out of the tier to what comes behind it. */
static bool take_tier(walk *w, const fp_tier_list *tier)
{
    const uint32_t *ids = w->ingress ? tier->ingress : tier->egress;
    size_t n = w->ingress ? tier->n_ingress : tier->n_egress;
    place end = {FP_REASON_END_OF_TIER, tier->tier, NULL, -1};
    bool here = true;
    bool passed = false;

    if (n == 0)
        return true;
    trace(w, "tier %.*s", FP_STR_ARG(tier->tier));
    for (size_t i = 0; i < n && here; i++) {
        const fp_active_policy *active = fp_calc_policy(w->calc, ids[i]);
        reach to;

        trace_policy(w, active);
        to = take_rules(w, active, tier->tier, FP_REASON_RULE);
        here = to.next;
        passed = passed || to.passed;
    }
    if (!here)
        return passed;
    trace(w, " end of tier: %s", action_name(tier->default_action));
    if (tier->default_action == FP_ACTION_PASS)
        return true;
    conclude(w, false, &end);
    return passed;
}

static void take_profiles(walk *w, const fp_policy_list *list)
{
    place nothing = {FP_REASON_NO_PROFILE, FP_STR_NULL, NULL, -1};
    bool here = true;

    for (size_t i = 0; i < list->n_profiles && here; i++) {
        const fp_active_policy *profile = fp_calc_policy(w->calc, list->profiles[i]);
        place missing = {FP_REASON_PROFILE, FP_STR_NULL, profile, -1};
        reach to;

        trace_policy(w, profile);
        if (profile->missing) {
            trace(w, "  missing: deny");
            conclude(w, false, &missing);
            return;
        }
        to = take_rules(w, profile, FP_STR_NULL, FP_REASON_PROFILE);
        here = to.next || to.passed;
    }
    if (!here)
        return;
    trace(w, "no profile decided: deny");
    conclude(w, false, &nothing);
}

static void take_list(walk *w, const fp_policy_list *list)
{
    for (size_t i = 0; i < list->n_tiers; i++)
        if (!take_tier(w, &list->tiers[i]))
            return;
    take_profiles(w, list);
}

static int finish(walk *w, fp_direction_verdict *ret)
{
    bool undecidable = w->may_allow && w->may_deny;

    if (w->error)
        return w->error;
    ret->rule = -1;
    if (undecidable) {
        ret->value = FP_VERDICT_UNDECIDABLE;
        ret->reason = w->context->all_complete ? FP_REASON_RULE : FP_REASON_UNSYNCED;
    } else {
        ret->value = w->may_allow ? FP_VERDICT_ALLOW : FP_VERDICT_DENY;
        ret->reason = w->last.reason;
        ret->tier = w->last.tier;
        ret->rule = w->last.rule;
        if (w->last.policy) {
            ret->policy = policy_text(w->last.policy);
            if (!ret->policy)
                return FEDPOL_E_NOMEM;
        }
    }
    ret->trace = w->trace.items;
    ret->n_trace = w->trace.len;
    w->trace = (line_vec){0};
    return 0;
}

static void drop_trace(char **lines, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fp_free(lines[i]);
    fp_free(lines);
}

/* Whose endpoint the peer is, for the answer: the one that is meant if it counts as an owner, else
   the first workload or host, else the first network set. NULL: nobody's. */
static const fp_cluster *find_peer(const fp_match_context *context, fp_endpoint_id meant,
                                   const fp_u32_vec *owners)
{
    const fp_cluster *found = NULL;
    bool is_set = true;

    for (size_t i = 0; i < owners->len; i++) {
        fp_endpoint_view owner;

        if (!fp_federation_get(context->federation, owners->items[i], &owner) ||
            fp_cluster_number(owner.cluster) == FP_SERVICES_CLUSTER)
            continue;
        if (owners->items[i] == meant)
            return owner.cluster;
        if (!found || (is_set && owner.type != FP_ENDPOINT_NETWORK_SET)) {
            found = owner.cluster;
            is_set = owner.type == FP_ENDPOINT_NETWORK_SET;
        }
    }
    return found;
}

static void describe_peer(const fp_cluster *cluster, int64_t now_ms, fp_direction_verdict *ret)
{
    ret->age_ms = cluster ? fp_cluster_age_ms(cluster, now_ms) : -1;
    ret->peer_cluster = cluster ? fp_cluster_name(cluster) : FP_STR_NULL;
}

/* The endpoint whose policies apply to one end, or FP_NO_ID if none is enforced here. */
static fp_endpoint_id enforced_end(const fp_match_context *context, fp_endpoint_id given,
                                   const fp_u32_vec *owners)
{
    fp_endpoint_view view;

    if (given != FP_NO_ID)
        return fp_federation_get(context->federation, given, &view) && view.enforced ? given
                                                                                     : FP_NO_ID;
    for (size_t i = 0; i < owners->len; i++)
        if (fp_federation_get(context->federation, owners->items[i], &view) && view.enforced)
            return owners->items[i];
    return FP_NO_ID;
}

static int evaluate_direction(fp_world *world, const fp_match_context *context, bool ingress,
                              int64_t now_ms, fp_direction_verdict *ret)
{
    const fp_u32_vec *own = ingress ? &context->destination_owners : &context->source_owners;
    const fp_u32_vec *peer = ingress ? &context->source_owners : &context->destination_owners;
    fp_endpoint_id source = context->flow->source_endpoint;
    fp_endpoint_id destination = context->flow->destination_endpoint;
    fp_endpoint_id end = enforced_end(context, ingress ? destination : source, own);
    walk w = {.context = context, .calc = fp_world_calc(world), .ingress = ingress};
    const fp_policy_list *list = end == FP_NO_ID ? NULL : fp_calc_list(w.calc, end);
    int r;

    *ret = (fp_direction_verdict){.rule = -1, .age_ms = -1};
    if (!list)
        return 0;
    describe_peer(find_peer(context, ingress ? source : destination, peer), now_ms, ret);
    if (!context->local_complete) {
        ret->value = FP_VERDICT_UNDECIDABLE;
        ret->reason = FP_REASON_UNSYNCED;
        return 0;
    }
    w.ignore_unknown_rules = fp_world_get_options(world)->ignore_unknown_rules;
    take_list(&w, list);
    r = finish(&w, ret);
    drop_trace(w.trace.items, w.trace.len);
    return r;
}

static fp_verdict_value combine(const fp_match_context *context, const fp_verdict *verdict)
{
    fp_verdict_value egress = verdict->egress.value;
    fp_verdict_value ingress = verdict->ingress.value;

    if (!context->local_complete)
        return FP_VERDICT_UNDECIDABLE;
    if (egress == FP_VERDICT_DENY || ingress == FP_VERDICT_DENY)
        return FP_VERDICT_DENY;
    if (egress == FP_VERDICT_UNDECIDABLE || ingress == FP_VERDICT_UNDECIDABLE)
        return FP_VERDICT_UNDECIDABLE;
    return egress == FP_VERDICT_NONE && ingress == FP_VERDICT_NONE ? FP_VERDICT_NONE
                                                                   : FP_VERDICT_ALLOW;
}

int fp_verdict_evaluate(fp_world *world, const fp_flow *flow, int64_t now_ms, fp_verdict *ret)
{
    fp_verdict verdict = {.flow = *flow};
    fp_match_context context;
    int r;

    if (flow->source.family == 0 || flow->source.family != flow->destination.family)
        return FEDPOL_E_INVALID;
    r = fp_match_context_init(&context, world, &verdict.flow);
    if (r == 0)
        r = evaluate_direction(world, &context, false, now_ms, &verdict.egress);
    if (r == 0)
        r = evaluate_direction(world, &context, true, now_ms, &verdict.ingress);
    if (r == 0) {
        verdict.value = combine(&context, &verdict);
        *ret = verdict;
    } else {
        fp_verdict_done(&verdict);
    }
    fp_match_context_done(&context);
    return r;
}

static void direction_done(fp_direction_verdict *direction)
{
    fp_free(direction->policy);
    drop_trace(direction->trace, direction->n_trace);
    *direction = (fp_direction_verdict){.rule = -1, .age_ms = -1};
}

void fp_verdict_done(fp_verdict *verdict)
{
    direction_done(&verdict->egress);
    direction_done(&verdict->ingress);
}

const char *fp_verdict_value_name(fp_verdict_value value)
{
    static const char *const names[] = {"none", "allow", "deny", "undecidable"};

    return (size_t)value < FP_ARRAY_LEN(names) ? names[value] : "unknown";
}

const char *fp_verdict_reason_name(fp_verdict_reason reason)
{
    static const char *const names[] = {"none",       "rule",           "end-of-tier", "profile",
                                        "no-profile", "not-understood", "unsynced"};

    return (size_t)reason < FP_ARRAY_LEN(names) ? names[reason] : "unknown";
}
