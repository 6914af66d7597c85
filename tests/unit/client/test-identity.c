/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/identity.h"

#include "libfedpol/base/check.h"

#include "tests/support/fake_transport.h"
#include "tests/support/fp_test.h"

#define PATH "/api/v1/namespaces/kube-system"
#define KUBE_SYSTEM(uid)                                                                           \
    "{\"kind\":\"Namespace\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"kube-system\","        \
    "\"uid\":\"" uid "\"}}"
#define NEVER INT64_MAX

typedef struct bench {
    fake_transport fake;
    fp_transport transport;
    fp_identity identity;
} bench;

static fp_identity_news poll_at(bench *b, int64_t now_ms)
{
    fp_identity_news news;

    b->transport = fake_transport_of(&b->fake);
    ck_assert_int_eq(
        fp_identity_poll(&b->identity, &b->transport, &fp_wire_default_limits, now_ms, &news), 0);
    return news;
}

static int hear_object(void *user, const fp_wire_object *object)
{
    fp_identity_hear(user, object);
    return 0;
}

static int hear_bad(void *user, const fp_wire_object *where, const fedpol_error *error)
{
    (void)user;
    (void)where;
    (void)error;
    return 0;
}

static void hear(bench *b, const char *json)
{
    const fp_wire_sink sink = {hear_object, hear_bad, &b->identity};
    fp_object_stream *stream = NULL;

    ck_assert_int_eq(
        fp_object_stream_new(&fp_wire_default_limits, &sink, FP_STR_NULL, FP_STR_NULL, &stream), 0);
    ck_assert_int_eq(fp_object_stream_feed(stream, json, strlen(json), NULL), 0);
    fp_object_stream_free(stream);
}

START_TEST(it_is_asked_once_and_then_known)
{
    bench b = {0};

    ck_assert_int_eq(poll_at(&b, 0), FP_IDENTITY_SAME);
    ck_assert_str_eq(b.fake.exchanges[0].path, PATH);
    ck_assert_int_eq(fp_identity_deadline_ms(&b.identity), NEVER);
    fake_transport_answer(&b.fake, 0, 200, -1, KUBE_SYSTEM("a"));
    ck_assert_int_eq(poll_at(&b, 0), FP_IDENTITY_LEARNT);
    ck_assert_str_eq(b.identity.uid, "a");
    ck_assert_int_eq(poll_at(&b, 3600000), FP_IDENTITY_SAME);
    ck_assert_uint_eq(b.fake.asked, 1);
    fp_identity_done(&b.identity);
}
END_TEST

START_TEST(it_is_asked_again_after_a_doubt_and_another_one_is_told)
{
    bench b = {0};

    (void)poll_at(&b, 0);
    fake_transport_answer(&b.fake, 0, 200, -1, KUBE_SYSTEM("a"));
    (void)poll_at(&b, 0);
    fp_identity_doubt(&b.identity);
    (void)poll_at(&b, 1);
    fake_transport_answer(&b.fake, 1, 200, -1, KUBE_SYSTEM("a"));
    ck_assert_int_eq(poll_at(&b, 1), FP_IDENTITY_SAME);
    fp_identity_doubt(&b.identity);
    (void)poll_at(&b, 2);
    fake_transport_answer(&b.fake, 2, 200, -1, KUBE_SYSTEM("b"));
    ck_assert_int_eq(poll_at(&b, 2), FP_IDENTITY_OTHER);
    ck_assert_str_eq(b.identity.uid, "b");
    ck_assert_uint_eq(b.fake.asked, 3);
    fp_identity_done(&b.identity);
}
END_TEST

START_TEST(a_doubt_while_it_is_asked_is_kept_for_the_next_question)
{
    bench b = {0};

    (void)poll_at(&b, 0);
    fp_identity_doubt(&b.identity);
    fake_transport_answer(&b.fake, 0, 200, -1, KUBE_SYSTEM("a"));
    ck_assert_int_eq(poll_at(&b, 0), FP_IDENTITY_LEARNT);
    ck_assert_uint_eq(b.fake.asked, 2);
    fp_identity_done(&b.identity);
}
END_TEST

static const struct rest_row {
    int status; /* 0: cut */
    const char *body;
    int64_t rest_ms; /* NEVER: it is not asked again */
} rests[] = {
    {0, "", FP_PROBE_REST_MS},
    {500, "{}", FP_PROBE_REST_MS},
    {401, "{}", FP_PROBE_REST_MS},
    {200, "{\"kind\":\"Namespace\",\"apiVersion\":\"v1\",\"metadata\":{}}", 60000},
    {403, "{}", NEVER},
    {404, "{}", NEVER},
};

START_TEST(who_does_not_say_is_not_asked_all_the_time)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(rests); i++) {
        bench b = {0};

        (void)poll_at(&b, 0);
        if (rests[i].status)
            fake_transport_answer(&b.fake, 0, rests[i].status, -1, rests[i].body);
        else
            fake_transport_fail(&b.fake, 0, 0, "", FP_FAILURE_CUT, "cut");
        ck_assert_int_eq(poll_at(&b, 7), FP_IDENTITY_SAME);
        ck_assert_int_eq(fp_identity_deadline_ms(&b.identity),
                         rests[i].rest_ms == NEVER ? NEVER : 7 + rests[i].rest_ms);
        ck_assert_str_eq(b.identity.uid, "");
        fp_identity_done(&b.identity);
    }
}
END_TEST

START_TEST(what_a_list_tells_counts_as_an_answer)
{
    bench b = {0};

    hear(&b, "{\"kind\":\"Namespace\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"shop\","
             "\"uid\":\"s\"}}");
    hear(&b, "{\"kind\":\"ServiceAccount\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":"
             "\"kube-system\",\"uid\":\"s\"}}");
    hear(&b, "{\"kind\":\"Namespace\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":"
             "\"kube-system\"}}");
    ck_assert_int_eq(poll_at(&b, 0), FP_IDENTITY_SAME);
    ck_assert(!b.identity.known);
    hear(&b, KUBE_SYSTEM("a"));
    ck_assert_int_eq(poll_at(&b, 0), FP_IDENTITY_LEARNT);
    ck_assert(b.identity.known);
    hear(&b, KUBE_SYSTEM("b"));
    ck_assert_int_eq(poll_at(&b, 0), FP_IDENTITY_OTHER);
    ck_assert_str_eq(b.identity.uid, "b");
    fp_identity_done(&b.identity);
    ck_assert_uint_eq(fake_transport_open(&b.fake), 0);
}
END_TEST

static int ask(void *user)
{
    fp_identity_news news;
    bench b = {0};
    int r;

    (void)user;
    b.transport = fake_transport_of(&b.fake);
    r = fp_identity_poll(&b.identity, &b.transport, &fp_wire_default_limits, 0, &news);
    ck_assert_int_eq(news, FP_IDENTITY_SAME);
    fp_identity_done(&b.identity);
    return r;
}

START_TEST(memory_that_runs_out_is_told)
{
    fp_test_oom(ask, NULL);
}
END_TEST

FP_TEST_MAIN("client/identity", it_is_asked_once_and_then_known,
             it_is_asked_again_after_a_doubt_and_another_one_is_told,
             a_doubt_while_it_is_asked_is_kept_for_the_next_question,
             who_does_not_say_is_not_asked_all_the_time, what_a_list_tells_counts_as_an_answer,
             memory_that_runs_out_is_told)
