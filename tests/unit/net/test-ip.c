/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/net/ip.h"

#include <arpa/inet.h>

#include "tests/support/fp_test.h"

static void assert_cidr_text(const fp_cidr *cidr, const char *expected)
{
    fp_buf buf = {0};

    fp_cidr_put(&buf, cidr);
    ck_assert_str(fp_buf_str(&buf), expected);
    fp_buf_done(&buf);
}

START_TEST(addresses_are_read_and_printed_canonically)
{
    static const struct {
        const char *text;
        const char *canonical; /* NULL: refused */
    } cases[] = {
        {"10.0.0.1", "10.0.0.1"},
        {"0.0.0.0", "0.0.0.0"},
        {"255.255.255.255", "255.255.255.255"},
        {"fd00::7", "fd00::7"},
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"::ffff:10.0.0.1", "10.0.0.1"},
        {"64:ff9b::10.0.0.1", "64:ff9b::a00:1"},
        {"", NULL},
        {"10.0.0", NULL},
        {"10.0.0.0.1", NULL},
        {"10.0.0.256", NULL},
        {"10.0.0.01", NULL},
        {"10.0.0.", NULL},
        {"10.0.0.1 ", NULL},
        {"+1.0.0.1", NULL},
        {":", NULL},
        {":1", NULL},
        {"1:", NULL},
        {":::", NULL},
        {"1::2::3", NULL},
        {"1:2:3:4:5:6:7", NULL},
        {"1:2:3:4:5:6:7:8:9", NULL},
        {"1:2:3:4:5:6:7:8::", NULL},
        {"12345::", NULL},
        {"fe80::1%eth0", NULL},
        {"::ffff:10.0.0", NULL},
        {"1:2:3:4:5:6:7:1.2.3.4", NULL},
        {"g::", NULL},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fp_ip ip;
        fp_cidr cidr;
        bool ok = fp_ip_parse(fp_str_of(cases[i].text), &ip);

        ck_assert_msg(ok == (cases[i].canonical != NULL), "'%s'", cases[i].text);
        if (!ok)
            continue;
        cidr = fp_cidr_of_ip(&ip);
        assert_cidr_text(&cidr, cases[i].canonical);
    }
}
END_TEST

START_TEST(random_addresses_agree_with_libc)
{
    fp_rng rng = {7};

    for (int i = 0; i < 20000; i++) {
        char text[INET6_ADDRSTRLEN];
        uint8_t bytes[16];
        fp_ip ip;
        fp_cidr cidr;

        for (int b = 0; b < 16; b++)
            bytes[b] = fp_rng_below(&rng, 3) ? 0 : (uint8_t)fp_rng_next(&rng);
        bytes[0] = 0x20;
        ck_assert_ptr_nonnull(inet_ntop(AF_INET6, bytes, text, sizeof(text)));
        ck_assert_msg(fp_ip_parse(fp_str_of(text), &ip), "'%s'", text);
        ck_assert_mem_eq(ip.bytes, bytes, 16);
        cidr = fp_cidr_of_ip(&ip);
        assert_cidr_text(&cidr, text);
    }
}
END_TEST

START_TEST(prefixes_lose_their_host_bits_and_say_so)
{
    static const struct {
        const char *text;
        const char *canonical; /* NULL: refused */
        bool host_bits;
    } cases[] = {
        {"10.0.0.0/8", "10.0.0.0/8", false},
        {"10.0.0.1/8", "10.0.0.0/8", true},
        {"10.1.2.3/31", "10.1.2.2/31", true},
        {"10.1.2.3", "10.1.2.3", false},
        {"10.1.2.3/32", "10.1.2.3", false},
        {"0.0.0.0/0", "0.0.0.0/0", false},
        {"1.2.3.4/0", "0.0.0.0/0", true},
        {"fd00::1/64", "fd00::/64", true},
        {"fd00::/127", "fd00::/127", false},
        {"::/0", "::/0", false},
        {"fd00::1/128", "fd00::1", false},
        {"::ffff:10.0.0.0/104", "10.0.0.0/8", false},
        {"::ffff:10.0.0.0/8", NULL, false},
        {"10.0.0.0/99", NULL, false},
        {"10.0.0.0/33", NULL, false},
        {"fd00::/129", NULL, false},
        {"10.0.0.0/", NULL, false},
        {"10.0.0.0/-1", NULL, false},
        {"/8", NULL, false},
        {"10.0.0.0/8/8", NULL, false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fp_cidr cidr;
        bool host_bits = false;
        bool ok = fp_cidr_parse(fp_str_of(cases[i].text), &cidr, &host_bits);

        ck_assert_msg(ok == (cases[i].canonical != NULL), "'%s'", cases[i].text);
        if (!ok)
            continue;
        assert_cidr_text(&cidr, cases[i].canonical);
        ck_assert_msg(host_bits == cases[i].host_bits, "'%s'", cases[i].text);
    }
}
END_TEST

static fp_cidr cidr_of(const char *text)
{
    fp_cidr cidr;

    ck_assert(fp_cidr_parse(fp_str_of(text), &cidr, NULL));
    return cidr;
}

START_TEST(containment_is_by_prefix_and_family)
{
    static const struct {
        const char *outer;
        const char *inner;
        bool contains;
    } cases[] = {
        {"10.0.0.0/8", "10.255.0.0/16", true},   {"10.0.0.0/8", "11.0.0.0/8", false},
        {"10.0.0.0/9", "10.128.0.0", false},     {"10.0.0.0/9", "10.127.255.255", true},
        {"0.0.0.0/0", "255.255.255.255", true},  {"0.0.0.0/0", "::", false},
        {"10.0.0.0/16", "10.0.0.0/8", false},    {"fd00::/63", "fd00:0:0:1::/64", true},
        {"fd00::/63", "fd00:0:0:2::/64", false}, {"10.0.0.1", "10.0.0.1", true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fp_cidr outer = cidr_of(cases[i].outer);
        fp_cidr inner = cidr_of(cases[i].inner);

        ck_assert_msg(fp_cidr_contains(&outer, &inner) == cases[i].contains, "%s in %s",
                      cases[i].inner, cases[i].outer);
    }
}
END_TEST

START_TEST(order_is_family_then_bytes_then_length)
{
    static const char *const sorted[] = {"0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16", "10.0.0.0",
                                         "10.0.0.1",  "::/0",       "fd00::/8",    "fd00::1"};

    for (size_t i = 0; i < sizeof(sorted) / sizeof(sorted[0]); i++) {
        for (size_t j = 0; j < sizeof(sorted) / sizeof(sorted[0]); j++) {
            fp_cidr a = cidr_of(sorted[i]);
            fp_cidr b = cidr_of(sorted[j]);

            ck_assert_int_eq(fp_cidr_cmp(&a, &b), (i > j) - (i < j));
        }
    }
}
END_TEST

START_TEST(special_addresses_are_recognised)
{
    static const struct {
        const char *text;
        bool special;
    } cases[] = {
        {"0.0.0.0", true},
        {"127.0.0.1", true},
        {"224.0.0.1", true},
        {"169.254.1.1", true},
        {"255.255.255.255", true},
        {"10.0.0.1", false},
        {"::", true},
        {"::1", true},
        {"fe80::1", true},
        {"febf::1", true},
        {"ff02::1", true},
        {"fd00::1", false},
        {"fec0::1", false},
        {"0.1.2.3", true},
        {"169.253.0.1", false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fp_ip ip;

        ck_assert(fp_ip_parse(fp_str_of(cases[i].text), &ip));
        ck_assert_msg(fp_ip_is_special(&ip) == cases[i].special, "%s", cases[i].text);
    }
}
END_TEST

FP_TEST_MAIN("net/ip", addresses_are_read_and_printed_canonically, random_addresses_agree_with_libc,
             prefixes_lose_their_host_bits_and_say_so, containment_is_by_prefix_and_family,
             order_is_family_then_bytes_then_length, special_addresses_are_recognised)
