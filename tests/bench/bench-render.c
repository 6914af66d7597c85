/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libfedpol/render/render.h"
#include "tests/bench/bench.h"
#include "tests/support/fp_world_test.h"

/*
 * One workload under 2,000 policies. For the load: 10 rules each with a list of ports, of which
 * there are 50, and one of 100 selectors. For members: one rule each with a selector of its own.
 */

#define POLICIES 2000u
#define RULES 10u
#define RUNS 5

extern char **environ;

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    (void)fprintf(stderr, "bench-render: %s failed\n", what);
    exit(EXIT_FAILURE);
}

/* Not the one of the tests, which only runs inside of tests. */
static void apply(const fp_test_mesh *mesh, fp_cluster *cluster, fp_watch_type type, fp_buf *json)
{
    fp_wire_object object = {.type = type};
    fp_value *value = NULL;
    fp_arena arena;

    fp_arena_init(&arena, 0);
    must(fp_json_parse(fp_buf_str(json), &fp_wire_default_limits, &arena, &value, NULL) == 0,
         "reading JSON");
    object.api_version = fp_value_get_str(value, "apiVersion");
    object.kind = fp_value_get_str(value, "kind");
    object.value = value;
    must(fp_world_apply(mesh->world, cluster, &object, FP_STR_NULL) == 0, "applying an object");
    fp_arena_done(&arena);
    fp_buf_clear(json);
}

static void put_pod(const fp_test_mesh *mesh, fp_cluster *cluster, fp_watch_type type,
                    const char *name, const char *ip, unsigned app)
{
    fp_buf json = {0};

    fp_buf_printf(&json,
                  "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"namespace\":\"shop\","
                  "\"name\":\"%s\",\"labels\":{\"app\":\"a%u\"}},\"spec\":{\"nodeName\":\"n1\"},"
                  "\"status\":{\"podIP\":\"%s\",\"podIPs\":[{\"ip\":\"%s\"}]}}",
                  name, app, ip, ip);
    apply(mesh, cluster, type, &json);
    fp_buf_done(&json);
}

static void put_rule(fp_buf *json, unsigned policy, unsigned rule, bool ports)
{
    fp_buf_printf(json,
                  "%s{\"action\":\"Allow\",\"protocol\":\"TCP\",\"source\":{\"selector\":"
                  "\"app == 'a%u'\"}",
                  rule ? "," : "", ports ? (policy * RULES + rule) % 100 : policy);
    if (ports)
        fp_buf_printf(json, ",\"destination\":{\"ports\":[80,443,%u]}",
                      1000 + (policy + rule) % 50);
    fp_buf_puts(json, "}");
}

static void fill(fp_test_mesh *mesh, unsigned rules, bool ports)
{
    fp_buf json = {0};

    must(fp_test_mesh_new(1, NULL, mesh) == 0, "making a world");
    fp_buf_puts(&json, "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\","
                       "\"metadata\":{\"name\":\"shop\"}}");
    apply(mesh, mesh->east, FP_WATCH_ADDED, &json);
    put_pod(mesh, mesh->east, FP_WATCH_ADDED, "web", "10.0.0.1", 0);
    for (unsigned p = 0; p < POLICIES; p++) {
        fp_buf_printf(&json,
                      "{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"NetworkPolicy\","
                      "\"metadata\":{\"namespace\":\"shop\",\"name\":\"p%u\"},\"spec\":{"
                      "\"selector\":\"app == 'a0'\",\"types\":[\"Ingress\"],\"ingress\":[",
                      p);
        for (unsigned r = 0; r < rules; r++)
            put_rule(&json, p, r, ports);
        fp_buf_puts(&json, "]}}");
        apply(mesh, mesh->east, FP_WATCH_ADDED, &json);
    }
    fp_buf_done(&json);
}

static fp_delta *commit(const fp_test_mesh *mesh)
{
    fp_delta *delta;

    must(fp_world_commit(mesh->world) == 0, "a commit");
    must(fp_world_take_delta(mesh->world, &delta) == 0, "taking a delta");
    return delta;
}

static fp_renderer *begin(const fp_test_mesh *mesh, fp_ruleset **ret)
{
    fp_renderer *renderer;

    (void)fp_delta_unref(commit(mesh));
    must(fp_renderer_new(&(fp_render_options){.families = 0}, &renderer, NULL) == 0, "a renderer");
    must(fp_renderer_full(renderer, fp_world_calc(mesh->world), ret) == 0, "rendering");
    return renderer;
}

static fp_ruleset *change(const fp_test_mesh *mesh, fp_renderer *renderer)
{
    fp_delta *delta = commit(mesh);
    fp_ruleset *ruleset;

    must(fp_renderer_note(renderer, fp_world_calc(mesh->world), delta) == 0, "noting");
    must(fp_renderer_delta(renderer, fp_world_calc(mesh->world), &ruleset) == 0, "a delta");
    (void)fp_delta_unref(delta);
    return ruleset;
}

/* Through `nft -f`; -1 where that isn't possible. */
static double load(const char *text, size_t len)
{
    char program[] = "nft";
    char flag[] = "-f";
    char path[] = "/tmp/fedpol-bench-XXXXXX";
    char *args[] = {program, flag, path, NULL};
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    double took = -1;
    double start;
    pid_t pid;
    int status;

    must(file && fwrite(text, 1, len, file) == len && fclose(file) == 0, "writing a text");
    start = bench_now_ns();
    if (posix_spawnp(&pid, "nft", NULL, NULL, args, environ) == 0) {
        must(waitpid(pid, &status, 0) == pid, "waiting");
        took = status == 0 ? bench_now_ns() - start : -1;
    }
    (void)unlink(path);
    return took;
}

static double median(double *runs, size_t n)
{
    qsort(runs, n, sizeof(*runs), bench_compare);
    return runs[n / 2];
}

static void print(const char *what, const char *target, double ns, double unit, const char *name)
{
    if (ns < 0)
        (void)printf("%-72s | %-14s | not possible here\n", what, target);
    else
        (void)printf("%-72s | %-14s | %.2f %s\n", what, target, ns / unit, name);
}

static void bench_load(bool isolated)
{
    double runs[RUNS];
    double renders[RUNS];
    fp_test_mesh mesh;

    fill(&mesh, RULES, true);
    for (size_t i = 0; i < RUNS; i++) {
        fp_ruleset *ruleset;
        double start = bench_now_ns();
        fp_renderer *renderer = begin(&mesh, &ruleset);

        renders[i] = bench_now_ns() - start;
        runs[i] = isolated ? load(ruleset->text, ruleset->text_len) : -1;
        (void)fp_ruleset_unref(ruleset);
        (void)fp_renderer_free(renderer);
    }
    print("render: 2,000 chains of 10 multi-port rules to text, from nothing", "-",
          median(renders, RUNS), 1e6, "ms");
    print("render: 2,000 chains of 10 multi-port rules into the kernel (nft -f)", "<= 2 s",
          median(runs, RUNS), 1e9, "s");
    fp_test_mesh_done(&mesh);
}

/* A kept `nft -i`: the second line is answered when the first is done. */
typedef struct kept_nft {
    FILE *in;
    FILE *out;
} kept_nft;

static bool start_kept(kept_nft *nft)
{
    int to[2];
    int from[2];
    char program[] = "nft";
    char flag[] = "-i";
    char *args[] = {program, flag, NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;

    must(pipe(to) == 0 && pipe(from) == 0, "a pipe");
    must(posix_spawn_file_actions_init(&actions) == 0, "spawning");
    (void)posix_spawn_file_actions_adddup2(&actions, to[0], 0);
    (void)posix_spawn_file_actions_adddup2(&actions, from[1], 1);
    (void)posix_spawn_file_actions_addclose(&actions, to[1]);
    (void)posix_spawn_file_actions_addclose(&actions, from[0]);
    if (posix_spawnp(&pid, "nft", &actions, NULL, args, environ) != 0)
        return false;
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(to[0]);
    (void)close(from[1]);
    nft->in = fdopen(to[1], "w");
    nft->out = fdopen(from[0], "r");
    return nft->in && nft->out;
}

static double through_kept(kept_nft *nft, const char *text)
{
    double start = bench_now_ns();
    char line[4096];

    (void)fprintf(nft->in, "%sdescribe ip saddr\n", text);
    (void)fflush(nft->in);
    while (fgets(line, sizeof(line), nft->out))
        if (strstr(line, "ipv4_addr"))
            return bench_now_ns() - start;
    return -1;
}

enum { MEMBERS = 40 };

static void bench_member(bool isolated)
{
    double texts[MEMBERS];
    double files[MEMBERS / 2];
    double kept[MEMBERS / 2];
    fp_test_mesh mesh;
    fp_ruleset *ruleset;
    fp_renderer *renderer;
    kept_nft nft;

    fill(&mesh, 1, false);
    renderer = begin(&mesh, &ruleset);
    isolated = isolated && load(ruleset->text, ruleset->text_len) >= 0 && start_kept(&nft);
    (void)fp_ruleset_unref(ruleset);
    for (unsigned i = 0; i < MEMBERS; i++) {
        double *force = i % 2 ? &kept[i / 2] : &files[i / 2];
        char ip[32];
        char name[32];
        double start;

        (void)snprintf(ip, sizeof(ip), "10.1.0.%u", 1 + i);
        (void)snprintf(name, sizeof(name), "peer-%u", i);
        put_pod(&mesh, mesh.west, FP_WATCH_ADDED, name, ip, 7 + i);
        start = bench_now_ns();
        ruleset = change(&mesh, renderer);
        texts[i] = bench_now_ns() - start;
        must(strncmp(ruleset->text, "add element ", 12) == 0, "being one element");
        *force = !isolated ? -1
                 : i % 2   ? through_kept(&nft, ruleset->text)
                           : load(ruleset->text, ruleset->text_len);
        (void)fp_ruleset_unref(ruleset);
    }
    print("render: one member of one of 2,000 hash sets, commit to delta text", "<= 50 us",
          median(texts, MEMBERS), 1e3, "us");
    print("render: the same, in force through `nft -f`", "<= 15 ms", median(files, MEMBERS / 2),
          1e6, "ms");
    print("render: the same, in force through a kept `nft -i`", "<= 10 ms",
          median(kept, MEMBERS / 2), 1e6, "ms");
    (void)fp_renderer_free(renderer);
    fp_test_mesh_done(&mesh);
}

/* A policy changes: what a structural delta costs here. */
static void bench_policy(void)
{
    double runs[RUNS];
    fp_test_mesh mesh;
    fp_ruleset *ruleset;
    fp_renderer *renderer;
    fp_buf json = {0};

    fill(&mesh, RULES, true);
    renderer = begin(&mesh, &ruleset);
    (void)fp_ruleset_unref(ruleset);
    for (unsigned i = 0; i < RUNS; i++) {
        double start;

        fp_buf_puts(&json, "{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"NetworkPolicy\","
                           "\"metadata\":{\"namespace\":\"shop\",\"name\":\"p5\"},\"spec\":{"
                           "\"selector\":\"app == 'a0'\",\"types\":[\"Ingress\"],\"ingress\":[");
        put_rule(&json, i, 0, true);
        fp_buf_puts(&json, "]}}");
        apply(&mesh, mesh.east, FP_WATCH_MODIFIED, &json);
        start = bench_now_ns();
        ruleset = change(&mesh, renderer);
        runs[i] = bench_now_ns() - start;
        (void)fp_ruleset_unref(ruleset);
    }
    print("render: one policy of 2,000 changes, commit to delta text", "-", median(runs, RUNS), 1e6,
          "ms");
    fp_buf_done(&json);
    (void)fp_renderer_free(renderer);
    fp_test_mesh_done(&mesh);
}

int main(void)
{
    bool isolated = unshare(CLONE_NEWNET) == 0;

    bench_load(isolated);
    bench_member(isolated);
    bench_policy();
    return EXIT_SUCCESS;
}
