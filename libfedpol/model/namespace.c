/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/decode.h"

#include "libfedpol/model/inherited.h"

/* A namespace becomes the profile kns.<name>: its labels under pcns., and allow-all both ways,
   which is what leaves a pod that no policy selects open. */
int fp_decode_namespace(fp_decoder *d, fp_object *ret)
{
    fp_str profile;

    fp_try(fp_inherited_profile_name(d, FP_PROFILE_NAMESPACE, d->name, FP_STR_NULL, &profile));
    fp_try(fp_inherited_labels(d, FP_PREFIX_NAMESPACE, &ret->profile));
    /* The rules of other clusters are not ours to apply. */
    if (!d->options.remote)
        fp_try(fp_policy_new_allow_all(profile, &ret->profile.rules));
    ret->profile.profile = profile;
    ret->cls = FP_OBJECT_PROFILE;
    return 0;
}
