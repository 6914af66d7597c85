/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_API_FLOW_H
#define FP_API_FLOW_H

#include "libfedpol/api/handles.h"
#include "libfedpol/policy/verdict.h"

/* Turns what a caller states about a flow into addresses and endpoints. After a commit. Codes as
   fedpol_context_get_verdict(). */
int fp_flow_resolve(const fedpol_context *context, const fedpol_flow *flow, fp_flow *ret,
                    fedpol_error **ret_error);

#endif
