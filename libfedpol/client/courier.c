/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/courier.h"

#include "libfedpol/client/pem_files.h"

/* A parcel is one request on its way: waiting for its turn, or with the carrier. */
typedef struct parcel parcel;
struct parcel {
    fp_courier *courier;
    fp_response_sink sink; /* of who sent it */
    char *path;
    char *body;
    fp_request request;    /* with that path */
    fp_exchange *exchange; /* NULL: it waits */
    uint64_t generation;   /* of the credential that it went with */
    parcel *prev;
    parcel *next;
};

struct fp_courier {
    fp_http *http;
    fp_http_peer *peer; /* NULL: there is no credential yet */
    const fp_client_config *config;
    fp_credential *credential;
    void (*wake)(void *user, bool heard); /* NULL: nobody waits */
    void *user;
    fp_pem_files files;
    bool files_changed;  /* and the peer is one of the older texts */
    fedpol_error *error; /* why there is no credential */
    uint64_t generation;
    uint64_t cert_generation;
    parcel *first; /* all parcels, in the order in which they were sent */
    parcel *last;
    size_t n_lists; /* with the carrier */
    size_t n_waiting;
    int64_t now_ms;
    int64_t tokens_ms; /* of the bucket, in thousandths of a request */
    int64_t filled_ms; /* when the bucket was looked at last; -1: never */
};

int fp_courier_new(fp_http *http, const fp_client_config *config, int64_t now_ms, fp_courier **ret)
{
    fp_courier *courier = fp_alloc_zero(1, sizeof(*courier));
    int r;

    if (!courier)
        return FEDPOL_E_NOMEM;
    courier->http = http;
    courier->config = config;
    courier->filled_ms = -1;
    fp_pem_files_init(&courier->files, config, now_ms);
    r = fp_credential_new(config, &courier->credential);
    if (r < 0) {
        fp_free(courier);
        return r;
    }
    *ret = courier;
    return 0;
}

void fp_courier_set_wake(fp_courier *courier, void (*wake)(void *user, bool heard), void *user)
{
    courier->wake = wake;
    courier->user = user;
}

static void wake(fp_courier *courier, bool heard)
{
    if (courier->wake)
        courier->wake(courier->user, heard);
}

static void parcel_free(parcel *p)
{
    fp_courier *courier = p->courier;

    if (p->prev)
        p->prev->next = p->next;
    else
        courier->first = p->next;
    if (p->next)
        p->next->prev = p->prev;
    else
        courier->last = p->prev;
    if (!p->exchange)
        courier->n_waiting--;
    else if (!p->request.is_watch)
        courier->n_lists--;
    fp_free(p->path);
    fp_free(p->body);
    fp_free(p);
}

static void cancel(void *self, fp_exchange *exchange)
{
    fp_courier *courier = self;
    parcel *p = (parcel *)(void *)exchange;

    wake(courier, false);
    if (p->exchange)
        fp_http_cancel(courier->http, p->exchange);
    parcel_free(p);
}

fp_courier *fp_courier_free(fp_courier *courier)
{
    if (courier) {
        while (courier->first)
            cancel(courier, (fp_exchange *)(void *)courier->first);
        fp_http_peer_unref(courier->peer);
        fp_credential_free(courier->credential);
        fp_pem_files_done(&courier->files);
        fedpol_error_free(courier->error);
        fp_free(courier);
    }
    return NULL;
}

/* --- a parcel's way --- */

static int on_head(void *user, const fp_response_head *head)
{
    parcel *p = user;

    wake(p->courier, true);
    if (head->status == 401) {
        fp_credential_rejected(p->courier->credential, p->generation, p->courier->now_ms);
        fp_pem_files_doubt(&p->courier->files, p->courier->now_ms);
    }
    return p->sink.head(p->sink.user, head);
}

static int on_body(void *user, fp_str bytes)
{
    parcel *p = user;

    wake(p->courier, true);
    return p->sink.body(p->sink.user, bytes);
}

static void on_done(void *user, const fp_outcome *outcome)
{
    parcel *p = user;
    fp_response_sink sink = p->sink;

    wake(p->courier, true);
    /* A server that does not trust our certificate may just hang up. */
    if (outcome->failure == FP_FAILURE_TLS ||
        (outcome->failure == FP_FAILURE_CUT && outcome->status == 0))
        fp_pem_files_doubt(&p->courier->files, p->courier->now_ms);
    parcel_free(p);
    sink.done(sink.user, outcome);
}

static int start(void *self, const fp_request *request, const fp_response_sink *sink,
                 fp_exchange **ret)
{
    fp_courier *courier = self;
    parcel *p = fp_alloc_zero(1, sizeof(*p));

    if (!p)
        return FEDPOL_E_NOMEM;
    p->path = fp_str_dup(fp_str_of(request->path));
    p->body = fp_str_dup(request->body);
    if (!p->path || !p->body) {
        fp_free(p->path);
        fp_free(p->body);
        fp_free(p);
        return FEDPOL_E_NOMEM;
    }
    p->courier = courier;
    p->sink = *sink;
    p->request = *request;
    p->request.path = p->path;
    p->request.body.ptr = p->body;
    p->prev = courier->last;
    if (courier->last)
        courier->last->next = p;
    else
        courier->first = p;
    courier->last = p;
    courier->n_waiting++;
    wake(courier, false);
    *ret = (fp_exchange *)(void *)p;
    return 0;
}

fp_transport fp_courier_transport(fp_courier *courier)
{
    return (fp_transport){start, cancel, courier};
}

/* --- turns --- */

static void fill_bucket(fp_courier *courier, int64_t now_ms)
{
    if (courier->filled_ms < 0)
        courier->tokens_ms = FP_COURIER_BURST * 1000;
    else if (now_ms > courier->filled_ms)
        courier->tokens_ms += (now_ms - courier->filled_ms) * FP_COURIER_RATE;
    if (courier->tokens_ms > FP_COURIER_BURST * 1000)
        courier->tokens_ms = FP_COURIER_BURST * 1000;
    courier->filled_ms = now_ms;
}

static bool may_go(const fp_courier *courier, const parcel *p)
{
    return courier->tokens_ms >= 1000 &&
           (p->request.is_watch || courier->n_lists < FP_COURIER_LISTS);
}

static int send_parcel(fp_courier *courier, parcel *p)
{
    const fp_response_sink sink = {on_head, on_body, on_done, p};
    fp_exchange *exchange = NULL;

    p->generation = courier->generation;
    fp_try(fp_http_start(courier->http, courier->peer, &p->request,
                         fp_str_of(fp_credential_authorization(courier->credential)), &sink,
                         &exchange));
    p->exchange = exchange;
    courier->n_waiting--;
    if (!p->request.is_watch)
        courier->n_lists++;
    courier->tokens_ms -= 1000;
    return 0;
}

static int send_waiting(fp_courier *courier)
{
    for (parcel *p = courier->first; p; p = p->next)
        if (!p->exchange && may_go(courier, p))
            fp_try(send_parcel(courier, p));
    return 0;
}

/* Certificates that changed need connections of their own; what runs goes on over the old ones. */
static int renew_peer(fp_courier *courier)
{
    uint64_t generation = fp_credential_cert_generation(courier->credential);
    fp_http_peer *peer = NULL;

    if (courier->peer && generation == courier->cert_generation && !courier->files_changed)
        return 0;
    fp_try(fp_http_peer_new(courier->http, fp_pem_files_config(&courier->files, courier->config),
                            fp_credential_cert_pem(courier->credential),
                            fp_credential_key_pem(courier->credential), &peer));
    fp_http_peer_unref(courier->peer);
    courier->peer = peer;
    courier->cert_generation = generation;
    courier->files_changed = false;
    return 0;
}

void fp_courier_tell_time(fp_courier *courier, int64_t now_ms)
{
    courier->now_ms = now_ms;
}

int fp_courier_poll(fp_courier *courier, int64_t now_ms, int64_t now_unix_s, fp_courier_state *ret)
{
    fedpol_error *error = NULL;
    int r;

    *ret = (fp_courier_state){.fd = -1};
    courier->now_ms = now_ms;
    r = fp_credential_poll(courier->credential, now_ms, now_unix_s, &error);
    ret->fd = fp_credential_get_fd(courier->credential);
    if (r < 0) {
        if (error) { /* a failure that still stands was told before */
            fedpol_error_free(courier->error);
            courier->error = error;
        }
        ret->code = r;
        return r == FEDPOL_E_NOMEM ? r : 0;
    }
    error = fedpol_error_free(error); /* what there was before still serves */
    if (r == 0)
        return 0;
    courier->error = fedpol_error_free(courier->error);
    r = fp_pem_files_poll(&courier->files, now_ms);
    fp_try(r);
    courier->files_changed = courier->files_changed || r > 0;
    fp_try(renew_peer(courier));
    ret->ready = true;
    ret->renewed = r > 0 || courier->generation != fp_credential_generation(courier->credential);
    courier->generation = fp_credential_generation(courier->credential);
    fill_bucket(courier, now_ms);
    return send_waiting(courier);
}

int64_t fp_courier_deadline_ms(const fp_courier *courier)
{
    int64_t deadline = fp_credential_deadline_ms(courier->credential);
    int64_t files = fp_pem_files_deadline_ms(&courier->files);

    if (files < deadline)
        deadline = files;
    /* A list that ends makes room by itself; only the bucket needs time. */
    if (courier->n_waiting && courier->peer && courier->tokens_ms < 1000 &&
        courier->filled_ms + 1000 / FP_COURIER_RATE < deadline)
        return courier->filled_ms + 1000 / FP_COURIER_RATE;
    return deadline;
}

const char *fp_courier_message(const fp_courier *courier)
{
    return fedpol_error_get_message(courier->error);
}
