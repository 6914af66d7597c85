/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake_api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libfedpol/base/buf.h"

void fake_api_init(fake_api *api)
{
    memset(api, 0, sizeof(*api));
    api->rv = 10;
    api->streaming = true;
    api->cut = -1;
    api->retry_after_ms = -1;
}

static void note(fake_api *api, const char *type, const char *name)
{
    fake_event *event = &api->history[api->n_history++ % FAKE_MAX_HISTORY];

    event->rv = api->rv;
    (void)snprintf(event->type, sizeof(event->type), "%s", type);
    (void)snprintf(event->name, sizeof(event->name), "%s", name);
}

static fake_row *row_of(fake_api *api, const char *name)
{
    for (size_t i = 0; i < api->n_rows; i++)
        if (strcmp(api->rows[i].name, name) == 0)
            return &api->rows[i];
    (void)snprintf(api->rows[api->n_rows].name, sizeof(api->rows[0].name), "%s", name);
    return &api->rows[api->n_rows++];
}

void fake_api_put(fake_api *api, const char *name)
{
    fake_row *row = row_of(api, name);

    api->rv++;
    note(api, row->rv ? "MODIFIED" : "ADDED", name);
    row->rv = api->rv;
}

void fake_api_delete(fake_api *api, const char *name)
{
    api->rv++;
    row_of(api, name)->rv = 0;
    note(api, "DELETED", name);
}

void fake_api_compact(fake_api *api)
{
    api->oldest = api->rv;
    api->n_history = 0;
}

/* --- texts --- */

static void put_object(fp_buf *out, const char *name, unsigned rv)
{
    fp_buf_printf(out,
                  "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"%s\","
                  "\"namespace\":\"n\",\"resourceVersion\":\"%u\"}}",
                  name, rv);
}

static void put_event(fp_buf *out, const char *type, const char *name, unsigned rv)
{
    fp_buf_printf(out, "{\"type\":\"%s\",\"object\":", type);
    put_object(out, name, rv);
    fp_buf_puts(out, "}\n");
}

static void put_bookmark(fp_buf *out, unsigned rv, bool is_end)
{
    fp_buf_printf(out,
                  "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\","
                  "\"metadata\":{\"resourceVersion\":\"%u\"%s}}}\n",
                  rv, is_end ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : "");
}

static unsigned parameter(const char *path, const char *name)
{
    const char *at = strstr(path, name);

    return at ? (unsigned)strtoul(at + strlen(name), NULL, 10) : 0;
}

static void put_list(const fake_api *api, fp_buf *out)
{
    unsigned limit = parameter(api->path, "limit=");
    unsigned start = parameter(api->path, "continue=t");
    size_t shown = 0;
    size_t i = start;

    fp_buf_puts(out, "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[");
    for (; i < api->n_rows && (!limit || shown < limit); i++) {
        if (!api->rows[i].rv)
            continue;
        if (shown++)
            fp_buf_putc(out, ',');
        put_object(out, api->rows[i].name, api->rows[i].rv);
    }
    fp_buf_printf(out, "],\"metadata\":{\"resourceVersion\":\"%u\"", api->rv);
    if (i < api->n_rows)
        fp_buf_printf(out, ",\"continue\":\"t%zu\"", i);
    fp_buf_puts(out, "}}\n");
}

/* What a watch is told next. */
static void put_news(fake_api *api, fp_buf *out)
{
    bool is_stream = strstr(api->path, "sendInitialEvents=true") != NULL;

    if (!api->told && is_stream) {
        for (size_t i = 0; i < api->n_rows; i++)
            if (api->rows[i].rv)
                put_event(out, "ADDED", api->rows[i].name, api->rows[i].rv);
        put_bookmark(out, api->rv, true);
        api->seen = api->rv;
    } else if (!api->told) {
        api->seen = parameter(api->path, "resourceVersion=");
        if (api->seen < api->oldest) {
            fp_buf_puts(out, "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"status\":"
                             "\"Failure\",\"message\":\"too old resource version\",\"reason\":"
                             "\"Expired\",\"code\":410}}\n");
            api->seen = api->rv;
        }
    }
    api->told = true;
    for (size_t i = 0; i < api->n_history && i < FAKE_MAX_HISTORY; i++)
        if (api->history[i].rv > api->seen)
            put_event(out, api->history[i].type, api->history[i].name, api->history[i].rv);
    api->seen = api->rv;
}

/* --- the transport --- */

static int start(void *self, const fp_request *request, const fp_response_sink *sink,
                 fp_exchange **ret)
{
    fake_api *api = self;

    api->sink = *sink;
    api->open = true;
    api->told = false;
    api->is_watch = request->is_watch;
    (void)snprintf(api->path, sizeof(api->path), "%s", request->path);
    memcpy(api->last_path, api->path, sizeof(api->path));
    if (!request->is_watch)
        api->lists++;
    else if (strstr(request->path, "sendInitialEvents"))
        api->streams++;
    else
        api->watches++;
    *ret = (fp_exchange *)(void *)api;
    return 0;
}

static void cancel(void *self, fp_exchange *exchange)
{
    fake_api *api = self;

    (void)exchange;
    api->open = false;
}

fp_transport fake_api_transport(fake_api *api)
{
    return (fp_transport){start, cancel, api};
}

static void finish(fake_api *api, fp_failure failure, int sink_code)
{
    fp_outcome outcome = {failure, sink_code, 200, FP_STR("the test ended it")};

    api->open = false;
    api->sink.done(api->sink.user, &outcome);
}

/* Sends BYTES; false if the exchange is over. */
static bool send_bytes(fake_api *api, fp_str bytes)
{
    bool cuts = api->cut >= 0 && (size_t)api->cut <= bytes.len;
    size_t len = cuts ? (size_t)api->cut : bytes.len;
    size_t step = api->chunk ? api->chunk : (len ? len : 1);
    int r = 0;

    for (size_t i = 0; i < len && r >= 0 && api->open; i += step)
        r = api->sink.body(api->sink.user,
                           fp_str_n(bytes.ptr + i, step < len - i ? step : len - i));
    if (r >= 0 && cuts && api->cut_end == FAKE_END_GARBAGE)
        r = api->sink.body(api->sink.user, FP_STR("\x01]}garbage"));
    if (r < 0) {
        api->cut = -1;
        finish(api, FP_FAILURE_SINK, r);
        return false;
    }
    if (!cuts)
        return true;
    api->cut = -1;
    finish(api, api->cut_end == FAKE_END_RESET ? FP_FAILURE_CUT : FP_FAILURE_NONE, 0);
    return false;
}

static bool tell_head(fake_api *api, int status)
{
    const fp_response_head head = {status, api->retry_after_ms, FP_STR("application/json")};
    int r = api->sink.head(api->sink.user, &head);

    if (r < 0)
        finish(api, FP_FAILURE_SINK, r);
    return r >= 0;
}

static bool refuse(fake_api *api, int code, const char *body)
{
    if (tell_head(api, code) && send_bytes(api, fp_str_of(body)))
        finish(api, FP_FAILURE_NONE, 0);
    return true;
}

static bool answer_first(fake_api *api)
{
    if (api->failures) {
        api->failures--;
        finish(api, api->failure, 0);
        return true;
    }
    if (api->codes) {
        api->codes--;
        return refuse(api, api->code, api->body);
    }
    if (strstr(api->path, "sendInitialEvents") && !api->streaming)
        return refuse(api, 422,
                      "{\"kind\":\"Status\",\"reason\":\"Invalid\",\"message\":"
                      "\"sendInitialEvents is forbidden\",\"code\":422}");
    if (strstr(api->path, "continue=") && api->tokens_expire) {
        api->tokens_expire = false;
        return refuse(api, 410,
                      "{\"kind\":\"Status\",\"reason\":\"Expired\",\"message\":\"too old\","
                      "\"code\":410}");
    }
    return !tell_head(api, 200);
}

bool fake_api_pump(fake_api *api)
{
    fp_cleanup_buf fp_buf out = {0};
    bool first = !api->told;

    if (!api->open || (first && answer_first(api)))
        return api->open || first;
    if (api->is_watch)
        put_news(api, &out);
    else
        put_list(api, &out);
    api->told = true;
    if (out.len == 0 && !first)
        return false;
    if (send_bytes(api, fp_buf_str(&out)) && !api->is_watch)
        finish(api, FP_FAILURE_NONE, 0);
    return true;
}

void fake_api_end_watch(fake_api *api)
{
    if (api->open && api->is_watch && api->told)
        finish(api, FP_FAILURE_NONE, 0);
}

size_t fake_api_answer_length(const fake_api *api, bool stream)
{
    fp_cleanup_buf fp_buf out = {0};
    fake_api copy = *api;

    copy.told = false;
    (void)snprintf(copy.path, sizeof(copy.path), "%s", stream ? "?sendInitialEvents=true" : "?");
    if (stream)
        put_news(&copy, &out);
    else
        put_list(&copy, &out);
    return out.len;
}
