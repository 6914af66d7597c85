/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/net/proto.h"

#include "tests/support/fp_test.h"

START_TEST(names_and_numbers_are_read_in_any_case)
{
    static const struct {
        const char *text;
        uint8_t number; /* 0: refused */
    } cases[] = {
        {"TCP", 6},       {"udp", 17}, {"Icmp", 1},  {"ICMPv6", 58}, {"SCTP", 132},
        {"UDPLite", 136}, {"6", 6},    {"255", 255}, {"0", 0},       {"256", 0},
        {"", 0},          {"tcp ", 0}, {"http", 0},  {"-1", 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t number = 0;
        bool ok = fp_proto_parse(fp_str_of(cases[i].text), &number);

        ck_assert_msg(ok == (cases[i].number != 0), "'%s'", cases[i].text);
        ck_assert_uint_eq(number, cases[i].number);
    }
}
END_TEST

START_TEST(only_three_protocols_have_ports)
{
    for (unsigned p = 0; p < 256; p++)
        ck_assert_int_eq(fp_proto_has_ports((uint8_t)p), p == 6 || p == 17 || p == 132);
    ck_assert_str_eq(fp_proto_name(6), "tcp");
    ck_assert_ptr_null(fp_proto_name(47));
}
END_TEST

FP_TEST_MAIN("net/proto", names_and_numbers_are_read_in_any_case, only_three_protocols_have_ports)
