/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <stdio.h>
#include <string.h>

#include "../fedpol/tool.h"

enum { MAX_MEMBERS = 64 };

typedef struct found {
    line outer;
    line inner;
    const line_member *member;
} found;

static const line_member *find(const char *text, const char *outer, const char *inner, found *ret)
{
    const line_member *member;

    memset(ret, 0, sizeof(*ret));
    if (line_parse(text, strlen(text), MAX_MEMBERS, &ret->outer))
        return NULL;
    member = line_get(&ret->outer, outer);
    if (!member || member->type != LINE_OBJECT ||
        line_parse(member->raw, member->raw_len, MAX_MEMBERS, &ret->inner))
        return NULL;
    return line_get(&ret->inner, inner);
}

static void found_done(found *f)
{
    line_done(&f->inner);
    line_done(&f->outer);
}

bool json_get_string(const char *text, const char *outer, const char *inner, char *ret, size_t size)
{
    found f;
    const line_member *member = find(text, outer, inner, &f);
    bool ok = member && member->type == LINE_STRING && strlen(member->text) < size;

    if (ok)
        (void)snprintf(ret, size, "%s", member->text);
    found_done(&f);
    return ok;
}

bool json_get_integer(const char *text, const char *outer, const char *inner, int64_t *ret)
{
    found f;
    int32_t number = 0;
    bool ok =
        find(text, outer, inner, &f) && line_integer(&f.inner, inner, 0, INT32_MAX, &number) == 1;

    if (ok)
        *ret = number;
    found_done(&f);
    return ok;
}
