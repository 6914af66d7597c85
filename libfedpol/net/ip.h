/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_NET_IP_H
#define FP_NET_IP_H

/*
 * Addresses and prefixes of both families. An IPv4 address is 4 bytes at the start of `bytes`,
 * the rest zero; `::ffff:a.b.c.d` is read as the IPv4 address. A prefix never has host bits set:
 * parsing clears them and says so.
 */

#include <stdbool.h>
#include <stdint.h>

#include "libfedpol/base/buf.h"
#include "libfedpol/base/str.h"

typedef struct fp_ip {
    uint8_t bytes[16];
    uint8_t family; /* 4, 6; 0: no address */
} fp_ip;

typedef struct fp_cidr {
    fp_ip ip;
    uint8_t len; /* 0..32 or 0..128 */
} fp_cidr;

static inline unsigned fp_family_bits(unsigned family)
{
    return family == 4 ? 32 : 128;
}

/* Strict: no leading zeros, no zone, no blanks. False leaves *RET alone. */
bool fp_ip_parse(fp_str text, fp_ip *ret);
/* An address, or address/len; a bare address becomes /32 or /128. */
bool fp_cidr_parse(fp_str text, fp_cidr *ret, bool *ret_had_host_bits);
/* IPv4 before IPv6, then bytewise; for prefixes shorter before longer at the same address. */
int fp_ip_cmp(const fp_ip *a, const fp_ip *b);
int fp_cidr_cmp(const fp_cidr *a, const fp_cidr *b);
bool fp_ip_eq(const fp_ip *a, const fp_ip *b);
bool fp_cidr_eq(const fp_cidr *a, const fp_cidr *b);
bool fp_cidr_contains_ip(const fp_cidr *cidr, const fp_ip *ip);
bool fp_cidr_contains(const fp_cidr *outer, const fp_cidr *inner);
bool fp_cidr_is_host(const fp_cidr *cidr); /* /32 or /128 */
fp_cidr fp_cidr_of_ip(const fp_ip *ip);
/* RFC 5952 for IPv6. */
void fp_ip_put(fp_buf *buf, const fp_ip *ip);
/* Hosts without /32 or /128. */
void fp_cidr_put(fp_buf *buf, const fp_cidr *cidr);
/* Unspecified, loopback, multicast, link-local, IPv4 broadcast: never an endpoint's address. */
bool fp_ip_is_special(const fp_ip *ip);

#endif
