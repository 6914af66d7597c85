/* SPDX-License-Identifier: Apache-2.0 */
#include "api_test.h"

#include <dirent.h>
#include <stdlib.h>

static int open_before;

static int count_open(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int n = 0;

    if (!dir)
        return 0;
    while (readdir(dir))
        n++;
    (void)closedir(dir);
    return n;
}

static void remember_open(void)
{
    open_before = count_open();
}

static void check_open(void)
{
    ck_assert_int_eq(count_open(), open_before);
}

int api_test_run(const char *suite, const TTest *const *tests, size_t n)
{
    Suite *s = suite_create(suite);
    SRunner *runner;
    int failed;

    for (size_t i = 0; i < n; i++) {
        TCase *tcase = tcase_create(tests[i]->name);

        tcase_set_timeout(tcase, 240);
        tcase_add_checked_fixture(tcase, remember_open, check_open);
        tcase_add_test(tcase, tests[i]);
        suite_add_tcase(s, tcase);
    }
    runner = srunner_create(s);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
