/* SPDX-License-Identifier: Apache-2.0 */
#include <malloc.h>

#include "libfedpol/model/object.h"
#include "libfedpol/wire/object_stream.h"
#include "tests/bench/bench.h"

#define ROUNDS 20000
#define KEPT 1000

static const char pod[] =
    "{\"metadata\":{\"name\":\"web-5d4f9c7b8-x2x4q\",\"namespace\":\"shop\",\"labels\":"
    "{\"app\":\"web\",\"pod-template-hash\":\"5d4f9c7b8\",\"team\":\"red\",\"tier\":\"front\","
    "\"version\":\"v12\",\"zone\":\"a\"}},\"spec\":{\"nodeName\":\"node-17\","
    "\"serviceAccountName\":\"web\",\"containers\":[{\"ports\":[{\"name\":\"http\","
    "\"containerPort\":8080,\"protocol\":\"TCP\"}]}]},\"status\":{\"phase\":\"Running\","
    "\"podIP\":\"10.1.0.7\",\"podIPs\":[{\"ip\":\"10.1.0.7\"}]}}";

static const char kubernetes[] =
    "{\"metadata\":{\"name\":\"allow-web\",\"namespace\":\"shop\"},\"spec\":{\"podSelector\":"
    "{\"matchLabels\":{\"app\":\"db\"}},\"policyTypes\":[\"Ingress\"],\"ingress\":[{\"from\":"
    "[{\"podSelector\":{\"matchLabels\":{\"app\":\"web\"}}}],\"ports\":[{\"protocol\":\"TCP\","
    "\"port\":5432}]}]}}";

static const char rule[] =
    "{\"action\":\"Allow\",\"protocol\":\"TCP\",\"source\":{\"selector\":\"marker == 'm7'\"},"
    "\"destination\":{\"ports\":[80,443]}}";

typedef struct bench {
    fp_kind kind;
    fp_arena tree_memory;
    fp_value *tree;
    fp_arena arena;
} bench;

/* What the heap holds, its own overhead included. */
static size_t held;

static void *counted_alloc(size_t size, void *user)
{
    void *block = malloc(size);

    (void)user;
    if (block)
        held += malloc_usable_size(block) + sizeof(size_t);
    return block;
}

static void counted_free(void *block, void *user)
{
    (void)user;
    if (block)
        held -= malloc_usable_size(block) + sizeof(size_t);
    free(block);
}

static void *counted_realloc(void *block, size_t size, void *user)
{
    size_t before = block ? malloc_usable_size(block) + sizeof(size_t) : 0;
    void *grown = realloc(block, size);

    (void)user;
    if (grown)
        held += malloc_usable_size(grown) + sizeof(size_t) - before;
    return grown;
}

static void decode(bench *b, fp_object *ret)
{
    fp_diags diags;

    fp_arena_reset(&b->arena);
    fp_diags_init(&diags, &b->arena);
    if (fp_object_decode(b->kind, b->tree, NULL, &b->arena, &diags, ret) < 0 || diags.list.len)
        exit(EXIT_FAILURE);
    fp_diags_done(&diags);
}

static void bench_decode(void *user)
{
    fp_object object;

    decode(user, &object);
    fp_object_done(&object);
}

static void begin(bench *b, fp_kind kind, const char *text)
{
    *b = (bench){.kind = kind};
    fp_arena_init(&b->tree_memory, 0);
    fp_arena_init(&b->arena, 0);
    if (fp_json_parse(fp_str_of(text), &fp_wire_default_limits, &b->tree_memory, &b->tree, NULL) <
        0)
        exit(EXIT_FAILURE);
}

static void end(bench *b)
{
    fp_arena_done(&b->tree_memory);
    fp_arena_done(&b->arena);
}

static void print_size(const char *name, fp_kind kind, const char *text)
{
    fp_policy *kept[KEPT];
    size_t before;
    bench b;

    begin(&b, kind, text);
    bench_decode(&b);
    before = held;
    for (size_t i = 0; i < KEPT; i++) {
        fp_object object;

        decode(&b, &object);
        kept[i] = fp_policy_ref(object.policy ? object.policy : object.profile.rules);
        fp_object_done(&object);
    }
    printf("%s | - | %zu B\n", name, (held - before) / KEPT);
    for (size_t i = 0; i < KEPT; i++)
        fp_policy_unref(kept[i]);
    end(&b);
}

static void print_time(const char *name, fp_kind kind, const char *text)
{
    bench b;

    begin(&b, kind, text);
    printf("%s | - | %.0f ns\n", name, bench_median_ns(bench_decode, &b, ROUNDS));
    end(&b);
}

int main(void)
{
    const fp_allocator counting = {counted_alloc, counted_realloc, counted_free, NULL};
    char calico[4096];

    (void)snprintf(calico, sizeof(calico),
                   "{\"metadata\":{\"name\":\"p-17\"},\"spec\":{\"selector\":\"marker == 'm3'\","
                   "\"order\":10,\"types\":[\"Ingress\"],\"ingress\":[%s,%s,%s,%s,%s]}}",
                   rule, rule, rule, rule, rule);
    print_time("model: decode a pod from its tree", FP_KIND_POD, pod);
    print_time("model: decode a Kubernetes policy of one rule", FP_KIND_K8S_NETWORK_POLICY,
               kubernetes);
    print_time("model: decode a Calico policy of five rules", FP_KIND_GLOBAL_NETWORK_POLICY,
               calico);
    fp_alloc_set(&counting);
    print_size("model: kept for a Kubernetes policy of one rule", FP_KIND_K8S_NETWORK_POLICY,
               kubernetes);
    print_size("model: kept for a Calico policy of five rules", FP_KIND_GLOBAL_NETWORK_POLICY,
               calico);
    print_size("model: kept for the rules of a namespace", FP_KIND_NAMESPACE,
               "{\"metadata\":{\"name\":\"shop\"}}");
    return EXIT_SUCCESS;
}
