/* SPDX-License-Identifier: Apache-2.0 */
#include "live_server.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX 128

static struct {
    pthread_t thread;
    int listener;
    int stop[2];
    int port;
    int fds[MAX];
    char in[MAX][4096];
    size_t len[MAX];
    size_t n;
} server;

#define POD(cluster, name, ip)                                                                     \
    "{\"metadata\":{\"namespace\":\"shop\",\"name\":\"" name "\",\"labels\":{\"app\":\"" cluster   \
    "\"}},\"spec\":{\"nodeName\":\"n1\"},\"status\":{\"phase\":\"Running\",\"podIP\":\"" ip        \
    "\",\"podIPs\":[{\"ip\":\"" ip "\"}]}}"
#define EVENT(cluster, name, ip)                                                                   \
    "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{"        \
    "\"namespace\":\"shop\",\"name\":\"" name "\",\"resourceVersion\":\"8\"},\"spec\":{"           \
    "\"nodeName\":\"n1\"},\"status\":{\"podIP\":\"" ip "\",\"podIPs\":[{\"ip\":\"" ip "\"}]}}}\n"

static void send_text(int fd, const char *text)
{
    (void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static void send_body(int fd, int status, const char *body)
{
    char head[256];

    (void)snprintf(head, sizeof(head),
                   "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                   status, strlen(body));
    send_text(fd, head);
    send_text(fd, body);
}

static void send_watch(int fd, bool east, bool pods)
{
    const char *event = east ? EVENT("east", "c", "10.0.0.3") : EVENT("west", "c", "10.1.0.3");
    char chunk[1024];

    send_text(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: "
                  "chunked\r\n\r\n");
    if (!pods)
        return;
    (void)snprintf(chunk, sizeof(chunk), "%zx\r\n%s\r\n", strlen(event), event);
    send_text(fd, chunk);
}

static void send_list(int fd, bool east, const char *path)
{
    const char *items = "";
    char configuration[512];
    char body[2048];

    if (strstr(path, "/pods"))
        items = east ? POD("east", "a", "10.0.0.1") "," POD("east", "b", "10.0.0.2")
                     : POD("west", "a", "10.1.0.1") "," POD("west", "b", "10.1.0.2");
    if (strstr(path, "/remoteclusterconfigurations")) {
        (void)snprintf(configuration, sizeof(configuration),
                       "{\"metadata\":{\"name\":\"west\"},\"spec\":{\"datastoreType\":"
                       "\"kubernetes\",\"k8sAPIEndpoint\":\"http://127.0.0.1:%d/west\","
                       "\"k8sAPIToken\":\"t\"}}",
                       server.port);
        items = configuration;
    }
    (void)snprintf(body, sizeof(body),
                   "{\"kind\":\"%sList\",\"apiVersion\":\"%s\",\"metadata\":{\"resourceVersion\":"
                   "\"7\"},\"items\":[%s]}\n",
                   strstr(path, "/pods") ? "Pod" : "RemoteClusterConfiguration",
                   strstr(path, "/pods") ? "v1" : "crd.projectcalico.org/v1", items);
    send_body(fd, 200, body);
}

static void answer(int fd, const char *path)
{
    bool east = strncmp(path, "/east", 5) == 0;

    if (strstr(path, "sendInitialEvents"))
        send_body(fd, 422, "{\"kind\":\"Status\",\"status\":\"Failure\",\"code\":422}");
    else if (strstr(path, "watch=1"))
        send_watch(fd, east, strstr(path, "/pods") != NULL);
    else if (strstr(path, "/kube-system"))
        send_body(fd, 200,
                  east ? "{\"metadata\":{\"name\":\"kube-system\",\"uid\":\"e\"}}"
                       : "{\"metadata\":{\"name\":\"kube-system\",\"uid\":\"w\"}}");
    else if (strstr(path, "/configmaps/"))
        send_body(fd, 200, "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\"}");
    else
        send_list(fd, east, path);
}

/* False: it is over. */
static bool read_some(size_t i)
{
    char *in = server.in[i];
    ssize_t n =
        recv(server.fds[i], in + server.len[i], sizeof(server.in[i]) - 1 - server.len[i], 0);
    char *end;

    if (n <= 0)
        return false;
    server.len[i] += (size_t)n;
    in[server.len[i]] = '\0';
    while ((end = strstr(in, "\r\n\r\n")) != NULL) {
        char path[1024] = "";

        (void)sscanf(in, "%*s %1023s", path);
        answer(server.fds[i], path);
        server.len[i] -= (size_t)(end + 4 - in);
        memmove(in, end + 4, server.len[i] + 1);
    }
    return true;
}

static void take(void)
{
    const int on = 1;
    int fd = accept(server.listener, NULL, NULL);

    if (fd < 0)
        return;
    if (server.n == MAX) {
        (void)close(fd);
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    server.fds[server.n] = fd;
    server.len[server.n++] = 0;
}

static void drop(size_t i)
{
    (void)close(server.fds[i]);
    server.n--;
    server.fds[i] = server.fds[server.n];
    server.len[i] = server.len[server.n];
    memcpy(server.in[i], server.in[server.n], sizeof(server.in[i]));
}

static void *serve(void *unused)
{
    struct pollfd fds[MAX + 2];

    (void)unused;
    for (;;) {
        size_t n = server.n;

        fds[0] = (struct pollfd){.fd = server.listener, .events = POLLIN};
        fds[1] = (struct pollfd){.fd = server.stop[0], .events = POLLIN};
        for (size_t i = 0; i < n; i++)
            fds[i + 2] = (struct pollfd){.fd = server.fds[i], .events = POLLIN};
        if (poll(fds, n + 2, -1) < 0)
            continue;
        if (fds[1].revents)
            return NULL;
        for (size_t i = n; i > 0; i--)
            if (fds[i + 1].revents && !read_some(i - 1))
                drop(i - 1);
        if (fds[0].revents)
            take();
    }
}

int live_server_start(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);

    server.n = 0;
    server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(server.listener, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(listen(server.listener, 128), 0);
    ck_assert_int_eq(getsockname(server.listener, (struct sockaddr *)&address, &len), 0);
    ck_assert_int_eq(pipe(server.stop), 0);
    server.port = ntohs(address.sin_port);
    ck_assert_int_eq(pthread_create(&server.thread, NULL, serve, NULL), 0);
    return server.port;
}

void live_server_stop(void)
{
    ck_assert_int_eq((int)write(server.stop[1], "x", 1), 1);
    ck_assert_int_eq(pthread_join(server.thread, NULL), 0);
    for (size_t i = 0; i < server.n; i++)
        (void)close(server.fds[i]);
    (void)close(server.listener);
    (void)close(server.stop[0]);
    (void)close(server.stop[1]);
}
