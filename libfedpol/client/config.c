/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/config.h"

/* Every text of a config, so that freeing, copying and comparing can't forget one. */
#define TEXTS(X)                                                                                   \
    X(server)                                                                                      \
    X(ca_pem)                                                                                      \
    X(tls_server_name)                                                                             \
    X(proxy_url)                                                                                   \
    X(cert_pem)                                                                                    \
    X(key_pem)                                                                                     \
    X(ca_file)                                                                                     \
    X(cert_file) X(key_file) X(token) X(token_file) X(username) X(password) X(as_user) X(as_uid)

void fp_secret_free(char *text)
{
    volatile char *byte = text;

    while (byte && *byte)
        *byte++ = '\0';
    fp_free(text);
}

int fp_secret_set(char **text, fp_str value)
{
    char *copy = NULL;

    if (value.ptr) {
        copy = fp_str_dup(value);
        if (!copy)
            return FEDPOL_E_NOMEM;
    }
    fp_secret_free(*text);
    *text = copy;
    return 0;
}

/* --- lists --- */

static void strings_done(fp_string_vec *strings)
{
    for (size_t i = 0; i < strings->len; i++)
        fp_secret_free(strings->items[i]);
    fp_vec_done(strings);
}

static void pairs_done(fp_pair_vec *pairs)
{
    for (size_t i = 0; i < pairs->len; i++) {
        fp_free(pairs->items[i].name);
        fp_secret_free(pairs->items[i].value);
    }
    fp_vec_done(pairs);
}

int fp_string_vec_add(fp_string_vec *strings, fp_str text)
{
    char *copy;

    fp_try(fp_vec_reserve(strings, 1));
    copy = fp_str_dup(text);
    if (!copy)
        return FEDPOL_E_NOMEM;
    return fp_vec_push(strings, copy);
}

int fp_pair_vec_add(fp_pair_vec *pairs, fp_str name, fp_str value)
{
    fp_pair pair;

    fp_try(fp_vec_reserve(pairs, 1));
    pair.name = fp_str_dup(name);
    pair.value = fp_str_dup(value);
    if (!pair.name || !pair.value) {
        fp_free(pair.name);
        fp_secret_free(pair.value);
        return FEDPOL_E_NOMEM;
    }
    return fp_vec_push(pairs, pair);
}

static int strings_copy(const fp_string_vec *from, fp_string_vec *to)
{
    for (size_t i = 0; i < from->len; i++)
        fp_try(fp_string_vec_add(to, fp_str_of(from->items[i])));
    return 0;
}

static int pairs_copy(const fp_pair_vec *from, fp_pair_vec *to)
{
    for (size_t i = 0; i < from->len; i++)
        fp_try(
            fp_pair_vec_add(to, fp_str_of(from->items[i].name), fp_str_of(from->items[i].value)));
    return 0;
}

static bool text_equal(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool strings_equal(const fp_string_vec *a, const fp_string_vec *b)
{
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++)
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    return true;
}

static bool pairs_equal(const fp_pair_vec *a, const fp_pair_vec *b)
{
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++)
        if (strcmp(a->items[i].name, b->items[i].name) != 0 ||
            strcmp(a->items[i].value, b->items[i].value) != 0)
            return false;
    return true;
}

/* --- exec --- */

void fp_exec_config_free(fp_exec_config *exec)
{
    if (!exec)
        return;
    fp_free(exec->command);
    strings_done(&exec->args);
    pairs_done(&exec->env);
    fp_free(exec->api_version);
    fp_free(exec->install_hint);
    fp_free(exec->cluster_config);
    fp_free(exec);
}

static int exec_copy(const fp_exec_config *from, fp_exec_config **ret)
{
    fp_exec_config *to = fp_alloc_zero(1, sizeof(*to));
    int r;

    if (!to)
        return FEDPOL_E_NOMEM;
    to->provide_cluster_info = from->provide_cluster_info;
    r = fp_secret_set(&to->command, fp_str_of(from->command));
    if (r == 0)
        r = fp_secret_set(&to->api_version, fp_str_of(from->api_version));
    if (r == 0)
        r = fp_secret_set(&to->install_hint, fp_str_of(from->install_hint));
    if (r == 0)
        r = fp_secret_set(&to->cluster_config, fp_str_of(from->cluster_config));
    if (r == 0)
        r = strings_copy(&from->args, &to->args);
    if (r == 0)
        r = pairs_copy(&from->env, &to->env);
    if (r < 0) {
        fp_exec_config_free(to);
        return r;
    }
    *ret = to;
    return 0;
}

static bool exec_equal(const fp_exec_config *a, const fp_exec_config *b)
{
    if (!a || !b)
        return a == b;
    return text_equal(a->command, b->command) && text_equal(a->api_version, b->api_version) &&
           text_equal(a->cluster_config, b->cluster_config) &&
           a->provide_cluster_info == b->provide_cluster_info &&
           strings_equal(&a->args, &b->args) && pairs_equal(&a->env, &b->env);
}

/* --- the whole --- */

void fp_client_config_done(fp_client_config *config)
{
#define DONE(field) fp_secret_free(config->field);
    TEXTS(DONE)
#undef DONE
    strings_done(&config->as_groups);
    pairs_done(&config->as_extra);
    fp_exec_config_free(config->exec);
    *config = (fp_client_config){0};
}

static int copy_texts(const fp_client_config *from, fp_client_config *to)
{
    const struct {
        const char *from;
        char **to;
    } texts[] = {
#define ITEM(field) {from->field, &to->field},
        TEXTS(ITEM)
#undef ITEM
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(texts); i++)
        fp_try(fp_secret_set(texts[i].to, fp_str_of(texts[i].from)));
    return 0;
}

int fp_client_config_copy(const fp_client_config *config, fp_client_config *ret)
{
    fp_client_config copy = {0};
    int r = copy_texts(config, &copy);

    if (r == 0)
        r = strings_copy(&config->as_groups, &copy.as_groups);
    if (r == 0)
        r = pairs_copy(&config->as_extra, &copy.as_extra);
    if (r == 0 && config->exec)
        r = exec_copy(config->exec, &copy.exec);
    if (r < 0) {
        fp_client_config_done(&copy);
        return r;
    }
    copy.insecure = config->insecure;
    copy.disable_compression = config->disable_compression;
    *ret = copy;
    return 0;
}

bool fp_client_config_equal(const fp_client_config *a, const fp_client_config *b)
{
    const char *const texts[][2] = {
#define ITEM(field) {a->field, b->field},
        TEXTS(ITEM)
#undef ITEM
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(texts); i++)
        if (!text_equal(texts[i][0], texts[i][1]))
            return false;
    return a->insecure == b->insecure && a->disable_compression == b->disable_compression &&
           strings_equal(&a->as_groups, &b->as_groups) && pairs_equal(&a->as_extra, &b->as_extra) &&
           exec_equal(a->exec, b->exec);
}
