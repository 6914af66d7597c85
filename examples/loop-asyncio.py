#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The library's one descriptor inside asyncio, without a line of C. Usage: loop-asyncio.py KUBECONFIG"""
import asyncio
import ctypes
import sys

fedpol = ctypes.CDLL("libfedpol.so.0")
fedpol.fedpol_cluster_state_name.restype = ctypes.c_char_p
fedpol.fedpol_error_get_message.restype = ctypes.c_char_p
fedpol.fedpol_context_next_event.restype = ctypes.c_void_p
fedpol.fedpol_event_free.restype = ctypes.c_void_p
fedpol.fedpol_event_free.argtypes = [ctypes.c_void_p]
LOCAL, IN_SYNC = 1, 2


def check(code, error):
    if code < 0:
        sys.exit(f"error {code}: {(fedpol.fedpol_error_get_message(error) or b'').decode()}")


async def main(path):
    context, cluster, source, error = (ctypes.c_void_p() for _ in range(4))
    check(fedpol.fedpol_context_new(ctypes.byref(context)), error)
    check(fedpol.fedpol_cluster_new(context, b"local", LOCAL, ctypes.byref(cluster), None), error)
    check(fedpol.fedpol_source_new(ctypes.byref(source)), error)
    check(fedpol.fedpol_source_load_kubeconfig(source, path.encode(), None, ctypes.byref(error)),
          error)
    check(fedpol.fedpol_cluster_connect(cluster, source, ctypes.byref(error)), error)
    done = asyncio.Event()

    def ready():
        fedpol.fedpol_context_process(context)
        while event := fedpol.fedpol_context_next_event(context):
            fedpol.fedpol_event_free(event)
        if fedpol.fedpol_cluster_get_state(cluster) == IN_SYNC:
            done.set()

    asyncio.get_running_loop().add_reader(fedpol.fedpol_context_get_fd(context), ready)
    await asyncio.wait_for(done.wait(), 30)
    asyncio.get_running_loop().remove_reader(fedpol.fedpol_context_get_fd(context))
    print(fedpol.fedpol_cluster_state_name(fedpol.fedpol_cluster_get_state(cluster)).decode())
    fedpol.fedpol_source_free(source)
    fedpol.fedpol_cluster_unref(cluster)
    fedpol.fedpol_context_unref(context)


asyncio.run(main(sys.argv[1]))
