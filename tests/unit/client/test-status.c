/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/status.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/fp_test.h"

#define STATUS "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\","

static const struct row {
    const char *name;
    int http;
    const char *body;
    bool expired;
    bool is_absent;
    bool too_large;
    int64_t retry_after_ms;
    const char *message;
} rows[] = {
    {"forbidden", 403, STATUS "\"reason\":\"Forbidden\",\"message\":\"pods is forbidden\"}", 0, 0,
     0, -1, "pods is forbidden"},
    {"expired", 410, STATUS "\"reason\":\"Expired\",\"message\":\"too old\",\"code\":410}", 1, 0, 0,
     -1, "too old"},
    {"gone", 410, STATUS "\"reason\":\"Gone\",\"message\":\"gone\"}", 1, 0, 0, -1, "gone"},
    {"retry later", 429, STATUS "\"message\":\"busy\",\"details\":{\"retryAfterSeconds\":3}}", 0, 0,
     0, 3000, "busy"},
    {"retry never", 429, STATUS "\"message\":\"busy\",\"details\":{\"retryAfterSeconds\":999999}}",
     0, 0, 0, -1, "busy"},
    {"retry before", 429, STATUS "\"message\":\"busy\",\"details\":{\"retryAfterSeconds\":-1}}", 0,
     0, 0, -1, "busy"},
    {"ahead of the cache", 504,
     STATUS "\"message\":\"ahead\",\"details\":{\"causes\":[{\"reason\":\"Other\"},"
            "{\"reason\":\"ResourceVersionTooLarge\",\"message\":\"x\"}]}}",
     0, 0, 1, -1, "ahead"},
    {"no such object", 404, STATUS "\"reason\":\"NotFound\",\"message\":\"not found\"}", 0, 1, 0,
     -1, "not found"},
    {"no such API", 404, "404 page not found\n", 0, 1, 0, -1, "HTTP 404: 404 page not found"},
    {"a 404 of somebody else", 404, "<html>nothing here</html>", 0, 0, 0, -1, "HTTP 404"},
    {"a 404 without words", 404, "", 0, 0, 0, -1, "HTTP 404"},
    {"a proxy", 502, "<html><body>Bad gateway</body></html>", 0, 0, 0, -1, "HTTP 502"},
    {"plain text", 500, "oh\tno\r\n", 0, 0, 0, -1, "HTTP 500: oh?no"},
    {"a word for a terminal", 500, STATUS "\"message\":\"\\u001b[2J\\nx\"}", 0, 0, 0, -1, "?[2J?x"},
    {"JSON of another kind", 500, "{\"kind\":\"Pod\",\"message\":\"x\"}", 0, 0, 0, -1, "HTTP 500"},
    {"a kind that is a number", 500, "{\"kind\":7}", 0, 0, 0, -1, "HTTP 500"},
    {"cut JSON", 500, STATUS "\"mess", 0, 0, 0, -1, "HTTP 500"},
    {"fields of wrong types", 500,
     STATUS "\"reason\":[],\"code\":\"x\",\"details\":7,\"message\":{}}", 0, 0, 0, -1, "HTTP 500"},
};

START_TEST(a_refusal_is_understood_whoever_wrote_it)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i];
        fp_cleanup_buf fp_buf message = {0};
        fp_status status;

        ck_assert_int_eq(fp_status_parse(fp_str_of(row->body), row->http, &status, &message), 0);
        ck_assert_msg(status.code == row->http, "%s: code %d", row->name, status.code);
        ck_assert_msg(status.expired == row->expired, "%s: expired", row->name);
        ck_assert_msg(status.is_absent == row->is_absent, "%s: absent", row->name);
        ck_assert_msg(status.too_large == row->too_large, "%s: too large", row->name);
        ck_assert_msg(status.retry_after_ms == row->retry_after_ms, "%s: retry after %lld",
                      row->name, (long long)status.retry_after_ms);
        ck_assert_msg(fp_str_is(fp_buf_str(&message), row->message), "%s: \"%s\"", row->name,
                      message.data);
    }
}
END_TEST

START_TEST(a_message_without_end_is_cut)
{
    enum { LENGTH = 100000 };
    fp_cleanup_buf fp_buf message = {0};
    char *text = malloc(LENGTH);

    ck_assert_ptr_nonnull(text);
    memset(text, 'a', LENGTH);
    fp_status_put_line(&message, fp_str_n(text, LENGTH));
    ck_assert_uint_eq(message.len, FP_STATUS_MAX_MESSAGE + strlen("..."));
    free(text);
}
END_TEST

START_TEST(nesting_without_end_is_no_status)
{
    enum { DEPTH = 50000 };
    fp_cleanup_buf fp_buf message = {0};
    char *text = malloc(DEPTH);
    fp_status status;

    ck_assert_ptr_nonnull(text);
    memset(text, '[', DEPTH);
    ck_assert_int_eq(fp_status_parse(fp_str_n(text, DEPTH), 500, &status, &message), 0);
    ck_assert_int_eq(status.code, 500);
    free(text);
}
END_TEST

static int parse_all(void *user)
{
    int r = 0;

    (void)user;
    for (size_t i = 0; i < FP_ARRAY_LEN(rows) && r == 0; i++) {
        fp_cleanup_buf fp_buf message = {0};
        fp_status status;

        r = fp_status_parse(fp_str_of(rows[i].body), rows[i].http, &status, &message);
    }
    return r;
}

START_TEST(memory_that_runs_out_is_told)
{
    fp_test_oom(parse_all, NULL);
}
END_TEST

FP_TEST_MAIN("client/status", a_refusal_is_understood_whoever_wrote_it,
             a_message_without_end_is_cut, nesting_without_end_is_no_status,
             memory_that_runs_out_is_told)
