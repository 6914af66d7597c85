/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as the answer of a credential plugin: what is accepted can be sent. */

#include "libfedpol/client/exec_plugin.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fp_exec_answer answer;
    fedpol_error *error = NULL;

    if (fp_exec_answer_parse(fp_str_n((const char *)data, size), "client.authentication.k8s.io/v1",
                             &answer, &error) < 0) {
        fuzz_require(fedpol_error_get_message(error)[0] != '\0');
        fedpol_error_free(error);
        return 0;
    }
    fuzz_require(answer.token || (answer.cert_pem && answer.key_pem));
    fuzz_require(answer.expires_unix_s >= -1);
    for (const char *c = answer.token; c && *c; c++)
        fuzz_require(*c > ' ' && *c < 0x7f);
    fp_exec_answer_done(&answer);
    return 0;
}
