/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/config.h"

#include <string.h>

#include "libfedpol/base/check.h"
#include "libfedpol/base/error.h"
#include "tests/support/fp_test.h"

typedef struct config_row {
    const char *name;
    const char *server;
    const char *ca;
    const char *cert;
    const char *key;
    const char *token;
    const char *username;
    const char *as_user;
    const char *as_uid;
    const char *group;
    bool insecure;
    bool exec;
    const char *result; /* the server; NULL: refused */
    const char *reason;
} config_row;

static const config_row rows[] = {
    {"https", .server = "https://a:6443", .result = "https://a:6443"},
    {"http", .server = "http://a", .result = "http://a"},
    {"no scheme", .server = "a:8080", .result = "http://a:8080"},
    {"no scheme, TLS", .server = "a:6443", .ca = "x", .result = "https://a:6443"},
    {"no scheme, insecure", .server = "a", .insecure = true, .result = "https://a"},
    {"prefix and slash", .server = " https://a/k8s/c/ ", .result = "https://a/k8s/c"},
    {"query", .server = "https://a/x?y=z", .result = "https://a/x"},
    {"IPv6", .server = "https://[fd00::1]:6443", .result = "https://[fd00::1]:6443"},
    {"nothing", .reason = "there is no server"},
    {"blanks", .server = "  ", .reason = "there is no server"},
    {"another scheme", .server = "ftp://a", .reason = "neither http nor https"},
    {"no host", .server = "https:///x", .reason = "has no host"},
    {"a line break", .server = "https://a\r\nX: y", .reason = "bytes that no URL may have"},
    {"a password", .server = "https://u:geheim@a", .reason = "must not hold a user or password"},
    {"CA and insecure", .server = "https://a", .ca = "x", .insecure = true,
     .reason = "insecure-skip-tls-verify together"},
    {"certificate alone", .server = "https://a", .cert = "x", .reason = "needs its key"},
    {"key alone", .server = "https://a", .key = "geheim", .reason = "a key its certificate"},
    {"both", .server = "https://a", .cert = "x", .key = "y", .result = "https://a"},
    {"token and user", .server = "https://a", .token = "geheim", .username = "u",
     .reason = "more than one authentication method"},
    {"token with a line break", .server = "https://a", .token = "geheim\r\nX: y",
     .reason = "token has bytes"},
    {"plugin and token", .server = "https://a", .token = "geheim", .exec = true,
     .reason = "more than one authentication method"},
    {"user with a line break", .server = "https://a", .username = "u\n", .reason = "user name"},
    {"user with a blank", .server = "https://a", .username = "u v", .result = "https://a"},
    {"group without user", .server = "https://a", .group = "g", .reason = "need a user in `as`"},
    {"uid without user", .server = "https://a", .as_uid = "1", .reason = "need a user in `as`"},
    {"as", .server = "https://a", .as_user = "u", .group = "g", .result = "https://a"},
    {"group with a line break", .server = "https://a", .as_user = "u", .group = "g\n",
     .reason = "as-groups"},
};

static int build(const config_row *row, fp_client_config *ret)
{
    *ret = (fp_client_config){.insecure = row->insecure};
    fp_try(fp_secret_set(&ret->server, fp_str_of(row->server)));
    fp_try(fp_secret_set(&ret->ca_pem, fp_str_of(row->ca)));
    fp_try(fp_secret_set(&ret->cert_pem, fp_str_of(row->cert)));
    fp_try(fp_secret_set(&ret->key_pem, fp_str_of(row->key)));
    fp_try(fp_secret_set(&ret->token, fp_str_of(row->token)));
    fp_try(fp_secret_set(&ret->username, fp_str_of(row->username)));
    fp_try(fp_secret_set(&ret->as_user, fp_str_of(row->as_user)));
    fp_try(fp_secret_set(&ret->as_uid, fp_str_of(row->as_uid)));
    if (row->group)
        fp_try(fp_string_vec_add(&ret->as_groups, fp_str_of(row->group)));
    if (row->exec) {
        ret->exec = fp_alloc_zero(1, sizeof(*ret->exec));
        if (!ret->exec)
            return FEDPOL_E_NOMEM;
        fp_try(fp_secret_set(&ret->exec->command, FP_STR("/bin/x")));
    }
    return 0;
}

START_TEST(a_config_is_normal_or_refused_with_the_reason)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(rows); i++) {
        fp_client_config config;
        fedpol_error *error = NULL;
        int r;

        ck_assert_int_eq(build(&rows[i], &config), 0);
        r = fp_client_config_check(&config, &error);
        if (rows[i].result) {
            ck_assert_msg(r == 0, "%s: %d", rows[i].name, r);
            ck_assert_str_eq(config.server, rows[i].result);
        } else {
            ck_assert_msg(r == FEDPOL_E_INVALID, "%s: %d", rows[i].name, r);
            ck_assert_msg(strstr(fedpol_error_get_message(error), rows[i].reason) != NULL, "%s: %s",
                          rows[i].name, fedpol_error_get_message(error));
            ck_assert_ptr_null(strstr(fedpol_error_get_message(error), "geheim"));
        }
        fedpol_error_free(error);
        fp_client_config_done(&config);
    }
}
END_TEST

START_TEST(a_copy_is_equal_and_any_difference_counts)
{
    const config_row row = {.server = "https://a",
                            .cert = "x",
                            .key = "y",
                            .as_user = "u",
                            .as_uid = "1",
                            .group = "g",
                            .exec = true};
    fp_client_config config;

    ck_assert_int_eq(build(&row, &config), 0);
    for (int change = 0; change <= 8; change++) {
        fp_client_config copy;

        ck_assert_int_eq(fp_client_config_copy(&config, &copy), 0);
        switch (change) {
        case 1:
            ck_assert_int_eq(fp_secret_set(&copy.server, FP_STR("https://b")), 0);
            break;
        case 2:
            ck_assert_int_eq(fp_secret_set(&copy.key_pem, FP_STR("z")), 0);
            break;
        case 3:
            ck_assert_int_eq(fp_secret_set(&copy.token, FP_STR("")), 0);
            break;
        case 4:
            ck_assert_int_eq(fp_string_vec_add(&copy.as_groups, FP_STR("h")), 0);
            break;
        case 5:
            copy.insecure = true;
            break;
        case 6:
            ck_assert_int_eq(fp_pair_vec_add(&copy.exec->env, FP_STR("A"), FP_STR("b")), 0);
            break;
        case 7:
            ck_assert_int_eq(fp_string_vec_add(&copy.exec->args, FP_STR("-x")), 0);
            break;
        case 8:
            ck_assert_int_eq(fp_pair_vec_add(&copy.as_extra, FP_STR("A"), FP_STR("b")), 0);
            break;
        default:
            break;
        }
        ck_assert_msg(fp_client_config_equal(&config, &copy) == (change == 0), "change %d", change);
        ck_assert_msg(fp_client_config_equal(&copy, &config) == (change == 0), "change %d", change);
        fp_client_config_done(&copy);
    }
    fp_client_config_done(&config);
}
END_TEST

static int build_check_and_copy(void *user)
{
    int r = 0;

    (void)user;
    for (size_t i = 0; i < FP_ARRAY_LEN(rows) && r == 0; i++) {
        fp_client_config config;
        fp_client_config copy = {0};

        r = build(&rows[i], &config);
        if (r == 0)
            r = fp_client_config_copy(&config, &copy);
        if (r == 0)
            r = fp_client_config_check(&config, NULL);
        r = r == FEDPOL_E_INVALID ? 0 : r;
        fp_client_config_done(&copy);
        fp_client_config_done(&config);
    }
    return r;
}

START_TEST(memory_that_runs_out_is_told)
{
    fp_test_oom(build_check_and_copy, NULL);
}
END_TEST

FP_TEST_MAIN("client/config", a_config_is_normal_or_refused_with_the_reason,
             a_copy_is_equal_and_any_difference_counts, memory_that_runs_out_is_told)
