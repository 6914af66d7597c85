/* SPDX-License-Identifier: Apache-2.0 */

/* Runs a fuzz target over every file of the folders and files that are given: no libFuzzer needed.
 */

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

static size_t inputs;

static int run_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(size ? size : 1);
    int r = -1;

    if (file && data && fread(data, 1, size, file) == size) {
        (void)LLVMFuzzerTestOneInput(data, size);
        inputs++;
        r = 0;
    }
    if (file)
        (void)fclose(file);
    free(data);
    return r;
}

static int run_path(const char *path);

static int run_folder(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    int r = folder ? 0 : -1;

    while (r == 0 && (entry = readdir(folder)) != NULL) {
        char name[4096];

        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        r = run_path(name);
    }
    if (folder)
        (void)closedir(folder);
    return r;
}

static int run_path(const char *path)
{
    struct stat info;

    if (stat(path, &info) < 0)
        return -1;
    return S_ISDIR(info.st_mode) ? run_folder(path) : run_file(path, (size_t)info.st_size);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (run_path(argv[i]) < 0) {
            (void)fprintf(stderr, "cannot read %s\n", argv[i]);
            return EXIT_FAILURE;
        }
    }
    printf("%zu inputs\n", inputs);
    return inputs ? EXIT_SUCCESS : EXIT_FAILURE;
}
