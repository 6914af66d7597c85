/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_GUARDS_H
#define COMMON_GUARDS_H

#include <fedpol/fedpol.h>
#include <stdbool.h>

/*
 * "NAME:KEY=VALUE,KEY=VALUE": what the cluster NAME may bring in ("*": every remote without a guard
 * of its own). Keys: namespace and not-namespace, cidr (each may come again); objects, endpoints,
 * bytes; allow-timeout, deny-timeout, backend-timeout in seconds; labels, which takes the rest.
 */

#define GUARDS_MAX 64u
#define GUARD_PROBLEM 200u
#define GUARD_HELP                                                                                 \
    "  --guard NAME:KEY=VALUE,...    what cluster NAME (*: every remote) may bring in: keys\n"     \
    "      namespace, not-namespace, cidr (each again and again), objects, endpoints, bytes,\n"    \
    "      allow-timeout, deny-timeout, backend-timeout (seconds), labels (last)\n"

typedef struct guard_list {
    const char *texts[GUARDS_MAX];
    size_t n;
} guard_list;

/* Keeps TEXT, which must stay. False: no room. */
bool guards_add(guard_list *guards, const char *text);
/* 0, or FEDPOL_E_*; PROBLEM says what is wrong with which text. */
int guards_set(const guard_list *guards, fedpol_context *context, char problem[GUARD_PROBLEM]);

#endif
