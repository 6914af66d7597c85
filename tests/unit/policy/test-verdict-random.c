/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/verdict.h"

#include <stdlib.h>

#include "tests/support/fp_test.h"
#include "tests/support/fp_verdict_test.h"
#include "tests/support/fp_world_test.h"
#include "tests/support/naive_verdict.h"

/*
 * Properties of verdicts on random meshes: what a naive evaluator says of the same mesh, and that
 * an answer never depends on what was unknown when it was given.
 */

#define N_FLOWS 40u

/* How many meshes; more of them for a long run by hand. */
static size_t rounds(void)
{
    const char *text = getenv("FEDPOL_TEST_ROUNDS");
    uint64_t n;

    return text && fp_str_to_u64(fp_str_of(text), 1000000, &n) ? (size_t)n : 400;
}

typedef struct tally {
    size_t values[4]; /* by fp_verdict_value */
} tally;

/* What is common enough to have been tested. */
static void expect_common(const tally *t, fp_verdict_value value, size_t least)
{
    ck_assert_msg(t->values[value] >= least, "only %zu of %s", t->values[value],
                  fp_verdict_value_name(value));
}

static void set_states(const fp_test_mesh *mesh, bool north)
{
    fp_world_set_state(mesh->world, mesh->east, FP_STATE_IN_SYNC, 0);
    fp_world_set_state(mesh->world, mesh->west, FP_STATE_IN_SYNC, 0);
    if (north)
        fp_world_set_state(mesh->world, mesh->north, FP_STATE_IN_SYNC, 0);
    ck_assert_int_eq(fp_world_commit(mesh->world), 0);
}

static void open_mesh(const nv_world *world, uint64_t seed, fp_test_mesh *ret)
{
    fp_world_options options;

    nv_world_options(world, &options);
    ck_assert_int_eq(fp_test_mesh_new(seed, &options, ret), 0);
    nv_apply_frame(world, ret);
}

static void put_flow(fp_buf *buf, const fp_flow *flow)
{
    fp_ip_put(buf, &flow->source);
    fp_buf_puts(buf, " -> ");
    fp_ip_put(buf, &flow->destination);
    fp_buf_printf(buf, " protocol %u ports %d %d type %d code %d", flow->protocol,
                  (int)flow->source_port, (int)flow->destination_port, (int)flow->icmp_type,
                  (int)flow->icmp_code);
}

static void compare(const nv_world *world, const fp_flow *flow, fp_direction_verdict *direction,
                    bool ingress, uint64_t seed)
{
    char *expected = nv_evaluate(world, flow, ingress);
    fp_buf shown = {0};
    char *got;

    /* Whose the peer is, is not the naive one's matter. */
    direction->peer_cluster = FP_STR_NULL;
    got = fp_test_direction_text(direction);
    put_flow(&shown, flow);
    for (size_t i = 0; i < direction->n_trace; i++)
        fp_buf_printf(&shown, "\n%s", direction->trace[i]);
    ck_assert_msg(fp_str_is(fp_str_of(got), expected), "seed %u, %s: got %s, expected %s\n%s",
                  (unsigned)seed, ingress ? "ingress" : "egress", got, expected, shown.data);
    fp_buf_done(&shown);
    fp_free(got);
    fp_free(expected);
}

static void compare_flows(const nv_world *world, const fp_test_mesh *mesh, fp_rng *rng,
                          uint64_t seed, tally *ret)
{
    for (unsigned i = 0; i < N_FLOWS; i++) {
        const fp_flow flow = nv_flow_random(rng);
        fp_verdict verdict;

        ck_assert_int_eq(fp_verdict_evaluate(mesh->world, &flow, 0, &verdict), 0);
        ret->values[verdict.value]++;
        compare(world, &flow, &verdict.egress, false, seed);
        compare(world, &flow, &verdict.ingress, true, seed);
        fp_verdict_done(&verdict);
    }
}

START_TEST(verdicts_are_those_of_a_naive_evaluator)
{
    tally total = {0};

    for (uint64_t seed = 1; seed <= rounds(); seed++) {
        fp_rng rng = {seed * 2654435761u};
        fp_test_mesh mesh;
        nv_world world;

        nv_world_random(&rng, &world);
        open_mesh(&world, seed, &mesh);
        for (unsigned i = 0; i < world.n_endpoints; i++)
            nv_apply_endpoint(&world, &mesh, i);
        set_states(&mesh, true);
        compare_flows(&world, &mesh, &rng, seed, &total);
        fp_test_mesh_done(&mesh);
    }
    ck_assert_uint_eq(total.values[FP_VERDICT_UNDECIDABLE], 0);
    expect_common(&total, FP_VERDICT_NONE, rounds() * N_FLOWS / 20);
    expect_common(&total, FP_VERDICT_ALLOW, rounds() * N_FLOWS / 20);
    expect_common(&total, FP_VERDICT_DENY, rounds() * N_FLOWS / 20);
}
END_TEST

static fp_verdict_value value_of(const fp_test_mesh *mesh, const fp_flow *flow)
{
    fp_verdict_value value;
    fp_verdict verdict;

    ck_assert_int_eq(fp_verdict_evaluate(mesh->world, flow, 0, &verdict), 0);
    value = verdict.value;
    fp_verdict_done(&verdict);
    return value;
}

static void expect_kept(const fp_flow *flow, fp_verdict_value before, fp_verdict_value after,
                        uint64_t seed)
{
    fp_buf shown = {0};

    put_flow(&shown, flow);
    ck_assert_msg(after == before || before == FP_VERDICT_UNDECIDABLE, "seed %u, %s: %s became %s",
                  (unsigned)seed, shown.data, fp_verdict_value_name(before),
                  fp_verdict_value_name(after));
    fp_buf_done(&shown);
}

/* Endpoints of north come in two portions; the second one completes it. */
static void complete_north(const nv_world *world, uint64_t seed, tally *ret)
{
    fp_verdict_value before[N_FLOWS];
    fp_flow flows[N_FLOWS];
    fp_rng rng = {seed * 40503u + 7};
    fp_test_mesh mesh;

    open_mesh(world, seed, &mesh);
    for (unsigned i = 0; i < world->n_endpoints; i++)
        if (world->endpoints[i].cluster != 2 || i % 2)
            nv_apply_endpoint(world, &mesh, i);
    set_states(&mesh, false);
    for (unsigned i = 0; i < N_FLOWS; i++) {
        flows[i] = nv_flow_random(&rng);
        before[i] = value_of(&mesh, &flows[i]);
        ret->values[before[i]]++;
    }
    for (unsigned i = 0; i < world->n_endpoints; i++)
        if (world->endpoints[i].cluster == 2 && i % 2 == 0)
            nv_apply_endpoint(world, &mesh, i);
    set_states(&mesh, true);
    for (unsigned i = 0; i < N_FLOWS; i++) {
        fp_verdict_value after = value_of(&mesh, &flows[i]);

        ck_assert_int_ne(after, FP_VERDICT_UNDECIDABLE);
        expect_kept(&flows[i], before[i], after, seed);
    }
    fp_test_mesh_done(&mesh);
}

START_TEST(what_was_decided_stays_when_a_cluster_completes)
{
    tally total = {0};

    for (uint64_t seed = 1; seed <= rounds(); seed++) {
        fp_rng rng = {seed * 97003u};
        nv_world world;

        nv_world_random(&rng, &world);
        complete_north(&world, seed, &total);
    }
    expect_common(&total, FP_VERDICT_UNDECIDABLE, rounds() * N_FLOWS / 50);
    expect_common(&total, FP_VERDICT_ALLOW, rounds() * N_FLOWS / 20);
    expect_common(&total, FP_VERDICT_DENY, rounds() * N_FLOWS / 20);
}
END_TEST

/* A flow that states less is undecidable, or gets the answer of every flow that states more. */
static void state_less(const fp_test_mesh *mesh, fp_rng *rng, uint64_t seed, tally *ret)
{
    for (unsigned i = 0; i < N_FLOWS; i++) {
        const fp_flow full = nv_flow_random(rng);
        fp_flow less = full;
        fp_verdict_value value;

        if (fp_rng_below(rng, 2))
            less.source_port = -1;
        if (fp_rng_below(rng, 2))
            less.destination_port = -1;
        if (fp_rng_below(rng, 2))
            less.icmp_code = -1;
        if (fp_rng_below(rng, 2))
            less.icmp_type = -1;
        value = value_of(mesh, &less);
        ret->values[value]++;
        expect_kept(&full, value, value_of(mesh, &full), seed);
    }
}

START_TEST(what_is_decided_without_a_port_is_decided_for_every_port)
{
    tally total = {0};

    for (uint64_t seed = 1; seed <= rounds(); seed++) {
        fp_rng rng = {seed * 31337u};
        fp_test_mesh mesh;
        nv_world world;

        nv_world_random(&rng, &world);
        open_mesh(&world, seed, &mesh);
        for (unsigned i = 0; i < world.n_endpoints; i++)
            nv_apply_endpoint(&world, &mesh, i);
        set_states(&mesh, true);
        state_less(&mesh, &rng, seed, &total);
        fp_test_mesh_done(&mesh);
    }
    expect_common(&total, FP_VERDICT_UNDECIDABLE, rounds() * N_FLOWS / 400);
    expect_common(&total, FP_VERDICT_ALLOW, rounds() * N_FLOWS / 20);
    expect_common(&total, FP_VERDICT_DENY, rounds() * N_FLOWS / 20);
}
END_TEST

FP_TEST_MAIN("policy/verdict-random", verdicts_are_those_of_a_naive_evaluator,
             what_was_decided_stays_when_a_cluster_completes,
             what_is_decided_without_a_port_is_decided_for_every_port)
