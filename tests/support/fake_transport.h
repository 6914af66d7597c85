/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_TRANSPORT_H
#define FAKE_TRANSPORT_H

/* A transport that carries nothing: the test looks at what was asked and says what came back. */

#include "libfedpol/client/transport.h"

#define FAKE_EXCHANGES 16

typedef struct fake_exchange {
    fp_response_sink sink;
    fp_request request; /* texts are copied below */
    char path[256];
    char body[256];
    bool open;
} fake_exchange;

typedef struct fake_transport {
    fake_exchange exchanges[FAKE_EXCHANGES];
    size_t asked;
    size_t cancelled;
    int start_code; /* negative: nothing can be started */
} fake_transport;

fp_transport fake_transport_of(fake_transport *fake);
/* How many are under way. */
size_t fake_transport_open(const fake_transport *fake);
/* The I-th exchange gets a whole answer, its body in two pieces; what a sink refuses ends it as a
   real transport would end it. */
void fake_transport_answer(fake_transport *fake, size_t i, int status, int64_t retry_after_ms,
                           const char *body);
/* The I-th exchange ends after a head (STATUS not 0) and the body's beginning. */
void fake_transport_fail(fake_transport *fake, size_t i, int status, const char *beginning,
                         fp_failure failure, const char *message);

#endif
