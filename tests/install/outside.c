/* SPDX-License-Identifier: Apache-2.0 */
#include <fedpol/fedpol.h>
#include <stdio.h>
#include <string.h>

/* A program that has nothing of this tree: feeds a pod, asks for a verdict, prints it. */

static const char manifests[] =
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n"
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n"
    "spec: {nodeName: n1}\nstatus: {phase: Running, podIP: 10.0.0.1}\n";

static int ask(fedpol_context *context, fedpol_cluster *cluster)
{
    fedpol_verdict *verdict = NULL;
    fedpol_flow flow;
    int r;

    fedpol_flow_init(&flow, sizeof(flow));
    flow.from = "192.0.2.1";
    flow.to = "shop/web";
    flow.protocol = "tcp";
    flow.destination_port = 80;
    r = fedpol_cluster_feed_yaml(cluster, manifests, strlen(manifests), NULL);
    if (r == 0)
        r = fedpol_cluster_set_synced(cluster);
    if (r == 0)
        r = fedpol_context_get_verdict(context, &flow, &verdict, NULL);
    if (r == 0)
        puts(fedpol_verdict_value_name(fedpol_verdict_get_value(verdict)));
    verdict = fedpol_verdict_unref(verdict);
    return r;
}

int main(void)
{
    fedpol_context *context = NULL;
    fedpol_cluster *cluster = NULL;
    fedpol_error *error = NULL;
    int r = fedpol_context_new(&context);

    if (r == 0)
        r = fedpol_cluster_new(context, "east", FEDPOL_ROLE_LOCAL, &cluster, &error);
    if (r == 0)
        r = ask(context, cluster);
    if (r < 0)
        fprintf(stderr, "%s\n", fedpol_strerror(r));
    error = fedpol_error_free(error);
    cluster = fedpol_cluster_unref(cluster);
    context = fedpol_context_unref(context);
    return r < 0;
}
