/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_CLIENT_MANIFESTS_H
#define FP_CLIENT_MANIFESTS_H

/*
 * A folder of manifests as a source of objects: every file of files.h, read one after the other,
 * JSON in chunks, YAML file by file. What can't be read is told and skipped; the rest goes on.
 */

#include "libfedpol/wire/object_stream.h"

typedef struct fp_manifest_limits {
    fp_wire_limits wire;
    uint64_t max_file_bytes;
    uint64_t max_files;
} fp_manifest_limits;

/* As fp_wire_sink, with the place in words (origin.h). A negative return ends the reading with that
   code. WHERE is never NULL; it is all zeros if the file as a whole is the trouble. */
typedef struct fp_manifest_sink {
    /* The folder is there, reading begins. */
    void (*begin)(void *user);
    int (*object)(void *user, const fp_wire_object *object, fp_str origin);
    int (*bad)(void *user, const fp_wire_object *where, const fedpol_error *error, fp_str origin);
    void *user;
} fp_manifest_sink;

/*
 * 0, also if files were bad; FEDPOL_E_NOT_FOUND, FEDPOL_E_IO: the folder itself can't be read;
 * FEDPOL_E_LIMIT: too many files; FEDPOL_E_NOMEM; or what the sink returned.
 */
int fp_manifests_read(const char *path, const fp_manifest_limits *limits,
                      const fp_manifest_sink *sink, fedpol_error **ret_error);

#endif
