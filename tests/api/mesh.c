/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh.h"

#include <stdio.h>
#include <string.h>

const char mesh_east[] = "apiVersion: v1\n"
                         "kind: Namespace\n"
                         "metadata: {name: shop, labels: {team: red}}\n"
                         "---\n"
                         "apiVersion: v1\n"
                         "kind: Pod\n"
                         "metadata: {name: db, namespace: shop, labels: {app: db}}\n"
                         "spec:\n"
                         "  nodeName: n1\n"
                         "  containers:\n"
                         "  - name: c\n"
                         "    ports: [{name: sql, containerPort: 5432, protocol: TCP}]\n"
                         "status: {phase: Running, podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}]}\n"
                         "---\n"
                         "apiVersion: projectcalico.org/v3\n"
                         "kind: NetworkPolicy\n"
                         "metadata: {name: default.db, namespace: shop}\n"
                         "spec:\n"
                         "  selector: app == 'db'\n"
                         "  types: [Ingress]\n"
                         "  ingress:\n"
                         "  - action: Allow\n"
                         "    protocol: TCP\n"
                         "    source: {selector: app == 'web'}\n"
                         "    destination: {ports: [5432]}\n"
                         "---\n"
                         "apiVersion: projectcalico.org/v3\n"
                         "kind: GlobalNetworkSet\n"
                         "metadata: {name: office, labels: {role: office}}\n"
                         "spec: {nets: [192.0.2.0/24]}\n";

const char mesh_west[] =
    "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":["
    "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"shop\",\"labels\":{"
    "\"team\":\"blue\"}}},"
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\","
    "\"labels\":{\"app\":\"web\"}},\"spec\":{\"nodeName\":\"w1\"},\"status\":{\"phase\":"
    "\"Running\","
    "\"podIP\":\"10.1.0.1\",\"podIPs\":[{\"ip\":\"10.1.0.1\"}]}},"
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"cron\",\"namespace\":"
    "\"shop\","
    "\"labels\":{\"app\":\"cron\"}},\"spec\":{\"nodeName\":\"w1\"},\"status\":{\"phase\":"
    "\"Running\","
    "\"podIP\":\"10.1.0.2\",\"podIPs\":[{\"ip\":\"10.1.0.2\"}]}}]}";

static int fill(mesh *m)
{
    static const uint8_t seed[16] = "0123456789abcde";
    int r = fedpol_context_new(&m->context);

    if (r == 0)
        r = fedpol_context_set_hash_seed(m->context, seed);
    if (r == 0)
        r = fedpol_context_set_time(m->context, 1000);
    if (r == 0)
        r = fedpol_cluster_new(m->context, "east", FEDPOL_ROLE_LOCAL, &m->east, NULL);
    if (r == 0)
        r = fedpol_cluster_new(m->context, "west", FEDPOL_ROLE_REMOTE, &m->west, NULL);
    if (r == 0)
        r = fedpol_cluster_feed_yaml(m->east, mesh_east, strlen(mesh_east), NULL);
    if (r == 0)
        r = fedpol_cluster_feed(m->west, mesh_west, strlen(mesh_west), NULL);
    if (r == 0)
        r = fedpol_cluster_set_synced(m->east);
    if (r == 0)
        r = fedpol_cluster_set_synced(m->west);
    return r;
}

int mesh_init(mesh *ret)
{
    int r;

    memset(ret, 0, sizeof(*ret));
    r = fill(ret);
    if (r < 0)
        mesh_done(ret);
    return r;
}

void mesh_done(mesh *m)
{
    m->west = fedpol_cluster_unref(m->west);
    m->east = fedpol_cluster_unref(m->east);
    m->context = fedpol_context_unref(m->context);
}

int mesh_west_pod(mesh *m, const char *type, const char *name, const char *app, const char *ip)
{
    char text[1024];
    int n = snprintf(text, sizeof(text),
                     "{\"type\":\"%s\",\"object\":{\"apiVersion\":\"v1\",\"kind\":\"Pod\","
                     "\"metadata\":{\"name\":\"%s\",\"namespace\":\"shop\",\"labels\":{\"app\":"
                     "\"%s\"}},\"spec\":{\"nodeName\":\"w1\"},\"status\":{\"phase\":\"Running\","
                     "\"podIP\":\"%s\",\"podIPs\":[{\"ip\":\"%s\"}]}}}",
                     type, name, app, ip, ip);

    return fedpol_cluster_feed(m->west, text, (size_t)n, NULL);
}

int mesh_ask(mesh *m, const char *from, const char *to, int port)
{
    fedpol_verdict *verdict = NULL;
    fedpol_flow flow;
    int r;

    fedpol_flow_init(&flow, sizeof(flow));
    flow.from = from;
    flow.to = to;
    flow.protocol = "tcp";
    flow.destination_port = port;
    r = fedpol_context_get_verdict(m->context, &flow, &verdict, NULL);
    if (r == 0)
        r = fedpol_verdict_get_value(verdict);
    verdict = fedpol_verdict_unref(verdict);
    return r;
}
