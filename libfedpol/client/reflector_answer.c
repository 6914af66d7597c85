/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/error.h"
#include "libfedpol/client/reflector_internal.h"

#define MAX_STRANGERS 16u
#define MAX_PAGES 100000u
#define LIST_REST_MS 500
/* A watch that ends sooner, without an event, is no watch. */
#define SHORT_WATCH_MS 1000
#define MAX_ERRORS_AT_RV 5u
#define MAX_BROKEN_STREAMS 2u
/* An API that was there is gone only if that is said so often: a server that starts, or a proxy in
   front of it, may say it once. */
#define MIN_ABSENCES 3u

/* --- the end of a try --- */

static void tell(fp_reflector *reflector)
{
    reflector->hooks.changed(reflector->hooks.user);
}

static void note_trouble(fp_reflector *reflector, int code, int http_status, fp_str message)
{
    reflector->status.failures++;
    reflector->status.code = code;
    reflector->status.http_status = http_status;
    fp_buf_clear(&reflector->message);
    fp_status_put_line(&reflector->message, message);
}

static void close_list(fp_reflector *reflector)
{
    if (reflector->list_open)
        reflector->hooks.list_fails(reflector->hooks.user);
    reflector->list_open = false;
    fp_buf_clear(&reflector->token);
}

/* Waits, then does what is next. */
static void wait_in(fp_reflector *reflector, fp_reflector_phase phase, int64_t wait_ms)
{
    fp_reflector_set_phase(reflector, phase);
    reflector->due_ms = reflector->now_ms + wait_ms;
    tell(reflector);
}

static void back_off(fp_reflector *reflector, fp_reflector_phase phase, int64_t at_least_ms)
{
    int64_t wait_ms = at_least_ms;

    if (wait_ms < 0)
        wait_ms = fp_backoff_next(&reflector->backoff, reflector->now_ms);
    wait_in(reflector, phase, wait_ms);
}

static void list_anew(fp_reflector *reflector, list_form form)
{
    int64_t soonest = reflector->listed_ms + LIST_REST_MS;

    close_list(reflector);
    reflector->need_list = true;
    reflector->form = form;
    reflector->due_ms = soonest > reflector->now_ms ? soonest : reflector->now_ms;
    tell(reflector);
}

/* --- objects --- */

static bool set_rv(char rv[FP_RV_MAX + 1], fp_str text)
{
    if (text.len == 0 || text.len > FP_RV_MAX)
        return false;
    memcpy(rv, text.ptr, text.len);
    rv[text.len] = '\0';
    return true;
}

static fp_str rv_of(const fp_wire_object *object)
{
    return fp_value_get_str(fp_value_get(object->value, "metadata"), "resourceVersion");
}

static int finish_list(fp_reflector *reflector)
{
    reflector->list_open = false;
    fp_try(reflector->hooks.list_ends(reflector->hooks.user));
    reflector->need_list = false;
    reflector->form = LIST_PAGED;
    reflector->errors_at_rv = 0;
    reflector->broken_streams = 0;
    reflector->listed_ms = reflector->now_ms;
    reflector->status.complete = true;
    reflector->is_absent = false;
    reflector->status.code = 0;
    fp_buf_clear(&reflector->token);
    fp_reflector_set_phase(reflector, FP_REFLECTOR_WATCHING);
    tell(reflector);
    return 0;
}

static int take_bookmark(fp_reflector *reflector, const fp_wire_object *object)
{
    const fp_value *annotations =
        fp_value_get(fp_value_get(object->value, "metadata"), "annotations");
    bool is_end = fp_str_is(fp_value_get_str(annotations, "k8s.io/initial-events-end"), "true");
    bool listing = reflector->task == TASK_STREAM && reflector->need_list;

    reflector->status.bookmarks++;
    reflector->saw_bookmark = reflector->saw_bookmark || !is_end;
    if (listing && !is_end)
        return 0;
    if (!set_rv(reflector->rv, rv_of(object)))
        return listing ? FEDPOL_E_BAD_OBJECT : 0;
    return listing ? finish_list(reflector) : 0;
}

static int take_event(fp_reflector *reflector, const fp_wire_object *object)
{
    bool listing = reflector->task == TASK_STREAM && reflector->need_list;

    fp_try(reflector->hooks.object(reflector->hooks.user, object));
    reflector->status.events++;
    reflector->had_event = true;
    if (!listing) { /* what comes first is in no order */
        reflector->errors_at_rv = 0;
        (void)set_rv(reflector->rv, rv_of(object));
    }
    return 0;
}

static int on_object(void *user, const fp_wire_object *object)
{
    fp_reflector *reflector = user;

    if (reflector->task == TASK_LIST)
        return object->type == FP_WATCH_NONE
                   ? reflector->hooks.object(reflector->hooks.user, object)
                   : 0;
    switch (object->type) {
    case FP_WATCH_ADDED:
    case FP_WATCH_MODIFIED:
    case FP_WATCH_DELETED:
        return take_event(reflector, object);
    case FP_WATCH_BOOKMARK:
        return take_bookmark(reflector, object);
    case FP_WATCH_ERROR:
        reflector->had_error = true;
        fp_status_read(object->value, &reflector->error, &reflector->error_message);
        return FEDPOL_E_STATE; /* nothing that may follow counts */
    default:                   /* no server sends such; one that sends nothing else is to rest */
        return ++reflector->strangers > MAX_STRANGERS ? FEDPOL_E_PARSE : 0;
    }
}

static int on_bad(void *user, const fp_wire_object *where, const fedpol_error *error)
{
    fp_reflector *reflector = user;

    return reflector->hooks.bad(reflector->hooks.user, where, error);
}

/* --- the answer as it comes --- */

static int open_stream(fp_reflector *reflector)
{
    const fp_wire_sink sink = {on_object, on_bad, reflector};

    return fp_object_stream_new(&reflector->options.limits, &sink,
                                fp_str_of(reflector->options.api_version),
                                fp_str_of(reflector->options.kind), &reflector->stream);
}

int fp_reflector_on_head(void *user, const fp_response_head *head)
{
    fp_reflector *reflector = user;

    reflector->http_status = head->status;
    reflector->retry_after_ms = head->retry_after_ms;
    if (head->status != 200)
        return 0;
    reflector->absences = 0;
    fp_try(open_stream(reflector));
    if (reflector->need_list && !reflector->list_open) {
        fp_try(reflector->hooks.list_begins(reflector->hooks.user));
        reflector->list_open = true;
    }
    if (reflector->need_list) {
        fp_reflector_set_phase(reflector, FP_REFLECTOR_LISTING);
    } else {
        fp_reflector_set_phase(reflector, FP_REFLECTOR_WATCHING);
        reflector->status.code = 0;
    }
    tell(reflector);
    return 0;
}

int fp_reflector_on_body(void *user, fp_str bytes)
{
    fp_reflector *reflector = user;

    reflector->status.bytes += bytes.len;
    reflector->status.heard_ms = reflector->now_ms;
    if (reflector->http_status != 200) {
        size_t room = FP_STATUS_MAX_BYTES - reflector->body.len;

        fp_buf_add(&reflector->body, fp_str_sub(bytes, 0, bytes.len < room ? bytes.len : room));
        if (bytes.len > room)
            return FEDPOL_E_TOO_LONG; /* enough to know why */
        return fp_buf_error(&reflector->body);
    }
    if (reflector->need_list) {
        reflector->list_bytes += bytes.len;
        if (reflector->list_bytes > reflector->options.max_list_bytes)
            return FEDPOL_E_LIMIT;
    }
    return fp_object_stream_feed(reflector->stream, bytes.ptr, bytes.len, NULL);
}

/* --- the answer as a whole --- */

/* Another page, or the end. */
static int end_page(fp_reflector *reflector)
{
    fp_str token = fp_object_stream_continue(reflector->stream);
    fp_str rv = fp_object_stream_resource_version(reflector->stream);

    if (!reflector->list_rv[0] && !set_rv(reflector->list_rv, rv))
        return FEDPOL_E_BAD_OBJECT;
    if (token.len == 0) {
        memcpy(reflector->rv, reflector->list_rv, sizeof(reflector->rv));
        return finish_list(reflector);
    }
    if (token.len > FP_TOKEN_MAX || ++reflector->pages > MAX_PAGES ||
        fp_str_eq(token, fp_buf_str(&reflector->token)))
        return FEDPOL_E_LIMIT;
    fp_buf_clear(&reflector->token);
    fp_buf_add(&reflector->token, token);
    return fp_buf_error(&reflector->token);
}

static const char *why(int code)
{
    switch (code) {
    case FEDPOL_E_LIMIT:
        return "the list is larger than its limit, or has no end";
    case FEDPOL_E_PARSE:
        return "the answer is not what it should be, or ends too early";
    case FEDPOL_E_BAD_OBJECT:
        return "the list has no resourceVersion";
    default:
        return fedpol_strerror(code);
    }
}

/* An answer of 200 that could not be taken in. What memory lacked for is lost: it is listed anew.
 */
static void refuse_answer(fp_reflector *reflector, int code)
{
    bool lost = code != FEDPOL_E_PARSE;

    note_trouble(reflector, code, reflector->http_status, fp_str_of(why(code)));
    close_list(reflector);
    if (lost || reflector->need_list) {
        reflector->need_list = true;
        reflector->form = LIST_PAGED;
    }
    back_off(reflector, FP_REFLECTOR_WAITING, -1);
}

static void end_stream_early(fp_reflector *reflector)
{
    close_list(reflector);
    if (++reflector->broken_streams >= MAX_BROKEN_STREAMS)
        reflector->no_streams = true;
    note_trouble(reflector, FEDPOL_E_PARSE, 200,
                 FP_STR("the streaming list ended before it was complete"));
    back_off(reflector, FP_REFLECTOR_WAITING, -1);
}

/* The end of a watch is no news: the next one goes on where it was. */
static void end_watch(fp_reflector *reflector)
{
    bool is_short = reflector->now_ms - reflector->started_ms < SHORT_WATCH_MS;

    reflector->due_ms = reflector->now_ms;
    if (is_short && !reflector->had_event)
        reflector->due_ms += fp_backoff_next(&reflector->backoff, reflector->now_ms);
}

static void end_well(fp_reflector *reflector)
{
    int r = fp_object_stream_end(reflector->stream, NULL);

    if (reflector->task == TASK_STREAM && reflector->need_list) {
        end_stream_early(reflector);
    } else if (reflector->task != TASK_LIST) {
        end_watch(reflector); /* inside an event or not, it comes again */
    } else {
        if (r == 0)
            r = end_page(reflector);
        if (r < 0)
            refuse_answer(reflector, r);
        else
            reflector->due_ms = reflector->now_ms;
    }
}

static void end_absent(fp_reflector *reflector)
{
    int r = 0;

    if (!reflector->list_open)
        r = reflector->hooks.list_begins(reflector->hooks.user);
    reflector->list_open = false;
    if (r == 0)
        r = reflector->hooks.list_ends(reflector->hooks.user);
    if (r < 0) {
        refuse_answer(reflector, r);
        return;
    }
    fp_buf_clear(&reflector->token);
    reflector->need_list = true;
    reflector->form = LIST_PAGED;
    reflector->status.complete = true;
    reflector->status.code = 0;
    reflector->is_absent = true;
    wait_in(reflector, FP_REFLECTOR_ABSENT, reflector->options.absent_retry_ms);
}

/* What the server said is too old, or too new: a list, less demanding each time. */
static void end_expired(fp_reflector *reflector)
{
    bool of_list = reflector->task == TASK_LIST;

    list_anew(reflector, of_list || !reflector->rv[0] ? LIST_NEWEST : LIST_NOT_OLDER);
}

static void end_invalid(fp_reflector *reflector)
{
    if (reflector->task == TASK_STREAM) {
        reflector->no_streams = true;
        reflector->status.code = 0;
        list_anew(reflector, LIST_PAGED);
    } else if (reflector->task == TASK_WATCH || reflector->form == LIST_NOT_OLDER) {
        list_anew(reflector, LIST_NEWEST);
    } else {
        close_list(reflector);
        back_off(reflector, FP_REFLECTOR_WAITING, -1);
    }
}

static void end_refused(fp_reflector *reflector, const fp_status *status)
{
    bool newest = reflector->task == TASK_LIST && reflector->form == LIST_NOT_OLDER;
    int64_t wait_ms = reflector->retry_after_ms;

    if (wait_ms < 0)
        wait_ms = status->retry_after_ms;
    close_list(reflector);
    if (status->code == 401) {
        back_off(reflector, FP_REFLECTOR_UNAUTHORIZED, -1);
    } else if (status->code == 403) {
        reflector->need_list = true; /* what may be listed and not watched is listed again */
        wait_in(reflector, FP_REFLECTOR_FORBIDDEN, reflector->options.forbidden_wait_ms);
    } else {
        if (newest && status->too_large)
            reflector->form = LIST_NEWEST;
        back_off(reflector, FP_REFLECTOR_WAITING, wait_ms);
    }
}

/* To take a kind for absent empties it, so not everything that has the number counts. */
static bool is_absent(fp_reflector *reflector, const fp_status *status)
{
    bool was_there = reflector->status.complete && !reflector->is_absent;

    if (!status->is_absent || !reflector->options.may_be_absent)
        return false;
    if (reflector->absences < MIN_ABSENCES)
        reflector->absences++;
    return !was_there || reflector->absences >= MIN_ABSENCES;
}

static void judge(fp_reflector *reflector, const fp_status *status, fp_str message)
{
    int code = status->code == 403 || status->code == 401 ? FEDPOL_E_STATE : FEDPOL_E_IO;

    if (is_absent(reflector, status)) {
        end_absent(reflector);
        return;
    }
    note_trouble(reflector, code, status->code, message);
    if (status->code == 410 || status->expired)
        end_expired(reflector);
    else if (status->code == 400 || status->code == 422)
        end_invalid(reflector);
    else
        end_refused(reflector, status);
}

static void end_with_status(fp_reflector *reflector)
{
    fp_cleanup_buf fp_buf message = {0};
    fp_status status;

    if (fp_status_parse(fp_buf_str(&reflector->body), reflector->http_status, &status, &message) <
        0)
        refuse_answer(reflector, FEDPOL_E_NOMEM);
    else
        judge(reflector, &status, fp_buf_str(&message));
}

/* An ERROR event ends the watch. What is not known is tried again from where it was, and after some
   times from a list. */
static void end_with_error(fp_reflector *reflector)
{
    const fp_status *error = &reflector->error;

    if (error->code == 410 || error->expired || error->code == 400 || error->code == 422 ||
        error->code == 403 || error->code == 401) {
        judge(reflector, error, fp_buf_str(&reflector->error_message));
        return;
    }
    note_trouble(reflector, FEDPOL_E_IO, error->code, fp_buf_str(&reflector->error_message));
    close_list(reflector);
    if (++reflector->errors_at_rv >= MAX_ERRORS_AT_RV) {
        reflector->errors_at_rv = 0;
        reflector->need_list = true;
    }
    back_off(reflector, FP_REFLECTOR_WAITING, error->retry_after_ms);
}

/* The connection failed. Nothing is lost by that: a watch goes on where it was. */
static void end_cut(fp_reflector *reflector, const fp_outcome *outcome)
{
    bool lived = reflector->http_status == 200 && !reflector->need_list &&
                 reflector->now_ms - reflector->started_ms >= SHORT_WATCH_MS;
    int code = outcome->failure == FP_FAILURE_NOMEM ? FEDPOL_E_NOMEM : FEDPOL_E_IO;

    note_trouble(reflector, code, outcome->status, outcome->message);
    close_list(reflector);
    if (lived)
        reflector->due_ms = reflector->now_ms; /* only if that fails too is there trouble */
    else
        back_off(reflector, FP_REFLECTOR_WAITING, -1);
}

void fp_reflector_on_done(void *user, const fp_outcome *outcome)
{
    fp_reflector *reflector = user;

    reflector->exchange = NULL;
    if (reflector->had_error)
        end_with_error(reflector);
    else if (reflector->http_status && reflector->http_status != 200)
        end_with_status(reflector);
    else if (outcome->failure == FP_FAILURE_SINK)
        refuse_answer(reflector, outcome->sink_code);
    else if (outcome->failure != FP_FAILURE_NONE)
        end_cut(reflector, outcome);
    else
        end_well(reflector);
    reflector->stream = fp_object_stream_free(reflector->stream);
}
