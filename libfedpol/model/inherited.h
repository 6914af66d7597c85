/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_MODEL_INHERITED_H
#define FP_MODEL_INHERITED_H

/* What pods inherit from their namespace and service account: profiles with prefixed labels. */

#include "libfedpol/model/decode.h"

/* "kns.shop", or "ksa.shop.web" if NAME is not empty; in the arena. */
int fp_inherited_profile_name(fp_decoder *d, const char *prefix, fp_str ns, fp_str name,
                              fp_str *ret);
/* The object's labels, each with PREFIX before it, and its name as
   `<PREFIX>projectcalico.org/name`, which nobody can set otherwise. */
int fp_inherited_labels(fp_decoder *d, const char *prefix, fp_profile_desc *ret);

#endif
