/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/services.h>

#include "libfedpol/api/handles.h"

/* How back ends of each cluster count, by its state and the times that were set for it. */

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

static int64_t sum(int64_t a, int64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

/* *RET_DUE: when the answer will be another one, if nothing else happens. */
static fp_service_use use_of(const fedpol_cluster *cluster, int64_t now_ms, int64_t *ret_due)
{
    int64_t age_ms = fp_cluster_age_ms(cluster->core, now_ms);
    int64_t due_ms = INT64_MAX;
    bool is_over;

    if (cluster->role == FEDPOL_ROLE_LOCAL || age_ms == 0)
        return FP_SERVICE_USE_NORMAL;
    if (age_ms < 0) {
        due_ms = sum(cluster->added_ms, cluster->backend_hold_ms);
        is_over = now_ms >= due_ms;
        if (!is_over && due_ms < *ret_due)
            *ret_due = due_ms;
        return is_over ? FP_SERVICE_USE_NORMAL : FP_SERVICE_USE_PENDING;
    }
    if (cluster->backend_timeout_ms < 0)
        return FP_SERVICE_USE_NORMAL;
    due_ms = sum(now_ms - age_ms, cluster->backend_timeout_ms);
    is_over = now_ms >= due_ms;
    if (!is_over && due_ms < *ret_due)
        *ret_due = due_ms;
    return is_over ? FP_SERVICE_USE_WITHDRAWN : FP_SERVICE_USE_NORMAL;
}

int fp_context_note_uses(fedpol_context *context)
{
    int64_t now_ms = fp_context_now(context);
    int64_t due_ms = INT64_MAX;

    for (size_t i = 0; i < context->clusters.len; i++) {
        const fedpol_cluster *cluster = context->clusters.items[i];

        fp_try(fp_world_set_service_use(context->world, cluster->core,
                                        use_of(cluster, now_ms, &due_ms)));
    }
    if (context->client && context->frozen_ms < 0)
        fp_client_set_due(context->client, due_ms);
    return 0;
}
