/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/federation/federation.h"

#include <stdlib.h>

#include "tests/unit/federation/naive.h"

/*
 * Random changes; after each commit, what was known before and the reported differences must give
 * what is computed from scratch, and every difference must be one.
 */

typedef struct known {
    bool registered;
    bool is_new;
    fp_match_id match_id;
    unsigned members;
    uint32_t ports[N_PORT_FORMS];
} known;

typedef struct run {
    mesh m;
    naive n;
    known forms[N_FORMS];
    fp_rng rng;
} run;

static void change_entity(run *r)
{
    unsigned c = fp_rng_below(&r->rng, N_CLUSTERS);
    unsigned i = fp_rng_below(&r->rng, N_ENTITIES);
    entity *e = &r->n.entities[c][i];
    unsigned what = fp_rng_below(&r->rng, 10);

    if (e->is && what < 3) {
        mesh_remove(&r->m, c, e->kind, "n", entity_names[i]);
        *e = (entity){0};
        return;
    }
    /* Sometimes one aspect only, sometimes nothing at all. */
    if (e->is && what < 5)
        e->labels[0] = fp_rng_below(&r->rng, 3);
    else if (e->is && what < 6)
        e->ports = is_claim(e) ? fp_rng_below(&r->rng, 16) : 0;
    else if (!e->is || what < 9)
        *e = draw_entity(&r->rng, c, i);
    ck_assert_int_eq(naive_put(&r->m, &r->n, c, i), 0);
}

static void change_profile(run *r)
{
    unsigned c = fp_rng_below(&r->rng, N_CLUSTERS);
    unsigned i = fp_rng_below(&r->rng, N_PROFILES);

    r->n.profiles[c][i].is = fp_rng_below(&r->rng, 4) > 0;
    for (unsigned l = 0; l < 2; l++)
        r->n.profiles[c][i].labels[l] = r->n.profiles[c][i].is ? fp_rng_below(&r->rng, 3) : 0;
    ck_assert_int_eq(naive_set_profile(&r->m, &r->n, c, i), 0);
}

static void change_selector(run *r)
{
    known *k = &r->forms[fp_rng_below(&r->rng, N_FORMS)];

    if (k->registered) {
        fp_label_index_remove_selector(fp_federation_labels(r->m.federation), k->match_id);
        *k = (known){0};
        return;
    }
    k->registered = true;
    k->is_new = true;
    ck_assert_int_eq(mesh_add_selector(&r->m, form_text[k - r->forms], &k->match_id), 0);
}

static int cmp_ids(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

static known *find_known(run *r, fp_match_id match_id)
{
    for (unsigned f = 0; f < N_FORMS; f++)
        if (r->forms[f].registered && r->forms[f].match_id == match_id)
            return &r->forms[f];
    ck_abort_msg("a difference of an unknown selector");
    return NULL;
}

static void apply_net_changes(run *r)
{
    fp_match_id new_matches[N_FORMS];
    size_t n_new = 0;
    fp_member_change_vec changes = {0};

    for (unsigned f = 0; f < N_FORMS; f++)
        if (r->forms[f].is_new)
            new_matches[n_new++] = r->forms[f].match_id;
    qsort(new_matches, n_new, sizeof(new_matches[0]), cmp_ids);
    ck_assert_int_eq(fp_federation_member_changes(r->m.federation, new_matches, n_new, &changes),
                     0);
    for (size_t i = 0; i < changes.len; i++) {
        const fp_member_change *change = &changes.items[i];
        known *k = find_known(r, change->match_id);
        unsigned bit = bit_of_net(&change->net);

        ck_assert(!k->is_new);
        ck_assert_msg(!!(k->members & bit) != change->added, "no difference: %s %s",
                      form_text[k - r->forms], net_pool[__builtin_ctz(bit)]);
        k->members ^= bit;
        if (i > 0) {
            const fp_member_change *last = &changes.items[i - 1];

            ck_assert(
                last->match_id < change->match_id ||
                (last->match_id == change->match_id && fp_cidr_cmp(&last->net, &change->net) < 0));
        }
    }
    fp_vec_done(&changes);
}

static void apply_port_changes(run *r)
{
    fp_port_query queries[N_FORMS * N_PORT_FORMS];
    fp_port_change_vec changes = {0};
    size_t n = 0;

    for (unsigned f = 0; f < N_FORMS; f++)
        for (unsigned p = 0; p < N_PORT_FORMS; p++)
            if (r->forms[f].registered && !r->forms[f].is_new)
                queries[n++] = (fp_port_query){r->forms[f].match_id, port_forms[p].protocol,
                                               fp_str_of(port_forms[p].port), f * N_PORT_FORMS + p};
    ck_assert_int_eq(fp_federation_port_changes(r->m.federation, queries, n, &changes), 0);
    for (size_t i = 0; i < changes.len; i++) {
        const fp_port_change *change = &changes.items[i];
        uint32_t *mask = &r->forms[change->tag / N_PORT_FORMS].ports[change->tag % N_PORT_FORMS];
        uint32_t bit = bit_of_port(&change->member);

        ck_assert(!!(*mask & bit) != change->added);
        *mask ^= bit;
        if (i > 0) {
            const fp_port_change *last = &changes.items[i - 1];

            ck_assert(last->tag < change->tag ||
                      (last->tag == change->tag &&
                       fp_port_member_cmp(&last->member, &change->member) < 0));
        }
    }
    fp_vec_done(&changes);
}

static unsigned listed_members(run *r, const known *k)
{
    fp_cidr_vec nets = {0};
    unsigned mask = 0;

    ck_assert_int_eq(fp_federation_members(
                         r->m.federation,
                         fp_label_index_classes(fp_federation_labels(r->m.federation), k->match_id),
                         &nets),
                     0);
    for (size_t i = 0; i < nets.len; i++) {
        ck_assert(!(mask & bit_of_net(&nets.items[i])));
        mask |= bit_of_net(&nets.items[i]);
    }
    fp_vec_done(&nets);
    return mask;
}

static uint32_t listed_ports(run *r, const known *k, unsigned port_form)
{
    fp_port_member_vec members = {0};
    uint32_t mask = 0;

    ck_assert_int_eq(fp_federation_port_members(
                         r->m.federation,
                         fp_label_index_classes(fp_federation_labels(r->m.federation), k->match_id),
                         port_forms[port_form].protocol, fp_str_of(port_forms[port_form].port),
                         &members),
                     0);
    for (size_t i = 0; i < members.len; i++) {
        ck_assert(!(mask & bit_of_port(&members.items[i])));
        mask |= bit_of_port(&members.items[i]);
    }
    fp_vec_done(&members);
    return mask;
}

static void commit(run *r)
{
    ck_assert_int_eq(fp_label_index_flush(fp_federation_labels(r->m.federation)), 0);
    apply_net_changes(r);
    apply_port_changes(r);
    for (unsigned f = 0; f < N_FORMS; f++) {
        known *k = &r->forms[f];

        if (!k->registered)
            continue;
        if (k->is_new)
            k->members = listed_members(r, k);
        ck_assert_uint_eq(listed_members(r, k), naive_members(&r->n, f));
        ck_assert_msg(k->members == naive_members(&r->n, f), "'%s': %x, not %x", form_text[f],
                      k->members, naive_members(&r->n, f));
        for (unsigned p = 0; p < N_PORT_FORMS; p++) {
            if (k->is_new)
                k->ports[p] = listed_ports(r, k, p);
            ck_assert_uint_eq(listed_ports(r, k, p), naive_ports(&r->n, f, p));
            ck_assert_uint_eq(k->ports[p], naive_ports(&r->n, f, p));
        }
        k->is_new = false;
    }
    ck_assert_int_eq(fp_federation_update_diags(r->m.federation), 0);
    fp_federation_forget(r->m.federation);
    fp_label_index_forget(fp_federation_labels(r->m.federation));
}

static void run_stream(uint64_t seed, bool union_identity, unsigned steps)
{
    const fp_federation_options options = {.union_identity = union_identity};
    run r = {.rng = {seed}, .n = {.union_identity = union_identity}};

    ck_assert_int_eq(mesh_init(&r.m, seed, &options), 0);
    for (unsigned i = 0; i < steps; i++) {
        unsigned what = fp_rng_below(&r.rng, 20);

        if (what < 10)
            change_entity(&r);
        else if (what < 13)
            change_profile(&r);
        else if (what < 14)
            change_selector(&r);
        else
            commit(&r);
    }
    commit(&r);
    mesh_done(&r.m);
}

START_TEST(differences_lead_from_one_state_to_the_next)
{
    for (uint64_t seed = 1; seed <= 40; seed++)
        run_stream(seed, false, 600);
}
END_TEST

START_TEST(differences_hold_with_union_identity)
{
    for (uint64_t seed = 101; seed <= 115; seed++)
        run_stream(seed, true, 600);
}
END_TEST

FP_TEST_MAIN("federation/member_changes", differences_lead_from_one_state_to_the_next,
             differences_hold_with_union_identity)
