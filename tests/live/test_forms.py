#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The API server of the tests answers as real ones did (tests/data/captures): status, type, order of
keys, Status objects, envelopes of lists, events of streams. TAP."""
import gzip
import http.client
import json
import pathlib
import sys

from apiserver import ApiServer

FORMS = {item["name"].split("/")[1] if not item["name"].startswith("1.36-nowatchlist") or
         "410" in item["name"] else "03-watch-initial-events-refused": item
         for item in json.loads((pathlib.Path(__file__).resolve().parents[1] / "data" / "captures" /
                                 "forms.json").read_text())}
SLICES = "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices"


def slice_object(name, version=None):
    meta = {"name": name, **({"resourceVersion": version} if version else {})}
    return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": meta,
            "addressType": "IPv4", "endpoints": []}


class Client:
    def __init__(self):
        self.server = ApiServer(token="t")
        pod = lambda i: {"apiVersion": "v1", "kind": "Pod",
                         "metadata": {"namespace": "shop", "name": f"pod-{i}"}}
        self.server.put(*[pod(i) for i in range(10)])
        self.server.put({"apiVersion": "crd.projectcalico.org/v1", "kind": "HostEndpoint",
                         "metadata": {"name": "h"}, "spec": {}})
        self.server.put(*[{**slice_object(name), "metadata": {"namespace": "shop", "name": name}}
                          for name in ("fed1", "fed2")])

    def ask(self, method, path, body=None, token="t", kind="application/json", encoding="identity"):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": encoding}
        if body is not None:
            headers["Content-Type"] = kind
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read()
        text = gzip.decompress(text) if answer.getheader("Content-Encoding") else text
        connection.close()
        return answer.status, answer.getheader("Content-Type"), dict(answer.getheaders()), text.decode()


def shape_of_list(body):
    first = body["items"][0] if body["items"] else {}
    return [list(body), list(body["metadata"]), ("kind" in first, "apiVersion" in first)]


def shape_of_status(body):
    return [list(body), list(body["metadata"]), body["status"], body.get("reason"), body.get("code"),
            sorted(body.get("details") or {})]


def shape_of_events(events):
    last = events[-1]["object"]
    return [list(events[0]), events[0]["type"], events[-1]["type"],
            "kind" in events[0]["object"], last["metadata"].get("annotations"),
            last.get("reason"), last.get("code")]


def shape(status, kind, text):
    if not kind.startswith("application/json"):
        return [status, kind, text]
    values = [json.loads(line) for line in text.splitlines()]
    if "type" in values[0]:
        return [status, kind, "events", *shape_of_events(values)]
    if values[0].get("kind") == "Status":
        return [status, kind, "status", *shape_of_status(values[0])]
    if "items" in values[0]:
        return [status, kind, "list", *shape_of_list(values[0])]
    return [status, kind, "object", values[0]["kind"]]


def expected(name):
    answer = FORMS[name]["response"]
    if "events" in answer:
        text = "\n".join(json.dumps(event) for event in answer["events"])
    else:
        text = json.dumps(answer["body"]) if "body" in answer else answer["body_text"]
    return shape(answer["status"], answer["content_type"], text)


def token_of(client, path):
    return json.loads(client.ask("GET", path)[3])["metadata"]["continue"]


def cases(client):
    server = client.server
    pods, watch = "/api/v1/pods", "/api/v1/namespaces/shop/pods?watch=1&sendInitialEvents=true&" \
        "resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1"
    crd = "/apis/crd.projectcalico.org/v1/hostendpoints"
    next_page = token_of(client, pods + "?limit=7")
    yield "00-absent-resource", ("GET", "/apis/projectcalico.org/v9/tiers")
    yield "00-absent-core-resource", ("GET", "/api/v1/nosuchthings")
    yield "01-list-page1", ("GET", pods + "?limit=7")
    yield "01-list-page6", ("GET", pods + f"?limit=7&continue={next_page}")
    yield "01-list-empty", ("GET", "/api/v1/namespaces/default/pods")
    yield "01-list-continue-garbage", ("GET", pods + "?limit=5&continue=abc")
    yield "01-list-continue-plus-rv", ("GET", pods + f"?resourceVersion=5&continue={next_page}")
    yield "01-list-rv-too-large", ("GET", pods + "?resourceVersion=999999999")
    yield "02-list-calico-hostendpoints", ("GET", crd)
    yield "03-watch-initial-events", ("GET", watch)
    yield "03-watch-initial-events-crd", ("GET", crd + watch[watch.index("?"):])
    yield "04-401-bad-token", ("GET", pods, None, "wrong")
    yield "05-create-201", ("POST", SLICES, slice_object("fed3"))
    yield "05-create-409-exists", ("POST", SLICES, slice_object("fed1"))
    yield "05-create-415", ("POST", SLICES, slice_object("fed4"), "t", "text/plain")
    yield "05-update-200", ("PUT", SLICES + "/fed1", slice_object("fed1"))
    yield "05-update-409-conflict", ("PUT", SLICES + "/fed1", slice_object("fed1", "1"))
    yield "05-delete-precondition-409", ("DELETE", SLICES + "/fed2",
                                         {"preconditions": {"resourceVersion": "1"}})
    yield "05-delete-200", ("DELETE", SLICES + "/fed2")
    yield "05-delete-404", ("DELETE", SLICES + "/fed2")
    yield "05-get-404", ("GET", SLICES + "/nosuch")
    server.put(*[{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {
        "namespace": "shop", "name": f"a-{i}", "annotations": {"fill": "x" * 4000}}} for i in range(40)])
    packed = (None, "t", "application/json", "gzip")
    yield "02-list-gzip", ("GET", "/api/v1/serviceaccounts", *packed)
    yield "02-list-gzip-small", ("GET", pods, *packed)
    server.compact()
    yield "06-410-list-continue-expired", ("GET", pods + f"?limit=5&continue={next_page}")
    yield "06-watch-rv1", ("GET", pods + "?watch=1&resourceVersion=1&timeoutSeconds=1")
    server.fault("/pods", code=429, body=b"Too many requests, please try again later.\n",
                 headers={"Retry-After": "2"})
    yield "07-429-list", ("GET", pods)
    server.forbidden = {("*", "pods"), ("*", "hostendpoints")}
    yield "04-403-nobody-list", ("GET", pods)
    yield "04-403-limited-calico", ("GET", crd)
    server.forbidden = set()
    server.streaming = False
    yield "03-watch-initial-events-refused", ("GET", watch)


def main():
    client = Client()
    asked, failed = set(), 0
    print(f"1..{len(FORMS)}", flush=True)
    for number, (name, request) in enumerate(cases(client), 1):
        status, kind, headers, text = client.ask(*request)
        got, wanted = shape(status, kind, text), expected(name)
        answer = FORMS[name]["response"]
        same = got == wanted and all((key.lower() in answer) == (key in headers)
                                     for key in ("Retry-After", "Content-Encoding"))
        same = same and text.endswith("\n")  # of whatever sort: so do all of the real ones
        asked.add(name)
        failed += not same
        print(f"{'ok' if same else 'not ok'} {number} {name}", flush=True)
        if not same:
            print(f"# expected {wanted}\n# got      {got} {headers} {text[-20:]!r}", flush=True)
    client.server.stop()
    return 1 if failed or asked != set(FORMS) else 0


if __name__ == "__main__":
    sys.exit(main())
