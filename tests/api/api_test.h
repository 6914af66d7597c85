/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_API_TEST_H
#define TEST_API_TEST_H

/* A main for check around tests that see nothing of the library but its public face. */

#include <check.h>

/* EXIT_SUCCESS or EXIT_FAILURE. Each test also fails if it leaves file descriptors open. */
int api_test_run(const char *suite, const TTest *const *tests, size_t n);

#define API_TEST_MAIN(suite, ...)                                                                  \
    int main(void)                                                                                 \
    {                                                                                              \
        const TTest *const tests[] = {__VA_ARGS__};                                                \
        return api_test_run((suite), tests, sizeof(tests) / sizeof(tests[0]));                     \
    }

#endif
