/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/credential.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libfedpol/base/check.h"
#include "tests/support/fp_folder.h"
#include "tests/support/fp_test.h"

#define V1 "client.authentication.k8s.io/v1"
#define CERT "-----BEGIN CERTIFICATE-----"
#define KEY "-----BEGIN PRIVATE KEY-----"
#define NOON 1795435200 /* 2026-11-23T12:00:00Z */

/* Shell text that prints an answer with these members of its status. */
#define ANSWER(members)                                                                            \
    "printf '%s' '{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":{" members     \
    "}}'\n"
/* Each run leaves a byte in this file, beside the script. */
#define COUNT "printf x >>\"${0%/*}/runs\"\n"

typedef struct fixture {
    fp_folder folder;
    fp_client_config config;
    fp_credential *credential;
    size_t fds;
} fixture;

static size_t count_fds(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t n = 0;

    while (readdir(folder))
        n++;
    (void)closedir(folder);
    return n;
}

static fp_str path_in(const fixture *f, const char *name, char path[512])
{
    (void)snprintf(path, 512, "%s/%s", f->folder.path, name);
    return fp_str_of(path);
}

static void begin(fixture *f)
{
    *f = (fixture){.fds = count_fds()};
    fp_folder_make(&f->folder);
    ck_assert_int_eq(fp_secret_set(&f->config.server, FP_STR("https://a")), 0);
}

static void begin_file(fixture *f, const char *text)
{
    char path[512];

    begin(f);
    if (text)
        fp_folder_put(&f->folder, "token", text);
    ck_assert_int_eq(fp_secret_set(&f->config.token_file, path_in(f, "token", path)), 0);
}

static fp_exec_config *plugin_of(fp_str path)
{
    fp_exec_config *exec = fp_alloc_zero(1, sizeof(*exec));

    ck_assert_ptr_nonnull(exec);
    ck_assert_int_eq(fp_secret_set(&exec->command, FP_STR("sh")), 0);
    ck_assert_int_eq(fp_secret_set(&exec->api_version, FP_STR(V1)), 0);
    ck_assert_int_eq(fp_string_vec_add(&exec->args, path), 0);
    return exec;
}

static void begin_plugin(fixture *f, const char *script)
{
    char path[512];

    begin(f);
    fp_folder_put(&f->folder, "plugin", script);
    f->config.exec = plugin_of(path_in(f, "plugin", path));
}

static void start(fixture *f)
{
    ck_assert_int_eq(fp_credential_new(&f->config, &f->credential), 0);
}

/* Ends it; nothing of it is left: no descriptor, no child. */
static void end(fixture *f)
{
    f->credential = fp_credential_free(f->credential);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
    ck_assert_uint_eq(count_fds(), f->fds);
    fp_client_config_done(&f->config);
    fp_folder_remove(&f->folder);
}

static size_t runs(const fixture *f)
{
    char path[512];
    FILE *file = fopen(path_in(f, "runs", path).ptr, "r");
    size_t n = 0;

    while (file && fgetc(file) != EOF)
        n++;
    if (file)
        (void)fclose(file);
    return n;
}

static int64_t real_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * Polls at one and the same time of the test's clock until no plugin runs any more: while one does
 * the deadline is near, afterwards a second away at least. The last result.
 */
static int settle(const fixture *f, int64_t now_ms, int64_t now_unix_s, fedpol_error **ret_error)
{
    int64_t give_up = real_ms() + 60000;
    int r = fp_credential_poll(f->credential, now_ms, now_unix_s, ret_error);

    while (fp_credential_deadline_ms(f->credential) < now_ms + 500) {
        struct pollfd fd = {fp_credential_get_fd(f->credential), POLLIN, 0};

        ck_assert_msg(real_ms() < give_up, "the plugin does not come to an end");
        (void)poll(&fd, 1, 5);
        *ret_error = fedpol_error_free(*ret_error);
        r = fp_credential_poll(f->credential, now_ms, now_unix_s, ret_error);
    }
    return r;
}

static int settle_quietly(const fixture *f, int64_t now_ms, int64_t now_unix_s)
{
    fedpol_error *error = NULL;
    int r = settle(f, now_ms, now_unix_s, &error);

    fedpol_error_free(error);
    return r;
}

static void check_authorization(const fixture *f, const char *expected)
{
    const char *got = fp_credential_authorization(f->credential);

    ck_assert_msg((!got && !expected) || (got && expected && strcmp(got, expected) == 0),
                  "got '%s', expected '%s'", got ? got : "(none)", expected ? expected : "(none)");
}

/* --- what stands in the config --- */

START_TEST(a_token_of_the_config_stays_as_it_is)
{
    static const struct {
        const char *token;
        const char *authorization;
    } cases[] = {{"abc", "Bearer abc"}, {NULL, NULL}};

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        fixture f;
        uint64_t generation;

        begin(&f);
        ck_assert_int_eq(fp_secret_set(&f.config.token, fp_str_of(cases[i].token)), 0);
        if (!cases[i].token)
            ck_assert_int_eq(fp_secret_set(&f.config.token, FP_STR_NULL), 0);
        start(&f);
        ck_assert_int_eq(fp_credential_poll(f.credential, 0, NOON, NULL), 1);
        check_authorization(&f, cases[i].authorization);
        generation = fp_credential_generation(f.credential);
        fp_credential_rejected(f.credential, generation, 10);
        ck_assert_int_eq(fp_credential_deadline_ms(f.credential), INT64_MAX);
        ck_assert_int_eq(fp_credential_poll(f.credential, 90000, NOON + 90, NULL), 1);
        ck_assert_uint_eq(fp_credential_generation(f.credential), generation);
        ck_assert_int_eq(fp_credential_get_fd(f.credential), -1);
        end(&f);
    }
}
END_TEST

/* --- token files --- */

START_TEST(a_token_file_is_read_again_when_it_is_old)
{
    fixture f;
    uint64_t generation;

    begin_file(&f, " \n one\n");
    start(&f);
    ck_assert_int_eq(fp_credential_poll(f.credential, 0, NOON, NULL), 1);
    check_authorization(&f, "Bearer one");
    generation = fp_credential_generation(f.credential);
    fp_folder_put(&f.folder, "token", "two");
    ck_assert_int_eq(fp_credential_poll(f.credential, 49999, NOON, NULL), 1);
    check_authorization(&f, "Bearer one");
    ck_assert_uint_eq(fp_credential_generation(f.credential), generation);
    ck_assert_int_eq(fp_credential_deadline_ms(f.credential), 50000);
    ck_assert_int_eq(fp_credential_poll(f.credential, 50000, NOON, NULL), 1);
    check_authorization(&f, "Bearer two");
    ck_assert_uint_ne(fp_credential_generation(f.credential), generation);
    end(&f);
}
END_TEST

START_TEST(the_same_token_again_is_no_change)
{
    fixture f;
    uint64_t generation;

    begin_file(&f, "one");
    start(&f);
    ck_assert_int_eq(fp_credential_poll(f.credential, 0, NOON, NULL), 1);
    generation = fp_credential_generation(f.credential);
    ck_assert_int_eq(fp_credential_poll(f.credential, 60000, NOON, NULL), 1);
    ck_assert_int_eq(fp_credential_deadline_ms(f.credential), 110000); /* it was read */
    ck_assert_uint_eq(fp_credential_generation(f.credential), generation);
    end(&f);
}
END_TEST

/* What a token file may hold that is no token; the old one goes on. */
static const char *const no_tokens[] = {"",
                                        " \n\t",
                                        "se cret",
                                        "secret\nX-Evil: 1",
                                        "secret\x01",
                                        "s\xc3\xa9"
                                        "cret",
                                        NULL};

START_TEST(a_token_file_that_holds_none_keeps_the_old_one)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(no_tokens); i++) {
        fedpol_error *error = NULL;
        fixture f;
        char path[512];

        begin_file(&f, "one");
        start(&f);
        ck_assert_int_eq(fp_credential_poll(f.credential, 0, NOON, NULL), 1);
        if (no_tokens[i])
            fp_folder_put(&f.folder, "token", no_tokens[i]);
        else
            ck_assert_int_eq(unlink(path_in(&f, "token", path).ptr), 0);
        ck_assert_int_eq(fp_credential_poll(f.credential, 50000, NOON, &error), 1);
        check_authorization(&f, "Bearer one");
        ck_assert_int_eq(fp_credential_deadline_ms(f.credential), 51000);
        ck_assert_ptr_null(strstr(fedpol_error_get_message(error), "cret"));
        error = fedpol_error_free(error);
        fp_folder_put(&f.folder, "token", "two");
        ck_assert_int_eq(fp_credential_poll(f.credential, 51000, NOON, NULL), 1);
        check_authorization(&f, "Bearer two");
        end(&f);
    }
}
END_TEST

START_TEST(without_any_token_a_bad_file_is_a_failure)
{
    fedpol_error *error = NULL;
    fixture f;

    begin_file(&f, " ");
    start(&f);
    ck_assert_int_eq(fp_credential_poll(f.credential, 0, NOON, &error), FEDPOL_E_INVALID);
    ck_assert_ptr_nonnull(strstr(fedpol_error_get_message(error), "empty"));
    error = fedpol_error_free(error);
    check_authorization(&f, NULL);
    end(&f);
}
END_TEST

START_TEST(the_token_of_the_config_serves_until_the_file_is_there)
{
    fixture f;

    begin_file(&f, NULL);
    ck_assert_int_eq(fp_secret_set(&f.config.token, FP_STR("start")), 0);
    start(&f);
    ck_assert_int_eq(settle_quietly(&f, 0, NOON), 1);
    check_authorization(&f, "Bearer start");
    fp_folder_put(&f.folder, "token", "one");
    ck_assert_int_eq(fp_credential_poll(f.credential, 1000, NOON, NULL), 1);
    check_authorization(&f, "Bearer one");
    end(&f);
}
END_TEST

START_TEST(a_rejected_token_file_is_read_at_once_but_once_a_second)
{
    fixture f;
    uint64_t first;

    begin_file(&f, "one");
    start(&f);
    ck_assert_int_eq(fp_credential_poll(f.credential, 0, NOON, NULL), 1);
    first = fp_credential_generation(f.credential);
    fp_folder_put(&f.folder, "token", "two");
    fp_credential_rejected(f.credential, first, 300);
    ck_assert_int_eq(fp_credential_deadline_ms(f.credential), 1000);
    ck_assert_int_eq(fp_credential_poll(f.credential, 999, NOON, NULL), 1);
    check_authorization(&f, "Bearer one");
    ck_assert_int_eq(fp_credential_poll(f.credential, 1000, NOON, NULL), 1);
    check_authorization(&f, "Bearer two");
    /* Others that went with the old one come back later: it was renewed since. */
    fp_credential_rejected(f.credential, first, 5000);
    ck_assert_int_eq(fp_credential_deadline_ms(f.credential), 51000);
    fp_credential_rejected(f.credential, fp_credential_generation(f.credential), 5000);
    ck_assert_int_eq(fp_credential_deadline_ms(f.credential), 5000);
    end(&f);
}
END_TEST

/* --- plugins --- */

START_TEST(a_plugin_gives_what_it_answers)
{
    static const struct {
        const char *script;
        const char *authorization;
        const char *cert;
        const char *key;
    } cases[] = {
        {ANSWER("\"token\":\"abc\""), "Bearer abc", NULL, NULL},
        {"sleep 0.2; " ANSWER("\"token\":\"slow\""), "Bearer slow", NULL, NULL},
        {"sleep 300 & " ANSWER("\"token\":\"child\"") "kill $!", "Bearer child", NULL, NULL},
        {ANSWER("\"clientCertificateData\":\"" CERT "\",\"clientKeyData\":\"" KEY "\""), NULL, CERT,
         KEY},
        {ANSWER("\"token\":\"abc\",\"clientCertificateData\":\"" CERT "\",\"clientKeyData\":\"" KEY
                "\""),
         "Bearer abc", CERT, KEY},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        fixture f;
        int r;

        begin_plugin(&f, cases[i].script);
        start(&f);
        r = settle_quietly(&f, 0, NOON);
        ck_assert_msg(r == 1, "%zu: %d", i, r);
        check_authorization(&f, cases[i].authorization);
        ck_assert_pstr_eq(fp_credential_cert_pem(f.credential), cases[i].cert);
        ck_assert_pstr_eq(fp_credential_key_pem(f.credential), cases[i].key);
        ck_assert_int_eq(fp_credential_deadline_ms(f.credential), INT64_MAX);
        end(&f);
    }
}
END_TEST

START_TEST(a_plugin_is_not_waited_for)
{
    fixture f;

    begin_plugin(&f, "sleep 300");
    start(&f);
    ck_assert_int_eq(fp_credential_poll(f.credential, 0, NOON, NULL), 0);
    ck_assert_int_ge(fp_credential_get_fd(f.credential), 0);
    check_authorization(&f, NULL);
    end(&f); /* ends the plugin too */
}
END_TEST

START_TEST(a_plugin_that_fails_is_told_and_run_again_later)
{
    static const struct {
        const char *script;
        int code;
        const char *says;
    } cases[] = {
        {"echo secret; exit 1", FEDPOL_E_IO, "exited with status 1"},
        {"echo secret", FEDPOL_E_PARSE, "no JSON"},
        {"while :; do echo secretsecretsecretsecretsecretsecret; done", FEDPOL_E_TOO_LONG, "bytes"},
        {"echo "
         "'{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\","
         "\"status\":{\"token\":\"secret\"}}'",
         FEDPOL_E_PARSE, "another apiVersion"},
        {ANSWER("\"clientKeyData\":\"" KEY "secret\""), FEDPOL_E_PARSE, "alone"},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        fedpol_error *error = NULL;
        const char *message;
        fixture f;
        int r;

        begin_plugin(&f, cases[i].script);
        start(&f);
        r = settle(&f, 0, NOON, &error);
        message = fedpol_error_get_message(error);
        ck_assert_msg(r == cases[i].code && strstr(message, cases[i].says), "%zu: %d %s", i, r,
                      message);
        ck_assert_ptr_null(strstr(message, "secret"));
        error = fedpol_error_free(error);
        ck_assert_int_eq(fp_credential_deadline_ms(f.credential), 1000);
        /* The way out: the plugin is put right. */
        fp_folder_put(&f.folder, "plugin", ANSWER("\"token\":\"good\""));
        ck_assert_int_eq(settle_quietly(&f, 1000, NOON), 1);
        check_authorization(&f, "Bearer good");
        end(&f);
    }
}
END_TEST

START_TEST(between_two_tries_the_failure_stands)
{
    fedpol_error *error = NULL;
    fixture f;

    begin_plugin(&f, COUNT "exit 1");
    start(&f);
    ck_assert_int_eq(settle_quietly(&f, 0, NOON), FEDPOL_E_IO);
    ck_assert_int_eq(fp_credential_poll(f.credential, 999, NOON, &error), FEDPOL_E_IO);
    ck_assert_ptr_null(error); /* told once */
    ck_assert_uint_eq(runs(&f), 1);
    end(&f);
}
END_TEST

START_TEST(the_pauses_between_failures_grow_up_to_a_bound)
{
    static const int64_t pauses[] = {1000, 2000, 4000, 8000, 16000, 30000, 30000};
    fixture f;
    int64_t now_ms = 0;

    begin_plugin(&f, COUNT "exit 1");
    start(&f);
    for (size_t i = 0; i < FP_ARRAY_LEN(pauses); i++) {
        ck_assert_int_eq(settle_quietly(&f, now_ms, NOON), FEDPOL_E_IO);
        ck_assert_uint_eq(runs(&f), i + 1);
        ck_assert_int_eq(fp_credential_deadline_ms(f.credential), now_ms + pauses[i]);
        now_ms += pauses[i];
    }
    fp_folder_put(&f.folder, "plugin", ANSWER("\"token\":\"good\""));
    ck_assert_int_eq(settle_quietly(&f, now_ms, NOON), 1);
    fp_folder_put(&f.folder, "plugin", "exit 1");
    fp_credential_rejected(f.credential, fp_credential_generation(f.credential), now_ms + 5000);
    ck_assert_int_eq(settle_quietly(&f, now_ms + 5000, NOON), 1); /* the old one is still there */
    ck_assert_int_eq(fp_credential_deadline_ms(f.credential), now_ms + 6000);
    end(&f);
}
END_TEST

/* Whether PID is there and is no zombie that only its new parent has to reap. */
static bool is_alive(int pid)
{
    char path[64];
    char state = 'X';
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    file = fopen(path, "r");
    if (!file)
        return false;
    if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
        state = 'X';
    (void)fclose(file);
    return state != 'X' && state != 'Z';
}

START_TEST(a_plugin_that_hangs_is_ended_with_its_children)
{
    fedpol_error *error = NULL;
    char path[512];
    int64_t give_up = real_ms() + 60000;
    FILE *file;
    int child = 0;
    fixture f;
    int r;

    begin_plugin(&f, "sleep 300 & echo $! >\"${0%/*}/pid.new\"\n"
                     "mv \"${0%/*}/pid.new\" \"${0%/*}/pid\"; wait");
    start(&f);
    ck_assert_int_eq(fp_credential_poll(f.credential, 0, NOON, NULL), 0);
    while (!(file = fopen(path_in(&f, "pid", path).ptr, "r"))) {
        ck_assert(real_ms() < give_up);
        (void)poll(NULL, 0, 5);
    }
    ck_assert_int_eq(fscanf(file, "%d", &child), 1);
    (void)fclose(file);
    ck_assert(is_alive(child));
    ck_assert_int_eq(fp_credential_poll(f.credential, 59999, NOON, NULL), 0);
    r = fp_credential_poll(f.credential, 60000, NOON, &error);
    ck_assert_int_eq(r, FEDPOL_E_IO);
    ck_assert_ptr_nonnull(strstr(fedpol_error_get_message(error), "took longer"));
    error = fedpol_error_free(error);
    while (is_alive(child) && real_ms() < give_up)
        (void)poll(NULL, 0, 5);
    ck_assert(!is_alive(child));
    end(&f);
}
END_TEST

START_TEST(what_expires_is_renewed_before_its_end)
{
    static const struct {
        const char *expires;
        int64_t due_ms; /* from the answer on */
    } cases[] = {
        {"2026-11-23T12:01:00Z", 50000},
        {"2026-11-23T14:01:00+02:00", 50000},
        {"2026-11-23T13:00:00.999Z", 3590000},
        {"2026-11-23T12:00:05Z", 30000}, /* nearly over: not run again and again */
        {"2020-01-01T00:00:00Z", 30000},
        {"9999-12-31T23:59:59Z", (253402300799 - NOON - 10) * 1000},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        char script[512];
        int64_t due;
        fixture f;

        (void)snprintf(script, sizeof(script),
                       "%sprintf '{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1
                       "\",\"status\":{\"token\":\"t'$(wc -c <\"${0%%/*}/runs\")'\","
                       "\"expirationTimestamp\":\"%s\"}}'",
                       COUNT, cases[i].expires);
        begin_plugin(&f, script);
        start(&f);
        ck_assert_int_eq(settle_quietly(&f, 700, NOON), 1);
        check_authorization(&f, "Bearer t1");
        due = fp_credential_deadline_ms(f.credential);
        ck_assert_msg(due == 700 + cases[i].due_ms, "%zu: %lld", i, (long long)due);
        ck_assert_int_eq(settle_quietly(&f, due - 501, NOON), 1);
        ck_assert_uint_eq(runs(&f), 1);
        ck_assert_int_eq(settle_quietly(&f, due, NOON), 1);
        check_authorization(&f, "Bearer t2");
        end(&f);
    }
}
END_TEST

START_TEST(the_old_token_serves_while_the_plugin_runs_again)
{
    fixture f;

    begin_plugin(&f, ANSWER("\"token\":\"one\",\"expirationTimestamp\":\"2026-11-23T12:01:00Z\""));
    start(&f);
    ck_assert_int_eq(settle_quietly(&f, 0, NOON), 1);
    fp_folder_put(&f.folder, "plugin", "sleep 300");
    ck_assert_int_eq(fp_credential_poll(f.credential, 50000, NOON + 50, NULL), 1);
    ck_assert_int_ge(fp_credential_get_fd(f.credential), 0);
    check_authorization(&f, "Bearer one");
    end(&f);
}
END_TEST

START_TEST(many_rejections_run_the_plugin_once)
{
    uint64_t generation;
    fixture f;

    begin_plugin(&f, COUNT "read x <\"${0%/*}/go\"\n" ANSWER("\"token\":\"'$x'\""));
    fp_folder_put(&f.folder, "go", "one\n");
    start(&f);
    ck_assert_int_eq(settle_quietly(&f, 0, NOON), 1);
    generation = fp_credential_generation(f.credential);
    fp_folder_put(&f.folder, "go", "two\n");
    for (int64_t now_ms = 10000; now_ms < 10100; now_ms++) {
        fp_credential_rejected(f.credential, generation, now_ms);
        ck_assert_int_eq(fp_credential_poll(f.credential, now_ms, NOON, NULL), 1);
    }
    ck_assert_int_eq(settle_quietly(&f, 10100, NOON), 1);
    check_authorization(&f, "Bearer two");
    fp_credential_rejected(f.credential, generation, 20000);
    ck_assert_int_eq(settle_quietly(&f, 20000, NOON), 1);
    ck_assert_uint_eq(runs(&f), 2);
    end(&f);
}
END_TEST

START_TEST(rejections_do_not_shorten_the_pause_after_a_failure)
{
    fixture f;

    begin_plugin(&f, ANSWER("\"token\":\"one\""));
    start(&f);
    ck_assert_int_eq(settle_quietly(&f, 0, NOON), 1);
    fp_folder_put(&f.folder, "plugin", COUNT "exit 1");
    for (int64_t now_ms = 100000; now_ms < 107000; now_ms += 100) {
        fp_credential_rejected(f.credential, fp_credential_generation(f.credential), now_ms);
        if (fp_credential_deadline_ms(f.credential) <= now_ms)
            ck_assert_int_eq(settle_quietly(&f, now_ms, NOON), 1);
    }
    ck_assert_uint_eq(runs(&f), 3); /* at 100, 101 and 103 s */
    end(&f);
}
END_TEST

START_TEST(only_another_certificate_changes_its_generation)
{
    static const struct {
        const char *script;
        bool other;
        bool other_cert;
    } steps[] = {
        {ANSWER("\"token\":\"a\",\"clientCertificateData\":\"" CERT "\",\"clientKeyData\":\"" KEY
                "\""),
         true, true},
        {ANSWER("\"token\":\"a\",\"clientCertificateData\":\"" CERT "\",\"clientKeyData\":\"" KEY
                "\""),
         false, false},
        {ANSWER("\"token\":\"b\",\"clientCertificateData\":\"" CERT "\",\"clientKeyData\":\"" KEY
                "\""),
         true, false},
        {ANSWER("\"token\":\"b\",\"clientCertificateData\":\"" CERT "2\",\"clientKeyData\":\"" KEY
                "\""),
         true, true},
        {ANSWER("\"token\":\"b\""), true, true},
    };
    fixture f;

    begin_plugin(&f, "");
    start(&f);
    for (size_t i = 0; i < FP_ARRAY_LEN(steps); i++) {
        uint64_t generation = fp_credential_generation(f.credential);
        uint64_t cert_generation = fp_credential_cert_generation(f.credential);
        int64_t now_ms = (int64_t)i * 10000;

        fp_folder_put(&f.folder, "plugin", steps[i].script);
        fp_credential_rejected(f.credential, generation, now_ms);
        ck_assert_int_eq(settle_quietly(&f, now_ms, NOON), 1);
        ck_assert_msg((fp_credential_generation(f.credential) != generation) == steps[i].other,
                      "%zu", i);
        ck_assert_msg((fp_credential_cert_generation(f.credential) != cert_generation) ==
                          steps[i].other_cert,
                      "%zu", i);
    }
    ck_assert_ptr_null(fp_credential_cert_pem(f.credential));
    end(&f);
}
END_TEST

/* --- memory --- */

static int use_file(void *user)
{
    fp_credential *credential = NULL;
    int r = fp_credential_new(user, &credential);

    if (r == 0)
        r = fp_credential_poll(credential, 0, NOON, NULL);
    if (r >= 0)
        r = fp_credential_poll(credential, 50000, NOON, NULL);
    fp_credential_free(credential);
    return r;
}

START_TEST(lack_of_memory_leaks_nothing_with_a_file)
{
    fixture f;

    begin_file(&f, "one");
    fp_test_oom(use_file, &f.config);
    end(&f);
}
END_TEST

static int use_plugin(void *user)
{
    fixture f = {.config = *(fp_client_config *)user};
    int r = fp_credential_new(&f.config, &f.credential);

    if (r == 0)
        r = settle_quietly(&f, 0, NOON);
    fp_credential_free(f.credential);
    return r;
}

START_TEST(lack_of_memory_leaks_nothing_with_a_plugin)
{
    fixture f;

    begin_plugin(&f, ANSWER("\"token\":\"abc\",\"clientCertificateData\":\"" CERT
                            "\",\"clientKeyData\":\"" KEY "\""));
    fp_test_oom(use_plugin, &f.config);
    end(&f);
}
END_TEST

FP_TEST_MAIN("client/credential", a_token_of_the_config_stays_as_it_is,
             a_token_file_is_read_again_when_it_is_old, the_same_token_again_is_no_change,
             a_token_file_that_holds_none_keeps_the_old_one,
             without_any_token_a_bad_file_is_a_failure,
             the_token_of_the_config_serves_until_the_file_is_there,
             a_rejected_token_file_is_read_at_once_but_once_a_second,
             a_plugin_gives_what_it_answers, a_plugin_is_not_waited_for,
             a_plugin_that_fails_is_told_and_run_again_later, between_two_tries_the_failure_stands,
             the_pauses_between_failures_grow_up_to_a_bound,
             a_plugin_that_hangs_is_ended_with_its_children, what_expires_is_renewed_before_its_end,
             the_old_token_serves_while_the_plugin_runs_again, many_rejections_run_the_plugin_once,
             rejections_do_not_shorten_the_pause_after_a_failure,
             only_another_certificate_changes_its_generation,
             lack_of_memory_leaks_nothing_with_a_file, lack_of_memory_leaks_nothing_with_a_plugin)
