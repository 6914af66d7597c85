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

static void end(agent_state *agent)
{
    agent->was_interrupted_twice = agent->is_ending;
    agent->is_ending = true;
    agent->end_by_ms = loop_now_ms() + END_MS;
}

static void on_signal(void *owner, watcher *watch, uint32_t events)
{
    agent_state *agent = owner;
    struct signalfd_siginfo info;

    (void)events;
    while (read(watch->fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGHUP)
            clusters_reload(agent);
        else if (info.ssi_signo != SIGCHLD) /* which has no more to say than that it came */
            end(agent);
    }
}

static void on_context(void *owner, watcher *watch, uint32_t events)
{
    (void)watch;
    (void)events;
    clusters_process(owner);
}

int open_loop(agent_state *agent)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};

    if (loop_init(&agent->loop, agent) < 0)
        return -1;
    agent->signals = (watcher){loop_signals(signals, 4), on_signal, NULL};
    return agent->signals.fd < 0 ? -1 : loop_watch(&agent->loop, &agent->signals, EPOLLIN);
}

static bool is_over(agent_state *agent)
{
    if (agent->options.once && agent->is_settled && !agent->is_ready) {
        agent->status = EXIT_SOURCE;
        return true;
    }
    if (!agent->is_ending)
        return false;
    loop_due(&agent->loop, agent->end_by_ms);
    return !agent->nft.is_busy || agent->was_interrupted_twice || loop_now_ms() >= agent->end_by_ms;
}

int run_loop(agent_state *agent)
{
    agent->context_watch = (watcher){fedpol_context_get_fd(agent->context), on_context, NULL};
    if (loop_watch(&agent->loop, &agent->context_watch, EPOLLIN) < 0)
        return -1;
    for (;;) {
        agent->loop.due_ms = INT64_MAX;
        nft_check(agent);
        if (clusters_are_ready(agent))
            apply_step(agent);
        flush_step(agent);
        serve_step(&agent->server);
        if (is_over(agent))
            return 0;
        if (loop_wait(&agent->loop) < 0)
            return -1;
    }
}

void close_loop(agent_state *agent)
{
    watch_close(&agent->signals);
    loop_done(&agent->loop);
}
