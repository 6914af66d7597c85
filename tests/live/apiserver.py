#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A Kubernetes API server for tests: list, paging, watch, bookmarks, streaming lists, compaction,
Status objects, and faults on demand. What it answers has the forms of real servers (test_forms.py).

Usable in a program (class ApiServer runs in a thread of its own), or by hand:
    apiserver.py [--port N] [--token T] [--objects FILE.json]... [--kubeconfig FILE]"""
import argparse
import asyncio
import base64
import gzip
import json
import re
import ssl
import threading
import urllib.parse

GROUPS = {
    "v1": ["namespaces", "serviceaccounts", "pods", "nodes", "services", "endpoints", "secrets",
           "events"],
    "discovery.k8s.io/v1": ["endpointslices"],
    "coordination.k8s.io/v1": ["leases"],
    "networking.k8s.io/v1": ["networkpolicies"],
    "crd.projectcalico.org/v1": ["tiers", "networkpolicies", "globalnetworkpolicies",
                                 "hostendpoints", "networksets", "globalnetworksets",
                                 "remoteclusterconfigurations"],
}
GROUPS["projectcalico.org/v3"] = GROUPS["crd.projectcalico.org/v1"]
KINDS = {"namespaces": "Namespace", "serviceaccounts": "ServiceAccount", "pods": "Pod",
         "nodes": "Node", "services": "Service", "endpoints": "Endpoints", "secrets": "Secret",
         "events": "Event", "endpointslices": "EndpointSlice", "leases": "Lease",
         "networkpolicies": "NetworkPolicy", "tiers": "Tier",
         "globalnetworkpolicies": "GlobalNetworkPolicy", "hostendpoints": "HostEndpoint",
         "networksets": "NetworkSet", "globalnetworksets": "GlobalNetworkSet",
         "remoteclusterconfigurations": "RemoteClusterConfiguration"}
PLURALS = {kind: plural for plural, kind in KINDS.items()}
PATH = re.compile(r"^/(?:api|apis)/(?P<group>v1|[^/]+/[^/]+)"
                  r"(?:/namespaces/(?P<ns>[^/]+)(?=/))?/(?P<plural>[a-z]+)(?:/(?P<name>[^/]+))?$")


def dump(value):
    return json.dumps(value, separators=(",", ":")).encode()


def status(code, reason, message, **details):
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": reason, **({"details": details} if details else {}),
            "code": code}


def qualified(table):
    """The resource as messages name it: "pods", "endpointslices.discovery.k8s.io"."""
    return table[1] + ("." + table[0].split("/")[0] if "/" in table[0] else "")


def details_of(table):
    group = {"group": table[0].split("/")[0]} if "/" in table[0] else {}
    return {**group, "kind": table[1]}


class Refusal(Exception):
    def __init__(self, code, body, headers=None, kind="application/json"):
        super().__init__(code)
        self.code, self.headers, self.kind = code, headers or {}, kind
        self.body = body if isinstance(body, bytes) else dump(body)


def selects(obj, fields, labels):
    for term in filter(None, (fields or "").split(",")):
        key, op, want = re.match(r"([\w.]+)(!=|==|=)(.*)", term).groups()
        have = obj
        for part in key.split("."):
            have = (have or {}).get(part)
        if ((have or "") == want) == (op == "!="):
            return False
    have = obj["metadata"].get("labels") or {}
    for term in filter(None, (labels or "").split(",")):
        key, op, want = re.match(r"!?([\w./-]+)(!=|==|=)?(.*)", term).groups()
        if op is None:
            if (key in have) == term.startswith("!"):
                return False
        elif (have.get(key) == want) == (op == "!="):
            return False
    return True


class Store:
    """All objects, and the history that watches are answered from."""

    def __init__(self):
        self.rv = 100
        self.objects = {}  # (group, plural) -> {(ns, name): object}
        self.history = []  # (rv, group, plural, type, object)
        self.oldest = 0    # what is not newer is compacted
        self.changed = asyncio.Event()

    def place(self, obj):
        group, plural = obj["apiVersion"], PLURALS[obj["kind"]]
        meta = obj["metadata"]
        return (group, plural), (meta.get("namespace", ""), meta["name"])

    def note(self, table, kind, obj):
        self.history.append((self.rv, *table, kind, obj))
        self.changed.set()
        self.changed = asyncio.Event()

    def put(self, obj):
        table, key = self.place(obj)
        rows = self.objects.setdefault(table, {})
        self.rv += 1
        obj = json.loads(json.dumps(obj))
        obj["metadata"]["resourceVersion"] = str(self.rv)
        obj["metadata"].setdefault("uid", f"uid-{table[1]}-{key[0]}-{key[1]}")
        kind = "MODIFIED" if key in rows else "ADDED"
        rows[key] = obj
        self.note(table, kind, obj)

    def delete(self, obj):
        table, key = self.place(obj)
        gone = self.objects.get(table, {}).pop(key, None)
        if gone:
            self.rv += 1
            gone = json.loads(json.dumps(gone))
            gone["metadata"]["resourceVersion"] = str(self.rv)
            self.note(table, "DELETED", gone)

    def rows(self, table, ns, query):
        rows = sorted(self.objects.get(table, {}).items())
        return [obj for key, obj in rows if (not ns or key[0] == ns) and
                selects(obj, query.get("fieldSelector"), query.get("labelSelector"))]


class ApiServer:
    """Options may be changed at any time; they count for the next request."""

    def __init__(self, port=0, token=None, tls=None):
        self.token, self.tls = token, tls
        self.absent = set()     # groups
        self.forbidden = set()  # (verb, plural); verb "*" for all
        self.streaming = True
        self.bookmark_s = 60.0
        self.watch_scale = 1.0
        self.faults = []        # see fault()
        self.requests = []      # (path with query, headers)
        self.writes = []        # (method, path, object or None), those that were done
        self.uid = None         # of kube-system
        self.roles = None       # who may do what; None: everybody everything
        self.refused = []       # paths of what was answered 401 or 403
        self.refused_addresses = None  # as RestrictedEndpointsAdmission: a prefix
        self.tokens_expire = False
        self.store = None
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        self.writers = set()
        self.thread = threading.Thread(target=self._run, args=(port, ready), daemon=True)
        self.thread.start()
        ready.wait()

    # --- for tests, from any thread ---

    def call(self, function, *arguments):
        async def run():
            return function(*arguments)
        return asyncio.run_coroutine_threadsafe(run(), self.loop).result()

    def put(self, *objects):
        self.call(lambda: [self.store.put(obj) for obj in objects])

    def delete(self, *objects):
        self.call(lambda: [self.store.delete(obj) for obj in objects])

    def forget(self, *objects):
        """Takes them away unheard, and nobody can resume."""
        def run():
            for obj in objects:
                self.store.delete(obj)
            self.store.oldest = self.store.rv
            self.store.history.clear()
            for writer in list(self.writers):
                writer.transport.abort()
        self.call(run)

    def account(self, _name, *documents):
        """From now on its roles alone count; gives the user of a kubeconfig."""
        self.roles = [(obj["metadata"].get("namespace"), rule) for obj in documents
                      if obj["kind"] in ("Role", "ClusterRole") for rule in obj["rules"]]
        return {"token": self.token}

    def rows(self, group, kind, namespace=None):
        table = self.call(lambda: dict(self.store.objects.get((group, PLURALS[kind]), {})))
        return [obj for (space, _), obj in sorted(table.items()) if namespace in (None, space)]

    def compact(self):
        def run():
            self.store.oldest = self.store.rv
            self.store.history.clear()
        self.call(run)

    def fault(self, path, count=1, **what):
        """For COUNT requests whose path matches: code=, body=, headers=, cut= (bytes of the answer
        that are sent), how= ("close", "reset", "garbage", "stall"), drip= (bytes a second)."""
        self.call(lambda: self.faults.append({"path": re.compile(path), "count": count, **what}))

    def drop(self):
        """Cuts every connection."""
        self.call(lambda: [writer.transport.abort() for writer in list(self.writers)])

    def stop(self):
        if self.loop.is_closed():
            return
        async def end():
            self.server.close()
            for writer in list(self.writers):
                writer.transport.abort()
            self.loop.call_soon(self.loop.stop)
        asyncio.run_coroutine_threadsafe(end(), self.loop)
        self.thread.join(10)

    def url(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def kubeconfig(self, **user):
        cluster = {"server": self.url()}
        if self.tls:
            cluster["certificate-authority-data"] = base64.b64encode(
                open(self.tls["ca"], "rb").read()).decode()
        if self.token and not user:
            user = {"token": self.token}
        return {"apiVersion": "v1", "kind": "Config", "current-context": "c",
                "clusters": [{"name": "k", "cluster": cluster}],
                "users": [{"name": "u", "user": user}],
                "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}]}

    # --- the loop's side ---

    def _run(self, port, ready):
        asyncio.set_event_loop(self.loop)
        self.store = Store()
        context = None
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.tls["cert"], self.tls["key"])
            if self.tls.get("client_ca"):
                context.load_verify_locations(self.tls["client_ca"])
                context.verify_mode = ssl.CERT_REQUIRED
        self.server = self.loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", port, ssl=context, backlog=512))
        self.port = self.server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.close()

    async def _serve(self, reader, writer):
        self.writers.add(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                method, target, _ = head[0].split(" ")
                headers = {name.strip().lower(): value.strip() for name, _, value in
                           (line.partition(":") for line in head[1:] if line)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                self.requests.append((target, headers))
                await self._answer(writer, method, target, headers, body)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError, ssl.SSLError):
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    def _fault(self, method, target):
        for fault in self.faults:
            if fault["count"] > 0 and fault["path"].search(target) and \
                    fault.get("method", method) == method:
                fault["count"] -= 1
                return fault
        return {}

    async def _answer(self, writer, method, target, headers, sent=b""):
        fault = self._fault(method, target)
        out = Out(writer, fault)
        try:
            if "code" in fault:
                body = fault.get("body", status(fault["code"], "Fault", "a fault was asked for"))
                kind = "application/json"
                if isinstance(body, bytes) and body[:1] not in (b"{", b"["):
                    kind = "text/plain; charset=utf-8"
                raise Refusal(fault["code"], body, fault.get("headers"), kind)
            url = urllib.parse.urlsplit(target)
            query = dict(urllib.parse.parse_qsl(url.query))
            await self._route(out, method, url.path, query, headers, sent)
        except Refusal as refusal:
            if refusal.code in (401, 403):
                self.refused.append(f"{method} {target}")
            await out.whole(refusal.code, refusal.body, refusal.headers, refusal.kind)

    def _may(self, verb, group, found, query):
        name = found["name"] or query.get("fieldSelector", "").removeprefix("metadata.name=")
        return self.roles is None or any(
            space in (None, found["ns"]) and verb in rule["verbs"] and
            (group.split("/")[0] if "/" in group else "") in rule["apiGroups"] and
            found["plural"] in rule["resources"] and
            ("resourceNames" not in rule or name in rule["resourceNames"])
            for space, rule in self.roles)

    async def _route(self, out, method, path, query, headers, sent=b""):
        if self.token and headers.get("authorization") != f"Bearer {self.token}":
            raise Refusal(401, status(401, "Unauthorized", "Unauthorized"))
        found = PATH.match(path)
        group = found["group"] if found else None
        if not found or group in self.absent or group not in GROUPS:
            raise Refusal(404, b"404 page not found\n", kind="text/plain; charset=utf-8")
        if found["plural"] not in GROUPS[group]:
            body = status(404, "NotFound", "the server could not find the requested resource")
            code = body.pop("code")
            raise Refusal(404, {**body, "details": {}, "code": code})
        plural, table = found["plural"], (group, found["plural"])
        verb = {"POST": "create", "PUT": "update", "DELETE": "delete", "PATCH": "patch"}.get(method)
        verb = verb or ("get" if found["name"] else "watch" if query.get("watch") else "list")
        if {(verb, plural), ("*", plural)} & self.forbidden or \
                not self._may(verb, group, found, query):
            where = group.split("/")[0] if "/" in group else ""
            raise Refusal(403, status(
                403, "Forbidden", f'{qualified(table)} is forbidden: User '
                f'"reader" cannot {verb} resource "{plural}" in API group "{where}" at the cluster '
                "scope", **details_of(table)))
        if verb in ("create", "update", "delete", "patch"):
            await self._write(out, verb, table, found, headers, sent)
        elif verb == "get":
            obj = self.store.objects.get(table, {}).get((found["ns"] or "", found["name"]))
            if not obj:
                raise Refusal(404, status(404, "NotFound", f'{qualified(table)} "{found["name"]}" '
                                          "not found", name=found["name"], **details_of(table)))
            await out.whole(200, dump(obj))
        elif verb == "list":
            await self._list(out, table, found["ns"], query, headers)
        else:
            await self._watch(out, table, found["ns"], query)

    def _check_write(self, verb, table, present, obj, name):
        """As the real servers do: 409 for what is there, or is not as it was seen; 404."""
        details, what = {"name": name, **details_of(table)}, qualified(table)
        if verb == "create":
            if present:
                raise Refusal(409, status(409, "AlreadyExists", f'{what} "{name}" already exists',
                                          **details))
            return
        if not present:
            raise Refusal(404, status(404, "NotFound", f'{what} "{name}" not found', **details))
        wanted = obj.get("preconditions", {}) if verb == "delete" else obj["metadata"]
        for key in ("uid", "resourceVersion"):
            if wanted.get(key) and wanted[key] != present["metadata"][key]:
                raise Refusal(409, status(
                    409, "Conflict", f'Operation cannot be fulfilled on {what} "{name}": the '
                    "object has been modified; please apply your changes to the latest version and "
                    "try again", **details))

    def _check_addresses(self, table, obj):
        addresses = [address["ip"] for subset in obj.get("subsets") or []
                     for address in subset.get("addresses") or []]
        for address in addresses if self.refused_addresses else []:
            if address.startswith(self.refused_addresses):
                raise Refusal(403, status(
                    403, "Forbidden", f'endpoints "{obj["metadata"]["name"]}" is forbidden: '
                    f"endpoint address {address} is not allowed", kind=table[1]))

    async def _write(self, out, verb, table, found, headers, sent):
        if verb == "patch":
            raise Refusal(415, status(415, "UnsupportedMediaType", "patches are not for this test"))
        if sent and headers.get("content-type", "").split(";")[0] != "application/json":
            raise Refusal(415, status(415, "UnsupportedMediaType", "the body of the request was in "
                                      "an unknown format"))
        obj = json.loads(sent) if sent else {}
        name = found["name"] or obj["metadata"].get("name") or \
            obj["metadata"]["generateName"] + str(self.store.rv)
        place = (found["ns"] or "", name)
        present = self.store.objects.get(table, {}).get(place)
        self._check_write(verb, table, present, obj, name)
        self._check_addresses(table, obj)
        path = "/".join(filter(None, (*table, found["ns"], name)))
        if verb == "delete":
            self.store.delete(present)
            self.writes.append((verb, path, None))
            await out.whole(200, dump({"kind": "Status", "apiVersion": "v1", "metadata": {},
                                       "status": "Success", "details": {
                                           "name": name, **details_of(table),
                                           "uid": present["metadata"]["uid"]}}))
            return
        obj = {**obj, "apiVersion": table[0], "kind": KINDS[table[1]]}
        meta = {**obj["metadata"], "namespace": found["ns"], "name": name}
        meta.pop("resourceVersion", None)
        meta["uid"] = present["metadata"]["uid"] if present else f"uid-{self.store.rv}"
        obj["metadata"] = meta
        self.store.put(obj)
        self.writes.append((verb, path, obj))
        await out.whole(201 if verb == "create" else 200, dump(self.store.objects[table][place]))

    async def _list(self, out, table, ns, query, headers):
        rows, rv, start = None, str(self.store.rv), 0
        if query.get("continue"):
            if query.get("resourceVersion"):
                raise Refusal(400, status(400, "BadRequest", "specifying resource version is not "
                                          "allowed when using continue"))
            try:
                rv, start = json.loads(base64.urlsafe_b64decode(query["continue"]))
            except ValueError as error:
                raise Refusal(400, status(400, "BadRequest", "invalid continue token: continue key "
                                          "is not valid")) from error
            if rv == -1:  # of an Expired answer: goes on, inconsistently
                rv = str(self.store.rv)
            elif self.tokens_expire or int(rv) < self.store.oldest:
                token = base64.urlsafe_b64encode(dump([-1, start])).decode()
                body = status(410, "Expired", "The provided continue parameter is too old to "
                              "display a consistent list result.")
                raise Refusal(410, {**body, "metadata": {"continue": token}})
        elif int(query.get("resourceVersion") or 0) > self.store.rv:
            raise Refusal(504, status(504, "Timeout", "Too large resource version",
                                      causes=[{"reason": "ResourceVersionTooLarge"}],
                                      retryAfterSeconds=1), {"Retry-After": "1"})
        rows = self.store.rows(table, ns, query)
        limit = int(query.get("limit") or 0) if query.get("resourceVersion") != "0" else 0
        page = rows[start:start + limit] if limit else rows[start:]
        meta = {"resourceVersion": rv}
        if limit and start + limit < len(rows):
            meta["continue"] = base64.urlsafe_b64encode(dump([rv, start + limit])).decode()
            meta["remainingItemCount"] = len(rows) - start - limit
        kind = KINDS[table[1]] + "List"
        if "calico" in table[0]:  # CRDs: keys sorted, items whole, metadata last
            meta = {"continue": "", **meta}
            body = {"apiVersion": table[0], "items": page, "kind": kind,
                    "metadata": dict(sorted(meta.items()))}
        else:
            items = [{k: v for k, v in obj.items() if k not in ("kind", "apiVersion")}
                     for obj in page]
            body = {"kind": kind, "apiVersion": table[0], "metadata": meta, "items": items}
        raw = dump(body) + b"\n"
        if len(raw) > 128 << 10 and "gzip" in headers.get("accept-encoding", ""):
            await out.whole(200, gzip.compress(raw, 1), {"Content-Encoding": "gzip"})
        else:
            await out.whole(200, raw)

    async def _watch(self, out, table, ns, query):
        initial = query.get("sendInitialEvents") == "true"
        if initial and not self.streaming:
            why = "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"
            raise Refusal(422, status(
                422, "Invalid", f'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: '
                f"Forbidden: {why}", group="meta.k8s.io", kind="ListOptions", causes=[
                    {"reason": "FieldValueForbidden", "message": f"Forbidden: {why}",
                     "field": "sendInitialEvents"}]))
        seen = int(query.get("resourceVersion") or 0)
        await out.begin(200)
        if not initial and seen and seen < self.store.oldest:
            error = status(410, "Expired", f"too old resource version: {seen} ({self.store.rv})")
            await out.send(dump({"type": "ERROR", "object": error}) + b"\n")
            await out.end()
            return
        if initial or not seen:
            seen = self.store.rv
            for obj in self.store.rows(table, ns, query):
                await out.send(dump({"type": "ADDED", "object": obj}) + b"\n")
        if initial:
            await out.send(self._bookmark(table, seen, True))
        seconds = int(query.get("timeoutSeconds") or 1800) * self.watch_scale
        await self._follow(out, table, ns, query, seen, seconds)
        await out.end()

    def _bookmark(self, table, rv, is_end=False):
        meta = {"resourceVersion": str(rv)}
        if is_end:
            meta["annotations"] = {"k8s.io/initial-events-end": "true"}
        return dump({"type": "BOOKMARK", "object": {"kind": KINDS[table[1]], "apiVersion": table[0],
                                                    "metadata": meta}}) + b"\n"

    async def _follow(self, out, table, ns, query, seen, seconds):
        loop = asyncio.get_running_loop()
        end, mark, shown = loop.time() + seconds, loop.time() + self.bookmark_s, {}
        while loop.time() < end:
            changed = self.store.changed
            for rv, group, plural, kind, obj in list(self.store.history):
                if rv <= seen or (group, plural) != table:
                    continue
                if ns and obj["metadata"].get("namespace") != ns:
                    continue
                key = (obj["metadata"].get("namespace"), obj["metadata"]["name"])
                inside = selects(obj, query.get("fieldSelector"), query.get("labelSelector"))
                if kind != "DELETED" and not inside:
                    if not shown.get(key, True):
                        continue
                    kind = "DELETED"
                shown[key] = kind != "DELETED"
                await out.send(dump({"type": kind, "object": obj}) + b"\n")
            seen = self.store.rv
            if loop.time() >= mark and query.get("allowWatchBookmarks") == "true":
                await out.send(self._bookmark(table, seen))
                mark = loop.time() + self.bookmark_s
            try:
                await asyncio.wait_for(changed.wait(), max(0.01, min(end, mark) - loop.time()))
            except asyncio.TimeoutError:
                pass


class Out:
    """One answer, with the fault that was asked for."""

    def __init__(self, writer, fault):
        self.writer, self.fault, self.sent = writer, fault, 0

    async def write(self, data):
        cut = self.fault.get("cut")
        if cut is not None and self.sent + len(data) > cut:
            self.writer.write(data[:max(0, cut - self.sent)])
            how = self.fault.get("how", "close")
            if how == "garbage":
                self.writer.write(b"\x00]}garbage\r\n0\r\n\r\n")
            await self.writer.drain()
            if how == "stall":
                await asyncio.sleep(3600)
            if how == "reset":
                self.writer.transport.abort()
            raise ConnectionResetError
        if self.fault.get("drip"):
            for i in range(0, len(data), 64):
                self.writer.write(data[i:i + 64])
                await self.writer.drain()
                await asyncio.sleep(64 / self.fault["drip"])
        else:
            self.writer.write(data)
        self.sent += len(data)
        await self.writer.drain()

    async def whole(self, code, body, headers=None, kind="application/json"):
        if body.endswith(b"}") and "drip" not in self.fault:
            body += b"\n"  # as real ones do
        lines = [f"HTTP/1.1 {code} X", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        await self.write(body)

    async def begin(self, code):
        self.writer.write(f"HTTP/1.1 {code} X\r\nContent-Type: application/json\r\n"
                          "Transfer-Encoding: chunked\r\n\r\n".encode())
        await self.writer.drain()

    async def send(self, data):
        await self.write(b"%x\r\n%s\r\n" % (len(data), data))

    async def end(self):
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()


def load(paths):
    for path in paths:
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
        yield from value["items"] if value.get("kind", "").endswith("List") else [value]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token")
    parser.add_argument("--objects", action="append", default=[])
    parser.add_argument("--kubeconfig")
    options = parser.parse_args()
    server = ApiServer(options.port, options.token)
    server.put(*load(options.objects))
    if options.kubeconfig:
        with open(options.kubeconfig, "w", encoding="utf-8") as file:
            json.dump(server.kubeconfig(), file)
    print(f"listening on {server.url()}", flush=True)
    try:
        server.thread.join()
    except KeyboardInterrupt:
        server.stop()


if __name__ == "__main__":
    main()
