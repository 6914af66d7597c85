/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_LOOP_H
#define COMMON_LOOP_H

#include <stdint.h>

/* One epoll, and when it must come round. */

/* Something that epoll waits for. FD is -1 while it is closed: an event that still waits in the
   same round is left out then. */
typedef struct watcher {
    int fd;
    void (*call)(void *owner, struct watcher *watch, uint32_t events);
    void *user;
} watcher;

typedef struct event_loop {
    int epoll;
    int64_t due_ms; /* when it must come round */
    void *owner;    /* handed to every call */
} event_loop;

int64_t loop_now_ms(void); /* of a clock that only goes forward */
/* 0, or -1 and errno. SIGPIPE is ignored from now on. */
int loop_init(event_loop *loop, void *owner);
void loop_done(event_loop *loop);
/* A descriptor of the N SIGNALS, which are blocked from now on; -1 and errno. */
int loop_signals(const int *signals, int n);
int loop_watch(event_loop *loop, watcher *watch, uint32_t events);
void loop_watch_change(event_loop *loop, watcher *watch, uint32_t events);
void watch_close(watcher *watch);
/* Makes it come round by then. A round begins with none due. */
void loop_due(event_loop *loop, int64_t time_ms);
/* Waits once, and calls whom it may concern. 0, or -1 and errno. */
int loop_wait(event_loop *loop);

#endif
