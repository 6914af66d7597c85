/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/world.h"

#include <stdlib.h>

#include "tests/support/fp_test.h"
#include "tests/support/fp_world_gen.h"
#include "tests/support/fp_world_test.h"

#define N_OPS 120u
#define N_STREAMS 60u

static const fp_world_options options[] = {
    {.federation = {.node = FP_STR_INIT("n1")}},
    {.federation = {.node = FP_STR_INIT("n1"), .cluster_label = FP_STR_INIT("cluster")},
     .scope = FP_SCOPE_LOCAL},
    {.federation = {.union_identity = true}, .ignore_unknown_rules = true},
};

static fp_cluster *cluster_of(const fp_test_mesh *mesh, const fp_test_op *op)
{
    return op->cluster == 0 ? mesh->east : op->cluster == 1 ? mesh->west : mesh->north;
}

static void apply(fp_test_mesh *mesh, const fp_test_op *op)
{
    fp_watch_type type = op->is_delete ? FP_WATCH_DELETED : FP_WATCH_ADDED;

    ck_assert_int_eq(fp_test_apply(mesh->world, cluster_of(mesh, op), type, op->json), 0);
}

/* What is left in the end: the last operation of each object that is not a removal. */
static bool is_final(const fp_test_ops *ops, size_t at)
{
    for (size_t i = at + 1; i < ops->len; i++)
        if (!ops->items[i].is_commit && strcmp(ops->items[i].key, ops->items[at].key) == 0)
            return false;
    return !ops->items[at].is_delete && !ops->items[at].is_commit;
}

/* What remotes still count for in the end; 1 in 3 streams withdraws nothing. */
static void withdraw(fp_test_mesh *mesh, uint64_t seed)
{
    fp_label_uses west = (fp_label_uses)(FP_USES_ALL & ~(seed % 3));
    fp_label_uses north = seed % 3 ? (fp_label_uses)(seed / 3 % 4) : FP_USES_ALL;

    ck_assert_int_eq(fp_world_set_uses(mesh->world, mesh->west, west), 0);
    ck_assert_int_eq(fp_world_set_uses(mesh->world, mesh->north, north), 0);
}

/* On the way there anything may be withdrawn and come back. */
static void withdraw_any(fp_test_mesh *mesh, fp_rng *rng)
{
    ck_assert_int_eq(fp_world_set_uses(mesh->world, fp_rng_below(rng, 2) ? mesh->west : mesh->north,
                                       (fp_label_uses)fp_rng_below(rng, 4)),
                     0);
}

typedef struct outcome {
    char *state;
    char *diags;
} outcome;

static outcome outcome_of(fp_world *world)
{
    fp_test_state state = {0};
    outcome result;

    ck_assert_int_eq(fp_test_state_of(world, &state), 0);
    result = (outcome){fp_test_state_text(&state), fp_test_diags(world)};
    fp_test_state_done(&state);
    return result;
}

static void outcome_done(outcome *result)
{
    fp_free(result->state);
    fp_free(result->diags);
}

static void expect_same(const outcome *a, const outcome *b)
{
    ck_assert_str_eq(a->state, b->state);
    ck_assert_str_eq(a->diags, b->diags);
}

/* From scratch: the objects that are left, in random order, under another hash key. */
static outcome from_scratch(const fp_test_ops *ops, const fp_world_options *o, uint64_t seed)
{
    fp_rng rng = {seed * 7 + 1};
    fp_u32_vec order = {0};
    fp_test_mesh mesh;
    outcome result;

    ck_assert_int_eq(fp_test_mesh_new(seed * 1000003, o, &mesh), 0);
    for (size_t i = 0; i < ops->len; i++)
        if (is_final(ops, i))
            ck_assert_int_eq(fp_vec_push(&order, (uint32_t)i), 0);
    for (size_t i = order.len; i > 1; i--) {
        size_t k = fp_rng_below(&rng, (uint32_t)i);
        uint32_t swap = order.items[k];

        order.items[k] = order.items[i - 1];
        order.items[i - 1] = swap;
    }
    for (size_t i = 0; i < order.len; i++)
        apply(&mesh, &ops->items[order.items[i]]);
    withdraw(&mesh, seed);
    ck_assert_int_eq(fp_world_commit(mesh.world), 0);
    result = outcome_of(mesh.world);
    fp_vec_done(&order);
    fp_test_mesh_done(&mesh);
    return result;
}

/* Commits; the delta, when it is taken, is what lies between the states. */
static void commit(fp_test_mesh *mesh, fp_test_state *told, bool take)
{
    fp_test_state now = {0};
    fp_delta *delta;
    char *got, *expected;

    ck_assert_int_eq(fp_world_commit(mesh->world), 0);
    ck_assert(!fp_world_is_dirty(mesh->world));
    if (!take)
        return;
    ck_assert_int_eq(fp_test_state_of(mesh->world, &now), 0);
    ck_assert_int_eq(fp_world_take_delta(mesh->world, &delta), 0);
    got = fp_test_delta_text(delta);
    expected = fp_test_difference(told, &now);
    ck_assert_str_eq(got, expected);
    ck_assert_int_eq(fp_delta_is_empty(delta), expected[0] == '\0');
    (void)fp_delta_unref(delta);
    fp_free(got);
    fp_free(expected);
    fp_test_state_done(told);
    *told = now;
}

typedef enum expander {
    AS_IT_IS,
    REVERSED, /* objects in reverse, each object's own operations in order */
    SPLIT,    /* a commit after each operation */
    SQUASHED, /* one commit at the end */
    DUPLICATED,
    EMPTIES, /* commits without anything, and removals of what is not there */
    N_EXPANDERS,
} expander;

static void run_op(fp_test_mesh *mesh, const fp_test_op *op, expander how, fp_test_state *told,
                   fp_rng *rng)
{
    char json[] = "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"namespace\":\"none\","
                  "\"name\":\"none\"}}";
    const fp_test_op nothing = {.is_delete = true, .json = json};

    if (!op->is_commit)
        apply(mesh, op);
    if (fp_rng_below(rng, 8) == 0)
        withdraw_any(mesh, rng);
    if (how == DUPLICATED && !op->is_commit)
        apply(mesh, op);
    if (how == EMPTIES) {
        apply(mesh, &nothing);
        commit(mesh, told, true);
        commit(mesh, told, true);
    }
    if (how == SPLIT || (op->is_commit && how != SQUASHED))
        commit(mesh, told, how == SPLIT || fp_rng_below(rng, 2));
}

static void run_reversed(fp_test_mesh *mesh, const fp_test_ops *ops, fp_test_state *told,
                         fp_rng *rng)
{
    for (size_t last = ops->len; last > 0; last--) {
        const char *key = ops->items[last - 1].key;
        bool is_last = true;

        for (size_t i = last; i < ops->len; i++)
            is_last = is_last && strcmp(ops->items[i].key, key) != 0;
        for (size_t i = 0; is_last && i < last; i++)
            if (strcmp(ops->items[i].key, key) == 0)
                run_op(mesh, &ops->items[i], REVERSED, told, rng);
    }
}

static outcome run(const fp_test_ops *ops, const fp_world_options *o, expander how, uint64_t seed)
{
    fp_rng rng = {seed + 77};
    fp_test_state told = {0};
    fp_test_mesh mesh;
    outcome result;

    ck_assert_int_eq(fp_test_mesh_new(seed, o, &mesh), 0);
    if (how == REVERSED)
        run_reversed(&mesh, ops, &told, &rng);
    for (size_t i = 0; how != REVERSED && i < ops->len; i++)
        run_op(&mesh, &ops->items[i], how, &told, &rng);
    withdraw(&mesh, seed);
    commit(&mesh, &told, true);
    result = outcome_of(mesh.world);
    fp_test_state_done(&told);
    fp_test_mesh_done(&mesh);
    return result;
}

static void check_stream(uint64_t seed, const fp_world_options *o)
{
    fp_rng rng = {seed};
    fp_test_ops ops = {0};
    outcome scratch;

    fp_test_generate(&rng, N_OPS, &ops);
    for (size_t i = 0; i < ops.len; i++)
        if (ops.items[i].is_commit) {
            /* The object of a commit is not fed: it must not count as one either. */
            ops.items[i].key[0] = '#';
        }
    scratch = from_scratch(&ops, o, seed);
    for (expander how = AS_IT_IS; how < N_EXPANDERS; how++) {
        outcome result = run(&ops, o, how, seed);

        expect_same(&result, &scratch);
        outcome_done(&result);
    }
    outcome_done(&scratch);
    fp_test_ops_done(&ops);
}

START_TEST(any_way_to_a_state_gives_the_state_of_scratch)
{
    for (uint64_t seed = 1; seed <= N_STREAMS; seed++)
        check_stream(seed * 7919, &options[seed % FP_ARRAY_LEN(options)]);
}
END_TEST

FP_TEST_MAIN("policy/world-random", any_way_to_a_state_gives_the_state_of_scratch)
