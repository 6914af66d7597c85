/* SPDX-License-Identifier: Apache-2.0 */
#include <malloc.h>

#include "libfedpol/federation/federation.h"
#include "tests/bench/bench.h"

#define LOADED 100000u
#define NAMESPACES 1000u
#define SELECTORS 10000u
#define RETAINED 250000u
#define MAX_LABELS 20
#define TEXT 64

/* Bytes that the allocator holds, its own header of a block included. */
static size_t held;

static void *held_alloc(size_t size, void *user)
{
    void *ptr = malloc(size);

    (void)user;
    held += ptr ? malloc_usable_size(ptr) + sizeof(size_t) : 0;
    return ptr;
}

static void held_free(void *ptr, void *user)
{
    (void)user;
    held -= ptr ? malloc_usable_size(ptr) + sizeof(size_t) : 0;
    free(ptr);
}

static void *held_realloc(void *old, size_t size, void *user)
{
    size_t before = old ? malloc_usable_size(old) + sizeof(size_t) : 0;
    void *ptr = realloc(old, size);

    (void)user;
    if (ptr)
        held = held - before + malloc_usable_size(ptr) + sizeof(size_t);
    return ptr;
}

typedef struct pod {
    char names[MAX_LABELS][TEXT];
    char values[MAX_LABELS][TEXT];
    fp_label labels[MAX_LABELS];
    char ns[TEXT];
    char name[TEXT];
    char profile[TEXT];
    char node[TEXT];
    fp_str profiles[1];
    fp_cidr net;
    fp_endpoint_desc desc;
} pod;

typedef struct bench {
    fp_federation *federation;
    fp_cluster *cluster;
    unsigned turn;
} bench;

static void must(int r)
{
    if (r < 0) {
        (void)fprintf(stderr, "failed: %d\n", r);
        exit(EXIT_FAILURE);
    }
}

static void add_label(pod *p, const char *name, const char *prefix, unsigned value)
{
    size_t n = p->desc.n_labels++;

    (void)snprintf(p->names[n], TEXT, "%s", name);
    (void)snprintf(p->values[n], TEXT, "%s%u", prefix, value);
    p->labels[n] = (fp_label){fp_str_of(p->names[n]), fp_str_of(p->values[n])};
}

/* A pod without labels: number I of namespace NS, with an address of its own. */
static void start_pod(pod *p, unsigned i, unsigned ns)
{
    p->desc = (fp_endpoint_desc){.type = FP_ENDPOINT_WORKLOAD};
    (void)snprintf(p->ns, TEXT, "namespace-%u", ns);
    (void)snprintf(p->name, TEXT, "web-7d9f8c6b5d-%06u", i);
    (void)snprintf(p->profile, TEXT, "kns.namespace-%u", ns);
    (void)snprintf(p->node, TEXT, "node-%u", i / 100);
    p->profiles[0] = fp_str_of(p->profile);
    p->net = (fp_cidr){{.family = 4}, 32};
    p->net.ip.bytes[0] = 10;
    p->net.ip.bytes[1] = (uint8_t)(i >> 16);
    p->net.ip.bytes[2] = (uint8_t)(i >> 8);
    p->net.ip.bytes[3] = (uint8_t)i;
    p->desc.node = fp_str_of(p->node);
    p->desc.labels = p->labels;
    p->desc.profiles = p->profiles;
    p->desc.n_profiles = 1;
    p->desc.nets = &p->net;
    p->desc.n_nets = 1;
}

static void put(const bench *b, const pod *p)
{
    fp_str ns = fp_str_of(p->ns);
    fp_str name = fp_str_of(p->name);
    fp_record_id record;
    fp_endpoint_id id;
    bool is_new;
    bool twice;

    must(fp_cluster_put(b->cluster, FP_KIND_POD, ns, name, &record, &is_new, &twice));
    id = is_new ? FP_NO_ID : fp_cluster_record(b->cluster, record).payload;
    must(fp_federation_put_record(b->federation, b->cluster, record, &p->desc, id, &id));
}

static void commit(const bench *b)
{
    fp_member_change_vec changes = {0};
    fp_label_index *labels = fp_federation_labels(b->federation);

    must(fp_label_index_flush(labels));
    must(fp_federation_member_changes(b->federation, NULL, 0, &changes));
    must(fp_federation_update_diags(b->federation));
    fp_federation_forget(b->federation);
    fp_label_index_forget(labels);
    fp_vec_done(&changes);
}

static void start(bench *b)
{
    const fp_hash_key key = {0x0123456789abcdef, 0xfedcba9876543210};

    *b = (bench){0};
    must(fp_federation_new(&key, &b->federation));
    must(fp_cluster_new(&key, FP_STR("west"), 1, FP_ROLE_REMOTE, &b->cluster));
}

static void stop(bench *b)
{
    fp_federation_free(b->federation);
    fp_cluster_free(b->cluster);
}

static fp_match_id add_selector(const bench *b, const char *text)
{
    fp_selector *selector;
    fp_match_id id;

    must(fp_selector_parse(fp_str_of(text), &selector, NULL));
    must(fp_label_index_add_selector(fp_federation_labels(b->federation), selector, FP_DOMAIN_ALL,
                                     &id));
    fp_selector_unref(selector);
    return id;
}

static void set_profile(const bench *b, unsigned ns, unsigned env)
{
    char profile[TEXT];
    char value[TEXT];
    fp_label label = {FP_STR_INIT("pcns.env"), FP_STR_NULL};

    (void)snprintf(profile, TEXT, "kns.namespace-%u", ns);
    (void)snprintf(value, TEXT, "env-%u", env);
    label.value = fp_str_of(value);
    must(fp_label_index_set_profile(fp_federation_labels(b->federation), 1, fp_str_of(profile),
                                    &label, 1));
}

/* Labels stand in the order of their names. */
static void shared_pod(pod *p, unsigned i)
{
    unsigned set = i / 20;

    start_pod(p, i, set % NAMESPACES);
    add_label(p, "app", "app-", set);
    add_label(p, "pod-template-hash", "7d9f8c6b5d-", set);
    add_label(p, "projectcalico.org/namespace", "namespace-", set % NAMESPACES);
    add_label(p, "projectcalico.org/orchestrator", "k8s", 0);
    add_label(p, "projectcalico.org/serviceaccount", "default", 0);
    add_label(p, "tier", "tier-", set % 3);
}

static void unique_pod(pod *p, unsigned i)
{
    static const char *const unique[] = {"a-unique", "b-unique", "c-unique", "d-unique",
                                         "e-unique"};
    static const char *const shared[] = {"f", "g", "h", "i", "j", "k", "l", "m", "n", "o"};

    start_pod(p, i, i / 20 % NAMESPACES);
    for (size_t l = 0; l < FP_ARRAY_LEN(unique); l++)
        add_label(p, unique[l], "value-", i);
    for (size_t l = 0; l < FP_ARRAY_LEN(shared); l++)
        add_label(p, shared[l], "shared-", i / 20 % 50);
}

static void retained(const char *shape, unsigned target, void (*make)(pod *, unsigned))
{
    const fp_allocator counting = {held_alloc, held_realloc, held_free, NULL};
    static pod p;
    bench b;
    size_t before;

    fp_alloc_set(&counting);
    held = 0;
    start(&b);
    before = held;
    for (unsigned i = 0; i < RETAINED; i++) {
        make(&p, i);
        put(&b, &p);
        if (i % 10000 == 9999)
            commit(&b);
    }
    commit(&b);
    printf("bytes retained per remote endpoint, %s | <= %u | %.1f (cluster %.1f, labels %.1f)\n",
           shape, target, (double)(held - before) / RETAINED,
           (double)fp_cluster_memory(b.cluster) / RETAINED,
           (double)fp_label_index_memory(fp_federation_labels(b.federation)) / RETAINED);
    stop(&b);
    fp_alloc_set(NULL);
}

static void busy_pod(pod *p, unsigned i, unsigned app)
{
    start_pod(p, i, i % NAMESPACES);
    add_label(p, "app", "app-", app);
    add_label(p, "projectcalico.org/namespace", "namespace-", i % NAMESPACES);
    add_label(p, "projectcalico.org/orchestrator", "k8s", 0);
    add_label(p, "tier", "tier-", i % 3);
}

static void update(void *user)
{
    static pod p;
    bench *b = user;
    unsigned i = b->turn++ * 7919u % LOADED;

    busy_pod(&p, i, (i / NAMESPACES + b->turn) % 10);
    put(b, &p);
    commit(b);
}

/* What making the input of an update costs, to be taken off. */
static void make_only(void *user)
{
    static pod p;
    bench *b = user;
    unsigned i = b->turn++ * 7919u % LOADED;

    busy_pod(&p, i, (i / NAMESPACES + b->turn) % 10);
}

static void load_all(bench *b)
{
    static pod p;

    for (unsigned i = 0; i < LOADED; i++) {
        busy_pod(&p, i, i / NAMESPACES % 10);
        put(b, &p);
    }
    commit(b);
}

static void add_selectors(bench *b)
{
    char text[160];

    for (unsigned i = 0; i < SELECTORS; i++) {
        (void)snprintf(text, sizeof(text),
                       "projectcalico.org/namespace == 'namespace-%u' && app == 'app-%u'",
                       i % NAMESPACES, i / NAMESPACES);
        add_selector(b, text);
    }
}

typedef struct listing_user {
    bench *b;
    fp_selector *selector;
    fp_cidr_vec members; /* its memory is used again, as that of a caller's answer is */
    size_t n;
} listing_user;

static void list_classes(void *user)
{
    listing_user *l = user;
    fp_idset classes = {0};

    must(fp_label_index_query(fp_federation_labels(l->b->federation), l->selector, FP_DOMAIN_ALL,
                              &classes));
    fp_idset_done(&classes);
}

static void list_members(void *user)
{
    listing_user *l = user;
    fp_idset classes = {0};

    fp_vec_clear(&l->members);
    must(fp_label_index_query(fp_federation_labels(l->b->federation), l->selector, FP_DOMAIN_ALL,
                              &classes));
    must(fp_federation_members(l->b->federation, &classes, &l->members));
    l->n = l->members.len;
    fp_idset_done(&classes);
}

static void listings(bench *b)
{
    static const char *const forms[] = {"tier == 'tier-1'", "tier != 'tier-1'",
                                        "app not in {'app-1', 'app-2'}",
                                        "app == 'app-3' || tier == 'tier-2'"};

    for (size_t i = 0; i < FP_ARRAY_LEN(forms); i++) {
        listing_user l = {.b = b};
        double classes;
        double members;

        must(fp_selector_parse(fp_str_of(forms[i]), &l.selector, NULL));
        list_members(&l);
        classes = bench_median_ns(list_classes, &l, 20);
        members = bench_median_ns(list_members, &l, 5);
        printf("members of %s, %zu of %u | <= 5 ns a member more | %.1f us + %.1f ns each\n",
               forms[i], l.n, LOADED, classes / 1000, (members - classes) / (double)l.n);
        fp_vec_done(&l.members);
        fp_selector_unref(l.selector);
    }
}

static void loading(void)
{
    double runs[5];
    double make;
    double total;
    bench b;

    for (size_t run = 0; run < FP_ARRAY_LEN(runs); run++) {
        double begin;

        start(&b);
        add_selectors(&b);
        fp_label_index_forget(fp_federation_labels(b.federation));
        begin = bench_now_ns();
        load_all(&b);
        runs[run] = bench_now_ns() - begin;
        if (run + 1 < FP_ARRAY_LEN(runs))
            stop(&b);
    }
    qsort(runs, FP_ARRAY_LEN(runs), sizeof(runs[0]), bench_compare);
    make = bench_median_ns(make_only, &b, 20000);
    printf("load per endpoint, %u under %u selectors, differences included | <= 2 us | %.2f us\n",
           LOADED, SELECTORS, (runs[2] / LOADED - make) / 1000);
    total = bench_median_ns(update, &b, 2000);
    printf("one endpoint update, commit included | <= 5 us | %.2f us\n", (total - make) / 1000);
    listings(&b);
    stop(&b);
}

static void relabel(void *user)
{
    bench *b = user;

    set_profile(b, 0, b->turn++ % 2);
    commit(b);
}

/* 1,000 pods of one namespace; each of 1,000 selectors wins or loses one of them. */
static void relabelling(void)
{
    static pod p;
    char text[160];
    bench b;

    start(&b);
    set_profile(&b, 0, 0);
    for (unsigned i = 0; i < 1000; i++) {
        start_pod(&p, i, 0);
        add_label(&p, "app", "app-", i);
        put(&b, &p);
        (void)snprintf(text, sizeof(text), "(pcns.env == 'env-1' && app == 'app-%u') || no == '%u'",
                       i, i);
        add_selector(&b, text);
    }
    commit(&b);
    printf("relabel a namespace of 1,000 pods under 1,000 selectors | <= 1 ms | %.2f ms\n",
           bench_median_ns(relabel, &b, 20) / 1e6);
    stop(&b);
}

int main(void)
{
    retained("6 labels shared by 20", 150, shared_pod);
    retained("15 labels, 5 unique", 400, unique_pod);
    loading();
    relabelling();
    return 0;
}
