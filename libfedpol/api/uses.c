/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/services.h>

#include "libfedpol/api/handles.h"

/* For what endpoints and back ends of each cluster count, by its state and the times that were set
   for it. */

int fedpol_context_set_services(fedpol_context *context, bool on)
{
    fp_try(fp_context_check(context));
    for (size_t i = 0; i < context->clusters.len; i++)
        if (context->clusters.items[i]->connection)
            return FEDPOL_E_STATE;
    context->asks_services = on;
    return 0;
}

int fedpol_context_set_keep_last_backends(fedpol_context *context, bool on)
{
    fp_try(fp_context_check(context));
    fp_world_set_keep_last_backends(context->world, on);
    fp_context_signal(context);
    return 0;
}

int fedpol_context_set_ready_services(fedpol_context *context, bool on)
{
    fp_try(fp_context_check(context));
    fp_world_set_ready_services(context->world, on);
    fp_context_signal(context);
    return 0;
}

int fedpol_cluster_set_backend_timeout(fedpol_cluster *cluster, int64_t milliseconds)
{
    fp_try(fp_cluster_check(cluster));
    fp_check_arg(milliseconds >= -1);
    cluster->backend_timeout_ms = milliseconds;
    return 0;
}

int fedpol_cluster_set_backend_hold(fedpol_cluster *cluster, int64_t milliseconds)
{
    fp_try(fp_cluster_check(cluster));
    fp_check_arg(milliseconds >= 0);
    cluster->backend_hold_ms = milliseconds;
    return 0;
}

int fedpol_cluster_set_endpoint_timeout(fedpol_cluster *cluster, int use, int64_t milliseconds)
{
    fp_try(fp_cluster_check(cluster));
    fp_check_arg(use == FEDPOL_USE_ALLOW || use == FEDPOL_USE_DENY);
    fp_check_arg(milliseconds >= -1);
    if (use == FEDPOL_USE_ALLOW)
        cluster->allow_timeout_ms = milliseconds;
    else
        cluster->deny_timeout_ms = milliseconds;
    return 0;
}

static int64_t sum(int64_t a, int64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

/* Whether something of a cluster that was lost AGE_MS ago counts no more. *RET_DUE: when the answer
   will be another one, if nothing else happens; lowered only. */
static bool is_over(int64_t age_ms, int64_t timeout_ms, int64_t now_ms, int64_t *ret_due)
{
    int64_t due_ms;

    if (timeout_ms < 0 || age_ms <= 0)
        return false;
    due_ms = sum(now_ms - age_ms, timeout_ms);
    if (now_ms >= due_ms)
        return true;
    if (due_ms < *ret_due)
        *ret_due = due_ms;
    return false;
}

static fp_service_use service_use_of(const fedpol_cluster *cluster, int64_t now_ms,
                                     int64_t *ret_due)
{
    int64_t age_ms = fp_cluster_age_ms(cluster->core, now_ms);
    int64_t held_until_ms = sum(cluster->added_ms, cluster->backend_hold_ms);

    if (cluster->role == FEDPOL_ROLE_LOCAL)
        return FP_SERVICE_USE_NORMAL;
    if (is_over(age_ms, cluster->backend_timeout_ms, now_ms, ret_due))
        return FP_SERVICE_USE_WITHDRAWN;
    if (age_ms >= 0 || now_ms >= held_until_ms)
        return FP_SERVICE_USE_NORMAL;
    if (held_until_ms < *ret_due)
        *ret_due = held_until_ms;
    return FP_SERVICE_USE_PENDING;
}

static fp_label_uses uses_of(const fedpol_cluster *cluster, int64_t now_ms, int64_t *ret_due)
{
    int64_t age_ms = fp_cluster_age_ms(cluster->core, now_ms);
    unsigned uses = FP_USES_ALL;

    if (cluster->role == FEDPOL_ROLE_LOCAL)
        return FP_USES_ALL;
    if (is_over(age_ms, cluster->allow_timeout_ms, now_ms, ret_due))
        uses &= ~(unsigned)FP_USES_ALLOW;
    if (is_over(age_ms, cluster->deny_timeout_ms, now_ms, ret_due))
        uses &= ~(unsigned)FP_USES_DENY;
    return (fp_label_uses)uses;
}

static unsigned withdrawn_by(fp_label_uses uses, fp_service_use services)
{
    unsigned withdrawn = 0;

    if (!(uses & FP_USES_ALLOW))
        withdrawn |= FEDPOL_WITHDRAWN_ALLOW;
    if (!(uses & FP_USES_DENY))
        withdrawn |= FEDPOL_WITHDRAWN_DENY;
    if (services == FP_SERVICE_USE_WITHDRAWN)
        withdrawn |= FEDPOL_WITHDRAWN_BACKENDS;
    return withdrawn;
}

unsigned fp_cluster_withdrawn(const fedpol_cluster *cluster)
{
    int64_t due_ms = INT64_MAX;
    int64_t now_ms = fp_context_now(cluster->context);

    return withdrawn_by(uses_of(cluster, now_ms, &due_ms),
                        service_use_of(cluster, now_ms, &due_ms));
}

static void tell_withdrawn(fedpol_cluster *cluster, unsigned withdrawn)
{
    if (withdrawn == cluster->withdrawn)
        return;
    cluster->withdrawn = withdrawn;
    fp_context_log(cluster->context, FEDPOL_LOG_INFO, "cluster", "%s: withdrawn from %s%s%s%s",
                   cluster->name, withdrawn & FEDPOL_WITHDRAWN_ALLOW ? "allow sets, " : "",
                   withdrawn & FEDPOL_WITHDRAWN_DENY ? "deny sets, " : "",
                   withdrawn & FEDPOL_WITHDRAWN_BACKENDS ? "services, " : "",
                   withdrawn ? "since it is lost" : "nothing");
}

static int note_uses(fedpol_cluster *cluster, int64_t now_ms, int64_t *ret_due)
{
    fp_world *world = cluster->context->world;
    fp_service_use services = service_use_of(cluster, now_ms, ret_due);
    fp_label_uses uses = uses_of(cluster, now_ms, ret_due);

    fp_try(fp_world_set_service_use(world, cluster->core, services));
    fp_try(fp_world_set_uses(world, cluster->core, uses));
    tell_withdrawn(cluster, withdrawn_by(uses, services));
    return 0;
}

int fp_context_note_uses(fedpol_context *context)
{
    int64_t now_ms = fp_context_now(context);
    int64_t due_ms = INT64_MAX;

    for (size_t i = 0; i < context->clusters.len; i++) {
        fp_try(note_uses(context->clusters.items[i], now_ms, &due_ms));
        fp_cluster_mind_overload(context->clusters.items[i], now_ms, &due_ms);
    }
    if (context->client && context->frozen_ms < 0)
        fp_client_set_due(context->client, due_ms);
    return 0;
}
