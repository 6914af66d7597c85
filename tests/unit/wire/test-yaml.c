/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/buf.h"
#include "libfedpol/wire/object_stream.h"
#include "tests/support/fp_test.h"
#include "tests/support/wire_dump.h"

static int read_with(const fp_wire_limits *limits, fp_str text, fp_buf *out)
{
    fp_wire_sink sink = wire_dump_sink(out);
    fedpol_error *error = NULL;
    int r = fp_yaml_read(text.ptr, text.len, limits, &sink, &error);

    if (error)
        fp_buf_printf(out, "end: %s\n", fedpol_error_get_message(error));
    fedpol_error_free(error);
    return r;
}

static int read_yaml(const char *text, fp_buf *out)
{
    return read_with(&fp_wire_default_limits, fp_str_of(text), out);
}

START_TEST(scalars_are_typed_as_the_tools_of_kubernetes_do)
{
    static const struct {
        const char *yaml;
        const char *json;
    } table[] = {
        {"", "null"},
        {"~", "null"},
        {"null", "null"},
        {"NULL", "null"},
        {"nUll", "\"nUll\""},
        {"yes", "true"},
        {"on", "true"},
        {"True", "true"},
        {"y", "true"},
        {"no", "false"},
        {"OFF", "false"},
        {"tRue", "\"tRue\""},
        {"8080", "8080"},
        {"+8080", "8080"},
        {"-17", "-17"},
        {"010", "8"},
        {"0o10", "8"},
        {"0x1F", "31"},
        {"-0x10", "-16"},
        {"0b101", "5"},
        {"1_000", "1000"},
        {"08", "8"},
        {"18446744073709551615", "18446744073709551615"},
        {"18446744073709551616", "18446744073709551616"},
        {"1e3", "1e3"},
        {"1.50", "1.50"},
        {".5", "0.5"},
        {"5.", "5"},
        {"-.5e-3", "-0.5e-3"},
        {"1e", "\"1e\""},
        {"1.2.3", "\"1.2.3\""},
        {"10.0.0.0/8", "\"10.0.0.0/8\""},
        {"12:30:45", "\"12:30:45\""},
        {"2001-01-01", "\"2001-01-01\""},
        {"2001:db8::1", "\"2001:db8::1\""},
        {".", "\".\""},
        {"0x", "\"0x\""},
        {"0xfg", "\"0xfg\""},
        {"'8080'", "\"8080\""},
        {"\"true\"", "\"true\""},
        {"\"a\\tb\"", "\"a\\tb\""},
        {"!!str 8080", "\"8080\""},
        {"!!int 8080", "8080"},
        {"! 8080", "\"8080\""},
        {"|\n  two\n  lines\n", "\"two\\nlines\\n\""},
        {">-\n  two\n  lines\n", "\"two lines\""},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        fp_cleanup_buf fp_buf text = {0};
        fp_cleanup_buf fp_buf out = {0};
        fp_cleanup_buf fp_buf expected = {0};

        fp_buf_printf(&text, "kind: K\nv: %s\n", table[i].yaml);
        fp_buf_printf(&expected, "K  {\"kind\":\"K\",\"v\":%s}\n", table[i].json);
        ck_assert_int_eq(read_yaml(text.data, &out), 0);
        ck_assert_str(fp_buf_str(&out), expected.data);
    }
}
END_TEST

START_TEST(documents_and_lists_become_objects)
{
    static const struct {
        const char *yaml;
        const char *expected;
    } table[] = {
        {"", ""},
        {"---\n---\n# nothing\n", ""},
        {"kind: A\n---\nkind: B\napiVersion: v1\n",
         "A  {\"kind\":\"A\"}\n"
         "B v1 {\"kind\":\"B\",\"apiVersion\":\"v1\"}\n"},
        {"apiVersion: v1\nitems:\n- kind: A\n  x: [1, 2]\n- kind: B\nkind: List\n",
         "A  {\"kind\":\"A\",\"x\":[1,2]}\nB  {\"kind\":\"B\"}\n"},
        {"apiVersion: v1\nkind: PodList\nitems:\n- x: 1\n- w: 2\n",
         "Pod v1 {\"x\":1}\nPod v1 {\"w\":2}\n"},
        {"apiVersion: v1\nitems:\n- x: 1\n- kind: B\n- w: 2\nkind: PodList\n---\nz: 1\n",
         "B  {\"kind\":\"B\"}\nPod v1 {\"x\":1}\nPod v1 {\"w\":2}\n  {\"z\":1}\n"},
        {"kind: PodList\n", ""},
        {"kind: PodList\nitems: []\n", ""},
        {"kind: PodList\nitems:\n", ""},
        {"{\"kind\": \"A\", \"x\": {\"y\": []}}", "A  {\"kind\":\"A\",\"x\":{\"y\":[]}}\n"},
        {"kind: A\n8080: x\non: z\n", "A  {\"kind\":\"A\",\"8080\":\"x\",\"true\":\"z\"}\n"},
        {"\xef\xbb\xbfkind: A\n", "A  {\"kind\":\"A\"}\n"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        fp_cleanup_buf fp_buf out = {0};

        ck_assert_int_eq(read_yaml(table[i].yaml, &out), 0);
        ck_assert_str(out.data ? fp_buf_str(&out) : FP_STR(""), table[i].expected);
    }
}
END_TEST

START_TEST(a_bad_object_costs_that_object_alone)
{
    static const struct {
        const char *yaml;
        const char *expected;
    } table[] = {
        {"kind: A\nx: 1\nx: 2\n---\nkind: B\n",
         "bad FEDPOL_E_BAD_OBJECT kind=\"A\" line=1: a key appears twice in one object: \"x\"\n"
         "B  {\"kind\":\"B\"}\n"},
        {"kind: List\nitems:\n- kind: A\n  metadata: {namespace: ns, name: a}\n  x: &anchor 1\n"
         "  y: {}\n- kind: B\n  x: [a, {b: c}]\n",
         "bad FEDPOL_E_BAD_OBJECT kind=\"A\" namespace=\"ns\" name=\"a\" line=3: anchors and "
         "aliases "
         "are refused\n"
         "B  {\"kind\":\"B\",\"x\":[\"a\",{\"b\":\"c\"}]}\n"},
        {"kind: List\nitems:\n- 1\n- [{}]\n- kind: B\n",
         "bad FEDPOL_E_BAD_OBJECT line=3: expected an object\n"
         "bad FEDPOL_E_BAD_OBJECT line=4: expected an object\nB  {\"kind\":\"B\"}\n"},
        {"plain text\n---\nkind: B\n",
         "bad FEDPOL_E_BAD_OBJECT line=1: expected an object\nB  {\"kind\":\"B\"}\n"},
        {"kind: A\nv: .nan\n",
         "bad FEDPOL_E_BAD_OBJECT kind=\"A\" line=1: a number is not finite: \".nan\"\n"},
        {"kind: A\nv: !!binary aGk=\n---\nkind: A\nv: !mine {}\n",
         "bad FEDPOL_E_BAD_OBJECT kind=\"A\" line=1: tags other than those of plain data are "
         "refused: \"tag:yaml.org,2002:binary\"\n"
         "bad FEDPOL_E_BAD_OBJECT kind=\"A\" line=4: tags other than those of plain data are "
         "refused: \"!mine\"\n"},
        {"kind: A\nv: !!int x\n",
         "bad FEDPOL_E_BAD_OBJECT kind=\"A\" line=1: a value is not what its tag says: \"x\"\n"},
        {"kind: A\n? [x]\n: 1\n",
         "bad FEDPOL_E_BAD_OBJECT kind=\"A\" line=1: a key is no scalar\n"},
        {"kind: A\n~: 1\n", "bad FEDPOL_E_BAD_OBJECT kind=\"A\" line=1: a key is null\n"},
        {"kind: A\n<<: {b: 1}\n",
         "bad FEDPOL_E_BAD_OBJECT kind=\"A\" line=1: merge keys are refused: \"<<\"\n"},
        {"kind: A\nv: \"a\\0b\"\n",
         "bad FEDPOL_E_BAD_OBJECT kind=\"A\" line=1: a string contains NUL or is not UTF-8\n"},
        {"kind: A\nitems: 1\nitems: []\n",
         "bad FEDPOL_E_BAD_OBJECT kind=\"A\" line=1: a key appears twice in one object: "
         "\"items\"\n"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        fp_cleanup_buf fp_buf out = {0};

        ck_assert_int_eq(read_yaml(table[i].yaml, &out), 0);
        ck_assert_str(fp_buf_str(&out), table[i].expected);
    }
}
END_TEST

START_TEST(what_is_not_yaml_ends_the_text_after_what_was_complete)
{
    fp_cleanup_buf fp_buf out = {0};

    ck_assert_int_eq(read_yaml("kind: List\nitems:\n- kind: A\n- kind: B\n  v: [1,\n", &out),
                     FEDPOL_E_PARSE);
    ck_assert_str(fp_buf_str(&out),
                  "A  {\"kind\":\"A\"}\n"
                  "bad FEDPOL_E_PARSE kind=\"B\" line=4: not YAML: did not find expected node "
                  "content at line 6\n"
                  "end: not YAML: did not find expected node content at line 6\n");
}
END_TEST

START_TEST(limits_hold)
{
    fp_wire_limits limits = fp_wire_default_limits;
    fp_cleanup_buf fp_buf out = {0};
    fp_cleanup_buf fp_buf deep = {0};

    limits.max_depth = 3;
    limits.max_members = 3;
    limits.max_object_bytes = 40;
    ck_assert_int_eq(read_with(&limits,
                               FP_STR("kind: A\nx: [[1]]\n---\nkind: A\nx: [[[1]]]\n---\n"
                                      "kind: B\nx: [1,2,3,4]\n---\nkind: C\nx: "
                                      "[0123456789012345678901234567890]\ny: 1\n"),
                               &out),
                     0);
    ck_assert_str(
        fp_buf_str(&out),
        "A  {\"kind\":\"A\",\"x\":[[1]]}\n"
        "bad FEDPOL_E_TOO_DEEP kind=\"A\" line=4: objects and arrays are nested too deep\n"
        "bad FEDPOL_E_LIMIT kind=\"B\" line=7: too many members in one object or array: \"x\"\n"
        "bad FEDPOL_E_TOO_LONG kind=\"C\" line=10: the object is too long\n");
    fp_buf_clear(&out);
    for (int i = 0; i < 100000; i++)
        fp_buf_putc(&deep, '[');
    ck_assert_int_lt(read_with(&fp_wire_default_limits, fp_buf_str(&deep), &out), 0);
    ck_assert_msg(strstr(out.data, "TOO_DEEP") != NULL, "%s", out.data);
}
END_TEST

START_TEST(items_that_wait_for_their_kind_are_bounded)
{
    fp_wire_limits limits = fp_wire_default_limits;
    fp_cleanup_buf fp_buf text = {0};
    fp_cleanup_buf fp_buf out = {0};

    limits.max_deferred_bytes = 100000;
    fp_buf_puts(&text, "items:\n");
    for (int i = 0; i < 10000; i++)
        fp_buf_puts(&text, "- {x: 1}\n");
    fp_buf_puts(&text, "kind: PodList\n");
    ck_assert_int_eq(read_with(&limits, fp_buf_str(&text), &out), FEDPOL_E_LIMIT);
    ck_assert_msg(strstr(out.data, "before the kind of their List") != NULL, "%s", out.data);
}
END_TEST

static int refuse_all(void *user, const fp_wire_object *object)
{
    (void)user;
    (void)object;
    return FEDPOL_E_STATE;
}

START_TEST(the_sink_can_end_it)
{
    const fp_wire_sink sink = {.object = refuse_all};

    ck_assert_int_eq(fp_yaml_read("a: 1\n", 5, &fp_wire_default_limits, &sink, NULL),
                     FEDPOL_E_STATE);
}
END_TEST

static int oom_scenario(void *user)
{
    fp_cleanup_buf fp_buf out = {0};
    const fp_str *text = user;
    int r = read_with(&fp_wire_default_limits, *text, &out);

    return r == FEDPOL_E_PARSE ? 0 : r;
}

static void run_out(const char *text)
{
    fp_str s = fp_str_of(text);

    fp_test_oom(oom_scenario, &s);
}

START_TEST(running_out_of_memory_leaks_nothing)
{
    const char *const texts[] = {
        "kind: List\nitems:\n- kind: A\n  x: 1\n- y: [0x10]\n- z: &a 1\n- v: 1\n  v: 2\n",
        "kind: A\nx: [\n",
        "kind: A\nv: !mine 1\n",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        run_out(texts[i]);
}
END_TEST

FP_TEST_MAIN("wire/yaml", scalars_are_typed_as_the_tools_of_kubernetes_do,
             documents_and_lists_become_objects, a_bad_object_costs_that_object_alone,
             what_is_not_yaml_ends_the_text_after_what_was_complete, limits_hold,
             items_that_wait_for_their_kind_are_bounded, the_sink_can_end_it,
             running_out_of_memory_leaks_nothing)
