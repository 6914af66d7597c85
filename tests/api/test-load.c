/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api_test.h"
#include "mesh.h"

/* Folders of manifests, made for each test. */

static char folder[64];

static void make_folder(void)
{
    (void)snprintf(folder, sizeof(folder), "%s", "/tmp/fedpol-load-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static const char *path_of(const char *name)
{
    static char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(path_of(name), "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void put_pod(const char *file, const char *name, const char *ip)
{
    char text[512];

    (void)snprintf(text, sizeof(text),
                   "apiVersion: v1\nkind: Pod\nmetadata: {name: %s, namespace: shop}\n"
                   "spec: {nodeName: n1}\nstatus: {phase: Running, podIP: %s}\n",
                   name, ip);
    put(file, text);
}

static void open_cluster(fedpol_context **ret_context, fedpol_cluster **ret_cluster)
{
    *ret_context = NULL;
    *ret_cluster = NULL;
    ck_assert_int_eq(fedpol_context_new(ret_context), 0);
    ck_assert_int_eq(
        fedpol_cluster_new(*ret_context, "west", FEDPOL_ROLE_REMOTE, ret_cluster, NULL), 0);
}

static void close_cluster(fedpol_context *context, fedpol_cluster *cluster)
{
    fedpol_cluster_unref(cluster);
    fedpol_context_unref(context);
    remove_folder();
}

/* "name address;" of each endpoint. */
static void check_endpoints(fedpol_context *context, const char *expected)
{
    fedpol_endpoint_list *list = NULL;
    char text[512] = "";

    ck_assert_int_eq(fedpol_context_query_endpoints(context, NULL, &list), 0);
    for (size_t i = 0; i < fedpol_endpoint_list_get_count(list); i++) {
        size_t used = strlen(text);

        (void)snprintf(text + used, sizeof(text) - used, "%s %s;",
                       fedpol_endpoint_list_get_name(list, i),
                       fedpol_endpoint_list_get_address(list, i, 0));
    }
    fedpol_endpoint_list_unref(list);
    ck_assert_str_eq(text, expected);
}

/* "code name origin;" of each diagnostic. */
static void check_diagnostics(fedpol_context *context, const char *expected)
{
    fedpol_diagnostic_list *list = NULL;
    char text[1024] = "";

    ck_assert_int_eq(fedpol_context_query_diagnostics(context, &list), 0);
    for (size_t i = 0; i < fedpol_diagnostic_list_get_count(list); i++) {
        size_t used = strlen(text);

        (void)snprintf(
            text + used, sizeof(text) - used, "%s %s %s;", fedpol_diagnostic_list_get_code(list, i),
            fedpol_diagnostic_list_get_name(list, i), fedpol_diagnostic_list_get_origin(list, i));
    }
    fedpol_diagnostic_list_unref(list);
    ck_assert_str_eq(text, expected);
}

START_TEST(files_are_found_by_ending_in_all_folders_but_hidden_ones)
{
    fedpol_context *context;
    fedpol_cluster *cluster;

    make_folder();
    ck_assert_int_eq(mkdir(path_of("sub"), 0700), 0);
    ck_assert_int_eq(mkdir(path_of("sub/deeper"), 0700), 0);
    ck_assert_int_eq(mkdir(path_of(".hidden"), 0700), 0);
    put_pod("a.yaml", "a", "10.0.0.1");
    put_pod("sub/b.yml", "b", "10.0.0.2");
    put("sub/deeper/c.json", "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"c\","
                             "\"namespace\":\"shop\"},\"spec\":{\"nodeName\":\"n\"},\"status\":{"
                             "\"phase\":\"Running\",\"podIP\":\"10.0.0.3\"}}");
    put_pod(".hidden/d.yaml", "d", "10.0.0.4");
    put_pod(".e.yaml", "e", "10.0.0.5");
    put("README.txt", "not a manifest");
    open_cluster(&context, &cluster);
    ck_assert_int_eq(fedpol_cluster_load_dir(cluster, folder, NULL), 0);
    ck_assert_int_eq(fedpol_cluster_get_state(cluster), FEDPOL_CLUSTER_IN_SYNC);
    check_endpoints(context, "a 10.0.0.1;b 10.0.0.2;c 10.0.0.3;");
    check_diagnostics(context, "");
    close_cluster(context, cluster);
}
END_TEST

START_TEST(a_missing_folder_is_an_error_and_changes_nothing)
{
    fedpol_context *context;
    fedpol_cluster *cluster;
    fedpol_error *error = NULL;

    make_folder();
    put_pod("a.yaml", "a", "10.0.0.1");
    open_cluster(&context, &cluster);
    ck_assert_int_eq(fedpol_cluster_load_dir(cluster, folder, NULL), 0);
    ck_assert_int_eq(fedpol_cluster_load_dir(cluster, path_of("nowhere"), &error),
                     FEDPOL_E_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(fedpol_error_get_message(error), "nowhere"));
    error = fedpol_error_free(error);
    ck_assert_int_eq(fedpol_cluster_load_dir(cluster, path_of("a.yaml"), &error), FEDPOL_E_IO);
    ck_assert_ptr_nonnull(strstr(fedpol_error_get_message(error), "not a folder"));
    error = fedpol_error_free(error);
    check_endpoints(context, "a 10.0.0.1;");
    close_cluster(context, cluster);
}
END_TEST

START_TEST(what_cannot_be_read_is_told_with_its_place_and_the_rest_goes_on)
{
    fedpol_context *context;
    fedpol_cluster *cluster;

    make_folder();
    put_pod("a.yaml", "a", "10.0.0.1");
    put("b.yaml", "kind: [\n");
    put("c.json", "{\"kind\": }");
    put("d.json", "");
    ck_assert_int_eq(symlink("nothing", path_of("e.yaml")), 0);
    ck_assert_int_eq(mkfifo(path_of("f.yaml"), 0600), 0);
    put_pod("z.yaml", "z", "10.0.0.2");
    open_cluster(&context, &cluster);
    ck_assert_int_eq(fedpol_cluster_load_dir(cluster, folder, NULL), 0);
    check_endpoints(context, "a 10.0.0.1;z 10.0.0.2;");
    check_diagnostics(context, "unreadable  b.yaml: document 1, line 1;unreadable  c.json;"
                               "unreadable  d.json;invalid-object  e.yaml;invalid-object  f.yaml;");
    close_cluster(context, cluster);
}
END_TEST

START_TEST(a_second_load_removes_what_is_gone_unless_a_file_cannot_be_read)
{
    fedpol_context *context;
    fedpol_cluster *cluster;

    make_folder();
    put_pod("a.yaml", "a", "10.0.0.1");
    put_pod("b.yaml", "b", "10.0.0.2");
    open_cluster(&context, &cluster);
    ck_assert_int_eq(fedpol_cluster_load_dir(cluster, folder, NULL), 0);
    put("b.yaml", "kind: [\n");
    ck_assert_int_eq(fedpol_cluster_load_dir(cluster, folder, NULL), 0);
    check_endpoints(context, "a 10.0.0.1;b 10.0.0.2;");
    put_pod("b.yaml", "c", "10.0.0.3");
    ck_assert_int_eq(fedpol_cluster_load_dir(cluster, folder, NULL), 0);
    check_endpoints(context, "a 10.0.0.1;c 10.0.0.3;");
    check_diagnostics(context, "");
    close_cluster(context, cluster);
}
END_TEST

START_TEST(two_definitions_of_one_object_are_told_and_the_last_counts)
{
    fedpol_context *context;
    fedpol_cluster *cluster;

    make_folder();
    put_pod("a.yaml", "a", "10.0.0.1");
    put_pod("b.yaml", "a", "10.0.0.2");
    open_cluster(&context, &cluster);
    ck_assert_int_eq(fedpol_cluster_load_dir(cluster, folder, NULL), 0);
    check_endpoints(context, "a 10.0.0.2;");
    check_diagnostics(context, "duplicate-object a b.yaml: document 1, line 1;");
    close_cluster(context, cluster);
}
END_TEST

START_TEST(links_are_followed_and_circles_end)
{
    fedpol_context *context;
    fedpol_cluster *cluster;

    make_folder();
    ck_assert_int_eq(mkdir(path_of("sub"), 0700), 0);
    put_pod("sub/a.yaml", "a", "10.0.0.1");
    ck_assert_int_eq(symlink("..", path_of("sub/up")), 0);
    ck_assert_int_eq(symlink("sub", path_of("twin")), 0);
    ck_assert_int_eq(symlink("sub", path_of("a-twin")), 0);
    open_cluster(&context, &cluster);
    ck_assert_int_eq(fedpol_cluster_load_dir(cluster, folder, NULL), 0);
    check_endpoints(context, "a 10.0.0.1;");
    check_diagnostics(context, "");
    close_cluster(context, cluster);
}
END_TEST

START_TEST(files_that_are_too_large_or_too_many_are_refused)
{
    fedpol_context *context = NULL;
    fedpol_cluster *cluster = NULL;

    make_folder();
    put_pod("a.yaml", "a", "10.0.0.1");
    put("b.json", mesh_west);
    ck_assert_int_eq(fedpol_context_new(&context), 0);
    ck_assert_int_eq(fedpol_context_set_limit(context, FEDPOL_LIMIT_FILE_BYTES, 300), 0);
    ck_assert_int_eq(fedpol_context_set_limit(context, FEDPOL_LIMIT_FILES, 2), 0);
    ck_assert_int_eq(fedpol_cluster_new(context, "west", FEDPOL_ROLE_REMOTE, &cluster, NULL), 0);
    ck_assert_int_eq(fedpol_cluster_load_dir(cluster, folder, NULL), 0);
    check_endpoints(context, "a 10.0.0.1;");
    check_diagnostics(context, "invalid-object  b.json;");
    put_pod("c.yaml", "c", "10.0.0.3");
    ck_assert_int_eq(fedpol_cluster_load_dir(cluster, folder, NULL), FEDPOL_E_LIMIT);
    check_endpoints(context, "a 10.0.0.1;");
    close_cluster(context, cluster);
}
END_TEST

API_TEST_MAIN("api/load", files_are_found_by_ending_in_all_folders_but_hidden_ones,
              a_missing_folder_is_an_error_and_changes_nothing,
              what_cannot_be_read_is_told_with_its_place_and_the_rest_goes_on,
              a_second_load_removes_what_is_gone_unless_a_file_cannot_be_read,
              two_definitions_of_one_object_are_told_and_the_last_counts,
              links_are_followed_and_circles_end, files_that_are_too_large_or_too_many_are_refused)
