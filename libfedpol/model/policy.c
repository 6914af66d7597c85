/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/policy.h"

#include <math.h>

#include "libfedpol/model/policy_draft.h"

fp_policy *fp_policy_ref(fp_policy *policy)
{
    if (policy)
        policy->refs++;
    return policy;
}

static void unref_selectors(const fp_rules *rules)
{
    for (size_t i = 0; i < rules->n; i++) {
        fp_selector_unref(rules->items[i].source.selector);
        fp_selector_unref(rules->items[i].source.not_selector);
        fp_selector_unref(rules->items[i].destination.selector);
        fp_selector_unref(rules->items[i].destination.not_selector);
    }
}

fp_policy *fp_policy_unref(fp_policy *policy)
{
    if (!policy || --policy->refs > 0)
        return NULL;
    unref_selectors(&policy->ingress);
    unref_selectors(&policy->egress);
    fp_selector_unref(policy->subject);
    fp_free(policy);
    return NULL;
}

void fp_policy_put_id(fp_buf *buf, const fp_policy *policy)
{
    fp_buf_puts(buf, fp_kind_name(policy->kind));
    fp_buf_putc(buf, '/');
    fp_buf_add(buf, policy->ns);
    fp_buf_putc(buf, '/');
    fp_buf_add(buf, policy->name);
}

/* Every namespace has such a profile, so the rule itself is not copied. */
static const fp_rule allow_all = {.action = FP_ACTION_ALLOW};

int fp_policy_new_allow_all(fp_str profile, fp_policy **ret)
{
    fp_policy_draft draft = {.head = {
                                 .kind = FP_KIND_PROFILE,
                                 .name = profile,
                                 .order = HUGE_VAL,
                                 .types = FP_TYPE_INGRESS | FP_TYPE_EGRESS,
                             }};
    fp_policy *policy = NULL;

    fp_try(fp_policy_seal(&draft, &policy));
    policy->ingress = (fp_rules){&allow_all, 1};
    policy->egress = (fp_rules){&allow_all, 1};
    *ret = policy;
    return 0;
}
