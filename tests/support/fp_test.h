/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_TEST_H
#define FP_TEST_H

/*
 * What every unit test shares: a main for check, test data, a deterministic random stream, and the
 * out-of-memory loop. A test file is:
 *
 *     START_TEST(name_says_the_behaviour) { … } END_TEST
 *     FP_TEST_MAIN("net/ip", name_says_the_behaviour, another_one)
 */

#include <check.h>
#include <stdint.h>

#include "libfedpol/base/alloc.h"
#include "libfedpol/base/str.h"

int fp_test_run(const char *suite, const TTest *const *tests, size_t n);

#define FP_TEST_MAIN(suite, ...)                                                                   \
    int main(void)                                                                                 \
    {                                                                                              \
        const TTest *const tests[] = {__VA_ARGS__};                                                \
        return fp_test_run((suite), tests, sizeof(tests) / sizeof(tests[0]));                      \
    }

/* Reads tests/data/NAME; fails the test if it isn't there. Freed with free(). */
char *fp_test_read(const char *name, size_t *ret_len);

/* xorshift: the same numbers for the same seed, everywhere. */
typedef struct fp_rng {
    uint64_t state;
} fp_rng;
uint32_t fp_rng_next(fp_rng *rng);
uint32_t fp_rng_below(fp_rng *rng, uint32_t bound);

/*
 * Both out-of-memory loops: SCENARIO runs once to count its allocations, then once for each of them
 * with that one failing, then once for each with that one and all later ones failing. It returns
 * FEDPOL_E_NOMEM or success (0 or more) and must free all it allocated; the loop fails the test on
 * any other result, on a leaked block, and if no allocation was ever made.
 */
void fp_test_oom(int (*scenario)(void *user), void *user);
/* Blocks of the library that are alive now, while an allocator of the tests is installed. */
void fp_test_count_allocs(void);
size_t fp_test_live_allocs(void);

#define ck_assert_str(a, text)                                                                     \
    do {                                                                                           \
        fp_str got_ = (a);                                                                         \
        ck_assert_msg(fp_str_is(got_, (text)), "got '%.*s', expected '%s'", FP_STR_ARG(got_),      \
                      (text));                                                                     \
    } while (0)

#endif
