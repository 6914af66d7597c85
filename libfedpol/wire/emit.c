/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/wire/emit.h"

#define LIST_SUFFIX FP_STR("List")
#define NAME_SHOWN 128u

void fp_emit_clear_list(fp_emit *emit)
{
    emit->list_api_version = FP_STR_NULL;
    emit->list_kind = FP_STR_NULL;
}

void fp_emit_set_list(fp_emit *emit, const fp_value *list)
{
    fp_str kind = fp_value_get_str(list, "kind");

    fp_emit_clear_list(emit);
    if (kind.len <= LIST_SUFFIX.len || !fp_str_ends_with(kind, LIST_SUFFIX))
        return;
    emit->list_kind = fp_str_sub(kind, 0, kind.len - LIST_SUFFIX.len);
    emit->list_api_version = fp_value_get_str(list, "apiVersion");
}

bool fp_emit_has_kind(const fp_value *value)
{
    return fp_value_get_str(value, "kind").len > 0;
}

static void fill(const fp_emit *emit, const fp_value *value, fp_wire_object *object)
{
    object->value = value;
    object->kind = fp_value_get_str(value, "kind");
    object->api_version = fp_value_get_str(value, "apiVersion");
    if (object->kind.len == 0 && emit->list_kind.len) {
        object->kind = emit->list_kind;
        if (object->api_version.len == 0)
            object->api_version = emit->list_api_version;
    }
    if (object->kind.len == 0) {
        object->kind = emit->hint_kind;
        if (object->api_version.len == 0)
            object->api_version = emit->hint_api_version;
    }
}

int fp_emit_object(const fp_emit *emit, const fp_value *value, fp_wire_object *object)
{
    if (!fp_value_is(value, FP_VALUE_OBJECT)) {
        const fp_wire_fault fault = {.code = FEDPOL_E_BAD_OBJECT, .reason = "expected an object"};

        return fp_emit_bad(emit, NULL, object, &fault);
    }
    fill(emit, value, object);
    return emit->sink.object ? emit->sink.object(emit->sink.user, object) : 0;
}

int fp_emit_bad(const fp_emit *emit, const fp_value *value, fp_wire_object *object,
                const fp_wire_fault *fault)
{
    fp_cleanup_buf fp_buf where = {0};
    fedpol_error *error = NULL;
    int64_t offset = object->document ? -1 : (int64_t)object->offset;
    int r;

    fill(emit, value, object);
    if (!emit->sink.bad)
        return fault->code == FEDPOL_E_NOMEM ? FEDPOL_E_NOMEM : 0;
    fp_emit_put_where(&where, object);
    fp_try(fp_buf_error(&where));
    (void)fp_wire_fault_report(fault, fp_buf_str(&where), offset, &error);
    if (!error)
        return FEDPOL_E_NOMEM;
    r = emit->sink.bad(emit->sink.user, object, error);
    fedpol_error_free(error);
    return r;
}

static void put_field(fp_buf *buf, const char *label, fp_str text)
{
    if (text.len == 0)
        return;
    if (buf->len)
        fp_buf_putc(buf, ' ');
    fp_buf_puts(buf, label);
    fp_buf_put_quoted(buf, text, NAME_SHOWN);
}

void fp_emit_put_where(fp_buf *buf, const fp_wire_object *object)
{
    const fp_value *metadata = fp_value_get(object->value, "metadata");

    put_field(buf,
              "kind=", object->kind.len ? object->kind : fp_value_get_str(object->value, "kind"));
    put_field(buf, "namespace=", fp_value_get_str(metadata, "namespace"));
    put_field(buf, "name=", fp_value_get_str(metadata, "name"));
    if (object->line) {
        fp_buf_puts(buf, buf->len ? " line=" : "line=");
        fp_buf_put_u64(buf, object->line);
    }
}
