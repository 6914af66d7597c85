/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/alloc.h"
#include "libfedpol/client/reflector_internal.h"
#include "libfedpol/client/url.h"

#define PAGE_SIZE 500u
#define RETRY_SLOWLY_MS 60000u
#define MAX_LIST_BYTES ((uint64_t)4 << 30)
#define WATCH_MIN_S 300u
#define WATCH_SPREAD_S 301u
/* With bookmarks a quiet stream is silent for a minute at most. */
#define SILENCE_MS 150000u

void fp_reflector_options_init(fp_reflector_options *options)
{
    *options = (fp_reflector_options){
        .page_size = PAGE_SIZE,
        .may_be_absent = true,
        .streaming_lists = true,
        .max_list_bytes = MAX_LIST_BYTES,
        .absent_retry_ms = RETRY_SLOWLY_MS,
        .forbidden_wait_ms = RETRY_SLOWLY_MS,
        .limits = fp_wire_default_limits,
    };
}

static int copy_texts(fp_reflector *reflector, const fp_reflector_options *options)
{
    fp_reflector_options *own = &reflector->options;

    own->path = fp_str_dup(fp_str_of(options->path));
    own->query = fp_str_dup(fp_str_of(options->query ? options->query : ""));
    own->api_version = fp_str_dup(fp_str_of(options->api_version));
    own->kind = fp_str_dup(fp_str_of(options->kind));
    return own->path && own->query && own->api_version && own->kind ? 0 : FEDPOL_E_NOMEM;
}

int fp_reflector_new(const fp_reflector_options *options, const fp_transport *transport,
                     const fp_reflector_hooks *hooks, fp_reflector **ret)
{
    fp_reflector *reflector = fp_alloc_zero(1, sizeof(*reflector));

    if (!reflector)
        return FEDPOL_E_NOMEM;
    reflector->options = *options;
    if (copy_texts(reflector, options) < 0) {
        fp_reflector_free(reflector);
        return FEDPOL_E_NOMEM;
    }
    if (!reflector->options.max_list_bytes)
        reflector->options.max_list_bytes = MAX_LIST_BYTES;
    reflector->transport = *transport;
    reflector->hooks = *hooks;
    reflector->need_list = true;
    reflector->due_ms = INT64_MIN;
    reflector->listed_ms = INT64_MIN / 2;
    reflector->status.heard_ms = -1;
    fp_backoff_init(&reflector->backoff, options->seed);
    *ret = reflector;
    return 0;
}

fp_reflector *fp_reflector_free(fp_reflector *reflector)
{
    if (!reflector)
        return NULL;
    if (reflector->exchange)
        reflector->transport.cancel(reflector->transport.self, reflector->exchange);
    fp_object_stream_free(reflector->stream);
    fp_buf_done(&reflector->message);
    fp_buf_done(&reflector->token);
    fp_buf_done(&reflector->body);
    fp_buf_done(&reflector->error_message);
    fp_free((void *)(uintptr_t)reflector->options.path);
    fp_free((void *)(uintptr_t)reflector->options.query);
    fp_free((void *)(uintptr_t)reflector->options.api_version);
    fp_free((void *)(uintptr_t)reflector->options.kind);
    fp_free(reflector);
    return NULL;
}

void fp_reflector_set_phase(fp_reflector *reflector, fp_reflector_phase phase)
{
    if (reflector->status.phase == phase)
        return;
    reflector->status.phase = phase;
    reflector->status.phase_since_ms = reflector->now_ms;
}

/* --- what is asked --- */

static void put_parameter(fp_buf *url, const char *name, fp_str value)
{
    bool first = url->data && !memchr(url->data, '?', url->len);

    fp_buf_putc(url, first ? '?' : '&');
    fp_buf_puts(url, name);
    fp_buf_putc(url, '=');
    fp_url_put_encoded(url, value);
}

static void put_number(fp_buf *url, const char *name, uint32_t number)
{
    fp_cleanup_buf fp_buf digits = {0};

    fp_buf_put_u64(&digits, number);
    put_parameter(url, name, fp_buf_str(&digits));
    if (fp_buf_error(&digits) < 0)
        url->error = FEDPOL_E_NOMEM;
}

static void put_list(fp_reflector *reflector, fp_buf *url)
{
    if (reflector->form == LIST_NOT_OLDER && reflector->rv[0]) {
        put_parameter(url, "resourceVersion", fp_str_of(reflector->rv));
        put_parameter(url, "resourceVersionMatch", FP_STR("NotOlderThan"));
    }
    if (reflector->form == LIST_PAGED)
        put_number(url, "limit", reflector->options.page_size);
    if (reflector->token.len)
        put_parameter(url, "continue", fp_buf_str(&reflector->token));
}

static void put_watch(fp_reflector *reflector, fp_buf *url)
{
    put_parameter(url, "watch", FP_STR("1"));
    put_parameter(url, "allowWatchBookmarks", FP_STR("true"));
    if (reflector->task == TASK_STREAM) { /* without any one of these the end is never told */
        put_parameter(url, "sendInitialEvents", FP_STR("true"));
        put_parameter(url, "resourceVersionMatch", FP_STR("NotOlderThan"));
    } else {
        put_parameter(url, "resourceVersion", fp_str_of(reflector->rv));
    }
    put_number(url, "timeoutSeconds", reflector->watch_s);
}

static reflector_task next_task(const fp_reflector *reflector)
{
    if (!reflector->need_list)
        return TASK_WATCH;
    if (reflector->options.streaming_lists && !reflector->no_streams &&
        reflector->form == LIST_PAGED && reflector->token.len == 0)
        return TASK_STREAM;
    return TASK_LIST;
}

static void reset_exchange(fp_reflector *reflector)
{
    reflector->task = next_task(reflector);
    reflector->stream = fp_object_stream_free(reflector->stream);
    reflector->http_status = 0;
    reflector->retry_after_ms = -1;
    reflector->had_event = false;
    reflector->strangers = 0;
    reflector->had_error = false;
    reflector->started_ms = reflector->now_ms;
    fp_buf_clear(&reflector->body);
    fp_buf_clear(&reflector->error_message);
    if (reflector->token.len == 0) {
        reflector->pages = 0;
        reflector->list_bytes = 0;
        reflector->list_rv[0] = '\0';
    }
    reflector->watch_s = WATCH_MIN_S + fp_backoff_random(&reflector->backoff, WATCH_SPREAD_S);
}

static int ask(fp_reflector *reflector)
{
    const fp_response_sink sink = {fp_reflector_on_head, fp_reflector_on_body, fp_reflector_on_done,
                                   reflector};
    fp_cleanup_buf fp_buf url = {0};
    fp_request request = {0};

    reset_exchange(reflector);
    fp_buf_puts(&url, reflector->options.path);
    if (reflector->options.query[0]) {
        fp_buf_putc(&url, '?');
        fp_buf_puts(&url, reflector->options.query);
    }
    if (reflector->task == TASK_LIST) {
        put_list(reflector, &url);
    } else {
        put_watch(reflector, &url);
        request.is_watch = true;
        request.idle_ms = reflector->saw_bookmark ? SILENCE_MS : (reflector->watch_s + 30) * 1000;
        request.total_ms = (reflector->watch_s + 45) * 1000;
    }
    fp_try(fp_buf_error(&url));
    request.path = url.data;
    fp_try(reflector->transport.start(reflector->transport.self, &request, &sink,
                                      &reflector->exchange));
    if (reflector->task == TASK_WATCH || reflector->task == TASK_STREAM)
        reflector->status.watches++;
    if (reflector->need_list && reflector->token.len == 0)
        reflector->status.lists++;
    if (reflector->need_list && reflector->token.len == 0 && reflector->status.complete)
        reflector->status.relists++;
    return 0;
}

void fp_reflector_tell_time(fp_reflector *reflector, int64_t now_ms)
{
    reflector->now_ms = now_ms;
}

int fp_reflector_poll(fp_reflector *reflector, int64_t now_ms)
{
    int r;

    reflector->now_ms = now_ms;
    if (reflector->relist_asked) {
        reflector->relist_asked = false;
        if (reflector->exchange)
            reflector->transport.cancel(reflector->transport.self, reflector->exchange);
        reflector->exchange = NULL;
        if (reflector->list_open)
            reflector->hooks.list_fails(reflector->hooks.user);
        reflector->list_open = false;
        fp_buf_clear(&reflector->token);
        reflector->rv[0] = '\0';
        reflector->need_list = true;
        reflector->form = LIST_PAGED;
        reflector->due_ms = now_ms;
    }
    if (reflector->exchange || now_ms < reflector->due_ms)
        return 0;
    r = ask(reflector);
    if (r < 0) {
        reflector->due_ms = now_ms + fp_backoff_next(&reflector->backoff, now_ms);
        return r;
    }
    if (reflector->status.phase == FP_REFLECTOR_IDLE) {
        fp_reflector_set_phase(reflector, FP_REFLECTOR_LISTING);
        reflector->hooks.changed(reflector->hooks.user);
    }
    return 0;
}

int64_t fp_reflector_deadline_ms(const fp_reflector *reflector)
{
    if (reflector->relist_asked)
        return INT64_MIN;
    return reflector->exchange ? INT64_MAX : reflector->due_ms;
}

void fp_reflector_renewed(fp_reflector *reflector)
{
    fp_reflector_phase phase = reflector->status.phase;

    if (phase == FP_REFLECTOR_UNAUTHORIZED || phase == FP_REFLECTOR_FORBIDDEN ||
        phase == FP_REFLECTOR_WAITING)
        reflector->due_ms = INT64_MIN;
}

void fp_reflector_relist(fp_reflector *reflector)
{
    reflector->relist_asked = true;
}

void fp_reflector_get_status(const fp_reflector *reflector, fp_reflector_status *ret)
{
    fp_reflector_phase phase = reflector->status.phase;

    *ret = reflector->status;
    ret->current = ret->complete && !reflector->relist_asked &&
                   (phase == FP_REFLECTOR_WATCHING || phase == FP_REFLECTOR_ABSENT);
    ret->message = ret->code && reflector->message.data ? reflector->message.data : "";
    ret->resource_version = fp_str_of(reflector->rv);
}
