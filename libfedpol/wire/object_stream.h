/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_WIRE_OBJECT_STREAM_H
#define FP_WIRE_OBJECT_STREAM_H

/*
 * Bytes in chunks of any size become objects, one at a time: a single Kubernetes object, a List of
 * any size, or watch events one after the other. Keys come in any order. A path-directed scan
 * copies the members that model/ can use (keep.h) to yajl and skips the rest raw, so that memory is
 * that of one reduced object. yajl runs in its cage (docs/internals/wire.md).
 *
 * One bad object (nested too deep, a duplicate key, a NUL in a string, too large) costs that object
 * alone: `bad` is called with the reason and as much of its identity as was read, and the stream
 * goes on. Bytes that are not JSON end the stream with an error; objects that were complete before
 * have been delivered.
 */

#include <fedpol/error.h>

#include "libfedpol/wire/value.h"

typedef enum fp_watch_type {
    FP_WATCH_NONE, /* a plain object or an item of a List */
    FP_WATCH_ADDED,
    FP_WATCH_MODIFIED,
    FP_WATCH_DELETED,
    FP_WATCH_BOOKMARK,
    FP_WATCH_ERROR, /* the object is a Status */
} fp_watch_type;

typedef struct fp_wire_object {
    fp_watch_type type;
    /* Of the object itself, else those of its List without "List" ("PodList" gives "Pod"), else
       the caller's hint. May be empty. */
    fp_str api_version;
    fp_str kind;
    const fp_value *value; /* valid during the call only; never NULL, always an OBJECT */
    bool in_list;
    uint32_t document; /* YAML: number of the document in the file, from 1; JSON: 0 */
    uint32_t line;     /* YAML: line where the object begins, from 1; JSON: 0 */
    uint64_t offset;   /* JSON: byte of the whole stream where the object begins */
} fp_wire_object;

typedef struct fp_wire_limits {
    uint32_t max_depth;          /* 64 */
    uint64_t max_object_bytes;   /* raw bytes of one object: 8 MiB */
    uint64_t max_reduced_bytes;  /* kept bytes of one object: 4 MiB */
    uint32_t max_members;        /* of one object or array: 200,000 */
    uint64_t max_deferred_bytes; /* items that wait for the kind of their List: 16 MiB */
} fp_wire_limits;

extern const fp_wire_limits fp_wire_default_limits;

typedef struct fp_wire_sink {
    /* A negative return ends the stream with that code. */
    int (*object)(void *user, const fp_wire_object *object);
    /* WHERE carries what is known of the object (value may be NULL); ERROR is borrowed. */
    int (*bad)(void *user, const fp_wire_object *where, const fedpol_error *error);
    void *user;
} fp_wire_sink;

typedef struct fp_object_stream fp_object_stream;

/* Hints are used for objects without kind of their own; may be empty; copied. */
int fp_object_stream_new(const fp_wire_limits *limits, const fp_wire_sink *sink,
                         fp_str hint_api_version, fp_str hint_kind, fp_object_stream **ret);
fp_object_stream *fp_object_stream_free(fp_object_stream *stream);
/* After a failure only fp_object_stream_free() may follow. */
int fp_object_stream_feed(fp_object_stream *stream, const void *data, size_t len,
                          fedpol_error **ret_error);
/* Says that no more bytes come; FEDPOL_E_PARSE if an object or List is incomplete. */
int fp_object_stream_end(fp_object_stream *stream, fedpol_error **ret_error);
/* metadata of the List, valid until the stream is freed; empty if not seen (yet). */
fp_str fp_object_stream_resource_version(const fp_object_stream *stream);
fp_str fp_object_stream_continue(const fp_object_stream *stream);

/*
 * The same for a buffer of YAML: every document, Lists opened. Anchors and aliases are refused.
 * Scalars are typed as sigs.k8s.io/yaml does (yes/on are booleans, 010 is octal...). A document
 * that can't be read is reported through `bad` and ends the stream, as YAML has no way to find the
 * next one for sure; FEDPOL_E_PARSE then.
 */
int fp_yaml_read(const void *data, size_t len, const fp_wire_limits *limits,
                 const fp_wire_sink *sink, fedpol_error **ret_error);

/* One JSON text (an annotation's value) as a tree, nothing skipped. */
int fp_json_parse(fp_str text, const fp_wire_limits *limits, fp_arena *arena, fp_value **ret,
                  fedpol_error **ret_error);

#endif
