/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

static bool make_room(text_buf *text, size_t more)
{
    size_t size = text->size ? text->size : 1024;
    char *data;

    if (text->failed || more > SIZE_MAX / 4 - text->len) {
        text->failed = true;
        return false;
    }
    while (size < text->len + more)
        size *= 2;
    if (size == text->size)
        return true;
    data = realloc(text->data, size);
    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->size = size;
    return true;
}

void text_put(text_buf *text, const char *format, ...)
{
    va_list list;
    int n;

    va_start(list, format);
    n = vsnprintf(NULL, 0, format, list);
    va_end(list);
    if (n < 0 || !make_room(text, (size_t)n + 1))
        return;
    va_start(list, format);
    (void)vsnprintf(text->data + text->len, (size_t)n + 1, format, list);
    va_end(list);
    text->len += (size_t)n;
}

void text_quoted(text_buf *text, const char *value)
{
    text_put(text, "\"");
    while (*value) {
        size_t plain = strcspn(value, "\"\\\001\002\003\004\005\006\a\b\t\n\v\f\r\016\017\020\021"
                                      "\022\023\024\025\026\027\030\031\032\033\034\035\036\037");

        text_put(text, "%.*s", (int)plain, value);
        value += plain;
        if (*value == '"' || *value == '\\')
            text_put(text, "\\%c", *value);
        else if (*value)
            text_put(text, " ");
        value += *value != '\0';
    }
    text_put(text, "\"");
}

void text_done(text_buf *text)
{
    free(text->data);
    *text = (text_buf){0};
}

void say(const char *format, ...)
{
    char line[1024];
    size_t len = strlen(program_name) < 60 ? strlen(program_name) : 60;
    va_list list;
    int n;

    memcpy(line, program_name, len);
    memcpy(line + len, ": ", 2);
    len += 2;
    va_start(list, format);
    n = vsnprintf(line + len, sizeof(line) - len - 1, format, list);
    va_end(list);
    if (n < 0)
        return;
    len = strlen(line);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 127)
            line[i] = '?';
    line[len] = '\n';
    (void)!write(STDERR_FILENO, line, len + 1);
}
