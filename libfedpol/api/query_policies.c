/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/query.h>

#include "libfedpol/api/handles.h"
#include "libfedpol/api/result.h"

typedef struct tier_item {
    const char *name;
    const char *default_action;
    fp_texts ingress;
    fp_texts egress;
} tier_item;

/* What applies to endpoints of one policy list; shared by them. */
typedef struct policies_item {
    const tier_item *tiers;
    size_t n_tiers;
    fp_texts profiles;
} policies_item;

typedef struct endpoint_item {
    const char *ns;
    const char *name;
    const policies_item *policies;
} endpoint_item;

struct fedpol_policy_list {
    fp_result result;
    endpoint_item *items;
    size_t n;
};

typedef struct filler {
    fedpol_policy_list *list;
    const fp_calc *calc;
    fp_u32_vec ids;
    FP_VEC(const policies_item *) by_list; /* indexed by list id; NULL: not made yet */
} filler;

static const char *policy_id(fp_result *result, const fp_policy *policy)
{
    fp_buf text = {0};
    const char *id = NULL;

    fp_policy_put_id(&text, policy);
    if (fp_buf_error(&text) == 0)
        id = fp_result_str(result, fp_buf_str(&text));
    fp_buf_done(&text);
    return id;
}

static int fill_policies(filler *f, const uint32_t *ids, size_t n, fp_texts *ret)
{
    fp_result *result = &f->list->result;

    fp_try(fp_texts_init(result, ret, n));
    for (size_t i = 0; i < n; i++) {
        const fp_active_policy *policy = fp_calc_policy(f->calc, ids[i]);

        if (!policy)
            return FEDPOL_E_INTERNAL;
        fp_try(fp_texts_add(ret, policy->is_profile ? fp_result_str(result, policy->profile)
                                                    : policy_id(result, policy->policy)));
    }
    return 0;
}

static int fill_tier(filler *f, const fp_tier_list *from, tier_item *to)
{
    to->name = fp_result_str(&f->list->result, from->tier);
    if (!to->name)
        return FEDPOL_E_NOMEM;
    to->default_action = from->default_action == FP_ACTION_PASS ? "Pass" : "Deny";
    fp_try(fill_policies(f, from->ingress, from->n_ingress, &to->ingress));
    return fill_policies(f, from->egress, from->n_egress, &to->egress);
}

static int make_policies(filler *f, const fp_policy_list *from, const policies_item **ret)
{
    fp_arena *arena = &f->list->result.arena;
    policies_item *item = fp_arena_zero(arena, 1, sizeof(*item));
    tier_item *tiers = fp_arena_zero(arena, from->n_tiers, sizeof(*tiers));

    if (!item || !tiers)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < from->n_tiers; i++)
        fp_try(fill_tier(f, &from->tiers[i], &tiers[i]));
    fp_try(fill_policies(f, from->profiles, from->n_profiles, &item->profiles));
    item->tiers = tiers;
    item->n_tiers = from->n_tiers;
    *ret = item;
    return 0;
}

static int policies_of(filler *f, const fp_policy_list *from, const policies_item **ret)
{
    while (f->by_list.len <= from->id)
        fp_try(fp_vec_push(&f->by_list, NULL));
    if (!f->by_list.items[from->id])
        fp_try(make_policies(f, from, &f->by_list.items[from->id]));
    *ret = f->by_list.items[from->id];
    return 0;
}

/* WANTED: "ns/name", or empty for all. */
static bool is_wanted(const fp_endpoint_view *view, fp_str wanted)
{
    if (wanted.len == 0)
        return true;
    return wanted.len == view->ns.len + 1 + view->name.len && wanted.ptr[view->ns.len] == '/' &&
           fp_str_starts_with(wanted, view->ns) && fp_str_ends_with(wanted, view->name);
}

static int add_endpoint(filler *f, fp_endpoint_id id, fp_str wanted)
{
    const fp_policy_list *list = fp_calc_list(f->calc, id);
    endpoint_item *item = &f->list->items[f->list->n];
    fp_endpoint_view view;

    if (!list || !fp_federation_get(fp_calc_federation(f->calc), id, &view) ||
        !is_wanted(&view, wanted))
        return 0;
    item->ns = fp_result_str(&f->list->result, view.ns);
    item->name = fp_result_str(&f->list->result, view.name);
    if (!item->ns || !item->name)
        return FEDPOL_E_NOMEM;
    fp_try(policies_of(f, list, &item->policies));
    f->list->n++;
    return 0;
}

static int fill(filler *f, fp_str wanted)
{
    fp_try(fp_federation_enforced(fp_calc_federation(f->calc), &f->ids));
    f->list->items = fp_arena_zero(&f->list->result.arena, f->ids.len, sizeof(endpoint_item));
    if (!f->list->items)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < f->ids.len; i++)
        fp_try(add_endpoint(f, f->ids.items[i], wanted));
    fp_result_seal(&f->list->result);
    return wanted.len > 0 && f->list->n == 0 ? FEDPOL_E_NOT_FOUND : 0;
}

int fedpol_context_query_policies(fedpol_context *context, const char *endpoint,
                                  fedpol_policy_list **ret_policies)
{
    filler f = {0};
    int r;

    fp_try(fp_context_check(context));
    fp_check_arg(ret_policies);
    fp_try(fp_context_commit(context));
    f.calc = fp_world_calc(context->world);
    f.list = fp_result_new(sizeof(*f.list));
    r = f.list ? fill(&f, fp_str_of(endpoint)) : FEDPOL_E_NOMEM;
    fp_vec_done(&f.ids);
    fp_vec_done(&f.by_list);
    if (r < 0)
        fedpol_policy_list_unref(f.list);
    else
        *ret_policies = f.list;
    return r;
}

fedpol_policy_list *fedpol_policy_list_ref(fedpol_policy_list *policies)
{
    if (policies)
        fp_result_ref(&policies->result);
    return policies;
}

fedpol_policy_list *fedpol_policy_list_unref(fedpol_policy_list *policies)
{
    if (policies)
        fp_result_unref(&policies->result);
    return NULL;
}

size_t fedpol_policy_list_get_count(const fedpol_policy_list *policies)
{
    return policies ? policies->n : 0;
}

static const endpoint_item *item_at(const fedpol_policy_list *policies, size_t index)
{
    return policies && index < policies->n ? &policies->items[index] : NULL;
}

static const tier_item *tier_at(const fedpol_policy_list *policies, size_t index, size_t tier)
{
    const endpoint_item *item = item_at(policies, index);

    return item && tier < item->policies->n_tiers ? &item->policies->tiers[tier] : NULL;
}

/* NULL also if DIRECTION is none. */
static const fp_texts *direction_at(const fedpol_policy_list *policies, size_t index, size_t tier,
                                    int direction)
{
    const tier_item *item = tier_at(policies, index, tier);

    if (item && direction == FEDPOL_DIRECTION_INGRESS)
        return &item->ingress;
    return item && direction == FEDPOL_DIRECTION_EGRESS ? &item->egress : NULL;
}

const char *fedpol_policy_list_get_namespace(const fedpol_policy_list *policies, size_t index)
{
    const endpoint_item *item = item_at(policies, index);

    return item ? item->ns : NULL;
}

const char *fedpol_policy_list_get_name(const fedpol_policy_list *policies, size_t index)
{
    const endpoint_item *item = item_at(policies, index);

    return item ? item->name : NULL;
}

size_t fedpol_policy_list_get_tier_count(const fedpol_policy_list *policies, size_t index)
{
    const endpoint_item *item = item_at(policies, index);

    return item ? item->policies->n_tiers : 0;
}

const char *fedpol_policy_list_get_tier_name(const fedpol_policy_list *policies, size_t index,
                                             size_t tier)
{
    const tier_item *item = tier_at(policies, index, tier);

    return item ? item->name : NULL;
}

const char *fedpol_policy_list_get_tier_default_action(const fedpol_policy_list *policies,
                                                       size_t index, size_t tier)
{
    const tier_item *item = tier_at(policies, index, tier);

    return item ? item->default_action : NULL;
}

size_t fedpol_policy_list_get_policy_count(const fedpol_policy_list *policies, size_t index,
                                           size_t tier, int direction)
{
    const fp_texts *texts = direction_at(policies, index, tier, direction);

    return texts ? texts->n : 0;
}

const char *fedpol_policy_list_get_policy(const fedpol_policy_list *policies, size_t index,
                                          size_t tier, int direction, size_t policy)
{
    const fp_texts *texts = direction_at(policies, index, tier, direction);

    return texts ? fp_texts_get(texts, policy) : NULL;
}

size_t fedpol_policy_list_get_profile_count(const fedpol_policy_list *policies, size_t index)
{
    const endpoint_item *item = item_at(policies, index);

    return item ? item->policies->profiles.n : 0;
}

const char *fedpol_policy_list_get_profile(const fedpol_policy_list *policies, size_t index,
                                           size_t profile)
{
    const endpoint_item *item = item_at(policies, index);

    return item ? fp_texts_get(&item->policies->profiles, profile) : NULL;
}
