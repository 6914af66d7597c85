/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_WIRE_EMIT_H
#define FP_WIRE_EMIT_H

/* The way from a reader to its sink: gives each object the kind it has by itself, by its List or
   by the caller's hint. */

#include "libfedpol/base/buf.h"
#include "libfedpol/wire/tree.h"

typedef struct fp_emit {
    fp_wire_sink sink;
    fp_str hint_api_version;
    fp_str hint_kind;
    fp_str list_api_version; /* of the List that is being read; empty if it lends none */
    fp_str list_kind;
} fp_emit;

/* Takes over what LIST lends to its items: "PodList" gives "Pod", "List" gives nothing. */
void fp_emit_set_list(fp_emit *emit, const fp_value *list);
void fp_emit_clear_list(fp_emit *emit);
/* True if VALUE names its kind itself. */
bool fp_emit_has_kind(const fp_value *value);
/* Passes VALUE on; kind and apiVersion of *OBJECT are filled here. What is no object is bad. */
int fp_emit_object(const fp_emit *emit, const fp_value *value, fp_wire_object *object);
/* The same for an object that was refused; VALUE holds its identity, or is NULL. */
int fp_emit_bad(const fp_emit *emit, const fp_value *value, fp_wire_object *object,
                const fp_wire_fault *fault);
/* "Pod shop/db-0", as far as it is known, appended for the `where` of an error. */
void fp_emit_put_where(fp_buf *buf, const fp_wire_object *object);

#endif
