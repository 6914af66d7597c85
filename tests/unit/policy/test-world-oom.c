/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/world.h"

#include <stdlib.h>

#include "tests/support/fp_test.h"
#include "tests/support/fp_world_gen.h"
#include "tests/support/fp_world_test.h"

#define N_OPS 45u

static const fp_world_options options = {.federation = {.node = FP_STR_INIT("n1")}};

static fp_cluster *cluster_of(const fp_test_mesh *mesh, const fp_test_op *op)
{
    return op->cluster == 0 ? mesh->east : op->cluster == 1 ? mesh->west : mesh->north;
}

static int apply(fp_test_mesh *mesh, const fp_test_op *op)
{
    return fp_test_apply(mesh->world, cluster_of(mesh, op),
                         op->is_delete ? FP_WATCH_DELETED : FP_WATCH_ADDED, op->json);
}

static int take(fp_test_mesh *mesh)
{
    fp_delta *delta;

    fp_try(fp_world_take_delta(mesh->world, &delta));
    (void)fp_delta_unref(delta);
    return 0;
}

static int run_all(fp_test_mesh *mesh, const fp_test_ops *ops)
{
    fp_test_state state = {0};

    for (size_t i = 0; i < ops->len; i++) {
        fp_try(apply(mesh, &ops->items[i]));
        if (i % 10 != 9)
            continue;
        fp_try(fp_world_commit(mesh->world));
        fp_try(take(mesh));
    }
    fp_world_begin_resync(mesh->world, mesh->east, FP_KIND_UNKNOWN);
    fp_try(fp_world_end_resync(mesh->world, mesh->east, FP_KIND_UNKNOWN));
    fp_try(fp_world_commit(mesh->world));
    fp_try(fp_test_state_of(mesh->world, &state));
    fp_test_state_done(&state);
    fp_try(fp_world_set_uses(mesh->world, mesh->west, FP_USES_DENY));
    fp_try(fp_world_commit(mesh->world));
    fp_try(fp_world_set_uses(mesh->world, mesh->west, FP_USES_ALLOW));
    fp_try(fp_world_commit(mesh->world));
    fp_try(fp_world_remove_cluster(mesh->world, mesh->west));
    fp_try(fp_world_commit(mesh->world));
    return take(mesh);
}

/* The operations are made before the allocator of the loop comes. */
static int scenario(void *user)
{
    fp_test_mesh mesh;
    int r;

    fp_try(fp_test_mesh_new(3, &options, &mesh));
    r = run_all(&mesh, user);
    fp_test_mesh_done(&mesh);
    return r;
}

START_TEST(a_world_that_runs_out_of_memory_leaks_nothing)
{
    for (uint64_t seed = 1; seed <= 2; seed++) {
        fp_rng rng = {seed * 104729};
        fp_test_ops ops = {0};

        fp_test_generate(&rng, N_OPS, &ops);
        fp_test_oom(scenario, &ops);
        fp_test_ops_done(&ops);
    }
}
END_TEST

/* One allocation of all fails; the call that it belonged to is made again. */
typedef struct faulty {
    size_t calls;
    size_t fail_at;
} faulty;

static bool fails(faulty *f)
{
    return ++f->calls == f->fail_at;
}

static void *faulty_alloc(size_t size, void *user)
{
    return fails(user) ? NULL : malloc(size ? size : 1);
}

static void *faulty_realloc(void *ptr, size_t size, void *user)
{
    return fails(user) ? NULL : realloc(ptr, size ? size : 1);
}

static void faulty_free(void *ptr, void *user)
{
    (void)user;
    free(ptr);
}

static int again(int r, bool *ret_retry)
{
    ck_assert_msg(r == 0 || r == FEDPOL_E_NOMEM, "%d", r);
    *ret_retry = r < 0;
    return r;
}

static void run_stubbornly(fp_test_mesh *mesh, const fp_test_ops *ops)
{
    bool retry;

    for (size_t i = 0; i < ops->len; i++) {
        do
            (void)again(apply(mesh, &ops->items[i]), &retry);
        while (retry);
        if (i % 8 != 7)
            continue;
        do /* west goes and comes back */
            (void)again(fp_world_set_uses(mesh->world, mesh->west, (fp_label_uses)(i / 8 % 4)),
                        &retry);
        while (retry);
        do
            (void)again(fp_world_commit(mesh->world), &retry);
        while (retry);
    }
    do
        (void)again(fp_world_commit(mesh->world), &retry);
    while (retry);
}

static char *state_after(const fp_test_ops *ops, faulty *f, char **ret_diags, char **ret_delta)
{
    fp_test_state state = {0};
    fp_test_mesh mesh;
    fp_delta *delta;
    char *text;

    while (fp_test_mesh_new(3, &options, &mesh) < 0)
        continue;
    run_stubbornly(&mesh, ops);
    f->fail_at = 0;
    ck_assert_int_eq(fp_test_state_of(mesh.world, &state), 0);
    text = fp_test_state_text(&state);
    ck_assert_int_eq(fp_world_take_delta(mesh.world, &delta), 0);
    *ret_delta = fp_test_delta_text(delta);
    *ret_diags = fp_test_diags(mesh.world);
    (void)fp_delta_unref(delta);
    fp_test_state_done(&state);
    fp_test_mesh_done(&mesh);
    return text;
}

static void expect_same_state(const fp_test_ops *ops, faulty *f, size_t fail_at,
                              char *const expected[3])
{
    char *got[3];

    f->calls = 0;
    f->fail_at = fail_at;
    got[0] = state_after(ops, f, &got[1], &got[2]);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_str_eq(got[i], expected[i]);
        fp_free(got[i]);
    }
}

START_TEST(what_ran_out_of_memory_and_is_done_again_gives_the_same_state)
{
    faulty f = {0};
    const fp_allocator allocator = {faulty_alloc, faulty_realloc, faulty_free, &f};
    fp_rng rng = {6700417};
    fp_test_ops ops = {0};
    char *expected[3];
    size_t total;

    fp_alloc_set(&allocator);
    fp_test_generate(&rng, N_OPS, &ops);
    f.calls = 0;
    expected[0] = state_after(&ops, &f, &expected[1], &expected[2]);
    total = f.calls;
    for (size_t i = 1; i <= total; i++)
        expect_same_state(&ops, &f, i, expected);
    for (size_t i = 0; i < 3; i++)
        fp_free(expected[i]);
    fp_test_ops_done(&ops);
    fp_alloc_set(NULL);
}
END_TEST

FP_TEST_MAIN("policy/world-oom", a_world_that_runs_out_of_memory_leaks_nothing,
             what_ran_out_of_memory_and_is_done_again_gives_the_same_state)
