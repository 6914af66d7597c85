/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/net/ports.h"

#include "tests/support/fp_test.h"

START_TEST(ranges_are_read_strictly)
{
    static const struct {
        const char *text;
        uint16_t first; /* 0: refused */
        uint16_t last;
    } cases[] = {
        {"80", 80, 80},    {"1", 1, 1},       {"65535", 65535, 65535},
        {"80:90", 80, 90}, {"80:80", 80, 80}, {"0", 0, 0},
        {"65536", 0, 0},   {"70000", 0, 0},   {"90:80", 0, 0},
        {"", 0, 0},        {":", 0, 0},       {"80:", 0, 0},
        {":80", 0, 0},     {"80-90", 0, 0},   {"-1", 0, 0},
        {"http", 0, 0},    {"0:10", 0, 0},    {" 80", 0, 0},
        {"1:2:3", 0, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fp_port_range range = {0, 0};
        bool ok = fp_port_range_parse(fp_str_of(cases[i].text), &range);

        ck_assert_msg(ok == (cases[i].first != 0), "'%s'", cases[i].text);
        ck_assert_uint_eq(range.first, cases[i].first);
        ck_assert_uint_eq(range.last, cases[i].last);
    }
}
END_TEST

START_TEST(normalised_ranges_are_sorted_disjoint_and_say_the_same)
{
    fp_rng rng = {3};

    for (int round = 0; round < 300; round++) {
        fp_port_range ranges[12];
        bool expected[66] = {false};
        size_t n = fp_rng_below(&rng, 12);

        for (size_t i = 0; i < n; i++) {
            ranges[i].first = (uint16_t)(1 + fp_rng_below(&rng, 60));
            ranges[i].last = (uint16_t)(ranges[i].first + fp_rng_below(&rng, 4));
            for (unsigned p = ranges[i].first; p <= ranges[i].last; p++)
                expected[p] = true;
        }
        n = fp_port_ranges_normalise(ranges, n);
        for (size_t i = 1; i < n; i++)
            ck_assert_uint_gt(ranges[i].first, ranges[i - 1].last + 1u);
        for (uint16_t p = 1; p < 66; p++)
            ck_assert_int_eq(fp_port_ranges_contain(ranges, n, p), expected[p]);
    }
}
END_TEST

START_TEST(the_highest_port_does_not_wrap)
{
    fp_port_range ranges[] = {{65535, 65535}, {1, 65535}, {65535, 65535}};

    ck_assert_uint_eq(fp_port_ranges_normalise(ranges, 3), 1);
    ck_assert_uint_eq(ranges[0].first, 1);
    ck_assert_uint_eq(ranges[0].last, 65535);
}
END_TEST

FP_TEST_MAIN("net/ports", ranges_are_read_strictly,
             normalised_ranges_are_sorted_disjoint_and_say_the_same, the_highest_port_does_not_wrap)
