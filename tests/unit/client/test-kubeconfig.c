/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libfedpol/base/check.h"
#include "libfedpol/client/kubeconfig.h"
#include "tests/support/fp_test.h"

#define PEM "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==" /* -----BEGIN CERTIFICATE----- */
#define HEAD                                                                                       \
    "current-context: c\n"                                                                         \
    "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
#define CLUSTER "clusters: [{name: k, cluster: {server: 'https://a:6443/'}}]\n"
#define USER(fields) "users: [{name: u, user: {" fields "}}]\n"

static int parse(const char *text, fp_client_config *ret, fedpol_error **ret_error)
{
    return fp_kubeconfig_parse(fp_str_of(text), "/etc/k", NULL, ret, ret_error);
}

START_TEST(what_a_kubeconfig_says_is_read)
{
    fp_client_config config = {0};
    fedpol_error *error = NULL;
    int r = parse("apiVersion: v1\nkind: Config\n" HEAD
                  "clusters:\n- name: k\n  cluster:\n    server: https://a/prefix/?x#y\n"
                  "    certificate-authority-data: " PEM "\n    tls-server-name: other\n"
                  "    proxy-url: http://p:1\n    disable-compression: true\n" USER(
                      "token: t0k3n, as: someone, as-uid: '7', as-groups: [g, h],"
                      "as-user-extra: {scopes: [a, b]}"),
                  &config, &error);

    ck_assert_msg(r == 0, "%s", fedpol_error_get_message(error));
    ck_assert_str_eq(config.server, "https://a/prefix");
    ck_assert_str_eq(config.ca_pem, "-----BEGIN CERTIFICATE-----\n");
    ck_assert_str_eq(config.tls_server_name, "other");
    ck_assert_str_eq(config.proxy_url, "http://p:1");
    ck_assert(config.disable_compression);
    ck_assert_str_eq(config.token, "t0k3n");
    ck_assert_str_eq(config.as_user, "someone");
    ck_assert_str_eq(config.as_uid, "7");
    ck_assert_uint_eq(config.as_groups.len, 2);
    ck_assert_uint_eq(config.as_extra.len, 2);
    ck_assert_str_eq(config.as_extra.items[1].value, "b");
    fp_client_config_done(&config);
}
END_TEST

START_TEST(an_exec_plugin_is_read_with_its_cluster_extension)
{
    fp_client_config config = {0};
    fedpol_error *error = NULL;
    int r = parse(HEAD "clusters: [{name: k, cluster: {server: a, insecure-skip-tls-verify: true,"
                       "extensions: [{name: client.authentication.k8s.io/exec,"
                       " extension: {region: eu, zones: [1, true]}}]}}]\n" USER(
                           "exec: {apiVersion: client.authentication.k8s.io/v1beta1,"
                           " command: ./bin/get-token, args: [eks, x], provideClusterInfo: true,"
                           " env: [{name: A, value: b}]}"),
                  &config, &error);

    ck_assert_msg(r == 0, "%s", fedpol_error_get_message(error));
    ck_assert_str_eq(config.server, "https://a");
    ck_assert_str_eq(config.exec->command, "/etc/k/./bin/get-token");
    ck_assert_uint_eq(config.exec->args.len, 2);
    ck_assert_str_eq(config.exec->env.items[0].value, "b");
    ck_assert_str_eq(config.exec->cluster_config, "{\"region\":\"eu\",\"zones\":[1,true]}");
    fp_client_config_done(&config);
}
END_TEST

static const struct {
    const char *text;
    int code;
    const char *says;
} bad[] = {
    {"", FEDPOL_E_NOT_FOUND, "current-context"},
    {"a: [", FEDPOL_E_PARSE, "no YAML"},
    {"a: &x 1\nb: *x\n", FEDPOL_E_PARSE, "aliases"},
    {"kind: Pod\n", FEDPOL_E_INVALID, "kind Config"},
    {"current-context: none\n", FEDPOL_E_NOT_FOUND, "\"none\""},
    {HEAD USER("token: x"), FEDPOL_E_NOT_FOUND, "cluster \"k\""},
    {HEAD CLUSTER, FEDPOL_E_NOT_FOUND, "user \"u\""},
    {HEAD "clusters: [{name: k, cluster: {}}]\n" USER("token: x"), FEDPOL_E_INVALID, "no server"},
    {HEAD "clusters: [{name: k, cluster: {server: 'ftp://a'}}]\n" USER("token: x"),
     FEDPOL_E_INVALID, "neither http nor https"},
    {HEAD "clusters: [{name: k, cluster: {server: 'https://u:p@a'}}]\n" USER("token: x"),
     FEDPOL_E_INVALID, "user or password"},
    {HEAD "clusters: [{name: k, cluster: {server: a, insecure-skip-tls-verify: true,"
          "certificate-authority-data: " PEM "}}]\n" USER("token: x"),
     FEDPOL_E_INVALID, "insecure"},
    {HEAD CLUSTER USER("token: secret, username: a, password: b"), FEDPOL_E_INVALID,
     "more than one"},
    {HEAD CLUSTER USER("token: [secret]"), FEDPOL_E_INVALID, "token: a string"},
    {HEAD CLUSTER USER("client-certificate-data: " PEM), FEDPOL_E_INVALID, "needs its key"},
    {HEAD CLUSTER USER("client-key-data: c2VjcmV0"), FEDPOL_E_INVALID, "base64 of a PEM"},
    {HEAD CLUSTER USER("client-key-data: '***'"), FEDPOL_E_INVALID, "base64 of a PEM"},
    {HEAD CLUSTER USER("as-groups: [a]"), FEDPOL_E_INVALID, "need a user"},
    {HEAD CLUSTER USER("token: \"secret\\nX: y\""), FEDPOL_E_INVALID, "no header"},
    {HEAD CLUSTER USER("auth-provider: {name: gcp}"), FEDPOL_E_UNSUPPORTED, "\"gcp\""},
    {HEAD CLUSTER USER("exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: a}"),
     FEDPOL_E_UNSUPPORTED, "exec.apiVersion"},
    {HEAD CLUSTER USER("exec: {apiVersion: client.authentication.k8s.io/v1, command: a}"),
     FEDPOL_E_INVALID, "interactiveMode"},
    {HEAD CLUSTER USER("exec: {apiVersion: client.authentication.k8s.io/v1, command: a,"
                       "interactiveMode: Always}"),
     FEDPOL_E_UNSUPPORTED, "ask a person"},
    {HEAD CLUSTER USER("exec: {apiVersion: client.authentication.k8s.io/v1}"), FEDPOL_E_INVALID,
     "exec.command"},
    {HEAD CLUSTER USER("tokenFile: /nowhere/token, client-certificate: /nowhere/c"),
     FEDPOL_E_NOT_FOUND, ""},
};

START_TEST(what_can_not_be_is_refused_with_the_reason_and_no_secret)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(bad); i++) {
        fp_client_config config = {0};
        fedpol_error *error = NULL;
        int r = parse(bad[i].text, &config, &error);
        const char *message = fedpol_error_get_message(error);

        ck_assert_msg(r == bad[i].code, "%zu: code %d: %s", i, r, message);
        ck_assert_msg(strstr(message, bad[i].says) != NULL, "%zu: %s", i, message);
        ck_assert_msg(strstr(message, "secret") == NULL, "%zu: %s", i, message);
        ck_assert_ptr_null(config.server);
        error = fedpol_error_free(error);
    }
}
END_TEST

START_TEST(bytes_may_name_no_files_and_no_programs)
{
    static const char *const texts[] = {
        HEAD CLUSTER USER("tokenFile: t"),
        HEAD CLUSTER USER("client-certificate: c, client-key: k"),
        HEAD CLUSTER USER("exec: {apiVersion: client.authentication.k8s.io/v1, command: a,"
                          "interactiveMode: Never}"),
        HEAD "clusters: [{name: k, cluster: {server: a, certificate-authority: /c}}]\n" USER(""),
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(texts); i++) {
        fp_client_config config = {0};
        fedpol_error *error = NULL;

        ck_assert_int_eq(fp_kubeconfig_parse(fp_str_of(texts[i]), NULL, NULL, &config, &error),
                         FEDPOL_E_INVALID);
        ck_assert(strstr(fedpol_error_get_message(error), "may name no"));
        error = fedpol_error_free(error);
    }
}
END_TEST

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[300];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

START_TEST(of_several_files_the_first_entry_counts_whole)
{
    char folder[] = "/tmp/fedpol-test-XXXXXX";
    char list[400];
    fp_client_config config = {0};
    fedpol_error *error = NULL;
    int r;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    write_file(folder, "a", "users: [{name: u, user: {tokenFile: sub/token}}]\n");
    write_file(folder, "b",
               "current-context: c\n" CLUSTER "users: [{name: u, user: {token: no}}]\n");
    write_file(
        folder, "c",
        "current-context: x\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n"
        "clusters: [{name: k, cluster: {server: no}}, {name: k, cluster: {server: never}}]\n");
    (void)snprintf(list, sizeof(list), "%s/missing::%s/a:%s/b:%s/c", folder, folder, folder,
                   folder);
    ck_assert_int_eq(setenv("KUBECONFIG", list, 1), 0);
    r = fp_kubeconfig_load(NULL, NULL, &config, &error);
    ck_assert_msg(r == 0, "%s", fedpol_error_get_message(error));
    ck_assert_str_eq(config.server, "https://a:6443");
    ck_assert_ptr_null(config.token);
    (void)snprintf(list, sizeof(list), "%s/sub/token", folder);
    ck_assert_str_eq(config.token_file, list); /* beside the file that names it */
    fp_client_config_done(&config);
    ck_assert_int_eq(fp_kubeconfig_load("/nowhere/x", NULL, &config, NULL), FEDPOL_E_NOT_FOUND);
    (void)snprintf(list, sizeof(list), "rm -rf %s", folder);
    ck_assert_int_eq(system(list), 0);
}
END_TEST

START_TEST(a_pod_finds_its_own_cluster)
{
    char folder[] = "/tmp/fedpol-test-XXXXXX";
    char command[300];
    fp_client_config config = {0};

    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(unsetenv("KUBERNETES_SERVICE_HOST"), 0);
    ck_assert_int_eq(fp_incluster_load(folder, &config, NULL), FEDPOL_E_NOT_FOUND);
    ck_assert_int_eq(setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1), 0);
    ck_assert_int_eq(setenv("KUBERNETES_SERVICE_PORT", "443", 1), 0);
    ck_assert_int_eq(fp_incluster_load(folder, &config, NULL), FEDPOL_E_NOT_FOUND);
    write_file(folder, "ca.crt", "-----BEGIN CERTIFICATE-----\n");
    ck_assert_int_eq(fp_incluster_load(folder, &config, NULL), 0);
    ck_assert_str_eq(config.server, "https://[fd00::1]:443");
    ck_assert_ptr_nonnull(strstr(config.token_file, "/token"));
    fp_client_config_done(&config);
    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

static int read_all(void *user)
{
    fp_client_config config = {0};
    fp_client_config copy = {0};
    fedpol_error *error = NULL;
    int r;

    (void)user;
    r = parse(HEAD CLUSTER USER("as: a, as-groups: [g], as-user-extra: {k: [v]}, exec: {apiVersion:"
                                " client.authentication.k8s.io/v1, command: a, args: [b],"
                                " interactiveMode: Never, env: [{name: A, value: b}]}"),
              &config, &error);
    if (r == 0)
        r = fp_client_config_copy(&config, &copy);
    if (r == 0 && !fp_client_config_equal(&config, &copy))
        r = FEDPOL_E_INTERNAL;
    fp_client_config_done(&config);
    fp_client_config_done(&copy);
    error = fedpol_error_free(error);
    return r;
}

START_TEST(lack_of_memory_leaks_nothing)
{
    fp_test_oom(read_all, NULL);
}
END_TEST

START_TEST(configs_that_differ_anywhere_are_not_equal)
{
    static const char *const users[] = {
        USER("token: a"),
        USER("token: b"),
        USER("tokenFile: a"),
        USER("as: a"),
        USER("username: a"),
        USER("as: a, as-groups: [g]"),
        USER("as: a, as-groups: [h]"),
        USER("as: a, as-user-extra: {g: [h]}"),
    };
    fp_client_config configs[FP_ARRAY_LEN(users)] = {0};

    for (size_t i = 0; i < FP_ARRAY_LEN(users); i++) {
        char text[500];

        (void)snprintf(text, sizeof(text), "%s", HEAD CLUSTER);
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s", users[i]);
        ck_assert_int_eq(parse(text, &configs[i], NULL), 0);
    }
    for (size_t i = 0; i < FP_ARRAY_LEN(users); i++)
        for (size_t k = 0; k < FP_ARRAY_LEN(users); k++)
            ck_assert(fp_client_config_equal(&configs[i], &configs[k]) == (i == k));
    for (size_t i = 0; i < FP_ARRAY_LEN(users); i++)
        fp_client_config_done(&configs[i]);
}
END_TEST

FP_TEST_MAIN("client/kubeconfig", what_a_kubeconfig_says_is_read,
             an_exec_plugin_is_read_with_its_cluster_extension,
             what_can_not_be_is_refused_with_the_reason_and_no_secret,
             bytes_may_name_no_files_and_no_programs, of_several_files_the_first_entry_counts_whole,
             a_pod_finds_its_own_cluster, lack_of_memory_leaks_nothing,
             configs_that_differ_anywhere_are_not_equal)
