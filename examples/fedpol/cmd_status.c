/* SPDX-License-Identifier: Apache-2.0 */
#include "tool.h"

static void put_kind(json *out, const fedpol_connection *connection, size_t i)
{
    static const struct {
        const char *key;
        int counter;
    } counters[] = {
        {"lists", FEDPOL_COUNTER_LISTS},     {"watches", FEDPOL_COUNTER_WATCHES},
        {"events", FEDPOL_COUNTER_EVENTS},   {"bookmarks", FEDPOL_COUNTER_BOOKMARKS},
        {"relists", FEDPOL_COUNTER_RELISTS}, {"failures", FEDPOL_COUNTER_FAILURES},
        {"bytes", FEDPOL_COUNTER_BYTES},
    };

    json_open(out, NULL, '{');
    json_string(out, "kind", fedpol_connection_get_kind(connection, i));
    json_string(out, "path", fedpol_connection_get_path(connection, i));
    json_string(out, "phase", fedpol_phase_name(fedpol_connection_get_phase(connection, i)));
    json_integer(out, "phase_ms", fedpol_connection_get_phase_ms(connection, i));
    json_string(out, "message", fedpol_connection_get_kind_message(connection, i));
    for (size_t k = 0; k < sizeof(counters) / sizeof(counters[0]); k++)
        json_integer(out, counters[k].key,
                     (int64_t)fedpol_connection_get_counter(connection, i, counters[k].counter));
    json_close(out, '}');
}

/* Only of clusters that are live. */
static void put_connection(json *out, fedpol_context *context, const char *name)
{
    fedpol_cluster *cluster = NULL;
    fedpol_connection *connection = NULL;

    if (fedpol_cluster_find(context, name, &cluster) == 0 &&
        fedpol_cluster_query_connection(cluster, &connection) == 0) {
        json_open(out, "connection", '{');
        json_string(out, "server", fedpol_connection_get_server(connection));
        json_string(out, "uid", fedpol_connection_get_uid(connection));
        json_string(out, "message", fedpol_connection_get_message(connection));
        json_open(out, "kinds", '[');
        for (size_t i = 0; i < fedpol_connection_get_count(connection); i++)
            put_kind(out, connection, i);
        json_close(out, ']');
        json_close(out, '}');
    }
    connection = fedpol_connection_unref(connection);
    cluster = fedpol_cluster_unref(cluster);
}

/* What a lost cluster no longer counts for. */
static void put_withdrawn(json *out, unsigned withdrawn)
{
    json_open(out, "withdrawn", '[');
    if (withdrawn & FEDPOL_WITHDRAWN_ALLOW)
        json_string(out, NULL, "allow");
    if (withdrawn & FEDPOL_WITHDRAWN_DENY)
        json_string(out, NULL, "deny");
    if (withdrawn & FEDPOL_WITHDRAWN_BACKENDS)
        json_string(out, NULL, "backends");
    json_close(out, ']');
}

static void put_cluster(json *out, fedpol_context *context, const fedpol_cluster_info *info)
{
    json_open(out, NULL, '{');
    json_string(out, "name", info->name);
    json_string(out, "role", fedpol_role_name((int)info->role));
    json_string(out, "state", fedpol_cluster_state_name((int)info->state));
    json_integer(out, "objects", (int64_t)info->objects);
    json_integer(out, "endpoints", (int64_t)info->endpoints);
    json_integer(out, "diagnostics", (int64_t)(info->diagnostics + info->diagnostics_dropped));
    if (info->age_ms < 0)
        json_null(out, "age_ms");
    else
        json_integer(out, "age_ms", info->age_ms);
    json_integer(out, "unknown_kinds", (int64_t)info->unknown_kinds);
    json_integer(out, "ignored_kinds", (int64_t)info->ignored_kinds);
    json_integer(out, "refused_objects", (int64_t)info->refused_objects);
    put_withdrawn(out, info->withdrawn);
    json_true_false(out, "overloaded", info->overloaded != 0);
    json_integer(out, "guarded", (int64_t)info->guarded);
    put_connection(out, context, info->name);
    json_close(out, '}');
}

static void print_cluster(const fedpol_cluster_info *info)
{
    (void)printf("%-16s %-7s %-12s %8llu %10llu %12llu ", info->name,
                 fedpol_role_name((int)info->role), fedpol_cluster_state_name((int)info->state),
                 (unsigned long long)info->objects, (unsigned long long)info->endpoints,
                 (unsigned long long)(info->diagnostics + info->diagnostics_dropped));
    if (info->age_ms < 0)
        (void)puts("       -");
    else
        (void)printf("%8lld\n", (long long)info->age_ms);
}

int cmd_status(const tool_options *options)
{
    fedpol_context *context = NULL;
    fedpol_cluster_list *clusters = NULL;
    json out = {stdout, false};
    int status = mesh_open(options, true, &context);
    int r;

    if (status != EXIT_DONE)
        return status;
    r = fedpol_context_query_clusters(context, &clusters);
    if (r < 0)
        status = complain(EXIT_SOURCE, "status", r, NULL);
    if (r == 0 && options->json)
        json_open(&out, NULL, '[');
    else if (r == 0)
        (void)printf("%-16s %-7s %-12s %8s %10s %12s %8s\n", "NAME", "ROLE", "STATE", "OBJECTS",
                     "ENDPOINTS", "DIAGNOSTICS", "AGE_MS");
    for (size_t i = 0; i < fedpol_cluster_list_get_count(clusters); i++) {
        fedpol_cluster_info info;

        fedpol_cluster_info_init(&info, sizeof(info));
        if (fedpol_cluster_list_get_info(clusters, i, &info) < 0)
            continue;
        if (options->json)
            put_cluster(&out, context, &info);
        else
            print_cluster(&info);
    }
    if (r == 0 && options->json) {
        json_close(&out, ']');
        json_end_line(&out);
    }
    clusters = fedpol_cluster_list_unref(clusters);
    context = fedpol_context_unref(context);
    return status;
}

static void put_diagnostic(json *out, const fedpol_diagnostic_list *list, size_t i)
{
    const char *origin = fedpol_diagnostic_list_get_origin(list, i);

    json_open(out, NULL, '{');
    json_string(out, "cluster", fedpol_diagnostic_list_get_cluster(list, i));
    json_string(out, "kind", fedpol_diagnostic_list_get_kind(list, i));
    json_string(out, "namespace", fedpol_diagnostic_list_get_namespace(list, i));
    json_string(out, "name", fedpol_diagnostic_list_get_name(list, i));
    json_string(out, "path", fedpol_diagnostic_list_get_path(list, i));
    json_string(out, "severity",
                fedpol_severity_name(fedpol_diagnostic_list_get_severity(list, i)));
    json_string(out, "code", fedpol_diagnostic_list_get_code(list, i));
    json_string(out, "message", fedpol_diagnostic_list_get_message(list, i));
    if (origin && *origin)
        json_string(out, "file", origin);
    json_close(out, '}');
}

static void print_diagnostic(const fedpol_diagnostic_list *list, size_t i)
{
    const char *origin = fedpol_diagnostic_list_get_origin(list, i);
    const char *namespace = fedpol_diagnostic_list_get_namespace(list, i);
    const char *name = fedpol_diagnostic_list_get_name(list, i);
    const char *path = fedpol_diagnostic_list_get_path(list, i);

    (void)printf("%-7s %s %s", fedpol_severity_name(fedpol_diagnostic_list_get_severity(list, i)),
                 fedpol_diagnostic_list_get_cluster(list, i),
                 fedpol_diagnostic_list_get_kind(list, i));
    if (*name)
        (void)printf(" %s%s%s", namespace, *namespace ? "/" : "", name);
    if (*path)
        (void)printf(" %s", path);
    (void)printf(": %s [%s]", fedpol_diagnostic_list_get_message(list, i),
                 fedpol_diagnostic_list_get_code(list, i));
    if (origin && *origin)
        (void)printf(" (%s)", origin);
    (void)putchar('\n');
}

int cmd_diagnostics(const tool_options *options)
{
    fedpol_context *context = NULL;
    fedpol_diagnostic_list *list = NULL;
    json out = {stdout, false};
    int status = mesh_open(options, false, &context);
    int r;

    if (status != EXIT_DONE)
        return status;
    r = fedpol_context_query_diagnostics(context, &list);
    if (r < 0) {
        context = fedpol_context_unref(context);
        return complain(EXIT_SOURCE, "diagnostics", r, NULL);
    }
    if (options->json)
        json_open(&out, NULL, '[');
    for (size_t i = 0; i < fedpol_diagnostic_list_get_count(list); i++) {
        if (fedpol_diagnostic_list_get_severity(list, i) == FEDPOL_SEVERITY_ERROR)
            status = EXIT_NEGATIVE;
        if (options->json)
            put_diagnostic(&out, list, i);
        else
            print_diagnostic(list, i);
    }
    if (options->json) {
        json_close(&out, ']');
        json_end_line(&out);
    }
    list = fedpol_diagnostic_list_unref(list);
    context = fedpol_context_unref(context);
    return status;
}
