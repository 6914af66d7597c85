/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/sets.h>

#include "libfedpol/api/handles.h"
#include "libfedpol/api/set_text.h"

typedef struct set_item {
    fp_set_text text;
    fp_texts members;
} set_item;

struct fedpol_set_list {
    fp_result result;
    set_item *items;
    size_t n;
};

_Static_assert((int)FEDPOL_SET_NET == (int)FP_SET_NET &&
                   (int)FEDPOL_SET_IP_PORT == (int)FP_SET_IP_PORT &&
                   (int)FEDPOL_USE_ALLOW == (int)FP_USE_ALLOW &&
                   (int)FEDPOL_USE_DENY == (int)FP_USE_DENY,
               "public and internal sets have the same numbers");

int fp_set_text_fill(fp_result *result, const fp_set *set, fp_set_text *ret)
{
    *ret = (fp_set_text){
        .selector = fp_result_canonical(result, set->selector),
        .selector_id = fp_result_str(result, fp_str_of(set->uid)),
        .type = (int)set->type,
        .use = (int)set->use,
        .scope = set->domain == FP_DOMAIN_LOCAL ? FEDPOL_SCOPE_LOCAL : FEDPOL_SCOPE_ALL,
        .protocol = fp_result_protocol(result, set->protocol),
        .port = fp_result_str(result, set->port),
    };
    return ret->selector && ret->selector_id && ret->protocol && ret->port ? 0 : FEDPOL_E_NOMEM;
}

/* What is used for each set anew. */
typedef struct buffers {
    fp_u32_vec ids;
    fp_cidr_vec nets;
    fp_port_member_vec ports;
} buffers;

static int fill_members(fedpol_set_list *sets, const fp_calc *calc, const fp_set *set,
                        buffers *scratch, fp_texts *ret)
{
    fp_vec_clear(&scratch->nets);
    fp_vec_clear(&scratch->ports);
    fp_try(fp_calc_set_members(calc, set, &scratch->nets, &scratch->ports));
    if (set->type == FP_SET_NET)
        return fp_texts_of_cidrs(&sets->result, scratch->nets.items, scratch->nets.len, ret);
    return fp_texts_of_port_members(&sets->result, scratch->ports.items, scratch->ports.len, ret);
}

static int fill(fedpol_set_list *sets, const fp_calc *calc, buffers *scratch)
{
    fp_try(fp_calc_sets(calc, &scratch->ids));
    sets->items = fp_arena_zero(&sets->result.arena, scratch->ids.len, sizeof(*sets->items));
    if (!sets->items)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < scratch->ids.len; i++) {
        const fp_set *set = fp_calc_set(calc, scratch->ids.items[i]);

        fp_try(fp_set_text_fill(&sets->result, set, &sets->items[i].text));
        fp_try(fill_members(sets, calc, set, scratch, &sets->items[i].members));
    }
    sets->n = scratch->ids.len;
    fp_result_seal(&sets->result);
    return 0;
}

int fedpol_context_query_sets(fedpol_context *context, fedpol_set_list **ret_sets)
{
    buffers scratch = {0};
    fedpol_set_list *sets;
    int r;

    fp_try(fp_context_check(context));
    fp_check_arg(ret_sets);
    fp_try(fp_context_commit(context));
    sets = fp_result_new(sizeof(*sets));
    r = sets ? fill(sets, fp_world_calc(context->world), &scratch) : FEDPOL_E_NOMEM;
    fp_vec_done(&scratch.ids);
    fp_vec_done(&scratch.nets);
    fp_vec_done(&scratch.ports);
    if (r < 0)
        fedpol_set_list_unref(sets);
    else
        *ret_sets = sets;
    return r;
}

fedpol_set_list *fedpol_set_list_ref(fedpol_set_list *sets)
{
    if (sets)
        fp_result_ref(&sets->result);
    return sets;
}

fedpol_set_list *fedpol_set_list_unref(fedpol_set_list *sets)
{
    if (sets)
        fp_result_unref(&sets->result);
    return NULL;
}

size_t fedpol_set_list_get_count(const fedpol_set_list *sets)
{
    return sets ? sets->n : 0;
}

static const set_item *item_at(const fedpol_set_list *sets, size_t index)
{
    return sets && index < sets->n ? &sets->items[index] : NULL;
}

const char *fedpol_set_list_get_selector(const fedpol_set_list *sets, size_t index)
{
    const set_item *item = item_at(sets, index);

    return item ? item->text.selector : NULL;
}

const char *fedpol_set_list_get_selector_id(const fedpol_set_list *sets, size_t index)
{
    const set_item *item = item_at(sets, index);

    return item ? item->text.selector_id : NULL;
}

int fedpol_set_list_get_type(const fedpol_set_list *sets, size_t index)
{
    const set_item *item = item_at(sets, index);

    return item ? item->text.type : 0;
}

int fedpol_set_list_get_use(const fedpol_set_list *sets, size_t index)
{
    const set_item *item = item_at(sets, index);

    return item ? item->text.use : 0;
}

int fedpol_set_list_get_scope(const fedpol_set_list *sets, size_t index)
{
    const set_item *item = item_at(sets, index);

    return item ? item->text.scope : -1;
}

const char *fedpol_set_list_get_protocol(const fedpol_set_list *sets, size_t index)
{
    const set_item *item = item_at(sets, index);

    return item ? item->text.protocol : NULL;
}

const char *fedpol_set_list_get_port(const fedpol_set_list *sets, size_t index)
{
    const set_item *item = item_at(sets, index);

    return item ? item->text.port : NULL;
}

size_t fedpol_set_list_get_member_count(const fedpol_set_list *sets, size_t index)
{
    const set_item *item = item_at(sets, index);

    return item ? item->members.n : 0;
}

const char *fedpol_set_list_get_member(const fedpol_set_list *sets, size_t index, size_t member)
{
    const set_item *item = item_at(sets, index);

    return item ? fp_texts_get(&item->members, member) : NULL;
}
