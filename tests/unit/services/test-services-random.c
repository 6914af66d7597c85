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

/* Rules that name services, of a policy that applies to a pod of this node. */
static const char *const rules[] = {
    "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"a\"}}",
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"namespace\":\"a\",\"name\":\"p\"},"
    "\"spec\":{\"nodeName\":\"n1\",\"containers\":[]},\"status\":{\"podIP\":\"10.9.9.9\"}}",
    "{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"NetworkPolicy\",\"metadata\":{"
    "\"namespace\":\"a\",\"name\":\"p\"},\"spec\":{\"types\":[\"Ingress\",\"Egress\"],\"ingress\":["
    "{\"action\":\"Allow\",\"source\":{\"services\":{\"name\":\"s3\"}}}],\"egress\":["
    "{\"action\":\"Allow\",\"destination\":{\"services\":{\"name\":\"s0\"}}},"
    "{\"action\":\"Deny\",\"destination\":{\"services\":{\"name\":\"s2\",\"namespace\":\"b\"}}},"
    "{\"action\":\"Allow\",\"protocol\":\"UDP\",\"destination\":{\"services\":{\"name\":"
    "\"s3\"}}}]}}",
};

static void put_rules(const fp_test_mesh *mesh, fp_watch_type type)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(rules); i++)
        ck_assert_int_eq(fp_test_apply(mesh->world, mesh->east, type, rules[i]), 0);
}

static bool is_member(const fp_set *set, const fp_cidr_vec *nets, const fp_port_member_vec *ports,
                      const fp_port_member *wanted)
{
    const fp_cidr net = fp_cidr_of_ip(&wanted->ip);

    for (size_t i = 0; set->type == FP_SET_NET && i < nets->len; i++)
        if (fp_cidr_eq(&nets->items[i], &net))
            return true;
    for (size_t i = 0; set->type == FP_SET_IP_PORT && i < ports->len; i++)
        if (fp_port_member_cmp(&ports->items[i], wanted) == 0)
            return true;
    return false;
}

/* Each set of a service has what the service has, of its protocol, and nothing else. */
static void expect_set(const fp_test_mesh *mesh, const fp_set *set)
{
    size_t n_nodes;
    fp_str label = fp_selector_nodes(set->selector, &n_nodes)[0].label;
    fp_str path = fp_str_sub(label, sizeof(FP_LABEL_SERVICE) - 1, label.len);
    fp_port_member_vec wanted = {0}, ports = {0};
    fp_cidr_vec nets = {0};
    size_t n = 0;

    ck_assert_int_eq(fp_services_members(fp_world_services(mesh->world), fp_str_sub(path, 0, 1),
                                         fp_str_sub(path, 2, path.len), &wanted),
                     0);
    ck_assert_int_eq(fp_calc_set_members(fp_world_calc(mesh->world), set, &nets, &ports), 0);
    for (size_t i = 0; i < wanted.len; i++) {
        bool counts = !set->protocol || set->protocol == wanted.items[i].protocol;
        bool is_first = i == 0 || !fp_ip_eq(&wanted.items[i - 1].ip, &wanted.items[i].ip);

        ck_assert(!counts || is_member(set, &nets, &ports, &wanted.items[i]));
        n += counts && (set->type == FP_SET_IP_PORT || is_first);
    }
    ck_assert_uint_eq(n, nets.len + ports.len);
    fp_vec_done(&wanted);
    fp_vec_done(&ports);
    fp_vec_done(&nets);
}

static void expect_sets(const fp_test_mesh *mesh, bool rules_there)
{
    fp_u32_vec ids = {0};
    size_t n = 0;

    ck_assert_int_eq(fp_calc_sets(fp_world_calc(mesh->world), &ids), 0);
    for (size_t i = 0; i < ids.len; i++) {
        const fp_set *set = fp_calc_set(fp_world_calc(mesh->world), ids.items[i]);

        if (set->domain != FP_DOMAIN_SERVICES)
            continue;
        expect_set(mesh, set);
        n++;
    }
    ck_assert_uint_eq(n, rules_there ? 4 : 0);
    fp_vec_done(&ids);
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
    bool rules_there = true;
    fp_test_mesh mesh;

    ck_assert_ptr_nonnull(world);
    ck_assert_int_eq(fp_test_mesh_new(seed, &options, &mesh), 0);
    put_rules(&mesh, FP_WATCH_ADDED);
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
        expect_sets(&mesh, rules_there);
        if (fp_rng_below(&rng, 20) == 0) {
            rules_there = !rules_there;
            put_rules(&mesh, rules_there ? FP_WATCH_ADDED : FP_WATCH_DELETED);
        }
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
