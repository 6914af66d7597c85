/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/api/handles.h"

/* How a cluster stands: full lists, in sync, lost. */

static int kind_of(const char *api_version, const char *kind, fp_kind *ret)
{
    if (!api_version && !kind) {
        *ret = FP_KIND_UNKNOWN; /* stands for all of them */
        return 0;
    }
    fp_check_arg(api_version && kind);
    *ret = fp_kind_of(fp_str_of(api_version), fp_str_of(kind));
    return *ret == FP_KIND_UNKNOWN ? FEDPOL_E_UNSUPPORTED : 0;
}

int fedpol_cluster_begin_resync(fedpol_cluster *cluster, const char *api_version, const char *kind)
{
    fp_kind which;

    fp_try(fp_cluster_check(cluster));
    fp_try(kind_of(api_version, kind, &which));
    fp_world_begin_resync(cluster->context->world, cluster->core, which);
    return 0;
}

int fedpol_cluster_end_resync(fedpol_cluster *cluster, const char *api_version, const char *kind)
{
    fp_kind which;
    int r;

    fp_try(fp_cluster_check(cluster));
    fp_try(kind_of(api_version, kind, &which));
    r = fp_world_end_resync(cluster->context->world, cluster->core, which);
    fp_cluster_note_diags(cluster);
    fp_context_signal(cluster->context);
    return r;
}

void fp_cluster_change_state(fedpol_cluster *cluster, fp_cluster_state state)
{
    fedpol_context *context = cluster->context;
    bool is_new = fp_cluster_get_state(cluster->core) != state;

    fp_world_set_state(context->world, cluster->core, state, fp_context_now(context));
    if (!is_new)
        return;
    cluster->state_news = true;
    fp_context_log(context, FEDPOL_LOG_INFO, "cluster", "%s: %s", cluster->name,
                   fp_cluster_state_name(state));
    fp_context_signal(context);
}

int fedpol_cluster_set_synced(fedpol_cluster *cluster)
{
    fp_try(fp_cluster_check(cluster));
    fp_cluster_change_state(cluster, FP_STATE_IN_SYNC);
    return 0;
}

int fedpol_cluster_set_lost(fedpol_cluster *cluster)
{
    fp_try(fp_cluster_check(cluster));
    fp_cluster_change_state(cluster, fp_cluster_was_complete(cluster->core) ? FP_STATE_RESYNC
                                                                            : FP_STATE_CONNECTING);
    return 0;
}
