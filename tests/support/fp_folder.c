/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fp_folder.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void fp_folder_make(fp_folder *folder)
{
    (void)snprintf(folder->path, sizeof(folder->path), "%s", "/tmp/fedpol-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder->path));
}

void fp_folder_remove(fp_folder *folder)
{
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf '%s'", folder->path);
    ck_assert_int_eq(system(command), 0);
}

void fp_folder_sub(const fp_folder *folder, const char *name)
{
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/%s", folder->path, name);
    ck_assert_int_eq(mkdir(path, 0700), 0);
}

void fp_folder_put(const fp_folder *folder, const char *name, const char *text)
{
    char path[512];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", folder->path, name);
    file = fopen(path, "w");
    ck_assert_msg(file != NULL, "cannot write %s", path);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

void fp_folder_link(const fp_folder *folder, const char *name, const char *target)
{
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/%s", folder->path, name);
    ck_assert_int_eq(symlink(target, path), 0);
}
