/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/federation.h"

#include <stdlib.h>

#include "tests/unit/federation/fed_fixture.h"

static mesh new_mesh(bool union_identity)
{
    const fp_federation_options options = {.union_identity = union_identity};
    mesh m;

    ck_assert_int_eq(mesh_init(&m, 7, &options), 0);
    return m;
}

static void put_pod(mesh *m, unsigned cluster, const char *name, const char *nets)
{
    const short_endpoint e = {cluster, FP_KIND_POD, "n", name, "a=1", "", nets, "", ""};

    must_put(m, &e);
}

static void put_set(mesh *m, const char *name, const char *nets)
{
    const short_endpoint e = {0, FP_KIND_GLOBAL_NETWORK_SET, "", name, "a=1", "", nets, "", ""};

    must_put(m, &e);
}

static void check_owners(const mesh *m, const char *address, bool effective, const char *expected)
{
    fp_ip ip;
    fp_u32_vec ids = {0};
    fp_cleanup_buf fp_buf buf = {0};

    ck_assert(fp_ip_parse(fp_str_of(address), &ip));
    ck_assert_int_eq(fp_federation_owners(m->federation, &ip, effective, &ids), 0);
    put_ids(m, &ids, &buf);
    ck_assert_str(fp_buf_str(&buf), expected);
    fp_vec_done(&ids);
}

static void check_members(mesh *m, const char *expected)
{
    fp_idset classes = {0};
    fp_selector *selector = NULL;
    fp_cidr_vec nets = {0};
    fp_cleanup_buf fp_buf buf = {0};

    ck_assert_int_eq(fp_selector_parse(FP_STR("a == '1'"), &selector, NULL), 0);
    ck_assert_int_eq(fp_label_index_flush(fp_federation_labels(m->federation)), 0);
    ck_assert_int_eq(fp_label_index_query(fp_federation_labels(m->federation), selector,
                                          FP_DOMAIN_ALL, &classes),
                     0);
    ck_assert_int_eq(fp_federation_members(m->federation, &classes, &nets), 0);
    put_nets(&nets, &buf);
    ck_assert_str(fp_buf_str(&buf), expected);
    fp_selector_unref(selector);
    fp_idset_done(&classes);
    fp_vec_done(&nets);
}

static bool is_contested(const mesh *m, unsigned cluster, const char *name)
{
    fp_endpoint_view view;

    ck_assert(
        fp_federation_get(m->federation, mesh_find(m, cluster, FP_KIND_POD, "n", name), &view));
    return view.contested;
}

START_TEST(one_owner_is_found_by_its_address)
{
    mesh m = new_mesh(false);

    put_pod(&m, 1, "p", "10.0.0.1 fd00::1");
    check_owners(&m, "10.0.0.1", true, "west:n/p ");
    check_owners(&m, "fd00::1", true, "west:n/p ");
    check_owners(&m, "10.0.0.2", false, "");
    put_pod(&m, 1, "p", "10.0.0.2");
    check_owners(&m, "10.0.0.1", false, "");
    check_owners(&m, "fd00::1", false, "");
    check_owners(&m, "10.0.0.2", true, "west:n/p ");
    mesh_done(&m);
}
END_TEST

START_TEST(remote_owners_of_one_address_all_count)
{
    mesh m = new_mesh(false);

    put_pod(&m, 1, "p", "10.0.0.1");
    put_pod(&m, 2, "q", "10.0.0.1 10.0.0.2");
    put_pod(&m, 2, "r", "10.0.0.1");
    check_owners(&m, "10.0.0.1", true, "north:n/q north:n/r west:n/p ");
    ck_assert(is_contested(&m, 1, "p") && is_contested(&m, 2, "q"));
    mesh_remove(&m, 2, FP_KIND_POD, "n", "q");
    check_owners(&m, "10.0.0.1", true, "north:n/r west:n/p ");
    mesh_remove(&m, 2, FP_KIND_POD, "n", "r");
    check_owners(&m, "10.0.0.1", true, "west:n/p ");
    ck_assert(!is_contested(&m, 1, "p"));
    check_members(&m, "10.0.0.1 ");
    mesh_done(&m);
}
END_TEST

START_TEST(a_remote_does_not_count_where_a_local_has_the_address)
{
    mesh m = new_mesh(false);
    const short_endpoint local = {0, FP_KIND_HOST_ENDPOINT, "", "h", "b=1", "", "10.0.0.1", "", ""};

    put_pod(&m, 1, "p", "10.0.0.1 10.0.0.2");
    check_members(&m, "10.0.0.1 10.0.0.2 ");
    must_put(&m, &local);
    check_owners(&m, "10.0.0.1", true, "east:/h ");
    check_owners(&m, "10.0.0.1", false, "east:/h west:n/p ");
    check_members(&m, "10.0.0.2 ");
    mesh_remove(&m, 0, FP_KIND_HOST_ENDPOINT, "", "h");
    check_owners(&m, "10.0.0.1", true, "west:n/p ");
    check_members(&m, "10.0.0.1 10.0.0.2 ");
    mesh_done(&m);
}
END_TEST

START_TEST(union_identity_counts_the_remote_too)
{
    mesh m = new_mesh(true);

    put_pod(&m, 1, "p", "10.0.0.1");
    put_pod(&m, 0, "q", "10.0.0.1");
    check_owners(&m, "10.0.0.1", true, "east:n/q west:n/p ");
    mesh_done(&m);
}
END_TEST

START_TEST(local_owners_of_one_address_all_count)
{
    mesh m = new_mesh(false);

    put_pod(&m, 0, "p", "10.0.0.1");
    put_pod(&m, 0, "q", "10.0.0.1");
    put_pod(&m, 1, "r", "10.0.0.1");
    check_owners(&m, "10.0.0.1", true, "east:n/p east:n/q ");
    mesh_remove(&m, 0, FP_KIND_POD, "n", "p");
    check_owners(&m, "10.0.0.1", true, "east:n/q ");
    mesh_done(&m);
}
END_TEST

START_TEST(network_sets_that_cover_the_address_count_beside_anyone)
{
    mesh m = new_mesh(false);

    put_set(&m, "all", "0.0.0.0/0");
    put_set(&m, "eight", "10.0.0.0/8 10.0.0.1");
    put_set(&m, "same", "10.0.0.0/8");
    put_set(&m, "other", "11.0.0.0/8");
    put_pod(&m, 1, "p", "10.0.0.1");
    check_owners(&m, "10.0.0.1", true, "east:/all east:/eight east:/same west:n/p ");
    check_owners(&m, "10.0.0.9", true, "east:/all east:/eight east:/same ");
    /* A set hides nobody. */
    put_pod(&m, 0, "q", "10.0.0.1");
    check_owners(&m, "10.0.0.1", true, "east:n/q east:/all east:/eight east:/same ");
    mesh_remove(&m, 0, FP_KIND_GLOBAL_NETWORK_SET, "", "same");
    check_owners(&m, "10.0.0.9", true, "east:/all east:/eight ");
    put_set(&m, "eight", "12.0.0.0/8");
    check_owners(&m, "10.0.0.9", true, "east:/all ");
    mesh_done(&m);
}
END_TEST

START_TEST(members_are_sorted_and_unique)
{
    mesh m = new_mesh(false);

    put_set(&m, "s", "0.0.0.0 10.0.0.0/8 10.0.0.0 10.0.0.1 fd00::/8");
    put_set(&m, "t", "10.0.0.0/8 10.0.0.0/16 11.0.0.0/8");
    put_pod(&m, 1, "p", "10.0.0.1");
    put_pod(&m, 1, "q", "10.0.0.0");
    put_pod(&m, 2, "r", "2.0.0.0 fd00::1");
    check_members(&m, "0.0.0.0 2.0.0.0 10.0.0.0/8 10.0.0.0/16 10.0.0.0 10.0.0.1 11.0.0.0/8 "
                      "fd00::/8 fd00::1 ");
    mesh_done(&m);
}
END_TEST

START_TEST(many_members_are_sorted_too)
{
    mesh m = new_mesh(false);
    fp_rng rng = {5};
    fp_idset classes = {0};
    fp_cidr_vec nets = {0};
    fp_endpoint_view view = {0};

    for (unsigned i = 0; i < 3000; i++) {
        fp_buf name = {0};
        fp_buf net = {0};
        short_endpoint e = {1, FP_KIND_POD, "n", NULL, "a=1", "", NULL, "", ""};

        fp_buf_printf(&name, "p%u", i);
        fp_buf_printf(&net, "%u.%u.%u.%u", 1 + fp_rng_below(&rng, 200), fp_rng_below(&rng, 3),
                      fp_rng_below(&rng, 256), fp_rng_below(&rng, 256));
        e.name = name.data;
        e.nets = net.data;
        ck_assert(fp_federation_get(m.federation, must_put(&m, &e), &view));
        fp_buf_done(&name);
        fp_buf_done(&net);
    }
    ck_assert_int_eq(fp_idset_add(&classes, view.class_id), 1);
    ck_assert_int_eq(fp_federation_members(m.federation, &classes, &nets), 0);
    ck_assert_uint_gt(nets.len, 2900);
    for (size_t i = 1; i < nets.len; i++)
        ck_assert_int_lt(fp_cidr_cmp(&nets.items[i - 1], &nets.items[i]), 0);
    fp_idset_done(&classes);
    fp_vec_done(&nets);
    mesh_done(&m);
}
END_TEST

/* "cluster code name: message; " of the federation's diagnostics. */
static void check_diags(mesh *m, const char *expected)
{
    fp_cleanup_buf fp_buf buf = {0};

    ck_assert_int_eq(fp_federation_update_diags(m->federation), 0);
    for (unsigned c = 0; c < N_CLUSTERS; c++) {
        const fp_kept_diag **list = NULL;
        size_t n = 0;

        if (!m->clusters[c])
            continue;
        ck_assert_int_eq(fp_cluster_diag_list(m->clusters[c], &list, &n), 0);
        for (size_t i = 0; i < n; i++)
            fp_buf_printf(&buf, "%s %s %s: %s; ", fp_cluster_name_z(m->clusters[c]),
                          list[i]->code == FP_DIAG_LOCAL_ADDRESS_CLAIMED ? "claimed" : "duplicate",
                          list[i]->name.ptr, list[i]->message.ptr);
    }
    ck_assert_str(fp_buf_str(&buf), expected);
}

START_TEST(remotes_with_one_address_are_told_on_each)
{
    mesh m = new_mesh(false);
    const char *both = "west duplicate p: 10.0.0.1 is the address of north Pod \"n\"/\"q\", west "
                       "Pod \"n\"/\"p\"; north duplicate q: 10.0.0.1 is the address of north Pod "
                       "\"n\"/\"q\", west Pod \"n\"/\"p\"; ";

    put_pod(&m, 1, "p", "10.0.0.1");
    check_diags(&m, "");
    put_pod(&m, 2, "q", "10.0.0.1");
    check_diags(&m, both);
    mesh_remove(&m, 2, FP_KIND_POD, "n", "q");
    check_diags(&m, "");
    put_pod(&m, 2, "q", "10.0.0.1");
    check_diags(&m, both);
    put_pod(&m, 2, "q", "10.0.0.2");
    check_diags(&m, "");
    mesh_done(&m);
}
END_TEST

START_TEST(a_claim_of_a_local_address_is_told_on_the_remote_alone)
{
    mesh m = new_mesh(false);

    put_pod(&m, 0, "p", "10.0.0.1");
    put_pod(&m, 1, "q", "10.0.0.1");
    check_diags(&m, "west claimed q: 10.0.0.1 is the address of east Pod \"n\"/\"p\", west Pod "
                    "\"n\"/\"q\"; ");
    mesh_remove(&m, 0, FP_KIND_POD, "n", "p");
    check_diags(&m, "");
    mesh_done(&m);
}
END_TEST

START_TEST(a_network_set_claims_nothing)
{
    mesh m = new_mesh(false);

    put_set(&m, "s", "10.0.0.1");
    put_pod(&m, 0, "p", "10.0.0.1");
    put_pod(&m, 1, "q", "10.0.0.2");
    put_set(&m, "t", "10.0.0.2");
    check_diags(&m, "");
    mesh_done(&m);
}
END_TEST

START_TEST(a_crowd_is_named_in_part)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
    mesh m = new_mesh(false);
    const fp_kept_diag **list = NULL;
    size_t n = 0;

    for (size_t i = 0; i < FP_ARRAY_LEN(names); i++)
        put_pod(&m, 1, names[i], "10.0.0.1");
    ck_assert_int_eq(fp_federation_update_diags(m.federation), 0);
    ck_assert_int_eq(fp_cluster_diag_list(m.clusters[1], &list, &n), 0);
    ck_assert_uint_eq(n, 6);
    for (size_t i = 0; i < n; i++)
        ck_assert_str(list[i]->message,
                      "10.0.0.1 is the address of west Pod \"n\"/\"a\", west Pod \"n\"/\"b\", west "
                      "Pod \"n\"/\"c\", west Pod \"n\"/\"d\" and 2 more");
    mesh_done(&m);
}
END_TEST

static bool no_memory;

static void *stingy_alloc(size_t size, void *user)
{
    (void)user;
    return no_memory ? NULL : malloc(size);
}

static void *stingy_realloc(void *ptr, size_t size, void *user)
{
    (void)user;
    return no_memory ? NULL : realloc(ptr, size);
}

static void stingy_free(void *ptr, void *user)
{
    (void)user;
    free(ptr);
}

START_TEST(no_diagnostic_is_lost_for_want_of_memory)
{
    const fp_allocator stingy = {stingy_alloc, stingy_realloc, stingy_free, NULL};
    mesh m;

    fp_alloc_set(&stingy);
    m = new_mesh(false);
    put_pod(&m, 1, "p", "10.0.0.1");
    put_pod(&m, 1, "q", "10.0.0.1");
    put_pod(&m, 1, "r", "10.0.0.1");
    ck_assert_int_eq(fp_federation_update_diags(m.federation), 0);
    no_memory = true;
    mesh_remove(&m, 1, FP_KIND_POD, "n", "r");
    ck_assert_int_eq(fp_federation_update_diags(m.federation), FEDPOL_E_NOMEM);
    no_memory = false;
    check_diags(&m, "west duplicate p: 10.0.0.1 is the address of west Pod \"n\"/\"p\", west Pod "
                    "\"n\"/\"q\"; west duplicate q: 10.0.0.1 is the address of west Pod "
                    "\"n\"/\"p\", west Pod \"n\"/\"q\"; ");
    mesh_done(&m);
    fp_alloc_set(NULL);
}
END_TEST

FP_TEST_MAIN("federation/owners", one_owner_is_found_by_its_address,
             remote_owners_of_one_address_all_count,
             a_remote_does_not_count_where_a_local_has_the_address,
             union_identity_counts_the_remote_too, local_owners_of_one_address_all_count,
             network_sets_that_cover_the_address_count_beside_anyone, members_are_sorted_and_unique,
             many_members_are_sorted_too, remotes_with_one_address_are_told_on_each,
             a_claim_of_a_local_address_is_told_on_the_remote_alone, a_network_set_claims_nothing,
             a_crowd_is_named_in_part, no_diagnostic_is_lost_for_want_of_memory)
