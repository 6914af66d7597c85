/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/oracle_gen.h"

#include "libfedpol/net/proto.h"

#define PICK(rng, items) (items)[fp_rng_below((rng), (uint32_t)FP_ARRAY_LEN(items))]

static const char *const addresses4[] = {"10.0.0.1", "10.0.0.2",  "10.0.0.3",    "10.1.0.1",
                                         "10.1.0.2", "192.0.2.1", "192.0.2.130", "203.0.113.9"};
static const char *const addresses6[] = {"fd00::1", "fd00::2", "fd00::3",
                                         "fd01::1", "fd01::2", "2001:db8::1"};
static const char *const nets[] = {"10.0.0.0/24",  "10.0.0.1",      "10.1.0.0/16", "192.0.2.0/24",
                                   "192.0.2.0/25", "0.0.0.0/0",     "fd00::/64",   "fd00::2",
                                   "fd01::/16",    "2001:db8::/32", "::/0"};
static const char *const selectors[] = {
    "app == 'web'", "app == 'db'", "app != 'web'",          "all()",
    "has(env)",     "!has(app)",   "env in {'prod','dev'}", "app == 'web' || env == 'prod'",
    "kind == 'set'"};

static bool chance(fp_rng *rng, uint32_t percent)
{
    return fp_rng_below(rng, 100) < percent;
}

static void apply(fp_test_mesh *mesh, fp_cluster *cluster, fp_buf *json)
{
    ck_assert_int_eq(fp_test_apply(mesh->world, cluster, FP_WATCH_ADDED, json->data), 0);
    fp_buf_clear(json);
}

static void put_pod(fp_test_mesh *mesh, fp_rng *rng, fp_cluster *cluster, uint32_t i)
{
    bool local = cluster == mesh->east;
    const char *app = chance(rng, 50) ? "web" : "db";
    fp_buf json = {0};

    fp_buf_printf(&json,
                  "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"namespace\":\"%s\","
                  "\"name\":\"p%u\",\"labels\":{\"app\":\"%s\"%s}},\"spec\":{\"nodeName\":\"%s\","
                  "\"containers\":[{\"name\":\"c\",\"ports\":[{\"name\":\"http\","
                  "\"containerPort\":%u,\"protocol\":\"%s\"}]}]},\"status\":{\"podIP\":\"%s\","
                  "\"podIPs\":[{\"ip\":\"%s\"},{\"ip\":\"%s\"}]}}",
                  chance(rng, 50) ? "shop" : "bank", i, app,
                  chance(rng, 50) ? ",\"env\":\"prod\"" : "", i < 3 ? "n1" : "n2", 80 + i % 2,
                  chance(rng, 70) ? "TCP" : "UDP", addresses4[i + (local ? 0 : 3)],
                  addresses4[i + (local ? 0 : 3)], addresses6[i + (local ? 0 : 3)]);
    apply(mesh, cluster, &json);
    fp_buf_done(&json);
}

static void put_nets(fp_rng *rng, fp_buf *json, const char *key)
{
    uint32_t n = 1 + fp_rng_below(rng, 3);

    fp_buf_printf(json, ",\"%s\":[", key);
    for (uint32_t i = 0; i < n; i++)
        fp_buf_printf(json, "%s\"%s\"", i ? "," : "", PICK(rng, nets));
    fp_buf_puts(json, "]");
}

static void put_ports(fp_rng *rng, fp_buf *json, const char *key)
{
    static const char *const lists[] = {"80",       "80,81",       "\"80:81\",90",
                                        "\"http\"", "\"http\",90", "\"http\",80,90"};

    fp_buf_printf(json, ",\"%s\":[%s]", key, PICK(rng, lists));
}

static void put_entity(fp_rng *rng, fp_buf *json, const char *side, bool ports)
{
    fp_buf_printf(json, ",\"%s\":{\"selector\":\"%s\"", side,
                  chance(rng, 50) ? PICK(rng, selectors) : "");
    if (chance(rng, 15))
        fp_buf_printf(json, ",\"notSelector\":\"%s\"", PICK(rng, selectors));
    if (chance(rng, 10))
        fp_buf_puts(json, ",\"namespaceSelector\":\"all()\"");
    if (chance(rng, 25))
        put_nets(rng, json, "nets");
    if (chance(rng, 15))
        put_nets(rng, json, "notNets");
    if (ports && chance(rng, 35))
        put_ports(rng, json, "ports");
    if (ports && chance(rng, 20))
        put_ports(rng, json, "notPorts");
    fp_buf_puts(json, "}");
}

static void put_icmp(fp_rng *rng, fp_buf *json, const char *key)
{
    fp_buf_printf(json, ",\"%s\":{\"type\":%u", key, 8 + fp_rng_below(rng, 2));
    if (chance(rng, 50))
        fp_buf_printf(json, ",\"code\":%u", fp_rng_below(rng, 2));
    fp_buf_puts(json, "}");
}

static void put_rule(fp_rng *rng, fp_buf *json)
{
    static const char *const actions[] = {"Allow", "Allow", "Deny", "Pass", "Log"};
    static const char *const protocols[] = {"TCP", "TCP", "UDP", "ICMP", "ICMPv6", "SCTP", ""};
    const char *protocol = PICK(rng, protocols);
    bool ports = strcmp(protocol, "TCP") == 0 || strcmp(protocol, "UDP") == 0;
    bool icmp = strncmp(protocol, "ICMP", 4) == 0;

    fp_buf_printf(json, "{\"action\":\"%s\"", PICK(rng, actions));
    if (protocol[0])
        fp_buf_printf(json, ",\"protocol\":\"%s\"", protocol);
    if (!protocol[0] && chance(rng, 30))
        fp_buf_printf(json, ",\"notProtocol\":\"%s\"", chance(rng, 50) ? "TCP" : "ICMP");
    if (icmp && chance(rng, 50))
        put_icmp(rng, json, "icmp");
    if ((icmp || !protocol[0]) && chance(rng, 30))
        put_icmp(rng, json, "notICMP");
    if (!icmp && chance(rng, 10))
        fp_buf_printf(json, ",\"ipVersion\":%u", chance(rng, 50) ? 4 : 6);
    if (chance(rng, 4))
        fp_buf_puts(json, ",\"unheardOf\":1");
    put_entity(rng, json, "source", ports || !protocol[0]);
    put_entity(rng, json, "destination", ports || !protocol[0]);
    fp_buf_puts(json, "}");
}

static void put_rules(fp_rng *rng, fp_buf *json, const char *key)
{
    uint32_t n = fp_rng_below(rng, 4);

    fp_buf_printf(json, ",\"%s\":[", key);
    for (uint32_t i = 0; i < n; i++) {
        if (i)
            fp_buf_putc(json, ',');
        put_rule(rng, json);
    }
    fp_buf_puts(json, "]");
}

static void put_policy(fp_test_mesh *mesh, fp_rng *rng, uint32_t i)
{
    static const char *const tiers[] = {"first", "second", "default", "unknown"};
    static const char *const types[] = {"\"Ingress\"", "\"Egress\"", "\"Ingress\",\"Egress\""};
    bool global = chance(rng, 50);
    fp_buf json = {0};

    fp_buf_printf(&json,
                  "{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"%s\",\"metadata\":{%s"
                  "\"name\":\"p%u\"},\"spec\":{\"tier\":\"%s\",\"selector\":\"%s\",\"types\":[%s]",
                  global ? "GlobalNetworkPolicy" : "NetworkPolicy",
                  global            ? ""
                  : chance(rng, 50) ? "\"namespace\":\"shop\","
                                    : "\"namespace\":\"bank\",",
                  i, tiers[fp_rng_below(rng, chance(rng, 10) ? 4 : 3)], PICK(rng, selectors),
                  PICK(rng, types));
    if (chance(rng, 50))
        fp_buf_printf(&json, ",\"order\":%u", fp_rng_below(rng, 3));
    put_rules(rng, &json, "ingress");
    put_rules(rng, &json, "egress");
    fp_buf_puts(&json, "}}");
    apply(mesh, mesh->east, &json);
    fp_buf_done(&json);
}

static void put_frame(fp_test_mesh *mesh, fp_rng *rng)
{
    fp_cluster *clusters[] = {mesh->east, mesh->west};
    fp_buf json = {0};

    for (size_t c = 0; c < FP_ARRAY_LEN(clusters); c++) {
        for (size_t i = 0; i < 2; i++) {
            fp_buf_printf(&json,
                          "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{"
                          "\"name\":\"%s\"}}",
                          i ? "shop" : "bank");
            apply(mesh, clusters[c], &json);
        }
    }
    for (size_t i = 0; i < 2; i++) {
        fp_buf_printf(&json,
                      "{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"Tier\",\"metadata\":{"
                      "\"name\":\"%s\"},\"spec\":{\"order\":%zu,\"defaultAction\":\"%s\"}}",
                      i ? "second" : "first", i, chance(rng, 50) ? "Pass" : "Deny");
        apply(mesh, mesh->east, &json);
    }
    fp_buf_puts(&json, "{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"GlobalNetworkSet\","
                       "\"metadata\":{\"name\":\"s\",\"labels\":{\"kind\":\"set\",\"app\":\"db\"}},"
                       "\"spec\":{\"x\":0");
    put_nets(rng, &json, "nets");
    fp_buf_puts(&json, "}}");
    apply(mesh, mesh->east, &json);
    fp_buf_done(&json);
}

void oracle_fill(fp_test_mesh *mesh, fp_rng *rng)
{
    fp_cluster *clusters[] = {mesh->east, mesh->west, mesh->north};
    uint32_t n = 2 + fp_rng_below(rng, 5);

    put_frame(mesh, rng);
    for (uint32_t i = 0; i < 3; i++)
        put_pod(mesh, rng, mesh->east, i);
    for (uint32_t i = 0; i < 2; i++)
        put_pod(mesh, rng, mesh->west, i);
    for (uint32_t i = 0; i < n; i++)
        put_policy(mesh, rng, i);
    for (size_t i = 0; i < FP_ARRAY_LEN(clusters); i++)
        fp_world_set_state(mesh->world, clusters[i], FP_STATE_IN_SYNC, 0);
    ck_assert_int_eq(fp_world_commit(mesh->world), 0);
}

static fp_ip random_ip(fp_rng *rng, bool v6)
{
    fp_ip ip;

    ck_assert(fp_ip_parse(fp_str_of(v6 ? PICK(rng, addresses6) : PICK(rng, addresses4)), &ip));
    return ip;
}

fp_flow oracle_flow(fp_rng *rng)
{
    static const uint8_t protocols[] = {FP_PROTO_TCP,  FP_PROTO_TCP,  FP_PROTO_UDP,
                                        FP_PROTO_SCTP, FP_PROTO_ICMP, 47};
    bool v6 = chance(rng, 40);
    fp_flow flow = {.source = random_ip(rng, v6),
                    .destination = random_ip(rng, v6),
                    .source_endpoint = FP_NO_ID,
                    .destination_endpoint = FP_NO_ID,
                    .protocol = PICK(rng, protocols),
                    .source_port = -1,
                    .destination_port = -1,
                    .icmp_type = -1,
                    .icmp_code = -1};

    if (flow.protocol == FP_PROTO_ICMP) {
        flow.protocol = v6 ? FP_PROTO_ICMPV6 : FP_PROTO_ICMP;
        flow.icmp_type = 8 + (int32_t)fp_rng_below(rng, 3);
        flow.icmp_code = (int32_t)fp_rng_below(rng, 2);
    } else if (flow.protocol != 47) {
        flow.source_port = 79 + (int32_t)fp_rng_below(rng, 4);
        flow.destination_port = 79 + (int32_t)fp_rng_below(rng, 4);
        if (chance(rng, 20))
            flow.destination_port = 90;
    }
    return flow;
}
