/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/model/rule.h"

#include <stdlib.h>

/*
 * A Kubernetes label selector in our language (docs/selectors.md): matchLabels by sorted key, then
 * matchExpressions in the order given, all in one conjunction. A term that is not understood would
 * make the selector match more if it were left out, so it condemns the whole.
 */

typedef struct reader {
    fp_decoder *d;
    FP_VEC(fp_selector *) terms; /* owned */
    bool lost;
} reader;

static void reject(reader *rd, const fp_path *path, const char *reason)
{
    fp_decode_report(rd->d, FP_SEVERITY_ERROR, FP_DIAG_INVALID_SELECTOR, path, "%s", reason);
    rd->lost = true;
}

static void reject_text(reader *rd, const fp_path *path, fp_str text, const char *reason)
{
    fp_decode_report(rd->d, FP_SEVERITY_ERROR, FP_DIAG_INVALID_SELECTOR, path, "%s %s",
                     fp_decode_quote(rd->d, text), reason);
    rd->lost = true;
}

/* What fp_decode_keys_known() found. */
static void reject_unknown(reader *rd, const fp_path *path, fp_str key)
{
    if (key.ptr)
        reject_text(rd, path, key, "is not a key that is known");
    else
        reject(rd, path, "expected an object");
}

/* Takes TERM, also on failure. */
static int push_term(reader *rd, fp_selector *term)
{
    int r = fp_vec_push(&rd->terms, term);

    if (r < 0)
        fp_selector_unref(term);
    return r;
}

/* What could not be told apart in a canonical form is refused: Kubernetes has no such values. */
static bool is_value(fp_decoder *d, const fp_value *value)
{
    return fp_value_is(value, FP_VALUE_STRING) && value->text.len <= d->options.max_label_bytes &&
           !fp_has_control_bytes(value->text) && fp_str_find_byte(value->text, '"') < 0 &&
           fp_str_find_byte(value->text, '\'') < 0;
}

static int compare_keys(const void *left, const void *right)
{
    const fp_value *a = *(const fp_value *const *)left;
    const fp_value *b = *(const fp_value *const *)right;

    return fp_str_cmp(a->key, b->key);
}

static int add_label(reader *rd, const fp_value *label, const fp_path *path)
{
    fp_selector *term = NULL;

    if (!fp_valid_label_key(label->key)) {
        reject_text(rd, path, label->key, "is not the name of a label");
        return 0;
    }
    if (!is_value(rd->d, label)) {
        reject_text(rd, path, fp_decode_shown(label), "is not the value of a label");
        return 0;
    }
    fp_try(fp_selector_new_eq(label->key, label->text, &term));
    return push_term(rd, term);
}

static int add_labels(reader *rd, const fp_value *map, const fp_path *path)
{
    const fp_value **sorted;
    size_t n = 0;

    /* A label without a value is refused as such, not left out: it was meant to narrow. */
    if (!map)
        return 0;
    if (map->type != FP_VALUE_OBJECT || map->count > rd->d->options.max_list) {
        reject(rd, path, "not a map of labels");
        return 0;
    }
    sorted = fp_arena_array(rd->d->arena, map->count, sizeof(*sorted));
    if (!sorted)
        return FEDPOL_E_NOMEM;
    fp_decode_each (label, map)
        sorted[n++] = label;
    qsort(sorted, n, sizeof(*sorted), compare_keys);
    for (size_t i = 0; i < n; i++)
        fp_try(add_label(rd, sorted[i], path));
    return 0;
}

static int add_set(reader *rd, fp_selector_op op, fp_str key, const fp_value *values,
                   const fp_path *path)
{
    const fp_path values_path = {path, "values", 0};
    fp_selector *term = NULL;
    fp_str *items;
    size_t n = 0;

    if (!fp_value_is(values, FP_VALUE_ARRAY) || values->count == 0 ||
        values->count > rd->d->options.max_list) {
        reject(rd, &values_path, "the operator needs a list of values");
        return 0;
    }
    items = fp_arena_array(rd->d->arena, values->count, sizeof(*items));
    if (!items)
        return FEDPOL_E_NOMEM;
    fp_decode_each (value, values) {
        if (!is_value(rd->d, value))
            reject_text(rd, FP_PATH_AT(&values_path, n), fp_decode_shown(value),
                        "is not the value of a label");
        items[n++] = value->text;
    }
    if (rd->lost)
        return 0;
    fp_try(fp_selector_new_set(op, key, items, n, &term));
    return push_term(rd, term);
}

static int add_presence(reader *rd, bool present, fp_str key, const fp_value *values,
                        const fp_path *path)
{
    fp_selector *has = NULL;
    fp_selector *absent = NULL;
    int r;

    if (values && (values->type != FP_VALUE_ARRAY || values->count > 0)) {
        reject(rd, FP_PATH(path, "values"), "the operator takes no values");
        return 0;
    }
    fp_try(fp_selector_new_has(key, &has));
    if (present)
        return push_term(rd, has);
    r = fp_selector_new_not(has, &absent);
    fp_selector_unref(has);
    fp_try(r);
    return push_term(rd, absent);
}

static int add_expression(reader *rd, const fp_value *expression, const fp_path *path)
{
    static const char *const keys[] = {"key", "operator", "values", NULL};
    fp_str key = fp_value_get_str(expression, "key");
    fp_str op = fp_value_get_str(expression, "operator");
    const fp_value *values = fp_decode_get(expression, "values");
    fp_str unknown;

    if (!fp_decode_keys_known(expression, keys, &unknown)) {
        reject_unknown(rd, path, unknown);
        return 0;
    }
    if (!fp_valid_label_key(key)) {
        reject_text(rd, FP_PATH(path, "key"), key, "is not the name of a label");
        return 0;
    }
    if (fp_str_is(op, "In"))
        return add_set(rd, FP_SEL_IN, key, values, path);
    if (fp_str_is(op, "NotIn"))
        return add_set(rd, FP_SEL_NOT_IN, key, values, path);
    if (fp_str_is(op, "Exists") || fp_str_is(op, "DoesNotExist"))
        return add_presence(rd, fp_str_is(op, "Exists"), key, values, path);
    reject_text(rd, FP_PATH(path, "operator"), op, "is not an operator that is known");
    return 0;
}

static int add_terms(reader *rd, const fp_value *value, const fp_path *path)
{
    static const char *const keys[] = {"matchLabels", "matchExpressions", NULL};
    const fp_path list_path = {path, "matchExpressions", 0};
    const fp_value *list = fp_decode_get(value, "matchExpressions");
    fp_str unknown;
    size_t i = 0;

    if (!fp_decode_keys_known(value, keys, &unknown)) {
        reject_unknown(rd, path, unknown);
        return 0;
    }
    fp_try(add_labels(rd, fp_decode_get(value, "matchLabels"), FP_PATH(path, "matchLabels")));
    if (list && (list->type != FP_VALUE_ARRAY || list->count > rd->d->options.max_list)) {
        reject(rd, &list_path, "not a list of expressions");
        return 0;
    }
    fp_decode_each (expression, list)
        fp_try(add_expression(rd, expression, FP_PATH_AT(&list_path, i++)));
    return 0;
}

int fp_decode_label_selector(fp_decoder *d, const fp_value *value, const fp_path *path,
                             fp_selector *first, fp_selector **ret)
{
    reader rd = {.d = d};
    int r = 0;

    if (first)
        r = push_term(&rd, fp_selector_ref(first));
    if (r == 0)
        r = add_terms(&rd, value, path);
    if (r == 0 && !rd.lost && rd.terms.len > 0)
        r = fp_selector_new_and(rd.terms.items, rd.terms.len, ret);
    for (size_t i = 0; i < rd.terms.len; i++)
        fp_selector_unref(rd.terms.items[i]);
    fp_vec_done(&rd.terms);
    if (r < 0)
        return r;
    return rd.lost ? 1 : 0;
}
