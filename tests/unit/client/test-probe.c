/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/probe.h"

#include <string.h>

#include "libfedpol/base/buf.h"
#include "libfedpol/base/check.h"
#include "tests/support/fake_transport.h"
#include "tests/support/fp_test.h"

#define OBJECT(uid)                                                                                \
    "{\"kind\":\"Namespace\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"kube-system\","        \
    "\"uid\":" uid "}}"

static const struct probe_row {
    int status;
    const char *body;
    const char *uid;
} rows[] = {
    {200, OBJECT("\"6c0a-11\""), "6c0a-11"},
    {200, OBJECT("\"\""), ""},
    {200, OBJECT("7"), ""},
    {200, OBJECT("\"a b\""), ""},
    {200, OBJECT("\"a\\u0000b\""), ""},
    {200, OBJECT("\"0123456789012345678901234567890123456789012345678901234567890123\""),
     "0123456789012345678901234567890123456789012345678901234567890123"},
    {200, OBJECT("\"01234567890123456789012345678901234567890123456789012345678901234\""), ""},
    {200, "{\"kind\":\"Namespace\",\"apiVersion\":\"v1\",\"metadata\":{}}", ""},
    {403, OBJECT("\"not-for-you\""), ""},
    {404, "404 page not found", ""},
};

START_TEST(an_answer_gives_status_and_uid)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(rows); i++) {
        fake_transport fake = {0};
        fp_transport transport = fake_transport_of(&fake);
        fp_probe probe = {0};

        ck_assert_int_eq(fp_probe_ask(&probe, &transport, "/api/v1/x", &fp_wire_default_limits), 0);
        ck_assert(!probe.done);
        fake_transport_answer(&fake, 0, rows[i].status, -1, rows[i].body);
        ck_assert(probe.done);
        ck_assert_int_eq(probe.status, rows[i].status);
        ck_assert_str_eq(probe.uid, rows[i].uid);
        ck_assert_str_eq(probe.trouble, "");
        fp_probe_done(&probe);
    }
}
END_TEST

START_TEST(what_is_no_answer_says_why)
{
    char words[2 * FP_PROBE_TROUBLE_MAX] = {0};
    fake_transport fake = {0};
    fp_transport transport = fake_transport_of(&fake);
    fp_probe probe = {0};

    memset(words, 'w', sizeof(words) - 1);
    ck_assert_int_eq(fp_probe_ask(&probe, &transport, "/api/v1/x", &fp_wire_default_limits), 0);
    fake_transport_fail(&fake, 0, 200, "{\"kind\":", FP_FAILURE_CUT, words);
    ck_assert(probe.done);
    ck_assert_int_eq(probe.status, 0);
    ck_assert_uint_eq(strlen(probe.trouble), FP_PROBE_TROUBLE_MAX);
    /* And the next question forgets it. */
    ck_assert_int_eq(fp_probe_ask(&probe, &transport, "/api/v1/x", &fp_wire_default_limits), 0);
    fake_transport_answer(&fake, 1, 200, -1, rows[0].body);
    ck_assert_str_eq(probe.trouble, "");
    ck_assert_str_eq(probe.uid, rows[0].uid);
    fp_probe_done(&probe);
}
END_TEST

START_TEST(an_answer_without_end_or_sense_is_told_as_that)
{
    static const struct row {
        const char *piece;
        size_t times;
        const char *trouble;
    } rows_of_text[] = {
        {"                                                                ", 17000,
         "a short answer was expected, and one without end came"},
        {"no object", 1, "the input does not follow its grammar"},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(rows_of_text); i++) {
        fp_cleanup_buf fp_buf body = {0};
        fake_transport fake = {0};
        fp_transport transport = fake_transport_of(&fake);
        fp_probe probe = {0};

        for (size_t n = 0; n < rows_of_text[i].times; n++)
            fp_buf_puts(&body, rows_of_text[i].piece);
        ck_assert_int_eq(fp_probe_ask(&probe, &transport, "/api/v1/x", &fp_wire_default_limits), 0);
        fake_transport_answer(&fake, 0, 200, -1, body.data);
        ck_assert_str_eq(probe.trouble, rows_of_text[i].trouble);
        ck_assert_int_eq(probe.status, 0);
        fp_probe_done(&probe);
    }
}
END_TEST

START_TEST(a_question_under_way_is_taken_back)
{
    fake_transport fake = {0};
    fp_transport transport = fake_transport_of(&fake);
    fp_probe probe = {0};

    fp_probe_done(&probe); /* nothing was asked */
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(fp_probe_ask(&probe, &transport, "/api/v1/x", &fp_wire_default_limits), 0);
    ck_assert_uint_eq(fake_transport_open(&fake), 1);
    fp_probe_done(&probe);
    ck_assert_uint_eq(fake_transport_open(&fake), 0);
    ck_assert_uint_eq(fake.cancelled, 2);
}
END_TEST

static int ask(void *user)
{
    fake_transport fake = {0};
    fp_transport transport = fake_transport_of(&fake);
    fp_probe probe = {0};
    int r;

    (void)user;
    r = fp_probe_ask(&probe, &transport, "/api/v1/x", &fp_wire_default_limits);
    if (r == 0) {
        fake_transport_answer(&fake, 0, 200, -1, rows[0].body);
        r = probe.status == 200 && probe.uid[0] ? 0 : FEDPOL_E_NOMEM;
    }
    fp_probe_done(&probe);
    return r;
}

START_TEST(memory_that_runs_out_leaves_no_half_answer)
{
    fp_test_oom(ask, NULL);
}
END_TEST

FP_TEST_MAIN("client/probe", an_answer_gives_status_and_uid, what_is_no_answer_says_why,
             an_answer_without_end_or_sense_is_told_as_that, a_question_under_way_is_taken_back,
             memory_that_runs_out_leaves_no_half_answer)
