/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FP_NET_PROTO_H
#define FP_NET_PROTO_H

/* Transport protocols by name and number. */

#include <stdbool.h>
#include <stdint.h>

#include "libfedpol/base/str.h"

enum {
    FP_PROTO_ICMP = 1,
    FP_PROTO_TCP = 6,
    FP_PROTO_UDP = 17,
    FP_PROTO_ICMPV6 = 58,
    FP_PROTO_SCTP = 132,
    FP_PROTO_UDPLITE = 136,
};

/* A name (any case) or a number 1..255; false for anything else, 0 included. */
bool fp_proto_parse(fp_str text, uint8_t *ret);
/* Lower-case name, or NULL if the number has none here. */
const char *fp_proto_name(uint8_t proto);
/* TCP, UDP, SCTP. */
bool fp_proto_has_ports(uint8_t proto);

#endif
