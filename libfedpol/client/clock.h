/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_CLOCK_H
#define FP_CLIENT_CLOCK_H

#include <stdint.h>

/* Milliseconds of the system's monotonic clock, and seconds of the calendar's. */
int64_t fp_clock_ms(void);
int64_t fp_clock_unix_s(void);

#endif
