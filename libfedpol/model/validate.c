/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/decode.h"

#define INTERFACE_MAX 15u
#define PORT_NAME_MAX 128u

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

bool fp_valid_subdomain(fp_str name)
{
    if (name.len == 0 || name.len > FP_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        /* The ends of each dotted part are letters or digits. */
        bool first = i == 0 || name.ptr[i - 1] == '.';
        bool last = i + 1 == name.len || name.ptr[i + 1] == '.';

        if (is_lower(c) || is_digit(c))
            continue;
        if (c == '-' && !first && !last)
            continue;
        if (c == '.' && !first && i + 1 < name.len)
            continue;
        return false;
    }
    return true;
}

static bool is_word(fp_str text, size_t max, char extra)
{
    if (text.len == 0 || text.len > max)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (!is_lower(c) && !is_upper(c) && !is_digit(c) && c != '_' && c != '.' && c != '-' &&
            c != extra)
            return false;
    }
    return true;
}

bool fp_valid_interface(fp_str name)
{
    return is_word(name, INTERFACE_MAX, '-');
}

bool fp_valid_port_name(fp_str name)
{
    return is_word(name, PORT_NAME_MAX, '-');
}

bool fp_valid_label_key(fp_str name)
{
    return is_word(name, FP_SELECTOR_MAX_LABEL, '/');
}

bool fp_has_control_bytes(fp_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
            return true;
    return false;
}
