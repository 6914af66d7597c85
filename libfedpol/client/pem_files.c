/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/pem_files.h"

#include "libfedpol/client/kubeconfig.h"

#define USUAL_MS 60000
#define DOUBT_MS 1000

void fp_pem_files_init(fp_pem_files *files, const fp_client_config *config, int64_t now_ms)
{
    bool any = config->ca_file || config->cert_file || config->key_file;

    *files = (fp_pem_files){.config = any ? config : NULL, .due_ms = INT64_MAX, .read_ms = now_ms};
    if (any)
        files->due_ms = now_ms + USUAL_MS;
}

void fp_pem_files_done(fp_pem_files *files)
{
    fp_client_config_done(&files->now);
}

static bool is_same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* Takes what FILE says over into *PEM of the copy, if it is another text than WAS. */
static int take(fp_pem_files *files, const char *file, const char *was, char **pem)
{
    char *text = NULL;
    size_t len;
    int r;

    if (!file)
        return 0;
    r = fp_small_file_read(file, &text, &len, NULL);
    if (r < 0)
        return r == FEDPOL_E_NOMEM ? r : 0;
    if (is_same(text, was) || !fp_str_contains(fp_str_n(text, len), FP_STR("-----BEGIN"))) {
        fp_secret_free(text);
        return 0;
    }
    fp_secret_free(*pem);
    *pem = text;
    files->changed = true;
    return 0;
}

static int read_all(fp_pem_files *files)
{
    const fp_client_config *now = fp_pem_files_config(files, files->config);
    fp_client_config next = {0};
    int r;

    fp_try(fp_client_config_copy(now, &next));
    r = take(files, next.ca_file, now->ca_pem, &next.ca_pem);
    if (r == 0)
        r = take(files, next.cert_file, now->cert_pem, &next.cert_pem);
    if (r == 0)
        r = take(files, next.key_file, now->key_pem, &next.key_pem);
    if (r < 0 || !files->changed) {
        fp_client_config_done(&next);
        return r;
    }
    fp_client_config_done(&files->now);
    files->now = next;
    return 0;
}

int fp_pem_files_poll(fp_pem_files *files, int64_t now_ms)
{
    if (!files->config || now_ms < files->due_ms)
        return 0;
    files->due_ms = now_ms + DOUBT_MS; /* if memory is short */
    files->read_ms = now_ms;
    files->changed = false;
    fp_try(read_all(files));
    files->due_ms = now_ms + USUAL_MS;
    return files->changed ? 1 : 0;
}

int64_t fp_pem_files_deadline_ms(const fp_pem_files *files)
{
    return files->due_ms;
}

void fp_pem_files_doubt(fp_pem_files *files, int64_t now_ms)
{
    int64_t soonest = files->read_ms + DOUBT_MS > now_ms ? files->read_ms + DOUBT_MS : now_ms;

    if (files->config && soonest < files->due_ms)
        files->due_ms = soonest;
}

const fp_client_config *fp_pem_files_config(const fp_pem_files *files,
                                            const fp_client_config *config)
{
    return files->now.server ? &files->now : config;
}
