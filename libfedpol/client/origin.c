/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/origin.h"

#define ORIGIN_MAX 512u

static bool is_plain(fp_str text)
{
    if (text.len > ORIGIN_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < 0x20 || (unsigned char)text.ptr[i] >= 0x7f)
            return false;
    return true;
}

void fp_origin_put(fp_buf *buf, fp_str source, const fp_wire_object *object)
{
    if (is_plain(source))
        fp_buf_add(buf, source);
    else
        fp_buf_put_quoted(buf, source, ORIGIN_MAX);
    if (!object)
        return;
    if (source.len > 0)
        fp_buf_puts(buf, ": ");
    if (object->document > 0)
        fp_buf_printf(buf, "document %u, line %u", (unsigned)object->document,
                      (unsigned)object->line);
    else
        fp_buf_printf(buf, "byte %llu", (unsigned long long)object->offset);
}
