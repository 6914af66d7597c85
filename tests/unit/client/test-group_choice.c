/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/group_choice.h"

#include "tests/support/fake_transport.h"
#include "tests/support/fp_test.h"

#define CRD "/apis/crd.projectcalico.org/v1/hostendpoints?limit=1"
#define V3 "/apis/projectcalico.org/v3/hostendpoints?limit=1"
#define NEVER INT64_MAX

static const fp_resource_scope everything = {0};

typedef struct bench {
    fake_transport fake;
    fp_transport transport;
    fp_group_choice choice;
} bench;

static void poll_at(bench *b, int64_t now_ms)
{
    b->transport = fake_transport_of(&b->fake);
    ck_assert_int_eq(fp_group_choice_poll(&b->choice, &b->transport, &everything,
                                          &fp_wire_default_limits, now_ms),
                     0);
}

/* Status 0: the connection is cut. */
static void answer(bench *b, size_t i, int status)
{
    if (status)
        fake_transport_answer(&b->fake, i, status, -1, "{}");
    else
        fake_transport_fail(&b->fake, i, 0, "", FP_FAILURE_CUT, "cut");
}

static const struct choice_row {
    int crd;
    int v3; /* -1: not asked for */
    fp_calico_group group;
    bool doubtful;
} rows[] = {
    {200, -1, FP_CALICO_CRD, false}, {404, 200, FP_CALICO_V3, false},
    {403, 200, FP_CALICO_V3, false}, {404, 404, FP_CALICO_CRD, true},
    {404, 403, FP_CALICO_V3, true},  {403, 404, FP_CALICO_CRD, true},
    {403, 403, FP_CALICO_CRD, true},
};

START_TEST(the_group_that_can_be_listed_counts_and_else_the_one_that_is_there)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(rows); i++) {
        bench b = {0};

        poll_at(&b, 10);
        ck_assert_uint_eq(b.fake.asked, 1);
        ck_assert_str_eq(b.fake.exchanges[0].path, CRD);
        ck_assert_int_eq(fp_group_choice_deadline_ms(&b.choice), NEVER);
        answer(&b, 0, rows[i].crd);
        poll_at(&b, 20);
        if (rows[i].v3 > 0) {
            ck_assert(!b.choice.known);
            ck_assert_str_eq(b.fake.exchanges[1].path, V3);
            answer(&b, 1, rows[i].v3);
            poll_at(&b, 20);
        }
        ck_assert(b.choice.known);
        ck_assert_uint_eq(b.fake.asked, rows[i].v3 > 0 ? 2 : 1);
        ck_assert_int_eq(b.choice.group, rows[i].group);
        ck_assert_int_eq(fp_group_choice_deadline_ms(&b.choice),
                         rows[i].doubtful ? 20 + FP_GROUP_REST_MS : NEVER);
        fp_group_choice_done(&b.choice);
    }
}
END_TEST

START_TEST(what_is_no_answer_is_asked_again_after_a_rest)
{
    static const int troubles[] = {0, 401, 429, 500, 503};

    for (size_t i = 0; i < FP_ARRAY_LEN(troubles); i++) {
        bench b = {0};

        poll_at(&b, 0);
        answer(&b, 0, troubles[i]);
        poll_at(&b, 5);
        ck_assert(!b.choice.known);
        ck_assert_int_eq(fp_group_choice_deadline_ms(&b.choice), 5 + FP_PROBE_REST_MS);
        poll_at(&b, 4 + FP_PROBE_REST_MS);
        ck_assert_uint_eq(b.fake.asked, 1);
        poll_at(&b, 5 + FP_PROBE_REST_MS);
        ck_assert_uint_eq(b.fake.asked, 2);
        ck_assert_str_eq(b.fake.exchanges[1].path, CRD);
        fp_group_choice_done(&b.choice);
    }
}
END_TEST

START_TEST(a_group_that_comes_later_is_found_and_the_old_choice_stands_until_then)
{
    bench b = {0};

    poll_at(&b, 0);
    answer(&b, 0, 404);
    poll_at(&b, 0);
    answer(&b, 1, 404);
    poll_at(&b, 0);
    ck_assert_int_eq(b.choice.group, FP_CALICO_CRD);
    poll_at(&b, FP_GROUP_REST_MS - 1);
    ck_assert_uint_eq(b.fake.asked, 2);
    poll_at(&b, FP_GROUP_REST_MS);
    ck_assert_uint_eq(b.fake.asked, 3);
    answer(&b, 2, 404);
    poll_at(&b, FP_GROUP_REST_MS);
    ck_assert(b.choice.known);
    ck_assert_int_eq(b.choice.group, FP_CALICO_CRD);
    answer(&b, 3, 200);
    poll_at(&b, FP_GROUP_REST_MS);
    ck_assert_int_eq(b.choice.group, FP_CALICO_V3);
    ck_assert_int_eq(fp_group_choice_deadline_ms(&b.choice), NEVER);
    fp_group_choice_done(&b.choice);
}
END_TEST

START_TEST(a_question_under_way_is_taken_back)
{
    bench b = {0};

    fp_group_choice_done(&b.choice); /* nothing was asked */
    poll_at(&b, 0);
    fp_group_choice_done(&b.choice);
    ck_assert_uint_eq(fake_transport_open(&b.fake), 0);
}
END_TEST

static int choose(void *user)
{
    bench b = {0};
    int r;

    (void)user;
    b.transport = fake_transport_of(&b.fake);
    r = fp_group_choice_poll(&b.choice, &b.transport, &everything, &fp_wire_default_limits, 0);
    if (r == 0) {
        answer(&b, 0, 404);
        r = fp_group_choice_poll(&b.choice, &b.transport, &everything, &fp_wire_default_limits, 0);
    }
    fp_group_choice_done(&b.choice);
    return r;
}

START_TEST(memory_that_runs_out_is_told)
{
    fp_test_oom(choose, NULL);
}
END_TEST

FP_TEST_MAIN("client/group_choice",
             the_group_that_can_be_listed_counts_and_else_the_one_that_is_there,
             what_is_no_answer_is_asked_again_after_a_rest,
             a_group_that_comes_later_is_found_and_the_old_choice_stands_until_then,
             a_question_under_way_is_taken_back, memory_that_runs_out_is_told)
