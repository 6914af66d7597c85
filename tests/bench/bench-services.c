/* SPDX-License-Identifier: Apache-2.0 */
#include <malloc.h>
#include <string.h>

#include "libfedpol/services/services.h"
#include "libfedpol/wire/object_stream.h"
#include "tests/bench/bench.h"

/* Federated services, from decoded objects on. */

static const fp_hash_key key = {1, 2};
static const fp_service_port port = {.name = FP_STR_INIT("ui"), .port = 9000, .protocol = 6};

static size_t held;
static fp_arena words; /* of the back ends that are put next */

static void *held_alloc(size_t size, void *user)
{
    void *block = malloc(size);

    (void)user;
    if (block)
        held += malloc_usable_size(block) + sizeof(size_t);
    return block;
}

static void held_free(void *block, void *user)
{
    (void)user;
    if (block)
        held -= malloc_usable_size(block) + sizeof(size_t);
    free(block);
}

static void *held_realloc(void *block, size_t size, void *user)
{
    size_t before = block ? malloc_usable_size(block) + sizeof(size_t) : 0;
    void *grown = realloc(block, size);

    (void)user;
    if (grown)
        held += malloc_usable_size(grown) + sizeof(size_t) - before;
    return grown;
}

static void must(int r)
{
    if (r >= 0)
        return;
    (void)fprintf(stderr, "bench-services: %d\n", r);
    exit(EXIT_FAILURE);
}

static fp_cluster *new_cluster(const char *name, uint32_t number)
{
    fp_cluster *cluster;

    must(fp_cluster_new(&key, fp_str_of(name), number,
                        number == FP_LOCAL_CLUSTER ? FP_ROLE_LOCAL : FP_ROLE_REMOTE, &cluster));
    return cluster;
}

static void put_service(fp_services *services, fp_cluster *cluster, const char *name,
                        const char *selector, const char *app)
{
    const fp_label label = {FP_STR("app"), fp_str_of(app)};
    fp_object object = {.kind = FP_KIND_SERVICE,
                        .ns = FP_STR("shop"),
                        .name = fp_str_of(name),
                        .cls = FP_OBJECT_SERVICE,
                        .service = {.labels = &label,
                                    .n_labels = app ? 1 : 0,
                                    .ports = &port,
                                    .n_ports = 1,
                                    .selector = fp_str_of(selector),
                                    .is_annotated = selector != NULL}};
    uint32_t id;

    must(fp_services_put(services, cluster, &object, FP_NO_ID, &id));
}

/* What a decoder would give for a slice of N back ends. */
typedef struct slice {
    char names[100][16];
    fp_backend backends[100];
    fp_backend_group group;
    fp_object object;
    char name[32];
} slice;

static void fill_slice(slice *s, const char *service, const char *name, uint32_t first, size_t n)
{
    (void)snprintf(s->name, sizeof(s->name), "%s", name);
    fp_arena_reset(&words);
    for (size_t i = 0; i < n; i++) {
        uint32_t number = first + (uint32_t)i;

        (void)snprintf(s->names[i], sizeof(s->names[i]), "pod-%u", number);
        s->backends[i] = (fp_backend){
            .ip = {.family = 4,
                   .bytes = {10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number}},
            .conditions = FP_BACKEND_READY | FP_BACKEND_SERVING,
        };
        must(fp_backend_set_words(
            &s->backends[i],
            (const fp_str[FP_BACKEND_FIELDS]){[FP_BACKEND_NODE] = FP_STR("node-17.example"),
                                              [FP_BACKEND_ZONE] = FP_STR("zone-a"),
                                              [FP_BACKEND_TARGET_KIND] = FP_STR("Pod"),
                                              [FP_BACKEND_TARGET_NS] = FP_STR("shop"),
                                              [FP_BACKEND_TARGET_NAME] = fp_str_of(s->names[i]),
                                              [FP_BACKEND_TARGET_UID] =
                                                  FP_STR("0b2f6f6e-1f0c-4f3e-9d53-3a2b1c4d5e6f")},
            &words));
    }
    s->group = (fp_backend_group){&port, 1, s->backends, n};
    s->object = (fp_object){
        .kind = FP_KIND_ENDPOINT_SLICE,
        .ns = FP_STR("shop"),
        .name = fp_str_of(s->name),
        .cls = FP_OBJECT_BACKENDS,
        .backends = {
            .service = fp_str_of(service), .groups = &s->group, .n_groups = 1, .is_slice = true}};
}

/* --- one service --- */

typedef struct one {
    fp_services *services;
    fp_cluster *local;
    fp_cluster *remote;
    uint32_t *ids; /* of the slices */
    slice slice;
    size_t n;
    size_t round;
    size_t touched;
    uint64_t revision;
    fp_wanted_slice_vec wanted;
    fp_wanted_vec backends;
    bool with_json;
    fp_buf json;
} one;

static void one_begin(one *o, size_t n)
{
    *o = (one){.n = n, .ids = calloc(n / 100, sizeof(uint32_t))};
    must(fp_services_new(&key, &o->services));
    o->local = new_cluster("east", FP_LOCAL_CLUSTER);
    o->remote = new_cluster("west", FP_LOCAL_CLUSTER + 1);
    put_service(o->services, o->local, "fed", "app == \"x\"", NULL);
    put_service(o->services, o->remote, "s", NULL, "x");
    for (size_t i = 0; i < n / 100; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "s-%zu", i);
        fill_slice(&o->slice, "s", name, (uint32_t)i * 100, 100);
        must(fp_services_put(o->services, o->remote, &o->slice.object, FP_NO_ID, &o->ids[i]));
    }
}

static void one_end(one *o)
{
    fp_services_free(o->services);
    fp_cluster_free(o->local);
    fp_cluster_free(o->remote);
    fp_vec_done(&o->wanted);
    fp_vec_done(&o->backends);
    fp_buf_done(&o->json);
    free(o->ids);
}

/* A back end is ready, or is not: the slice that it is wanted in is read as JSON. */
static void change_one(void *user)
{
    one *o = user;
    size_t i = o->round++ % (o->n / 100);
    char name[32];

    (void)snprintf(name, sizeof(name), "s-%zu", i);
    fill_slice(&o->slice, "s", name, (uint32_t)i * 100, 100);
    o->slice.backends[7].conditions = (uint8_t)((o->round / (o->n / 100)) % 2 ? 3 : 0);
    o->revision = fp_services_revision(o->services);
    must(fp_services_put(o->services, o->remote, &o->slice.object, o->ids[i], &o->ids[i]));
    must(fp_services_commit(o->services));
    fp_vec_clear(&o->wanted);
    must(fp_services_slices(
        o->services, fp_services_find(o->services, FP_STR("shop"), FP_STR("fed")), &o->wanted));
    o->touched = 0;
    for (size_t k = 0; k < o->wanted.len; k++) {
        if (o->wanted.items[k].revision <= o->revision)
            continue;
        o->touched++;
        fp_vec_clear(&o->backends);
        must(fp_services_slice_backends(o->services, &o->wanted.items[k], &o->backends));
        if (!o->with_json)
            continue;
        fp_buf_clear(&o->json);
        must(fp_services_put_slice(o->services,
                                   fp_services_find(o->services, FP_STR("shop"), FP_STR("fed")),
                                   &o->wanted.items[k], FP_STR_NULL, &o->json));
    }
}

static void fill_only(void *user)
{
    one *o = user;

    fill_slice(&o->slice, "s", "s-0", 0, 100);
}

static void bench_one_change(void)
{
    double fill;
    one o;

    one_begin(&o, 10000);
    must(fp_services_commit(o.services));
    change_one(&o);
    fill = bench_median_ns(fill_only, &o, 1000);
    printf("services: 10,000 back ends, one changes: decoded object to wanted slice | <= 50 us | "
           "%.1f us, %zu slice touched, %zu slices\n",
           (bench_median_ns(change_one, &o, 1000) - fill) / 1e3, o.touched, o.wanted.len);
    o.with_json = true;
    printf("services: the same, to its JSON of %zu bytes | - | %.1f us\n", o.json.len,
           (bench_median_ns(change_one, &o, 1000) - fill) / 1e3);
    one_end(&o);
}

/* What any program must do that begins anew: sort them. */
static void bench_sort_anchor(size_t n)
{
    double *numbers = malloc(n * sizeof(*numbers));
    double start;

    for (size_t i = 0; numbers && i < n; i++)
        numbers[i] = (double)((i * 2654435761u) % 4294967291u);
    start = bench_now_ns();
    qsort(numbers, n, sizeof(*numbers), bench_compare);
    printf("services: anchor: qsort of %zu numbers | - | %.1f ms\n", n,
           (bench_now_ns() - start) / 1e6);
    free(numbers);
}

static void bench_large_service(void)
{
    double start;
    one o;

    bench_sort_anchor(100000);
    start = bench_now_ns();
    one_begin(&o, 100000);
    must(fp_services_commit(o.services));
    must(fp_services_slices(o.services, fp_services_find(o.services, FP_STR("shop"), FP_STR("fed")),
                            &o.wanted));
    printf("services: 100,000 back ends in one service, from nothing | <= 0.3 s | %.3f s, %zu "
           "slices\n",
           (bench_now_ns() - start) / 1e9, o.wanted.len);
    one_end(&o);
}

/* --- many services --- */

#define SERVICES 10000u
#define CLUSTERS 20u

static void put_all(fp_services *services, fp_cluster *const *clusters, slice *s)
{
    char name[32], app[32], selector[64];
    uint32_t id;

    for (uint32_t i = 0; i < SERVICES; i++) {
        (void)snprintf(app, sizeof(app), "app-%u", i);
        (void)snprintf(name, sizeof(name), "fed-%u", i);
        (void)snprintf(selector, sizeof(selector), "app == \"%s\"", app);
        put_service(services, clusters[0], name, selector, NULL);
        for (uint32_t c = 1; c <= CLUSTERS; c++) {
            (void)snprintf(name, sizeof(name), "s-%u", i);
            put_service(services, clusters[c], name, NULL, app);
            fill_slice(s, name, name, c << 16 | i, 1);
            must(fp_services_put(services, clusters[c], &s->object, FP_NO_ID, &id));
        }
    }
}

static void bench_many(void)
{
    const fp_allocator counting = {held_alloc, held_realloc, held_free, NULL};
    fp_cluster *clusters[CLUSTERS + 1];
    fp_services *services;
    slice *s = malloc(sizeof(*s));
    size_t before;
    double start;

    fp_alloc_set(&counting);
    for (uint32_t c = 0; c <= CLUSTERS; c++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "c%u", c);
        clusters[c] = new_cluster(name, FP_LOCAL_CLUSTER + c);
    }
    must(fp_services_new(&key, &services));
    before = held;
    start = bench_now_ns();
    put_all(services, clusters, s);
    must(fp_services_commit(services));
    printf("services: 10,000 federated services of 20 back ends over 20 clusters, from nothing | "
           "<= 1 s | %.2f s\n",
           (bench_now_ns() - start) / 1e9);
    printf("services: the same, memory that stays | <= 150 MiB | %.0f MiB\n",
           (double)(held - before) / (1 << 20));
    fp_services_free(services);
    for (uint32_t c = 0; c <= CLUSTERS; c++)
        fp_cluster_free(clusters[c]);
    free(s);
    fp_alloc_set(NULL);
}

/* --- nothing changes --- */

/* What was written comes back as the local cluster's own; afterwards all remote slices come again
   every second, as after reconnects. */
static void bench_steady(void)
{
    fp_write_vec writes = {0};
    fp_arena arena;
    size_t count = 0;
    one o;

    fp_arena_init(&arena, 0);
    one_begin(&o, 1000);
    must(fp_services_commit(o.services));
    for (unsigned second = 0; second < 600; second++) {
        for (size_t i = 0; i < o.n / 100; i++) {
            char name[32];

            (void)snprintf(name, sizeof(name), "s-%zu", i);
            fill_slice(&o.slice, "s", name, (uint32_t)i * 100, 100);
            must(fp_services_put(o.services, o.remote, &o.slice.object, o.ids[i], &o.ids[i]));
        }
        must(fp_services_commit(o.services));
        fp_vec_clear(&writes);
        must(fp_services_writes(o.services, FP_WANTED_SLICES, &arena, &writes));
        if (second == 0)
            printf("services: 1,000 back ends, first writes | - | %zu\n", writes.len);
        count += second == 0 ? 0 : writes.len;
        for (size_t i = 0; i < writes.len; i++) {
            fp_wire_limits limits = fp_wire_default_limits;
            fp_object object;
            fp_value *value;
            fp_diags diags;
            uint32_t id;

            must(fp_json_parse(writes.items[i].body, &limits, &arena, &value, NULL));
            fp_diags_init(&diags, &arena);
            must(fp_object_decode(FP_KIND_ENDPOINT_SLICE, value, NULL, &arena, &diags, &object));
            must(fp_services_put(o.services, o.local, &object, FP_NO_ID, &id));
            fp_diags_done(&diags);
        }
    }
    printf("services: nothing changes for 10 minutes of simulated time: writes | 0 | %zu\n", count);
    fp_vec_done(&writes);
    fp_arena_done(&arena);
    one_end(&o);
}

int main(void)
{
    fp_arena_init(&words, 0);
    bench_one_change();
    bench_large_service();
    bench_many();
    bench_steady();
    fp_arena_done(&words);
    return EXIT_SUCCESS;
}
