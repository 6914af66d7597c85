/* SPDX-License-Identifier: Apache-2.0 */
#include "libfedpol/net/proto.h"

#include "libfedpol/base/check.h"

static const struct {
    uint8_t number;
    const char *name;
} protocols[] = {
    {FP_PROTO_ICMP, "icmp"},     {FP_PROTO_TCP, "tcp"},   {FP_PROTO_UDP, "udp"},
    {FP_PROTO_ICMPV6, "icmpv6"}, {FP_PROTO_SCTP, "sctp"}, {FP_PROTO_UDPLITE, "udplite"},
};

bool fp_proto_parse(fp_str text, uint8_t *ret)
{
    uint64_t number;

    for (size_t i = 0; i < FP_ARRAY_LEN(protocols); i++) {
        if (fp_str_is_nocase(text, protocols[i].name)) {
            *ret = protocols[i].number;
            return true;
        }
    }
    if (!fp_str_to_u64(text, 255, &number) || number == 0)
        return false;
    *ret = (uint8_t)number;
    return true;
}

const char *fp_proto_name(uint8_t proto)
{
    for (size_t i = 0; i < FP_ARRAY_LEN(protocols); i++)
        if (protocols[i].number == proto)
            return protocols[i].name;
    return NULL;
}

bool fp_proto_has_ports(uint8_t proto)
{
    return proto == FP_PROTO_TCP || proto == FP_PROTO_UDP || proto == FP_PROTO_SCTP;
}
