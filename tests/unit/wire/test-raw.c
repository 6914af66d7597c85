/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/base/buf.h"
#include "libfedpol/wire/keep.h"
#include "libfedpol/wire/raw.h"
#include "tests/support/fp_test.h"

typedef struct outcome {
    size_t at;
    bool done;
    bool bad;
    bool too_deep;
} outcome;

static outcome scan(fp_str text, uint64_t max_depth, size_t chunk, fp_raw_way way)
{
    fp_raw raw = {.way = (uint8_t)(way < fp_raw_best_way() ? way : fp_raw_best_way())};
    size_t at = 0;

    ck_assert(fp_raw_begin(&raw, text.ptr[0], max_depth));
    while (at < text.len && !raw.done && !raw.bad) {
        size_t end = at + chunk < text.len ? at + chunk : text.len;

        at = (size_t)(fp_raw_scan(&raw, text.ptr + at, text.ptr + end) - text.ptr);
    }
    return (outcome){at, raw.done, raw.bad, raw.too_deep};
}

static bool same(outcome a, outcome b)
{
    return a.at == b.at && a.done == b.done && a.bad == b.bad && a.too_deep == b.too_deep;
}

#define FILL "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

START_TEST(the_end_of_a_value_is_found)
{
    static const struct {
        const char *text;
        size_t at;
        bool done;
        bool bad;
    } table[] = {
        {"{}x", 2, true, false},
        {"[]]", 2, true, false},
        {"[[],{}],", 7, true, false},
        {"\"a\\\"b\" ", 6, true, false},
        {"\"\\\\\",", 4, true, false},
        {"-12.5e3,", 7, true, false},
        {"true}", 4, true, false},
        {"{\"}\":\"]\\\"\"}", 11, true, false},
        {"{\"" FILL "\":\"" FILL "\\\\\"}", 137, true, false},
        {"{\"a\":1", 6, false, false},
        {"{\"a\":\"x", 7, false, false},
        {"{\"a\":[}", 6, false, true},
        {"[{]", 2, false, true},
        {"[\"a\nb\"]", 3, false, true},
        {"[\"a\\\nb\"]", 4, false, true},
        {"[\\\"a\"]", 1, false, true},
        {"\"a\nb\"", 2, false, true},
        {"\"a\\\nb\"", 3, false, true},
        {"[\"" FILL "\x01\"]", 66, false, true},
        {"[\"" FILL "\",\\]", 68, false, true},
        {"[\"" FILL "\",}\"\x01\"]", 68, false, true},
        {"[\"" FILL "\"]\"\x01\"", 68, true, false},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        for (size_t chunk = 1; chunk < 140; chunk++) {
            for (fp_raw_way way = FP_RAW_BYTES; way <= FP_RAW_AVX2; way++) {
                outcome got = scan(fp_str_of(table[i].text), 64, chunk, way);

                ck_assert_msg(got.at == table[i].at && got.done == table[i].done &&
                                  got.bad == table[i].bad,
                              "%s in %zu, way %u: at %zu done %d bad %d", table[i].text, chunk, way,
                              got.at, got.done, got.bad);
            }
        }
    }
}
END_TEST

START_TEST(all_ways_agree_on_any_bytes)
{
    static const char alphabet[] = "\"\"\\\\{}{}[]aaaaaaaaYy_\x7f:,,  \n\x80";
    fp_rng rng = {99};
    char text[400];

    for (int round = 0; round < 20000; round++) {
        size_t len = 1 + fp_rng_below(&rng, sizeof(text) - 1);
        uint64_t depth = 1 + fp_rng_below(&rng, 80);
        size_t chunk = 1 + fp_rng_below(&rng, 200);
        uint32_t kinds = fp_rng_below(&rng, 2) ? sizeof(alphabet) - 1 : 10;
        fp_str s = {text, len};
        outcome expected;

        for (size_t i = 0; i < len; i++)
            text[i] = alphabet[fp_rng_below(&rng, kinds)];
        text[0] = fp_rng_below(&rng, 2) ? '{' : '[';
        expected = scan(s, depth, len, FP_RAW_BYTES);
        for (fp_raw_way way = FP_RAW_SSE2; way <= FP_RAW_AVX2; way++) {
            ck_assert(same(expected, scan(s, depth, len, way)));
            ck_assert(same(expected, scan(s, depth, chunk, way)));
        }
    }
}
END_TEST

START_TEST(balanced_nesting_is_followed_to_any_depth)
{
    fp_rng rng = {5};

    for (int round = 0; round < 300; round++) {
        fp_cleanup_buf fp_buf text = {0};
        char open[300];
        size_t depth = 0;
        size_t deepest = 0;

        do {
            if (depth == 0 ||
                (depth < sizeof(open) && text.len < 3000 && fp_rng_below(&rng, 20) < 11)) {
                open[depth++] = fp_rng_below(&rng, 2) ? '{' : '[';
                fp_buf_putc(&text, open[depth - 1]);
            } else {
                fp_buf_putc(&text, open[--depth] == '{' ? '}' : ']');
            }
            deepest = depth > deepest ? depth : deepest;
        } while (depth);
        for (fp_raw_way way = FP_RAW_BYTES; way <= FP_RAW_AVX2; way++) {
            for (uint64_t max = deepest - 1; max <= deepest + 1; max++) {
                outcome got = scan(fp_buf_str(&text), max, 1 + fp_rng_below(&rng, 300), way);

                ck_assert(got.done && !got.bad && got.at == text.len);
                ck_assert_int_eq(got.too_deep, max < deepest);
            }
        }
    }
}
END_TEST

/* An empty object at the end of a block of brackets counts as a level too. */
START_TEST(the_deepest_object_may_be_empty)
{
    for (size_t n = 1; n <= 70; n++) {
        fp_cleanup_buf fp_buf text = {0};

        fp_buf_printf(&text, "[%63s", "");
        for (size_t i = 1; i < n; i++)
            fp_buf_putc(&text, '[');
        fp_buf_puts(&text, "{}");
        for (size_t i = 0; i < n; i++)
            fp_buf_putc(&text, i ? '}' : ']');
        for (fp_raw_way way = FP_RAW_BYTES; way <= FP_RAW_AVX2; way++) {
            for (uint64_t max = n; max <= n + 1; max++) {
                outcome expected = scan(fp_buf_str(&text), max, 1, FP_RAW_BYTES);
                outcome got = scan(fp_buf_str(&text), max, text.len, way);

                ck_assert_int_eq(got.too_deep, max < n + 1);
                ck_assert_msg(same(got, expected), "%zu levels, way %u: at %zu, not %zu", n, way,
                              got.at, expected.at);
            }
        }
    }
}
END_TEST

START_TEST(every_key_of_the_table_is_found_below_its_parent_only)
{
    fp_keep_index index;

    fp_keep_index_init(&index);
    for (unsigned node = FP_KEEP_ROOT + 1; node < FP_KEEP_COUNT; node++) {
        fp_str label = fp_keep_label_of(node);
        fp_str key = fp_str_sub(label, 1, label.len - 2);
        unsigned depth = 1;

        ck_assert_uint_eq(fp_keep_find(&index, fp_keep_parent_of(node), key), node);
        ck_assert_uint_eq(
            fp_keep_find(&index, fp_keep_parent_of(node), fp_str_sub(label, 1, label.len - 1)),
            FP_KEEP_NONE);
        for (unsigned n = node; n != FP_KEEP_ROOT; n = fp_keep_parent_of(n))
            depth++;
        ck_assert_uint_le(depth, FP_KEEP_DEPTH);
    }
    ck_assert_uint_eq(fp_keep_find(&index, FP_KEEP_ROOT, FP_STR("nodeName")), FP_KEEP_NONE);
    ck_assert_uint_eq(fp_keep_find(&index, FP_KEEP_ROOT, FP_STR_NULL), FP_KEEP_NONE);
}
END_TEST

FP_TEST_MAIN("wire/raw", the_end_of_a_value_is_found, all_ways_agree_on_any_bytes,
             balanced_nesting_is_followed_to_any_depth, the_deepest_object_may_be_empty,
             every_key_of_the_table_is_found_below_its_parent_only)
