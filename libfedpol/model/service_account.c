/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/decode.h"

#include "libfedpol/model/inherited.h"

/* A service account becomes the profile ksa.<ns>.<name>: its labels under pcsa., and no rules. */
int fp_decode_service_account(fp_decoder *d, fp_object *ret)
{
    fp_str profile;

    fp_try(fp_inherited_profile_name(d, FP_PROFILE_SERVICE_ACCOUNT, d->ns, d->name, &profile));
    fp_try(fp_inherited_labels(d, FP_PREFIX_SERVICE_ACCOUNT, &ret->profile));
    ret->profile.profile = profile;
    ret->cls = FP_OBJECT_PROFILE;
    return 0;
}
