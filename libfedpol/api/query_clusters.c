/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/query.h>

#include "libfedpol/api/handles.h"
#include "libfedpol/api/info.h"
#include "libfedpol/api/result.h"
#include "libfedpol/api/sized.h"

struct fedpol_cluster_list {
    fp_result result;
    fedpol_cluster_info *items;
    size_t n;
};

static int fill(fedpol_cluster_list *list, const fedpol_context *context)
{
    size_t n = context->clusters.len;

    list->items = fp_arena_zero(&list->result.arena, n, sizeof(*list->items));
    if (!list->items)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < n; i++) {
        fedpol_cluster_info *item = &list->items[i];

        fp_cluster_fill_info(context->clusters.items[i], item);
        item->name = fp_result_str(&list->result, fp_str_of(item->name));
        if (!item->name)
            return FEDPOL_E_NOMEM;
    }
    list->n = n;
    fp_result_seal(&list->result);
    return 0;
}

int fedpol_context_query_clusters(fedpol_context *context, fedpol_cluster_list **ret_clusters)
{
    fedpol_cluster_list *list;
    int r;

    fp_try(fp_context_check(context));
    fp_check_arg(ret_clusters);
    fp_try(fp_context_commit(context));
    list = fp_result_new(sizeof(*list));
    r = list ? fill(list, context) : FEDPOL_E_NOMEM;
    if (r < 0)
        fedpol_cluster_list_unref(list);
    else
        *ret_clusters = list;
    return r;
}

fedpol_cluster_list *fedpol_cluster_list_ref(fedpol_cluster_list *clusters)
{
    if (clusters)
        fp_result_ref(&clusters->result);
    return clusters;
}

fedpol_cluster_list *fedpol_cluster_list_unref(fedpol_cluster_list *clusters)
{
    if (clusters)
        fp_result_unref(&clusters->result);
    return NULL;
}

size_t fedpol_cluster_list_get_count(const fedpol_cluster_list *clusters)
{
    return clusters ? clusters->n : 0;
}

int fedpol_cluster_list_get_info(const fedpol_cluster_list *clusters, size_t index,
                                 fedpol_cluster_info *ret_info)
{
    fp_check_arg(clusters);
    if (index >= clusters->n)
        return FEDPOL_E_NOT_FOUND;
    return fp_sized_write(ret_info, sizeof(clusters->items[index]), FP_CLUSTER_INFO_FIRST,
                          &clusters->items[index]);
}
