/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/wire/scan.h"

#include "libfedpol/wire/json_text.h"

/* What may still be written of an object after it was refused: its names. */
#define IDENTITY_BYTES 8192u

/* An object, or a run of blanks, that is so many times longer than an object may be has no end: it
   would cost work for ever. */
#define ENDLESS 8u

/* What is expected next. */
enum {
    AT_TOP,
    AT_KEY_OR_END,
    AT_KEY,
    IN_KEY,
    AT_COLON,
    AT_VALUE,
    IN_VALUE,
    AT_ELEMENT_OR_END,
    AT_COMMA_OR_END,
};

void fp_scan_init(fp_scan *scan, const fp_wire_limits *limits, const fp_scan_hooks *hooks)
{
    *scan = (fp_scan){.limits = *limits, .hooks = *hooks, .state = AT_TOP};
    scan->raw.way = (uint8_t)fp_raw_best_way();
    fp_keep_index_init(&scan->keep);
}

void fp_scan_done(fp_scan *scan)
{
    fp_buf_done(&scan->outer.text);
    fp_buf_done(&scan->inner.text);
    fp_vec_done(&scan->outer.runs);
    fp_vec_done(&scan->inner.runs);
}

bool fp_scan_at_rest(const fp_scan *scan)
{
    return scan->state == AT_TOP && (scan->bom == 0 || scan->bom == 3);
}

static fp_scan_object *current(fp_scan *scan)
{
    return scan->in_inner ? &scan->inner : &scan->outer;
}

const fp_scan_object *fp_scan_current(const fp_scan *scan)
{
    return scan->in_inner ? &scan->inner : &scan->outer;
}

uint64_t fp_scan_offset(const fp_scan_object *object, uint64_t text_offset)
{
    size_t n = object->runs.len;

    while (n && object->runs.items[n - 1].text > text_offset)
        n--;
    if (n == 0)
        return object->offset;
    return object->runs.items[n - 1].offset + (text_offset - object->runs.items[n - 1].text);
}

static uint64_t offset_of(const fp_scan *scan, const char *p)
{
    return scan->chunk_offset + (uint64_t)(p - scan->chunk);
}

static int fail(fp_scan *scan, const char *p, const char *reason)
{
    scan->fault =
        (fp_wire_fault){.code = FEDPOL_E_PARSE, .reason = reason, .offset = offset_of(scan, p)};
    return FEDPOL_E_PARSE;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && is_blank(*p))
        p++;
    return p;
}

/* --- the reduced text --- */

static void begin_object(fp_scan *scan, fp_scan_object *object, const char *p)
{
    fp_buf_clear(&object->text);
    fp_vec_clear(&object->runs);
    object->fault = (fp_wire_fault){0};
    object->text_limit = (size_t)scan->limits.max_reduced_bytes;
    object->offset = offset_of(scan, p);
    object->inside = 0;
    object->stranger = false;
    object->base = scan->n_levels;
}

/* The first reason counts. What was written of the present member is taken back, so that the text
   stays well-formed. */
static void refuse(fp_scan *scan, int code, const char *reason)
{
    fp_scan_object *object = current(scan);

    if (object->fault.code == 0) {
        object->fault = (fp_wire_fault){.code = code, .reason = reason};
        object->text_limit = scan->member + IDENTITY_BYTES;
    }
    if (scan->copying && object->text.len > scan->member) {
        object->text.len = scan->member;
        object->text.data[scan->member] = '\0';
    }
    scan->copying = false;
}

static int fail_endless(fp_scan *scan, const char *p, uint64_t length, const char *reason)
{
    if (length / ENDLESS <= scan->limits.max_object_bytes)
        return 0;
    (void)fail(scan, p, reason);
    scan->fault.code = FEDPOL_E_TOO_LONG;
    return FEDPOL_E_TOO_LONG;
}

static int check_length(fp_scan *scan, const char *p)
{
    const fp_scan_object *object = current(scan);
    uint64_t length = offset_of(scan, p) - object->offset - object->inside;

    if (length > scan->limits.max_object_bytes && object->fault.code == 0)
        refuse(scan, FEDPOL_E_TOO_LONG, "the object is too long");
    return fail_endless(scan, p, length, "the object has no end");
}

/* True if N bytes more may be written; else the object is refused. */
static bool has_room(fp_scan *scan, size_t n)
{
    const fp_scan_object *object = current(scan);

    if (n <= object->text_limit && object->text.len <= object->text_limit - n)
        return true;
    refuse(scan, FEDPOL_E_TOO_LONG, "what is needed of the object is too long");
    return false;
}

/* fp_buf_add(), without a call where there is room. */
static inline void put(fp_buf *text, const char *bytes, size_t n)
{
    if (text->cap - text->len <= n) {
        fp_buf_add(text, fp_str_n(bytes, n));
        return;
    }
    memcpy(text->data + text->len, bytes, n);
    text->len += n;
    text->data[text->len] = '\0';
}

/* Puts the comma before a member or element, unless it is the first. */
static inline void put_comma(fp_buf *text)
{
    char last = text->len ? text->data[text->len - 1] : '{';

    if (last != '{' && last != '[')
        put(text, ",", 1);
}

static void open_level(fp_scan *scan, unsigned node, bool array)
{
    scan->levels[scan->n_levels++] = (fp_scan_level){.node = (uint8_t)node, .array = array};
    put(&current(scan)->text, array ? "[" : "{", 1);
    scan->state = array ? AT_ELEMENT_OR_END : AT_KEY_OR_END;
}

/* --- values --- */

static int end_inner(fp_scan *scan, const char *p)
{
    int r;

    fp_try(check_length(scan, p));
    r = scan->inner_is_event ? scan->hooks.event_ends(scan->hooks.user)
                             : scan->hooks.item_ends(scan->hooks.user);
    scan->in_inner = false;
    scan->outer.inside += offset_of(scan, p) - scan->inner.offset;
    return r;
}

/* A value is complete before P. */
static int end_value(fp_scan *scan, const char *p)
{
    if (scan->in_inner && scan->n_levels == scan->inner.base)
        fp_try(end_inner(scan, p));
    if (scan->n_levels) {
        scan->state = AT_COMMA_OR_END;
        return 0;
    }
    scan->state = AT_TOP;
    fp_try(check_length(scan, p));
    return scan->hooks.outer_ends(scan->hooks.user);
}

static int close_level(fp_scan *scan, const char *p)
{
    bool array = scan->levels[--scan->n_levels].array;

    put(&current(scan)->text, array ? "]" : "}", 1);
    return end_value(scan, p + 1);
}

/* Levels that a value may have within the present ones. */
static uint32_t depth_left(const fp_scan *scan)
{
    uint32_t levels = scan->n_levels - fp_scan_current(scan)->base;

    return scan->limits.max_depth > levels ? scan->limits.max_depth - levels : 0;
}

static int begin_raw(fp_scan *scan, const char *p, bool copy)
{
    fp_scan_object *object = current(scan);

    if (!fp_raw_begin(&scan->raw, *p, depth_left(scan)))
        return fail(scan, p, "not JSON: expected a value");
    scan->copying = copy;
    scan->state = IN_VALUE;
    if (copy && fp_vec_push(&object->runs, (fp_scan_run){object->text.len, offset_of(scan, p)}) < 0)
        return FEDPOL_E_NOMEM;
    return 0;
}

static int begin_inner(fp_scan *scan, const char *p, bool event)
{
    scan->in_inner = true;
    scan->inner_is_event = event;
    begin_object(scan, &scan->inner, p);
    scan->member = 0;
    if (*p != '{')
        return begin_raw(scan, p, true);
    open_level(scan, FP_KEEP_ROOT, false);
    return 0;
}

static int begin_list(fp_scan *scan)
{
    fp_try(scan->hooks.list_begins(scan->hooks.user));
    put_comma(&scan->outer.text);
    fp_buf_add(&scan->outer.text, fp_keep_label_of(scan->node));
    open_level(scan, scan->node, true);
    scan->levels[scan->n_levels - 1].items = true;
    return 0;
}

/* The object of a watch event; its place in the outer text shows if it comes twice. */
static int begin_event(fp_scan *scan, const char *p)
{
    put_comma(&scan->outer.text);
    fp_buf_add(&scan->outer.text, fp_keep_label_of(scan->node));
    fp_buf_puts(&scan->outer.text, "null");
    return begin_inner(scan, p, true);
}

/* True if the member NODE is of use in the object that is being scanned. */
static bool is_wanted(const fp_scan *scan, unsigned node)
{
    fp_keep_mode mode;

    if (node == FP_KEEP_NONE)
        return false;
    mode = fp_keep_mode_of(node);
    if (fp_scan_current(scan)->fault.code)
        return mode == FP_KEEP_IDENTITY || mode == FP_KEEP_MEMBERS || mode == FP_KEEP_ITEMS ||
               mode == FP_KEEP_EVENT;
    return !scan->in_inner || (mode != FP_KEEP_ITEMS && mode != FP_KEEP_EVENT);
}

/* Writes the key that take_key() kept; a value P that is null is as if it were absent. */
static void note_stranger(fp_scan *scan, const char *p)
{
    fp_scan_object *object = current(scan);
    size_t n = scan->stranger_len;

    scan->stranger_len = 0;
    if (n == 0 || *p == 'n' || object->fault.code)
        return;
    scan->member = object->text.len;
    if (!has_room(scan, n + sizeof(",\"\":true")))
        return;
    put_comma(&object->text);
    put(&object->text, "\"", 1);
    put(&object->text, scan->stranger, n);
    put(&object->text, "\":true", 6);
    object->stranger = true;
}

static int begin_member(fp_scan *scan, const char *p)
{
    fp_buf *text = &current(scan)->text;
    fp_str label;
    fp_keep_mode mode;

    if (!is_wanted(scan, scan->node)) {
        note_stranger(scan, p);
        return begin_raw(scan, p, false);
    }
    mode = fp_keep_mode_of(scan->node);
    label = fp_keep_label_of(scan->node);
    if (!has_room(scan, label.len + 2))
        return begin_raw(scan, p, false);
    scan->member = text->len;
    if (mode == FP_KEEP_EVENT)
        return begin_event(scan, p);
    if (mode == FP_KEEP_ITEMS && *p == '[')
        return begin_list(scan);
    put_comma(text);
    put(text, label.ptr, label.len);
    if ((mode == FP_KEEP_MEMBERS && *p == '{') || (mode == FP_KEEP_ELEMENTS && *p == '[')) {
        open_level(scan, scan->node, *p == '[');
        return 0;
    }
    return begin_raw(scan, p, true);
}

static int begin_element(fp_scan *scan, const char *p)
{
    const fp_scan_level *level = &scan->levels[scan->n_levels - 1];

    if (level->items)
        return begin_inner(scan, p, false);
    if (current(scan)->fault.code || !has_room(scan, 2))
        return begin_raw(scan, p, false);
    scan->member = current(scan)->text.len;
    put_comma(&current(scan)->text);
    if (*p != '{')
        return begin_raw(scan, p, true);
    open_level(scan, level->node, false);
    return 0;
}

/* --- what stands where; each takes at least one byte or changes the state --- */

static int on_top(fp_scan *scan, const char **p, const char *end)
{
    static const char bom[] = "\xef\xbb\xbf";

    if (scan->bom < 3 && offset_of(scan, *p) == scan->bom && **p == bom[scan->bom]) {
        scan->bom++;
        (*p)++;
        return 0;
    }
    if (scan->bom == 1 || scan->bom == 2)
        return fail(scan, *p, "not JSON: half of a byte order mark");
    scan->top_blanks += (uint64_t)(skip_blanks(*p, end) - *p);
    *p = skip_blanks(*p, end);
    fp_try(fail_endless(scan, *p, scan->top_blanks, "nothing but blanks"));
    if (*p == end)
        return 0;
    if (**p != '{')
        return fail(scan, *p, "not a JSON object");
    scan->top_blanks = 0;
    begin_object(scan, &scan->outer, *p);
    scan->member = 0;
    open_level(scan, FP_KEEP_ROOT, false);
    (*p)++;
    return 0;
}

/* The raw scan went from BEGIN to P. */
static int after_raw(fp_scan *scan, const char *begin, const char *p)
{
    const fp_scan_object *object = current(scan);

    if (scan->raw.too_deep && (scan->copying || object->fault.code == 0))
        refuse(scan, FEDPOL_E_TOO_DEEP, "objects and arrays are nested too deep");
    if (scan->copying && has_room(scan, (size_t)(p - begin)))
        put(&current(scan)->text, begin, (size_t)(p - begin));
    if (scan->raw.bad)
        return fail(scan, p, "not JSON: a wrong bracket, or a control byte in a string");
    if (!scan->raw.done)
        return 0;
    scan->copying = false;
    return end_value(scan, p);
}

static int in_value(fp_scan *scan, const char **p, const char *end)
{
    const char *begin = *p;

    *p = fp_raw_scan(&scan->raw, begin, end);
    return after_raw(scan, begin, *p);
}

/* An object or array that is not wanted, inside an object. */
static int skip_container(fp_scan *scan, const char **p, const char *end)
{
    const char *begin = *p;

    fp_raw_begin_container(&scan->raw, depth_left(scan));
    *p = fp_raw_scan_container(&scan->raw, begin, end);
    if (scan->raw.done && !scan->raw.too_deep) {
        scan->state = AT_COMMA_OR_END;
        return 0;
    }
    scan->copying = false;
    scan->state = IN_VALUE;
    return after_raw(scan, begin, *p);
}

/* Of the key only what stands for itself between quotes is kept; nothing of one that is too long,
   which end_key() doesn't see either. */
static void keep_stranger(fp_scan *scan, fp_str key)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./ ";
    size_t n = 0;

    if (key.len > FP_SCAN_KEY_MAX)
        return;
    while (n < key.len && n < FP_SCAN_STRANGER_MAX && memchr(plain, key.ptr[n], sizeof(plain) - 1))
        n++;
    memcpy(scan->stranger, key.ptr, n);
    if (n < FP_SCAN_STRANGER_MAX && n < key.len)
        scan->stranger[n++] = '?'; /* nothing that is cut may look like a key of the table */
    scan->stranger_len = (uint8_t)n;
}

static inline void take_key(fp_scan *scan, fp_str key, const char **p, const char *end)
{
    unsigned parent = scan->levels[scan->n_levels - 1].node;

    scan->node = (uint8_t)fp_keep_find(&scan->keep, parent, key);
    scan->stranger_len = 0;
    if (scan->node == FP_KEEP_NONE && parent == FP_KEEP_NODE_SPEC && !current(scan)->stranger)
        keep_stranger(scan, key);
    else if (scan->node == FP_KEEP_NODE_CONTAINERS)
        current(scan)->stranger = true; /* no policy: nobody would ask */
    scan->state = AT_COLON;
    if (*p < end && **p == ':') {
        scan->state = AT_VALUE;
        (*p)++;
    }
}

/* The place behind the string or scalar at P, if that is in this chunk too; else NULL. */
static const char *short_value_end(const fp_scan *scan, const char *p, const char *end)
{
    if (*p == '"') {
        p = fp_raw_string_stop(p + 1, end, scan->raw.way);
        return p < end && *p == '"' && p + 1 < end ? p + 1 : NULL;
    }
    if (!fp_raw_begins_scalar(*p))
        return NULL;
    while (p < end && fp_raw_in_scalar(*p))
        p++;
    return p < end ? p : NULL;
}

/* Writes the member whose value is P..END as begin_member() and in_value() do; 0 if it is not one
   to be written so. */
static int put_short_member(fp_scan *scan, const char *p, const char *end)
{
    fp_scan_object *object = current(scan);
    fp_buf *text = &object->text;
    fp_str label = fp_keep_label_of(scan->node);
    size_t n = (size_t)(end - p);
    size_t need = label.len + n + 2;
    char *at;

    if (fp_keep_mode_of(scan->node) == FP_KEEP_EVENT || text->len > object->text_limit ||
        need > object->text_limit - text->len || text->cap - text->len <= need)
        return 0;
    scan->member = text->len;
    put_comma(text);
    fp_try(fp_vec_push(&object->runs, (fp_scan_run){text->len + label.len, offset_of(scan, p)}));
    at = text->data + text->len;
    memcpy(at, label.ptr, label.len);
    memcpy(at + label.len, p, n);
    at[label.len + n] = '\0';
    text->len += label.len + n;
    return 1;
}

/* Takes a value that is no level of its own and is whole in this chunk. Any other is left at *P,
   or half read, for the steps to come. */
static int read_value(fp_scan *scan, const char **p, const char *end)
{
    const char *stop = short_value_end(scan, *p, end);
    bool wanted = is_wanted(scan, scan->node);

    if (scan->stranger_len && (stop || **p == '{' || **p == '['))
        note_stranger(scan, *p);
    if (stop) {
        if (wanted) {
            int r = put_short_member(scan, *p, stop);

            if (r <= 0)
                return r;
        }
        scan->state = AT_COMMA_OR_END;
        *p = stop;
    } else if (!wanted && (**p == '{' || **p == '[')) {
        return skip_container(scan, p, end);
    }
    return 0;
}

/* Reads members as long as they are whole in this chunk and without blanks; *P is at a quote. */
static int read_members(fp_scan *scan, const char **p, const char *end)
{
    for (;;) {
        const char *key = *p + 1;
        const char *stop = fp_raw_string_stop(key, end, scan->raw.way);

        if (stop == end || *stop != '"') {
            *p = key;
            scan->key_len = 0;
            scan->key_escape = false;
            scan->state = IN_KEY;
            return 0;
        }
        *p = stop + 1;
        take_key(scan, fp_str_n(key, (size_t)(stop - key)), p, end);
        if (scan->state != AT_VALUE || *p == end)
            return 0;
        fp_try(read_value(scan, p, end));
        if (scan->state != AT_COMMA_OR_END || end - *p < 2 || (*p)[0] != ',' || (*p)[1] != '"')
            return 0;
        (*p)++;
    }
}

static int on_key_or_end(fp_scan *scan, const char **p, const char *end)
{
    *p = skip_blanks(*p, end);
    if (*p == end)
        return 0;
    if (**p == '}' && scan->state == AT_KEY_OR_END)
        return close_level(scan, (*p)++);
    if (**p != '"')
        return fail(scan, *p, "not JSON: expected a key");
    return read_members(scan, p, end);
}

/* A key that is cut by the end of a chunk or has escapes. */
static int end_key(fp_scan *scan, const char **p, const char *end)
{
    char decoded[FP_SCAN_KEY_MAX];
    fp_str key = {decoded, 0};

    if (scan->key_len > FP_SCAN_KEY_MAX) {
        scan->node = FP_KEEP_NONE;
        scan->state = AT_COLON;
        return 0;
    }
    if (!fp_json_unescape(fp_str_n(scan->key, scan->key_len), decoded, &key.len))
        return fail(scan, *p - 1, "not JSON: a key with a wrong escape");
    take_key(scan, key, p, end);
    return 0;
}

/* Of one that is too long no more is kept than that it is. */
static void add_to_key(fp_scan *scan, const char *bytes, size_t n)
{
    if (scan->key_len > FP_SCAN_KEY_MAX || n > FP_SCAN_KEY_MAX - scan->key_len) {
        scan->key_len = FP_SCAN_KEY_MAX + 1;
        return;
    }
    memcpy(scan->key + scan->key_len, bytes, n);
    scan->key_len += n;
}

static int in_key(fp_scan *scan, const char **p, const char *end)
{
    while (*p < end) {
        const char *begin = *p;

        if (!scan->key_escape)
            *p = fp_raw_string_stop(begin, end, scan->raw.way);
        add_to_key(scan, begin, (size_t)(*p - begin));
        if (*p == end)
            break;
        if ((unsigned char)**p < 0x20)
            return fail(scan, *p, "not JSON: a control byte in a key");
        begin = (*p)++;
        if (*begin == '"' && !scan->key_escape)
            return end_key(scan, p, end);
        scan->key_escape = *begin == '\\' && !scan->key_escape;
        add_to_key(scan, begin, 1);
    }
    return 0;
}

static int on_colon(fp_scan *scan, const char **p, const char *end)
{
    *p = skip_blanks(*p, end);
    if (*p == end)
        return 0;
    if (**p != ':')
        return fail(scan, *p, "not JSON: expected a colon");
    (*p)++;
    scan->state = AT_VALUE;
    return 0;
}

static int on_value(fp_scan *scan, const char **p, const char *end)
{
    *p = skip_blanks(*p, end);
    if (*p == end)
        return 0;
    if (scan->state == AT_ELEMENT_OR_END && **p == ']')
        return close_level(scan, (*p)++);
    if (scan->levels[scan->n_levels - 1].array)
        fp_try(begin_element(scan, *p));
    else
        fp_try(begin_member(scan, *p));
    if (scan->state != IN_VALUE)
        (*p)++;
    return 0;
}

static int on_comma_or_end(fp_scan *scan, const char **p, const char *end)
{
    bool array = scan->levels[scan->n_levels - 1].array;

    *p = skip_blanks(*p, end);
    if (*p == end)
        return 0;
    if (**p == (array ? ']' : '}'))
        return close_level(scan, (*p)++);
    if (**p != ',')
        return fail(scan, *p, "not JSON: expected a comma or the end");
    (*p)++;
    scan->state = array ? AT_VALUE : AT_KEY;
    return 0;
}

static int step(fp_scan *scan, const char **p, const char *end)
{
    switch (scan->state) {
    case AT_TOP:
        return on_top(scan, p, end);
    case AT_KEY_OR_END:
    case AT_KEY:
        return on_key_or_end(scan, p, end);
    case IN_KEY:
        return in_key(scan, p, end);
    case AT_COLON:
        return on_colon(scan, p, end);
    case AT_VALUE:
    case AT_ELEMENT_OR_END:
        return on_value(scan, p, end);
    case IN_VALUE:
        return in_value(scan, p, end);
    default:
        return on_comma_or_end(scan, p, end);
    }
}

int fp_scan_feed(fp_scan *scan, const char *data, size_t len)
{
    const char *p = data;
    const char *end;

    if (len == 0)
        return 0;
    end = data + len;
    scan->chunk = data;
    while (p < end)
        fp_try(step(scan, &p, end));
    if (scan->n_levels)
        fp_try(check_length(scan, end));
    scan->chunk_offset += len;
    return 0;
}
