/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_WIRE_YAML_SCALAR_H
#define FP_WIRE_YAML_SCALAR_H

/* What a plain scalar of YAML means to Kubernetes' own tools (sigs.k8s.io/yaml, YAML 1.1). */

#include "libfedpol/base/arena.h"
#include "libfedpol/wire/value.h"

typedef struct fp_yaml_scalar {
    fp_value_type type; /* NULL, BOOL, NUMBER or STRING */
    bool boolean;
    bool not_finite; /* .inf or .nan, which JSON can't say; a STRING here */
    fp_str text;     /* of a STRING: as given; of a NUMBER: a JSON number, in the arena */
} fp_yaml_scalar;

/* 0 or FEDPOL_E_NOMEM. */
int fp_yaml_resolve(fp_str text, fp_arena *arena, fp_yaml_scalar *ret);

#endif
