/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/decode.h"

/* Kept as an object so that the diagnostic stays for as long as the policy is there. */
int fp_decode_admin_policy(fp_decoder *d, fp_object *ret)
{
    fp_decode_report(d, FP_SEVERITY_ERROR, FP_DIAG_UNSUPPORTED, NULL,
                     "%s objects are not supported: the policy has no effect",
                     fp_kind_name(d->kind));
    ret->cls = FP_OBJECT_NOTHING;
    return 0;
}
