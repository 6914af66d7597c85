/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/nft.h"

#include <stdio.h>
#include <stdlib.h>

#include "libfedpol/net/proto.h"
#include "tests/support/fp_test.h"
#include "tests/support/render_fixture.h"

#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static char *render(const fixture *fx, const fp_render_options *options, fp_ruleset **ret)
{
    const fp_view view = fx_view(fx);
    fp_renderer *renderer;
    fp_ruleset *ruleset;
    char *text;

    ck_assert_int_eq(fp_renderer_new(options, &renderer, NULL), 0);
    ck_assert_int_eq(fp_renderer_full_of(renderer, &view, &ruleset), 0);
    text = fp_str_dup(fp_str_n(ruleset->text, ruleset->text_len));
    if (ret)
        *ret = ruleset;
    else
        (void)fp_ruleset_unref(ruleset);
    (void)fp_renderer_free(renderer);
    return text;
}

/* A rule of every kind of criterion, with NAME in every place that a user chooses. */
static void everything(fixture *fx, const char *name)
{
    const fp_port_range ranges[] = {{80, 80}, {8000, 8100}};
    uint32_t peers = fx_set_of(fx, "peers", TEXTS("10.0.0.1", "10.1.0.0/16", "fd00::1"));
    uint32_t others = fx_set_of(fx, "others", TEXTS("0.0.0.0/0", "fd00:1::/64", "10.0.0.9"));
    uint32_t http = fx_port_set(fx, "http");
    uint32_t *named = fp_arena_array(&fx->arena, 1, sizeof(*named));
    fp_active_rule rules[8];
    uint32_t policies[2];
    fp_rule *r[8];
    uint32_t profile;

    named[0] = http;
    fx_port_member(fx, http, "10.0.0.1", FP_PROTO_TCP, 8080);
    fx_port_member(fx, http, "fd00::1", FP_PROTO_UDP, 8081);
    for (size_t i = 0; i < 8; i++)
        rules[i] = fx_rule(fx, i == 7 ? FP_ACTION_PASS : FP_ACTION_ALLOW, &r[i]);
    r[0]->protocol = FP_PROTO_TCP;
    r[0]->destination.ports = fx_ports(fx, ranges, 2);
    rules[0].destination.ports = named;
    rules[0].destination.n_ports = 1;
    rules[0].source.selector = peers;
    rules[1].source.not_selector = others;
    r[1]->action = FP_ACTION_DENY;
    r[2]->icmp = (fp_icmp_match){true, true, 8, 0};
    r[2]->protocol = FP_PROTO_ICMP;
    r[2]->ip_version = 4;
    r[3]->not_icmp = (fp_icmp_match){true, true, 8, 0};
    r[4]->source.nets = fx_nets(fx, TEXTS("10.0.0.0/8", "192.168.0.0/16", "fd00::/8"));
    r[4]->source.not_nets = fx_nets(fx, TEXTS("10.9.0.0/16"));
    r[5]->action = FP_ACTION_LOG;
    r[5]->not_protocol = FP_PROTO_UDP;
    r[6]->destination.not_ports = fx_ports(fx, ranges, 2);
    rules[6].source.not_ports = named;
    rules[6].source.n_not_ports = 1;
    r[6]->source.not_ports.present = true;
    policies[0] = fx_policy(fx, name, name, rules, 7);
    policies[1] = fx_policy(fx, name, "passes", rules, 8);
    profile = fx_profile(fx, name, rules, 1);
    fp_policy_list *list = fx_list(fx, name, FP_ACTION_PASS, policies, 2, profile);

    fx_add_tier(fx, list, "default", FP_ACTION_DENY, policies, 1);
    fx_endpoint_of(fx, name, name, name, TEXTS("10.0.0.5", "fd00::5"), list);
    fx_endpoint_of(fx, "shop", "db", "", TEXTS("10.0.0.6"), list);
}

static void check_loads(const char *text)
{
    int r = fx_nft(text, true);

    if (r < 0)
        (void)fprintf(stderr, "skipped: no root or no nft for network namespaces\n");
    else
        ck_assert_msg(r == 0, "nft refuses the text");
}

START_TEST(nft_takes_every_criterion_under_all_options)
{
    const fp_cidr pods[] = {fx_cidr("10.0.0.0/24"), fx_cidr("10.0.0.0/25"), fx_cidr("fd00::/64")};
    const fp_render_options cases[] = {
        {.families = 0},
        {.families = 1, .counters = true, .reject = true},
        {.families = 2, .no_comments = true, .table = FP_STR_INIT("other-table")},
        {.dispatch = FP_DISPATCH_ADDRESS, .host_action = FP_HOST_DROP},
        {.dispatch = FP_DISPATCH_ADDRESS, .pod_cidrs = pods, .n_pod_cidrs = 3, .priority = -10},
        {.host_action = FP_HOST_DROP, .log_prefix = FP_STR_INIT("a b: "), .log_rate = 7},
        {.host_action = FP_HOST_ACCEPT, .interface_prefix = FP_STR_INIT("veth")},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        fixture fx;
        char *text;

        fx_init(&fx);
        everything(&fx, "shop");
        text = render(&fx, &cases[i], NULL);
        if (getenv("FEDPOL_TEST_PRINT"))
            (void)fputs(text, stderr);
        check_loads(text);
        fp_free(text);
        fx_done(&fx);
    }
}
END_TEST

START_TEST(no_name_becomes_syntax)
{
    static const char *const names[] = {
        "\"; } }\nflush ruleset\n",
        "*",
        "fwd",
        "a\\",
        "$x",
        "-",
        "\x01\xff",
        "0",
        " ",
        "#",
        "{ drop }",
        "a-very-long-name-a-very-long-name-a-very-long-name-a-very-long-name-a-very-long-name-"
        "a-very-long-name-a-very-long-name-a-very-long-name-a-very-long-name-a-very-long-name-"
        "a-very-long-name-a-very-long-name-a-very-long-name-a-very-long-name-a-very-long-name",
    };
    const fp_render_options options = {.families = 0};

    for (size_t i = 0; i < FP_ARRAY_LEN(names); i++) {
        fixture fx;
        char *text;

        fx_init(&fx);
        everything(&fx, names[i]);
        text = render(&fx, &options, NULL);
        ck_assert_ptr_null(strstr(text, "flush ruleset\n"));
        check_loads(text);
        fp_free(text);
        fx_done(&fx);
    }
}
END_TEST

START_TEST(provenance_names_what_each_chain_renders)
{
    const fp_render_options options = {.families = 1};
    fp_ruleset *ruleset;
    size_t found = 0;
    fixture fx;
    char *text;

    fx_init(&fx);
    everything(&fx, "shop");
    text = render(&fx, &options, &ruleset);
    for (size_t i = 0; i < ruleset->n_provenance; i++) {
        const fp_provenance *item = &ruleset->provenance[i];

        ck_assert(i == 0 || fp_str_cmp(ruleset->provenance[i - 1].chain, item->chain) < 0);
        found += fp_str_is(item->what, "policy NetworkPolicy/shop/shop ingress");
        found += fp_str_is(item->what, "endpoint shop/db egress");
        found += fp_str_is(item->what, "tier shop ingress");
        found += fp_str_is(item->what, "profile Profile//shop egress");
    }
    ck_assert_uint_eq(found, 4);
    ck_assert_uint_eq(strlen(ruleset->hash), 64);
    (void)fp_ruleset_unref(ruleset);
    fp_free(text);
    fx_done(&fx);
}
END_TEST

/* The same state, its sets and policies under other ids and in another order. */
START_TEST(ids_and_order_leave_no_trace_in_the_text)
{
    const fp_render_options options = {.families = 0};
    char *texts[2];

    for (size_t turn = 0; turn < 2; turn++) {
        uint32_t sets[2];
        uint32_t policies[2];
        fp_active_rule rule;
        fp_policy_list *list;
        fixture fx;

        fx_init(&fx);
        for (size_t i = 0; i < 2; i++) {
            size_t which = turn ? 1 - i : i;

            sets[which] = fx_set_of(&fx, which ? "b" : "a", TEXTS("10.0.0.1"));
        }
        for (size_t i = 0; i < 2; i++) {
            size_t which = turn ? 1 - i : i;

            rule = fx_rule(&fx, FP_ACTION_ALLOW, NULL);
            rule.source.selector = sets[which];
            policies[which] = fx_policy(&fx, "ns", which ? "b" : "a", &rule, 1);
        }
        list = fx_list(&fx, "t", FP_ACTION_DENY, policies, 2, UINT32_MAX);
        for (size_t i = 0; i < 2; i++) {
            bool first = (turn ? 1 - i : i) == 0;

            fx_endpoint_of(&fx, "ns", first ? "x" : "y", first ? "cali1" : "cali2",
                           first ? TEXTS("10.0.0.1") : TEXTS("10.0.0.2"), list);
        }
        texts[turn] = render(&fx, &options, NULL);
        fx_done(&fx);
    }
    ck_assert_str_eq(texts[0], texts[1]);
    fp_free(texts[0]);
    fp_free(texts[1]);
}
END_TEST

START_TEST(unsafe_options_are_refused)
{
    const fp_render_options cases[] = {
        {.table = FP_STR_INIT("a b")},
        {.table = FP_STR_INIT("inet")},
        {.log_prefix = FP_STR_INIT("\"")},
        {.interface_prefix = FP_STR_INIT("*")},
        {.interface_prefix = FP_STR_INIT("a123456789012")},
        {.families = 4},
        {.priority = INT32_MAX},
        {.log_rate = UINT32_MAX},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        fp_renderer *renderer = NULL;

        ck_assert_int_eq(fp_renderer_new(&cases[i], &renderer, NULL), FEDPOL_E_INVALID);
        ck_assert_ptr_null(renderer);
    }
}
END_TEST

static int full_scenario(void *user)
{
    const fp_render_options options = {.dispatch = FP_DISPATCH_ADDRESS};
    const fp_view view = fx_view(user);
    fp_renderer *renderer = NULL;
    fp_ruleset *ruleset = NULL;
    int r = fp_renderer_new(&options, &renderer, NULL);

    if (r == 0)
        r = fp_renderer_full_of(renderer, &view, &ruleset);
    (void)fp_ruleset_unref(ruleset);
    (void)fp_renderer_free(renderer);
    return r;
}

START_TEST(a_full_ruleset_survives_lack_of_memory)
{
    fixture fx;

    fx_init(&fx);
    everything(&fx, "shop");
    fp_test_oom(full_scenario, &fx);
    fx_done(&fx);
}
END_TEST

FP_TEST_MAIN("render/nft", nft_takes_every_criterion_under_all_options, no_name_becomes_syntax,
             provenance_names_what_each_chain_renders, ids_and_order_leave_no_trace_in_the_text,
             unsafe_options_are_refused, a_full_ruleset_survives_lack_of_memory)
