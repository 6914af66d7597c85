/* SPDX-License-Identifier: Apache-2.0 */
#include "report_clusters.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct cluster_row {
    fedpol_cluster_info info;
    fedpol_connection *connection; /* NULL: not connected to an API server */
} cluster_row;

typedef void (*put_row_fn)(text_buf *ret, const cluster_row *row);

/* Calls FN for each cluster. */
static void each_cluster(fedpol_context *context, text_buf *ret, put_row_fn fn)
{
    fedpol_cluster_list *list = NULL;

    if (fedpol_context_query_clusters(context, &list) < 0) {
        ret->failed = true;
        return;
    }
    for (size_t i = 0; i < fedpol_cluster_list_get_count(list); i++) {
        fedpol_cluster *cluster = NULL;
        cluster_row row = {0};

        fedpol_cluster_info_init(&row.info, sizeof(row.info));
        if (fedpol_cluster_list_get_info(list, i, &row.info) < 0)
            continue;
        if (fedpol_cluster_find(context, row.info.name, &cluster) == 0)
            (void)fedpol_cluster_query_connection(cluster, &row.connection);
        fn(ret, &row);
        row.connection = fedpol_connection_unref(row.connection);
        cluster = fedpol_cluster_unref(cluster);
    }
    list = fedpol_cluster_list_unref(list);
}

void report_type(text_buf *ret, const char *name, const char *type, const char *help)
{
    text_put(ret, "# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
}

static void put_named(text_buf *ret, const char *metric, const cluster_row *row, uint64_t value)
{
    text_put(ret, "%s{cluster=", metric);
    text_quoted(ret, row->info.name);
    text_put(ret, "} %" PRIu64 "\n", value);
}

static void put_remote(text_buf *ret, const cluster_row *row)
{
    if (row->info.role != FEDPOL_ROLE_REMOTE)
        return;
    text_put(ret, "remote_cluster_connection_status{remote_cluster_name=");
    text_quoted(ret, row->info.name);
    text_put(ret, "} %" PRIu32 "\n", row->info.state);
}

static void put_state(text_buf *ret, const cluster_row *row)
{
    put_named(ret, "fedpol_cluster_state", row, row->info.state);
}

static void put_objects(text_buf *ret, const cluster_row *row)
{
    put_named(ret, "fedpol_cluster_objects", row, row->info.objects);
}

static void put_endpoints(text_buf *ret, const cluster_row *row)
{
    put_named(ret, "fedpol_cluster_endpoints", row, row->info.endpoints);
}

static void put_diagnostics(text_buf *ret, const cluster_row *row)
{
    put_named(ret, "fedpol_cluster_diagnostics", row, row->info.diagnostics);
}

static void put_age(text_buf *ret, const cluster_row *row)
{
    if (row->info.age_ms < 0)
        return; /* never complete: no age */
    text_put(ret, "fedpol_cluster_age_seconds{cluster=");
    text_quoted(ret, row->info.name);
    text_put(ret, "} %" PRId64 ".%03d\n", row->info.age_ms / 1000, (int)(row->info.age_ms % 1000));
}

static void put_refused(text_buf *ret, const cluster_row *row)
{
    put_named(ret, "fedpol_objects_refused_total", row, row->info.refused_objects);
}

static void put_overloaded(text_buf *ret, const cluster_row *row)
{
    put_named(ret, "fedpol_cluster_overloaded", row, row->info.overloaded);
}

static void put_guarded(text_buf *ret, const cluster_row *row)
{
    put_named(ret, "fedpol_guarded_total", row, row->info.guarded);
}

static void put_withdrawn(text_buf *ret, const cluster_row *row)
{
    static const char *const uses[] = {"allow", "deny", "backends"};

    for (unsigned i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
        text_put(ret, "fedpol_cluster_withdrawn{cluster=");
        text_quoted(ret, row->info.name);
        text_put(ret, ",use=\"%s\"} %u\n", uses[i], row->info.withdrawn >> i & 1);
    }
}

static void put_kinds(text_buf *ret, const cluster_row *row, const char *metric, int counter)
{
    for (size_t i = 0; i < fedpol_connection_get_count(row->connection); i++) {
        text_put(ret, "%s{cluster=", metric);
        text_quoted(ret, row->info.name);
        text_put(ret, ",kind=");
        text_quoted(ret, fedpol_connection_get_kind(row->connection, i));
        text_put(ret, ",path=");
        text_quoted(ret, fedpol_connection_get_path(row->connection, i));
        if (counter)
            text_put(ret, "} %" PRIu64 "\n",
                     fedpol_connection_get_counter(row->connection, i, counter));
        else
            text_put(ret, "} %d\n", fedpol_connection_get_phase(row->connection, i));
    }
}

static void put_phases(text_buf *ret, const cluster_row *row)
{
    put_kinds(ret, row, "fedpol_kind_phase", 0);
}

static void put_lists(text_buf *ret, const cluster_row *row)
{
    put_kinds(ret, row, "fedpol_lists_total", FEDPOL_COUNTER_LISTS);
}

static void put_relists(text_buf *ret, const cluster_row *row)
{
    put_kinds(ret, row, "fedpol_relists_total", FEDPOL_COUNTER_RELISTS);
}

static void put_watches(text_buf *ret, const cluster_row *row)
{
    put_kinds(ret, row, "fedpol_watches_total", FEDPOL_COUNTER_WATCHES);
}

static void put_events(text_buf *ret, const cluster_row *row)
{
    put_kinds(ret, row, "fedpol_watch_events_total", FEDPOL_COUNTER_EVENTS);
}

static void put_bookmarks(text_buf *ret, const cluster_row *row)
{
    put_kinds(ret, row, "fedpol_bookmarks_total", FEDPOL_COUNTER_BOOKMARKS);
}

static void put_failures(text_buf *ret, const cluster_row *row)
{
    put_kinds(ret, row, "fedpol_requests_failed_total", FEDPOL_COUNTER_FAILURES);
}

static void put_bytes(text_buf *ret, const cluster_row *row)
{
    put_kinds(ret, row, "fedpol_received_bytes_total", FEDPOL_COUNTER_BYTES);
}

static const struct {
    const char *name;
    const char *type;
    const char *help;
    put_row_fn put;
} per_cluster[] = {
    {"remote_cluster_connection_status", "gauge",
     "0 not connecting, 1 connecting, 2 in sync, 3 resync, 4 restart required, 5 incomplete.",
     put_remote},
    {"fedpol_cluster_state", "gauge", "The same of every cluster.", put_state},
    {"fedpol_cluster_objects", "gauge", "Objects that are kept.", put_objects},
    {"fedpol_cluster_endpoints", "gauge", "Endpoints and network sets.", put_endpoints},
    {"fedpol_cluster_diagnostics", "gauge", "Diagnostics that stand now.", put_diagnostics},
    {"fedpol_cluster_age_seconds", "gauge", "Time since it was complete, 0 while in sync.",
     put_age},
    {"fedpol_cluster_withdrawn", "gauge", "1: lost for so long that it counts no more.",
     put_withdrawn},
    {"fedpol_cluster_overloaded", "gauge", "1: more than its limits allow; some is left out.",
     put_overloaded},
    {"fedpol_objects_refused", "counter", "Objects that were refused.", put_refused},
    {"fedpol_guarded", "counter", "Objects and addresses that a guard kept out.", put_guarded},
    {"fedpol_kind_phase", "gauge",
     "0 idle, 1 listing, 2 watching, 3 waiting, 4 absent, 5 forbidden, 6 unauthorized.",
     put_phases},
    {"fedpol_lists", "counter", "Lists that were begun.", put_lists},
    {"fedpol_relists", "counter", "Lists after the first complete one.", put_relists},
    {"fedpol_watches", "counter", "Watches that were begun.", put_watches},
    {"fedpol_watch_events", "counter", "Watch events without bookmarks.", put_events},
    {"fedpol_bookmarks", "counter", "Bookmarks.", put_bookmarks},
    {"fedpol_requests_failed", "counter", "Requests that failed.", put_failures},
    {"fedpol_received_bytes", "counter", "Bytes of answers, inflated.", put_bytes},
};

void report_number(text_buf *ret, int64_t number, bool is_known)
{
    if (is_known)
        text_put(ret, "%" PRId64, number);
    else
        text_put(ret, "null");
}

static void put_kind_json(text_buf *ret, const fedpol_connection *connection, size_t i)
{
    static const struct {
        const char *name;
        int counter;
    } counters[] = {
        {"lists", FEDPOL_COUNTER_LISTS},         {"relists", FEDPOL_COUNTER_RELISTS},
        {"watches", FEDPOL_COUNTER_WATCHES},     {"events", FEDPOL_COUNTER_EVENTS},
        {"bookmarks", FEDPOL_COUNTER_BOOKMARKS}, {"failures", FEDPOL_COUNTER_FAILURES},
        {"bytes", FEDPOL_COUNTER_BYTES},
    };
    int phase = fedpol_connection_get_phase(connection, i);

    text_put(ret, "%s\n      {\"kind\":", i ? "," : "");
    text_quoted(ret, fedpol_connection_get_kind(connection, i));
    text_put(ret, ",\"path\":");
    text_quoted(ret, fedpol_connection_get_path(connection, i));
    text_put(ret, ",\"phase\":\"%s\",\"phase_number\":%d,\"phase_ms\":%" PRId64 ",\"message\":",
             fedpol_phase_name(phase), phase, fedpol_connection_get_phase_ms(connection, i));
    text_quoted(ret, fedpol_connection_get_kind_message(connection, i));
    for (size_t c = 0; c < sizeof(counters) / sizeof(counters[0]); c++)
        text_put(ret, ",\"%s\":%" PRIu64, counters[c].name,
                 fedpol_connection_get_counter(connection, i, counters[c].counter));
    text_put(ret, "}");
}

static void put_cluster_json(text_buf *ret, const cluster_row *row)
{
    const fedpol_cluster_info *info = &row->info;
    size_t n = fedpol_connection_get_count(row->connection);

    if (ret->len && ret->data[ret->len - 1] == '}')
        text_put(ret, ",");
    text_put(ret, "\n    {\"name\":");
    text_quoted(ret, info->name);
    text_put(ret, ",\"role\":\"%s\",\"state\":\"%s\",\"state_number\":%" PRIu32,
             info->role == FEDPOL_ROLE_LOCAL ? "local" : "remote",
             fedpol_cluster_state_name((int)info->state), info->state);
    text_put(ret,
             ",\"objects\":%" PRIu64 ",\"endpoints\":%" PRIu64 ",\"diagnostics\":%" PRIu64
             ",\"age_ms\":",
             info->objects, info->endpoints, info->diagnostics);
    report_number(ret, info->age_ms, info->age_ms >= 0);
    text_put(ret, ",\"withdrawn\":%" PRIu32 ",\"overloaded\":%" PRIu32 ",\"guarded\":%" PRIu64,
             info->withdrawn, info->overloaded, info->guarded);
    text_put(ret, ",\"server\":");
    if (!row->connection) {
        text_put(ret, "null}");
        return;
    }
    text_quoted(ret, fedpol_connection_get_server(row->connection));
    text_put(ret, ",\"message\":");
    text_quoted(ret, fedpol_connection_get_message(row->connection));
    text_put(ret, ",\"kinds\":[");
    for (size_t i = 0; i < n; i++)
        put_kind_json(ret, row->connection, i);
    text_put(ret, "]}");
}

void report_cluster_metrics(fedpol_context *context, text_buf *ret)
{
    for (size_t i = 0; i < sizeof(per_cluster) / sizeof(per_cluster[0]); i++) {
        report_type(ret, per_cluster[i].name, per_cluster[i].type, per_cluster[i].help);
        each_cluster(context, ret, per_cluster[i].put);
    }
    report_type(ret, "fedpol_build", "info", "What runs.");
    text_put(ret, "fedpol_build_info{version=");
    text_quoted(ret, fedpol_version());
    text_put(ret, "} 1\n");
}

void report_cluster_status(fedpol_context *context, text_buf *ret)
{
    text_put(ret, "  \"clusters\":[");
    each_cluster(context, ret, put_cluster_json);
    text_put(ret, "]\n");
}
