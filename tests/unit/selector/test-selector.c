/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/selector/selector.h"

#include <stdlib.h>

#include <yajl/yajl_tree.h>

#include "tests/support/fp_test.h"

static bool look_up(const void *labels, fp_str name, fp_str *ret_value)
{
    const yajl_val object = (yajl_val)(uintptr_t)labels;

    for (size_t i = 0; i < object->u.object.len; i++) {
        if (fp_str_is(name, object->u.object.keys[i])) {
            *ret_value = fp_str_of(object->u.object.values[i]->u.string);
            return true;
        }
    }
    return false;
}

static yajl_val member(yajl_val object, const char *key, yajl_type type)
{
    const char *path[] = {key, NULL};

    return yajl_tree_get(object, path, type);
}

static void check_accepted(yajl_val line, const fp_selector *selector)
{
    const char *text = member(line, "selector", yajl_t_string)->u.string;
    yajl_val labels = member(line, "labels", yajl_t_object);
    bool match = member(line, "match", yajl_t_true) != NULL;
    char uid[FP_SELECTOR_UID_LEN + 1];
    fp_buf canonical = {0};

    fp_selector_put_canonical(selector, &canonical);
    ck_assert_str(fp_buf_str(&canonical), member(line, "canonical", yajl_t_string)->u.string);
    ck_assert_int_eq(fp_selector_uid(selector, uid), 0);
    ck_assert_str_eq(uid, member(line, "uid", yajl_t_string)->u.string);
    ck_assert_msg(fp_selector_matches(selector, look_up, labels) == match, "%s", text);
    fp_buf_done(&canonical);
}

static void check_vector(const char *json)
{
    char problem[200];
    yajl_val line = yajl_tree_parse(json, problem, sizeof(problem));
    fp_selector *selector = NULL;
    fedpol_error *error = NULL;
    const char *text;
    int r;

    ck_assert_msg(line != NULL, "%s", problem);
    text = member(line, "selector", yajl_t_string)->u.string;
    r = fp_selector_parse(fp_str_of(text), &selector, &error);
    if (member(line, "error", yajl_t_true)) {
        ck_assert_msg(r == FEDPOL_E_PARSE, "accepted: %s", text);
        ck_assert_int_eq(fedpol_error_get_code(error), r);
        ck_assert_int_ge(fedpol_error_get_offset(error), 0);
        ck_assert_int_le(fedpol_error_get_offset(error), (int64_t)strlen(text));
    } else {
        ck_assert_msg(r == 0, "refused: %s: %s", text, fedpol_error_get_message(error));
        check_accepted(line, selector);
    }
    fp_selector_unref(selector);
    fedpol_error_free(error);
    yajl_tree_free(line);
}

START_TEST(every_reference_vector_holds)
{
    char *data = fp_test_read("selector-vectors.jsonl", NULL);
    size_t n = 0;

    for (char *line = data, *next; *line; line = next, n++) {
        next = strchr(line, '\n');
        ck_assert_ptr_nonnull(next);
        *next++ = '\0';
        check_vector(line);
    }
    ck_assert_uint_eq(n, 98);
    free(data);
}
END_TEST

FP_TEST_MAIN("selector/selector", every_reference_vector_holds)
