/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/private.h"

#define DEFAULT_ALLOW "projectcalico-default-allow"

/* The record of the Namespace ("kns.<ns>") or ServiceAccount ("ksa.<ns>.<name>") behind a name. */
static fp_record_id find_derived(const fp_cluster *cluster, fp_str profile)
{
    fp_str rest = fp_str_sub(profile, profile.len < 4 ? profile.len : 4, profile.len);
    ptrdiff_t dot;

    if (fp_str_starts_with(profile, FP_STR("kns.")))
        return fp_cluster_find(cluster, FP_KIND_NAMESPACE, FP_STR_NULL, rest);
    dot = fp_str_find_byte(rest, '.');
    if (!fp_str_starts_with(profile, FP_STR("ksa.")) || dot < 0)
        return FP_NO_ID;
    return fp_cluster_find(cluster, FP_KIND_SERVICE_ACCOUNT, fp_str_sub(rest, 0, (size_t)dot),
                           fp_str_sub(rest, (size_t)dot + 1, rest.len));
}

bool fp_profile_is_derived(const fp_cluster *cluster, fp_str profile)
{
    fp_record_id id = find_derived(cluster, profile);

    return id != FP_NO_ID && fp_cluster_record(cluster, id).cls == FP_OBJECT_PROFILE;
}

fp_profile_state fp_profile_get(const fp_calc *calc, fp_str profile)
{
    const fp_world *world = calc->world;
    const fp_source *source;

    if (world->local && fp_profile_is_derived(world->local, profile))
        return (fp_profile_state){
            true, fp_str_starts_with(profile, FP_STR("kns.")) ? calc->allow_all : NULL};
    source = world->local
                 ? fp_sources_find(world, world->local, FP_KIND_PROFILE, FP_STR_NULL, profile)
                 : NULL;
    if (source)
        return (fp_profile_state){true, source->object.profile.rules};
    if (fp_str_is(profile, DEFAULT_ALLOW))
        return (fp_profile_state){true, calc->allow_all};
    return (fp_profile_state){false, NULL};
}

void fp_profile_touch(fp_calc *calc, const fp_cluster *cluster, fp_str profile)
{
    uint32_t id = cluster == calc->world->local ? fp_actives_find_profile(calc, profile) : FP_NO_ID;

    if (id != FP_NO_ID)
        fp_actives_touch(calc, id);
}
