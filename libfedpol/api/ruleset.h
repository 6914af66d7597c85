/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_API_RULESET_H
#define FP_API_RULESET_H

#include <fedpol/ruleset.h>

#include "libfedpol/render/render.h"

/* Takes over the reference to CORE, on failure too. */
int fp_ruleset_wrap(fp_ruleset *core, fedpol_ruleset **ret);

#endif
