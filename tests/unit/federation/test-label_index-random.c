/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The label index against a naive model: plain arrays, and every selector tried against every class
 * with fp_selector_matches(). Random streams of every call, many seeds and hash keys.
 */
#include "libfedpol/federation/label_index.h"

#include <stdio.h>
#include <stdlib.h>

#include "libfedpol/federation/label_index_internal.h"
#include "tests/support/fp_test.h"

#define MAX_LABELS 8u
#define MAX_CLASSES 40u
#define MAX_MATCHES 24u
#define CLUSTERS 3u
#define PROFILES 3u
#define NAMES 7u

static const char *const names[NAMES] = {"app", "env", "p.env", "p.team", "tier", "x", "y"};
static const char *const values[] = {"", "a", "ab", "b", "prod", "test"};
static const char *const profile_names[PROFILES] = {"kns.one", "kns.two", "ksa.one.web"};

/* Called so often that a plain ck_assert() would take most of the time. */
#define expect(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ck_abort_msg("line %d: %s", __LINE__, #condition);                                     \
    } while (0)

typedef struct label_list {
    size_t n;
    fp_label items[MAX_LABELS];
} label_list;

typedef struct model_class {
    bool used;
    unsigned refs;
    uint64_t serial; /* tells two classes apart that had the same id one after the other */
    fp_class_id id;
    uint32_t cluster;
    bool enforced;
    label_list labels;
    size_t n_profiles;
    uint32_t profiles[3];
} model_class;

typedef struct model_match {
    bool used;
    unsigned refs;
    uint64_t serial;
    fp_match_id id;
    fp_domain domain;
    fp_selector *selector;
} model_match;

typedef struct model_profile {
    bool exists;
    label_list labels;
} model_profile;

typedef struct model {
    fp_rng rng;
    fp_label_index *index;
    uint64_t serial;
    model_class classes[MAX_CLASSES];
    model_match matches[MAX_MATCHES];
    model_profile profiles[CLUSTERS][PROFILES];
    unsigned without[CLUSTERS]; /* uses that it was withdrawn from */
    /* As it was at the last forget. */
    model_class old_classes[MAX_CLASSES];
    model_match old_matches[MAX_MATCHES];
    label_list old_labels[MAX_CLASSES];
    bool old_answers[MAX_CLASSES][MAX_MATCHES];
} model;

static label_list random_labels(fp_rng *rng)
{
    label_list list = {0};

    for (uint32_t i = 0; i < NAMES; i++)
        if (fp_rng_below(rng, 3) == 0)
            list.items[list.n++] =
                (fp_label){fp_str_of(names[i]), fp_str_of(values[fp_rng_below(rng, 6)])};
    return list;
}

static bool find_label(const label_list *list, fp_str name, fp_str *ret_value)
{
    for (size_t i = 0; i < list->n; i++) {
        if (!fp_str_eq(list->items[i].name, name))
            continue;
        *ret_value = list->items[i].value;
        return true;
    }
    return false;
}

static bool look_up(const void *labels, fp_str name, fp_str *ret_value)
{
    return find_label(labels, name, ret_value);
}

static label_list effective_labels(const model *m, const model_class *class)
{
    label_list list = {0};

    for (uint32_t i = 0; i < NAMES; i++) {
        fp_str name = fp_str_of(names[i]);
        fp_str value;
        bool found = find_label(&class->labels, name, &value);

        for (size_t p = 0; !found && p < class->n_profiles; p++)
            found =
                find_label(&m->profiles[class->cluster][class->profiles[p]].labels, name, &value);
        if (found)
            list.items[list.n++] = (fp_label){name, value};
    }
    return list;
}

static bool same_list(const label_list *a, const label_list *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!fp_str_eq(a->items[i].name, b->items[i].name) ||
            !fp_str_eq(a->items[i].value, b->items[i].value))
            return false;
    return true;
}

static bool expected_match(const model *m, const model_class *class, const fp_selector *selector,
                           fp_domain domain)
{
    label_list labels = effective_labels(m, class);

    if (domain == FP_DOMAIN_LOCAL && class->cluster != FP_LOCAL_CLUSTER)
        return false;
    if (domain == FP_DOMAIN_ENFORCED && !class->enforced)
        return false;
    if (domain == FP_DOMAIN_ALLOW && (m->without[class->cluster] & FP_USES_ALLOW))
        return false;
    if (domain == FP_DOMAIN_DENY && (m->without[class->cluster] & FP_USES_DENY))
        return false;
    return fp_selector_matches(selector, look_up, &labels);
}

static fp_domain random_domain(fp_rng *rng)
{
    static const fp_domain domains[] = {FP_DOMAIN_ALL, FP_DOMAIN_LOCAL, FP_DOMAIN_ENFORCED,
                                        FP_DOMAIN_ALLOW, FP_DOMAIN_DENY};

    return domains[fp_rng_below(rng, FP_ARRAY_LEN(domains))];
}

static void change_uses(model *m)
{
    uint32_t cluster = fp_rng_below(&m->rng, CLUSTERS);

    m->without[cluster] = fp_rng_below(&m->rng, 4);
    ck_assert_int_eq(fp_label_index_set_uses(m->index, cluster,
                                             (fp_label_uses)(FP_USES_ALL & ~m->without[cluster])),
                     0);
}

static void put_leaf(fp_rng *rng, fp_buf *buf)
{
    const char *name = names[fp_rng_below(rng, NAMES)];
    const char *v = values[fp_rng_below(rng, 6)];
    const char *w = values[fp_rng_below(rng, 6)];

    switch (fp_rng_below(rng, 11)) {
    case 0:
        fp_buf_printf(buf, "%s != '%s'", name, v);
        break;
    case 1:
        fp_buf_printf(buf, "%s in {'%s', '%s'}", name, v, w);
        break;
    case 2:
        fp_buf_printf(buf, "%s not in {'%s', '%s'}", name, v, w);
        break;
    case 3:
        fp_buf_printf(buf, "has(%s)", name);
        break;
    case 4:
        fp_buf_printf(buf, "%s contains '%s'", name, v);
        break;
    case 5:
        fp_buf_printf(buf, "%s starts with '%s'", name, v);
        break;
    case 6:
        fp_buf_printf(buf, "%s ends with '%s'", name, v);
        break;
    case 7:
        fp_buf_printf(buf, fp_rng_below(rng, 2) ? "all()" : "%s in {}", name);
        break;
    default:
        fp_buf_printf(buf, "%s == '%s'", name, v);
    }
}

/* Up to three levels of && and ||, with negations anywhere. */
static fp_selector *random_selector(fp_rng *rng)
{
    fp_buf buf = {0};
    fp_selector *selector;
    uint32_t groups = 1 + fp_rng_below(rng, 3);
    const char *outer = fp_rng_below(rng, 2) ? " && " : " || ";

    for (uint32_t i = 0; i < groups; i++) {
        uint32_t leaves = 1 + fp_rng_below(rng, 3);
        const char *inner = fp_rng_below(rng, 2) ? " && " : " || ";

        fp_buf_printf(&buf, "%s%s(", i ? outer : "", fp_rng_below(rng, 4) ? "" : "!");
        for (uint32_t j = 0; j < leaves; j++) {
            fp_buf_printf(&buf, "%s%s", j ? inner : "", fp_rng_below(rng, 4) ? "" : "!");
            put_leaf(rng, &buf);
        }
        fp_buf_puts(&buf, ")");
    }
    ck_assert_msg(fp_selector_parse(fp_buf_str(&buf), &selector, NULL) == 0, "%s", buf.data);
    fp_buf_done(&buf);
    return selector;
}

static bool same_content(const model_class *a, const model_class *b)
{
    return a->cluster == b->cluster && a->enforced == b->enforced &&
           same_list(&a->labels, &b->labels) && a->n_profiles == b->n_profiles &&
           memcmp(a->profiles, b->profiles, a->n_profiles * sizeof(a->profiles[0])) == 0;
}

static void acquire(model *m)
{
    model_class class = {.used = true,
                         .refs = 1,
                         .cluster = fp_rng_below(&m->rng, CLUSTERS),
                         .enforced = fp_rng_below(&m->rng, 2) == 0,
                         .labels = random_labels(&m->rng)};
    model_class *slot = NULL;
    fp_str profiles[3];

    for (uint32_t i = 0; i < PROFILES; i++)
        if (fp_rng_below(&m->rng, 2))
            class.profiles[class.n_profiles++] = fp_rng_below(&m->rng, PROFILES);
    for (size_t i = 0; i < class.n_profiles; i++)
        profiles[i] = fp_str_of(profile_names[class.profiles[i]]);
    for (uint32_t i = 0; i < MAX_CLASSES; i++)
        if (!m->classes[i].used || same_content(&m->classes[i], &class))
            if (!slot || m->classes[i].used)
                slot = &m->classes[i];
    if (!slot)
        return;
    ck_assert_int_eq(fp_label_index_acquire(m->index, class.cluster, class.enforced,
                                            class.labels.items, class.labels.n, profiles,
                                            class.n_profiles, &class.id),
                     0);
    for (uint32_t i = 0; i < MAX_CLASSES; i++)
        expect(!m->classes[i].used || (m->classes[i].id == class.id) == (&m->classes[i] == slot));
    if (slot->used) {
        slot->refs++;
        return;
    }
    class.serial = ++m->serial;
    *slot = class;
}

static void release(model *m)
{
    model_class *class = &m->classes[fp_rng_below(&m->rng, MAX_CLASSES)];

    if (!class->used)
        return;
    fp_label_index_release(m->index, class->id);
    class->used = --class->refs > 0;
}

static void change_profile(model *m)
{
    uint32_t cluster = fp_rng_below(&m->rng, CLUSTERS);
    uint32_t p = fp_rng_below(&m->rng, PROFILES);
    model_profile *profile = &m->profiles[cluster][p];
    fp_str name = fp_str_of(profile_names[p]);

    if (fp_rng_below(&m->rng, 4) == 0) {
        profile->exists = false;
        profile->labels.n = 0;
        ck_assert_int_eq(fp_label_index_remove_profile(m->index, cluster, name), 0);
    } else {
        profile->exists = true;
        profile->labels = random_labels(&m->rng);
        ck_assert_int_eq(fp_label_index_set_profile(m->index, cluster, name, profile->labels.items,
                                                    profile->labels.n),
                         0);
    }
    expect(fp_label_index_has_profile(m->index, cluster, name) == profile->exists);
}

static void check_classes(const model *m, const fp_idset *classes, const fp_selector *selector,
                          fp_domain domain)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < MAX_CLASSES; i++) {
        const model_class *class = &m->classes[i];

        if (!class->used)
            continue;
        count += expected_match(m, class, selector, domain);
        expect(fp_idset_has(classes, class->id) == expected_match(m, class, selector, domain));
    }
    expect(classes->count == count);
}

static void add_selector(model *m)
{
    model_match *match = &m->matches[fp_rng_below(&m->rng, MAX_MATCHES)];
    fp_selector *selector = random_selector(&m->rng);
    fp_domain domain = random_domain(&m->rng);
    fp_match_id id;

    for (uint32_t i = 0; i < MAX_MATCHES; i++)
        if (m->matches[i].used && m->matches[i].domain == domain &&
            fp_selector_equal(m->matches[i].selector, selector))
            match = &m->matches[i];
    if (!match->used || (match->domain == domain && fp_selector_equal(match->selector, selector))) {
        ck_assert_int_eq(fp_label_index_add_selector(m->index, selector, domain, &id), 0);
        check_classes(m, fp_label_index_classes(m->index, id), selector, domain);
        expect(!match->used || match->id == id);
        if (!match->used)
            *match = (model_match){true, 0, ++m->serial, id, domain, fp_selector_ref(selector)};
        match->refs++;
    }
    (void)fp_selector_unref(selector);
}

static void remove_selector(model *m)
{
    model_match *match = &m->matches[fp_rng_below(&m->rng, MAX_MATCHES)];

    if (!match->used)
        return;
    fp_label_index_remove_selector(m->index, match->id);
    match->used = --match->refs > 0;
    if (!match->used)
        match->selector = fp_selector_unref(match->selector);
}

static void check_labels(const model *m, const model_class *class)
{
    label_list expected = effective_labels(m, class);
    label_list got = {.n = fp_label_index_label_count(m->index, class->id)};

    expect(got.n == expected.n);
    fp_label_index_labels(m->index, class->id, got.items);
    expect(same_list(&got, &expected));
    for (uint32_t i = 0; i < NAMES; i++) {
        fp_str name = fp_str_of(names[i]);
        fp_str a = FP_STR_NULL;
        fp_str b = FP_STR_NULL;

        expect(fp_label_index_get(m->index, class->id, name, &a) ==
               find_label(&expected, name, &b));
        expect(fp_str_eq(a, b));
    }
    expect(fp_label_index_cluster(m->index, class->id) == class->cluster);
    expect(fp_label_index_enforced(m->index, class->id) == class->enforced);
    expect(fp_label_index_profile_count(m->index, class->id) == class->n_profiles);
    for (size_t i = 0; i < class->n_profiles; i++)
        ck_assert_str(fp_label_index_profile(m->index, class->id, i),
                      profile_names[class->profiles[i]]);
}

static void check_matches(const model *m, const model_class *class)
{
    size_t n;
    const fp_match_id *ids = fp_label_index_matches(m->index, class->id, &n);
    size_t expected = 0;

    for (uint32_t i = 0; i < MAX_MATCHES; i++) {
        const model_match *match = &m->matches[i];
        bool found = false;

        if (!match->used)
            continue;
        for (size_t j = 0; j < n; j++)
            found = found || ids[j] == match->id;
        expect(found == expected_match(m, class, match->selector, match->domain));
        expected += found;
    }
    expect(n == expected);
    for (size_t i = 1; i < n; i++)
        expect(ids[i - 1] < ids[i]);
}

static bool logged(const model *m, fp_class_id class_id, fp_match_id match_id, bool matches)
{
    size_t n;
    const fp_class_transition *log = fp_label_index_transitions(m->index, &n);

    for (size_t i = 0; i < n; i++)
        if (log[i].class_id == class_id && log[i].match_id == match_id)
            return log[i].matches == matches;
    return false;
}

static void check_transitions(const model *m)
{
    size_t n;
    size_t expected = 0;
    const fp_class_transition *log = fp_label_index_transitions(m->index, &n);

    for (size_t i = 1; i < n; i++)
        expect(log[i - 1].class_id < log[i].class_id ||
               (log[i - 1].class_id == log[i].class_id && log[i - 1].match_id < log[i].match_id));
    for (uint32_t i = 0; i < MAX_CLASSES; i++) {
        const model_class *class = &m->classes[i];

        if (!class->used || !m->old_classes[i].used || class->serial != m->old_classes[i].serial)
            continue;
        for (uint32_t j = 0; j < MAX_MATCHES; j++) {
            const model_match *match = &m->matches[j];
            bool now;

            if (!match->used || !m->old_matches[j].used ||
                match->serial != m->old_matches[j].serial)
                continue;
            now = expected_match(m, class, match->selector, match->domain);
            if (now == m->old_answers[i][j])
                continue;
            expect(logged(m, class->id, match->id, now));
            expected++;
        }
    }
    expect(n == expected);
}

/* Every class that changed is told; one that changed and changed back may be. */
static void check_changed(const model *m)
{
    size_t n;
    const fp_class_id *changed = fp_label_index_changed_classes(m->index, &n);

    for (size_t j = 0; j < n; j++) {
        bool known = false;

        expect(j == 0 || changed[j - 1] < changed[j]);
        for (uint32_t i = 0; i < MAX_CLASSES; i++)
            known = known || (m->classes[i].used && m->old_classes[i].used &&
                              m->classes[i].serial == m->old_classes[i].serial &&
                              m->classes[i].id == changed[j]);
        expect(known);
    }
    for (uint32_t i = 0; i < MAX_CLASSES; i++) {
        const model_class *class = &m->classes[i];
        label_list now = effective_labels(m, class);
        bool found = false;

        if (!class->used || !m->old_classes[i].used || class->serial != m->old_classes[i].serial)
            continue;
        for (size_t j = 0; j < n; j++)
            found = found || changed[j] == class->id;
        expect(found || same_list(&now, &m->old_labels[i]));
    }
}

static void check_query(model *m)
{
    fp_selector *selector = random_selector(&m->rng);
    fp_domain domain = random_domain(&m->rng);
    fp_idset found = {0};

    ck_assert_int_eq(fp_label_index_query(m->index, selector, domain, &found), 0);
    check_classes(m, &found, selector, domain);
    for (uint32_t i = 0; i < MAX_CLASSES; i++)
        if (m->classes[i].used)
            expect(fp_label_index_try(m->index, selector, m->classes[i].id) ==
                   expected_match(m, &m->classes[i], selector, FP_DOMAIN_ALL));
    fp_idset_done(&found);
    (void)fp_selector_unref(selector);
}

static void check_everything(model *m)
{
    size_t count = 0;

    ck_assert_int_eq(fp_label_index_flush(m->index), 0);
    for (uint32_t i = 0; i < MAX_MATCHES; i++)
        if (m->matches[i].used)
            check_classes(m, fp_label_index_classes(m->index, m->matches[i].id),
                          m->matches[i].selector, m->matches[i].domain);
    for (uint32_t i = 0; i < MAX_CLASSES; i++) {
        if (!m->classes[i].used)
            continue;
        count++;
        check_labels(m, &m->classes[i]);
        check_matches(m, &m->classes[i]);
    }
    expect(fp_label_index_class_count(m->index) == count);
    check_transitions(m);
    check_changed(m);
    check_query(m);
}

static void forget(model *m)
{
    ck_assert_int_eq(fp_label_index_flush(m->index), 0);
    fp_label_index_forget(m->index);
    memcpy(m->old_classes, m->classes, sizeof(m->classes));
    memcpy(m->old_matches, m->matches, sizeof(m->matches));
    for (uint32_t i = 0; i < MAX_CLASSES; i++) {
        if (!m->classes[i].used)
            continue;
        m->old_labels[i] = effective_labels(m, &m->classes[i]);
        for (uint32_t j = 0; j < MAX_MATCHES; j++)
            if (m->matches[j].used)
                m->old_answers[i][j] =
                    expected_match(m, &m->classes[i], m->matches[j].selector, m->matches[j].domain);
    }
}

static void step(model *m)
{
    switch (fp_rng_below(&m->rng, 17)) {
    case 0:
    case 1:
    case 2:
    case 3:
        acquire(m);
        break;
    case 4:
    case 5:
        release(m);
        break;
    case 6:
    case 7:
    case 8:
        change_profile(m);
        break;
    case 9:
    case 10:
        add_selector(m);
        break;
    case 11:
        remove_selector(m);
        break;
    case 12:
        forget(m);
        break;
    case 13:
        change_uses(m);
        break;
    default:
        check_everything(m);
    }
}

/* Takes everything back; what is left is what an index has that never held anything. */
static void take_back(model *m)
{
    for (uint32_t i = 0; i < MAX_MATCHES; i++)
        while (m->matches[i].used) {
            fp_label_index_remove_selector(m->index, m->matches[i].id);
            m->matches[i].used = --m->matches[i].refs > 0;
            if (!m->matches[i].used)
                m->matches[i].selector = fp_selector_unref(m->matches[i].selector);
        }
    for (uint32_t i = 0; i < MAX_CLASSES; i++)
        while (m->classes[i].used) {
            fp_label_index_release(m->index, m->classes[i].id);
            m->classes[i].used = --m->classes[i].refs > 0;
        }
    for (uint32_t c = 0; c < CLUSTERS; c++)
        for (uint32_t p = 0; p < PROFILES; p++)
            ck_assert_int_eq(
                fp_label_index_remove_profile(m->index, c, fp_str_of(profile_names[p])), 0);
    for (uint32_t c = 0; c < CLUSTERS; c++)
        ck_assert_int_eq(fp_label_index_set_uses(m->index, c, FP_USES_ALL), 0);
    ck_assert_int_eq(fp_label_index_flush(m->index), 0);
    fp_label_index_forget(m->index);
    expect(m->index->uses.len == 0 && fp_label_index_class_count(m->index) == 0);
}

static void run(uint64_t seed, int steps)
{
    static model m;
    const fp_hash_key key = {seed * 7919, seed ^ 0x1234567};
    size_t empty;

    m = (model){.rng = {seed}};
    ck_assert_int_eq(fp_label_index_new(&key, &m.index), 0);
    empty = fp_label_index_memory(m.index);
    for (int i = 0; i < steps; i++)
        step(&m);
    check_everything(&m);
    take_back(&m);
    expect(m.index->pool.live == 0 && m.index->used_postings == 0 && m.index->terms.len == 0);
    /* Scratch may stay: a few vectors of a size that the longest call needed. */
    ck_assert_uint_le(fp_label_index_memory(m.index), empty + 40000);
    (void)fp_label_index_free(m.index);
}

START_TEST(any_sequence_of_changes_agrees_with_plain_arrays)
{
    for (uint64_t seed = 1; seed <= 60; seed++)
        run(seed, 400);
}
END_TEST

START_TEST(a_long_sequence_agrees_with_plain_arrays)
{
    run(4711, 12000);
}
END_TEST

FP_TEST_MAIN("federation/label_index-random", any_sequence_of_changes_agrees_with_plain_arrays,
             a_long_sequence_agrees_with_plain_arrays)
