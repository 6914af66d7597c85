# SPDX-License-Identifier: Apache-2.0
"""The one scenario that every binding runs: two clusters are fed, a query, a verdict, a rendering,
and a failure with its story. A binding gives an object whose attributes are the functions."""

EAST = b"""
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {nodeName: n1}
status: {phase: Running, podIP: 10.0.0.1}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: default.db, namespace: shop}
spec:
  selector: app == 'db'
  ingress:
  - {action: Allow, protocol: TCP, source: {selector: app == 'web'}, destination: {ports: [5432]}}
"""

WEST = (b'{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"web","namespace":'
        b'"shop","labels":{"app":"web"}},"spec":{"nodeName":"w1"},"status":{"phase":"Running",'
        b'"podIP":"10.1.0.1"}}]}')

LOCAL, REMOTE = 1, 2
ALLOW, DENY = 1, 2
INGRESS = 1
PARSE = -5


def run(lib):
    """LIB: new(function, *arguments) calls and gives what came back through the last pointer,
    failing(function, *arguments) gives (code, message) of one that takes an error, text(pointer)
    makes str; flow(...) makes a flow."""
    context = lib.new("fedpol_context_new")
    east = lib.new("fedpol_cluster_new", context, b"east", LOCAL, error=True)
    west = lib.new("fedpol_cluster_new", context, b"west", REMOTE, error=True)
    assert lib.call("fedpol_cluster_feed_yaml", east, EAST, len(EAST), None) == 0
    assert lib.call("fedpol_cluster_feed", west, WEST, len(WEST), None) == 0
    for cluster in (east, west):
        assert lib.call("fedpol_cluster_set_synced", cluster) == 0

    endpoints = lib.new("fedpol_context_query_endpoints", context, None)
    names = [lib.text(lib.call("fedpol_endpoint_list_get_name", endpoints, i))
             for i in range(lib.call("fedpol_endpoint_list_get_count", endpoints))]
    assert names == ["db", "web"], names
    assert not lib.call("fedpol_endpoint_list_get_name", endpoints, 2)

    for port, expected in ((5432, ALLOW), (80, DENY)):
        flow = lib.flow(b"west:shop/web", b"shop/db", b"tcp", port)
        verdict = lib.new("fedpol_context_get_verdict", context, flow, error=True)
        assert lib.call("fedpol_verdict_get_value", verdict) == expected
        if expected == ALLOW:
            policy = lib.call("fedpol_verdict_get_policy", verdict, INGRESS)
            assert lib.text(policy) == "NetworkPolicy/shop/default.db"
        assert not lib.call("fedpol_verdict_unref", verdict)

    renderer = lib.new("fedpol_renderer_new", context, None, error=True)
    ruleset = lib.new("fedpol_renderer_full", renderer)
    assert "10.1.0.1" in lib.text(lib.call("fedpol_ruleset_get_text", ruleset, None))

    code, message, offset = lib.failing("fedpol_selector_parse", b"app == ")
    assert code == PARSE and message and offset >= 0, (code, message, offset)

    types = []
    assert lib.call("fedpol_context_process", context) == 1
    while True:
        event = lib.call("fedpol_context_next_event", context)
        if not event:
            break
        types.append(lib.call("fedpol_event_get_type", event))
        lib.call("fedpol_event_free", event)
    assert types[-1] == 100 and types.count(200) == 2, types

    for function, thing in (("fedpol_endpoint_list_unref", endpoints), ("fedpol_ruleset_unref", ruleset),
                            ("fedpol_context_unref", context), ("fedpol_renderer_unref", renderer),
                            ("fedpol_cluster_unref", west), ("fedpol_cluster_unref", east)):
        assert not lib.call(function, thing)
