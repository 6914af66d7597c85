#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Connections that are added, changed and removed at random while a server cuts and refuses; memory
and descriptors are back afterwards. TAP. Usage: test_churn.py LIBFEDPOL [ROUNDS]"""
import ctypes
import os
import random
import resource
import sys

from apiserver import ApiServer

fedpol = ctypes.CDLL(os.path.abspath(sys.argv[1]))
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 400
fedpol.fedpol_context_next_event.restype = ctypes.c_void_p
fedpol.fedpol_event_free.argtypes = [ctypes.c_void_p]
REMOTE, IN_SYNC = 2, 2


def pods(count):
    for i in range(count):
        yield {"apiVersion": "v1", "kind": "Pod",
               "metadata": {"namespace": "n", "name": f"p{i}", "labels": {"i": str(i % 7)}},
               "spec": {"nodeName": "n1", "containers": [{"name": "c"}]},
               "status": {"phase": "Running", "podIP": f"10.0.{i // 250}.{i % 250 + 1}"}}


def source_of(server):
    source = ctypes.c_void_p()
    assert fedpol.fedpol_source_new(ctypes.byref(source)) == 0
    assert fedpol.fedpol_source_set_server(source, server.url().encode()) == 0
    assert fedpol.fedpol_source_set_token(source, b"t") == 0
    return source


def turn(context, wait_ms):
    assert fedpol.fedpol_context_wait(context, wait_ms) >= 0
    while event := fedpol.fedpol_context_next_event(context):
        fedpol.fedpol_event_free(event)


def churn(context, servers, sources, dice):
    clusters = {}
    for round_number in range(ROUNDS):
        name = f"c{dice.randrange(12)}"
        deed = dice.randrange(10)
        if name not in clusters:
            clusters[name] = ctypes.c_void_p()
            assert fedpol.fedpol_cluster_new(context, name.encode(), REMOTE,
                                             ctypes.byref(clusters[name]), None) == 0
        if deed < 5:
            assert fedpol.fedpol_cluster_connect(clusters[name], dice.choice(sources), None) == 0
        elif deed < 8:
            assert fedpol.fedpol_cluster_remove(clusters[name]) == 0
            fedpol.fedpol_cluster_unref(clusters.pop(name))
        elif deed == 8:
            fedpol.fedpol_cluster_disconnect(clusters[name])
        else:
            server = dice.choice(servers)
            server.fault("pods", code=dice.choice([401, 410, 429, 500]), body=b"no")
            server.fault("pods", cut=dice.randrange(3000), how=dice.choice(["reset", "garbage"]))
            server.drop()
        for _ in range(dice.randrange(4)):
            turn(context, round_number % 5)
    return clusters


def main():
    dice = random.Random(7)
    before = len(os.listdir("/proc/self/fd"))
    servers = [ApiServer(token="t"), ApiServer(token="t")]
    for server in servers:
        server.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system"}},
                   *pods(300))
    sources = [source_of(server) for server in servers]
    print("1..3", flush=True)
    grown = []
    for _ in range(3):
        context = ctypes.c_void_p()
        assert fedpol.fedpol_context_new(ctypes.byref(context)) == 0
        clusters = churn(context, servers, sources, dice)
        for server in servers:
            server.faults.clear()
        for cluster in clusters.values():
            assert fedpol.fedpol_cluster_connect(cluster, sources[0], None) == 0
        for _ in range(2000):
            turn(context, 20)
            if all(fedpol.fedpol_cluster_get_state(c) == IN_SYNC for c in clusters.values()):
                break
        states = [fedpol.fedpol_cluster_get_state(c) for c in clusters.values()]
        for cluster in clusters.values():
            fedpol.fedpol_cluster_unref(cluster)
        fedpol.fedpol_context_unref(context)
        grown.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    for source in sources:
        fedpol.fedpol_source_free(source)
    for server in servers:
        server.stop()
    left = len(os.listdir("/proc/self/fd"))
    checks = [(set(states) == {IN_SYNC}, "in_the_end_all_are_in_sync", states),
              (left <= before, "descriptors_are_back", (before, left)),
              (grown[2] < grown[0] * 1.5, "memory_is_back", grown)]
    for number, (ok, name, what) in enumerate(checks, 1):
        print(f"{'' if ok else 'not '}ok {number} {name}\n# {what}", flush=True)
    return 0 if all(ok for ok, _, _ in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
