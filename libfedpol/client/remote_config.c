/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/remote_config.h"

#include "libfedpol/base/base64.h"
#include "libfedpol/base/buf.h"
#include "libfedpol/base/error.h"
#include "libfedpol/client/kubeconfig.h"

#define MAX_CLUSTER_NAME 63u

/* clang-format off */
#define TEXTS(X)                                                                                   \
    X(name)                                                                                        \
    X(secret_namespace)                                                                            \
    X(secret_name)                                                                                 \
    X(kubeconfig_path)                                                                             \
    X(kubeconfig_inline) X(api_endpoint) X(key_file) X(cert_file) X(ca_file) X(token) X(note)
/* clang-format on */

void fp_remote_config_done(fp_remote_config *config)
{
#define DONE(field) fp_secret_free(config->field);
    TEXTS(DONE)
#undef DONE
    *config = (fp_remote_config){0};
}

int fp_remote_config_copy(const fp_remote_config *config, fp_remote_config *ret)
{
    fp_remote_config copy = *config;
    int r = 0;

#define COPY(field)                                                                                \
    copy.field = NULL;                                                                             \
    if (r == 0)                                                                                    \
        r = fp_secret_set(&copy.field, fp_str_of(config->field));
    TEXTS(COPY)
#undef COPY
    if (r < 0) {
        fp_remote_config_done(&copy);
        return r;
    }
    *ret = copy;
    return 0;
}

bool fp_remote_config_equal(const fp_remote_config *a, const fp_remote_config *b)
{
    const char *const texts[][2] = {
#define ITEM(field) {a->field, b->field},
        TEXTS(ITEM)
#undef ITEM
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(texts); i++)
        if (!texts[i][0] != !texts[i][1] || (texts[i][0] && strcmp(texts[i][0], texts[i][1]) != 0))
            return false;
    return a->datastore == b->datastore && a->overlay == b->overlay && a->insecure == b->insecure &&
           a->has_etcd == b->has_etcd && a->has_kubernetes == b->has_kubernetes &&
           a->etcd_has_endpoints == b->etcd_has_endpoints;
}

static int refuse(fedpol_error **ret_error, const char *why)
{
    return fp_error_set(ret_error, FEDPOL_E_INVALID, FP_STR_NULL, -1, "%s", why);
}

static int add_note(fp_remote_config *config, const char *note)
{
    return fp_secret_set(&config->note, fp_str_of(note));
}

/* --- fields --- */

static int get_text(const fp_value *spec, const char *field, char **ret, fedpol_error **ret_error)
{
    const fp_value *value = fp_value_get(spec, field);

    if (!value || fp_value_is(value, FP_VALUE_NULL))
        return 0;
    if (!fp_value_is(value, FP_VALUE_STRING))
        return fp_error_set(ret_error, FEDPOL_E_BAD_OBJECT, FP_STR_NULL, -1,
                            "spec.%s: a string was expected", field);
    return value->text.len ? fp_secret_set(ret, value->text) : 0;
}

static int has_text(const fp_value *spec, const char *field, bool *ret, fedpol_error **ret_error)
{
    char *text = NULL;

    fp_try(get_text(spec, field, &text, ret_error));
    *ret = *ret || text;
    fp_secret_free(text);
    return 0;
}

static int read_datastore(const fp_value *spec, fp_remote_config *config, bool *ret_said,
                          fedpol_error **ret_error)
{
    fp_str type = fp_value_get_str(spec, "datastoreType");

    *ret_said = type.len > 0;
    config->datastore = FP_DATASTORE_ETCDV3;
    if (fp_str_is(type, "kubernetes"))
        config->datastore = FP_DATASTORE_KUBERNETES;
    else if (type.len && !fp_str_is(type, "etcdv3"))
        return refuse(ret_error, "datastoreType is neither etcdv3 nor kubernetes");
    return 0;
}

static int read_etcd(const fp_value *spec, fp_remote_config *config, fedpol_error **ret_error)
{
    static const char *const fields[] = {
        "etcdUsername",   "etcdPassword", "etcdKeyFile", "etcdCertFile",
        "etcdCACertFile", "etcdKey",      "etcdCert",    "etcdCACert",
    };

    fp_try(has_text(spec, "etcdEndpoints", &config->etcd_has_endpoints, ret_error));
    config->has_etcd = config->etcd_has_endpoints;
    for (size_t i = 0; i < FP_ARRAY_LEN(fields); i++)
        fp_try(has_text(spec, fields[i], &config->has_etcd, ret_error));
    return 0;
}

static int read_kubernetes(const fp_value *spec, fp_remote_config *config, fedpol_error **ret_error)
{
    const fp_value *insecure = fp_value_get(spec, "k8sInsecureSkipTLSVerify");

    fp_try(get_text(spec, "kubeconfig", &config->kubeconfig_path, ret_error));
    fp_try(get_text(spec, "kubeconfigInline", &config->kubeconfig_inline, ret_error));
    fp_try(get_text(spec, "k8sAPIEndpoint", &config->api_endpoint, ret_error));
    fp_try(get_text(spec, "k8sKeyFile", &config->key_file, ret_error));
    fp_try(get_text(spec, "k8sCertFile", &config->cert_file, ret_error));
    fp_try(get_text(spec, "k8sCAFile", &config->ca_file, ret_error));
    fp_try(get_text(spec, "k8sAPIToken", &config->token, ret_error));
    if (insecure && !fp_value_is(insecure, FP_VALUE_NULL) && !fp_value_is(insecure, FP_VALUE_BOOL))
        return fp_error_set(ret_error, FEDPOL_E_BAD_OBJECT, FP_STR_NULL, -1,
                            "spec.k8sInsecureSkipTLSVerify: true or false was expected");
    config->insecure = insecure && insecure->boolean;
    config->has_kubernetes = config->kubeconfig_path || config->kubeconfig_inline ||
                             config->api_endpoint || config->key_file || config->cert_file ||
                             config->ca_file || config->token || config->insecure;
    return 0;
}

static bool is_name(fp_str text, size_t max)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.')
            return false;
    }
    return text.len > 0 && text.len <= max;
}

static int read_secret(const fp_value *spec, fp_remote_config *config, fedpol_error **ret_error)
{
    const fp_value *reference = fp_value_get(spec, "clusterAccessSecret");
    fp_str kind = fp_value_get_str(reference, "kind");
    fp_str ns = fp_value_get_str(reference, "namespace");
    fp_str name = fp_value_get_str(reference, "name");

    if (!reference || fp_value_is(reference, FP_VALUE_NULL))
        return 0;
    if (kind.len && !fp_str_is(kind, "Secret"))
        return refuse(ret_error, "clusterAccessSecret names something that is no Secret");
    if (!is_name(ns, 63) || !is_name(name, 253))
        return refuse(ret_error, "clusterAccessSecret needs a name and a namespace");
    fp_try(fp_secret_set(&config->secret_namespace, ns));
    fp_try(fp_secret_set(&config->secret_name, name));
    if (kind.len == 0)
        return add_note(config, "clusterAccessSecret says no kind; taken for a Secret");
    return 0;
}

static int read_overlay(const fp_value *spec, fp_remote_config *config, fedpol_error **ret_error)
{
    fp_str mode = fp_value_get_str(fp_value_get(spec, "syncOptions"), "overlayRoutingMode");

    config->overlay = fp_str_is(mode, "Enabled");
    if (mode.len && !config->overlay && !fp_str_is(mode, "Disabled"))
        return refuse(ret_error, "overlayRoutingMode is neither Enabled nor Disabled");
    return 0;
}

/* --- combinations --- */

static int check(fp_remote_config *config, fedpol_error **ret_error)
{
    bool kubernetes = config->datastore == FP_DATASTORE_KUBERNETES;

    if (kubernetes && config->has_etcd)
        return refuse(ret_error, "datastoreType is kubernetes, and there are etcd fields");
    if (kubernetes && !config->has_kubernetes)
        return refuse(ret_error, "datastoreType is kubernetes and nothing says where: that would "
                                 "be the local cluster");
    if (!kubernetes && config->has_kubernetes)
        return add_note(config, "etcd and Kubernetes fields together: identity comes from etcd, "
                                "services from Kubernetes");
    return 0;
}

static int read_all(const fp_value *object, fp_remote_config *config, fedpol_error **ret_error)
{
    fp_str name = fp_value_get_str(fp_value_get(object, "metadata"), "name");
    const fp_value *spec = fp_value_get(object, "spec");
    bool said;

    if (!is_name(name, MAX_CLUSTER_NAME))
        return refuse(ret_error, "the name is not made of 1 to 63 lower-case letters, digits, '-' "
                                 "and '.'");
    fp_try(fp_secret_set(&config->name, name));
    fp_try(read_secret(spec, config, ret_error));
    fp_try(read_datastore(spec, config, &said, ret_error));
    fp_try(read_etcd(spec, config, ret_error));
    fp_try(read_kubernetes(spec, config, ret_error));
    fp_try(read_overlay(spec, config, ret_error));
    if (!config->secret_name)
        return check(config, ret_error);
    if (said || config->has_etcd || config->has_kubernetes)
        return refuse(ret_error, "clusterAccessSecret and datastore fields together");
    return 0;
}

int fp_remote_config_read(const fp_value *object, fp_remote_config *ret, fedpol_error **ret_error)
{
    fp_remote_config config = {0};
    int r = read_all(object, &config, ret_error);

    if (r < 0) {
        fp_remote_config_done(&config);
        return r;
    }
    *ret = config;
    return 0;
}

/* --- the Secret --- */

/* A key of `data`, decoded; *RET stays NULL where there is none. */
static int get_key(const fp_value *data, const char *key, char **ret, fedpol_error **ret_error)
{
    fp_str text = fp_value_get_str(data, key);
    fp_buf bytes = {0};
    int r;

    if (text.len == 0)
        return 0;
    r = fp_base64_decode(text, &bytes);
    if (r == 0 && bytes.len && memchr(bytes.data, '\0', bytes.len))
        r = FEDPOL_E_PARSE;
    if (r == 0)
        r = fp_secret_set(ret, fp_str_trim(fp_buf_str(&bytes)));
    for (size_t i = 0; i < bytes.len; i++)
        bytes.data[i] = '\0';
    fp_buf_done(&bytes);
    if (r == FEDPOL_E_PARSE)
        return fp_error_set(ret_error, FEDPOL_E_BAD_OBJECT, FP_STR_NULL, -1,
                            "the Secret's key %s is not the base64 of a text", key);
    return r;
}

static int has_key(const fp_value *data, const char *key, bool *ret, fedpol_error **ret_error)
{
    char *text = NULL;

    fp_try(get_key(data, key, &text, ret_error));
    *ret = *ret || (text && *text);
    fp_secret_free(text);
    return 0;
}

static int take_type(fp_remote_config *config, const char *type, fedpol_error **ret_error)
{
    if (!type || !*type) {
        config->datastore =
            config->kubeconfig_inline ? FP_DATASTORE_KUBERNETES : FP_DATASTORE_ETCDV3;
        return config->kubeconfig_inline
                   ? add_note(config, "the Secret says no datastoreType; taken for kubernetes, as "
                                      "it has a kubeconfig")
                   : 0;
    }
    if (strcmp(type, "kubernetes") != 0 && strcmp(type, "etcdv3") != 0)
        return refuse(ret_error, "the Secret's datastoreType is neither etcdv3 nor kubernetes");
    config->datastore =
        strcmp(type, "kubernetes") == 0 ? FP_DATASTORE_KUBERNETES : FP_DATASTORE_ETCDV3;
    return 0;
}

int fp_remote_config_apply_secret(fp_remote_config *config, const fp_value *secret,
                                  fedpol_error **ret_error)
{
    static const char *const others[] = {"etcdUsername", "etcdPassword", "etcdKey", "etcdCert",
                                         "etcdCACert"};
    const fp_value *data = fp_value_get(secret, "data");
    char *type = NULL;
    int r;

    fp_try(get_key(data, "kubeconfig", &config->kubeconfig_inline, ret_error));
    fp_try(has_key(data, "etcdEndpoints", &config->etcd_has_endpoints, ret_error));
    config->has_etcd = config->etcd_has_endpoints;
    for (size_t i = 0; i < FP_ARRAY_LEN(others); i++)
        fp_try(has_key(data, others[i], &config->has_etcd, ret_error));
    config->has_kubernetes = config->kubeconfig_inline;
    fp_try(get_key(data, "datastoreType", &type, ret_error));
    r = take_type(config, type, ret_error);
    fp_secret_free(type);
    fp_try(r);
    if (config->datastore == FP_DATASTORE_KUBERNETES && !config->has_kubernetes)
        return fp_error_set(ret_error, FEDPOL_E_NOT_FOUND, FP_STR_NULL, -1,
                            "the Secret has no key kubeconfig");
    return check(config, ret_error);
}

/* --- how to connect --- */

static int put_pem(const char *path, char **pem, char **file, fedpol_error **ret_error)
{
    size_t len;
    char *text = NULL;

    if (!path)
        return 0;
    fp_try(fp_small_file_read(path, &text, &len, ret_error));
    if (!fp_str_contains(fp_str_of(text), FP_STR("-----BEGIN"))) {
        fp_secret_free(text);
        return fp_error_set(ret_error, FEDPOL_E_INVALID, fp_str_of(path), -1,
                            "the file holds no PEM text");
    }
    fp_secret_free(*pem);
    *pem = text;
    return fp_secret_set(file, fp_str_of(path));
}

/* Single fields count over those of the kubeconfig. */
static int override(const fp_remote_config *config, fp_client_config *client,
                    fedpol_error **ret_error)
{
    if (config->api_endpoint)
        fp_try(fp_secret_set(&client->server, fp_str_of(config->api_endpoint)));
    fp_try(put_pem(config->ca_file, &client->ca_pem, &client->ca_file, ret_error));
    fp_try(put_pem(config->cert_file, &client->cert_pem, &client->cert_file, ret_error));
    fp_try(put_pem(config->key_file, &client->key_pem, &client->key_file, ret_error));
    if (config->token) {
        fp_try(fp_secret_set(&client->token, fp_str_of(config->token)));
        fp_try(fp_secret_set(&client->token_file, FP_STR_NULL));
    }
    client->insecure = client->insecure || config->insecure;
    return fp_client_config_check(client, ret_error);
}

int fp_remote_config_resolve(const fp_remote_config *config, fp_client_config *ret,
                             fedpol_error **ret_error)
{
    fp_client_config client = {0};
    int r = 0;

    if (config->datastore == FP_DATASTORE_ETCDV3) {
        if (!config->etcd_has_endpoints)
            return fp_error_set(ret_error, FEDPOL_E_NOT_FOUND, FP_STR_NULL, -1,
                                "the datastore is etcdv3, and there are no etcdEndpoints");
        return fp_error_set(ret_error, FEDPOL_E_UNSUPPORTED, FP_STR_NULL, -1,
                            "the etcd datastore is accepted, and not yet supported");
    }
    if (config->kubeconfig_inline)
        return fp_kubeconfig_parse(fp_str_of(config->kubeconfig_inline), NULL, NULL, ret,
                                   ret_error);
    if (config->kubeconfig_path)
        r = fp_kubeconfig_load(config->kubeconfig_path, NULL, &client, ret_error);
    if (r == 0)
        r = override(config, &client, ret_error);
    if (r < 0) {
        fp_client_config_done(&client);
        return r;
    }
    *ret = client;
    return 0;
}
