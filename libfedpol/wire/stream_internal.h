/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_WIRE_STREAM_INTERNAL_H
#define FP_WIRE_STREAM_INTERNAL_H

/* For the tests of wire/ alone. */

#include "libfedpol/wire/object_stream.h"

/* Scans byte by byte even where SSE2 is there; the result must be the same. */
void fp_object_stream_set_plain(fp_object_stream *stream, bool plain);

#endif
