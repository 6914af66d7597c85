/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/services/private.h"

static fp_cluster_use *find(const fp_services *s, const fp_cluster *cluster)
{
    for (size_t i = 0; i < s->uses.len; i++)
        if (s->uses.items[i].cluster == cluster)
            return &s->uses.items[i];
    return NULL;
}

fp_service_use fp_use_of(const fp_services *s, const fp_cluster *cluster)
{
    const fp_cluster_use *use = find(s, cluster);

    return use ? use->use : FP_SERVICE_USE_NORMAL;
}

fp_service_use fp_services_get_use(const fp_services *services, const fp_cluster *cluster)
{
    return fp_use_of(services, cluster);
}

/* "CLUSTER/NAME": what was written for a remote back end. */
const fp_cluster *fp_use_pending(const fp_services *s, const fp_backend *backend)
{
    ptrdiff_t slash = fp_str_find_byte(fp_backend_get(backend, FP_BACKEND_TARGET_NAME), '/');
    fp_str name =
        slash > 0 ? fp_str_sub(fp_backend_get(backend, FP_BACKEND_TARGET_NAME), 0, (size_t)slash)
                  : FP_STR_NULL;
    const fp_cluster *unnamed = NULL;

    for (size_t i = 0; i < s->uses.len; i++) {
        const fp_cluster_use *use = &s->uses.items[i];

        if (use->use != FP_SERVICE_USE_PENDING)
            continue;
        if (fp_str_eq(fp_cluster_name(use->cluster), name))
            return use->cluster;
        /* Without a target it can't be told whose it is: any of them may be the one. */
        if (fp_backend_get(backend, FP_BACKEND_TARGET_NAME).len == 0 &&
            (!unnamed || fp_str_cmp(fp_cluster_name(use->cluster), fp_cluster_name(unnamed)) < 0))
            unnamed = use->cluster;
    }
    return unnamed;
}

/* Feds that the use of the cluster matters to are built anew. */
static void touch_feds(fp_services *s, const fp_cluster *cluster)
{
    for (uint32_t id = 0; id < s->nodes.used; id++) {
        const fp_service_node *node = fp_node_at(s, id);
        fp_idset_iter iter = fp_idset_each(&node->feds);
        uint32_t fed;

        if (!node->cluster)
            continue;
        while (node->cluster == cluster && fp_idset_step(&iter, &fed)) {
            fp_fed_at(s, fed)->rebuild = true;
            fp_fed_touch(s, fed);
        }
        if (node->fed != FP_NO_ID && node->objects.count > 0) {
            fp_fed_at(s, node->fed)->rebuild = true;
            fp_fed_touch(s, node->fed);
        }
    }
}

int fp_services_set_use(fp_services *services, const fp_cluster *cluster, fp_service_use use)
{
    fp_cluster_use *known = find(services, cluster);

    if ((known ? known->use : FP_SERVICE_USE_NORMAL) == use)
        return 0;
    if (known)
        known->use = use;
    else
        fp_try(fp_vec_push(&services->uses, (fp_cluster_use){cluster, use}));
    touch_feds(services, cluster);
    return 0;
}

void fp_services_forget_cluster(fp_services *services, const fp_cluster *cluster)
{
    fp_cluster_use *known = find(services, cluster);

    if (services->local == cluster)
        services->local = NULL;
    if (!known)
        return;
    (void)fp_services_set_use(services, cluster, FP_SERVICE_USE_NORMAL); /* it is known */
    *known = services->uses.items[--services->uses.len];
}
