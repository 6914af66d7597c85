/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

/*
 * A list of pods from a server that is not the limit (nginx, TLS), all the way to endpoints,
 * against a program that feeds the same transfer to yajl with empty callbacks, and one that throws
 * it away. Usage: bench-list URL CA-FILE PODS (list.sh starts the server and this).
 */

#include <curl/curl.h>
#include <fedpol/fedpol.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <yajl/yajl_parse.h>

#include "tests/bench/bench.h"

#define RUNS 9u

typedef struct figure {
    double seconds;
    double bytes;
    double peak_kib;     /* over what there was before */
    double retained_kib; /* the same at the end */
} figure;

typedef struct setup {
    const char *url;
    const char *ca;
    unsigned pods;
    long version; /* CURL_HTTP_VERSION_* of the anchors */
} setup;

static double kib_of(const char *field)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    double kib = 0;

    while (file && fgets(line, sizeof(line), file))
        if (strncmp(line, field, strlen(field)) == 0)
            kib = strtod(line + strlen(field) + 1, NULL);
    if (file)
        (void)fclose(file);
    return kib;
}

static size_t discard(char *data, size_t size, size_t n, void *user)
{
    (void)data;
    *(double *)user += (double)(size * n);
    return size * n;
}

typedef struct yajl_feed {
    yajl_handle yajl;
    double bytes;
} yajl_feed;

static size_t feed_yajl(char *data, size_t size, size_t n, void *user)
{
    yajl_feed *feed = user;

    feed->bytes += (double)(size * n);
    return yajl_parse(feed->yajl, (const unsigned char *)data, size * n) == yajl_status_ok
               ? size * n
               : 0;
}

static void transfer(const setup *s, curl_write_callback write, void *user)
{
    CURL *easy = curl_easy_init();
    char url[512];
    CURLcode code;

    (void)snprintf(url, sizeof(url), "%s/api/v1/pods?limit=500", s->url);
    (void)curl_easy_setopt(easy, CURLOPT_URL, url);
    (void)curl_easy_setopt(easy, CURLOPT_CAINFO, s->ca);
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, s->version);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, user);
    code = curl_easy_perform(easy);
    if (code != CURLE_OK) {
        fprintf(stderr, "%s: %s\n", url, curl_easy_strerror(code));
        exit(EXIT_FAILURE);
    }
    curl_easy_cleanup(easy);
}

static void run_discard(const setup *s, figure *ret)
{
    double start = bench_now_ns();

    transfer(s, discard, &ret->bytes);
    ret->seconds = (bench_now_ns() - start) / 1e9;
}

static void run_yajl(const setup *s, figure *ret)
{
    static const yajl_callbacks none = {0};
    yajl_feed feed = {.yajl = yajl_alloc(&none, NULL, NULL)};
    double start = bench_now_ns();

    transfer(s, feed_yajl, &feed);
    ret->bytes = feed.bytes;
    ret->seconds = (bench_now_ns() - start) / 1e9;
    yajl_free(feed.yajl);
}

static void must(int r, const char *what)
{
    if (r >= 0)
        return;
    fprintf(stderr, "%s: %s\n", what, fedpol_strerror(r));
    exit(EXIT_FAILURE);
}

static char *read_file(const char *path)
{
    static char text[1 << 16];
    FILE *file = fopen(path, "r");

    if (!file)
        must(FEDPOL_E_IO, path);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    (void)fclose(file);
    return text;
}

static unsigned endpoints_of(fedpol_cluster *cluster)
{
    fedpol_cluster_info info;

    fedpol_cluster_info_init(&info, sizeof(info));
    must(fedpol_cluster_get_info(cluster, &info), "info");
    return (unsigned)info.endpoints;
}

static void run_library(const setup *s, figure *ret)
{
    fedpol_context *context = NULL;
    fedpol_cluster *cluster = NULL;
    fedpol_source *source = NULL;
    fedpol_event *event;
    double before;
    double start;

    must(fedpol_context_new(&context), "context");
    must(fedpol_cluster_new(context, "far", FEDPOL_ROLE_REMOTE, &cluster, NULL), "cluster");
    must(fedpol_source_new(&source), "source");
    must(fedpol_source_set_server(source, s->url), "server");
    must(fedpol_source_set_ca(source, read_file(s->ca)), "ca");
    before = kib_of("VmRSS");
    start = bench_now_ns();
    must(fedpol_cluster_connect(cluster, source, NULL), "connect");
    while (fedpol_cluster_get_state(cluster) != FEDPOL_CLUSTER_IN_SYNC &&
           bench_now_ns() - start < 60e9) {
        must(fedpol_context_wait(context, 100), "wait");
        while ((event = fedpol_context_next_event(context)) != NULL)
            event = fedpol_event_free(event);
    }
    if (endpoints_of(cluster) != s->pods) {
        fprintf(stderr, "%u endpoints in place of %u\n", endpoints_of(cluster), s->pods);
        exit(EXIT_FAILURE);
    }
    ret->seconds = (bench_now_ns() - start) / 1e9;
    ret->peak_kib = kib_of("VmHWM") - before;
    ret->retained_kib = kib_of("VmRSS") - before;
    source = fedpol_source_free(source);
    cluster = fedpol_cluster_unref(cluster);
    context = fedpol_context_unref(context);
}

/* In a process of its own, so that the peak of memory is its own. */
static figure run(const setup *s, void (*what)(const setup *s, figure *ret))
{
    figure result = {0};
    int ends[2];
    pid_t pid;
    int status;

    if (pipe(ends) < 0 || (pid = fork()) < 0)
        exit(EXIT_FAILURE);
    if (pid == 0) {
        what(s, &result);
        _exit(write(ends[1], &result, sizeof(result)) == sizeof(result) ? 0 : 1);
    }
    (void)close(ends[1]);
    if (read(ends[0], &result, sizeof(result)) != sizeof(result))
        exit(EXIT_FAILURE);
    (void)close(ends[0]);
    (void)waitpid(pid, &status, 0);
    return result;
}

static int by_time(const void *a, const void *b)
{
    return bench_compare(&((const figure *)a)->seconds, &((const figure *)b)->seconds);
}

/* Sorts them. */
static figure median(figure *figures)
{
    qsort(figures, RUNS, sizeof(*figures), by_time);
    return figures[RUNS / 2];
}

int main(int argc, char **argv)
{
    figure discards[RUNS];
    figure yajls[RUNS];
    figure libraries[RUNS];
    figure d, y, l;
    setup s;

    if (argc != 4)
        return EXIT_FAILURE;
    s = (setup){argv[1], argv[2], (unsigned)strtoul(argv[3], NULL, 10), CURL_HTTP_VERSION_2TLS};
    for (size_t i = 0; i < RUNS; i++) {
        discards[i] = run(&s, run_discard);
        yajls[i] = run(&s, run_yajl);
        libraries[i] = run(&s, run_library);
    }
    d = median(discards);
    y = median(yajls);
    l = median(libraries);
    printf(
        "list %u pods (%.0f MB) over loopback TLS to endpoints | >= 1.8 x curl into bare yajl | "
        "%.2f x, best of %u each %.2f x (%.2f s; yajl %.2f s, thrown away %.2f s or %.0f MB/s)\n",
        s.pods, y.bytes / 1e6, y.seconds / l.seconds, RUNS, yajls[0].seconds / libraries[0].seconds,
        l.seconds, y.seconds, d.seconds, d.bytes / 1e6 / d.seconds);
    printf("peak memory of the same | <= retained + 4 MiB | %.1f MiB, retained %.1f MiB\n",
           l.peak_kib / 1024, l.retained_kib / 1024);
    return EXIT_SUCCESS;
}
