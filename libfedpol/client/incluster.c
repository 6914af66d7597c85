/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "libfedpol/base/buf.h"
#include "libfedpol/base/error.h"
#include "libfedpol/client/kubeconfig.h"

#define USUAL_FOLDER "/var/run/secrets/kubernetes.io/serviceaccount"

static int join(const char *folder, const char *name, char **ret)
{
    fp_cleanup_buf fp_buf path = {0};

    fp_buf_printf(&path, "%s/%s", folder, name);
    *ret = fp_buf_steal(&path, NULL);
    return *ret ? 0 : FEDPOL_E_NOMEM;
}

static int put_server(fp_client_config *config, const char *host, const char *port)
{
    fp_cleanup_buf fp_buf url = {0};
    bool v6 = strchr(host, ':') != NULL;

    fp_buf_printf(&url, "https://%s%s%s:%s", v6 ? "[" : "", host, v6 ? "]" : "", port);
    config->server = fp_buf_steal(&url, NULL);
    return config->server ? 0 : FEDPOL_E_NOMEM;
}

static int read_all(const char *folder, const char *host, const char *port,
                    fp_client_config *config, fedpol_error **ret_error)
{
    size_t len;

    fp_try(put_server(config, host, port));
    fp_try(join(folder, "ca.crt", &config->ca_file));
    fp_try(join(folder, "token", &config->token_file));
    fp_try(fp_small_file_read(config->ca_file, &config->ca_pem, &len, ret_error));
    if (!fp_str_contains(fp_str_of(config->ca_pem), FP_STR("-----BEGIN")))
        return fp_error_set(ret_error, FEDPOL_E_INVALID, fp_str_of(config->ca_file), -1,
                            "the file holds no PEM text");
    return fp_client_config_check(config, ret_error);
}

int fp_incluster_load(const char *folder, fp_client_config *ret, fedpol_error **ret_error)
{
    const char *host = getenv("KUBERNETES_SERVICE_HOST");
    const char *port = getenv("KUBERNETES_SERVICE_PORT");
    fp_client_config config = {0};
    int r;

    if (!host || !*host || !port || !*port)
        return fp_error_set(ret_error, FEDPOL_E_NOT_FOUND, FP_STR_NULL, -1,
                            "this is no pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT "
                            "are not set");
    r = read_all(folder ? folder : USUAL_FOLDER, host, port, &config, ret_error);
    if (r < 0) {
        fp_client_config_done(&config);
        return r;
    }
    *ret = config;
    return 0;
}
