/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_CLOCK_H
#define FP_CLIENT_CLOCK_H

#include <stdint.h>

/* Milli- and nanoseconds of the system's monotonic clock, and seconds of the calendar's. */
int64_t fp_clock_ms(void);
int64_t fp_clock_ns(void);
int64_t fp_clock_unix_s(void);
/* Lets FD, a timer of the monotonic clock, become readable at DUE_MS; never if that is INT64_MAX.
   ARMED_MS: what the last call for it gave, INT64_MAX before the first. Nobody reads the timer: it
   stays readable until it is set for later. One that does what is asked for is left alone, as
   setting it takes longer than most turns. */
int64_t fp_clock_set_timer(int fd, int64_t due_ms, int64_t armed_ms);

#endif
