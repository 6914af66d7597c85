#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Both ends of the flows of prove.py; each runs inside a network namespace.

serve: reads one JSON line [[proto, address, port], ...], answers "pong" on all of them.
send PROTO FROM TO PORT: prints "allow" if "pong" came back in time, else "deny".
"""
import json
import select
import socket
import sys

KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
PATIENCE = 2.0  # seconds; a dropped packet is noticed by silence


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def open_sockets(wanted):
    sockets = []
    for proto, address, port in wanted:
        sock = socket.socket(family_of(address), KINDS[proto])
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
        if proto == "tcp":
            sock.listen(64)
        sockets.append(sock)
    return sockets


def serve():
    sockets = open_sockets(json.loads(sys.stdin.readline()))
    print("ready", flush=True)
    while True:
        for sock in select.select(sockets, [], [])[0]:
            if sock.type == socket.SOCK_STREAM:
                connection, _ = sock.accept()
                connection.sendall(b"pong")
                connection.close()
            else:
                _, peer = sock.recvfrom(64)
                sock.sendto(b"pong", peer)


def send(proto, source, destination, port):
    sock = socket.socket(family_of(source), KINDS[proto])
    sock.settimeout(PATIENCE)
    try:
        sock.bind((source, 0))
        sock.connect((destination, port))
        if proto == "udp":
            sock.send(b"ping")
        answer = sock.recv(16)
    except OSError:
        answer = b""
    finally:
        sock.close()
    print("allow" if answer == b"pong" else "deny")


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
    else:
        send(sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]))
