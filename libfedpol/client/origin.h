/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_ORIGIN_H
#define FP_CLIENT_ORIGIN_H

/* Where an object was read, in words for diagnostics: "pods.yaml: document 2, line 10". */

#include "libfedpol/base/buf.h"
#include "libfedpol/wire/object_stream.h"

/* Adds SOURCE (a file name or what a caller said; may be empty) and the place of OBJECT in it: the
   document and line if it was YAML, the byte otherwise. OBJECT may be NULL. */
void fp_origin_put(fp_buf *buf, fp_str source, const fp_wire_object *object);

#endif
