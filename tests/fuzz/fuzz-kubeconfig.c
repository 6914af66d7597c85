/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a kubeconfig that may name no files: what is accepted is complete, whole and the
   same when it is read again; what is refused says why. */

#include "libfedpol/client/kubeconfig.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fp_str bytes = fp_str_n((const char *)data, size);
    fp_client_config config = {0};
    fp_client_config again = {0};
    fedpol_error *error = NULL;

    if (fp_kubeconfig_parse(bytes, NULL, NULL, &config, &error) < 0) {
        fuzz_require(fedpol_error_get_message(error)[0] != '\0');
        fedpol_error_free(error);
        return 0;
    }
    fuzz_require(fp_str_starts_with(fp_str_of(config.server), FP_STR("http")));
    fuzz_require(!config.exec && !config.token_file && !config.ca_file && !config.key_file);
    fuzz_require(fp_client_config_check(&config, NULL) == 0);
    fuzz_require(fp_kubeconfig_parse(bytes, NULL, NULL, &again, NULL) == 0);
    fuzz_require(fp_client_config_equal(&config, &again));
    fp_client_config_done(&again);
    fp_client_config_done(&config);
    return 0;
}
