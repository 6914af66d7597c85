/* SPDX-License-Identifier: Apache-2.0 */
#include <malloc.h>

#include "libfedpol/federation/label_index.h"
#include "tests/bench/bench.h"

#define ENDPOINTS 100000u
#define NAMESPACES 1000u
#define SELECTORS 10000u
#define MAX_LABELS 20

/* The labels of one endpoint, with the text that they point into. */
typedef struct pod {
    char text[MAX_LABELS][2][48];
    fp_label labels[MAX_LABELS];
    size_t n;
    char profile[48];
    fp_str profiles[1];
} pod;

static void must(int r)
{
    if (r < 0)
        exit(EXIT_FAILURE);
}

static void put_label(pod *p, const char *name, const char *prefix, unsigned value)
{
    (void)snprintf(p->text[p->n][0], 48, "%s", name);
    (void)snprintf(p->text[p->n][1], 48, "%s%u", prefix, value);
    p->labels[p->n] = (fp_label){fp_str_of(p->text[p->n][0]), fp_str_of(p->text[p->n][1])};
    p->n++;
}

static void put_profile(pod *p, unsigned ns)
{
    (void)snprintf(p->profile, sizeof(p->profile), "kns.ns-%u", ns);
    p->profiles[0] = fp_str_of(p->profile);
}

static fp_class_id acquire(fp_label_index *index, const pod *p)
{
    fp_class_id id;

    must(fp_label_index_acquire(index, 1, false, p->labels, p->n, p->profiles, 1, &id));
    return id;
}

static fp_label_index *make_index(void)
{
    const fp_hash_key key = {0x0123456789abcdef, 0xfedcba9876543210};
    fp_label_index *index;

    must(fp_label_index_new(&key, &index));
    for (unsigned ns = 0; ns < NAMESPACES; ns++) {
        pod p = {.n = 0};

        put_label(&p, "pcns.kubernetes.io/metadata.name", "ns-", ns);
        put_label(&p, "pcns.projectcalico.org/name", "ns-", ns);
        put_label(&p, "pcns.team", "team-", ns % 20);
        put_profile(&p, ns);
        must(fp_label_index_set_profile(index, 1, p.profiles[0], p.labels, p.n));
    }
    return index;
}

static fp_match_id add(fp_label_index *index, const char *text)
{
    fp_selector *selector;
    fp_match_id id;

    must(fp_selector_parse(fp_str_of(text), &selector, NULL));
    must(fp_label_index_add_selector(index, selector, FP_DOMAIN_ALL, &id));
    (void)fp_selector_unref(selector);
    return id;
}

static void add_pairs(fp_label_index *index)
{
    char text[160];

    for (unsigned i = 0; i < SELECTORS; i++) {
        (void)snprintf(text, sizeof(text),
                       "projectcalico.org/namespace == 'ns-%u' && app == 'app-%u'", i % NAMESPACES,
                       i / NAMESPACES);
        (void)add(index, text);
    }
}

/* Ten apps in a namespace; ten pods of an app share a class unless each has a label of its own. */
static pod make_pod(unsigned i, bool unique)
{
    pod p = {.n = 0};

    put_label(&p, "app", "app-", i / NAMESPACES % 10);
    put_label(&p, "pod-template-hash", "7d4b9c", i / NAMESPACES % 10);
    put_label(&p, "projectcalico.org/namespace", "ns-", i % NAMESPACES);
    put_label(&p, "projectcalico.org/orchestrator", "k8s", 1);
    put_label(&p, "projectcalico.org/serviceaccount", "sa-", i / NAMESPACES % 10);
    if (unique)
        put_label(&p, "statefulset.kubernetes.io/pod-name", "database-", i);
    else
        put_label(&p, "tier", "tier-", i % 3);
    put_profile(&p, i % NAMESPACES);
    return p;
}

/* The pod's labels move with the array, so they are pointed at their text again. */
static void place_pod(pod *at, const pod *from)
{
    *at = *from;
    for (size_t j = 0; j < at->n; j++) {
        at->labels[j].name.ptr = at->text[j][0];
        at->labels[j].value.ptr = at->text[j][1];
    }
    at->profiles[0].ptr = at->profile;
}

/* Pods are made ready a few at a time, as a decoder would: what is timed finds them in the cache.
 */
static fp_class_id *load(fp_label_index *index, bool unique, double *ret_ns)
{
    static pod pods[32];
    fp_class_id *ids = malloc(ENDPOINTS * sizeof(*ids));
    double total = 0;
    double start;

    if (!ids)
        exit(EXIT_FAILURE);
    for (unsigned i = 0; i < ENDPOINTS; i += 32) {
        for (unsigned j = 0; j < 32; j++) {
            pod made = make_pod(i + j, unique);

            place_pod(&pods[j], &made);
        }
        start = bench_now_ns();
        for (unsigned j = 0; j < 32; j++)
            ids[i + j] = acquire(index, &pods[j]);
        total += bench_now_ns() - start;
    }
    start = bench_now_ns();
    must(fp_label_index_flush(index));
    fp_label_index_forget(index);
    *ret_ns = (total + bench_now_ns() - start) / ENDPOINTS;
    return ids;
}

static void bench_load(bool unique)
{
    double runs[5];

    for (size_t run = 0; run < 5; run++) {
        fp_label_index *index = make_index();

        add_pairs(index);
        free(load(index, unique, &runs[run]));
        (void)fp_label_index_free(index);
    }
    qsort(runs, 5, sizeof(runs[0]), bench_compare);
    printf("%-72s | %-14s | %.0f ns\n",
           unique ? "labels: load, 10,000 selectors, each endpoint a class of its own, an endpoint"
                  : "labels: load, 10,000 selectors, ten endpoints to a class, an endpoint",
           "part of 2 us", runs[2]);
}

typedef struct scene {
    fp_label_index *index;
    fp_class_id *ids;
    unsigned next;
    const char *text;
    fp_selector *selector;
    pod pods[64];
} scene;

static void update_one(void *user)
{
    scene *s = user;
    unsigned i = s->next++ % 64;
    fp_class_id id = acquire(s->index, &s->pods[i]);
    size_t n;

    must(fp_label_index_flush(s->index));
    (void)fp_label_index_matches(s->index, s->ids[i], &n);
    (void)fp_label_index_matches(s->index, id, &n);
    (void)fp_label_index_transitions(s->index, &n);
    fp_label_index_release(s->index, s->ids[i]);
    s->ids[i] = id;
    fp_label_index_forget(s->index);
    if (i == 63)
        for (unsigned j = 0; j < 64; j++) {
            pod changed = make_pod((j * 37 + s->next) % ENDPOINTS, true);

            place_pod(&s->pods[j], &changed);
        }
}

static void add_one(void *user)
{
    scene *s = user;
    fp_match_id id;

    must(fp_label_index_add_selector(s->index, s->selector, FP_DOMAIN_ALL, &id));
    fp_label_index_remove_selector(s->index, id);
}

static void bench_selector(scene *s, const char *text)
{
    char name[100];

    must(fp_selector_parse(fp_str_of(text), &s->selector, NULL));
    (void)snprintf(name, sizeof(name), "labels: new selector over 100,000 classes: %s", text);
    printf("%-72s | %-14s | %.2f us\n", name, "<= 20 us", bench_median_ns(add_one, s, 200) / 1e3);
    s->selector = fp_selector_unref(s->selector);
}

static void bench_large(void)
{
    static scene s;
    double ns;

    s.index = make_index();
    s.ids = load(s.index, true, &ns);
    bench_selector(&s, "pcns.team == 'team-3'");
    bench_selector(&s, "app == 'app-3'");
    bench_selector(&s, "app != 'app-3'");
    bench_selector(&s, "app not in {'app-3', 'app-4'}");
    bench_selector(&s, "app == 'app-3' || pcns.team == 'team-4'");
    bench_selector(&s, "projectcalico.org/namespace == 'ns-3' || app == 'app-4'");
    bench_selector(&s, "projectcalico.org/namespace == 'ns-3' && app == 'app-4'");
    bench_selector(&s, "!has(app) || !(tier == 'x' && pcns.team != 'team-1')");
    bench_selector(&s, "projectcalico.org/namespace starts with 'ns-77'");
    add_pairs(s.index);
    fp_label_index_forget(s.index);
    for (unsigned j = 0; j < 64; j++) {
        pod changed = make_pod(j * 41 + 500, true);

        place_pod(&s.pods[j], &changed);
    }
    printf("%-72s | %-14s | %.2f us\n", "labels: one endpoint gets another class, 10,000 selectors",
           "part of 5 us", bench_median_ns(update_one, &s, 2000) / 1e3);
    free(s.ids);
    (void)fp_label_index_free(s.index);
}

static void come_and_go(void *user)
{
    scene *s = user;
    fp_class_id id = acquire(s->index, &s->pods[s->next++ % 64]);

    must(fp_label_index_flush(s->index));
    fp_label_index_release(s->index, id);
    fp_label_index_forget(s->index);
}

static void bench_shared_term(void)
{
    static scene s;
    char text[100];

    s.index = make_index();
    for (unsigned i = 0; i < SELECTORS; i++) {
        (void)snprintf(text, sizeof(text), "tier == 'tier-1' && app == 'app-%u' && rack != '%u'",
                       i / 10, i % 10);
        (void)add(s.index, text);
    }
    for (unsigned j = 0; j < 64; j++) {
        pod p = {.n = 0};

        put_label(&p, "app", "app-", j * 7);
        put_label(&p, "pod-name", "pod-", j);
        put_label(&p, "projectcalico.org/namespace", "ns-", j);
        put_label(&p, "tier", "tier-", 1);
        put_profile(&p, j);
        place_pod(&s.pods[j], &p);
    }
    fp_label_index_forget(s.index);
    printf("%-72s | %-14s | %.2f us\n",
           "labels: one new class against 10,000 selectors that share a term, joins 10", "<= 20 us",
           bench_median_ns(come_and_go, &s, 2000) / 1e3);
    (void)fp_label_index_free(s.index);
}

static void relabel_to(scene *s, const char *team)
{
    pod p = {.n = 0};

    put_label(&p, "pcns.projectcalico.org/name", "ns-", 5);
    put_label(&p, "pcns.team", team, 5);
    put_profile(&p, 5);
    must(fp_label_index_set_profile(s->index, 1, p.profiles[0], p.labels, p.n));
    must(fp_label_index_flush(s->index));
}

static void relabel(void *user)
{
    scene *s = user;
    size_t n;

    relabel_to(s, s->next++ % 2 ? "blue-" : "red-");
    (void)fp_label_index_transitions(s->index, &n);
    if (n != 1000)
        printf("labels: relabel gave %zu changes\n", n);
    fp_label_index_forget(s->index);
}

static void put_selector(char *text, size_t size, bool narrow, unsigned i)
{
    if (narrow)
        (void)snprintf(text, size, "(pcns.team == 'blue-5' && pod == 'p%u') || app == 'none-%u'", i,
                       i);
    else
        (void)snprintf(text, size, "pcns.team == 'green-%u' || app == 'app-%u'", i, i);
}

/* NARROW: each selector is changed for one pod; else one more selector is changed for all. */
static void bench_relabel(bool narrow)
{
    static scene s;
    char text[200];

    s.index = make_index();
    for (unsigned i = 0; i < 1000; i++) {
        pod p = {.n = 0};

        put_label(&p, "app", "app-", i % 40);
        put_label(&p, "pod", "p", i);
        put_label(&p, "projectcalico.org/namespace", "ns-", 5);
        put_label(&p, "tier", "tier-", 1);
        put_profile(&p, 5);
        (void)acquire(s.index, &p);
    }
    for (unsigned i = 0; i < 1000; i++) {
        put_selector(text, sizeof(text), narrow, i);
        (void)add(s.index, text);
    }
    if (!narrow)
        (void)add(s.index, "pcns.team == 'blue-5' || app == 'none'");
    s.next = 0;
    relabel_to(&s, "blue-");
    fp_label_index_forget(s.index);
    printf("%-72s | %-14s | %.0f us\n",
           narrow ? "labels: relabel, 1,000 pods, 1,000 selectors with ||, 1 change of each"
                  : "labels: relabel, 1,000 pods, 1,000 selectors with ||, 1,000 changes of 1",
           "<= 1,000 us", bench_median_ns(relabel, &s, 20) / 1e3);
    (void)fp_label_index_free(s.index);
}

static size_t in_use(void)
{
    return mallinfo2().uordblks + mallinfo2().hblkhd;
}

static void report_memory(const char *name, const char *goal, fp_label_index *index, size_t before)
{
    must(fp_label_index_flush(index));
    fp_label_index_forget(index);
    printf("%-72s | %-14s | %.0f B (the heap: %.0f B)\n", name, goal,
           (double)fp_label_index_memory(index) / ENDPOINTS,
           (double)(in_use() - before) / ENDPOINTS);
    (void)fp_label_index_free(index);
}

static void bench_memory(void)
{
    size_t before = in_use();
    fp_label_index *index = make_index();

    for (unsigned i = 0; i < ENDPOINTS; i++) {
        unsigned group = i / 20;
        pod p = {.n = 0};

        put_label(&p, "app", "app-", group);
        put_label(&p, "pod-template-hash", "7d4b9c", group);
        put_label(&p, "projectcalico.org/namespace", "ns-", group % NAMESPACES);
        put_label(&p, "projectcalico.org/orchestrator", "k8s", 1);
        put_label(&p, "projectcalico.org/serviceaccount", "default", 1);
        put_label(&p, "tier", "tier-", group % 3);
        put_profile(&p, group % NAMESPACES);
        (void)acquire(index, &p);
    }
    report_memory("labels: retained per endpoint, 6 labels shared by 20 siblings", "part of 150 B",
                  index, before);
    before = in_use();
    index = make_index();
    for (unsigned i = 0; i < ENDPOINTS; i++) {
        static const char *const unique[] = {"a-hash", "b-pod-name", "c-index", "d-uid", "e-zone"};
        static const char *const shared[] = {"l-app",        "m-component", "n-instance",
                                             "o-managed-by", "p-part-of",   "q-version"};
        pod p = {.n = 0};

        for (unsigned j = 0; j < 5; j++)
            put_label(&p, unique[j], "value-", i * 5 + j);
        for (unsigned j = 0; j < 6; j++)
            put_label(&p, shared[j], "value-", i / 20 % (j * 100 + 1));
        put_label(&p, "projectcalico.org/namespace", "ns-", i / 20 % NAMESPACES);
        put_label(&p, "projectcalico.org/orchestrator", "k8s", 1);
        put_label(&p, "projectcalico.org/serviceaccount", "default", 1);
        put_label(&p, "tier", "tier-", i % 3);
        put_profile(&p, i / 20 % NAMESPACES);
        (void)acquire(index, &p);
    }
    report_memory("labels: retained per endpoint, 15 labels of which 5 unique", "part of 400 B",
                  index, before);
}

int main(void)
{
    bench_load(false);
    bench_load(true);
    bench_large();
    bench_shared_term();
    bench_relabel(true);
    bench_relabel(false);
    bench_memory();
    return EXIT_SUCCESS;
}
