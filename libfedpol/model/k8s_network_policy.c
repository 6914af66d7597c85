/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/rule.h"
#include "libfedpol/model/scope.h"

/* networking.k8s.io/v1 NetworkPolicy: Allow rules in the tier `default`, at order 1000. */

#define KUBERNETES_ORDER 1000.0

static const fp_path spec_path = {NULL, "spec", 0};

static int read_rules(fp_decoder *d, bool ingress, fp_rule_vec *ret)
{
    const char *key = ingress ? "ingress" : "egress";
    const fp_path list_path = {&spec_path, key, 0};
    const fp_value *list = fp_decode_get(fp_decode_get(d->root, "spec"), key);
    uint32_t i = 0;

    if (list && (list->type != FP_VALUE_ARRAY || list->count > d->options.max_rules)) {
        fp_decode_report(d, FP_SEVERITY_ERROR, FP_DIAG_RULE_NOT_UNDERSTOOD, &list_path,
                         "not a list of at most %u rules; nothing is allowed by it",
                         d->options.max_rules);
        return fp_rules_push_void(FP_ACTION_ALLOW, ret);
    }
    fp_decode_each (item, list) {
        fp_try(fp_k8s_rule_read(d, item, FP_PATH_AT(&list_path, i), ingress, i, ret));
        i++;
    }
    return 0;
}

static int read_subject(fp_decoder *d, fp_selector **ret)
{
    const fp_value *value = fp_decode_get(fp_decode_get(d->root, "spec"), "podSelector");
    fp_selector *pods = NULL;
    fp_selector *selected = NULL;
    int r;

    fp_try(fp_k8s_pods(&pods));
    r = fp_decode_label_selector(d, value, FP_PATH(&spec_path, "podSelector"), pods, &selected);
    fp_selector_unref(pods);
    if (r > 0) {
        fp_decode_subject_lost(d);
        return 0;
    }
    if (r == 0)
        r = fp_scope_subject(selected, NULL, d->ns, ret);
    fp_selector_unref(selected);
    return r;
}

static int read_policy(fp_decoder *d, fp_policy_draft *draft)
{
    static const char *const keys[] = {"podSelector", "policyTypes", "ingress", "egress", NULL};
    const fp_value *spec = fp_decode_get(d->root, "spec");
    fp_policy *head = &draft->head;
    uint8_t by_rules;

    if (!fp_value_is(spec, FP_VALUE_OBJECT))
        return fp_decode_refuse(d, FP_DIAG_INVALID_OBJECT, &spec_path, "the object has no spec");
    fp_policy_warn_keys(d, keys);
    fp_try(read_rules(d, true, &draft->ingress));
    fp_try(read_rules(d, false, &draft->egress));
    by_rules = (uint8_t)(FP_TYPE_INGRESS | (draft->egress.len > 0 ? FP_TYPE_EGRESS : 0));
    head->kind = d->kind;
    head->ns = d->ns;
    head->name = d->name;
    head->tier = FP_STR("default");
    head->order = KUBERNETES_ORDER;
    head->types = fp_policy_types_read(d, fp_decode_get(spec, "policyTypes"),
                                       FP_PATH(&spec_path, "policyTypes"), by_rules);
    return read_subject(d, &head->subject);
}

int fp_decode_k8s_network_policy(fp_decoder *d, fp_object *ret)
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
