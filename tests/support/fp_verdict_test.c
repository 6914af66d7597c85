/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fp_verdict_test.h"

#include "tests/support/fp_test.h"

/* Cuts *REST at the first BYTE, or takes all of it. */
static fp_str cut(fp_str *rest, char byte)
{
    ptrdiff_t at = fp_str_find_byte(*rest, byte);
    fp_str head = at < 0 ? *rest : fp_str_sub(*rest, 0, (size_t)at);

    *rest = at < 0 ? FP_STR_NULL : fp_str_sub(*rest, (size_t)at + 1, rest->len);
    return head;
}

static fp_endpoint_id find_endpoint(fp_world *world, fp_str text)
{
    const fp_federation *federation = fp_calc_federation(fp_world_calc(world));
    fp_str rest = text;
    const fp_cluster *cluster = fp_world_find_cluster(world, cut(&rest, ':'));
    fp_str ns = cut(&rest, '/');
    fp_endpoint_id id;

    ck_assert_msg(cluster != NULL, "no cluster for %.*s", FP_STR_ARG(text));
    id = fp_federation_find(federation, cluster, FP_ENDPOINT_WORKLOAD, ns, rest);
    ck_assert_msg(id != FP_NO_ID, "no workload %.*s", FP_STR_ARG(text));
    return id;
}

static void read_end(fp_world *world, fp_str text, fp_ip *ret_ip, fp_endpoint_id *ret_id)
{
    fp_str rest = text;
    fp_str address = cut(&rest, '@');

    ck_assert_msg(fp_ip_parse(address, ret_ip), "no address: %.*s", FP_STR_ARG(text));
    *ret_id = rest.len ? find_endpoint(world, rest) : FP_NO_ID;
}

static void read_number(fp_flow *flow, fp_str item)
{
    const struct {
        const char *name;
        int32_t *number;
    } names[] = {
        {"sport", &flow->source_port},
        {"port", &flow->destination_port},
        {"type", &flow->icmp_type},
        {"code", &flow->icmp_code},
    };
    fp_str rest = item;
    fp_str name = cut(&rest, '=');
    uint64_t value;

    ck_assert_msg(fp_str_to_u64(rest, 65535, &value), "no number: %.*s", FP_STR_ARG(item));
    for (size_t i = 0; i < FP_ARRAY_LEN(names); i++) {
        if (fp_str_is(name, names[i].name)) {
            *names[i].number = (int32_t)value;
            return;
        }
    }
    ck_abort_msg("no such part of a flow: %.*s", FP_STR_ARG(item));
}

fp_flow fp_test_flow(fp_world *world, const char *text)
{
    fp_flow flow = {.source_port = -1, .destination_port = -1, .icmp_type = -1, .icmp_code = -1};
    fp_str rest = fp_str_of(text);
    fp_str protocol;

    read_end(world, cut(&rest, ' '), &flow.source, &flow.source_endpoint);
    read_end(world, cut(&rest, ' '), &flow.destination, &flow.destination_endpoint);
    protocol = cut(&rest, ' ');
    ck_assert_msg(fp_proto_parse(protocol, &flow.protocol), "no protocol: %s", text);
    while (rest.len)
        read_number(&flow, cut(&rest, ' '));
    return flow;
}

static void put_direction(fp_buf *buf, const fp_direction_verdict *direction)
{
    fp_buf_puts(buf, fp_verdict_value_name(direction->value));
    if (direction->value == FP_VERDICT_NONE)
        return;
    fp_buf_putc(buf, ' ');
    fp_buf_puts(buf, fp_verdict_reason_name(direction->reason));
    if (direction->tier.len) {
        fp_buf_puts(buf, " in ");
        fp_buf_add(buf, direction->tier);
    }
    if (direction->policy) {
        fp_buf_puts(buf, " by ");
        fp_buf_puts(buf, direction->policy);
    }
    if (direction->rule >= 0) {
        fp_buf_puts(buf, " #");
        fp_buf_put_i64(buf, direction->rule);
    }
    if (direction->peer_cluster.len) {
        fp_buf_puts(buf, " peer ");
        fp_buf_add(buf, direction->peer_cluster);
        fp_buf_putc(buf, '+');
        fp_buf_put_i64(buf, direction->age_ms);
    }
}

char *fp_test_direction_text(const fp_direction_verdict *direction)
{
    fp_buf buf = {0};

    put_direction(&buf, direction);
    return fp_buf_steal(&buf, NULL);
}

char *fp_test_verdict_text(fp_world *world, const char *flow, int64_t now_ms)
{
    fp_flow parsed = fp_test_flow(world, flow);
    fp_verdict verdict;
    fp_buf buf = {0};

    ck_assert_int_eq(fp_verdict_evaluate(world, &parsed, now_ms, &verdict), 0);
    fp_buf_puts(&buf, fp_verdict_value_name(verdict.value));
    fp_buf_puts(&buf, "; egress: ");
    put_direction(&buf, &verdict.egress);
    fp_buf_puts(&buf, "; ingress: ");
    put_direction(&buf, &verdict.ingress);
    fp_verdict_done(&verdict);
    return fp_buf_steal(&buf, NULL);
}

void fp_test_expect_verdict(fp_world *world, const char *flow, int64_t now_ms, const char *expected)
{
    char *got = fp_test_verdict_text(world, flow, now_ms);

    ck_assert_msg(fp_str_is(fp_str_of(got), expected), "%s\n     got %s\nexpected %s", flow, got,
                  expected);
    fp_free(got);
}
