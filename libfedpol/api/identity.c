/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/api/handles.h"

/* One cluster under two names, or the local one as its own remote: it works, endpoints are there
   twice, and a diagnostic says so. */

static const char *uid_of(const fedpol_cluster *cluster)
{
    return cluster->connection ? fp_connection_uid(cluster->connection) : "";
}

static const fedpol_cluster *twin_of(const fedpol_context *context, const fedpol_cluster *cluster)
{
    const char *uid = uid_of(cluster);

    for (size_t i = 0; i < context->clusters.len && *uid; i++)
        if (context->clusters.items[i] != cluster &&
            strcmp(uid_of(context->clusters.items[i]), uid) == 0)
            return context->clusters.items[i];
    return NULL;
}

static int note_one(const fedpol_context *context, fedpol_cluster *cluster)
{
    const fedpol_cluster *twin = twin_of(context, cluster);
    fp_cleanup_buf fp_buf message = {0};
    fp_diag diag = {FP_SEVERITY_WARNING, FP_DIAG_SAME_CLUSTER, FP_STR_NULL, FP_STR_NULL};

    if (!twin && !cluster->has_twin)
        return 0;
    if (twin)
        fp_buf_printf(&message,
                      "this is the same cluster as %s: both have the uid of its "
                      "namespace kube-system",
                      twin->name);
    fp_try(fp_buf_error(&message));
    diag.message = fp_buf_str(&message);
    fp_try(fp_cluster_set_diags(cluster->core, FP_DIAG_SOURCE_FEED, "", FP_STR_NULL,
                                fp_str_of(cluster->name), FP_STR_NULL, &diag, twin ? 1 : 0));
    cluster->has_twin = twin != NULL;
    fp_cluster_note_diags(cluster);
    return 0;
}

int fp_context_note_identities(fedpol_context *context)
{
    if (!context->identities_news)
        return 0;
    for (size_t i = 0; i < context->clusters.len; i++)
        fp_try(note_one(context, context->clusters.items[i]));
    context->identities_news = false;
    return 0;
}
