/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_TESTS_WIRE_DUMP_H
#define FP_TESTS_WIRE_DUMP_H

/* What a sink was given, as text to compare with: one line an object. */

#include "libfedpol/base/buf.h"
#include "libfedpol/wire/object_stream.h"

/* The tree as compact JSON; numbers as written. */
void wire_put_value(fp_buf *buf, const fp_value *value);
/* A sink that appends "KIND APIVERSION JSON\n" or "bad CODE WHERE: MESSAGE\n" to BUF. */
fp_wire_sink wire_dump_sink(fp_buf *buf);

#endif
