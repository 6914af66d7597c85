/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/verdict.h>

#include "libfedpol/api/flow.h"
#include "libfedpol/api/result.h"
#include "libfedpol/api/sized.h"

typedef struct direction_item {
    int value;
    int reason;
    int64_t rule;
    int64_t age_ms;
    const char *tier;
    const char *policy;
    const char *peer_cluster;
    fp_texts trace;
} direction_item;

struct fedpol_verdict {
    fp_result result;
    int value;
    const char *from_ip;
    const char *to_ip;
    direction_item ingress;
    direction_item egress;
};

_Static_assert((int)FEDPOL_VERDICT_NONE == (int)FP_VERDICT_NONE &&
                   (int)FEDPOL_VERDICT_UNDECIDABLE == (int)FP_VERDICT_UNDECIDABLE &&
                   (int)FEDPOL_REASON_RULE == (int)FP_REASON_RULE &&
                   (int)FEDPOL_REASON_UNSYNCED == (int)FP_REASON_UNSYNCED,
               "public and internal verdicts have the same numbers");

void fedpol_flow_init(fedpol_flow *flow, size_t struct_size)
{
    fp_sized_init(flow, struct_size);
    if (!flow || struct_size < sizeof(*flow))
        return;
    flow->source_port = -1;
    flow->destination_port = -1;
    flow->icmp_type = -1;
    flow->icmp_code = -1;
}

/* NULL for an empty TEXT. */
static int fill_text(fp_result *result, fp_str text, const char **ret)
{
    *ret = text.len > 0 ? fp_result_str(result, text) : NULL;
    return text.len > 0 && !*ret ? FEDPOL_E_NOMEM : 0;
}

static int fill_direction(fp_result *result, const fp_direction_verdict *from, direction_item *to)
{
    to->value = (int)from->value;
    if (from->value == FP_VERDICT_NONE)
        return 0;
    to->reason = (int)from->reason;
    to->rule = from->rule;
    to->age_ms = from->age_ms;
    fp_try(fill_text(result, from->tier, &to->tier));
    fp_try(fill_text(result, fp_str_of(from->policy), &to->policy));
    fp_try(fill_text(result, from->peer_cluster, &to->peer_cluster));
    fp_try(fp_texts_init(result, &to->trace, from->n_trace));
    for (size_t i = 0; i < from->n_trace; i++)
        fp_try(fp_texts_add(&to->trace, fp_result_str(result, fp_str_of(from->trace[i]))));
    return 0;
}

static int fill(fedpol_verdict *verdict, const fp_verdict *from)
{
    verdict->value = (int)from->value;
    verdict->ingress.rule = verdict->ingress.age_ms = -1;
    verdict->egress.rule = verdict->egress.age_ms = -1;
    verdict->from_ip = fp_result_ip(&verdict->result, &from->flow.source);
    verdict->to_ip = fp_result_ip(&verdict->result, &from->flow.destination);
    if (!verdict->from_ip || !verdict->to_ip)
        return FEDPOL_E_NOMEM;
    fp_try(fill_direction(&verdict->result, &from->ingress, &verdict->ingress));
    fp_try(fill_direction(&verdict->result, &from->egress, &verdict->egress));
    fp_result_seal(&verdict->result);
    return 0;
}

static int evaluate(fedpol_context *context, const fp_flow *flow, fedpol_verdict **ret)
{
    fp_verdict answer;
    fedpol_verdict *verdict;
    int r;

    fp_try(fp_verdict_evaluate(context->world, flow, fp_context_now(context), &answer));
    verdict = fp_result_new(sizeof(*verdict));
    r = verdict ? fill(verdict, &answer) : FEDPOL_E_NOMEM;
    fp_verdict_done(&answer);
    if (r < 0)
        fedpol_verdict_unref(verdict);
    else
        *ret = verdict;
    return r;
}

int fedpol_context_get_verdict(fedpol_context *context, const fedpol_flow *flow,
                               fedpol_verdict **ret_verdict, fedpol_error **ret_error)
{
    fedpol_flow stated;
    fp_flow resolved;

    fp_try(fp_context_check(context));
    fp_check_arg(ret_verdict);
    fedpol_flow_init(&stated, sizeof(stated));
    fp_try(fp_sized_read(&stated, sizeof(stated), sizeof(stated), flow));
    fp_try(fp_context_commit(context));
    fp_try(fp_flow_resolve(context, &stated, &resolved, ret_error));
    return evaluate(context, &resolved, ret_verdict);
}

fedpol_verdict *fedpol_verdict_ref(fedpol_verdict *verdict)
{
    if (verdict)
        fp_result_ref(&verdict->result);
    return verdict;
}

fedpol_verdict *fedpol_verdict_unref(fedpol_verdict *verdict)
{
    if (verdict)
        fp_result_unref(&verdict->result);
    return NULL;
}

static const direction_item *item_at(const fedpol_verdict *verdict, int direction)
{
    if (verdict && direction == FEDPOL_DIRECTION_INGRESS)
        return &verdict->ingress;
    return verdict && direction == FEDPOL_DIRECTION_EGRESS ? &verdict->egress : NULL;
}

int fedpol_verdict_get_value(const fedpol_verdict *verdict)
{
    return verdict ? verdict->value : FEDPOL_VERDICT_NONE;
}

const char *fedpol_verdict_get_from_ip(const fedpol_verdict *verdict)
{
    return verdict ? verdict->from_ip : NULL;
}

const char *fedpol_verdict_get_to_ip(const fedpol_verdict *verdict)
{
    return verdict ? verdict->to_ip : NULL;
}

int fedpol_verdict_get_direction(const fedpol_verdict *verdict, int direction)
{
    const direction_item *item = item_at(verdict, direction);

    return item ? item->value : FEDPOL_VERDICT_NONE;
}

int fedpol_verdict_get_reason(const fedpol_verdict *verdict, int direction)
{
    const direction_item *item = item_at(verdict, direction);

    return item ? item->reason : 0;
}

const char *fedpol_verdict_get_tier(const fedpol_verdict *verdict, int direction)
{
    const direction_item *item = item_at(verdict, direction);

    return item ? item->tier : NULL;
}

const char *fedpol_verdict_get_policy(const fedpol_verdict *verdict, int direction)
{
    const direction_item *item = item_at(verdict, direction);

    return item ? item->policy : NULL;
}

int64_t fedpol_verdict_get_rule(const fedpol_verdict *verdict, int direction)
{
    const direction_item *item = item_at(verdict, direction);

    return item ? item->rule : -1;
}

const char *fedpol_verdict_get_peer_cluster(const fedpol_verdict *verdict, int direction)
{
    const direction_item *item = item_at(verdict, direction);

    return item ? item->peer_cluster : NULL;
}

int64_t fedpol_verdict_get_age_ms(const fedpol_verdict *verdict, int direction)
{
    const direction_item *item = item_at(verdict, direction);

    return item ? item->age_ms : -1;
}

size_t fedpol_verdict_get_trace_count(const fedpol_verdict *verdict, int direction)
{
    const direction_item *item = item_at(verdict, direction);

    return item ? item->trace.n : 0;
}

const char *fedpol_verdict_get_trace(const fedpol_verdict *verdict, int direction, size_t step)
{
    const direction_item *item = item_at(verdict, direction);

    return item ? fp_texts_get(&item->trace, step) : NULL;
}
