/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "controller.h"

enum { END_MS = 5000 };

static void on_signal(void *owner, watcher *watch, uint32_t events)
{
    controller *c = owner;
    struct signalfd_siginfo info;

    (void)events;
    while (read(watch->fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (c->is_ending)
            c->end_by_ms = 0;
        else
            c->end_by_ms = loop_now_ms() + END_MS;
        c->is_ending = true;
    }
}

static void on_context(void *owner, watcher *watch, uint32_t events)
{
    (void)watch;
    (void)events;
    clusters_process(owner);
}

int open_loop(controller *c)
{
    static const int signals[] = {SIGTERM, SIGINT};

    if (loop_init(&c->loop, c) < 0)
        return -1;
    c->signals = (watcher){loop_signals(signals, 2), on_signal, NULL};
    return c->signals.fd < 0 ? -1 : loop_watch(&c->loop, &c->signals, EPOLLIN);
}

/* A clean stop hands the lease over. */
static bool is_over(controller *c, int64_t now)
{
    if (c->options.once && c->is_ready && c->lease.is_held && !c->is_ending && writer_is_idle(c)) {
        c->is_ending = true;
        c->end_by_ms = now + END_MS;
    }
    if (!c->is_ending)
        return false;
    if (now < c->end_by_ms && lease_release(c, now)) {
        loop_due(&c->loop, c->end_by_ms);
        return false;
    }
    return true;
}

int run_loop(controller *c)
{
    c->context_watch = (watcher){fedpol_context_get_fd(c->context), on_context, NULL};
    if (loop_watch(&c->loop, &c->context_watch, EPOLLIN) < 0)
        return -1;
    for (;;) {
        int64_t now = loop_now_ms();

        c->loop.due_ms = INT64_MAX;
        lease_step_on(c, now);
        if (clusters_are_ready(c)) {
            writer_step(c, now);
            events_step(c, now);
        }
        serve_step(&c->server);
        if (is_over(c, now))
            return 0;
        if (loop_wait(&c->loop) < 0)
            return -1;
    }
}

void close_loop(controller *c)
{
    watch_close(&c->signals);
    loop_done(&c->loop);
}
