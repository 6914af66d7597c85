/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fp_world_gen.h"

#include "libfedpol/base/buf.h"

static const char *const namespaces[] = {"shop", "bank", "ops"};
static const char *const apps[] = {"web", "db", "api"};
static const char *const envs[] = {"prod", "dev"};
static const char *const tiers[] = {"", "default", "first", "second", "unknown"};
static const char *const port_names[] = {"http", "dns"};

static const char *pick(fp_rng *rng, const char *const *items, size_t n)
{
    return items[fp_rng_below(rng, (uint32_t)n)];
}

#define PICK(rng, items) pick((rng), (items), sizeof(items) / sizeof((items)[0]))

static bool chance(fp_rng *rng, unsigned percent)
{
    return fp_rng_below(rng, 100) < percent;
}

typedef struct maker {
    fp_rng *rng;
    unsigned cluster;
    fp_buf key;
    fp_buf json;
} maker;

/* "apiVersion … metadata with name", open for more metadata. */
static void begin(maker *m, const char *api, const char *kind, const char *ns, const char *name)
{
    fp_buf_printf(&m->key, "%u/%s/%s/%s", m->cluster, kind, ns, name);
    fp_buf_printf(&m->json, "{\"apiVersion\":\"%s\",\"kind\":\"%s\",\"metadata\":{\"name\":\"%s\"",
                  api, kind, name);
    if (ns[0])
        fp_buf_printf(&m->json, ",\"namespace\":\"%s\"", ns);
}

static void put_labels(maker *m)
{
    fp_buf_puts(&m->json, ",\"labels\":{");
    if (chance(m->rng, 80))
        fp_buf_printf(&m->json, "\"app\":\"%s\"", PICK(m->rng, apps));
    else
        fp_buf_puts(&m->json, "\"other\":\"x\"");
    if (chance(m->rng, 40))
        fp_buf_printf(&m->json, ",\"env\":\"%s\"", PICK(m->rng, envs));
    if (chance(m->rng, 10))
        fp_buf_puts(&m->json, ",\"pcns.env\":\"prod\"");
    fp_buf_puts(&m->json, "}");
}

static void put_address(maker *m)
{
    if (chance(m->rng, 20))
        fp_buf_printf(&m->json, "fd00::%x", 1 + fp_rng_below(m->rng, 6));
    else
        fp_buf_printf(&m->json, "10.0.0.%u", 1 + fp_rng_below(m->rng, 14));
}

static void make_pod(maker *m)
{
    const char *ns = PICK(m->rng, namespaces);
    char name[] = "p0";

    name[1] = (char)('0' + fp_rng_below(m->rng, 4));
    begin(m, "v1", "Pod", ns, name);
    put_labels(m);
    fp_buf_printf(&m->json, "},\"spec\":{\"nodeName\":\"%s\"", chance(m->rng, 70) ? "n1" : "n2");
    if (chance(m->rng, 40))
        fp_buf_puts(&m->json, ",\"serviceAccountName\":\"robot\"");
    if (chance(m->rng, 5))
        fp_buf_puts(&m->json, ",\"hostNetwork\":true");
    if (chance(m->rng, 50))
        fp_buf_printf(&m->json,
                      ",\"containers\":[{\"name\":\"c\",\"ports\":[{\"name\":\"%s\","
                      "\"containerPort\":%u,\"protocol\":\"%s\"}]}]",
                      PICK(m->rng, port_names), 8080 + fp_rng_below(m->rng, 2),
                      chance(m->rng, 70) ? "TCP" : "UDP");
    fp_buf_printf(&m->json, "},\"status\":{\"phase\":\"%s\",\"podIP\":\"",
                  chance(m->rng, 90) ? "Running" : "Succeeded");
    put_address(m);
    fp_buf_puts(&m->json, "\"}}");
}

static void make_workload(maker *m)
{
    const char *ns = PICK(m->rng, namespaces);
    unsigned pod = fp_rng_below(m->rng, 5);
    char name[] = "n1-k8s-p0-eth0";

    name[8] = (char)('0' + pod);
    begin(m, "projectcalico.org/v3", "WorkloadEndpoint", ns, name);
    put_labels(m);
    fp_buf_printf(&m->json,
                  "},\"spec\":{\"node\":\"n1\",\"orchestrator\":\"k8s\",\"pod\":\"p%u\","
                  "\"endpoint\":\"eth0\",\"interfaceName\":\"cali%u\",\"profiles\":[\"kns.%s\"%s],"
                  "\"ipNetworks\":[\"",
                  pod, fp_rng_below(m->rng, 3), ns, chance(m->rng, 30) ? ",\"custom\"" : "");
    put_address(m);
    fp_buf_puts(&m->json, "\"]}}");
}

static void make_namespace(maker *m)
{
    begin(m, "v1", "Namespace", "", PICK(m->rng, namespaces));
    put_labels(m);
    fp_buf_puts(&m->json, "}}");
}

static void make_account(maker *m)
{
    begin(m, "v1", "ServiceAccount", PICK(m->rng, namespaces), "robot");
    put_labels(m);
    fp_buf_puts(&m->json, "}}");
}

static void make_profile(maker *m)
{
    static const char *const names[] = {"kns.shop", "kns.bank", "ksa.shop.robot", "custom"};

    begin(m, "projectcalico.org/v3", "Profile", "", PICK(m->rng, names));
    fp_buf_printf(&m->json, "},\"spec\":{\"labelsToApply\":{\"pcns.env\":\"%s\",\"app\":\"%s\"}",
                  PICK(m->rng, envs), PICK(m->rng, apps));
    if (chance(m->rng, 50))
        fp_buf_printf(&m->json,
                      ",\"ingress\":[{\"action\":\"%s\",\"source\":{\"selector\":"
                      "\"app == '%s'\"}}],\"egress\":[{\"action\":\"Allow\"}]",
                      chance(m->rng, 50) ? "Allow" : "Deny", PICK(m->rng, apps));
    fp_buf_puts(&m->json, "}}");
}

static void make_host(maker *m)
{
    begin(m, "projectcalico.org/v3", "HostEndpoint", "", chance(m->rng, 50) ? "h1" : "h2");
    put_labels(m);
    fp_buf_puts(&m->json,
                "},\"spec\":{\"node\":\"n2\",\"interfaceName\":\"eth0\",\"ports\":[{"
                "\"name\":\"http\",\"protocol\":\"TCP\",\"port\":80}],\"expectedIPs\":[\"");
    put_address(m);
    fp_buf_puts(&m->json, "\"]}}");
}

static void make_set(maker *m)
{
    bool global = chance(m->rng, 50);

    begin(m, "projectcalico.org/v3", global ? "GlobalNetworkSet" : "NetworkSet",
          global ? "" : PICK(m->rng, namespaces), "s");
    put_labels(m);
    fp_buf_printf(&m->json, "},\"spec\":{\"nets\":[\"10.0.0.%u/%u\",\"192.0.2.%u\"]}}",
                  fp_rng_below(m->rng, 16) & 12, 28 + fp_rng_below(m->rng, 3) * 2,
                  fp_rng_below(m->rng, 3));
}

static void make_tier(maker *m)
{
    begin(m, "projectcalico.org/v3", "Tier", "", chance(m->rng, 50) ? "first" : "second");
    fp_buf_printf(&m->json, "},\"spec\":{\"order\":%u,\"defaultAction\":\"%s\"}}",
                  fp_rng_below(m->rng, 3) * 10, chance(m->rng, 50) ? "Pass" : "Deny");
}

static void put_selector(maker *m)
{
    switch (fp_rng_below(m->rng, 9)) {
    case 0:
        fp_buf_puts(&m->json, "all()");
        break;
    case 1:
        fp_buf_printf(&m->json, "app != '%s'", PICK(m->rng, apps));
        break;
    case 2:
        fp_buf_printf(&m->json, "has(env) || app == '%s'", PICK(m->rng, apps));
        break;
    case 3:
        fp_buf_printf(&m->json, "app not in {'%s'} && env == '%s'", PICK(m->rng, apps),
                      PICK(m->rng, envs));
        break;
    default:
        fp_buf_printf(&m->json, "app == '%s'", PICK(m->rng, apps));
    }
}

static void put_ports(maker *m, const char *key)
{
    fp_buf_printf(&m->json, ",\"%s\":[\"%s\"", key, PICK(m->rng, port_names));
    if (chance(m->rng, 50))
        fp_buf_puts(&m->json, ",8080");
    fp_buf_puts(&m->json, "]");
}

static void put_entity(maker *m, const char *side)
{
    fp_buf_printf(&m->json, ",\"%s\":{\"nets\":[\"0.0.0.0/0\",\"::/0\"]", side);
    if (chance(m->rng, 60)) {
        fp_buf_puts(&m->json, ",\"selector\":\"");
        put_selector(m);
        fp_buf_puts(&m->json, "\"");
    }
    if (chance(m->rng, 30))
        fp_buf_printf(&m->json, ",\"namespaceSelector\":\"%s\"",
                      chance(m->rng, 50)   ? "env == 'prod'"
                      : chance(m->rng, 50) ? "all()"
                                           : "global()");
    if (chance(m->rng, 25)) {
        fp_buf_puts(&m->json, ",\"notSelector\":\"");
        put_selector(m);
        fp_buf_puts(&m->json, "\"");
    }
    if (chance(m->rng, 30))
        put_ports(m, "ports");
    if (chance(m->rng, 10))
        put_ports(m, "notPorts");
    fp_buf_puts(&m->json, "}");
}

static void put_rules(maker *m, const char *key)
{
    static const char *const actions[] = {"Allow", "Allow", "Deny", "Pass", "Log"};
    uint32_t n = fp_rng_below(m->rng, 3);

    fp_buf_printf(&m->json, ",\"%s\":[", key);
    for (uint32_t i = 0; i < n; i++) {
        fp_buf_printf(&m->json, "%s{\"action\":\"%s\",\"protocol\":\"TCP\"", i ? "," : "",
                      PICK(m->rng, actions));
        if (chance(m->rng, 8))
            fp_buf_puts(&m->json, ",\"unheardOf\":1");
        put_entity(m, "source");
        put_entity(m, "destination");
        fp_buf_puts(&m->json, "}");
    }
    fp_buf_puts(&m->json, "]");
}

static void put_place(maker *m)
{
    const char *tier = PICK(m->rng, tiers);

    if (tier[0])
        fp_buf_printf(&m->json, ",\"tier\":\"%s\"", tier);
    if (chance(m->rng, 60))
        fp_buf_printf(&m->json, ",\"order\":%u", fp_rng_below(m->rng, 3));
    if (chance(m->rng, 50))
        fp_buf_printf(&m->json, ",\"types\":[\"%s\"]", chance(m->rng, 50) ? "Ingress" : "Egress");
}

static void make_policy(maker *m)
{
    bool global = chance(m->rng, 40);
    bool staged = chance(m->rng, 10);
    const char *ns = global ? "" : PICK(m->rng, namespaces);
    char name[] = "a";
    const char *kinds[] = {"NetworkPolicy", "GlobalNetworkPolicy", "StagedNetworkPolicy",
                           "StagedGlobalNetworkPolicy"};

    name[0] = (char)('a' + fp_rng_below(m->rng, 3));
    begin(m, "projectcalico.org/v3", kinds[(global ? 1 : 0) + (staged ? 2 : 0)], ns, name);
    fp_buf_puts(&m->json, "},\"spec\":{\"selector\":\"");
    if (chance(m->rng, 4))
        fp_buf_puts(&m->json, "app ==");
    else
        put_selector(m);
    fp_buf_puts(&m->json, "\"");
    put_place(m);
    if (global && chance(m->rng, 10))
        fp_buf_puts(&m->json, ",\"doNotTrack\":true,\"applyOnForward\":true");
    put_rules(m, "ingress");
    put_rules(m, "egress");
    fp_buf_puts(&m->json, "}}");
}

static void make_k8s_policy(maker *m)
{
    begin(m, "networking.k8s.io/v1", "NetworkPolicy", PICK(m->rng, namespaces),
          chance(m->rng, 50) ? "k1" : "k2");
    fp_buf_printf(&m->json,
                  "},\"spec\":{\"podSelector\":{\"matchLabels\":{\"app\":\"%s\"}},"
                  "\"ingress\":[{\"from\":[{\"podSelector\":{}},{\"namespaceSelector\":{"
                  "\"matchLabels\":{\"env\":\"%s\"}}}]",
                  PICK(m->rng, apps), PICK(m->rng, envs));
    if (chance(m->rng, 50))
        fp_buf_printf(&m->json, ",\"ports\":[{\"port\":\"%s\"}]", PICK(m->rng, port_names));
    fp_buf_puts(&m->json, "}]}}");
}

static void make_object(maker *m)
{
    static void (*const local[])(maker *) = {
        make_pod,     make_pod,     make_pod,    make_workload,   make_namespace,
        make_account, make_profile, make_set,    make_tier,       make_policy,
        make_policy,  make_policy,  make_policy, make_k8s_policy, make_host};
    static void (*const remote[])(maker *) = {make_pod,      make_pod,       make_pod,
                                              make_workload, make_namespace, make_account,
                                              make_profile,  make_host,      make_policy};
    size_t n =
        m->cluster == 0 ? sizeof(local) / sizeof(local[0]) : sizeof(remote) / sizeof(remote[0]);

    (m->cluster == 0 ? local : remote)[fp_rng_below(m->rng, (uint32_t)n)](m);
}

void fp_test_generate(fp_rng *rng, size_t n, fp_test_ops *ret)
{
    for (size_t i = 0; i < n; i++) {
        maker m = {.rng = rng, .cluster = fp_rng_below(rng, 5) % 3};
        fp_test_op op = {.cluster = m.cluster, .is_delete = chance(rng, 25)};

        op.is_commit = chance(rng, 15);
        make_object(&m);
        op.key = fp_buf_steal(&m.key, NULL);
        op.json = fp_buf_steal(&m.json, NULL);
        ck_assert(op.key && op.json);
        ck_assert_int_eq(fp_vec_push(ret, op), 0);
    }
}

void fp_test_ops_done(fp_test_ops *ops)
{
    for (size_t i = 0; i < ops->len; i++) {
        fp_free(ops->items[i].key);
        fp_free(ops->items[i].json);
    }
    fp_vec_done(ops);
}
