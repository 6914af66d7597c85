/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/delta_fixture.h"

#include <stdlib.h>

#include "libfedpol/net/proto.h"

static void take_snapshot(dx_snapshot *snapshot, const fx_set *set)
{
    fp_vec_clear(&snapshot->nets);
    fp_vec_clear(&snapshot->ports);
    snapshot->live = !set->gone;
    for (size_t i = 0; snapshot->live && i < set->nets.len; i++)
        ck_assert_int_eq(fp_vec_push(&snapshot->nets, set->nets.items[i]), 0);
    for (size_t i = 0; snapshot->live && i < set->ports.len; i++)
        ck_assert_int_eq(fp_vec_push(&snapshot->ports, set->ports.items[i]), 0);
}

static void take_snapshots(delta_fixture *d)
{
    ck_assert_uint_le(d->fx.sets.len, DX_MAX_SETS);
    for (size_t i = 0; i < d->fx.sets.len; i++)
        take_snapshot(&d->snapshots[i], d->fx.sets.items[i]);
}

static void start_renderer(delta_fixture *d)
{
    const fp_view view = fx_view(&d->fx);
    fp_ruleset *ruleset;

    ck_assert_int_eq(fp_renderer_new(&d->options, &d->renderer, NULL), 0);
    ck_assert_int_eq(fp_renderer_full_of(d->renderer, &view, &ruleset), 0);
    (void)fp_ruleset_unref(ruleset);
}

void dx_begin(delta_fixture *d, const fp_render_options *options)
{
    fixture fx = d->fx;

    *d = (delta_fixture){.fx = fx, .options = *options};
    start_renderer(d);
    take_snapshots(d);
}

void dx_done_renderer(delta_fixture *d)
{
    d->renderer = fp_renderer_free(d->renderer);
}

void dx_done(delta_fixture *d)
{
    dx_done_renderer(d);
    for (size_t i = 0; i < DX_MAX_SETS; i++) {
        fp_vec_done(&d->snapshots[i].nets);
        fp_vec_done(&d->snapshots[i].ports);
    }
    fp_free(d->text);
    fx_done(&d->fx);
}

/* What is in A and not in B, both sorted; the pieces live in ARENA. */
static const fp_cidr *nets_without(fp_arena *arena, const fp_cidr_vec *a, const fp_cidr_vec *b,
                                   size_t *ret_n)
{
    fp_cidr *result = fp_arena_array(arena, a->len, sizeof(*result));
    size_t n = 0;

    ck_assert_ptr_nonnull(result);
    for (size_t i = 0; i < a->len; i++) {
        bool found = false;

        for (size_t j = 0; j < b->len; j++)
            found |= fp_cidr_eq(&a->items[i], &b->items[j]);
        if (!found)
            result[n++] = a->items[i];
    }
    *ret_n = n;
    return result;
}

static const fp_port_member *ports_without(fp_arena *arena, const fp_port_member_vec *a,
                                           const fp_port_member_vec *b, size_t *ret_n)
{
    fp_port_member *result = fp_arena_array(arena, a->len, sizeof(*result));
    size_t n = 0;

    ck_assert_ptr_nonnull(result);
    for (size_t i = 0; i < a->len; i++) {
        bool found = false;

        for (size_t j = 0; j < b->len; j++)
            found |= fp_port_member_cmp(&a->items[i], &b->items[j]) == 0;
        if (!found)
            result[n++] = a->items[i];
    }
    *ret_n = n;
    return result;
}

static fp_set_delta difference(fp_arena *arena, const dx_snapshot *old, const dx_snapshot *next,
                               const fp_set *set)
{
    fp_set_delta delta = {.set = set};

    delta.is_new = !old->live && next->live;
    delta.is_gone = old->live && !next->live;
    delta.added = nets_without(arena, &next->nets, &old->nets, &delta.n_added);
    delta.added_ports = ports_without(arena, &next->ports, &old->ports, &delta.n_added_ports);
    if (delta.is_gone)
        return delta;
    delta.removed = nets_without(arena, &old->nets, &next->nets, &delta.n_removed);
    delta.removed_ports = ports_without(arena, &old->ports, &next->ports, &delta.n_removed_ports);
    return delta;
}

static bool says_something(const fp_set_delta *delta)
{
    return delta->is_new || delta->is_gone || delta->n_added || delta->n_removed ||
           delta->n_added_ports || delta->n_removed_ports;
}

void dx_note(delta_fixture *d)
{
    fp_set_delta sets[DX_MAX_SETS];
    fp_delta delta = {.sets = sets,
                      .n_policies = d->policies_changed,
                      .n_endpoints = d->endpoints_changed,
                      .departed = d->departed,
                      .n_departed = d->departed != NULL};
    fp_arena arena;

    fp_arena_init(&arena, 0);
    for (size_t i = 0; i < d->fx.sets.len; i++) {
        fx_set *set = d->fx.sets.items[i];
        dx_snapshot next = {0};

        take_snapshot(&next, set);
        sets[delta.n_sets] = difference(&arena, &d->snapshots[i], &next, &set->set);
        delta.n_sets += says_something(&sets[delta.n_sets]);
        fp_vec_done(&d->snapshots[i].nets);
        fp_vec_done(&d->snapshots[i].ports);
        d->snapshots[i] = next;
    }
    ck_assert_int_eq(fp_renderer_take_note(d->renderer, &delta), 0);
    fp_arena_done(&arena);
    d->policies_changed = false;
    d->endpoints_changed = false;
}

const char *dx_delta(delta_fixture *d)
{
    const fp_view view = fx_view(&d->fx);
    fp_ruleset *ruleset;

    ck_assert_int_eq(fp_renderer_delta_of(d->renderer, &view, &ruleset), 0);
    ck_assert(ruleset->is_delta);
    fp_free(d->text);
    d->text = fp_str_dup(fp_str_n(ruleset->text, ruleset->text_len));
    d->n_departed = ruleset->n_departed;
    (void)fp_ruleset_unref(ruleset);
    return d->text;
}

size_t dx_count(const delta_fixture *d, const char *text)
{
    size_t n = 0;

    for (const char *at = strstr(d->text, text); at; at = strstr(at + 1, text))
        n++;
    return n;
}

static const char *const pool[] = {
    "10.0.0.1",     "10.0.0.2",      "10.0.0.3",        "10.9.0.1",  "192.0.2.0/24",
    "192.0.2.0/25", "192.0.2.64/26", "198.51.100.0/24", "0.0.0.0/0", "fd00::1",
    "fd00::2",      "fd00:1::/64",   "fd00:1::/65",     "::/0",      "192.0.2.128/25",
};

enum { NET_SETS = 5, PORT_SETS = 2, POLICIES = 6, LISTS = 3, ENDPOINTS = 4 };

static void random_rule(delta_fixture *d, fp_rng *rng, fp_active_rule *ret)
{
    static const fp_port_range ranges[] = {{80, 80}, {443, 500}, {8080, 8080}};
    fp_rule *rule;
    uint32_t *ports = fp_arena_array(&d->fx.arena, 1, sizeof(*ports));

    *ret = fx_rule(&d->fx, (fp_action)(1 + fp_rng_below(rng, 4)), &rule);
    if (fp_rng_below(rng, 2))
        rule->protocol = FP_PROTO_TCP;
    if (rule->protocol && fp_rng_below(rng, 2))
        rule->destination.ports = fx_ports(&d->fx, ranges, 1 + fp_rng_below(rng, 3));
    if (fp_rng_below(rng, 2))
        ret->source.selector = fp_rng_below(rng, NET_SETS);
    else if (fp_rng_below(rng, 3) == 0)
        ret->destination.not_selector = fp_rng_below(rng, NET_SETS);
    if (fp_rng_below(rng, 3) == 0) {
        *ports = NET_SETS + fp_rng_below(rng, PORT_SETS);
        rule->destination.ports.present = true;
        ret->destination.ports = ports;
        ret->destination.n_ports = 1;
    }
    if (fp_rng_below(rng, 6) == 0)
        rule->not_icmp = (fp_icmp_match){true, true, 8, 0};
}

static void random_rules(delta_fixture *d, fp_rng *rng, fp_active_policy *policy)
{
    size_t n = fp_rng_below(rng, 4);
    fp_active_rule *rules = fp_arena_array(&d->fx.arena, n, sizeof(*rules));

    for (size_t i = 0; i < n; i++)
        random_rule(d, rng, &rules[i]);
    policy->ingress = rules;
    policy->n_ingress = n;
    policy->egress = rules;
    policy->n_egress = fp_rng_below(rng, 2) ? n : 0;
    d->policies_changed = true;
}

static void random_tiers(delta_fixture *d, fp_rng *rng, fp_policy_list *list)
{
    static const char *const names[] = {"first", "second", "default"};

    list->n_tiers = 0;
    for (size_t t = 0; t < FP_ARRAY_LEN(names); t++) {
        uint32_t ids[2] = {fp_rng_below(rng, POLICIES - 1), POLICIES - 1};

        if (fp_rng_below(rng, 3))
            fx_add_tier(&d->fx, list, names[t],
                        fp_rng_below(rng, 2) ? FP_ACTION_PASS : FP_ACTION_DENY, ids,
                        1 + fp_rng_below(rng, 2));
    }
    d->endpoints_changed = true;
}

/* A set that no rule names goes, one that went and is named again comes back. */
static void settle_sets(delta_fixture *d)
{
    bool used[DX_MAX_SETS] = {false};

    for (size_t p = 0; p < d->fx.policies.len; p++) {
        const fp_active_policy *policy = d->fx.policies.items[p];

        for (size_t i = 0; i < policy->n_ingress; i++) {
            const fp_active_rule *rule = &policy->ingress[i];

            if (rule->source.selector != FP_NO_SET)
                used[rule->source.selector] = true;
            if (rule->destination.not_selector != FP_NO_SET)
                used[rule->destination.not_selector] = true;
            for (size_t k = 0; k < rule->destination.n_ports; k++)
                used[rule->destination.ports[k]] = true;
        }
    }
    for (size_t i = 0; i < d->fx.sets.len; i++)
        d->fx.sets.items[i]->gone = !used[i];
}

static void random_port_member(delta_fixture *d, fp_rng *rng)
{
    fx_set *set = d->fx.sets.items[NET_SETS + fp_rng_below(rng, PORT_SETS)];

    if (set->ports.len && fp_rng_below(rng, 2))
        set->ports.len--;
    else
        fx_port_member(&d->fx, set->set.id, fp_rng_below(rng, 2) ? "10.0.0.1" : "fd00::1",
                       FP_PROTO_TCP, (uint16_t)(1000 + set->ports.len));
}

static void random_change(delta_fixture *d, fp_rng *rng)
{
    const char *member = pool[fp_rng_below(rng, FP_ARRAY_LEN(pool))];
    uint32_t set = fp_rng_below(rng, NET_SETS);
    fx_endpoint *endpoint = d->fx.endpoints.items[fp_rng_below(rng, ENDPOINTS)];

    switch (fp_rng_below(rng, 10)) {
    case 0:
        random_rules(d, rng, d->fx.policies.items[fp_rng_below(rng, POLICIES)]);
        break;
    case 1:
        random_tiers(d, rng, d->fx.lists.items[fp_rng_below(rng, LISTS)]);
        break;
    case 2:
        endpoint->gone = !endpoint->gone;
        d->endpoints_changed = true;
        break;
    case 3:
        endpoint->endpoint.list = d->fx.lists.items[fp_rng_below(rng, LISTS)];
        d->endpoints_changed = true;
        break;
    case 4:
        random_port_member(d, rng);
        break;
    default:
        if (!fx_join(&d->fx, set, member))
            (void)fx_leave(&d->fx, set, member);
        break;
    }
    settle_sets(d);
}

static void add_full(delta_fixture *d, fp_buf *script)
{
    const fp_view view = fx_view(&d->fx);
    fp_renderer *renderer;
    fp_ruleset *ruleset;

    ck_assert_int_eq(fp_renderer_new(&d->options, &renderer, NULL), 0);
    ck_assert_int_eq(fp_renderer_full_of(renderer, &view, &ruleset), 0);
    fp_buf_puts(script, "nft -f - <<'END' || exit 1\n");
    fp_buf_add(script, fp_str_n(ruleset->text, ruleset->text_len));
    fp_buf_puts(script, "END\n");
    (void)fp_ruleset_unref(ruleset);
    (void)fp_renderer_free(renderer);
}

void dx_random_begin(delta_fixture *d, fp_rng *rng, fp_buf *script, fp_dispatch dispatch)
{
    static const char *const nets[ENDPOINTS][3] = {
        {"10.0.0.1", "fd00::1"}, {"10.0.0.2"}, {"10.0.0.3"}, {"fd00::9", "10.0.0.9"}};
    fp_active_rule allow;
    uint32_t profile;

    fx_init(&d->fx);
    for (size_t i = 0; i < NET_SETS + PORT_SETS; i++) {
        const char name[] = {(char)('a' + i), '\0'};

        if (i < NET_SETS)
            (void)fx_set_of(&d->fx, name, NULL);
        else
            (void)fx_port_set(&d->fx, name);
    }
    for (size_t i = 0; i < POLICIES; i++) {
        const char name[] = {(char)('a' + i), '\0'};

        (void)fx_policy(&d->fx, "ns", name, NULL, 0);
        random_rules(d, rng, d->fx.policies.items[i]);
    }
    allow = fx_rule(&d->fx, FP_ACTION_ALLOW, NULL);
    profile = fx_profile(&d->fx, "kns.ns", &allow, 1);
    for (size_t i = 0; i < LISTS; i++)
        random_tiers(d, rng, fx_list(&d->fx, "t", FP_ACTION_DENY, NULL, 0, profile));
    for (size_t i = 0; i < ENDPOINTS; i++) {
        const char name[] = {(char)('a' + i), '\0'};

        (void)fx_endpoint_of(&d->fx, "ns", name, "", nets[i], d->fx.lists.items[i % LISTS]);
    }
    settle_sets(d);
    dx_begin(d, &(fp_render_options){.dispatch = dispatch, .host_action = FP_HOST_DROP});
    fp_buf_puts(script, "show() { nft -j list table inet fedpol | python3 ");
    fp_buf_puts(script, getenv("FEDPOL_TEST_DATA") ? getenv("FEDPOL_TEST_DATA") : "tests/data");
    fp_buf_puts(script, "/../support/nft-normalise.py; }\n");
    add_full(d, script);
}

void dx_random_step(delta_fixture *d, fp_rng *rng, fp_buf *script, size_t step)
{
    size_t notes = 1 + fp_rng_below(rng, 3);

    for (size_t i = 0; i < notes; i++) {
        size_t changes = 1 + fp_rng_below(rng, 3);

        for (size_t c = 0; c < changes; c++)
            random_change(d, rng);
        dx_note(d);
    }
    fp_buf_puts(script, "nft -f - <<'END' || exit 2\n");
    fp_buf_puts(script, dx_delta(d));
    fp_buf_puts(script, "END\na=\"$(show)\"\n");
    add_full(d, script);
    fp_buf_printf(script,
                  "b=\"$(show)\"\n[ -n \"$b\" ] && [ \"$a\" = \"$b\" ] || "
                  "{ echo \"differs at step %zu: $a\"; echo \"expected: $b\"; exit 3; }\n",
                  step);
}

int dx_oom_scenario(delta_fixture *d)
{
    const fp_view view = fx_view(&d->fx);
    const fp_cidr hosts[] = {fx_cidr("10.0.0.77"), fx_cidr("203.0.113.0/24")};
    const fp_set_delta sets[] = {{.set = &d->fx.sets.items[0]->set, .added = hosts, .n_added = 2}};
    const fp_delta delta = {.sets = sets, .n_sets = 1, .n_endpoints = 1};
    fp_ruleset *ruleset = NULL;
    fp_renderer *renderer = NULL;
    int r = fp_renderer_new(&d->options, &renderer, NULL);

    if (r == 0)
        r = fp_renderer_full_of(renderer, &view, &ruleset);
    (void)fp_ruleset_unref(ruleset);
    ruleset = NULL;
    if (r == 0) {
        r = fp_renderer_take_note(renderer, &delta);
        /* What could not be kept is made up for by a whole text. */
        if (r < 0)
            ck_assert(renderer->lost);
    }
    if (r == 0)
        r = fp_renderer_delta_of(renderer, &view, &ruleset);
    (void)fp_ruleset_unref(ruleset);
    (void)fp_renderer_free(renderer);
    return r;
}
