/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/kubeconfig.h"

#include <stdlib.h>

#include "libfedpol/base/error.h"
#include "libfedpol/client/kubeconfig_fields.h"

static int missing(fedpol_error **ret_error, const char *what, fp_str name)
{
    fp_cleanup_buf fp_buf text = {0};

    fp_buf_put_quoted(&text, name, 200);
    fp_try(fp_buf_error(&text));
    return fp_error_set(ret_error, FEDPOL_E_NOT_FOUND, FP_STR_NULL, -1,
                        "the kubeconfig has no %s %s", what, text.data);
}

static int find(const fp_kubeconfig_files *files, const char *list, const char *inner, fp_str name,
                fp_kubeconfig_entry *ret, fedpol_error **ret_error)
{
    fp_try(fp_kubeconfig_files_find(files, list, inner, name, ret, ret_error));
    return ret->value ? 0 : missing(ret_error, inner, name);
}

static int resolve(const fp_kubeconfig_files *files, fp_str context, fp_client_config *config,
                   fedpol_error **ret_error)
{
    fp_kubeconfig_entry entry;
    fp_kubeconfig_entry cluster;
    fp_kubeconfig_entry user;
    fp_str user_name;

    if (context.len == 0)
        context = fp_kubeconfig_files_current(files);
    if (context.len == 0)
        return fp_error_set(ret_error, FEDPOL_E_NOT_FOUND, FP_STR_NULL, -1,
                            "no context is named, and the kubeconfig has no current-context");
    fp_try(find(files, "contexts", "context", context, &entry, ret_error));
    fp_try(find(files, "clusters", "cluster", fp_value_get_str(entry.value, "cluster"), &cluster,
                ret_error));
    fp_try(fp_kubeconfig_read_cluster(&cluster, config, ret_error));
    user_name = fp_value_get_str(entry.value, "user");
    if (user_name.len) {
        fp_try(find(files, "users", "user", user_name, &user, ret_error));
        fp_try(fp_kubeconfig_read_user(&user, &cluster, config, ret_error));
    }
    return fp_client_config_check(config, ret_error);
}

static int resolve_into(const fp_kubeconfig_files *files, const char *context,
                        fp_client_config *ret, fedpol_error **ret_error)
{
    fp_client_config config = {0};
    int r = resolve(files, fp_str_of(context), &config, ret_error);

    if (r < 0) {
        fp_client_config_done(&config);
        return r;
    }
    *ret = config;
    return 0;
}

int fp_kubeconfig_parse(fp_str bytes, const char *from_folder, const char *context,
                        fp_client_config *ret, fedpol_error **ret_error)
{
    fp_kubeconfig_files files;
    int r;

    fp_kubeconfig_files_init(&files);
    r = fp_kubeconfig_files_add(&files, bytes, "", from_folder, ret_error);
    if (r == 0)
        r = resolve_into(&files, context, ret, ret_error);
    fp_kubeconfig_files_done(&files);
    return r;
}

/* --- files --- */

/* The folder of a path, "." if it names none. */
static int folder_of(const char *path, fp_buf *ret)
{
    const char *slash = strrchr(path, '/');

    if (slash == path)
        fp_buf_putc(ret, '/');
    else if (slash)
        fp_buf_add(ret, fp_str_n(path, (size_t)(slash - path)));
    else
        fp_buf_putc(ret, '.');
    return fp_buf_error(ret);
}

static int add_file(fp_kubeconfig_files *files, const char *path, bool may_be_missing,
                    fedpol_error **ret_error)
{
    fp_cleanup_buf fp_buf folder = {0};
    fedpol_error *error = NULL;
    char *text = NULL;
    size_t len = 0;
    int r = fp_small_file_read(path, &text, &len, &error);

    if (r == FEDPOL_E_NOT_FOUND && may_be_missing) {
        fedpol_error_free(error);
        return 0;
    }
    if (r < 0) {
        if (ret_error && !*ret_error)
            *ret_error = error;
        else
            fedpol_error_free(error);
        return r;
    }
    r = folder_of(path, &folder);
    if (r == 0)
        r = fp_kubeconfig_files_add(files, fp_str_n(text, len), path, folder.data, ret_error);
    for (size_t i = 0; i < len; i++)
        text[i] = 'x'; /* a NUL in it would end the wipe early */
    fp_secret_free(text);
    return r;
}

static int add_list(fp_kubeconfig_files *files, const char *list, fedpol_error **ret_error)
{
    const char *part = list;

    while (*part) {
        size_t len = strcspn(part, ":");

        if (len) {
            char *path = fp_str_dup(fp_str_n(part, len));
            int r;

            if (!path)
                return FEDPOL_E_NOMEM;
            r = add_file(files, path, true, ret_error);
            fp_free(path);
            fp_try(r);
        }
        part += len;
        part += *part == ':';
    }
    return 0;
}

/* As kubectl looks for it. */
static int add_usual(fp_kubeconfig_files *files, fedpol_error **ret_error)
{
    const char *list = getenv("KUBECONFIG");
    const char *home = getenv("HOME");
    fp_cleanup_buf fp_buf path = {0};

    if (list && *list)
        fp_try(add_list(files, list, ret_error));
    if ((!list || !*list) && home && *home) {
        fp_buf_puts(&path, home);
        fp_buf_puts(&path, "/.kube/config");
        fp_try(fp_buf_error(&path));
        fp_try(add_file(files, path.data, true, ret_error));
    }
    if (files->files.len == 0)
        return fp_error_set(ret_error, FEDPOL_E_NOT_FOUND, FP_STR_NULL, -1,
                            "no kubeconfig: neither a file of KUBECONFIG nor ~/.kube/config is "
                            "there");
    return 0;
}

int fp_kubeconfig_load(const char *path, const char *context, fp_client_config *ret,
                       fedpol_error **ret_error)
{
    fp_kubeconfig_files files;
    int r;

    fp_kubeconfig_files_init(&files);
    if (path && *path)
        r = add_file(&files, path, false, ret_error);
    else
        r = add_usual(&files, ret_error);
    if (r == 0)
        r = resolve_into(&files, context, ret, ret_error);
    fp_kubeconfig_files_done(&files);
    return r;
}
