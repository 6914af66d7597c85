/* SPDX-License-Identifier: Apache-2.0 */
#include <malloc.h>
#include <math.h>

#include "libfedpol/base/vec.h"
#include "libfedpol/policy/world.h"
#include "libfedpol/render/render.h"
#include "tests/bench/bench.h"

#define RUNS 3

static void must(int r)
{
    if (r < 0) {
        (void)fprintf(stderr, "failed: %s\n", fedpol_error_name(r));
        exit(EXIT_FAILURE);
    }
}

static double median(double *times)
{
    qsort(times, BENCH_RUNS, sizeof(*times), bench_compare);
    return times[BENCH_RUNS / 2];
}

static double memory_mib(void)
{
    struct mallinfo2 info = mallinfo2();

    return (double)(info.uordblks + info.hblkhd) / 1048576;
}

/* One object that is ready to be put, with the text that it points into. */
typedef struct pod {
    fp_object object;
    char text[8][64];
    fp_label labels[8];
    fp_str profiles[1];
    fp_cidr net;
    size_t n;
} pod;

static void put_label(pod *p, const char *name, const char *prefix, unsigned value)
{
    (void)snprintf(p->text[p->n], sizeof(p->text[0]), "%s%u", prefix, value);
    p->labels[p->n] = (fp_label){fp_str_of(name), fp_str_of(p->text[p->n])};
    p->n++;
}

static void finish_pod(pod *p, unsigned i, fp_str ns, bool local)
{
    p->net = (fp_cidr){
        {.bytes = {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}, .family = 4}, 32};
    (void)snprintf(p->text[6], sizeof(p->text[0]), "pod-%u", i);
    (void)snprintf(p->text[7], sizeof(p->text[0]), "kns.%.*s", FP_STR_ARG(ns));
    p->profiles[0] = fp_str_of(p->text[7]);
    p->object = (fp_object){.kind = FP_KIND_POD,
                            .ns = ns,
                            .name = fp_str_of(p->text[6]),
                            .cls = FP_OBJECT_ENDPOINT,
                            .endpoint = {.type = FP_ENDPOINT_WORKLOAD,
                                         .node = local ? FP_STR("n1") : FP_STR("n2"),
                                         .labels = p->labels,
                                         .n_labels = p->n,
                                         .profiles = p->profiles,
                                         .n_profiles = 1,
                                         .nets = &p->net,
                                         .n_nets = 1}};
}

static const char *const marker_names[31] = {
    "m-00", "m-01", "m-02", "m-03", "m-04", "m-05", "m-06", "m-07", "m-08", "m-09", "m-10",
    "m-11", "m-12", "m-13", "m-14", "m-15", "m-16", "m-17", "m-18", "m-19", "m-20", "m-21",
    "m-22", "m-23", "m-24", "m-25", "m-26", "m-27", "m-28", "m-29", "m-30"};

/* Deployments of ten pods in 1,000 namespaces; each deployment has two of 31 markers. One pod in
   1,250 is local, each time of another deployment. */
static void make_marked(pod *p, unsigned i)
{
    unsigned deployment = i / 10;
    unsigned low = deployment % 30;

    p->n = 0;
    put_label(p, "app", "app-", deployment % 25);
    put_label(p, marker_names[low], "", 1);
    put_label(p, marker_names[low + 1], "", 1);
    put_label(p, "projectcalico.org/namespace", "ns-", deployment / 25);
    finish_pod(p, i, p->labels[3].value, i % 1250 == i / 1250 * 20 % 1250);
}

/* Four pods in each of 25,000 namespaces. */
static void make_spread(pod *p, unsigned i)
{
    p->n = 0;
    put_label(p, "app", "app-", i % 4);
    put_label(p, "projectcalico.org/namespace", "ns-", i / 4);
    finish_pod(p, i, p->labels[1].value, i % 500 == 0);
}

static void make_crowd(pod *p, unsigned i)
{
    p->n = 0;
    put_label(p, "app", "app-", i % 10);
    put_label(p, "projectcalico.org/namespace", "ns-", i == 0 ? 1 : 0);
    finish_pod(p, i, p->labels[1].value, i == 0);
}

#define BATCH 64u

/* Puts N pods; only the putting is timed. */
static double put_pods(fp_world *world, fp_cluster *cluster, void (*make)(pod *, unsigned),
                       unsigned n)
{
    pod *pods = malloc(BATCH * sizeof(*pods));
    double spent = 0;

    for (unsigned i = 0; pods && i < n; i += BATCH) {
        unsigned end = i + BATCH < n ? i + BATCH : n;
        double start;

        for (unsigned k = i; k < end; k++)
            make(&pods[k - i], k);
        start = bench_now_ns();
        for (unsigned k = i; k < end; k++)
            must(fp_world_put(world, cluster, &pods[k - i].object));
        spent += bench_now_ns() - start;
    }
    free(pods);
    return spent;
}

static double put_namespace(fp_world *world, fp_cluster *cluster, unsigned i, const char *env)
{
    char ns[32], profile[40];
    fp_label labels[2] = {{FP_STR("pcns.env"), fp_str_of(env)},
                          {FP_STR("pcns.projectcalico.org/name"), FP_STR_NULL}};
    fp_object object = {.kind = FP_KIND_NAMESPACE, .cls = FP_OBJECT_PROFILE};
    double start;

    (void)snprintf(ns, sizeof(ns), "ns-%u", i);
    (void)snprintf(profile, sizeof(profile), "kns.ns-%u", i);
    labels[1].value = fp_str_of(ns);
    object.name = fp_str_of(ns);
    object.profile = (fp_profile_desc){fp_str_of(profile), labels, 2, NULL};
    start = bench_now_ns();
    must(fp_world_put(world, cluster, &object));
    return bench_now_ns() - start;
}

typedef FP_VEC(fp_object) object_vec;

static void decode(const char *json, fp_arena *arena, object_vec *ret)
{
    const fp_model_options options = {0};
    fp_arena values;
    fp_value *value;
    fp_diags diags;
    fp_object object;

    fp_arena_init(&values, 0);
    must(fp_json_parse(fp_str_of(json), &fp_wire_default_limits, &values, &value, NULL));
    fp_diags_init(&diags, &values);
    must(fp_object_decode(
        fp_kind_of(fp_value_get_str(value, "apiVersion"), fp_value_get_str(value, "kind")), value,
        &options, &values, &diags, &object));
    object.ns = fp_arena_str(arena, object.ns);
    object.name = fp_arena_str(arena, object.name);
    fp_diags_done(&diags);
    fp_arena_done(&values);
    must(fp_vec_push(ret, object));
}

#define POLICY                                                                                     \
    "{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"%s\",\"metadata\":{\"name\":\"p%u\""      \
    "%s%s%s},\"spec\":{\"order\":%u,\"selector\":\"%s\",\"types\":[\"Ingress\"],\"ingress\":[%s]}" \
    "}"

/* 10,000 policies of five rules over 31 markers. */
static void marked_policies(fp_arena *arena, object_vec *ret)
{
    for (unsigned i = 0; i < 10000; i++) {
        char json[2048], rules[1024], subject[32];
        size_t len = 0;

        for (unsigned r = 0; r < 5; r++)
            len += (size_t)snprintf(rules + len, sizeof(rules) - len,
                                    "%s{\"action\":\"Allow\",\"protocol\":\"TCP\",\"source\":{"
                                    "\"selector\":\"has(%s)\"},\"destination\":{\"ports\":[%u]}}",
                                    r ? "," : "", marker_names[(i * 5 + r) % 31], 1000 + i % 100);
        (void)snprintf(subject, sizeof(subject), "has(%s)", marker_names[i % 31]);
        (void)snprintf(json, sizeof(json), POLICY, "GlobalNetworkPolicy", i, "", "", "", i % 100,
                       subject, rules);
        decode(json, arena, ret);
    }
}

/* Three policies in each of 25,000 namespaces. */
static void spread_policies(fp_arena *arena, object_vec *ret)
{
    for (unsigned i = 0; i < 75000; i++) {
        char json[2048], ns[32];
        const char *rule =
            i % 3 == 0 ? ""
                       : "{\"action\":\"Allow\",\"protocol\":\"TCP\",\"source\":{"
                         "\"selector\":\"app == 'app-1'\"},\"destination\":{\"ports\":[80]}}";

        (void)snprintf(ns, sizeof(ns), "ns-%u", i / 3);
        (void)snprintf(json, sizeof(json), POLICY, "NetworkPolicy", i, ",\"namespace\":\"", ns,
                       "\"", i % 3, i % 3 == 0 ? "all()" : "app == 'app-0'", rule);
        decode(json, arena, ret);
    }
}

/* Selectors of two labels with ||; each is used by one policy of the one local pod. */
static void either_policies(fp_arena *arena, object_vec *ret)
{
    for (unsigned i = 0; i < 1000; i++) {
        char json[2048], rule[512];

        (void)snprintf(rule, sizeof(rule),
                       "{\"action\":\"Allow\",\"source\":{\"namespaceSelector\":"
                       "\"env == 'e%u' || stage == 's%u'\"}}",
                       i, i);
        (void)snprintf(json, sizeof(json), POLICY, "GlobalNetworkPolicy", i, "", "", "", 1, "all()",
                       rule);
        decode(json, arena, ret);
    }
}

typedef struct mesh {
    fp_world *world;
    fp_cluster *east;
    fp_arena arena;
    object_vec policies;
    double decode_ns;
    double start_mib;
} mesh;

static mesh make_mesh(void (*policies)(fp_arena *, object_vec *))
{
    const fp_hash_key key = {1, 2};
    const fp_world_options options = {.federation = {.node = FP_STR("n1")}};
    mesh m = {.start_mib = memory_mib()};
    double start;

    must(fp_world_new(&key, &m.world));
    must(fp_world_set_options(m.world, &options));
    must(fp_world_add_cluster(m.world, FP_STR("east"), FP_ROLE_LOCAL, &m.east));
    fp_arena_init(&m.arena, 65536);
    start = bench_now_ns();
    policies(&m.arena, &m.policies);
    m.decode_ns = bench_now_ns() - start;
    return m;
}

static double put_policies(mesh *m)
{
    double start = bench_now_ns();

    for (size_t i = 0; i < m->policies.len; i++)
        must(fp_world_put(m->world, m->east, &m->policies.items[i]));
    return bench_now_ns() - start;
}

static void free_decoded(mesh *m)
{
    for (size_t i = 0; i < m->policies.len; i++)
        fp_object_done(&m->policies.items[i]);
    fp_vec_done(&m->policies);
    fp_arena_done(&m->arena);
}

static double commit(fp_world *world, fp_delta **ret)
{
    double start = bench_now_ns();

    must(fp_world_commit(world));
    must(fp_world_take_delta(world, ret));
    return bench_now_ns() - start;
}

static double render(fp_world *world, fp_renderer **ret, fp_ruleset **ret_ruleset)
{
    const fp_render_options options = {.families = 0};
    double start = bench_now_ns();

    must(fp_renderer_new(&options, ret, NULL));
    must(fp_renderer_full(*ret, fp_world_calc(world), ret_ruleset));
    return bench_now_ns() - start;
}

typedef struct shape {
    const char *name;
    const char *target;
    void (*policies)(fp_arena *, object_vec *);
    void (*pod)(pod *, unsigned);
    unsigned namespaces;
    unsigned pods;
} shape;

enum { NAMESPACES, PODS, POLICIES, COMMIT, RENDER, PARTS };

/* What one run took, and what it left. */
typedef struct outcome {
    double parts[PARTS];
    double total;
    double decoding;
    double mib;
    size_t sets;
    size_t active;
    size_t text;
} outcome;

static void run_shape(const shape *s, outcome *ret)
{
    mesh m = make_mesh(s->policies);
    fp_renderer *renderer;
    fp_ruleset *ruleset;
    fp_delta *delta;

    *ret = (outcome){.decoding = m.decode_ns};
    ret->parts[POLICIES] = put_policies(&m);
    for (unsigned i = 0; i < s->namespaces; i++)
        ret->parts[NAMESPACES] += put_namespace(m.world, m.east, i, "prod");
    ret->parts[PODS] = put_pods(m.world, m.east, s->pod, s->pods);
    ret->parts[COMMIT] = commit(m.world, &delta);
    free_decoded(&m);
    ret->parts[RENDER] = render(m.world, &renderer, &ruleset);
    for (size_t i = 0; i < PARTS; i++)
        ret->total += ret->parts[i];
    ret->mib = memory_mib() - m.start_mib;
    ret->sets = delta->n_sets;
    ret->active = delta->n_policies;
    ret->text = ruleset->text_len;
    (void)fp_ruleset_unref(ruleset);
    (void)fp_renderer_free(renderer);
    (void)fp_delta_unref(delta);
    (void)fp_world_free(m.world);
}

static void bench_shape(const shape *s)
{
    outcome best = {.total = 1e30};

    for (unsigned run = 0; run < RUNS; run++) {
        outcome o;

        run_shape(s, &o);
        best = o.total < best.total ? o : best;
    }
    (void)printf("%s | %s | %.3f s, %.0f MiB\n", s->name, s->target, best.total / 1e9, best.mib);
    (void)printf(
        "  of which namespaces, pods, policies, commit and delta, rendering | - | %.3f, %.3f, "
        "%.3f, %.3f, %.3f s (%zu sets, %zu active policies, %.1f MiB of text)\n",
        best.parts[NAMESPACES] / 1e9, best.parts[PODS] / 1e9, best.parts[POLICIES] / 1e9,
        best.parts[COMMIT] / 1e9, best.parts[RENDER] / 1e9, best.sets, best.active,
        (double)best.text / 1048576);
    (void)printf("  decoding its policies | apart | %.3f s\n", best.decoding / 1e9);
}

static void bench_relabel(void)
{
    mesh m = make_mesh(either_policies);
    double times[BENCH_RUNS];
    size_t changes = 0;
    fp_delta *delta;

    (void)put_policies(&m);
    (void)put_namespace(m.world, m.east, 0, "e0");
    (void)put_namespace(m.world, m.east, 1, "none");
    (void)put_pods(m.world, m.east, make_crowd, 1001);
    (void)commit(m.world, &delta);
    (void)fp_delta_unref(delta);
    for (unsigned i = 0; i < BENCH_RUNS; i++) {
        char env[16];

        (void)snprintf(env, sizeof(env), "e%u", i + 1);
        times[i] = put_namespace(m.world, m.east, 0, env);
        times[i] += commit(m.world, &delta);
        changes = 0;
        for (size_t k = 0; k < delta->n_sets; k++)
            changes += delta->sets[k].n_added + delta->sets[k].n_removed;
        (void)fp_delta_unref(delta);
    }
    (void)printf("relabel a namespace of 1,000 pods under 1,000 selectors with ||, to the delta of "
                 "%zu memberships | 1 ms | %.3f ms\n",
                 changes, median(times) / 1e6);
    free_decoded(&m);
    (void)fp_world_free(m.world);
}

static void bench_member(void)
{
    mesh m = make_mesh(either_policies);
    double times[BENCH_RUNS];
    size_t members = 0;
    fp_delta *delta;

    (void)put_policies(&m);
    (void)put_namespace(m.world, m.east, 0, "e0");
    (void)put_pods(m.world, m.east, make_crowd, 1001);
    (void)commit(m.world, &delta);
    (void)fp_delta_unref(delta);
    for (unsigned i = 0; i < BENCH_RUNS; i++) {
        pod p;
        double start;

        make_crowd(&p, 2000 + i);
        start = bench_now_ns();
        must(fp_world_put(m.world, m.east, &p.object));
        times[i] = bench_now_ns() - start;
        times[i] += commit(m.world, &delta);
        members = delta->n_sets == 1 ? delta->sets[0].n_added : 0;
        (void)fp_delta_unref(delta);
    }
    (void)printf("%zu member more in one of 1,000 sets, to the delta | 50 us | %.1f us\n", members,
                 median(times) / 1e3);
    free_decoded(&m);
    (void)fp_world_free(m.world);
}

int main(void)
{
    static const shape shapes[] = {
        {"250,000 endpoints (200 local), 10,000 policies of 5 rules over 31 markers, to a full "
         "ruleset",
         "0.5 s, 100 MiB", marked_policies, make_marked, 1000, 250000},
        {"25,000 namespaces, 100,000 pods (200 local), 75,000 policies, to a full ruleset",
         "1 s, 150 MiB", spread_policies, make_spread, 25000, 100000},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(shapes); i++)
        bench_shape(&shapes[i]);
    bench_relabel();
    bench_member();
    return 0;
}
