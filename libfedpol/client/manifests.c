/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/client/manifests.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libfedpol/base/alloc.h"
#include "libfedpol/base/error.h"
#include "libfedpol/client/files.h"
#include "libfedpol/client/origin.h"

#define CHUNK 65536u

typedef struct reader {
    const fp_manifest_limits *limits;
    const fp_manifest_sink *sink;
    int root;
    fp_str path;    /* of the file that is being read */
    fp_buf origin;  /* scratch */
    fp_buf content; /* scratch: a chunk, or a whole file */
    int sink_error; /* what the sink returned, if that ended the file */
    bool told;      /* something of the file was reported */
} reader;

static int set_origin(reader *r, const fp_wire_object *object)
{
    fp_buf_clear(&r->origin);
    fp_origin_put(&r->origin, r->path, object);
    return fp_buf_error(&r->origin);
}

static int take_object(void *user, const fp_wire_object *object)
{
    reader *r = user;

    r->sink_error = set_origin(r, object);
    if (r->sink_error == 0)
        r->sink_error = r->sink->object(r->sink->user, object, fp_buf_str(&r->origin));
    return r->sink_error;
}

static int take_bad(void *user, const fp_wire_object *where, const fedpol_error *error)
{
    static const fp_wire_object nowhere;
    reader *r = user;

    r->told = true;
    r->sink_error = set_origin(r, where);
    if (r->sink_error == 0)
        r->sink_error =
            r->sink->bad(r->sink->user, where ? where : &nowhere, error, fp_buf_str(&r->origin));
    return r->sink_error;
}

/* A file, or what is left of it, can't be read: told, unless it was told or is not its fault. */
static int tell(reader *r, int code, const fedpol_error *error)
{
    if (r->sink_error < 0)
        return r->sink_error;
    if (code == FEDPOL_E_NOMEM || !error)
        return code;
    return take_bad(r, NULL, error);
}

static int tell_file_problem(void *user, fp_str path, const fedpol_error *error)
{
    reader *r = user;

    r->path = path;
    return tell(r, fedpol_error_get_code(error), error);
}

static fp_wire_sink wire_sink(reader *r)
{
    return (fp_wire_sink){take_object, take_bad, r};
}

/* Reads up to MAX bytes behind what CONTENT has; 0 at the end of the file. */
static int read_more(reader *r, int fd, size_t max, size_t *ret_n, fedpol_error **ret_error)
{
    ssize_t n;

    fp_try(fp_buf_reserve(&r->content, max));
    do
        n = read(fd, r->content.data + r->content.len, max);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return fp_file_error(ret_error, errno, r->path);
    r->content.len += (size_t)n;
    *ret_n = (size_t)n;
    return 0;
}

static int too_large(const reader *r, fedpol_error **ret_error)
{
    return fp_error_set(ret_error, FEDPOL_E_TOO_LONG, FP_STR_NULL, -1,
                        "the file has more than %llu bytes",
                        (unsigned long long)r->limits->max_file_bytes);
}

static int stream_chunks(reader *r, int fd, fp_object_stream *stream, fedpol_error **ret_error)
{
    uint64_t total = 0;
    size_t n = 0;

    do {
        fp_buf_clear(&r->content);
        fp_try(read_more(r, fd, CHUNK, &n, ret_error));
        total += n;
        if (total > r->limits->max_file_bytes)
            return too_large(r, ret_error);
        if (n > 0)
            fp_try(fp_object_stream_feed(stream, r->content.data, n, ret_error));
    } while (n > 0);
    return fp_object_stream_end(stream, ret_error);
}

static int read_json(reader *r, int fd)
{
    const fp_wire_sink sink = wire_sink(r);
    fp_object_stream *stream = NULL;
    fedpol_error *error = NULL;
    int code;

    fp_try(fp_object_stream_new(&r->limits->wire, &sink, FP_STR_NULL, FP_STR_NULL, &stream));
    code = stream_chunks(r, fd, stream, &error);
    fp_object_stream_free(stream);
    if (code < 0)
        code = tell(r, code, error);
    fedpol_error_free(error);
    return code;
}

static int read_whole(reader *r, int fd, fedpol_error **ret_error)
{
    size_t n;

    fp_buf_clear(&r->content);
    do {
        fp_try(read_more(r, fd, CHUNK, &n, ret_error));
        if (r->content.len > r->limits->max_file_bytes)
            return too_large(r, ret_error);
    } while (n > 0);
    return 0;
}

static int read_yaml(reader *r, int fd)
{
    const fp_wire_sink sink = wire_sink(r);
    fedpol_error *error = NULL;
    int code = read_whole(r, fd, &error);

    if (code == 0) {
        code = fp_yaml_read(r->content.data, r->content.len, &r->limits->wire, &sink, &error);
        /* The YAML reader has told of the document that it gave up at. */
        if (code < 0 && code != FEDPOL_E_NOMEM && r->sink_error == 0 && r->told)
            code = 0;
    }
    if (code < 0)
        code = tell(r, code, error);
    fedpol_error_free(error);
    return code;
}

/* Never waits, whatever the file turns out to be. */
static int open_file(reader *r, int *ret_fd, fedpol_error **ret_error)
{
    struct stat status;
    int fd = openat(r->root, r->path.ptr, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return fp_file_error(ret_error, errno, r->path);
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
        (void)close(fd);
        return fp_error_set(ret_error, FEDPOL_E_IO, FP_STR_NULL, -1, "not a regular file");
    }
    *ret_fd = fd;
    return 0;
}

static int read_file(reader *r, const char *path)
{
    fedpol_error *error = NULL;
    int fd = -1;
    int code;

    r->path = fp_str_of(path);
    r->sink_error = 0;
    r->told = false;
    code = open_file(r, &fd, &error);
    if (code < 0) {
        code = tell(r, code, error);
        fedpol_error_free(error);
        return code;
    }
    if (fp_str_ends_with(r->path, FP_STR(".json")))
        code = read_json(r, fd);
    else
        code = read_yaml(r, fd);
    (void)close(fd);
    return code;
}

static int read_all(reader *r, fp_file_list *files, fedpol_error **ret_error)
{
    uint64_t max = r->limits->max_files;

    r->sink->begin(r->sink->user);
    r->root = files->root;
    fp_try(fp_file_list_search(files, max < SIZE_MAX ? (size_t)max : SIZE_MAX, tell_file_problem, r,
                               ret_error));
    for (size_t i = 0; i < files->paths.len; i++)
        fp_try(read_file(r, files->paths.items[i]));
    return 0;
}

int fp_manifests_read(const char *path, const fp_manifest_limits *limits,
                      const fp_manifest_sink *sink, fedpol_error **ret_error)
{
    reader r = {.limits = limits, .sink = sink};
    fp_file_list files;
    int code = fp_file_list_open(&files, path, ret_error);

    if (code == 0)
        code = read_all(&r, &files, ret_error);
    fp_file_list_done(&files);
    fp_buf_done(&r.origin);
    fp_buf_done(&r.content);
    return code;
}
