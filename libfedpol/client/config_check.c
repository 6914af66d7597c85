/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/config.h"

#include "libfedpol/base/buf.h"
#include "libfedpol/base/error.h"

static int refuse(fedpol_error **ret_error, const char *why)
{
    return fp_error_set(ret_error, FEDPOL_E_INVALID, FP_STR_NULL, -1, "%s", why);
}

static bool has_tls(const fp_client_config *config)
{
    return config->ca_pem || config->cert_pem || config->insecure || config->tls_server_name;
}

/* True for bytes that may stand in a URL or a header as they are. */
static bool is_plain(fp_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] <= ' ' || (unsigned char)text.ptr[i] >= 0x7f)
            return false;
    return true;
}

/* Header values may have blanks inside, names of users have them. */
static bool is_header(const char *text)
{
    for (const char *c = text; c && *c; c++)
        if ((unsigned char)*c < ' ' || *c == '\x7f')
            return false;
    return true;
}

/* Cuts query, fragment and slashes at the end; the rest is host, port and prefix. */
static fp_str trim_server(fp_str rest)
{
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.ptr[i] == '?' || rest.ptr[i] == '#') {
            rest.len = i;
            break;
        }
    }
    while (rest.len > 0 && rest.ptr[rest.len - 1] == '/')
        rest.len--;
    return rest;
}

static int check_server(fp_client_config *config, fedpol_error **ret_error)
{
    fp_str server = fp_str_trim(fp_str_of(config->server));
    fp_cleanup_buf fp_buf url = {0};
    const char *scheme = has_tls(config) ? "https://" : "http://";
    fp_str rest = server;
    fp_str host;
    ptrdiff_t slash;
    char *text;

    if (server.len == 0)
        return refuse(ret_error, "there is no server");
    if (fp_str_starts_with(server, FP_STR("https://")))
        scheme = "https://";
    else if (fp_str_starts_with(server, FP_STR("http://")))
        scheme = "http://";
    else if (fp_str_contains(server, FP_STR("://")))
        return refuse(ret_error, "the server's URL is neither http nor https");
    if (fp_str_contains(server, FP_STR("://")))
        rest = fp_str_sub(server, strlen(scheme), server.len);
    rest = trim_server(rest);
    slash = fp_str_find_byte(rest, '/');
    host = slash < 0 ? rest : fp_str_sub(rest, 0, (size_t)slash);
    if (host.len == 0 || host.len > 300 || rest.len > 2000 || !is_plain(rest))
        return refuse(ret_error, "the server's URL has no host, is too long, or has bytes that no "
                                 "URL may have");
    if (fp_str_find_byte(host, '@') >= 0)
        return refuse(ret_error, "the server's URL must not hold a user or password");
    fp_buf_puts(&url, scheme);
    fp_buf_add(&url, rest);
    text = fp_buf_steal(&url, NULL);
    if (!text)
        return FEDPOL_E_NOMEM;
    fp_free(config->server);
    config->server = text;
    return 0;
}

static int check_headers(const fp_client_config *config, fedpol_error **ret_error)
{
    bool as_more = config->as_uid || config->as_groups.len || config->as_extra.len;

    if (!config->as_user && as_more)
        return refuse(ret_error, "as-uid, as-groups and as-user-extra need a user in `as`");
    if (!is_plain(fp_str_of(config->token)))
        return refuse(ret_error, "the token has bytes that no header may have");
    if (!is_header(config->as_user) || !is_header(config->as_uid) || !is_header(config->username))
        return refuse(ret_error, "a user name has bytes that no header may have");
    for (size_t i = 0; i < config->as_groups.len; i++)
        if (!is_header(config->as_groups.items[i]))
            return refuse(ret_error, "a name in as-groups has bytes that no header may have");
    for (size_t i = 0; i < config->as_extra.len; i++)
        if (!is_header(config->as_extra.items[i].value))
            return refuse(ret_error, "a value in as-user-extra has bytes that no header may have");
    return 0;
}

int fp_client_config_check(fp_client_config *config, fedpol_error **ret_error)
{
    bool has_token = config->token || config->token_file;

    fp_try(check_server(config, ret_error));
    if (config->ca_pem && config->insecure)
        return refuse(ret_error, "a certificate authority and insecure-skip-tls-verify together");
    if (!config->cert_pem != !config->key_pem)
        return refuse(ret_error, "a client certificate needs its key, and a key its certificate");
    if (has_token && (config->username || config->password))
        return refuse(ret_error, "more than one authentication method: a token and a user name");
    if (config->exec && (has_token || config->username))
        return refuse(ret_error, "more than one authentication method: a credential plugin and a "
                                 "token or user name");
    return check_headers(config, ret_error);
}
