/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/buf.h"
#include "libfedpol/wire/object_stream.h"
#include "tests/support/fp_test.h"
#include "tests/support/wire_dump.h"

static int feed_hinted(const fp_wire_limits *limits, fp_str text, fp_str hint_api, fp_str hint_kind,
                       fp_buf *out)
{
    fp_wire_sink sink = wire_dump_sink(out);
    fp_object_stream *stream = NULL;
    fedpol_error *error = NULL;
    int r = fp_object_stream_new(limits, &sink, hint_api, hint_kind, &stream);

    if (r == 0)
        r = fp_object_stream_feed(stream, text.ptr, text.len, &error);
    if (r == 0)
        r = fp_object_stream_end(stream, &error);
    if (error)
        fp_buf_printf(out, "end %s: %s at %lld\n", fedpol_error_get_where(error),
                      fedpol_error_get_message(error), (long long)fedpol_error_get_offset(error));
    fedpol_error_free(error);
    fp_object_stream_free(stream);
    return r;
}

static int feed(const char *text, fp_buf *out)
{
    return feed_hinted(&fp_wire_default_limits, fp_str_of(text), FP_STR_NULL, FP_STR_NULL, out);
}

typedef struct row {
    const char *json;
    const char *expected;
} row;

static void check_rows(const row *rows, size_t n, int code)
{
    for (size_t i = 0; i < n; i++) {
        fp_cleanup_buf fp_buf out = {0};
        int r = feed(rows[i].json, &out);

        ck_assert_msg(r == code, "%s gives %d: %s", rows[i].json, r, out.len ? out.data : "");
        ck_assert_str(fp_buf_str(&out), rows[i].expected);
    }
}

#define CHECK_ROWS(rows, code) check_rows(rows, sizeof(rows) / sizeof(rows[0]), code)

START_TEST(members_that_nobody_reads_are_left_out)
{
    static const row rows[] = {
        {"{}", "  {}\n"},
        {"{\"x\":{\"y\":[1,\"]\"]},\"kind\":\"A\",\"zz\":null}", "A  {\"kind\":\"A\"}\n"},
        {"{\"metadata\":{\"managedFields\":[{\"f:x\":{}}],\"name\":\"n\",\"labels\":{\"a\":\"b\"}}"
         "}",
         "  {\"metadata\":{\"name\":\"n\",\"labels\":{\"a\":\"b\"}}}\n"},
        {"{\"spec\":{\"containers\":[{\"name\":\"c\",\"ports\":[{\"name\":\"h\"}]},{\"image\":1},"
         "7]}}",
         "  {\"spec\":{\"containers\":[{\"ports\":[{\"name\":\"h\"}]},{},7]}}\n"},
        {"{\"spec\":{\"ingress\":[{\"unknown\":1}]}}",
         "  {\"spec\":{\"ingress\":[{\"unknown\":1}]}}\n"},
        {"{\"sp\\u0065c\":{\"no\\u0064eName\":\"n\"}}", "  {\"spec\":{\"nodeName\":\"n\"}}\n"},
        {"{\"metadata\":7,\"spec\":[{\"a\":1}],\"status\":\"Failure\"}",
         "  {\"metadata\":7,\"spec\":[{\"a\":1}],\"status\":\"Failure\"}\n"},
        {" { \"kind\" :\t\"A\" ,\r\n \"spec\" : { } } ", "A  {\"kind\":\"A\",\"spec\":{}}\n"},
        {"{\"kind\":\"A\"}{\"kind\":\"B\"}\n{\"kind\":\"C\"}",
         "A  {\"kind\":\"A\"}\nB  {\"kind\":\"B\"}\nC  {\"kind\":\"C\"}\n"},
        {"{\"x\":1,\"x\":2,\"metadata\":{\"y\":1,\"y\":{},\"namespace\":\"u\"}}",
         "  {\"metadata\":{\"namespace\":\"u\"}}\n"},
        {"\xef\xbb\xbf{\"kind\":\"A\"}", "A  {\"kind\":\"A\"}\n"},
    };

    CHECK_ROWS(rows, 0);
}
END_TEST

START_TEST(lists_are_opened_in_any_order_of_keys)
{
    static const row rows[] = {
        {"{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[{\"code\":1},{\"code\":2}]}",
         "Pod v1 {\"code\":1}\nPod v1 {\"code\":2}\n"},
        {"{\"items\":[{\"code\":1},{\"code\":2}],\"kind\":\"PodList\",\"apiVersion\":\"v1\"}",
         "Pod v1 {\"code\":1}\nPod v1 {\"code\":2}\n"},
        {"{\"apiVersion\":\"v1\",\"items\":[{\"kind\":\"A\",\"apiVersion\":\"a/v1\"},{\"code\":2}],"
         "\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"7\"}}",
         "A a/v1 {\"kind\":\"A\",\"apiVersion\":\"a/v1\"}\nPod v1 {\"code\":2}\n"},
        {"{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[{\"kind\":\"A\"},{\"code\":1}]}",
         "A  {\"kind\":\"A\"}\n  {\"code\":1}\n"},
        {"{\"kind\":\"PodList\",\"items\":[]}", ""},
        {"{\"kind\":\"PodList\",\"items\":null}", ""},
        {"{\"kind\":\"PodList\"}", ""},
        {"{\"items\":[{\"items\":[{\"kind\":\"B\"}],\"kind\":\"A\"}]}", "A  {\"kind\":\"A\"}\n"},
        {"{\"kind\":\"PodList\",\"items\":[{}]}{\"kind\":\"B\"}{\"items\":[{\"code\":3}]}",
         "Pod  {}\nB  {\"kind\":\"B\"}\n  {\"code\":3}\n"},
    };

    CHECK_ROWS(rows, 0);
}
END_TEST

START_TEST(watch_events_are_opened_in_any_order_of_keys)
{
    static const row rows[] = {
        {"{\"type\":\"ADDED\",\"object\":{\"kind\":\"A\",\"x\":1}}\n"
         "{\"object\":{\"kind\":\"A\"},\"type\":\"DELETED\"}\n"
         "{\"type\":\"MODIFIED\",\"object\":{\"kind\":\"B\"}}\n",
         "ADDED A  {\"kind\":\"A\"}\nDELETED A  {\"kind\":\"A\"}\nMODIFIED B  {\"kind\":\"B\"}\n"},
        {"{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"A\",\"metadata\":{\"resourceVersion\":"
         "\"9\","
         "\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}}}}",
         "BOOKMARK A  {\"kind\":\"A\",\"metadata\":{\"resourceVersion\":\"9\",\"annotations\":{"
         "\"k8s.io/initial-events-end\":\"true\"}}}\n"},
        {"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":"
         "\"old\",\"reason\":\"Expired\",\"code\":410}}",
         "ERROR Status  {\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"old\",\"reason\":"
         "\"Expired\",\"code\":410}\n"},
        {"{\"type\":\"ADDED\",\"object\":null}",
         "ADDED bad FEDPOL_E_BAD_OBJECT : expected an object\n"},
        {"{\"type\":\"ODD\",\"object\":{\"kind\":\"A\",\"metadata\":{\"name\":\"n\"}}}",
         "bad FEDPOL_E_BAD_OBJECT kind=\"A\" name=\"n\": a watch event of unknown type: \"ODD\"\n"},
        {"{\"object\":{\"kind\":\"A\"}}{\"kind\":\"Secret\",\"type\":\"Opaque\"}",
         "bad FEDPOL_E_BAD_OBJECT kind=\"A\": a watch event of unknown type\n"
         "Secret  {\"kind\":\"Secret\",\"type\":\"Opaque\"}\n"},
        {"{\"type\":\"ADDED\",\"object\":{\"kind\":\"A\"},\"object\":{\"kind\":\"B\"}}",
         "bad FEDPOL_E_BAD_OBJECT : a key appears twice in one object: \"object\"\n"},
    };

    CHECK_ROWS(rows, 0);
}
END_TEST

#define NAMED "\"kind\":\"A\",\"metadata\":{\"name\":\"n\",\"namespace\":\"ns\"}"
#define WHERE "kind=\"A\" namespace=\"ns\" name=\"n\""

START_TEST(a_bad_object_costs_that_object_alone)
{
    static const row rows[] = {
        {"{\"items\":[{" NAMED ",\"spec\":{},\"spec\":{}},{\"kind\":\"B\"}]}",
         "bad FEDPOL_E_BAD_OBJECT " WHERE ": a key appears twice in one object: \"spec\"\n"
         "B  {\"kind\":\"B\"}\n"},
        {"{\"items\":[{\"code\":\"\\u0000\"," NAMED "},{\"kind\":\"B\"}]}",
         "bad FEDPOL_E_BAD_OBJECT " WHERE ": a string contains NUL\nB  {\"kind\":\"B\"}\n"},
        {"{\"items\":[{\"code\":\"\\ud800\"," NAMED "},{\"code\":\"\xff\"," NAMED "}]}",
         "bad FEDPOL_E_BAD_OBJECT " WHERE ": a string contains half of a surrogate pair\n"
         "bad FEDPOL_E_BAD_OBJECT " WHERE ": a string is not valid UTF-8\n"},
        {"{\"items\":[1,\"two\",[{}],null,{\"kind\":\"B\"}]}",
         "bad FEDPOL_E_BAD_OBJECT : expected an object\n"
         "bad FEDPOL_E_BAD_OBJECT : expected an object\n"
         "bad FEDPOL_E_BAD_OBJECT : expected an object\n"
         "bad FEDPOL_E_BAD_OBJECT : expected an object\nB  {\"kind\":\"B\"}\n"},
        {"{\"kind\":\"PodList\",\"kind\":\"PodList\",\"items\":[{\"kind\":\"B\"}]}",
         "B  {\"kind\":\"B\"}\n"
         "bad FEDPOL_E_BAD_OBJECT kind=\"PodList\": a key appears twice in one object: \"kind\"\n"},
    };

    CHECK_ROWS(rows, 0);
}
END_TEST

START_TEST(bytes_that_are_not_json_end_the_stream)
{
    static const row rows[] = {
        {"", "end : no object in the text at 0\n"},
        {" \n ", "end : no object in the text at 3\n"},
        {"\xef\xbb", "end : the text ends inside an object at 2\n"},
        {"\xef\xbbx", "end : not JSON: half of a byte order mark at 2\n"},
        {"[]", "end : not a JSON object at 0\n"},
        {"{\"kind\":\"A\"} x", "A  {\"kind\":\"A\"}\nend : not a JSON object at 13\n"},
        {"{" NAMED ",", "end " WHERE ": the text ends inside an object at 53\n"},
        {"{" NAMED ",}", "end " WHERE ": not JSON: expected a key at 53\n"},
        {"{" NAMED ",\"x\" 1}", "end " WHERE ": not JSON: expected a colon at 57\n"},
        {"{" NAMED ",\"x\":}", "end " WHERE ": not JSON: expected a value at 57\n"},
        {"{" NAMED ",\"x\":,\"y\":1}", "end " WHERE ": not JSON: expected a value at 57\n"},
        {"{" NAMED ",\"x\":1 2}", "end " WHERE ": not JSON: expected a comma or the end at 59\n"},
        {"{" NAMED ",\"x\":[1}}",
         "end " WHERE ": not JSON: a wrong bracket, or a control byte in a string at 59\n"},
        {"{" NAMED ",\"x\":\"\n\"}",
         "end " WHERE ": not JSON: a wrong bracket, or a control byte in a string at 58\n"},
        {"{" NAMED ",\"x\n\":1}", "end " WHERE ": not JSON: a control byte in a key at 55\n"},
        {"{" NAMED ",\"\\x\":1}", "end " WHERE ": not JSON: a key with a wrong escape at 56\n"},
        {"{" NAMED ",\"code\":tru}", "end " WHERE ": not a JSON text at 63\n"},
        {"{\"items\":[{\"kind\":\"B\"},{" NAMED ",\"code\":{]}]}",
         "B  {\"kind\":\"B\"}\nend " WHERE
         ": not JSON: a wrong bracket, or a control byte in a string at 84\n"},
        {"{\"items\":[{\"kind\":\"B\"} {}]}",
         "B  {\"kind\":\"B\"}\nend : not JSON: expected a comma or the end at 23\n"},
    };

    CHECK_ROWS(rows, FEDPOL_E_PARSE);
}
END_TEST

START_TEST(nothing_can_be_fed_after_the_end_or_a_failure)
{
    const fp_wire_sink sink = {0};
    fp_object_stream *stream;

    ck_assert_int_eq(
        fp_object_stream_new(&fp_wire_default_limits, &sink, FP_STR_NULL, FP_STR_NULL, &stream), 0);
    ck_assert_int_eq(fp_object_stream_feed(stream, NULL, 0, NULL), 0);
    ck_assert_int_eq(fp_object_stream_feed(stream, "{}x", 3, NULL), FEDPOL_E_PARSE);
    ck_assert_int_eq(fp_object_stream_feed(stream, "{}", 2, NULL), FEDPOL_E_STATE);
    ck_assert_int_eq(fp_object_stream_end(stream, NULL), FEDPOL_E_STATE);
    ck_assert_ptr_null(fp_object_stream_free(stream));
    ck_assert_ptr_null(fp_object_stream_free(NULL));
}
END_TEST

START_TEST(the_hint_serves_objects_without_any_kind)
{
    fp_cleanup_buf fp_buf out = {0};

    ck_assert_int_eq(feed_hinted(&fp_wire_default_limits,
                                 FP_STR("{\"code\":1}{\"items\":[{\"code\":2},{\"kind\":\"B\"}]}"
                                        "{\"items\":[{\"code\":3}],\"kind\":\"CList\"}"),
                                 FP_STR("v9"), FP_STR("Hint"), &out),
                     0);
    ck_assert_str(fp_buf_str(&out),
                  "Hint v9 {\"code\":1}\nB  {\"kind\":\"B\"}\nHint v9 {\"code\":2}"
                  "\nC  {\"code\":3}\n");
}
END_TEST

START_TEST(the_metadata_of_the_list_can_be_asked_for)
{
    const fp_str text = FP_STR("{\"items\":[],\"metadata\":{\"continue\":\"next\","
                               "\"resourceVersion\":\"42\"},\"kind\":\"PodList\"}");
    const fp_wire_sink sink = {0};
    fp_object_stream *stream;

    ck_assert_int_eq(
        fp_object_stream_new(&fp_wire_default_limits, &sink, FP_STR_NULL, FP_STR_NULL, &stream), 0);
    ck_assert_uint_eq(fp_object_stream_resource_version(stream).len, 0);
    ck_assert_int_eq(fp_object_stream_feed(stream, text.ptr, text.len, NULL), 0);
    ck_assert_str(fp_object_stream_resource_version(stream), "42");
    ck_assert_str(fp_object_stream_continue(stream), "next");
    fp_object_stream_free(stream);
}
END_TEST

static int count_then_stop(void *user, const fp_wire_object *object)
{
    int *left = user;

    ck_assert(object->in_list);
    return --*left == 0 ? FEDPOL_E_LIMIT : 0;
}

START_TEST(the_sink_can_end_the_stream)
{
    const fp_str text = FP_STR("{\"kind\":\"AList\",\"items\":[{},{},{},{}]}");
    int left = 2;
    const fp_wire_sink sink = {.object = count_then_stop, .user = &left};
    fedpol_error *error = NULL;
    fp_object_stream *stream;

    ck_assert_int_eq(
        fp_object_stream_new(&fp_wire_default_limits, &sink, FP_STR_NULL, FP_STR_NULL, &stream), 0);
    ck_assert_int_eq(fp_object_stream_feed(stream, text.ptr, text.len, &error), FEDPOL_E_LIMIT);
    ck_assert_ptr_null(error);
    ck_assert_int_eq(left, 0);
    fp_object_stream_free(stream);
}
END_TEST

static int oom_scenario(void *user)
{
    fp_cleanup_buf fp_buf out = {0};
    const fp_str *text = user;
    int r = feed_hinted(&fp_wire_default_limits, *text, FP_STR("v1"), FP_STR("Hint"), &out);

    return r == FEDPOL_E_PARSE ? 0 : r;
}

START_TEST(running_out_of_memory_leaks_nothing)
{
    fp_str texts[] = {
        FP_STR(
            "{\"items\":[{\"code\":1},{\"kind\":\"A\",\"code\":\"\\u0000\"},{\"code\":1,\"code\":"
            "2}],\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"1\",\"continue\":\"x\"}"
            "}"),
        FP_STR(
            "{\"type\":\"ADDED\",\"object\":{\"kind\":\"A\",\"spec\":{\"containers\":[{\"ports\":["
            "]}]}}}"),
        FP_STR("{\"kind\":\"A\",\"code\":tru}"),
        FP_STR("{\"kind\":\"A\","),
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        fp_test_oom(oom_scenario, &texts[i]);
}
END_TEST

FP_TEST_MAIN("wire/stream", members_that_nobody_reads_are_left_out,
             lists_are_opened_in_any_order_of_keys, watch_events_are_opened_in_any_order_of_keys,
             a_bad_object_costs_that_object_alone, bytes_that_are_not_json_end_the_stream,
             nothing_can_be_fed_after_the_end_or_a_failure,
             the_hint_serves_objects_without_any_kind, the_metadata_of_the_list_can_be_asked_for,
             the_sink_can_end_the_stream, running_out_of_memory_leaks_nothing)
