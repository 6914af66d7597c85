# SPDX-License-Identifier: Apache-2.0
"""A server that sends whatever bytes a test wants, for as long as it wants."""
import json
import socket
import threading
import time

from apiserver import ApiServer
from objects import pod

TOKEN = "s3cr3t-t0ken"


class RawServer:
    """Answers each connection with what ANSWER, given the path, yields; endless if that is."""

    def __init__(self, answer):
        self.answer, self.sent, self.closing = answer, 0, False
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while not self.closing:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client:
            try:
                asked = client.recv(65536).decode("latin-1")
                for part in self.answer(asked.split(" ")[1] if " " in asked else ""):
                    client.sendall(part)
                    self.sent += len(part)
                    if self.closing:
                        return
            except OSError:
                pass

    def stop(self):
        self.closing = True
        self.socket.close()

    def kubeconfig(self, **user):
        return ApiServer.kubeconfig(self, **user)

    token, tls = TOKEN, None

    def url(self):
        return f"http://127.0.0.1:{self.port}"


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
LIST = b'{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"9"},"items":['


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def flood(path):
    """Lists are empty; the watch of pods is as many changes of one pod as the reader can take."""
    event = json.dumps({"type": "MODIFIED", "object": pod("db", "10.1.0.1", app="db")})
    if "watch=1" not in path:
        kind = b"Pod" if "/pods" in path else b"Thing"
        body = LIST.replace(b"Pod", kind, 1) + b"]}"
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n" \
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        return
    if "sendInitialEvents" in path:
        yield b"HTTP/1.1 422 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        return
    yield HEAD
    while "/pods" in path:
        yield chunk((event + "\n").encode() * 100)
    while True:
        time.sleep(0.1)
        yield b""


def memory_of(process):
    with open(f"/proc/{process.pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
