/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/render/build.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/fp_test.h"
#include "tests/support/ir_simulate.h"
#include "tests/support/oracle_gen.h"
#include "tests/support/render_fixture.h"

/*
 * Verdicts are evaluated from the policies; renderings come from the calculation and its sets. On
 * random meshes both must say the same about every flow.
 */

typedef struct rendering {
    fp_view view;
    fp_ir ir;
} rendering;

static void render(const fp_test_mesh *mesh, fp_dispatch dispatch, rendering *ret)
{
    const fp_render_options options = {.families = 3,
                                       .dispatch = dispatch,
                                       .interface_prefix = FP_STR_INIT("cali"),
                                       .table = FP_STR_INIT("fedpol"),
                                       .log_prefix = FP_STR_INIT("x: "),
                                       .log_rate = 5,
                                       .log_burst = 5};
    fp_tracker tracker = {0};
    uint8_t *masks;
    size_t n;

    ret->view = fp_view_of_calc(fp_world_calc(mesh->world));
    ck_assert_int_eq(fp_tracker_fill(&tracker, &ret->view), 0);
    ck_assert_int_eq(fp_tracker_masks(&tracker, &masks, &n), 0);
    fp_ir_init(&ret->ir);
    ck_assert_int_eq(fp_build_all(&ret->ir, &ret->view, &options, masks, n), 0);
    fp_tracker_done(&tracker);
    fp_free(masks);
}

/* The interface of the local endpoint that owns IP, or the uplink. */
static fp_str interface_of(const fp_view *view, const fp_ip *ip,
                           char buf[FP_INTERFACE_NAME_MAX + 1])
{
    fp_u32_vec ids = {0};
    fp_str found = FP_STR("eth0");

    ck_assert_int_eq(view->endpoints(view->source, &ids), 0);
    for (size_t i = 0; i < ids.len; i++) {
        fp_local_endpoint endpoint = view->endpoint(view->source, ids.items[i]);

        for (size_t n = 0; n < endpoint.n_nets; n++) {
            fp_cidr net = view->net(view->source, ids.items[i], n);

            if (!fp_cidr_contains_ip(&net, ip))
                continue;
            fp_interface_name(FP_STR("cali"), endpoint.ns, endpoint.name, buf);
            found = fp_str_of(buf);
        }
    }
    fp_vec_done(&ids);
    return found;
}

static sim_result simulate(const rendering *r, const fp_flow *flow)
{
    char in[FP_INTERFACE_NAME_MAX + 1];
    char out[FP_INTERFACE_NAME_MAX + 1];
    const sim_packet packet = {
        .hook = FP_HOOK_FORWARD,
        .in_interface = interface_of(&r->view, &flow->source, in),
        .out_interface = interface_of(&r->view, &flow->destination, out),
        .source = flow->source,
        .destination = flow->destination,
        .protocol = flow->protocol,
        .source_port = (uint16_t)(flow->source_port < 0 ? 0 : flow->source_port),
        .destination_port = (uint16_t)(flow->destination_port < 0 ? 0 : flow->destination_port),
        .icmp_type = (uint8_t)(flow->icmp_type < 0 ? 0 : flow->icmp_type),
        .icmp_code = (uint8_t)(flow->icmp_code < 0 ? 0 : flow->icmp_code),
    };

    return sim_run(&r->ir, &r->view, &packet);
}

static void describe(const fp_verdict *verdict, const sim_result *sim, uint64_t seed)
{
    const fp_direction_verdict *sides[] = {&verdict->egress, &verdict->ingress};
    fp_buf buf = {0};

    fp_buf_printf(&buf, "seed %llu: ", (unsigned long long)seed);
    fp_ip_put(&buf, &verdict->flow.source);
    fp_buf_puts(&buf, " -> ");
    fp_ip_put(&buf, &verdict->flow.destination);
    fp_buf_printf(&buf, " proto %u ports %d %d icmp %d %d: verdict %s, rendered %s (%.*s: %.*s)\n",
                  verdict->flow.protocol, (int)verdict->flow.source_port,
                  (int)verdict->flow.destination_port, (int)verdict->flow.icmp_type,
                  (int)verdict->flow.icmp_code, fp_verdict_value_name(verdict->value),
                  sim->accepted ? "accept" : "drop", FP_STR_ARG(sim->chain),
                  FP_STR_ARG(sim->comment));
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < sides[s]->n_trace; i++)
            fp_buf_printf(&buf, "  %s: %s\n", s ? "ingress" : "egress", sides[s]->trace[i]);
    (void)fputs(buf.data, stderr);
    fp_buf_done(&buf);
}

typedef struct tally {
    size_t allowed;
    size_t denied;
    size_t wrong;
} tally;

static void compare(const fp_test_mesh *mesh, const rendering *r, const fp_flow *flow,
                    uint64_t seed, tally *ret)
{
    fp_verdict verdict;
    sim_result sim;

    ck_assert_int_eq(fp_verdict_evaluate(mesh->world, flow, 0, &verdict), 0);
    sim = simulate(r, flow);
    ck_assert(verdict.value != FP_VERDICT_UNDECIDABLE);
    ret->allowed += verdict.value == FP_VERDICT_ALLOW;
    ret->denied += verdict.value == FP_VERDICT_DENY;
    if ((verdict.value == FP_VERDICT_DENY) == sim.accepted) {
        if (ret->wrong++ < 5)
            describe(&verdict, &sim, seed);
    }
    fp_verdict_done(&verdict);
}

static size_t rounds(void)
{
    const char *text = getenv("FEDPOL_TEST_ROUNDS");
    uint64_t n;

    return text && fp_str_to_u64(fp_str_of(text), 1000000, &n) ? (size_t)n : 150;
}

START_TEST(verdicts_and_renderings_agree_on_random_meshes)
{
    const fp_world_options options = {.federation = {.node = FP_STR_INIT("n1")},
                                      .interface_prefix = FP_STR_INIT("cali")};
    tally total = {0};

    for (uint64_t seed = 1; seed <= rounds(); seed++) {
        fp_rng rng = {seed * 2654435761u};
        fp_test_mesh mesh;
        rendering r;

        ck_assert_int_eq(fp_test_mesh_new(seed, &options, &mesh), 0);
        oracle_fill(&mesh, &rng);
        render(&mesh, seed % 2 ? FP_DISPATCH_INTERFACE : FP_DISPATCH_ADDRESS, &r);
        for (size_t i = 0; i < 200; i++) {
            fp_flow flow = oracle_flow(&rng);

            if (!fp_ip_eq(&flow.source, &flow.destination))
                compare(&mesh, &r, &flow, seed, &total);
        }
        fp_ir_done(&r.ir);
        fp_test_mesh_done(&mesh);
    }
    ck_assert_msg(total.wrong == 0, "%zu of %zu flows differ", total.wrong,
                  total.allowed + total.denied);
    /* The meshes are of use only if both answers are common. */
    ck_assert_uint_ge(total.allowed * 20, total.denied);
    ck_assert_uint_ge(total.denied * 20, total.allowed);
}
END_TEST

/* What nft itself says to texts of such meshes. */
START_TEST(nft_takes_renderings_of_random_meshes)
{
    const fp_world_options options = {.federation = {.node = FP_STR_INIT("n1")}};

    for (uint64_t seed = 1; seed <= 10; seed++) {
        fp_rng rng = {seed * 97};
        fp_renderer *renderer;
        fp_ruleset *ruleset;
        fp_test_mesh mesh;
        int r;

        ck_assert_int_eq(fp_test_mesh_new(seed, &options, &mesh), 0);
        oracle_fill(&mesh, &rng);
        ck_assert_int_eq(fp_renderer_new(&(fp_render_options){.families = 3}, &renderer, NULL), 0);
        ck_assert_int_eq(fp_renderer_full(renderer, fp_world_calc(mesh.world), &ruleset), 0);
        r = fx_nft(ruleset->text, true);
        if (r < 0)
            (void)fprintf(stderr, "skipped: no root or no nft for network namespaces\n");
        else
            ck_assert_msg(r == 0, "nft refuses seed %u", (unsigned)seed);
        (void)fp_ruleset_unref(ruleset);
        (void)fp_renderer_free(renderer);
        fp_test_mesh_done(&mesh);
    }
}
END_TEST

FP_TEST_MAIN("render/oracle", verdicts_and_renderings_agree_on_random_meshes,
             nft_takes_renderings_of_random_meshes)
