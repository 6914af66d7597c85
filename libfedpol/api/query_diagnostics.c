/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/query.h>

#include "libfedpol/api/handles.h"
#include "libfedpol/api/result.h"

typedef struct diagnostic_item {
    int severity;
    const char *code;
    const char *cluster;
    const char *kind;
    const char *ns;
    const char *name;
    const char *path;
    const char *message;
    const char *origin;
} diagnostic_item;

struct fedpol_diagnostic_list {
    fp_result result;
    diagnostic_item *items;
    size_t n;
};

_Static_assert((int)FEDPOL_SEVERITY_INFO == (int)FP_SEVERITY_INFO &&
                   (int)FEDPOL_SEVERITY_WARNING == (int)FP_SEVERITY_WARNING &&
                   (int)FEDPOL_SEVERITY_ERROR == (int)FP_SEVERITY_ERROR,
               "public and internal severities have the same numbers");

static int fill_item(fp_result *result, const fp_kept_diag *from, const char *cluster,
                     diagnostic_item *to)
{
    *to = (diagnostic_item){
        .severity = (int)from->severity,
        .code = fp_diag_code_name(from->code),
        .cluster = cluster,
        .kind = fp_result_str(result, fp_str_of(from->kind)),
        .ns = fp_result_str(result, from->ns),
        .name = fp_result_str(result, from->name),
        .path = fp_result_str(result, from->path),
        .message = fp_result_str(result, from->message),
        .origin = fp_result_str(result, from->origin),
    };
    return to->kind && to->ns && to->name && to->path && to->message && to->origin ? 0
                                                                                   : FEDPOL_E_NOMEM;
}

/* Clusters stand by name, and the diagnostics of each by object. */
static int fill_cluster(fedpol_diagnostic_list *list, const fedpol_cluster *cluster)
{
    const char *name = fp_result_str(&list->result, fp_str_of(cluster->name));
    const fp_kept_diag **diags = NULL;
    size_t n = 0;

    if (!name)
        return FEDPOL_E_NOMEM;
    fp_try(fp_cluster_diag_list(cluster->core, &diags, &n));
    for (size_t i = 0; i < n; i++)
        fp_try(fill_item(&list->result, diags[i], name, &list->items[list->n++]));
    return 0;
}

static int fill(fedpol_diagnostic_list *list, const fedpol_context *context)
{
    size_t total = 0;

    for (size_t i = 0; i < context->clusters.len; i++)
        total += fp_cluster_diag_count(context->clusters.items[i]->core);
    list->items = fp_arena_zero(&list->result.arena, total, sizeof(*list->items));
    if (!list->items)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < context->clusters.len; i++)
        fp_try(fill_cluster(list, context->clusters.items[i]));
    fp_result_seal(&list->result);
    return 0;
}

int fedpol_context_query_diagnostics(fedpol_context *context,
                                     fedpol_diagnostic_list **ret_diagnostics)
{
    fedpol_diagnostic_list *list;
    int r;

    fp_try(fp_context_check(context));
    fp_check_arg(ret_diagnostics);
    fp_try(fp_context_commit(context));
    list = fp_result_new(sizeof(*list));
    r = list ? fill(list, context) : FEDPOL_E_NOMEM;
    if (r < 0)
        fedpol_diagnostic_list_unref(list);
    else
        *ret_diagnostics = list;
    return r;
}

fedpol_diagnostic_list *fedpol_diagnostic_list_ref(fedpol_diagnostic_list *diagnostics)
{
    if (diagnostics)
        fp_result_ref(&diagnostics->result);
    return diagnostics;
}

fedpol_diagnostic_list *fedpol_diagnostic_list_unref(fedpol_diagnostic_list *diagnostics)
{
    if (diagnostics)
        fp_result_unref(&diagnostics->result);
    return NULL;
}

size_t fedpol_diagnostic_list_get_count(const fedpol_diagnostic_list *diagnostics)
{
    return diagnostics ? diagnostics->n : 0;
}

static const diagnostic_item *item_at(const fedpol_diagnostic_list *diagnostics, size_t index)
{
    return diagnostics && index < diagnostics->n ? &diagnostics->items[index] : NULL;
}

int fedpol_diagnostic_list_get_severity(const fedpol_diagnostic_list *diagnostics, size_t index)
{
    const diagnostic_item *item = item_at(diagnostics, index);

    return item ? item->severity : 0;
}

const char *fedpol_diagnostic_list_get_code(const fedpol_diagnostic_list *diagnostics, size_t index)
{
    const diagnostic_item *item = item_at(diagnostics, index);

    return item ? item->code : NULL;
}

const char *fedpol_diagnostic_list_get_cluster(const fedpol_diagnostic_list *diagnostics,
                                               size_t index)
{
    const diagnostic_item *item = item_at(diagnostics, index);

    return item ? item->cluster : NULL;
}

const char *fedpol_diagnostic_list_get_kind(const fedpol_diagnostic_list *diagnostics, size_t index)
{
    const diagnostic_item *item = item_at(diagnostics, index);

    return item ? item->kind : NULL;
}

const char *fedpol_diagnostic_list_get_namespace(const fedpol_diagnostic_list *diagnostics,
                                                 size_t index)
{
    const diagnostic_item *item = item_at(diagnostics, index);

    return item ? item->ns : NULL;
}

const char *fedpol_diagnostic_list_get_name(const fedpol_diagnostic_list *diagnostics, size_t index)
{
    const diagnostic_item *item = item_at(diagnostics, index);

    return item ? item->name : NULL;
}

const char *fedpol_diagnostic_list_get_path(const fedpol_diagnostic_list *diagnostics, size_t index)
{
    const diagnostic_item *item = item_at(diagnostics, index);

    return item ? item->path : NULL;
}

const char *fedpol_diagnostic_list_get_message(const fedpol_diagnostic_list *diagnostics,
                                               size_t index)
{
    const diagnostic_item *item = item_at(diagnostics, index);

    return item ? item->message : NULL;
}

const char *fedpol_diagnostic_list_get_origin(const fedpol_diagnostic_list *diagnostics,
                                              size_t index)
{
    const diagnostic_item *item = item_at(diagnostics, index);

    return item ? item->origin : NULL;
}
