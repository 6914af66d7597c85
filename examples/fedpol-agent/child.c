/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "agent.h"

static int set_descriptors(posix_spawn_file_actions_t *actions, int in, int err)
{
    int number = in >= 0 ? posix_spawn_file_actions_adddup2(actions, in, 0)
                         : posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);

    if (!number)
        number = posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
    if (!number)
        number = err >= 0 ? posix_spawn_file_actions_adddup2(actions, err, 2)
                          : posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0);
    return number ? number : posix_spawn_file_actions_addclosefrom_np(actions, 3);
}

/* The agent's signals are blocked or ignored; its programs start with none of that. */
static int set_signals(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t all;

    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    (void)sigdelset(&all, SIGKILL);
    (void)sigdelset(&all, SIGSTOP);
    if (posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                 POSIX_SPAWN_SETSIGDEF) ||
        posix_spawnattr_setpgroup(attributes, 0) || posix_spawnattr_setsigmask(attributes, &none) ||
        posix_spawnattr_setsigdefault(attributes, &all))
        return ENOMEM;
    return 0;
}

int child_start(const char *const *argv, int in, int err, pid_t *ret_pid)
{
    /* No home: nft would write its history there. No language: what it says is read. */
    static char path[] = "PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin";
    static char home[] = "HOME=/nonexistent";
    static char language[] = "LC_ALL=C";
    static char *const environment[] = {path, home, language, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    union {
        const char *const *in;
        char *const *out;
    } words = {argv}; /* posix_spawn changes none of them */
    int number = posix_spawn_file_actions_init(&actions);

    if (number)
        return number;
    number = posix_spawnattr_init(&attributes);
    if (number) {
        (void)posix_spawn_file_actions_destroy(&actions);
        return number;
    }
    number = set_signals(&attributes);
    if (!number)
        number = set_descriptors(&actions, in, err);
    if (!number)
        number = posix_spawnp(ret_pid, argv[0], &actions, &attributes, words.out, environment);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    return number;
}

bool child_reap(pid_t *pid, int *ret_status)
{
    int status = 0;
    pid_t done;

    if (!*pid)
        return false;
    /* By its own number: the library has programs of its own. */
    while ((done = waitpid(*pid, &status, WNOHANG)) < 0 && errno == EINTR)
        ;
    if (done == 0)
        return false;
    *ret_status = done < 0 ? -1 : status;
    *pid = 0;
    return true;
}

void child_kill(pid_t *pid)
{
    int status;

    if (!*pid)
        return;
    (void)kill(*pid, SIGKILL);
    while (waitpid(*pid, &status, 0) < 0 && errno == EINTR)
        ;
    *pid = 0;
}
