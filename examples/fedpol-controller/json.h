/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_JSON_H
#define CONTROLLER_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Members "OUTER": {"INNER": …} of an object. False: it is not there, or something else. */
bool json_get_string(const char *text, const char *outer, const char *inner, char *ret,
                     size_t size);
bool json_get_integer(const char *text, const char *outer, const char *inner, int64_t *ret);

#endif
