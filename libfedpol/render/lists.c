/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/hash.h"
#include "libfedpol/render/build.h"
#include "libfedpol/render/names.h"

/*
 * Chains of lists and tiers are named by whom they ask, in which order and with what end; what the
 * policies say is not in the name. So equal lists of different endpoints are one chain, and a
 * changed rule doesn't rename anything.
 */

static const fp_hash_key name_key = {0x6c69737473, 0x7469657273};

static const char *const direction_words[] = {"ingress", "egress"};

static const uint32_t *tier_policies(const fp_tier_list *tier, fp_direction direction,
                                     size_t *ret_n)
{
    *ret_n = direction == FP_DIRECTION_IN ? tier->n_ingress : tier->n_egress;
    return direction == FP_DIRECTION_IN ? tier->ingress : tier->egress;
}

/* An empty one if the calculation names a policy that it doesn't have. */
static const fp_built_policy *built_policy(fp_build *build, uint32_t id)
{
    static const fp_built_policy none;

    if (id < build->policies.len && build->policies.items[id].id.ptr)
        return &build->policies.items[id];
    fp_build_fail(build, FEDPOL_E_INTERNAL);
    return &none;
}

static bool ends_in_deny(const fp_tier_list *tier)
{
    return !tier->exists || tier->default_action != FP_ACTION_PASS;
}

static bool tier_passes(fp_build *build, const fp_tier_list *tier, fp_direction direction)
{
    size_t n;
    const uint32_t *ids = tier_policies(tier, direction, &n);

    for (size_t i = 0; i < n; i++)
        if (built_policy(build, ids[i])->chains[direction].form == FP_FORM_INLINE)
            return true;
    return false;
}

static void put_tier_identity(fp_build *build, fp_buf *buf, const fp_tier_list *tier,
                              fp_direction direction)
{
    size_t n;
    const uint32_t *ids = tier_policies(tier, direction, &n);

    fp_buf_puts(buf, "tier ");
    fp_buf_put_u64(buf, tier->tier.len);
    fp_buf_putc(buf, ' ');
    fp_buf_add(buf, tier->tier);
    fp_buf_puts(buf, ends_in_deny(tier) ? " deny\n" : " pass\n");
    for (size_t i = 0; i < n; i++) {
        fp_buf_add(buf, built_policy(build, ids[i])->chains[direction].name);
        fp_buf_putc(buf, '\n');
    }
}

static bool match_name(const void *owner, uint32_t id, const void *key)
{
    const fp_build *build = owner;

    return fp_str_eq(build->chain_names.items[id], *(const fp_str *)key);
}

/* True if the chain is there already; else it will be. */
static bool seen(fp_build *build, fp_str name)
{
    uint32_t hash = fp_hash_str(&name_key, name);

    if (build->ir->error ||
        fp_index_find(&build->chain_index, hash, match_name, build, &name) != FP_NO_ID)
        return true;
    if (fp_index_add(&build->chain_index, hash, (uint32_t)build->chain_names.len) < 0 ||
        fp_vec_push(&build->chain_names, name) < 0)
        fp_build_fail(build, FEDPOL_E_NOMEM);
    return false;
}

static void add_chain(fp_build *build, fp_str chain, fp_ir_verdict_kind how)
{
    fp_ir_add_rule(build->ir, NULL, 0, false, (fp_ir_verdict){.kind = (uint8_t)how, .chain = chain},
                   FP_STR_NULL);
}

static void add_tier_policies(fp_build *build, const fp_tier_list *tier, fp_direction direction)
{
    size_t n;
    const uint32_t *ids = tier_policies(tier, direction, &n);

    for (size_t i = 0; i < n; i++) {
        const fp_built_policy *built = built_policy(build, ids[i]);
        const fp_policy_chain *chain = &built->chains[direction];

        if (chain->form == FP_FORM_CHAIN)
            add_chain(build, chain->name, FP_IR_JUMP);
        else if (chain->form == FP_FORM_INLINE)
            fp_build_rules(build, build->view->policy(build->view->source, ids[i]), built->id,
                           direction);
    }
}

static void add_end_of_tier(fp_build *build, const fp_tier_list *tier)
{
    fp_buf *scratch = &build->ir->scratch;

    if (!ends_in_deny(tier))
        return;
    fp_buf_puts(scratch, tier->exists ? "end of tier " : "end of missing tier ");
    fp_buf_add(scratch, tier->tier);
    fp_ir_add_rule(build->ir, NULL, 0, false, fp_build_deny(build), fp_ir_take_scratch(build->ir));
}

/* The chain of a tier, shared by all lists that have it alike. */
static fp_str build_tier(fp_build *build, const fp_tier_list *tier, fp_direction direction)
{
    static const char *const prefixes[] = {"in-tier-", "out-tier-"};
    fp_buf *scratch = &build->ir->scratch;
    fp_buf content = {0};
    fp_str name;

    put_tier_identity(build, &content, tier, direction);
    if (fp_buf_error(&content))
        fp_build_fail(build, FEDPOL_E_NOMEM);
    const fp_str pieces[] = {fp_buf_str(&content), tier->tier};

    fp_name_put(scratch, prefixes[direction], pieces, FP_ARRAY_LEN(pieces));
    fp_buf_done(&content);
    name = fp_ir_take_scratch(build->ir);
    if (seen(build, name))
        return name;
    fp_buf_puts(scratch, "tier ");
    fp_buf_add(scratch, tier->tier);
    fp_buf_printf(scratch, " %s", direction_words[direction]);
    fp_ir_begin_chain(build->ir, name, fp_ir_take_scratch(build->ir));
    add_tier_policies(build, tier, direction);
    add_end_of_tier(build, tier);
    fp_ir_end_chain(build->ir);
    return name;
}

/* True if nothing behind the tier can be reached. */
static bool is_last(fp_build *build, const fp_tier_list *tier, fp_direction direction)
{
    return ends_in_deny(tier) && !tier_passes(build, tier, direction);
}

static void add_missing_profile(fp_build *build, const fp_built_policy *built)
{
    fp_buf *scratch = &build->ir->scratch;

    fp_buf_add(scratch, built->id);
    fp_buf_puts(scratch, " is missing");
    fp_ir_add_rule(build->ir, NULL, 0, false, fp_build_deny(build), fp_ir_take_scratch(build->ir));
}

static void add_profiles(fp_build *build, const fp_policy_list *list, fp_direction direction)
{
    for (size_t i = 0; i < list->n_profiles && !build->ir->error; i++) {
        const fp_built_policy *built = built_policy(build, list->profiles[i]);
        const fp_active_policy *profile =
            build->view->policy(build->view->source, list->profiles[i]);

        if (profile && profile->missing) {
            add_missing_profile(build, built);
            return;
        }
        if (built->chains[direction].form == FP_FORM_CHAIN)
            add_chain(build, built->chains[direction].name, FP_IR_JUMP);
    }
    fp_ir_add_rule(build->ir, NULL, 0, false, fp_build_deny(build), FP_STR("no profile matched"));
}

/* Whom a list asks, as far as it can get: profiles behind a tier that ends in deny don't make two
   lists differ. */
static fp_str list_name(fp_build *build, const fp_policy_list *list, const fp_str *tiers,
                        size_t n_tiers, bool profiles, fp_direction direction)
{
    static const char *const prefixes[] = {"in-list-", "out-list-"};
    fp_buf content = {0};
    fp_str piece;

    for (size_t i = 0; i < n_tiers; i++) {
        fp_buf_add(&content, tiers[i]);
        fp_buf_putc(&content, '\n');
    }
    if (profiles)
        fp_buf_puts(&content, "profiles\n");
    for (size_t i = 0; profiles && i < list->n_profiles; i++) {
        fp_buf_add(&content, built_policy(build, list->profiles[i])->chains[direction].name);
        fp_buf_putc(&content, '\n');
    }
    if (fp_buf_error(&content))
        fp_build_fail(build, FEDPOL_E_NOMEM);
    piece = fp_buf_str(&content);
    fp_name_put(&build->ir->scratch, prefixes[direction], &piece, 1);
    fp_buf_done(&content);
    return fp_ir_take_scratch(build->ir);
}

/* The chains of the tiers that can be reached, built first, as one chain is open at a time. */
static size_t build_tiers(fp_build *build, const fp_policy_list *list, fp_direction direction,
                          fp_str *ret, bool *ret_ended)
{
    size_t n_chains = 0;
    size_t n;

    *ret_ended = false;
    for (size_t i = 0; i < list->n_tiers && !*ret_ended; i++) {
        (void)tier_policies(&list->tiers[i], direction, &n);
        if (!n)
            continue;
        ret[n_chains++] = build_tier(build, &list->tiers[i], direction);
        *ret_ended = is_last(build, &list->tiers[i], direction);
    }
    return n_chains;
}

static fp_str build_list(fp_build *build, const fp_policy_list *list, fp_direction direction)
{
    fp_cleanup_free fp_str *tiers = fp_alloc_zero(list->n_tiers, sizeof(*tiers));
    size_t n_tiers;
    fp_str name;
    bool ended;

    if (!tiers) {
        fp_build_fail(build, FEDPOL_E_NOMEM);
        return FP_STR_NULL;
    }
    n_tiers = build_tiers(build, list, direction, tiers, &ended);
    name = list_name(build, list, tiers, n_tiers, !ended, direction);
    if (seen(build, name))
        return name;
    fp_buf_puts(&build->ir->scratch, "list of policies, ");
    fp_buf_puts(&build->ir->scratch, direction_words[direction]);
    fp_ir_begin_chain(build->ir, name, fp_ir_take_scratch(build->ir));
    for (size_t i = 0; i < n_tiers; i++)
        add_chain(build, tiers[i], ended && i + 1 == n_tiers ? FP_IR_GOTO : FP_IR_JUMP);
    if (!ended)
        add_profiles(build, list, direction);
    fp_ir_end_chain(build->ir);
    return name;
}

static int make_room(fp_build *build, uint32_t id)
{
    size_t old = build->lists.len;

    if (id < old)
        return 0;
    fp_try(fp_vec_reserve(&build->lists, id + 1 - old));
    memset(build->lists.items + old, 0, (id + 1 - old) * sizeof(*build->lists.items));
    build->lists.len = (size_t)id + 1;
    return 0;
}

fp_str fp_build_list(fp_build *build, const fp_policy_list *list, fp_direction direction)
{
    fp_str name;

    if (build->ir->error)
        return FP_STR_NULL;
    if (make_room(build, list->id) < 0) {
        fp_build_fail(build, FEDPOL_E_NOMEM);
        return FP_STR_NULL;
    }
    name = build->lists.items[list->id].chains[direction];
    if (name.len)
        return name;
    name = build_list(build, list, direction);
    build->lists.items[list->id].chains[direction] = name;
    return name;
}
