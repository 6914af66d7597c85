/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/policy.h"

#include <math.h>

#include "libfedpol/model/policy_draft.h"
#include "tests/support/fp_model_dump.h"
#include "tests/support/fp_test.h"

static const fp_port_range ranges[] = {{80, 90}, {443, 443}};
static const fp_str names[] = {FP_STR_INIT("http"), FP_STR_INIT("metrics")};

/* Two rules; the first shares its selector with the subject. */
static int fill(fp_policy_draft *draft)
{
    fp_rule rule = {.action = FP_ACTION_ALLOW, .protocol = 6};

    *draft = (fp_policy_draft){.head = {
                                   .kind = FP_KIND_NETWORK_POLICY,
                                   .ns = FP_STR("shop"),
                                   .name = FP_STR("a"),
                                   .tier = FP_STR("default"),
                                   .order = HUGE_VAL,
                                   .types = FP_TYPE_INGRESS,
                               }};
    fp_try(fp_selector_new_has(FP_STR("x"), &draft->head.subject));
    rule.source.selector = fp_selector_ref(draft->head.subject);
    rule.destination.ports = (fp_port_match){
        .present = true, .ranges = ranges, .n_ranges = 2, .names = names, .n_names = 2};
    fp_try(fp_rule_vec_push(&draft->ingress, &rule));
    rule = (fp_rule){.action = FP_ACTION_DENY, .index = 1};
    return fp_rule_vec_push(&draft->ingress, &rule);
}

static int seal(fp_policy **ret)
{
    fp_policy_draft draft;
    int r = fill(&draft);

    if (r == 0)
        r = fp_policy_seal(&draft, ret);
    fp_policy_draft_done(&draft);
    return r;
}

START_TEST(a_sealed_policy_depends_on_nothing_else)
{
    fp_cleanup_buf fp_buf dump = {0};
    fp_policy *policy = NULL;

    ck_assert_int_eq(seal(&policy), 0);
    ck_assert_ptr_ne(policy->ingress.items[0].destination.ports.ranges, ranges);
    fp_model_dump_policy(&dump, policy);
    ck_assert_str_eq(dump.data, "policy NetworkPolicy/shop/a tier default order none Ingress\n"
                                "  subject has(x)\n"
                                "  ingress[0] allow protocol 6\n"
                                "    from: selector has(x)\n"
                                "    to: ports 80-90 443 'http' 'metrics'\n"
                                "  ingress[1] deny\n");
    ck_assert_ptr_null(fp_policy_unref(policy));
}
END_TEST

START_TEST(the_last_reference_frees_all)
{
    fp_policy *policy = NULL;

    fp_test_count_allocs();
    ck_assert_int_eq(seal(&policy), 0);
    ck_assert_ptr_eq(fp_policy_ref(policy), policy);
    ck_assert_ptr_null(fp_policy_unref(policy));
    ck_assert_uint_eq(policy->refs, 1);
    ck_assert_uint_gt(fp_test_live_allocs(), 0);
    ck_assert_ptr_null(fp_policy_unref(policy));
    ck_assert_uint_eq(fp_test_live_allocs(), 0);
    ck_assert_ptr_null(fp_policy_unref(NULL));
    ck_assert_ptr_null(fp_policy_ref(NULL));
}
END_TEST

START_TEST(a_policy_costs_one_block_and_its_selectors)
{
    fp_policy *policy = NULL;

    fp_test_count_allocs();
    ck_assert_int_eq(seal(&policy), 0);
    ck_assert_uint_eq(fp_test_live_allocs(), 2);
    fp_policy_unref(policy);
}
END_TEST

START_TEST(ids_name_kind_namespace_and_name)
{
    static const struct {
        fp_policy policy;
        const char *expected;
    } cases[] = {
        {{.kind = FP_KIND_NETWORK_POLICY, .ns = {"shop", 4}, .name = {"a", 1}},
         "NetworkPolicy/shop/a"},
        {{.kind = FP_KIND_K8S_NETWORK_POLICY, .ns = {"shop", 4}, .name = {"a", 1}},
         "KubernetesNetworkPolicy/shop/a"},
        {{.kind = FP_KIND_GLOBAL_NETWORK_POLICY, .name = {"a", 1}}, "GlobalNetworkPolicy//a"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fp_cleanup_buf fp_buf id = {0};

        fp_policy_put_id(&id, &cases[i].policy);
        ck_assert_str_eq(id.data, cases[i].expected);
    }
}
END_TEST

START_TEST(the_rules_of_a_namespace_allow_everything)
{
    fp_policy *policy = NULL;

    ck_assert_int_eq(fp_policy_new_allow_all(FP_STR("kns.shop"), &policy), 0);
    ck_assert_str(policy->name, "kns.shop");
    ck_assert_uint_eq(policy->ingress.n, 1);
    ck_assert_uint_eq(policy->egress.n, 1);
    ck_assert_int_eq(policy->ingress.items[0].action, FP_ACTION_ALLOW);
    ck_assert_int_eq(policy->types, FP_TYPE_INGRESS | FP_TYPE_EGRESS);
    fp_policy_unref(policy);
}
END_TEST

static int make_both(void *user)
{
    fp_policy *sealed = NULL;
    fp_policy *open = NULL;
    int r = seal(&sealed);

    (void)user;
    if (r == 0)
        r = fp_policy_new_allow_all(FP_STR("kns.shop"), &open);
    fp_policy_unref(sealed);
    fp_policy_unref(open);
    return r;
}

START_TEST(policies_survive_running_out_of_memory)
{
    fp_test_oom(make_both, NULL);
}
END_TEST

FP_TEST_MAIN("model/policy", a_sealed_policy_depends_on_nothing_else, the_last_reference_frees_all,
             a_policy_costs_one_block_and_its_selectors, ids_name_kind_namespace_and_name,
             the_rules_of_a_namespace_allow_everything, policies_survive_running_out_of_memory)
