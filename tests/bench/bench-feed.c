/* SPDX-License-Identifier: Apache-2.0 */

/* Decoding of a List of pods, against yajl with empty callbacks over the same bytes in the same
   run, and the memory that it takes at its highest. */

#include <string.h>

#include <yajl/yajl_parse.h>

#include "libfedpol/wire/object_stream.h"
#include "tests/bench/bench.h"
#include "tests/bench/pods.h"

#define N_PODS 20000u
#define RUNS 7

static struct {
    size_t live;
    size_t peak;
} memory;

typedef union head {
    size_t size;
    max_align_t align;
} head;

static void *peak_alloc(size_t size, void *user)
{
    head *block = malloc(sizeof(head) + size);

    (void)user;
    if (!block)
        return NULL;
    block->size = size;
    memory.live += size;
    if (memory.live > memory.peak)
        memory.peak = memory.live;
    return block + 1;
}

static void peak_free(void *ptr, void *user)
{
    head *block = (head *)ptr - 1;

    (void)user;
    memory.live -= block->size;
    free(block);
}

static void *peak_realloc(void *ptr, size_t size, void *user)
{
    const head *old = (const head *)ptr - 1;
    void *grown = peak_alloc(size, user);

    if (!grown)
        return NULL;
    memcpy(grown, ptr, old->size < size ? old->size : size);
    peak_free(ptr, user);
    return grown;
}

static double bare_yajl(fp_str text, size_t chunk)
{
    static const yajl_callbacks none;
    double start = bench_now_ns();
    yajl_handle handle = yajl_alloc(&none, NULL, NULL);

    for (size_t i = 0; i < text.len; i += chunk) {
        fp_str piece = fp_str_sub(text, i, i + chunk);

        if (yajl_parse(handle, (const unsigned char *)piece.ptr, piece.len) != yajl_status_ok)
            exit(EXIT_FAILURE);
    }
    yajl_free(handle);
    return bench_now_ns() - start;
}

static int on_object(void *user, const fp_wire_object *object)
{
    size_t *n = user;

    *n += fp_value_path(object->value, "status.podIPs") != NULL;
    return 0;
}

static int on_bad(void *user, const fp_wire_object *object, const fedpol_error *error)
{
    (void)user;
    (void)object;
    (void)error;
    exit(EXIT_FAILURE);
}

static double our_stream(fp_str text, size_t chunk)
{
    size_t n = 0;
    const fp_wire_sink sink = {on_object, on_bad, &n};
    double start = bench_now_ns();
    fp_object_stream *stream;

    if (fp_object_stream_new(&fp_wire_default_limits, &sink, FP_STR_NULL, FP_STR_NULL, &stream) < 0)
        exit(EXIT_FAILURE);
    for (size_t i = 0; i < text.len; i += chunk) {
        fp_str piece = fp_str_sub(text, i, i + chunk);

        if (fp_object_stream_feed(stream, piece.ptr, piece.len, NULL) < 0)
            exit(EXIT_FAILURE);
    }
    if (fp_object_stream_end(stream, NULL) < 0 || n != N_PODS)
        exit(EXIT_FAILURE);
    fp_object_stream_free(stream);
    return bench_now_ns() - start;
}

static double median(double *runs)
{
    qsort(runs, RUNS, sizeof(runs[0]), bench_compare);
    return runs[RUNS / 2];
}

static void compare(fp_str text, size_t chunk)
{
    double yajl[RUNS];
    double ours[RUNS];
    double ratio[RUNS];

    for (size_t run = 0; run < RUNS; run++) {
        yajl[run] = bare_yajl(text, chunk);
        ours[run] = our_stream(text, chunk);
        ratio[run] = yajl[run] / ours[run];
    }
    printf("feed a List of 20,000 pods in chunks of %zu bytes | >= 4 x bare yajl | %.1f x "
           "(%.0f MB/s against %.0f)\n",
           chunk, median(ratio), (double)text.len * 1e3 / median(ours),
           (double)text.len * 1e3 / median(yajl));
}

int main(void)
{
    static const size_t chunks[] = {1024, 16384, 65536, 1048576};
    const fp_allocator counting = {peak_alloc, peak_realloc, peak_free, NULL};
    fp_buf list = {0};
    size_t before;

    fp_alloc_set(&counting);
    pods_put_list(&list, N_PODS);
    if (fp_buf_error(&list))
        return EXIT_FAILURE;
    printf("mean size of a pod | 6-11 KB | %.1f KB\n", (double)list.len / N_PODS / 1e3);
    for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++)
        compare(fp_buf_str(&list), chunks[i]);
    before = memory.live;
    memory.peak = before;
    (void)our_stream(fp_buf_str(&list), 16384);
    printf("transient memory of the same | <= 2 MiB | %.3f MiB\n",
           (double)(memory.peak - before) / (1 << 20));
    fp_buf_done(&list);
    return EXIT_SUCCESS;
}
