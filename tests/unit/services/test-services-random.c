/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/fp_service_gen.h"
#include "tests/support/fp_world_test.h"

#define N_SEEDS 150u
#define N_CHANGES 400u

static const fp_world_options options = {.federation = {.node = FP_STR_INIT("n1")}};

static fp_cluster *cluster_of(const fp_test_mesh *mesh, unsigned cluster)
{
    return cluster == 0 ? mesh->east : cluster == 1 ? mesh->north : mesh->west;
}

static void apply(const fp_test_mesh *mesh, const gen_world *world, gen_place place)
{
    fp_buf json = {0};
    fp_watch_type type = gen_is_there(world, place) ? FP_WATCH_ADDED : FP_WATCH_DELETED;

    gen_put_json(world, place, &json);
    ck_assert_int_eq(fp_test_apply(mesh->world, cluster_of(mesh, place.cluster), type, json.data),
                     0);
    fp_buf_done(&json);
}

/* Everything that is visible, objects and writes included. */
static char *dump(const fp_test_mesh *mesh)
{
    fp_services *services = fp_world_services(mesh->world);
    fp_u32_vec ids = {0};
    fp_write_vec writes = {0};
    fp_buf buf = {0};
    fp_arena arena;

    fp_arena_init(&arena, 0);
    ck_assert_int_eq(fp_services_list(services, &ids), 0);
    for (size_t i = 0; i < ids.len; i++) {
        fp_wanted_slice_vec slices = {0};

        ck_assert_int_eq(
            fp_services_put_endpoints(services, ids.items[i], FP_WANTED_BOTH, FP_STR_NULL, &buf),
            0);
        fp_buf_putc(&buf, '\n');
        ck_assert_int_eq(fp_services_slices(services, ids.items[i], &slices), 0);
        for (size_t k = 0; k < slices.len; k++) {
            ck_assert_int_eq(
                fp_services_put_slice(services, ids.items[i], &slices.items[k], FP_STR_NULL, &buf),
                0);
            fp_buf_putc(&buf, '\n');
        }
        fp_vec_done(&slices);
    }
    ck_assert_int_eq(fp_services_writes(services, FP_WANTED_BOTH, &arena, &writes), 0);
    for (size_t i = 0; i < writes.len; i++)
        fp_buf_printf(&buf, "%d %.*s/%.*s %.*s\n", (int)writes.items[i].verb,
                      FP_STR_ARG(writes.items[i].ns), FP_STR_ARG(writes.items[i].name),
                      FP_STR_ARG(writes.items[i].body));
    fp_vec_done(&writes);
    fp_vec_done(&ids);
    fp_arena_done(&arena);
    ck_assert_int_eq(fp_buf_error(&buf), 0);
    return buf.data ? buf.data : calloc(1, 1);
}

static void expect_right(const fp_test_mesh *mesh, const gen_world *world, uint64_t seed)
{
    fp_buf expected = {0};
    fp_buf got = {0};
    char *a;
    char *b;

    gen_put_expected(world, &expected);
    ck_assert_int_eq(gen_put_calculated(fp_world_services(mesh->world), &got), 0);
    a = gen_sort_lines(&expected);
    b = gen_sort_lines(&got);
    ck_assert_msg(strcmp(a, b) == 0, "seed %u: expected\n%s\ngot\n%s", (unsigned)seed, a, b);
    free(a);
    free(b);
    fp_buf_done(&expected);
    fp_buf_done(&got);
}

static void use(const fp_test_mesh *mesh, const gen_world *world)
{
    for (unsigned i = 1; i < GEN_CLUSTERS; i++)
        ck_assert_int_eq(fp_world_set_service_use(mesh->world, cluster_of(mesh, i),
                                                  (fp_service_use)world->use[i]),
                         0);
}

/* The same objects, each once, in another order and with another key of the hashes. */
static void expect_same_from_scratch(const fp_test_mesh *mesh, const gen_world *world, fp_rng *rng)
{
    size_t order[GEN_PLACES];
    fp_test_mesh other;
    char *a;
    char *b;

    ck_assert_int_eq(fp_test_mesh_new(fp_rng_next(rng), &options, &other), 0);
    use(&other, world);
    for (size_t i = 0; i < GEN_PLACES; i++)
        order[i] = i;
    for (size_t i = GEN_PLACES; i > 1; i--) {
        size_t k = fp_rng_below(rng, (uint32_t)i);
        size_t kept = order[k];

        order[k] = order[i - 1];
        order[i - 1] = kept;
    }
    for (size_t i = 0; i < GEN_PLACES; i++)
        if (gen_is_there(world, gen_place_at(order[i])))
            apply(&other, world, gen_place_at(order[i]));
    ck_assert_int_eq(fp_world_commit(other.world), 0);
    a = dump(mesh);
    b = dump(&other);
    ck_assert_msg(strcmp(a, b) == 0, "incremental\n%s\nfrom scratch\n%s", a, b);
    free(a);
    free(b);
    fp_test_mesh_done(&other);
}

static void run(uint64_t seed)
{
    gen_world *world = calloc(1, sizeof(*world));
    fp_rng rng = {seed * 2654435761u + 1};
    fp_test_mesh mesh;

    ck_assert_ptr_nonnull(world);
    ck_assert_int_eq(fp_test_mesh_new(seed, &options, &mesh), 0);
    for (unsigned i = 0; i < N_CHANGES; i++) {
        apply(&mesh, world, gen_change(world, &rng));
        if (fp_rng_below(&rng, 40) == 0) {
            world->use[2] = fp_rng_below(&rng, 2) ? FP_SERVICE_USE_WITHDRAWN : 0;
            use(&mesh, world);
        }
        if (fp_rng_below(&rng, 4))
            continue;
        ck_assert_int_eq(fp_world_commit(mesh.world), 0);
        expect_right(&mesh, world, seed);
    }
    ck_assert_int_eq(fp_world_commit(mesh.world), 0);
    expect_same_from_scratch(&mesh, world, &rng);
    fp_test_mesh_done(&mesh);
    free(world);
}

START_TEST(any_order_of_changes_gives_what_is_right_and_the_same_bytes_as_from_scratch)
{
    for (uint64_t seed = 1; seed <= N_SEEDS; seed++)
        run(seed);
}
END_TEST

FP_TEST_MAIN("services/services-random",
             any_order_of_changes_gives_what_is_right_and_the_same_bytes_as_from_scratch)
