/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libfedpol/base/check.h"
#include "libfedpol/client/exec_plugin.h"
#include "tests/support/fp_test.h"

#define V1 "client.authentication.k8s.io/v1"
#define ANSWER(status)                                                                             \
    "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":" status "}"
#define PEM "-----BEGIN X-----"

static const struct {
    const char *text;
    int64_t expires;
} good[] = {
    {ANSWER("{\"token\":\"t\"}"), -1},
    {ANSWER("{\"token\":\"t\",\"expirationTimestamp\":\"1970-01-01T00:00:00Z\"}"), 0},
    {ANSWER("{\"token\":\"t\",\"expirationTimestamp\":\"2026-11-23T05:00:00Z\"}"), 1795410000},
    {ANSWER("{\"token\":\"t\",\"expirationTimestamp\":\"2026-11-23T05:00:00.25+01:30\"}"),
     1795404600},
    {ANSWER("{\"token\":\"t\",\"expirationTimestamp\":\"2024-02-29t23:59:60z\"}"), 1709251200},
    {ANSWER("{\"token\":\"t\",\"clientKeyData\":null,\"expirationTimestamp\":null}"), -1},
    {ANSWER("{\"token\":\"t\",\"expirationTimestamp\":\"2000-02-29T00:00:00-00:30\"}"), 951784200},
    {ANSWER("{\"clientCertificateData\":\"" PEM "\",\"clientKeyData\":\"" PEM "\"}"), -1},
};

START_TEST(an_answer_gives_what_it_has)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(good); i++) {
        fp_exec_answer answer;
        fedpol_error *error = NULL;
        int r = fp_exec_answer_parse(fp_str_of(good[i].text), V1, &answer, &error);

        ck_assert_msg(r == 0, "%zu: %s", i, fedpol_error_get_message(error));
        ck_assert_int_eq(answer.expires_unix_s, good[i].expires);
        ck_assert(answer.token || (answer.cert_pem && answer.key_pem));
        fp_exec_answer_done(&answer);
    }
}
END_TEST

START_TEST(an_answer_that_is_none_is_refused_without_quoting_it)
{
    static const char *const bad[] = {
        "",
        "secret",
        "[]",
        "{}",
        "{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\","
        "\"status\":{\"token\":\"secret\"}}",
        "{\"kind\":\"Secret\",\"apiVersion\":\"" V1 "\",\"status\":{\"token\":\"secret\"}}",
        ANSWER("null"),
        ANSWER("{}"),
        ANSWER("{\"token\":\"\"}"),
        ANSWER("{\"token\":[\"secret\"]}"),
        ANSWER("{\"token\":\"secret\\nX-Evil: 1\"}"),
        ANSWER("{\"clientKeyData\":\"" PEM "secret\"}"),
        ANSWER("{\"clientCertificateData\":\"secret\",\"clientKeyData\":\"secret\"}"),
        ANSWER("{\"token\":\"secret\",\"expirationTimestamp\":\"tomorrow\"}"),
        ANSWER("{\"token\":\"secret\",\"expirationTimestamp\":\"2026-02-29T00:00:00Z\"}"),
        ANSWER("{\"token\":\"secret\",\"expirationTimestamp\":\"2026-01-01T00:00:00\"}"),
        ANSWER("{\"token\":\"secret\",\"expirationTimestamp\":\"2026-01-01T24:00:00Z\"}"),
        ANSWER("{\"token\":\"secret\",\"expirationTimestamp\":\"2026-01-01T00:00:00.Z\"}"),
        ANSWER("{\"token\":\"secret\",\"expirationTimestamp\":\"2100-02-29T00:00:00Z\"}"),
        ANSWER("{\"token\":\"secret\",\"expirationTimestamp\":\"2026-01-01T00:00:00+24:00\"}"),
        ANSWER("{\"token\":\"secret\",\"expirationTimestamp\":\"2026-01-01T00:00:00+01:00x\"}"),
        ANSWER("{\"token\":\"secret\",\"expirationTimestamp\":\"2026-01-01T00:00:00Z\\u0000\"}"),
        ANSWER("{\"token\":\"secret\",\"expirationTimestamp\":\"\"}"),
        ANSWER("{\"token\":\"secret\",\"expirationTimestamp\":1795410000}"),
        ANSWER("{\"token\":\"secret\\u0000more\"}"),
        ANSWER("{\"token\":7,\"clientCertificateData\":\"" PEM "\",\"clientKeyData\":\"" PEM "\"}"),
        ANSWER("{\"clientCertificateData\":\"" PEM "\\u0000\",\"clientKeyData\":\"" PEM "\"}"),
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(bad); i++) {
        fp_exec_answer answer;
        fedpol_error *error = NULL;

        ck_assert_msg(fp_exec_answer_parse(fp_str_of(bad[i]), V1, &answer, &error) ==
                          FEDPOL_E_PARSE,
                      "%zu", i);
        ck_assert_ptr_null(strstr(fedpol_error_get_message(error), "secret"));
        error = fedpol_error_free(error);
    }
}
END_TEST

/* --- real programs --- */

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static size_t count_fds(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t n = 0;

    while (readdir(folder))
        n++;
    (void)closedir(folder);
    return n;
}

static fp_client_config shell(const char *script)
{
    fp_client_config config = {0};

    config.server = fp_str_dup(FP_STR("https://a"));
    config.exec = fp_alloc_zero(1, sizeof(*config.exec));
    config.exec->command = fp_str_dup(FP_STR("sh"));
    config.exec->api_version = fp_str_dup(FP_STR(V1));
    ck_assert_int_eq(fp_string_vec_add(&config.exec->args, FP_STR("-c")), 0);
    ck_assert_int_eq(fp_string_vec_add(&config.exec->args, fp_str_of(script)), 0);
    ck_assert_int_eq(fp_pair_vec_add(&config.exec->env, FP_STR("TOKEN"), FP_STR("t0k3n")), 0);
    return config;
}

/* Runs to the end, at most 30 s; the clock goes SPEED times as fast. */
static int run_config(fp_client_config *config, int64_t speed, fp_exec_answer *ret,
                      fedpol_error **ret_error)
{
    fp_exec_run *plugin = NULL;
    int64_t begin = now_ms();
    int r = fp_exec_start(config, begin, &plugin, ret_error);

    fp_client_config_done(config);
    while (r == 0 && now_ms() < begin + 30000) {
        struct pollfd fd = {fp_exec_get_fd(plugin), POLLIN, 0};

        (void)poll(&fd, 1, 5);
        r = fp_exec_poll(plugin, begin + (now_ms() - begin) * speed, ret, ret_error);
    }
    plugin = fp_exec_free(plugin);
    ck_assert_int_lt(waitpid(-1, NULL, WNOHANG), 0); /* nothing is left to reap */
    return r;
}

static int run(const char *script, int64_t speed, fp_exec_answer *ret, fedpol_error **ret_error)
{
    fp_client_config config = shell(script);

    return run_config(&config, speed, ret, ret_error);
}

#define PRINT "printf '%s' '" ANSWER("{\"token\":\"'$TOKEN'\"}") "'"

START_TEST(a_plugin_runs_with_its_environment)
{
    size_t before = count_fds();
    fp_exec_answer answer = {0};
    fedpol_error *error = NULL;
    int r = run("read x && exit 9; case $KUBERNETES_EXEC_INFO in *'\"interactive\":false'*) " PRINT
                ";; esac",
                1, &answer, &error);

    ck_assert_msg(r == 1, "%s", fedpol_error_get_message(error));
    ck_assert_str_eq(answer.token, "t0k3n");
    fp_exec_answer_done(&answer);
    ck_assert_uint_eq(count_fds(), before);
}
END_TEST

START_TEST(of_two_variables_of_one_name_the_later_one_counts)
{
    fp_client_config config = shell(PRINT);
    fp_exec_answer answer = {0};
    int r;

    ck_assert_int_eq(fp_pair_vec_add(&config.exec->env, FP_STR("TOKEN"), FP_STR("later")), 0);
    ck_assert_int_eq(
        fp_pair_vec_add(&config.exec->env, FP_STR("KUBERNETES_EXEC_INFO"), FP_STR("mine")), 0);
    fp_secret_free(config.exec->args.items[1]);
    config.exec->args.items[1] = fp_str_dup(FP_STR(
        "n=$(tr '\\0' '\\n' </proc/$$/environ | grep -c -e ^TOKEN= -e ^KUBERNETES_EXEC_INFO=)\n"
        "test $n = 2 || exit 5\n"
        "case $KUBERNETES_EXEC_INFO in mine) exit 6 ;; esac\n" PRINT));
    r = run_config(&config, 1, &answer, NULL);
    ck_assert_int_eq(r, 1);
    ck_assert_str_eq(answer.token, "later");
    fp_exec_answer_done(&answer);
}
END_TEST

START_TEST(a_plugin_that_closes_its_output_early_is_looked_at_ever_less)
{
    fp_client_config config = shell("exec >&-; sleep 300");
    fp_exec_answer answer = {0};
    fp_exec_run *plugin = NULL;
    int64_t give_up = now_ms() + 30000;
    int64_t now = 0;
    size_t looks = 0;

    ck_assert_int_eq(fp_exec_start(&config, 0, &plugin, NULL), 0);
    while (fp_exec_get_fd(plugin) >= 0 && now_ms() < give_up) {
        ck_assert_int_eq(fp_exec_poll(plugin, 0, &answer, NULL), 0);
        (void)poll(NULL, 0, 2);
    }
    ck_assert_int_eq(fp_exec_get_fd(plugin), -1);
    for (; now < FP_EXEC_LIMIT_MS; looks++) {
        int r = fp_exec_poll(plugin, now, &answer, NULL);

        ck_assert_int_eq(r, 0);
        ck_assert_int_gt(fp_exec_deadline_ms(plugin), now);
        now = fp_exec_deadline_ms(plugin);
    }
    ck_assert_int_eq(fp_exec_poll(plugin, now, &answer, NULL), FEDPOL_E_IO);
    ck_assert_uint_le(looks, FP_EXEC_LIMIT_MS / 100);
    plugin = fp_exec_free(plugin);
    fp_client_config_done(&config);
}
END_TEST

START_TEST(where_the_system_reaps_the_output_decides)
{
    fp_exec_answer answer = {0};
    fedpol_error *error = NULL;

    ck_assert(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
    ck_assert_int_eq(run(PRINT "; exit 3", 1, &answer, &error), 1);
    ck_assert_str_eq(answer.token, "t0k3n");
    fp_exec_answer_done(&answer);
    ck_assert_int_eq(run("exit 0", 1, &answer, &error), FEDPOL_E_PARSE);
    error = fedpol_error_free(error);
    ck_assert_int_eq(run("sleep 300", 1000, &answer, &error), FEDPOL_E_IO);
    error = fedpol_error_free(error);
    ck_assert(signal(SIGCHLD, SIG_DFL) != SIG_ERR);
}
END_TEST

START_TEST(without_descriptors_the_reason_is_told)
{
    fp_client_config config = shell(PRINT);
    struct rlimit old;
    struct rlimit none;
    fp_exec_run *plugin = NULL;
    fedpol_error *error = NULL;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
    none = old;
    none.rlim_cur = 0;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    ck_assert_int_eq(fp_exec_start(&config, 0, &plugin, &error), FEDPOL_E_IO);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
    ck_assert_ptr_nonnull(strstr(fedpol_error_get_message(error), "can't be run"));
    error = fedpol_error_free(error);
    fp_client_config_done(&config);
}
END_TEST

START_TEST(a_child_that_it_leaves_behind_holds_nobody_up)
{
    fp_exec_answer answer = {0};

    ck_assert_int_eq(run(PRINT "; sleep 20 2>/dev/null &", 1, &answer, NULL), 1);
    ck_assert_str_eq(answer.token, "t0k3n");
    fp_exec_answer_done(&answer);
}
END_TEST

START_TEST(what_fails_is_told)
{
    static const struct {
        const char *script;
        int64_t speed;
        int code;
        const char *says;
    } cases[] = {
        {"exit 3", 1, FEDPOL_E_IO, "exited with status 3"},
        {"kill -9 $$", 1, FEDPOL_E_IO, "signal 9"},
        {"sleep 20; true", 1000, FEDPOL_E_IO, "took longer"},
        {"trap '' TERM; sleep 20", 1000, FEDPOL_E_IO, "took longer"},
        {"exec yes", 1, FEDPOL_E_TOO_LONG, "more bytes"},
        {"echo $TOKEN", 1, FEDPOL_E_PARSE, "no JSON"},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        size_t before = count_fds();
        fp_exec_answer answer = {0};
        fedpol_error *error = NULL;
        int r = run(cases[i].script, cases[i].speed, &answer, &error);
        const char *message = fedpol_error_get_message(error);

        ck_assert_msg(r == cases[i].code && strstr(message, cases[i].says), "%zu: %d %s", i, r,
                      message);
        ck_assert_ptr_null(strstr(message, "t0k3n"));
        error = fedpol_error_free(error);
        ck_assert_uint_eq(count_fds(), before);
    }
}
END_TEST

START_TEST(a_program_that_is_not_there_gives_the_hint)
{
    fp_client_config config = shell("");
    fedpol_error *error = NULL;
    fp_exec_run *plugin = NULL;

    fp_free(config.exec->command);
    config.exec->command = fp_str_dup(FP_STR("no-such-plugin-anywhere"));
    config.exec->install_hint = fp_str_dup(FP_STR("get it\nthere"));
    ck_assert_int_eq(fp_exec_start(&config, 0, &plugin, &error), FEDPOL_E_NOT_FOUND);
    ck_assert(strstr(fedpol_error_get_message(error), "no-such-plugin-anywhere"));
    ck_assert(strstr(fedpol_error_get_message(error), "get it\\x0athere"));
    error = fedpol_error_free(error);
    fp_client_config_done(&config);
}
END_TEST

START_TEST(a_plugin_that_is_given_up_is_ended)
{
    fp_client_config config = shell("sleep 30");
    fp_exec_run *plugin = NULL;

    ck_assert_int_eq(fp_exec_start(&config, 0, &plugin, NULL), 0);
    plugin = fp_exec_free(plugin);
    ck_assert_int_lt(waitpid(-1, NULL, WNOHANG), 0);
    fp_client_config_done(&config);
}
END_TEST

static int parse_one(void *user)
{
    fp_exec_answer answer;
    int r;

    (void)user;
    r = fp_exec_answer_parse(fp_str_of(good[FP_ARRAY_LEN(good) - 1].text), V1, &answer, NULL);
    if (r == 0)
        fp_exec_answer_done(&answer);
    return r;
}

START_TEST(lack_of_memory_leaks_nothing)
{
    fp_test_oom(parse_one, NULL);
}
END_TEST

FP_TEST_MAIN("client/exec_plugin", an_answer_gives_what_it_has,
             an_answer_that_is_none_is_refused_without_quoting_it,
             a_plugin_runs_with_its_environment, of_two_variables_of_one_name_the_later_one_counts,
             a_plugin_that_closes_its_output_early_is_looked_at_ever_less,
             where_the_system_reaps_the_output_decides, without_descriptors_the_reason_is_told,
             a_child_that_it_leaves_behind_holds_nobody_up, what_fails_is_told,
             a_program_that_is_not_there_gives_the_hint, a_plugin_that_is_given_up_is_ended,
             lack_of_memory_leaks_nothing)
