/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/call.h"

#include "libfedpol/base/alloc.h"
#include "libfedpol/client/status.h"

/* How long a credential that was refused has to be renewed. */
#define RENEWAL_MS 3000

typedef enum call_phase {
    CALL_WAITS,   /* to be sent */
    CALL_SENT,    /* the answer is on its way */
    CALL_REFUSED, /* 401: for a new credential */
    CALL_DONE,
} call_phase;

struct fp_call {
    fp_calls *calls; /* NULL once it is done */
    bool is_held;    /* by the caller */
    call_phase phase;
    fp_call_request request; /* texts are owned */
    char *body;
    fp_exchange *exchange;
    bool was_renewed;
    int64_t now_ms;
    int64_t end_ms;
    int64_t renewal_ms;
    int status;
    int code;
    int64_t retry_after_ms;
    fp_buf answer;
    fp_buf message;
    fp_call *prev;
    fp_call *next;
};

const char *fp_call_method(const char *method)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

    for (size_t i = 0; i < FP_ARRAY_LEN(methods); i++)
        if (strcmp(method, methods[i]) == 0)
            return methods[i];
    return NULL;
}

bool fp_call_path_is_valid(const char *path)
{
    fp_str text = fp_str_of(path);

    if (!fp_str_starts_with(text, FP_STR("/api/")) && !fp_str_starts_with(text, FP_STR("/apis/")))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] <= ' ' || (unsigned char)text.ptr[i] >= 0x7f ||
            text.ptr[i] == '#' || text.ptr[i] == '\\')
            return false;
    return text.len <= 4096 && !fp_str_contains(text, FP_STR("/.")) &&
           !fp_str_contains(text, FP_STR("//")) && !fp_str_contains(text, FP_STR("%2e")) &&
           !fp_str_contains(text, FP_STR("%2E"));
}

static void call_free(fp_call *call)
{
    fp_free((void *)(uintptr_t)call->request.path);
    fp_free(call->body);
    fp_buf_done(&call->answer);
    fp_buf_done(&call->message);
    fp_free(call);
}

int fp_calls_add(fp_calls *calls, const fp_call_request *request, int64_t now_ms, fp_call **ret)
{
    fp_call *call = fp_alloc_zero(1, sizeof(*call));

    if (!call)
        return FEDPOL_E_NOMEM;
    call->request = *request;
    call->request.path = fp_str_dup(fp_str_of(request->path));
    call->body = fp_str_dup(request->body);
    if (!call->request.path || !call->body) {
        call_free(call);
        return FEDPOL_E_NOMEM;
    }
    call->request.body.ptr = call->body;
    call->calls = calls;
    call->is_held = true;
    call->now_ms = now_ms;
    call->end_ms = now_ms + request->limit_ms;
    call->retry_after_ms = -1;
    call->next = calls->first;
    if (calls->first)
        calls->first->prev = call;
    calls->first = call;
    *ret = call;
    return 0;
}

/* Off the list; goes if nobody holds it. */
static void leave(fp_call *call)
{
    if (call->prev)
        call->prev->next = call->next;
    else
        call->calls->first = call->next;
    if (call->next)
        call->next->prev = call->prev;
    call->prev = call->next = NULL;
    call->calls = NULL;
    if (!call->is_held)
        call_free(call);
}

/* MESSAGE that has no room costs the message. */
static void finish(fp_call *call, int code, fp_str message)
{
    fp_calls *calls = call->calls;

    call->phase = CALL_DONE;
    call->code = code;
    fp_buf_clear(&call->message);
    fp_status_put_line(&call->message, message);
    leave(call);
    if (calls->answered)
        calls->answered(calls->user);
}

/* --- the answer --- */

static int on_head(void *user, const fp_response_head *head)
{
    fp_call *call = user;

    call->status = head->status;
    call->retry_after_ms = head->retry_after_ms;
    return 0;
}

static int on_body(void *user, fp_str bytes)
{
    fp_call *call = user;

    if (bytes.len > call->request.max_answer - call->answer.len)
        return FEDPOL_E_LIMIT;
    fp_buf_add(&call->answer, bytes);
    return fp_buf_error(&call->answer);
}

static void finish_with_status(fp_call *call)
{
    fp_cleanup_buf fp_buf message = {0};
    fp_status status = {0};

    if (call->status >= 200 && call->status < 300) {
        finish(call, 0, FP_STR_NULL);
        return;
    }
    (void)fp_status_parse(fp_buf_str(&call->answer), call->status, &status, &message);
    if (call->retry_after_ms < 0)
        call->retry_after_ms = status.retry_after_ms;
    finish(call, 0, fp_buf_str(&message));
}

static int no_answer_code(const fp_outcome *outcome)
{
    bool no_memory = outcome->failure == FP_FAILURE_NOMEM ||
                     (outcome->failure == FP_FAILURE_SINK && outcome->sink_code == FEDPOL_E_NOMEM);

    return no_memory ? FEDPOL_E_NOMEM : FEDPOL_E_IO;
}

static void on_done(void *user, const fp_outcome *outcome)
{
    fp_call *call = user;

    call->exchange = NULL;
    if (outcome->failure == FP_FAILURE_SINK && outcome->sink_code == FEDPOL_E_LIMIT) {
        finish(call, FEDPOL_E_LIMIT, FP_STR("the answer is larger than its limit"));
    } else if (outcome->failure != FP_FAILURE_NONE) {
        call->status = 0;
        finish(call, no_answer_code(outcome), outcome->message);
    } else if (call->status == 401 && !call->was_renewed) {
        call->phase = CALL_REFUSED;
        call->renewal_ms = call->now_ms + RENEWAL_MS;
    } else {
        finish_with_status(call);
    }
}

/* --- its way --- */

static int send_call(fp_call *call)
{
    const fp_response_sink sink = {on_head, on_body, on_done, call};
    const fp_transport *transport = call->calls->transport;
    const fp_request request = {.path = call->request.path,
                                .method = call->request.method,
                                .content_type = call->request.content_type,
                                .body = call->request.body,
                                .total_ms = call->request.limit_ms};

    call->status = 0;
    fp_buf_clear(&call->answer);
    fp_try(transport->start(transport->self, &request, &sink, &call->exchange));
    call->phase = CALL_SENT;
    return 0;
}

static void give_up(fp_call *call)
{
    if (call->exchange)
        call->calls->transport->cancel(call->calls->transport->self, call->exchange);
    call->exchange = NULL;
    call->status = 0;
    finish(call, FEDPOL_E_IO, FP_STR("no answer came in time"));
}

void fp_calls_tell_time(fp_calls *calls, int64_t now_ms)
{
    for (fp_call *call = calls->first; call; call = call->next)
        call->now_ms = now_ms;
}

int fp_calls_poll(fp_calls *calls, int64_t now_ms, bool renewed)
{
    fp_call *next;
    int r = 0;

    for (fp_call *call = calls->first; call; call = next) {
        next = call->next;
        call->now_ms = now_ms;
        /* It may have been renewed on another's behalf before this one was refused. */
        if (call->phase == CALL_REFUSED && (renewed || now_ms >= call->renewal_ms)) {
            call->phase = CALL_WAITS;
            call->was_renewed = true;
        }
        if (now_ms >= call->end_ms)
            give_up(call);
        else if (call->phase == CALL_WAITS && send_call(call) < 0)
            r = FEDPOL_E_NOMEM;
    }
    return r;
}

int64_t fp_calls_deadline_ms(const fp_calls *calls)
{
    int64_t deadline = INT64_MAX;

    for (const fp_call *call = calls->first; call; call = call->next) {
        int64_t due = call->phase == CALL_WAITS ? call->now_ms : call->end_ms;

        if (call->phase == CALL_REFUSED && call->renewal_ms < due)
            due = call->renewal_ms;
        if (due < deadline)
            deadline = due;
    }
    return deadline;
}

void fp_calls_abort(fp_calls *calls)
{
    while (calls->first) {
        fp_call *call = calls->first;

        if (call->exchange)
            calls->transport->cancel(calls->transport->self, call->exchange);
        call->exchange = NULL;
        call->status = 0;
        finish(call, FEDPOL_E_IO, FP_STR("the cluster is not connected any more"));
    }
}

fp_call_answer fp_call_get(const fp_call *call)
{
    return (fp_call_answer){
        .done = call->phase == CALL_DONE,
        .status = call->status,
        .code = call->code,
        .retry_after_ms = call->retry_after_ms,
        .body = fp_str_n(call->answer.data ? call->answer.data : "", call->answer.len),
        .message = call->message.data ? call->message.data : "",
    };
}

fp_call *fp_call_drop(fp_call *call)
{
    if (!call)
        return NULL;
    call->is_held = false;
    if (!call->calls) {
        call_free(call);
        return NULL;
    }
    if (call->exchange)
        call->calls->transport->cancel(call->calls->transport->self, call->exchange);
    leave(call);
    return NULL;
}
