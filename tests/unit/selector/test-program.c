/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/selector/program.h"

#include "libfedpol/base/check.h"
#include "tests/support/fp_test.h"
#include "tests/unit/selector/random_selector.h"

#define NAME_BASE 7u
#define PAIR_BASE 100u
#define FILLER_BASE 1000u
#define MAX_FILLERS 16u

static int resolve_name(void *owner, fp_str name, uint32_t *ret)
{
    (void)owner;
    for (uint32_t i = 0; i < RANDOM_NAMES; i++) {
        if (fp_str_is(name, random_names[i])) {
            *ret = NAME_BASE + i;
            return 0;
        }
    }
    return FEDPOL_E_NOT_FOUND;
}

/* Pairs come in another order than values, so that sets must be sorted by id. */
static int resolve_pair(void *owner, fp_str name, fp_str value, uint32_t *ret)
{
    uint32_t id;
    int r = resolve_name(owner, name, &id);

    if (r < 0)
        return r;
    for (uint32_t i = 0; i < RANDOM_VALUES; i++) {
        if (fp_str_is(value, random_values[i])) {
            *ret = PAIR_BASE + (id - NAME_BASE) * 10 + (i * 5) % RANDOM_VALUES;
            return 0;
        }
    }
    return FEDPOL_E_NOT_FOUND;
}

static fp_str pair_value(const void *owner, uint32_t pair)
{
    uint32_t place = (pair - PAIR_BASE) % 10;

    ck_assert_ptr_eq(owner, random_values);
    ck_assert_uint_lt(pair, FILLER_BASE);
    for (uint32_t i = 0; i < RANDOM_VALUES; i++)
        if ((i * 5) % RANDOM_VALUES == place)
            return fp_str_of(random_values[i]);
    ck_abort_msg("no such pair");
    return FP_STR_NULL;
}

static const fp_selector_resolver resolver = {resolve_name, resolve_pair, NULL};

/* The label set in numbers, among labels that no selector names. */
static size_t number(fp_rng *rng, const random_labels *labels, uint32_t *names, uint32_t *pairs)
{
    size_t n = 0;

    for (uint32_t i = 0; i < RANDOM_NAMES; i++) {
        for (uint32_t k = fp_rng_below(rng, 4); k > 0; k--, n++)
            names[n] = pairs[n] = FILLER_BASE + (uint32_t)n;
        if (labels->value[i] == RANDOM_ABSENT)
            continue;
        names[n] = NAME_BASE + i;
        ck_assert_int_eq(resolve_pair(NULL, fp_str_of(random_names[i]),
                                      fp_str_of(random_values[labels->value[i]]), &pairs[n]),
                         0);
        n++;
    }
    return n;
}

START_TEST(programs_answer_as_the_table_says)
{
    fp_rng rng = {17};

    for (int round = 0; round < 2000; round++) {
        fp_selector *selector = random_selector(&rng);
        fp_selector_program *program = NULL;

        ck_assert_int_eq(fp_selector_bind(selector, &resolver, &program), 0);
        for (int k = 0; k < 20; k++) {
            uint32_t names[RANDOM_NAMES + MAX_FILLERS];
            uint32_t pairs[RANDOM_NAMES + MAX_FILLERS];
            random_labels labels = random_label_set(&rng);
            size_t n = number(&rng, &labels, names, pairs);
            fp_label_ids ids = {names, pairs, n};

            ck_assert(fp_selector_program_matches(program, &ids, pair_value, random_values) ==
                      oracle_matches(selector, &labels));
        }
        fp_selector_unref(selector);
        fp_selector_program_free(program);
    }
}
END_TEST

START_TEST(an_empty_label_set_is_asked_too)
{
    const fp_label_ids none = {NULL, NULL, 0};
    fp_selector *selector = NULL;
    fp_selector_program *program = NULL;

    ck_assert_int_eq(
        fp_selector_parse(FP_STR("a != 'x' && !has(in) && a not in {'x','y'} && !a contains ''"),
                          &selector, NULL),
        0);
    ck_assert_int_eq(fp_selector_bind(selector, &resolver, &program), 0);
    fp_selector_unref(selector);
    ck_assert(fp_selector_program_matches(program, &none, pair_value, random_values));
    fp_selector_program_free(program);
}
END_TEST

START_TEST(a_resolver_that_fails_ends_the_binding)
{
    static const char *const texts[] = {
        "unknown == 'x'", "a == 'unknown'", "has(a) && a in {'x', 'unknown'}",
        "has(unknown)",   "unknown in {}",  "unknown contains 'x'"};

    for (size_t i = 0; i < FP_ARRAY_LEN(texts); i++) {
        fp_selector *selector = NULL;
        fp_selector_program *program = NULL;

        ck_assert_int_eq(fp_selector_parse(fp_str_of(texts[i]), &selector, NULL), 0);
        ck_assert_int_eq(fp_selector_bind(selector, &resolver, &program), FEDPOL_E_NOT_FOUND);
        ck_assert_ptr_null(program);
        fp_selector_unref(selector);
    }
}
END_TEST

static int scenario(void *user)
{
    fp_selector *selector = NULL;
    fp_selector_program *program = NULL;
    int r = fp_selector_parse(FP_STR("a in {'x', 'y'} && !has(in)"), &selector, NULL);

    (void)user;
    if (r == 0)
        r = fp_selector_bind(selector, &resolver, &program);
    fp_selector_unref(selector);
    fp_selector_program_free(program);
    return r;
}

START_TEST(out_of_memory_is_reported_and_nothing_leaks)
{
    fp_test_oom(scenario, NULL);
}
END_TEST

FP_TEST_MAIN("selector/program", programs_answer_as_the_table_says, an_empty_label_set_is_asked_too,
             a_resolver_that_fails_ends_the_binding, out_of_memory_is_reported_and_nothing_leaks)
