/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_WIRE_STREAM_INTERNAL_H
#define FP_WIRE_STREAM_INTERNAL_H

/* For the tests of wire/ alone. */

#include "libfedpol/wire/object_stream.h"
#include "libfedpol/wire/raw.h"

/* Scans this way, unless the machine can't; the result must be the same. */
void fp_object_stream_set_way(fp_object_stream *stream, fp_raw_way way);

#endif
