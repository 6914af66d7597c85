/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/buf.h"
#include "libfedpol/base/error.h"
#include "libfedpol/client/exec_plugin.h"
#include "libfedpol/wire/object_stream.h"

/* What goes to a credential plugin and what comes back. No text of an answer is ever quoted. */

void fp_exec_answer_done(fp_exec_answer *answer)
{
    fp_secret_free(answer->token);
    fp_secret_free(answer->cert_pem);
    fp_secret_free(answer->key_pem);
    *answer = (fp_exec_answer){.expires_unix_s = -1};
}

/* --- times --- */

static bool digits(fp_str text, size_t at, size_t n, int64_t *ret)
{
    uint64_t value;

    if (at + n > text.len || !fp_str_to_u64(fp_str_sub(text, at, at + n), 9999, &value))
        return false;
    *ret = (int64_t)value;
    return true;
}

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t days_before(int64_t year, int64_t month)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int64_t y = year - 1;

    return y * 365 + y / 4 - y / 100 + y / 400 + before[month - 1] +
           (month > 2 && is_leap(year) ? 1 : 0);
}

/* "Z" or "+hh:mm" at AT, to the end; seconds east. */
static bool read_zone(fp_str text, size_t at, int64_t *ret)
{
    int64_t hours;
    int64_t minutes;

    if (at + 1 == text.len && (text.ptr[at] == 'Z' || text.ptr[at] == 'z')) {
        *ret = 0;
        return true;
    }
    if (at + 6 != text.len || (text.ptr[at] != '+' && text.ptr[at] != '-') ||
        text.ptr[at + 3] != ':' || !digits(text, at + 1, 2, &hours) ||
        !digits(text, at + 4, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *ret = (hours * 3600 + minutes * 60) * (text.ptr[at] == '-' ? -1 : 1);
    return true;
}

/* Years, months and so on of "2026-11-23T05:00:00", each in its bounds. */
static bool read_fields(fp_str text, int64_t fields[6])
{
    static const struct {
        uint8_t at;
        uint8_t len;
        uint8_t min;
        uint16_t max;
        char before;
    } parts[] = {{0, 4, 1, 9999, 0},  {5, 2, 1, 12, '-'},  {8, 2, 1, 31, '-'},
                 {11, 2, 0, 23, 'T'}, {14, 2, 0, 59, ':'}, {17, 2, 0, 60, ':'}};

    for (size_t i = 0; i < FP_ARRAY_LEN(parts); i++) {
        char before = parts[i].before;

        if (!digits(text, parts[i].at, parts[i].len, &fields[i]) || fields[i] < parts[i].min ||
            fields[i] > parts[i].max)
            return false;
        if (before && text.ptr[parts[i].at - 1] != before &&
            text.ptr[parts[i].at - 1] != (before | 0x20))
            return false;
    }
    return true;
}

/* RFC 3339; fractions are dropped. */
static bool read_time(fp_str text, int64_t *ret)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t f[6]; /* year, month, day, hour, minute, second */
    int64_t zone;
    size_t at = 19;

    if (!read_fields(text, f) || f[2] > lengths[f[1] - 1] + (f[1] == 2 && is_leap(f[0]) ? 1 : 0))
        return false;
    if (at < text.len && text.ptr[at] == '.') {
        for (at++; at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9';)
            at++;
        if (at == 20)
            return false;
    }
    if (at >= text.len || !read_zone(text, at, &zone))
        return false;
    *ret = (days_before(f[0], f[1]) + f[2] - 1 - 719162) * 86400 + f[3] * 3600 + f[4] * 60 + f[5] -
           zone;
    return *ret >= 0;
}

/* --- the answer --- */

static int bad(fedpol_error **ret_error, const char *why)
{
    return fp_error_set(ret_error, FEDPOL_E_PARSE, FP_STR_NULL, -1, "its answer %s", why);
}

/* No text where there is no such member. What follows a NUL would be lost without a word. */
static int get_text(const fp_value *status, const char *key, fp_str *ret, fedpol_error **ret_error)
{
    const fp_value *member = fp_value_get(status, key);

    *ret = fp_value_get_str(status, key);
    if (member && !fp_value_is(member, FP_VALUE_NULL) && !fp_value_is(member, FP_VALUE_STRING))
        return bad(ret_error, "has a member of its status that is no string");
    if (ret->len && memchr(ret->ptr, '\0', ret->len))
        return bad(ret_error, "has a NUL in a member of its status");
    return 0;
}

static int take_text(const fp_value *status, const char *key, char **field,
                     fedpol_error **ret_error)
{
    fp_str text;

    fp_try(get_text(status, key, &text, ret_error));
    return text.len ? fp_secret_set(field, text) : 0;
}

/* A time that can't be read must not become "never". */
static int take_time(const fp_value *status, int64_t *field, fedpol_error **ret_error)
{
    fp_str text;

    fp_try(get_text(status, "expirationTimestamp", &text, ret_error));
    if (text.ptr && !read_time(text, field))
        return bad(ret_error, "has an expirationTimestamp that is no time");
    return 0;
}

static int take_status(const fp_value *status, fp_exec_answer *answer, fedpol_error **ret_error)
{
    fp_try(take_text(status, "token", &answer->token, ret_error));
    fp_try(take_text(status, "clientCertificateData", &answer->cert_pem, ret_error));
    fp_try(take_text(status, "clientKeyData", &answer->key_pem, ret_error));
    if (!answer->cert_pem != !answer->key_pem)
        return bad(ret_error, "has a client certificate or a key alone");
    if (!answer->token && !answer->cert_pem)
        return bad(ret_error, "has neither a token nor a client certificate");
    for (const char *c = answer->token; c && *c; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f)
            return bad(ret_error, "has a token with bytes that no header may have");
    if (answer->cert_pem && (!fp_str_contains(fp_str_of(answer->cert_pem), FP_STR("-----BEGIN")) ||
                             !fp_str_contains(fp_str_of(answer->key_pem), FP_STR("-----BEGIN"))))
        return bad(ret_error, "has a client certificate or key that is no PEM");
    return take_time(status, &answer->expires_unix_s, ret_error);
}

static int parse(fp_str text, const char *api_version, fp_arena *arena, fp_exec_answer *answer,
                 fedpol_error **ret_error)
{
    fp_value *value;
    int r = fp_json_parse(text, &fp_wire_default_limits, arena, &value, NULL);

    if (r == FEDPOL_E_NOMEM)
        return r;
    if (r < 0 || !fp_value_is(value, FP_VALUE_OBJECT))
        return bad(ret_error, "is no JSON object");
    if (!fp_str_is(fp_value_get_str(value, "kind"), "ExecCredential"))
        return bad(ret_error, "is no ExecCredential");
    if (!fp_str_is(fp_value_get_str(value, "apiVersion"), api_version))
        return bad(ret_error, "has another apiVersion than the kubeconfig asks for");
    return take_status(fp_value_get(value, "status"), answer, ret_error);
}

int fp_exec_answer_parse(fp_str text, const char *api_version, fp_exec_answer *ret,
                         fedpol_error **ret_error)
{
    fp_exec_answer answer = {.expires_unix_s = -1};
    fp_arena arena;
    int r;

    fp_arena_init(&arena, 0);
    r = parse(text, api_version, &arena, &answer, ret_error);
    fp_arena_done(&arena);
    if (r < 0) {
        fp_exec_answer_done(&answer);
        return r;
    }
    *ret = answer;
    return 0;
}

/* --- what the plugin is told --- */

static void put_base64(fp_buf *json, fp_str text)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < text.len; i += 3) {
        size_t n = text.len - i < 3 ? text.len - i : 3;
        uint32_t bits = 0;

        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (k < n ? (unsigned char)text.ptr[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            fp_buf_putc(json, k <= n ? alphabet[bits >> (18 - 6 * k) & 63] : '=');
    }
}

static void put_member(fp_buf *json, const char *key, const char *value)
{
    if (!value)
        return;
    fp_buf_printf(json, ",\"%s\":", key);
    fp_buf_put_json(json, fp_str_of(value));
}

static void put_cluster(fp_buf *json, const fp_client_config *config)
{
    fp_buf_puts(json, ",\"cluster\":{\"server\":");
    fp_buf_put_json(json, fp_str_of(config->server));
    put_member(json, "tls-server-name", config->tls_server_name);
    put_member(json, "proxy-url", config->proxy_url);
    if (config->insecure)
        fp_buf_puts(json, ",\"insecure-skip-tls-verify\":true");
    if (config->disable_compression)
        fp_buf_puts(json, ",\"disable-compression\":true");
    if (config->ca_pem) {
        fp_buf_puts(json, ",\"certificate-authority-data\":\"");
        put_base64(json, fp_str_of(config->ca_pem));
        fp_buf_putc(json, '"');
    }
    if (config->exec->cluster_config) {
        fp_buf_puts(json, ",\"config\":");
        fp_buf_puts(json, config->exec->cluster_config);
    }
    fp_buf_putc(json, '}');
}

int fp_exec_info_write(const fp_client_config *config, char **ret_json)
{
    fp_cleanup_buf fp_buf json = {0};
    char *text;

    fp_buf_puts(&json, "{\"kind\":\"ExecCredential\",\"apiVersion\":");
    fp_buf_put_json(&json, fp_str_of(config->exec->api_version));
    fp_buf_puts(&json, ",\"spec\":{\"interactive\":false");
    if (config->exec->provide_cluster_info)
        put_cluster(&json, config);
    fp_buf_puts(&json, "}}");
    text = fp_buf_steal(&json, NULL);
    if (!text)
        return FEDPOL_E_NOMEM;
    *ret_json = text;
    return 0;
}
