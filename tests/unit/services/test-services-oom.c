/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "tests/support/fp_service_gen.h"
#include "tests/support/fp_world_test.h"

#define N_CHANGES 60u

static const fp_world_options options = {.federation = {.node = FP_STR_INIT("n1")}};

/* Made before the allocator of a test comes. */
typedef struct gen_step {
    unsigned cluster;
    fp_watch_type type;
    const char *json;
} gen_step;

typedef struct gen_story {
    gen_step steps[N_CHANGES];
    char *expected; /* lines, at the end */
} gen_story;

static void story_init(gen_story *ret, uint64_t seed)
{
    gen_world *world = calloc(1, sizeof(*world));
    fp_rng rng = {seed};
    fp_buf expected = {0};

    ck_assert_ptr_nonnull(world);
    for (size_t i = 0; i < N_CHANGES; i++) {
        gen_place place = gen_change(world, &rng);
        fp_buf json = {0};

        gen_put_json(world, place, &json);
        ret->steps[i] = (gen_step){place.cluster,
                                   gen_is_there(world, place) ? FP_WATCH_ADDED : FP_WATCH_DELETED,
                                   strdup(json.data)};
        fp_buf_done(&json);
    }
    gen_put_expected(world, &expected);
    ret->expected = gen_sort_lines(&expected);
    fp_buf_done(&expected);
    free(world);
}

static void story_done(gen_story *story)
{
    for (size_t i = 0; i < N_CHANGES; i++)
        free((void *)(uintptr_t)story->steps[i].json);
    free(story->expected);
}

static int apply(const fp_test_mesh *mesh, const gen_step *step)
{
    fp_cluster *cluster = step->cluster == 0   ? mesh->east
                          : step->cluster == 1 ? mesh->north
                                               : mesh->west;

    return fp_test_apply(mesh->world, cluster, step->type, step->json);
}

static int look(const fp_test_mesh *mesh)
{
    fp_services *services = fp_world_services(mesh->world);
    fp_write_vec writes = {0};
    fp_buf buf = {0};
    fp_arena arena;
    int r = gen_put_calculated(services, &buf);

    fp_arena_init(&arena, 0);
    if (r == 0)
        r = fp_services_writes(services, FP_WANTED_BOTH, &arena, &writes);
    fp_vec_done(&writes);
    fp_arena_done(&arena);
    fp_buf_done(&buf);
    return r;
}

/* A pod of this node, whose policy names services. */
static const gen_step rules[] = {
    {0, FP_WATCH_ADDED,
     "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"namespace\":\"a\",\"name\":\"p\"},"
     "\"spec\":{\"nodeName\":\"n1\",\"containers\":[]},\"status\":{\"podIP\":\"10.9.9.9\"}}"},
    {0, FP_WATCH_ADDED,
     "{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"NetworkPolicy\",\"metadata\":{"
     "\"namespace\":\"a\",\"name\":\"p\"},\"spec\":{\"types\":[\"Egress\"],\"egress\":["
     "{\"action\":\"Allow\",\"destination\":{\"services\":{\"name\":\"s0\"}}},"
     "{\"action\":\"Allow\",\"destination\":{\"services\":{\"name\":\"s3\"}}}]}}"},
    {0, FP_WATCH_DELETED,
     "{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"NetworkPolicy\",\"metadata\":{"
     "\"namespace\":\"a\",\"name\":\"p\"}}"},
};

static int run(const fp_test_mesh *mesh, const gen_story *story)
{
    for (size_t i = 0; i < 2; i++)
        fp_try(apply(mesh, &rules[i]));
    for (size_t i = 0; i < N_CHANGES; i++) {
        fp_try(apply(mesh, &story->steps[i]));
        if (i % 9 == 8)
            fp_try(fp_world_commit(mesh->world));
    }
    fp_try(fp_world_set_service_use(mesh->world, mesh->west, FP_SERVICE_USE_WITHDRAWN));
    fp_try(fp_world_commit(mesh->world));
    fp_try(look(mesh));
    fp_try(apply(mesh, &rules[2]));
    fp_try(fp_world_commit(mesh->world));
    fp_try(fp_world_remove_cluster(mesh->world, mesh->west));
    return fp_world_commit(mesh->world);
}

static int scenario(void *user)
{
    fp_test_mesh mesh;
    int r;

    fp_try(fp_test_mesh_new(3, &options, &mesh));
    r = run(&mesh, user);
    fp_test_mesh_done(&mesh);
    return r;
}

START_TEST(services_that_run_out_of_memory_leak_nothing)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        gen_story story;

        story_init(&story, seed * 7919);
        fp_test_oom(scenario, &story);
        story_done(&story);
    }
}
END_TEST

typedef struct faulty {
    size_t calls;
    size_t fail_at;
} faulty;

static void *faulty_alloc(size_t size, void *user)
{
    faulty *f = user;

    return ++f->calls == f->fail_at ? NULL : malloc(size ? size : 1);
}

static void *faulty_realloc(void *ptr, size_t size, void *user)
{
    faulty *f = user;

    return ++f->calls == f->fail_at ? NULL : realloc(ptr, size ? size : 1);
}

static void faulty_free(void *ptr, void *user)
{
    (void)user;
    free(ptr);
}

static void insist(int (*call)(const fp_test_mesh *mesh, const gen_step *step),
                   const fp_test_mesh *mesh, const gen_step *step)
{
    int r;

    do {
        r = call(mesh, step);
        ck_assert_msg(r == 0 || r == FEDPOL_E_NOMEM, "%d", r);
    } while (r < 0);
}

static int commit(const fp_test_mesh *mesh, const gen_step *step)
{
    (void)step;
    return fp_world_commit(mesh->world);
}

static void expect_right_in_the_end(const gen_story *story, faulty *f, size_t fail_at)
{
    fp_test_mesh mesh;
    fp_buf got = {0};
    char *text;

    f->calls = 0;
    f->fail_at = fail_at;
    while (fp_test_mesh_new(3, &options, &mesh) < 0)
        continue;
    for (size_t i = 0; i < 2; i++)
        insist(apply, &mesh, &rules[i]);
    for (size_t i = 0; i < N_CHANGES; i++) {
        insist(apply, &mesh, &story->steps[i]);
        if (i % 6 == 5)
            insist(commit, &mesh, NULL);
    }
    insist(commit, &mesh, NULL);
    f->fail_at = 0;
    ck_assert_int_eq(gen_put_calculated(fp_world_services(mesh.world), &got), 0);
    text = gen_sort_lines(&got);
    ck_assert_msg(strcmp(text, story->expected) == 0, "allocation %zu: expected\n%s\ngot\n%s",
                  fail_at, story->expected, text);
    free(text);
    fp_buf_done(&got);
    fp_test_mesh_done(&mesh);
}

START_TEST(what_ran_out_of_memory_is_done_by_the_next_commit)
{
    faulty f = {0};
    const fp_allocator allocator = {faulty_alloc, faulty_realloc, faulty_free, &f};
    size_t total;

    for (uint64_t seed = 1; seed <= 3; seed++) {
        gen_story story;

        story_init(&story, seed * 104729);
        fp_alloc_set(&allocator);
        expect_right_in_the_end(&story, &f, 0);
        total = f.calls;
        for (size_t i = 1; i <= total; i++)
            expect_right_in_the_end(&story, &f, i);
        fp_alloc_set(NULL);
        story_done(&story);
    }
}
END_TEST

FP_TEST_MAIN("services/services-oom", services_that_run_out_of_memory_leak_nothing,
             what_ran_out_of_memory_is_done_by_the_next_commit)
