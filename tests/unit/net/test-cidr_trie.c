/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/net/cidr_trie.h"

#include "libfedpol/base/vec.h"
#include "tests/support/fp_test.h"

static fp_cidr cidr_of(const char *text)
{
    fp_cidr cidr;
    bool host_bits;

    ck_assert_msg(fp_cidr_parse(fp_str_of(text), &cidr, &host_bits), "bad prefix %s", text);
    return cidr;
}

typedef struct found {
    fp_buf buf;
    size_t left; /* stop after that many */
} found;

static bool note(void *user, const fp_cidr *cidr, uint32_t value)
{
    found *f = user;

    fp_cidr_put(&f->buf, cidr);
    fp_buf_printf(&f->buf, "=%u ", value);
    return --f->left > 0;
}

typedef void (*walk_fn)(const fp_cidr_trie *, const fp_cidr *, fp_cidr_trie_fn, void *);

static void check_walk(const fp_cidr_trie *trie, walk_fn walk, const char *cidr, size_t limit,
                       const char *expected)
{
    fp_cidr key = cidr_of(cidr);
    found f = {.left = limit};

    walk(trie, &key, note, &f);
    ck_assert_str(fp_buf_str(&f.buf), expected);
    fp_buf_done(&f.buf);
}

static fp_cidr_trie *sample(void)
{
    static const char *const nets[] = {"0.0.0.0/0",   "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32",
                                       "10.2.0.0/16", "11.0.0.0/8", "fd00::/8",    "fd00::1/128"};
    fp_cidr_trie *trie = fp_cidr_trie_new();

    ck_assert_ptr_nonnull(trie);
    for (uint32_t i = 0; i < FP_ARRAY_LEN(nets); i++) {
        fp_cidr cidr = cidr_of(nets[i]);

        ck_assert_int_eq(fp_cidr_trie_set(trie, &cidr, i), 0);
    }
    return trie;
}

START_TEST(covering_prefixes_come_shortest_first)
{
    fp_cidr_trie *trie = sample();

    check_walk(trie, fp_cidr_trie_covering, "10.1.2.3", 9,
               "0.0.0.0/0=0 10.0.0.0/8=1 10.1.0.0/16=2 10.1.2.3=3 ");
    check_walk(trie, fp_cidr_trie_covering, "10.1.0.0/16", 9,
               "0.0.0.0/0=0 10.0.0.0/8=1 10.1.0.0/16=2 ");
    check_walk(trie, fp_cidr_trie_covering, "10.0.0.0/7", 9, "0.0.0.0/0=0 ");
    check_walk(trie, fp_cidr_trie_covering, "10.1.2.3", 2, "0.0.0.0/0=0 10.0.0.0/8=1 ");
    check_walk(trie, fp_cidr_trie_covering, "fd00::2", 9, "fd00::/8=6 ");
    check_walk(trie, fp_cidr_trie_covering, "::1", 9, "");
    fp_cidr_trie_free(trie);
}
END_TEST

START_TEST(covered_prefixes_come_in_order)
{
    fp_cidr_trie *trie = sample();

    check_walk(trie, fp_cidr_trie_covered, "10.0.0.0/7", 9,
               "10.0.0.0/8=1 10.1.0.0/16=2 10.1.2.3=3 10.2.0.0/16=4 11.0.0.0/8=5 ");
    check_walk(trie, fp_cidr_trie_covered, "10.1.0.0/17", 9, "10.1.2.3=3 ");
    check_walk(trie, fp_cidr_trie_covered, "10.0.0.0/7", 1, "10.0.0.0/8=1 ");
    check_walk(trie, fp_cidr_trie_covered, "12.0.0.0/8", 9, "");
    check_walk(trie, fp_cidr_trie_covered, "::/0", 9, "fd00::/8=6 fd00::1=7 ");
    fp_cidr_trie_free(trie);
}
END_TEST

START_TEST(a_second_set_replaces_the_value)
{
    fp_cidr_trie *trie = sample();
    fp_cidr cidr = cidr_of("10.1.0.0/16");
    uint32_t value = 0;

    ck_assert_int_eq(fp_cidr_trie_set(trie, &cidr, 77), 0);
    ck_assert_uint_eq(fp_cidr_trie_count(trie), 8);
    ck_assert(fp_cidr_trie_get(trie, &cidr, &value));
    ck_assert_uint_eq(value, 77);
    fp_cidr_trie_free(trie);
}
END_TEST

START_TEST(a_fork_is_no_member)
{
    fp_cidr_trie *trie = fp_cidr_trie_new();
    fp_cidr a = cidr_of("10.0.0.0/32");
    fp_cidr b = cidr_of("10.0.0.3/32");
    fp_cidr fork = cidr_of("10.0.0.0/30");
    uint32_t value = 5;

    ck_assert_int_eq(fp_cidr_trie_set(trie, &a, 1), 0);
    ck_assert_int_eq(fp_cidr_trie_set(trie, &b, 2), 0);
    ck_assert(!fp_cidr_trie_get(trie, &fork, &value));
    ck_assert(!fp_cidr_trie_remove(trie, &fork));
    ck_assert_uint_eq(value, 5);
    check_walk(trie, fp_cidr_trie_covered, "0.0.0.0/0", 9, "10.0.0.0=1 10.0.0.3=2 ");
    fp_cidr_trie_free(trie);
}
END_TEST

/* A short pool of prefixes close to each other, so that all shapes of nesting occur. */
static fp_cidr random_cidr(fp_rng *rng)
{
    fp_cidr cidr = {{.family = fp_rng_below(rng, 4) ? 4 : 6}, 0};
    unsigned bits = fp_family_bits(cidr.ip.family);
    unsigned len = fp_rng_below(rng, 3) ? bits - fp_rng_below(rng, 5) : fp_rng_below(rng, 4);

    cidr.len = (uint8_t)len;
    for (unsigned i = 0; i < len; i++)
        if ((i < 2 || i + 4 >= bits) && fp_rng_below(rng, 2))
            cidr.ip.bytes[i / 8] |= (uint8_t)(0x80u >> (i % 8));
    return cidr;
}

typedef struct model {
    FP_VEC(fp_cidr) nets;
    FP_VEC(uint32_t) values;
} model;

static size_t model_find(const model *m, const fp_cidr *cidr)
{
    size_t i = 0;

    while (i < m->nets.len && !fp_cidr_eq(&m->nets.items[i], cidr))
        i++;
    return i;
}

static void model_set(model *m, const fp_cidr *cidr, uint32_t value)
{
    size_t at = model_find(m, cidr);

    if (at == m->nets.len) {
        ck_assert_int_eq(fp_vec_push(&m->nets, *cidr), 0);
        ck_assert_int_eq(fp_vec_push(&m->values, value), 0);
    }
    m->values.items[at] = value;
}

static bool model_remove(model *m, const fp_cidr *cidr)
{
    size_t at = model_find(m, cidr);

    if (at == m->nets.len)
        return false;
    m->nets.items[at] = m->nets.items[--m->nets.len];
    m->values.items[at] = m->values.items[--m->values.len];
    return true;
}

typedef struct tally {
    const model *model;
    fp_cidr key;
    fp_cidr last;
    size_t n;
    bool covering;
} tally;

static bool count_one(void *user, const fp_cidr *cidr, uint32_t value)
{
    tally *t = user;
    size_t at = model_find(t->model, cidr);

    ck_assert_uint_lt(at, t->model->nets.len);
    ck_assert_uint_eq(value, t->model->values.items[at]);
    ck_assert(t->covering ? fp_cidr_contains(cidr, &t->key) : fp_cidr_contains(&t->key, cidr));
    if (t->n > 0)
        ck_assert_int_lt(fp_cidr_cmp(&t->last, cidr), 0);
    t->last = *cidr;
    t->n++;
    return true;
}

static void check_against(const fp_cidr_trie *trie, const model *m, const fp_cidr *key)
{
    size_t covering = 0;
    size_t covered = 0;
    tally t = {.model = m, .key = *key, .covering = true};

    for (size_t i = 0; i < m->nets.len; i++) {
        covering += fp_cidr_contains(&m->nets.items[i], key);
        covered += fp_cidr_contains(key, &m->nets.items[i]);
    }
    fp_cidr_trie_covering(trie, key, count_one, &t);
    ck_assert_uint_eq(t.n, covering);
    t.n = 0;
    t.covering = false;
    fp_cidr_trie_covered(trie, key, count_one, &t);
    ck_assert_uint_eq(t.n, covered);
}

START_TEST(random_changes_agree_with_a_list)
{
    fp_rng rng = {4711};
    fp_cidr_trie *trie = fp_cidr_trie_new();
    model m = {0};

    for (uint32_t i = 0; i < 6000; i++) {
        fp_cidr cidr = random_cidr(&rng);
        fp_cidr key = random_cidr(&rng);

        /* Phases that grow and phases that shrink. */
        if (fp_rng_below(&rng, 100) < (i / 500 % 2 ? 25u : 75u)) {
            ck_assert_int_eq(fp_cidr_trie_set(trie, &cidr, i), 0);
            model_set(&m, &cidr, i);
        } else {
            ck_assert_int_eq(fp_cidr_trie_remove(trie, &cidr), model_remove(&m, &cidr));
        }
        ck_assert_uint_eq(fp_cidr_trie_count(trie), m.nets.len);
        check_against(trie, &m, &key);
    }
    while (m.nets.len > 0) {
        fp_cidr cidr = m.nets.items[0];

        ck_assert(fp_cidr_trie_remove(trie, &cidr) && model_remove(&m, &cidr));
    }
    fp_cidr_trie_free(trie);
    fp_vec_done(&m.nets);
    fp_vec_done(&m.values);
}
END_TEST

START_TEST(the_deepest_nesting_is_walked)
{
    fp_cidr_trie *trie = fp_cidr_trie_new();
    fp_cidr all = {{.family = 6}, 0};
    model m = {0};

    for (unsigned len = 0; len <= 128; len++) {
        fp_cidr cidr = {{.family = 6}, (uint8_t)len};

        ck_assert_int_eq(fp_cidr_trie_set(trie, &cidr, len), 0);
        model_set(&m, &cidr, len);
        if (len > 0) {
            cidr.ip.bytes[(len - 1) / 8] = (uint8_t)(0x80u >> ((len - 1) % 8));
            ck_assert_int_eq(fp_cidr_trie_set(trie, &cidr, 1000 + len), 0);
            model_set(&m, &cidr, 1000 + len);
        }
    }
    check_against(trie, &m, &all);
    fp_cidr_trie_free(trie);
    fp_vec_done(&m.nets);
    fp_vec_done(&m.values);
}
END_TEST

START_TEST(an_emptied_trie_holds_nothing)
{
    fp_rng rng = {12};
    model m = {0};
    fp_cidr_trie *trie;

    for (uint32_t i = 0; i < 200; i++) {
        fp_cidr cidr = random_cidr(&rng);

        model_set(&m, &cidr, i);
    }
    ck_assert_uint_gt(m.nets.len, 50);
    fp_test_count_allocs();
    trie = fp_cidr_trie_new();
    for (size_t i = 0; i < m.nets.len; i++)
        ck_assert_int_eq(fp_cidr_trie_set(trie, &m.nets.items[i], 1), 0);
    for (size_t i = 0; i < m.nets.len; i++)
        ck_assert(fp_cidr_trie_remove(trie, &m.nets.items[i]));
    ck_assert_uint_eq(fp_test_live_allocs(), 1);
    fp_cidr_trie_free(trie);
    fp_alloc_set(NULL);
    fp_vec_done(&m.nets);
    fp_vec_done(&m.values);
}
END_TEST

static int grow_and_shrink(void *user)
{
    fp_cidr_trie *trie = fp_cidr_trie_new();
    fp_rng rng = {1};
    int r = trie ? 0 : FEDPOL_E_NOMEM;

    (void)user;
    for (uint32_t i = 0; r == 0 && i < 40; i++) {
        fp_cidr cidr = random_cidr(&rng);
        size_t before = fp_cidr_trie_count(trie);

        r = fp_cidr_trie_set(trie, &cidr, i);
        if (r < 0)
            ck_assert_uint_eq(fp_cidr_trie_count(trie), before);
    }
    fp_cidr_trie_free(trie);
    return r;
}

START_TEST(out_of_memory_changes_nothing)
{
    fp_test_oom(grow_and_shrink, NULL);
}
END_TEST

FP_TEST_MAIN("net/cidr_trie", covering_prefixes_come_shortest_first, covered_prefixes_come_in_order,
             a_second_set_replaces_the_value, a_fork_is_no_member, random_changes_agree_with_a_list,
             the_deepest_nesting_is_walked, an_emptied_trie_holds_nothing,
             out_of_memory_changes_nothing)
