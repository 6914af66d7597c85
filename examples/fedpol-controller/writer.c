/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller.h"

/*
 * The library says what differs from what is wanted, by what the local cluster said last. A write
 * that was done shows up there only with the next watch event; until then it is remembered, so that
 * it is not done twice.
 */
enum {
    SETTLE_MS = 10000, /* until the watch must have told of a write */
    CONFLICT_MS = 1000,
    FORBIDDEN_MS = 60000,
    INVALID_MS = 300000,
    MAX_BACKOFF_MS = 30000,
};

static void job_clear(write_job *job)
{
    free(job->key);
    free(job->version);
    free(job->ns);
    free(job->service);
    job->request = fedpol_request_free(job->request);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const write_job *)a)->key, ((const write_job *)b)->key);
}

static char *key_of(const fedpol_service_objects *list, size_t i)
{
    char key[600];

    (void)snprintf(key, sizeof(key), "%s %s/%s", fedpol_service_objects_get_kind(list, i),
                   fedpol_service_objects_get_namespace(list, i),
                   fedpol_service_objects_get_name(list, i));
    return strdup(key);
}

/* What was remembered of the object moves over, if there is anything. */
static bool take_over(writer_state *w, const fedpol_service_objects *list, size_t i, write_job *ret)
{
    write_job *known = NULL;

    *ret = (write_job){.key = key_of(list, i), .index = i, .is_wanted = true};
    if (!ret->key)
        return false;
    if (w->n_jobs > 0)
        known = bsearch(ret, w->jobs, w->n_jobs, sizeof(*known), by_key);
    if (!known || known->was_taken)
        return true;
    free(ret->key);
    *ret = *known;
    ret->index = i;
    ret->is_wanted = true;
    known->was_taken = true;
    return true;
}

/* One job for each object of the list; others stay only while a request is under way. */
static bool make_jobs(writer_state *w, const fedpol_service_objects *list)
{
    size_t n = fedpol_service_objects_get_count(list);
    write_job *jobs = calloc(n + w->n_jobs + 1, sizeof(*jobs));
    size_t made = 0;

    if (!jobs)
        return false;
    for (size_t i = 0; i < n; i++)
        made += take_over(w, list, i, &jobs[made]);
    for (size_t i = 0; i < w->n_jobs; i++) {
        write_job *job = &w->jobs[i];

        if (!job->was_taken && job->request) {
            jobs[made] = *job;
            jobs[made++].is_wanted = false;
        } else if (!job->was_taken) {
            job_clear(job);
        }
    }
    free(w->jobs);
    w->jobs = jobs;
    w->n_jobs = made;
    for (size_t i = 0; i < made; i++)
        jobs[i].was_taken = false;
    qsort(jobs, made, sizeof(*jobs), by_key);
    return true;
}

/* --- sending --- */

static bool is_endpoints(const char *kind)
{
    return strcmp(kind, "Endpoints") == 0;
}

static void put_path(const fedpol_service_objects *list, size_t i, char *ret, size_t size)
{
    const char *kind = fedpol_service_objects_get_kind(list, i);
    bool with_name = fedpol_service_objects_get_verb(list, i) != FEDPOL_VERB_CREATE;

    (void)snprintf(ret, size, "%s/namespaces/%s/%s%s%s",
                   is_endpoints(kind) ? "/api/v1" : "/apis/discovery.k8s.io/v1",
                   fedpol_service_objects_get_namespace(list, i),
                   is_endpoints(kind) ? "endpoints" : "endpointslices", with_name ? "/" : "",
                   with_name ? fedpol_service_objects_get_name(list, i) : "");
}

static void put_body(const fedpol_service_objects *list, size_t i, text_buf *ret)
{
    const char *uid = fedpol_service_objects_get_uid(list, i);
    const char *version = fedpol_service_objects_get_resource_version(list, i);

    if (fedpol_service_objects_get_verb(list, i) != FEDPOL_VERB_DELETE) {
        text_put(ret, "%s", fedpol_service_objects_get_json(list, i));
        return;
    }
    text_put(ret, "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"preconditions\":{");
    if (*uid) {
        text_put(ret, "\"uid\":");
        text_quoted(ret, uid);
    }
    if (*version) {
        text_put(ret, *uid ? ",\"resourceVersion\":" : "\"resourceVersion\":");
        text_quoted(ret, version);
    }
    text_put(ret, "}}");
}

static const char *method_of(int verb)
{
    return verb == FEDPOL_VERB_CREATE ? "POST" : verb == FEDPOL_VERB_DELETE ? "DELETE" : "PUT";
}

/* "app-fp4-…" is of the service "app"; Endpoints have its name. */
static char *service_of(const fedpol_service_objects *list, size_t i)
{
    const char *name = fedpol_service_objects_get_name(list, i);
    const char *end =
        is_endpoints(fedpol_service_objects_get_kind(list, i)) ? NULL : strstr(name, "-fp");

    for (const char *next = end; next; next = strstr(next + 1, "-fp"))
        end = next;
    return end ? strndup(name, (size_t)(end - name)) : strdup(name);
}

static bool remember(write_job *job, const fedpol_service_objects *list, size_t i)
{
    free(job->version);
    free(job->ns);
    free(job->service);
    job->version = strdup(fedpol_service_objects_get_resource_version(list, i));
    job->ns = strdup(fedpol_service_objects_get_namespace(list, i));
    job->service = service_of(list, i);
    job->verb = fedpol_service_objects_get_verb(list, i);
    return job->version && job->ns && job->service;
}

static void send(controller *c, write_job *job, const fedpol_service_objects *list, size_t i,
                 int64_t now)
{
    writer_state *w = &c->writer;
    text_buf body = {0};
    char path[700];

    put_path(list, i, path, sizeof(path));
    put_body(list, i, &body);
    if (body.failed || !remember(job, list, i)) {
        job->not_before_ms = now + CONFLICT_MS;
    } else if (c->options.dry_run) {
        (void)printf("%s %s %s\n", method_of(job->verb), path, body.data);
        (void)fflush(stdout);
        job->not_before_ms = INT64_MAX;
        w->n_ok++;
    } else if (fedpol_cluster_request(c->local, method_of(job->verb), path, body.data,
                                      &job->request, NULL) == 0) {
        w->n_running++;
        w->tokens_ms -= 1000;
    } else {
        job->not_before_ms = now + CONFLICT_MS;
    }
    text_done(&body);
}

/* --- answers --- */

static int64_t backoff_ms(const write_job *job)
{
    int shift = job->failures < 6 ? job->failures : 6;
    int64_t wait = (int64_t)500 << shift;

    return wait < MAX_BACKOFF_MS ? wait : MAX_BACKOFF_MS;
}

static void tell_failure(controller *c, const write_job *job, int status)
{
    const char *message = fedpol_request_get_message(job->request);
    char text[700];

    (void)snprintf(text, sizeof(text), "%s %s: %s", method_of(job->verb), job->key, message);
    if (status == 403 && strstr(message, "address"))
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
                       ". OpenShift's RestrictedEndpointsAdmission refuses addresses of the "
                       "cluster's own networks to whoever may not create endpoints/restricted: "
                       "grant that to the controller's service account");
    if (strcmp(text, c->writer.error) != 0)
        say("%s", text);
    (void)snprintf(c->writer.error, sizeof(c->writer.error), "%.500s", text);
    if (status == 403 || status == 422 || status == 400)
        events_tell(c, job->ns, job->service,
                    status == 403 ? "EndpointsForbidden" : "EndpointsInvalid", text);
}

static void judge(controller *c, write_job *job, int64_t now)
{
    writer_state *w = &c->writer;
    int status = fedpol_request_get_status(job->request);
    int64_t asked = fedpol_request_get_retry_after_ms(job->request);

    if (status >= 200 && status < 300) {
        w->n_ok++;
        w->error[0] = '\0';
        job->failures = 0;
        job->not_before_ms = now + SETTLE_MS;
        return;
    }
    job->failures++;
    if (status == 409 || status == 404) { /* the watch will tell what is there */
        w->n_conflicts++;
        job->not_before_ms = now + CONFLICT_MS;
        return;
    }
    w->n_failed++;
    tell_failure(c, job, status);
    job->not_before_ms = now + (status == 403                    ? FORBIDDEN_MS
                                : status == 422 || status == 400 ? INVALID_MS
                                                                 : backoff_ms(job));
    if (status == 429 || status == 503)
        w->pause_until_ms = now + (asked > 0 ? asked : 1000);
}

static void take_answers(controller *c, int64_t now)
{
    writer_state *w = &c->writer;

    for (size_t i = 0; i < w->n_jobs; i++) {
        write_job *job = &w->jobs[i];

        if (!job->request || !fedpol_request_is_done(job->request))
            continue;
        judge(c, job, now);
        job->request = fedpol_request_free(job->request);
        w->n_running--;
    }
}

/* --- steps --- */

static void fill_bucket(controller *c, int64_t now)
{
    writer_state *w = &c->writer;
    int64_t most = (int64_t)c->options.rate * 2000;

    w->tokens_ms += w->filled_ms ? (now - w->filled_ms) * c->options.rate : most;
    if (w->tokens_ms > most)
        w->tokens_ms = most;
    w->filled_ms = now;
}

/* What the watch has not told of yet is the same version as was written over. */
static bool must_wait(const write_job *job, const fedpol_service_objects *list, int64_t now)
{
    const char *version = fedpol_service_objects_get_resource_version(list, job->index);
    bool same = job->version && strcmp(job->version, version) == 0 &&
                job->verb == fedpol_service_objects_get_verb(list, job->index);

    return now < job->not_before_ms && (same || job->failures > 0);
}

/* False: no more can be sent now. */
static bool look_at(controller *c, write_job *job, int64_t now)
{
    writer_state *w = &c->writer;

    if (job->request || !job->is_wanted)
        return true;
    if (must_wait(job, w->list, now)) {
        if (job->not_before_ms != INT64_MAX)
            loop_due(&c->loop, job->not_before_ms);
        return true;
    }
    if (w->n_running >= MAX_WRITES)
        return false;
    if (w->tokens_ms < 1000) {
        loop_due(&c->loop, now + 1000 / c->options.rate + 1);
        return false;
    }
    send(c, job, w->list, job->index, now);
    return true;
}

/* Asks the library anew. That takes its time where there are many services, so it is done again
   only after ten times as long. */
static void refresh(controller *c, int64_t now)
{
    writer_state *w = &c->writer;
    fedpol_service_objects *list = NULL;
    int r;

    if (now < w->refresh_ms) {
        loop_due(&c->loop, w->refresh_ms);
        return;
    }
    r = fedpol_context_query_service_writes(c->context, c->options.forms, &list);
    if (r == 0 && make_jobs(w, list)) {
        w->list = fedpol_service_objects_unref(w->list);
        w->list = list;
        w->n_wanted = fedpol_service_objects_get_count(list);
        w->is_dirty = false;
    } else {
        list = fedpol_service_objects_unref(list);
        if (r != FEDPOL_E_STATE) /* not in sync: it comes back with an event; else no memory */
            loop_due(&c->loop, now + 1000);
    }
    w->refresh_ms = now + 10 * (loop_now_ms() - now);
}

void writer_step(controller *c, int64_t now)
{
    writer_state *w = &c->writer;

    take_answers(c, now);
    if (!c->lease.is_held || c->is_ending)
        return;
    if (now >= w->resync_ms) {
        w->resync_ms = now + (int64_t)c->options.resync_s * 1000;
        w->is_dirty = true;
    }
    loop_due(&c->loop, w->resync_ms);
    if (now < w->pause_until_ms) {
        loop_due(&c->loop, w->pause_until_ms);
        return;
    }
    fill_bucket(c, now);
    if (w->is_dirty)
        refresh(c, now);
    for (size_t i = 0; i < w->n_jobs; i++)
        if (!look_at(c, &w->jobs[i], now))
            break;
}

bool writer_is_idle(const controller *c)
{
    const writer_state *w = &c->writer;

    return !w->is_dirty && w->n_running == 0 && (w->n_wanted == 0 || c->options.dry_run);
}

void writer_stop(controller *c)
{
    writer_state *w = &c->writer;

    for (size_t i = 0; i < w->n_jobs; i++)
        job_clear(&w->jobs[i]);
    free(w->jobs);
    w->jobs = NULL;
    w->n_jobs = 0;
    w->n_running = 0;
    w->n_wanted = 0;
    w->list = fedpol_service_objects_unref(w->list);
    w->is_dirty = true;
}

void writer_done(controller *c)
{
    writer_stop(c);
}
