/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/manifests.h"

#include <stdio.h>
#include <stdlib.h>

#include "libfedpol/base/buf.h"
#include "tests/support/fp_folder.h"
#include "tests/support/fp_test.h"

/* What was read, one line each: "kind name @ origin", or "bad @ origin". */
typedef struct record {
    fp_buf text;
    size_t began;
    int object_result;
} record;

static void begin(void *user)
{
    ((record *)user)->began++;
}

static int object(void *user, const fp_wire_object *object, fp_str origin)
{
    record *l = user;
    fp_str name = fp_value_get_str(fp_value_get(object->value, "metadata"), "name");

    fp_buf_add(&l->text, object->kind);
    fp_buf_putc(&l->text, ' ');
    fp_buf_add(&l->text, name);
    fp_buf_puts(&l->text, " @ ");
    fp_buf_add(&l->text, origin);
    fp_buf_putc(&l->text, '\n');
    return l->object_result ? l->object_result : fp_buf_error(&l->text);
}

static int bad(void *user, const fp_wire_object *where, const fedpol_error *error, fp_str origin)
{
    record *l = user;

    ck_assert_ptr_nonnull(where);
    ck_assert_int_lt(fedpol_error_get_code(error), 0);
    fp_buf_puts(&l->text, "bad @ ");
    fp_buf_add(&l->text, origin);
    fp_buf_putc(&l->text, '\n');
    return fp_buf_error(&l->text);
}

static int read_all(const char *path, uint64_t max_bytes, record *ret)
{
    const fp_manifest_limits limits = {fp_wire_default_limits, max_bytes, 100};
    const fp_manifest_sink sink = {begin, object, bad, ret};

    return fp_manifests_read(path, &limits, &sink, NULL);
}

static void check_log(const fp_folder *folder, uint64_t max_bytes, const char *expected)
{
    record l = {0};

    ck_assert_int_eq(read_all(folder->path, max_bytes, &l), 0);
    ck_assert_uint_eq(l.began, 1);
    ck_assert_str(fp_buf_str(&l.text), expected);
    fp_buf_done(&l.text);
}

START_TEST(documents_lists_and_json_come_with_their_places)
{
    fp_folder folder;

    fp_folder_make(&folder);
    fp_folder_put(&folder, "a.yaml",
                  "kind: Pod\nmetadata: {name: a}\n---\nkind: Pod\nmetadata: {name: b}\n");
    fp_folder_put(&folder, "b.json",
                  "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"c\"}}\n"
                  "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"d\"}}\n");
    fp_folder_put(&folder, "c.yml", "");
    check_log(&folder, 1000,
              "Pod a @ a.yaml: document 1, line 1\nPod b @ a.yaml: document 2, line 4\n"
              "Pod c @ b.json: byte 0\nPod d @ b.json: byte 39\n");
    fp_folder_remove(&folder);
}
END_TEST

START_TEST(a_bad_file_is_told_once_and_the_rest_is_read)
{
    fp_folder folder;

    fp_folder_make(&folder);
    fp_folder_put(&folder, "a.yaml", "kind: Pod\nmetadata: {name: a}\n---\nkind: [\n");
    fp_folder_put(&folder, "b.json", "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"c\"}} nonsense");
    fp_folder_put(&folder, "c.json", "{\"kind\":");
    fp_folder_link(&folder, "d.yaml", "nowhere");
    fp_folder_put(&folder, "e.yaml", "kind: Pod\nmetadata: {name: e}\n");
    check_log(&folder, 1000,
              "bad @ d.yaml\nPod a @ a.yaml: document 1, line 1\n"
              "bad @ a.yaml: document 2, line 4\nPod c @ b.json: byte 0\nbad @ b.json\n"
              "bad @ c.json\nPod e @ e.yaml: document 1, line 1\n");
    fp_folder_remove(&folder);
}
END_TEST

START_TEST(a_file_that_is_too_large_is_told)
{
    fp_folder folder;

    fp_folder_make(&folder);
    fp_folder_put(&folder, "a.yaml", "kind: Pod\nmetadata: {name: a}\n");
    fp_folder_put(&folder, "b.json", "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"c\"}}");
    check_log(&folder, 30, "Pod a @ a.yaml: document 1, line 1\nbad @ b.json\n");
    check_log(&folder, 29, "bad @ a.yaml\nbad @ b.json\n");
    fp_folder_remove(&folder);
}
END_TEST

START_TEST(a_json_file_may_be_larger_than_any_buffer)
{
    const size_t n = 5000;
    const size_t size = n * 64;
    char *text = malloc(size);
    size_t used = 0;
    fp_folder folder;
    record l = {0};

    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(text + used, size - used,
                                 "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p%zu\"}}\n", i);
    fp_folder_make(&folder);
    fp_folder_put(&folder, "a.json", text);
    ck_assert_int_eq(read_all(folder.path, size, &l), 0);
    ck_assert(fp_str_contains(fp_buf_str(&l.text), FP_STR("Pod p4999 @ a.json")));
    fp_buf_done(&l.text);
    fp_folder_remove(&folder);
    free(text);
}
END_TEST

START_TEST(a_sink_that_gives_up_ends_it)
{
    fp_folder folder;
    record l = {.object_result = FEDPOL_E_LIMIT};

    fp_folder_make(&folder);
    fp_folder_put(&folder, "a.yaml", "kind: Pod\nmetadata: {name: a}\n");
    fp_folder_put(&folder, "b.yaml", "kind: Pod\nmetadata: {name: b}\n");
    ck_assert_int_eq(read_all(folder.path, 1000, &l), FEDPOL_E_LIMIT);
    ck_assert_str(fp_buf_str(&l.text), "Pod a @ a.yaml: document 1, line 1\n");
    fp_buf_done(&l.text);
    fp_folder_remove(&folder);
}
END_TEST

START_TEST(a_missing_folder_begins_nothing)
{
    record l = {0};

    ck_assert_int_eq(read_all("/nowhere/at/all", 1000, &l), FEDPOL_E_NOT_FOUND);
    ck_assert_uint_eq(l.began, 0);
}
END_TEST

static int read_again(void *user)
{
    record l = {0};
    int r = read_all(((fp_folder *)user)->path, 1000, &l);

    fp_buf_done(&l.text);
    return r;
}

START_TEST(out_of_memory_is_told_and_leaks_nothing)
{
    fp_folder folder;

    fp_folder_make(&folder);
    fp_folder_put(&folder, "a.yaml", "kind: Pod\nmetadata: {name: a}\n---\nkind: [\n");
    fp_folder_put(&folder, "b.json", "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"c\"}} nonsense");
    fp_folder_link(&folder, "d.yaml", "nowhere");
    fp_test_oom(read_again, &folder);
    fp_folder_remove(&folder);
}
END_TEST

FP_TEST_MAIN("client/manifests", documents_lists_and_json_come_with_their_places,
             a_bad_file_is_told_once_and_the_rest_is_read, a_file_that_is_too_large_is_told,
             a_json_file_may_be_larger_than_any_buffer, a_sink_that_gives_up_ends_it,
             a_missing_folder_begins_nothing, out_of_memory_is_told_and_leaks_nothing)
