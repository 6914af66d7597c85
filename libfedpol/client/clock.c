/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/clock.h"

#include <sys/timerfd.h>
#include <time.h>

int64_t fp_clock_ms(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t fp_clock_ns(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t fp_clock_unix_s(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec;
}

int64_t fp_clock_set_timer(int fd, int64_t due_ms, int64_t armed_ms)
{
    struct itimerspec when = {0};
    int64_t now_ms;

    if (due_ms == armed_ms)
        return armed_ms;
    now_ms = fp_clock_ms();
    if (due_ms <= now_ms && armed_ms <= now_ms) /* readable, and to be so */
        return armed_ms;
    if (due_ms <= 0) {
        when.it_value.tv_nsec = 1; /* zero would mean never */
    } else if (due_ms != INT64_MAX) {
        when.it_value.tv_sec = (time_t)(due_ms / 1000);
        when.it_value.tv_nsec = (long)(due_ms % 1000) * 1000000;
    }
    (void)timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL);
    return due_ms;
}
