/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/pem_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/fp_test.h"

#define PEM(text) "-----BEGIN CERTIFICATE-----\n" text "\n-----END CERTIFICATE-----\n"

static char folder[64];
static char paths[3][96];
static const char *const names[] = {"ca", "cert", "key"};

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void setup(fp_client_config *config)
{
    (void)snprintf(folder, sizeof(folder), "%s", "/tmp/fedpol-pem-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    *config = (fp_client_config){0};
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(paths[i], sizeof(paths[i]), "%s/%s", folder, names[i]);
        put(paths[i], PEM("old"));
    }
    ck_assert_int_eq(fp_secret_set(&config->server, FP_STR("https://localhost")), 0);
    ck_assert_int_eq(fp_secret_set(&config->ca_file, fp_str_of(paths[0])), 0);
    ck_assert_int_eq(fp_secret_set(&config->ca_pem, FP_STR(PEM("old"))), 0);
    ck_assert_int_eq(fp_secret_set(&config->cert_file, fp_str_of(paths[1])), 0);
    ck_assert_int_eq(fp_secret_set(&config->cert_pem, FP_STR(PEM("old"))), 0);
    ck_assert_int_eq(fp_secret_set(&config->key_file, fp_str_of(paths[2])), 0);
    ck_assert_int_eq(fp_secret_set(&config->key_pem, FP_STR(PEM("old"))), 0);
}

static void teardown(fp_client_config *config)
{
    for (size_t i = 0; i < 3; i++)
        (void)unlink(paths[i]);
    ck_assert_int_eq(rmdir(folder), 0);
    fp_client_config_done(config);
}

START_TEST(files_are_read_every_minute)
{
    fp_client_config config;
    fp_pem_files files;

    setup(&config);
    fp_pem_files_init(&files, &config, 0);
    ck_assert_int_eq(fp_pem_files_deadline_ms(&files), 60000);
    ck_assert_int_eq(fp_pem_files_poll(&files, 60000), 0);
    ck_assert_ptr_eq(fp_pem_files_config(&files, &config), &config);
    put(paths[0], PEM("new"));
    ck_assert_int_eq(fp_pem_files_poll(&files, 119999), 0);
    ck_assert_int_eq(fp_pem_files_poll(&files, 120000), 1);
    ck_assert_str_eq(fp_pem_files_config(&files, &config)->ca_pem, PEM("new"));
    ck_assert_str_eq(fp_pem_files_config(&files, &config)->cert_pem, PEM("old"));
    ck_assert_int_eq(fp_pem_files_poll(&files, 180000), 0); /* told once */
    put(paths[1], PEM("newer"));
    put(paths[2], PEM("newer"));
    ck_assert_int_eq(fp_pem_files_poll(&files, 240000), 1);
    ck_assert_str_eq(fp_pem_files_config(&files, &config)->ca_pem, PEM("new"));
    ck_assert_str_eq(fp_pem_files_config(&files, &config)->cert_pem, PEM("newer"));
    ck_assert_str_eq(fp_pem_files_config(&files, &config)->key_pem, PEM("newer"));
    put(paths[0], PEM("old")); /* as it was at first is a change too */
    ck_assert_int_eq(fp_pem_files_poll(&files, 300000), 1);
    ck_assert_str_eq(fp_pem_files_config(&files, &config)->ca_pem, PEM("old"));
    fp_pem_files_done(&files);
    teardown(&config);
}
END_TEST

START_TEST(what_can_not_be_read_changes_nothing)
{
    fp_client_config config;
    fp_pem_files files;

    setup(&config);
    fp_pem_files_init(&files, &config, 0);
    put(paths[0], "");
    ck_assert_int_eq(fp_pem_files_poll(&files, 60000), 0);
    put(paths[0], "half a text");
    ck_assert_int_eq(fp_pem_files_poll(&files, 120000), 0);
    ck_assert_int_eq(unlink(paths[1]), 0);
    ck_assert_int_eq(fp_pem_files_poll(&files, 180000), 0);
    ck_assert_ptr_eq(fp_pem_files_config(&files, &config), &config);
    fp_pem_files_done(&files);
    teardown(&config);
}
END_TEST

START_TEST(doubt_brings_the_next_read_nearer_but_once_a_second)
{
    fp_client_config config;
    fp_pem_files files;

    setup(&config);
    fp_pem_files_init(&files, &config, 0);
    fp_pem_files_doubt(&files, 500);
    ck_assert_int_eq(fp_pem_files_deadline_ms(&files), 1000);
    put(paths[2], PEM("new"));
    ck_assert_int_eq(fp_pem_files_poll(&files, 1000), 1);
    fp_pem_files_doubt(&files, 1001);
    ck_assert_int_eq(fp_pem_files_deadline_ms(&files), 2000);
    fp_pem_files_doubt(&files, 30000);
    ck_assert_int_eq(fp_pem_files_deadline_ms(&files), 2000);
    fp_pem_files_done(&files);
    teardown(&config);
}
END_TEST

START_TEST(a_config_without_files_has_nothing_to_read)
{
    fp_client_config config = {0};
    fp_pem_files files;

    fp_pem_files_init(&files, &config, 0);
    fp_pem_files_doubt(&files, 1000);
    ck_assert_int_eq(fp_pem_files_deadline_ms(&files), INT64_MAX);
    ck_assert_int_eq(fp_pem_files_poll(&files, 1000000), 0);
    ck_assert_ptr_eq(fp_pem_files_config(&files, &config), &config);
    fp_pem_files_done(&files);
}
END_TEST

static int read_once(void *user)
{
    fp_client_config config;
    fp_pem_files files;
    int r;

    fp_try(fp_client_config_copy(user, &config));
    fp_pem_files_init(&files, &config, 0);
    r = fp_pem_files_poll(&files, 60000);
    fp_pem_files_done(&files);
    fp_client_config_done(&config);
    return r < 0 ? r : 0;
}

START_TEST(memory_that_runs_out_loses_nothing)
{
    fp_client_config config;

    setup(&config);
    put(paths[0], PEM("new"));
    put(paths[2], PEM("new"));
    fp_test_oom(read_once, &config);
    teardown(&config);
}
END_TEST

FP_TEST_MAIN("client/pem_files", files_are_read_every_minute, what_can_not_be_read_changes_nothing,
             doubt_brings_the_next_read_nearer_but_once_a_second,
             a_config_without_files_has_nothing_to_read, memory_that_runs_out_loses_nothing)
