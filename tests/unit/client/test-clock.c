/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/clock.h"

#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "tests/support/fp_test.h"

static bool is_readable(int fd, int wait_ms)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

    return poll(&poll_fd, 1, wait_ms) == 1;
}

START_TEST(a_timer_is_readable_from_its_time_on_until_it_is_set_for_later)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    int64_t armed = INT64_MAX;

    for (int64_t wait = 0; wait < 40; wait += 13) {
        int64_t due = fp_clock_ms() + wait;

        for (int again = 0; again < 3; again++) { /* the second and third time it is over */
            armed = fp_clock_set_timer(fd, due, armed);
            ck_assert(is_readable(fd, 10000));
            ck_assert_int_ge(fp_clock_ms(), due);
        }
        armed = fp_clock_set_timer(fd, fp_clock_ms(), armed); /* another time that is over */
        ck_assert(is_readable(fd, 0));
        armed = fp_clock_set_timer(fd, fp_clock_ms() + 3600000, armed);
        ck_assert(!is_readable(fd, 0));
    }
    (void)close(fd);
}
END_TEST

START_TEST(a_timer_goes_to_another_time_at_once_and_to_never)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    int64_t armed = fp_clock_set_timer(fd, fp_clock_ms() + 3600000, INT64_MAX);

    ck_assert(!is_readable(fd, 0));
    armed = fp_clock_set_timer(fd, 0, armed);
    ck_assert(is_readable(fd, 10000));
    armed = fp_clock_set_timer(fd, INT64_MAX, armed);
    ck_assert(!is_readable(fd, 5));
    armed = fp_clock_set_timer(fd, INT64_MAX, armed);
    ck_assert(!is_readable(fd, 5));
    armed = fp_clock_set_timer(fd, fp_clock_ms() + 1, armed);
    ck_assert(is_readable(fd, 10000));
    (void)close(fd);
}
END_TEST

FP_TEST_MAIN("client/clock", a_timer_is_readable_from_its_time_on_until_it_is_set_for_later,
             a_timer_goes_to_another_time_at_once_and_to_never)
