/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_SERVER_H
#define FAKE_SERVER_H

/*
 * A server on a loopback port, inside the test and without a thread: fake_server_pump() accepts,
 * reads and writes as far as that goes at once. Every request gets the text of the first route that
 * fits its path, headers and all.
 */

#include <stdbool.h>
#include <stddef.h>

#define FAKE_CONNECTIONS 16
#define FAKE_ROUTES 32

typedef struct fake_route {
    const char *path;   /* the whole of it; with a "*" at its end, its beginning */
    const char *query;  /* what stands somewhere in it too; NULL: nothing */
    const char *answer; /* NULL: none, ever */
    size_t len;         /* of the answer; 0: up to its NUL */
    const char *flood;  /* after the answer, for ever; NULL: nothing */
    bool close;         /* after the answer */
} fake_route;

typedef struct fake_connection {
    int fd; /* 0: free */
    char request[4096];
    size_t len;
    const fake_route *route; /* NULL: the request is not whole yet */
    size_t sent;
} fake_connection;

typedef struct fake_server {
    int listener;
    int port;
    fake_route routes[FAKE_ROUTES];
    size_t n_routes;
    fake_connection connections[FAKE_CONNECTIONS];
    size_t accepted;
    char last_request[4096];
} fake_server;

void fake_server_open(fake_server *server);
void fake_server_route(fake_server *server, fake_route route);
void fake_server_pump(fake_server *server);
void fake_server_close(fake_server *server);
size_t fake_server_count_open(const fake_server *server);

#endif
