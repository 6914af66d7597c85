/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_SERVE_H
#define COMMON_SERVE_H

#include <stdbool.h>

#include "loop.h"
#include "text.h"

/* /metrics, /status and /healthz for whoever may ask. */

enum { SERVE_CONNECTIONS = 32, SERVE_MAX_REQUEST = 4096 };

typedef struct server_hooks {
    void (*metrics)(void *user, text_buf *ret);
    void (*status)(void *user, text_buf *ret);
    const char *(*trouble)(void *user); /* NULL if all is well, or what is not */
    void *user;
} server_hooks;

typedef struct server_connection {
    watcher watch;
    struct status_server *server;
    int64_t deadline_ms;
    char request[SERVE_MAX_REQUEST];
    size_t request_len;
    text_buf answer;
    size_t sent;
    bool is_over; /* all is sent; what still comes is read and forgotten */
} server_connection;

typedef struct status_server {
    event_loop *loop;
    server_hooks hooks;
    watcher listener;
    bool is_paused;
    int64_t pause_until_ms;
    const char *unlink;
    size_t n;
    server_connection connections[SERVE_CONNECTIONS];
} status_server;

/* WHERE: "127.0.0.1:PORT", "[::1]:PORT" or "unix:PATH"; NULL: nowhere. ANYWHERE allows addresses
   that others can reach. 0; 2 wrong usage, 1 another failure: both are said. */
int serve_open(status_server *server, event_loop *loop, const server_hooks *hooks,
               const char *where, bool anywhere);
void serve_step(status_server *server);
void serve_close(status_server *server);

#endif
