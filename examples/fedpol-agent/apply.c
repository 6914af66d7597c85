/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent.h"

enum { MIN_WAIT_MS = 1000, MAX_WAIT_MS = 30000 };
enum { MAX_DEPARTED = 4 << 20 };

int apply_init(agent_state *agent, fedpol_error **ret_error)
{
    agent->apply.needs_full = true; /* whatever an earlier run left is replaced as a whole */
    return fedpol_renderer_new(agent->context, &agent->options.render, &agent->apply.renderer,
                               ret_error);
}

/* They are flushed once the kernel has what was rendered, also if that takes a second try. */
static void keep_departed(apply_state *apply)
{
    for (size_t i = 0; i < fedpol_ruleset_get_departed_count(apply->ruleset); i++) {
        if (apply->departed.len > MAX_DEPARTED)
            break; /* nft fails for long, and much comes and goes meanwhile */
        text_put(&apply->departed, "%s\n", fedpol_ruleset_get_departed(apply->ruleset, i));
    }
}

static void flush_departed(agent_state *agent)
{
    text_buf *departed = &agent->apply.departed;
    char *address = departed->data;

    for (size_t i = 0; i < departed->len; i++) {
        if (departed->data[i] != '\n')
            continue;
        departed->data[i] = '\0';
        flush_add(agent, address);
        address = departed->data + i + 1;
    }
    if (departed->failed)
        say("memory was short: some connections of addresses that left are not flushed");
    text_done(departed);
}

static int render(apply_state *apply)
{
    int r = FEDPOL_E_STATE;

    if (!apply->needs_full)
        r = fedpol_renderer_delta(apply->renderer, &apply->ruleset);
    if (r == FEDPOL_E_STATE)
        r = fedpol_renderer_full(apply->renderer, &apply->ruleset);
    return r;
}

void apply_step(agent_state *agent)
{
    apply_state *apply = &agent->apply;
    size_t size = 0;
    const char *data;
    int r;

    if (!agent->is_ready || agent->is_ending || agent->nft.is_busy ||
        (!apply->is_dirty && !apply->needs_full))
        return;
    if (loop_now_ms() < apply->not_before_ms) {
        loop_due(&agent->loop, apply->not_before_ms);
        return;
    }
    r = render(apply);
    if (r < 0) {
        (void)snprintf(agent->nft.message, MAX_LINE, "rendering: %s", fedpol_strerror(r));
        apply_finished(agent, false);
        loop_due(&agent->loop, apply->not_before_ms);
        return;
    }
    apply->is_dirty = false;
    keep_departed(apply);
    data = fedpol_ruleset_get_text(apply->ruleset, &size);
    if (size == 0) {
        apply->ruleset = fedpol_ruleset_unref(apply->ruleset);
        flush_departed(agent);
        return;
    }
    if (nft_begin(agent, data, size, fedpol_ruleset_is_delta(apply->ruleset)))
        return;
    apply_finished(agent, false);
    loop_due(&agent->loop, apply->not_before_ms);
}

static void note_success(agent_state *agent, bool is_delta)
{
    apply_state *apply = &agent->apply;

    apply->n_ok[is_delta]++;
    apply->last_s = (int64_t)time(NULL);
    apply->needs_full = false;
    apply->failures = 0;
    apply->not_before_ms = 0;
    apply->error[0] = '\0';
    if (!apply->was_applied || apply->is_failing)
        say("rules are in force: table inet %s, hash %.16s...",
            agent->options.render.table ? agent->options.render.table : "fedpol",
            fedpol_ruleset_get_hash(apply->ruleset));
    else if (agent->options.verbose)
        say("applied a %s of %zu bytes through nft %s", is_delta ? "delta" : "whole ruleset",
            strlen(fedpol_ruleset_get_text(apply->ruleset, NULL)),
            agent->nft.by_kept ? "-i" : "-f");
    apply->was_applied = true;
    apply->is_failing = false;
    flush_departed(agent);
}

/* What the kernel has is as it was: a transaction is in force as a whole or not at all. */
static void note_failure(agent_state *agent, bool was_delta)
{
    apply_state *apply = &agent->apply;
    int64_t wait = MIN_WAIT_MS;
    char when[32] = "at once";

    apply->n_failed++;
    apply->needs_full = true;
    apply->is_failing = true;
    (void)snprintf(apply->error, sizeof(apply->error), "%s", agent->nft.message);
    for (int i = 0; i < apply->failures && wait < MAX_WAIT_MS; i++)
        wait *= 2;
    if (wait > MAX_WAIT_MS)
        wait = MAX_WAIT_MS;
    if (was_delta)
        wait = 0; /* the whole ruleset may do at once what the delta could not */
    else
        apply->failures++;
    apply->not_before_ms = loop_now_ms() + wait;
    if (wait)
        (void)snprintf(when, sizeof(when), "in %" PRId64 " s", wait / 1000);
    say("rules were not applied: %s; the kernel keeps what it has; the whole ruleset is tried %s",
        apply->error, when);
}

void apply_finished(agent_state *agent, bool ok)
{
    apply_state *apply = &agent->apply;
    bool is_delta = fedpol_ruleset_is_delta(apply->ruleset);

    if (ok)
        note_success(agent, is_delta);
    else
        note_failure(agent, is_delta);
    apply->ruleset = fedpol_ruleset_unref(apply->ruleset);
    if (agent->options.once) {
        agent->is_ending = true;
        agent->status = ok ? EXIT_DONE : EXIT_FAILED;
    }
}

bool apply_is_current(const agent_state *agent)
{
    const apply_state *apply = &agent->apply;

    return apply->was_applied && !apply->is_dirty && !apply->needs_full && !agent->nft.is_busy;
}

const char *apply_state_name(const agent_state *agent)
{
    if (!agent->is_ready)
        return "waiting-for-clusters";
    if (agent->nft.is_busy)
        return "applying";
    if (agent->apply.is_failing)
        return "failing";
    return apply_is_current(agent) ? "in-force" : "pending";
}

void apply_done(agent_state *agent)
{
    agent->apply.ruleset = fedpol_ruleset_unref(agent->apply.ruleset);
    agent->apply.renderer = fedpol_renderer_unref(agent->apply.renderer);
    text_done(&agent->apply.departed);
}
