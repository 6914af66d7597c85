/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "libfedpol/api/handles.h"
#include "libfedpol/api/remotes.h"

/* The one descriptor, and what happens when it is readable. */

static void raise_fd(int fd)
{
    const uint64_t one = 1;
    ssize_t n = write(fd, &one, sizeof(one)); /* fails only where it is raised to the brim */

    (void)n;
}

static void lower_fd(int fd)
{
    uint64_t count;
    ssize_t n = read(fd, &count, sizeof(count)); /* fails only where it is low already */

    (void)n;
}

bool fp_context_has_news(const fedpol_context *context)
{
    if (context->change_news || context->service_news || context->request_news)
        return true;
    for (size_t i = 0; i < context->clusters.len; i++)
        if (context->clusters.items[i]->state_news || context->clusters.items[i]->diag_news)
            return true;
    return false;
}

static bool has_work(const fedpol_context *context)
{
    return (fp_context_is_dirty(context) && !context->commit_told) || fp_remotes_pending(context);
}

void fp_context_signal(fedpol_context *context)
{
    bool wanted = has_work(context) || fp_context_has_news(context);

    if (wanted == context->work_signalled)
        return;
    if (wanted)
        raise_fd(context->work_fd);
    else
        lower_fd(context->work_fd);
    context->work_signalled = wanted;
}

int fedpol_context_get_fd(const fedpol_context *context)
{
    fp_try(fp_context_check(context));
    return context->epoll_fd;
}

int fedpol_context_process(fedpol_context *context)
{
    int more = 0;

    fp_try(fp_context_check(context));
    lower_fd(context->wake_fd);
    if (context->client) {
        more = fp_client_process(context->client, 0);
        fp_try(more);
        fp_try(fp_remotes_apply(context));
        fp_try(fp_context_note_identities(context));
    }
    fp_try(fp_context_settle(context));
    return more || fp_context_has_news(context) ? 1 : 0;
}

int fedpol_context_wait(fedpol_context *context, int timeout_ms)
{
    struct pollfd fd = {.events = POLLIN};

    fp_try(fp_context_check(context));
    fd.fd = context->epoll_fd;
    if (poll(&fd, 1, timeout_ms < 0 ? -1 : timeout_ms) < 0 && errno != EINTR)
        return FEDPOL_E_IO;
    return fedpol_context_process(context);
}

void fedpol_context_wake(fedpol_context *context)
{
    int saved = errno;

    if (context && context->pid == getpid())
        raise_fd(context->wake_fd);
    errno = saved;
}
