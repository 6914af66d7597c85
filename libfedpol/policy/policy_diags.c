/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/private.h"

#define QUOTED_MAX 128u

static int tell_unknown_tier(fp_calc *calc, fp_policy_entry *entry)
{
    const fp_policy *policy = entry->policy;
    fp_cleanup_buf fp_buf message = {0};
    fp_diag diag = {
        .severity = FP_SEVERITY_WARNING, .code = FP_DIAG_UNKNOWN_TIER, .path = FP_STR("spec.tier")};
    bool tell = fp_policy_takes_part(policy) && !calc->tiers.items.items[entry->tier]->exists;

    if (tell == entry->unknown_tier_told)
        return 0;
    fp_buf_puts(&message, "tier ");
    fp_buf_put_quoted(&message, policy->tier, QUOTED_MAX);
    fp_buf_puts(&message, " does not exist: the policy applies behind all tiers that do, and what "
                          "it selects is denied at the end");
    fp_try(fp_buf_error(&message));
    diag.message = fp_buf_str(&message);
    fp_try(fp_cluster_set_diags(calc->world->local, FP_DIAG_SOURCE_POLICY,
                                fp_kind_name(policy->kind), policy->ns, policy->name, FP_STR_NULL,
                                &diag, tell ? 1 : 0));
    entry->unknown_tier_told = tell;
    return 0;
}

static int update_tier(fp_calc *calc, const fp_tier_entry *tier)
{
    for (uint32_t id = fp_idset_next(&tier->policies, 0); id != FP_NO_ID;
         id = fp_idset_next(&tier->policies, id + 1))
        fp_try(tell_unknown_tier(calc, &calc->policies.items.items[id]));
    return 0;
}

int fp_policy_diags_update(fp_calc *calc)
{
    const fp_marks *tiers = &calc->tiers.stale;
    const fp_marks *policies = &calc->policies.stale;

    for (size_t i = 0; i < policies->ids.len; i++)
        if (calc->policies.items.items[policies->ids.items[i]].policy)
            fp_try(tell_unknown_tier(calc, &calc->policies.items.items[policies->ids.items[i]]));
    for (size_t i = 0; i < tiers->ids.len; i++)
        if (calc->tiers.items.items[tiers->ids.items[i]])
            fp_try(update_tier(calc, calc->tiers.items.items[tiers->ids.items[i]]));
    return 0;
}

static int add_missing(fp_diags *diags, fp_str profile)
{
    fp_cleanup_buf fp_buf name = {0};

    fp_buf_put_quoted(&name, profile, QUOTED_MAX);
    fp_try(fp_buf_error(&name));
    fp_diags_add(diags, FP_SEVERITY_WARNING, FP_DIAG_MISSING_PROFILE, FP_STR("spec.profiles"),
                 "profile %s does not exist: what reaches its place in the list is denied",
                 name.data);
    return diags->error;
}

int fp_policy_diags_end(fp_calc *calc, fp_end_entry *end)
{
    fp_cluster *local = calc->world->local;
    size_t n = end->now.list ? end->now.list->n_missing : 0;
    fp_arena arena;
    fp_diags diags;
    int r = 0;

    if (n == 0 && !end->missing_told)
        return 0;
    fp_arena_init(&arena, 0);
    fp_diags_init(&diags, &arena);
    for (size_t i = 0; i < n && r == 0; i++)
        r = add_missing(&diags, end->now.list->missing[i]);
    if (r == 0)
        r = fp_cluster_set_diags(local, FP_DIAG_SOURCE_POLICY, fp_kind_name(end->kind), end->ns,
                                 end->name, FP_STR_NULL, diags.list.items, diags.list.len);
    if (r == 0)
        end->missing_told = n > 0;
    fp_diags_done(&diags);
    fp_arena_done(&arena);
    return r;
}
