/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as the body of an error: the reason is one harmless line. */

#include "libfedpol/client/status.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fp_buf message = {0};
    fp_status status;

    fuzz_require(fp_status_parse(fp_str_n((const char *)data, size), 500, &status, &message) == 0);
    fuzz_require(status.code == 500 && status.retry_after_ms >= -1);
    fuzz_require(message.len > 0 && message.len < FP_STATUS_MAX_MESSAGE + 30);
    for (size_t i = 0; i < message.len; i++)
        fuzz_require(message.data[i] >= ' ' && message.data[i] < 0x7f);
    fp_buf_done(&message);
    return 0;
}
