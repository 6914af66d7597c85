/* SPDX-License-Identifier: Apache-2.0 */
#include <yaml.h>

#include "libfedpol/base/error.h"
#include "libfedpol/base/utf8.h"
#include "libfedpol/wire/emit.h"
#include "libfedpol/wire/yaml_scalar.h"

/*
 * libyaml's events go into a tree, the way JSON's do. A document is read into `outer`; the items
 * of a List are read one after the other into `item` and passed on at once, so that memory is that
 * of one item. Only items without a kind of their own wait for the end of their List.
 */

typedef struct builder {
    fp_tree tree;
    fp_arena arena;
    fp_wire_fault fault; /* the first one; events are then skipped to the end of the object */
    uint32_t line;
    size_t begin;       /* character of the text */
    uint32_t end_depth; /* open containers when the object is complete */
} builder;

typedef struct deferred {
    const fp_value *value;
    uint32_t line;
} deferred;

typedef struct yaml_reader {
    yaml_parser_t parser;
    yaml_event_t event;
    const fp_wire_limits *limits;
    fp_emit emit;
    builder outer;
    builder item;
    FP_VEC(deferred) waiting; /* values in item.arena */
    uint32_t document;
    uint32_t depth; /* open containers of the document */
    bool in_items;  /* of the List, at depth 2 or more */
    bool has_items;
    uint8_t levels[FP_WIRE_DEPTH_MAX]; /* IN_SEQUENCE, AT_KEY, AT_VALUE of each open container */
    fp_str key;                        /* at depth 1: of the next value */
    fp_wire_fault fatal;               /* why reading ends, unless the sink wanted it */
    fp_buf message;                    /* of libyaml, for fatal.reason */
} yaml_reader;

/* What comes next in a container: an element, or the key or the value of a member. Once an object
   has a fault its keys may be taken for values, which then doesn't matter. */
enum { IN_SEQUENCE, AT_KEY, AT_VALUE };

static builder *current(yaml_reader *reader)
{
    return reader->in_items ? &reader->item : &reader->outer;
}

/* --- the objects of a document --- */

static fp_wire_object where_of(const yaml_reader *reader, uint32_t line)
{
    return (fp_wire_object){
        .in_list = reader->in_items,
        .document = reader->document,
        .line = line,
    };
}

static void begin_object(yaml_reader *reader, builder *b)
{
    if (reader->waiting.len == 0 || b != &reader->item)
        fp_arena_reset(&b->arena);
    fp_tree_begin(&b->tree, &b->arena);
    b->fault = (fp_wire_fault){0};
    b->line = (uint32_t)reader->event.start_mark.line + 1;
    b->begin = reader->event.start_mark.index;
    b->end_depth = reader->depth;
}

static int defer(yaml_reader *reader, const fp_value *value, uint32_t line)
{
    if (reader->item.arena.total > reader->limits->max_deferred_bytes) {
        reader->fatal = (fp_wire_fault){
            .code = FEDPOL_E_LIMIT, .reason = "too many items stand before the kind of their List"};
        return FEDPOL_E_LIMIT;
    }
    return fp_vec_push(&reader->waiting, (deferred){value, line});
}

static int finish_item(yaml_reader *reader)
{
    builder *b = &reader->item;
    fp_wire_object where = where_of(reader, b->line);

    if (b->fault.code)
        return fp_emit_bad(&reader->emit, b->tree.root, &where, &b->fault);
    if (reader->emit.list_kind.len == 0 && fp_value_is(b->tree.root, FP_VALUE_OBJECT) &&
        !fp_emit_has_kind(b->tree.root))
        return defer(reader, b->tree.root, b->line);
    return fp_emit_object(&reader->emit, b->tree.root, &where);
}

static int flush_waiting(yaml_reader *reader)
{
    for (size_t i = 0; i < reader->waiting.len; i++) {
        fp_wire_object where = where_of(reader, reader->waiting.items[i].line);

        where.in_list = true;
        fp_try(fp_emit_object(&reader->emit, reader->waiting.items[i].value, &where));
    }
    fp_vec_clear(&reader->waiting);
    return 0;
}

static bool is_list(const yaml_reader *reader, const fp_value *root)
{
    return reader->has_items || fp_str_ends_with(fp_value_get_str(root, "kind"), FP_STR("List"));
}

static int finish_document(yaml_reader *reader)
{
    const builder *b = &reader->outer;
    const fp_value *root = b->tree.root;
    fp_wire_object where = where_of(reader, b->line);

    if (is_list(reader, root)) {
        fp_emit_set_list(&reader->emit, root);
        fp_try(flush_waiting(reader));
        fp_emit_clear_list(&reader->emit);
        return b->fault.code ? fp_emit_bad(&reader->emit, root, &where, &b->fault) : 0;
    }
    if (b->fault.code)
        return fp_emit_bad(&reader->emit, root, &where, &b->fault);
    if (!root || root->type == FP_VALUE_NULL)
        return 0;
    return fp_emit_object(&reader->emit, root, &where);
}

/* --- events --- */

/* What was built so far stays, so that the identity in it can be reported. */
static int refuse(yaml_reader *reader, int code, const char *reason, fp_str subject)
{
    builder *b = current(reader);

    if (b->fault.code)
        return 0;
    b->fault = (fp_wire_fault){.code = code, .reason = reason};
    if (subject.len) {
        b->fault.subject = fp_arena_str(&b->arena, subject);
        if (!b->fault.subject.ptr)
            return FEDPOL_E_NOMEM;
    }
    return 0;
}

/* Takes the result of a call of fp_tree: a refusal concerns the object only. */
static int settle(builder *b, int r)
{
    if (r < 0)
        b->fault = b->tree.fault;
    return r == FEDPOL_E_NOMEM ? r : 0;
}

static bool is_core_tag(const yaml_char_t *tag, const char *name)
{
    const char *prefix = "tag:yaml.org,2002:";
    size_t n = strlen(prefix);

    return strncmp((const char *)tag, prefix, n) == 0 && strcmp((const char *)tag + n, name) == 0;
}

static bool container_tag_is_fine(const yaml_char_t *tag, const char *name)
{
    return !tag || strcmp((const char *)tag, "!") == 0 || is_core_tag(tag, name);
}

/* The type that an explicit tag demands; STRING for none of the plain ones, with *RET_OK. */
static fp_value_type tag_type(const yaml_char_t *tag, bool *ret_ok)
{
    static const struct {
        const char *name;
        fp_value_type type;
    } tags[] = {
        {"str", FP_VALUE_STRING}, {"int", FP_VALUE_NUMBER}, {"float", FP_VALUE_NUMBER},
        {"bool", FP_VALUE_BOOL},  {"null", FP_VALUE_NULL},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(tags); i++) {
        if (is_core_tag(tag, tags[i].name)) {
            *ret_ok = true;
            return tags[i].type;
        }
    }
    *ret_ok = strcmp((const char *)tag, "!") == 0;
    return FP_VALUE_STRING;
}

static int type_scalar(yaml_reader *reader, fp_yaml_scalar *ret)
{
    const yaml_char_t *tag = reader->event.data.scalar.tag;
    bool plain = reader->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    fp_arena *arena = &current(reader)->arena;
    fp_str text = {(const char *)reader->event.data.scalar.value, reader->event.data.scalar.length};
    fp_value_type wanted = FP_VALUE_STRING;
    bool ok = true;

    text = fp_arena_str(arena, text);
    if (!text.ptr)
        return FEDPOL_E_NOMEM;
    *ret = (fp_yaml_scalar){.type = FP_VALUE_STRING, .text = text};
    if (!fp_utf8_valid(text) || fp_str_find_byte(text, '\0') >= 0)
        return refuse(reader, FEDPOL_E_BAD_OBJECT, "a string contains NUL or is not UTF-8",
                      FP_STR_NULL);
    if (tag)
        wanted = tag_type(tag, &ok);
    if (!ok)
        return refuse(reader, FEDPOL_E_BAD_OBJECT,
                      "tags other than those of plain data are refused",
                      fp_str_of((const char *)tag));
    if (tag ? wanted == FP_VALUE_STRING : !plain)
        return 0;
    fp_try(fp_yaml_resolve(text, arena, ret));
    if (ret->not_finite)
        return refuse(reader, FEDPOL_E_BAD_OBJECT, "a number is not finite", text);
    if (tag && ret->type != wanted)
        return refuse(reader, FEDPOL_E_BAD_OBJECT, "a value is not what its tag says", text);
    return 0;
}

/* The name that a key has as JSON: `8080` and `on` become "8080" and "true". */
static int on_key(yaml_reader *reader)
{
    const fp_str merge = FP_STR("<<");
    builder *b = current(reader);
    fp_yaml_scalar scalar;

    fp_try(type_scalar(reader, &scalar));
    if (b->fault.code)
        return 0;
    if (scalar.type == FP_VALUE_NULL)
        return refuse(reader, FEDPOL_E_BAD_OBJECT, "a key is null", FP_STR_NULL);
    if (scalar.type == FP_VALUE_BOOL)
        scalar.text = scalar.boolean ? FP_STR("true") : FP_STR("false");
    if (fp_str_eq(scalar.text, merge) && reader->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        return refuse(reader, FEDPOL_E_BAD_OBJECT, "merge keys are refused", scalar.text);
    fp_tree_key(&b->tree, scalar.text);
    if (reader->depth == 1)
        reader->key = scalar.text;
    return 0;
}

static int check_node(yaml_reader *reader)
{
    const builder *b = current(reader);

    if (reader->event.start_mark.index - b->begin > reader->limits->max_object_bytes)
        return refuse(reader, FEDPOL_E_TOO_LONG, "the object is too long", FP_STR_NULL);
    return 0;
}

/* After a node: the mapping around it goes on with a key; an item or document may be complete. */
static int end_node(yaml_reader *reader)
{
    if (reader->depth && reader->levels[reader->depth - 1] == AT_VALUE)
        reader->levels[reader->depth - 1] = AT_KEY;
    if (reader->in_items && reader->depth == reader->item.end_depth)
        return finish_item(reader);
    return 0;
}

static int on_scalar(yaml_reader *reader)
{
    builder *b = current(reader);
    fp_yaml_scalar scalar;

    if (reader->event.data.scalar.anchor)
        fp_try(refuse(reader, FEDPOL_E_BAD_OBJECT, "anchors and aliases are refused", FP_STR_NULL));
    fp_try(check_node(reader));
    if (reader->depth && reader->levels[reader->depth - 1] == AT_KEY) {
        reader->levels[reader->depth - 1] = AT_VALUE;
        return b->fault.code ? 0 : on_key(reader);
    }
    if (!b->fault.code)
        fp_try(type_scalar(reader, &scalar));
    if (!b->fault.code)
        fp_try(settle(b, fp_tree_scalar(&b->tree, scalar.type, scalar.text, scalar.boolean)));
    return end_node(reader);
}

static int on_alias(yaml_reader *reader)
{
    fp_try(refuse(reader, FEDPOL_E_BAD_OBJECT, "anchors and aliases are refused", FP_STR_NULL));
    if (reader->depth && reader->levels[reader->depth - 1] == AT_KEY) {
        reader->levels[reader->depth - 1] = AT_VALUE;
        return 0;
    }
    return end_node(reader);
}

/* The sequence that has just been opened holds the items of a List. */
static void enter_items(yaml_reader *reader)
{
    fp_emit_set_list(&reader->emit, reader->outer.tree.root);
    reader->has_items = true;
    reader->in_items = true;
    reader->item.end_depth = 2;
}

/* What is refused of a container, by its anchor, its tag or its place. */
static int check_open(yaml_reader *reader, bool map)
{
    const yaml_event_t *event = &reader->event;
    const yaml_char_t *anchor =
        map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
    const yaml_char_t *tag = map ? event->data.mapping_start.tag : event->data.sequence_start.tag;

    fp_try(check_node(reader));
    if (reader->depth && reader->levels[reader->depth - 1] == AT_KEY) {
        fp_try(refuse(reader, FEDPOL_E_BAD_OBJECT, "a key is no scalar", FP_STR_NULL));
        reader->levels[reader->depth - 1] = AT_VALUE;
    }
    if (anchor)
        fp_try(refuse(reader, FEDPOL_E_BAD_OBJECT, "anchors and aliases are refused", FP_STR_NULL));
    if (!container_tag_is_fine(tag, map ? "map" : "seq"))
        return refuse(reader, FEDPOL_E_BAD_OBJECT,
                      "tags other than those of plain data are refused",
                      fp_str_of((const char *)tag));
    return 0;
}

static int on_open(yaml_reader *reader, fp_value_type type)
{
    bool map = type == FP_VALUE_OBJECT;
    builder *b = current(reader);

    if (reader->depth >= FP_WIRE_DEPTH_MAX) {
        reader->fatal = (fp_wire_fault){.code = FEDPOL_E_TOO_DEEP,
                                        .reason = "objects and arrays are nested too deep"};
        return FEDPOL_E_TOO_DEEP;
    }
    fp_try(check_open(reader, map));
    reader->levels[reader->depth++] = map ? AT_KEY : IN_SEQUENCE;
    if (b->fault.code)
        return 0;
    fp_try(settle(b, fp_tree_open(&b->tree, type)));
    if (!reader->in_items && reader->depth == 2 && !map && !b->fault.code &&
        fp_str_is(reader->key, "items"))
        enter_items(reader);
    return 0;
}

static int on_close(yaml_reader *reader)
{
    builder *b;

    reader->depth--;
    if (reader->in_items && reader->depth < reader->item.end_depth)
        reader->in_items = false;
    b = current(reader);
    if (!b->fault.code)
        fp_try(settle(b, fp_tree_close(&b->tree)));
    return end_node(reader);
}

static void on_document_start(yaml_reader *reader)
{
    reader->document++;
    reader->depth = 0;
    reader->in_items = false;
    reader->has_items = false;
    reader->key = FP_STR_NULL;
    begin_object(reader, &reader->outer);
}

static int on_node(yaml_reader *reader)
{
    if (reader->depth == 0)
        reader->outer.line = (uint32_t)reader->event.start_mark.line + 1;
    if (reader->in_items && reader->depth == reader->item.end_depth)
        begin_object(reader, &reader->item);
    switch (reader->event.type) {
    case YAML_SCALAR_EVENT:
        return on_scalar(reader);
    case YAML_SEQUENCE_START_EVENT:
        return on_open(reader, FP_VALUE_ARRAY);
    case YAML_MAPPING_START_EVENT:
        return on_open(reader, FP_VALUE_OBJECT);
    default:
        return on_alias(reader);
    }
}

static int on_event(yaml_reader *reader)
{
    switch (reader->event.type) {
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
        return 0;
    case YAML_DOCUMENT_START_EVENT:
        on_document_start(reader);
        return 0;
    case YAML_DOCUMENT_END_EVENT:
        return finish_document(reader);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return on_close(reader);
    default:
        return on_node(reader);
    }
}

/* libyaml can't go on: keeps what it says of it. */
static int note_problem(yaml_reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;

    if (parser->error == YAML_MEMORY_ERROR)
        return FEDPOL_E_NOMEM;
    if (parser->error == YAML_READER_ERROR)
        fp_buf_printf(&reader->message, "not YAML: %s at byte %zu",
                      parser->problem ? parser->problem : "unreadable", parser->problem_offset);
    else
        fp_buf_printf(&reader->message, "not YAML: %s at line %zu",
                      parser->problem ? parser->problem : "unreadable",
                      parser->problem_mark.line + 1);
    fp_try(fp_buf_error(&reader->message));
    reader->fatal = (fp_wire_fault){.code = FEDPOL_E_PARSE, .reason = reader->message.data};
    return FEDPOL_E_PARSE;
}

static int read_all(yaml_reader *reader)
{
    bool done = false;

    while (!done) {
        yaml_event_delete(&reader->event);
        if (!yaml_parser_parse(&reader->parser, &reader->event))
            return note_problem(reader);
        done = reader->event.type == YAML_STREAM_END_EVENT;
        fp_try(on_event(reader));
    }
    return 0;
}

/* Tells the sink and the caller why reading ended before the end of the text. */
static int report_fatal(yaml_reader *reader, fedpol_error **ret_error)
{
    const builder *b = current(reader);
    fp_wire_object where = where_of(reader, b->line);
    fp_cleanup_buf fp_buf text = {0};

    fp_try(fp_emit_bad(&reader->emit, b->tree.root, &where, &reader->fatal));
    fp_emit_put_where(&text, &where);
    fp_try(fp_buf_error(&text));
    return fp_wire_fault_report(&reader->fatal, fp_buf_str(&text), -1, ret_error);
}

static void reader_done(yaml_reader *reader)
{
    yaml_event_delete(&reader->event);
    yaml_parser_delete(&reader->parser);
    fp_tree_done(&reader->outer.tree);
    fp_tree_done(&reader->item.tree);
    fp_arena_done(&reader->outer.arena);
    fp_arena_done(&reader->item.arena);
    fp_vec_done(&reader->waiting);
    fp_buf_done(&reader->message);
    fp_free(reader);
}

int fp_yaml_read(const void *data, size_t len, const fp_wire_limits *limits,
                 const fp_wire_sink *sink, fedpol_error **ret_error)
{
    yaml_reader *reader = fp_alloc_zero(1, sizeof(*reader));
    int r;

    if (!reader)
        return FEDPOL_E_NOMEM;
    reader->limits = limits;
    reader->emit.sink = *sink;
    fp_tree_init(&reader->outer.tree, limits);
    fp_tree_init(&reader->item.tree, limits);
    fp_arena_init(&reader->outer.arena, 0);
    fp_arena_init(&reader->item.arena, 0);
    if (!yaml_parser_initialize(&reader->parser)) {
        reader_done(reader);
        return FEDPOL_E_NOMEM;
    }
    yaml_parser_set_input_string(&reader->parser, data ? data : (const void *)"", data ? len : 0);
    r = read_all(reader);
    if (r < 0 && reader->fatal.code)
        r = report_fatal(reader, ret_error);
    reader_done(reader);
    return r;
}
