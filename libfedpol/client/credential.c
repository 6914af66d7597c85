/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/credential.h"

#include "libfedpol/base/buf.h"
#include "libfedpol/base/error.h"
#include "libfedpol/client/exec_plugin.h"
#include "libfedpol/client/kubeconfig.h"

/* A token file is never trusted longer than a minute; what a plugin gave is renewed before its
   end. */
#define FILE_MS 50000
#define LEEWAY_S 10
#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 30000

struct fp_credential {
    const fp_client_config *config;
    char *authorization; /* NULL: none */
    char *cert_pem;      /* of the plugin */
    char *key_pem;
    fp_exec_run *run; /* NULL: no plugin runs */
    uint64_t generation;
    uint64_t cert_generation;
    int64_t due_ms; /* when it is read or run next; INT64_MAX: never */
    int64_t retry_ms;
    int64_t soonest_ms; /* a rejection brings it no nearer */
    int code;           /* of the last try; 0: it went well, or there was none */
    bool ready;
};

int fp_credential_new(const fp_client_config *config, fp_credential **ret)
{
    fp_credential *credential = fp_alloc_zero(1, sizeof(*credential));

    if (!credential)
        return FEDPOL_E_NOMEM;
    credential->config = config;
    credential->generation = 1;
    credential->retry_ms = RETRY_MIN_MS;
    credential->soonest_ms = INT64_MIN;
    credential->due_ms = INT64_MIN;
    *ret = credential;
    return 0;
}

fp_credential *fp_credential_free(fp_credential *credential)
{
    if (credential) {
        fp_exec_free(credential->run);
        fp_secret_free(credential->authorization);
        fp_secret_free(credential->cert_pem);
        fp_secret_free(credential->key_pem);
        fp_free(credential);
    }
    return NULL;
}

static int set_token(fp_credential *credential, const char *token)
{
    fp_cleanup_buf fp_buf header = {0};
    char *text = NULL;

    if (token) {
        fp_buf_puts(&header, "Bearer ");
        fp_buf_puts(&header, token);
        text = fp_buf_steal(&header, NULL);
        if (!text)
            return FEDPOL_E_NOMEM;
    }
    if (credential->authorization && text && strcmp(credential->authorization, text) == 0) {
        fp_secret_free(text);
        return 0;
    }
    if (credential->authorization || text)
        credential->generation++;
    fp_secret_free(credential->authorization);
    credential->authorization = text;
    return 0;
}

static bool is_token(fp_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] <= ' ' || (unsigned char)text.ptr[i] >= 0x7f)
            return false;
    return text.len > 0;
}

static int read_token_file(fp_credential *credential, fedpol_error **ret_error)
{
    const char *path = credential->config->token_file;
    char *text = NULL;
    size_t len;
    fp_str token;
    int r;

    fp_try(fp_small_file_read(path, &text, &len, ret_error));
    token = fp_str_trim(fp_str_n(text, len));
    if (is_token(token)) {
        text[token.ptr - text + (ptrdiff_t)token.len] = '\0';
        r = set_token(credential, token.ptr);
    } else {
        r = fp_error_set(ret_error, FEDPOL_E_INVALID, fp_str_of(path), -1,
                         "the token file is empty or holds no token");
    }
    for (size_t i = 0; i < len; i++)
        text[i] = 'x'; /* blanks before it would end the wipe early */
    fp_secret_free(text);
    return r;
}

static void note_success(fp_credential *credential, int64_t now_ms, int64_t due_ms)
{
    credential->ready = true;
    credential->retry_ms = RETRY_MIN_MS;
    credential->soonest_ms = now_ms + RETRY_MIN_MS;
    credential->due_ms = due_ms;
    credential->code = 0;
}

static void note_failure(fp_credential *credential, int64_t now_ms, int code)
{
    credential->code = code == FEDPOL_E_NOMEM ? 0 : code; /* memory may be there next time */
    credential->due_ms = now_ms + credential->retry_ms;
    credential->soonest_ms = credential->due_ms; /* or each 401 would run a plugin that fails */
    credential->retry_ms *= 2;
    if (credential->retry_ms > RETRY_MAX_MS)
        credential->retry_ms = RETRY_MAX_MS;
}

/* --- plugins --- */

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static int take_answer(fp_credential *credential, fp_exec_answer *answer, int64_t now_ms,
                       int64_t now_unix_s)
{
    int64_t lasts_s = answer->expires_unix_s - now_unix_s - LEEWAY_S;

    fp_try(set_token(credential, answer->token));
    if (!same(credential->cert_pem, answer->cert_pem) ||
        !same(credential->key_pem, answer->key_pem)) {
        fp_secret_free(credential->cert_pem);
        fp_secret_free(credential->key_pem);
        credential->cert_pem = answer->cert_pem;
        credential->key_pem = answer->key_pem;
        answer->cert_pem = answer->key_pem = NULL;
        credential->generation++;
        credential->cert_generation++;
    }
    if (answer->expires_unix_s < 0 || lasts_s > INT64_MAX / 4000)
        note_success(credential, now_ms, INT64_MAX);
    else /* one that is over already is tried once, and not run again at once */
        note_success(credential, now_ms, now_ms + (lasts_s > 1 ? lasts_s * 1000 : RETRY_MAX_MS));
    return 0;
}

static int mind_run(fp_credential *credential, int64_t now_ms, int64_t now_unix_s,
                    fedpol_error **ret_error)
{
    fp_exec_answer answer = {.expires_unix_s = -1};
    int r = fp_exec_poll(credential->run, now_ms, &answer, ret_error);

    if (r == 0)
        return 0;
    credential->run = fp_exec_free(credential->run);
    if (r > 0)
        r = take_answer(credential, &answer, now_ms, now_unix_s);
    fp_exec_answer_done(&answer);
    return r;
}

static int renew(fp_credential *credential, int64_t now_ms, fedpol_error **ret_error)
{
    const fp_client_config *config = credential->config;

    if (config->exec)
        return fp_exec_start(config, now_ms, &credential->run, ret_error);
    if (config->token_file) {
        fp_try(read_token_file(credential, ret_error));
        note_success(credential, now_ms, now_ms + FILE_MS);
        return 0;
    }
    fp_try(set_token(credential, config->token));
    note_success(credential, now_ms, INT64_MAX);
    return 0;
}

/* The start value of a token file serves until the file can be read. */
static int start_value(fp_credential *credential)
{
    if (credential->authorization || !credential->config->token)
        return 0;
    fp_try(set_token(credential, credential->config->token));
    credential->ready = true;
    return 0;
}

int fp_credential_poll(fp_credential *credential, int64_t now_ms, int64_t now_unix_s,
                       fedpol_error **ret_error)
{
    int r = 0;

    if (!credential->run && now_ms >= credential->due_ms) {
        r = renew(credential, now_ms, ret_error);
        if (r < 0)
            note_failure(credential, now_ms, r);
    } else if (!credential->run) {
        r = credential->code;
    }
    if (r == 0 && credential->run) {
        r = mind_run(credential, now_ms, now_unix_s, ret_error);
        if (r < 0)
            note_failure(credential, now_ms, r);
    }
    if (r < 0 && r != FEDPOL_E_NOMEM && start_value(credential) < 0)
        r = FEDPOL_E_NOMEM;
    if (credential->ready)
        return 1;
    return r;
}

int fp_credential_get_fd(const fp_credential *credential)
{
    return credential->run ? fp_exec_get_fd(credential->run) : -1;
}

int64_t fp_credential_deadline_ms(const fp_credential *credential)
{
    return credential->run ? fp_exec_deadline_ms(credential->run) : credential->due_ms;
}

const char *fp_credential_authorization(const fp_credential *credential)
{
    return credential->authorization;
}

const char *fp_credential_cert_pem(const fp_credential *credential)
{
    return credential->cert_pem;
}

const char *fp_credential_key_pem(const fp_credential *credential)
{
    return credential->key_pem;
}

uint64_t fp_credential_generation(const fp_credential *credential)
{
    return credential->generation;
}

uint64_t fp_credential_cert_generation(const fp_credential *credential)
{
    return credential->cert_generation;
}

void fp_credential_rejected(fp_credential *credential, uint64_t generation, int64_t now_ms)
{
    int64_t soonest = credential->soonest_ms < now_ms ? now_ms : credential->soonest_ms;

    if (generation != credential->generation || credential->run)
        return; /* it was renewed since, or is being renewed */
    if (!credential->config->exec && !credential->config->token_file)
        return;
    if (credential->due_ms > soonest)
        credential->due_ms = soonest;
}
