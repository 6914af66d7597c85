/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/idset.h"

#include <fedpol/error.h>

#include "libfedpol/base/index.h"
#include "tests/support/fp_test.h"

#define MODEL_IDS 6000u

typedef struct model {
    bool has[MODEL_IDS];
} model;

/* The set and the model hold the same, by every way of reading. */
static void check_same(const fp_idset *set, const model *m)
{
    fp_idset_iter it = fp_idset_each(set);
    uint32_t next = fp_idset_next(set, 0);
    uint32_t count = 0;
    uint32_t wrong = 0;
    uint32_t id;

    for (uint32_t i = 0; i < MODEL_IDS; i++) {
        wrong += fp_idset_has(set, i) != m->has[i];
        if (!m->has[i])
            continue;
        wrong += !fp_idset_step(&it, &id) || id != i;
        wrong += next != i;
        next = fp_idset_next(set, i + 1);
        count++;
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert(!fp_idset_step(&it, &id));
    ck_assert_uint_eq(next, FP_NO_ID);
    ck_assert_uint_eq(set->count, count);
}

/* Spreads that end as one member, a vector and a bit set. */
static uint32_t random_id(fp_rng *rng, uint32_t spread)
{
    return fp_rng_below(rng, 3) ? fp_rng_below(rng, spread) : fp_rng_below(rng, MODEL_IDS);
}

static void fill(fp_rng *rng, fp_idset *set, model *m)
{
    static const uint32_t spreads[] = {1, 40, 300, MODEL_IDS};
    static const uint32_t counts[] = {0, 1, 2, 20, 200, 3000};
    uint32_t spread = spreads[fp_rng_below(rng, 4)];
    uint32_t count = counts[fp_rng_below(rng, 6)];
    uint32_t wrong = 0;

    *set = (fp_idset){0};
    *m = (model){{false}};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t id = random_id(rng, spread);

        wrong += fp_idset_add(set, id) != !m->has[id];
        m->has[id] = true;
    }
    ck_assert_uint_eq(wrong, 0);
}

START_TEST(adding_and_removing_agrees_with_a_plain_array)
{
    fp_rng rng = {1};

    for (int round = 0; round < 60; round++) {
        fp_idset set;
        model m;
        uint32_t wrong = 0;

        fill(&rng, &set, &m);
        check_same(&set, &m);
        for (int i = 0; i < 6000; i++) {
            uint32_t id = random_id(&rng, 300);

            if (fp_rng_below(&rng, 3) == 0) {
                wrong += fp_idset_add(&set, id) != !m.has[id];
                m.has[id] = true;
            } else {
                wrong += fp_idset_remove(&set, id) != m.has[id];
                m.has[id] = false;
            }
        }
        ck_assert_uint_eq(wrong, 0);
        check_same(&set, &m);
        fp_idset_done(&set);
    }
}
END_TEST

START_TEST(algebra_agrees_with_plain_arrays)
{
    fp_rng rng = {2};

    for (int round = 0; round < 500; round++) {
        fp_idset a;
        fp_idset b;
        model ma;
        model mb;
        uint32_t op = fp_rng_below(&rng, 4);

        fill(&rng, &a, &ma);
        fill(&rng, &b, &mb);
        for (uint32_t i = 0; i < MODEL_IDS; i++) {
            bool results[] = {ma.has[i] || mb.has[i], ma.has[i] && mb.has[i],
                              ma.has[i] && !mb.has[i], mb.has[i]};

            ma.has[i] = results[op];
        }
        ck_assert_int_eq(op == 0   ? fp_idset_or(&a, &b)
                         : op == 1 ? fp_idset_and(&a, &b)
                         : op == 2 ? fp_idset_and_not(&a, &b)
                                   : fp_idset_copy(&a, &b),
                         0);
        check_same(&a, &ma);
        check_same(&b, &mb);
        fp_idset_done(&a);
        fp_idset_done(&b);
    }
}
END_TEST

START_TEST(memory_follows_the_members)
{
    fp_idset set = {0};

    ck_assert_int_eq(fp_idset_add(&set, 4000000000u), 1);
    ck_assert_uint_eq(fp_idset_memory(&set), 0);
    for (uint32_t i = 0; i < 100000; i++)
        if (fp_idset_add(&set, i) != 1)
            ck_abort();
    /* The outlier keeps it from being a bit set of half a gigabyte. */
    ck_assert_uint_le(fp_idset_memory(&set), 700000);
    ck_assert(fp_idset_remove(&set, 4000000000u));
    for (uint32_t i = 2; i < 100000; i++)
        if (!fp_idset_remove(&set, i))
            ck_abort();
    ck_assert_uint_le(fp_idset_memory(&set), 64);
    ck_assert(fp_idset_remove(&set, 0));
    ck_assert_uint_eq(fp_idset_memory(&set), 0);
    ck_assert_uint_eq(fp_idset_next(&set, 0), 1);
    fp_idset_clear(&set);
    ck_assert_uint_eq(set.count, 0);
}
END_TEST

START_TEST(a_dense_set_costs_a_bit_each)
{
    fp_idset set = {0};

    for (uint32_t i = 0; i < 100000; i++)
        if (fp_idset_add(&set, i) != 1)
            ck_abort();
    ck_assert_uint_le(fp_idset_memory(&set), 100000 / 8 * 5 / 4);
    /* An outlier costs a vector, not a bit set up to it. */
    ck_assert_int_eq(fp_idset_add(&set, 3000000000u), 1);
    ck_assert_uint_le(fp_idset_memory(&set), 600000);
    ck_assert_uint_eq(fp_idset_next(&set, 100000), 3000000000u);
    fp_idset_done(&set);
}
END_TEST

static int algebra_scenario(void *user)
{
    fp_idset sets[4] = {{0}};
    fp_rng rng = {*(const uint64_t *)user};
    int r = 0;

    for (uint32_t i = 0; r >= 0 && i < 300; i++)
        r = fp_idset_add(&sets[fp_rng_below(&rng, 3)], fp_rng_below(&rng, 900));
    for (uint32_t i = 0; r >= 0 && i < 40; i++) {
        const fp_idset *src = &sets[fp_rng_below(&rng, 3)];
        fp_idset *dst = &sets[3];

        switch (fp_rng_below(&rng, 4)) {
        case 0:
            r = fp_idset_or(dst, src);
            break;
        case 1:
            r = fp_idset_and(dst, src);
            break;
        case 2:
            r = fp_idset_and_not(dst, src);
            break;
        default:
            r = fp_idset_copy(dst, src);
        }
    }
    for (uint32_t i = 0; i < 4; i++)
        fp_idset_done(&sets[i]);
    return r < 0 ? r : 0;
}

START_TEST(running_out_of_memory_leaks_nothing)
{
    for (uint64_t seed = 1; seed < 8; seed++)
        fp_test_oom(algebra_scenario, &seed);
}
END_TEST

static int add_scenario(void *user)
{
    fp_idset set = {0};
    uint32_t count = 0;
    int r = 0;

    (void)user;
    for (uint32_t i = 0; r >= 0 && i < 200; i++) {
        r = fp_idset_add(&set, i * 3);
        count += r == 1;
        ck_assert_uint_eq(set.count, count);
        ck_assert(fp_idset_has(&set, i * 3) == (r == 1));
    }
    fp_idset_done(&set);
    return r < 0 ? r : 0;
}

START_TEST(a_failed_add_changes_nothing)
{
    fp_test_oom(add_scenario, NULL);
}
END_TEST

FP_TEST_MAIN("base/idset", adding_and_removing_agrees_with_a_plain_array,
             algebra_agrees_with_plain_arrays, memory_follows_the_members,
             a_dense_set_costs_a_bit_each, running_out_of_memory_leaks_nothing,
             a_failed_add_changes_nothing)
