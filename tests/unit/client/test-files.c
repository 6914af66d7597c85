/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/files.h"

#include <stdio.h>

#include "libfedpol/base/buf.h"
#include "tests/support/fp_folder.h"
#include "tests/support/fp_test.h"

/* What the search found, "path;" each, and what it could not read, "!path;" each. */
typedef struct found {
    fp_buf text;
} found;

static int note_problem(void *user, fp_str path, const fedpol_error *error)
{
    found *f = user;

    ck_assert_int_lt(fedpol_error_get_code(error), 0);
    fp_buf_putc(&f->text, '!');
    fp_buf_add(&f->text, path);
    fp_buf_putc(&f->text, ';');
    return fp_buf_error(&f->text);
}

static int search(const char *path, size_t max, found *ret)
{
    fp_file_list list;
    int r = fp_file_list_open(&list, path, NULL);

    if (r == 0)
        r = fp_file_list_search(&list, max, note_problem, ret, NULL);
    for (size_t i = 0; r == 0 && i < list.paths.len; i++) {
        fp_buf_puts(&ret->text, list.paths.items[i]);
        fp_buf_putc(&ret->text, ';');
        r = fp_buf_error(&ret->text);
    }
    fp_file_list_done(&list);
    return r;
}

static void check_found(const fp_folder *folder, const char *expected)
{
    found f = {{0}};

    ck_assert_int_eq(search(folder->path, 100, &f), 0);
    ck_assert_str(fp_buf_str(&f.text), expected);
    fp_buf_done(&f.text);
}

START_TEST(paths_come_in_the_order_of_bytes)
{
    fp_folder folder;

    fp_folder_make(&folder);
    fp_folder_sub(&folder, "b");
    fp_folder_sub(&folder, "b/c");
    fp_folder_put(&folder, "z.yaml", "");
    fp_folder_put(&folder, "b/c/x.json", "");
    fp_folder_put(&folder, "b/y.yml", "");
    fp_folder_put(&folder, "b.yaml", "");
    fp_folder_put(&folder, "B.yaml", "");
    fp_folder_put(&folder, "notes.md", "");
    fp_folder_put(&folder, ".hidden.yaml", "");
    check_found(&folder, "B.yaml;b.yaml;b/c/x.json;b/y.yml;z.yaml;");
    fp_folder_remove(&folder);
}
END_TEST

START_TEST(a_mounted_config_map_is_read_once)
{
    fp_folder folder;

    fp_folder_make(&folder);
    fp_folder_sub(&folder, "..2026_01_01");
    fp_folder_put(&folder, "..2026_01_01/a.yaml", "");
    fp_folder_link(&folder, "..data", "..2026_01_01");
    fp_folder_link(&folder, "a.yaml", "..data/a.yaml");
    check_found(&folder, "a.yaml;");
    fp_folder_remove(&folder);
}
END_TEST

START_TEST(of_two_names_of_a_folder_the_first_is_taken_and_circles_end)
{
    fp_folder folder;

    fp_folder_make(&folder);
    fp_folder_sub(&folder, "m");
    fp_folder_put(&folder, "m/a.yaml", "");
    fp_folder_link(&folder, "z", "m");
    fp_folder_link(&folder, "k", "m");
    fp_folder_link(&folder, "m/back", "../m");
    fp_folder_link(&folder, "m/top", "..");
    check_found(&folder, "k/a.yaml;");
    fp_folder_remove(&folder);
}
END_TEST

START_TEST(links_to_nowhere_are_told_if_they_look_like_manifests)
{
    fp_folder folder;

    fp_folder_make(&folder);
    fp_folder_link(&folder, "a.yaml", "nowhere");
    fp_folder_link(&folder, "b", "nowhere");
    fp_folder_link(&folder, "c.json", "c.json");
    fp_folder_put(&folder, "d.yaml", "");
    check_found(&folder, "!a.yaml;!c.json;d.yaml;");
    fp_folder_remove(&folder);
}
END_TEST

START_TEST(folders_that_are_too_deep_are_told)
{
    fp_folder folder;
    char path[2 * FP_FILES_MAX_DEPTH + 8] = "a";
    found f = {{0}};

    fp_folder_make(&folder);
    for (size_t i = 0; i <= FP_FILES_MAX_DEPTH; i++) {
        fp_folder_sub(&folder, path);
        (void)snprintf(path + 2 * i + 1, sizeof(path) - 2 * i - 1, "/a");
    }
    ck_assert_int_eq(search(folder.path, 100, &f), 0);
    ck_assert_uint_eq(f.text.len, 2 * FP_FILES_MAX_DEPTH + 3);
    ck_assert(f.text.data[0] == '!');
    fp_buf_done(&f.text);
    fp_folder_remove(&folder);
}
END_TEST

START_TEST(more_files_than_allowed_are_refused)
{
    fp_folder folder;
    found f = {{0}};

    fp_folder_make(&folder);
    fp_folder_put(&folder, "a.yaml", "");
    fp_folder_put(&folder, "b.yaml", "");
    ck_assert_int_eq(search(folder.path, 2, &f), 0);
    ck_assert_int_eq(search(folder.path, 1, &f), FEDPOL_E_LIMIT);
    fp_buf_done(&f.text);
    fp_folder_remove(&folder);
}
END_TEST

START_TEST(a_folder_that_is_none_is_an_error)
{
    fp_folder folder;
    found f = {{0}};

    fp_folder_make(&folder);
    fp_folder_put(&folder, "a.yaml", "");
    ck_assert_int_eq(search("/nowhere/at/all", 1, &f), FEDPOL_E_NOT_FOUND);
    ck_assert_int_eq(search("/proc/self/status", 1, &f), FEDPOL_E_IO);
    fp_buf_done(&f.text);
    fp_folder_remove(&folder);
}
END_TEST

static int search_again(void *user)
{
    found f = {{0}};
    int r = search(((fp_folder *)user)->path, 100, &f);

    fp_buf_done(&f.text);
    return r;
}

START_TEST(out_of_memory_is_told_and_leaks_nothing)
{
    fp_folder folder;

    fp_folder_make(&folder);
    fp_folder_sub(&folder, "b");
    fp_folder_put(&folder, "b/a.yaml", "");
    fp_folder_link(&folder, "c.yaml", "nowhere");
    fp_test_oom(search_again, &folder);
    fp_folder_remove(&folder);
}
END_TEST

FP_TEST_MAIN("client/files", paths_come_in_the_order_of_bytes, a_mounted_config_map_is_read_once,
             of_two_names_of_a_folder_the_first_is_taken_and_circles_end,
             links_to_nowhere_are_told_if_they_look_like_manifests,
             folders_that_are_too_deep_are_told, more_files_than_allowed_are_refused,
             a_folder_that_is_none_is_an_error, out_of_memory_is_told_and_leaks_nothing)
