/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/decode.h"

#define QUOTE_MAX 64u
#define PATH_DEPTH_MAX 16u /* deeper than any path that the decoders make */

static void put_path(fp_buf *buf, const fp_path *path)
{
    const fp_path *steps[PATH_DEPTH_MAX];
    size_t n = 0;

    for (; path && n < PATH_DEPTH_MAX; path = path->up)
        steps[n++] = path;
    while (n-- > 0) {
        if (!steps[n]->key) {
            fp_buf_putc(buf, '[');
            fp_buf_put_u64(buf, steps[n]->index);
            fp_buf_putc(buf, ']');
            continue;
        }
        if (buf->len > 0)
            fp_buf_putc(buf, '.');
        fp_buf_puts(buf, steps[n]->key);
    }
}

void fp_decode_reportv(fp_decoder *d, fp_severity severity, fp_diag_code code, const fp_path *path,
                       const char *format, va_list args)
{
    fp_cleanup_buf fp_buf text = {0};

    if (!d->diags || d->diags->error)
        return;
    put_path(&text, path);
    if (fp_buf_error(&text)) {
        d->diags->error = fp_buf_error(&text);
        return;
    }
    fp_diags_addv(d->diags, severity, code, fp_buf_str(&text), format, args);
}

void fp_decode_report(fp_decoder *d, fp_severity severity, fp_diag_code code, const fp_path *path,
                      const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fp_decode_reportv(d, severity, code, path, format, args);
    va_end(args);
}

int fp_decode_refuse(fp_decoder *d, fp_diag_code code, const fp_path *path, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fp_decode_reportv(d, FP_SEVERITY_ERROR, code, path, format, args);
    va_end(args);
    return FEDPOL_E_BAD_OBJECT;
}

const char *fp_decode_quote(fp_decoder *d, fp_str s)
{
    fp_cleanup_buf fp_buf text = {0};
    fp_str copy = FP_STR_NULL;

    fp_buf_put_quoted(&text, s, QUOTE_MAX);
    if (!fp_buf_error(&text))
        copy = fp_arena_str(d->arena, fp_buf_str(&text));
    if (copy.ptr)
        return copy.ptr;
    if (d->diags)
        d->diags->error = FEDPOL_E_NOMEM;
    return "";
}

fp_str fp_decode_shown(const fp_value *value)
{
    if (fp_value_is(value, FP_VALUE_STRING) || fp_value_is(value, FP_VALUE_NUMBER))
        return value->text;
    if (fp_value_is(value, FP_VALUE_BOOL))
        return fp_str_of(value->boolean ? "true" : "false");
    return FP_STR_NULL;
}

const fp_value *fp_decode_get(const fp_value *object, const char *key)
{
    const fp_value *value = fp_value_get(object, key);

    return fp_value_is(value, FP_VALUE_NULL) ? NULL : value;
}

bool fp_decode_is_listed(fp_str key, const char *const *keys)
{
    for (; *keys; keys++)
        if (fp_str_is(key, *keys))
            return true;
    return false;
}

bool fp_decode_keys_known(const fp_value *value, const char *const *keys, fp_str *ret_unknown)
{
    if (!value)
        return true;
    if (value->type != FP_VALUE_OBJECT) {
        *ret_unknown = FP_STR_NULL;
        return false;
    }
    fp_decode_each (member, value) {
        if (member->type != FP_VALUE_NULL && !fp_decode_is_listed(member->key, keys)) {
            *ret_unknown = member->key;
            return false;
        }
    }
    return true;
}

int fp_decode_copy(fp_decoder *d, fp_str text, fp_str *ret)
{
    fp_str copy = fp_arena_str(d->arena, text);

    if (!copy.ptr)
        return FEDPOL_E_NOMEM;
    *ret = copy;
    return 0;
}

int fp_decode_string(fp_decoder *d, const fp_value *object, const char *key, const fp_path *path,
                     fp_str *ret)
{
    const fp_value *value = fp_decode_get(object, key);

    if (!value) {
        *ret = FP_STR_NULL;
        return 0;
    }
    if (value->type != FP_VALUE_STRING)
        return fp_decode_refuse(d, FP_DIAG_INVALID_OBJECT, FP_PATH(path, key), "expected a string");
    return fp_decode_copy(d, value->text, ret);
}

bool fp_decode_int(const fp_value *value, int64_t min, int64_t max, int64_t *ret)
{
    return fp_value_is(value, FP_VALUE_NUMBER) && fp_value_to_i64(value, min, max, ret);
}

int fp_decode_array(fp_decoder *d, const fp_value *object, const char *key, const fp_path *path,
                    const fp_value **ret)
{
    const fp_value *value = fp_decode_get(object, key);

    if (value && value->type != FP_VALUE_ARRAY)
        return fp_decode_refuse(d, FP_DIAG_INVALID_OBJECT, FP_PATH(path, key), "expected a list");
    if (value && value->count > d->options.max_list)
        return fp_decode_refuse(d, FP_DIAG_LIMIT, FP_PATH(path, key),
                                "a list of %u items is longer than the limit of %u", value->count,
                                d->options.max_list);
    *ret = value;
    return 0;
}
