/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/group_choice.h"

#include "libfedpol/base/check.h"

static int ask(fp_group_choice *choice, const fp_transport *transport,
               const fp_resource_scope *scope, const fp_wire_limits *limits)
{
    fp_cleanup_buf fp_buf path = {0};
    fp_calico_group group = choice->step == FP_GROUP_ASK_V3 ? FP_CALICO_V3 : FP_CALICO_CRD;

    fp_try(fp_resource_put_path(fp_resource_probe(), group, scope, &path));
    fp_buf_puts(&path, "?limit=1");
    fp_try(fp_buf_error(&path));
    fp_try(fp_probe_ask(&choice->probe, transport, path.data, limits));
    choice->asked = true;
    return 0;
}

static void choose(fp_group_choice *choice, fp_calico_group group, bool served, int64_t now_ms)
{
    choice->group = group;
    choice->known = true;
    choice->step = FP_GROUP_CHOSEN;
    choice->doubtful = !served;
    choice->due_ms = now_ms + FP_GROUP_REST_MS;
}

static void take_answer(fp_group_choice *choice, int64_t now_ms)
{
    int status = choice->probe.status;
    bool served = status == 200;
    bool no = status == 404 || status == 403;

    choice->asked = false;
    choice->probe.done = false;
    if (choice->step == FP_GROUP_ASK_CRD && served) {
        choose(choice, FP_CALICO_CRD, true, now_ms);
    } else if (choice->step == FP_GROUP_ASK_CRD && no) {
        choice->crd_status = status;
        choice->step = FP_GROUP_ASK_V3;
        choice->due_ms = now_ms;
    } else if (choice->step == FP_GROUP_ASK_V3 && (served || no)) {
        bool v3 = served || (status == 403 && choice->crd_status == 404);

        choose(choice, v3 ? FP_CALICO_V3 : FP_CALICO_CRD, served, now_ms);
    } else { /* the kinds that are followed meet the same trouble, and tell more of it */
        choice->due_ms = now_ms + FP_PROBE_REST_MS;
    }
}

int fp_group_choice_poll(fp_group_choice *choice, const fp_transport *transport,
                         const fp_resource_scope *scope, const fp_wire_limits *limits,
                         int64_t now_ms)
{
    if (choice->probe.done)
        take_answer(choice, now_ms);
    if (choice->asked || now_ms < fp_group_choice_deadline_ms(choice))
        return 0;
    if (choice->step == FP_GROUP_CHOSEN)
        choice->step = FP_GROUP_ASK_CRD;
    return ask(choice, transport, scope, limits);
}

int64_t fp_group_choice_deadline_ms(const fp_group_choice *choice)
{
    bool rests = choice->step == FP_GROUP_CHOSEN && !choice->doubtful;

    return choice->asked || rests ? INT64_MAX : choice->due_ms;
}

void fp_group_choice_done(fp_group_choice *choice)
{
    fp_probe_done(&choice->probe);
}
