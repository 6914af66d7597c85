/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/client.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "libfedpol/client/clock.h"

/* After memory ran out, or where something is due that could not be done. */
#define RETRY_MS 50

typedef struct member {
    fp_connection *connection;
    int plugin_fd;  /* that is in the epoll instance; -1: none */
    int64_t due_ms; /* nothing is to be done before, unless it is awake */
} member;

struct fp_client {
    int64_t deadline_ms; /* of all members */
    int64_t due_ms;      /* of the owner */
    int64_t armed_ms;    /* for when the timer is set */
    bool woken;          /* since the last processing: whatever is due later waits */
    fp_http *http;
    int epoll_fd;
    int timer_fd;
    FP_VEC(member) members;
};

static int watch_fd(const fp_client *client, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};

    event.data.fd = fd;
    return epoll_ctl(client->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? FEDPOL_E_IO : 0;
}

static int open_client(fp_client *client, fp_http_mode mode)
{
    client->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    client->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (client->epoll_fd < 0 || client->timer_fd < 0)
        return FEDPOL_E_IO;
    fp_try(fp_http_new(mode, &client->http));
    fp_try(watch_fd(client, client->timer_fd));
    return watch_fd(client, fp_http_get_fd(client->http));
}

int fp_client_new(fp_http_mode mode, fp_client **ret)
{
    fp_client *client = fp_alloc_zero(1, sizeof(*client));
    int r;

    if (!client)
        return FEDPOL_E_NOMEM;
    client->epoll_fd = client->timer_fd = -1;
    client->deadline_ms = client->due_ms = client->armed_ms = INT64_MAX;
    r = open_client(client, mode);
    if (r < 0) {
        fp_client_free(client);
        return r;
    }
    *ret = client;
    return 0;
}

fp_client *fp_client_free(fp_client *client)
{
    if (client) {
        for (size_t i = 0; i < client->members.len; i++)
            fp_connection_free(client->members.items[i].connection);
        fp_vec_done(&client->members);
        fp_http_free(client->http);
        if (client->timer_fd >= 0)
            (void)close(client->timer_fd);
        if (client->epoll_fd >= 0)
            (void)close(client->epoll_fd);
        fp_free(client);
    }
    return NULL;
}

int fp_client_get_fd(const fp_client *client)
{
    return client->epoll_fd;
}

/* Lets the descriptor become readable at DUE_MS, or never if that is INT64_MAX. */
static void set_timer(fp_client *client, int64_t due_ms)
{
    client->armed_ms = fp_clock_set_timer(client->timer_fd, due_ms, client->armed_ms);
}

int fp_client_add(fp_client *client, fp_client_config *config, const fp_connection_options *options,
                  const fp_connection_hooks *hooks, fp_connection **ret)
{
    fp_connection *connection;

    fp_try(fp_vec_reserve(&client->members, 1));
    fp_try(fp_connection_new(client->http, config, options, hooks, fp_clock_ms(), &connection));
    (void)fp_vec_push(&client->members, (member){connection, -1, INT64_MIN}); /* there is room */
    fp_client_wake(client);
    *ret = connection;
    return 0;
}

/* A plugin closes its descriptor by itself when it is done, which takes it out of the epoll
   instance; the number may be used again for the next one. */
static void mind_plugin(const fp_client *client, member *m, int fd)
{
    if (fd == m->plugin_fd)
        return;
    if (m->plugin_fd >= 0)
        (void)epoll_ctl(client->epoll_fd, EPOLL_CTL_DEL, m->plugin_fd, NULL);
    m->plugin_fd = -1;
    if (fd >= 0 && (watch_fd(client, fd) == 0 || errno == EEXIST))
        m->plugin_fd = fd;
}

void fp_client_drop(fp_client *client, fp_connection *connection)
{
    size_t i = 0;

    while (i < client->members.len && client->members.items[i].connection != connection)
        i++;
    if (i == client->members.len)
        return;
    mind_plugin(client, &client->members.items[i], -1);
    fp_connection_free(connection);
    client->members.len--;
    memmove(&client->members.items[i], &client->members.items[i + 1],
            (client->members.len - i) * sizeof(member));
}

/* A connection that nobody spoke to costs nothing. */
static bool is_due(const member *m, int64_t now_ms)
{
    return now_ms >= m->due_ms || m->plugin_fd >= 0 || fp_connection_is_awake(m->connection);
}

static int poll_member(const fp_client *client, member *m, int64_t now_ms, int64_t unix_s)
{
    int fd;
    int r = fp_connection_poll(m->connection, now_ms, unix_s, &fd);

    mind_plugin(client, m, fd);
    m->due_ms = fp_connection_deadline_ms(m->connection);
    return r;
}

static int poll_members(fp_client *client, int64_t *ret_deadline)
{
    int64_t now_ms = fp_clock_ms();
    int64_t unix_s = fp_clock_unix_s();
    int64_t deadline = INT64_MAX;
    int r = 0;

    for (size_t i = 0; i < client->members.len; i++) {
        member *m = &client->members.items[i];

        if (is_due(m, now_ms) && poll_member(client, m, now_ms, unix_s) < 0)
            r = FEDPOL_E_NOMEM;
        if (m->due_ms < deadline)
            deadline = m->due_ms;
    }
    *ret_deadline = deadline;
    return r;
}

static void wake_at(fp_client *client, int64_t deadline_ms)
{
    int64_t due_ms = deadline_ms < client->due_ms ? deadline_ms : client->due_ms;

    client->deadline_ms = deadline_ms;
    set_timer(client, client->woken ? 0 : due_ms);
}

void fp_client_set_due(fp_client *client, int64_t due_ms)
{
    if (client->due_ms == due_ms)
        return;
    client->due_ms = due_ms;
    wake_at(client, client->deadline_ms);
}

void fp_client_wake(fp_client *client)
{
    client->woken = true;
    set_timer(client, 0);
}

int fp_client_process(fp_client *client, int wait_ms)
{
    int64_t deadline;
    int more;
    int r;

    client->woken = false;
    more = fp_http_process(client->http, FP_CLIENT_BUDGET_NS, wait_ms);
    r = poll_members(client, &deadline);
    if (more < 0)
        r = more;
    if (r < 0)
        set_timer(client, fp_clock_ms() + RETRY_MS);
    else
        wake_at(client, deadline);
    return r < 0 ? r : more;
}
