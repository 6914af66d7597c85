/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/rule.h"

/*
 * A staged policy is known by its name and place only: it is never enforced and contributes
 * nothing, so neither its subject nor its rules are kept, and mistakes in them are nobody's trouble
 * yet.
 */

static int read_head(fp_decoder *d, fp_policy *head)
{
    const fp_value *spec = fp_decode_get(d->root, "spec");
    const fp_value *ingress = fp_decode_get(spec, "ingress");
    const fp_value *egress = fp_decode_get(spec, "egress");
    bool doubtful = false;

    fp_try(fp_policy_head_read(d, ingress && ingress->count > 0, egress && egress->count > 0, head,
                               &doubtful));
    head->staged = true;
    fp_decode_report(d, FP_SEVERITY_INFO, FP_DIAG_STAGED, NULL,
                     "a staged policy is never enforced");
    return 0;
}

int fp_decode_staged_policy(fp_decoder *d, fp_object *ret)
{
    fp_policy_draft draft = {0};

    fp_try(read_head(d, &draft.head));
    fp_try(fp_policy_seal(&draft, &ret->policy));
    ret->cls = FP_OBJECT_POLICY;
    return 0;
}
