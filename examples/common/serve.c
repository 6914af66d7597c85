/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "serve.h"

/* HTTP as far as a scraper, a probe and a person with curl need it: GET, one answer, the end. */

enum { STEP_MS = 5000, PAUSE_MS = 1000, BACKLOG = 16 };

typedef union socket_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
} socket_address;

static bool read_port(const char *port, in_port_t *ret)
{
    unsigned number = 0;

    if (!*port || strlen(port) > 5 || port[strspn(port, "0123456789")])
        return false;
    for (; *port; port++)
        number = number * 10 + (unsigned)(*port - '0');
    *ret = htons((uint16_t)number);
    return number <= 65535;
}

/* "127.0.0.1:PORT", "[::1]:PORT", "unix:PATH". The length, 0 if it is none of them. */
static socklen_t read_address(const char *from, socket_address *ret)
{
    const char *colon = strrchr(from, ':');
    char host[INET6_ADDRSTRLEN + 2];
    size_t len;

    memset(ret, 0, sizeof(*ret));
    if (strncmp(from, "unix:", 5) == 0) {
        len = strlen(from + 5);
        ret->local.sun_family = AF_UNIX;
        if (len == 0 || len >= sizeof(ret->local.sun_path))
            return 0;
        memcpy(ret->local.sun_path, from + 5, len + 1);
        return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
    }
    len = colon ? (size_t)(colon - from) : 0;
    if (len < 2 || len >= sizeof(host))
        return 0;
    memcpy(host, from, len);
    host[len] = '\0';
    if (host[0] == '[' && host[len - 1] == ']') {
        host[len - 1] = '\0';
        ret->v6.sin6_family = AF_INET6;
        return inet_pton(AF_INET6, host + 1, &ret->v6.sin6_addr) == 1 &&
                       read_port(colon + 1, &ret->v6.sin6_port)
                   ? sizeof(ret->v6)
                   : 0;
    }
    ret->v4.sin_family = AF_INET;
    return inet_pton(AF_INET, host, &ret->v4.sin_addr) == 1 &&
                   read_port(colon + 1, &ret->v4.sin_port)
               ? sizeof(ret->v4)
               : 0;
}

static bool is_near(const socket_address *address)
{
    if (address->any.sa_family == AF_INET)
        return ntohl(address->v4.sin_addr.s_addr) >> 24 == 127;
    return address->any.sa_family == AF_UNIX || IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
}

/* A socket in the file system outlives its server. One that nobody answers at may go. */
static void remove_stale(const socket_address *address, socklen_t len)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct stat info;

    if (fd < 0)
        return;
    if (lstat(address->local.sun_path, &info) == 0 && S_ISSOCK(info.st_mode) &&
        connect(fd, &address->any, len) < 0 && errno == ECONNREFUSED)
        (void)unlink(address->local.sun_path);
    (void)close(fd);
}

static int listen_at(const socket_address *address, socklen_t len)
{
    int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    mode_t mask;
    int r;

    if (fd < 0)
        return -1;
    if (address->any.sa_family == AF_UNIX)
        remove_stale(address, len);
    else
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (address->any.sa_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    mask = umask(0177);
    r = bind(fd, &address->any, len);
    (void)umask(mask);
    if (r < 0 || listen(fd, BACKLOG) < 0) {
        r = errno;
        (void)close(fd);
        errno = r;
        return -1;
    }
    return fd;
}

static void say_where(const status_server *server, const char *where)
{
    socket_address address;
    socklen_t len = sizeof(address);
    char host[INET6_ADDRSTRLEN] = "";

    if (server->unlink || getsockname(server->listener.fd, &address.any, &len) < 0) {
        say("status at %s", where);
    } else if (address.any.sa_family == AF_INET) {
        (void)inet_ntop(AF_INET, &address.v4.sin_addr, host, sizeof(host));
        say("status at http://%s:%d/status", host, ntohs(address.v4.sin_port));
    } else {
        (void)inet_ntop(AF_INET6, &address.v6.sin6_addr, host, sizeof(host));
        say("status at http://[%s]:%d/status", host, ntohs(address.v6.sin6_port));
    }
}

static void end_connection(status_server *server, server_connection *connection)
{
    watch_close(&connection->watch);
    text_done(&connection->answer);
    server->n--;
}

static void answer(server_connection *connection, int code, const char *reason, const char *type,
                   const text_buf *body)
{
    text_buf *out = &connection->answer;

    text_put(out,
             "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s"
             "Cache-Control: no-store\r\nConnection: close\r\n\r\n",
             code, reason, type, body->len, code == 405 ? "Allow: GET\r\n" : "");
    text_put(out, "%s", body->data ? body->data : "");
    out->failed |= body->failed;
}

static void answer_plain(server_connection *connection, int code, const char *reason,
                         const char *what)
{
    text_buf body = {0};

    text_put(&body, "%s\n", what);
    answer(connection, code, reason, "text/plain; charset=utf-8", &body);
    text_done(&body);
}

static void answer_path(status_server *server, server_connection *connection, const char *path)
{
    text_buf body = {0};

    if (strcmp(path, "/metrics") == 0) {
        server->hooks.metrics(server->hooks.user, &body);
        answer(connection, 200, "OK", "application/openmetrics-text; version=1.0.0; charset=utf-8",
               &body);
    } else if (strcmp(path, "/status") == 0) {
        server->hooks.status(server->hooks.user, &body);
        answer(connection, 200, "OK", "application/json", &body);
    } else if (strcmp(path, "/healthz") == 0) {
        const char *trouble = server->hooks.trouble(server->hooks.user);

        answer_plain(connection, trouble ? 503 : 200, trouble ? "Service Unavailable" : "OK",
                     trouble ? trouble : "ok");
    } else {
        answer_plain(connection, 404, "Not Found", "there are /metrics, /status and /healthz");
    }
    text_done(&body);
}

/* REQUEST is complete, or as much as there may be. */
static void take_request(status_server *server, server_connection *connection)
{
    char *path;
    char *end;

    connection->request[connection->request_len] = '\0';
    connection->request[strcspn(connection->request, "\r\n")] = '\0';
    path = strchr(connection->request, ' ');
    end = path ? strchr(path + 1, ' ') : NULL;
    if (!end || strncmp(end, " HTTP/1.", 8) != 0) {
        answer_plain(connection, 400, "Bad Request", "this is no request of HTTP/1.1");
        return;
    }
    *path++ = '\0';
    *end = '\0';
    path[strcspn(path, "?")] = '\0';
    if (strcmp(connection->request, "GET") != 0)
        answer_plain(connection, 405, "Method Not Allowed", "GET alone is understood");
    else
        answer_path(server, connection, path);
}

static void send_answer(status_server *server, server_connection *connection)
{
    const text_buf *out = &connection->answer;
    ssize_t n = 0;

    if (out->failed) {
        end_connection(server, connection);
        return;
    }
    while (connection->sent < out->len &&
           (n = send(connection->watch.fd, out->data + connection->sent,
                     out->len - connection->sent, MSG_NOSIGNAL)) > 0)
        connection->sent += (size_t)n;
    if (connection->sent < out->len) {
        if (errno == EAGAIN || errno == EINTR)
            loop_watch_change(server->loop, &connection->watch, EPOLLOUT);
        else
            end_connection(server, connection);
        return;
    }
    /* Closing now, with bytes unread, would take the answer from the peer. */
    connection->is_over = true;
    (void)shutdown(connection->watch.fd, SHUT_WR);
    loop_watch_change(server->loop, &connection->watch, EPOLLIN);
}

static bool is_complete(const server_connection *connection)
{
    return memmem(connection->request, connection->request_len, "\r\n\r\n", 4) ||
           memmem(connection->request, connection->request_len, "\n\n", 2);
}

static void read_request(status_server *server, server_connection *connection)
{
    size_t room = sizeof(connection->request) - 1 - connection->request_len;
    ssize_t n;

    n = recv(connection->watch.fd, connection->request + connection->request_len, room, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        end_connection(server, connection);
        return;
    }
    if (connection->is_over)
        return; /* read into the same place again and forgotten */
    connection->request_len += (size_t)n;
    if (is_complete(connection))
        take_request(server, connection);
    else if ((size_t)n == room)
        answer_plain(connection, 431, "Request Header Fields Too Large", "the request is too long");
    else
        return;
    connection->request_len = 0;
    connection->deadline_ms = loop_now_ms() + STEP_MS;
    send_answer(server, connection);
}

static void on_connection(void *owner, watcher *watch, uint32_t events)
{
    server_connection *connection = watch->user;
    status_server *server = connection->server;

    (void)owner;
    if (events & EPOLLOUT)
        send_answer(server, connection);
    else
        read_request(server, connection);
}

static server_connection *free_connection(status_server *server)
{
    for (size_t i = 0; i < SERVE_CONNECTIONS; i++)
        if (server->connections[i].watch.fd < 0)
            return &server->connections[i];
    return NULL;
}

static void pause_listening(status_server *server, int64_t for_ms)
{
    server->is_paused = true;
    server->pause_until_ms = loop_now_ms() + for_ms;
    loop_watch_change(server->loop, &server->listener, 0);
}

static void on_listener(void *owner, watcher *watch, uint32_t events)
{
    status_server *server = watch->user;
    server_connection *connection;

    (void)owner;
    (void)events;
    while ((connection = free_connection(server)) != NULL) {
        int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED))
            return;
        if (fd < 0) { /* no descriptors, for one: it would come back at once */
            pause_listening(server, PAUSE_MS);
            return;
        }
        connection->watch = (watcher){fd, on_connection, connection};
        connection->server = server;
        connection->deadline_ms = loop_now_ms() + STEP_MS;
        connection->request_len = 0;
        connection->sent = 0;
        connection->is_over = false;
        server->n++;
        if (loop_watch(server->loop, &connection->watch, EPOLLIN) < 0)
            end_connection(server, connection);
    }
    pause_listening(server, 0); /* until one of them ends */
}

int serve_open(status_server *server, event_loop *loop, const server_hooks *hooks,
               const char *where, bool anywhere)
{
    socket_address address;
    socklen_t len;

    server->loop = loop;
    server->hooks = *hooks;
    server->listener = (watcher){-1, on_listener, server};
    for (size_t i = 0; i < SERVE_CONNECTIONS; i++)
        server->connections[i].watch.fd = -1;
    if (!where)
        return 0;
    len = read_address(where, &address);
    if (!len) {
        say("--status: expected 127.0.0.1:PORT, [::1]:PORT or unix:PATH, not %s", where);
        return 2;
    }
    if (!is_near(&address) && !anywhere) {
        say("--status: %s is no loopback address; the status tells names and addresses of "
            "clusters to whoever asks, --status-anywhere allows that",
            where);
        return 2;
    }
    server->listener.fd = listen_at(&address, len);
    if (server->listener.fd < 0 || loop_watch(server->loop, &server->listener, EPOLLIN) < 0) {
        say("--status: %s: %s", where, strerror(errno));
        return 1;
    }
    server->unlink = address.any.sa_family == AF_UNIX ? where + 5 : NULL;
    say_where(server, where);
    return 0;
}

void serve_step(status_server *server)
{
    int64_t now = loop_now_ms();

    for (size_t i = 0; i < SERVE_CONNECTIONS && server->n; i++) {
        server_connection *connection = &server->connections[i];

        if (connection->watch.fd >= 0 && now >= connection->deadline_ms)
            end_connection(server, connection);
        else if (connection->watch.fd >= 0)
            loop_due(server->loop, connection->deadline_ms);
    }
    if (!server->is_paused)
        return;
    if (server->n == SERVE_CONNECTIONS)
        return;
    if (now < server->pause_until_ms) {
        loop_due(server->loop, server->pause_until_ms);
        return;
    }
    server->is_paused = false;
    loop_watch_change(server->loop, &server->listener, EPOLLIN);
}

void serve_close(status_server *server)
{
    for (size_t i = 0; i < SERVE_CONNECTIONS && server->n; i++)
        if (server->connections[i].watch.fd >= 0)
            end_connection(server, &server->connections[i]);
    if (server->listener.fd >= 0 && server->unlink)
        (void)unlink(server->unlink);
    watch_close(&server->listener);
}
