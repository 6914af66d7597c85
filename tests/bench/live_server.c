/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "tests/bench/live_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/pods.h"

#define MAX_CONNECTIONS 2048u
#define GARBAGE (1u << 16)
#define MINUTE_NS 60e9

typedef struct connection {
    int fd;
    unsigned cluster;
    bool is_watch;
    bool of_pods;
    int ill;            /* live_ill: what it sends since */
    double bookmark_ns; /* when the next one is due */
    char in[8192];
    size_t in_len;
    char *out; /* what could not be written yet */
    size_t out_len;
    size_t out_size;
} connection;

typedef struct server {
    live_shared *shared;
    int listener;
    connection *connections[MAX_CONNECTIONS];
    size_t n;
    fp_buf pods;
    size_t begin[LIVE_PODS + 1];
    size_t label[LIVE_PODS]; /* of the value of label app, within the pod */
    double next_ns;          /* of the next steady event */
    unsigned turn;
    char *garbage[2]; /* LIVE_GARBAGE, LIVE_EMPTY */
} server;

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

/* Cuts the list into pods. */
static void make_pods(server *s)
{
    static const char start[] = "{\"metadata\":{";
    const char *at;

    pods_put_list(&s->pods, LIVE_PODS);
    if (fp_buf_error(&s->pods) < 0)
        die("pods");
    at = s->pods.data;
    for (size_t i = 0; i < LIVE_PODS; i++) {
        at = strstr(at, start);
        if (!at)
            die("pods: no such text");
        s->begin[i] = (size_t)(at - s->pods.data);
        s->label[i] = (size_t)(strstr(at, "\"labels\":{\"app\":\"web\"") - at) + 17;
        at += sizeof(start);
    }
    s->begin[LIVE_PODS] = s->pods.len - 2; /* "]}\n" and the comma that others have */
}

static void drop(server *s, size_t i)
{
    connection *c = s->connections[i];

    if (c->is_watch && c->of_pods)
        atomic_fetch_sub(&s->shared->watches, 1);
    (void)close(c->fd);
    free(c->out);
    free(c);
    s->connections[i] = s->connections[--s->n];
}

/* False: the connection is over. */
static bool flush(connection *c)
{
    size_t done = 0;

    while (done < c->out_len) {
        ssize_t n = send(c->fd, c->out + done, c->out_len - done, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno != EAGAIN)
            return false;
        if (n < 0)
            break;
        done += (size_t)n;
    }
    memmove(c->out, c->out + done, c->out_len - done);
    c->out_len -= done;
    return true;
}

static void put(connection *c, const void *bytes, size_t n)
{
    if (c->out_size - c->out_len < n) {
        c->out_size = (c->out_len + n) * 2;
        c->out = realloc(c->out, c->out_size);
        if (!c->out)
            die("memory");
    }
    memcpy(c->out + c->out_len, bytes, n);
    c->out_len += n;
}

static void put_text(connection *c, const char *text)
{
    put(c, text, strlen(text));
}

/* --- answers --- */

static void answer_list(connection *c, const char *path)
{
    const char *kind = strstr(path, "/pods") ? "Pod" : "Thing";
    char body[256];
    char head[256];

    (void)snprintf(body, sizeof(body),
                   "{\"kind\":\"%sList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":"
                   "\"1\"},\"items\":[]}\n",
                   kind);
    if (strstr(path, "/kube-system")) /* who it is */
        (void)snprintf(body, sizeof(body),
                       "{\"kind\":\"Namespace\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":"
                       "\"kube-system\",\"uid\":\"uid-%u\"}}\n",
                       c->cluster);
    (void)snprintf(
        head, sizeof(head),
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
        strlen(body));
    put_text(c, head);
    put_text(c, body);
}

static void answer(server *s, connection *c, const char *path)
{
    static const char no_streams[] =
        "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":\"Invalid\","
        "\"code\":422}";
    char head[256];

    atomic_fetch_add(&s->shared->requests, 1);
    c->cluster = (unsigned)strtoul(path + 1, NULL, 10) % LIVE_CLUSTERS;
    if (c->cluster == 0 && atomic_load(&s->shared->ill) == LIVE_SILENT)
        return;
    if (strstr(path, "sendInitialEvents")) {
        (void)snprintf(head, sizeof(head),
                       "HTTP/1.1 422 X\r\nContent-Type: application/json\r\nContent-Length: "
                       "%zu\r\n\r\n%s",
                       sizeof(no_streams) - 1, no_streams);
        put_text(c, head);
    } else if (strstr(path, "watch=1")) {
        put_text(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: "
                    "chunked\r\n\r\n");
        c->is_watch = true;
        c->bookmark_ns = bench_now_ns() + s->shared->watches % 60 * (MINUTE_NS / 60);
        c->of_pods = strstr(path, "/pods?") != NULL;
        if (c->of_pods)
            atomic_fetch_add(&s->shared->watches, 1);
    } else {
        answer_list(c, path);
    }
}

/* False: the connection is over. */
static bool read_requests(server *s, connection *c)
{
    ssize_t n = recv(c->fd, c->in + c->in_len, sizeof(c->in) - 1 - c->in_len, MSG_DONTWAIT);
    char *end;

    if (n < 0)
        return errno == EAGAIN;
    if (n == 0)
        return false;
    c->in_len += (size_t)n;
    c->in[c->in_len] = '\0';
    while ((end = strstr(c->in, "\r\n\r\n")) != NULL) {
        char path[1024] = "";

        (void)sscanf(c->in, "%*s %1023s", path);
        answer(s, c, path);
        c->in_len -= (size_t)(end + 4 - c->in);
        memmove(c->in, end + 4, c->in_len + 1);
    }
    return flush(c);
}

/* --- events --- */

static connection *watch_of(server *s, unsigned cluster)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->connections[i]->is_watch && s->connections[i]->of_pods &&
            s->connections[i]->cluster == cluster)
            return s->connections[i];
    return NULL;
}

/* The K-th event changes the label back or forth. */
static void put_event(server *s, connection *c, unsigned k)
{
    static const char start[] = "{\"type\":\"MODIFIED\",\"object\":";
    bool is_burst = atomic_load(&s->shared->mode) == LIVE_BURST;
    unsigned n = is_burst ? LIVE_PODS : LIVE_OWN_PODS;
    size_t i = (is_burst ? 0 : c->cluster * LIVE_OWN_PODS % LIVE_PODS) + k % n;
    size_t len = s->begin[i + 1] - s->begin[i] - 1;
    char head[32];
    size_t at;

    (void)snprintf(head, sizeof(head), "%zx\r\n", sizeof(start) - 1 + len + 2);
    put_text(c, head);
    put_text(c, start);
    at = c->out_len;
    put(c, s->pods.data + s->begin[i], len);
    if (k / n % 2)
        memcpy(c->out + at + s->label[i], "off", 3);
    put_text(c, "}\n\r\n");
}

/* False: it can take no more now. */
static bool send_event(server *s, unsigned cluster)
{
    connection *c = watch_of(s, cluster);
    unsigned k = atomic_load(&s->shared->sent[cluster]);

    if (cluster == 0 && atomic_load(&s->shared->ill) != LIVE_WELL)
        return true;
    if (!c || k >= LIVE_EVENTS)
        return false;
    if (c->out_len == 0) {
        put_event(s, c, k);
        if (k == 0)
            s->shared->first_ns[cluster] = bench_now_ns();
    }
    (void)flush(c);
    if (c->out_len > 0)
        return false;
    s->shared->sent_ns[cluster][k] = bench_now_ns();
    atomic_store(&s->shared->sent[cluster], k + 1);
    return true;
}

static void work_burst(server *s)
{
    while (atomic_load(&s->shared->burst) > 0 && send_event(s, 0))
        atomic_fetch_sub(&s->shared->burst, 1);
    if (atomic_load(&s->shared->burst) == 0)
        atomic_store(&s->shared->mode, LIVE_QUIET);
}

/* What could not go out in its time goes out late: a reader that is slow shows. */
static void work_steady(server *s)
{
    double now = bench_now_ns();
    double pause = 1e9 / atomic_load(&s->shared->rate);

    if (s->next_ns == 0)
        s->next_ns = now;
    while (s->next_ns <= now) {
        if (!send_event(s, s->turn % atomic_load(&s->shared->n_clusters)))
            return;
        s->turn++;
        s->next_ns += pause;
    }
}

#define ENDLESS "1b\r\n{\"type\":\"ADDED\",\"object\":{\"\r\n"

static void send_garbage(server *s)
{
    int ill = atomic_load(&s->shared->ill);
    bool is_other;

    for (size_t i = 0; i < s->n; i++) {
        connection *c = s->connections[i];

        if (c->cluster != 0 || !c->is_watch || c->out_len > 0)
            continue;
        if (!c->ill && ill == LIVE_GARBAGE)
            put_text(c, ENDLESS);
        is_other = c->ill && c->ill != ill;
        c->ill = ill;
        put(c, s->garbage[ill - LIVE_GARBAGE], GARBAGE + 9);
        atomic_fetch_add(&s->shared->garbage_bytes, GARBAGE);
        if (is_other || !flush(c)) {
            drop(s, i);
            return;
        }
    }
}

static void send_bookmarks(server *s)
{
    static const char bookmark[] =
        "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{"
        "\"resourceVersion\":\"1\"}}}\n";
    char text[256];

    (void)snprintf(text, sizeof(text), "%zx\r\n%s\r\n", sizeof(bookmark) - 1, bookmark);
    for (size_t i = 0; i < s->n; i++) {
        connection *c = s->connections[i];

        if (!c->is_watch || bench_now_ns() < c->bookmark_ns || c->out_len > 0 ||
            (c->cluster == 0 && atomic_load(&s->shared->ill) != LIVE_WELL))
            continue;
        c->bookmark_ns = bench_now_ns() + MINUTE_NS;
        put_text(c, text);
        (void)flush(c);
    }
}

/* --- the loop --- */

static void accept_all(server *s)
{
    const int on = 1;
    int fd;

    while (s->n < MAX_CONNECTIONS &&
           (fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        connection *c = calloc(1, sizeof(*c));

        if (!c)
            die("memory");
        c->fd = fd;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* as Go's servers do */
        s->connections[s->n++] = c;
    }
}

static void wait_for_work(server *s)
{
    static struct pollfd fds[MAX_CONNECTIONS + 1];
    int mode = atomic_load(&s->shared->mode);
    bool busy = mode != LIVE_QUIET || atomic_load(&s->shared->ill) >= LIVE_GARBAGE;
    struct timespec pause = {0, busy ? 200000 : 20000000};
    size_t n = s->n;

    fds[0] = (struct pollfd){.fd = s->listener, .events = POLLIN};
    for (size_t i = 0; i < n; i++)
        fds[i + 1] =
            (struct pollfd){.fd = s->connections[i]->fd,
                            .events = (short)(POLLIN | (s->connections[i]->out_len ? POLLOUT : 0))};
    (void)ppoll(fds, n + 1, &pause, NULL);
    if (fds[0].revents)
        accept_all(s);
    for (size_t i = n; i > 0; i--)
        if (fds[i].revents & POLLOUT ? !flush(s->connections[i - 1]) : false)
            drop(s, i - 1);
        else if (fds[i].revents & (POLLIN | POLLHUP | POLLERR) &&
                 !read_requests(s, s->connections[i - 1]))
            drop(s, i - 1);
}

static void serve(server *s)
{
    for (;;) {
        int mode = atomic_load(&s->shared->mode);

        wait_for_work(s);
        if (mode == LIVE_BURST)
            work_burst(s);
        if (mode == LIVE_STEADY)
            work_steady(s);
        else
            s->next_ns = 0;
        if (atomic_load(&s->shared->ill) >= LIVE_GARBAGE)
            send_garbage(s);
        send_bookmarks(s);
    }
}

static int listen_on_loopback(live_shared *shared)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) < 0 || listen(fd, 512) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) < 0)
        die("listen");
    atomic_store(&shared->port, ntohs(address.sin_port));
    return fd;
}

/* One chunk. */
static char *make_garbage(const char *two)
{
    char *garbage = malloc(GARBAGE + 16);

    if (!garbage)
        die("memory");
    memcpy(garbage, "10000\r\n", 7);
    for (size_t i = 0; i < GARBAGE; i += 2)
        memcpy(garbage + 7 + i, two, 2);
    memcpy(garbage + 7 + GARBAGE, "\r\n", 2);
    return garbage;
}

pid_t live_server_start(live_shared **ret)
{
    live_shared *shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    static server s;
    int listener;
    pid_t pid;

    if (shared == MAP_FAILED)
        die("mmap");
    listener = listen_on_loopback(shared);
    pid = fork();
    if (pid < 0)
        die("fork");
    if (pid > 0) {
        (void)close(listener);
        *ret = shared;
        return pid;
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    s = (server){.shared = shared, .listener = listener};
    s.garbage[0] = make_garbage("yy");
    s.garbage[1] = make_garbage("{}");
    make_pods(&s);
    serve(&s);
    return 0;
}

void live_server_stop(pid_t pid, live_shared *shared)
{
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
    (void)munmap(shared, sizeof(*shared));
}
