/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/renderer.h"

#include "libfedpol/net/proto.h"
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/delta_fixture.h"
#include "tests/support/fp_test.h"

#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Two sets in two policies of one list, two endpoints. */
static void two_of_each(delta_fixture *d)
{
    uint32_t policies[2];
    fp_policy_list *list;

    fx_init(&d->fx);
    for (size_t i = 0; i < 2; i++) {
        fp_active_rule rule = fx_rule(&d->fx, FP_ACTION_ALLOW, NULL);

        rule.source.selector = fx_set_of(&d->fx, i ? "b" : "a", TEXTS("10.0.0.1"));
        policies[i] = fx_policy(&d->fx, "ns", i ? "b" : "a", &rule, 1);
    }
    list = fx_list(&d->fx, "t", FP_ACTION_DENY, policies, 2, UINT32_MAX);
    fx_endpoint_of(&d->fx, "ns", "x", "cali1", TEXTS("10.0.0.1", "fd00::1"), list);
    fx_endpoint_of(&d->fx, "ns", "y", "cali2", TEXTS("10.0.0.2"), list);
    dx_begin(d, &(fp_render_options){.families = 3});
}

static fp_str set_name(const delta_fixture *d, uint32_t set, fp_ir_part part, unsigned family,
                       fp_buf *buf)
{
    fp_buf_clear(buf);
    fp_build_set_name(buf, &d->fx.sets.items[set]->set, part, family);
    return fp_buf_str(buf);
}

START_TEST(one_member_is_one_element)
{
    fp_buf name = {0};
    fp_buf expected = {0};
    delta_fixture d;

    two_of_each(&d);
    ck_assert(fx_join(&d.fx, 0, "10.0.0.7"));
    dx_note(&d);
    fp_buf_printf(&expected, "add element inet fedpol %.*s { 10.0.0.7 }\n",
                  FP_STR_ARG(set_name(&d, 0, FP_PART_HOSTS, 4, &name)));
    ck_assert_str_eq(dx_delta(&d), expected.data);
    ck_assert(fx_leave(&d.fx, 0, "10.0.0.7"));
    dx_note(&d);
    memcpy(expected.data, "del", 3);
    ck_assert_msg(strncmp(dx_delta(&d), "delete element inet fedpol set4-", 32) == 0, "%s", d.text);
    fp_buf_done(&name);
    fp_buf_done(&expected);
    dx_done(&d);
}
END_TEST

START_TEST(changes_that_cancel_leave_nothing)
{
    delta_fixture d;

    two_of_each(&d);
    ck_assert_str_eq(dx_delta(&d), "");
    ck_assert(fx_join(&d.fx, 0, "10.0.0.7"));
    dx_note(&d);
    ck_assert(fx_join(&d.fx, 0, "10.0.0.8"));
    dx_note(&d);
    ck_assert(fx_leave(&d.fx, 0, "10.0.0.7"));
    ck_assert(fx_leave(&d.fx, 0, "10.0.0.8"));
    dx_note(&d);
    ck_assert_str_eq(dx_delta(&d), "");
    dx_done(&d);
}
END_TEST

START_TEST(the_first_prefix_brings_an_interval_set_and_its_rules)
{
    delta_fixture d;

    two_of_each(&d);
    ck_assert(fx_join(&d.fx, 0, "192.0.2.0/24"));
    dx_note(&d);
    (void)dx_delta(&d);
    ck_assert_ptr_nonnull(strstr(d.text, "set wide4-"));
    ck_assert_ptr_nonnull(strstr(d.text, "elements = { 192.0.2.0/24 }"));
    ck_assert_ptr_nonnull(strstr(d.text, "flush chain inet fedpol in-policy-NetworkPolicy-ns-a"));
    ck_assert_ptr_null(strstr(d.text, "NetworkPolicy-ns-b"));
    /* A prefix inside it changes nothing; the one that covers it takes its place, and back. */
    ck_assert(fx_join(&d.fx, 0, "192.0.2.0/25"));
    dx_note(&d);
    ck_assert_str_eq(dx_delta(&d), "");
    ck_assert(fx_leave(&d.fx, 0, "192.0.2.0/24"));
    dx_note(&d);
    (void)dx_delta(&d);
    ck_assert_ptr_nonnull(strstr(d.text, "{ 192.0.2.0/24 }\nadd element"));
    ck_assert_ptr_nonnull(strstr(d.text, "{ 192.0.2.0/25 }\n"));
    ck_assert(fx_leave(&d.fx, 0, "192.0.2.0/25"));
    dx_note(&d);
    ck_assert_ptr_nonnull(strstr(dx_delta(&d), "delete set inet fedpol wide4-"));
    dx_done(&d);
}
END_TEST

/* R10: an insertion rewrote everything behind it. */
START_TEST(a_changed_policy_rewrites_its_chains_alone)
{
    fp_active_rule rules[2];
    fp_active_policy *policy;
    delta_fixture d;

    two_of_each(&d);
    policy = d.fx.policies.items[0];
    rules[0] = fx_rule(&d.fx, FP_ACTION_DENY, NULL);
    rules[1] = policy->ingress[0];
    policy->ingress = rules;
    policy->n_ingress = 2;
    d.policies_changed = true;
    dx_note(&d);
    (void)dx_delta(&d);
    ck_assert_uint_eq(dx_count(&d, "chain "), 2); /* flush, block */
    ck_assert_uint_eq(dx_count(&d, "in-policy-NetworkPolicy-ns-a-"), 2);
    dx_done(&d);
}
END_TEST

START_TEST(an_endpoint_that_leaves_takes_its_chains_and_elements_with_it)
{
    fp_ip departed = fx_ip("10.0.0.2");
    delta_fixture d;

    two_of_each(&d);
    d.fx.endpoints.items[1]->gone = true;
    d.endpoints_changed = true;
    d.departed = &departed;
    dx_note(&d);
    dx_note(&d);
    (void)dx_delta(&d);
    ck_assert_uint_eq(dx_count(&d, "delete element"), 3); /* two maps, one set */
    ck_assert_uint_eq(dx_count(&d, "delete chain"), 2);
    ck_assert_uint_eq(dx_count(&d, "chain {"), 0);
    ck_assert_uint_eq(d.n_departed, 1);
    dx_done(&d);
}
END_TEST

START_TEST(a_set_that_went_and_came_back_is_loaded_anew)
{
    delta_fixture d;

    two_of_each(&d);
    d.fx.sets.items[0]->gone = true;
    dx_note(&d);
    d.fx.sets.items[0]->gone = false;
    ck_assert(fx_leave(&d.fx, 0, "10.0.0.1"));
    ck_assert(fx_join(&d.fx, 0, "10.0.0.7"));
    dx_note(&d);
    (void)dx_delta(&d);
    ck_assert_uint_eq(dx_count(&d, "flush set inet fedpol set4-"), 1);
    ck_assert_uint_eq(dx_count(&d, "elements = { 10.0.0.7 }"), 1);
    ck_assert_uint_eq(dx_count(&d, "chain"), 0);
    dx_done(&d);
}
END_TEST

START_TEST(a_delta_needs_a_full_ruleset_first)
{
    fp_renderer *renderer;
    fp_ruleset *ruleset = NULL;
    const fp_view view = {0};

    ck_assert_int_eq(fp_renderer_new(&(fp_render_options){.families = 0}, &renderer, NULL), 0);
    ck_assert_int_eq(fp_renderer_delta_of(renderer, &view, &ruleset), FEDPOL_E_STATE);
    ck_assert_ptr_null(ruleset);
    (void)fp_renderer_free(renderer);
}
END_TEST

/* Each takes the kernel's time, so few by default. */
static size_t steps(void)
{
    const char *text = getenv("FEDPOL_TEST_ROUNDS");
    uint64_t n;

    return text && fp_str_to_u64(fp_str_of(text), 1000000, &n) ? (size_t)n : 6;
}

/* Everything that may change does, many times; after each text the kernel must hold the same as
   after the whole text of that state. */
START_TEST(full_and_delta_give_the_kernel_the_same)
{
    for (uint64_t seed = 1; seed <= 2; seed++) {
        fp_rng rng = {seed * 7919};
        fp_buf script = {0};
        delta_fixture d;
        char *output;
        int r;

        dx_random_begin(&d, &rng, &script, seed % 2 ? FP_DISPATCH_INTERFACE : FP_DISPATCH_ADDRESS);
        for (size_t step = 0; step < steps(); step++)
            dx_random_step(&d, &rng, &script, step);
        fp_buf_puts(&script, "echo all steps\n");
        r = fx_in_netns(script.data, &output);
        if (r < 0)
            (void)fprintf(stderr, "skipped: no root or no nft for network namespaces\n");
        else
            ck_assert_msg(r == 0 && strstr(output, "all steps"), "seed %u: %.3000s", (unsigned)seed,
                          output);
        if (r >= 0)
            fp_free(output);
        fp_buf_done(&script);
        dx_done(&d);
    }
}
END_TEST

/* Noting and texts with every allocation failing once; the last text makes up for what was lost. */
static int delta_scenario(void *user)
{
    return dx_oom_scenario(user);
}

START_TEST(a_delta_survives_lack_of_memory)
{
    delta_fixture d;

    two_of_each(&d);
    dx_done_renderer(&d);
    fp_test_oom(delta_scenario, &d);
    dx_done(&d);
}
END_TEST

FP_TEST_MAIN("render/delta", one_member_is_one_element, changes_that_cancel_leave_nothing,
             the_first_prefix_brings_an_interval_set_and_its_rules,
             a_changed_policy_rewrites_its_chains_alone,
             an_endpoint_that_leaves_takes_its_chains_and_elements_with_it,
             a_set_that_went_and_came_back_is_loaded_anew, a_delta_needs_a_full_ruleset_first,
             full_and_delta_give_the_kernel_the_same, a_delta_survives_lack_of_memory)
