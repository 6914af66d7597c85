/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

int64_t loop_now_ms(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int loop_init(event_loop *loop, void *owner)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    loop->owner = owner;
    loop->due_ms = INT64_MAX;
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    return loop->epoll < 0 ? -1 : sigaction(SIGPIPE, &ignore, NULL);
}

void loop_done(event_loop *loop)
{
    if (loop->epoll >= 0)
        (void)close(loop->epoll);
    loop->epoll = -1;
}

int loop_signals(const int *signals, int n)
{
    sigset_t set;

    (void)sigemptyset(&set);
    for (int i = 0; i < n; i++)
        (void)sigaddset(&set, signals[i]);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int loop_watch(event_loop *loop, watcher *watch, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};

    return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, watch->fd, &event);
}

void loop_watch_change(event_loop *loop, watcher *watch, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};

    (void)epoll_ctl(loop->epoll, EPOLL_CTL_MOD, watch->fd, &event);
}

void watch_close(watcher *watch)
{
    if (watch->fd >= 0)
        (void)close(watch->fd); /* the programs have no copy, so epoll forgets it too */
    watch->fd = -1;
}

void loop_due(event_loop *loop, int64_t time_ms)
{
    if (time_ms < loop->due_ms)
        loop->due_ms = time_ms;
}

static int wait_ms(const event_loop *loop)
{
    int64_t left;

    if (loop->due_ms == INT64_MAX)
        return -1;
    left = loop->due_ms - loop_now_ms();
    return left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

int loop_wait(event_loop *loop)
{
    struct epoll_event events[32];
    int n = epoll_wait(loop->epoll, events, 32, wait_ms(loop));

    if (n < 0 && errno != EINTR)
        return -1;
    for (int i = 0; i < n; i++) {
        watcher *watch = events[i].data.ptr;

        if (watch->fd >= 0)
            watch->call(loop->owner, watch, events[i].events);
    }
    return 0;
}
