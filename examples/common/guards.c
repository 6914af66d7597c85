/* SPDX-License-Identifier: Apache-2.0 */
#include "guards.h"

#include <stdio.h>
#include <string.h>

#define PART 256u /* of one KEY=VALUE */

bool guards_add(guard_list *guards, const char *text)
{
    if (guards->n == GUARDS_MAX)
        return false;
    guards->texts[guards->n++] = text;
    return true;
}

static int read_number(const char *text, uint64_t max, uint64_t *ret)
{
    uint64_t number = 0;

    if (!*text || text[strspn(text, "0123456789")] || strlen(text) > 15)
        return FEDPOL_E_INVALID;
    for (; *text; text++)
        number = number * 10 + (uint64_t)(*text - '0');
    if (number > max)
        return FEDPOL_E_INVALID;
    *ret = number;
    return 0;
}

static int set_limit(fedpol_guard *guard, const char *key, const char *value)
{
    uint64_t number;

    if (read_number(value, UINT64_MAX, &number) < 0 || number == 0)
        return FEDPOL_E_INVALID;
    if (strcmp(key, "objects") == 0)
        return fedpol_guard_set_max_objects(guard, number);
    if (strcmp(key, "endpoints") == 0)
        return fedpol_guard_set_max_endpoints(guard, number);
    return fedpol_guard_set_max_bytes(guard, number);
}

static int set_timeout(fedpol_guard *guard, const char *key, const char *value)
{
    uint64_t seconds;

    if (read_number(value, 999999999, &seconds) < 0)
        return FEDPOL_E_INVALID;
    if (strcmp(key, "allow-timeout") == 0)
        return fedpol_guard_set_endpoint_timeout(guard, FEDPOL_USE_ALLOW, (int64_t)seconds * 1000);
    if (strcmp(key, "deny-timeout") == 0)
        return fedpol_guard_set_endpoint_timeout(guard, FEDPOL_USE_DENY, (int64_t)seconds * 1000);
    return fedpol_guard_set_backend_timeout(guard, (int64_t)seconds * 1000);
}

static int set_one(fedpol_guard *guard, const char *key, const char *value)
{
    if (strcmp(key, "namespace") == 0)
        return fedpol_guard_add_namespace(guard, value);
    if (strcmp(key, "not-namespace") == 0)
        return fedpol_guard_exclude_namespace(guard, value);
    if (strcmp(key, "cidr") == 0)
        return fedpol_guard_add_cidr(guard, value);
    if (strcmp(key, "labels") == 0)
        return fedpol_guard_set_label_filter(guard, value);
    if (strcmp(key, "objects") == 0 || strcmp(key, "endpoints") == 0 || strcmp(key, "bytes") == 0)
        return set_limit(guard, key, value);
    if (strcmp(key, "allow-timeout") == 0 || strcmp(key, "deny-timeout") == 0 ||
        strcmp(key, "backend-timeout") == 0)
        return set_timeout(guard, key, value);
    return FEDPOL_E_UNSUPPORTED;
}

/* One KEY=VALUE of AT; *RET_NEXT is behind it. */
static int set_part(fedpol_guard *guard, const char *at, const char **ret_next,
                    char problem[GUARD_PROBLEM])
{
    bool is_last = strncmp(at, "labels=", 7) == 0;
    size_t len = is_last ? strlen(at) : strcspn(at, ",");
    char part[PART];
    char *value;
    int r;

    (void)snprintf(problem, GUARD_PROBLEM, "%.*s: expected KEY=VALUE of at most %u bytes",
                   len < 100 ? (int)len : 100, at, PART - 1);
    if (len >= sizeof(part))
        return FEDPOL_E_TOO_LONG;
    memcpy(part, at, len);
    part[len] = '\0';
    value = strchr(part, '=');
    if (!value || !value[1])
        return FEDPOL_E_INVALID;
    *value++ = '\0';
    r = set_one(guard, part, value);
    if (r == FEDPOL_E_UNSUPPORTED)
        (void)snprintf(problem, GUARD_PROBLEM, "%.100s: there is no such key", part);
    else if (r < 0)
        (void)snprintf(problem, GUARD_PROBLEM, "%.20s=%.100s: that value can't be", part, value);
    *ret_next = at + len + (at[len] == ',');
    return r;
}

static int set_all(fedpol_guard *guard, const char *at, char problem[GUARD_PROBLEM])
{
    int r = 0;

    do
        r = set_part(guard, at, &at, problem);
    while (r == 0 && *at);
    return r;
}

static int set_text(fedpol_context *context, const char *text, char problem[GUARD_PROBLEM])
{
    const char *colon = strchr(text, ':');
    size_t len = colon ? (size_t)(colon - text) : 0;
    fedpol_guard *guard = NULL;
    char name[64];
    int r;

    (void)snprintf(problem, GUARD_PROBLEM, "%.100s: expected NAME:KEY=VALUE,...", text);
    if (len == 0 || len >= sizeof(name))
        return FEDPOL_E_INVALID;
    memcpy(name, text, len);
    name[len] = '\0';
    r = fedpol_guard_new(&guard);
    if (r == 0)
        r = set_all(guard, colon + 1, problem);
    if (r == 0)
        r = fedpol_context_set_guard(context, strcmp(name, "*") == 0 ? NULL : name, guard);
    guard = fedpol_guard_free(guard);
    return r;
}

int guards_set(const guard_list *guards, fedpol_context *context, char problem[GUARD_PROBLEM])
{
    for (size_t i = 0; i < guards->n; i++) {
        int r = set_text(context, guards->texts[i], problem);

        if (r < 0)
            return r;
    }
    return 0;
}
