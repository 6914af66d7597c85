/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

/*
 * Live clusters: changes that many clusters send, what idle connections cost, and what one cluster
 * that is ill does to the others. The client is one process on one core, the server another one.
 * `bench-live --small` does little of each, to see that it works; `bench-live NAME...` some of it.
 */

#include <fedpol/fedpol.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/live_server.h"

typedef struct world {
    live_shared *server;
    pid_t pid;
    fedpol_context *context;
    unsigned n;
    fedpol_cluster *clusters[LIVE_CLUSTERS];
    unsigned seen[LIVE_CLUSTERS]; /* events that are in force */
    double *delays;               /* of events, in nanoseconds */
    size_t n_delays;
    size_t max_behind; /* most events that were sent and not yet in force */
} world;

#define MAX_DELAYS 400000u

static void must(int r, const char *what)
{
    if (r >= 0)
        return;
    fprintf(stderr, "%s: %s\n", what, fedpol_strerror(r));
    exit(EXIT_FAILURE);
}

static const char policy[] =
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n"
    "apiVersion: v1\nkind: Pod\nmetadata: {name: db, namespace: shop, labels: {app: db}}\n"
    "spec: {nodeName: n1}\nstatus: {podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}]}\n---\n"
    "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: default.db}\n"
    "spec:\n  selector: app == 'db'\n  ingress:\n  - {action: Allow, source: {selector: app == "
    "'web'}}\n";

/* Into the namespace of its server's memory go the events. */
static void connect_cluster(world *w, unsigned i)
{
    fedpol_source *source = NULL;
    char name[16];
    char url[64];

    (void)snprintf(name, sizeof(name), "c%u", i);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/%u", atomic_load(&w->server->port), i);
    must(fedpol_source_new(&source), "source");
    must(fedpol_source_set_server(source, url), "server");
    must(fedpol_cluster_new(w->context, name, FEDPOL_ROLE_REMOTE, &w->clusters[i], NULL), name);
    must(fedpol_cluster_connect(w->clusters[i], source, NULL), name);
    source = fedpol_source_free(source);
}

static void drop_events(world *w)
{
    fedpol_event *event;

    while ((event = fedpol_context_next_event(w->context)) != NULL)
        event = fedpol_event_free(event);
}

/* Events that came into force with the last turn. */
static void note_progress(world *w)
{
    double now = bench_now_ns();
    size_t behind = 0;

    for (unsigned i = 0; i < w->n; i++) {
        fedpol_cluster_info info;
        unsigned sent = atomic_load(&w->server->sent[i]);

        fedpol_cluster_info_init(&info, sizeof(info));
        must(fedpol_cluster_get_info(w->clusters[i], &info), "info");
        for (; w->seen[i] < info.fed_objects && w->seen[i] < sent; w->seen[i]++)
            if (w->n_delays < MAX_DELAYS)
                w->delays[w->n_delays++] = now - w->server->sent_ns[i][w->seen[i]];
        behind += sent - w->seen[i];
    }
    if (behind > w->max_behind)
        w->max_behind = behind;
}

static void turn(world *w, int wait_ms)
{
    must(fedpol_context_wait(w->context, wait_ms), "wait");
    drop_events(w);
}

static void turn_until(world *w, double seconds)
{
    double end = bench_now_ns() + seconds * 1e9;

    while (bench_now_ns() < end) {
        turn(w, 1);
        note_progress(w);
    }
}

static void world_open(world *w, unsigned n, bool services)
{
    fedpol_cluster *local = NULL;
    double end = bench_now_ns() + 30e9;

    *w = (world){.n = n, .delays = malloc(MAX_DELAYS * sizeof(double))};
    if (!w->delays)
        exit(EXIT_FAILURE);
    w->pid = live_server_start(&w->server);
    atomic_store(&w->server->n_clusters, n);
    must(fedpol_context_new(&w->context), "context");
    must(fedpol_context_set_services(w->context, services), "services");
    must(fedpol_cluster_new(w->context, "local", FEDPOL_ROLE_LOCAL, &local, NULL), "local");
    must(fedpol_cluster_feed_yaml(local, policy, strlen(policy), NULL), "policy");
    must(fedpol_cluster_set_synced(local), "synced");
    fedpol_cluster_unref(local);
    for (unsigned i = 0; i < n; i++)
        connect_cluster(w, i);
    while (fedpol_context_is_settled(w->context) == 0 || atomic_load(&w->server->watches) < n) {
        turn(w, 10);
        if (bench_now_ns() > end) {
            fprintf(stderr, "the clusters are not in sync\n");
            exit(EXIT_FAILURE);
        }
    }
}

static void world_close(world *w)
{
    for (unsigned i = 0; i < w->n; i++)
        w->clusters[i] = fedpol_cluster_unref(w->clusters[i]);
    w->context = fedpol_context_unref(w->context);
    live_server_stop(w->pid, w->server);
    free(w->delays);
}

/* Milliseconds that PART of the events took at most; they are forgotten. */
static double percentile_ms(world *w, double part)
{
    double result = 0;

    if (w->n_delays > 0) {
        qsort(w->delays, w->n_delays, sizeof(double), bench_compare);
        result = w->delays[(size_t)((double)(w->n_delays - 1) * part)] / 1e6;
    }
    return result;
}

static double cpu_s(void)
{
    struct rusage usage;

    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double resident_kib(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;

    if (!file || fscanf(file, "%*d %ld", &pages) != 1)
        pages = 0;
    if (file)
        (void)fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

static void bench_burst(unsigned n)
{
    world w;
    double last = 0;
    double first_ms;

    world_open(&w, 1, false);
    atomic_store(&w.server->burst, n);
    atomic_store(&w.server->mode, LIVE_BURST);
    while (w.seen[0] < n) {
        turn(&w, 100);
        note_progress(&w);
        last = bench_now_ns();
    }
    first_ms = w.delays[0] / 1e6;
    printf("burst of %u watch events (real pods), first byte to last delta | <= 0.15 s | %.3f s "
           "(%.1f us each)\n",
           n, (last - w.server->first_ns[0]) / 1e9, (last - w.server->first_ns[0]) / 1e3 / n);
    printf("the first of them, from its last byte to its delta | <= 1 ms | %.2f ms\n", first_ms);
    world_close(&w);
}

static void bench_idle(unsigned n, double seconds)
{
    double before_kib = resident_kib();
    double cpu;
    unsigned watches;
    world w;

    world_open(&w, n, true);
    turn_until(&w, 1);
    watches = atomic_load(&w.server->requests);
    cpu = cpu_s();
    for (double end = bench_now_ns() + seconds * 1e9; bench_now_ns() < end;)
        turn(&w, 1000);
    cpu = cpu_s() - cpu;
    printf("idle: %u clusters x 7 watches, a bookmark each every minute, plain HTTP/1.1, CPU | <= "
           "0.1 %% of a core | %.3f %%\n",
           n, cpu / seconds * 100);
    printf("the same, resident memory (%u requests so far) | <= 40 MiB | %.1f MiB\n", watches,
           (resident_kib() - before_kib) / 1024);
    world_close(&w);
}

static void bench_steady(unsigned n, unsigned rate, double seconds)
{
    world w;
    double cpu;
    size_t events;

    world_open(&w, n, false);
    atomic_store(&w.server->rate, rate);
    atomic_store(&w.server->mode, LIVE_STEADY);
    turn_until(&w, seconds / 5); /* the pods are there */
    w.n_delays = w.max_behind = 0;
    cpu = cpu_s();
    turn_until(&w, seconds);
    cpu = cpu_s() - cpu;
    events = w.n_delays;
    printf("%u pod changes a second over %u clusters, sustained | >= %u/s | %.0f/s with %.0f %% of "
           "a core\n",
           rate, n, rate, (double)events / seconds, cpu / seconds * 100);
    printf("the same, from the last byte to the delta, p99 | <= 20 ms | %.2f ms (median %.2f), at "
           "most %zu events behind\n",
           percentile_ms(&w, 0.99), percentile_ms(&w, 0.5), w.max_behind);
    world_close(&w);
}

/* Cluster 0 is ill; its own events do not count. */
static void bench_ill(unsigned n, unsigned rate, double seconds)
{
    static const char *const names[] = {"silent", "an object without end",
                                        "objects that are no events"};
    world w;
    double well;

    world_open(&w, n, false);
    atomic_store(&w.server->rate, rate);
    atomic_store(&w.server->mode, LIVE_STEADY);
    turn_until(&w, seconds / 2);
    w.n_delays = 0;
    turn_until(&w, seconds);
    well = percentile_ms(&w, 0.99);
    for (int ill = LIVE_SILENT; ill <= LIVE_EMPTY; ill++) {
        unsigned long long bytes = atomic_load(&w.server->garbage_bytes);

        atomic_store(&w.server->ill, ill);
        turn_until(&w, 0.2);
        w.n_delays = 0;
        turn_until(&w, seconds);
        bytes = atomic_load(&w.server->garbage_bytes) - bytes;
        printf("p99 of %u clusters while another one is ill: %s (%.0f MB/s of it) | unchanged | "
               "%.2f ms, before %.2f ms\n",
               n - 1, names[ill - LIVE_SILENT], (double)bytes / 1e6 / seconds,
               percentile_ms(&w, 0.99), well);
    }
    world_close(&w);
}

static bool is_asked(int argc, char **argv, const char *name)
{
    bool any = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], name) == 0)
            return true;
        any = any || argv[i][0] != '-';
    }
    return !any;
}

int main(int argc, char **argv)
{
    bool small = argc > 1 && strcmp(argv[1], "--small") == 0;

    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (is_asked(argc, argv, "burst"))
        bench_burst(small ? 500 : 5000);
    if (is_asked(argc, argv, "idle"))
        bench_idle(small ? 5 : 50, small ? 1 : 30);
    if (is_asked(argc, argv, "steady"))
        bench_steady(small ? 3 : 10, small ? 500 : 10000, small ? 1 : 5);
    if (is_asked(argc, argv, "ill"))
        bench_ill(small ? 5 : 50, small ? 200 : 1000, small ? 0.5 : 5);
    return EXIT_SUCCESS;
}
