/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A server that answers every request with any bytes: the first byte of the input says with which
 * status, the second how they are cut into chunks. The reflector asks again and again and never
 * spins: each try either waits or got an answer that it could use.
 */

#include "libfedpol/client/reflector.h"
#include "tests/fuzz/fuzz.h"

typedef struct server {
    fp_response_sink sink;
    bool open;
    unsigned requests;
    bool listing;
} server;

static int start(void *self, const fp_request *request, const fp_response_sink *sink,
                 fp_exchange **ret)
{
    server *s = self;

    fuzz_require(!s->open && request->path[0] == '/');
    for (const char *c = request->path; *c; c++)
        fuzz_require(*c > ' ' && *c < 0x7f);
    s->sink = *sink;
    s->open = true;
    s->requests++;
    *ret = self;
    return 0;
}

static void cancel(void *self, fp_exchange *exchange)
{
    server *s = self;

    (void)exchange;
    s->open = false;
}

static int list_begins(void *user)
{
    server *s = user;

    s->listing = true;
    return 0;
}

static int list_ends(void *user)
{
    server *s = user;

    fuzz_require(s->listing);
    s->listing = false;
    return 0;
}

static void list_fails(void *user)
{
    (void)list_ends(user);
}

static int on_object(void *user, const fp_wire_object *object)
{
    (void)user;
    fuzz_require(object->type != FP_WATCH_BOOKMARK && object->type != FP_WATCH_ERROR);
    return 0;
}

static int on_bad(void *user, const fp_wire_object *where, const fedpol_error *error)
{
    (void)user;
    (void)where;
    fuzz_require(fedpol_error_get_message(error)[0] != '\0');
    return 0;
}

static void changed(void *user)
{
    (void)user;
}

static void answer(server *s, int status, size_t chunk, fp_str bytes)
{
    const fp_response_head head = {status, -1, FP_STR_INIT("application/json")};
    fp_outcome outcome = {FP_FAILURE_NONE, 0, status, FP_STR_INIT("")};
    int r = s->sink.head(s->sink.user, &head);

    for (size_t i = 0; r >= 0 && i < bytes.len; i += chunk)
        r = s->sink.body(s->sink.user,
                         fp_str_sub(bytes, i, i + chunk < bytes.len ? i + chunk : bytes.len));
    if (r < 0) {
        outcome.failure = FP_FAILURE_SINK;
        outcome.sink_code = r;
    }
    s->open = false;
    s->sink.done(s->sink.user, &outcome);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int codes[] = {200, 200, 200, 200, 401, 403, 404, 410, 422, 429, 500, 504};
    server s = {0};
    const fp_transport transport = {start, cancel, &s};
    const fp_reflector_hooks hooks = {list_begins, list_ends, list_fails, on_object,
                                      on_bad,      changed,   &s};
    fp_reflector_options options;
    fp_reflector *reflector = NULL;
    int64_t now = 0;

    if (size < 2)
        return 0;
    fp_reflector_options_init(&options);
    options.path = "/api/v1/pods";
    options.api_version = "v1";
    options.kind = "Pod";
    options.streaming_lists = data[0] & 0x80;
    fuzz_require(fp_reflector_new(&options, &transport, &hooks, &reflector) == 0);
    for (int i = 0; i < 8; i++) {
        int64_t due = fp_reflector_deadline_ms(reflector);

        if (due != INT64_MAX && due > now)
            now = due;
        fuzz_require(fp_reflector_poll(reflector, now) == 0);
        if (s.open)
            answer(&s, codes[(data[0] & 0x7f) % (sizeof(codes) / sizeof(codes[0]))],
                   data[1] ? data[1] : 1000, fp_str_n((const char *)data + 2, size - 2));
        fuzz_require(s.requests <= (unsigned)i + 1);
    }
    fp_reflector_free(reflector);
    return 0;
}
