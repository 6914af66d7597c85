/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/wire_dump.h"

#define DEPTH 1001

static void put_scalar(fp_buf *buf, const fp_value *value)
{
    switch (value->type) {
    case FP_VALUE_BOOL:
        fp_buf_puts(buf, value->boolean ? "true" : "false");
        break;
    case FP_VALUE_NUMBER:
        fp_buf_add(buf, value->text);
        break;
    case FP_VALUE_STRING:
        fp_buf_put_json(buf, value->text);
        break;
    default:
        fp_buf_puts(buf, "null");
        break;
    }
}

static bool is_container(const fp_value *value)
{
    return value->type == FP_VALUE_OBJECT || value->type == FP_VALUE_ARRAY;
}

void wire_put_value(fp_buf *buf, const fp_value *value)
{
    const fp_value *open[DEPTH];
    size_t depth = 0;
    const fp_value *v = value;

    while (v) {
        if (depth && open[depth - 1]->type == FP_VALUE_OBJECT) {
            fp_buf_put_json(buf, v->key);
            fp_buf_putc(buf, ':');
        }
        if (is_container(v) && depth < DEPTH) {
            fp_buf_putc(buf, v->type == FP_VALUE_OBJECT ? '{' : '[');
            open[depth++] = v;
            if (v->first) {
                v = v->first;
                continue;
            }
        } else {
            put_scalar(buf, v);
            if (depth == 0)
                return;
            if (v->next) {
                fp_buf_putc(buf, ',');
                v = v->next;
                continue;
            }
        }
        for (v = NULL; depth && !v;) {
            const fp_value *closed = open[--depth];

            fp_buf_putc(buf, closed->type == FP_VALUE_OBJECT ? '}' : ']');
            if (depth && closed->next) {
                fp_buf_putc(buf, ',');
                v = closed->next;
            }
        }
    }
}

static void put_type(fp_buf *buf, const fp_wire_object *object)
{
    static const char *const names[] = {"",         "ADDED ",    "MODIFIED ",
                                        "DELETED ", "BOOKMARK ", "ERROR "};

    fp_buf_puts(buf, names[object->type]);
}

static int on_object(void *user, const fp_wire_object *object)
{
    fp_buf *buf = user;

    put_type(buf, object);
    fp_buf_add(buf, object->kind);
    fp_buf_putc(buf, ' ');
    fp_buf_add(buf, object->api_version);
    fp_buf_putc(buf, ' ');
    wire_put_value(buf, object->value);
    fp_buf_putc(buf, '\n');
    return fp_buf_error(buf);
}

static int on_bad(void *user, const fp_wire_object *object, const fedpol_error *error)
{
    fp_buf *buf = user;

    put_type(buf, object);
    fp_buf_printf(buf, "bad %s %s: %s\n", fedpol_error_name(fedpol_error_get_code(error)),
                  fedpol_error_get_where(error), fedpol_error_get_message(error));
    return fp_buf_error(buf);
}

fp_wire_sink wire_dump_sink(fp_buf *buf)
{
    return (fp_wire_sink){.object = on_object, .bad = on_bad, .user = buf};
}
