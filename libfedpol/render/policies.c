/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/build.h"
#include "libfedpol/render/names.h"

static const char *const direction_words[] = {"ingress", "egress"};

/* What identifies a policy, whatever is in its name. */
static size_t identity(const fp_active_policy *policy, fp_str pieces[4])
{
    if (policy->is_profile) {
        pieces[0] = FP_STR("profile");
        pieces[1] = FP_STR("Profile");
        pieces[2] = policy->profile;
        return 3;
    }
    pieces[0] = FP_STR("policy");
    pieces[1] = fp_str_of(fp_kind_name(policy->policy->kind));
    pieces[2] = policy->policy->ns;
    pieces[3] = policy->policy->name;
    return 4;
}

static fp_str policy_id(fp_build *build, const fp_active_policy *policy)
{
    fp_buf *scratch = &build->ir->scratch;

    if (policy->is_profile) {
        fp_buf_puts(scratch, "Profile//");
        fp_buf_add(scratch, policy->profile);
    } else {
        fp_policy_put_id(scratch, policy->policy);
    }
    return fp_ir_take_scratch(build->ir);
}

/* Only what can take effect counts: a profile's Pass goes on to the next profile and needs no
   chain around it. */
static fp_policy_form form_of(const fp_active_policy *policy, fp_direction direction)
{
    const fp_active_rule *rules = direction == FP_DIRECTION_IN ? policy->ingress : policy->egress;
    size_t n = direction == FP_DIRECTION_IN ? policy->n_ingress : policy->n_egress;
    fp_policy_form form = FP_FORM_EMPTY;

    for (size_t i = 0; i < n; i++) {
        if (rules[i].mode == FP_RULE_NEVER)
            continue;
        form = FP_FORM_CHAIN;
        if (!policy->is_profile && rules[i].mode == FP_RULE_NORMAL &&
            rules[i].rule->action == FP_ACTION_PASS)
            return FP_FORM_INLINE;
    }
    return form;
}

static void build_chain(fp_build *build, const fp_active_policy *policy,
                        const fp_built_policy *built, fp_direction direction)
{
    fp_buf *scratch = &build->ir->scratch;

    fp_buf_puts(scratch, policy->is_profile ? "profile " : "policy ");
    fp_buf_add(scratch, built->id);
    fp_buf_putc(scratch, ' ');
    fp_buf_puts(scratch, direction_words[direction]);
    fp_ir_begin_chain(build->ir, built->chains[direction].name, fp_ir_take_scratch(build->ir));
    fp_build_rules(build, policy, built->id, direction);
    fp_ir_end_chain(build->ir);
}

static void build_policy(fp_build *build, const fp_active_policy *policy, fp_built_policy *built)
{
    static const char *const prefixes[2][2] = {
        {"in-policy-", "out-policy-"},
        {"in-profile-", "out-profile-"},
    };
    fp_str pieces[4];
    size_t n = identity(policy, pieces);

    built->id = policy_id(build, policy);
    for (int d = FP_DIRECTION_IN; d <= FP_DIRECTION_OUT; d++) {
        fp_name_put(&build->ir->scratch, prefixes[policy->is_profile][d], pieces, n);
        built->chains[d].name = fp_ir_take_scratch(build->ir);
        built->chains[d].form = (uint8_t)form_of(policy, (fp_direction)d);
        if (built->chains[d].form == FP_FORM_CHAIN)
            build_chain(build, policy, built, (fp_direction)d);
    }
}

static int make_room(fp_build *build, uint32_t id)
{
    size_t old = build->policies.len;

    if (id < old)
        return 0;
    fp_try(fp_vec_reserve(&build->policies, id + 1 - old));
    memset(build->policies.items + old, 0, (id + 1 - old) * sizeof(*build->policies.items));
    build->policies.len = (size_t)id + 1;
    return 0;
}

void fp_build_policies(fp_build *build)
{
    fp_u32_vec ids = {0};
    int r = build->view->policies(build->view->source, &ids);

    for (size_t i = 0; r == 0 && i < ids.len && !build->ir->error; i++) {
        const fp_active_policy *policy = build->view->policy(build->view->source, ids.items[i]);

        r = policy && (policy->is_profile || policy->policy) ? make_room(build, policy->id)
                                                             : FEDPOL_E_INTERNAL;
        if (r == 0)
            build_policy(build, policy, &build->policies.items[policy->id]);
    }
    fp_vec_done(&ids);
    if (r < 0)
        fp_build_fail(build, r);
}
