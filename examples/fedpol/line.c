/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tool.h"

/*
 * A reader for what the tool itself takes line by line. Nested values are only skipped, by counting
 * brackets, so depth costs nothing; the library reads them again where they are objects.
 */
typedef struct reader {
    const char *at;
    const char *end;
} reader;

static void skip_blanks(reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\r' || *r->at == '\n'))
        r->at++;
}

static bool take(reader *r, char c)
{
    skip_blanks(r);
    if (r->at >= r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

static int hex4(const char *at, const char *end)
{
    int value = 0;

    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef";
        char lower = at[i] >= 'A' && at[i] <= 'F' ? (char)(at[i] + 32) : at[i];
        const char *found = lower ? strchr(digits, lower) : NULL;

        if (!found)
            return -1;
        value = value * 16 + (int)(found - digits);
    }
    return value;
}

static char *put_utf8(char *to, unsigned code)
{
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
        *to++ = (char)(0x80 | (code & 63));
    } else if (code < 0x10000) {
        *to++ = (char)(0xe0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 63));
        *to++ = (char)(0x80 | (code & 63));
    } else {
        *to++ = (char)(0xf0 | code >> 18);
        *to++ = (char)(0x80 | (code >> 12 & 63));
        *to++ = (char)(0x80 | (code >> 6 & 63));
        *to++ = (char)(0x80 | (code & 63));
    }
    return to;
}

/* \uXXXX behind the backslash and u; a pair of surrogates makes one character. */
static char *take_unicode(reader *r, char *to)
{
    int high = hex4(r->at, r->end);
    int low;

    if (high <= 0 || (high >= 0xdc00 && high <= 0xdfff))
        return NULL;
    r->at += 4;
    if (high < 0xd800 || high > 0xdbff)
        return put_utf8(to, (unsigned)high);
    if (r->end - r->at < 6 || r->at[0] != '\\' || r->at[1] != 'u')
        return NULL;
    low = hex4(r->at + 2, r->end);
    if (low < 0xdc00 || low > 0xdfff)
        return NULL;
    r->at += 6;
    return put_utf8(to, 0x10000u + (((unsigned)high & 0x3ff) << 10) + ((unsigned)low & 0x3ff));
}

static char *take_escape(reader *r, char *to)
{
    static const char from[] = "\"\\/bfnrt";
    static const char into[] = "\"\\/\b\f\n\r\t";
    const char *found;

    if (r->at >= r->end)
        return NULL;
    if (*r->at == 'u') {
        r->at++;
        return take_unicode(r, to);
    }
    found = *r->at ? strchr(from, *r->at) : NULL;
    if (!found)
        return NULL;
    r->at++;
    *to++ = into[found - from];
    return to;
}

/* How many bytes stand before the closing quote, or the end; decoded they are no more. */
static size_t bytes_of_string(const reader *r)
{
    const char *at = r->at;

    while (at < r->end && *at != '"')
        at += *at == '\\' && at + 1 < r->end ? 2 : 1;
    return (size_t)(at - r->at);
}

/* A string from its opening quote on; NULL if it is no good or there is no memory. */
static char *take_string(reader *r)
{
    char *text;
    char *to;

    if (!take(r, '"'))
        return NULL;
    text = malloc(bytes_of_string(r) + 1);
    to = text;
    while (to && r->at < r->end && *r->at != '"') {
        unsigned char c = (unsigned char)*r->at++;

        if (c < 0x20)
            to = NULL;
        else if (c == '\\')
            to = take_escape(r, to);
        else
            *to++ = (char)c;
    }
    if (!to || r->at >= r->end) {
        free(text);
        return NULL;
    }
    r->at++;
    *to = '\0';
    return text;
}

/* Jumps over an object or array; brackets inside strings do not count. */
static bool skip_nested(reader *r)
{
    size_t depth = 0;
    bool in_string = false;

    for (; r->at < r->end; r->at++) {
        char c = *r->at;

        if (in_string) {
            if (c == '\\' && r->at + 1 < r->end)
                r->at++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            r->at++;
            return true;
        }
    }
    return false;
}

static bool take_word(reader *r, line_member *member)
{
    const char *start = r->at;
    size_t len;

    while (r->at < r->end && !strchr(",}] \t\r\n", *r->at))
        r->at++;
    len = (size_t)(r->at - start);
    if (len == 4 && memcmp(start, "true", 4) == 0)
        member->type = LINE_TRUE;
    else if (len == 5 && memcmp(start, "false", 5) == 0)
        member->type = LINE_FALSE;
    else if (len == 4 && memcmp(start, "null", 4) == 0)
        member->type = LINE_NULL;
    else if (len > 0 && (*start == '-' || (*start >= '0' && *start <= '9')))
        member->type = LINE_NUMBER;
    else
        return false;
    return true;
}

static const char *take_value(reader *r, line_member *member)
{
    skip_blanks(r);
    member->raw = r->at;
    if (r->at >= r->end)
        return "the line ends where a value was expected";
    if (*r->at == '"') {
        member->type = LINE_STRING;
        member->text = take_string(r);
        if (!member->text)
            return "a string is not valid JSON";
    } else if (*r->at == '{' || *r->at == '[') {
        member->type = *r->at == '{' ? LINE_OBJECT : LINE_ARRAY;
        if (!skip_nested(r))
            return "an object or array is not closed";
    } else if (!take_word(r, member)) {
        return "a value is not valid JSON";
    }
    member->raw_len = (size_t)(r->at - member->raw);
    return NULL;
}

/* Room for one member more; what there is grows by doubling. */
static bool make_room(line *ret)
{
    line_member *grown;

    if (ret->n & (ret->n - 1))
        return true;
    grown = realloc(ret->members, (ret->n ? 2 * ret->n : 1) * sizeof(*grown));
    if (grown)
        ret->members = grown;
    return grown != NULL;
}

static const char *take_members(reader *r, size_t max, line *ret)
{
    if (take(r, '}'))
        return NULL;
    do {
        line_member *member;
        const char *wrong;

        if (ret->n == max)
            return "there are too many members";
        if (!make_room(ret))
            return "out of memory";
        member = &ret->members[ret->n];
        *member = (line_member){.key = take_string(r)};
        if (!member->key)
            return "a key was expected";
        ret->n++;
        if (!take(r, ':'))
            return "':' was expected behind a key";
        wrong = take_value(r, member);
        if (wrong)
            return wrong;
    } while (take(r, ','));
    return take(r, '}') ? NULL : "',' or '}' was expected";
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* There may be many members, so each is not compared with all others. */
static const char *check_keys(const line *parsed)
{
    const char **keys = malloc((parsed->n + 1) * sizeof(*keys));
    const char *wrong = NULL;

    if (!keys)
        return "out of memory";
    for (size_t i = 0; i < parsed->n; i++)
        keys[i] = parsed->members[i].key;
    qsort(keys, parsed->n, sizeof(*keys), compare_keys);
    for (size_t i = 1; i < parsed->n && !wrong; i++)
        if (strcmp(keys[i - 1], keys[i]) == 0)
            wrong = "a key stands twice";
    free(keys);
    return wrong;
}

const char *line_parse(const char *text, size_t len, size_t max, line *ret)
{
    reader r = {text, text + len};
    const char *wrong;

    *ret = (line){0};
    if (!take(&r, '{'))
        return "a JSON object was expected";
    wrong = take_members(&r, max, ret);
    if (wrong)
        return wrong;
    skip_blanks(&r);
    return r.at == r.end ? check_keys(ret) : "something follows the object";
}

void line_done(line *parsed)
{
    for (size_t i = 0; i < parsed->n; i++) {
        free(parsed->members[i].key);
        free(parsed->members[i].text);
    }
    free(parsed->members);
    *parsed = (line){0};
}

const line_member *line_get(const line *parsed, const char *key)
{
    for (size_t i = 0; i < parsed->n; i++)
        if (strcmp(parsed->members[i].key, key) == 0)
            return &parsed->members[i];
    return NULL;
}

const char *line_string(const line *parsed, const char *key)
{
    const line_member *member = line_get(parsed, key);

    return member && member->type == LINE_STRING ? member->text : NULL;
}

int line_integer(const line *parsed, const char *key, int64_t min, int64_t max, int32_t *ret)
{
    const line_member *member = line_get(parsed, key);
    int64_t value = 0;

    if (!member || member->type == LINE_NULL)
        return 0;
    if (member->type != LINE_NUMBER || member->raw_len > 9)
        return -1;
    for (size_t i = 0; i < member->raw_len; i++) {
        if (member->raw[i] < '0' || member->raw[i] > '9')
            return -1;
        value = value * 10 + (member->raw[i] - '0');
    }
    if (value < min || value > max)
        return -1;
    *ret = (int32_t)value;
    return 1;
}

/* Reads up to the end of the line; bytes beyond MAX are counted but not kept. 1, 0 at the end. */
static int read_line(FILE *file, size_t max, char **text, size_t *room, size_t *len)
{
    int c = getc(file);

    *len = 0;
    if (c == EOF)
        return 0;
    for (; c != EOF && c != '\n'; c = getc(file)) {
        if (*len < max && *len == *room) {
            size_t grown_room = *room ? *room * 2 : 4096;
            char *grown = realloc(*text, grown_room);

            if (!grown)
                return -1;
            *text = grown;
            *room = grown_room;
        }
        if (*len < max)
            (*text)[*len] = (char)c;
        ++*len;
    }
    return 1;
}

static void give(void *user, void (*fn)(void *user, const char *text, size_t len), const char *text,
                 size_t len, size_t max_line)
{
    if (len > max_line)
        fn(user, NULL, len);
    else
        fn(user, len ? text : "", len);
}

int each_line(FILE *file, size_t max_line, void (*fn)(void *user, const char *text, size_t len),
              void *user)
{
    char *text = NULL;
    size_t room = 0;
    size_t len;
    int r;

    while ((r = read_line(file, max_line, &text, &room, &len)) > 0)
        give(user, fn, text, len, max_line);
    free(text);
    return r < 0 || ferror(file) ? -1 : 0;
}
