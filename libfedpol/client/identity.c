/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/identity.h"

#include "libfedpol/base/check.h"

#define UID_PATH "/api/v1/namespaces/kube-system"
/* How long a server that does not say who it is rests. */
#define SILENT_REST_MS 60000

void fp_identity_doubt(fp_identity *identity)
{
    identity->doubted = true;
}

void fp_identity_hear(fp_identity *identity, const fp_wire_object *object)
{
    if (fp_str_is(object->kind, "Namespace") &&
        fp_str_is(fp_value_get_str(fp_value_get(object->value, "metadata"), "name"), "kube-system"))
        (void)fp_probe_read_uid(object->value, identity->heard);
}

static fp_identity_news note(fp_identity *identity, const char *uid)
{
    bool had_one = identity->uid[0] != '\0';

    identity->known = true;
    if (strcmp(identity->uid, uid) == 0)
        return FP_IDENTITY_SAME;
    memcpy(identity->uid, uid, strlen(uid) + 1);
    return had_one ? FP_IDENTITY_OTHER : FP_IDENTITY_LEARNT;
}

static fp_identity_news take_answer(fp_identity *identity, int64_t now_ms)
{
    fp_probe *probe = &identity->probe;

    probe->done = false;
    identity->asked = false;
    if (probe->status == 200 && probe->uid[0])
        return note(identity, probe->uid);
    if (probe->status == 403 || probe->status == 404)
        identity->known = true;
    else
        identity->due_ms = now_ms + (probe->status == 200 ? SILENT_REST_MS : FP_PROBE_REST_MS);
    return FP_IDENTITY_SAME;
}

int fp_identity_poll(fp_identity *identity, const fp_transport *transport,
                     const fp_wire_limits *limits, int64_t now_ms, fp_identity_news *ret_news)
{
    fp_identity_news news = FP_IDENTITY_SAME;

    if (identity->probe.done)
        news = take_answer(identity, now_ms);
    if (identity->heard[0]) {
        fp_identity_news heard = note(identity, identity->heard);

        news = heard > news ? heard : news;
        identity->heard[0] = '\0';
    }
    *ret_news = news;
    if (identity->known && identity->doubted) {
        identity->known = identity->doubted = false;
        identity->due_ms = now_ms;
    }
    if (now_ms < fp_identity_deadline_ms(identity))
        return 0;
    fp_try(fp_probe_ask(&identity->probe, transport, UID_PATH, limits));
    identity->asked = true;
    return 0;
}

int64_t fp_identity_deadline_ms(const fp_identity *identity)
{
    return identity->known || identity->asked ? INT64_MAX : identity->due_ms;
}

void fp_identity_done(fp_identity *identity)
{
    fp_probe_done(&identity->probe);
}
