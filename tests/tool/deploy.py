#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The files of examples/deploy/: what the Containerfile copies is installed, and the commands of the
manifests run as in a pod: the service account's files, the environment, an API server over TLS. TAP.

Usage: deploy.py AGENT CONTROLLER BUILD-FOLDER
"""
import base64
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.request

import yaml

HERE = pathlib.Path(__file__).resolve()
ROOT = HERE.parents[2]
DEPLOY = ROOT / "examples" / "deploy"
ACCOUNT_FILES = "/var/run/secrets/kubernetes.io/serviceaccount"
sys.path.insert(0, str(ROOT / "tests" / "live"))
from apiserver import ApiServer  # noqa: E402 pylint: disable=wrong-import-position


def read_manifests(path):
    with open(path, encoding="utf-8") as file:
        return [item for item in yaml.safe_load_all(file) if item]


def container(name, kind):
    (found,) = [item for item in read_manifests(DEPLOY / name) if item["kind"] == kind]
    template = found["spec"]["template"]
    labels = template["metadata"]["labels"]
    assert found["spec"]["selector"]["matchLabels"] == labels, found
    return template["spec"], template["spec"]["containers"][0]


def service_accounts():
    paths = [*DEPLOY.glob("*.yaml"), *(ROOT / "docs" / "rbac").glob("*.yaml")]
    return {item["metadata"]["name"] for path in paths if path.name != "remote-read-only.yaml"
            and path.name != "local.yaml" for item in read_manifests(path)
            if item["kind"] == "ServiceAccount"}


class Pod:
    """An API server over TLS, and what a kubelet gives to a pod."""

    def __init__(self, folder):
        run = lambda *a: subprocess.run(["openssl", *a], cwd=folder, check=True, capture_output=True)
        run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key", "-out", "ca.crt",
            "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1")
        at = lambda name: os.path.join(folder, name)
        self.server = ApiServer(token="pod-token", tls={"cert": at("ca.crt"), "key": at("key"),
                                                        "ca": at("ca.crt")})
        with open(at("token"), "w", encoding="utf-8") as file:
            file.write("pod-token")
        with open(at("namespace"), "w", encoding="utf-8") as file:
            file.write("kube-system")
        os.makedirs(ACCOUNT_FILES, exist_ok=True)
        subprocess.run(["mount", "--bind", folder, ACCOUNT_FILES], check=True)
        self.environment = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "NODE_NAME": "node-1",
                            "KUBERNETES_SERVICE_PORT": str(self.server.port),
                            "PATH": os.environ["PATH"],
                            "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")}

    def start(self, binary, command):
        return subprocess.Popen([binary, *command["args"]], env=self.environment,
                                stderr=subprocess.PIPE, text=True)


def get(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""
    except OSError:
        return 0, ""


def until(condition, process, what):
    end = time.monotonic() + 60
    while not condition():
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            raise AssertionError((what, process.communicate()))
        time.sleep(0.05)


def what_is_copied_is_installed(_agent, _controller, build):
    with tempfile.TemporaryDirectory() as out:
        subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--destdir", out],
                       check=True, capture_output=True)
        text = (DEPLOY / "Containerfile").read_text().replace("\\\n", "")
        paths = re.findall(r"^COPY --from=build /out(\S+) ", text, re.M)
        assert len(paths) == 4, paths
        installed = {str(path)[len(out):] for path in pathlib.Path(out).rglob("*")}
        prefix = json.loads(subprocess.run(
            ["meson", "introspect", build, "--buildoptions"], check=True, capture_output=True,
            text=True).stdout)
        prefix = next(option["value"] for option in prefix if option["name"] == "prefix")
        for path in paths:
            wanted = path.rstrip("/").replace("/usr/local", prefix, 1)
            assert wanted in installed, (wanted, sorted(installed)[:50])
        packages = set(re.findall(r"z?lib\S+-dev|meson|ninja-build|gcc|pkg-config", text))
        assert {"libcurl4-openssl-dev", "zlib1g-dev", "libyajl-dev", "libyaml-dev", "libmd-dev"} <= packages


def accounts_and_probes_fit(_agent, _controller, _build):
    for name, kind in (("agent-daemonset.yaml", "DaemonSet"),
                       ("controller-deployment.yaml", "Deployment")):
        spec, item = container(name, kind)
        assert spec["serviceAccountName"] in service_accounts(), spec
        assert item["command"][0].startswith("/usr/local/bin/"), item
        if "httpGet" in item["livenessProbe"]:
            port = item["args"][item["args"].index("--status") + 1].rsplit(":", 1)[1]
            assert str(item["livenessProbe"]["httpGet"]["port"]) == port, item


def the_agent_runs_as_a_pod_would(pod, agent, _controller):
    _, item = container("agent-daemonset.yaml", "DaemonSet")
    process = pod.start(agent, item)
    until(lambda: get(9098, "/healthz")[0] == 200, process, "the agent is healthy")
    status = json.loads(get(9098, "/status")[1])
    assert status["node"] == "node-1" and status["clusters"][0]["state"] == "in-sync", status
    rules = subprocess.run(["nft", "list", "tables"], check=True, capture_output=True, text=True)
    assert "fedpol" in rules.stdout, rules
    process.terminate()
    assert process.wait(30) == 0


def the_controller_runs_as_a_pod_would(pod, _agent, controller):
    _, item = container("controller-deployment.yaml", "Deployment")
    process = pod.start(controller, item)
    writes = lambda: [path for _, path, _ in pod.server.writes]
    until(lambda: "v1/endpoints/shop/fed" in writes(), process, "the endpoints are written")
    assert get(9099, "/healthz")[0] == 200
    process.terminate()
    assert process.wait(30) == 0


def fill(server):
    namespace = lambda name: {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    meta = lambda name, **more: {"namespace": "shop", "name": name, **more}
    ports = {"ports": [{"name": "ui", "port": 80}]}
    access = base64.b64encode(b"kubernetes").decode()
    server.put(namespace("kube-system"), namespace("shop"),
               {"apiVersion": "v1", "kind": "Secret", "metadata": meta("unused"),
                "data": {"datastoreType": access}},
               {"apiVersion": "v1", "kind": "Service", "spec": ports, "metadata": meta(
                   "fed", annotations={"federation.tigera.io/serviceSelector": "has(a)"})},
               {"apiVersion": "v1", "kind": "Service", "spec": ports,
                "metadata": meta("app", labels={"a": "b"})},
               {"apiVersion": "v1", "kind": "Endpoints", "metadata": meta("app"),
                "subsets": [{"addresses": [{"ip": "10.0.0.1"}], **ports}]})


def main():
    agent, controller, build = (os.path.abspath(argument) for argument in sys.argv[1:4])
    if "--inside" not in sys.argv and os.geteuid() == 0 and \
            subprocess.run(["unshare", "-mn", "true"], check=False).returncode == 0:
        os.execvp("unshare", ["unshare", "-mn", sys.executable, str(HERE), agent, controller, build,
                              "--inside"])
    inside = "--inside" in sys.argv
    files = [what_is_copied_is_installed, accounts_and_probes_fit]
    pods = [the_agent_runs_as_a_pod_would, the_controller_runs_as_a_pod_would]
    print(f"1..{len(files) + len(pods)}", flush=True)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        pod = None
        if inside:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            pod = Pod(folder)
            fill(pod.server)
        for number, test in enumerate(files + pods, 1):
            if test in pods and not inside:
                print(f"ok {number} {test.__name__} # SKIP needs root and namespaces", flush=True)
                continue
            try:
                if test in files:
                    test(agent, controller, build)
                else:
                    test(pod, agent, controller)
                print(f"ok {number} {test.__name__}", flush=True)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print(f"not ok {number} {test.__name__}", flush=True)
                for line in traceback.format_exc().splitlines():
                    print(f"# {line}", flush=True)
        if inside:
            subprocess.run(["umount", ACCOUNT_FILES], check=False)
            pod.server.stop()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
