/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"

/* The kernel lets packets of a known connection pass before any rule. So that the next owner of an
   address inherits none, those of an address that left are forgotten: from it, then to it. */

static bool make_room(flush_state *flush)
{
    size_t size = flush->size ? flush->size * 2 : 64;
    char(*queue)[48];

    if (flush->first > 0 && flush->first >= flush->n / 2) {
        memmove(flush->queue, flush->queue + flush->first,
                (flush->n - flush->first) * sizeof(*flush->queue));
        flush->n -= flush->first;
        flush->first = 0;
    }
    if (flush->n < flush->size)
        return true;
    if (flush->n >= MAX_FLUSH_QUEUE)
        return false;
    queue = realloc(flush->queue, size * sizeof(*queue));
    if (!queue)
        return false;
    flush->queue = queue;
    flush->size = size;
    return true;
}

void flush_add(agent_state *agent, const char *address)
{
    flush_state *flush = &agent->flush;

    if (!agent->options.flush || flush->is_off || strlen(address) >= sizeof(*flush->queue))
        return;
    if (flush->n == flush->size && !make_room(flush)) {
        if (!flush->told_full)
            say("too many addresses left at once: the connections of some are not flushed");
        flush->told_full = true;
        return;
    }
    memcpy(flush->queue[flush->n++], address, strlen(address) + 1);
}

static void start(flush_state *flush, pid_t *ret_pid)
{
    const char *address = flush->queue[flush->first];
    const char *const argv[] = {"conntrack",
                                "-D",
                                "-f",
                                strchr(address, ':') ? "ipv6" : "ipv4",
                                flush->by_destination ? "-d" : "-s",
                                address,
                                NULL};
    int number = child_start(argv, -1, -1, ret_pid);

    if (number) {
        say("conntrack: %s; connections of addresses that left are not flushed", strerror(number));
        flush->is_off = true;
        flush->first = flush->n = 0;
        return;
    }
    if (!flush->by_destination) {
        flush->by_destination = true;
        return;
    }
    flush->by_destination = false;
    flush->n_flushed++;
    if (++flush->first < flush->n)
        return;
    flush->first = flush->n = 0;
    flush->told_full = false;
}

void flush_step(agent_state *agent)
{
    flush_state *flush = &agent->flush;
    int status; /* conntrack fails also if there was no connection */

    for (size_t i = 0; i < MAX_FLUSHES; i++) {
        pid_t *pid = &flush->running[i];

        (void)child_reap(pid, &status);
        if (!*pid && flush->first < flush->n && !agent->is_ending)
            start(flush, pid);
    }
}

void flush_done(agent_state *agent)
{
    free(agent->flush.queue);
    agent->flush.queue = NULL;
}
