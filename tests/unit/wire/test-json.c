/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/buf.h"
#include "libfedpol/wire/object_stream.h"
#include "tests/support/fp_test.h"
#include "tests/support/wire_dump.h"

static int parse(fp_str text, fp_buf *out)
{
    fp_arena arena;
    fedpol_error *error = NULL;
    fp_value *value = NULL;
    int r;

    fp_arena_init(&arena, 0);
    r = fp_json_parse(text, &fp_wire_default_limits, &arena, &value, &error);
    if (r == 0)
        wire_put_value(out, value);
    else if (error)
        fp_buf_printf(out, "%s at %lld", fedpol_error_get_message(error),
                      (long long)fedpol_error_get_offset(error));
    fedpol_error_free(error);
    fp_arena_done(&arena);
    return r < 0 ? r : fp_buf_error(out);
}

START_TEST(a_text_becomes_the_same_tree)
{
    static const struct {
        const char *text;
        const char *expected;
    } table[] = {
        {"{}", "{}"},
        {" [ ] ", "[]"},
        {"null", "null"},
        {"-1.50e+3", "-1.50e+3"},
        {"\"a\\u0041\\n\\\"\\/\\ud83d\\ude00\"", "\"aA\\n\\\"/\xf0\x9f\x98\x80\""},
        {"{\"a\":[1,{\"b\":true,\"c\":false}],\"d\":{}}",
         "{\"a\":[1,{\"b\":true,\"c\":false}],\"d\":{}}"},
        {"{\"a\":{\"x\":1},\"b\":{\"x\":1}}", "{\"a\":{\"x\":1},\"b\":{\"x\":1}}"},
        {"\"\xc3\xa9 ordinary text with one accent in it\"",
         "\"\xc3\xa9 ordinary text with one accent in it\""},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        fp_cleanup_buf fp_buf out = {0};

        ck_assert_int_eq(parse(fp_str_of(table[i].text), &out), 0);
        ck_assert_str(fp_buf_str(&out), table[i].expected);
    }
}
END_TEST

START_TEST(what_is_not_json_or_ambiguous_is_refused)
{
    static const struct {
        fp_str text;
        int code;
    } table[] = {
        {FP_STR_INIT(""), FEDPOL_E_PARSE},
        {FP_STR_INIT("{"), FEDPOL_E_PARSE},
        {FP_STR_INIT("{}x"), FEDPOL_E_PARSE},
        {FP_STR_INIT("{} {}"), FEDPOL_E_PARSE},
        {FP_STR_INIT("[01]"), FEDPOL_E_PARSE},
        {FP_STR_INIT("[1,]"), FEDPOL_E_PARSE},
        {FP_STR_INIT("{\"a\" 1}"), FEDPOL_E_PARSE},
        {FP_STR_INIT("[tru]"), FEDPOL_E_PARSE},
        {FP_STR_INIT("/* c */ {}"), FEDPOL_E_PARSE},
        {FP_STR_INIT("\"a\nb\""), FEDPOL_E_PARSE},
        {FP_STR_INIT("\"a\0b\""), FEDPOL_E_PARSE},
        {FP_STR_INIT("\"\\x\""), FEDPOL_E_PARSE},
        {FP_STR_INIT("\"\\u12g4\""), FEDPOL_E_PARSE},
        {FP_STR_INIT("\"\\u0000\""), FEDPOL_E_BAD_OBJECT},
        {FP_STR_INIT("{\"a\\u0000\":1}"), FEDPOL_E_BAD_OBJECT},
        {FP_STR_INIT("\"\\ud800\""), FEDPOL_E_BAD_OBJECT},
        {FP_STR_INIT("\"\\udc00\""), FEDPOL_E_BAD_OBJECT},
        {FP_STR_INIT("\"\\ud800x\""), FEDPOL_E_BAD_OBJECT},
        {FP_STR_INIT("\"\\ud800\\u0041\""), FEDPOL_E_BAD_OBJECT},
        {FP_STR_INIT("\"\xff\""), FEDPOL_E_BAD_OBJECT},
        {FP_STR_INIT("\"\xc0\x80\""), FEDPOL_E_BAD_OBJECT},
        {FP_STR_INIT("\"\xed\xa0\x80\""), FEDPOL_E_BAD_OBJECT},
        {FP_STR_INIT("{\"a\":1,\"a\":1}"), FEDPOL_E_BAD_OBJECT},
        {FP_STR_INIT("{\"a\":1,\"\\u0061\":1}"), FEDPOL_E_BAD_OBJECT},
        {FP_STR_INIT("{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":9,"
                     "\"j\":10,\"k\":11,\"l\":12,\"m\":13,\"d\":14}"),
         FEDPOL_E_BAD_OBJECT},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        fp_cleanup_buf fp_buf out = {0};
        int r = parse(table[i].text, &out);

        ck_assert_msg(r == table[i].code, "row %zu gives %d, %s", i, r, out.data);
    }
}
END_TEST

START_TEST(an_escaped_backslash_before_u0000_is_plain_text)
{
    fp_cleanup_buf fp_buf out = {0};

    ck_assert_int_eq(parse(FP_STR("\"\\\\u0000\""), &out), 0);
    ck_assert_str(fp_buf_str(&out), "\"\\\\u0000\"");
}
END_TEST

START_TEST(the_message_names_the_key_and_the_place)
{
    fp_cleanup_buf fp_buf out = {0};

    ck_assert_int_eq(parse(FP_STR("{\"name\":1,\"name\":2} "), &out), FEDPOL_E_BAD_OBJECT);
    ck_assert_str(fp_buf_str(&out), "a key appears twice in one object: \"name\" at 19");
}
END_TEST

static fp_str repeat(fp_buf *buf, const char *piece, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fp_buf_puts(buf, piece);
    return fp_buf_str(buf);
}

START_TEST(depth_is_limited_however_deep_the_text_is)
{
    fp_cleanup_buf fp_buf fits = {0};
    fp_cleanup_buf fp_buf deep = {0};
    fp_cleanup_buf fp_buf out = {0};

    (void)repeat(&fits, "[", 64);
    ck_assert_int_eq(parse(repeat(&fits, "]", 64), &out), 0);
    (void)repeat(&deep, "[", 65);
    ck_assert_int_eq(parse(repeat(&deep, "]", 65), &out), FEDPOL_E_TOO_DEEP);
    ck_assert_int_eq(parse(repeat(&deep, "[", 5000000), &out), FEDPOL_E_TOO_DEEP);
}
END_TEST

START_TEST(members_and_length_are_limited)
{
    fp_wire_limits limits = fp_wire_default_limits;
    fp_arena arena;
    fp_value *value;

    fp_arena_init(&arena, 0);
    limits.max_members = 3;
    limits.max_object_bytes = 20;
    ck_assert_int_eq(fp_json_parse(FP_STR("[1,2,3]"), &limits, &arena, &value, NULL), 0);
    ck_assert_int_eq(fp_json_parse(FP_STR("[1,2,3,4]"), &limits, &arena, &value, NULL),
                     FEDPOL_E_LIMIT);
    ck_assert_int_eq(
        fp_json_parse(FP_STR("[[1,2,3],[1,2,3],[1,2,3]]"), &limits, &arena, &value, NULL),
        FEDPOL_E_TOO_LONG);
    limits.max_object_bytes = 100;
    ck_assert_int_eq(
        fp_json_parse(FP_STR("[[1,2,3],[1,2,3],[1,2,3]]"), &limits, &arena, &value, NULL),
        FEDPOL_E_LIMIT);
    fp_arena_done(&arena);
}
END_TEST

static int oom_scenario(void *user)
{
    fp_cleanup_buf fp_buf out = {0};
    const fp_str *text = user;
    int r = parse(*text, &out);

    return r == FEDPOL_E_BAD_OBJECT || r == FEDPOL_E_PARSE ? 0 : r;
}

static void run_out(fp_str text)
{
    fp_test_oom(oom_scenario, &text);
}

START_TEST(running_out_of_memory_inside_yajl_leaks_nothing)
{
    fp_cleanup_buf fp_buf long_text = {0};
    const char *const texts[] = {
        "{\"a\":[1,{\"b\":\"\\u0041\\u0042 escaped and long enough\",\"c\":null}],\"d\":{}}",
        "{\"twice\":1,\"twice\":2}",
        "{\"broken\":tru}",
        "[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        run_out(fp_str_of(texts[i]));
    fp_buf_puts(&long_text, "\"\\n");
    (void)repeat(&long_text, "0123456789abcdef", 2000);
    fp_buf_puts(&long_text, "\"");
    run_out(fp_buf_str(&long_text));
}
END_TEST

FP_TEST_MAIN("wire/json", a_text_becomes_the_same_tree, what_is_not_json_or_ambiguous_is_refused,
             an_escaped_backslash_before_u0000_is_plain_text,
             the_message_names_the_key_and_the_place, depth_is_limited_however_deep_the_text_is,
             members_and_length_are_limited, running_out_of_memory_inside_yajl_leaks_nothing)
