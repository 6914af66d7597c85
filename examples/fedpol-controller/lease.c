/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controller.h"
#include "json.h"

/*
 * The holder renews every two seconds and counts as leader until ten after the last success; others
 * may take a lease that did not change for its fifteen seconds, by their own clocks. So nobody's
 * clock has to be right, and there is a gap between two leaders.
 */
enum { DURATION_S = 15, RENEW_DEADLINE_MS = 10000, RETRY_MS = 2000 };

static void put_time(char ret[40])
{
    struct timespec now = {0};
    struct tm parts;
    char seconds[24];

    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &parts);
    (void)strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(ret, 40, "%s.%06uZ", seconds, (unsigned)(now.tv_nsec / 1000) % 1000000u);
}

static void put_path(const controller *c, bool with_name, char *ret, size_t size)
{
    (void)snprintf(ret, size, "/apis/coordination.k8s.io/v1/namespaces/%s/leases%s%s",
                   c->options.lease_namespace, with_name ? "/" : "",
                   with_name ? c->options.lease_name : "");
}

static void put_body(controller *c, bool release, text_buf *ret)
{
    lease_state *lease = &c->lease;
    char now[40];

    put_time(now);
    if (!lease->is_held && !release && *lease->version)
        lease->transitions++; /* from somebody else, or from an earlier life */
    if (!lease->is_held && !release)
        (void)snprintf(lease->acquired, sizeof(lease->acquired), "%s", now);
    text_put(ret, "{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":"
                  "{\"namespace\":");
    text_quoted(ret, c->options.lease_namespace);
    text_put(ret, ",\"name\":");
    text_quoted(ret, c->options.lease_name);
    if (*lease->version) {
        text_put(ret, ",\"resourceVersion\":");
        text_quoted(ret, lease->version);
    }
    text_put(ret, "},\"spec\":{\"holderIdentity\":");
    text_quoted(ret, release ? "" : c->options.identity);
    text_put(ret,
             ",\"leaseDurationSeconds\":%d,\"acquireTime\":\"%s\",\"renewTime\":\"%s\","
             "\"leaseTransitions\":%lld}}",
             release ? 1 : DURATION_S, lease->acquired, now, (long long)lease->transitions);
}

static void send(controller *c, lease_step step, int64_t now)
{
    static const char *const methods[] = {
        [LEASE_READ] = "GET",  [LEASE_CREATE] = "POST", [LEASE_TAKE] = "PUT",
        [LEASE_RENEW] = "PUT", [LEASE_RELEASE] = "PUT",
    };
    lease_state *lease = &c->lease;
    text_buf body = {0};
    char path[400];

    put_path(c, step != LEASE_CREATE, path, sizeof(path));
    if (step != LEASE_READ)
        put_body(c, step == LEASE_RELEASE, &body);
    if (!body.failed && fedpol_cluster_request(c->local, methods[step], path, body.data,
                                               &lease->request, NULL) == 0) {
        lease->step = step;
        lease->sent_ms = now;
    } else {
        lease->due_ms = now + RETRY_MS;
    }
    text_done(&body);
}

/* --- answers --- */

/* What the lease says; a new version is observed from now on. */
static void take_in(controller *c, const char *body, int64_t now)
{
    lease_state *lease = &c->lease;
    char version[sizeof(lease->version)] = "";
    char holder[sizeof(lease->holder)] = "";
    int64_t duration_s = DURATION_S;

    (void)json_get_string(body, "metadata", "resourceVersion", version, sizeof(version));
    (void)json_get_string(body, "spec", "holderIdentity", holder, sizeof(holder));
    (void)json_get_integer(body, "spec", "leaseDurationSeconds", &duration_s);
    (void)json_get_integer(body, "spec", "leaseTransitions", &lease->transitions);
    if (strcmp(version, lease->version) != 0) {
        (void)snprintf(lease->version, sizeof(lease->version), "%s", version);
        lease->observed_ms = now;
    }
    (void)snprintf(lease->holder, sizeof(lease->holder), "%s", holder);
    if (duration_s < 1 || duration_s > 3600)
        duration_s = DURATION_S;
    lease->duration_ms = duration_s * 1000;
}

static void win(controller *c, int64_t now)
{
    lease_state *lease = &c->lease;

    lease->renewed_ms = lease->sent_ms;
    lease->due_ms = now + RETRY_MS;
    lease->error[0] = '\0';
    if (lease->is_held)
        return;
    lease->is_held = true;
    lease->n_taken++;
    c->writer.is_dirty = true;
    say("leader: %s", c->options.identity);
}

static void lose(controller *c, const char *why)
{
    if (!c->lease.is_held)
        return;
    c->lease.is_held = false;
    writer_stop(c);
    say("no leader any more: %s", why);
}

static void note_failure(controller *c, int64_t now)
{
    lease_state *lease = &c->lease;
    int64_t wait = fedpol_request_get_retry_after_ms(lease->request);
    int status = fedpol_request_get_status(lease->request);
    char error[sizeof(lease->error)];

    (void)snprintf(error, sizeof(error), "the lease: %.200s",
                   fedpol_request_get_message(lease->request));
    if (strcmp(error, lease->error) != 0 && status != 409)
        say("%s", error);
    memcpy(lease->error, error, sizeof(error));
    lease->due_ms = now + (wait > RETRY_MS ? wait : RETRY_MS);
}

static void take_answer(controller *c, int64_t now)
{
    lease_state *lease = &c->lease;
    lease_step step = lease->step;
    int status = fedpol_request_get_status(lease->request);

    lease->step = LEASE_REST;
    if (status == 200 || status == 201) {
        take_in(c, fedpol_request_get_body(lease->request, NULL), now);
        lease->due_ms = now + (step == LEASE_READ ? 0 : RETRY_MS);
        if (step == LEASE_CREATE || step == LEASE_TAKE || step == LEASE_RENEW)
            win(c, now);
        else if (step == LEASE_READ && strcmp(lease->holder, c->options.identity) != 0)
            lose(c, "somebody else holds the lease");
    } else if (status == 404 && step == LEASE_READ) {
        lease->version[0] = '\0';
        lease->holder[0] = '\0';
        lease->due_ms = now;
    } else {
        note_failure(c, now);
        if (status == 409 || status == 404) { /* somebody was faster: look again */
            lease->version[0] = '\0';
            lease->due_ms = now + (lease->is_held ? 0 : RETRY_MS);
        }
    }
    lease->request = fedpol_request_free(lease->request);
}

/* --- steps --- */

static void choose(controller *c, bool was_read, int64_t now)
{
    lease_state *lease = &c->lease;
    bool ours = strcmp(lease->holder, c->options.identity) == 0;

    if (lease->is_held && *lease->version)
        send(c, LEASE_RENEW, now);
    else if (!was_read)
        send(c, LEASE_READ, now);
    else if (!*lease->version)
        send(c, LEASE_CREATE, now);
    else if (!*lease->holder || ours || now - lease->observed_ms >= lease->duration_ms)
        send(c, LEASE_TAKE, now);
    else
        lease->due_ms = now + RETRY_MS;
}

void lease_step_on(controller *c, int64_t now)
{
    lease_state *lease = &c->lease;
    bool was_read = false;

    if (c->options.no_lease) {
        if (!lease->is_held)
            c->writer.is_dirty = true;
        lease->is_held = true;
        return;
    }
    if (lease->request && fedpol_request_is_done(lease->request)) {
        was_read = lease->step == LEASE_READ;
        take_answer(c, now);
    }
    if (lease->is_held && now - lease->renewed_ms >= RENEW_DEADLINE_MS)
        lose(c, "it could not be renewed in time");
    if (lease->is_held)
        loop_due(&c->loop, lease->renewed_ms + RENEW_DEADLINE_MS);
    if (lease->request && now - lease->sent_ms >= RENEW_DEADLINE_MS / 2) {
        lease->request = fedpol_request_free(lease->request); /* what became of it is not known */
        lease->version[0] = '\0';
        lease->step = LEASE_REST;
    }
    if (!lease->request && now >= lease->due_ms && !c->is_ending)
        choose(c, was_read, now);
    loop_due(&c->loop, lease->request ? lease->sent_ms + RENEW_DEADLINE_MS / 2 : lease->due_ms);
}

bool lease_release(controller *c, int64_t now)
{
    lease_state *lease = &c->lease;

    if (c->options.no_lease)
        return false;
    if (lease->step == LEASE_RELEASE) {
        if (lease->request && !fedpol_request_is_done(lease->request))
            return true;
        lease->request = fedpol_request_free(lease->request);
        return false;
    }
    if (!lease->is_held || !*lease->version)
        return false;
    lease->is_held = false;
    writer_stop(c);
    lease->request = fedpol_request_free(lease->request);
    send(c, LEASE_RELEASE, now);
    return lease->request != NULL;
}

void lease_done(controller *c)
{
    c->lease.request = fedpol_request_free(c->lease.request);
}
