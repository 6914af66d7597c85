/* SPDX-License-Identifier: Apache-2.0 */

/* Whatever the size of the chunks and the way of scanning, the stream gives what a whole parse and
   a filter over its tree give. */

#include <stdlib.h>

#include "libfedpol/base/buf.h"
#include "libfedpol/wire/keep.h"
#include "libfedpol/wire/stream_internal.h"
#include "tests/support/fp_test.h"
#include "tests/support/wire_dump.h"

static int feed(fp_str text, size_t chunk, fp_raw_way way, fp_buf *out)
{
    fp_wire_sink sink = wire_dump_sink(out);
    fp_object_stream *stream = NULL;
    fedpol_error *error = NULL;
    int r = fp_object_stream_new(&fp_wire_default_limits, &sink, FP_STR_NULL, FP_STR_NULL, &stream);

    ck_assert_int_eq(r, 0);
    fp_object_stream_set_way(stream, way);
    for (size_t i = 0; i < text.len && r == 0; i += chunk) {
        fp_str piece = fp_str_sub(text, i, i + chunk);

        r = fp_object_stream_feed(stream, piece.ptr, piece.len, &error);
    }
    if (r == 0)
        r = fp_object_stream_end(stream, &error);
    if (error)
        fp_buf_printf(out, "end %d %s: %s at %lld\n", r, fedpol_error_get_where(error),
                      fedpol_error_get_message(error), (long long)fedpol_error_get_offset(error));
    fedpol_error_free(error);
    fp_object_stream_free(stream);
    return r;
}

/* Feeds TEXT in chunks of every size and compares what comes out. */
static void check_all_chunks(fp_str text, fp_str expected)
{
    for (size_t chunk = 1; chunk <= 72; chunk++) {
        size_t size = chunk == 71 ? 4096 : chunk == 72 ? text.len + 1 : chunk;

        for (fp_raw_way way = FP_RAW_BYTES; way <= FP_RAW_AVX2; way++) {
            fp_cleanup_buf fp_buf out = {0};

            (void)feed(text, size, way, &out);
            ck_assert_msg(fp_str_eq(fp_buf_str(&out), expected),
                          "chunks of %zu, way %u, of %.*s\ngive %s\nexpected %.*s", size, way,
                          FP_STR_ARG(text), out.len ? out.data : "", FP_STR_ARG(expected));
        }
    }
}

/* --- the reference: a tree of everything, filtered by the table --- */

static void put_filtered(fp_buf *buf, const fp_keep_index *index, unsigned node,
                         const fp_value *value);

static void put_member(fp_buf *buf, const fp_keep_index *index, unsigned node,
                       const fp_value *member)
{
    unsigned child = fp_keep_find(index, node, member->key);
    fp_keep_mode mode;

    if (child == FP_KEEP_NONE)
        return;
    mode = fp_keep_mode_of(child);
    if (mode == FP_KEEP_ITEMS || mode == FP_KEEP_EVENT)
        return;
    if (buf->data[buf->len - 1] != '{')
        fp_buf_putc(buf, ',');
    fp_buf_put_json(buf, member->key);
    fp_buf_putc(buf, ':');
    if (mode == FP_KEEP_MEMBERS && member->type == FP_VALUE_OBJECT) {
        put_filtered(buf, index, child, member);
    } else if (mode == FP_KEEP_ELEMENTS && member->type == FP_VALUE_ARRAY) {
        fp_buf_putc(buf, '[');
        for (const fp_value *e = member->first; e; e = e->next) {
            if (e->type == FP_VALUE_OBJECT)
                put_filtered(buf, index, child, e);
            else
                wire_put_value(buf, e);
            if (e->next)
                fp_buf_putc(buf, ',');
        }
        fp_buf_putc(buf, ']');
    } else {
        wire_put_value(buf, member);
    }
}

/* The first member of a spec that is not in the table is noted, by what is plain of its key. */
static bool put_stranger(fp_buf *buf, const fp_keep_index *index, unsigned node,
                         const fp_value *member)
{
    size_t n = 0;

    if (node != FP_KEEP_NODE_SPEC || member->type == FP_VALUE_NULL || member->key.len > 256 ||
        fp_keep_find(index, node, member->key) != FP_KEEP_NONE)
        return false;
    while (n < member->key.len && n < 64 && member->key.ptr[n] != '"')
        n++;
    fp_buf_puts(buf, buf->data[buf->len - 1] == '{' ? "\"" : ",\"");
    fp_buf_add(buf, fp_str_n(member->key.ptr, n));
    fp_buf_puts(buf, n < member->key.len && n < 64 ? "?\":true" : "\":true");
    return true;
}

/* Recursion as deep as keep.def. */
static void put_filtered(fp_buf *buf, const fp_keep_index *index, unsigned node,
                         const fp_value *value)
{
    bool noted = false;

    fp_buf_putc(buf, '{');
    for (const fp_value *member = value->first; member; member = member->next) {
        noted =
            noted || fp_str_is(member->key, "containers") || put_stranger(buf, index, node, member);
        put_member(buf, index, node, member);
    }
    fp_buf_putc(buf, '}');
}

static void put_reference(fp_buf *buf, fp_str object)
{
    fp_keep_index index;
    fp_arena arena;
    fp_value *value = NULL;

    fp_keep_index_init(&index);
    fp_arena_init(&arena, 0);
    ck_assert_msg(fp_json_parse(object, &fp_wire_default_limits, &arena, &value, NULL) == 0, "%.*s",
                  FP_STR_ARG(object));
    fp_buf_add(buf, fp_value_get_str(value, "kind"));
    fp_buf_puts(buf, " ");
    fp_buf_add(buf, fp_value_get_str(value, "apiVersion"));
    fp_buf_puts(buf, " ");
    put_filtered(buf, &index, FP_KEEP_ROOT, value);
    fp_buf_putc(buf, '\n');
    fp_arena_done(&arena);
}

static void check_against_reference(fp_str object)
{
    fp_cleanup_buf fp_buf text = {0};
    fp_cleanup_buf fp_buf expected = {0};

    fp_buf_puts(&text, "{\"items\":[");
    fp_buf_add(&text, object);
    fp_buf_puts(&text, " ,");
    fp_buf_add(&text, object);
    fp_buf_puts(&text, "],\"kind\":\"List\"}\r\n{\"object\":");
    fp_buf_add(&text, object);
    fp_buf_puts(&text, ",\"type\":\"ADDED\"}");
    fp_buf_add(&text, object);
    put_reference(&expected, object);
    put_reference(&expected, object);
    fp_buf_puts(&expected, "ADDED ");
    put_reference(&expected, object);
    put_reference(&expected, object);
    check_all_chunks(fp_buf_str(&text), fp_buf_str(&expected));
}

#define FILL_16 "0123456789abcdef"
#define FILL_64 FILL_16 FILL_16 FILL_16 FILL_16

START_TEST(hostile_objects_are_filtered_like_whole_trees)
{
    static const char *const objects[] = {
        "{\"kind\":\"A\"}",
        "{\"kind\":\"A\",\"x\":\"\\\"\",\"y\":\"\\\\\",\"z\":\"\\\\\\\"\",\"code\":1}",
        "{\"kind\":\"A\",\"x\":{\"a\":\"}\",\"b\":\"]]\\\"}\",\"c\":[\"{[\"]},\"code\":1}",
        "{\"kind\":\"A\",\"x\":{\"a\":\"\\\\\\\\\\\\\\\"}\\\\\"},\"code\":[{}]}",
        "{\"kind\":\"A\",\"x\":{\"" FILL_64 "\\\\\":\"" FILL_64 "\\\"\"},\"code\":[[[]],{}]}",
        "{\"kind\":\"A\",\"x\":[{},{},[],[[]],{\"a\":{}},{\"b\":[]}],\"code\":[{},[]]}",
        "{\"kind\":\"A\",\"x\":[{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},"
        "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}],\"code\":2}",
        "{\"\\u006bind\":\"A\",\"spe\\u0063\":{\"tie\\u0072\":\"t\",\"x\\\"y\\\\\":1}}",
        "{\"kind\":\"A\",\"" FILL_64 FILL_64 FILL_64 FILL_64 FILL_64 "\":1,\"code\":1}",
        "{\"spec\":{\"" FILL_64 FILL_64 FILL_64 FILL_64 FILL_64 "\":1,\"n\":null,\"x\":[{}],"
        "\"tier\":1,\"y\":2},\"kind\":\"A\"}",
        "{\"spec\":{\"" FILL_64 FILL_16 "\":\"\",\"x\":1},\"kind\":\"A\"}",
        "{\"spec\":{\"tier\\\"\":{\"tier\":1},\"tier\":1},\"kind\":\"A\"}",
        "{\"kind\":\"A\",\"" FILL_64 FILL_64 FILL_64 FILL_64 "\\n\":{\"code\":1},\"code\":1}",
        "{\n  \"kind\" : \"A\" ,\n  \"metadata\" : {\n    \"name\" : \"n\" ,\n    \"labels\" : {\n"
        "      \"a\" : \"b\"\n    }\n  } ,\n  \"x\" : [\n 1 ,\t2\r\n ]\n}",
        "{\"kind\":\"A\",\"metadata\":{\"spec\":{\"tier\":1},\"kind\":\"no\",\"name\":\"n\"},"
        "\"tier\":1}",
        "{\"kind\":\"A\",\"spec\":{\"containers\":[[],{\"ports\":{}},{\"ports\":[1]},\"s\",null,{},"
        "{"
        "\"image\":\"x\",\"ports\":[{\"name\":\"]\"}]}],\"ingress\":[{\"a\":[1,2,{\"b\":null}]}]}}",
        "{\"kind\":\"A\",\"spec\":{\"containers\":{\"ports\":1},\"order\":-1.5e+10},\"status\":"
        "null}",
        "{\"kind\":\"A\",\"metadata\":[],\"spec\":\"text\",\"status\":true}",
        "{\"kind\":\"A\",\"items\":[1],\"object\":{\"a\":1},\"type\":\"MODIFIED\"}",
        "{\"kind\":\"A\",\"x\":\"\xc3\xa9\xf0\x9f\x98\x80\",\"message\":\"\xc3\xa9\xf0\x9f\x98\x80 "
        "\\ud83d\\ude00\"}",
        "{\"kind\":\"A\",\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[{\"a\":{}}]]]]]]]]]]]]]]]]]]"
        "]]"
        "]]]]]]]]]]]]]]]]]]]],\"code\":0}",
        "{\"kind\":\"A\",\"x\":-0.5e-3,\"y\":true,\"z\":false,\"w\":null,\"code\":null}",
        "{\"kind\":\"A\",\"x\":\"\",\"\":{\"\":\"\"},\"metadata\":{\"\":1,\"name\":\"\"}}",
    };

    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
        if (strstr(objects[i], "\"items\"") == NULL) {
            check_against_reference(fp_str_of(objects[i]));
        } else {
            fp_cleanup_buf fp_buf text = {0};

            fp_buf_printf(&text, "{\"type\":\"ADDED\",\"object\":%s}", objects[i]);
            check_all_chunks(fp_buf_str(&text),
                             FP_STR("ADDED A  {\"kind\":\"A\",\"type\":\"MODIFIED\"}\n"));
        }
    }
}
END_TEST

/* --- random objects --- */

static void put_blank(fp_buf *buf, fp_rng *rng)
{
    static const char *const blanks[] = {"", "", "", "", " ", "\n", "\r\n\t", "        "};

    fp_buf_puts(buf, blanks[fp_rng_below(rng, 8)]);
}

static void put_random_string(fp_buf *buf, fp_rng *rng)
{
    static const char *const pieces[] = {"\\\\", "\\\"", "{", "}",       "[",        "]",
                                         ",",    ":",    "a", "\\u0041", "\xc3\xa9", FILL_16,
                                         "\\n",  "'",    " ", "\\\\\\\\"};

    fp_buf_putc(buf, '"');
    for (uint32_t n = fp_rng_below(rng, 9); n; n--)
        fp_buf_puts(buf, pieces[fp_rng_below(rng, 16)]);
    fp_buf_putc(buf, '"');
}

static void put_random_value(fp_buf *buf, fp_rng *rng, int depth);

static void put_random_object(fp_buf *buf, fp_rng *rng, int depth)
{
    static const char *const keys[] = {"metadata", "spec",        "status",       "name",
                                       "labels",   "annotations", "containers",   "ports",
                                       "ingress",  "k",           "\\\"",         "managedFields",
                                       "image",    "tier",        "p\\u006fdIPs", "x"};
    bool first = true;

    fp_buf_putc(buf, '{');
    for (uint32_t i = 0; i < 16; i++) {
        if (fp_rng_below(rng, 3))
            continue;
        put_blank(buf, rng);
        if (!first)
            fp_buf_putc(buf, ',');
        first = false;
        put_blank(buf, rng);
        fp_buf_printf(buf, "\"%s\"", keys[i]);
        put_blank(buf, rng);
        fp_buf_putc(buf, ':');
        put_random_value(buf, rng, depth - 1);
    }
    put_blank(buf, rng);
    fp_buf_putc(buf, '}');
}

/* Recursion as deep as DEPTH. */
static void put_random_value(fp_buf *buf, fp_rng *rng, int depth)
{
    uint32_t n = fp_rng_below(rng, 5);

    put_blank(buf, rng);
    switch (depth > 0 ? fp_rng_below(rng, 6) : fp_rng_below(rng, 3)) {
    case 0:
        fp_buf_puts(buf, n == 0 ? "null" : n == 1 ? "true" : n == 2 ? "-1.5e3" : "7");
        break;
    case 1:
    case 2:
        put_random_string(buf, rng);
        break;
    case 3:
        fp_buf_putc(buf, '[');
        for (uint32_t i = 0; i < n; i++) {
            put_random_value(buf, rng, depth - 1);
            put_blank(buf, rng);
            if (i + 1 < n)
                fp_buf_putc(buf, ',');
        }
        fp_buf_putc(buf, ']');
        break;
    default:
        put_random_object(buf, rng, depth);
        break;
    }
}

START_TEST(random_objects_are_filtered_like_whole_trees)
{
    fp_rng rng = {20261123};

    for (int i = 0; i < 60; i++) {
        fp_cleanup_buf fp_buf object = {0};

        do {
            fp_buf_clear(&object);
            put_random_object(&object, &rng, 4);
        } while (object.len > 3000);
        check_against_reference(fp_buf_str(&object));
    }
}
END_TEST

/* As long as a vector register, as what is compared, and longer; with an escape somewhere. */
START_TEST(keys_of_any_length_are_read_the_same_in_any_chunks)
{
    static const size_t lengths[] = {0, 1, 15, 16, 17, 32, 255, 256, 257, 300, 700};
    static const char *const escapes[] = {"", "\\\"", "\\u0041", "\\\\"};

    for (size_t i = 0; i < FP_ARRAY_LEN(lengths); i++)
        for (size_t e = 0; e < FP_ARRAY_LEN(escapes); e++) {
            fp_cleanup_buf fp_buf object = {0};

            fp_buf_puts(&object, "{\"kind\":\"A\",\"metadata\":{\"");
            for (size_t k = 0; k < lengths[i]; k++) {
                if (k == lengths[i] * 2 / 3)
                    fp_buf_puts(&object, escapes[e]);
                fp_buf_putc(&object, 'k');
            }
            fp_buf_puts(&object, "\":1,\"n\\u0061me\":\"n\"},\"x\":{\"y\\u007a\":\"\"}}");
            check_against_reference(fp_buf_str(&object));
        }
}
END_TEST

START_TEST(broken_text_gives_the_same_in_any_chunks)
{
    static const char good[] =
        "{\"items\":[{\"kind\":\"A\",\"x\":{\"a\":\"" FILL_64
        "\\\\\\\"\",\"b\":[{},[]]},\"metadata\":{"
        "\"name\":\"n\"},\"spec\":{\"ingress\":[{\"a\":\"" FILL_16 "\"}]}}],\"kind\":\"List\"}";
    static const char wrong[] = "\"\\{}[],:x\n\x01\xff";

    for (size_t at = 0; at < sizeof(good) - 1; at++) {
        fp_cleanup_buf fp_buf text = {0};
        fp_cleanup_buf fp_buf expected = {0};

        fp_buf_puts(&text, good);
        text.data[at] = wrong[at % (sizeof(wrong) - 1)];
        (void)feed(fp_buf_str(&text), text.len, FP_RAW_AVX2, &expected);
        for (size_t chunk = 1; chunk <= 130; chunk += 1 + chunk / 3) {
            for (fp_raw_way way = FP_RAW_BYTES; way <= FP_RAW_AVX2; way++) {
                fp_cleanup_buf fp_buf out = {0};

                (void)feed(fp_buf_str(&text), chunk, way, &out);
                ck_assert_msg(fp_str_eq(fp_buf_str(&out), fp_buf_str(&expected)),
                              "chunks of %zu, way %u, of %s\ngive %s\nexpected %s", chunk, way,
                              text.data, out.data, expected.data);
            }
        }
    }
}
END_TEST

/* --- what API servers sent --- */

static size_t count_lines(const fp_buf *buf)
{
    size_t n = 0;

    for (size_t i = 0; i < buf->len; i++)
        n += buf->data[i] == '\n';
    return n;
}

START_TEST(what_servers_send_is_read_in_any_chunks)
{
    static const struct {
        const char *name;
        size_t objects;
    } files[] = {
        {"wire/pod-list.json", 3},
        {"wire/calico-networkpolicy-list.json", 1},
        {"wire/calico-hostendpoint-list.json", 3},
        {"wire/watch.json", 6},
        {"wire/status.json", 1},
    };

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        size_t len;
        char *text = fp_test_read(files[i].name, &len);
        fp_cleanup_buf fp_buf expected = {0};

        ck_assert_int_eq(feed(fp_str_n(text, len), len, true, &expected), 0);
        ck_assert_msg(strstr(expected.data, "bad ") == NULL, "%s", expected.data);
        ck_assert_msg(strstr(expected.data, "managedFields") == NULL, "%s", expected.data);
        ck_assert_msg(count_lines(&expected) == files[i].objects, "%s: %s", files[i].name,
                      expected.data);
        check_all_chunks(fp_str_n(text, len), fp_buf_str(&expected));
        free(text);
    }
}
END_TEST

/* What a cut text gives must begin as what the whole gives, and end with a failure. */
static void check_cut(fp_str text, size_t at, const fp_buf *whole)
{
    fp_cleanup_buf fp_buf out = {0};
    fp_str objects;
    int r = feed(fp_str_sub(text, 0, at), 97, at % 2, &out);
    const char *end = out.len ? strstr(out.data, "end ") : NULL;

    objects = fp_str_n(out.data, end ? (size_t)(end - out.data) : out.len);
    ck_assert_msg(fp_str_starts_with(fp_buf_str(whole), objects), "cut at %zu: %s", at, out.data);
    ck_assert_msg(r == FEDPOL_E_PARSE && end, "cut at %zu gives %d", at, r);
}

START_TEST(a_list_cut_anywhere_gives_its_complete_objects_only)
{
    size_t len;
    char *text = fp_test_read("wire/pod-list.json", &len);
    fp_cleanup_buf fp_buf whole = {0};

    while (len && text[len - 1] != '}')
        len--;
    ck_assert_int_eq(feed(fp_str_n(text, len), len, false, &whole), 0);
    for (size_t at = 0; at < len; at++)
        check_cut(fp_str_n(text, len), at, &whole);
    free(text);
}
END_TEST

FP_TEST_MAIN("wire/chunks", hostile_objects_are_filtered_like_whole_trees,
             random_objects_are_filtered_like_whole_trees,
             keys_of_any_length_are_read_the_same_in_any_chunks,
             broken_text_gives_the_same_in_any_chunks, what_servers_send_is_read_in_any_chunks,
             a_list_cut_anywhere_gives_its_complete_objects_only)
