/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/kubeconfig_fields.h"

/* Deeper than any file that was read. */
#define MAX_DEPTH 64u

static void put_key(fp_buf *json, const fp_value *value, bool first)
{
    if (!first)
        fp_buf_putc(json, ',');
    if (value->key.len) {
        fp_buf_put_json(json, value->key);
        fp_buf_putc(json, ':');
    }
}

static void put_scalar(fp_buf *json, const fp_value *value)
{
    if (value->type == FP_VALUE_STRING)
        fp_buf_put_json(json, value->text);
    else if (value->type == FP_VALUE_NUMBER)
        fp_buf_add(json, value->text);
    else if (value->type == FP_VALUE_BOOL)
        fp_buf_puts(json, value->boolean ? "true" : "false");
    else
        fp_buf_puts(json, "null");
}

static bool is_container(const fp_value *value)
{
    return value->type == FP_VALUE_OBJECT || value->type == FP_VALUE_ARRAY;
}

int fp_kubeconfig_write_json(const fp_value *value, char **ret_json)
{
    fp_cleanup_buf fp_buf json = {0};
    const fp_value *open[MAX_DEPTH];
    size_t depth = 0;
    bool first = true;
    char *text;

    while (value) {
        if (depth > 0)
            put_key(&json, value, first);
        first = false;
        if (is_container(value)) {
            fp_buf_putc(&json, value->type == FP_VALUE_OBJECT ? '{' : '[');
            if (depth == MAX_DEPTH)
                return FEDPOL_E_TOO_DEEP;
            open[depth++] = value;
            value = value->first;
            first = true;
        } else {
            put_scalar(&json, value);
            value = depth > 0 ? value->next : NULL;
        }
        while (!value && depth > 0) {
            const fp_value *closed = open[--depth];

            fp_buf_putc(&json, closed->type == FP_VALUE_OBJECT ? '}' : ']');
            value = depth > 0 ? closed->next : NULL;
            first = false;
        }
    }
    text = fp_buf_steal(&json, NULL);
    if (!text)
        return FEDPOL_E_NOMEM;
    *ret_json = text;
    return 0;
}
