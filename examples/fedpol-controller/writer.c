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

static write_job *find_job(writer_state *w, const char *key)
{
    for (size_t i = 0; i < w->n_jobs; i++)
        if (strcmp(w->jobs[i].key, key) == 0)
            return &w->jobs[i];
    return NULL;
}

static void job_clear(write_job *job)
{
    free(job->key);
    free(job->version);
    free(job->body);
    free(job->ns);
    free(job->service);
    job->request = fedpol_request_free(job->request);
}

static write_job *add_job(writer_state *w, const char *key)
{
    write_job *job;

    if (w->n_jobs == w->size) {
        size_t size = w->size ? 2 * w->size : 64;
        write_job *grown = realloc(w->jobs, size * sizeof(*grown));

        if (!grown)
            return NULL;
        w->jobs = grown;
        w->size = size;
    }
    job = &w->jobs[w->n_jobs];
    *job = (write_job){.key = strdup(key)};
    if (!job->key)
        return NULL;
    w->n_jobs++;
    return job;
}

/* Those of objects that need nothing any more are forgotten. */
static void sweep(writer_state *w)
{
    size_t kept = 0;

    for (size_t i = 0; i < w->n_jobs; i++) {
        if (w->jobs[i].seen || w->jobs[i].request)
            w->jobs[kept++] = w->jobs[i];
        else
            job_clear(&w->jobs[i]);
    }
    w->n_jobs = kept;
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
        w->is_dirty = true;
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
static bool must_wait(const write_job *job, const fedpol_service_objects *list, size_t i,
                      int64_t now)
{
    bool same = job->version &&
                strcmp(job->version, fedpol_service_objects_get_resource_version(list, i)) == 0 &&
                job->verb == fedpol_service_objects_get_verb(list, i);

    return now < job->not_before_ms && (same || job->failures > 0);
}

static void look_at(controller *c, const fedpol_service_objects *list, size_t i, int64_t now)
{
    writer_state *w = &c->writer;
    char key[600];
    write_job *job;

    (void)snprintf(key, sizeof(key), "%s %s/%s", fedpol_service_objects_get_kind(list, i),
                   fedpol_service_objects_get_namespace(list, i),
                   fedpol_service_objects_get_name(list, i));
    job = find_job(w, key);
    if (!job)
        job = add_job(w, key);
    if (!job)
        return;
    job->seen = true;
    if (job->request)
        return;
    if (must_wait(job, list, i, now)) {
        if (job->not_before_ms != INT64_MAX)
            loop_due(&c->loop, job->not_before_ms);
        return;
    }
    if (w->n_running >= MAX_WRITES)
        return;
    if (w->tokens_ms < 1000) {
        loop_due(&c->loop, now + 1000 / c->options.rate + 1);
        w->is_dirty = true;
        return;
    }
    send(c, job, list, i, now);
}

static void look_at_all(controller *c, int64_t now)
{
    writer_state *w = &c->writer;
    fedpol_service_objects *list = NULL;
    int r = fedpol_context_query_service_writes(c->context, c->options.forms, &list);

    if (r < 0) { /* not in sync: it comes back with an event; or no memory */
        if (r != FEDPOL_E_STATE)
            loop_due(&c->loop, now + 1000);
        return;
    }
    w->is_dirty = false;
    w->n_wanted = fedpol_service_objects_get_count(list);
    for (size_t i = 0; i < w->n_jobs; i++)
        w->jobs[i].seen = false;
    for (size_t i = 0; i < w->n_wanted; i++)
        look_at(c, list, i, now);
    sweep(w);
    list = fedpol_service_objects_unref(list);
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
    for (size_t i = 0; i < w->n_jobs; i++)
        if (!w->jobs[i].request && now >= w->jobs[i].not_before_ms)
            w->is_dirty = true;
    if (now < w->pause_until_ms) {
        loop_due(&c->loop, w->pause_until_ms);
        return;
    }
    fill_bucket(c, now);
    if (w->is_dirty)
        look_at_all(c, now);
    for (size_t i = 0; i < w->n_jobs; i++)
        if (!w->jobs[i].request && w->jobs[i].not_before_ms != INT64_MAX)
            loop_due(&c->loop, w->jobs[i].not_before_ms);
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
    w->n_jobs = 0;
    w->n_running = 0;
    w->is_dirty = true;
}

void writer_done(controller *c)
{
    writer_stop(c);
    free(c->writer.jobs);
    c->writer.jobs = NULL;
    c->writer.size = 0;
}
