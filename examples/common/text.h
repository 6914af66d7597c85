/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Text that grows, and the log. */

/* Of the program, for the log. */
extern const char *const program_name;

typedef struct text_buf {
    char *data;
    size_t len;
    size_t size;
    bool failed; /* memory was short: what stands in it is not all */
} text_buf;

void text_put(text_buf *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_quoted(text_buf *text, const char *value); /* as a string of JSON or OpenMetrics */
void text_done(text_buf *text);
/* One line on stderr; what can't be printed becomes '?'. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
