/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_API_SET_TEXT_H
#define FP_API_SET_TEXT_H

#include "libfedpol/api/result.h"
#include "libfedpol/policy/calc.h"

/* What an address set is, in the words and numbers of the public API. */
typedef struct fp_set_text {
    const char *selector;
    const char *selector_id;
    int type;
    int use;
    int scope;
    const char *protocol;
    const char *port;
} fp_set_text;

int fp_set_text_fill(fp_result *result, const fp_set *set, fp_set_text *ret);

#endif
