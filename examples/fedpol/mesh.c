/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tool.h"

int complain(int status, const char *what, int code, const fedpol_error *error)
{
    const char *message = fedpol_error_get_message(error);
    const char *where = fedpol_error_get_where(error);

    (void)fprintf(stderr, "fedpol: %s: %s%s%s%s\n", what,
                  *message ? message : fedpol_strerror(code), *where ? " (" : "", where,
                  *where ? ")" : "");
    return status;
}

int mesh_context(const tool_options *options, fedpol_context **ret_context)
{
    fedpol_context *context = NULL;
    char problem[GUARD_PROBLEM];
    int r = fedpol_context_new(&context);

    if (r == 0 && options->node)
        r = fedpol_context_set_node(context, options->node);
    if (r == 0 && options->cluster_label)
        r = fedpol_context_set_cluster_label(context, options->cluster_label);
    if (r == 0)
        r = fedpol_context_set_scope(context, options->scope);
    if (r == 0)
        r = fedpol_context_set_unknown_rules(context, options->unknown_rules);
    if (r == 0)
        r = fedpol_context_set_follow_remotes(context, options->follow_remotes);
    if (r == 0)
        r = fedpol_context_set_services(context, options->services);
    if (r == 0 && guards_set(&options->guards, context, problem) < 0) {
        context = fedpol_context_unref(context);
        (void)fprintf(stderr, "fedpol: --guard: %s\n", problem);
        return EXIT_USAGE;
    }
    if (r < 0) {
        context = fedpol_context_unref(context);
        return complain(r == FEDPOL_E_INVALID ? EXIT_USAGE : EXIT_SOURCE, "options", r, NULL);
    }
    *ret_context = context;
    return EXIT_DONE;
}

static bool is_overloaded(fedpol_cluster *cluster)
{
    fedpol_cluster_info info;

    fedpol_cluster_info_init(&info, sizeof(info));
    return fedpol_cluster_get_info(cluster, &info) == 0 && info.overloaded;
}

static int load(fedpol_context *context, const tool_options *options, size_t i)
{
    fedpol_cluster *cluster = NULL;
    fedpol_error *error = NULL;
    char what[128];
    int status = EXIT_DONE;
    const cluster_source *source = &options->sources.items[i];
    int role = source_is_local(&options->sources, i) ? FEDPOL_ROLE_LOCAL : FEDPOL_ROLE_REMOTE;
    int r = fedpol_cluster_new(context, source->name, role, &cluster, &error);

    (void)snprintf(what, sizeof(what), "cluster %s", source->name);
    if (r < 0) {
        status = complain(EXIT_USAGE, what, r, error);
    } else {
        r = source_open(source, cluster, options->timeout_s, &error);
        if (r < 0)
            status = complain(EXIT_SOURCE, what, r, error);
        if (r < 0 && is_overloaded(cluster))
            status = EXIT_DONE; /* what fits was taken */
    }
    error = fedpol_error_free(error);
    cluster = fedpol_cluster_unref(cluster);
    return status;
}

/* Item I of A and item J of B by what lists of diagnostics are ordered by. */
static int compare_places(const fedpol_diagnostic_list *a, size_t i,
                          const fedpol_diagnostic_list *b, size_t j)
{
    typedef const char *(*getter)(const fedpol_diagnostic_list *list, size_t index);
    static const getter keys[] = {fedpol_diagnostic_list_get_cluster,
                                  fedpol_diagnostic_list_get_kind,
                                  fedpol_diagnostic_list_get_namespace,
                                  fedpol_diagnostic_list_get_name, fedpol_diagnostic_list_get_path};
    int order = 0;

    for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]) && order == 0; k++)
        order = strcmp(keys[k](a, i), keys[k](b, j));
    return order;
}

static bool was_shown(const fedpol_diagnostic_list *shown, const fedpol_diagnostic_list *list,
                      size_t i)
{
    size_t n = fedpol_diagnostic_list_get_count(shown);
    size_t low = 0;
    size_t high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_places(shown, middle, list, i) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < n && compare_places(shown, low, list, i) == 0; low++)
        if (strcmp(fedpol_diagnostic_list_get_message(shown, low),
                   fedpol_diagnostic_list_get_message(list, i)) == 0)
            return true;
    return false;
}

static void show(const fedpol_diagnostic_list *list, size_t i)
{
    const char *origin = fedpol_diagnostic_list_get_origin(list, i);
    const char *kind = fedpol_diagnostic_list_get_kind(list, i);
    const char *namespace = fedpol_diagnostic_list_get_namespace(list, i);
    const char *name = fedpol_diagnostic_list_get_name(list, i);
    const char *path = fedpol_diagnostic_list_get_path(list, i);

    (void)fprintf(stderr, "fedpol: %s: cluster %s: ",
                  fedpol_severity_name(fedpol_diagnostic_list_get_severity(list, i)),
                  fedpol_diagnostic_list_get_cluster(list, i));
    if (origin && *origin)
        (void)fprintf(stderr, "%s: ", origin);
    if (*kind || *name)
        (void)fprintf(stderr, "%s%s%s%s%s: ", kind, *kind && *name ? " " : "", namespace,
                      *namespace ? "/" : "", name);
    if (*path)
        (void)fprintf(stderr, "%s: ", path);
    (void)fprintf(stderr, "%s [%s]\n", fedpol_diagnostic_list_get_message(list, i),
                  fedpol_diagnostic_list_get_code(list, i));
}

void mesh_show_diagnostics(fedpol_context *context, fedpol_diagnostic_list **previous)
{
    fedpol_diagnostic_list *list = NULL;

    if (fedpol_context_query_diagnostics(context, &list) < 0)
        return;
    for (size_t i = 0; i < fedpol_diagnostic_list_get_count(list); i++)
        if (!previous || !was_shown(*previous, list, i))
            show(list, i);
    if (!previous) {
        list = fedpol_diagnostic_list_unref(list);
        return;
    }
    *previous = fedpol_diagnostic_list_unref(*previous);
    *previous = list;
}

int mesh_open(const tool_options *options, bool show_diagnostics, fedpol_context **ret_context)
{
    fedpol_context *context = NULL;
    int status = mesh_context(options, &context);

    if (status == EXIT_DONE)
        status = mesh_load(options, context);
    if (status == EXIT_DONE)
        status = live_wait(options, context);
    if (status != EXIT_DONE) {
        context = fedpol_context_unref(context);
        return status;
    }
    if (show_diagnostics)
        mesh_show_diagnostics(context, NULL);
    *ret_context = context;
    return EXIT_DONE;
}

int mesh_load(const tool_options *options, fedpol_context *context)
{
    int status = EXIT_DONE;

    if (options->sources.n == 0) {
        (void)fputs("fedpol: this command needs --cluster NAME=SOURCE\n", stderr);
        status = EXIT_USAGE;
    }
    for (size_t i = 0; i < options->sources.n && status == EXIT_DONE; i++)
        status = load(context, options, i);
    return status;
}
