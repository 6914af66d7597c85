/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_API_LIMITS_H
#define FP_API_LIMITS_H

#include "libfedpol/api/handles.h"

/* Those that enum fedpol_limit documents. */
fp_api_limits fp_api_default_limits(void);

#endif
