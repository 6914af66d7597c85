#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Servers that lie, hang, flood or can't be trusted, and credentials that don't work: each costs its own
cluster alone, is told, and no secret is. TAP. Usage: test_hostile.py FEDPOL [NAME...]"""
import gzip
import itertools
import json
import os
import socket
import subprocess
import sys
import time

from apiserver import ApiServer
from mesh import PATIENCE, Mesh, Watch, run_tests
from objects import ACCOUNT, namespace, pod, remote_configuration, secret
from raw import HEAD, LIST, RawServer, chunk, flood, memory_of
from raw import TOKEN as SECRET
from tls import certificates, openssl, wait_for_port


def expect_warning(mesh, *words, timeout=3):
    """West is out of sync, for a reason that has the WORDS; east is not concerned."""
    rows, errors = mesh.status(arguments=[*mesh.arguments, "--timeout", str(timeout)])
    assert rows["east"]["state"] == "in-sync", errors
    assert rows["west"]["state"] != "in-sync", rows
    for word in ("cluster west", *words):
        assert word in errors, (word, errors)
    for text in (errors, json.dumps(rows)):
        assert SECRET not in text and "west-token" not in text and "PRIVATE" not in text, text
    return errors


def a_server_that_never_answers_is_told_of(mesh):
    def silent(_):
        while True:
            time.sleep(0.1)
            yield b""
    server = RawServer(silent)
    mesh.write("west", server)
    expect_warning(mesh, "has not answered")
    server.stop()


def endless(first, more):
    def answer(_):
        yield HEAD
        yield chunk(first)
        while True:
            yield chunk(more)
    return answer


def endless_objects_lines_and_texts_are_cut_off(mesh):
    filler = b"x" * (1 << 16)
    for first, more in ((LIST + b'{"metadata":{"name":"', filler),          # one endless text
                        (LIST + b'{"metadata":{"a":[', b'"x",' * 16384),    # one endless object
                        (LIST, b" " * (1 << 16)),                           # blanks for ever
                        (b"", b"[" * (1 << 16)),                            # ever deeper
                        (b'{"kind":"', filler)):
        server = RawServer(endless(first, more))
        mesh.write("west", server)
        expect_warning(mesh)
        server.stop()
        # Several kinds, and several tries in three seconds: each ends after 64 MiB.
        assert server.sent < 2 << 30, (first, server.sent)


def headers_without_end_are_cut_off(mesh):
    def answer(_):
        yield b"HTTP/1.1 200 OK\r\n"
        while True:
            yield b"X-Filler: " + b"y" * 8000 + b"\r\n"
    server = RawServer(answer)
    mesh.write("west", server)
    expect_warning(mesh, "header")
    server.stop()


def what_is_no_http_is_told(mesh):
    for answer in (b"SSH-2.0-OpenSSH_9\r\n", b"HTTP/9.9 200 OK\r\n\r\n", b"\x16\x03\x01\x00", b""):
        server = RawServer(lambda _, answer=answer: [answer])
        mesh.write("west", server)
        expect_warning(mesh)
        server.stop()


def a_wrong_content_length_costs_that_cluster_alone(mesh):
    for extra in (b"Content-Length: 5\r\n", b"Content-Length: 999999\r\n", b"Content-Length: -1\r\n",
                  b"Content-Length: 2\r\nContent-Length: 3\r\n"):
        body = LIST + b"]}"
        server = RawServer(lambda _, extra=extra, body=body: [
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + extra + b"\r\n" + body])
        mesh.write("west", server)
        expect_warning(mesh)
        server.stop()


def a_list_that_drips_arrives(mesh):
    mesh.west.fault(".", count=8, drip=20000)
    rows, errors = mesh.status()
    assert rows["west"]["state"] == "in-sync" and rows["west"]["endpoints"] == 2, (rows, errors)


def a_flood_of_changes_starves_nobody(mesh):
    """Counts the changes; more than a million a minute on most machines."""
    server = RawServer(flood)
    mesh.write("west", server)
    watch = Watch(mesh)
    watch.until_members("10.1.0.1")
    before = memory_of(watch.process)
    for i in range(20):  # while the flood goes on, the local cluster is heard
        mesh.east.put(pod(f"db-{i}", f"10.0.1.{i}", app="db"))
        watch.until(lambda i=i: f"10.0.1.{i}" in watch.members, f"member {i}")
    time.sleep(3)
    assert memory_of(watch.process) < before + 20000, "memory grew with the changes"
    print(f"# {server.sent >> 20} MiB of changes")
    watch.stop()  # which is answered in the middle of it
    server.stop()


def event(kind, name="p", **metadata):
    obj = pod(name, "10.1.0.1", app="x")
    obj["metadata"].update(metadata)
    return (json.dumps({"type": kind, "object": obj}) + "\n").encode()


# The I-th of a flood in which something is new each time.
ALWAYS_NEW = {
    "types of events": lambda i: event(f"T{i}"),
    "labels": lambda i: event("MODIFIED", labels={f"k{i}": f"v{i}"}),
    "names": lambda i: event("ADDED", f"p{i}") + event("DELETED", f"p{i}"),
    "namespaces": lambda i: event("ADDED", namespace=f"n{i}") + event("DELETED", namespace=f"n{i}"),
    "names that are none": lambda i: event("ADDED", f"NOT_{i}"),
    "versions": lambda i: event("BOOKMARK", resourceVersion=str(i)),
    "lists": lambda i: b'{"kind":"PodList","metadata":{"resourceVersion":"%d"}}' % i,
}


def floods_of_what_is_new_each_time_keep_nothing(mesh):
    for what, event_of in ALWAYS_NEW.items():
        def answer(path, event_of=event_of):
            if "watch=1" not in path or "sendInitialEvents" in path:
                yield from flood(path)
                return
            yield HEAD
            for at in itertools.count(0, 200):
                events = b"".join(map(event_of, range(at, at + 200))) if "/pods" in path else b""
                time.sleep(0 if events else 0.1)
                yield chunk(events) if events else b""
        server = RawServer(answer)
        mesh.write("west", server)
        watch = Watch(mesh)
        watch.until_state("east", "in-sync")
        enough = time.monotonic() + PATIENCE
        while server.sent < 8 << 20:
            assert time.monotonic() < enough, (what, server.sent)
            time.sleep(0.05)
        before = memory_of(watch.process)
        while server.sent < 40 << 20 and time.monotonic() < enough:
            time.sleep(0.05)
        assert memory_of(watch.process) < before + 4000, (what, before, memory_of(watch.process))
        watch.stop()
        server.stop()


def packed(body, encoding=b"gzip", behind=b""):
    """Answers that are short lists, or so they say."""
    def answer(path):
        if "sendInitialEvents" in path:
            yield from flood(path)
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n" \
            b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (encoding, len(body + behind))
        yield body + behind
    return answer


def packed_answers_that_are_broken_are_told(mesh):
    whole = gzip.compress(LIST + b"]}")
    for answer, word in ((packed(whole[:-9]), "gzip stream is cut"),
                         (packed(whole[:-8] + b"12345678"), "no gzip stream"),
                         (packed(b"{}"), "no gzip stream"),
                         (packed(whole, behind=b"{}"), "no gzip stream"),
                         (packed(whole, encoding=b"br"), "not asked for")):
        server = RawServer(answer)
        mesh.write("west", server)
        expect_warning(mesh, word)
        server.stop()


def answers_packed_a_thousand_times_starve_nobody(mesh):
    """Each unpacks to 100 MB of what takes longest to read, or of nothing at all."""
    for filler in (b"{},", b" " * 3, b'"",'):
        server = RawServer(packed(gzip.compress(LIST + filler * 33_000_000, 6)))
        mesh.write("west", server)
        watch = Watch(mesh)
        watch.until_state("east", "in-sync")
        until_asked = time.monotonic() + PATIENCE
        while not server.sent and time.monotonic() < until_asked:
            time.sleep(0.01)
        assert server.sent
        pods = [pod(f"db-{i}", f"10.0.1.{i}", app="db") for i in range(20)]
        for i, obj in enumerate(pods):
            mesh.east.put(obj)
            watch.until(lambda i=i: f"10.0.1.{i}" in watch.members, f"member {i}")
        assert memory_of(watch.process) < 60000, memory_of(watch.process)
        watch.stop()
        server.stop()
        mesh.east.delete(*pods)


def dated(folder, name, days):
    """A certificate that was, or will be, good: valid for two days from DAYS on."""
    at = lambda shift: time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + shift * 86400))
    with open(os.path.join(folder, "index.txt"), "w", encoding="utf-8"):
        pass
    with open(os.path.join(folder, "ca.cnf"), "w", encoding="utf-8") as file:
        file.write("[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial.txt\nnew_certs_dir=.\n"
                   "policy=p\ndefault_md=sha256\nemail_in_dn=no\n[p]\ncommonName=supplied\n")
    openssl(folder, "ca", "-batch", "-config", "ca.cnf", "-create_serial", "-in", "good.csr", "-out",
            name + ".pem", "-cert", "ca.pem", "-keyfile", "ca.key", "-extfile", "good.ext",
            "-startdate", at(days), "-enddate", at(days + 2), "-notext")


def serve_tls(folder, certificate, key="good", **more):
    at = lambda name: os.path.join(folder, name)
    server = ApiServer(token="west-token", tls={"cert": at(certificate + ".pem"),
                                                "key": at(key + ".key"), "ca": at("ca.pem"), **more})
    system = namespace("kube-system")
    system["metadata"]["uid"] = "uid-west"
    server.put(system, namespace("shop"), ACCOUNT, pod("db-2", "10.1.0.2", app="db"))
    return server


def certificates_out_of_their_time_are_not_trusted(mesh):
    folder = mesh.folder.name
    certificates(folder)
    for name, days, word in (("late", -4, "expired"), ("early", 2, "not yet valid")):
        dated(folder, name, days)
        server = serve_tls(folder, name)
        mesh.write("west", server)
        expect_warning(mesh, word)
        assert not server.requests
        server.stop()


def old_versions_of_tls_are_refused(mesh):
    certificates(mesh.folder.name)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", "good.pem", "-key",
         "good.key", "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0", "-www", "-quiet"],
        cwd=mesh.folder.name, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    config = mesh.west.kubeconfig(token=SECRET)
    config["clusters"][0]["cluster"] = {"server": f"https://127.0.0.1:{port}",
                                        "certificate-authority": "ca.pem"}
    with open(os.path.join(mesh.folder.name, "west"), "w", encoding="utf-8") as file:
        json.dump(config, file)
    wait_for_port(port)
    expect_warning(mesh, "version")
    server.kill()
    server.wait()


def a_key_that_does_not_fit_is_told(mesh):
    certificates(mesh.folder.name)
    server = serve_tls(mesh.folder.name, "good")
    mesh.write("west", server, **{"client-certificate": "client.pem", "client-key": "other.key"})
    expect_warning(mesh, "key")
    server.stop()


def an_authority_that_is_exchanged_is_read_again(mesh):
    """Of a kubeconfig that names the file; the server comes back with a certificate of the new one."""
    folder = mesh.folder.name
    certificates(folder)
    server = serve_tls(folder, "good")
    mesh.write("west", server)
    config = server.kubeconfig()
    config["clusters"][0]["cluster"] = {"server": server.url(), "certificate-authority": "ca.pem"}
    with open(os.path.join(folder, "west"), "w", encoding="utf-8") as file:
        json.dump(config, file)
    watch = Watch(mesh)
    watch.until_members("10.1.0.2")
    watch.until_state("west", "in-sync")
    port = server.port
    server.stop()
    watch.until_state("west", "resync-in-progress")
    certificates(folder)  # a new authority, and all certificates anew
    server = ApiServer(port=port, token="west-token",
                       tls={name: os.path.join(folder, file) for name, file in
                            (("cert", "good.pem"), ("key", "good.key"), ("ca", "ca.pem"))})
    server.store.rv = server.store.oldest = 1000
    system = namespace("kube-system")
    system["metadata"]["uid"] = "uid-west"
    server.put(system, namespace("shop"), ACCOUNT, pod("db-3", "10.1.0.3", app="db"))
    watch.until_members("10.1.0.3")
    watch.until_state("west", "in-sync")
    watch.stop()
    server.stop()


def a_client_certificate_that_is_exchanged_is_read_again(mesh):
    folder = mesh.folder.name
    certificates(folder)
    server = serve_tls(folder, "good", client_ca=os.path.join(folder, "ca.pem"))
    server.token = None
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "mine.key", "-out",
            "mine.pem", "-subj", "/CN=nobody-knows-me")
    mesh.write("west", server, **{"client-certificate": "mine.pem", "client-key": "mine.key"})
    watch = Watch(mesh)
    watch.until_state("east", "in-sync")
    assert watch.states.get("west") in (None, "connecting")
    for kind in ("pem", "key"):
        os.replace(os.path.join(folder, f"client.{kind}"), os.path.join(folder, f"mine.{kind}"))
    watch.until_members("10.1.0.2")
    watch.until_state("west", "in-sync")
    watch.stop()
    server.stop()


def ways_that_lead_nowhere_are_told(mesh):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = closed.getsockname()[1]
    refusing = RawServer(lambda _: [b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"])
    config = mesh.west.kubeconfig(token=SECRET)
    for cluster, word in (
            ({"server": f"http://127.0.0.1:{nowhere}"}, str(nowhere)),
            ({"server": "https://no-such-host.invalid:6443"}, "no-such-host.invalid"),
            ({"server": "https://127.0.0.1:6443", "proxy-url": f"http://127.0.0.1:{nowhere}"},
             str(nowhere)),
            ({"server": "https://192.0.2.1:6443",
              "proxy-url": f"http://user:{SECRET}@127.0.0.1:{refusing.port}"}, "403")):
        config["clusters"][0]["cluster"] = cluster
        with open(os.path.join(mesh.folder.name, "west"), "w", encoding="utf-8") as file:
            json.dump(config, file)
        expect_warning(mesh, word)
    refusing.stop()


def plugins_that_give_no_credential_are_told(mesh):
    script = os.path.join(mesh.folder.name, "plugin.sh")
    for text, word in (("exit 1", "status 1"), ("echo nonsense", "JSON"), ("", "JSON"),
                       (f"echo '{{\"token\":\"{SECRET}\"}}'", "ExecCredential"),
                       ("head -c 2000000 /dev/zero | tr '\\0' x", "more bytes")):
        with open(script, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\n{text}\n")
        os.chmod(script, 0o755)
        mesh.write("west", mesh.west, token=None, exec={
            "apiVersion": "client.authentication.k8s.io/v1", "command": script,
            "interactiveMode": "Never"})
        expect_warning(mesh, "plugin.sh", word)
    mesh.write("west", mesh.west, token=None, exec={
        "apiVersion": "client.authentication.k8s.io/v1", "command": "/nowhere/plugin",
        "installHint": "install the plugin first", "interactiveMode": "Never"})
    expect_warning(mesh, "/nowhere/plugin", "install the plugin first")


def secrets_without_what_is_needed_are_told(mesh):
    reference = {"kind": "Secret", "namespace": "fed", "name": "access"}
    mesh.east.put(remote_configuration("far", clusterAccessSecret=reference))
    for data in ({}, {"kubeconfig": "bm90IGEga3ViZWNvbmZpZw=="}, {"kubeconfig": "?"},
                 {"datastoreType": "a3ViZXJuZXRlcw=="}):
        value = secret("access", "fed", {})
        value["data"] = data
        mesh.east.put(value)
        arguments = [*mesh.arguments[:2], "--follow-remotes"]
        rows, errors = mesh.status(arguments=arguments)
        assert rows["far"]["state"] in ("config-incomplete", "not-connecting"), (data, rows, errors)
        done = mesh.run("diagnostics", arguments=arguments, code=1)
        assert "RemoteClusterConfiguration far" in done.stdout, done


TESTS = [a_server_that_never_answers_is_told_of, endless_objects_lines_and_texts_are_cut_off,
         headers_without_end_are_cut_off, what_is_no_http_is_told,
         a_wrong_content_length_costs_that_cluster_alone, a_list_that_drips_arrives,
         a_flood_of_changes_starves_nobody, floods_of_what_is_new_each_time_keep_nothing, packed_answers_that_are_broken_are_told,
         answers_packed_a_thousand_times_starve_nobody, certificates_out_of_their_time_are_not_trusted,
         old_versions_of_tls_are_refused, a_key_that_does_not_fit_is_told,
         an_authority_that_is_exchanged_is_read_again,
         a_client_certificate_that_is_exchanged_is_read_again, ways_that_lead_nowhere_are_told,
         plugins_that_give_no_credential_are_told, secrets_without_what_is_needed_are_told]

if __name__ == "__main__":
    sys.exit(run_tests(TESTS, sys.argv[2:]))
