/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "controller.h"

enum { HOUR_MS = 3600000, MINUTE_MS = 60000 };

/* FNV-1a, over what makes two Events the same. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return (hash ^ 0xff) * 0x100000001b3u;
}

/* The oldest gives way where there is no room. */
static bool was_told(events_state *events, uint64_t hash, int64_t now)
{
    size_t oldest = 0;

    for (size_t i = 0; i < events->n_told; i++) {
        if (events->told[i].hash == hash) {
            if (now - events->told[i].time_ms < HOUR_MS)
                return true;
            events->told[i].time_ms = now;
            return false;
        }
        if (events->told[i].time_ms < events->told[oldest].time_ms)
            oldest = i;
    }
    if (events->n_told < MAX_TOLD)
        oldest = events->n_told++;
    events->told[oldest] = (told_event){hash, now};
    return false;
}

static bool has_budget(events_state *events, int64_t now)
{
    if (now - events->minute_ms >= MINUTE_MS) {
        events->minute_ms = now;
        events->in_minute = 0;
    }
    return events->in_minute++ < MAX_EVENTS_A_MINUTE;
}

static fedpol_request **free_place(events_state *events)
{
    for (size_t i = 0; i < sizeof(events->requests) / sizeof(events->requests[0]); i++) {
        fedpol_request **place = &events->requests[i];

        if (*place && fedpol_request_is_done(*place))
            *place = fedpol_request_free(*place);
        if (!*place)
            return place;
    }
    return NULL;
}

static void put_event(const controller *c, const char *ns, const char *service, const char *reason,
                      const char *message, text_buf *ret)
{
    time_t seconds = time(NULL);
    struct tm parts;
    char now[32];

    (void)gmtime_r(&seconds, &parts);
    (void)strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &parts);
    text_put(ret,
             "{\"apiVersion\":\"v1\",\"kind\":\"Event\",\"metadata\":{\"generateName\":\"%s.\","
             "\"namespace\":\"%s\"},\"involvedObject\":{\"apiVersion\":\"v1\",\"kind\":"
             "\"Service\",\"namespace\":\"%s\",\"name\":\"%s\"},\"type\":\"Warning\","
             "\"reason\":\"%s\",\"message\":",
             service, ns, ns, service, reason);
    text_quoted(ret, message);
    text_put(ret,
             ",\"firstTimestamp\":\"%s\",\"lastTimestamp\":\"%s\",\"count\":1,"
             "\"source\":{\"component\":\"fedpol-controller\"},\"reportingComponent\":"
             "\"fedpol-controller\",\"reportingInstance\":",
             now, now);
    text_quoted(ret, c->options.identity);
    text_put(ret, "}");
}

void events_tell(controller *c, const char *ns, const char *service, const char *reason,
                 const char *message)
{
    uint64_t hash = hash_text(0xcbf29ce484222325u, ns);
    events_state *events = &c->events;
    int64_t now = loop_now_ms();
    fedpol_request **place = free_place(events);
    text_buf body = {0};
    char path[300];

    hash = hash_text(hash_text(hash_text(hash, service), reason), message);
    if (c->options.dry_run || !c->lease.is_held)
        return;
    if (!place) { /* the others first */
        events->is_dirty = true;
        return;
    }
    if (was_told(events, hash, now) || !has_budget(events, now))
        return;
    put_event(c, ns, service, reason, message, &body);
    (void)snprintf(path, sizeof(path), "/api/v1/namespaces/%s/events", ns);
    if (!body.failed && fedpol_cluster_request(c->local, "POST", path, body.data, place, NULL) == 0)
        events->n_sent++;
    text_done(&body);
}

static const char *reason_of(const char *code)
{
    static const struct {
        const char *code;
        const char *reason;
    } reasons[] = {
        {"invalid-selector", "InvalidSelector"},
        {"foreign-endpoints", "EndpointsConflict"},
        {"no-effect", "NotFederated"},
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (strcmp(code, reasons[i].code) == 0)
            return reasons[i].reason;
    return NULL;
}

void events_step(controller *c, int64_t now)
{
    fedpol_diagnostic_list *list = NULL;

    (void)now;
    if (!c->events.is_dirty || !c->lease.is_held ||
        fedpol_context_query_diagnostics(c->context, &list) < 0)
        return;
    c->events.is_dirty = false;
    for (size_t i = 0; i < fedpol_diagnostic_list_get_count(list); i++) {
        const char *reason = reason_of(fedpol_diagnostic_list_get_code(list, i));

        if (reason && strcmp(fedpol_diagnostic_list_get_kind(list, i), "Service") == 0 &&
            strcmp(fedpol_diagnostic_list_get_cluster(list, i), c->options.local) == 0)
            events_tell(c, fedpol_diagnostic_list_get_namespace(list, i),
                        fedpol_diagnostic_list_get_name(list, i), reason,
                        fedpol_diagnostic_list_get_message(list, i));
    }
    list = fedpol_diagnostic_list_unref(list);
}

void events_done(controller *c)
{
    for (size_t i = 0; i < sizeof(c->events.requests) / sizeof(c->events.requests[0]); i++)
        c->events.requests[i] = fedpol_request_free(c->events.requests[i]);
}
