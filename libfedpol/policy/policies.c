/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/private.h"

bool fp_policy_takes_part(const fp_policy *policy)
{
    return policy->subject && !policy->staged && !policy->do_not_track && !policy->pre_dnat;
}

static int reserve(fp_policies *policies)
{
    size_t n = (size_t)policies->ids.used + 1;

    fp_try(fp_marks_room(&policies->stale, n));
    return fp_vec_reserve(&policies->items, n - policies->items.len);
}

/* Registers what the policy needs as ID. On failure nothing is left behind. */
static int link_policy(fp_calc *calc, const fp_policy *policy, uint32_t id, fp_policy_entry *entry)
{
    fp_match_id match = FP_NO_ID;
    uint32_t tier;
    int r;

    fp_try(fp_tiers_get(calc, policy->tier, &tier));
    fp_try(fp_tiers_add_policy(calc, tier, id));
    if (fp_policy_takes_part(policy)) {
        r = fp_matches_add(calc, policy->subject, FP_DOMAIN_ENFORCED, true, id, &match);
        if (r < 0) {
            fp_tiers_remove_policy(calc, tier, id);
            return r;
        }
    }
    entry->match = match;
    entry->tier = tier;
    return 0;
}

static void unlink_policy(fp_calc *calc, const fp_policy_entry *entry, uint32_t id)
{
    if (entry->match != FP_NO_ID)
        fp_matches_remove(calc, entry->match, true, id);
    fp_tiers_remove_policy(calc, entry->tier, id);
}

static int put_new(fp_calc *calc, fp_policy *policy, uint32_t *ret)
{
    fp_policies *policies = &calc->policies;
    fp_policy_entry entry = {.active = FP_NO_ID};
    uint32_t id;
    int r;

    fp_try(reserve(policies));
    fp_try(fp_ids_take(&policies->ids, &id));
    r = fp_service_refs_add(calc->world, policy);
    if (r == 0) {
        r = link_policy(calc, policy, id, &entry);
        if (r < 0)
            fp_service_refs_drop(calc->world, policy);
    }
    if (r < 0) {
        fp_ids_give(&policies->ids, id);
        return r;
    }
    entry.policy = fp_policy_ref(policy);
    while (policies->items.len <= id)
        policies->items.items[policies->items.len++] = (fp_policy_entry){0};
    policies->items.items[id] = entry;
    fp_marks_add(&policies->stale, id);
    *ret = id;
    return 0;
}

/*
 * A policy is taken under a spare id while its old form still stands, so that a failure changes
 * nothing and a selector that both forms share is never let go.
 */
static int put_changed(fp_calc *calc, fp_policy *policy, uint32_t old_id, uint32_t *ret)
{
    fp_policy_entry *old, *entry;
    uint32_t id;

    fp_try(put_new(calc, policy, &id));
    old = &calc->policies.items.items[old_id];
    entry = &calc->policies.items.items[id];
    entry->active = old->active;
    entry->unknown_tier_told = old->unknown_tier_told;
    if (entry->active != FP_NO_ID) {
        calc->actives.items.items[entry->active]->store = id;
        fp_actives_touch(calc, entry->active);
        old->active = FP_NO_ID;
    }
    fp_policies_remove(calc, old_id);
    *ret = id;
    return 0;
}

int fp_policies_put(fp_calc *calc, fp_policy *policy, uint32_t id, uint32_t *ret)
{
    if (id == FP_NO_ID)
        return put_new(calc, policy, ret);
    if (fp_policy_equal(calc->policies.items.items[id].policy, policy)) {
        *ret = id;
        return 0;
    }
    return put_changed(calc, policy, id, ret);
}

void fp_policies_remove(fp_calc *calc, uint32_t id)
{
    fp_policy_entry *entry = &calc->policies.items.items[id];

    unlink_policy(calc, entry, id);
    fp_service_refs_drop(calc->world, entry->policy);
    if (entry->active != FP_NO_ID) {
        calc->actives.items.items[entry->active]->store = FP_NO_ID;
        fp_actives_touch(calc, entry->active);
    }
    fp_policy_unref(entry->policy);
    *entry = (fp_policy_entry){.match = FP_NO_ID, .active = FP_NO_ID};
    fp_ids_give(&calc->policies.ids, id);
}

void fp_policies_done(fp_calc *calc)
{
    fp_policies *policies = &calc->policies;

    for (size_t i = 0; i < policies->items.len; i++)
        fp_policy_unref(policies->items.items[i].policy);
    fp_vec_done(&policies->items);
    fp_ids_done(&policies->ids);
    fp_marks_done(&policies->stale);
}
