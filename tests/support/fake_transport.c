/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake_transport.h"

#include <check.h>
#include <stdio.h>

static int start(void *self, const fp_request *request, const fp_response_sink *sink,
                 fp_exchange **ret)
{
    fake_transport *fake = self;
    fake_exchange *exchange = &fake->exchanges[fake->asked];

    if (fake->start_code < 0)
        return fake->start_code;
    ck_assert_uint_lt(fake->asked, FAKE_EXCHANGES);
    fake->asked++;
    exchange->sink = *sink;
    exchange->request = *request;
    exchange->open = true;
    (void)snprintf(exchange->path, sizeof(exchange->path), "%s", request->path);
    (void)snprintf(exchange->body, sizeof(exchange->body), "%.*s", FP_STR_ARG(request->body));
    *ret = (fp_exchange *)(void *)exchange;
    return 0;
}

static void cancel(void *self, fp_exchange *exchange)
{
    fake_transport *fake = self;
    fake_exchange *mine = (fake_exchange *)(void *)exchange;

    ck_assert_msg(mine->open, "%s is cancelled after its end", mine->path);
    mine->open = false;
    fake->cancelled++;
}

fp_transport fake_transport_of(fake_transport *fake)
{
    return (fp_transport){start, cancel, fake};
}

size_t fake_transport_open(const fake_transport *fake)
{
    size_t n = 0;

    for (size_t i = 0; i < fake->asked; i++)
        n += fake->exchanges[i].open;
    return n;
}

static int tell(const fake_exchange *exchange, int status, int64_t retry_after_ms, fp_str body)
{
    const fp_response_head head = {status, retry_after_ms, FP_STR("application/json")};
    size_t half = body.len / 2;
    int r = exchange->sink.head(exchange->sink.user, &head);

    if (r >= 0 && half)
        r = exchange->sink.body(exchange->sink.user, fp_str_sub(body, 0, half));
    if (r >= 0 && body.len)
        r = exchange->sink.body(exchange->sink.user, fp_str_sub(body, half, body.len));
    return r;
}

static void end(fake_exchange *exchange, int status, int sink_code, fp_failure failure,
                const char *message)
{
    fp_outcome outcome = {failure, sink_code, status, fp_str_of(message)};

    if (sink_code < 0)
        outcome.failure = FP_FAILURE_SINK;
    exchange->open = false;
    exchange->sink.done(exchange->sink.user, &outcome);
}

void fake_transport_answer(fake_transport *fake, size_t i, int status, int64_t retry_after_ms,
                           const char *body)
{
    fake_exchange *exchange = &fake->exchanges[i];

    ck_assert_msg(i < fake->asked && exchange->open, "no exchange %zu to answer", i);
    end(exchange, status, tell(exchange, status, retry_after_ms, fp_str_of(body)), FP_FAILURE_NONE,
        "");
}

void fake_transport_fail(fake_transport *fake, size_t i, int status, const char *beginning,
                         fp_failure failure, const char *message)
{
    fake_exchange *exchange = &fake->exchanges[i];

    ck_assert_msg(i < fake->asked && exchange->open, "no exchange %zu to fail", i);
    end(exchange, status, status ? tell(exchange, status, -1, fp_str_of(beginning)) : 0, failure,
        message);
}
