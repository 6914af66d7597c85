/* SPDX-License-Identifier: Apache-2.0 */

/* Limits of the object stream: what is beyond them costs one object, and little memory. */

#include <stdio.h>
#include <string.h>

#include "libfedpol/base/buf.h"
#include "libfedpol/wire/object_stream.h"
#include "tests/support/fp_test.h"
#include "tests/support/wire_dump.h"

static int feed_some(fp_object_stream *stream, const char *piece, size_t times)
{
    fp_cleanup_buf fp_buf block = {0};
    size_t n = 0;

    while (n < times && block.len < 60000) {
        fp_buf_puts(&block, piece);
        n++;
    }
    for (size_t done = 0; done < times;) {
        size_t now = times - done < n ? times - done : n;
        int r = fp_object_stream_feed(stream, block.data, now * strlen(piece), NULL);

        if (r < 0)
            return r;
        done += now;
    }
    return 0;
}

typedef struct part {
    const char *piece;
    size_t times;
} part;

/* A List of a good object, a bad one made of PARTS, and another good one. */
static int feed_between(const fp_wire_limits *limits, const part *parts, size_t n, fp_buf *out)
{
    fp_wire_sink sink = wire_dump_sink(out);
    fp_object_stream *stream;
    int r;

    ck_assert_int_eq(fp_object_stream_new(limits, &sink, FP_STR_NULL, FP_STR_NULL, &stream), 0);
    r = feed_some(stream, "{\"items\":[{\"kind\":\"B\"},", 1);
    for (size_t i = 0; i < n && r == 0; i++)
        r = feed_some(stream, parts[i].piece, parts[i].times);
    if (r == 0)
        r = feed_some(stream, ",{\"kind\":\"C\"}]}", 1);
    fp_object_stream_free(stream);
    return r;
}

#define NAMED "\"kind\":\"A\",\"metadata\":{\"name\":\"n\",\"namespace\":\"ns\"}"

static void check_refused(const fp_wire_limits *limits, const part *parts, size_t n,
                          const char *code)
{
    fp_cleanup_buf fp_buf out = {0};
    fp_cleanup_buf fp_buf expected = {0};

    ck_assert_int_eq(feed_between(limits, parts, n, &out), 0);
    fp_buf_printf(&expected,
                  "B  {\"kind\":\"B\"}\nbad %s kind=\"A\" namespace=\"ns\" name=\"n\": ", code);
    ck_assert_msg(fp_str_starts_with(fp_buf_str(&out), fp_buf_str(&expected)), "%s", out.data);
    ck_assert_msg(fp_str_ends_with(fp_buf_str(&out), FP_STR("\nC  {\"kind\":\"C\"}\n")), "%s",
                  out.data);
}

#define CHECK_REFUSED(limits, parts, code)                                                         \
    check_refused((limits), (parts), sizeof(parts) / sizeof((parts)[0]), (code))

START_TEST(an_array_of_ten_million_levels_costs_its_object_only)
{
    const part skipped[] = {{"{" NAMED ",\"x\":", 1}, {"[", 10000000}, {"]", 10000000}, {"}", 1}};
    const part kept[] = {{"{\"code\":", 1}, {"[", 10000000}, {"]", 10000000}, {"," NAMED "}", 1}};

    CHECK_REFUSED(&fp_wire_default_limits, skipped, "FEDPOL_E_TOO_DEEP");
    CHECK_REFUSED(&fp_wire_default_limits, kept, "FEDPOL_E_TOO_DEEP");
}
END_TEST

START_TEST(depth_counts_from_the_object_whatever_is_around_it)
{
    fp_wire_limits limits = fp_wire_default_limits;
    const part fits[] = {{"{\"kind\":\"A\",\"spec\":{\"order\":[[]],\"x\":[[]]}}", 1}};
    const part kept[] = {{"{" NAMED ",\"spec\":{\"order\":[[[]]]}}", 1}};
    const part skipped[] = {{"{" NAMED ",\"spec\":{\"x\":[{\"a\":{}}]}}", 1}};
    fp_cleanup_buf fp_buf out = {0};

    limits.max_depth = 4;
    ck_assert_int_eq(feed_between(&limits, fits, 1, &out), 0);
    ck_assert_msg(strstr(out.data, "bad") == NULL, "%s", out.data);
    CHECK_REFUSED(&limits, kept, "FEDPOL_E_TOO_DEEP");
    CHECK_REFUSED(&limits, skipped, "FEDPOL_E_TOO_DEEP");
}
END_TEST

/* Nothing was written of it before it was refused. */
START_TEST(a_value_that_is_no_object_is_refused_when_too_deep)
{
    static const struct {
        const char *begin;
        const char *end;
        const char *expected;
    } table[] = {
        {"{\"type\":\"ADDED\",\"object\":", "}", "ADDED bad FEDPOL_E_TOO_DEEP"},
        {"{\"kind\":\"List\",\"items\":[", "]}", "bad FEDPOL_E_TOO_DEEP"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        fp_cleanup_buf fp_buf text = {0};
        fp_cleanup_buf fp_buf out = {0};
        fp_wire_sink sink = wire_dump_sink(&out);
        fp_object_stream *stream;

        fp_buf_puts(&text, table[i].begin);
        for (int level = 0; level < 70; level++)
            fp_buf_putc(&text, '[');
        for (int level = 0; level < 70; level++)
            fp_buf_putc(&text, ']');
        fp_buf_puts(&text, table[i].end);
        ck_assert_int_eq(
            fp_object_stream_new(&fp_wire_default_limits, &sink, FP_STR_NULL, FP_STR_NULL, &stream),
            0);
        ck_assert_int_eq(fp_object_stream_feed(stream, text.data, text.len, NULL), 0);
        ck_assert_int_eq(fp_object_stream_end(stream, NULL), 0);
        ck_assert_msg(fp_str_starts_with(fp_buf_str(&out), fp_str_of(table[i].expected)), "%s",
                      out.data);
        fp_object_stream_free(stream);
    }
}
END_TEST

START_TEST(an_object_of_too_many_bytes_is_refused_with_its_name)
{
    const part skipped[] = {{"{\"x\":\"", 1}, {"0123456789", 900000}, {"\"," NAMED "}", 1}};
    const part kept[] = {{"{\"message\":\"", 1}, {"0123456789", 500000}, {"\"," NAMED "}", 1}};
    const part named_last[] = {
        {"{\"status\":{\"addresses\":[", 1}, {"\"0123456789\",", 500000}, {"1]}," NAMED "}", 1}};
    const part long_name[] = {{"{\"message\":\"", 1},
                              {"0123456789", 500000},
                              {"\",\"apiVersion\":\"", 1},
                              {"0123456789", 100000},
                              {"\"," NAMED "}", 1}};

    CHECK_REFUSED(&fp_wire_default_limits, skipped, "FEDPOL_E_TOO_LONG");
    CHECK_REFUSED(&fp_wire_default_limits, kept, "FEDPOL_E_TOO_LONG");
    CHECK_REFUSED(&fp_wire_default_limits, named_last, "FEDPOL_E_TOO_LONG");
    CHECK_REFUSED(&fp_wire_default_limits, long_name, "FEDPOL_E_TOO_LONG");
}
END_TEST

START_TEST(an_object_of_one_mebibyte_passes)
{
    const part parts[] = {{"{" NAMED ",\"x\":\"", 1},
                          {"0123456789abcdef", 65536},
                          {"\",\"message\":\"", 1},
                          {"0123456789abcdef", 65536},
                          {"\"}", 1}};
    fp_cleanup_buf fp_buf out = {0};

    ck_assert_int_eq(feed_between(&fp_wire_default_limits, parts, 5, &out), 0);
    ck_assert_uint_gt(out.len, 1 << 20);
    ck_assert_uint_lt(out.len, (1 << 20) + 1000);
    ck_assert(strstr(out.data, "bad") == NULL);
}
END_TEST

START_TEST(members_are_counted)
{
    fp_wire_limits limits = fp_wire_default_limits;
    const part parts[] = {{"{" NAMED ",\"code\":[", 1}, {"1,", 300000}, {"1]}", 1}};

    CHECK_REFUSED(&limits, parts, "FEDPOL_E_LIMIT");
}
END_TEST

START_TEST(a_hundred_thousand_labels_are_read)
{
    fp_cleanup_buf fp_buf text = {0};
    fp_cleanup_buf fp_buf out = {0};
    part parts[1];

    fp_buf_puts(&text, "{\"kind\":\"A\",\"metadata\":{\"labels\":{");
    for (int i = 0; i < 100000; i++)
        fp_buf_printf(&text, "%s\"l%d\":\"v\"", i ? "," : "", i);
    fp_buf_puts(&text, "}}}");
    parts[0] = (part){text.data, 1};
    ck_assert_int_eq(feed_between(&fp_wire_default_limits, parts, 1, &out), 0);
    ck_assert(strstr(out.data, "bad") == NULL);
    ck_assert(strstr(out.data, "\"l99999\":\"v\"}}}\n") != NULL);
}
END_TEST

START_TEST(items_that_wait_for_their_kind_are_bounded)
{
    fp_wire_limits limits = fp_wire_default_limits;
    const part parts[] = {{"{\"code\":1},", 5000}, {"{}", 1}};
    fp_cleanup_buf fp_buf out = {0};
    fp_cleanup_buf fp_buf few = {0};

    limits.max_deferred_bytes = 100000;
    ck_assert_int_eq(feed_between(&limits, parts, 2, &out), FEDPOL_E_LIMIT);
    limits.max_deferred_bytes = 1000000;
    ck_assert_int_eq(feed_between(&limits, parts, 2, &few), 0);
}
END_TEST

static int nothing(void *user, const fp_wire_object *object)
{
    (void)user;
    (void)object;
    return 0;
}

START_TEST(a_stream_keeps_little_after_a_large_object)
{
    const fp_wire_sink sink = {.object = nothing};
    fp_object_stream *stream;
    size_t before;

    fp_test_count_allocs();
    ck_assert_int_eq(
        fp_object_stream_new(&fp_wire_default_limits, &sink, FP_STR_NULL, FP_STR_NULL, &stream), 0);
    before = fp_test_live_allocs();
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(
            feed_some(stream, "{\"kind\":\"A\",\"metadata\":{\"labels\":{\"a\":\"\\n\"}}}", 1), 0);
    ck_assert_uint_le(fp_test_live_allocs(), before + 12);
    fp_object_stream_free(stream);
    ck_assert_uint_eq(fp_test_live_allocs(), 0);
    fp_alloc_set(NULL);
}
END_TEST

START_TEST(objects_that_are_refused_one_after_the_other_keep_nothing)
{
    static const char *const bads[] = {
        "{\"type\":\"X\",\"object\":{}}",
        "{\"type\":\"X\",\"object\":{\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"}}}",
        "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"},\"spec\":{\"podSelector\":[[[[[[[[[[[[1]]]"
        "]]]]]]]]]}}",
        "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Pod\",\"spec\":{\"x\":[[[[[[[[[[[[1]]]]]]]]]]]]"
        "}}}",
        "{\"kind\":\"Pod\",\"metadata\":7}",
        "{}",
    };
    fp_wire_limits limits = fp_wire_default_limits;

    limits.max_depth = 8;
    for (size_t i = 0; i < FP_ARRAY_LEN(bads); i++) {
        const fp_wire_sink sink = {0};
        fp_object_stream *stream = NULL;
        size_t before = 0;

        fp_test_count_allocs();
        ck_assert_int_eq(fp_object_stream_new(&limits, &sink, FP_STR_NULL, FP_STR_NULL, &stream),
                         0);
        for (size_t n = 0; n < 20000; n++) {
            ck_assert_int_eq(fp_object_stream_feed(stream, bads[i], strlen(bads[i]), NULL), 0);
            if (n == 10)
                before = fp_test_live_allocs();
        }
        ck_assert_msg(fp_test_live_allocs() <= before + 2, "%s: %zu blocks, then %zu", bads[i],
                      before, fp_test_live_allocs());
        fp_object_stream_free(stream);
        ck_assert_uint_eq(fp_test_live_allocs(), 0);
        fp_alloc_set(NULL);
    }
}
END_TEST

START_TEST(lists_one_after_the_other_keep_the_last_version_only)
{
    const fp_wire_sink sink = {0};
    fp_object_stream *stream = NULL;
    char list[200];
    size_t before = 0;

    fp_test_count_allocs();
    ck_assert_int_eq(
        fp_object_stream_new(&fp_wire_default_limits, &sink, FP_STR("v1"), FP_STR("Pod"), &stream),
        0);
    for (unsigned n = 0; n < 20000; n++) {
        (void)snprintf(
            list, sizeof(list),
            "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"%u\",\"continue\":"
            "\"after-%u\"},\"items\":[]}",
            1000000 + n, 2000000 - n);
        ck_assert_int_eq(fp_object_stream_feed(stream, list, strlen(list), NULL), 0);
        if (n == 10)
            before = fp_test_live_allocs();
    }
    ck_assert_uint_le(fp_test_live_allocs(), before + 2);
    ck_assert_str(fp_object_stream_resource_version(stream), "1019999");
    ck_assert_str(fp_object_stream_continue(stream), "after-1980001");
    fp_object_stream_free(stream);
    ck_assert_uint_eq(fp_test_live_allocs(), 0);
    fp_alloc_set(NULL);
}
END_TEST

START_TEST(what_has_no_end_ends_the_stream)
{
    static const char *const begins[] = {"{\"items\":[{\"metadata\":{\"name\":\"",
                                         "{\"items\":[{\"metadata\":{\"a\":[1",
                                         "{\"items\":[{\"kind\":\"A\"}",
                                         "{\"kind\":\"B\"}",
                                         "{\"x\":",
                                         "{\""};
    static const char *const pieces[] = {"xxxxxxxx", ",\"y\"", "        ", "\n", "[", "key"};
    const fp_wire_limits limits = {64, 1000, 1000, 1000, 100000};

    for (size_t i = 0; i < FP_ARRAY_LEN(begins); i++) {
        fp_cleanup_buf fp_buf out = {0};
        fp_wire_sink sink = wire_dump_sink(&out);
        fp_object_stream *stream;
        fedpol_error *error = NULL;
        size_t n = 0;
        int r;

        ck_assert_int_eq(fp_object_stream_new(&limits, &sink, FP_STR_NULL, FP_STR_NULL, &stream),
                         0);
        r = feed_some(stream, begins[i], 1);
        for (; r == 0 && n < 20000; n++)
            r = fp_object_stream_feed(stream, pieces[i], strlen(pieces[i]), &error);
        ck_assert_msg(r == FEDPOL_E_TOO_LONG, "%s: %d", begins[i], r);
        ck_assert_msg(n * strlen(pieces[i]) < 9000, "%s: %zu", begins[i], n);
        ck_assert_ptr_nonnull(error);
        fedpol_error_free(error);
        fp_object_stream_free(stream);
    }
}
END_TEST

FP_TEST_MAIN("wire/limits", lists_one_after_the_other_keep_the_last_version_only,
             objects_that_are_refused_one_after_the_other_keep_nothing,
             what_has_no_end_ends_the_stream, an_array_of_ten_million_levels_costs_its_object_only,
             depth_counts_from_the_object_whatever_is_around_it,
             a_value_that_is_no_object_is_refused_when_too_deep,
             an_object_of_too_many_bytes_is_refused_with_its_name, an_object_of_one_mebibyte_passes,
             members_are_counted, a_hundred_thousand_labels_are_read,
             items_that_wait_for_their_kind_are_bounded, a_stream_keeps_little_after_a_large_object)
