/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_PROBE_H
#define FP_CLIENT_PROBE_H

/* One small question to a server: the HTTP status of a path, and the uid of the object there. */

#include "libfedpol/client/transport.h"
#include "libfedpol/wire/object_stream.h"

#define FP_PROBE_MAX_BYTES (1u << 20)
#define FP_PROBE_UID_MAX 64u
#define FP_PROBE_TROUBLE_MAX 255u
/* How long a question that got no answer rests; its owner minds that. */
#define FP_PROBE_REST_MS 2000

typedef struct fp_probe {
    const fp_transport *transport;
    fp_exchange *exchange; /* under way */
    fp_object_stream *stream;
    uint64_t bytes;
    int status; /* HTTP, of the answer; 0: none came */
    bool done;
    char uid[FP_PROBE_UID_MAX + 1];
    char trouble[FP_PROBE_TROUBLE_MAX + 1]; /* why no answer came; "" if one did */
} fp_probe;

/* All zeros is a probe that asks nothing. The transport outlives it. */
int fp_probe_ask(fp_probe *probe, const fp_transport *transport, const char *path,
                 const fp_wire_limits *limits);
void fp_probe_done(fp_probe *probe);
/* The uid of an object; false if it has none that is sensible. */
bool fp_probe_read_uid(const fp_value *object, char ret_uid[FP_PROBE_UID_MAX + 1]);

#endif
