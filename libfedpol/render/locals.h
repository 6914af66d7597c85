/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_RENDER_LOCALS_H
#define FP_RENDER_LOCALS_H

/*
 * The endpoints that are dispatched to, with their chains. Two of them can't be told apart if they
 * have one interface (or, in address dispatch, one address): the first in visible order has it.
 */

#include "libfedpol/model/object.h"
#include "libfedpol/render/build.h"

typedef struct fp_local {
    uint32_t id;
    size_t n_nets;
    fp_str interface_name; /* interface dispatch; unique */
    fp_str chains[2];
} fp_local;

typedef FP_VEC(fp_local) fp_local_vec;
typedef FP_VEC(fp_ir_element) fp_element_vec;

/* Builds the endpoints' chains; a failure sticks. */
void fp_locals_build(fp_build *build, const fp_u32_vec *endpoints, fp_local_vec *ret);

/* Elements for a table: (interface, address), address or interface; sorted, one for each key. */
void fp_locals_elements(fp_build *build, const fp_local_vec *locals, fp_ir_key key, unsigned family,
                        fp_direction direction, fp_element_vec *ret);

#endif
