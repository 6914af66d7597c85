/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/selector/parser.h"

#include <stdlib.h>

#include "libfedpol/base/check.h"
#include "tests/support/fp_test.h"

static fp_str repeat(fp_buf *buf, const char *before, size_t n, const char *middle,
                     const char *after)
{
    fp_buf_clear(buf);
    for (size_t i = 0; i < n; i++)
        fp_buf_puts(buf, before);
    fp_buf_puts(buf, middle);
    for (size_t i = 0; i < n; i++)
        fp_buf_puts(buf, after);
    return fp_buf_str(buf);
}

static void check_canonical(fp_str text, const char *expected)
{
    fp_selector *selector = NULL;
    fedpol_error *error = NULL;
    fp_buf canonical = {0};
    int r = fp_selector_parse(text, &selector, &error);

    ck_assert_msg(r == 0, "%.60s: %s", text.ptr, fedpol_error_get_message(error));
    fp_selector_put_canonical(selector, &canonical);
    ck_assert_str(fp_buf_str(&canonical), expected);
    fp_buf_done(&canonical);
    fp_selector_unref(selector);
}

static void check_refused(fp_str text, int code, int64_t offset)
{
    fp_selector *selector = NULL;
    fedpol_error *error = NULL;

    ck_assert_int_eq(fp_selector_parse(text, &selector, &error), code);
    ck_assert_ptr_null(selector);
    ck_assert_int_eq(fedpol_error_get_code(error), code);
    ck_assert_int_eq(fedpol_error_get_offset(error), offset);
    fedpol_error_free(error);
}

START_TEST(words_mean_what_their_place_says)
{
    static const struct {
        const char *text;
        const char *canonical;
    } cases[] = {
        {"", "all()"},
        {" \t ", "all()"},
        {"has == \"1\"", "has == \"1\""},
        {"all == '1'", "all == \"1\""},
        {"global=='1'", "global == \"1\""},
        {"in in {\"in\"}", "in in {\"in\"}"},
        {"contains contains \"c\"", "contains contains \"c\""},
        {"not not in{'x'}", "not not in {\"x\"}"},
        {"ends ends\t with''", "ends ends with \"\""},
        {"has(has)", "has(has)"},
        {"has( a\t)", "has(a)"},
        {"all( \t)", "all()"},
        {"! ! ! has(a)", "!has(a)"},
        {"// == '/'", "// == \"/\""},
        {"-._/9 != 'v'", "-._/9 != \"v\""},
        {"a notin{}", "a not in {}"},
        {"a not\t \tin { }", "a not in {}"},
        {"a in{'b',\"a\" , 'b',}", "a in {\"a\", \"b\"}"},
        {"a in {'b','a'}&&b in{'d','c','c'}", "(a in {\"a\", \"b\"} && b in {\"c\", \"d\"})"},
        {"a startswith'x'", "a starts with \"x\""},
        {"a == 'say \"hi\"'", "a == 'say \"hi\"'"},
        {"a == \"it's\\\"", "a == \"it's\\\""},
        {"a == '\n\xc3\xa9'", "a == \"\n\xc3\xa9\""},
        {"a=='1'||b=='2'&&c=='3'", "(a == \"1\" || (b == \"2\" && c == \"3\"))"},
        {"(a=='1'||b=='2')&&c=='3'", "((a == \"1\" || b == \"2\") && c == \"3\")"},
        {"has(a)&&(has(b)&&has(c))", "(has(a) && (has(b) && has(c)))"},
        {"has(a)&&has(b)&&has(c)", "(has(a) && has(b) && has(c))"},
        {"((has(a)))", "has(a)"},
        {"!(has(a))", "!has(a)"},
        {"!(!has(a))", "has(a)"},
        {"!(!(!(has(a))))", "!has(a)"},
        {"!(!(has(a)&&has(b)))", "(has(a) && has(b))"},
        {"!((!has(a)))||has(b)", "(has(a) || has(b))"},
        {"!!a == 'b'", "a == \"b\""},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++)
        check_canonical(fp_str_of(cases[i].text), cases[i].canonical);
}
END_TEST

START_TEST(refusals_name_the_byte)
{
    static const struct {
        const char *text;
        int64_t offset;
    } cases[] = {
        {"a", 1},
        {"a ", 2},
        {"a = '1'", 2},
        {"a == b", 5},
        {"a == 'b", 5},
        {"a == \"b'", 5},
        {"a =='1' & has(b)", 8},
        {"a =='1' | has(b)", 8},
        {"a == '1' &&", 11},
        {"a == '1' && ", 12},
        {"a == '1' || && b == '1'", 12},
        {"a == '1' b == '2'", 9},
        {"a == '1')", 8},
        {"(a == '1'", 9},
        {"()", 1},
        {"( ! )", 4},
        {"!", 1},
        {"has (a)", 4},
        {"has(", 4},
        {"has()", 4},
        {"has(a", 5},
        {"has(a b)", 6},
        {"all(x)", 4},
        {"global(", 7},
        {"all", 3},
        {"HAS(a)", 3},
        {"a IN {'x'}", 2},
        {"a inx {'x'}", 2},
        {"a containsx 'x'", 2},
        {"a notin x", 8},
        {"a not {'x'}", 2},
        {"a in 'x'", 5},
        {"a in {'x' 'y'}", 10},
        {"a in {,}", 6},
        {"a in {'x',,'y'}", 10},
        {"a in {", 6},
        {"a in {'x", 6},
        {"a starts 'x'", 2},
        {"a contains {'x'}", 11},
        {"a == '1'\n&& has(b)", 8},
        {"a == '1'\r", 8},
        {"\xc2\xa0has(a)", 0},
        {"\xc3\xa9 == '1'", 0},
        {"has(a) # note", 7},
        {"hashas(a)", 6},
        {"(has(a)", 7},
        {"(has(a) has(b))", 8},
        {"a in {'x'} in {'y'}", 11},
        {"!a !== 'x'", 5},
        {"a contains has(b)", 11},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++)
        check_refused(fp_str_of(cases[i].text), FEDPOL_E_PARSE, cases[i].offset);
    check_refused(fp_str_n("has(a)\0", 7), FEDPOL_E_PARSE, 6);
}
END_TEST

START_TEST(refusals_say_what_was_expected)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"a == \"1\" && %", "expected a label, has(, all(), global(), ! or (, found '%'"},
        {"a is \"1\"", "expected ==, !=, in, not in, contains, starts with or ends with after the "
                       "label, found 'i'"},
        {"a == x", "expected a quoted string, found 'x'"},
        {"a == 'x", "expected a closing quote for the string that begins here"},
        {"a in x", "expected {, found 'x'"},
        {"a in {x", "expected a quoted string or }, found 'x'"},
        {"a in {'x'", "expected , or }, found the end"},
        {"has(a", "expected ), found the end"},
        {"has(*)", "expected a label, found '*'"},
        {"has(a)\n", "expected &&, || or the end, found byte 0x0a"},
        {"(has(a)", "expected &&, || or ), found the end"},
    };

    for (size_t i = 0; i < FP_ARRAY_LEN(cases); i++) {
        fp_selector *selector = NULL;
        fedpol_error *error = NULL;

        ck_assert_int_lt(fp_selector_parse(fp_str_of(cases[i].text), &selector, &error), 0);
        ck_assert_str_eq(fedpol_error_get_message(error), cases[i].message);
        fedpol_error_free(error);
    }
}
END_TEST

START_TEST(labels_have_at_most_512_bytes)
{
    fp_buf text = {0};
    fp_selector *selector = NULL;

    repeat(&text, "x", 512, " == 'v'", "");
    ck_assert_int_eq(fp_selector_parse(fp_buf_str(&text), &selector, NULL), 0);
    fp_selector_unref(selector);
    check_refused(repeat(&text, "x", 513, " == 'v'", ""), FEDPOL_E_PARSE, 0);
    fp_buf_clear(&text);
    fp_buf_puts(&text, "has(");
    for (int i = 0; i < 513; i++)
        fp_buf_putc(&text, 'x');
    fp_buf_putc(&text, ')');
    check_refused(fp_buf_str(&text), FEDPOL_E_PARSE, 4);
    fp_buf_done(&text);
}
END_TEST

START_TEST(parentheses_nest_256_times)
{
    fp_buf text = {0};

    check_canonical(repeat(&text, "(", 256, "has(a)", ")"), "has(a)");
    check_canonical(repeat(&text, "!(", 256, "has(a)", ")"), "has(a)");
    check_refused(repeat(&text, "(", 257, "has(a)", ")"), FEDPOL_E_TOO_DEEP, 256);
    check_refused(repeat(&text, "(", 65536, "", ""), FEDPOL_E_TOO_DEEP, 256);
    check_canonical(FP_STR("((has(a)))||((has(b)))"), "(has(a) || has(b))");
    fp_buf_done(&text);
}
END_TEST

START_TEST(negations_do_not_nest)
{
    fp_buf text = {0};

    check_canonical(repeat(&text, "!", 65530, "has(a)", ""), "has(a)");
    check_canonical(repeat(&text, "!", 65529, "has(a)", ""), "!has(a)");
    check_refused(repeat(&text, "!", 65536, "", ""), FEDPOL_E_PARSE, 65536);
    fp_buf_done(&text);
}
END_TEST

START_TEST(texts_have_at_most_65536_bytes)
{
    fp_buf text = {0};

    check_canonical(repeat(&text, " ", 65530, "has(a)", ""), "has(a)");
    check_refused(repeat(&text, " ", 65531, "has(a)", ""), FEDPOL_E_TOO_LONG, 65536);
    check_refused(repeat(&text, "(", 1000000, "", ""), FEDPOL_E_TOO_LONG, 65536);
    fp_buf_done(&text);
}
END_TEST

START_TEST(the_largest_sets_and_lists_are_read)
{
    fp_buf text = {0};
    fp_selector *selector = NULL;
    const fp_selector_node *nodes;
    size_t n;

    fp_buf_puts(&text, "a in {");
    for (uint32_t i = 0; i < 8000; i++)
        fp_buf_printf(&text, "'%u',", (i * 7919u) % 4000u);
    fp_buf_puts(&text, "}");
    ck_assert_int_eq(fp_selector_parse(fp_buf_str(&text), &selector, NULL), 0);
    nodes = fp_selector_nodes(selector, &n);
    ck_assert_uint_eq(n, 1);
    ck_assert_uint_eq(nodes[0].n, 4000);
    for (uint32_t i = 1; i < nodes[0].n; i++)
        ck_assert_int_lt(fp_str_cmp(nodes[0].values[i - 1], nodes[0].values[i]), 0);
    fp_selector_unref(selector);

    repeat(&text, "has(a)&&", 8000, "has(b)", "");
    ck_assert_int_eq(fp_selector_parse(fp_buf_str(&text), &selector, NULL), 0);
    nodes = fp_selector_nodes(selector, &n);
    ck_assert_uint_eq(n, 8002);
    ck_assert_uint_eq(nodes[n - 1].n, 8001);
    fp_selector_unref(selector);
    fp_buf_done(&text);
}
END_TEST

START_TEST(nothing_is_kept_of_the_text)
{
    char text[] = "a in {'x', 'y'}";
    fp_selector *selector = NULL;
    fp_buf canonical = {0};

    ck_assert_int_eq(fp_selector_parse(fp_str_of(text), &selector, NULL), 0);
    memset(text, '#', sizeof(text) - 1);
    fp_selector_put_canonical(selector, &canonical);
    ck_assert_str(fp_buf_str(&canonical), "a in {\"x\", \"y\"}");
    fp_buf_done(&canonical);
    fp_selector_unref(selector);
}
END_TEST

static size_t count_calls(fp_selector_parser *parser, fp_str text)
{
    fp_selector *selector = NULL;
    size_t before = fp_test_live_allocs();

    ck_assert_int_eq(fp_selector_parser_parse(parser, text, &selector, NULL), 0);
    fp_selector_unref(selector);
    return fp_test_live_allocs() - before;
}

START_TEST(a_parser_uses_its_memory_again)
{
    fp_selector_parser *parser;
    fp_selector *first = NULL;
    fp_selector *second = NULL;
    fp_buf text = {0};

    fp_test_count_allocs();
    ck_assert_int_eq(fp_selector_parser_new(&parser), 0);
    count_calls(parser, FP_STR("a == 'b' && c in {'d', 'e'}"));
    for (int i = 0; i < 10; i++)
        ck_assert_uint_eq(count_calls(parser, FP_STR("a == 'c' && c in {'f', 'g'}")), 0);

    ck_assert_int_eq(fp_selector_parser_parse(parser, FP_STR("has(a)"), &first, NULL), 0);
    ck_assert_int_lt(fp_selector_parser_parse(parser, FP_STR("has("), &second, NULL), 0);
    ck_assert_int_eq(fp_selector_parser_parse(parser, FP_STR("has(b)"), &second, NULL), 0);
    ck_assert_ptr_ne(first, second);
    fp_selector_parser_free(parser);
    fp_selector_put_canonical(first, &text);
    fp_selector_put_canonical(second, &text);
    ck_assert_str(fp_buf_str(&text), "has(a)has(b)");
    fp_selector_unref(first);
    fp_selector_unref(second);
    fp_buf_done(&text);
    ck_assert_uint_eq(fp_test_live_allocs(), 0);
    fp_alloc_set(NULL);
}
END_TEST

START_TEST(a_small_selector_does_not_get_a_large_old_block)
{
    fp_selector_parser *parser;
    fp_selector *large = NULL;
    fp_selector *small = NULL;
    fp_buf text = {0};

    ck_assert_int_eq(fp_selector_parser_new(&parser), 0);
    repeat(&text, "has(a)&&", 1000, "has(b)", "");
    ck_assert_int_eq(fp_selector_parser_parse(parser, fp_buf_str(&text), &large, NULL), 0);
    ck_assert_int_eq(fp_selector_parser_parse(parser, FP_STR("has(a)"), &small, NULL), 0);
    fp_selector_unref(small);
    fp_selector_unref(large);
    ck_assert_int_eq(fp_selector_parser_parse(parser, fp_buf_str(&text), &large, NULL), 0);
    fp_selector_unref(large);
    ck_assert_int_eq(fp_selector_parser_parse(parser, FP_STR("has(a)"), &small, NULL), 0);
    ck_assert_ptr_ne(small, large);
    fp_selector_unref(small);
    fp_selector_parser_free(parser);
    fp_buf_done(&text);
}
END_TEST

static int parse_scenario(void *user)
{
    fp_selector *selector = NULL;
    fedpol_error *error = NULL;
    int r = fp_selector_parse(fp_str_of(user), &selector, &error);

    ck_assert_int_eq(r == 0, selector != NULL);
    fp_selector_unref(selector);
    fedpol_error_free(error);
    return r == FEDPOL_E_PARSE ? 0 : r;
}

static int parser_scenario(void *user)
{
    const fp_str *texts = user;
    fp_selector_parser *parser;
    fp_selector *kept = NULL;
    fp_selector *selector = NULL;
    int r = fp_selector_parser_new(&parser);

    if (r < 0)
        return r;
    r = fp_selector_parser_parse(parser, texts[0], &kept, NULL);
    if (r == 0)
        r = fp_selector_parser_parse(parser, texts[1], &selector, NULL);
    selector = fp_selector_unref(selector);
    if (r == 0)
        r = fp_selector_parser_parse(parser, texts[2], &selector, NULL);
    fp_selector_unref(selector);
    fp_selector_unref(kept);
    fp_selector_parser_free(parser);
    return r;
}

START_TEST(out_of_memory_is_reported_and_nothing_leaks)
{
    char good[] = "a in {'a','b','c','d','e','f'} && (has(a) || has(b) || !has(c)) || g == 'h'";
    char bad[] = "a == '1' && has(";
    fp_str texts[] = {FP_STR("has(a)"), FP_STR("a == 'b'"),
                      FP_STR("a in {'1','2','3','4','5','6','7','8','9'} || has(b) && has(c)")};

    fp_test_oom(parse_scenario, good);
    fp_test_oom(parse_scenario, bad);
    fp_test_oom(parser_scenario, texts);
}
END_TEST

FP_TEST_MAIN("selector/parser", words_mean_what_their_place_says, refusals_name_the_byte,
             refusals_say_what_was_expected, labels_have_at_most_512_bytes,
             parentheses_nest_256_times, negations_do_not_nest, texts_have_at_most_65536_bytes,
             the_largest_sets_and_lists_are_read, nothing_is_kept_of_the_text,
             a_parser_uses_its_memory_again, a_small_selector_does_not_get_a_large_old_block,
             out_of_memory_is_reported_and_nothing_leaks)
