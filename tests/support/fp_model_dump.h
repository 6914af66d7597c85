/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_MODEL_DUMP_H
#define FP_MODEL_DUMP_H

/* Decoded objects as lines of text for golden files, and objects read from YAML. */

#include "libfedpol/model/object.h"

void fp_model_dump(fp_buf *buf, const fp_object *object);
void fp_model_dump_policy(fp_buf *buf, const fp_policy *policy);
void fp_model_dump_diags(fp_buf *buf, const fp_diags *diags);

/* One YAML (or JSON) document, decoded; everything it points to lives in `arena`. */
typedef struct fp_test_object {
    fp_arena arena;
    fp_diags diags;
    fp_object object;
    int result; /* of fp_object_decode(), or the reader's failure */
} fp_test_object;

/* KIND is taken from apiVersion and kind. OPTIONS may be NULL. */
void fp_test_object_decode(fp_test_object *test, fp_str text, const fp_model_options *options);
void fp_test_object_done(fp_test_object *test);

#endif
