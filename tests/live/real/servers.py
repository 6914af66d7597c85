# SPDX-License-Identifier: Apache-2.0
"""Real API servers: kube-apiserver and etcd of the folder that KUBEBUILDER_ASSETS names, on loopback
ports, with TLS, RBAC, an audit log and Calico's CRDs. There is no controller manager and no kubelet:
what these would do, tests do."""
import base64
import http.client
import http.server
import json
import os
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse

from tls import openssl

PATIENCE = 120  # seconds until something that must happen counts as not happening
CALICO = {  # plural: kind, namespaced
    "tiers": ("Tier", False), "globalnetworkpolicies": ("GlobalNetworkPolicy", False),
    "networkpolicies": ("NetworkPolicy", True), "globalnetworksets": ("GlobalNetworkSet", False),
    "networksets": ("NetworkSet", True), "hostendpoints": ("HostEndpoint", False),
    "remoteclusterconfigurations": ("RemoteClusterConfiguration", False)}
CALICO_GROUPS = ("crd.projectcalico.org/v1", "projectcalico.org/v3")
BUILT_IN = {  # api version and kind: plural, namespaced
    ("v1", "Namespace"): ("namespaces", False), ("v1", "Pod"): ("pods", True),
    ("v1", "ServiceAccount"): ("serviceaccounts", True), ("v1", "Secret"): ("secrets", True),
    ("v1", "Service"): ("services", True), ("v1", "Endpoints"): ("endpoints", True),
    ("v1", "Event"): ("events", True),
    ("discovery.k8s.io/v1", "EndpointSlice"): ("endpointslices", True),
    ("networking.k8s.io/v1", "NetworkPolicy"): ("networkpolicies", True),
    ("coordination.k8s.io/v1", "Lease"): ("leases", True),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"): ("customresourcedefinitions", False),
    **{("rbac.authorization.k8s.io/v1", kind): (kind.lower() + "s", kind in ("Role", "RoleBinding"))
       for kind in ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")}}
READ = {"": ["namespaces", "pods", "serviceaccounts", "services", "endpoints", "secrets",
             "events"],
        "coordination.k8s.io": ["leases"], "discovery.k8s.io": ["endpointslices"],
        "networking.k8s.io": ["networkpolicies"],
        "crd.projectcalico.org": list(CALICO), "projectcalico.org": list(CALICO)}
AUDIT = """apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  users: [harness, "system:apiserver", "system:anonymous"]
- level: Request
  verbs: [create, update, patch, delete]
- level: Metadata
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def where(api_version, kind, namespace=None, name=None):
    plural, namespaced = BUILT_IN.get((api_version, kind)) or next(
        (plural, scoped) for plural, (known, scoped) in CALICO.items()
        if known == kind and api_version in CALICO_GROUPS)
    path = f"/{'apis' if '/' in api_version else 'api'}/{api_version}"
    if namespaced and namespace:
        path += f"/namespaces/{namespace}"
    return f"{path}/{plural}" + (f"/{name}" if name else "")


def path_of(obj):
    meta = obj["metadata"]
    return where(obj["apiVersion"], obj["kind"], meta.get("namespace"), meta["name"])


def crd(group_version, plural):
    group, version = group_version.split("/")
    kind, namespaced = CALICO[plural]
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{group}", "annotations": {
                "api-approved.kubernetes.io": "unapproved, for tests"}},
            "spec": {"group": group, "scope": "Namespaced" if namespaced else "Cluster",
                     "names": {"plural": plural, "kind": kind, "singular": kind.lower()},
                     "versions": [{"name": version, "served": True, "storage": True,
                                   "schema": {"openAPIV3Schema": {
                                       "type": "object",
                                       "x-kubernetes-preserve-unknown-fields": True}}}]}}


class Reviews(http.server.ThreadingHTTPServer):
    """Answers TokenReviews: tokens come and go while the API server runs."""

    def __init__(self):
        self.users = {}  # token: name

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=invalid-name
                review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                name = self.server.users.get(review["spec"]["token"])
                review["status"] = {"authenticated": name is not None,
                                    **({"user": {"username": name}} if name else {})}
                body = json.dumps(review).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Cluster:
    """One API server with its etcd."""

    def __init__(self, assets, folder):
        self.assets, self.folder = assets, folder
        self.port, self.etcd_port = free_port(), free_port()
        self.reviews = Reviews()
        self.gates = []
        self._keys()
        self.etcd = self._run("etcd", [
            f"--data-dir={folder}/etcd", f"--listen-client-urls=http://127.0.0.1:{self.etcd_port}",
            f"--advertise-client-urls=http://127.0.0.1:{self.etcd_port}", "--unsafe-no-fsync",
            f"--listen-peer-urls=http://127.0.0.1:{free_port()}"])
        self.process = None
        self.start()
        self.uid = self.wanted("GET", "/api/v1/namespaces/kube-system")["metadata"]["uid"]
        for name in ("shop", "fed", "federation"):
            self.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        self.absent = set()
        for group in CALICO_GROUPS:
            self.serve_group(group)

    def at(self, name):
        return os.path.join(self.folder, name)

    def _keys(self):
        openssl(self.folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key",
                "-out", "ca.pem", "-subj", "/CN=test-ca", "-days", "2")
        for name, subject, more in (("server", "/CN=server", "subjectAltName=IP:127.0.0.1"),
                                    ("harness", "/O=system:masters/CN=harness", ""),
                                    ("client", "/CN=reader", "")):
            with open(self.at(name + ".ext"), "w", encoding="utf-8") as file:
                file.write(more + "\n")
            openssl(self.folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key",
                    "-out", name + ".csr", "-subj", subject)
            openssl(self.folder, "x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey",
                    "ca.key", "-CAcreateserial", "-out", name + ".pem", "-days", "2", "-extfile",
                    name + ".ext")
        openssl(self.folder, "genrsa", "-out", "accounts.key", "2048")
        with open(self.at("audit.yaml"), "w", encoding="utf-8") as file:
            file.write(AUDIT)
        with open(self.at("reviews.json"), "w", encoding="utf-8") as file:
            json.dump({"apiVersion": "v1", "kind": "Config", "current-context": "c",
                       "clusters": [{"name": "c", "cluster": {
                           "server": f"http://127.0.0.1:{self.reviews.server_port}"}}],
                       "users": [{"name": "c", "user": {}}],
                       "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}]}, file)

    def _run(self, program, arguments):
        with open(self.at(program + ".log"), "ab") as log:
            return subprocess.Popen([os.path.join(self.assets, program), *arguments],
                                    stdout=log, stderr=log)

    def start(self):
        """Returns when it is ready."""
        at = self.at
        gates = [f"--feature-gates={','.join(self.gates)}"] if self.gates else []
        self.process = self._run("kube-apiserver", [
            f"--etcd-servers=http://127.0.0.1:{self.etcd_port}", f"--secure-port={self.port}",
            "--bind-address=127.0.0.1", f"--tls-cert-file={at('server.pem')}",
            f"--tls-private-key-file={at('server.key')}", f"--client-ca-file={at('ca.pem')}",
            f"--service-account-key-file={at('accounts.key')}",
            f"--service-account-signing-key-file={at('accounts.key')}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--authentication-token-webhook-config-file={at('reviews.json')}",
            "--authentication-token-webhook-version=v1", "--authorization-mode=RBAC",
            "--authentication-token-webhook-cache-ttl=1ms",
            "--disable-admission-plugins=ServiceAccount", "--endpoint-reconciler-type=none",
            "--service-cluster-ip-range=10.96.0.0/16", f"--audit-policy-file={at('audit.yaml')}",
            f"--audit-log-path={at('audit.log')}", "--audit-log-mode=blocking", *gates])
        end = time.monotonic() + PATIENCE
        while True:
            assert self.process.poll() is None, f"kube-apiserver ended: {self.tail()}"
            assert time.monotonic() < end, f"kube-apiserver is not ready: {self.tail()}"
            try:
                if self.request("GET", "/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)

    def tail(self):
        with open(self.at("kube-apiserver.log"), encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-5:])

    def end(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        self.process.wait()

    def restart(self, gates=None):
        self.gates = self.gates if gates is None else gates
        self.end()
        self.start()

    def close(self):
        self.end()
        self.etcd.kill()
        self.etcd.wait()
        self.reviews.shutdown()

    # --- what the harness asks, as a member of system:masters ---

    def request(self, method, path, body=None, kind="application/json"):
        context = ssl.create_default_context(cafile=self.at("ca.pem"))
        context.load_cert_chain(self.at("harness.pem"), self.at("harness.key"))
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context,
                                                 timeout=PATIENCE)
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        try:
            connection.request(method, path, body, {"Content-Type": kind})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def wanted(self, *request):
        end = time.monotonic() + PATIENCE
        status, body = self.request(*request)
        while status == 429 and time.monotonic() < end:  # "storage is (re)initializing"
            time.sleep(0.2)
            status, body = self.request(*request)
        assert status < 300, (request[:2], status, body[:2000])
        return json.loads(body)

    def put(self, *objects):
        """Makes each what it is here, whatever it was. A pod's status too."""
        query = "?fieldManager=harness&force=true"
        for obj in objects:
            whole = {key: value for key, value in obj.items() if key != "status"}
            if whole["kind"] == "Pod":
                whole["spec"] = {**whole["spec"], "containers": [{"name": "c", "image": "c"}]}
            self.wanted("PATCH", path_of(obj) + query, whole, "application/apply-patch+yaml")
            if "status" in obj:
                status = {key: obj[key] for key in ("apiVersion", "kind", "status")}
                status["metadata"] = {"name": obj["metadata"]["name"]}
                self.wanted("PATCH", path_of(obj) + "/status" + query, status,
                            "application/apply-patch+yaml")

    def delete(self, *objects):
        for obj in objects:
            status, body = self.request("DELETE", path_of(obj) + "?gracePeriodSeconds=0")
            assert status in (200, 202, 404), (status, body)

    def rows(self, api_version, kind, namespace=None):
        return self.wanted("GET", where(api_version, kind, namespace))["items"]

    def compact(self):
        """As etcd does every five minutes; the API server forgets when it is started again."""
        def ask(path, **body):
            connection = http.client.HTTPConnection("127.0.0.1", self.etcd_port, timeout=PATIENCE)
            connection.request("POST", path, json.dumps(body))
            return json.loads(connection.getresponse().read())
        revision = ask("/v3/kv/range", key="AA==")["header"]["revision"]
        ask("/v3/kv/compaction", revision=revision, physical=True)

    def serve_group(self, group):
        self.put(*[crd(group, plural) for plural in CALICO])
        end = time.monotonic() + PATIENCE
        for plural in CALICO:
            while self.request("GET", f"/apis/{group}/{plural}?limit=1")[0] != 200:
                assert time.monotonic() < end, f"{plural} of {group} never came"
                time.sleep(0.1)
        self.absent.discard(group)

    def drop_group(self, group):
        self.delete(*[crd(group, plural) for plural in CALICO])
        end = time.monotonic() + PATIENCE
        for plural in CALICO:
            while self.request("GET", f"/apis/{group}/{plural}?limit=1")[0] != 404:
                assert time.monotonic() < end, f"{plural} of {group} never went"
                time.sleep(0.1)
        self.absent.add(group)

    def clean(self):
        """As it was at the start."""
        for group in list(self.absent):
            self.serve_group(group)
        if self.gates:
            self.restart([])
        for api_version, kind in BUILT_IN:
            if api_version in ("v1", "discovery.k8s.io/v1", "networking.k8s.io/v1",
                               "coordination.k8s.io/v1") and kind != "Namespace":
                for obj in self.rows(api_version, kind):
                    if obj["metadata"]["namespace"] in ("shop", "fed", "kube-system"):
                        self.delete({**obj, "apiVersion": api_version, "kind": kind})
        for group in CALICO_GROUPS:
            for kind, _ in CALICO.values():
                for obj in self.rows(group, kind):
                    self.delete(obj)
        self.reviews.users.clear()

    # --- what others asked ---

    def audit(self, begin=0):
        """Each request of others once, in order: those that last appear when they begin."""
        seen = {}
        try:
            with open(self.at("audit.log"), encoding="utf-8") as file:
                file.seek(begin)
                for line in file:
                    if line.endswith("\n"):
                        row = json.loads(line)
                        seen.setdefault(row["auditID"], row)
        except FileNotFoundError:
            pass
        return list(seen.values())

    def audit_size(self):
        try:
            return os.path.getsize(self.at("audit.log"))
        except FileNotFoundError:
            return 0


class Front:
    """What the tests' own ApiServer is to a test, for a real one: a port of its own before it, which
    can be closed and cut, a token, a role, and the requests that came since."""

    def __init__(self, cluster, token):
        self.pairs, self.lock, self.is_open = set(), threading.Lock(), False
        self.port = free_port()
        self.authority = None  # a file that clients are told to trust; None: the cluster's
        self.aim(cluster, token)
        self.open()

    def aim(self, cluster, token):
        """From now on this cluster is behind the port."""
        self.cluster, self._token, self._forbidden = cluster, None, set()
        self.begin = cluster.audit_size()
        self.token = token
        self.forbidden = set()
        group = "rbac.authorization.k8s.io"
        cluster.put({"apiVersion": group + "/v1", "kind": "ClusterRoleBinding",
                     "metadata": {"name": "reader"},
                     "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "reader"},
                     "subjects": [{"apiGroup": group, "kind": "User", "name": "reader"}]})

    # --- the port ---

    def open(self):
        if self.is_open:
            return
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.listener.listen(512)
        self.is_open = True
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.socket()
            try:
                server.connect(("127.0.0.1", self.cluster.port))
            except OSError:
                client.close()
                continue
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.pairs.add((client, server))
            for pair in ((client, server), (server, client)):
                threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source, sink):
        try:
            while data := source.recv(1 << 16):
                sink.sendall(data)
        except OSError:
            pass
        for one in (source, sink):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def drop(self):
        with self.lock:
            pairs, self.pairs = self.pairs, set()
        for pair in pairs:
            for one in pair:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def stop(self):
        if self.is_open:
            self.is_open = False
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
        self.drop()

    def url(self):
        return f"https://127.0.0.1:{self.port}"

    def kubeconfig(self, **user):
        with open(self.cluster.at("ca.pem"), "rb") as file:
            data = base64.b64encode(file.read()).decode()
        trust = {"certificate-authority": self.authority} if self.authority else \
            {"certificate-authority-data": data}
        return {"apiVersion": "v1", "kind": "Config", "current-context": "c",
                "clusters": [{"name": "k", "cluster": {"server": self.url(), **trust}}],
                "users": [{"name": "u", "user": user or {"token": self.token}}],
                "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}]}

    # --- as ApiServer ---

    def put(self, *objects):
        self.cluster.put(*objects)

    def delete(self, *objects):
        self.cluster.delete(*objects)

    def rows(self, api_version, kind, namespace=None):
        return self.cluster.rows(api_version, kind, namespace)

    def account(self, name, *documents):
        """The user of a kubeconfig who has the roles of these documents, and no others."""
        self.put(*documents)
        for obj in documents:
            for rule in obj.get("rules", []):
                self._until_granted(f"system:serviceaccount:kube-system:{name}",
                                    obj["metadata"].get("namespace"), rule)
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                   "spec": {"expirationSeconds": 3600}}
        path = f"/api/v1/namespaces/kube-system/serviceaccounts/{name}/token"
        return {"token": self.cluster.wanted("POST", path, request)["status"]["token"]}

    def _until_granted(self, user, namespace, rule):
        """The server itself hears of roles by a watch."""
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {
            "user": user, "resourceAttributes": {
                "namespace": namespace or "", "verb": rule["verbs"][-1],
                "group": rule["apiGroups"][-1], "resource": rule["resources"][-1].split("/")[0],
                "subresource": rule["resources"][-1].partition("/")[2],
                "name": rule.get("resourceNames", [""])[0]}}}
        end = time.monotonic() + PATIENCE
        while not self.cluster.wanted("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                                      review)["status"]["allowed"]:
            assert time.monotonic() < end, f"never granted: {rule}"
            time.sleep(0.05)

    @property
    def refused(self):
        return [f"{row['verb']} {row['requestURI']}" for row in self.cluster.audit(self.begin)
                if row.get("responseStatus", {}).get("code") in (401, 403)]

    def forget(self, *objects):
        """Takes them away unheard, and nobody can resume."""
        self.stop()
        self.cluster.delete(*objects)
        self.cluster.compact()
        self.cluster.restart()
        self.open()

    @property
    def uid(self):
        return self.cluster.uid

    @property
    def token(self):
        return self._token

    @token.setter
    def token(self, token):
        if self.cluster.reviews.users.pop(self._token, None):
            time.sleep(10.5)  # for as long the API server remembers a token
        self._token = token
        self.cluster.reviews.users[token] = "reader"

    @property
    def forbidden(self):
        return self._forbidden

    @forbidden.setter
    def forbidden(self, pairs):
        self._forbidden = pairs
        names = {plural for _, plural in pairs}
        self.cluster.put({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
                          "metadata": {"name": "reader"}, "rules": [
                              {"apiGroups": [group], "verbs": ["*"],
                               "resources": [plural for plural in plurals if plural not in names]}
                              for group, plurals in READ.items() if not names.issuperset(plurals)]})

    @property
    def absent(self):
        return self.cluster.absent

    @absent.setter
    def absent(self, groups):
        for group in groups - self.cluster.absent:
            self.cluster.drop_group(group)

    @property
    def streaming(self):
        return not self.cluster.gates

    @streaming.setter
    def streaming(self, wanted):
        self.cluster.restart([] if wanted else ["WatchList=false"])

    @property
    def requests(self):
        return [(urllib.parse.unquote(row["requestURI"]), {"user-agent": row.get("userAgent", "")})
                for row in self.cluster.audit(self.begin)]

    @property
    def writes(self):
        done = []
        for row in self.cluster.audit(self.begin):
            if row["verb"] not in ("create", "update", "patch", "delete") or \
                    row.get("responseStatus", {}).get("code", 500) >= 300:
                continue
            ref, obj = row["objectRef"], row.get("requestObject")
            group = "/".join(filter(None, (ref.get("apiGroup"), ref["apiVersion"])))
            name = ref.get("name") or ((obj or {}).get("metadata") or {}).get("name")
            done.append((row["verb"], "/".join(filter(None, (
                group, ref["resource"], ref.get("namespace"), name))), obj))
        return done
