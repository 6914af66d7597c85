# SPDX-License-Identifier: Apache-2.0
"""Certificates for tests, and a mesh whose servers stand behind a proxy that speaks HTTP/2."""
import json
import os
import socket
import subprocess
import tempfile
import time

from mesh import PATIENCE, Mesh


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def certificates(folder):
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out",
            "ca.pem", "-subj", "/CN=test-ca", "-days", "2")
    for name, san in (("good", "IP:127.0.0.1"), ("other", "DNS:other.example"),
                      ("client", "DNS:client")):
        with open(os.path.join(folder, name + ".ext"), "w", encoding="utf-8") as file:
            file.write(f"subjectAltName={san}\n")
        openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out",
                name + ".csr", "-subj", f"/CN={name}")
        openssl(folder, "x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-out", name + ".pem", "-days", "2", "-extfile", name + ".ext")
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "self.key", "-out",
            "self.pem", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")


def wait_for_port(port):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)


class FrontedMesh(Mesh):
    """As Mesh, but that clients reach the servers through a proxy that speaks HTTP/2."""

    def __init__(self):
        self.fronts, self.certificates = [], tempfile.TemporaryDirectory()
        certificates(self.certificates.name)
        super().__init__()

    def write(self, name, server, **user):
        front = next((front for front in self.fronts if front["server"] is server), None)
        front = front or self.start(server)
        config = server.kubeconfig(**user)
        config["clusters"][0]["cluster"] = {
            "server": f"https://127.0.0.1:{front['port']}",
            "certificate-authority": os.path.join(self.certificates.name, "ca.pem")}
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        return path

    def start(self, server):
        at = lambda name: os.path.join(self.certificates.name, name)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        log = at(f"log-{port}")
        process = subprocess.Popen(
            ["nghttpx", "--conf=/dev/null", f"-f127.0.0.1,{port}", "--workers=1",
             f"-b127.0.0.1,{server.port}", f"--accesslog-file={log}",
             "--accesslog-format=$alpn $request", "--errorlog-file=/dev/null",
             "--backend-read-timeout=600s", "--stream-read-timeout=600s", at("good.key"),
             at("good.pem")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.fronts.append({"server": server, "port": port, "process": process, "log": log})
        wait_for_port(port)
        return self.fronts[-1]

    def close(self):
        super().close()
        for front in self.fronts:
            front["process"].terminate()
            front["process"].wait()
        protocols = {}
        for front in self.fronts:
            with open(front["log"], encoding="utf-8") as log:
                protocols.update({line.split(" ", 1)[0]: line for line in log if "watch=1" in line})
        self.certificates.cleanup()
        return None if set(protocols) == {"h2"} else f"not all watches used HTTP/2: {protocols}"
