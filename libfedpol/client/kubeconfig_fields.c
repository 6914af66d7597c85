/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/kubeconfig_fields.h"

#include "libfedpol/base/base64.h"
#include "libfedpol/base/error.h"
#include "libfedpol/client/kubeconfig.h"

static int refuse(const fp_kubeconfig_entry *entry, int code, const char *field, const char *why,
                  fedpol_error **ret_error)
{
    return fp_error_set(ret_error, code, fp_str_of(entry->file->name), -1, "%s: %s", field, why);
}

/* --- fields of one type --- */

static int get_text(const fp_kubeconfig_entry *entry, const fp_value *parent, const char *field,
                    char **ret, fedpol_error **ret_error)
{
    const fp_value *value = fp_value_get(parent, field);

    if (!value || fp_value_is(value, FP_VALUE_NULL))
        return 0;
    if (!fp_value_is(value, FP_VALUE_STRING))
        return refuse(entry, FEDPOL_E_INVALID, field, "a string was expected", ret_error);
    return value->text.len ? fp_secret_set(ret, value->text) : 0;
}

static int get_bool(const fp_kubeconfig_entry *entry, const fp_value *parent, const char *field,
                    bool *ret, fedpol_error **ret_error)
{
    const fp_value *value = fp_value_get(parent, field);

    if (!value || fp_value_is(value, FP_VALUE_NULL))
        return 0;
    if (!fp_value_is(value, FP_VALUE_BOOL))
        return refuse(entry, FEDPOL_E_INVALID, field, "true or false was expected", ret_error);
    *ret = value->boolean;
    return 0;
}

/* A path is relative to the folder of the file that names it. */
static int get_path(const fp_kubeconfig_entry *entry, const char *field, char **ret,
                    fedpol_error **ret_error)
{
    fp_cleanup_buf fp_buf path = {0};
    char *text = NULL;
    char *whole;

    fp_try(get_text(entry, entry->value, field, &text, ret_error));
    if (!text)
        return 0;
    if (!entry->file->folder) {
        fp_free(text);
        return refuse(entry, FEDPOL_E_INVALID, field,
                      "a kubeconfig that is no file may name no files", ret_error);
    }
    if (text[0] != '/') {
        fp_buf_puts(&path, entry->file->folder);
        fp_buf_putc(&path, '/');
    }
    fp_buf_puts(&path, text);
    fp_free(text);
    whole = fp_buf_steal(&path, NULL);
    if (!whole)
        return FEDPOL_E_NOMEM;
    fp_free(*ret);
    *ret = whole;
    return 0;
}

static bool is_pem(fp_str text)
{
    return fp_str_contains(text, FP_STR("-----BEGIN")) &&
           (text.len == 0 || memchr(text.ptr, '\0', text.len) == NULL);
}

static int get_data(const fp_kubeconfig_entry *entry, const char *field, const char *data,
                    char **ret_pem, fedpol_error **ret_error)
{
    fp_buf pem = {0};
    int r = fp_base64_decode(fp_str_trim(fp_str_of(data)), &pem);

    if (r == 0 && !is_pem(fp_buf_str(&pem)))
        r = FEDPOL_E_INVALID;
    if (r == 0)
        r = fp_secret_set(ret_pem, fp_buf_str(&pem));
    for (size_t i = 0; i < pem.len; i++)
        pem.data[i] = '\0';
    fp_buf_done(&pem);
    if (r < 0 && r != FEDPOL_E_NOMEM)
        return refuse(entry, FEDPOL_E_INVALID, field, "base64 of a PEM text was expected",
                      ret_error);
    return r;
}

static int read_pem(const char *path, char **ret_pem, fedpol_error **ret_error)
{
    char *text = NULL;
    size_t len;

    fp_try(fp_small_file_read(path, &text, &len, ret_error));
    if (!is_pem(fp_str_n(text, len))) {
        fp_secret_free(text);
        return fp_error_set(ret_error, FEDPOL_E_INVALID, fp_str_of(path), -1,
                            "the file holds no PEM text");
    }
    fp_secret_free(*ret_pem);
    *ret_pem = text;
    return 0;
}

/* FIELD names a file, FIELD-data has the text itself and beats it. */
static int get_pem(const fp_kubeconfig_entry *entry, const char *field, const char *data_field,
                   char **ret_pem, char **ret_path, fedpol_error **ret_error)
{
    char *data = NULL;
    int r;

    fp_try(get_text(entry, entry->value, data_field, &data, ret_error));
    if (data) {
        r = get_data(entry, data_field, data, ret_pem, ret_error);
        fp_secret_free(data);
        return r;
    }
    fp_try(get_path(entry, field, ret_path, ret_error));
    return *ret_path ? read_pem(*ret_path, ret_pem, ret_error) : 0;
}

static int get_strings(const fp_kubeconfig_entry *entry, const fp_value *parent, const char *field,
                       fp_string_vec *ret, fedpol_error **ret_error)
{
    const fp_value *list = fp_value_get(parent, field);

    if (!list || fp_value_is(list, FP_VALUE_NULL))
        return 0;
    if (!fp_value_is(list, FP_VALUE_ARRAY))
        return refuse(entry, FEDPOL_E_INVALID, field, "a list was expected", ret_error);
    for
        fp_value_each(item, list)
        {
            if (!fp_value_is(item, FP_VALUE_STRING))
                return refuse(entry, FEDPOL_E_INVALID, field, "a list of strings was expected",
                              ret_error);
            fp_try(fp_string_vec_add(ret, item->text));
        }
    return 0;
}

/* --- a cluster --- */

int fp_kubeconfig_read_cluster(const fp_kubeconfig_entry *entry, fp_client_config *config,
                               fedpol_error **ret_error)
{
    const fp_value *value = entry->value;

    fp_try(get_text(entry, value, "server", &config->server, ret_error));
    fp_try(get_text(entry, value, "tls-server-name", &config->tls_server_name, ret_error));
    fp_try(get_text(entry, value, "proxy-url", &config->proxy_url, ret_error));
    fp_try(get_bool(entry, value, "insecure-skip-tls-verify", &config->insecure, ret_error));
    fp_try(get_bool(entry, value, "disable-compression", &config->disable_compression, ret_error));
    return get_pem(entry, "certificate-authority", "certificate-authority-data", &config->ca_pem,
                   &config->ca_file, ret_error);
}

/* --- a user --- */

static int read_extra(const fp_kubeconfig_entry *entry, fp_client_config *config,
                      fedpol_error **ret_error)
{
    static const char field[] = "as-user-extra";
    const fp_value *extra = fp_value_get(entry->value, field);

    if (!extra || fp_value_is(extra, FP_VALUE_NULL))
        return 0;
    if (!fp_value_is(extra, FP_VALUE_OBJECT))
        return refuse(entry, FEDPOL_E_INVALID, field, "an object was expected", ret_error);
    for
        fp_value_each(key, extra)
        {
            if (!fp_value_is(key, FP_VALUE_ARRAY))
                return refuse(entry, FEDPOL_E_INVALID, field, "lists of strings were expected",
                              ret_error);
        for
            fp_value_each(item, key)
            {
                if (!fp_value_is(item, FP_VALUE_STRING))
                    return refuse(entry, FEDPOL_E_INVALID, field, "lists of strings were expected",
                                  ret_error);
                fp_try(fp_pair_vec_add(&config->as_extra, key->key, item->text));
            }
        }
    return 0;
}

static int read_exec_env(const fp_kubeconfig_entry *entry, const fp_value *exec,
                         fp_exec_config *ret, fedpol_error **ret_error)
{
    const fp_value *env = fp_value_get(exec, "env");

    if (!env || fp_value_is(env, FP_VALUE_NULL))
        return 0;
    if (!fp_value_is(env, FP_VALUE_ARRAY))
        return refuse(entry, FEDPOL_E_INVALID, "exec.env", "a list was expected", ret_error);
    for
        fp_value_each(item, env)
        {
            fp_str name = fp_value_get_str(item, "name");

            if (name.len == 0 || fp_str_find_byte(name, '=') >= 0)
                return refuse(entry, FEDPOL_E_INVALID, "exec.env", "a name was expected",
                              ret_error);
            fp_try(fp_pair_vec_add(&ret->env, name, fp_value_get_str(item, "value")));
        }
    return 0;
}

static int check_exec(const fp_kubeconfig_entry *entry, const fp_value *exec,
                      const fp_exec_config *read, fedpol_error **ret_error)
{
    fp_str version = fp_str_of(read->api_version);
    fp_str mode = fp_value_get_str(exec, "interactiveMode");
    bool v1 = fp_str_is(version, "client.authentication.k8s.io/v1");

    if (!read->command)
        return refuse(entry, FEDPOL_E_INVALID, "exec.command", "a command was expected", ret_error);
    if (!v1 && !fp_str_is(version, "client.authentication.k8s.io/v1beta1"))
        return refuse(entry, FEDPOL_E_UNSUPPORTED, "exec.apiVersion",
                      "client.authentication.k8s.io/v1 or v1beta1 was expected", ret_error);
    if (mode.len == 0 && v1)
        return refuse(entry, FEDPOL_E_INVALID, "exec.interactiveMode",
                      "v1 needs one of Never, IfAvailable, Always", ret_error);
    if (fp_str_is(mode, "Always"))
        return refuse(entry, FEDPOL_E_UNSUPPORTED, "exec.interactiveMode",
                      "a plugin that must ask a person can't be used", ret_error);
    if (mode.len && !fp_str_is(mode, "Never") && !fp_str_is(mode, "IfAvailable"))
        return refuse(entry, FEDPOL_E_INVALID, "exec.interactiveMode",
                      "one of Never, IfAvailable, Always was expected", ret_error);
    return 0;
}

static int read_extension(const fp_kubeconfig_entry *cluster, fp_exec_config *ret)
{
    const fp_value *extensions = fp_value_get(cluster->value, "extensions");

    for
        fp_value_each(item, extensions)
        {
            const fp_value *extension = fp_value_get(item, "extension");

            if (extension &&
                fp_str_is(fp_value_get_str(item, "name"), "client.authentication.k8s.io/exec")) {
                fp_free(ret->cluster_config);
                ret->cluster_config = NULL;
                fp_try(fp_kubeconfig_write_json(extension, &ret->cluster_config));
            }
        }
    return 0;
}

/* A command with a slash that is relative is so to the file's folder; a bare name is in PATH. */
static int place_command(const fp_kubeconfig_entry *entry, fp_exec_config *exec)
{
    fp_cleanup_buf fp_buf path = {0};
    char *whole;

    if (!exec->command || exec->command[0] == '/' || !strchr(exec->command, '/'))
        return 0;
    fp_buf_printf(&path, "%s/%s", entry->file->folder, exec->command);
    whole = fp_buf_steal(&path, NULL);
    if (!whole)
        return FEDPOL_E_NOMEM;
    fp_free(exec->command);
    exec->command = whole;
    return 0;
}

static int read_exec(const fp_kubeconfig_entry *entry, const fp_kubeconfig_entry *cluster,
                     fp_client_config *config, fedpol_error **ret_error)
{
    const fp_value *exec = fp_value_get(entry->value, "exec");
    fp_exec_config *to;

    if (!exec || fp_value_is(exec, FP_VALUE_NULL))
        return 0;
    if (!fp_value_is(exec, FP_VALUE_OBJECT))
        return refuse(entry, FEDPOL_E_INVALID, "exec", "an object was expected", ret_error);
    if (!entry->file->folder)
        return refuse(entry, FEDPOL_E_INVALID, "exec",
                      "a kubeconfig that is no file may name no programs", ret_error);
    to = config->exec = fp_alloc_zero(1, sizeof(*to));
    if (!to)
        return FEDPOL_E_NOMEM;
    fp_try(get_text(entry, exec, "command", &to->command, ret_error));
    fp_try(get_text(entry, exec, "apiVersion", &to->api_version, ret_error));
    fp_try(get_text(entry, exec, "installHint", &to->install_hint, ret_error));
    fp_try(get_bool(entry, exec, "provideClusterInfo", &to->provide_cluster_info, ret_error));
    fp_try(get_strings(entry, exec, "args", &to->args, ret_error));
    fp_try(read_exec_env(entry, exec, to, ret_error));
    fp_try(check_exec(entry, exec, to, ret_error));
    fp_try(place_command(entry, to));
    return to->provide_cluster_info ? read_extension(cluster, to) : 0;
}

static int check_provider(const fp_kubeconfig_entry *entry, fedpol_error **ret_error)
{
    const fp_value *provider = fp_value_get(entry->value, "auth-provider");
    fp_cleanup_buf fp_buf name = {0};

    if (!provider || fp_value_is(provider, FP_VALUE_NULL))
        return 0;
    fp_buf_put_quoted(&name, fp_value_get_str(provider, "name"), 80);
    fp_try(fp_buf_error(&name));
    return fp_error_set(ret_error, FEDPOL_E_UNSUPPORTED, fp_str_of(entry->file->name), -1,
                        "auth-provider %s is not supported: use a token, a client certificate or "
                        "an exec plugin",
                        name.data);
}

int fp_kubeconfig_read_user(const fp_kubeconfig_entry *entry, const fp_kubeconfig_entry *cluster,
                            fp_client_config *config, fedpol_error **ret_error)
{
    const fp_value *value = entry->value;

    fp_try(check_provider(entry, ret_error));
    fp_try(get_pem(entry, "client-certificate", "client-certificate-data", &config->cert_pem,
                   &config->cert_file, ret_error));
    fp_try(get_pem(entry, "client-key", "client-key-data", &config->key_pem, &config->key_file,
                   ret_error));
    fp_try(get_text(entry, value, "token", &config->token, ret_error));
    fp_try(get_path(entry, "tokenFile", &config->token_file, ret_error));
    fp_try(get_text(entry, value, "username", &config->username, ret_error));
    fp_try(get_text(entry, value, "password", &config->password, ret_error));
    fp_try(get_text(entry, value, "as", &config->as_user, ret_error));
    fp_try(get_text(entry, value, "as-uid", &config->as_uid, ret_error));
    fp_try(get_strings(entry, value, "as-groups", &config->as_groups, ret_error));
    fp_try(read_extra(entry, config, ret_error));
    return read_exec(entry, cluster, config, ret_error);
}
