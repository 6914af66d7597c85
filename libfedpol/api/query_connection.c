/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/source.h>

#include "libfedpol/api/handles.h"
#include "libfedpol/api/result.h"
#include "libfedpol/client/clock.h"

/* How a connection stands, copied out of it. */

typedef struct kind_item {
    const char *kind;
    const char *path;
    const char *message;
    int phase;
    int64_t phase_ms;
    uint64_t counters[FEDPOL_COUNTER_BYTES + 1];
} kind_item;

struct fedpol_connection {
    fp_result result;
    const char *server;
    const char *uid;
    const char *message;
    kind_item *items;
    size_t n;
};

static int fill_item(fedpol_connection *list, const fp_follow_view *view,
                     const fp_reflector_status *status, int64_t now_ms)
{
    kind_item *item = &list->items[list->n];

    item->kind = fp_result_str(&list->result, fp_str_of(view->kind));
    item->path = fp_result_str(&list->result, fp_str_of(view->path));
    item->message = fp_result_str(&list->result, fp_str_of(status->message));
    if (!item->kind || !item->path || !item->message)
        return FEDPOL_E_NOMEM;
    item->phase = (int)status->phase;
    item->phase_ms = now_ms > status->phase_since_ms ? now_ms - status->phase_since_ms : 0;
    item->counters[FEDPOL_COUNTER_LISTS] = status->lists;
    item->counters[FEDPOL_COUNTER_WATCHES] = status->watches;
    item->counters[FEDPOL_COUNTER_EVENTS] = status->events;
    item->counters[FEDPOL_COUNTER_BOOKMARKS] = status->bookmarks;
    item->counters[FEDPOL_COUNTER_RELISTS] = status->relists;
    item->counters[FEDPOL_COUNTER_FAILURES] = status->failures;
    item->counters[FEDPOL_COUNTER_BYTES] = status->bytes;
    list->n++;
    return 0;
}

static int fill(fedpol_connection *list, const fp_connection *connection)
{
    int64_t now_ms = fp_clock_ms();
    fp_follow_view view;
    fp_reflector_status status;
    size_t n = 0;

    while (fp_connection_get(connection, n, &view, &status))
        n++;
    list->server =
        fp_result_str(&list->result, fp_str_of(fp_connection_config(connection)->server));
    list->uid = fp_result_str(&list->result, fp_str_of(fp_connection_uid(connection)));
    list->message = fp_result_str(&list->result, fp_str_of(fp_connection_message(connection)));
    list->items = fp_arena_zero(&list->result.arena, n ? n : 1, sizeof(*list->items));
    if (!list->server || !list->uid || !list->message || !list->items)
        return FEDPOL_E_NOMEM;
    for (size_t i = 0; i < n && fp_connection_get(connection, i, &view, &status); i++)
        fp_try(fill_item(list, &view, &status, now_ms));
    fp_result_seal(&list->result);
    return 0;
}

int fedpol_cluster_query_connection(fedpol_cluster *cluster, fedpol_connection **ret_connection)
{
    fedpol_connection *list;
    int r;

    fp_try(fp_cluster_check(cluster));
    fp_check_arg(ret_connection);
    if (!cluster->connection)
        return FEDPOL_E_STATE;
    list = fp_result_new(sizeof(*list));
    r = list ? fill(list, cluster->connection) : FEDPOL_E_NOMEM;
    if (r < 0)
        fedpol_connection_unref(list);
    else
        *ret_connection = list;
    return r;
}

fedpol_connection *fedpol_connection_ref(fedpol_connection *connection)
{
    if (connection)
        fp_result_ref(&connection->result);
    return connection;
}

fedpol_connection *fedpol_connection_unref(fedpol_connection *connection)
{
    if (connection)
        fp_result_unref(&connection->result);
    return NULL;
}

const char *fedpol_connection_get_server(const fedpol_connection *connection)
{
    return connection ? connection->server : "";
}

const char *fedpol_connection_get_uid(const fedpol_connection *connection)
{
    return connection ? connection->uid : "";
}

const char *fedpol_connection_get_message(const fedpol_connection *connection)
{
    return connection ? connection->message : "";
}

size_t fedpol_connection_get_count(const fedpol_connection *connection)
{
    return connection ? connection->n : 0;
}

static const kind_item *item_at(const fedpol_connection *connection, size_t index)
{
    return connection && index < connection->n ? &connection->items[index] : NULL;
}

const char *fedpol_connection_get_kind(const fedpol_connection *connection, size_t index)
{
    const kind_item *item = item_at(connection, index);

    return item ? item->kind : NULL;
}

const char *fedpol_connection_get_path(const fedpol_connection *connection, size_t index)
{
    const kind_item *item = item_at(connection, index);

    return item ? item->path : NULL;
}

int fedpol_connection_get_phase(const fedpol_connection *connection, size_t index)
{
    const kind_item *item = item_at(connection, index);

    return item ? item->phase : 0;
}

int64_t fedpol_connection_get_phase_ms(const fedpol_connection *connection, size_t index)
{
    const kind_item *item = item_at(connection, index);

    return item ? item->phase_ms : -1;
}

const char *fedpol_connection_get_kind_message(const fedpol_connection *connection, size_t index)
{
    const kind_item *item = item_at(connection, index);

    return item ? item->message : NULL;
}

uint64_t fedpol_connection_get_counter(const fedpol_connection *connection, size_t index,
                                       int counter)
{
    const kind_item *item = item_at(connection, index);

    if (!item || counter < FEDPOL_COUNTER_LISTS || counter > FEDPOL_COUNTER_BYTES)
        return 0;
    return item->counters[counter];
}
