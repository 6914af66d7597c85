/* SPDX-License-Identifier: Apache-2.0 */
#include "tool.h"

static void put_text(json *out, const char *text)
{
    (void)fputc('"', out->file);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            (void)fprintf(out->file, "\\%c", *c);
        else if (*c == '\n')
            (void)fputs("\\n", out->file);
        else if (*c == '\t')
            (void)fputs("\\t", out->file);
        else if (*c < 0x20 || *c == 0x7f)
            (void)fprintf(out->file, "\\u%04x", *c);
        else
            (void)fputc(*c, out->file);
    }
    (void)fputc('"', out->file);
}

static void put_key(json *out, const char *key)
{
    if (out->comma)
        (void)fputc(',', out->file);
    out->comma = true;
    if (key) {
        put_text(out, key);
        (void)fputc(':', out->file);
    }
}

void json_open(json *out, const char *key, char bracket)
{
    put_key(out, key);
    (void)fputc(bracket, out->file);
    out->comma = false;
}

void json_close(json *out, char bracket)
{
    (void)fputc(bracket, out->file);
    out->comma = true;
}

void json_string(json *out, const char *key, const char *value)
{
    put_key(out, key);
    if (value)
        put_text(out, value);
    else
        (void)fputs("null", out->file);
}

void json_integer(json *out, const char *key, int64_t value)
{
    put_key(out, key);
    (void)fprintf(out->file, "%lld", (long long)value);
}

void json_null(json *out, const char *key)
{
    json_string(out, key, NULL);
}

void json_true_false(json *out, const char *key, bool value)
{
    put_key(out, key);
    (void)fputs(value ? "true" : "false", out->file);
}

void json_end_line(json *out)
{
    (void)fputc('\n', out->file);
    (void)fflush(out->file);
    out->comma = false;
}
