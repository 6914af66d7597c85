/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The first byte chooses the chunks; the rest is fed whole and in chunks, in all ways of scanning.
 * All must deliver the same objects and end the same way, and every tree must keep its promises:
 * unique keys, strings that are UTF-8 without NUL, depth within the limit.
 */

#include "libfedpol/base/buf.h"
#include "libfedpol/base/utf8.h"
#include "libfedpol/wire/stream_internal.h"
#include "tests/fuzz/fuzz.h"

static void put_str(fp_buf *buf, fp_str s)
{
    fuzz_require(fp_utf8_valid(s) && fp_str_find_byte(s, '\0') < 0);
    fp_buf_put_u64(buf, s.len);
    fp_buf_putc(buf, ':');
    fp_buf_add(buf, s);
}

static void put_value(fp_buf *buf, const fp_value *value)
{
    const fp_value *open[64 + 1];
    size_t depth = 0;
    const fp_value *v = value;

    while (v) {
        put_str(buf, v->key);
        put_str(buf, v->text);
        fp_buf_put_u64(buf, (uint64_t)v->type * 2 + v->boolean);
        for (const fp_value *other = v->next; other && depth; other = other->next)
            fuzz_require(open[depth - 1]->type != FP_VALUE_OBJECT ||
                         !fp_str_eq(other->key, v->key));
        if (v->type == FP_VALUE_OBJECT || v->type == FP_VALUE_ARRAY) {
            fuzz_require(depth < 64);
            open[depth++] = v;
            v = v->first;
        } else {
            v = depth ? v->next : NULL;
        }
        while (!v && depth) {
            v = open[--depth];
            v = depth ? v->next : NULL;
            fp_buf_putc(buf, ')');
        }
    }
}

static int on_object(void *user, const fp_wire_object *object)
{
    fp_buf *buf = user;

    fuzz_require(object->value && object->value->type == FP_VALUE_OBJECT);
    fp_buf_put_u64(buf, object->offset * 16 + (uint64_t)object->type);
    put_str(buf, object->kind);
    put_str(buf, object->api_version);
    put_value(buf, object->value);
    return 0;
}

static int on_bad(void *user, const fp_wire_object *object, const fedpol_error *error)
{
    fp_buf *buf = user;

    put_str(buf, object->kind);
    fp_buf_puts(buf, fedpol_error_get_where(error));
    fp_buf_puts(buf, fedpol_error_get_message(error));
    return 0;
}

static int feed(const uint8_t *data, size_t size, size_t chunk, fp_raw_way way, fp_buf *out)
{
    const fp_wire_sink sink = {on_object, on_bad, out};
    fp_object_stream *stream = NULL;
    fedpol_error *error = NULL;
    int r =
        fp_object_stream_new(&fp_wire_default_limits, &sink, FP_STR("v1"), FP_STR("Pod"), &stream);

    fuzz_require(r == 0);
    fp_object_stream_set_way(stream, way);
    for (size_t i = 0; i < size && r == 0; i += chunk)
        r = fp_object_stream_feed(stream, data + i, size - i < chunk ? size - i : chunk, &error);
    if (r == 0)
        r = fp_object_stream_end(stream, &error);
    fuzz_require((r < 0) == (error != NULL));
    fp_buf_puts(out, fedpol_error_get_message(error));
    fp_buf_put_i64(out, fedpol_error_get_offset(error));
    fedpol_error_free(error);
    fp_object_stream_free(stream);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fp_buf whole = {0};
    size_t chunk;
    int r;

    if (size < 2)
        return 0;
    chunk = 1 + (size_t)data[0] % 100;
    r = feed(data + 1, size - 1, size, fp_raw_best_way(), &whole);
    for (fp_raw_way way = FP_RAW_BYTES; way <= FP_RAW_AVX2; way++) {
        fp_buf chunked = {0};

        fuzz_require(feed(data + 1, size - 1, way == FP_RAW_SSE2 ? size : chunk, way, &chunked) ==
                     r);
        fuzz_require(fp_str_eq(fp_buf_str(&whole), fp_buf_str(&chunked)));
        fp_buf_done(&chunked);
    }
    fp_buf_done(&whole);
    return 0;
}
