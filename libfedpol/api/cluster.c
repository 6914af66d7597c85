/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/cluster.h>

#include <string.h>

#include "libfedpol/api/guards.h"
#include "libfedpol/api/handles.h"
#include "libfedpol/api/info.h"
#include "libfedpol/api/remotes.h"
#include "libfedpol/api/sized.h"
#include "libfedpol/base/error.h"

int fp_cluster_check(const fedpol_cluster *cluster)
{
    fp_check_arg(cluster);
    if (!cluster->core)
        return FEDPOL_E_STATE;
    return fp_context_check(cluster->context);
}

void fp_cluster_destroy(fedpol_cluster *cluster)
{
    fp_free(cluster->name);
    fp_free(cluster->origin);
    fp_free(cluster->label_filter);
    fp_free(cluster);
}

void fp_cluster_detach(fedpol_cluster *cluster)
{
    fedpol_context *context = cluster->context;
    size_t i = 0;

    while (context->clusters.items[i] != cluster)
        i++;
    context->clusters.len--;
    memmove(&context->clusters.items[i], &context->clusters.items[i + 1],
            (context->clusters.len - i) * sizeof(fedpol_cluster *));
    cluster->core = NULL;
}

/* Puts the cluster into its place by name; there must be room. */
static void attach(fedpol_context *context, fedpol_cluster *cluster)
{
    size_t i = context->clusters.len++;

    while (i > 0 && strcmp(context->clusters.items[i - 1]->name, cluster->name) > 0) {
        context->clusters.items[i] = context->clusters.items[i - 1];
        i--;
    }
    context->clusters.items[i] = cluster;
}

/* A handle that is not yet of any use; NULL if memory is short. */
static fedpol_cluster *handle_new(fedpol_context *context, const char *name, int role)
{
    fedpol_cluster *cluster = fp_alloc_zero(1, sizeof(*cluster));

    if (!cluster)
        return NULL;
    cluster->context = context;
    cluster->role = role;
    cluster->added_ms = fp_context_now(context);
    cluster->backend_hold_ms = FP_BACKEND_HOLD_MS;
    cluster->backend_timeout_ms = -1;
    cluster->allow_timeout_ms = -1;
    cluster->deny_timeout_ms = -1;
    cluster->name = fp_str_dup(fp_str_of(name));
    if (!cluster->name) {
        fp_free(cluster);
        return NULL;
    }
    return cluster;
}

static int tell_why_not(int r, const char *name, fedpol_error **ret_error)
{
    fp_cleanup_buf fp_buf text = {0};

    if (r == FEDPOL_E_NOMEM)
        return r;
    fp_buf_put_quoted(&text, fp_str_of(name), 80);
    fp_try(fp_buf_error(&text));
    if (r == FEDPOL_E_EXISTS)
        return fp_error_set(ret_error, r, FP_STR_NULL, -1,
                            "cannot add cluster %s: that name is taken, or there is a local "
                            "cluster already",
                            text.data);
    return fp_error_set(ret_error, r, FP_STR_NULL, -1,
                        "cluster name %s is not made of 1 to 63 lower-case letters, digits, "
                        "'-' and '.'",
                        text.data);
}

int fedpol_cluster_new(fedpol_context *context, const char *name, int role,
                       fedpol_cluster **ret_cluster, fedpol_error **ret_error)
{
    fp_cluster_role core_role = role == FEDPOL_ROLE_LOCAL ? FP_ROLE_LOCAL : FP_ROLE_REMOTE;
    fp_admission admission;
    fedpol_cluster *cluster;
    int r;

    fp_try(fp_context_check(context));
    fp_check_arg(name && (role == FEDPOL_ROLE_LOCAL || role == FEDPOL_ROLE_REMOTE));
    fp_try(fp_vec_reserve(&context->clusters, 1));
    cluster = handle_new(context, name, role);
    if (!cluster)
        return FEDPOL_E_NOMEM;
    r = fp_guards_apply(cluster, &admission);
    if (r == 0)
        r = fp_world_add_cluster(context->world, fp_str_of(name), core_role, &cluster->core);
    if (r < 0) {
        fp_admission_done(&admission);
        fp_cluster_destroy(cluster);
        return tell_why_not(r, name, ret_error);
    }
    fp_cluster_set_admission(cluster->core, &admission);
    fp_cluster_set_limits(cluster->core, &context->limits.cluster);
    fp_world_set_state(context->world, cluster->core, FP_STATE_CONNECTING, fp_context_now(context));
    context->had_cluster = true;
    attach(context, cluster);
    fp_context_signal(context);
    if (ret_cluster)
        *ret_cluster = fedpol_cluster_ref(cluster);
    return 0;
}

int fedpol_cluster_find(fedpol_context *context, const char *name, fedpol_cluster **ret_cluster)
{
    fedpol_cluster *cluster;

    fp_try(fp_context_check(context));
    fp_check_arg(name && ret_cluster);
    cluster = fp_context_find(context, fp_str_of(name));
    if (!cluster)
        return FEDPOL_E_NOT_FOUND;
    *ret_cluster = fedpol_cluster_ref(cluster);
    return 0;
}

fedpol_cluster *fedpol_cluster_ref(fedpol_cluster *cluster)
{
    if (cluster && cluster->refs++ == 0)
        fedpol_context_ref(cluster->context);
    return cluster;
}

fedpol_cluster *fedpol_cluster_unref(fedpol_cluster *cluster)
{
    fedpol_context *context;

    if (!cluster || --cluster->refs > 0)
        return NULL;
    context = cluster->context;
    if (!cluster->core)
        fp_cluster_destroy(cluster);
    fedpol_context_unref(context);
    return NULL;
}

int fedpol_cluster_remove(fedpol_cluster *cluster)
{
    fedpol_context *context;

    fp_try(fp_cluster_check(cluster));
    context = cluster->context;
    fp_try(fp_world_remove_cluster(context->world, cluster->core));
    fp_cluster_drop_connection(cluster);
    fp_remotes_forget_cluster(context, cluster);
    fp_cluster_detach(cluster);
    fp_context_log(context, FEDPOL_LOG_INFO, "cluster", "%s: removed", cluster->name);
    fp_context_signal(context);
    if (cluster->refs == 0)
        fp_cluster_destroy(cluster);
    return 0;
}

const char *fedpol_cluster_get_name(const fedpol_cluster *cluster)
{
    return cluster ? cluster->name : NULL;
}

int fedpol_cluster_get_role(const fedpol_cluster *cluster)
{
    fp_check_arg(cluster);
    return cluster->role;
}

int fedpol_cluster_get_state(const fedpol_cluster *cluster)
{
    fp_try(fp_cluster_check(cluster));
    return fp_cluster_shown_state(cluster);
}

int fp_cluster_shown_state(const fedpol_cluster *cluster)
{
    return cluster->restart_due ? (int)FP_STATE_RESTART_REQUIRED
                                : (int)fp_cluster_get_state(cluster->core);
}

void fedpol_cluster_info_init(fedpol_cluster_info *info, size_t struct_size)
{
    fp_sized_init(info, struct_size);
}

void fp_cluster_fill_info(const fedpol_cluster *cluster, fedpol_cluster_info *ret)
{
    const fedpol_context *context = cluster->context;
    const fp_cluster_counters *counters = fp_cluster_counters_of(cluster->core);
    const fp_federation *federation = fp_calc_federation(fp_world_calc(context->world));

    *ret = (fedpol_cluster_info){
        .struct_size = sizeof(*ret),
        .name = cluster->name,
        .role = (uint32_t)cluster->role,
        .state = (uint32_t)fp_cluster_shown_state(cluster),
        .objects = fp_cluster_count(cluster->core, FP_KIND_UNKNOWN),
        .endpoints = fp_federation_cluster_count(federation, cluster->core),
        .diagnostics = fp_cluster_diag_count(cluster->core),
        .diagnostics_dropped = fp_cluster_diags_dropped(cluster->core),
        .age_ms = fp_cluster_age_ms(cluster->core, fp_context_now(context)),
        .unknown_kinds = counters->unknown_kinds,
        .ignored_kinds = counters->ignored_kinds,
        .refused_objects = counters->refused_objects,
        .fed_bytes = counters->fed_bytes,
        .fed_objects = counters->fed_objects,
        .withdrawn = fp_cluster_withdrawn(cluster),
        .overloaded = fp_cluster_overload(cluster->core) != 0,
        .guarded = counters->guarded,
    };
}

int fedpol_cluster_get_info(fedpol_cluster *cluster, fedpol_cluster_info *ret_info)
{
    fedpol_cluster_info info;

    fp_try(fp_cluster_check(cluster));
    fp_try(fp_context_commit(cluster->context));
    fp_cluster_fill_info(cluster, &info);
    return fp_sized_write(ret_info, sizeof(info), FP_CLUSTER_INFO_FIRST, &info);
}
