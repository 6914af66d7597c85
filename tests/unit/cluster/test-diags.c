/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/cluster/cluster.h"

#include "tests/support/fp_test.h"

static const fp_hash_key key = {11, 22};

static fp_cluster *new_cluster(void)
{
    fp_cluster *cluster = NULL;

    ck_assert_int_eq(fp_cluster_new(&key, FP_STR("west"), 3, FP_ROLE_REMOTE, &cluster), 0);
    return cluster;
}

static fp_diag warning(const char *path, const char *message)
{
    return (fp_diag){FP_SEVERITY_WARNING, FP_DIAG_INVALID_LABEL, fp_str_of(path),
                     fp_str_of(message)};
}

static void set(fp_cluster *cluster, fp_diag_source source, const char *kind, const char *name,
                const fp_diag *diags, size_t n)
{
    ck_assert_int_eq(fp_cluster_set_diags(cluster, source, kind, FP_STR("ns"), fp_str_of(name),
                                          FP_STR("a.yaml: line 1"), diags, n),
                     0);
}

/* "kind/name path message;" of all. */
static void check_list(const fp_cluster *cluster, const char *expected)
{
    fp_cleanup_buf fp_buf buf = {0};
    const fp_kept_diag **list = NULL;
    size_t n = 0;

    ck_assert_int_eq(fp_cluster_diag_list(cluster, &list, &n), 0);
    ck_assert_uint_eq(n, fp_cluster_diag_count(cluster));
    for (size_t i = 0; i < n; i++)
        fp_buf_printf(&buf, "%s/%s %s %s;", list[i]->kind, list[i]->name.ptr, list[i]->path.ptr,
                      list[i]->message.ptr);
    ck_assert_str(fp_buf_str(&buf), expected);
}

START_TEST(a_source_replaces_only_what_it_said_before)
{
    fp_cluster *cluster = new_cluster();
    fp_diag two[] = {warning("b", "1"), warning("a", "2")};
    fp_diag one = warning("c", "3");

    set(cluster, FP_DIAG_SOURCE_DECODE, "Pod", "web", two, 2);
    set(cluster, FP_DIAG_SOURCE_FEDERATION, "Pod", "web", &one, 1);
    check_list(cluster, "Pod/web a 2;Pod/web b 1;Pod/web c 3;");
    one = warning("d", "4");
    set(cluster, FP_DIAG_SOURCE_DECODE, "Pod", "web", &one, 1);
    check_list(cluster, "Pod/web c 3;Pod/web d 4;");
    set(cluster, FP_DIAG_SOURCE_DECODE, "Pod", "web", NULL, 0);
    check_list(cluster, "Pod/web c 3;");
    set(cluster, FP_DIAG_SOURCE_FEDERATION, "Pod", "web", NULL, 0);
    set(cluster, FP_DIAG_SOURCE_FEDERATION, "Pod", "web", NULL, 0);
    check_list(cluster, "");
    fp_cluster_free(cluster);
}
END_TEST

START_TEST(what_a_feed_could_not_read_is_told_apart_by_origin)
{
    fp_cluster *cluster = new_cluster();
    fp_diag diag = warning("", "m");
    uint64_t revision = fp_cluster_diag_revision(cluster);

    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(fp_cluster_set_diags(cluster, FP_DIAG_SOURCE_FEED, "", FP_STR_NULL,
                                              FP_STR_NULL, i == 1 ? FP_STR("b") : FP_STR("a"),
                                              &diag, 1),
                         0);
    ck_assert_uint_eq(fp_cluster_diag_count(cluster), 2);
    ck_assert_uint_ne(fp_cluster_diag_revision(cluster), revision);
    set(cluster, FP_DIAG_SOURCE_DECODE, "Pod", "web", &diag, 1);
    revision = fp_cluster_diag_revision(cluster);
    set(cluster, FP_DIAG_SOURCE_DECODE, "Pod", "db", NULL, 0);
    ck_assert_uint_eq(fp_cluster_diag_revision(cluster), revision);
    fp_cluster_clear_diags(cluster, FP_DIAG_SOURCE_FEED);
    check_list(cluster, "Pod/web  m;");
    ck_assert_uint_ne(fp_cluster_diag_revision(cluster), revision);
    fp_cluster_free(cluster);
}
END_TEST

START_TEST(the_list_is_sorted_by_object_and_place)
{
    fp_cluster *cluster = new_cluster();
    fp_diag diag = warning("p", "m");

    set(cluster, FP_DIAG_SOURCE_DECODE, "Tier", "a", &diag, 1);
    set(cluster, FP_DIAG_SOURCE_DECODE, "Pod", "b", &diag, 1);
    set(cluster, FP_DIAG_SOURCE_DECODE, "Pod", "a", &diag, 1);
    set(cluster, FP_DIAG_SOURCE_FEED, "", "", &diag, 1);
    check_list(cluster, "/ p m;Pod/a p m;Pod/b p m;Tier/a p m;");
    fp_cluster_free(cluster);
}
END_TEST

START_TEST(everything_is_copied)
{
    fp_cluster *cluster = new_cluster();
    char kind[] = "Pod";
    char message[] = "message";
    fp_diag diag = warning("path", message);
    const fp_kept_diag **list = NULL;
    size_t n = 0;

    set(cluster, FP_DIAG_SOURCE_DECODE, kind, "web", &diag, 1);
    kind[0] = 'X';
    message[0] = 'X';
    ck_assert_int_eq(fp_cluster_diag_list(cluster, &list, &n), 0);
    ck_assert_uint_eq(n, 1);
    ck_assert_str_eq(list[0]->kind, "Pod");
    ck_assert_str(list[0]->message, "message");
    ck_assert_str(list[0]->origin, "a.yaml: line 1");
    ck_assert_int_eq(list[0]->severity, FP_SEVERITY_WARNING);
    ck_assert_int_eq(list[0]->code, FP_DIAG_INVALID_LABEL);
    fp_cluster_free(cluster);
}
END_TEST

START_TEST(more_than_the_limit_are_counted)
{
    const fp_cluster_limits limits = {10, 3};
    fp_cluster *cluster = new_cluster();
    fp_diag two[] = {warning("a", "1"), warning("b", "2")};

    fp_cluster_set_limits(cluster, &limits);
    set(cluster, FP_DIAG_SOURCE_DECODE, "Pod", "x", two, 2);
    set(cluster, FP_DIAG_SOURCE_DECODE, "Pod", "y", two, 2);
    ck_assert_uint_eq(fp_cluster_diag_count(cluster), 3);
    ck_assert_uint_eq(fp_cluster_diags_dropped(cluster), 1);
    set(cluster, FP_DIAG_SOURCE_DECODE, "Pod", "z", two, 2);
    ck_assert_uint_eq(fp_cluster_diags_dropped(cluster), 3);
    /* What an object has already counts as its own room. */
    set(cluster, FP_DIAG_SOURCE_DECODE, "Pod", "x", two, 2);
    check_list(cluster, "Pod/x a 1;Pod/x b 2;Pod/y a 1;");
    ck_assert_uint_eq(fp_cluster_diags_dropped(cluster), 3);
    fp_cluster_free(cluster);
}
END_TEST

static int set_and_list(void *user)
{
    fp_cluster *cluster = NULL;
    fp_diag two[] = {warning("a", "1"), warning("b", "2")};
    const fp_kept_diag **list = NULL;
    size_t n;
    int r = fp_cluster_new(&key, FP_STR("west"), 1, FP_ROLE_REMOTE, &cluster);

    (void)user;
    for (unsigned i = 0; r == 0 && i < 20; i++) {
        char name[1] = {(char)('A' + i % 12)};
        size_t before = fp_cluster_diag_count(cluster);

        r = fp_cluster_set_diags(cluster, FP_DIAG_SOURCE_DECODE, "Pod", FP_STR("n"),
                                 fp_str_n(name, 1), FP_STR_NULL, two, 1 + i % 2);
        if (r < 0)
            ck_assert_uint_eq(fp_cluster_diag_count(cluster), before);
    }
    if (r == 0)
        r = fp_cluster_diag_list(cluster, &list, &n);
    fp_cluster_free(cluster);
    return r;
}

START_TEST(out_of_memory_leaves_the_old_ones)
{
    fp_test_oom(set_and_list, NULL);
}
END_TEST

FP_TEST_MAIN("cluster/diags", a_source_replaces_only_what_it_said_before,
             what_a_feed_could_not_read_is_told_apart_by_origin,
             the_list_is_sorted_by_object_and_place, everything_is_copied,
             more_than_the_limit_are_counted, out_of_memory_leaves_the_old_ones)
