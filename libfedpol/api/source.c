/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/api/source.h"

#include "libfedpol/base/buf.h"
#include "libfedpol/base/check.h"
#include "libfedpol/client/kubeconfig.h"

/* Longest text of a setter; a certificate bundle of a company may be large. */
#define MAX_TEXT (4u << 20)

int fedpol_source_new(fedpol_source **ret_source)
{
    fedpol_source *source;

    fp_check_arg(ret_source);
    source = fp_alloc_zero(1, sizeof(*source));
    if (!source)
        return FEDPOL_E_NOMEM;
    source->start_ms = FP_START_MS;
    *ret_source = source;
    return 0;
}

fedpol_source *fedpol_source_free(fedpol_source *source)
{
    if (source) {
        fp_client_config_done(&source->config);
        fp_free(source->label_filter);
        fp_free(source);
    }
    return NULL;
}

/* Puts a whole CONFIG in place of the old one if R is no failure. */
static int replace(fedpol_source *source, const fp_client_config *config, int r)
{
    if (r < 0)
        return r;
    fp_client_config_done(&source->config);
    source->config = *config;
    return 0;
}

int fedpol_source_load_kubeconfig(fedpol_source *source, const char *path, const char *context,
                                  fedpol_error **ret_error)
{
    fp_client_config config = {0};

    fp_check_arg(source);
    return replace(source, &config, fp_kubeconfig_load(path, context, &config, ret_error));
}

int fedpol_source_parse_kubeconfig(fedpol_source *source, const void *data, size_t size,
                                   const char *context, fedpol_error **ret_error)
{
    fp_client_config config = {0};

    fp_check_arg(source && (data || size == 0));
    return replace(source, &config,
                   fp_kubeconfig_parse(fp_str_n(data, size), NULL, context, &config, ret_error));
}

int fedpol_source_load_incluster(fedpol_source *source, fedpol_error **ret_error)
{
    fp_client_config config = {0};

    fp_check_arg(source);
    return replace(source, &config, fp_incluster_load(NULL, &config, ret_error));
}

/* True for what may stand in a header or a URL: no control bytes, no blanks at all. */
static bool is_plain(const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] <= ' ' || text[i] == '\x7f')
            return false;
    return len > 0 && len <= MAX_TEXT;
}

static bool is_pem(const char *text)
{
    fp_str pem = fp_str_of(text);

    return pem.len <= MAX_TEXT && fp_str_contains(pem, FP_STR("-----BEGIN"));
}

static int set_plain(char **field, const char *text)
{
    fp_check_arg(!text || is_plain(text));
    return fp_secret_set(field, fp_str_of(text));
}

int fedpol_source_set_server(fedpol_source *source, const char *url)
{
    fp_check_arg(source && url);
    return set_plain(&source->config.server, url);
}

int fedpol_source_set_ca(fedpol_source *source, const char *pem)
{
    fp_check_arg(source && (!pem || is_pem(pem)));
    fp_try(fp_secret_set(&source->config.ca_pem, fp_str_of(pem)));
    return fp_secret_set(&source->config.ca_file, FP_STR_NULL);
}

int fedpol_source_set_client_certificate(fedpol_source *source, const char *certificate_pem,
                                         const char *key_pem)
{
    char *key = NULL;

    fp_check_arg(source && !certificate_pem == !key_pem);
    fp_check_arg(!certificate_pem || (is_pem(certificate_pem) && is_pem(key_pem)));
    fp_try(fp_secret_set(&key, fp_str_of(key_pem)));
    if (fp_secret_set(&source->config.cert_pem, fp_str_of(certificate_pem)) < 0) {
        fp_secret_free(key);
        return FEDPOL_E_NOMEM;
    }
    fp_secret_free(source->config.key_pem);
    source->config.key_pem = key;
    (void)fp_secret_set(&source->config.cert_file, FP_STR_NULL); /* takes no memory */
    (void)fp_secret_set(&source->config.key_file, FP_STR_NULL);
    return 0;
}

int fedpol_source_set_token(fedpol_source *source, const char *token)
{
    fp_check_arg(source && (!token || is_plain(token)));
    fp_try(fp_secret_set(&source->config.token, fp_str_of(token)));
    return fp_secret_set(&source->config.token_file, FP_STR_NULL);
}

int fedpol_source_set_tls_server_name(fedpol_source *source, const char *name)
{
    fp_check_arg(source);
    return set_plain(&source->config.tls_server_name, name);
}

int fedpol_source_set_insecure(fedpol_source *source, bool on)
{
    fp_check_arg(source);
    source->config.insecure = on;
    return 0;
}

int fedpol_source_set_start_deadline(fedpol_source *source, uint32_t milliseconds)
{
    fp_check_arg(source);
    source->start_ms = milliseconds;
    return 0;
}

int fedpol_source_set_required(fedpol_source *source, bool on)
{
    fp_check_arg(source);
    source->required = on;
    return 0;
}

int fedpol_source_set_label_filter(fedpol_source *source, const char *selector)
{
    char *copy = NULL;

    fp_check_arg(source);
    if (selector && *selector) {
        fp_check_arg(strlen(selector) <= FP_LABEL_FILTER_MAX);
        copy = fp_str_dup(fp_str_of(selector));
        if (!copy)
            return FEDPOL_E_NOMEM;
    }
    fp_free(source->label_filter);
    source->label_filter = copy;
    return 0;
}

const char *fedpol_source_get_server(const fedpol_source *source)
{
    return source ? source->config.server : NULL;
}
