/* SPDX-License-Identifier: Apache-2.0 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <fedpol/version.h>

#include "libfedpol/base/buf.h"
#include "libfedpol/client/clock.h"
#include "libfedpol/client/http_internal.h"

#define DEFAULT_HEAD_MS 60000u
#define DEFAULT_IDLE_MS 30000u
#define USER_TIMEOUT_MS 45000u
#define MAX_RETRY_AFTER_S 3600u

/* --- what curl calls --- */

static bool is_header(fp_str line, const char *name, fp_str *ret_value)
{
    size_t len = strlen(name);

    if (line.len <= len || line.ptr[len] != ':' || !fp_str_is_nocase(fp_str_n(line.ptr, len), name))
        return false;
    *ret_value = fp_str_trim(fp_str_sub(line, len + 1, line.len));
    return true;
}

static fp_encoding encoding_of(const fp_exchange *exchange, fp_str name)
{
    bool is_gzip = fp_str_is_nocase(name, "gzip") || fp_str_is_nocase(name, "x-gzip");

    if (is_gzip && exchange->multi == MULTI_LISTS)
        return FP_ENCODING_GZIP;
    return name.len == 0 || fp_str_is_nocase(name, "identity") ? FP_ENCODING_NONE
                                                               : FP_ENCODING_OTHER;
}

static void note_header(fp_exchange *exchange, fp_str line)
{
    fp_str value;
    uint64_t seconds;

    if (is_header(line, "Retry-After", &value) && fp_str_to_u64(value, UINT32_MAX, &seconds))
        exchange->retry_after_ms =
            (int64_t)(seconds < MAX_RETRY_AFTER_S ? seconds : MAX_RETRY_AFTER_S) * 1000;
    if (is_header(line, "Content-Encoding", &value))
        exchange->encoding = (uint8_t)encoding_of(exchange, value);
    if (is_header(line, "Content-Type", &value) && value.len < sizeof(exchange->content_type)) {
        memcpy(exchange->content_type, value.ptr, value.len);
        exchange->content_type[value.len] = '\0';
    }
}

static bool prepare_inflating(fp_exchange *exchange)
{
    if (exchange->encoding == FP_ENCODING_OTHER)
        exchange->message = "the answer is packed in a way that was not asked for";
    else if (exchange->encoding == FP_ENCODING_GZIP && fp_gunzip_new(&exchange->gunzip) < 0)
        exchange->message = "no memory";
    exchange->nomem = exchange->encoding == FP_ENCODING_GZIP && !exchange->gunzip;
    return !exchange->message;
}

static bool tell_head(fp_exchange *exchange)
{
    fp_response_head head = {.retry_after_ms = exchange->retry_after_ms};
    long status = 0;
    long version = 0;

    (void)curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(exchange->easy, CURLINFO_HTTP_VERSION, &version);
    exchange->is_stream = version >= CURL_HTTP_VERSION_2_0;
    if (status / 100 == 1) { /* another head follows */
        exchange->retry_after_ms = -1;
        exchange->encoding = FP_ENCODING_NONE;
        return true;
    }
    if (!prepare_inflating(exchange))
        return false;
    exchange->status = head.status = (int)status;
    head.content_type = fp_str_of(exchange->content_type);
    exchange->head_told = true;
    fp_exchange_mind_due(exchange);
    exchange->sink_code = exchange->sink.head(exchange->sink.user, &head);
    return exchange->sink_code >= 0 && !exchange->cancelled;
}

static size_t on_header(char *data, size_t size, size_t n, void *user)
{
    fp_exchange *exchange = user;
    size_t len = size * n;

    exchange->heard_ms = fp_clock_ms();
    if (exchange->cancelled)
        return 0;
    exchange->header_bytes += len;
    if (exchange->header_bytes > FP_HTTP_MAX_HEADERS) {
        exchange->message = "the answer's headers are too large";
        return 0;
    }
    if (exchange->head_told)
        return len; /* a trailer */
    if (len <= 2 && (len == 0 || data[0] == '\r' || data[0] == '\n'))
        return tell_head(exchange) ? len : 0;
    note_header(exchange, fp_str_n(data, len));
    return len;
}

static int on_socket(void *user, curl_socket_t fd, curlsocktype purpose)
{
    unsigned int timeout = USER_TIMEOUT_MS;

    (void)user;
    (void)purpose;
    /* Bytes that nobody acknowledges: the other side is gone. Not a reason to give up if refused.
     */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof(timeout));
    return CURL_SOCKOPT_OK;
}

/* --- setting up --- */

/* Failures of options are told apart no further: a curl that lacks one is too old, or out of
   memory. */
#define PUT(easy, option, value)                                                                   \
    do {                                                                                           \
        if (curl_easy_setopt((easy), (option), (value)) != CURLE_OK)                               \
            return FEDPOL_E_NOMEM;                                                                 \
    } while (0)

static int put_pem(CURL *easy, CURLoption option, const char *pem)
{
    struct curl_blob blob = {.flags = CURL_BLOB_COPY};

    if (!pem)
        return 0;
    blob.data = (void *)(uintptr_t)pem;
    blob.len = strlen(pem);
    PUT(easy, option, &blob);
    return 0;
}

static int put_tls(CURL *easy, const fp_http_peer *peer)
{
    PUT(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (peer->insecure) {
        PUT(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        PUT(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (peer->ca_pem) { /* and no other: the system's would be trusted beside it */
        PUT(easy, CURLOPT_CAPATH, NULL);
        PUT(easy, CURLOPT_CAINFO, NULL);
        fp_try(put_pem(easy, CURLOPT_CAINFO_BLOB, peer->ca_pem));
    }
    fp_try(put_pem(easy, CURLOPT_SSLCERT_BLOB, peer->cert_pem));
    return put_pem(easy, CURLOPT_SSLKEY_BLOB, peer->key_pem);
}

static int put_callbacks(fp_exchange *exchange)
{
    CURL *easy = exchange->easy;

    PUT(easy, CURLOPT_PRIVATE, exchange);
    PUT(easy, CURLOPT_ERRORBUFFER, exchange->error);
    PUT(easy, CURLOPT_HEADERFUNCTION, on_header);
    PUT(easy, CURLOPT_HEADERDATA, exchange);
    PUT(easy, CURLOPT_WRITEFUNCTION, fp_exchange_on_body);
    PUT(easy, CURLOPT_WRITEDATA, exchange);
    PUT(easy, CURLOPT_SOCKOPTFUNCTION, on_socket);
    PUT(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    return 0;
}

/* A User-Agent that begins like a person's makes API servers indent their JSON: twice the bytes. */
static int put_transfer(fp_exchange *exchange)
{
    const fp_http_peer *peer = exchange->peer;
    bool is_watch = exchange->multi == MULTI_WATCHES;
    CURL *easy = exchange->easy;

    PUT(easy, CURLOPT_USERAGENT, "libfedpol/" FEDPOL_VERSION " (linux)");
    PUT(easy, CURLOPT_NOSIGNAL, 1L);
    PUT(easy, CURLOPT_FOLLOWLOCATION, 0L);
    PUT(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    PUT(easy, CURLOPT_CONNECTTIMEOUT_MS, 10000L);
    PUT(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    PUT(easy, CURLOPT_TCP_KEEPIDLE, 30L);
    PUT(easy, CURLOPT_TCP_KEEPINTVL, 10L);
    /* One version for each host of a multi: lists 1.1, watches 2 where the server has it. */
    PUT(easy, CURLOPT_HTTP_VERSION,
        peer->is_https && is_watch ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1);
    PUT(easy, CURLOPT_PIPEWAIT, peer->is_https && is_watch ? 1L : 0L);
    if (peer->proxy_url)
        PUT(easy, CURLOPT_PROXY, peer->proxy_url);
    else if (peer->is_loopback) /* whatever the environment says */
        PUT(easy, CURLOPT_NOPROXY, "*");
    if (exchange->connect_to)
        PUT(easy, CURLOPT_CONNECT_TO, exchange->connect_to);
    return 0;
}

static int add_line(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);

    if (!longer)
        return FEDPOL_E_NOMEM;
    *list = longer;
    return 0;
}

static int put_credentials(fp_exchange *exchange, fp_str authorization)
{
    const fp_http_peer *peer = exchange->peer;
    fp_cleanup_buf fp_buf line = {0};

    if (!peer->may_send_credentials)
        return 0;
    if (authorization.len) {
        fp_buf_puts(&line, "Authorization: ");
        fp_buf_add(&line, authorization);
        fp_try(fp_buf_error(&line));
        fp_try(add_line(&exchange->headers, line.data));
        for (size_t i = 0; i < line.len; i++)
            line.data[i] = '\0';
    } else if (peer->username) {
        PUT(exchange->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        PUT(exchange->easy, CURLOPT_USERNAME, peer->username);
        PUT(exchange->easy, CURLOPT_PASSWORD, peer->password ? peer->password : "");
    }
    for (const struct curl_slist *item = peer->impersonation; item; item = item->next)
        fp_try(add_line(&exchange->headers, item->data));
    return 0;
}

static int put_url(fp_exchange *exchange, const char *path)
{
    fp_cleanup_buf fp_buf url = {0};

    for (const char *c = path; *c; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f)
            return FEDPOL_E_INVALID;
    fp_buf_puts(&url, exchange->peer->base);
    fp_buf_puts(&url, path);
    fp_try(fp_buf_error(&url));
    PUT(exchange->easy, CURLOPT_URL, url.data);
    return 0;
}

/* The method is spelled out in any case, so that curl does not choose by what else is set. */
static int put_body(fp_exchange *exchange, const fp_request *request)
{
    fp_cleanup_buf fp_buf line = {0};

    if (!request->method || strcmp(request->method, "GET") == 0)
        return 0;
    PUT(exchange->easy, CURLOPT_CUSTOMREQUEST, request->method);
    if (request->body.len == 0 && strcmp(request->method, "DELETE") == 0)
        return 0;
    PUT(exchange->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
    PUT(exchange->easy, CURLOPT_COPYPOSTFIELDS, request->body.ptr);
    fp_buf_printf(&line, "Content-Type: %s",
                  request->content_type ? request->content_type : "application/json");
    fp_try(fp_buf_error(&line));
    fp_try(add_line(&exchange->headers, line.data));
    return add_line(&exchange->headers, "Expect:"); /* no question before the body */
}

int fp_exchange_prepare(fp_exchange *exchange, const fp_request *request, fp_str authorization)
{
    const fp_http_peer *peer = exchange->peer;

    exchange->easy = curl_easy_init();
    if (!exchange->easy)
        return FEDPOL_E_NOMEM;
    if (peer->connect_to)
        fp_try(add_line(&exchange->connect_to, peer->connect_to));
    if (peer->host)
        fp_try(add_line(&exchange->headers, peer->host));
    fp_try(add_line(&exchange->headers, "Accept: application/json"));
    if (exchange->multi == MULTI_LISTS && !peer->disable_compression)
        fp_try(add_line(&exchange->headers, "Accept-Encoding: gzip")); /* see http_body.c */
    fp_try(put_url(exchange, request->path));
    fp_try(put_callbacks(exchange));
    fp_try(put_transfer(exchange));
    fp_try(put_body(exchange, request));
    fp_try(put_credentials(exchange, authorization));
    PUT(exchange->easy, CURLOPT_HTTPHEADER, exchange->headers);
    return peer->is_https ? put_tls(exchange->easy, peer) : 0;
}

/* --- times and ends --- */

const char *fp_exchange_overdue(const fp_exchange *exchange, int64_t now_ms)
{
    uint32_t head_ms = exchange->head_ms ? exchange->head_ms : DEFAULT_HEAD_MS;
    uint32_t idle_ms = exchange->idle_ms ? exchange->idle_ms : DEFAULT_IDLE_MS;

    if (exchange->total_ms && now_ms >= exchange->started_ms + exchange->total_ms)
        return "the answer took too long as a whole";
    if (!exchange->head_told && now_ms >= exchange->started_ms + head_ms)
        return "no answer came in time";
    if (exchange->head_told && now_ms >= exchange->heard_ms + idle_ms)
        return "the answer stopped in the middle";
    return NULL;
}

int64_t fp_exchange_due_ms(const fp_exchange *exchange)
{
    uint32_t head_ms = exchange->head_ms ? exchange->head_ms : DEFAULT_HEAD_MS;
    uint32_t idle_ms = exchange->idle_ms ? exchange->idle_ms : DEFAULT_IDLE_MS;
    int64_t due =
        exchange->head_told ? exchange->heard_ms + idle_ms : exchange->started_ms + head_ms;

    if (exchange->total_ms && exchange->started_ms + exchange->total_ms < due)
        due = exchange->started_ms + exchange->total_ms;
    return due;
}

void fp_exchange_mind_due(const fp_exchange *exchange)
{
    int64_t due = fp_exchange_due_ms(exchange);

    if (due < exchange->http->overdue_ms)
        exchange->http->overdue_ms = due;
}

void fp_exchange_end(fp_exchange *exchange, fp_failure failure, const char *message)
{
    if (exchange->ended)
        return;
    exchange->ended = true;
    exchange->http->ends = true;
    exchange->failure = failure;
    exchange->message = message;
}

static fp_failure failure_of(CURLcode code)
{
    static const struct {
        CURLcode code;
        fp_failure failure;
    } failures[] = {
        {CURLE_OK, FP_FAILURE_NONE},
        {CURLE_OUT_OF_MEMORY, FP_FAILURE_NOMEM},
        {CURLE_OPERATION_TIMEDOUT, FP_FAILURE_TIMEOUT},
        {CURLE_COULDNT_CONNECT, FP_FAILURE_CONNECT},
        {CURLE_COULDNT_RESOLVE_HOST, FP_FAILURE_CONNECT},
        {CURLE_COULDNT_RESOLVE_PROXY, FP_FAILURE_CONNECT},
        {CURLE_PROXY, FP_FAILURE_CONNECT},
        {CURLE_URL_MALFORMAT, FP_FAILURE_CONNECT},
        {CURLE_SSL_CONNECT_ERROR, FP_FAILURE_TLS},
        {CURLE_PEER_FAILED_VERIFICATION, FP_FAILURE_TLS},
        {CURLE_SSL_CERTPROBLEM, FP_FAILURE_TLS},
        {CURLE_SSL_CIPHER, FP_FAILURE_TLS},
        {CURLE_SSL_CACERT_BADFILE, FP_FAILURE_TLS},
        {CURLE_SSL_ISSUER_ERROR, FP_FAILURE_TLS},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(failures); i++)
        if (failures[i].code == code)
            return failures[i].failure;
    return FP_FAILURE_CUT;
}

/* What curl takes for a whole answer and isn't; NULL: it is. */
static const char *find_cut(const fp_exchange *exchange)
{
    if (!exchange->head_told)
        return "the answer has no head";
    return exchange->gunzip && !fp_gunzip_is_whole(exchange->gunzip)
               ? "the answer's gzip stream is cut"
               : NULL;
}

static const char *words_of_curl(fp_exchange *exchange, CURLcode code)
{
    if (code == CURLE_OK)
        return "";
    for (char *c = exchange->error; *c; c++)
        if ((unsigned char)*c < ' ' || *c == '\x7f')
            *c = '?';
    return exchange->error[0] ? exchange->error : curl_easy_strerror(code);
}

void fp_exchange_end_curl(fp_exchange *exchange, CURLcode code)
{
    fp_failure own = exchange->nomem ? FP_FAILURE_NOMEM : FP_FAILURE_CUT;
    const char *cut = code == CURLE_OK ? find_cut(exchange) : NULL;

    if (exchange->sink_code < 0) {
        fp_exchange_end(exchange, FP_FAILURE_SINK, "the answer was refused");
    } else if (exchange->message) {
        fp_exchange_end(exchange, own, exchange->message);
    } else if (fp_exchange_has_more(exchange)) { /* once that is told, this comes again */
        exchange->curl_ended = true;
        exchange->curl_code = code;
    } else if (cut) {
        fp_exchange_end(exchange, FP_FAILURE_CUT, cut);
    } else {
        fp_exchange_end(exchange, failure_of(code), words_of_curl(exchange, code));
    }
}

void fp_exchange_free(fp_exchange *exchange)
{
    if (exchange->easy)
        curl_easy_cleanup(exchange->easy);
    curl_slist_free_all(exchange->headers);
    curl_slist_free_all(exchange->connect_to);
    fp_http_peer_unref(exchange->peer);
    fp_gunzip_free(exchange->gunzip);
    fp_free(exchange);
}
