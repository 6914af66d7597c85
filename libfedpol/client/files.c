/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libfedpol/base/alloc.h"
#include "libfedpol/base/buf.h"
#include "libfedpol/base/error.h"

/* A folder that was entered: by whatever name it is reached again, it is the same. */
typedef struct folder_id {
    dev_t device;
    ino_t inode;
} folder_id;

/* The search goes level by level; `folders` holds the paths in the order they are entered. */
typedef struct search {
    fp_file_list *list;
    fp_path_vec folders;
    FP_VEC(folder_id) seen;
    size_t max;
    fp_file_problem problem;
    void *user;
} search;

static const char *errno_text(int number)
{
    switch (number) {
    case ENOENT:
        return "no such file or folder";
    case ENOTDIR:
        return "not a folder";
    case EACCES:
    case EPERM:
        return "permission denied";
    case ELOOP:
        return "symbolic links go in a circle";
    case EMFILE:
    case ENFILE:
        return "too many open files";
    case ENAMETOOLONG:
        return "the path is too long or too deep";
    case ENOTSUP:
        return "not a regular file";
    default:
        return NULL;
    }
}

int fp_file_error(fedpol_error **ret_error, int number, fp_str path)
{
    fp_cleanup_buf fp_buf name = {0};
    int code = number == ENOENT ? FEDPOL_E_NOT_FOUND : FEDPOL_E_IO;
    const char *text = errno_text(number);

    if (number == ENOMEM)
        return FEDPOL_E_NOMEM;
    fp_buf_put_quoted(&name, path, 512);
    fp_try(fp_buf_error(&name));
    if (!text)
        return fp_error_set(ret_error, code, FP_STR_NULL, -1, "cannot read %s: error number %d",
                            name.data, number);
    return fp_error_set(ret_error, code, FP_STR_NULL, -1, "cannot read %s: %s", name.data, text);
}

static int tell(search *s, const char *path, int number)
{
    fedpol_error *error = NULL;
    int r = fp_file_error(&error, number, fp_str_of(path));

    if (r != FEDPOL_E_NOMEM)
        r = s->problem(s->user, fp_str_of(path), error);
    fedpol_error_free(error);
    return r;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_paths(fp_path_vec *paths)
{
    if (paths->len > 0)
        qsort(paths->items, paths->len, sizeof(char *), compare_paths);
}

static void free_paths(fp_path_vec *paths)
{
    for (size_t i = 0; i < paths->len; i++)
        fp_free(paths->items[i]);
    fp_vec_done(paths);
}

static bool is_manifest(fp_str name)
{
    return fp_str_ends_with(name, FP_STR(".yaml")) || fp_str_ends_with(name, FP_STR(".yml")) ||
           fp_str_ends_with(name, FP_STR(".json"));
}

/* "folder/name", or "name" in the folder "."; NULL if memory is short. */
static char *join(const char *folder, const char *name)
{
    fp_buf path = {0};

    if (strcmp(folder, ".") != 0) {
        fp_buf_puts(&path, folder);
        fp_buf_putc(&path, '/');
    }
    fp_buf_puts(&path, name);
    return fp_buf_steal(&path, NULL);
}

static size_t depth_of(const char *path)
{
    size_t depth = 1;

    for (; *path; path++)
        depth += *path == '/';
    return depth;
}

/* Takes PATH over in any case. */
static int keep(fp_path_vec *to, size_t max, char *path)
{
    if (to->len >= max) {
        fp_free(path);
        return FEDPOL_E_LIMIT;
    }
    if (fp_vec_push(to, path) < 0) {
        fp_free(path);
        return FEDPOL_E_NOMEM;
    }
    return 0;
}

static int look_at(search *s, int folder_fd, const char *folder, const char *name)
{
    struct stat status;
    bool manifest = is_manifest(fp_str_of(name));
    int number = fstatat(folder_fd, name, &status, 0) < 0 ? errno : 0;
    char *path;
    int r;

    if (!manifest && (number || !S_ISDIR(status.st_mode)))
        return 0;
    path = join(folder, name);
    if (!path)
        return FEDPOL_E_NOMEM;
    if (number == 0 && S_ISDIR(status.st_mode)) {
        if (depth_of(path) <= FP_FILES_MAX_DEPTH)
            return keep(&s->folders, FP_FILES_MAX_FOLDERS, path);
        number = ENAMETOOLONG;
    } else if (number == 0) {
        if (S_ISREG(status.st_mode))
            return keep(&s->list->paths, s->max, path);
        number = ENOTSUP;
    }
    r = tell(s, path, number);
    fp_free(path);
    return r;
}

static int read_names(search *s, DIR *dir, const char *folder, fp_path_vec *ret)
{
    for (;;) {
        const struct dirent *entry;
        char *name;

        errno = 0;
        entry = readdir(dir);
        if (!entry)
            return errno ? tell(s, folder, errno) : 0;
        if (entry->d_name[0] == '.')
            continue;
        name = fp_str_dup(fp_str_of(entry->d_name));
        if (!name)
            return FEDPOL_E_NOMEM;
        fp_try(keep(ret, s->max + FP_FILES_MAX_FOLDERS, name));
    }
}

/* In the order of the names, so that what is told and entered first never depends on the disk. */
static int read_entries(search *s, DIR *dir, const char *folder)
{
    fp_path_vec names = {0};
    int r = read_names(s, dir, folder, &names);

    sort_paths(&names);
    for (size_t i = 0; r == 0 && i < names.len; i++)
        r = look_at(s, dirfd(dir), folder, names.items[i]);
    free_paths(&names);
    return r;
}

static bool was_seen(search *s, const folder_id *id)
{
    for (size_t i = 0; i < s->seen.len; i++)
        if (s->seen.items[i].device == id->device && s->seen.items[i].inode == id->inode)
            return true;
    return false;
}

static int enter(search *s, const char *folder)
{
    folder_id id = {0};
    struct stat status;
    DIR *dir;
    int r;
    int fd = openat(s->list->root, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return tell(s, folder, errno);
    if (fstat(fd, &status) == 0)
        id = (folder_id){status.st_dev, status.st_ino};
    r = was_seen(s, &id) ? 1 : fp_vec_push(&s->seen, id);
    dir = r == 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        if (r == 0)
            r = tell(s, folder, errno);
        (void)close(fd);
        return r < 0 ? r : 0;
    }
    r = read_entries(s, dir, folder);
    (void)closedir(dir);
    return r;
}

static int run(search *s)
{
    char *top = fp_str_dup(FP_STR("."));

    if (!top)
        return FEDPOL_E_NOMEM;
    fp_try(keep(&s->folders, FP_FILES_MAX_FOLDERS, top));
    for (size_t i = 0; i < s->folders.len; i++)
        fp_try(enter(s, s->folders.items[i]));
    sort_paths(&s->list->paths);
    return 0;
}

int fp_file_list_open(fp_file_list *ret, const char *path, fedpol_error **ret_error)
{
    *ret = (fp_file_list){.root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    return ret->root < 0 ? fp_file_error(ret_error, errno, fp_str_of(path)) : 0;
}

int fp_file_list_search(fp_file_list *list, size_t max, fp_file_problem problem, void *user,
                        fedpol_error **ret_error)
{
    search s = {.list = list, .max = max, .problem = problem, .user = user};
    int r = run(&s);

    free_paths(&s.folders);
    fp_vec_done(&s.seen);
    if (r == FEDPOL_E_LIMIT)
        r = fp_error_set(ret_error, r, FP_STR_NULL, -1,
                         "the folder has more than %zu files or %u sub-folders", max,
                         FP_FILES_MAX_FOLDERS);
    return r;
}

void fp_file_list_done(fp_file_list *list)
{
    free_paths(&list->paths);
    if (list->root >= 0)
        (void)close(list->root);
    *list = (fp_file_list){.root = -1};
}
