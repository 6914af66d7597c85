/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/api/intake.h"

#include "libfedpol/base/error.h"
#include "libfedpol/client/origin.h"

void fp_intake_init(fp_intake *intake, fedpol_cluster *cluster)
{
    *intake = (fp_intake){.cluster = cluster};
}

void fp_intake_done(fp_intake *intake)
{
    fp_buf_done(&intake->origin);
}

int fp_intake_object(fp_intake *intake, const fp_wire_object *object, fp_str origin)
{
    fedpol_cluster *cluster = intake->cluster;
    int r = fp_world_apply(cluster->context->world, cluster->core, object, origin);

    if (r != FEDPOL_E_LIMIT)
        return r;
    intake->over_limit = true;
    return 0;
}

int fp_intake_bad(fp_intake *intake, const fp_wire_object *where, const fedpol_error *error,
                  fp_str origin)
{
    fedpol_cluster *cluster = intake->cluster;

    intake->any_bad = true;
    return fp_world_report(cluster->context->world, cluster->core, where, error, origin);
}

static int make_origin(fp_intake *intake, const fp_wire_object *object)
{
    fp_buf_clear(&intake->origin);
    fp_origin_put(&intake->origin, fp_str_of(intake->cluster->origin), object);
    return fp_buf_error(&intake->origin);
}

static int take_object(void *user, const fp_wire_object *object)
{
    fp_intake *intake = user;

    fp_try(make_origin(intake, object));
    return fp_intake_object(intake, object, fp_buf_str(&intake->origin));
}

static int take_bad(void *user, const fp_wire_object *where, const fedpol_error *error)
{
    fp_intake *intake = user;

    fp_try(make_origin(intake, where));
    return fp_intake_bad(intake, where, error, fp_buf_str(&intake->origin));
}

fp_wire_sink fp_intake_sink(fp_intake *intake)
{
    return (fp_wire_sink){take_object, take_bad, intake};
}

int fp_intake_finish(fp_intake *intake, int r, fedpol_error **ret_error)
{
    const fedpol_cluster *cluster = intake->cluster;

    fp_cluster_note_diags(intake->cluster);
    fp_context_signal(cluster->context);
    if (r == 0 && intake->over_limit)
        r = fp_error_set(ret_error, FEDPOL_E_LIMIT, FP_STR_NULL, -1,
                         "cluster %s has more objects, endpoints or bytes than its limits allow; "
                         "the rest was left out",
                         cluster->name);
    return r;
}
