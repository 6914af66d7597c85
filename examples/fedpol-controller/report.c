/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "../common/report_clusters.h"
#include "controller.h"

static void put_counter(text_buf *ret, const char *result, uint64_t value)
{
    text_put(ret, "fedpol_writes_total{result=\"%s\"} %" PRIu64 "\n", result, value);
}

static size_t count_services(const controller *c)
{
    fedpol_service_list *list = NULL;
    size_t n = 0;

    if (fedpol_context_query_services(c->context, &list) == 0)
        n = fedpol_service_list_get_count(list);
    list = fedpol_service_list_unref(list);
    return n;
}

void report_metrics(void *user, text_buf *ret)
{
    const controller *c = user;

    report_cluster_metrics(c->context, ret);
    report_type(ret, "fedpol_writes", "counter", "Objects that were written.");
    put_counter(ret, "ok", c->writer.n_ok);
    put_counter(ret, "failed", c->writer.n_failed);
    put_counter(ret, "conflict", c->writer.n_conflicts);
    report_type(ret, "fedpol_writes_pending", "gauge", "Objects that differ from what is wanted.");
    text_put(ret, "fedpol_writes_pending %zu\n", c->writer.n_wanted);
    report_type(ret, "fedpol_federated_services", "gauge", "Services with the annotation.");
    text_put(ret, "fedpol_federated_services %zu\n", count_services(c));
    report_type(ret, "fedpol_leader", "gauge", "1 if this one may write.");
    text_put(ret, "fedpol_leader %d\n", c->lease.is_held);
    report_type(ret, "fedpol_events", "counter", "Events that were written at Services.");
    text_put(ret, "fedpol_events_total %" PRIu64 "\n", c->events.n_sent);
    text_put(ret, "# EOF\n");
}

void report_status(void *user, text_buf *ret)
{
    controller *c = user;
    const char *trouble = report_trouble(user);

    text_put(ret, "{\n  \"version\":");
    text_quoted(ret, fedpol_version());
    text_put(ret, ",\"healthy\":%s,\"settled\":%s,\n  \"lease\":{\"held\":%s,\"identity\":",
             trouble ? "false" : "true", c->is_ready ? "true" : "false",
             c->lease.is_held ? "true" : "false");
    text_quoted(ret, c->options.identity);
    text_put(ret, ",\"holder\":");
    text_quoted(ret, c->lease.holder);
    text_put(ret, ",\"error\":");
    text_quoted(ret, c->lease.error);
    text_put(ret,
             "},\n  \"writes\":{\"ok\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"conflicts\":%" PRIu64
             ",\"pending\":%zu,\"error\":",
             c->writer.n_ok, c->writer.n_failed, c->writer.n_conflicts, c->writer.n_wanted);
    text_quoted(ret, c->writer.error);
    text_put(ret, "},\n  \"services\":%zu,\n", count_services(c));
    report_cluster_status(c->context, ret);
    text_put(ret, "}\n");
}

const char *report_trouble(void *user)
{
    const controller *c = user;

    if (!c->is_ready)
        return "waiting for clusters";
    if (fedpol_cluster_get_state(c->local) != FEDPOL_CLUSTER_IN_SYNC)
        return "the local cluster is not in sync";
    return c->lease.is_held && c->writer.error[0] ? "the last write failed" : NULL;
}
