/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/wire/object_stream.h"

#include "libfedpol/base/error.h"
#include "libfedpol/wire/cage.h"
#include "libfedpol/wire/emit.h"
#include "libfedpol/wire/scan.h"
#include "libfedpol/wire/stream_internal.h"

/* What one large object made the arena grow to is given back after it. */
#define KEPT_MEMORY (256u << 10)

/* An item that waits for the kind of its List: its reduced text in `waiting_texts`. */
typedef struct waiting_item {
    size_t begin;
    size_t len;
    uint64_t offset;
} waiting_item;

struct fp_object_stream {
    fp_scan scan;
    fp_cage *cage;
    fp_emit emit;
    fp_arena arena;      /* the tree of the present object */
    fp_arena list_arena; /* the tree of the outermost object */
    fp_buf hint_api_version;
    fp_buf hint_kind;
    fp_buf resource_version;
    fp_buf token;           /* of the next page */
    bool in_list;           /* the outermost object has items */
    bool has_event;         /* the outermost object has the object of a watch event */
    bool seen;              /* there was an object */
    bool dead;              /* after a failure */
    fp_wire_fault fatal;    /* a failure that is ours, not the sink's */
    fp_wire_object culprit; /* what it is about */
    FP_VEC(waiting_item) waiting;
    fp_buf waiting_texts;
};

static void reset_arena(fp_arena *arena)
{
    if (arena->total > KEPT_MEMORY)
        fp_arena_done(arena);
    fp_arena_reset(arena);
}

/* --- one object --- */

static int fail(fp_object_stream *stream, const fp_wire_fault *fault, const fp_wire_object *culprit)
{
    stream->fatal = *fault;
    stream->culprit = *culprit;
    return fault->code;
}

/* The object with the reduced TEXT has a FAULT: reports it, or ends the stream if the text isn't
   JSON at all. */
static int refuse(fp_object_stream *stream, fp_str text, const fp_wire_fault *fault,
                  fp_wire_object *object)
{
    fp_value *identity;

    if (fault->code == FEDPOL_E_NOMEM)
        return FEDPOL_E_NOMEM;
    fp_try(fp_cage_identify(stream->cage, text, &stream->arena, &identity));
    if (fault->code == FEDPOL_E_PARSE) {
        object->value = identity;
        return fail(stream, fault, object);
    }
    return fp_emit_bad(&stream->emit, identity, object, fault);
}

/* Reads what was scanned of an object. 1 and a tree; 0 if it was refused and reported; or a
   failure. */
static int read_object(fp_object_stream *stream, const fp_scan_object *scanned, fp_arena *arena,
                       bool borrow, fp_wire_object *object, const fp_value **ret)
{
    fp_str text = fp_buf_str(&scanned->text);
    fp_wire_fault fault;
    fp_value *value;

    fp_try(fp_buf_error(&scanned->text));
    reset_arena(arena);
    if (scanned->fault.code) {
        fault = scanned->fault;
        fault.offset = scanned->offset;
        return refuse(stream, text, &fault, object);
    }
    if (fp_cage_parse(stream->cage, text, arena, borrow, &value, &fault) < 0) {
        fault.offset = fp_scan_offset(scanned, fault.offset);
        return refuse(stream, text, &fault, object);
    }
    *ret = value;
    return 1;
}

static int defer(fp_object_stream *stream, const fp_scan_object *scanned,
                 const fp_wire_object *object)
{
    fp_str text = fp_buf_str(&scanned->text);
    waiting_item item = {stream->waiting_texts.len, text.len, scanned->offset};
    uint64_t used = stream->waiting_texts.len + stream->waiting.len * sizeof(item);

    if (used + text.len + sizeof(item) > stream->scan.limits.max_deferred_bytes) {
        const fp_wire_fault fault = {
            .code = FEDPOL_E_LIMIT,
            .reason = "too many items stand before the kind of their List",
            .offset = scanned->offset,
        };

        return fail(stream, &fault, object);
    }
    fp_buf_add(&stream->waiting_texts, text);
    fp_try(fp_buf_error(&stream->waiting_texts));
    return fp_vec_push(&stream->waiting, item);
}

static int flush_waiting(fp_object_stream *stream)
{
    for (size_t i = 0; i < stream->waiting.len; i++) {
        const waiting_item *item = &stream->waiting.items[i];
        fp_str text = fp_str_n(stream->waiting_texts.data + item->begin, item->len);
        fp_wire_object object = {.in_list = true, .offset = item->offset};
        fp_wire_fault fault;
        fp_value *value;

        reset_arena(&stream->arena);
        if (fp_cage_parse(stream->cage, text, &stream->arena, true, &value, &fault) < 0)
            return FEDPOL_E_NOMEM; /* it was readable before */
        fp_try(fp_emit_object(&stream->emit, value, &object));
    }
    fp_vec_clear(&stream->waiting);
    fp_buf_done(&stream->waiting_texts);
    return 0;
}

/* --- what the scan finds --- */

/* What the List says of itself before its items. A fault in it is found again at its end. */
static int on_list_begins(void *user)
{
    fp_object_stream *stream = user;
    fp_buf *text = &stream->scan.outer.text;
    fp_wire_fault fault;
    fp_value *value;
    int r;

    stream->in_list = true;
    fp_buf_putc(text, '}');
    fp_try(fp_buf_error(text));
    reset_arena(&stream->list_arena);
    r = fp_cage_parse(stream->cage, fp_buf_str(text), &stream->list_arena, false, &value, &fault);
    text->len--;
    if (r == FEDPOL_E_NOMEM)
        return r;
    fp_emit_set_list(&stream->emit, r == 0 ? value : NULL);
    return 0;
}

static int on_item_ends(void *user)
{
    fp_object_stream *stream = user;
    const fp_scan_object *scanned = &stream->scan.inner;
    fp_wire_object object = {.in_list = true, .offset = scanned->offset};
    const fp_value *value = NULL;
    int r = read_object(stream, scanned, &stream->arena, true, &object, &value);

    stream->seen = true;
    if (r <= 0)
        return r;
    if (stream->emit.list_kind.len == 0 && fp_value_is(value, FP_VALUE_OBJECT) &&
        !fp_emit_has_kind(value))
        return defer(stream, scanned, &object);
    return fp_emit_object(&stream->emit, value, &object);
}

/* The object of an event stays in the scan until the type is known. */
static int on_event_ends(void *user)
{
    fp_object_stream *stream = user;

    stream->has_event = true;
    return 0;
}

static bool event_type(fp_str text, fp_watch_type *ret)
{
    static const char *const names[] = {
        [FP_WATCH_ADDED] = "ADDED",     [FP_WATCH_MODIFIED] = "MODIFIED",
        [FP_WATCH_DELETED] = "DELETED", [FP_WATCH_BOOKMARK] = "BOOKMARK",
        [FP_WATCH_ERROR] = "ERROR",
    };

    for (size_t i = FP_WATCH_ADDED; i < FP_ARRAY_LEN(names); i++) {
        if (fp_str_is(text, names[i])) {
            *ret = (fp_watch_type)i;
            return true;
        }
    }
    return false;
}

static int finish_event(fp_object_stream *stream, const fp_value *outer)
{
    const fp_scan_object *scanned = &stream->scan.inner;
    fp_wire_object object = {.offset = scanned->offset};
    fp_str type = fp_value_get_str(outer, "type");
    const fp_value *value = NULL;
    int r;

    if (!event_type(type, &object.type)) {
        const fp_wire_fault fault = {
            .code = FEDPOL_E_BAD_OBJECT,
            .reason = "a watch event of unknown type",
            .subject = type,
            .offset = stream->scan.outer.offset,
        };

        return refuse(stream, fp_buf_str(&scanned->text), &fault, &object);
    }
    r = read_object(stream, scanned, &stream->arena, true, &object, &value);
    return r <= 0 ? r : fp_emit_object(&stream->emit, value, &object);
}

static int keep_text(fp_buf *kept, fp_str text)
{
    if (fp_str_eq(text, fp_buf_str(kept)))
        return 0;
    fp_buf_clear(kept);
    fp_buf_add(kept, text);
    return fp_buf_error(kept);
}

static int finish_list(fp_object_stream *stream, const fp_value *list)
{
    const fp_value *metadata = fp_value_get(list, "metadata");

    fp_try(keep_text(&stream->resource_version, fp_value_get_str(metadata, "resourceVersion")));
    fp_try(keep_text(&stream->token, fp_value_get_str(metadata, "continue")));
    fp_emit_set_list(&stream->emit, list);
    return flush_waiting(stream);
}

static bool is_list(const fp_object_stream *stream, const fp_value *value)
{
    return stream->in_list || fp_str_ends_with(fp_value_get_str(value, "kind"), FP_STR("List"));
}

static int finish_outer(fp_object_stream *stream)
{
    const fp_scan_object *scanned = &stream->scan.outer;
    fp_wire_object object = {.offset = scanned->offset};
    const fp_value *value = NULL;
    int r;

    fp_emit_clear_list(&stream->emit); /* it points into the arena that is used again */
    reset_arena(&stream->arena);       /* of what is refused, the identity goes there */
    r = read_object(stream, scanned, &stream->list_arena, false, &object, &value);
    if (r < 0)
        return r;
    if (r == 0)
        return flush_waiting(stream);
    if (stream->has_event)
        return finish_event(stream, value);
    if (is_list(stream, value))
        return finish_list(stream, value);
    return fp_emit_object(&stream->emit, value, &object);
}

static int on_outer_ends(void *user)
{
    fp_object_stream *stream = user;

    fp_try(finish_outer(stream));
    fp_emit_clear_list(&stream->emit);
    stream->seen = true;
    stream->in_list = false;
    stream->has_event = false;
    return 0;
}

/* --- the stream --- */

static int init(fp_object_stream *stream, fp_str hint_api_version, fp_str hint_kind)
{
    fp_arena_init(&stream->arena, 0);
    fp_arena_init(&stream->list_arena, 0);
    fp_try(keep_text(&stream->hint_api_version, hint_api_version));
    fp_try(keep_text(&stream->hint_kind, hint_kind));
    stream->emit.hint_api_version = fp_buf_str(&stream->hint_api_version);
    stream->emit.hint_kind = fp_buf_str(&stream->hint_kind);
    return fp_cage_new(&stream->scan.limits, &stream->cage);
}

int fp_object_stream_new(const fp_wire_limits *limits, const fp_wire_sink *sink,
                         fp_str hint_api_version, fp_str hint_kind, fp_object_stream **ret)
{
    fp_object_stream *stream = fp_alloc_zero(1, sizeof(*stream));
    fp_scan_hooks hooks = {on_list_begins, on_item_ends, on_event_ends, on_outer_ends, stream};

    if (!stream)
        return FEDPOL_E_NOMEM;
    fp_scan_init(&stream->scan, limits, &hooks);
    stream->emit.sink = *sink;
    if (init(stream, hint_api_version, hint_kind) < 0) {
        fp_object_stream_free(stream);
        return FEDPOL_E_NOMEM;
    }
    *ret = stream;
    return 0;
}

fp_object_stream *fp_object_stream_free(fp_object_stream *stream)
{
    if (stream) {
        fp_scan_done(&stream->scan);
        fp_cage_free(stream->cage);
        fp_arena_done(&stream->arena);
        fp_arena_done(&stream->list_arena);
        fp_buf_done(&stream->hint_api_version);
        fp_buf_done(&stream->hint_kind);
        fp_buf_done(&stream->resource_version);
        fp_buf_done(&stream->token);
        fp_vec_done(&stream->waiting);
        fp_buf_done(&stream->waiting_texts);
        fp_free(stream);
    }
    return NULL;
}

void fp_object_stream_set_way(fp_object_stream *stream, fp_raw_way way)
{
    if (way < fp_raw_best_way())
        stream->scan.raw.way = (uint8_t)way;
}

static int report(const fp_wire_fault *fault, const fp_wire_object *object,
                  fedpol_error **ret_error)
{
    fp_cleanup_buf fp_buf where = {0};

    fp_emit_put_where(&where, object);
    fp_try(fp_buf_error(&where));
    return fp_wire_fault_report(fault, fp_buf_str(&where), (int64_t)fault->offset, ret_error);
}

/* The scan met bytes that are no JSON: tells in which object, as far as that was read. */
static int report_cut(fp_object_stream *stream, const fp_wire_fault *fault,
                      fedpol_error **ret_error)
{
    const fp_scan_object *scanned = fp_scan_current(&stream->scan);
    fp_wire_object object = {0};
    fp_value *identity = NULL;

    if (!fp_scan_at_rest(&stream->scan)) {
        reset_arena(&stream->arena);
        fp_try(
            fp_cage_identify(stream->cage, fp_buf_str(&scanned->text), &stream->arena, &identity));
        object.value = identity;
    }
    return report(fault, &object, ret_error);
}

int fp_object_stream_feed(fp_object_stream *stream, const void *data, size_t len,
                          fedpol_error **ret_error)
{
    int r;

    if (stream->dead)
        return FEDPOL_E_STATE;
    r = fp_scan_feed(&stream->scan, data, len);
    stream->dead = r < 0;
    if (r == 0 || r == FEDPOL_E_NOMEM)
        return r;
    if (stream->fatal.code)
        return report(&stream->fatal, &stream->culprit, ret_error);
    if (stream->scan.fault.code)
        return report_cut(stream, &stream->scan.fault, ret_error);
    return r;
}

int fp_object_stream_end(fp_object_stream *stream, fedpol_error **ret_error)
{
    fp_wire_fault fault = {.code = FEDPOL_E_PARSE, .offset = stream->scan.chunk_offset};

    if (stream->dead)
        return FEDPOL_E_STATE;
    stream->dead = true;
    if (!fp_scan_at_rest(&stream->scan))
        fault.reason = "the text ends inside an object";
    else if (!stream->seen)
        fault.reason = "no object in the text";
    else
        return 0;
    return report_cut(stream, &fault, ret_error);
}

fp_str fp_object_stream_resource_version(const fp_object_stream *stream)
{
    return fp_buf_str(&stream->resource_version);
}

fp_str fp_object_stream_continue(const fp_object_stream *stream)
{
    return fp_buf_str(&stream->token);
}
