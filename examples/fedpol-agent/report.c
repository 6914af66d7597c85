/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../common/report_clusters.h"
#include "agent.h"

/* What the status server says: metrics for a scraper, JSON for a person or a program. */

static void put_own(const agent_state *agent, text_buf *ret)
{
    const apply_state *apply = &agent->apply;

    report_type(ret, "fedpol_applies", "counter", "Transactions for the kernel.");
    text_put(ret,
             "fedpol_applies_total{result=\"ok\"} %" PRIu64 "\n"
             "fedpol_applies_total{result=\"failed\"} %" PRIu64 "\n",
             apply->n_ok[0] + apply->n_ok[1], apply->n_failed);
    report_type(ret, "fedpol_last_apply_timestamp_seconds", "gauge", "When one was last in force.");
    if (apply->last_s)
        text_put(ret, "fedpol_last_apply_timestamp_seconds %" PRId64 "\n", apply->last_s);
    report_type(ret, "fedpol_rules_current", "gauge", "1 if the kernel has what was calculated.");
    text_put(ret, "fedpol_rules_current %d\n", apply_is_current(agent));
    report_type(ret, "fedpol_flushed_addresses", "counter",
                "Addresses that left and were flushed.");
    text_put(ret, "fedpol_flushed_addresses_total %" PRIu64 "\n", agent->flush.n_flushed);
}

void report_metrics(void *user, text_buf *ret)
{
    const agent_state *agent = user;

    report_cluster_metrics(agent->context, ret);
    put_own(agent, ret);
    text_put(ret, "# EOF\n");
}

/* The hash of the whole ruleset as calculated now, by which nodes and runs can be compared. By a
   renderer of its own: that of the transactions keeps account of what the kernel got. */
static void calculate_hash(agent_state *agent)
{
    fedpol_renderer *renderer = NULL;
    fedpol_ruleset *ruleset = NULL;
    int r;

    if (agent->hash[0] && agent->hash_version == agent->version)
        return;
    agent->hash[0] = '\0';
    r = fedpol_renderer_new(agent->context, &agent->options.render, &renderer, NULL);
    if (r == 0)
        r = fedpol_renderer_full(renderer, &ruleset);
    if (r == 0)
        (void)snprintf(agent->hash, sizeof(agent->hash), "%s", fedpol_ruleset_get_hash(ruleset));
    agent->hash_version = agent->version;
    ruleset = fedpol_ruleset_unref(ruleset);
    renderer = fedpol_renderer_unref(renderer);
}

static const char *yes_no(bool value)
{
    return value ? "true" : "false";
}

void report_status(void *user, text_buf *ret)
{
    agent_state *agent = user;
    const apply_state *apply = &agent->apply;
    const agent_options *options = &agent->options;

    calculate_hash(agent);
    text_put(ret, "{\n  \"version\":");
    text_quoted(ret, fedpol_version());
    text_put(ret, ",\"node\":");
    if (options->node)
        text_quoted(ret, options->node);
    else
        text_put(ret, "null");
    text_put(ret, ",\"settled\":%s,\"healthy\":%s,\n  \"ruleset\":{\"table\":",
             yes_no(agent->is_settled), yes_no(!report_trouble(agent)));
    text_quoted(ret, options->render.table ? options->render.table : "fedpol");
    text_put(ret, ",\"hash\":\"%s\",\"in_force\":%s},\n", agent->hash,
             yes_no(apply_is_current(agent)));
    text_put(ret,
             "  \"apply\":{\"state\":\"%s\",\"full\":%" PRIu64 ",\"deltas\":%" PRIu64
             ",\"failed\":%" PRIu64 ",\"last\":",
             apply_state_name(agent), apply->n_ok[0], apply->n_ok[1], apply->n_failed);
    report_number(ret, apply->last_s, apply->last_s != 0);
    text_put(ret, ",\"error\":");
    text_quoted(ret, apply->error);
    text_put(ret, "},\n  \"flush\":{\"on\":%s,\"queued\":%zu,\"flushed\":%" PRIu64 "},\n",
             yes_no(options->flush && !agent->flush.is_off), agent->flush.n - agent->flush.first,
             agent->flush.n_flushed);
    report_cluster_status(agent->context, ret);
    text_put(ret, "}\n");
}

const char *report_trouble(void *user)
{
    const agent_state *agent = user;

    if (!agent->is_settled)
        return "waiting for clusters";
    if (!agent->is_ready)
        return "the local cluster was never complete";
    if (agent->apply.is_failing)
        return "the last ruleset was not applied";
    return agent->apply.was_applied ? NULL : "nothing is applied yet";
}
