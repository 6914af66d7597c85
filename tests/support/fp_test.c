/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fp_test.h"

#include <stdio.h>
#include <stdlib.h>

#include <fedpol/error.h>

int fp_test_run(const char *suite, const TTest *const *tests, size_t n)
{
    Suite *s = suite_create(suite);
    SRunner *runner;
    int failed;

    for (size_t i = 0; i < n; i++) {
        TCase *tcase = tcase_create(tests[i]->name);

        tcase_set_timeout(tcase, 120);
        tcase_add_test(tcase, tests[i]);
        suite_add_tcase(s, tcase);
    }
    runner = srunner_create(s);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

char *fp_test_read(const char *name, size_t *ret_len)
{
    const char *dir = getenv("FEDPOL_TEST_DATA");
    char path[1024];
    long len;
    char *data;
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", dir ? dir : "tests/data", name);
    file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    len = ftell(file);
    ck_assert_int_ge(len, 0);
    rewind(file);
    data = malloc((size_t)len + 1);
    ck_assert_ptr_nonnull(data);
    ck_assert_uint_eq(fread(data, 1, (size_t)len, file), (size_t)len);
    data[len] = '\0';
    (void)fclose(file);
    if (ret_len)
        *ret_len = (size_t)len;
    return data;
}

uint32_t fp_rng_next(fp_rng *rng)
{
    uint64_t x = rng->state ? rng->state : 0x9e3779b97f4a7c15u;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    rng->state = x;
    return (uint32_t)(x >> 32);
}

uint32_t fp_rng_below(fp_rng *rng, uint32_t bound)
{
    return bound ? fp_rng_next(rng) % bound : 0;
}

static struct {
    size_t live;
    size_t calls;
    size_t fail_at; /* 0: never */
    int fail_on;    /* also all later ones */
} counting;

static int refuses(void)
{
    counting.calls++;
    if (!counting.fail_at || counting.calls < counting.fail_at)
        return 0;
    return counting.calls == counting.fail_at || counting.fail_on;
}

static void *counting_alloc(size_t size, void *user)
{
    void *ptr;

    (void)user;
    if (refuses())
        return NULL;
    ptr = malloc(size);
    counting.live += ptr != NULL;
    return ptr;
}

static void *counting_realloc(void *ptr, size_t size, void *user)
{
    (void)user;
    if (refuses())
        return NULL;
    return realloc(ptr, size);
}

static void counting_free(void *ptr, void *user)
{
    (void)user;
    counting.live--;
    free(ptr);
}

static void install(size_t fail_at, int fail_on)
{
    const fp_allocator allocator = {counting_alloc, counting_realloc, counting_free, NULL};

    counting.live = 0;
    counting.calls = 0;
    counting.fail_at = fail_at;
    counting.fail_on = fail_on;
    fp_alloc_set(&allocator);
}

void fp_test_count_allocs(void)
{
    install(0, 0);
}

size_t fp_test_live_allocs(void)
{
    return counting.live;
}

void fp_test_oom(int (*scenario)(void *user), void *user)
{
    size_t total;

    install(0, 0);
    ck_assert_int_ge(scenario(user), 0);
    ck_assert_msg(counting.live == 0, "%zu blocks leak without any failure", counting.live);
    total = counting.calls;
    ck_assert_uint_ge(total, 1);
    for (int fail_on = 0; fail_on <= 1; fail_on++) {
        for (size_t i = 1; i <= total; i++) {
            int r;

            install(i, fail_on);
            r = scenario(user);
            ck_assert_msg(r >= 0 || r == FEDPOL_E_NOMEM, "allocation %zu failed, result %d", i, r);
            ck_assert_msg(counting.live == 0, "allocation %zu failed, %zu blocks leak", i,
                          counting.live);
        }
    }
    fp_alloc_set(NULL);
}
