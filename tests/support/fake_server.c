/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* SOCK_NONBLOCK */
#include "tests/support/fake_server.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void fake_server_open(fake_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);

    memset(server, 0, sizeof(*server));
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(server->listener, 0);
    ck_assert_int_eq(bind(server->listener, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(server->listener, FAKE_CONNECTIONS), 0);
    ck_assert_int_eq(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
    server->port = ntohs(address.sin_port);
}

void fake_server_route(fake_server *server, fake_route route)
{
    ck_assert_uint_lt(server->n_routes, FAKE_ROUTES);
    server->routes[server->n_routes++] = route;
}

static void accept_all(fake_server *server)
{
    for (size_t i = 0; i < FAKE_CONNECTIONS; i++) {
        fake_connection *connection = &server->connections[i];
        int fd;

        if (connection->fd)
            continue;
        fd = accept(server->listener, NULL, NULL);
        if (fd < 0)
            return;
        *connection = (fake_connection){.fd = fd};
        server->accepted++;
    }
}

static void drop(fake_connection *connection)
{
    (void)close(connection->fd);
    connection->fd = 0;
}

/* The request is whole: head, and as much body as the head says. */
static bool is_whole(const fake_connection *connection)
{
    const char *end = strstr(connection->request, "\r\n\r\n");
    const char *length = strstr(connection->request, "Content-Length: ");

    if (!end)
        return false;
    return !length || length > end ||
           strlen(end + 4) >= strtoul(length + strlen("Content-Length: "), NULL, 10);
}

static bool fits(const fake_route *route, const char *path, size_t len)
{
    size_t n = strcspn(route->path, "*");

    if (route->path[n] ? len < n : len != n)
        return false;
    return strncmp(route->path, path, n) == 0 &&
           (!route->query || memmem(path, len, route->query, strlen(route->query)));
}

static const fake_route *find_route(const fake_server *server, const char *request)
{
    const char *path = strchr(request, ' ') + 1;
    size_t len = strcspn(path, " ");

    for (size_t i = 0; i < server->n_routes; i++)
        if (fits(&server->routes[i], path, len))
            return &server->routes[i];
    ck_abort_msg("nobody expected %.*s", (int)len, path);
    return NULL;
}

static void read_request(fake_server *server, fake_connection *connection)
{
    ssize_t n = recv(connection->fd, connection->request + connection->len,
                     sizeof(connection->request) - connection->len - 1, MSG_DONTWAIT);

    if (n == 0 || (n < 0 && errno != EAGAIN)) {
        drop(connection);
        return;
    }
    if (n < 0 || connection->route)
        return;
    connection->len += (size_t)n;
    connection->request[connection->len] = '\0';
    if (!is_whole(connection))
        return;
    memcpy(server->last_request, connection->request, connection->len + 1);
    connection->route = find_route(server, connection->request);
    connection->sent = 0;
}

static void write_answer(fake_connection *connection)
{
    const fake_route *route = connection->route;
    size_t len = route->len ? route->len : strlen(route->answer);

    while (connection->sent < len || route->flood) {
        const char *text = connection->sent < len ? route->answer + connection->sent : route->flood;
        size_t rest = connection->sent < len ? len - connection->sent : strlen(text);
        ssize_t n = send(connection->fd, text, rest, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n < 0)
            return;
        if (connection->sent < len)
            connection->sent += (size_t)n;
    }
    if (route->close) {
        drop(connection);
        return;
    }
    connection->route = NULL;
    connection->len = 0;
}

void fake_server_pump(fake_server *server)
{
    accept_all(server);
    for (size_t i = 0; i < FAKE_CONNECTIONS; i++) {
        fake_connection *connection = &server->connections[i];

        if (connection->fd)
            read_request(server, connection);
        if (connection->fd && connection->route && connection->route->answer)
            write_answer(connection);
    }
}

size_t fake_server_count_open(const fake_server *server)
{
    size_t n = 0;

    for (size_t i = 0; i < FAKE_CONNECTIONS; i++)
        n += server->connections[i].fd != 0;
    return n;
}

void fake_server_close(fake_server *server)
{
    for (size_t i = 0; i < FAKE_CONNECTIONS; i++)
        if (server->connections[i].fd)
            drop(&server->connections[i]);
    (void)close(server->listener);
}
