/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_BASE_ERROR_H
#define FP_BASE_ERROR_H

/* How the layers fill the public fedpol_error. */

#include "libfedpol/base/check.h"
#include "libfedpol/base/str.h"

/*
 * Sets *RET_ERROR (NULL allowed) to a new failure and returns CODE, or FEDPOL_E_NOMEM if there is
 * no memory for the message. OFFSET is -1 if there is none; WHERE may be empty. A failure that is
 * already there stays: the first one is the cause.
 */
int fp_error_set(fedpol_error **ret_error, int code, fp_str where, int64_t offset,
                 const char *format, ...) FP_PRINTF(5, 6);

#endif
