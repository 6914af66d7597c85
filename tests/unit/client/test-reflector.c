/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "libfedpol/base/check.h"
#include "tests/support/fake_api.h"
#include "tests/support/fp_test.h"

/* What the hooks were told: a table kept by mark and sweep, as the world keeps its own. */
typedef struct mirror {
    struct {
        char name[32];
        unsigned rv; /* 0: not there */
        bool seen;
    } rows[FAKE_MAX_OBJECTS];
    size_t n;
    bool listing;
    unsigned begins, ends, fails, changes;
    int fail_with; /* next objects are answered with this code */
    unsigned fail_count;
} mirror;

typedef struct bench {
    fake_api api;
    mirror mirror;
    fp_reflector *reflector;
    int64_t now;
    bool always_there;
} bench;

static int list_begins(void *user)
{
    mirror *m = user;

    m->listing = true;
    m->begins++;
    for (size_t i = 0; i < m->n; i++)
        m->rows[i].seen = false;
    return 0;
}

static int list_ends(void *user)
{
    mirror *m = user;

    ck_assert(m->listing);
    m->listing = false;
    m->ends++;
    for (size_t i = 0; i < m->n; i++)
        if (!m->rows[i].seen)
            m->rows[i].rv = 0;
    return 0;
}

static void list_fails(void *user)
{
    mirror *m = user;

    ck_assert(m->listing);
    m->listing = false;
    m->fails++;
}

static int take_object(void *user, const fp_wire_object *object)
{
    mirror *m = user;
    fp_str name = fp_value_get_str(fp_value_get(object->value, "metadata"), "name");
    fp_str rv = fp_value_get_str(fp_value_get(object->value, "metadata"), "resourceVersion");
    uint64_t number = 0;
    size_t i = 0;

    if (m->fail_count) {
        m->fail_count--;
        return m->fail_with;
    }
    ck_assert_str(object->kind, "Pod");
    ck_assert(fp_str_to_u64(rv, UINT32_MAX, &number));
    while (i < m->n && !fp_str_is(name, m->rows[i].name))
        i++;
    if (i == m->n)
        (void)snprintf(m->rows[m->n++].name, sizeof(m->rows[0].name), "%.*s", FP_STR_ARG(name));
    m->rows[i].rv = object->type == FP_WATCH_DELETED ? 0 : (unsigned)number;
    m->rows[i].seen = true;
    return 0;
}

static int take_bad(void *user, const fp_wire_object *where, const fedpol_error *error)
{
    (void)user;
    (void)where;
    (void)error;
    return 0;
}

static void changed(void *user)
{
    mirror *m = user;

    m->changes++;
}

static int bench_open(bench *b, bool streaming, uint32_t page)
{
    const fp_reflector_hooks hooks = {list_begins, list_ends, list_fails, take_object,
                                      take_bad,    changed,   &b->mirror};
    fp_transport transport = fake_api_transport(&b->api);
    fp_reflector_options options;

    fp_reflector_options_init(&options);
    options.path = "/api/v1/pods";
    options.api_version = "v1";
    options.kind = "Pod";
    options.page_size = page;
    options.streaming_lists = streaming;
    options.may_be_absent = !b->always_there;
    options.seed = 7;
    b->now = 1000;
    return fp_reflector_new(&options, &transport, &hooks, &b->reflector);
}

static void bench_init(bench *b, bool streaming, uint32_t page)
{
    memset(b, 0, sizeof(*b));
    fake_api_init(&b->api);
    for (int i = 0; i < 5; i++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "pod-%d", i);
        fake_api_put(&b->api, name);
    }
    ck_assert_int_eq(bench_open(b, streaming, page), 0);
}

static void bench_done(bench *b)
{
    b->reflector = fp_reflector_free(b->reflector);
}

static fp_reflector_status status_of(const bench *b)
{
    fp_reflector_status status;

    fp_reflector_get_status(b->reflector, &status);
    return status;
}

/* Lets time and the server go on for at most STEPS steps; stops where nothing is due but a watch.
 */
static void run(bench *b, unsigned steps)
{
    while (steps-- > 0) {
        int64_t due = fp_reflector_deadline_ms(b->reflector);

        if (due > b->now && due != INT64_MAX)
            b->now = due;
        (void)fp_reflector_poll(b->reflector, b->now);
        if (!fake_api_pump(&b->api) && status_of(b).current && b->api.open)
            break;
    }
}

static bool is_equal(const bench *b)
{
    size_t n = 0;
    size_t m = 0;

    for (size_t i = 0; i < b->api.n_rows; i++) {
        n += b->api.rows[i].rv != 0;
        for (size_t k = 0; b->api.rows[i].rv && k < b->mirror.n; k++)
            m += strcmp(b->mirror.rows[k].name, b->api.rows[i].name) == 0 &&
                 b->mirror.rows[k].rv == b->api.rows[i].rv;
    }
    if (n != m)
        return false;
    for (size_t k = 0; k < b->mirror.n; k++)
        m -= b->mirror.rows[k].rv != 0;
    return m == 0;
}

static void assert_equal_and_current(const bench *b, const char *what, long at)
{
    fp_reflector_status status = status_of(b);

    ck_assert_msg(status.current, "%s at %ld: not current: %s", what, at, status.message);
    ck_assert_msg(is_equal(b), "%s at %ld: other objects than the server's", what, at);
    ck_assert_msg(!b->mirror.listing, "%s at %ld: a list is open", what, at);
}

START_TEST(a_streaming_list_then_events_on_the_same_stream)
{
    bench b;

    bench_init(&b, true, 500);
    run(&b, 10);
    assert_equal_and_current(&b, "list", 0);
    fake_api_put(&b.api, "pod-9");
    fake_api_delete(&b.api, "pod-1");
    run(&b, 10);
    assert_equal_and_current(&b, "events", 0);
    ck_assert_uint_eq(b.api.streams, 1);
    ck_assert_uint_eq(b.api.lists + b.api.watches, 0);
    ck_assert_uint_eq(b.mirror.ends, 1);
    bench_done(&b);
}
END_TEST

START_TEST(without_streaming_lists_it_pages_and_watches)
{
    bench b;

    bench_init(&b, true, 2);
    b.api.streaming = false;
    run(&b, 20);
    assert_equal_and_current(&b, "list", 0);
    ck_assert_uint_eq(b.api.streams, 1);
    ck_assert_uint_eq(b.api.lists, 3); /* 2 + 2 + 1 */
    ck_assert_uint_eq(b.api.watches, 1);
    ck_assert_uint_eq(b.mirror.begins, 1);
    ck_assert(strstr(b.api.last_path, "resourceVersion=15"));
    bench_done(&b);
}
END_TEST

START_TEST(a_clean_end_of_a_watch_resumes_without_a_list)
{
    bench b;

    bench_init(&b, false, 500);
    run(&b, 10);
    fake_api_put(&b.api, "pod-7");
    run(&b, 10);
    b.now += 300000;
    (void)fp_reflector_poll(b.reflector, b.now);
    fake_api_end_watch(&b.api);
    fake_api_put(&b.api, "pod-8");
    ck_assert(status_of(&b).current); /* not even for a moment */
    run(&b, 10);
    assert_equal_and_current(&b, "resume", 0);
    ck_assert_uint_eq(b.api.lists, 1);
    ck_assert_uint_eq(b.api.watches, 2);
    ck_assert(strstr(b.api.last_path, "resourceVersion=16"));
    bench_done(&b);
}
END_TEST

START_TEST(what_is_no_event_is_passed_over_and_a_flood_of_it_ends_the_watch)
{
    static const char *const strangers[] = {"{}", "{\"kind\":\"Pod\"}\n", "{\"type\":\"ADDED\"} "};

    for (size_t i = 0; i < FP_ARRAY_LEN(strangers); i++) {
        fp_outcome outcome = {.failure = FP_FAILURE_SINK, .status = 200};
        fp_str text = fp_str_of(strangers[i]);
        size_t taken = 0;
        bench b;

        bench_init(&b, i % 2 == 0, 500);
        run(&b, 10);
        while (taken < 1000 && (outcome.sink_code = b.api.sink.body(b.api.sink.user, text)) == 0)
            taken++;
        ck_assert_int_eq(outcome.sink_code, FEDPOL_E_PARSE);
        ck_assert_uint_ge(taken, 10);
        ck_assert_uint_lt(taken, 100);
        b.api.open = false;
        b.api.sink.done(b.api.sink.user, &outcome);
        ck_assert_int_eq(status_of(&b).phase, FP_REFLECTOR_WAITING);
        ck_assert_str_ne(status_of(&b).message, "");
        fake_api_put(&b.api, "pod-9");
        run(&b, 10);
        assert_equal_and_current(&b, "flood", (long)i);
        ck_assert_uint_eq(b.mirror.begins, 1); /* it resumed */
        bench_done(&b);
    }
}
END_TEST

START_TEST(a_compacted_watch_lists_anew_and_forgets_what_went)
{
    bench b;

    bench_init(&b, false, 500);
    run(&b, 10);
    b.now += 300000;
    (void)fp_reflector_poll(b.reflector, b.now);
    fake_api_end_watch(&b.api);
    fake_api_delete(&b.api, "pod-2");
    fake_api_put(&b.api, "pod-6");
    fake_api_compact(&b.api);
    run(&b, 20);
    assert_equal_and_current(&b, "410", 0);
    ck_assert_uint_eq(b.api.lists, 2);
    ck_assert_uint_eq(status_of(&b).relists, 1);
    bench_done(&b);
}
END_TEST

START_TEST(an_expired_page_token_lists_at_once_and_newest)
{
    bench b;

    bench_init(&b, false, 2);
    b.api.tokens_expire = true;
    run(&b, 20);
    assert_equal_and_current(&b, "token", 0);
    ck_assert_uint_eq(b.api.lists, 3); /* a page, the refused one, all at once */
    ck_assert_uint_eq(b.mirror.fails, 1);
    bench_done(&b);
}
END_TEST

#define STATUS(code, reason)                                                                       \
    "{\"kind\":\"Status\",\"reason\":\"" reason                                                    \
    "\",\"message\":\"pods is refused\",\"code\":" #code "}"

static const struct {
    int code;
    const char *body;
    fp_reflector_phase phase;
    bool relists; /* if a watch got it */
} refusals[] = {
    {401, STATUS(401, "Unauthorized"), FP_REFLECTOR_UNAUTHORIZED, false},
    {403, STATUS(403, "Forbidden"), FP_REFLECTOR_FORBIDDEN, true},
    {404, "404 page not found\n", FP_REFLECTOR_WAITING, false},
    {404, "<html>not here</html>", FP_REFLECTOR_WAITING, false},
    {429, "Too many requests, please try again later.\n", FP_REFLECTOR_WAITING, false},
    {500, STATUS(500, "InternalError"), FP_REFLECTOR_WAITING, false},
    {502, "<html>bad gateway</html>", FP_REFLECTOR_WAITING, false},
    {503, "", FP_REFLECTOR_WAITING, false},
    {504, STATUS(504, "Timeout"), FP_REFLECTOR_WAITING, false},
    {302, "", FP_REFLECTOR_WAITING, false},
    {410, STATUS(410, "Expired"), FP_REFLECTOR_WATCHING, true},
    {400, STATUS(400, "BadRequest"), FP_REFLECTOR_WATCHING, true},
};

static void try_refusal(size_t i)
{
    bench b;

    bench_init(&b, false, 500);
    run(&b, 10);
    b.now += 300000;
    (void)fp_reflector_poll(b.reflector, b.now);
    fake_api_end_watch(&b.api);
    b.api.code = refusals[i].code;
    b.api.body = refusals[i].body;
    b.api.codes = 1;
    (void)fp_reflector_poll(b.reflector, b.now);
    (void)fake_api_pump(&b.api);
    ck_assert_msg(status_of(&b).phase == refusals[i].phase, "%d: phase %d", refusals[i].code,
                  (int)status_of(&b).phase);
    ck_assert(is_equal(&b));
    fake_api_delete(&b.api, "pod-0");
    run(&b, 30);
    assert_equal_and_current(&b, "afterwards", refusals[i].code);
    ck_assert_uint_eq(b.api.lists, refusals[i].relists ? 2 : 1);
    bench_done(&b);
}

START_TEST(each_refusal_of_a_watch_has_its_phase_and_keeps_the_data)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(refusals); i++)
        try_refusal(i);
}
END_TEST

#define PLAIN_404 "404 page not found\n"

static const struct {
    const char *name;
    bool complete; /* the kind was listed before */
    bool may_be_absent;
    unsigned times;
    const char *body;
    fp_reflector_phase phase;
    bool emptied;
} absences[] = {
    {"no such API", false, true, 1, PLAIN_404, FP_REFLECTOR_ABSENT, true},
    {"no such kind", false, true, 1, STATUS(404, "NotFound"), FP_REFLECTOR_ABSENT, true},
    {"a proxy's words", false, true, 4, "<html>404</html>", FP_REFLECTOR_WAITING, false},
    {"nothing said", false, true, 4, "", FP_REFLECTOR_WAITING, false},
    {"a kind of every server", false, false, 4, PLAIN_404, FP_REFLECTOR_WAITING, false},
    {"was there, once", true, true, 1, PLAIN_404, FP_REFLECTOR_WAITING, false},
    {"was there, twice", true, true, 2, PLAIN_404, FP_REFLECTOR_WAITING, false},
    {"was there, three times", true, true, 3, PLAIN_404, FP_REFLECTOR_ABSENT, true},
    {"was there, a kind of every server", true, false, 9, PLAIN_404, FP_REFLECTOR_WAITING, false},
};

static void try_absence(size_t i)
{
    bench b;

    bench_init(&b, false, 500);
    b.reflector = fp_reflector_free(b.reflector);
    b.always_there = !absences[i].may_be_absent;
    ck_assert_int_eq(bench_open(&b, false, 500), 0);
    if (absences[i].complete) {
        run(&b, 10);
        fake_api_end_watch(&b.api);
    }
    b.api.code = 404;
    b.api.body = absences[i].body;
    b.api.codes = absences[i].times;
    for (unsigned n = 0; n < 4 * absences[i].times && b.api.codes; n++)
        run(&b, 1);
    ck_assert_msg(status_of(&b).phase == absences[i].phase, "%s: phase %d", absences[i].name,
                  (int)status_of(&b).phase);
    ck_assert_msg(status_of(&b).complete == (absences[i].emptied || absences[i].complete), "%s",
                  absences[i].name);
    ck_assert_uint_eq(b.mirror.ends,
                      (absences[i].complete ? 1u : 0u) + (absences[i].emptied ? 1u : 0u));
    run(&b, 30);
    assert_equal_and_current(&b, absences[i].name, 0);
    bench_done(&b);
}

START_TEST(only_what_is_surely_absent_is_taken_for_empty)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(absences); i++)
        try_absence(i);
}
END_TEST

START_TEST(what_the_server_said_is_kept_for_people)
{
    bench b;

    bench_init(&b, false, 500);
    b.api.code = 403;
    b.api.body = STATUS(403, "Forbidden");
    b.api.codes = 1;
    (void)fp_reflector_poll(b.reflector, b.now);
    (void)fake_api_pump(&b.api);
    ck_assert_str_eq(status_of(&b).message, "pods is refused");
    ck_assert_int_eq(status_of(&b).http_status, 403);
    run(&b, 20);
    ck_assert_str_eq(status_of(&b).message, "");
    bench_done(&b);
}
END_TEST

START_TEST(retry_after_is_waited_for)
{
    bench b;

    bench_init(&b, false, 500);
    b.api.code = 429;
    b.api.body = "";
    b.api.codes = 1;
    b.api.retry_after_ms = 7000;
    (void)fp_reflector_poll(b.reflector, b.now);
    (void)fake_api_pump(&b.api);
    ck_assert_int_eq(fp_reflector_deadline_ms(b.reflector) - b.now, 7000);
    bench_done(&b);
}
END_TEST

START_TEST(renewed_credentials_end_the_wait_at_the_same_version)
{
    bench b;

    bench_init(&b, false, 500);
    run(&b, 10);
    b.now += 300000;
    (void)fp_reflector_poll(b.reflector, b.now);
    fake_api_end_watch(&b.api);
    b.api.code = 401;
    b.api.body = "";
    b.api.codes = 1;
    (void)fp_reflector_poll(b.reflector, b.now);
    (void)fake_api_pump(&b.api);
    ck_assert_int_gt(fp_reflector_deadline_ms(b.reflector), b.now);
    fp_reflector_renewed(b.reflector);
    ck_assert_int_le(fp_reflector_deadline_ms(b.reflector), b.now);
    run(&b, 10);
    assert_equal_and_current(&b, "renewed", 0);
    ck_assert_uint_eq(b.api.lists, 1);
    ck_assert(strstr(b.api.last_path, "resourceVersion=15"));
    bench_done(&b);
}
END_TEST

START_TEST(a_server_that_is_not_reached_costs_no_list)
{
    bench b;

    bench_init(&b, false, 500);
    run(&b, 10);
    b.now += 300000;
    (void)fp_reflector_poll(b.reflector, b.now);
    fake_api_end_watch(&b.api);
    b.api.failure = FP_FAILURE_CONNECT;
    b.api.failures = 6;
    (void)fp_reflector_poll(b.reflector, b.now);
    (void)fake_api_pump(&b.api);
    ck_assert(!status_of(&b).current && status_of(&b).complete && is_equal(&b));
    fake_api_put(&b.api, "pod-3");
    run(&b, 40);
    assert_equal_and_current(&b, "reached", 0);
    ck_assert_uint_eq(b.api.lists, 1);
    bench_done(&b);
}
END_TEST

START_TEST(objects_that_could_not_be_kept_are_listed_again)
{
    bench b;

    bench_init(&b, false, 500);
    run(&b, 10);
    b.mirror.fail_with = FEDPOL_E_NOMEM;
    b.mirror.fail_count = 1;
    fake_api_put(&b.api, "pod-lost");
    run(&b, 30);
    assert_equal_and_current(&b, "memory", 0);
    ck_assert_uint_eq(b.api.lists, 2);
    bench_done(&b);
}
END_TEST

START_TEST(in_doubt_everything_is_listed_anew)
{
    bench b;

    bench_init(&b, true, 500);
    run(&b, 10);
    fp_reflector_relist(b.reflector);
    ck_assert(!status_of(&b).current);
    fake_api_delete(&b.api, "pod-4");
    run(&b, 10);
    assert_equal_and_current(&b, "relist", 0);
    ck_assert_uint_eq(b.mirror.ends, 2);
    bench_done(&b);
}
END_TEST

/* One try: the answer to the first request is ended after byte AT. */
static void cut_list(bool streaming, uint32_t page, size_t chunk, long at, fake_end end)
{
    bench b;

    bench_init(&b, streaming, page);
    b.api.chunk = chunk;
    b.api.cut = at;
    b.api.cut_end = end;
    run(&b, 60);
    assert_equal_and_current(&b, "cut list", at);
    bench_done(&b);
}

/* A little more than the four events of the burst have. */
#define BURST_LENGTH 520

static void cut_burst(size_t chunk, long at, fake_end end)
{
    bench b;

    bench_init(&b, false, 500);
    b.api.chunk = chunk;
    run(&b, 10);
    fake_api_put(&b.api, "pod-2");
    fake_api_delete(&b.api, "pod-3");
    fake_api_put(&b.api, "pod-new");
    fake_api_put(&b.api, "pod-3");
    b.api.cut = at;
    b.api.cut_end = end;
    (void)fake_api_pump(&b.api);
    run(&b, 60);
    assert_equal_and_current(&b, "cut burst", at);
    ck_assert_uint_eq(b.api.lists, 1); /* a watch goes on without a list */
    bench_done(&b);
}

START_TEST(a_cut_at_every_byte_ends_in_the_servers_state)
{
    static const size_t chunks[] = {0, 1, 7};
    bench b;
    long list_len;
    long stream_len;
    unsigned tries = 0;

    bench_init(&b, true, 500);
    list_len = (long)fake_api_answer_length(&b.api, false);
    stream_len = (long)fake_api_answer_length(&b.api, true);
    bench_done(&b);
    for (size_t c = 0; c < FP_ARRAY_LEN(chunks); c++) {
        for (fake_end end = 0; end < FAKE_ENDS; end++) {
            for (long at = 0; at < list_len; at++, tries++)
                cut_list(false, 500, chunks[c], at, end);
            for (long at = 0; at < list_len / 2; at++, tries++)
                cut_list(false, 2, chunks[c], at, end);
            for (long at = 0; at < stream_len; at++, tries++)
                cut_list(true, 500, chunks[c], at, end);
            for (long at = 0; at < BURST_LENGTH; at++, tries++)
                cut_burst(chunks[c], at, end);
        }
    }
    ck_assert_uint_gt(tries, 1000);
    (void)fprintf(stderr, "# %u cuts\n", tries);
}
END_TEST

static int oom_scenario(void *user)
{
    bench *b = user;
    int r;

    memset(&b->mirror, 0, sizeof(b->mirror));
    fake_api_init(&b->api);
    for (int i = 0; i < 3; i++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "pod-%d", i);
        fake_api_put(&b->api, name);
    }
    r = bench_open(b, false, 2);
    if (r < 0)
        return r;
    for (int i = 0; i < 6 && r == 0; i++) {
        b->now += 60000;
        r = fp_reflector_poll(b->reflector, b->now);
        (void)fake_api_pump(&b->api);
    }
    if (r == 0 && status_of(b).code)
        r = status_of(b).code == FEDPOL_E_NOMEM ? FEDPOL_E_NOMEM : FEDPOL_E_INTERNAL;
    b->reflector = fp_reflector_free(b->reflector);
    return r;
}

START_TEST(lack_of_memory_leaks_nothing)
{
    static bench b;

    fp_test_oom(oom_scenario, &b);
}
END_TEST

FP_TEST_MAIN("client/reflector", a_streaming_list_then_events_on_the_same_stream,
             without_streaming_lists_it_pages_and_watches,
             a_clean_end_of_a_watch_resumes_without_a_list,
             what_is_no_event_is_passed_over_and_a_flood_of_it_ends_the_watch,
             a_compacted_watch_lists_anew_and_forgets_what_went,
             an_expired_page_token_lists_at_once_and_newest,
             each_refusal_of_a_watch_has_its_phase_and_keeps_the_data,
             only_what_is_surely_absent_is_taken_for_empty, what_the_server_said_is_kept_for_people,
             retry_after_is_waited_for, renewed_credentials_end_the_wait_at_the_same_version,
             a_server_that_is_not_reached_costs_no_list,
             objects_that_could_not_be_kept_are_listed_again, in_doubt_everything_is_listed_anew,
             a_cut_at_every_byte_ends_in_the_servers_state, lack_of_memory_leaks_nothing)
