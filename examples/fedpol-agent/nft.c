/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"

/*
 * A program that is cut off from its input takes what it has got for all: `nft -f` loads the first
 * half of a ruleset, `nft -i` runs half a line. So that the end of the agent, however sudden,
 * leaves nothing half done, a whole ruleset lies complete in a file of memory before nft starts,
 * and a line for the kept nft goes into its empty pipe with one write.
 */

enum { PIPE_BYTES = 1 << 20, RENEW_BYTES = 16 << 20, PATIENCE_MS = 120000 };
enum { KEPT_TRIES = 3, KEPT_WAIT_MS = 600000 };

static void set_message(nft_state *nft, const char *what, int number)
{
    (void)snprintf(nft->message, sizeof(nft->message), "%s: %s", what, strerror(number));
}

static void note_kept(nft_state *nft, bool ok)
{
    if (ok)
        nft->kept_failures = 0;
    else if (++nft->kept_failures % KEPT_TRIES == 0)
        nft->kept_after_ms = loop_now_ms() + KEPT_WAIT_MS;
}

static void finish(agent_state *agent, bool ok)
{
    nft_state *nft = &agent->nft;

    if (!nft->is_busy)
        return;
    nft->is_busy = false;
    if (nft->by_kept)
        note_kept(nft, ok);
    if (ok)
        nft->message[0] = '\0';
    apply_finished(agent, ok);
}

/* The mark is no command: nft says so, and with that, that it is done with the line before. */
static void take_line(agent_state *agent, nft_voice *voice)
{
    nft_state *nft = &agent->nft;
    const char *line = voice->line;

    voice->line[voice->len] = '\0';
    voice->len = 0;
    if (!nft->is_busy || nft->by_kept != (voice == &nft->kept_voice))
        return;
    if (nft->by_kept && strcmp(line, nft->mark) == 0) {
        if (nft->errors == 0)
            (void)snprintf(nft->message, sizeof(nft->message), "nft -i does not tell errors");
        finish(agent, nft->errors == 1); /* that of the mark */
    } else if (strncmp(line, "Error:", 6) == 0 || strstr(line, ": Error:")) {
        if (nft->errors++ == 0)
            memcpy(nft->message, line, strlen(line) + 1);
    } else if (!nft->message[0]) {
        memcpy(nft->message, line, strlen(line) + 1); /* for want of a better one */
    }
}

static void listen_to(void *owner, watcher *watch, uint32_t events)
{
    nft_voice *voice = watch->user;
    char bytes[4096];
    ssize_t n;

    (void)events;
    while (watch->fd >= 0 && (n = read(watch->fd, bytes, sizeof(bytes))) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return;
        for (ssize_t i = 0; i < n; i++) {
            if (bytes[i] == '\n')
                take_line(owner, voice);
            else if (voice->len < sizeof(voice->line) - 1)
                voice->line[voice->len++] = bytes[i];
        }
    }
    watch_close(watch);
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

/* Starts nft with IN as its input, and listens to what it says. 0 or errno's number. */
static int start(agent_state *agent, const char *const *argv, int in, nft_voice *voice,
                 pid_t *ret_pid)
{
    int err[2];
    int number;

    watch_close(&voice->watch);
    voice->len = 0;
    if (pipe2(err, O_CLOEXEC) < 0)
        return errno;
    voice->watch.fd = err[0];
    if (fcntl(err[0], F_SETFL, O_NONBLOCK) < 0 ||
        loop_watch(&agent->loop, &voice->watch, EPOLLIN) < 0)
        number = errno;
    else
        number = child_start(argv, in, err[1], ret_pid);
    close_fd(&err[1]);
    if (number)
        watch_close(&voice->watch);
    return number;
}

static void end_kept(nft_state *nft)
{
    child_kill(&nft->kept); /* before its input ends, where it would run half a line */
    close_fd(&nft->kept_in);
    watch_close(&nft->kept_voice.watch);
}

static bool start_kept(agent_state *agent)
{
    nft_state *nft = &agent->nft;
    const char *const argv[] = {agent->options.nft, "-i", NULL};
    int in[2];
    int size;
    int number;

    if (nft->kept && nft->fed > RENEW_BYTES)
        end_kept(nft);
    if (nft->kept)
        return true;
    if (pipe2(in, O_CLOEXEC) < 0)
        return false;
    (void)fcntl(in[1], F_SETPIPE_SZ, PIPE_BYTES); /* or what there is */
    size = fcntl(in[1], F_GETPIPE_SZ);
    number = fcntl(in[1], F_SETFL, O_NONBLOCK) < 0
                 ? errno
                 : start(agent, argv, in[0], &nft->kept_voice, &nft->kept);
    close_fd(&in[0]);
    if (number) {
        set_message(nft, agent->options.nft, number);
        close_fd(&in[1]);
        return false;
    }
    nft->kept_in = in[1];
    nft->room = size > 0 ? (size_t)size : 0;
    nft->fed = 0;
    return true;
}

/* One line, since that is what the kept nft takes as one transaction. False: not by this way. */
static bool begin_kept(agent_state *agent, const char *data, size_t size)
{
    nft_state *nft = &agent->nft;
    text_buf line = {0};
    ssize_t sent;

    if (!start_kept(agent)) {
        note_kept(nft, false);
        return false;
    }
    if (size + sizeof(nft->mark) + 2 > nft->room)
        return false;
    (void)snprintf(nft->mark, sizeof(nft->mark), "fedpol-end-%" PRIu64, nft->sequence);
    text_put(&line, "%s\n%s\n", data, nft->mark);
    if (line.failed) {
        text_done(&line);
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (line.data[i] == '\n')
            line.data[i] = ';';
        else if (line.data[i] == '\t')
            line.data[i] = ' '; /* a tabulator would ask for completion */
    }
    while ((sent = write(nft->kept_in, line.data, line.len)) < 0 && errno == EINTR)
        ;
    nft->fed += line.len;
    if (sent < 0 || (size_t)sent != line.len) { /* without its end it is not run */
        end_kept(nft);
        note_kept(nft, false);
    }
    text_done(&line);
    return nft->kept != 0;
}

static int write_all(int fd, const char *data, size_t size)
{
    while (size) {
        ssize_t n = write(fd, data, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        data += n;
        size -= (size_t)n;
    }
    return 0;
}

static bool begin_once(agent_state *agent, const char *data, size_t size)
{
    nft_state *nft = &agent->nft;
    const char *const argv[] = {agent->options.nft, "-f", "-", NULL};
    int file = memfd_create("fedpol-ruleset", MFD_CLOEXEC);
    int number = file < 0 ? errno : write_all(file, data, size);

    if (!number && lseek(file, 0, SEEK_SET) < 0)
        number = errno;
    if (!number)
        number = start(agent, argv, file, &nft->once_voice, &nft->once);
    close_fd(&file);
    if (number)
        set_message(nft, agent->options.nft, number);
    return number == 0;
}

bool nft_begin(agent_state *agent, const char *data, size_t size, bool may_keep)
{
    nft_state *nft = &agent->nft;

    nft->sequence++;
    nft->errors = 0;
    nft->message[0] = '\0';
    nft->by_kept = may_keep && loop_now_ms() >= nft->kept_after_ms && begin_kept(agent, data, size);
    if (!nft->by_kept && !begin_once(agent, data, size))
        return false;
    nft->is_busy = true;
    nft->deadline_ms = loop_now_ms() + PATIENCE_MS;
    loop_due(&agent->loop, nft->deadline_ms);
    return true;
}

static void tell_end(nft_state *nft, const char *name, int status)
{
    if (nft->message[0])
        return;
    if (WIFSIGNALED(status))
        (void)snprintf(nft->message, sizeof(nft->message), "%s was ended by signal %d", name,
                       WTERMSIG(status));
    else
        (void)snprintf(nft->message, sizeof(nft->message), "%s ended with status %d", name,
                       WEXITSTATUS(status));
}

void nft_check(agent_state *agent)
{
    nft_state *nft = &agent->nft;
    int status;

    if (child_reap(&nft->kept, &status)) {
        listen_to(agent, &nft->kept_voice.watch, 0);
        end_kept(nft);
        if (nft->is_busy && nft->by_kept) {
            tell_end(nft, "nft -i", status);
            finish(agent, false);
        }
    }
    if (child_reap(&nft->once, &status)) {
        listen_to(agent, &nft->once_voice.watch, 0);
        watch_close(&nft->once_voice.watch);
        if (status != 0)
            tell_end(nft, "nft -f", status);
        if (!nft->by_kept)
            finish(agent, status == 0);
    }
    if (!nft->is_busy)
        return;
    loop_due(&agent->loop, nft->deadline_ms);
    if (loop_now_ms() < nft->deadline_ms)
        return;
    if (nft->by_kept)
        end_kept(nft);
    else
        child_kill(&nft->once);
    (void)snprintf(nft->message, sizeof(nft->message), "nft was not done after %d s",
                   PATIENCE_MS / 1000);
    finish(agent, false);
}

void nft_init(nft_state *nft)
{
    nft->kept_in = -1;
    nft->kept_voice.watch = (watcher){-1, listen_to, &nft->kept_voice};
    nft->once_voice.watch = (watcher){-1, listen_to, &nft->once_voice};
}

/* A transaction that is under way comes to its end without us. */
void nft_close(agent_state *agent)
{
    nft_state *nft = &agent->nft;

    if (!nft->is_busy)
        end_kept(nft);
    close_fd(&nft->kept_in);
    watch_close(&nft->kept_voice.watch);
    watch_close(&nft->once_voice.watch);
}
