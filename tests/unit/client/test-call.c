/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/call.h"

#include <string.h>

#include "libfedpol/base/check.h"
#include "tests/support/fake_transport.h"
#include "tests/support/fp_test.h"

enum { LIMIT_MS = 10000, MAX_ANSWER = 100, RENEWAL_BOUND_MS = 3000 };

typedef struct calls_fixture {
    fake_transport fake;
    fp_transport transport;
    fp_calls calls;
    int answered;
} calls_fixture;

static void count_answer(void *user)
{
    (*(int *)user)++;
}

static void setup(calls_fixture *f)
{
    *f = (calls_fixture){0};
    f->transport = fake_transport_of(&f->fake);
    f->calls =
        (fp_calls){.transport = &f->transport, .answered = count_answer, .user = &f->answered};
}

static fp_call *add(calls_fixture *f, const char *path)
{
    const fp_call_request request = {.method = "PUT",
                                     .path = path,
                                     .content_type = "application/json",
                                     .body = FP_STR("{\"a\":1}"),
                                     .limit_ms = LIMIT_MS,
                                     .max_answer = MAX_ANSWER};
    fp_call *call = NULL;

    ck_assert_int_eq(fp_calls_add(&f->calls, &request, 0, &call), 0);
    return call;
}

static void expect(const fp_call *call, int status, int code, const char *body, const char *message)
{
    fp_call_answer answer = fp_call_get(call);

    ck_assert(answer.done);
    ck_assert_int_eq(answer.status, status);
    ck_assert_int_eq(answer.code, code);
    ck_assert_str(answer.body, body);
    ck_assert_str_eq(answer.message, message);
}

START_TEST(a_request_is_sent_as_it_is_and_its_answer_kept)
{
    calls_fixture f;
    fp_call *call;

    setup(&f);
    call = add(&f, "/api/v1/x?y=z");
    ck_assert_uint_eq(f.fake.asked, 0);
    ck_assert_int_eq(fp_calls_deadline_ms(&f.calls), 0);
    ck_assert_int_eq(fp_calls_poll(&f.calls, 0, false), 0);
    ck_assert_str_eq(f.fake.exchanges[0].path, "/api/v1/x?y=z");
    ck_assert_str_eq(f.fake.exchanges[0].body, "{\"a\":1}");
    ck_assert_str_eq(f.fake.exchanges[0].request.method, "PUT");
    ck_assert(!f.fake.exchanges[0].request.is_watch);
    ck_assert(!fp_call_get(call).done);
    ck_assert_int_eq(fp_calls_deadline_ms(&f.calls), LIMIT_MS);
    fake_transport_answer(&f.fake, 0, 201, -1, "{\"b\":2}");
    expect(call, 201, 0, "{\"b\":2}", "");
    ck_assert_int_eq(f.answered, 1);
    ck_assert_int_eq(fp_calls_deadline_ms(&f.calls), INT64_MAX);
    ck_assert_ptr_null(fp_call_drop(call));
}
END_TEST

START_TEST(what_is_no_success_says_why_and_is_sent_once)
{
    static const struct {
        int status;
        int64_t retry_after_ms;
        const char *body;
        const char *message;
        int64_t expected_retry_ms;
    } rows[] = {
        {409, -1, "{\"kind\":\"Status\",\"message\":\"conflict\"}", "conflict", -1},
        {429, 2000, "slow down", "HTTP 429: slow down", 2000},
        {429, -1, "{\"kind\":\"Status\",\"message\":\"m\",\"details\":{\"retryAfterSeconds\":4}}",
         "m", 4000},
        {503, -1, "<html>", "HTTP 503", -1},
        {302, -1, "", "HTTP 302", -1},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(rows); i++) {
        calls_fixture f;
        fp_call *call;

        setup(&f);
        call = add(&f, "/api/v1/x");
        ck_assert_int_eq(fp_calls_poll(&f.calls, 0, false), 0);
        fake_transport_answer(&f.fake, 0, rows[i].status, rows[i].retry_after_ms, rows[i].body);
        expect(call, rows[i].status, 0, rows[i].body, rows[i].message);
        ck_assert_int_eq(fp_call_get(call).retry_after_ms, rows[i].expected_retry_ms);
        ck_assert_int_eq(fp_calls_poll(&f.calls, 5000, true), 0);
        ck_assert_uint_eq(f.fake.asked, 1);
        fp_call_drop(call);
    }
}
END_TEST

START_TEST(where_no_answer_came_there_is_no_status)
{
    static const struct {
        fp_failure failure;
        int status;
        int code;
    } rows[] = {
        {FP_FAILURE_CONNECT, 0, FEDPOL_E_IO},  {FP_FAILURE_CUT, 200, FEDPOL_E_IO},
        {FP_FAILURE_TLS, 0, FEDPOL_E_IO},      {FP_FAILURE_CREDENTIAL, 0, FEDPOL_E_IO},
        {FP_FAILURE_NOMEM, 0, FEDPOL_E_NOMEM},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(rows); i++) {
        calls_fixture f;
        fp_call *call;

        setup(&f);
        call = add(&f, "/api/v1/x");
        ck_assert_int_eq(fp_calls_poll(&f.calls, 0, false), 0);
        fake_transport_fail(&f.fake, 0, rows[i].status, "{", rows[i].failure, "why");
        ck_assert_int_eq(fp_call_get(call).status, 0);
        ck_assert_int_eq(fp_call_get(call).code, rows[i].code);
        ck_assert_str_eq(fp_call_get(call).message, "why");
        fp_call_drop(call);
    }
}
END_TEST

START_TEST(an_answer_has_room_up_to_its_limit)
{
    for (int more = 0; more <= 1; more++) {
        calls_fixture f;
        char body[MAX_ANSWER + 2] = {0};
        fp_call *call;

        setup(&f);
        call = add(&f, "/api/v1/x");
        ck_assert_int_eq(fp_calls_poll(&f.calls, 0, false), 0);
        memset(body, 'x', (size_t)(MAX_ANSWER + more));
        fake_transport_answer(&f.fake, 0, 200, -1, body);
        ck_assert_int_eq(fp_call_get(call).code, more ? FEDPOL_E_LIMIT : 0);
        fp_call_drop(call);
    }
}
END_TEST

START_TEST(a_401_is_tried_once_more_with_a_new_credential)
{
    static const struct {
        int64_t now_ms;
        bool renewed;
        size_t asked;
    } rows[] = {{100, false, 1},
                {100, true, 2},
                {RENEWAL_BOUND_MS - 1, false, 1},
                {RENEWAL_BOUND_MS, false, 2}};

    for (size_t i = 0; i < FP_ARRAY_LEN(rows); i++) {
        calls_fixture f;
        fp_call *call;

        setup(&f);
        call = add(&f, "/api/v1/x");
        ck_assert_int_eq(fp_calls_poll(&f.calls, 0, false), 0);
        fake_transport_answer(&f.fake, 0, 401, -1, "");
        ck_assert(!fp_call_get(call).done);
        ck_assert_int_eq(fp_calls_deadline_ms(&f.calls), RENEWAL_BOUND_MS);
        ck_assert_int_eq(fp_calls_poll(&f.calls, rows[i].now_ms, rows[i].renewed), 0);
        ck_assert_uint_eq(f.fake.asked, rows[i].asked);
        if (rows[i].asked == 2) {
            fake_transport_answer(&f.fake, 1, 401, -1, "");
            expect(call, 401, 0, "", "HTTP 401");
        }
        fp_call_drop(call);
    }
}
END_TEST

START_TEST(its_time_ends_it_wherever_it_is)
{
    for (int phase = 0; phase < 3; phase++) {
        calls_fixture f;
        fp_call *call;

        setup(&f);
        call = add(&f, "/api/v1/x");
        if (phase > 0)
            ck_assert_int_eq(fp_calls_poll(&f.calls, 0, false), 0);
        if (phase == 2)
            fake_transport_answer(&f.fake, 0, 401, -1, "");
        ck_assert_int_eq(fp_calls_poll(&f.calls, LIMIT_MS, false), 0);
        expect(call, 0, FEDPOL_E_IO, "", "no answer came in time");
        ck_assert_uint_eq(fake_transport_open(&f.fake), 0);
        ck_assert_uint_eq(f.fake.cancelled, phase == 1);
        fp_call_drop(call);
    }
}
END_TEST

START_TEST(calls_end_in_any_order_with_their_connection_or_without)
{
    calls_fixture f;
    fp_call *calls[3];

    setup(&f);
    for (size_t i = 0; i < 3; i++)
        calls[i] = add(&f, "/api/v1/x");
    ck_assert_int_eq(fp_calls_poll(&f.calls, 0, false), 0);
    ck_assert_uint_eq(fake_transport_open(&f.fake), 3);
    fp_call_drop(calls[1]); /* its caller is not interested any more */
    ck_assert_uint_eq(fake_transport_open(&f.fake), 2);
    fp_calls_abort(&f.calls);
    ck_assert_uint_eq(fake_transport_open(&f.fake), 0);
    expect(calls[0], 0, FEDPOL_E_IO, "", "the cluster is not connected any more");
    ck_assert_ptr_null(f.calls.first);
    fp_call_drop(calls[0]);
    fp_call_drop(calls[2]);
    ck_assert_ptr_null(fp_call_drop(NULL));
}
END_TEST

START_TEST(what_cannot_be_sent_now_is_sent_later)
{
    calls_fixture f;
    fp_call *call;

    setup(&f);
    call = add(&f, "/api/v1/x");
    f.fake.start_code = FEDPOL_E_NOMEM;
    ck_assert_int_eq(fp_calls_poll(&f.calls, 0, false), FEDPOL_E_NOMEM);
    f.fake.start_code = 0;
    ck_assert_int_eq(fp_calls_poll(&f.calls, 1, false), 0);
    ck_assert_uint_eq(f.fake.asked, 1);
    fp_call_drop(call);
}
END_TEST

START_TEST(only_paths_of_the_api_are_paths)
{
    static const struct {
        const char *path;
        bool valid;
    } rows[] = {
        {"/api/v1/namespaces/a/endpoints/b", true},
        {"/apis/discovery.k8s.io/v1/endpointslices?limit=5&labelSelector=a%3Db", true},
        {"/api", false},
        {"/healthz", false},
        {"api/v1", false},
        {"", false},
        {"/api/../metrics", false},
        {"/api/./v1", false},
        {"/api/%2e%2e/metrics", false},
        {"/api/%2E./metrics", false},
        {"/api//v1", false},
        {"/api/v1/a b", false},
        {"/api/v1/a\r\nHost: x", false},
        {"/api/v1/\xc3\xa9", false},
        {"/api/v1#x", false},
        {"/api/v1\\..\\x", false},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(rows); i++)
        ck_assert_msg(fp_call_path_is_valid(rows[i].path) == rows[i].valid, "%s", rows[i].path);
}
END_TEST

START_TEST(methods_are_known_by_their_exact_names)
{
    static const char *const known[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    static const char *const others[] = {"", "get", "HEAD", "CONNECT", "GET ", "OPTIONS"};

    for (size_t i = 0; i < FP_ARRAY_LEN(known); i++)
        ck_assert_str_eq(fp_call_method(known[i]), known[i]);
    for (size_t i = 0; i < FP_ARRAY_LEN(others); i++)
        ck_assert_ptr_null(fp_call_method(others[i]));
}
END_TEST

static int call_and_end(void *user)
{
    const fp_call_request request = {
        .method = "PUT", .path = "/api/v1/x", .limit_ms = LIMIT_MS, .max_answer = MAX_ANSWER};
    calls_fixture f;
    fp_call *call = NULL;
    int r;

    (void)user;
    setup(&f);
    r = fp_calls_add(&f.calls, &request, 0, &call);
    if (r < 0)
        return r;
    ck_assert_int_eq(fp_calls_poll(&f.calls, 0, false), 0);
    fake_transport_answer(&f.fake, 0, 409, -1, "{\"kind\":\"Status\",\"message\":\"m\"}");
    ck_assert(fp_call_get(call).done); /* whatever became of its words */
    ck_assert(fp_call_get(call).status == 409 || fp_call_get(call).code == FEDPOL_E_NOMEM);
    fp_call_drop(call);
    return 0;
}

START_TEST(memory_that_runs_out_costs_words_and_no_answer)
{
    fp_test_oom(call_and_end, NULL);
}
END_TEST

FP_TEST_MAIN("client/call", a_request_is_sent_as_it_is_and_its_answer_kept,
             what_is_no_success_says_why_and_is_sent_once, where_no_answer_came_there_is_no_status,
             an_answer_has_room_up_to_its_limit, a_401_is_tried_once_more_with_a_new_credential,
             its_time_ends_it_wherever_it_is,
             calls_end_in_any_order_with_their_connection_or_without,
             what_cannot_be_sent_now_is_sent_later, only_paths_of_the_api_are_paths,
             methods_are_known_by_their_exact_names, memory_that_runs_out_costs_words_and_no_answer)
