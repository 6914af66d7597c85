/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "agent.h"

enum { END_MS = 5000 };

int watch_add(agent_state *agent, watcher *watch, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};

    return epoll_ctl(agent->epoll, EPOLL_CTL_ADD, watch->fd, &event);
}

void watch_change(agent_state *agent, watcher *watch, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};

    (void)epoll_ctl(agent->epoll, EPOLL_CTL_MOD, watch->fd, &event);
}

void watch_close(watcher *watch)
{
    if (watch->fd >= 0)
        (void)close(watch->fd); /* the programs have no copy, so epoll forgets it too */
    watch->fd = -1;
}

void loop_due(agent_state *agent, int64_t time_ms)
{
    if (time_ms < agent->due_ms)
        agent->due_ms = time_ms;
}

static void end(agent_state *agent)
{
    agent->was_interrupted_twice = agent->is_ending;
    agent->is_ending = true;
    agent->end_by_ms = now_ms() + END_MS;
}

static void on_signal(agent_state *agent, watcher *watch, uint32_t events)
{
    struct signalfd_siginfo info;

    (void)events;
    while (read(watch->fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGHUP)
            clusters_reload(agent);
        else if (info.ssi_signo != SIGCHLD) /* which has no more to say than that it came */
            end(agent);
    }
}

static void on_context(agent_state *agent, watcher *watch, uint32_t events)
{
    (void)watch;
    (void)events;
    clusters_process(agent);
}

int loop_init(agent_state *agent)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t signals;

    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    (void)sigaddset(&signals, SIGCHLD);
    agent->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (agent->epoll < 0 || sigaction(SIGPIPE, &ignore, NULL) < 0 ||
        sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
        return -1;
    agent->signals = (watcher){signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK), on_signal, NULL};
    return agent->signals.fd < 0 ? -1 : watch_add(agent, &agent->signals, EPOLLIN);
}

static bool is_over(agent_state *agent)
{
    if (agent->options.once && agent->is_settled && !agent->is_ready) {
        agent->status = EXIT_SOURCE;
        return true;
    }
    if (!agent->is_ending)
        return false;
    loop_due(agent, agent->end_by_ms);
    return !agent->nft.is_busy || agent->was_interrupted_twice || now_ms() >= agent->end_by_ms;
}

static int wait_ms(const agent_state *agent)
{
    int64_t left;

    if (agent->due_ms == INT64_MAX)
        return -1;
    left = agent->due_ms - now_ms();
    return left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

int loop_run(agent_state *agent)
{
    struct epoll_event events[32];

    agent->context_watch = (watcher){fedpol_context_get_fd(agent->context), on_context, NULL};
    if (watch_add(agent, &agent->context_watch, EPOLLIN) < 0)
        return -1;
    for (;;) {
        int n;

        agent->due_ms = INT64_MAX;
        nft_check(agent);
        if (clusters_are_ready(agent))
            apply_step(agent);
        flush_step(agent);
        serve_step(agent);
        if (is_over(agent))
            return 0;
        n = epoll_wait(agent->epoll, events, 32, wait_ms(agent));
        if (n < 0 && errno != EINTR)
            return -1;
        for (int i = 0; i < n; i++) {
            watcher *watch = events[i].data.ptr;

            if (watch->fd >= 0)
                watch->call(agent, watch, events[i].events);
        }
    }
}

void loop_done(agent_state *agent)
{
    watch_close(&agent->signals);
    if (agent->epoll >= 0)
        (void)close(agent->epoll);
    agent->epoll = -1;
}
