/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_FUZZ_H
#define FP_FUZZ_H

/* What libFuzzer calls, and a check that stays in every build. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void fuzz_require(bool ok)
{
    if (!ok)
        abort();
}

#endif
