#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The scenario through ctypes. Usage: test_ctypes.py LIBRARY"""
import ctypes
import sys

import scenario

P, I, Z, S, L = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_int64

# result, parameters; "ret" and "error" are pointers to pointers
SIGNATURES = {
    "fedpol_cluster_feed": (I, [P, S, Z, P]),
    "fedpol_cluster_feed_yaml": (I, [P, S, Z, P]),
    "fedpol_cluster_new": (I, [P, S, I, P, P]),
    "fedpol_cluster_set_synced": (I, [P]),
    "fedpol_cluster_unref": (P, [P]),
    "fedpol_context_get_verdict": (I, [P, P, P, P]),
    "fedpol_context_new": (I, [P]),
    "fedpol_context_next_event": (P, [P]),
    "fedpol_context_process": (I, [P]),
    "fedpol_context_query_endpoints": (I, [P, P, P]),
    "fedpol_context_unref": (P, [P]),
    "fedpol_endpoint_list_get_count": (Z, [P]),
    "fedpol_endpoint_list_get_name": (S, [P, Z]),
    "fedpol_endpoint_list_unref": (P, [P]),
    "fedpol_error_free": (P, [P]),
    "fedpol_error_get_message": (S, [P]),
    "fedpol_error_get_offset": (L, [P]),
    "fedpol_event_free": (P, [P]),
    "fedpol_event_get_type": (I, [P]),
    "fedpol_flow_init": (None, [P, Z]),
    "fedpol_renderer_full": (I, [P, P]),
    "fedpol_renderer_new": (I, [P, P, P, P]),
    "fedpol_renderer_unref": (P, [P]),
    "fedpol_ruleset_get_text": (S, [P, P]),
    "fedpol_ruleset_unref": (P, [P]),
    "fedpol_selector_parse": (I, [S, P, P]),
    "fedpol_verdict_get_policy": (S, [P, I]),
    "fedpol_verdict_get_value": (I, [P]),
    "fedpol_verdict_unref": (P, [P]),
}


class Flow(ctypes.Structure):
    _fields_ = [("struct_size", Z), ("from_", S), ("to", S), ("protocol", S),
                ("source_port", ctypes.c_int32), ("destination_port", ctypes.c_int32),
                ("icmp_type", ctypes.c_int32), ("icmp_code", ctypes.c_int32)]


class Library:
    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        for name, (result, parameters) in SIGNATURES.items():
            function = getattr(self.library, name)
            function.restype, function.argtypes = result, parameters

    def call(self, name, *arguments):
        return getattr(self.library, name)(*arguments)

    def new(self, name, *arguments, error=False):
        ret = ctypes.c_void_p()
        tail = [ctypes.byref(ret)] + ([None] if error else [])
        assert self.call(name, *arguments, *tail) == 0, name
        return ret.value

    def failing(self, name, *arguments):
        ret, error = ctypes.c_void_p(), ctypes.c_void_p()
        code = self.call(name, *arguments, ctypes.byref(ret), ctypes.byref(error))
        assert not ret.value
        story = (code, self.text(self.call("fedpol_error_get_message", error)),
                 self.call("fedpol_error_get_offset", error))
        self.call("fedpol_error_free", error)
        return story

    def flow(self, source, destination, protocol, port):
        flow = Flow()
        self.call("fedpol_flow_init", ctypes.byref(flow), ctypes.sizeof(flow))
        flow.from_, flow.to, flow.protocol, flow.destination_port = source, destination, protocol, port
        return ctypes.byref(flow)

    @staticmethod
    def text(value):
        return value.decode()


if __name__ == "__main__":
    scenario.run(Library(sys.argv[1]))
    print("the scenario runs through ctypes")
