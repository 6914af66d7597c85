/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/api/guards.h"
#include "libfedpol/api/handles.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "libfedpol/api/limits.h"
#include "libfedpol/api/remotes.h"

static void close_fd(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

static int add_eventfd(int epoll_fd, int *ret_fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    if (fd < 0)
        return FEDPOL_E_IO;
    *ret_fd = fd;
    event.data.fd = fd;
    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? FEDPOL_E_IO : 0;
}

static int open_fds(fedpol_context *context)
{
    context->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (context->epoll_fd < 0)
        return FEDPOL_E_IO;
    fp_try(add_eventfd(context->epoll_fd, &context->wake_fd));
    return add_eventfd(context->epoll_fd, &context->work_fd);
}

static int new_world(fedpol_context *context)
{
    fp_hash_key key = {0};

    if (getrandom(&key, sizeof(key), GRND_NONBLOCK) < 0) {
        /* Early in a boot: an address and the time are hard to guess from another cluster. */
        key.k0 = (uint64_t)(uintptr_t)context;
        key.k1 = (uint64_t)fp_context_now(context);
    }
    return fp_world_new(&key, &context->world);
}

static void context_free(fedpol_context *context)
{
    /* Before what its hooks reach. In a child its sockets are the parent's: to say goodbye on them
       would end the parent's connections. */
    if (context->pid == getpid())
        fp_client_free(context->client);
    context->client = NULL;
    fp_remotes_free(context->remotes);
    while (context->clusters.len > 0) {
        fedpol_cluster *cluster = context->clusters.items[context->clusters.len - 1];

        fp_cluster_detach(cluster);
        fp_cluster_destroy(cluster);
    }
    fp_vec_done(&context->clusters);
    fp_guards_done(context);
    fp_vec_done(&context->renderers);
    for (size_t i = 0; i < context->undelivered.len; i++)
        fp_delta_unref(context->undelivered.items[i]);
    fp_vec_done(&context->undelivered);
    fp_world_free(context->world);
    close_fd(context->work_fd);
    close_fd(context->wake_fd);
    close_fd(context->epoll_fd);
    fp_free(context);
}

int fedpol_context_new(fedpol_context **ret_context)
{
    fedpol_context *context;
    int r;

    fp_check_arg(ret_context);
    context = fp_alloc_zero(1, sizeof(*context));
    if (!context)
        return FEDPOL_E_NOMEM;
    context->refs = 1;
    context->pid = getpid();
    context->epoll_fd = context->wake_fd = context->work_fd = -1;
    context->frozen_ms = -1;
    context->limits = fp_api_default_limits();
    r = open_fds(context);
    if (r == 0)
        r = new_world(context);
    if (r < 0) {
        context_free(context);
        return r;
    }
    *ret_context = context;
    return 0;
}

fedpol_context *fedpol_context_ref(fedpol_context *context)
{
    if (context)
        context->refs++;
    return context;
}

fedpol_context *fedpol_context_unref(fedpol_context *context)
{
    if (context && --context->refs == 0)
        context_free(context);
    return NULL;
}

int fp_context_check(const fedpol_context *context)
{
    fp_check_arg(context);
    return context->pid == getpid() ? 0 : FEDPOL_E_FORKED;
}

int64_t fp_context_now(const fedpol_context *context)
{
    struct timespec now = {0};

    if (context->frozen_ms >= 0)
        return context->frozen_ms;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void fp_context_log(const fedpol_context *context, int level, const char *component,
                    const char *format, ...)
{
    fp_cleanup_buf fp_buf line = {0};
    va_list args;

    if (!context->log)
        return;
    va_start(args, format);
    fp_buf_vprintf(&line, format, args);
    va_end(args);
    if (fp_buf_error(&line) == 0)
        context->log(context->log_data, level, component, line.data);
}

int fedpol_context_set_log(fedpol_context *context, fedpol_log_fn log, void *user_data)
{
    fp_try(fp_context_check(context));
    context->log = log;
    context->log_data = user_data;
    return 0;
}

int fedpol_context_set_time(fedpol_context *context, int64_t time_ms)
{
    fp_try(fp_context_check(context));
    context->frozen_ms = time_ms < 0 ? -1 : time_ms;
    return 0;
}

fedpol_cluster *fp_context_find(const fedpol_context *context, fp_str name)
{
    for (size_t i = 0; i < context->clusters.len; i++)
        if (fp_str_is(name, context->clusters.items[i]->name))
            return context->clusters.items[i];
    return NULL;
}
