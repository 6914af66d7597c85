/* SPDX-License-Identifier: Apache-2.0 */
#include <float.h>

#include "libfedpol/model/rule.h"
#include "libfedpol/model/scope.h"

static const fp_path spec_path = {NULL, "spec", 0};

typedef struct subject_parts {
    fp_selector *selector;
    fp_selector *ns_selector;
    fp_selector *sa_selector;
} subject_parts;

/* 1: some part is not understood. All parts are looked at, so that all is reported. */
static int read_parts(fp_decoder *d, subject_parts *parts)
{
    const fp_value *spec = fp_decode_get(d->root, "spec");
    int lost = 0;
    int r;

    fp_try(r = fp_decode_selector(d, spec, "selector", &spec_path, FP_GLOBAL_FORBIDDEN,
                                  &parts->selector));
    lost |= r;
    fp_try(r = fp_decode_selector(d, spec, "serviceAccountSelector", &spec_path,
                                  FP_GLOBAL_FORBIDDEN, &parts->sa_selector));
    lost |= r;
    if (d->kind != FP_KIND_GLOBAL_NETWORK_POLICY) {
        /* There is no such member in a namespaced policy; whoever wrote it meant to narrow. */
        if (!fp_decode_get(spec, "namespaceSelector"))
            return lost;
        fp_decode_report(d, FP_SEVERITY_ERROR, FP_DIAG_UNSUPPORTED,
                         FP_PATH(&spec_path, "namespaceSelector"),
                         "not a member of a namespaced policy");
        return 1;
    }
    fp_try(r = fp_decode_selector(d, spec, "namespaceSelector", &spec_path, FP_GLOBAL_FORBIDDEN,
                                  &parts->ns_selector));
    return lost | r;
}

static int combine(fp_decoder *d, const subject_parts *parts, fp_selector **ret)
{
    if (d->kind == FP_KIND_GLOBAL_NETWORK_POLICY)
        return fp_scope_global_subject(parts->selector, parts->ns_selector, parts->sa_selector,
                                       ret);
    return fp_scope_subject(parts->selector, parts->sa_selector, d->ns, ret);
}

static int read_subject(fp_decoder *d, fp_selector **ret)
{
    subject_parts parts = {0};
    int r = read_parts(d, &parts);

    if (r == 0)
        r = combine(d, &parts, ret);
    else if (r > 0)
        fp_decode_subject_lost(d);
    fp_selector_unref(parts.selector);
    fp_selector_unref(parts.ns_selector);
    fp_selector_unref(parts.sa_selector);
    return r < 0 ? r : 0;
}

static void void_rules(fp_rule_vec *rules)
{
    for (size_t i = 0; i < rules->len; i++) {
        fp_rule *rule = &rules->items[i];

        if (rule->action != FP_ACTION_ALLOW && rule->action != FP_ACTION_PASS)
            continue;
        rule->not_understood = true;
        fp_rule_clear(rule);
    }
}

/*
 * A policy whose place (tier, order) or kind of enforcement can't be read. It is put first in its
 * tier, where its Deny rules catch whatever they could have caught anywhere in it, and its Allow
 * and Pass rules, which might come before a Deny that should precede them, are not understood.
 */
static void make_doubtful(fp_decoder *d, fp_policy_draft *draft)
{
    fp_decode_report(d, FP_SEVERITY_ERROR, FP_DIAG_RULE_NOT_UNDERSTOOD, &spec_path,
                     "where the policy belongs is not understood: it comes first in its tier and "
                     "allows nothing");
    draft->head.order = -DBL_MAX;
    void_rules(&draft->ingress);
    void_rules(&draft->egress);
}

static void report_no_effect(fp_decoder *d, const fp_policy *head)
{
    if (head->do_not_track)
        fp_decode_report(d, FP_SEVERITY_INFO, FP_DIAG_NO_EFFECT, FP_PATH(&spec_path, "doNotTrack"),
                         "an untracked policy has no effect on workloads");
    if (head->pre_dnat)
        fp_decode_report(d, FP_SEVERITY_INFO, FP_DIAG_NO_EFFECT, FP_PATH(&spec_path, "preDNAT"),
                         "a pre-DNAT policy has no effect on workloads");
}

static int read_policy(fp_decoder *d, fp_policy_draft *draft)
{
    bool doubtful = false;

    if (!fp_value_is(fp_decode_get(d->root, "spec"), FP_VALUE_OBJECT))
        return fp_decode_refuse(d, FP_DIAG_INVALID_OBJECT, &spec_path, "the object has no spec");
    fp_try(fp_rules_read(d, "ingress", &draft->ingress));
    fp_try(fp_rules_read(d, "egress", &draft->egress));
    fp_try(fp_policy_head_read(d, draft->ingress.len > 0, draft->egress.len > 0, &draft->head,
                               &doubtful));
    report_no_effect(d, &draft->head);
    if (doubtful)
        make_doubtful(d, draft);
    return read_subject(d, &draft->head.subject);
}

int fp_decode_calico_policy(fp_decoder *d, fp_object *ret)
{
    fp_policy_draft draft = {0};
    int r = read_policy(d, &draft);

    if (r == 0)
        r = fp_policy_seal(&draft, &ret->policy);
    if (r == 0)
        ret->cls = FP_OBJECT_POLICY;
    fp_policy_draft_done(&draft);
    return r;
}
