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

static fp_record_id put(fp_cluster *cluster, fp_kind kind, const char *ns, const char *name)
{
    fp_record_id id = FP_NO_ID;
    bool is_new;
    bool twice;

    ck_assert_int_eq(
        fp_cluster_put(cluster, kind, fp_str_of(ns), fp_str_of(name), &id, &is_new, &twice), 0);
    return id;
}

static bool put_twice(fp_cluster *cluster, fp_kind kind, const char *ns, const char *name)
{
    fp_record_id id;
    bool is_new;
    bool twice = false;

    ck_assert_int_eq(
        fp_cluster_put(cluster, kind, fp_str_of(ns), fp_str_of(name), &id, &is_new, &twice), 0);
    return twice;
}

/* "ns/name ns/name " of IDS. */
static void check_ids(const fp_cluster *cluster, const fp_u32_vec *ids, const char *expected)
{
    fp_cleanup_buf fp_buf buf = {0};

    for (size_t i = 0; i < ids->len; i++) {
        fp_record_view view = fp_cluster_record(cluster, ids->items[i]);

        fp_buf_add(&buf, view.ns);
        fp_buf_putc(&buf, '/');
        fp_buf_add(&buf, view.name);
        fp_buf_putc(&buf, ' ');
    }
    ck_assert_str(fp_buf_str(&buf), expected);
}

START_TEST(names_are_checked)
{
    static const struct {
        const char *name;
        int result;
    } cases[] = {
        {"west", 0},
        {"a", 0},
        {"1.eu-west", 0},
        {"", FEDPOL_E_INVALID},
        {"West", FEDPOL_E_INVALID},
        {"a/b", FEDPOL_E_INVALID},
        {"a b", FEDPOL_E_INVALID},
        {"a\n", FEDPOL_E_INVALID},
        {"012345678901234567890123456789012345678901234567890123456789012", 0},
        {"0123456789012345678901234567890123456789012345678901234567890123", FEDPOL_E_INVALID},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        fp_cluster *cluster = NULL;

        ck_assert_msg(fp_cluster_new(&key, fp_str_of(cases[i].name), 1, FP_ROLE_LOCAL, &cluster) ==
                          cases[i].result,
                      "name '%s'", cases[i].name);
        ck_assert((cluster != NULL) == (cases[i].result == 0));
        if (cluster)
            ck_assert_str_eq(fp_cluster_name_z(cluster), cases[i].name);
        fp_cluster_free(cluster);
    }
}
END_TEST

START_TEST(a_record_is_found_by_kind_namespace_and_name)
{
    fp_cluster *cluster = new_cluster();
    fp_record_id pod = put(cluster, FP_KIND_POD, "shop", "web");
    fp_record_id endpoint = put(cluster, FP_KIND_WORKLOAD_ENDPOINT, "shop", "web");
    fp_record_id other = put(cluster, FP_KIND_POD, "shopw", "eb");
    fp_record_view view;

    ck_assert_uint_ne(pod, endpoint);
    ck_assert_uint_ne(pod, other);
    ck_assert_uint_eq(put(cluster, FP_KIND_POD, "shop", "web"), pod);
    ck_assert_uint_eq(fp_cluster_find(cluster, FP_KIND_POD, FP_STR("shop"), FP_STR("web")), pod);
    ck_assert_uint_eq(fp_cluster_find(cluster, FP_KIND_POD, FP_STR("shop"), FP_STR("we")),
                      FP_NO_ID);
    ck_assert_uint_eq(fp_cluster_find(cluster, FP_KIND_POD, FP_STR("none"), FP_STR("web")),
                      FP_NO_ID);
    view = fp_cluster_record(cluster, pod);
    ck_assert_uint_eq(view.payload, FP_NO_PAYLOAD);
    fp_cluster_set_payload(cluster, pod, FP_OBJECT_ENDPOINT, 42);
    view = fp_cluster_record(cluster, pod);
    ck_assert_int_eq(view.kind, FP_KIND_POD);
    ck_assert_int_eq(view.cls, FP_OBJECT_ENDPOINT);
    ck_assert_str(view.ns, "shop");
    ck_assert_str(view.name, "web");
    ck_assert_uint_eq(view.payload, 42);
    ck_assert_uint_eq(fp_cluster_count(cluster, FP_KIND_POD), 2);
    ck_assert_uint_eq(fp_cluster_count(cluster, FP_KIND_UNKNOWN), 3);
    fp_cluster_drop(cluster, pod);
    ck_assert_uint_eq(fp_cluster_find(cluster, FP_KIND_POD, FP_STR("shop"), FP_STR("web")),
                      FP_NO_ID);
    ck_assert_uint_eq(fp_cluster_count(cluster, FP_KIND_POD), 1);
    fp_cluster_free(cluster);
}
END_TEST

START_TEST(listing_is_sorted_whatever_the_order_of_feeding)
{
    static const char *const names[] = {"b", "a", "aa", "c", "B", "a.b"};
    fp_cluster *cluster = new_cluster();
    fp_u32_vec ids = {0};

    for (size_t i = 0; i < FP_ARRAY_LEN(names); i++)
        put(cluster, FP_KIND_POD, i % 2 ? "z" : "a", names[i]);
    put(cluster, FP_KIND_NAMESPACE, "", "x");
    ck_assert_int_eq(fp_cluster_list(cluster, FP_KIND_POD, &ids), 0);
    check_ids(cluster, &ids, "a/B a/aa a/b z/a z/a.b z/c ");
    fp_vec_clear(&ids);
    ck_assert_int_eq(fp_cluster_list(cluster, FP_KIND_UNKNOWN, &ids), 0);
    check_ids(cluster, &ids, "a/B a/aa a/b z/a z/a.b z/c /x ");
    fp_vec_done(&ids);
    fp_cluster_free(cluster);
}
END_TEST

START_TEST(a_resync_sweeps_what_was_not_put_again)
{
    fp_cluster *cluster = new_cluster();
    fp_u32_vec stale = {0};

    put(cluster, FP_KIND_POD, "n", "gone-b");
    put(cluster, FP_KIND_POD, "n", "gone-a");
    put(cluster, FP_KIND_POD, "n", "stays");
    put(cluster, FP_KIND_NAMESPACE, "", "n");
    ck_assert_int_eq(fp_cluster_end_resync(cluster, FP_KIND_POD, &stale), FEDPOL_E_STATE);
    fp_cluster_begin_resync(cluster, FP_KIND_POD);
    ck_assert_uint_ne(fp_cluster_find(cluster, FP_KIND_POD, FP_STR("n"), FP_STR("gone-a")),
                      FP_NO_ID);
    put(cluster, FP_KIND_POD, "n", "stays");
    put(cluster, FP_KIND_POD, "n", "new");
    ck_assert_int_eq(fp_cluster_end_resync(cluster, FP_KIND_POD, &stale), 0);
    check_ids(cluster, &stale, "n/gone-a n/gone-b ");
    ck_assert_int_eq(fp_cluster_end_resync(cluster, FP_KIND_POD, &stale), FEDPOL_E_STATE);
    fp_vec_done(&stale);
    fp_cluster_free(cluster);
}
END_TEST

START_TEST(a_resync_of_all_kinds_sweeps_all)
{
    fp_cluster *cluster = new_cluster();
    fp_u32_vec stale = {0};

    put(cluster, FP_KIND_POD, "n", "p");
    put(cluster, FP_KIND_NAMESPACE, "", "n");
    put(cluster, FP_KIND_TIER, "", "t");
    fp_cluster_begin_resync(cluster, FP_KIND_UNKNOWN);
    put(cluster, FP_KIND_NAMESPACE, "", "n");
    /* One kind may end earlier than the others. */
    ck_assert_int_eq(fp_cluster_end_resync(cluster, FP_KIND_TIER, &stale), 0);
    check_ids(cluster, &stale, "/t ");
    fp_vec_clear(&stale);
    ck_assert_int_eq(fp_cluster_end_resync(cluster, FP_KIND_UNKNOWN, &stale), 0);
    check_ids(cluster, &stale, "n/p ");
    fp_vec_done(&stale);
    fp_cluster_free(cluster);
}
END_TEST

START_TEST(resyncs_without_end_do_not_make_old_records_fresh)
{
    fp_cluster *cluster = new_cluster();
    fp_u32_vec stale = {0};

    put(cluster, FP_KIND_POD, "n", "old");
    for (int i = 0; i < 600; i++) {
        fp_cluster_begin_resync(cluster, FP_KIND_POD);
        ck_assert(!put_twice(cluster, FP_KIND_POD, "n", "live"));
        fp_vec_clear(&stale);
        if (i % 2 == 0) {
            ck_assert_int_eq(fp_cluster_end_resync(cluster, FP_KIND_POD, &stale), 0);
            check_ids(cluster, &stale, "n/old ");
        }
    }
    fp_vec_done(&stale);
    fp_cluster_free(cluster);
}
END_TEST

START_TEST(the_same_object_twice_in_one_list_is_noticed)
{
    fp_cluster *cluster = new_cluster();

    ck_assert(!put_twice(cluster, FP_KIND_POD, "n", "p"));
    ck_assert_msg(!put_twice(cluster, FP_KIND_POD, "n", "p"), "an update is no duplicate");
    fp_cluster_begin_resync(cluster, FP_KIND_POD);
    ck_assert(!put_twice(cluster, FP_KIND_POD, "n", "p"));
    ck_assert(put_twice(cluster, FP_KIND_POD, "n", "p"));
    ck_assert(!put_twice(cluster, FP_KIND_POD, "n", "q"));
    ck_assert(put_twice(cluster, FP_KIND_POD, "n", "q"));
    fp_cluster_begin_resync(cluster, FP_KIND_POD);
    ck_assert(!put_twice(cluster, FP_KIND_POD, "n", "p"));
    fp_cluster_free(cluster);
}
END_TEST

START_TEST(the_limit_on_objects_spares_those_that_are_there)
{
    const fp_cluster_limits limits = {2, 10};
    fp_cluster *cluster = new_cluster();
    fp_record_id id = 77;
    bool is_new;
    bool twice;

    fp_cluster_set_limits(cluster, &limits);
    put(cluster, FP_KIND_POD, "n", "a");
    put(cluster, FP_KIND_POD, "n", "b");
    ck_assert_int_eq(
        fp_cluster_put(cluster, FP_KIND_POD, FP_STR("new"), FP_STR("c"), &id, &is_new, &twice),
        FEDPOL_E_LIMIT);
    ck_assert_uint_eq(id, 77);
    put(cluster, FP_KIND_POD, "n", "b");
    ck_assert_int_eq(
        fp_cluster_put(cluster, FP_KIND_UNKNOWN, FP_STR("n"), FP_STR("c"), &id, &is_new, &twice),
        FEDPOL_E_INVALID);
    fp_cluster_free(cluster);
}
END_TEST

START_TEST(age_counts_from_the_loss_of_sync)
{
    fp_cluster *cluster = new_cluster();

    fp_cluster_set_state(cluster, FP_STATE_CONNECTING, 1000);
    ck_assert_int_eq(fp_cluster_age_ms(cluster, 2000), -1);
    ck_assert(!fp_cluster_was_complete(cluster));
    fp_cluster_set_state(cluster, FP_STATE_IN_SYNC, 3000);
    ck_assert_int_eq(fp_cluster_age_ms(cluster, 9000), 0);
    fp_cluster_set_state(cluster, FP_STATE_RESYNC, 10000);
    fp_cluster_set_state(cluster, FP_STATE_CONFIG_INCOMPLETE, 11000);
    ck_assert(fp_cluster_was_complete(cluster));
    ck_assert_int_eq(fp_cluster_age_ms(cluster, 10000), 0);
    ck_assert_int_eq(fp_cluster_age_ms(cluster, 12500), 2500);
    ck_assert_int_eq(fp_cluster_age_ms(cluster, 9000), 0);
    fp_cluster_set_state(cluster, FP_STATE_IN_SYNC, 13000);
    ck_assert_int_eq(fp_cluster_age_ms(cluster, 20000), 0);
    fp_cluster_free(cluster);
}
END_TEST

START_TEST(the_past_tells_connecting_from_resync)
{
    fp_cluster *cluster = new_cluster();

    fp_cluster_set_state(cluster, FP_STATE_RESYNC, 0);
    ck_assert_int_eq(fp_cluster_get_state(cluster), FP_STATE_CONNECTING);
    fp_cluster_set_state(cluster, FP_STATE_IN_SYNC, 0);
    fp_cluster_set_state(cluster, FP_STATE_CONNECTING, 5);
    ck_assert_int_eq(fp_cluster_get_state(cluster), FP_STATE_RESYNC);
    ck_assert_str_eq(fp_cluster_state_name(FP_STATE_RESYNC), "resync-in-progress");
    ck_assert_str_eq(fp_cluster_state_name((fp_cluster_state)77), "unknown");
    fp_cluster_free(cluster);
}
END_TEST

START_TEST(nothing_stays_behind_when_all_records_go)
{
    fp_cluster *cluster;
    size_t before;
    fp_u32_vec ids = {0};

    cluster = new_cluster();
    before = fp_cluster_memory(cluster);
    for (unsigned i = 0; i < 2000; i++) {
        char name[3] = {(char)('a' + i % 26), (char)('a' + i / 26 % 26), (char)('a' + i / 676)};
        fp_record_id id;
        bool is_new;
        bool twice;

        ck_assert_int_eq(fp_cluster_put(cluster, FP_KIND_POD, fp_str_n(name, 1), fp_str_n(name, 3),
                                        &id, &is_new, &twice),
                         0);
        ck_assert(is_new);
    }
    ck_assert_uint_gt(fp_cluster_memory(cluster), before);
    ck_assert_int_eq(fp_cluster_list(cluster, FP_KIND_POD, &ids), 0);
    for (size_t i = 0; i < ids.len; i++)
        fp_cluster_drop(cluster, ids.items[i]);
    ck_assert_uint_eq(fp_cluster_memory(cluster), before);
    fp_vec_done(&ids);
    fp_cluster_free(cluster);
}
END_TEST

static int run_a_resync(void *user)
{
    fp_cluster *cluster = NULL;
    fp_u32_vec ids = {0};
    int r = fp_cluster_new(&key, FP_STR("west"), 1, FP_ROLE_REMOTE, &cluster);

    (void)user;
    for (unsigned i = 0; r == 0 && i < 30; i++) {
        char name[1] = {(char)('A' + i)};
        size_t before = fp_cluster_count(cluster, FP_KIND_UNKNOWN);
        fp_record_id id;
        bool is_new;
        bool twice;

        r = fp_cluster_put(cluster, FP_KIND_POD, fp_str_n(name, 1), fp_str_n(name, 1), &id, &is_new,
                           &twice);
        if (r < 0)
            ck_assert_uint_eq(fp_cluster_count(cluster, FP_KIND_UNKNOWN), before);
    }
    if (r == 0) {
        fp_cluster_begin_resync(cluster, FP_KIND_UNKNOWN);
        r = fp_cluster_end_resync(cluster, FP_KIND_UNKNOWN, &ids);
        if (r < 0)
            ck_assert_uint_eq(ids.len, 0);
    }
    fp_vec_done(&ids);
    fp_cluster_free(cluster);
    return r;
}

START_TEST(out_of_memory_changes_nothing)
{
    fp_test_oom(run_a_resync, NULL);
}
END_TEST

FP_TEST_MAIN("cluster/cluster", names_are_checked, a_record_is_found_by_kind_namespace_and_name,
             listing_is_sorted_whatever_the_order_of_feeding,
             a_resync_sweeps_what_was_not_put_again, a_resync_of_all_kinds_sweeps_all,
             resyncs_without_end_do_not_make_old_records_fresh,
             the_same_object_twice_in_one_list_is_noticed,
             the_limit_on_objects_spares_those_that_are_there, age_counts_from_the_loss_of_sync,
             the_past_tells_connecting_from_resync, nothing_stays_behind_when_all_records_go,
             out_of_memory_changes_nothing)
