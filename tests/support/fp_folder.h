/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_FOLDER_H
#define FP_FOLDER_H

/* A folder of its own for a test, with what the test puts into it. Paths are relative to it. */

typedef struct fp_folder {
    char path[64];
} fp_folder;

void fp_folder_make(fp_folder *folder);
void fp_folder_remove(fp_folder *folder);
void fp_folder_sub(const fp_folder *folder, const char *name);
void fp_folder_put(const fp_folder *folder, const char *name, const char *text);
void fp_folder_link(const fp_folder *folder, const char *name, const char *target);

#endif
