/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "libfedpol/model/rule.h"

static int read_labels(fp_decoder *d, fp_profile_desc *ret)
{
    const fp_path spec_path = {NULL, "spec", 0};
    const fp_value *map = fp_decode_get(fp_decode_get(d->root, "spec"), "labelsToApply");
    fp_label_list labels = {0};

    fp_try(fp_decode_label_map(d, map, FP_PATH(&spec_path, "labelsToApply"), &labels));
    ret->labels = labels.items;
    ret->n_labels = labels.n;
    return 0;
}

/* The rules of a profile belong to no namespace, whatever the profile is called. */
static int read_rules(fp_decoder *d, fp_policy_draft *draft)
{
    fp_try(fp_rules_read(d, "ingress", &draft->ingress));
    fp_try(fp_rules_read(d, "egress", &draft->egress));
    draft->head.kind = d->kind;
    draft->head.name = d->name;
    draft->head.order = HUGE_VAL;
    draft->head.types = FP_TYPE_INGRESS | FP_TYPE_EGRESS;
    return 0;
}

int fp_decode_profile(fp_decoder *d, fp_object *ret)
{
    fp_policy_draft draft = {0};
    int r = 0;

    fp_try(read_labels(d, &ret->profile));
    if (!d->options.remote) {
        r = read_rules(d, &draft);
        if (r == 0 && draft.ingress.len + draft.egress.len > 0)
            r = fp_policy_seal(&draft, &ret->profile.rules);
        fp_policy_draft_done(&draft);
    }
    fp_try(r);
    ret->profile.profile = d->name;
    ret->cls = FP_OBJECT_PROFILE;
    return 0;
}
