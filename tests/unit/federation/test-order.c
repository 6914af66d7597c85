/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/federation.h"

#include "libfedpol/federation/private.h"
#include "tests/unit/federation/naive.h"

/*
 * One final state, reached in different ways and under different hash keys, must look the same; and
 * running out of memory on the way changes nothing but the way.
 */

typedef enum way {
    WAY_PLAIN,
    WAY_REVERSED,
    WAY_SPLIT,      /* a commit behind each change */
    WAY_SQUASHED,   /* one commit at the end */
    WAY_DUPLICATED, /* every change twice */
    WAY_EMPTIES,    /* commits without a change */
    WAY_DETOUR,     /* through other states first */
    N_WAYS,
} way;

#define N_PLACES (N_CLUSTERS * (N_ENTITIES + N_PROFILES))

static void draw_world(naive *n, uint64_t seed)
{
    fp_rng rng = {seed};

    *n = (naive){0};
    for (unsigned c = 0; c < N_CLUSTERS; c++) {
        for (unsigned i = 0; i < N_ENTITIES; i++)
            if (fp_rng_below(&rng, 5) > 0)
                n->entities[c][i] = draw_entity(&rng, c, i);
        for (unsigned i = 0; i < N_PROFILES; i++) {
            n->profiles[c][i].is = fp_rng_below(&rng, 4) > 0;
            for (unsigned l = 0; l < 2 && n->profiles[c][i].is; l++)
                n->profiles[c][i].labels[l] = fp_rng_below(&rng, 3);
        }
    }
}

/* Brings one place, an entity or a profile, to what N says. */
static int apply(mesh *m, const naive *n, unsigned place)
{
    unsigned c = place % N_CLUSTERS;
    unsigned i = place / N_CLUSTERS;
    fp_kind kind;

    if (i >= N_ENTITIES)
        return naive_set_profile(m, n, c, i - N_ENTITIES);
    if (n->entities[c][i].is)
        return naive_put(m, n, c, i);
    kind = c == 0 && i == 7 ? FP_KIND_NETWORK_SET : i == 6 ? FP_KIND_HOST_ENDPOINT : FP_KIND_POD;
    if (mesh_find(m, c, kind, "n", entity_names[i]) != FP_NO_ID)
        mesh_remove(m, c, kind, "n", entity_names[i]);
    return 0;
}

static int commit(mesh *m)
{
    fp_try(fp_label_index_flush(fp_federation_labels(m->federation)));
    fp_try(fp_federation_update_diags(m->federation));
    fp_federation_forget(m->federation);
    fp_label_index_forget(fp_federation_labels(m->federation));
    return 0;
}

static int walk(mesh *m, const naive *n, way how)
{
    if (how == WAY_DETOUR) {
        naive other;

        draw_world(&other, 4242);
        fp_try(walk(m, &other, WAY_PLAIN));
    }
    for (unsigned step = 0; step < N_PLACES; step++) {
        unsigned place = how == WAY_REVERSED ? N_PLACES - 1 - step : step;

        fp_try(apply(m, n, place));
        if (how == WAY_DUPLICATED)
            fp_try(apply(m, n, place));
        if (how == WAY_SPLIT || how == WAY_EMPTIES || (how != WAY_SQUASHED && step % 7 == 0))
            fp_try(commit(m));
        if (how == WAY_EMPTIES)
            fp_try(commit(m));
    }
    return commit(m);
}

static int dump_endpoint(const mesh *m, fp_endpoint_id id, fp_buf *buf)
{
    const fp_label_index *labels = fp_federation_labels(m->federation);
    fp_label list[MAX_ITEMS];
    fp_endpoint_view view;

    ck_assert(fp_federation_get(m->federation, id, &view));
    fp_buf_add(buf, fp_cluster_name(view.cluster));
    fp_buf_printf(buf, " %d ", (int)view.type);
    fp_buf_add(buf, view.name);
    fp_buf_printf(buf, " enforced=%d contested=%d", view.enforced, view.contested);
    for (size_t i = 0; i < view.n_nets; i++) {
        fp_cidr net = fp_federation_net(m->federation, id, i);

        fp_buf_putc(buf, ' ');
        fp_cidr_put(buf, &net);
        fp_buf_puts(buf, fp_federation_is_effective(m->federation, id, i) ? "" : "(hidden)");
    }
    for (size_t i = 0; i < view.n_ports; i++) {
        fp_endpoint_port port = fp_federation_port(m->federation, id, i);

        fp_buf_putc(buf, ' ');
        fp_buf_add(buf, port.name);
        fp_buf_printf(buf, "/%u/%u", port.protocol, port.port);
    }
    ck_assert_uint_le(fp_label_index_label_count(labels, view.class_id), MAX_ITEMS);
    fp_label_index_labels(labels, view.class_id, list);
    for (size_t i = 0; i < fp_label_index_label_count(labels, view.class_id); i++) {
        fp_buf_putc(buf, ' ');
        fp_buf_add(buf, list[i].name);
        fp_buf_putc(buf, '=');
        fp_buf_add(buf, list[i].value);
    }
    fp_buf_putc(buf, '\n');
    return fp_buf_error(buf);
}

static int dump_form(mesh *m, unsigned form, fp_buf *buf)
{
    fp_selector *selector = NULL;
    fp_idset classes = {0};
    fp_cidr_vec nets = {0};
    fp_u32_vec ids = {0};
    int r = fp_selector_parse(fp_str_of(form_text[form]), &selector, NULL);

    if (r == 0)
        r = fp_label_index_query(fp_federation_labels(m->federation), selector, FP_DOMAIN_ALL,
                                 &classes);
    if (r == 0)
        r = fp_federation_members(m->federation, &classes, &nets);
    if (r == 0)
        r = fp_federation_select(m->federation, selector, &ids);
    fp_buf_printf(buf, "%s: ", form_text[form]);
    if (r == 0) {
        put_nets(&nets, buf);
        put_ids(m, &ids, buf);
    }
    fp_buf_putc(buf, '\n');
    fp_selector_unref(selector);
    fp_idset_done(&classes);
    fp_vec_done(&nets);
    fp_vec_done(&ids);
    return r < 0 ? r : fp_buf_error(buf);
}

static int dump_diags(const mesh *m, fp_buf *buf)
{
    for (unsigned c = 0; c < N_CLUSTERS; c++) {
        const fp_kept_diag **list = NULL;
        size_t n = 0;

        fp_try(fp_cluster_diag_list(m->clusters[c], &list, &n));
        for (size_t i = 0; i < n; i++)
            fp_buf_printf(buf, "%s %s %d %s\n", fp_cluster_name_z(m->clusters[c]),
                          list[i]->name.ptr, (int)list[i]->code, list[i]->message.ptr);
    }
    return fp_buf_error(buf);
}

static int dump(mesh *m, fp_buf *buf)
{
    fp_u32_vec ids = {0};
    int r = fp_federation_all(m->federation, &ids);

    for (size_t i = 0; r == 0 && i < ids.len; i++)
        r = dump_endpoint(m, ids.items[i], buf);
    fp_vec_done(&ids);
    for (unsigned f = 0; r == 0 && f < N_FORMS; f++)
        r = dump_form(m, f, buf);
    return r < 0 ? r : dump_diags(m, buf);
}

START_TEST(every_way_leads_to_the_same_state)
{
    for (uint64_t seed = 1; seed <= 12; seed++) {
        fp_cleanup_buf fp_buf first = {0};
        naive n;

        draw_world(&n, seed);
        for (unsigned how = 0; how < N_WAYS; how++) {
            fp_cleanup_buf fp_buf buf = {0};
            mesh m;

            ck_assert_int_eq(mesh_init(&m, seed * 1000 + how, NULL), 0);
            ck_assert_int_eq(walk(&m, &n, (way)how), 0);
            ck_assert_int_eq(dump(&m, how == 0 ? &first : &buf), 0);
            if (how > 0)
                ck_assert_msg(fp_str_eq(fp_buf_str(&first), fp_buf_str(&buf)),
                              "seed %u, way %u:\n%s\nnot\n%s", (unsigned)seed, how, buf.data,
                              first.data);
            mesh_done(&m);
        }
        ck_assert_uint_gt(first.len, 1000);
    }
}
END_TEST

typedef struct oom_case {
    naive before;
    naive after;
    fp_str expected;
    bool commit_between;
} oom_case;

static int ask_differences(mesh *m)
{
    fp_member_change_vec nets = {0};
    fp_port_change_vec ports = {0};
    fp_port_query query = {0, 0, FP_STR("http"), 1};
    int r = fp_federation_member_changes(m->federation, NULL, 0, &nets);

    if (r == 0)
        r = fp_federation_port_changes(m->federation, &query, 1, &ports);
    fp_vec_done(&nets);
    fp_vec_done(&ports);
    return r;
}

/* Each step is tried again once if it runs out of memory. */
static int apply_all(mesh *m, const naive *n)
{
    for (unsigned place = 0; place < N_PLACES; place++) {
        size_t count = fp_federation_count(m->federation);
        int r = apply(m, n, place);

        if (r == FEDPOL_E_NOMEM) {
            ck_assert_uint_eq(fp_federation_count(m->federation), count);
            r = apply(m, n, place);
        }
        fp_try(r);
    }
    return 0;
}

/* Nothing of ours may be left when all endpoints are gone, failures before or not. */
static void check_empties(mesh *m)
{
    static const naive none;

    for (unsigned place = 0; place < N_CLUSTERS * N_ENTITIES; place++)
        ck_assert_int_eq(apply(m, &none, place), 0);
    fp_federation_forget(m->federation);
    ck_assert_uint_eq(m->federation->owners.count, 0);
    ck_assert_uint_eq(m->federation->owner_lists.live, 0);
    ck_assert_uint_eq(m->federation->endpoints.live, 0);
    ck_assert_uint_eq(m->federation->enforced.count, 0);
    ck_assert_uint_eq(m->federation->nodes.index.count, 0);
    ck_assert_uint_eq(fp_cidr_trie_count(m->federation->set_nets), 0);
}

static int scenario(void *user)
{
    const oom_case *c = user;
    fp_buf buf = {0};
    fp_match_id match_id;
    mesh m;
    int r = mesh_init(&m, 3, NULL);

    if (r == 0)
        r = mesh_add_selector(&m, "a == '1'", &match_id);
    if (r == 0)
        r = apply_all(&m, &c->before);
    if (r == 0 && c->commit_between)
        r = commit(&m);
    if (r == 0)
        r = apply_all(&m, &c->after);
    if (r == 0)
        r = fp_label_index_flush(fp_federation_labels(m.federation));
    if (r == 0)
        r = ask_differences(&m);
    if (r == 0)
        r = commit(&m);
    if (r == 0)
        r = dump(&m, &buf);
    if (r == 0 && c->expected.len > 0)
        ck_assert(fp_str_eq(c->expected, fp_buf_str(&buf)));
    if (r == 0)
        check_empties(&m);
    fp_buf_done(&buf);
    mesh_done(&m);
    return r;
}

START_TEST(out_of_memory_changes_only_the_way)
{
    oom_case c = {0};
    fp_cleanup_buf fp_buf expected = {0};
    mesh m;

    draw_world(&c.before, 77);
    draw_world(&c.after, 78);
    ck_assert_int_eq(mesh_init(&m, 9, NULL), 0);
    ck_assert_int_eq(walk(&m, &c.after, WAY_PLAIN), 0);
    ck_assert_int_eq(dump(&m, &expected), 0);
    mesh_done(&m);
    c.expected = fp_buf_str(&expected);
    fp_test_oom(scenario, &c);
    c.commit_between = true;
    fp_test_oom(scenario, &c);
}
END_TEST

FP_TEST_MAIN("federation/order", every_way_leads_to_the_same_state,
             out_of_memory_changes_only_the_way)
