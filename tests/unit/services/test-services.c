/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/fp_test.h"
#include "tests/support/fp_world_test.h"

static const fp_world_options options = {.federation = {.node = FP_STR_INIT("n1")}};

typedef struct bench {
    fp_test_mesh mesh;
    fp_services *services;
} bench;

static void bench_init(bench *b)
{
    ck_assert_int_eq(fp_test_mesh_new(1, &options, &b->mesh), 0);
    b->services = fp_world_services(b->mesh.world);
}

static void bench_done(bench *b)
{
    fp_test_mesh_done(&b->mesh);
}

static void yaml(const bench *b, fp_cluster *cluster, fp_watch_type type, const char *text)
{
    fp_test_apply_yaml(b->mesh.world, cluster, type, fp_str_of(text));
}

static void commit(const bench *b)
{
    ck_assert_int_eq(fp_world_commit(b->mesh.world), 0);
}

#define FED                                                                                        \
    "{apiVersion: v1, kind: Service, metadata: {namespace: a, name: fed, uid: u, annotations: "    \
    "{federation.tigera.io/serviceSelector: 'app == \"x\"'}}, spec: {ports: [{name: ui, port: "    \
    "80}]}}"
#define SERVICE                                                                                    \
    "{apiVersion: v1, kind: Service, metadata: {namespace: a, name: s, labels: {app: x}}, spec: "  \
    "{ports: [{name: ui, port: 80}]}}"

static uint32_t fed_of(const bench *b)
{
    uint32_t id = fp_services_find(b->services, FP_STR("a"), FP_STR("fed"));

    ck_assert_uint_ne(id, FP_NO_ID);
    return id;
}

static void put_slice(const bench *b, fp_cluster *cluster, unsigned slice, unsigned from,
                      unsigned n)
{
    fp_buf buf = {0};

    fp_buf_printf(&buf,
                  "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {namespace: a, "
                  "name: s-%u, labels: {kubernetes.io/service-name: s}}, addressType: IPv4, ports: "
                  "[{name: ui, port: 9000}], endpoints: [",
                  slice);
    for (unsigned i = from; i < from + n; i++)
        fp_buf_printf(&buf, "%s{addresses: [10.%u.%u.%u]}", i > from ? "," : "", i >> 16,
                      (i >> 8) & 255, i & 255);
    fp_buf_puts(&buf, "]}");
    yaml(b, cluster, FP_WATCH_ADDED, buf.data);
    fp_buf_done(&buf);
}

static size_t slices_of(const bench *b, fp_wanted_slice_vec *ret)
{
    fp_vec_clear(ret);
    ck_assert_int_eq(fp_services_slices(b->services, fed_of(b), ret), 0);
    return ret->len;
}

/* --- slices --- */

START_TEST(more_than_a_hundred_are_split_and_join_again)
{
    fp_wanted_slice_vec slices = {0};
    size_t total = 0;
    bench b;

    bench_init(&b);
    yaml(&b, b.mesh.east, FP_WATCH_ADDED, FED);
    yaml(&b, b.mesh.west, FP_WATCH_ADDED, SERVICE);
    put_slice(&b, b.mesh.west, 0, 1, 100);
    commit(&b);
    ck_assert_uint_eq(slices_of(&b, &slices), 1);
    put_slice(&b, b.mesh.west, 1, 300, 1);
    commit(&b);
    ck_assert_uint_eq(slices_of(&b, &slices), 2);
    put_slice(&b, b.mesh.west, 1, 1000, 1900);
    commit(&b);
    ck_assert_uint_ge(slices_of(&b, &slices), 20);
    for (size_t i = 0; i < slices.len; i++) {
        ck_assert_uint_le(slices.items[i].n, 100);
        ck_assert_uint_ge(slices.items[i].n, 1);
        total += slices.items[i].n;
    }
    ck_assert_uint_eq(total, 2000);
    put_slice(&b, b.mesh.west, 1, 300, 0);
    commit(&b);
    ck_assert_uint_eq(slices_of(&b, &slices), 1);
    fp_vec_done(&slices);
    bench_done(&b);
}
END_TEST

/* Whether a split or a merge happened is seen by the number of slices. */
START_TEST(one_change_touches_one_slice)
{
    fp_wanted_slice_vec before = {0};
    fp_wanted_slice_vec after = {0};
    bench b;

    bench_init(&b);
    yaml(&b, b.mesh.east, FP_WATCH_ADDED, FED);
    yaml(&b, b.mesh.west, FP_WATCH_ADDED, SERVICE);
    for (unsigned i = 0; i < 50; i++)
        put_slice(&b, b.mesh.west, i, i * 256, 100);
    commit(&b);
    for (unsigned round = 0; round < 50; round++) {
        size_t touched = 0;

        (void)slices_of(&b, &before);
        put_slice(&b, b.mesh.west, round, round * 256, 99); /* the last one goes */
        commit(&b);
        if (slices_of(&b, &after) != before.len)
            continue;
        for (size_t i = 0; i < after.len; i++)
            touched += after.items[i].revision != before.items[i].revision;
        ck_assert_uint_eq(touched, 1);
    }
    fp_vec_done(&before);
    fp_vec_done(&after);
    bench_done(&b);
}
END_TEST

START_TEST(a_slice_that_comes_again_touches_nothing)
{
    uint64_t revision;
    bench b;

    bench_init(&b);
    yaml(&b, b.mesh.east, FP_WATCH_ADDED, FED);
    yaml(&b, b.mesh.west, FP_WATCH_ADDED, SERVICE);
    put_slice(&b, b.mesh.west, 0, 1, 100);
    commit(&b);
    revision = fp_services_revision(b.services);
    put_slice(&b, b.mesh.west, 0, 1, 100);
    yaml(&b, b.mesh.east, FP_WATCH_ADDED, FED);
    yaml(&b, b.mesh.west, FP_WATCH_ADDED, SERVICE);
    commit(&b);
    ck_assert_uint_eq(fp_services_revision(b.services), revision);
    bench_done(&b);
}
END_TEST

/* --- writes --- */

static size_t writes_of(const bench *b, fp_wanted_form form, fp_arena *arena, fp_write_vec *ret)
{
    fp_vec_clear(ret);
    ck_assert_int_eq(fp_services_writes(b->services, form, arena, ret), 0);
    return ret->len;
}

/* What a server would have after the writes. */
static void write_all(const bench *b, const fp_write_vec *writes)
{
    for (size_t i = 0; i < writes->len; i++) {
        const fp_write *write = &writes->items[i];
        fp_cleanup_buf fp_buf text = {0};

        if (write->verb != FP_WRITE_DELETE) {
            fp_buf_add(&text, write->body);
            yaml(b, b->mesh.east, FP_WATCH_MODIFIED, text.data);
            continue;
        }
        fp_buf_printf(&text, "{apiVersion: %s, kind: %s, metadata: {namespace: %.*s, name: %.*s}}",
                      write->kind == FP_KIND_ENDPOINTS ? "v1" : "discovery.k8s.io/v1",
                      fp_kind_name(write->kind), FP_STR_ARG(write->ns), FP_STR_ARG(write->name));
        yaml(b, b->mesh.east, FP_WATCH_DELETED, text.data);
    }
    commit(b);
}

static void setup(bench *b)
{
    bench_init(b);
    yaml(b, b->mesh.east, FP_WATCH_ADDED, FED);
    yaml(b, b->mesh.west, FP_WATCH_ADDED, SERVICE);
    put_slice(b, b->mesh.west, 0, 1, 250);
    commit(b);
}

START_TEST(after_the_writes_nothing_is_to_be_written)
{
    static const fp_wanted_form forms[] = {FP_WANTED_ENDPOINTS, FP_WANTED_SLICES, FP_WANTED_BOTH,
                                           FP_WANTED_ENDPOINTS};
    fp_write_vec writes = {0};
    fp_arena arena;
    bench b;

    fp_arena_init(&arena, 0);
    setup(&b);
    for (size_t i = 0; i < FP_ARRAY_LEN(forms); i++) {
        ck_assert_uint_gt(writes_of(&b, forms[i], &arena, &writes), 0);
        write_all(&b, &writes);
        ck_assert_msg(writes_of(&b, forms[i], &arena, &writes) == 0, "%zu: %.*s", i,
                      FP_STR_ARG(writes.items[0].body));
    }
    put_slice(&b, b.mesh.west, 0, 1, 249);
    commit(&b);
    ck_assert_uint_eq(writes_of(&b, FP_WANTED_ENDPOINTS, &arena, &writes), 1);
    ck_assert_int_eq(writes.items[0].verb, FP_WRITE_UPDATE);
    fp_vec_done(&writes);
    fp_arena_done(&arena);
    bench_done(&b);
}
END_TEST

static const struct {
    const char *name;
    const char *put; /* at the local cluster, after all was written */
    fp_write_verb verb;
} edits[] = {
    {"the user edits the endpoints",
     "{apiVersion: v1, kind: Endpoints, metadata: {namespace: a, name: fed, annotations: "
     "{federation.tigera.io/serviceSelector: 'app == \"x\"'}}, subsets: [{addresses: [{ip: "
     "10.9.9.9}], ports: [{name: ui, port: 1}]}]}",
     FP_WRITE_UPDATE},
    {"the user takes the mark away: then it is somebody else's",
     "{apiVersion: v1, kind: Endpoints, metadata: {namespace: a, name: fed}, subsets: []}", 0},
    {"the selector is edited to nonsense",
     "{apiVersion: v1, kind: Service, metadata: {namespace: a, name: fed, annotations: "
     "{federation.tigera.io/serviceSelector: 'app =='}}, spec: {ports: [{name: ui, port: 80}]}}",
     FP_WRITE_UPDATE},
    {"the annotation goes",
     "{apiVersion: v1, kind: Service, metadata: {namespace: a, name: fed}, spec: {ports: [{name: "
     "ui, port: 80}]}}",
     FP_WRITE_DELETE},
    {"the service gets a selector of its own",
     "{apiVersion: v1, kind: Service, metadata: {namespace: a, name: fed, annotations: "
     "{federation.tigera.io/serviceSelector: 'app == \"x\"'}}, spec: {selector: {q: r}, ports: "
     "[{name: ui, port: 80}]}}",
     FP_WRITE_RELEASE},
    {"the service becomes a name",
     "{apiVersion: v1, kind: Service, metadata: {namespace: a, name: fed, annotations: "
     "{federation.tigera.io/serviceSelector: 'app == \"x\"'}}, spec: {type: ExternalName, ports: "
     "[{name: ui, port: 80}]}}",
     FP_WRITE_DELETE},
};

START_TEST(each_edit_is_answered_by_one_write_or_by_none)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(edits); i++) {
        fp_write_vec writes = {0};
        fp_arena arena;
        size_t n;
        bench b;

        fp_arena_init(&arena, 0);
        setup(&b);
        (void)writes_of(&b, FP_WANTED_ENDPOINTS, &arena, &writes);
        write_all(&b, &writes);
        yaml(&b, b.mesh.east, FP_WATCH_MODIFIED, edits[i].put);
        commit(&b);
        n = writes_of(&b, FP_WANTED_ENDPOINTS, &arena, &writes);
        ck_assert_msg(n == (edits[i].verb ? 1 : 0), "%s: %zu", edits[i].name, n);
        ck_assert_msg(n == 0 || writes.items[0].verb == edits[i].verb, "%s: %d", edits[i].name,
                      (int)writes.items[0].verb);
        write_all(&b, &writes);
        n = writes_of(&b, FP_WANTED_ENDPOINTS, &arena, &writes);
        ck_assert_msg(n == 0, "%s: again %zu", edits[i].name, n);
        fp_vec_done(&writes);
        fp_arena_done(&arena);
        bench_done(&b);
    }
}
END_TEST

START_TEST(endpoints_of_others_are_left_alone_and_told_of)
{
    fp_write_vec writes = {0};
    fp_arena arena;
    bench b;

    fp_arena_init(&arena, 0);
    setup(&b);
    yaml(&b, b.mesh.east, FP_WATCH_ADDED,
         "{apiVersion: v1, kind: Endpoints, metadata: {namespace: a, name: fed}}");
    commit(&b);
    ck_assert(fp_services_view(b.services, fed_of(&b)).is_foreign);
    ck_assert_uint_eq(writes_of(&b, FP_WANTED_ENDPOINTS, &arena, &writes), 0);
    ck_assert_uint_eq(fp_cluster_diag_count(b.mesh.east), 1);
    yaml(&b, b.mesh.east, FP_WATCH_DELETED,
         "{apiVersion: v1, kind: Endpoints, metadata: {namespace: a, name: fed}}");
    commit(&b);
    ck_assert_uint_eq(writes_of(&b, FP_WANTED_ENDPOINTS, &arena, &writes), 1);
    ck_assert_uint_eq(fp_cluster_diag_count(b.mesh.east), 0);
    fp_vec_done(&writes);
    fp_arena_done(&arena);
    bench_done(&b);
}
END_TEST

/* --- loss and start --- */

static size_t n_backends(const bench *b)
{
    return fp_services_view(b->services, fed_of(b)).n_backends;
}

static void set_use(const bench *b, fp_cluster *cluster, fp_service_use use)
{
    ck_assert_int_eq(fp_world_set_service_use(b->mesh.world, cluster, use), 0);
    commit(b);
}

START_TEST(a_withdrawn_cluster_leaves_but_the_last_one_may_stay)
{
    bench b;

    setup(&b);
    yaml(&b, b.mesh.north, FP_WATCH_ADDED, SERVICE);
    put_slice(&b, b.mesh.north, 0, 1000, 3);
    commit(&b);
    ck_assert_uint_eq(n_backends(&b), 253);
    set_use(&b, b.mesh.west, FP_SERVICE_USE_WITHDRAWN);
    ck_assert_uint_eq(n_backends(&b), 3);
    set_use(&b, b.mesh.north, FP_SERVICE_USE_WITHDRAWN);
    ck_assert_uint_eq(n_backends(&b), 0);
    fp_world_set_keep_last_backends(b.mesh.world, true);
    commit(&b);
    ck_assert_uint_eq(n_backends(&b), 253);
    set_use(&b, b.mesh.north, FP_SERVICE_USE_NORMAL);
    ck_assert_uint_eq(n_backends(&b), 3);
    set_use(&b, b.mesh.west, FP_SERVICE_USE_NORMAL);
    ck_assert_uint_eq(n_backends(&b), 253);
    bench_done(&b);
}
END_TEST

/* Endpoints as an earlier run wrote them. */
#define WRITTEN                                                                                    \
    "{apiVersion: v1, kind: Endpoints, metadata: {namespace: a, name: fed, annotations: "          \
    "{federation.tigera.io/serviceSelector: 'app == \"x\"'}}, subsets: [{addresses: [{ip: "        \
    "10.0.0.1, targetRef: {kind: Pod, namespace: a, name: west/p1}}, {ip: 10.0.0.2, targetRef: "   \
    "{kind: Pod, namespace: a, name: north/p2}}, {ip: 10.0.0.3, targetRef: {kind: Pod, "           \
    "namespace: a, name: p3}}, {ip: 10.0.0.4}], ports: [{name: ui, port: 9000}]}]}"

START_TEST(what_was_written_for_a_cluster_is_held_until_it_is_complete)
{
    bench b;

    bench_init(&b);
    ck_assert_int_eq(fp_world_set_service_use(b.mesh.world, b.mesh.west, FP_SERVICE_USE_PENDING),
                     0);
    yaml(&b, b.mesh.east, FP_WATCH_ADDED, FED);
    yaml(&b, b.mesh.east, FP_WATCH_ADDED, WRITTEN);
    commit(&b);
    ck_assert_uint_eq(n_backends(&b), 2); /* west's, and the one that may be anybody's */
    yaml(&b, b.mesh.west, FP_WATCH_ADDED, SERVICE);
    put_slice(&b, b.mesh.west, 0, 1, 1); /* 10.0.0.1 itself */
    commit(&b);
    ck_assert_uint_eq(n_backends(&b), 2);
    set_use(&b, b.mesh.west, FP_SERVICE_USE_NORMAL);
    ck_assert_uint_eq(n_backends(&b), 1);
    bench_done(&b);
}
END_TEST

START_TEST(a_held_address_is_written_as_it_was)
{
    fp_buf buf = {0};
    bench b;

    bench_init(&b);
    ck_assert_int_eq(fp_world_set_service_use(b.mesh.world, b.mesh.west, FP_SERVICE_USE_PENDING),
                     0);
    yaml(&b, b.mesh.east, FP_WATCH_ADDED, FED);
    yaml(&b, b.mesh.east, FP_WATCH_ADDED, WRITTEN);
    commit(&b);
    ck_assert_int_eq(
        fp_services_put_endpoints(b.services, fed_of(&b), FP_WANTED_ENDPOINTS, FP_STR_NULL, &buf),
        0);
    ck_assert_msg(fp_str_contains(fp_buf_str(&buf), FP_STR("\"name\":\"west/p1\"")), "%s",
                  buf.data);
    fp_buf_done(&buf);
    bench_done(&b);
}
END_TEST

START_TEST(a_cluster_that_is_removed_takes_its_back_ends_along)
{
    bench b;

    setup(&b);
    set_use(&b, b.mesh.west, FP_SERVICE_USE_WITHDRAWN);
    set_use(&b, b.mesh.west, FP_SERVICE_USE_NORMAL);
    ck_assert_uint_eq(n_backends(&b), 250);
    ck_assert_int_eq(fp_world_remove_cluster(b.mesh.world, b.mesh.west), 0);
    commit(&b);
    ck_assert_uint_eq(n_backends(&b), 0);
    bench_done(&b);
}
END_TEST

FP_TEST_MAIN("services/services", more_than_a_hundred_are_split_and_join_again,
             one_change_touches_one_slice, a_slice_that_comes_again_touches_nothing,
             after_the_writes_nothing_is_to_be_written,
             each_edit_is_answered_by_one_write_or_by_none,
             endpoints_of_others_are_left_alone_and_told_of,
             a_withdrawn_cluster_leaves_but_the_last_one_may_stay,
             what_was_written_for_a_cluster_is_held_until_it_is_complete,
             a_held_address_is_written_as_it_was,
             a_cluster_that_is_removed_takes_its_back_ends_along)
