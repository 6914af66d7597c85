/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/status.h"

#include "libfedpol/wire/object_stream.h"

#define MAX_RETRY_AFTER_S 3600
/* What an API server says, and no Status, where a group or version is not served. */
#define NO_SUCH_PATH "404 page not found"

void fp_status_put_line(fp_buf *message, fp_str text)
{
    text = fp_str_trim(text);
    for (size_t i = 0; i < text.len && i < FP_STATUS_MAX_MESSAGE; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];

        fp_buf_putc(message, byte < ' ' || byte >= 0x7f ? '?' : (char)byte);
    }
    if (text.len > FP_STATUS_MAX_MESSAGE)
        fp_buf_puts(message, "...");
}

void fp_status_read(const fp_value *object, fp_status *ret, fp_buf *message)
{
    fp_str reason = fp_value_get_str(object, "reason");
    const fp_value *details = fp_value_get(object, "details");
    int64_t number;

    *ret = (fp_status){.retry_after_ms = -1};
    if (fp_value_to_i64(fp_value_get(object, "code"), 100, 999, &number))
        ret->code = (int)number;
    ret->expired = fp_str_is(reason, "Expired") || fp_str_is(reason, "Gone");
    if (fp_value_to_i64(fp_value_get(details, "retryAfterSeconds"), 1, MAX_RETRY_AFTER_S, &number))
        ret->retry_after_ms = number * 1000;
    for
        fp_value_each(
            cause, fp_value_get(details, "causes")) if (fp_str_is(fp_value_get_str(cause, "reason"),
                                                                  "ResourceVersionTooLarge"))
            ret->too_large = true;
    fp_status_put_line(message, fp_value_get_str(object, "message"));
}

int fp_status_parse(fp_str body, int http_code, fp_status *ret, fp_buf *message)
{
    fp_value *value = NULL;
    fp_arena arena;
    bool is_status;
    int r;

    *ret = (fp_status){.retry_after_ms = -1};
    fp_arena_init(&arena, 0);
    r = fp_json_parse(body, &fp_wire_default_limits, &arena, &value, NULL);
    is_status = r == 0 && fp_str_is(fp_value_get_str(value, "kind"), "Status");
    if (is_status)
        fp_status_read(value, ret, message);
    fp_arena_done(&arena);
    if (r == FEDPOL_E_NOMEM)
        return r;
    if (message->len == 0) {
        fp_buf_printf(message, "HTTP %d", http_code);
        if (body.len && body.ptr[0] != '<' && body.ptr[0] != '{') {
            fp_buf_puts(message, ": ");
            fp_status_put_line(message, body);
        }
    }
    ret->code = http_code;
    ret->is_absent = http_code == 404 && (is_status || fp_str_is(fp_str_trim(body), NO_SUCH_PATH));
    return fp_buf_error(message);
}
