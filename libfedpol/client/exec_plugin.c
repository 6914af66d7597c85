/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "libfedpol/client/exec_plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libfedpol/base/buf.h"
#include "libfedpol/base/error.h"

extern char **environ;

/* How often it is looked whether the process ended, which its descriptor need not tell: a child
   that it left behind may hold the pipe, or it closed its output and goes on. */
#define POLL_MS 200

#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 34)
#define HAS_CLOSEFROM 1
#else
#define HAS_CLOSEFROM 0
#endif

struct fp_exec_run {
    pid_t pid; /* and its process group; 0: reaped */
    int fd;    /* our end of its stdout; -1: it was closed at its end */
    int status;
    bool status_known;
    bool ended; /* end of its output */
    int64_t deadline_ms;
    int64_t next_ms;
    int64_t pause_ms; /* between looks, since its output ended */
    fp_buf output;
    char *api_version;
    char *name; /* for messages */
};

/* --- starting --- */

typedef struct start_parts {
    fp_string_vec env; /* ours */
    FP_VEC(char *) envp;
    FP_VEC(char *) argv;
    char *info;
} start_parts;

static void parts_done(start_parts *parts)
{
    for (size_t i = 0; i < parts->env.len; i++)
        fp_secret_free(parts->env.items[i]);
    fp_vec_done(&parts->env);
    fp_vec_done(&parts->envp);
    fp_vec_done(&parts->argv);
    fp_free(parts->info);
}

/* In place of an earlier one of that name: which of two a program takes is anybody's guess. */
static int set_variable(start_parts *parts, const char *name, const char *value)
{
    size_t name_len = strlen(name);
    fp_buf text = {0};
    char *variable;

    fp_try(fp_vec_reserve(&parts->env, 1));
    fp_buf_printf(&text, "%s=%s", name, value);
    variable = fp_buf_steal(&text, NULL);
    if (!variable) {
        fp_buf_done(&text);
        return FEDPOL_E_NOMEM;
    }
    for (size_t i = 0; i < parts->env.len; i++) {
        if (strncmp(parts->env.items[i], variable, name_len + 1) == 0) {
            fp_secret_free(parts->env.items[i]);
            parts->env.items[i] = variable;
            return 0;
        }
    }
    return fp_vec_push(&parts->env, variable); /* there is room */
}

static bool is_replaced(const start_parts *parts, const char *variable)
{
    const char *equals = strchr(variable, '=');
    size_t len = equals ? (size_t)(equals - variable) + 1 : strlen(variable);

    for (size_t i = 0; i < parts->env.len; i++)
        if (strncmp(parts->env.items[i], variable, len) == 0)
            return true;
    return false;
}

static int make_parts(const fp_client_config *config, start_parts *parts)
{
    const fp_exec_config *exec = config->exec;

    fp_try(fp_exec_info_write(config, &parts->info));
    for (size_t i = 0; i < exec->env.len; i++)
        fp_try(set_variable(parts, exec->env.items[i].name, exec->env.items[i].value));
    fp_try(set_variable(parts, "KUBERNETES_EXEC_INFO", parts->info));
    for (char **variable = environ; *variable; variable++)
        if (!is_replaced(parts, *variable))
            fp_try(fp_vec_push(&parts->envp, *variable));
    for (size_t i = 0; i < parts->env.len; i++)
        fp_try(fp_vec_push(&parts->envp, parts->env.items[i]));
    fp_try(fp_vec_push(&parts->envp, NULL));
    fp_try(fp_vec_push(&parts->argv, exec->command));
    for (size_t i = 0; i < exec->args.len; i++)
        fp_try(fp_vec_push(&parts->argv, exec->args.items[i]));
    return fp_vec_push(&parts->argv, NULL);
}

static int set_attributes(posix_spawnattr_t *attr)
{
    sigset_t none;
    sigset_t all;

    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    (void)sigdelset(&all, SIGKILL);
    (void)sigdelset(&all, SIGSTOP);
    if (posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                           POSIX_SPAWN_SETSIGDEF) ||
        posix_spawnattr_setpgroup(attr, 0) || posix_spawnattr_setsigmask(attr, &none) ||
        posix_spawnattr_setsigdefault(attr, &all))
        return ENOMEM;
    return 0;
}

/* errno's number, 0 if it runs. */
static int spawn(const start_parts *parts, int out, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    int number = posix_spawn_file_actions_init(&actions);

    if (number)
        return number;
    number = posix_spawnattr_init(&attr);
    if (number) {
        (void)posix_spawn_file_actions_destroy(&actions);
        return number;
    }
    number = set_attributes(&attr);
    if (!number)
        number = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (!number)
        number = posix_spawn_file_actions_adddup2(&actions, out, 1);
#if HAS_CLOSEFROM /* what the embedder forgot to mark close-on-exec is not the plugin's */
    if (!number)
        number = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
#endif
    if (!number)
        number = posix_spawnp(ret_pid, parts->argv.items[0], &actions, &attr, parts->argv.items,
                              parts->envp.items);
    (void)posix_spawnattr_destroy(&attr);
    (void)posix_spawn_file_actions_destroy(&actions);
    return number;
}

static int tell_start(const fp_client_config *config, int number, fedpol_error **ret_error)
{
    fp_cleanup_buf fp_buf text = {0};
    bool missing = number == ENOENT;

    if (number == ENOMEM)
        return FEDPOL_E_NOMEM;
    fp_buf_put_quoted(&text, fp_str_of(config->exec->command), 200);
    if (config->exec->install_hint && missing) {
        fp_buf_puts(&text, "; hint: ");
        fp_buf_put_quoted(&text, fp_str_of(config->exec->install_hint), 300);
    }
    fp_try(fp_buf_error(&text));
    return fp_error_set(ret_error, missing ? FEDPOL_E_NOT_FOUND : FEDPOL_E_IO, FP_STR_NULL, -1,
                        "the credential plugin can't be run (%s): %s",
                        missing ? "no such program" : "the system refused", text.data);
}

static int run_it(const fp_client_config *config, fp_exec_run *run, fedpol_error **ret_error)
{
    start_parts parts = {0};
    int fds[2];
    int number;
    int r = make_parts(config, &parts);

    if (r == 0 && pipe2(fds, O_CLOEXEC) < 0)
        r = tell_start(config, errno, ret_error);
    if (r < 0) {
        parts_done(&parts);
        return r;
    }
    run->fd = fds[0];
    number = fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0 ? errno : spawn(&parts, fds[1], &run->pid);
    (void)close(fds[1]);
    parts_done(&parts);
    return number ? tell_start(config, number, ret_error) : 0;
}

int fp_exec_start(const fp_client_config *config, int64_t now_ms, fp_exec_run **ret,
                  fedpol_error **ret_error)
{
    fp_exec_run *run = fp_alloc_zero(1, sizeof(*run));
    int r = FEDPOL_E_NOMEM;

    if (!run)
        return r;
    run->fd = -1;
    run->deadline_ms = now_ms + FP_EXEC_LIMIT_MS;
    run->next_ms = run->deadline_ms;
    run->pause_ms = 1;
    run->api_version = fp_str_dup(fp_str_of(config->exec->api_version));
    run->name = fp_str_dup(fp_str_of(config->exec->command));
    if (run->api_version && run->name)
        r = run_it(config, run, ret_error);
    if (r < 0) {
        run->pid = 0;
        fp_exec_free(run);
        return r;
    }
    *ret = run;
    return 0;
}

/* --- running --- */

int fp_exec_get_fd(const fp_exec_run *run)
{
    return run->ended ? -1 : run->fd;
}

int64_t fp_exec_deadline_ms(const fp_exec_run *run)
{
    return run->next_ms < run->deadline_ms ? run->next_ms : run->deadline_ms;
}

static void reap(fp_exec_run *run, int flags)
{
    int status = 0;
    pid_t pid;

    if (!run->pid)
        return;
    do
        pid = waitpid(run->pid, &status, flags);
    while (pid < 0 && errno == EINTR);
    if (pid == 0)
        return;
    /* Where the embedder lets the system reap its children, nobody knows the status. */
    run->status_known = pid > 0;
    run->status = status;
    run->pid = 0;
}

static int read_output(fp_exec_run *run)
{
    char chunk[4096];
    ssize_t n;

    while (!run->ended && (n = read(run->fd, chunk, sizeof(chunk))) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? 0 : FEDPOL_E_IO;
        if (run->output.len + (size_t)n > FP_EXEC_MAX_BYTES)
            return FEDPOL_E_TOO_LONG;
        fp_buf_add(&run->output, fp_str_n(chunk, (size_t)n));
        fp_try(fp_buf_error(&run->output));
    }
    run->ended = true;
    return 0;
}

static int fail(const fp_exec_run *run, int code, fedpol_error **ret_error, const char *why,
                int number)
{
    fp_cleanup_buf fp_buf name = {0};

    fp_buf_put_quoted(&name, fp_str_of(run->name), 200);
    fp_try(fp_buf_error(&name));
    return fp_error_set(ret_error, code, FP_STR_NULL, -1, "the credential plugin %s %s %d",
                        name.data, why, number);
}

static int refuse(const fp_exec_run *run, int code, const char *why, fedpol_error **ret_error)
{
    fp_cleanup_buf fp_buf name = {0};

    fp_buf_put_quoted(&name, fp_str_of(run->name), 200);
    fp_try(fp_buf_error(&name));
    return fp_error_set(ret_error, code, FP_STR_NULL, -1, "the credential plugin %s: %s", name.data,
                        why);
}

static int judge(const fp_exec_run *run, fp_exec_answer *ret, fedpol_error **ret_error)
{
    fedpol_error *error = NULL;
    int r;

    if (run->status_known && WIFSIGNALED(run->status))
        return fail(run, FEDPOL_E_IO, ret_error, "was ended by signal", WTERMSIG(run->status));
    if (run->status_known && WEXITSTATUS(run->status))
        return fail(run, FEDPOL_E_IO, ret_error, "exited with status", WEXITSTATUS(run->status));
    r = fp_exec_answer_parse(fp_buf_str(&run->output), run->api_version, ret, &error);
    if (r < 0 && r != FEDPOL_E_NOMEM)
        r = refuse(run, r, fedpol_error_get_message(error), ret_error);
    fedpol_error_free(error);
    return r < 0 ? r : 1;
}

int fp_exec_poll(fp_exec_run *run, int64_t now_ms, fp_exec_answer *ret, fedpol_error **ret_error)
{
    bool had_ended;
    int r;

    reap(run, WNOHANG);
    had_ended = run->pid == 0; /* before the last read, so that nothing is missed */
    r = read_output(run);
    if (r == FEDPOL_E_TOO_LONG)
        return fail(run, r, ret_error, "answered with more bytes than", (int)FP_EXEC_MAX_BYTES);
    fp_try(r);
    if (had_ended)
        return judge(run, ret, ret_error);
    if (now_ms >= run->deadline_ms)
        return fail(run, FEDPOL_E_IO, ret_error,
                    "took longer than the milliseconds that it has:", FP_EXEC_LIMIT_MS);
    /* The end of the output mostly comes a little before that of the process. */
    run->next_ms = now_ms + (run->ended ? run->pause_ms : POLL_MS);
    if (run->ended && run->pause_ms < POLL_MS)
        run->pause_ms *= 2;
    return 0;
}

/* Where the system or the embedder reaps our children, the number of one that ended may be another
   process's by now: a signal goes only to what is still our child. */
static void kill_group(fp_exec_run *run)
{
    siginfo_t info;

    if (!run->pid || waitid(P_PID, (id_t)run->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
        return;
    (void)kill(-run->pid, SIGKILL);
    (void)kill(run->pid, SIGKILL);
    reap(run, 0);
}

fp_exec_run *fp_exec_free(fp_exec_run *run)
{
    if (!run)
        return NULL;
    kill_group(run);
    if (run->fd >= 0)
        (void)close(run->fd);
    for (size_t i = 0; i < run->output.len; i++)
        run->output.data[i] = '\0';
    fp_buf_done(&run->output);
    fp_free(run->api_version);
    fp_free(run->name);
    fp_free(run);
    return NULL;
}
