/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/probe.h"

#include "libfedpol/base/check.h"

bool fp_probe_read_uid(const fp_value *object, char ret_uid[FP_PROBE_UID_MAX + 1])
{
    fp_str uid = fp_value_get_str(fp_value_get(object, "metadata"), "uid");

    if (uid.len == 0 || uid.len > FP_PROBE_UID_MAX)
        return false;
    for (size_t i = 0; i < uid.len; i++)
        if (uid.ptr[i] <= ' ' || uid.ptr[i] > '~')
            return false;
    memcpy(ret_uid, uid.ptr, uid.len);
    ret_uid[uid.len] = '\0';
    return true;
}

static int on_object(void *user, const fp_wire_object *object)
{
    fp_probe *probe = user;

    (void)fp_probe_read_uid(object->value, probe->uid);
    return 0;
}

static int on_bad(void *user, const fp_wire_object *where, const fedpol_error *error)
{
    (void)user;
    (void)where;
    (void)error;
    return 0;
}

static int on_head(void *user, const fp_response_head *head)
{
    fp_probe *probe = user;

    probe->status = head->status;
    return 0;
}

static int on_body(void *user, fp_str bytes)
{
    fp_probe *probe = user;

    probe->bytes += bytes.len;
    if (probe->bytes > FP_PROBE_MAX_BYTES)
        return FEDPOL_E_LIMIT;
    if (probe->status != 200)
        return 0;
    return fp_object_stream_feed(probe->stream, bytes.ptr, bytes.len, NULL);
}

static fp_str why(const fp_outcome *outcome)
{
    if (outcome->failure == FP_FAILURE_SINK && outcome->sink_code == FEDPOL_E_LIMIT)
        return FP_STR("a short answer was expected, and one without end came");
    if (outcome->failure == FP_FAILURE_SINK)
        return fp_str_of(fedpol_strerror(outcome->sink_code));
    return fp_str_sub(outcome->message, 0, FP_PROBE_TROUBLE_MAX);
}

static void on_done(void *user, const fp_outcome *outcome)
{
    fp_probe *probe = user;

    probe->exchange = NULL;
    probe->stream = fp_object_stream_free(probe->stream);
    probe->done = true;
    probe->trouble[0] = '\0';
    if (outcome->failure != FP_FAILURE_NONE) {
        fp_str text = why(outcome);

        probe->status = 0;
        if (text.len)
            memcpy(probe->trouble, text.ptr, text.len);
        probe->trouble[text.len] = '\0';
    }
}

void fp_probe_done(fp_probe *probe)
{
    if (probe->exchange)
        probe->transport->cancel(probe->transport->self, probe->exchange);
    probe->exchange = NULL;
    probe->stream = fp_object_stream_free(probe->stream);
}

int fp_probe_ask(fp_probe *probe, const fp_transport *transport, const char *path,
                 const fp_wire_limits *limits)
{
    const fp_wire_sink wire = {on_object, on_bad, probe};
    const fp_response_sink sink = {on_head, on_body, on_done, probe};
    const fp_request request = {.path = path, .total_ms = 60000};

    fp_probe_done(probe);
    probe->transport = transport;
    probe->bytes = 0;
    probe->status = 0;
    probe->done = false;
    probe->uid[0] = '\0';
    fp_try(fp_object_stream_new(limits, &wire, FP_STR_NULL, FP_STR_NULL, &probe->stream));
    return transport->start(transport->self, &request, &sink, &probe->exchange);
}
