/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controller.h"
#include "json.h"

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

static void job_done(event_job *job)
{
    job->request = fedpol_request_free(job->request);
    free(job->message);
    job->message = NULL;
}

static event_job *free_place(events_state *events)
{
    for (size_t i = 0; i < sizeof(events->jobs) / sizeof(events->jobs[0]); i++)
        if (!events->jobs[i].request)
            return &events->jobs[i];
    return NULL;
}

static void put_event(const controller *c, const event_job *job, const char *uid, text_buf *ret)
{
    time_t seconds = time(NULL);
    struct tm parts;
    char now[32];

    (void)gmtime_r(&seconds, &parts);
    (void)strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &parts);
    text_put(ret,
             "{\"apiVersion\":\"v1\",\"kind\":\"Event\",\"metadata\":{\"generateName\":\"%s.\","
             "\"namespace\":\"%s\"},\"involvedObject\":{\"apiVersion\":\"v1\",\"kind\":"
             "\"Service\",\"namespace\":\"%s\",\"name\":\"%s\"",
             job->service, job->ns, job->ns, job->service);
    if (*uid) {
        text_put(ret, ",\"uid\":");
        text_quoted(ret, uid);
    }
    text_put(ret, "},\"type\":\"Warning\",\"reason\":\"%s\",\"message\":", job->reason);
    text_quoted(ret, job->message);
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
    event_job *job = free_place(events);
    char path[300];

    hash = hash_text(hash_text(hash_text(hash, service), reason), message);
    if (c->options.dry_run || !c->lease.is_held)
        return;
    if (!job) { /* the others first */
        events->is_dirty = true;
        return;
    }
    if (was_told(events, hash, now) || !has_budget(events, now))
        return;
    *job = (event_job){.reason = reason, .message = strdup(message)};
    (void)snprintf(job->ns, sizeof(job->ns), "%s", ns);
    (void)snprintf(job->service, sizeof(job->service), "%s", service);
    (void)snprintf(path, sizeof(path), "/api/v1/namespaces/%s/services/%s", ns, service);
    if (!job->message ||
        fedpol_cluster_request(c->local, "GET", path, NULL, &job->request, NULL) < 0)
        job_done(job);
}

/* The Service was asked for: its Event is written, unless it is gone; without the uid if that can't
   be had. */
static void post(controller *c, event_job *job)
{
    const char *service = fedpol_request_get_body(job->request, NULL);
    text_buf body = {0};
    char uid[64] = "";
    char path[300];

    if (fedpol_request_get_status(job->request) == 404) {
        job_done(job);
        return;
    }
    if (fedpol_request_get_status(job->request) == 200)
        (void)json_get_string(service, "metadata", "uid", uid, sizeof(uid));
    job->request = fedpol_request_free(job->request);
    job->is_posted = true;
    put_event(c, job, uid, &body);
    (void)snprintf(path, sizeof(path), "/api/v1/namespaces/%s/events", job->ns);
    if (!body.failed &&
        fedpol_cluster_request(c->local, "POST", path, body.data, &job->request, NULL) == 0)
        c->events.n_sent++;
    else
        job_done(job);
    text_done(&body);
}

static void step_jobs(controller *c)
{
    for (size_t i = 0; i < sizeof(c->events.jobs) / sizeof(c->events.jobs[0]); i++) {
        event_job *job = &c->events.jobs[i];

        if (!job->request || !fedpol_request_is_done(job->request))
            continue;
        if (job->is_posted || !c->lease.is_held)
            job_done(job);
        else
            post(c, job);
    }
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
    step_jobs(c);
    if (!c->events.is_dirty || !c->lease.is_held ||
        fedpol_context_query_diagnostics(c->context, &list) < 0)
        return;
    c->events.is_dirty = false;
    for (size_t i = 0; i < fedpol_diagnostic_list_get_count(list); i++) {
        const char *reason = reason_of(fedpol_diagnostic_list_get_code(list, i));

        if (reason && strcmp(fedpol_diagnostic_list_get_kind(list, i), "Service") == 0 &&
            strcmp(fedpol_diagnostic_list_get_cluster(list, i), c->options.sources.local) == 0)
            events_tell(c, fedpol_diagnostic_list_get_namespace(list, i),
                        fedpol_diagnostic_list_get_name(list, i), reason,
                        fedpol_diagnostic_list_get_message(list, i));
    }
    list = fedpol_diagnostic_list_unref(list);
}

void events_done(controller *c)
{
    for (size_t i = 0; i < sizeof(c->events.jobs) / sizeof(c->events.jobs[0]); i++)
        job_done(&c->events.jobs[i]);
}
