/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/federation.h"

#include "tests/unit/federation/fed_fixture.h"

static const short_endpoint web = {0,          FP_KIND_POD,        "shop",      "web", "app=web",
                                   "kns.shop", "10.0.0.1 fd00::1", "http/6/80", "n1"};
static const short_endpoint db = {1,          FP_KIND_POD, "shop", "db", "app=db tier=back",
                                  "kns.shop", "10.1.0.1",  "",     "n1"};

static mesh new_mesh(const fp_federation_options *options)
{
    mesh m;

    ck_assert_int_eq(mesh_init(&m, 7, options), 0);
    return m;
}

START_TEST(an_endpoint_reads_back_as_it_was_put)
{
    mesh m = new_mesh(NULL);
    fp_endpoint_id id = must_put(&m, &web);
    fp_endpoint_view view;
    fp_cidr net;
    fp_endpoint_port port;
    fp_record_view record;
    fp_cleanup_buf fp_buf buf = {0};

    ck_assert(fp_federation_get(m.federation, id, &view));
    ck_assert_int_eq(view.type, FP_ENDPOINT_WORKLOAD);
    ck_assert_int_eq(view.kind, FP_KIND_POD);
    ck_assert_ptr_eq(view.cluster, m.clusters[0]);
    ck_assert_str(view.ns, "shop");
    ck_assert_str(view.name, "web");
    ck_assert_str(view.node, "n1");
    ck_assert_str(view.interface_name, "");
    ck_assert(view.enforced);
    ck_assert(!view.contested);
    ck_assert_uint_eq(view.n_nets, 2);
    ck_assert_uint_eq(view.n_ports, 1);
    net = fp_federation_net(m.federation, id, 0);
    fp_cidr_put(&buf, &net);
    net = fp_federation_net(m.federation, id, 1);
    fp_cidr_put(&buf, &net);
    ck_assert_str(fp_buf_str(&buf), "10.0.0.1fd00::1");
    port = fp_federation_port(m.federation, id, 0);
    ck_assert_str(port.name, "http");
    ck_assert_uint_eq(port.port, 80);
    record = fp_cluster_record(
        m.clusters[0], fp_cluster_find(m.clusters[0], FP_KIND_POD, FP_STR("shop"), FP_STR("web")));
    ck_assert_int_eq(record.cls, FP_OBJECT_ENDPOINT);
    ck_assert_uint_eq(record.payload, id);
    ck_assert(!fp_federation_get(m.federation, id + 1, &view));
    ck_assert(!fp_federation_get(m.federation, 100000, &view));
    mesh_done(&m);
}
END_TEST

START_TEST(an_endpoint_without_record_is_refused)
{
    mesh m = new_mesh(NULL);
    const fp_endpoint_desc desc = {.type = FP_ENDPOINT_WORKLOAD};
    fp_endpoint_id id = 5;

    ck_assert_int_eq(fp_federation_put(m.federation, m.clusters[0], FP_KIND_POD, FP_STR("a"),
                                       FP_STR("b"), &desc, FP_NO_ID, &id),
                     FEDPOL_E_INVALID);
    ck_assert_uint_eq(id, 5);
    ck_assert_uint_eq(fp_federation_count(m.federation), 0);
    mesh_done(&m);
}
END_TEST

START_TEST(only_local_workloads_of_the_node_are_enforced)
{
    static const struct {
        short_endpoint endpoint;
        bool on_n1;
        bool anywhere;
    } cases[] = {
        {{0, FP_KIND_POD, "n", "here", "", "", "10.0.0.1", "", "n1"}, true, true},
        {{0, FP_KIND_POD, "n", "elsewhere", "", "", "10.0.0.2", "", "n2"}, false, true},
        {{0, FP_KIND_POD, "n", "nowhere", "", "", "10.0.0.3", "", ""}, false, true},
        {{0, FP_KIND_HOST_ENDPOINT, "", "host", "", "", "10.0.0.4", "", "n1"}, false, false},
        {{0, FP_KIND_NETWORK_SET, "n", "set", "", "", "10.0.0.5", "", ""}, false, false},
        {{1, FP_KIND_POD, "n", "here", "", "", "10.0.0.6", "", "n1"}, false, false},
    };
    const fp_federation_options n1 = {.node = FP_STR_INIT("n1")};

    for (int anywhere = 0; anywhere <= 1; anywhere++) {
        mesh m = new_mesh(anywhere ? NULL : &n1);
        fp_u32_vec ids = {0};

        for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
            fp_endpoint_view view;

            ck_assert(fp_federation_get(m.federation, must_put(&m, &cases[i].endpoint), &view));
            ck_assert_msg(view.enforced == (anywhere ? cases[i].anywhere : cases[i].on_n1), "%s",
                          cases[i].endpoint.name);
            ck_assert_int_eq(
                fp_label_index_enforced(fp_federation_labels(m.federation), view.class_id),
                view.enforced);
        }
        ck_assert_int_eq(fp_federation_enforced(m.federation, &ids), 0);
        ck_assert_uint_eq(ids.len, anywhere ? 3 : 1);
        fp_vec_done(&ids);
        mesh_done(&m);
    }
}
END_TEST

START_TEST(listing_is_in_the_order_of_cluster_type_namespace_name)
{
    static const short_endpoint all[] = {
        {1, FP_KIND_POD, "b", "x", "", "", "10.0.0.1", "", ""},
        {2, FP_KIND_POD, "a", "x", "", "", "10.0.0.2", "", ""},
        {0, FP_KIND_GLOBAL_NETWORK_SET, "", "s", "", "", "10.0.0.3", "", ""},
        {0, FP_KIND_HOST_ENDPOINT, "", "h", "", "", "10.0.0.4", "", ""},
        {0, FP_KIND_POD, "b", "x", "", "", "10.0.0.5", "", ""},
        {0, FP_KIND_POD, "b", "a", "", "", "10.0.0.6", "", ""},
        {0, FP_KIND_POD, "a", "z", "", "", "10.0.0.7", "", ""},
    };
    mesh m = new_mesh(NULL);
    fp_u32_vec ids = {0};
    fp_cleanup_buf fp_buf buf = {0};

    for (size_t i = 0; i < FP_ARRAY_LEN(all); i++)
        must_put(&m, &all[i]);
    ck_assert_int_eq(fp_federation_all(m.federation, &ids), 0);
    put_ids(&m, &ids, &buf);
    ck_assert_str(fp_buf_str(&buf),
                  "east:a/z east:b/a east:b/x east:/h east:/s north:a/x west:b/x ");
    ck_assert_uint_eq(fp_federation_count(m.federation), 7);
    ck_assert_uint_eq(fp_federation_cluster_count(m.federation, m.clusters[0]), 5);
    ck_assert_uint_eq(fp_federation_cluster_count(m.federation, m.clusters[2]), 1);
    fp_vec_done(&ids);
    mesh_done(&m);
}
END_TEST

/* What changed since the last forget: "name+" new, "name-" gone, "name~" other. */
static void check_changes(mesh *m, const char *expected)
{
    uint64_t cursor = 0;
    fp_endpoint_change change;
    fp_cleanup_buf fp_buf buf = {0};

    while (fp_federation_next_change(m->federation, &cursor, &change)) {
        fp_buf_puts(&buf, change.was ? (change.is ? "~" : "-") : "+");
        for (size_t i = 0; i < change.n_old_nets; i++) {
            fp_cidr_put(&buf, &change.old_nets[i]);
            fp_buf_putc(&buf, ',');
        }
        for (size_t i = 0; i < change.n_old_ports; i++)
            fp_buf_add(&buf, change.old_ports[i].name);
        fp_buf_putc(&buf, ' ');
    }
    ck_assert_str(fp_buf_str(&buf), expected);
}

START_TEST(equal_puts_touch_nothing)
{
    mesh m = new_mesh(NULL);

    must_put(&m, &web);
    must_put(&m, &db);
    check_changes(&m, "+ + ");
    mesh_forget(&m);
    must_put(&m, &web);
    must_put(&m, &db);
    check_changes(&m, "");
    ck_assert(!fp_federation_has_changes(m.federation));
    mesh_done(&m);
}
END_TEST

START_TEST(a_touched_endpoint_appears_once_with_its_old_state)
{
    static const short_endpoint variants[] = {
        {0, FP_KIND_POD, "shop", "web", "app=web2", "kns.shop", "10.0.0.1 fd00::1", "http/6/80",
         "n1"},
        {0, FP_KIND_POD, "shop", "web", "app=web", "kns.other", "10.0.0.1 fd00::1", "http/6/80",
         "n1"},
        {0, FP_KIND_POD, "shop", "web", "app=web", "kns.shop", "10.0.0.2", "http/6/80", "n1"},
        {0, FP_KIND_POD, "shop", "web", "app=web", "kns.shop", "10.0.0.1 fd00::1", "http/6/81",
         "n1"},
        {0, FP_KIND_POD, "shop", "web", "app=web", "kns.shop", "10.0.0.1 fd00::1", "", "n1"},
        {0, FP_KIND_POD, "shop", "web", "app=web", "kns.shop", "10.0.0.1 fd00::1", "http/6/80",
         "n2"},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(variants); i++) {
        mesh m = new_mesh(NULL);
        fp_endpoint_id id = must_put(&m, &web);

        mesh_forget(&m);
        ck_assert_uint_eq(must_put(&m, &variants[i]), id);
        check_changes(&m, "~10.0.0.1,fd00::1,http ");
        must_put(&m, &web);
        must_put(&m, &variants[i]);
        check_changes(&m, "~10.0.0.1,fd00::1,http ");
        mesh_remove(&m, 0, FP_KIND_POD, "shop", "web");
        check_changes(&m, "-10.0.0.1,fd00::1,http ");
        mesh_forget(&m);
        check_changes(&m, "");
        mesh_done(&m);
    }
}
END_TEST

START_TEST(removed_endpoints_are_told_with_their_old_state)
{
    mesh m = new_mesh(NULL);

    must_put(&m, &web);
    must_put(&m, &db);
    mesh_forget(&m);
    mesh_remove(&m, 1, FP_KIND_POD, "shop", "db");
    mesh_remove(&m, 0, FP_KIND_POD, "shop", "web");
    check_changes(&m, "-10.0.0.1,fd00::1,http -10.1.0.1, ");
    mesh_forget(&m);
    check_changes(&m, "");
    mesh_done(&m);
}
END_TEST

START_TEST(what_came_and_went_is_no_change)
{
    mesh m = new_mesh(NULL);

    must_put(&m, &web);
    mesh_remove(&m, 0, FP_KIND_POD, "shop", "web");
    check_changes(&m, "");
    mesh_forget(&m);
    ck_assert_uint_eq(fp_federation_count(m.federation), 0);
    mesh_done(&m);
}
END_TEST

START_TEST(an_id_is_not_used_again_before_forget)
{
    mesh m = new_mesh(NULL);
    fp_endpoint_id id = must_put(&m, &web);

    must_put(&m, &db);
    mesh_remove(&m, 0, FP_KIND_POD, "shop", "web");
    ck_assert_uint_ne(must_put(&m, &web), id);
    mesh_remove(&m, 0, FP_KIND_POD, "shop", "web");
    mesh_forget(&m);
    ck_assert_uint_le(must_put(&m, &web), 2);
    mesh_done(&m);
}
END_TEST

START_TEST(a_cluster_can_be_freed_before_forget)
{
    mesh m = new_mesh(NULL);

    must_put(&m, &web);
    must_put(&m, &db);
    mesh_forget(&m);
    mesh_remove(&m, 1, FP_KIND_POD, "shop", "db");
    m.clusters[1] = fp_cluster_free(m.clusters[1]);
    check_changes(&m, "-10.1.0.1, ");
    mesh_forget(&m);
    ck_assert_uint_eq(fp_federation_count(m.federation), 1);
    mesh_done(&m);
}
END_TEST

START_TEST(the_cluster_label_cannot_be_forged)
{
    static const short_endpoint forged[] = {
        {0, FP_KIND_POD, "n", "a", "cluster=west z=1", "liar", "10.0.0.1", "", ""},
        {1, FP_KIND_POD, "n", "a", "a=1 cluster=east", "liar", "10.0.0.2", "", ""},
        {1, FP_KIND_HOST_ENDPOINT, "", "h", "", "liar", "10.0.0.3", "", ""},
        {0, FP_KIND_GLOBAL_NETWORK_SET, "", "s", "z=1", "liar", "10.0.0.4", "", ""},
    };
    static const char *const expected[] = {"east", "west", "west", "east"};
    const fp_federation_options on = {.cluster_label = FP_STR_INIT("cluster")};
    const fp_label lie = {FP_STR_INIT("cluster"), FP_STR_INIT("east")};
    mesh m = new_mesh(&on);
    fp_label_index *labels = fp_federation_labels(m.federation);

    ck_assert_int_eq(fp_label_index_set_profile(labels, 1, FP_STR("liar"), &lie, 1), 0);
    for (size_t i = 0; i < FP_ARRAY_LEN(forged); i++) {
        fp_endpoint_view view;
        fp_str value = FP_STR_NULL;

        ck_assert(fp_federation_get(m.federation, must_put(&m, &forged[i]), &view));
        ck_assert_int_eq(fp_label_index_flush(labels), 0);
        ck_assert(fp_label_index_get(labels, view.class_id, FP_STR("cluster"), &value));
        ck_assert_str(value, expected[i]);
    }
    mesh_done(&m);
}
END_TEST

START_TEST(options_are_set_before_the_first_endpoint_only)
{
    mesh m = new_mesh(NULL);
    const fp_federation_options options = {.node = FP_STR_INIT("n1")};

    ck_assert_int_eq(fp_federation_set_options(m.federation, &options), 0);
    must_put(&m, &web);
    ck_assert_int_eq(fp_federation_set_options(m.federation, &options), FEDPOL_E_STATE);
    mesh_done(&m);
}
END_TEST

START_TEST(selecting_gives_all_that_match_in_order)
{
    mesh m = new_mesh(NULL);
    fp_selector *selector = NULL;
    fp_u32_vec ids = {0};
    fp_cleanup_buf fp_buf buf = {0};

    must_put(&m, &db);
    must_put(&m, &web);
    mesh_forget(&m);
    ck_assert_int_eq(fp_selector_parse(FP_STR("has(app)"), &selector, NULL), 0);
    ck_assert_int_eq(fp_federation_select(m.federation, selector, &ids), 0);
    put_ids(&m, &ids, &buf);
    ck_assert_str(fp_buf_str(&buf), "east:shop/web west:shop/db ");
    fp_selector_unref(selector);
    fp_vec_done(&ids);
    mesh_done(&m);
}
END_TEST

START_TEST(nothing_stays_behind_when_all_endpoints_go)
{
    mesh m = new_mesh(NULL);
    size_t before;

    /* Twice, so that what the label engine keeps for re-use is there before. */
    for (int round = 0; round < 2; round++) {
        before = fp_federation_memory(m.federation);
        for (unsigned i = 0; i < 2000; i++) {
            fp_buf name = {0};
            fp_buf net = {0};
            short_endpoint e = web;

            fp_buf_printf(&name, "web-%u", i);
            fp_buf_printf(&net, "10.2.%u.%u", i / 250, i % 250);
            e.cluster = i % 3;
            e.name = name.data;
            e.nets = net.data;
            must_put(&m, &e);
            fp_buf_done(&name);
            fp_buf_done(&net);
        }
        mesh_forget(&m);
        for (unsigned c = 0; c < N_CLUSTERS; c++) {
            fp_u32_vec records = {0};

            ck_assert_int_eq(fp_cluster_list(m.clusters[c], FP_KIND_POD, &records), 0);
            for (size_t i = 0; i < records.len; i++) {
                fp_federation_remove(m.federation,
                                     fp_cluster_record(m.clusters[c], records.items[i]).payload);
                fp_cluster_drop(m.clusters[c], records.items[i]);
            }
            fp_vec_done(&records);
        }
        mesh_forget(&m);
    }
    ck_assert_uint_eq(fp_federation_count(m.federation), 0);
    ck_assert_uint_le(fp_federation_memory(m.federation), before + 1024);
    mesh_done(&m);
}
END_TEST

FP_TEST_MAIN("federation/endpoints", an_endpoint_reads_back_as_it_was_put,
             an_endpoint_without_record_is_refused, only_local_workloads_of_the_node_are_enforced,
             listing_is_in_the_order_of_cluster_type_namespace_name, equal_puts_touch_nothing,
             a_touched_endpoint_appears_once_with_its_old_state,
             removed_endpoints_are_told_with_their_old_state, what_came_and_went_is_no_change,
             an_id_is_not_used_again_before_forget, a_cluster_can_be_freed_before_forget,
             the_cluster_label_cannot_be_forged, options_are_set_before_the_first_endpoint_only,
             selecting_gives_all_that_match_in_order, nothing_stays_behind_when_all_endpoints_go)
