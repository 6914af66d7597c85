/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "libfedpol/base/buf.h"
#include "libfedpol/base/error.h"
#include "libfedpol/client/files.h"
#include "libfedpol/client/kubeconfig.h"

static void wipe(fp_buf *buf)
{
    for (size_t i = 0; i < buf->len; i++)
        buf->data[i] = '\0';
    fp_buf_done(buf);
}

static int read_all(int fd, fp_str path, fp_buf *text, fedpol_error **ret_error)
{
    ssize_t n;

    /* Room for all of it at once: a buffer that grows leaves copies of secrets behind. */
    fp_try(fp_buf_reserve(text, 64u << 10));
    for (;;) {
        if (text->len > FP_KUBECONFIG_MAX_BYTES)
            return fp_error_set(ret_error, FEDPOL_E_TOO_LONG, path, -1,
                                "the file has more than %u bytes", FP_KUBECONFIG_MAX_BYTES);
        fp_try(fp_buf_reserve(text, 16u << 10));
        n = read(fd, text->data + text->len, 16u << 10);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fp_file_error(ret_error, errno, path);
        if (n == 0)
            return 0;
        text->len += (size_t)n;
        text->data[text->len] = '\0';
    }
}

int fp_small_file_read(const char *path, char **ret_text, size_t *ret_len, fedpol_error **ret_error)
{
    fp_buf text = {0};
    /* Without waiting, so that a pipe of that name costs an error and not the loop. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int r;

    if (fd < 0)
        return fp_file_error(ret_error, errno, fp_str_of(path));
    r = read_all(fd, fp_str_of(path), &text, ret_error);
    (void)close(fd);
    if (r == 0) {
        char *steal = fp_buf_steal(&text, ret_len);

        if (steal) {
            *ret_text = steal;
            return 0;
        }
        r = FEDPOL_E_NOMEM;
    }
    wipe(&text);
    return r;
}
