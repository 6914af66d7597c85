/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/api/intake.h"
#include "libfedpol/client/manifests.h"

/* A folder of manifests as all that a cluster has. */

typedef struct load {
    fp_intake intake;
    bool was_empty;
} load;

static void begin(void *user)
{
    load *l = user;
    fedpol_cluster *cluster = l->intake.cluster;

    l->was_empty = fp_cluster_count(cluster->core, FP_KIND_UNKNOWN) == 0;
    fp_cluster_clear_diags(cluster->core, FP_DIAG_SOURCE_FEED);
    fp_world_begin_resync(cluster->context->world, cluster->core, FP_KIND_UNKNOWN);
}

static int take_object(void *user, const fp_wire_object *object, fp_str origin)
{
    load *l = user;

    return fp_intake_object(&l->intake, object, origin);
}

static int take_bad(void *user, const fp_wire_object *where, const fedpol_error *error,
                    fp_str origin)
{
    load *l = user;
    const fedpol_cluster *cluster = l->intake.cluster;

    fp_context_log(cluster->context, FEDPOL_LOG_WARNING, "manifests", "%s: %.*s: %s", cluster->name,
                   FP_STR_ARG(origin), fedpol_error_get_message(error));
    return fp_intake_bad(&l->intake, where, error, origin);
}

/*
 * What the folder no longer has goes away, but only if all of it could be read: the missing objects
 * may be in what could not, and to forget a policy could let traffic pass. A cluster that had
 * nothing before has nothing to lose.
 */
static int end(load *l, int r)
{
    fedpol_cluster *cluster = l->intake.cluster;

    if (r == 0 && (l->was_empty || !l->intake.any_bad))
        r = fp_world_end_resync(cluster->context->world, cluster->core, FP_KIND_UNKNOWN);
    fp_cluster_abort_resync(cluster->core, FP_KIND_UNKNOWN);
    if (r == 0)
        fp_cluster_change_state(cluster, FP_STATE_IN_SYNC);
    return r;
}

int fedpol_cluster_load_dir(fedpol_cluster *cluster, const char *path, fedpol_error **ret_error)
{
    load l = {0};
    const fp_manifest_sink sink = {begin, take_object, take_bad, &l};
    fp_manifest_limits limits;
    int r;

    fp_try(fp_cluster_check(cluster));
    fp_check_arg(path);
    limits =
        (fp_manifest_limits){cluster->context->limits.wire, cluster->context->limits.file_bytes,
                             cluster->context->limits.files};
    fp_intake_init(&l.intake, cluster);
    r = end(&l, fp_manifests_read(path, &limits, &sink, ret_error));
    r = fp_intake_finish(&l.intake, r, ret_error);
    fp_intake_done(&l.intake);
    return r;
}
