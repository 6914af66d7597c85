/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/label_index.h"

#include <stdlib.h>

#include "libfedpol/federation/label_index_internal.h"
#include "tests/support/fp_test.h"

#define MAX_ITEMS 8u

static const fp_hash_key hash_key = {1, 2};

static fp_label_index *new_index(void)
{
    fp_label_index *index;

    ck_assert_int_eq(fp_label_index_new(&hash_key, &index), 0);
    return index;
}

/* Splits "a=1 b=2" into labels; the text must outlive them. */
static size_t read_labels(const char *text, fp_label *ret)
{
    fp_str rest = fp_str_of(text);
    size_t n = 0;

    while (rest.len > 0) {
        ptrdiff_t space = fp_str_find_byte(rest, ' ');
        size_t end = space < 0 ? rest.len : (size_t)space;
        fp_str item = fp_str_sub(rest, 0, end);
        size_t equals = (size_t)fp_str_find_byte(item, '=');

        ck_assert_uint_lt(n, MAX_ITEMS);
        ret[n++] = (fp_label){fp_str_sub(item, 0, equals), fp_str_sub(item, equals + 1, item.len)};
        rest = fp_str_sub(rest, space < 0 ? end : end + 1, rest.len);
    }
    return n;
}

/* PROFILE is NULL for none. */
static int acquire(fp_label_index *index, uint32_t cluster, bool enforced, const char *text,
                   const char *profile, fp_class_id *ret)
{
    fp_label labels[MAX_ITEMS];
    fp_str name = fp_str_of(profile);

    return fp_label_index_acquire(index, cluster, enforced, labels, read_labels(text, labels),
                                  &name, profile != NULL, ret);
}

static int set_profile(fp_label_index *index, uint32_t cluster, const char *name, const char *text)
{
    fp_label labels[MAX_ITEMS];

    return fp_label_index_set_profile(index, cluster, fp_str_of(name), labels,
                                      read_labels(text, labels));
}

static int add(fp_label_index *index, const char *text, fp_domain domain, fp_match_id *ret)
{
    fp_selector *selector;
    int r = fp_selector_parse(fp_str_of(text), &selector, NULL);

    if (r < 0)
        return r;
    r = fp_label_index_add_selector(index, selector, domain, ret);
    (void)fp_selector_unref(selector);
    return r;
}

static fp_class_id must_acquire(fp_label_index *index, uint32_t cluster, const char *text,
                                const char *profile)
{
    fp_class_id id;

    ck_assert_int_eq(acquire(index, cluster, false, text, profile, &id), 0);
    return id;
}

static fp_match_id must_add(fp_label_index *index, const char *text)
{
    fp_match_id id;

    ck_assert_int_eq(add(index, text, FP_DOMAIN_ALL, &id), 0);
    return id;
}

static void must_flush(fp_label_index *index)
{
    ck_assert_int_eq(fp_label_index_flush(index), 0);
}

static bool matches(const fp_label_index *index, fp_match_id match, fp_class_id id)
{
    return fp_idset_has(fp_label_index_classes(index, match), id);
}

/* Nothing that was interned, posted or filed is left behind. */
static void check_nothing_left(const fp_label_index *index)
{
    ck_assert_uint_eq(fp_label_index_class_count(index), 0);
    ck_assert_uint_eq(index->pool.live, 0);
    ck_assert_uint_eq(index->used_postings, 0);
    ck_assert_uint_eq(index->terms.len, 0);
    ck_assert_uint_eq(index->profiles.used, 0);
    ck_assert_uint_eq(index->inherits.used, 0);
    ck_assert_uint_eq(index->matches.used, 0);
}

START_TEST(endpoints_that_look_the_same_share_a_class)
{
    fp_label_index *index = new_index();
    fp_class_id a = must_acquire(index, 1, "app=web env=prod", "kns.shop");
    fp_class_id enforced;

    ck_assert_uint_eq(must_acquire(index, 1, "app=web env=prod", "kns.shop"), a);
    ck_assert_uint_ne(must_acquire(index, 2, "app=web env=prod", "kns.shop"), a);
    ck_assert_uint_ne(must_acquire(index, 1, "app=web env=prod", NULL), a);
    ck_assert_uint_ne(must_acquire(index, 1, "app=web env=test", "kns.shop"), a);
    ck_assert_uint_ne(must_acquire(index, 1, "app=web", "kns.shop"), a);
    ck_assert_int_eq(acquire(index, 1, true, "app=web env=prod", "kns.shop", &enforced), 0);
    ck_assert_uint_ne(enforced, a);
    ck_assert_uint_eq(fp_label_index_class_count(index), 6);
    fp_label_index_release(index, a);
    ck_assert_uint_eq(fp_label_index_class_count(index), 6);
    fp_label_index_release(index, a);
    ck_assert_uint_eq(fp_label_index_class_count(index), 5);
    (void)fp_label_index_free(index);
}
END_TEST

START_TEST(own_labels_win_over_profiles_and_earlier_profiles_over_later)
{
    fp_label_index *index = new_index();
    const fp_str profiles[] = {FP_STR_INIT("first"), FP_STR_INIT("second")};
    const fp_label own[] = {{FP_STR_INIT("a"), FP_STR_INIT("own")}};
    fp_label all[3];
    fp_class_id id;

    ck_assert_int_eq(set_profile(index, 1, "second", "a=2 b=2 c=2"), 0);
    ck_assert_int_eq(set_profile(index, 1, "first", "a=1 b=1"), 0);
    /* The same name in another cluster lends nothing. */
    ck_assert_int_eq(set_profile(index, 2, "first", "d=other"), 0);
    ck_assert_int_eq(fp_label_index_acquire(index, 1, false, own, 1, profiles, 2, &id), 0);
    must_flush(index);
    ck_assert_uint_eq(fp_label_index_label_count(index, id), 3);
    fp_label_index_labels(index, id, all);
    ck_assert_str(all[0].name, "a");
    ck_assert_str(all[0].value, "own");
    ck_assert_str(all[1].name, "b");
    ck_assert_str(all[1].value, "1");
    ck_assert_str(all[2].name, "c");
    ck_assert_str(all[2].value, "2");
    (void)fp_label_index_free(index);
}
END_TEST

START_TEST(a_domain_narrows_a_selector)
{
    fp_label_index *index = new_index();
    fp_class_id remote = must_acquire(index, 1, "app=web", NULL);
    fp_class_id local = must_acquire(index, FP_LOCAL_CLUSTER, "app=web", NULL);
    fp_class_id enforced;
    fp_match_id ids[3];

    ck_assert_int_eq(acquire(index, FP_LOCAL_CLUSTER, true, "app=web", NULL, &enforced), 0);
    for (int domain = FP_DOMAIN_ALL; domain <= FP_DOMAIN_ENFORCED; domain++)
        ck_assert_int_eq(add(index, "app == 'web'", (fp_domain)domain, &ids[domain]), 0);
    ck_assert(matches(index, ids[FP_DOMAIN_ALL], remote));
    ck_assert(matches(index, ids[FP_DOMAIN_ALL], enforced));
    ck_assert(!matches(index, ids[FP_DOMAIN_LOCAL], remote));
    ck_assert(matches(index, ids[FP_DOMAIN_LOCAL], local));
    ck_assert(!matches(index, ids[FP_DOMAIN_ENFORCED], local));
    ck_assert(matches(index, ids[FP_DOMAIN_ENFORCED], enforced));
    (void)fp_label_index_free(index);
}
END_TEST

START_TEST(equal_selectors_are_one)
{
    fp_label_index *index = new_index();
    fp_match_id a = must_add(index, "app == 'web' && has(x)");

    ck_assert_uint_eq(must_add(index, "app==\"web\"&&has(x)"), a);
    ck_assert_uint_ne(must_add(index, "has(x) && app == 'web'"), a);
    fp_label_index_remove_selector(index, a);
    ck_assert_uint_eq(must_add(index, "app == 'web' && has(x)"), a);
    (void)fp_label_index_free(index);
}
END_TEST

START_TEST(a_selector_that_comes_late_knows_classes_that_were_never_flushed)
{
    fp_label_index *index = new_index();
    fp_class_id id = must_acquire(index, 1, "app=web", "kns.shop");

    ck_assert(matches(index, must_add(index, "app != 'db'"), id));
    ck_assert_int_eq(set_profile(index, 1, "kns.shop", "env=prod"), 0);
    ck_assert(matches(index, must_add(index, "env starts with 'pr'"), id));
    (void)fp_label_index_free(index);
}
END_TEST

START_TEST(relabelling_a_profile_tells_exactly_what_changed)
{
    fp_label_index *index = new_index();
    fp_class_id web = must_acquire(index, 1, "app=web", "kns.shop");
    fp_class_id own = must_acquire(index, 1, "app=web env=own", "kns.shop");
    fp_match_id prod = must_add(index, "env == 'prod' || app == 'db'");
    fp_match_id test = must_add(index, "env == 'test'");
    const fp_class_transition *log;
    const fp_class_id *changed;
    size_t n;

    (void)must_acquire(index, 2, "app=web", "kns.shop");
    ck_assert_int_eq(set_profile(index, 1, "kns.shop", "env=prod"), 0);
    must_flush(index);
    fp_label_index_forget(index);
    ck_assert_int_eq(set_profile(index, 1, "kns.shop", "env=test"), 0);
    must_flush(index);
    log = fp_label_index_transitions(index, &n);
    ck_assert_uint_eq(n, 2);
    for (size_t i = 0; i < n; i++) {
        ck_assert_uint_eq(log[i].class_id, web);
        ck_assert(log[i].matches == (log[i].match_id == test));
    }
    ck_assert(log[0].match_id != log[1].match_id);
    changed = fp_label_index_changed_classes(index, &n);
    ck_assert_uint_eq(n, 1);
    ck_assert_uint_eq(changed[0], web);
    ck_assert(!matches(index, prod, own));
    /* There and back again is no change. */
    ck_assert_int_eq(set_profile(index, 1, "kns.shop", "env=prod"), 0);
    must_flush(index);
    (void)fp_label_index_transitions(index, &n);
    ck_assert_uint_eq(n, 0);
    (void)fp_label_index_free(index);
}
END_TEST

START_TEST(what_ended_since_the_last_forget_is_not_told)
{
    fp_label_index *index = new_index();
    fp_class_id id = must_acquire(index, 1, "app=web", "kns.shop");
    fp_match_id prod = must_add(index, "env == 'prod'");
    fp_match_id kept = must_add(index, "has(env)");
    size_t n;

    must_flush(index);
    fp_label_index_forget(index);
    ck_assert_int_eq(set_profile(index, 1, "kns.shop", "env=prod"), 0);
    must_flush(index);
    (void)fp_label_index_transitions(index, &n);
    ck_assert_uint_eq(n, 2);
    fp_label_index_remove_selector(index, prod);
    ck_assert_uint_eq(must_add(index, "env != 'prod'"), prod);
    ck_assert_uint_eq(fp_label_index_transitions(index, &n)->match_id, kept);
    ck_assert_uint_eq(n, 1);
    fp_label_index_release(index, id);
    ck_assert_uint_eq(must_acquire(index, 1, "app=db", "kns.shop"), id);
    must_flush(index);
    (void)fp_label_index_transitions(index, &n);
    ck_assert_uint_eq(n, 0);
    (void)fp_label_index_free(index);
}
END_TEST

START_TEST(answers_follow_every_change)
{
    fp_label_index *index = new_index();
    fp_class_id id = must_acquire(index, 1, "app=web", "kns.shop");
    fp_match_id web = must_add(index, "app == 'web'");
    size_t n;

    must_flush(index);
    ck_assert_uint_eq(*fp_label_index_matches(index, id, &n), web);
    ck_assert_uint_eq(n, 1);
    (void)must_add(index, "env == 'prod'");
    (void)fp_label_index_matches(index, id, &n);
    ck_assert_uint_eq(n, 1);
    ck_assert_int_eq(set_profile(index, 1, "kns.shop", "env=prod"), 0);
    must_flush(index);
    (void)fp_label_index_matches(index, id, &n);
    ck_assert_uint_eq(n, 2);
    fp_label_index_remove_selector(index, web);
    (void)fp_label_index_matches(index, id, &n);
    ck_assert_uint_eq(n, 1);
    fp_label_index_release(index, id);
    ck_assert_uint_eq(must_acquire(index, 1, "app=web env=x", "kns.shop"), id);
    must_flush(index);
    (void)fp_label_index_matches(index, id, &n);
    ck_assert_uint_eq(n, 0);
    (void)fp_label_index_free(index);
}
END_TEST

/* The record of the name "a" becomes that of the value "a": nobody may take one for the other. */
START_TEST(a_name_that_went_is_not_guessed_again)
{
    fp_label_index *index = new_index();
    fp_class_id id = must_acquire(index, 1, "a=b", NULL);

    (void)must_acquire(index, 1, "keeps=memory", NULL);
    ck_assert_uint_eq(must_acquire(index, 1, "a=b", NULL), id);
    fp_label_index_release(index, id);
    fp_label_index_release(index, id);
    (void)must_acquire(index, 1, "a.very.different.name=z b.very.different.name=a", NULL);
    id = must_acquire(index, 1, "a=q", NULL);
    ck_assert_uint_eq(must_acquire(index, 1, "a=q", NULL), id);
    (void)fp_label_index_free(index);
}
END_TEST

START_TEST(labels_of_any_bytes_and_length_are_told_apart)
{
    static const size_t lengths[] = {0, 1, 62, 63, 64, 254, 255, 256, 65534, 65535, 65536, 1048576};
    char *text = malloc(1048576);
    fp_label_index *index = new_index();
    size_t empty = fp_label_index_memory(index);
    fp_class_id ids[FP_ARRAY_LEN(lengths)];

    ck_assert_ptr_nonnull(text);
    memset(text, '\0', 1048576);
    for (size_t i = 0; i < FP_ARRAY_LEN(lengths); i++) {
        const fp_label label = {{text, lengths[i]}, {text, lengths[i]}};
        fp_str value;

        ck_assert_int_eq(fp_label_index_acquire(index, 1, false, &label, 1, NULL, 0, &ids[i]), 0);
        ck_assert(fp_label_index_get(index, ids[i], label.name, &value));
        ck_assert(fp_str_eq(value, label.value));
    }
    ck_assert_uint_eq(fp_label_index_class_count(index), FP_ARRAY_LEN(lengths));
    for (size_t i = 0; i < FP_ARRAY_LEN(lengths); i++)
        fp_label_index_release(index, ids[i]);
    ck_assert_uint_le(fp_label_index_memory(index), empty + 64);
    (void)fp_label_index_free(index);
    free(text);
}
END_TEST

/* A class of many labels, a selector of many values, a profile of many classes. */
START_TEST(large_numbers_go_through_every_path)
{
    enum { CLASSES = 3000 };
    static char text[CLASSES][8];
    fp_label_index *index = new_index();
    size_t empty = fp_label_index_memory(index);
    fp_buf selector = {0};
    fp_match_id ids[4];
    const fp_idset *classes;
    size_t n;

    fp_buf_puts(&selector, "pod in {");
    for (int i = 0; i < CLASSES; i++) {
        const fp_label labels[] = {{FP_STR_INIT("app"), FP_STR_INIT("web")},
                                   {FP_STR_INIT("pod"), {text[i], 5}}};
        const fp_str profile = FP_STR("kns.shop");
        fp_class_id id;

        text[i][0] = 'p';
        for (int j = 0, rest = i; j < 4; j++, rest /= 10)
            text[i][4 - j] = (char)('0' + rest % 10);
        if (i % 2)
            fp_buf_printf(&selector, "%s'%s'", i == 1 ? "" : ", ", text[i]);
        ck_assert_int_eq(fp_label_index_acquire(index, 1, false, labels, 2, &profile, 1, &id), 0);
    }
    fp_buf_puts(&selector, "}");
    ids[0] = must_add(index, selector.data);
    ids[1] = must_add(index, "env != 'prod'");
    ids[2] = must_add(index, "pod ends with '7'");
    ids[3] = must_add(index, "env == 'prod' && !(pod contains '99')");
    ck_assert_uint_eq(fp_label_index_classes(index, ids[0])->count, CLASSES / 2);
    ck_assert_uint_eq(fp_label_index_classes(index, ids[1])->count, CLASSES);
    ck_assert_uint_eq(fp_label_index_classes(index, ids[2])->count, CLASSES / 10);
    ck_assert_uint_eq(fp_label_index_classes(index, ids[3])->count, 0);
    fp_label_index_forget(index);
    ck_assert_int_eq(set_profile(index, 1, "kns.shop", "env=prod"), 0);
    must_flush(index);
    ck_assert_uint_eq(fp_label_index_classes(index, ids[1])->count, 0);
    /* 99, 199 … 2999, 990 … 998, 1990 … 1998, 2990 … 2998 */
    ck_assert_uint_eq(fp_label_index_classes(index, ids[3])->count, CLASSES - 30 - 27);
    (void)fp_label_index_transitions(index, &n);
    ck_assert_uint_eq(n, CLASSES + CLASSES - 30 - 27);
    classes = fp_label_index_classes(index, ids[0]);
    for (uint32_t id = fp_idset_next(classes, 0); id != UINT32_MAX;
         id = fp_idset_next(classes, id + 1))
        ck_assert(fp_label_index_try(index, fp_label_index_selector(index, ids[0]), id));
    for (int i = 0; i < 4; i++)
        fp_label_index_remove_selector(index, ids[i]);
    for (fp_class_id id = 0; id < CLASSES; id++)
        fp_label_index_release(index, id);
    ck_assert_int_eq(fp_label_index_remove_profile(index, 1, FP_STR("kns.shop")), 0);
    must_flush(index);
    fp_label_index_forget(index);
    check_nothing_left(index);
    ck_assert_uint_le(fp_label_index_memory(index), empty + 4096);
    fp_buf_done(&selector);
    (void)fp_label_index_free(index);
}
END_TEST

typedef struct story {
    fp_label_index *index;
    fp_class_id classes[24];
    size_t n_classes;
    fp_match_id matches[8];
    size_t n_matches;
} story;

/* One failure is survived by calling again: nothing was lost and nothing half done. */
#define TWICE(call) ((call) < 0 ? (call) : 0)

static int acquire_many(story *s)
{
    static const char *const texts[] = {"app=web", "app=db",      "app=web env=own",
                                        "x=1 y=2", "app=w x=own", ""};

    for (size_t i = 0; i < 24; i++) {
        fp_class_id id;

        fp_try(TWICE(acquire(s->index, (uint32_t)(i / 12), i % 2, texts[i % 6],
                             i % 12 < 6 ? "kns.shop" : "kns.bank", &id)));
        s->classes[s->n_classes++] = id;
    }
    return 0;
}

static int add_many(story *s)
{
    static const char *const texts[] = {"env == 'prod' || x == '1'",
                                        "env != 'prod'",
                                        "has(env)",
                                        "app starts with 'w' && env in {'prod', 'own'}",
                                        "!(x == 'own') && !has(y)",
                                        "env contains 'o'"};

    for (size_t i = 0; i < 6; i++) {
        fp_match_id id;

        fp_try(TWICE(add(s->index, texts[i], (fp_domain)(i % 3), &id)));
        s->matches[s->n_matches++] = id;
    }
    return 0;
}

/* Sets of classes, lists of selectors and plain evaluation say the same. */
static void check_story(const story *s)
{
    for (size_t i = 0; i < s->n_classes; i++) {
        size_t n;
        const fp_match_id *ids = fp_label_index_matches(s->index, s->classes[i], &n);

        for (size_t j = 0; j < s->n_matches; j++) {
            const fp_selector *selector = fp_label_index_selector(s->index, s->matches[j]);
            bool inside = j % 3 == 0 ||
                          (j % 3 == 1 && fp_label_index_cluster(s->index, s->classes[i]) == 0) ||
                          (j % 3 == 2 && fp_label_index_enforced(s->index, s->classes[i]));
            bool expected = inside && fp_label_index_try(s->index, selector, s->classes[i]);
            bool listed = false;

            for (size_t k = 0; k < n; k++)
                listed = listed || ids[k] == s->matches[j];
            ck_assert(matches(s->index, s->matches[j], s->classes[i]) == expected);
            ck_assert(listed == expected);
        }
    }
}

/* A flush that failed did some of its batches and left the others as they were. */
static int flush_twice(const story *s)
{
    if (fp_label_index_flush(s->index) == 0)
        return 0;
    check_story(s);
    return fp_label_index_flush(s->index);
}

static int tell(story *s)
{
    fp_idset found = {0};
    int r;

    fp_try(TWICE(set_profile(s->index, 1, "kns.shop", "env=prod x=1")));
    fp_try(acquire_many(s));
    fp_try(add_many(s));
    check_story(s);
    fp_label_index_forget(s->index);
    fp_try(TWICE(set_profile(s->index, 1, "kns.shop", "app=none")));
    fp_try(TWICE(set_profile(s->index, 1, "kns.shop", "env=test")));
    fp_try(TWICE(set_profile(s->index, 0, "kns.bank", "env=prod y=1")));
    fp_try(flush_twice(s));
    check_story(s);
    fp_try(TWICE(fp_label_index_remove_profile(s->index, 1, FP_STR("kns.shop"))));
    fp_label_index_release(s->index, s->classes[--s->n_classes]);
    fp_try(flush_twice(s));
    check_story(s);
    r = TWICE(fp_label_index_query(s->index, fp_label_index_selector(s->index, s->matches[0]),
                                   FP_DOMAIN_ALL, &found));
    if (r == 0)
        ck_assert_uint_eq(found.count, fp_label_index_classes(s->index, s->matches[0])->count);
    fp_idset_done(&found);
    return r;
}

/* Also after a failure everything can be given back, and nothing stays. */
static int scenario(void *user)
{
    story s = {0};
    int r = fp_label_index_new(&hash_key, &s.index);

    (void)user;
    if (r < 0)
        return r;
    r = tell(&s);
    while (s.n_matches > 0)
        fp_label_index_remove_selector(s.index, s.matches[--s.n_matches]);
    while (s.n_classes > 0)
        fp_label_index_release(s.index, s.classes[--s.n_classes]);
    /* What only gives back needs no memory. */
    ck_assert_int_eq(fp_label_index_remove_profile(s.index, 0, FP_STR("kns.bank")), 0);
    ck_assert_int_eq(fp_label_index_remove_profile(s.index, 1, FP_STR("kns.shop")), 0);
    must_flush(s.index);
    check_nothing_left(s.index);
    (void)fp_label_index_free(s.index);
    return r;
}

START_TEST(running_out_of_memory_anywhere_leaves_it_right)
{
    fp_test_oom(scenario, NULL);
}
END_TEST

FP_TEST_MAIN("federation/label_index", endpoints_that_look_the_same_share_a_class,
             own_labels_win_over_profiles_and_earlier_profiles_over_later,
             a_domain_narrows_a_selector, equal_selectors_are_one,
             a_selector_that_comes_late_knows_classes_that_were_never_flushed,
             relabelling_a_profile_tells_exactly_what_changed,
             what_ended_since_the_last_forget_is_not_told, answers_follow_every_change,
             a_name_that_went_is_not_guessed_again, labels_of_any_bytes_and_length_are_told_apart,
             large_numbers_go_through_every_path, running_out_of_memory_anywhere_leaves_it_right)
