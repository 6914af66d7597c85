/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/policy/private.h"

/* What a cluster may bring in is looked at here, object by object; what is left out is counted. */

static void guard(fp_cluster *cluster, size_t n)
{
    fp_cluster_counters_of(cluster)->guarded += n;
}

bool fp_admit_object(fp_cluster *cluster, const fp_object *object)
{
    if (fp_admission_takes(fp_cluster_admission(cluster), object->kind, object->ns, object->name))
        return true;
    guard(cluster, 1);
    return false;
}

/* Which addresses were left out. */
typedef struct refusal {
    size_t n;
    fp_cidr first;
} refusal;

static void refuse(refusal *refused, const fp_cidr *net)
{
    if (refused->n++ == 0)
        refused->first = *net;
}

static int admit_nets(const fp_admission *admission, fp_arena *arena, fp_endpoint_desc *desc,
                      refusal *refused)
{
    fp_cidr *nets = fp_arena_array(arena, desc->n_nets, sizeof(*nets));
    size_t n = 0;

    if (!nets)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < desc->n_nets; i++) {
        if (fp_admission_claims(admission, &desc->nets[i]))
            nets[n++] = desc->nets[i];
        else
            refuse(refused, &desc->nets[i]);
    }
    desc->nets = nets;
    desc->n_nets = n;
    return 0;
}

static int admit_group(const fp_admission *admission, fp_arena *arena, fp_backend_group *group,
                       refusal *refused)
{
    fp_backend *backends = fp_arena_array(arena, group->n_backends, sizeof(*backends));
    size_t n = 0;

    if (!backends)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < group->n_backends; i++) {
        fp_cidr net = fp_cidr_of_ip(&group->backends[i].ip);

        if (fp_admission_claims(admission, &net))
            backends[n++] = group->backends[i];
        else
            refuse(refused, &net);
    }
    group->backends = backends;
    group->n_backends = n;
    return 0;
}

static int admit_backends(const fp_admission *admission, fp_arena *arena, fp_backends_desc *desc,
                          refusal *refused)
{
    fp_backend_group *groups = fp_arena_array(arena, desc->n_groups, sizeof(*groups));

    if (!groups)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < desc->n_groups; i++) {
        groups[i] = desc->groups[i];
        fp_try(admit_group(admission, arena, &groups[i], refused));
    }
    desc->groups = groups;
    return 0;
}

int fp_admit_addresses(fp_cluster *cluster, fp_arena *arena, fp_diags *diags, fp_object *object)
{
    const fp_admission *admission = fp_cluster_admission(cluster);
    fp_cleanup_buf fp_buf text = {0};
    refusal refused = {0};

    if (!admission->claims)
        return 0;
    if (object->cls == FP_OBJECT_ENDPOINT)
        fp_try(admit_nets(admission, arena, &object->endpoint, &refused));
    if (object->cls == FP_OBJECT_BACKENDS)
        fp_try(admit_backends(admission, arena, &object->backends, &refused));
    if (refused.n == 0)
        return 0;
    guard(cluster, refused.n);
    fp_cidr_put(&text, &refused.first);
    fp_try(fp_buf_error(&text));
    fp_diags_add(diags, FP_SEVERITY_WARNING, FP_DIAG_OUTSIDE_CLAIM, FP_STR_NULL,
                 "%s is outside of what the cluster may claim and is left out%s", text.data,
                 refused.n > 1 ? ", as are others" : "");
    return 0;
}

int fp_admit_endpoint(const fp_federation *federation, const fp_cluster *cluster,
                      const fp_object *object, const fp_record_view *known)
{
    uint64_t limit = fp_cluster_admission(cluster)->max_endpoints;

    if (limit == 0 || object->cls != FP_OBJECT_ENDPOINT || known->cls == FP_OBJECT_ENDPOINT)
        return 0;
    return fp_federation_cluster_count(federation, cluster) < limit ? 0 : FEDPOL_E_LIMIT;
}
