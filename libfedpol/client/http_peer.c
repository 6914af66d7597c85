/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/buf.h"
#include "libfedpol/client/http_internal.h"
#include "libfedpol/client/url.h"

/* The parts of a URL that fp_client_config_check() let pass. */
typedef struct url_parts {
    fp_str host; /* with brackets */
    fp_str port; /* may be empty */
    fp_str prefix;
} url_parts;

static url_parts split(fp_str rest)
{
    ptrdiff_t slash = fp_str_find_byte(rest, '/');
    url_parts parts = {.host = rest};
    size_t bracket = 0;

    if (slash >= 0) {
        parts.host = fp_str_sub(rest, 0, (size_t)slash);
        parts.prefix = fp_str_sub(rest, (size_t)slash, rest.len);
    }
    for (size_t i = 0; i < parts.host.len; i++)
        if (parts.host.ptr[i] == ']')
            bracket = i;
    for (size_t i = parts.host.len; i > bracket; i--) {
        if (parts.host.ptr[i - 1] == ':') {
            parts.port = fp_str_sub(parts.host, i, parts.host.len);
            parts.host = fp_str_sub(parts.host, 0, i - 1);
            break;
        }
    }
    return parts;
}

static bool is_loopback(fp_str host)
{
    return fp_str_is(host, "localhost") || fp_str_is(host, "[::1]") ||
           (fp_str_starts_with(host, FP_STR("127.")) && host.len <= 15 &&
            strspn(host.ptr, "0123456789.") >= host.len);
}

static int set(char **field, const char *text)
{
    return text ? fp_secret_set(field, fp_str_of(text)) : 0;
}

static int steal(fp_buf *buf, char **field)
{
    *field = fp_buf_steal(buf, NULL);
    return *field ? 0 : FEDPOL_E_NOMEM;
}

/* The certificate's name is that of the URL for curl: so the URL gets the name that it must have,
   and the connection goes to the real host. */
static int rename_host(fp_http_peer *peer, const url_parts *parts, const char *name)
{
    fp_cleanup_buf fp_buf connect_to = {0};
    fp_cleanup_buf fp_buf host = {0};
    fp_str port = parts->port.len ? parts->port : FP_STR("443");

    fp_buf_puts(&connect_to, name);
    fp_buf_putc(&connect_to, ':');
    fp_buf_add(&connect_to, port);
    fp_buf_putc(&connect_to, ':');
    fp_buf_add(&connect_to, parts->host);
    fp_buf_putc(&connect_to, ':');
    fp_buf_add(&connect_to, port);
    fp_try(steal(&connect_to, &peer->connect_to));
    fp_buf_puts(&host, "Host: ");
    fp_buf_add(&host, parts->host);
    if (parts->port.len) {
        fp_buf_putc(&host, ':');
        fp_buf_add(&host, parts->port);
    }
    return steal(&host, &peer->host);
}

static int set_server(fp_http_peer *peer, const fp_client_config *config)
{
    fp_str server = fp_str_of(config->server);
    fp_cleanup_buf fp_buf base = {0};
    url_parts parts;

    peer->is_https = fp_str_starts_with(server, FP_STR("https://"));
    parts = split(fp_str_sub(server, peer->is_https ? 8 : 7, server.len));
    peer->is_loopback = is_loopback(parts.host);
    /* In plain they go to this machine only, and through no proxy on the way. */
    peer->may_send_credentials = peer->is_https || (peer->is_loopback && !config->proxy_url);
    if (!peer->is_https || !config->tls_server_name) {
        fp_buf_add(&base, server);
        return steal(&base, &peer->base);
    }
    fp_buf_puts(&base, "https://");
    fp_buf_puts(&base, config->tls_server_name);
    if (parts.port.len) {
        fp_buf_putc(&base, ':');
        fp_buf_add(&base, parts.port);
    }
    fp_buf_add(&base, parts.prefix);
    fp_try(steal(&base, &peer->base));
    return rename_host(peer, &parts, config->tls_server_name);
}

/* --- impersonation --- */

static int add_header(struct curl_slist **list, const char *name, fp_str key, const char *value)
{
    fp_cleanup_buf fp_buf line = {0};
    struct curl_slist *longer;

    fp_buf_puts(&line, name);
    fp_url_put_encoded(&line, key);
    fp_buf_puts(&line, ": ");
    fp_buf_puts(&line, value);
    fp_try(fp_buf_error(&line));
    longer = curl_slist_append(*list, line.data);
    if (!longer)
        return FEDPOL_E_NOMEM;
    *list = longer;
    return 0;
}

static int set_impersonation(fp_http_peer *peer, const fp_client_config *config)
{
    struct curl_slist **list = &peer->impersonation;

    if (config->as_user)
        fp_try(add_header(list, "Impersonate-User", FP_STR_NULL, config->as_user));
    if (config->as_uid)
        fp_try(add_header(list, "Impersonate-Uid", FP_STR_NULL, config->as_uid));
    for (size_t i = 0; i < config->as_groups.len; i++)
        fp_try(add_header(list, "Impersonate-Group", FP_STR_NULL, config->as_groups.items[i]));
    for (size_t i = 0; i < config->as_extra.len; i++)
        fp_try(add_header(list, "Impersonate-Extra-", fp_str_of(config->as_extra.items[i].name),
                          config->as_extra.items[i].value));
    return 0;
}

static int fill(fp_http_peer *peer, const fp_client_config *config, const char *cert_pem,
                const char *key_pem)
{
    fp_try(set_server(peer, config));
    fp_try(set_impersonation(peer, config));
    fp_try(set(&peer->ca_pem, config->ca_pem));
    fp_try(set(&peer->cert_pem, cert_pem ? cert_pem : config->cert_pem));
    fp_try(set(&peer->key_pem, cert_pem ? key_pem : config->key_pem));
    fp_try(set(&peer->proxy_url, config->proxy_url));
    fp_try(set(&peer->username, config->username));
    fp_try(set(&peer->password, config->password));
    peer->insecure = config->insecure;
    peer->disable_compression = config->disable_compression;
    return 0;
}

int fp_http_peer_new(fp_http *http, const fp_client_config *config, const char *cert_pem,
                     const char *key_pem, fp_http_peer **ret)
{
    fp_http_peer *peer = fp_alloc_zero(1, sizeof(*peer));
    int r;

    (void)http;
    if (!peer)
        return FEDPOL_E_NOMEM;
    peer->refs = 1;
    r = fill(peer, config, cert_pem, key_pem);
    if (r < 0) {
        fp_http_peer_unref(peer);
        return r;
    }
    *ret = peer;
    return 0;
}

fp_http_peer *fp_http_peer_unref(fp_http_peer *peer)
{
    if (!peer || --peer->refs > 0)
        return NULL;
    curl_slist_free_all(peer->impersonation);
    fp_free(peer->base);
    fp_free(peer->host);
    fp_free(peer->connect_to);
    fp_free(peer->ca_pem);
    fp_free(peer->cert_pem);
    fp_secret_free(peer->key_pem);
    fp_secret_free(peer->proxy_url);
    fp_free(peer->username);
    fp_secret_free(peer->password);
    fp_free(peer);
    return NULL;
}
