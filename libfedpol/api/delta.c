/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/delta.h>

#include "libfedpol/api/handles.h"
#include "libfedpol/api/result.h"
#include "libfedpol/api/set_text.h"

typedef struct set_change {
    int change;
    fp_set_text text;
    fp_texts added;
    fp_texts removed;
} set_change;

typedef struct name_change {
    int change;
    const char *name;
} name_change;

struct fedpol_delta {
    fp_result result;
    set_change *sets;
    size_t n_sets;
    name_change *policies;
    size_t n_policies;
    name_change *endpoints;
    size_t n_endpoints;
    fp_texts departed;
};

_Static_assert((int)FEDPOL_CHANGE_NEW == (int)FP_CHANGE_NEW &&
                   (int)FEDPOL_CHANGE_CHANGED == (int)FP_CHANGE_CHANGED &&
                   (int)FEDPOL_CHANGE_GONE == (int)FP_CHANGE_GONE,
               "public and internal changes have the same numbers");

static int fill_members(fedpol_delta *delta, const fp_set_delta *from, set_change *to)
{
    if (from->set->type == FP_SET_NET) {
        fp_try(fp_texts_of_cidrs(&delta->result, from->added, from->n_added, &to->added));
        return fp_texts_of_cidrs(&delta->result, from->removed, from->n_removed, &to->removed);
    }
    fp_try(fp_texts_of_port_members(&delta->result, from->added_ports, from->n_added_ports,
                                    &to->added));
    return fp_texts_of_port_members(&delta->result, from->removed_ports, from->n_removed_ports,
                                    &to->removed);
}

static int fill_sets(fedpol_delta *delta, const fp_delta *from)
{
    delta->sets = fp_arena_zero(&delta->result.arena, from->n_sets, sizeof(*delta->sets));
    if (!delta->sets)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < from->n_sets; i++) {
        const fp_set_delta *set = &from->sets[i];
        set_change *to = &delta->sets[i];

        to->change = set->is_new    ? FEDPOL_CHANGE_NEW
                     : set->is_gone ? FEDPOL_CHANGE_GONE
                                    : FEDPOL_CHANGE_CHANGED;
        fp_try(fp_set_text_fill(&delta->result, set->set, &to->text));
        fp_try(fill_members(delta, set, to));
    }
    delta->n_sets = from->n_sets;
    return 0;
}

static int fill_policies(fedpol_delta *delta, const fp_delta *from)
{
    delta->policies =
        fp_arena_zero(&delta->result.arena, from->n_policies, sizeof(*delta->policies));
    if (!delta->policies)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < from->n_policies; i++) {
        delta->policies[i].change = (int)from->policies[i].change;
        delta->policies[i].name = fp_result_str(&delta->result, from->policies[i].name);
        if (!delta->policies[i].name)
            return FEDPOL_E_NOMEM;
    }
    delta->n_policies = from->n_policies;
    return 0;
}

static int fill_endpoints(fedpol_delta *delta, const fp_delta *from)
{
    delta->endpoints =
        fp_arena_zero(&delta->result.arena, from->n_endpoints, sizeof(*delta->endpoints));
    if (!delta->endpoints)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < from->n_endpoints; i++) {
        const fp_endpoint_delta *endpoint = &from->endpoints[i];

        delta->endpoints[i].change = (int)endpoint->change;
        delta->endpoints[i].name = fp_result_path(&delta->result, endpoint->ns, endpoint->name);
        if (!delta->endpoints[i].name)
            return FEDPOL_E_NOMEM;
    }
    delta->n_endpoints = from->n_endpoints;
    return 0;
}

static int fill(fedpol_delta *delta, const fp_delta *from)
{
    if (!from)
        return 0;
    fp_try(fill_sets(delta, from));
    fp_try(fill_policies(delta, from));
    fp_try(fill_endpoints(delta, from));
    return fp_texts_of_ips(&delta->result, from->departed, from->n_departed, &delta->departed);
}

static int delta_new(const fp_delta *from, fedpol_delta **ret)
{
    fedpol_delta *delta = fp_result_new(sizeof(*delta));
    int r = delta ? fill(delta, from) : FEDPOL_E_NOMEM;

    if (r < 0) {
        fedpol_delta_unref(delta);
        return r;
    }
    fp_result_seal(&delta->result);
    *ret = delta;
    return 0;
}

/* The oldest difference that was not told; for want of one, what a commit brings. */
static int tell(fedpol_context *context, fedpol_delta **ret_delta)
{
    fp_delta *const *untold;

    if (context->undelivered.len == 0)
        fp_try(fp_context_commit_told(context));
    untold = context->undelivered.items;
    return delta_new(context->undelivered.len > 0 ? *untold : NULL, ret_delta);
}

int fedpol_context_commit(fedpol_context *context, fedpol_delta **ret_delta)
{
    int r;

    fp_try(fp_context_check(context));
    if (!ret_delta)
        return fp_context_commit(context);
    r = tell(context, ret_delta);
    if (r == 0)
        fp_context_delivered(context);
    else
        fp_context_undelivered(context);
    return r;
}

fedpol_delta *fedpol_delta_ref(fedpol_delta *delta)
{
    if (delta)
        fp_result_ref(&delta->result);
    return delta;
}

fedpol_delta *fedpol_delta_unref(fedpol_delta *delta)
{
    if (delta)
        fp_result_unref(&delta->result);
    return NULL;
}

bool fedpol_delta_is_empty(const fedpol_delta *delta)
{
    return !delta || (delta->n_sets == 0 && delta->n_policies == 0 && delta->n_endpoints == 0 &&
                      delta->departed.n == 0);
}

size_t fedpol_delta_get_set_count(const fedpol_delta *delta)
{
    return delta ? delta->n_sets : 0;
}

static const set_change *set_at(const fedpol_delta *delta, size_t index)
{
    return delta && index < delta->n_sets ? &delta->sets[index] : NULL;
}

int fedpol_delta_get_set_change(const fedpol_delta *delta, size_t index)
{
    const set_change *set = set_at(delta, index);

    return set ? set->change : 0;
}

const char *fedpol_delta_get_set_selector(const fedpol_delta *delta, size_t index)
{
    const set_change *set = set_at(delta, index);

    return set ? set->text.selector : NULL;
}

const char *fedpol_delta_get_set_selector_id(const fedpol_delta *delta, size_t index)
{
    const set_change *set = set_at(delta, index);

    return set ? set->text.selector_id : NULL;
}

int fedpol_delta_get_set_type(const fedpol_delta *delta, size_t index)
{
    const set_change *set = set_at(delta, index);

    return set ? set->text.type : 0;
}

int fedpol_delta_get_set_use(const fedpol_delta *delta, size_t index)
{
    const set_change *set = set_at(delta, index);

    return set ? set->text.use : 0;
}

int fedpol_delta_get_set_scope(const fedpol_delta *delta, size_t index)
{
    const set_change *set = set_at(delta, index);

    return set ? set->text.scope : -1;
}

const char *fedpol_delta_get_set_protocol(const fedpol_delta *delta, size_t index)
{
    const set_change *set = set_at(delta, index);

    return set ? set->text.protocol : NULL;
}

const char *fedpol_delta_get_set_port(const fedpol_delta *delta, size_t index)
{
    const set_change *set = set_at(delta, index);

    return set ? set->text.port : NULL;
}

size_t fedpol_delta_get_added_count(const fedpol_delta *delta, size_t index)
{
    const set_change *set = set_at(delta, index);

    return set ? set->added.n : 0;
}

const char *fedpol_delta_get_added(const fedpol_delta *delta, size_t index, size_t member)
{
    const set_change *set = set_at(delta, index);

    return set ? fp_texts_get(&set->added, member) : NULL;
}

size_t fedpol_delta_get_removed_count(const fedpol_delta *delta, size_t index)
{
    const set_change *set = set_at(delta, index);

    return set ? set->removed.n : 0;
}

const char *fedpol_delta_get_removed(const fedpol_delta *delta, size_t index, size_t member)
{
    const set_change *set = set_at(delta, index);

    return set ? fp_texts_get(&set->removed, member) : NULL;
}

size_t fedpol_delta_get_policy_count(const fedpol_delta *delta)
{
    return delta ? delta->n_policies : 0;
}

const char *fedpol_delta_get_policy(const fedpol_delta *delta, size_t index)
{
    return delta && index < delta->n_policies ? delta->policies[index].name : NULL;
}

int fedpol_delta_get_policy_change(const fedpol_delta *delta, size_t index)
{
    return delta && index < delta->n_policies ? delta->policies[index].change : 0;
}

size_t fedpol_delta_get_endpoint_count(const fedpol_delta *delta)
{
    return delta ? delta->n_endpoints : 0;
}

const char *fedpol_delta_get_endpoint(const fedpol_delta *delta, size_t index)
{
    return delta && index < delta->n_endpoints ? delta->endpoints[index].name : NULL;
}

int fedpol_delta_get_endpoint_change(const fedpol_delta *delta, size_t index)
{
    return delta && index < delta->n_endpoints ? delta->endpoints[index].change : 0;
}

size_t fedpol_delta_get_departed_count(const fedpol_delta *delta)
{
    return delta ? delta->departed.n : 0;
}

const char *fedpol_delta_get_departed(const fedpol_delta *delta, size_t index)
{
    return delta ? fp_texts_get(&delta->departed, index) : NULL;
}
