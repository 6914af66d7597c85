#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The library inside a program, by FFI: what only an embedder can ask for. TAP.
Usage: test_embedder.py LIBFEDPOL"""
import ctypes
import os
import sys
import time
import traceback

from apiserver import ApiServer

fedpol = ctypes.CDLL(os.path.abspath(sys.argv[1]))
fedpol.fedpol_context_next_event.restype = ctypes.c_void_p
fedpol.fedpol_event_free.argtypes = [ctypes.c_void_p]
LOCAL, REMOTE = 1, 2
IN_SYNC, RESTART_REQUIRED = 2, 4
PATIENCE = 60


def pod(name, address):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "shop", "name": name},
            "spec": {"nodeName": "n1", "containers": [{"name": "c"}]},
            "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]}}


def configuration(server, token):
    return {"apiVersion": "crd.projectcalico.org/v1", "kind": "RemoteClusterConfiguration",
            "metadata": {"name": "west"}, "spec": {"datastoreType": "kubernetes",
                                                   "k8sAPIEndpoint": server.url(),
                                                   "k8sAPIToken": token}}


class Program:
    """A context with a live local cluster."""

    def __init__(self):
        self.east, self.west = ApiServer(token="t"), ApiServer(token="t")
        for server in (self.east, self.west):
            server.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        self.context = ctypes.c_void_p()
        assert fedpol.fedpol_context_new(ctypes.byref(self.context)) == 0
        assert fedpol.fedpol_context_set_follow_remotes(self.context, True) == 0
        self.local = ctypes.c_void_p()
        assert fedpol.fedpol_cluster_new(self.context, b"east", LOCAL, ctypes.byref(self.local),
                                         None) == 0

    def connect(self):
        source = ctypes.c_void_p()
        assert fedpol.fedpol_source_new(ctypes.byref(source)) == 0
        assert fedpol.fedpol_source_set_server(source, self.east.url().encode()) == 0
        assert fedpol.fedpol_source_set_token(source, b"t") == 0
        assert fedpol.fedpol_cluster_connect(self.local, source, None) == 0
        fedpol.fedpol_source_free(source)

    def turn(self):
        assert fedpol.fedpol_context_wait(self.context, 50) >= 0
        while event := fedpol.fedpol_context_next_event(self.context):
            fedpol.fedpol_event_free(event)

    def until(self, condition, what):
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, what
            self.turn()

    def state(self, name):
        cluster = ctypes.c_void_p()
        if fedpol.fedpol_cluster_find(self.context, name, ctypes.byref(cluster)) < 0:
            return None
        state = fedpol.fedpol_cluster_get_state(cluster)
        fedpol.fedpol_cluster_unref(cluster)
        return state

    def endpoints(self):
        found = ctypes.c_void_p()
        assert fedpol.fedpol_context_query_endpoints(self.context, None, ctypes.byref(found)) == 0
        count = fedpol.fedpol_endpoint_list_get_count(found)
        fedpol.fedpol_endpoint_list_unref(found)
        return count

    def close(self):
        fedpol.fedpol_cluster_unref(self.local)
        fedpol.fedpol_context_unref(self.context)
        self.east.stop()
        self.west.stop()


def without_live_changes_a_change_waits_for_a_restart(program):
    north = ApiServer(token="t")
    north.put(pod("n-1", "10.3.0.1"), pod("n-2", "10.3.0.2"), pod("n-3", "10.3.0.3"))
    program.west.put(pod("a", "10.1.0.1"))
    program.east.put(configuration(program.west, "t"))
    assert fedpol.fedpol_context_set_live_changes(program.context, False) == 0
    program.connect()
    program.until(lambda: program.state(b"west") == IN_SYNC, "made although changes are not live")
    program.until(lambda: program.endpoints() == 1, "one pod")
    program.east.put(configuration(north, "t"))
    program.until(lambda: program.state(b"west") == RESTART_REQUIRED, "state 4")
    program.west.put(pod("b", "10.1.0.2"))
    program.until(lambda: program.endpoints() == 2, "the old connection goes on")
    program.east.put(configuration(program.west, "t"))
    program.until(lambda: program.state(b"west") == IN_SYNC, "taken back")
    assert not north.requests
    program.east.put(configuration(north, "t"))
    program.until(lambda: program.state(b"west") == RESTART_REQUIRED, "state 4 again")
    assert fedpol.fedpol_context_set_live_changes(program.context, True) == 0
    program.until(lambda: program.endpoints() == 3, "the new server")
    program.until(lambda: program.state(b"west") == IN_SYNC, "in sync with the new server")
    program.east.delete(configuration(north, "t"))
    program.until(lambda: program.state(b"west") is None, "removed")
    north.stop()


def a_child_that_ends_says_no_goodbye_for_its_parent(program):
    program.east.put(pod("a", "10.0.0.1"))
    program.connect()
    program.until(lambda: program.state(b"east") == IN_SYNC, "in sync")
    program.until(lambda: program.endpoints() == 1, "one pod")
    asked = len(program.east.requests)
    child = os.fork()
    if child == 0:  # what a careful child does before it goes
        refused = fedpol.fedpol_context_process(program.context)
        fedpol.fedpol_cluster_unref(program.local)
        fedpol.fedpol_context_unref(program.context)
        os._exit(0 if refused < 0 else 1)
    assert os.waitpid(child, 0)[1] == 0
    program.east.put(pod("b", "10.0.0.2"))
    program.until(lambda: program.endpoints() == 2, "the watch of the parent goes on")
    assert len(program.east.requests) == asked, program.east.requests[asked:]


TESTS = [without_live_changes_a_change_waits_for_a_restart,
         a_child_that_ends_says_no_goodbye_for_its_parent]


def main():
    failed = 0
    print(f"1..{len(TESTS)}", flush=True)
    for number, test in enumerate(TESTS, 1):
        program = Program()
        try:
            test(program)
            print(f"ok {number} {test.__name__}", flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok {number} {test.__name__}", flush=True)
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)
        program.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
